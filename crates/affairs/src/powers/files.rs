//! Files of a run: scanned or photographed for a step that can be taken now, laid with the run as they come, and named by the act
//! that takes the step, with their hashes: what the log commits to is which bytes were there.

use evidence::canonical::Salt;
use kernel::{Id, WorkCalendar};
use store::{Fault, Store};

use super::decide::{Command, Hindrance, Refusal, Situation, ValueFault, Values, hindrances};
use super::error::PowerError;
use super::law::{Ask, AskKind, Flow, Step};
use super::record::POWER_RUN;
use super::run::{RunFile, run_file};
use crate::access::{Actor, Desk};
use crate::catalog::Catalog;
use crate::material::{self, Bounds, Bringing, Flaw, Holder, Material, MaterialState, Received, Way};

/// A file that an officer brings for a step.
#[derive(Clone, Copy, Debug)]
pub struct Brought<'a> {
    /// For which step and ask: `STEP/ASK`.
    pub place: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Whether it was photographed; else it was scanned.
    pub is_photo: bool,
    /// Its bytes, as they were taken in.
    pub received: &'a Received,
}

/// What a file is for: the word under which it lies with the run.
pub fn file_place(step: &str, ask: &str) -> String {
    format!("{step}/{ask}")
}

/// Step and ask of such a word, where the flow has them and asks for files there.
fn asked<'f>(flow: &'f Flow, place: &str) -> Option<(&'f Step, &'f Ask)> {
    let (step, ask) = place.split_once('/')?;
    let step = flow.step(step)?;
    Some((step, step.asks.iter().find(|a| a.id == ask && a.kind == AskKind::File)?))
}

/// What files of this place may be; none where nothing asks for any.
pub fn file_bounds(catalog: &Catalog, flow: &Flow, place: &str) -> Option<Bounds> {
    asked(flow, place)?;
    let terms = catalog.procedure().map(|p| p.upload.clone()).unwrap_or_default();
    Some(Bounds { file_mb: terms.file_mb, files: terms.files, megapixels: terms.megapixels })
}

/// The files that lie with a run, in the order in which they came.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn files_of(store: &Store, run: Id) -> Result<Vec<Material>, Fault> {
    material::of_run(store, run).await
}

/// Whether an act that stands has named this file.
pub fn is_recorded(situation: &Situation<'_>, file: &Material) -> bool {
    let id = file.id.to_string();
    let mut acts = situation.taken().chain(situation.pending());
    acts.any(|act| act.values.values().any(|value| value.lines().any(|line| line.starts_with(&id))))
}

/// The names of the files that an act recorded, as their answer holds them.
pub fn file_names(value: &str) -> Vec<String> {
    value.lines().filter_map(|line| line.splitn(3, ' ').nth(2)).map(str::to_owned).collect()
}

/// Lays a file with a run, for a step that this officer may take now.
///
/// # Errors
/// [`PowerError::NotFound`] where the run is another's, or the step asks for no file; [`PowerError::Refused`] with what hinders the
/// step, or where there are as many files as there may be; [`PowerError::Changed`] where the run moved meanwhile.
pub async fn lay(
    desk: &Desk<'_>,
    (catalog, calendar): (&Catalog, &WorkCalendar),
    actor: &Actor,
    (number, version, brought): (&str, i64, &Brought<'_>),
) -> Result<Material, PowerError> {
    let file = open_for(desk, calendar, actor, (number, version, brought.place)).await?;
    let bounds = file_bounds(catalog, &file.flow, brought.place).ok_or(PowerError::NotFound)?;
    let mut known = files_of(desk.store, file.run.id).await?;
    // What an act has named takes no room from the next one.
    let situation = file.situation(desk.now(), calendar);
    known.retain(|known| !is_recorded(&situation, known));
    if let Err(flaw) = bounds.room(&known, brought.place) {
        return Err(PowerError::Refused(flawed(brought.place, flaw)));
    }
    let by = actor.signature();
    let way = if brought.is_photo { Way::Photographed } else { Way::Scanned };
    let holder = Holder::Run(file.run.id);
    let bringing = Bringing { holder, material: brought.place, name: brought.name, way, by: &by };
    let salt = Salt::generate(desk.entropy);
    let new = Material::new(&bringing, brought.received, (desk.shard, desk.id(), desk.now()), salt);
    let new = new.ok_or(PowerError::NotFound)?;
    let unit = desk.unit().expect(&POWER_RUN, vec![(&file.run.shard).into(), file.run.id.into()], version);
    desk.store.commit(material::add(unit, &new)).await?;
    Ok(new)
}

/// What is wrong with a file, at the field that asks for it.
pub fn flawed(place: &str, flaw: Flaw) -> Refusal {
    let field = place.split_once('/').map_or(place, |(_, ask)| ask).to_owned();
    Refusal { hindrances: Vec::new(), values: vec![ValueFault { field, why: flaw.told() }] }
}

/// Takes a file away again that no act has named.
///
/// # Errors
/// As [`lay`]; [`PowerError::NotFound`] where there is no such file, or an act names it.
pub async fn take_away(
    desk: &Desk<'_>,
    calendar: &WorkCalendar,
    actor: &Actor,
    (number, version, id): (&str, i64, Id),
) -> Result<Material, PowerError> {
    let file = run_file(desk.store, actor, number).await?;
    let found = material::of_holder(desk.store, Holder::Run(file.run.id), id).await?.ok_or(PowerError::NotFound)?;
    let file = open_for(desk, calendar, actor, (number, version, &found.material)).await?;
    if is_recorded(&file.situation(desk.now(), calendar), &found) {
        return Err(PowerError::NotFound);
    }
    desk.store.commit(material::remove(desk.unit(), &found)).await?;
    Ok(found)
}

/// The run, where the officer may take this step of it now.
async fn open_for(
    desk: &Desk<'_>,
    calendar: &WorkCalendar,
    actor: &Actor,
    (number, version, place): (&str, i64, &str),
) -> Result<RunFile, PowerError> {
    let file = run_file(desk.store, actor, number).await?;
    let (step, _) = asked(&file.flow, place).ok_or(PowerError::NotFound)?;
    if file.run.version != version {
        return Err(PowerError::Changed);
    }
    let hindered: Vec<Hindrance> = hindrances(&file.situation(desk.now(), calendar), step, &file.hand);
    if hindered.is_empty() {
        Ok(file)
    } else {
        Err(PowerError::Refused(Refusal { hindrances: hindered, values: Vec::new() }))
    }
}

/// What a command records, with the files that lie there for its step: nobody types what they are.
pub(super) fn with_files(
    file: &RunFile,
    situation: &Situation<'_>,
    command: &Command<'_>,
    files: &[Material],
) -> Values {
    let Command::Take { step, values } = command else { return Values::new() };
    let mut values = (*values).clone();
    for ask in file.flow.step(step).into_iter().flat_map(|s| &s.asks).filter(|ask| ask.kind == AskKind::File) {
        let place = file_place(step, &ask.id);
        let lies = files.iter().filter(|f| f.material == place && f.state != MaterialState::Refused);
        let lines: Vec<String> =
            lies.filter(|f| !is_recorded(situation, f)).map(|f| format!("{} {} {}", f.id, f.hash, f.name)).collect();
        values.insert(ask.id.clone(), lines.join("\n"));
    }
    values
}

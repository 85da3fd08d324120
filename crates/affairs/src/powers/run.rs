//! A power exercised towards somebody: opened, taken step by step, closed. Every act is a row and a leaf of the log; the
//! leaf names nobody, what was recorded stands in it as a salted commitment.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::{Id, Moment, Text, WorkCalendar};
use serde_json::{Value as Json, json};
use store::{Fault, Leaf, Store, Unit};

use super::decide::{Act, ActKind, Command, Hand, Situation, Values, decide};
use super::error::PowerError;
use super::files::{files_of, with_files};
use super::follow::{Followed, Fork, follow_run, forks};
use super::law::{Flow, Law};
use super::record::{
    POWER_ACT, POWER_FLOW, POWER_RUN, act_values, closed_runs, flow_body, list_at, power, run_values, run_with_acts,
};
use crate::access::{Actor, Desk, Place, Right};
use crate::catalog::Catalog;

/// A run as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// The number people read out.
    pub number: String,
    /// The version of the list that named the power when the run began.
    pub list_id: Id,
    /// The power's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The flow it runs under.
    pub flow_hash: String,
    /// The agency.
    pub agency: String,
    /// Its region.
    pub region: String,
    /// Towards whom.
    pub party: String,
    /// `person` or `organisation`.
    pub party_kind: String,
    /// The state.
    pub state: String,
    /// Whether it is not closed.
    pub is_open: bool,
    /// When it began.
    pub opened_at: Moment,
    /// When something last happened.
    pub changed_at: Moment,
}

impl Run {
    fn place(&self) -> Place<'_> {
        Place { agency: &self.agency, region: &self.region, item: &self.code }
    }
}

/// A run with everything about it.
#[derive(Clone, Debug)]
pub struct RunFile {
    /// The run.
    pub run: Run,
    /// The flow it runs under.
    pub flow: Arc<Flow>,
    /// What happened.
    pub acts: Vec<Act>,
    /// What the reader may do.
    pub hand: Hand,
}

impl RunFile {
    /// Where it stands now.
    pub fn situation<'a>(&'a self, now: Moment, calendar: &'a WorkCalendar) -> Situation<'a> {
        Situation { flow: &self.flow, party_kind: &self.run.party_kind, history: &self.acts, now, calendar }
    }
}

/// What a run begins with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRun<'a> {
    /// The list.
    pub list: &'a str,
    /// The power's code.
    pub code: &'a str,
    /// Towards whom.
    pub party: &'a str,
    /// `person` or `organisation`.
    pub party_kind: &'a str,
}

/// Opens a run of a power of a list in force.
///
/// # Errors
/// [`PowerError::NotFound`] where no list in force names the power, or the rights do not reach it;
/// [`PowerError::Forbidden`] where it is asked for by a handling item, on whose own way it runs; [`PowerError::Misstated`]
/// where the party is not named.
pub async fn open_run(
    desk: &Desk<'_>,
    (catalog, law): (&Catalog, &Law),
    actor: &Actor,
    new: &NewRun<'_>,
) -> Result<Run, PowerError> {
    let now = desk.now();
    let list = list_at(desk.store, new.list, now.date()).await?.ok_or(PowerError::NotFound)?;
    let power = power(desk.store, list.id, new.code).await?.ok_or(PowerError::NotFound)?;
    let region = catalog.agency(&power.agency).and_then(|a| a.region).map(|r| r.to_string()).unwrap_or_default();
    let place = Place { agency: &power.agency, region: &region, item: &power.code };
    if !actor.allow(Right::HandleCase, &place) {
        return Err(PowerError::NotFound);
    }
    if !power.items.is_empty() {
        return Err(PowerError::Forbidden(Text::new(
            "这项权力通过办事事项办理，请在“待办”中办理相应的办件",
            "this power is exercised through a handling item: see its cases in the queue",
        )));
    }
    let flow = law.flow(&power.flow).ok_or_else(|| Fault::Misuse(format!("no flow {:?}", power.flow)))?;
    let party = party(new)?;
    let (body, hash) = flow.body();
    let id = desk.id();
    let run = Run {
        shard: desk.shard.to_owned(),
        id,
        version: 1,
        number: number(&flow.prefix, now, id),
        list_id: list.id,
        code: power.code,
        name: power.name,
        kind: power.kind,
        flow_hash: hash.clone(),
        agency: power.agency,
        region,
        party,
        party_kind: new.party_kind.to_owned(),
        state: flow.first().to_owned(),
        is_open: true,
        opened_at: now,
        changed_at: now,
    };
    let hand = hand(actor, &run);
    let act = Act {
        kind: ActKind::Opened,
        step: String::new(),
        state: run.state.clone(),
        at: now,
        by: hand.account,
        by_name: hand.name,
        second: None,
        values: Values::new(),
    };
    let unit = desk.unit().put(&POWER_FLOW, vec![desk.shard.into(), hash.into(), body.into()]);
    desk.store.commit(recorded(desk, unit.insert(&POWER_RUN, run_values(&run)), &run, (0, &act))?).await?;
    Ok(run)
}

fn party(new: &NewRun<'_>) -> Result<String, PowerError> {
    let name = new.party.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(2..=120).contains(&name.chars().count()) || name.contains('\0') {
        return Err(PowerError::Misstated(Text::new(
            "请写明当事人，2至120个字",
            "name the party: 2 to 120 characters",
        )));
    }
    if !["person", "organisation"].contains(&new.party_kind) {
        return Err(PowerError::Misstated(Text::new(
            "请选择当事人是公民还是单位",
            "say whether a person or an organisation",
        )));
    }
    Ok(name)
}

/// A prefix, the day, and eight characters of chance: a running number would tell how many there are.
fn number(prefix: &str, now: Moment, id: Id) -> String {
    let chance: String = id.to_string().chars().filter(char::is_ascii_hexdigit).collect();
    let tail = &chance[chance.len().saturating_sub(8)..];
    format!("{prefix}{}-{}", now.date().strftime("%Y%m%d"), tail.to_uppercase())
}

fn hand(actor: &Actor, run: &Run) -> Hand {
    let signature = actor.signature();
    let is_party = run.party_kind == "person" && run.party == signature.name;
    Hand {
        account: signature.account.map(|id| id.to_string()).unwrap_or_default(),
        name: signature.name,
        handles: actor.allow(Right::HandleCase, &run.place()),
        decides: actor.allow(Right::DecideCase, &run.place()),
        is_party,
    }
}

/// A run, for an officer who may see it.
///
/// # Errors
/// [`PowerError::NotFound`] where there is none, or it is another's.
pub async fn run_file(store: &Store, actor: &Actor, number: &str) -> Result<RunFile, PowerError> {
    let (run, acts) = run_with_acts(store, number).await?.ok_or(PowerError::NotFound)?;
    if !actor.allow(Right::ViewCase, &run.place()) {
        return Err(PowerError::NotFound);
    }
    let flow = stored_flow(store, &run.flow_hash).await?;
    let hand = hand(actor, &run);
    Ok(RunFile { run, flow, acts, hand })
}

/// The newest closed runs of one kind of flow, held against it.
#[derive(Clone, Debug, Default)]
pub struct RunsFollowed {
    /// Runs looked at.
    pub runs: usize,
    /// Of them those whose record follows the flow they ran under.
    pub conform: usize,
    /// Numbers of those whose record does not.
    pub deviating: Vec<String>,
    /// Where the flow leads on in more than one way, and which ways were taken.
    pub forks: Vec<Fork>,
}

/// How many of the newest closed runs are looked at.
pub const NEWEST_RUNS: i64 = 200;

/// Holds the newest closed runs against the flows they ran under, by the flow's id. A run's record is made by the machine of
/// flows; that it follows is proven here from the rows alone.
pub async fn runs_followed(store: &Store) -> Result<BTreeMap<String, RunsFollowed>, Fault> {
    let mut flows: BTreeMap<String, Arc<Flow>> = BTreeMap::new();
    let mut by_flow: BTreeMap<String, (RunsFollowed, Arc<Flow>, Vec<Followed>)> = BTreeMap::new();
    for (run, acts) in closed_runs(store, NEWEST_RUNS).await? {
        let flow = match flows.get(&run.flow_hash) {
            Some(flow) => Arc::clone(flow),
            None => Arc::clone(flows.entry(run.flow_hash.clone()).or_insert(stored_flow(store, &run.flow_hash).await?)),
        };
        let followed = follow_run(&flow, &acts);
        let (found, _, all) =
            by_flow.entry(flow.id.clone()).or_insert_with(|| (RunsFollowed::default(), Arc::clone(&flow), Vec::new()));
        found.runs += 1;
        let follows = followed.deviation.is_none() && followed.closed && followed.state == run.state;
        found.conform += usize::from(follows);
        if !follows {
            found.deviating.push(run.number.clone());
        }
        all.push(followed);
    }
    let with_forks = |(id, (mut found, flow, all)): (String, (RunsFollowed, Arc<Flow>, Vec<Followed>))| {
        found.forks = forks(&flow, all.iter().map(|one| (&[][..], one)));
        (id, found)
    };
    Ok(by_flow.into_iter().map(with_forks).collect())
}

async fn stored_flow(store: &Store, hash: &str) -> Result<Arc<Flow>, Fault> {
    let body = flow_body(store, hash).await?;
    let flow = body.and_then(|b| serde_json::from_str(&b).ok());
    flow.map(Arc::new).ok_or_else(|| Fault::Damaged(format!("the flow {hash} cannot be read")))
}

/// Carries a command out on a run that was looked at in `version`.
///
/// # Errors
/// [`PowerError::Refused`] with everything that hinders it; [`PowerError::Changed`] where it moved meanwhile.
pub async fn proceed(
    desk: &Desk<'_>,
    calendar: &WorkCalendar,
    actor: &Actor,
    (number, version, command): (&str, i64, Command<'_>),
) -> Result<Run, PowerError> {
    let file = run_file(desk.store, actor, number).await?;
    if file.run.version != version {
        return Err(PowerError::Changed);
    }
    let situation = file.situation(desk.now(), calendar);
    let files = files_of(desk.store, file.run.id).await?;
    let answers = with_files(&file, &situation, &command, &files);
    let command = match command {
        Command::Take { step, .. } => Command::Take { step, values: &answers },
        other => other,
    };
    let act = decide(&situation, &file.hand, command).map_err(PowerError::Refused)?;
    let seq = i64::try_from(file.acts.len()).unwrap_or(i64::MAX);
    let mut run = file.run;
    run.state.clone_from(&act.state);
    run.is_open = !file.flow.is_end(&act.state);
    run.changed_at = act.at;
    let changes = vec![
        ("state", (&run.state).into()),
        ("is_open", i64::from(run.is_open).into()),
        ("changed_at", run.changed_at.into()),
    ];
    let key = vec![(&run.shard).into(), run.id.into()];
    let unit = desk.unit().update(&POWER_RUN, key, version, changes);
    desk.store.commit(recorded(desk, unit, &run, (seq, &act))?).await?;
    run.version += 1;
    Ok(run)
}

/// The row and the leaf of an act.
fn recorded(desk: &Desk<'_>, unit: Unit, run: &Run, (seq, act): (i64, &Act)) -> Result<Unit, Fault> {
    let salt = Salt::generate(desk.entropy);
    let private = json!({
        "by": act.by_name, "second": act.second.as_ref().map(|(_, name)| name), "party": run.party, "values": act.values,
    });
    let public = json!({
        "schema": 1, "kind": KIND, "run": run.id.to_string(), "number": run.number, "power": run.code, "agency": run.agency,
        "region": run.region, "flow": run.flow_hash, "seq": seq, "act": act.kind.word(), "step": act.step,
        "state": act.state, "at": act.at.to_string(), "officers": 1 + i64::from(act.second.is_some()),
        "commitment": commitment(&salt, canonical(&private)?.as_bytes()).to_string(),
    });
    let leaf = Leaf { subject: run.id, kind: KIND, bytes: canonical(&public)?.into_bytes() };
    Ok(unit.insert(&POWER_ACT, act_values((&run.shard, run.id, seq), (act, salt.bytes()))?).leaf(leaf))
}

const KIND: &str = "power.act";

fn canonical(value: &Json) -> Result<String, Fault> {
    canonical_value(value).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))
}

//! Materials on the spine: what lay in a draft goes into the case with the filing; what is brought later is added to it, by the
//! applicant or by a clerk; what a scanner refuses is told to the applicant once. The room `material` keeps rows and bytes; here
//! stands what only the spine may write: the case's version, its story, its leaves.

use evidence::canonical::Salt;
use kernel::{Id, Text};
use serde_json::json;
use store::{CommitError, Leaf, Unit};

use super::acts::item_of;
use super::desk::Desk;
use super::draft::{self, Draft};
use super::error::ApprovalError;
use super::outcome::Outcome;
use super::record::{self, CASE, Case};
use super::run::Run;
use super::settle::{event, machine};
use super::waiting::unproved;
use super::{leaf, recusal};
use crate::access::{Actor, MandateAct, Right, Signature};
use crate::catalog::{self, FieldError, Item, MessageKind};
use crate::material::{
    self, Bounds, Bringing, Checkers, Holder, Material, MaterialState, Received, Unscanned, Verdict, Way,
};
use crate::message::{self, NewMessage};

/// How often an act is tried again when the case changed under it.
const TRIES: usize = 3;
/// How many files are scanned in one turn of the clock.
const AT_ONCE: i64 = 32;

/// What lies in a draft when it is sent.
#[derive(Debug, Default)]
pub(super) struct Papers(Vec<Material>);

impl Papers {
    /// The materials of this draft; none where nothing was written in one.
    pub(super) async fn of(desk: &Desk<'_>, draft: Option<&Draft>) -> Result<Self, ApprovalError> {
        match draft {
            Some(draft) => Ok(Self(material::of_draft(desk.store(), draft.id).await?)),
            None => Ok(Self::default()),
        }
    }

    /// Files that the room above keeps, each named as this item names it.
    pub(super) fn given(files: &[Material]) -> Self {
        Self(files.to_vec())
    }

    /// Hands a copy of everything in with a case: the room above has the files, and other cases may want them too.
    pub(super) fn copy_in(
        &self,
        desk: &Desk<'_>,
        mut unit: Unit,
        (item, case): (&Item, &Case),
        (by, proved): (&Signature, bool),
    ) -> Result<Unit, ApprovalError> {
        for paper in self.0.iter().filter(|paper| paper.state != MaterialState::Refused) {
            let copy = material::copied(&desk.base, paper, case.id);
            let written = added(case, &copy)?;
            let story = event(desk, case, "material_added", by, detail(item, &copy), desk.base.now());
            unit = material::add(unit, &copy).and(story);
            unit = if proved { unit.leaf(written) } else { unproved::owe(desk, unit, written, desk.base.now()) };
        }
        Ok(unit)
    }

    /// Required materials that are not there.
    pub(super) fn missing(&self, item: &Item) -> Vec<FieldError> {
        material::missing(item, &self.0)
    }

    /// Sends a run to a person that would grant although a required material is missing or not checked.
    pub(super) fn judge(&self, item: &Item, run: &mut Run) {
        judge(item, &self.0, run);
    }

    /// Hands everything in with the case, each with its line in the story and its leaf; what was refused is thrown away.
    /// `proved`: whether the log can sign, else the leaves are owed.
    pub(super) fn hand_in(
        &self,
        desk: &Desk<'_>,
        mut unit: Unit,
        (item, case): (&Item, &Case),
        (by, proved): (&Signature, bool),
    ) -> Result<Unit, ApprovalError> {
        for paper in &self.0 {
            if paper.state == MaterialState::Refused {
                unit = material::remove(unit, paper);
                continue;
            }
            let written = added(case, paper)?;
            let by = brought_by(paper, by);
            let story = event(desk, case, "material_added", &by, detail(item, paper), desk.base.now());
            unit = material::hand_in(unit, paper, case.id).and(story);
            unit = if proved { unit.leaf(written) } else { unproved::owe(desk, unit, written, desk.base.now()) };
        }
        Ok(unit)
    }
}

/// Who laid a paper in: whoever sends it, or the clerk who scanned it for him.
fn brought_by(paper: &Material, sender: &Signature) -> Signature {
    if !paper.by_staff {
        return sender.clone();
    }
    Signature {
        kind: "staff".to_owned(),
        account: Some(paper.brought_by),
        name: paper.by_name.clone(),
        on_behalf: Some(sender.name.clone()),
        mandate: None,
    }
}

fn judge(item: &Item, known: &[Material], run: &mut Run) {
    if run.assessment.outcome != Outcome::Grant {
        return;
    }
    if let Some(why) = material::hinders_machine(item, known) {
        run.assessment = run.assessment.clone().referred(why);
    }
}

/// The same for a case that is stored.
pub(super) async fn judge_stored(
    desk: &Desk<'_>,
    item: &Item,
    case: &Case,
    run: &mut Run,
) -> Result<(), ApprovalError> {
    if item.uploads().any(|listed| listed.required) {
        judge(item, &material::of_case(desk.store(), case.id).await?, run);
    }
    Ok(())
}

/// A person decides when what was handed in of the required materials has been checked.
pub(super) async fn all_checked(desk: &Desk<'_>, item: &Item, case: &Case) -> Result<(), ApprovalError> {
    if !item.uploads().any(|listed| listed.required) {
        return Ok(());
    }
    let known = material::of_case(desk.store(), case.id).await?;
    material::hinders_person(item, &known).map_or(Ok(()), |why| Err(ApprovalError::Forbidden(why)))
}

/// A file that is brought to a case.
#[derive(Debug, Clone, Copy)]
pub struct Attached<'a> {
    /// Which of the item's materials it is.
    pub material: &'a str,
    /// What its sender calls it.
    pub name: &'a str,
    /// How it comes.
    pub way: Way,
    /// Its bytes, as they were taken in.
    pub received: &'a Received,
}

/// Whether this actor may bring materials to the case as it stands: the applicant, or an officer who works on it.
pub fn may_attach(actor: &Actor, case: &Case, now: kernel::Moment) -> bool {
    let works = case.allows(actor, Right::HandleCase) || case.allows(actor, Right::DecideCase);
    let own = actor.may_act_for(case.applicant, MandateAct::File, Some(&case.item), now.date());
    case.state.is_open() && (works || own)
}

/// The case to which this actor brings a material, and the terms of it, before any byte is read.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the case is somebody else's, or the item knows no such material; [`ApprovalError::Forbidden`]
/// where the officer only looks at it or must stay away; [`ApprovalError::NotAllowed`] where it is closed.
pub async fn attachable(
    desk: &Desk<'_>,
    actor: &Actor,
    id: Id,
) -> Result<(Case, std::sync::Arc<Item>, Vec<Material>), ApprovalError> {
    let case = record::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let own = actor.may_act_for(case.applicant, MandateAct::File, Some(&case.item), desk.base.now().date());
    if !own && !case.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    if !own && !case.allows(actor, Right::HandleCase) && !case.allows(actor, Right::DecideCase) {
        return Err(ApprovalError::Forbidden(Text::new("您的岗位不能收取材料", "your post may not take materials in")));
    }
    if !own {
        recusal::refuse(desk, actor, &case).await?;
    }
    if !case.state.is_open() {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let item = item_of(desk, &case)?;
    let known = material::of_case(desk.store(), id).await?;
    Ok((case, item, known))
}

/// What files of one of an item's materials may be; none where it takes no such file.
pub fn bounds(catalog: &catalog::Catalog, item: &Item, material: &str) -> Option<Bounds> {
    let terms = catalog.procedure().map(|p| p.upload.clone()).unwrap_or_default();
    item.uploads().find(|listed| listed.id == material).map(|listed| Bounds::of(listed, &terms))
}

/// Adds a material to a case.
///
/// # Errors
/// As [`attachable`]; [`ApprovalError::Form`] where there are as many as there may be.
pub async fn attach(
    desk: &Desk<'_>,
    actor: &Actor,
    id: Id,
    attached: &Attached<'_>,
) -> Result<Material, ApprovalError> {
    attach_as(desk, (actor, &actor.signature()), id, attached).await
}

/// As [`attach`], where somebody of the staff brings it with the rights of who stands before him: `by` signs.
///
/// # Errors
/// As [`attach`].
pub async fn attach_as(
    desk: &Desk<'_>,
    (actor, by): (&Actor, &Signature),
    id: Id,
    attached: &Attached<'_>,
) -> Result<Material, ApprovalError> {
    for _ in 0..TRIES {
        let (case, item, known) = attachable(desk, actor, id).await?;
        let bounds = bounds(desk.catalog, &item, attached.material).ok_or(ApprovalError::NotFound)?;
        let new = brought(desk, (bounds, &known), (Holder::Case(id), attached), by)?;
        match commit(desk, handed(desk, (&item, &case), &new, by), added(&case, &new)?).await {
            Ok(()) => return Ok(new),
            Err(ApprovalError::Changed) => {}
            Err(other) => return Err(other),
        }
    }
    Err(ApprovalError::Changed)
}

/// A material as it is brought, where there is room for it.
fn brought(
    desk: &Desk<'_>,
    (bounds, known): (Bounds, &[Material]),
    (holder, attached): (Holder, &Attached<'_>),
    by: &Signature,
) -> Result<Material, ApprovalError> {
    if let Err(flaw) = bounds.room(known, attached.material) {
        return Err(ApprovalError::Form(vec![material::field_error(attached.material, flaw)]));
    }
    let bringing = Bringing { holder, material: attached.material, name: attached.name, way: attached.way, by };
    material::brought(&desk.base, &bringing, attached.received).ok_or(ApprovalError::NotFound)
}

/// Lays a file into a draft, whatever else is laid into it or taken out at the same time. Gives the draft as it is then.
///
/// # Errors
/// [`ApprovalError::Form`] where there are as many as there may be; [`ApprovalError::NotFound`] where the draft is gone, or the
/// item takes no such file.
pub async fn lay(
    desk: &Desk<'_>,
    draft: &Draft,
    item: &Item,
    (attached, by): (&Attached<'_>, &Signature),
) -> Result<Draft, ApprovalError> {
    let bounds = bounds(desk.catalog, item, attached.material).ok_or(ApprovalError::NotFound)?;
    lay_within(desk, draft, bounds, (attached, by)).await
}

/// As [`lay`], for a form that is of more than one item: within the bounds that the room above knows.
///
/// # Errors
/// As [`lay`].
pub async fn lay_within(
    desk: &Desk<'_>,
    draft: &Draft,
    bounds: Bounds,
    (attached, by): (&Attached<'_>, &Signature),
) -> Result<Draft, ApprovalError> {
    let mut draft = draft.clone();
    for _ in 0..TRIES {
        let known = material::of_draft(desk.store(), draft.id).await?;
        let new = brought(desk, (bounds, &known), (Holder::Draft(draft.id), attached), by)?;
        match draft::bring(&desk.base, &draft, std::slice::from_ref(&new)).await {
            Err(ApprovalError::Changed) => {
                draft = draft::found(desk.store(), draft.id).await?.ok_or(ApprovalError::NotFound)?;
            }
            done => return done,
        }
    }
    Err(ApprovalError::Changed)
}

/// Takes a file out of a draft again; one that is not there any more is out. Gives the draft as it is then, and which of the
/// item's materials it was.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the draft is gone.
pub async fn take_out(desk: &Desk<'_>, draft: &Draft, file: Id) -> Result<(Draft, Option<String>), ApprovalError> {
    let mut draft = draft.clone();
    for _ in 0..TRIES {
        let files = material::of_draft(desk.store(), draft.id).await?;
        let Some(file) = files.iter().find(|known| known.id == file) else { return Ok((draft, None)) };
        match draft::take_out(&desk.base, &draft, file).await {
            // Another tab, or a scanner's word.
            Err(ApprovalError::Changed) => {
                draft = draft::found(desk.store(), draft.id).await?.ok_or(ApprovalError::NotFound)?;
            }
            done => return Ok((done?, Some(file.material.clone()))),
        }
    }
    Err(ApprovalError::Changed)
}

/// The rows by which a material comes to a case: the case takes a new version, so that nobody decides on what he saw before.
fn handed(desk: &Desk<'_>, (item, case): (&Item, &Case), new: &Material, by: &Signature) -> Unit {
    let unit = desk.base.unit().update(&CASE, case.key(), case.version, vec![("state", case.state.word().into())]);
    material::add(unit, new).and(event(desk, case, "material_added", by, detail(item, new), desk.base.now()))
}

fn detail(item: &Item, new: &Material) -> serde_json::Value {
    json!({ "why": name_of(item, &new.material), "material": new.material, "way": new.way.word() })
}

/// Commits a unit with its leaf, or owes the leaf while nothing can be signed.
async fn commit(desk: &Desk<'_>, unit: Unit, leaf: Leaf) -> Result<(), ApprovalError> {
    match desk.store().commit(unit.clone().leaf(leaf.clone())).await {
        Err(CommitError::NoEvidence { .. }) => {
            let owed = unproved::owe(desk, unit, leaf, desk.base.now());
            desk.store().commit(owed).await.map(drop).map_err(Into::into)
        }
        done => done.map(drop).map_err(Into::into),
    }
}

/// The leaf of a material: which one and when in the open, what it is and who brought it as a salted commitment.
fn added(case: &Case, new: &Material) -> Result<Leaf, ApprovalError> {
    let public = json!({ "at": new.brought_at, "material": new.material, "way": new.way.word() });
    let private = json!({
        "hash": new.hash, "name": new.name, "kind": new.kind.word(), "size_bytes": new.size_bytes,
        "by": new.brought_by.to_string(),
    });
    Ok(leaf::leaf("case.material_added", case, &public, &private, &new.salt)?)
}

fn name_of(item: &Item, material: &str) -> Text {
    let listed = item.materials.iter().find(|listed| listed.id == material);
    listed.map_or_else(|| Text::new(material, material), |listed| listed.name.clone())
}

/// Has everything scanned that waits, and writes down what the scanner said. Gives how many were judged. Called by the clock, and
/// whenever something was handed in; where nobody answers, everything stays in quarantine and is tried again.
///
/// # Errors
/// A fault of the database.
pub async fn check_materials(desk: &Desk<'_>, checkers: &Checkers) -> Result<usize, ApprovalError> {
    judged(desk, checkers, material::due(desk.store(), desk.base.now(), AT_ONCE).await?).await
}

/// Has what lies in a draft scanned now, while who brought it still stands at the counter. What nobody says anything about stays
/// in quarantine, as everywhere.
///
/// # Errors
/// A fault of the database.
pub async fn check_draft(desk: &Desk<'_>, checkers: &Checkers, draft: &Draft) -> Result<usize, ApprovalError> {
    let mut files = material::of_draft(desk.store(), draft.id).await?;
    files.retain(|file| file.state == MaterialState::Quarantine);
    judged(desk, checkers, files).await
}

async fn judged(desk: &Desk<'_>, checkers: &Checkers, files: Vec<Material>) -> Result<usize, ApprovalError> {
    let mut judged = 0;
    for waiting in files {
        let said = material::scan(desk.store(), checkers, &waiting).await;
        match write_down(desk, (&waiting, &said), checkers.name()).await {
            // Taken away, or judged by another node in the same moment.
            Ok(()) | Err(ApprovalError::Changed) => {}
            Err(ApprovalError::Fault(fault)) => return Err(fault.into()),
            // One that cannot be written down keeps the others from nothing.
            Err(error) => tracing::warn!(material = %waiting.id, %error, "a verdict could not be written down yet"),
        }
        if let Err(why) = said {
            tracing::warn!(scanner = checkers.name(), %why, "a material stays in quarantine and is tried again");
            break;
        }
        judged += 1;
    }
    Ok(judged)
}

async fn write_down(
    desk: &Desk<'_>,
    (waiting, said): (&Material, &Result<Verdict, Unscanned>),
    scanner: &str,
) -> Result<(), ApprovalError> {
    let keep = desk.catalog.procedure().is_some_and(|p| p.upload.keep_refused);
    let (after, unit) = material::told(&desk.base, waiting, (said, scanner), keep);
    match (after.state, after.holder) {
        (MaterialState::Refused, Holder::Case(id)) => told_refused(desk, id, &after, unit).await,
        _ => desk.store().commit(unit).await.map(drop).map_err(Into::into),
    }
}

/// A refused material of a case: its story says so, and the applicant is told what to do.
async fn told_refused(desk: &Desk<'_>, id: Id, refused: &Material, unit: Unit) -> Result<(), ApprovalError> {
    let case = record::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let item = item_of(desk, &case)?;
    let (now, name) = (desk.base.now(), name_of(&item, &refused.material));
    let salt = Salt::generate(desk.base.entropy);
    let public = json!({ "at": now, "material": refused.material });
    let private = json!({ "hash": refused.hash, "found": refused.found, "scanner": refused.scanner });
    let written = leaf::leaf("case.material_refused", &case, &public, &private, &salt)?;
    let detail = json!({ "why": name, "material": refused.material });
    let unit = unit.and(event(desk, &case, "material_refused", &machine(), detail, now));
    commit(desk, message::add(unit, &told(desk, (&item, &case), &name)), written).await
}

fn told(desk: &Desk<'_>, (item, case): (&Item, &Case), name: &Text) -> NewMessage {
    let number = &case.number;
    NewMessage {
        id: desk.base.id(),
        party: case.applicant,
        kind: MessageKind::Action,
        title: Text::new(
            format!("{}：一份材料没有通过安全检查", item.name.zh),
            format!("{}: a file was refused by the check", item.name.en),
        ),
        body: Text::new(
            format!(
                "办件编号 {number}。“{}”的文件没有通过安全检查（可能带有病毒），没有人打开过。请重新拍照，或者换一台设备重新扫描、导出，再在办件页面上传。其他材料不用重交。",
                name.zh
            ),
            format!(
                "Case {number}. The file for {} was refused by the check (it may carry a virus); nobody opened it. Photograph it \
                 again, or scan or export it on another device, and send it on the case's page. Nothing else need be sent again.",
                name.en
            ),
        ),
        link: Some(format!("/cases/{number}/materials")),
        case: Some(case.id),
        at: desk.base.now(),
    }
}

//! A case as a part of a joint handling: filed, told and mended like any other, but in one unit with its fellows, and its
//! wishes go out with theirs in one notice. The handling itself is a room above; here stands what only the spine may write.

mod record;

use evidence::canonical::Salt;
use kernel::{Id, Text};
use serde_json::{Map, Value as Json, json};
use store::{Fault, Leaf, Store, Unit};

use super::acts::{item_of, late, mended, own_case};
use super::attach::Papers;
use super::desk::Desk;
use super::error::ApprovalError;
use super::filing::{begun, check, fresh, may_file};
use super::limits;
use super::record::{CASE, Case};
use super::settle::{event, machine};
use super::state::Act;
use super::{leaf, waiting::unproved};
use crate::access::{Actor, MandateAct, PersonActor, Signature};
use crate::material::Material;

/// A part as it is filed.
#[derive(Debug, Clone, Copy)]
pub struct PartFiling<'a> {
    /// Item id.
    pub item: &'a str,
    /// Its form.
    pub form: &'a Map<String, Json>,
    /// `online` or `counter`.
    pub channel: &'a str,
    /// The joint handling it is a part of.
    pub parent: Option<Id>,
    /// The agency that receives it for another place; none: whoever the law names.
    pub receiving: Option<&'a str>,
    /// The files that go with it, named as its item names them: each becomes a row of its own.
    pub papers: &'a [Material],
    /// Whether the log can sign: else the part is taken and decided later.
    pub proved: bool,
}

/// The case and the unit by which a part is filed; nothing is written yet.
///
/// # Errors
/// As filing a case alone.
pub async fn file_part(
    desk: &Desk<'_>,
    actor: &PersonActor,
    filing: &PartFiling<'_>,
) -> Result<(Case, Unit), ApprovalError> {
    let now = desk.base.now();
    let item = desk.catalog.item(filing.item, now.date());
    let item = item.ok_or_else(|| ApprovalError::NotOffered(filing.item.to_owned()))?;
    may_file(actor, &item, now)?;
    let checked = check(&item, actor, filing.form);
    if !checked.errors.is_empty() {
        return Err(ApprovalError::Form(checked.errors));
    }
    let mut case = fresh(desk, actor, &item, filing.channel, checked.values);
    case.parent = filing.parent;
    if let Some(agency) = filing.receiving {
        case.receiving_agency = agency.to_owned();
    }
    let papers = Papers::given(filing.papers);
    let (case, unit) = match filing.proved {
        true => begun(desk, actor, &item, (case, &papers)).await?,
        false => unproved::filed(desk, actor, &item, case)?,
    };
    let by = Actor::Person(actor.clone()).signature();
    let unit = papers.copy_in(desk, unit, (&item, &case), (&by, filing.proved))?;
    Ok((case, unit))
}

/// The case and the unit by which the applicant mends a part; the last says whether it was settled, or only kept because
/// nothing can be signed.
///
/// # Errors
/// As mending a case alone; [`ApprovalError::Forbidden`] where its time is over.
pub async fn answer_part(
    desk: &Desk<'_>,
    actor: &PersonActor,
    id: Id,
    (form, proved): (&Map<String, Json>, bool),
) -> Result<(Case, Unit, bool), ApprovalError> {
    let case = own_case(desk, actor, id, MandateAct::File).await?;
    if late(case.correction_due_at, desk.base.now()) {
        return Err(ApprovalError::Forbidden(Text::new(
            "补正的时间已过，请重新申请",
            "the time to mend is over; file again",
        )));
    }
    let item = item_of(desk, &case)?;
    mended(desk, actor, (case, &item), form, proved).await
}

/// The case and the rows by which the one notice of a joint handling reaches a part that wants something mended.
///
/// # Errors
/// [`ApprovalError::NotAllowed`] unless its wishes are gathered.
pub fn notify_part(desk: &Desk<'_>, mut case: Case) -> Result<(Case, Unit), ApprovalError> {
    let (version, now) = (case.version, desk.base.now());
    case.state = case.state.after(Act::Notify).ok_or(ApprovalError::NotAllowed(case.state))?;
    case.corrections += 1;
    case.one_notice_at = Some(now);
    case.correction_due_at = limits::correction(now, desk.catalog);
    let public = json!({ "at": now, "joint": case.parent.map(|id| id.to_string()) });
    let salt = Salt::generate(desk.base.entropy);
    let told = leaf::leaf("case.notified", &case, &public, &json!({}), &salt)?;
    let detail = json!({ "state": case.state.word(), "until": case.correction_due_at });
    let unit = desk.base.unit().update(&CASE, case.key(), version, case.changes()).leaf(told);
    let unit = unit.and(event(desk, &case, "notified", &machine(), detail, now));
    Ok((case, unit))
}

/// The rows by which a part whose agency said nothing learns that the one notice has gone out without it.
pub fn silence_part(desk: &Desk<'_>, case: &Case) -> Unit {
    let now = desk.base.now();
    let changes = vec![("one_notice_at", now.into())];
    let unit = desk.base.unit().update(&CASE, case.key(), case.version, changes);
    unit.and(event(desk, case, "notice_closed", &machine(), json!({}), now))
}

/// A line of a case's story by a room above that acts in the same unit.
pub fn note_event(desk: &Desk<'_>, case: &Case, kind: &str, by: &Signature) -> Unit {
    event(desk, case, kind, by, json!({}), desk.base.now())
}

/// A leaf of the handling itself, owed while nothing can be signed.
pub fn owe_leaf(desk: &Desk<'_>, unit: Unit, leaf: Leaf) -> Unit {
    unproved::owe(desk, unit, leaf, desk.base.now())
}

/// The cases of a joint handling.
pub async fn cases_of_parent(store: &Store, parent: Id) -> Result<Vec<Case>, Fault> {
    record::of_parent(store, parent).await
}

/// The joint handlings that have something to tell in a notice; at most 256 at a time.
pub async fn gathering_parents(store: &Store) -> Result<Vec<Id>, Fault> {
    record::gathering(store).await
}

/// The joint handlings with an open case that an officer may look into; at most 200.
pub async fn parents_for(store: &Store, account: Id) -> Result<Vec<Id>, Fault> {
    record::parents_for(store, account).await
}

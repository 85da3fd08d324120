//! One notice for everything the agencies want mended, one form to answer it, and the answer handed to each of them.

use std::collections::{BTreeMap, BTreeSet};

use evidence::canonical::Salt;
use kernel::{Id, Moment, Text};
use serde_json::{Map, Value as Json, json};
use store::{CommitError, Conflict, Unit};

use super::filing::not_here;
use super::leaf::leaf;
use super::record::{self, JOINT, Joint, PartRow, event};
use crate::access::{Actor, MandateAct, PersonActor};
use crate::approval::{self, ApprovalError, Case, Desk, State};
use crate::catalog::{FieldError, FieldOf, FormSchema, JointForm, MessageKind, part_of, pointer_to};
use crate::message::{self, NewMessage};

/// How often an act is tried again when something changed under it.
const TRIES: usize = 3;

/// Sends every notice whose time has come. Called by the clock; gives how many went out.
///
/// # Errors
/// A fault of the database.
pub async fn gather_all(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let mut sent = 0;
    for id in approval::gathering_parents(desk.store()).await? {
        sent += usize::from(gather(desk, id).await?);
    }
    Ok(sent)
}

/// Sends the one notice of a handling, if somebody wants something mended and all have spoken, or their time is over. True
/// where it went out. What cannot be written now waits for the next turn.
///
/// # Errors
/// A fault of the database.
pub async fn gather(desk: &Desk<'_>, id: Id) -> Result<bool, ApprovalError> {
    for _ in 0..TRIES {
        let Some(joint) = record::joint(desk.store(), id).await? else { return Ok(false) };
        let cases = approval::cases_of_parent(desk.store(), id).await?;
        let parts = record::parts(desk.store(), id).await?;
        if !is_due(&joint, &cases, &parts, desk.base.now()) {
            return Ok(false);
        }
        let unit = notice(desk, &joint, cases)?;
        match desk.store().commit(unit).await {
            Ok(_) => return Ok(true),
            // Somebody decided or withdrew in the same moment: look again.
            Err(CommitError::Conflict(
                Conflict::Changed { .. } | Conflict::Exists { .. } | Conflict::Missing { .. },
            )) => {}
            Err(CommitError::NoEvidence { .. }) => return Ok(false),
            Err(other) => return Err(other.into()),
        }
    }
    Ok(false)
}

/// Whether the notice goes out now.
fn is_due(joint: &Joint, cases: &[Case], parts: &[PartRow], now: Moment) -> bool {
    let wanted = cases.iter().any(|c| c.state == State::Gathering);
    let silent = |case: &Case| {
        let content = parts.iter().any(|p| p.case == case.id && p.content_at.is_some());
        let holds = matches!(
            case.state,
            State::InReview | State::AwaitingData | State::AwaitingEvidence | State::AwaitingSecondParty
        );
        holds && !content
    };
    // Where the calendar does not reach nobody is waited for.
    let over = joint.gather_due_at.is_none_or(|due| now >= due);
    wanted && (over || !cases.iter().any(silent))
}

/// The unit of the one notice: to each case that wants something, and to those that may not want anything any more.
fn notice(desk: &Desk<'_>, joint: &Joint, cases: Vec<Case>) -> Result<Unit, ApprovalError> {
    let mut unit = desk.base.unit();
    let (mut told, mut until) = (Vec::new(), None);
    for case in cases {
        match case.state {
            State::Gathering => {
                let (case, rows) = approval::notify_part(desk, case)?;
                until = until.max(case.correction_due_at);
                told.push(case.number.clone());
                unit = unit.and(rows);
            }
            open if open.is_open() => unit = unit.and(approval::silence_part(desk, &case)),
            _ => {}
        }
    }
    let now = desk.base.now();
    let changes = vec![("notified_at", now.into())];
    let act = json!({ "at": now, "cases": told });
    let salt = Salt::generate(desk.base.entropy);
    let sent = leaf("joint.notified", joint, &act, (&json!({}), &salt))?;
    let unit = unit.update(&JOINT, joint.key(), joint.version, changes).leaf(sent).and(event(
        &desk.base,
        joint,
        ("notified", "系统"),
        &json!({ "cases": told, "until": until }),
    ));
    Ok(message::add(unit, &tell(desk, joint, told.len(), until)))
}

fn tell(desk: &Desk<'_>, joint: &Joint, agencies: usize, until: Option<Moment>) -> NewMessage {
    let name =
        desk.catalog.bundle(&joint.bundle).map_or_else(|| Text::new(&joint.bundle, &joint.bundle), |b| b.name.clone());
    let day = until.map(|at| at.plus_ms(-1).zh());
    let (zh, en) =
        day.map_or_else(Default::default, |d| (format!("，请在 {d} 前一次补正"), format!(" Answer by {d}.")));
    NewMessage {
        id: desk.base.id(),
        party: joint.applicant,
        kind: MessageKind::Action,
        title: Text::new(format!("{}：请一次补正", name.zh), format!("{}: one correction needed", name.en)),
        body: Text::new(
            format!("联办编号 {}。{agencies}项需要补正的内容已经合并，一次列出{zh}。", joint.number),
            format!("Joint handling {}. What {agencies} of its cases want mended is listed at once.{en}", joint.number),
        ),
        link: Some(format!("/joints/{}", joint.number)),
        case: None,
        at: desk.base.now(),
    }
}

/// The cases that wait for the applicant's answer.
pub fn to_mend(cases: &[Case]) -> BTreeSet<String> {
    cases.iter().filter(|c| c.state == State::Correcting).map(|c| c.item.clone()).collect()
}

/// An answer to the one notice.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The handling.
    pub joint: Id,
    /// The bundle's form, whole.
    pub form: &'a Map<String, Json>,
}

/// Checks an answer as sending it would: everything still to mend, under the names of the bundle's form. A value that a case
/// which is no longer to be mended was told too may not be changed: one fact is not told in two ways.
pub fn check_answer(joint: &Joint, cases: &[Case], schema: &FormSchema, form: &Map<String, Json>) -> Vec<FieldError> {
    let mut errors = schema.check(form).errors;
    let checked = schema.check(form).values;
    let mending = to_mend(cases);
    let empty = Map::new();
    let filed = joint.form.as_object().unwrap_or(&empty);
    for (name, of) in &joint.fields {
        let settled = |f: &FieldOf| !mending.contains(&f.item) && cases.iter().any(|c| c.item == f.item);
        let changed = filed.get(name) != checked.get(name);
        if changed && of.iter().any(settled) && !errors.iter().any(|e| e.pointer == pointer_to(name)) {
            errors.push(FieldError { pointer: pointer_to(name), code: "joint.settled".into(), message: not_here() });
        }
    }
    errors
}

/// Answers the one notice: the form goes to every case that waits for it, all of them in one unit.
///
/// # Errors
/// [`ApprovalError::Form`] with everything still to mend; [`ApprovalError::NotAllowed`] where nothing waits for an answer.
pub async fn answer(desk: &Desk<'_>, actor: &PersonActor, said: &Answer<'_>) -> Result<Joint, ApprovalError> {
    let mut proved = true;
    'again: for _ in 0..TRIES {
        let mut joint = own(desk, actor, said.joint).await?;
        let cases = approval::cases_of_parent(desk.store(), joint.id).await?;
        let waiting: Vec<&Case> = cases.iter().filter(|c| c.state == State::Correcting).collect();
        if waiting.is_empty() {
            return Err(ApprovalError::NotAllowed(State::Correcting));
        }
        let form = form_of(desk, &joint, &cases)?;
        let errors = check_answer(&joint, &cases, &form.schema, said.form);
        if !errors.is_empty() {
            return Err(ApprovalError::Form(errors));
        }
        let values = form.schema.check(said.form).values;
        let mut unit = desk.base.unit();
        for case in waiting {
            let own = part_of(&joint.fields, &case.item, &values);
            let (_, rows, settled) = approval::answer_part(desk, actor, case.id, (&own, proved)).await?;
            // Where one of them cannot be proved now, all are kept alike: one answer has one fate.
            if proved && !settled {
                proved = false;
                continue 'again;
            }
            unit = unit.and(rows);
        }
        let (now, by) = (desk.base.now(), Actor::Person(actor.clone()).signature());
        let changes = vec![("form", Json::Object(values.clone()).to_string().into()), ("answered_at", now.into())];
        let unit = unit.update(&JOINT, joint.key(), joint.version, changes).and(event(
            &desk.base,
            &joint,
            ("answered", &by.name),
            &json!({}),
        ));
        match desk.store().commit(unit).await {
            Ok(_) => {
                (joint.form, joint.answered_at, joint.version) = (Json::Object(values), Some(now), joint.version + 1);
                return Ok(joint);
            }
            Err(CommitError::Conflict(
                Conflict::Exists { .. } | Conflict::Changed { .. } | Conflict::Exhausted { .. },
            )) => {}
            Err(CommitError::NoEvidence { .. }) if proved => proved = false,
            Err(other) => return Err(other.into()),
        }
    }
    Err(ApprovalError::Changed)
}

/// The form as it was filed: the same items in the versions of their cases, the same mapping.
pub(super) fn form_of(desk: &Desk<'_>, joint: &Joint, cases: &[Case]) -> Result<JointForm, ApprovalError> {
    let not_offered = || ApprovalError::NotOffered(joint.bundle.clone());
    let bundle = desk.catalog.bundle(&joint.bundle).ok_or_else(not_offered)?;
    let mut items = Vec::new();
    for part in &bundle.parts {
        if let Some(case) = cases.iter().find(|c| c.item == part.item) {
            let item = desk.catalog.item_version(&case.item, &case.item_version);
            items.push(item.ok_or_else(|| ApprovalError::NotOffered(case.item.clone()))?);
        }
    }
    let form = bundle.form(&items).ok_or_else(not_offered)?;
    let known: BTreeMap<_, _> = joint.fields.clone();
    Ok(JointForm { fields: known, ..form })
}

/// A handling of the person who acts, or of the principal he acts for; anybody else's is not found.
pub(super) async fn own(desk: &Desk<'_>, actor: &PersonActor, id: Id) -> Result<Joint, ApprovalError> {
    let joint = record::joint(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    let lead = desk.catalog.bundle(&joint.bundle).map(|b| b.lead.clone());
    let may = actor.may_act_for(joint.applicant, MandateAct::File, lead.as_deref(), desk.base.now().date());
    if may { Ok(joint) } else { Err(ApprovalError::NotFound) }
}

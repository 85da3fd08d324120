//! What may be read of joint handlings, and by whom: the applicant, and the officers of any of its agencies.

use std::sync::Arc;

use kernel::{Date, Id, Moment, Stop};
use store::{Fault, Store};

use super::decide::{Clock, JointState, Member, Terms, clock, state};
use super::gather::form_of;
use super::record::{self, Joint, JointEvent};
use crate::access::{Actor, MandateAct, Right};
use crate::approval::{self, ApprovalError, Case, Desk, Standing, Step};
use crate::catalog::{Bundle, Catalog, Item, JointForm, Refused};

/// One case of a handling, as it is shown.
#[derive(Debug, Clone)]
pub struct Part {
    /// The case.
    pub case: Case,
    /// When its agency said that nothing is to be mended.
    pub content_at: Option<Moment>,
    /// Who said so.
    pub content_by: Option<String>,
    /// What its refusal means for the others.
    pub on_refusal: Refused,
    /// Whether the reader's rights reach the case itself.
    pub reached: bool,
}

/// A handling with its cases, as somebody may see it.
#[derive(Debug, Clone)]
pub struct Look {
    /// The handling.
    pub joint: Joint,
    /// Its cases, in the bundle's order.
    pub parts: Vec<Part>,
    /// What was done with it.
    pub events: Vec<JointEvent>,
    /// Where it stands.
    pub state: JointState,
    /// Its clock.
    pub clock: Clock,
    /// How the reader stands to it.
    pub standing: Standing,
}

impl Look {
    /// Its cases.
    pub fn cases(&self) -> Vec<Case> {
        self.parts.iter().map(|p| p.case.clone()).collect()
    }

    /// The form as it was filed.
    ///
    /// # Errors
    /// [`ApprovalError::NotOffered`] where the catalogue does not know the bundle or a version any more.
    pub fn form(&self, desk: &Desk<'_>) -> Result<JointForm, ApprovalError> {
        form_of(desk, &self.joint, &self.cases())
    }
}

/// The items of a bundle on a day: those that always belong to it, and the chosen ones.
///
/// # Errors
/// [`ApprovalError::NotOffered`] with the item that is not in force.
pub fn items_of(
    catalog: &Catalog,
    bundle: &Bundle,
    chosen: &[String],
    on: Date,
) -> Result<Vec<Arc<Item>>, ApprovalError> {
    let item = |id: &String| catalog.item(id, on).ok_or_else(|| ApprovalError::NotOffered(id.clone()));
    bundle.chosen(chosen).into_iter().map(|part| item(&part.item)).collect()
}

/// A handling by its number, for whoever asks; somebody else's is not found.
///
/// # Errors
/// [`ApprovalError::NotFound`].
pub async fn look(desk: &Desk<'_>, actor: &Actor, number: &str) -> Result<Look, ApprovalError> {
    let joint = record::joint_by_number(desk.store(), number).await?.ok_or(ApprovalError::NotFound)?;
    let cases = approval::cases_of_parent(desk.store(), joint.id).await?;
    let standing = standing(actor, &joint, &cases, desk.base.now()).ok_or(ApprovalError::NotFound)?;
    let rows = record::parts(desk.store(), joint.id).await?;
    let members = members(desk, &joint, &cases).await?;
    let (state, clock) = look_at(desk.catalog, &joint, &members);
    let bundle = desk.catalog.bundle(&joint.bundle);
    let mut parts: Vec<(i64, Part)> = Vec::new();
    for case in cases {
        let row = rows.iter().find(|r| r.case == case.id);
        let on_refusal = refusal(bundle.map(Arc::as_ref), &case);
        let part = Part {
            content_at: row.and_then(|r| r.content_at),
            content_by: row.and_then(|r| r.content_by.clone()),
            on_refusal,
            reached: standing == Standing::Applicant || case.allows(actor, Right::ViewCase),
            case,
        };
        parts.push((row.map_or(i64::MAX, |r| r.seq), part));
    }
    parts.sort_by_key(|(seq, _)| *seq);
    let parts = parts.into_iter().map(|(_, part)| part).collect();
    let events = record::events(desk.store(), joint.id).await?;
    Ok(Look { joint, parts, events, state, clock, standing })
}

fn standing(actor: &Actor, joint: &Joint, cases: &[Case], now: Moment) -> Option<Standing> {
    if cases.iter().any(|case| case.allows(actor, Right::ViewCase)) {
        return Some(Standing::Officer);
    }
    let person = actor.person()?;
    let all = cases.iter().all(|c| person.may_act_for(joint.applicant, MandateAct::View, Some(&c.item), now.date()));
    all.then_some(Standing::Applicant)
}

fn refusal(bundle: Option<&Bundle>, case: &Case) -> Refused {
    bundle.and_then(|b| b.part(&case.item)).map_or(Refused::GoOn, |p| p.on_refusal)
}

/// What counts of each case.
pub(super) async fn members(desk: &Desk<'_>, joint: &Joint, cases: &[Case]) -> Result<Vec<Member>, Fault> {
    let bundle = desk.catalog.bundle(&joint.bundle);
    let mut members = Vec::new();
    for case in cases {
        // Only cases that were accepted for a person have special steps.
        let stops: Vec<Stop> = match case.accepted_at {
            Some(_) => approval::steps_of(desk.store(), case.id).await?.iter().map(Step::stop).collect(),
            None => Vec::new(),
        };
        members.push(Member {
            state: case.state,
            received_at: case.received_at,
            closed_at: case.closed_at,
            on_refusal: refusal(bundle.map(Arc::as_ref), case),
            stops,
        });
    }
    Ok(members)
}

/// Where a handling stands, and its clock; none has begun where the catalogue knows no joint limit.
pub(super) fn look_at(catalog: &Catalog, joint: &Joint, members: &[Member]) -> (JointState, Clock) {
    let procedure = catalog.procedure();
    let limit = procedure.and_then(|p| p.joint.as_ref());
    let added = procedure.and_then(|p| p.joint_extension.as_ref()).filter(|_| joint.extended_at.is_some());
    let clock = limit.map_or_else(Clock::default, |limit| {
        let terms = Terms { limit: limit.period, added: added.map(|a| a.period), calendar: catalog.calendar() };
        clock(members, &terms)
    });
    (state(members), clock)
}

/// The handlings of a party, newest first, with their states.
///
/// # Errors
/// A fault of the database.
pub async fn joints_of(desk: &Desk<'_>, applicant: Id) -> Result<Vec<(Joint, JointState)>, Fault> {
    let mut found = Vec::new();
    for joint in record::joints_of(desk.store(), applicant).await? {
        let state = state_of(desk, &joint).await?;
        found.push((joint, state));
    }
    Ok(found)
}

/// The handlings with an open case that an officer may look into, newest first.
///
/// # Errors
/// A fault of the database.
pub async fn joints_for(desk: &Desk<'_>, account: Id) -> Result<Vec<(Joint, JointState)>, Fault> {
    let mut found = Vec::new();
    for id in approval::parents_for(desk.store(), account).await? {
        if let Some(joint) = record::joint(desk.store(), id).await? {
            let state = state_of(desk, &joint).await?;
            found.push((joint, state));
        }
    }
    Ok(found)
}

async fn state_of(desk: &Desk<'_>, joint: &Joint) -> Result<JointState, Fault> {
    let cases = approval::cases_of_parent(desk.store(), joint.id).await?;
    let bundle = desk.catalog.bundle(&joint.bundle);
    let member = |case: &Case| Member {
        state: case.state,
        received_at: case.received_at,
        closed_at: case.closed_at,
        on_refusal: refusal(bundle.map(Arc::as_ref), case),
        stops: Vec::new(),
    };
    Ok(state(&cases.iter().map(member).collect::<Vec<_>>()))
}

/// The number of a handling, for the pages of its cases.
///
/// # Errors
/// A fault of the database.
pub async fn number_of(store: &Store, id: Id) -> Result<Option<String>, Fault> {
    Ok(record::joint(store, id).await?.map(|joint| joint.number))
}

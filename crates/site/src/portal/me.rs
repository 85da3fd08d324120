//! The personal page: what runs out, what waits for the reader, what he sent, what he holds.

use affairs::access::PersonActor;
use affairs::approval::{self, Case, Standing, State as CaseState, draft};
use affairs::joint::{self, JointState};
use affairs::{licence, message};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::view::{CaseRow, LicenceRow, MePage};
use super::watch;
use crate::approval::confirm::agents;
use crate::approval::found::state_tag;
use crate::approval::story;
use crate::frame::Frame;
use crate::licence::holder;
use crate::office::Desks;
use crate::pieces::Link;
use crate::problem::{Problem, page};
use crate::session::Person;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/me", get(me))
}

async fn me(State(state): State<AppState>, Person(person): Person, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let store = desks.store();
    let principal = person.principal().id;
    let cases = approval::cases_of(store, principal).await?;
    let held = licence::held_by(store, principal).await?;
    let unread = message::unread(store, person.party.id).await?;
    page(&MePage {
        name: person.party.name.clone(),
        watches: watch::watches(&desks, &frame, &person).await?,
        tasks: tasks(&desks, &frame, &person, &cases).await?,
        joints: joints(&desks, &frame, principal).await?,
        cases: cases.iter().map(|case| row(&desks, &frame, case)).collect(),
        licences: held.iter().map(|held| holding(&desks, &frame, held)).collect(),
        unread: u32::try_from(unread).unwrap_or(0),
        frame,
    })
}

/// The handlings by several agencies, newest first.
async fn joints(desks: &Desks<'_>, frame: &Frame, principal: kernel::Id) -> Result<Vec<Link>, Problem> {
    let found = joint::joints_of(&desks.approval(), principal).await?;
    Ok(found.iter().map(|one| crate::joint::card(frame, &desks.catalog, one)).collect())
}

fn row(desks: &Desks<'_>, frame: &Frame, case: &Case) -> CaseRow {
    CaseRow {
        href: format!("/cases/{}", case.number),
        item: story::item_name(desks, frame, case),
        number: case.number.clone(),
        tag: state_tag(frame, case.state),
        since: case.closed_at.or(case.accepted_at).or(case.received_at).unwrap_or(case.filed_at),
        next: story::next_line(desks, frame, case),
    }
}

fn holding(desks: &Desks<'_>, frame: &Frame, held: &licence::Licence) -> LicenceRow {
    LicenceRow {
        href: format!("/licences/{}", held.code),
        name: holder::name(desks, frame, held),
        code: held.code.clone(),
        tag: holder::tag(frame, held),
        valid_to: held.valid_to,
    }
}

/// What waits for the reader: confirmations first, for somebody else waits for them; then corrections, then drafts.
async fn tasks(desks: &Desks<'_>, frame: &Frame, person: &PersonActor, cases: &[Case]) -> Result<Vec<Link>, Problem> {
    let mut tasks = to_confirm(desks, frame, person).await?;
    if person.acting_for.is_none() {
        tasks.extend(crate::agent::kin::tasks(desks, frame, &person.party.code).await?);
    }
    let joints = joint::joints_of(&desks.approval(), person.principal().id).await?;
    let mending = joints.iter().filter(|(_, state)| *state == JointState::Correcting);
    tasks.extend(mending.map(|one| crate::joint::task(frame, &desks.catalog, one)));
    let alone = |c: &&Case| c.state == CaseState::Correcting && c.parent.is_none();
    tasks.extend(cases.iter().filter(alone).map(|case| {
        Link {
            href: format!("/cases/{}", case.number),
            text: frame.t1("task.mend", story::item_name(desks, frame, case)),
            hint: story::last_day(case.correction_due_at)
                .map(|day| frame.t1("task.mend_hint", frame.date(day)))
                .unwrap_or_default(),
        }
    }));
    for draft in draft::all(desks.store(), person).await?.iter().filter(|d| d.case.is_none()) {
        // A draft of an item that is no longer offered cannot be sent; it goes with its thirty days.
        let Some(item) = desks.catalog.item(&draft.item, frame.now.date()) else { continue };
        tasks.push(Link {
            href: format!("/drafts/{}", draft.id),
            text: frame.t1("task.draft", frame.text(&item.name)),
            hint: frame.t1("task.draft_hint", frame.moment(draft.saved_at)),
        });
    }
    Ok(tasks)
}

/// The cases that wait for the word of a company this person may answer for, whether or not he acts for it now.
async fn to_confirm(desks: &Desks<'_>, frame: &Frame, person: &PersonActor) -> Result<Vec<Link>, Problem> {
    let mut found = Vec::new();
    for agent in agents(desks, person).await? {
        let company = agent.principal().clone();
        let actor = affairs::access::Actor::Person(agent);
        let waiting = approval::cases_to_confirm(desks.store(), &company.code).await?;
        let own = |case: &&Case| approval::standing(&actor, case, frame.now) == Some(Standing::SecondParty);
        found.extend(waiting.iter().filter(own).map(|case| task(desks, frame, &company.name, case)));
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|link: &Link| seen.insert(link.href.clone()));
    Ok(found)
}

fn task(desks: &Desks<'_>, frame: &Frame, company: &str, case: &Case) -> Link {
    let until = story::last_day(case.second_party_due_at).map(|day| frame.date(day)).unwrap_or_default();
    Link {
        href: format!("/confirm/{}", case.number),
        text: frame.t2("task.confirm", &case.applicant_name, story::item_name(desks, frame, case)),
        hint: frame.t2("task.confirm_hint", company, until),
    }
}

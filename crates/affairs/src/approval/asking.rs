//! Whoever may speak for a second party hears that something waits for its word: a message to each, in the unit by which
//! the case begins to wait.

use std::collections::BTreeSet;

use kernel::{Id, Text};
use store::{Fault, Unit};

use super::desk::Desk;
use super::record::Case;
use super::state::State;
use super::words;
use crate::access::{MandateAct, PartyKind, mandate, people};
use crate::catalog::Item;
use crate::message::{self, NewMessage};

/// The people who may confirm for the company a case names, by the mandates in force today. The applicant is not one of
/// them, whatever mandates he holds; where nobody has a mandate yet, nobody can be told.
async fn speakers(desk: &Desk<'_>, case: &Case) -> Result<BTreeSet<Id>, Fault> {
    let Some(code) = &case.second_party else { return Ok(BTreeSet::new()) };
    let company = people::party_by_code(desk.store(), PartyKind::Company, code).await?;
    let Some(company) = company else { return Ok(BTreeSet::new()) };
    let (given, today) = (mandate::given_by(&desk.base, company.id).await?, desk.base.now().date());
    let may = given.into_iter().filter(|m| m.scope.covers(MandateAct::Confirm, Some(&case.item), today));
    Ok(may.map(|m| m.agent).filter(|agent| *agent != case.applicant).collect())
}

/// Adds the messages to the unit by which the case begins to wait for its second party.
pub(super) async fn ask(desk: &Desk<'_>, item: &Item, case: &Case, unit: Unit) -> Result<Unit, Fault> {
    let speakers = speakers(desk, case).await?;
    Ok(speakers.into_iter().fold(unit, |unit, party| message::add(unit, &asked(desk, item, case, party))))
}

fn asked(desk: &Desk<'_>, item: &Item, case: &Case, party: Id) -> NewMessage {
    let (name, who, number) = (&item.name, &case.applicant_name, &case.number);
    let until = case.second_party_due_at.map(|due| due.plus_ms(-1).zh());
    let (zh, en) = until.map_or_else(Default::default, |d| (format!("，请在 {d} 前答复"), format!(" by {d}")));
    NewMessage {
        party,
        title: Text::new(
            format!("{}：等待您单位确认", name.zh),
            format!("{}: your confirmation is asked for", name.en),
        ),
        body: Text::new(
            format!("{who}申请时写明由您单位确认（办件编号 {number}）{zh}。不确认，本件不会受理。"),
            format!(
                "{who} named your organisation (case {number}). Please answer{en}; without a yes the case is not received."
            ),
        ),
        link: Some(format!("/confirm/{number}")),
        ..words::told(&desk.base, State::AwaitingSecondParty, item, case)
    }
}

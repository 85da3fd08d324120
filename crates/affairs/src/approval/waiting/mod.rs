//! A case whose only obstacle is a register that does not answer waits for it: received, told so, taken up again by the
//! clock, and after a bounded time handed to a person. Never a grant without the answer, never a refusal for want of it.
//!
//! What else there is to mend is not told meanwhile: the one notice must be complete, so it comes when everything is known.

pub(super) mod record;
pub(super) mod unproved;

use std::collections::BTreeSet;

use kernel::{Moment, Text};
use serde_json::json;
use store::Unit;

use record::{WAIT, Wait, WaitKind};

use super::acts::{item_of, settle_stored};
use super::assess::{Check, CheckTruth, outcome};
use super::desk::Desk;
use super::error::ApprovalError;
use super::filing::run_now;
use super::outcome::Outcome;
use super::record::{CASE, Case, OPEN_CASE, case as case_of};
use super::run::Run;
use super::settle::{event, machine, open_key};
use super::state::{Act, State};
use super::words;
use super::{by_law, limits};
use crate::catalog::{Consent, Inputs, Item, Speaker, Unusable};
use crate::message;

/// The first wait before a register is asked again for a case; it doubles up to the longest.
const FIRST_WAIT_MS: i64 = 5_000;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 60_000;

/// The registers whose answer would let the rules go on; empty: waiting would change nothing, or nothing is missing.
pub(super) fn missed(item: &Item, run: &Run) -> BTreeSet<String> {
    let silent = run.looks.silent();
    if silent.is_empty() {
        return BTreeSet::new();
    }
    let (waiting, rest): (Vec<&Check>, Vec<&Check>) =
        run.assessment.checks.iter().partition(|check| only_silence(check, &run.inputs, silent));
    let rest: Vec<Check> = rest.into_iter().cloned().collect();
    let contradicted = !run.assessment.contradictions.is_empty();
    let without = if rest.is_empty() && !contradicted { Outcome::Grant } else { outcome(&rest, contradicted) };
    // A person has to look anyhow: he need not wait.
    if matches!(without, Outcome::Refer | Outcome::DraftRefusal) {
        return BTreeSet::new();
    }
    let written = item.effects.iter().any(|effect| silent.contains(&effect.register));
    let term = item.validity(&run.inputs, run.request.decided_at.date()).err();
    let term = term.is_some_and(|missing| is_silent(&run.inputs, &missing.0, silent));
    if waiting.is_empty() && !written && !term { BTreeSet::new() } else { silent.clone() }
}

/// Whether a check is unknown for no other reason than that a register is silent.
fn only_silence(check: &Check, inputs: &Inputs, silent: &BTreeSet<String>) -> bool {
    let mut doubtful = check.read.iter().filter(|name| inputs.why_unusable(name).is_some()).peekable();
    check.truth == CheckTruth::Unknown
        && doubtful.peek().is_some()
        && doubtful.all(|name| is_silent(inputs, name, silent))
}

fn is_silent(inputs: &Inputs, name: &str, silent: &BTreeSet<String>) -> bool {
    inputs.row(name).is_some_and(|row| {
        row.unusable == Some(Unusable::Unreachable)
            && row.provenance.speaker == Speaker::Register
            && silent.contains(&row.provenance.name)
    })
}

/// The case and the unit by which it begins to wait, where `run` misses an answer; `None`: it can be settled. `stored`:
/// the version of a case that is there already.
pub(super) fn begin(
    desk: &Desk<'_>,
    item: &Item,
    (case, stored): (&Case, Option<i64>),
    run: &Run,
) -> Result<Option<(Case, Unit)>, ApprovalError> {
    let registers = missed(item, run);
    if registers.is_empty() {
        return Ok(None);
    }
    let (mut case, now) = (case.clone(), run.request.decided_at);
    case.state = match stored {
        None => State::AwaitingData,
        Some(_) => case.state.after(Act::MissData).ok_or(ApprovalError::NotAllowed(case.state))?,
    };
    receive(desk, item, &mut case, now);
    let minutes = item.data_wait_minutes.or(desk.catalog.procedure().map(|p| p.data_wait_minutes)).unwrap_or(0);
    let until = now.plus_ms(i64::from(minutes) * 60_000);
    let wait = Wait {
        shard: case.shard.clone(),
        case: case.id,
        version: 1,
        kind: WaitKind::Data,
        registers: registers.into_iter().collect(),
        since: now,
        due_at: Some(until),
        next_at: now.plus_ms(FIRST_WAIT_MS),
        tries: 0,
    };
    let detail = json!({ "registers": wait.registers, "until": until });
    let rows = rows(desk, &case, stored).delete(&WAIT, wait.key()).insert(&WAIT, wait.values());
    let unit = run.looks.log(&desk.base, rows).and(event(desk, &case, "data_missed", &machine(), detail, now));
    let unit = message::add(unit, &words::told(&desk.base, case.state, item, &case));
    Ok(Some((case, unit)))
}

/// The agency holds the complete application from this moment: its time runs, whatever stands still on its side.
pub(super) fn receive(desk: &Desk<'_>, item: &Item, case: &mut Case, now: Moment) {
    let received = *case.received_at.get_or_insert(now);
    let limits = limits::limits(item, (received, case.extended_days), desk.catalog, &[]);
    case.notice_due_at = limits.notice;
    case.committed_due_at = limits.committed;
    case.statutory_due_at = limits.statutory;
}

/// The rows of a case that stays open.
pub(super) fn rows(desk: &Desk<'_>, case: &Case, stored: Option<i64>) -> Unit {
    let unit = desk.base.unit();
    match stored {
        None => unit.insert(&CASE, case.values()).insert(&OPEN_CASE, open_key(case, true)),
        Some(version) => unit.update(&CASE, case.key(), version, case.changes()),
    }
}

/// Ends the waiting of a case that is closed.
pub(super) fn end(before: State, unit: Unit, case: &Case) -> Unit {
    match before {
        State::AwaitingData | State::AwaitingEvidence => unit.delete(&WAIT, vec![(&case.shard).into(), case.id.into()]),
        _ => unit,
    }
}

/// Takes up the cases that wait for a register: those whose time has come, or, where `all`, every one, because a register
/// answers again. In the order of their receipt. Gives how many went on.
pub async fn take_up_waiting(desk: &Desk<'_>, all: bool) -> Result<usize, ApprovalError> {
    let now = desk.base.now();
    let until = if all { Moment::from_ms(i64::MAX) } else { now };
    let mut gone_on = 0;
    for wait in record::waiting(desk.store(), WaitKind::Data, until).await? {
        let over = wait.due_at.is_some_and(|due| due <= now);
        // Where nobody would be asked nothing is tried, unless its time is over.
        if !over && !wait.registers.iter().all(|register| desk.registers.would_ask(register, desk.base.now())) {
            continue;
        }
        match again(desk, &wait, over).await {
            Ok(went_on) => gone_on += usize::from(went_on),
            // Somebody withdrew it in the same moment, or a register changed under it: the next turn sees.
            Err(ApprovalError::Changed | ApprovalError::NotAllowed(_) | ApprovalError::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(gone_on)
}

/// Runs the rules of a waiting case again. True where it went on.
async fn again(desk: &Desk<'_>, wait: &Wait, over: bool) -> Result<bool, ApprovalError> {
    let case = case_of(desk.store(), wait.case).await?.ok_or(ApprovalError::NotFound)?;
    if case.state != State::AwaitingData {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let case = by_law::accepted_first(desk, case).await?;
    let (item, now, version) = (item_of(desk, &case)?, desk.base.now(), case.version);
    let mut run = run_now(desk, &item, &case, consent(&case), now).await?;
    let missed = missed(&item, &run);
    if !missed.is_empty() && !over {
        let unit = run.looks.log(&desk.base, later(desk, wait, &missed));
        desk.store().commit(unit).await?;
        return Ok(false);
    }
    if !missed.is_empty() {
        run.assessment = run.assessment.clone().referred(unanswered(desk, &missed));
    }
    let (_, unit) = settle_stored(desk, &item, case, (version, run, now)).await?;
    desk.store().commit(unit.delete(&WAIT, wait.key())).await?;
    Ok(true)
}

/// What the second party has said of a case that the agency holds.
pub(super) const fn consent(case: &Case) -> Consent {
    if case.second_party.is_some() { Consent::Given } else { Consent::None }
}

/// The next try, a little spread by chance.
fn later(desk: &Desk<'_>, wait: &Wait, missed: &BTreeSet<String>) -> Unit {
    let mut chance = [0];
    desk.base.entropy.fill(&mut chance);
    let pause = (FIRST_WAIT_MS << wait.tries.clamp(0, 8)).min(LONGEST_WAIT_MS);
    let pause = pause + pause * i64::from(chance[0]) / 1_024;
    let registers = serde_json::Value::from(missed.iter().cloned().collect::<Vec<_>>()).to_string();
    let next_at = desk.base.now().plus_ms(pause);
    let changes =
        vec![("registers", registers.into()), ("next_at", next_at.into()), ("tries", (wait.tries + 1).into())];
    desk.base.unit().update(&WAIT, wait.key(), wait.version, changes)
}

/// Why a person takes over.
fn unanswered(desk: &Desk<'_>, missed: &BTreeSet<String>) -> Text {
    let name = |id: &String| desk.registers.get(id).map_or_else(|| Text::new(id, id), |r| r.name.clone());
    let names: Vec<Text> = missed.iter().map(name).collect();
    let join = |of: fn(&Text) -> &str, mark: &str| names.iter().map(of).collect::<Vec<_>>().join(mark);
    Text::new(
        format!("等待时间已到，仍未得到应答：{}。转由工作人员核实。", join(|t| &t.zh, "、")),
        format!(
            "the waiting time is over and there is no answer from: {}; a person looks into it",
            join(|t| &t.en, ", ")
        ),
    )
}

/// How many cases wait, for registers and for the log; for the doctor and the metrics.
pub async fn waiting_now(store: &store::Store) -> Result<Vec<(String, i64)>, store::Fault> {
    record::waiting_now(store).await
}

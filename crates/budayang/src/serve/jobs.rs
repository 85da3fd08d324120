//! What goes on while nobody asks: messages are carried out, waiting times run out, dead sessions are swept, and a
//! catalogue that somebody imported is taken up.
//!
//! Each turn does what is due and sleeps; a failing job is told in the log and tried again at the next turn, because a
//! full disk at night must not stop the counter.

use std::time::Duration;

use affairs::message::Carried;
use affairs::{access, approval, joint, light, message, register, replay, supervision};
use kernel::Date;
use site::witness::{Heard, Witness};
use site::{AppState, Desks};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::office::index_rights;

/// Between two turns.
const TURN: Duration = Duration::from_secs(3);
/// Between two rounds of the witnesses: what is granted now is co-signed within so long.
const WITNESS_TURN: Duration = Duration::from_secs(10);
/// The longest one of them keeps the others waiting.
const WITNESS_PATIENCE: Duration = Duration::from_secs(8);
/// Sweeping is done every so many turns: once in ten minutes.
const SWEEP_EVERY: u64 = 200;
/// Rights follow the regions every so many turns: twice a minute.
const REGIONS_EVERY: u64 = 10;
/// What the law does at the end of a day need not be asked oftener than twice a minute.
const LAW_EVERY: u64 = 10;
/// Rounds of one job in one turn, so that none starves the others.
const ROUNDS: usize = 20;

/// How many outbox entries are taken at once.
const BATCH: u32 = 100;

/// Takes up the cases that wait for a register or for the log, until `stopped` says so: beside the other jobs, because a
/// slow register must not keep messages waiting. A register that answers again is not waited for until the next turn.
pub(super) async fn take_up_cases(state: AppState, mut stopped: watch::Receiver<bool>) {
    let mut turns = interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let all = tokio::select! {
            _ = turns.tick() => false,
            () = register_is_back(&state) => true,
            _ = stopped.changed() => return,
        };
        tell("catalogue", take_up(&state).await);
        tell("cases that wait for the log", make_up(&state).await);
        tell("cases that wait for a register", go_on(&state, all).await);
    }
}

async fn register_is_back(state: &AppState) {
    match state.desks() {
        Ok(desks) => desks.office.registers.back().await,
        Err(_) => std::future::pending().await,
    }
}

async fn make_up(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(approval::make_up(&desks.approval()).await?)
}

async fn go_on(state: &AppState, all: bool) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(approval::take_up_waiting(&desks.approval(), all).await?)
}

/// Runs the jobs until `stopped` says so.
pub(super) async fn run(state: AppState, mut stopped: watch::Receiver<bool>) {
    let mut turns = interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut followed = None;
    for turn in 0_u64.. {
        tokio::select! {
            _ = turns.tick() => {}
            _ = stopped.changed() => return,
        }
        // What the machine does by itself, too, it does by what is in force now.
        tell("catalogue", take_up(&state).await);
        tell("messages", deliver(&state).await);
        tell("waiting times", lapse(&state).await);
        tell("decisions at the door", leave(&state).await);
        tell("who has which case", assign(&state).await);
        tell("joint notices", gather(&state).await);
        if turn % LAW_EVERY == 0 {
            tell("what the law does when nobody acts", by_law(&state).await);
            tell("lights", watch_time(&state).await);
            tell("drafts beside people", shadow(&state).await);
            tell("lights of duties", watch_duties(&state).await);
            tell("early warnings", warn_early(&state).await);
            tell("cases of those who are away", hand_on(&state).await);
        }
        if turn % REGIONS_EVERY == 0 {
            tell("regions", follow_regions(&state, &mut followed).await);
        }
        if turn % SWEEP_EVERY == 0 {
            tell("sweeping", sweep(&state).await);
        }
    }
}

/// Letters that are handed over at the same time: what one carrier does slowly keeps few others waiting.
const AT_ONCE: u32 = 16;

/// Carries messages out of the house until `stopped` says so: beside the other jobs, because carriers are slow. A letter that is
/// being handed over when the program stops is finished first.
pub(super) async fn carry_out(state: AppState, mut stopped: watch::Receiver<bool>) {
    let mut turns = interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            _ = stopped.changed() => return,
        }
        tell("messages out of the house", hand_over(&state).await);
    }
}

async fn hand_over(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    let mut carried = 0;
    for _ in 0..ROUNDS {
        let entries = desks.store().outbox_take_of(message::OUT_TOPIC, AT_ONCE).await?;
        if entries.is_empty() {
            break;
        }
        let outward = desks.outward();
        let handed = futures_util::future::join_all(entries.iter().map(|entry| message::carry_out(&outward, entry)));
        for (entry, done) in entries.iter().zip(handed.await) {
            match done {
                Ok(Carried::Done) => desks.store().outbox_done(entry).await?,
                Ok(Carried::NotBefore(until)) => desks.store().outbox_postpone(entry, until).await?,
                Err(why) => desks.store().outbox_failed(entry, &why).await?,
            }
            carried += 1;
        }
    }
    Ok(carried)
}

/// Has the scanner look at what was handed in until `stopped` says so: beside the other jobs, because a scan takes as long as it
/// takes; and at once when something comes.
pub(super) async fn check_materials(state: AppState, mut stopped: watch::Receiver<bool>) {
    let mut turns = interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = handed_in(&state) => {}
            _ = stopped.changed() => return,
        }
        tell("materials in quarantine", scan(&state).await);
    }
}

async fn handed_in(state: &AppState) {
    match state.desks() {
        Ok(desks) => desks.office.checkers.rung().await,
        Err(_) => std::future::pending().await,
    }
}

async fn scan(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(approval::check_materials(&desks.approval(), &desks.office.checkers).await?)
}

/// Has the log's newest checkpoint co-signed until `stopped` says so: beside the other jobs, because witnesses are far away.
pub(super) async fn ask_witnesses(state: AppState, mut stopped: watch::Receiver<bool>) {
    let mut turns = interval(WITNESS_TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            _ = stopped.changed() => return,
        }
        let Ok(desks) = state.desks() else { continue };
        for witness in &desks.office.witnesses {
            let heard = tokio::time::timeout(WITNESS_PATIENCE, witness.ask(desks.store(), &desks.office.shard)).await;
            note(witness, heard.unwrap_or_else(|_| Ok(Heard::Silent("no answer".into()))));
        }
        tell("draws that wait for witnesses", go_on_with_draws(&state).await);
    }
}

/// Once a day; the other times it finds that it was done.
async fn warn_early(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(supervision::early(&desks.approval()).await?)
}

async fn go_on_with_draws(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(site::supervision::go_on(&desks).await?)
}

fn note(witness: &Witness, heard: Result<Heard, store::Fault>) {
    let key = witness.key().id();
    match heard {
        Ok(Heard::Nothing) => {}
        Ok(Heard::Cosigned(leaves)) => tracing::debug!(%key, leaves, "co-signed"),
        Ok(Heard::Refused(why)) => tracing::error!(%key, why, "a witness refuses to co-sign the log"),
        Ok(Heard::Silent(why)) => tracing::warn!(%key, why, "a witness does not answer and is asked again"),
        Err(error) => tracing::warn!(%key, %error, "a witness could not be asked"),
    }
}

fn tell(job: &str, done: anyhow::Result<usize>) {
    match done {
        Ok(0) => {}
        Ok(n) => tracing::debug!(job, n, "done"),
        Err(error) => tracing::warn!(job, error = format!("{error:#}"), "a background job failed and is tried again"),
    }
}

async fn deliver(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    let mut delivered = 0;
    for _ in 0..ROUNDS {
        let entries = desks.store().outbox_take_but(message::OUT_TOPIC, BATCH).await?;
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            match carry(&desks, entry).await {
                Ok(()) => {
                    desks.store().outbox_done(entry).await?;
                    delivered += 1;
                }
                Err(why) => desks.store().outbox_failed(entry, &why).await?,
            }
        }
    }
    Ok(delivered)
}

/// Each topic by its room: messages to people, changes to the keepers of registers.
async fn carry(desks: &Desks<'_>, entry: &store::Message) -> Result<(), String> {
    match entry.topic.as_str() {
        register::TOPIC => register::carry(&desks.base(), &desks.office.registers, entry).await,
        _ => message::carry(&desks.outward(), entry).await,
    }
}

/// What drafts would have said of what people decided since the last turn.
async fn shadow(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(replay::watch_shadows(&desks.base(), &desks.catalog).await?)
}

/// Sends the one notice of joint handlings whose time has come.
async fn gather(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(joint::gather_all(&desks.approval()).await?)
}

async fn lapse(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    let desk = desks.approval();
    Ok(approval::lapse_overdue(&desk).await? + approval::end_gaps(&desk).await?)
}

/// Signed decisions leave when their time is over.
async fn leave(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(approval::leave_due(&desks.approval()).await?)
}

/// What waits with nobody goes to an officer.
async fn assign(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(approval::assign_waiting(&desks.approval()).await?)
}

/// What lies with officers who are away or have left goes on.
async fn hand_on(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(approval::hand_on_absent(&desks.approval()).await?)
}

/// Silence accepts, and a renewal that nobody decided is granted.
async fn by_law(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    let desk = desks.approval();
    Ok(approval::accept_by_law(&desk).await? + approval::renew_by_law(&desk).await?)
}

/// Raises the lights of limits that were reached, and hands up those nobody answers.
async fn watch_time(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(light::watch(&desks.base(), &desks.catalog).await?)
}

/// Raises the lights of duties that nobody claims, acts on or tells back in time.
async fn watch_duties(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    Ok(supervision::watch(&desks.base(), &desks.catalog).await?)
}

/// Puts in place what another process or node imported or published; cases keep the version under which they were filed.
async fn take_up(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    let catalog = &desks.office.catalog;
    if catalog.catch_up(desks.store()).await? {
        tracing::info!(version = catalog.get().version(), "a new catalogue is in place");
    }
    Ok(0)
}

/// Rights follow splits and mergers of regions, which come with the catalogue and begin on a day.
async fn follow_regions(state: &AppState, followed: &mut Option<(Date, String)>) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    let (today, version) = (state.clock().now().date(), desks.catalog.version().to_owned());
    if followed.as_ref() != Some(&(today, version.clone())) {
        index_rights(&desks.base(), &desks.catalog).await?;
        *followed = Some((today, version));
    }
    Ok(0)
}

async fn sweep(state: &AppState) -> anyhow::Result<usize> {
    let Ok(desks) = state.desks() else { return Ok(0) };
    let mut swept = 0;
    for _ in 0..ROUNDS {
        let n = access::session::sweep(&desks.base()).await?;
        swept += n;
        if n == 0 {
            break;
        }
    }
    swept += register::sweep(&desks.base()).await? + approval::draft::sweep(&desks.base()).await?;
    let rest = desks.store().sweep().await?;
    Ok(swept + rest.blobs + rest.keys)
}

//! Registers that other agencies keep: asked with patience but not without end, left alone while they stand still, and
//! never in each other's way.
//!
//! For each register: at most so many questions at once (a slow register does not eat the server), a time limit for each
//! try, few tries with a wait that chance spreads, and a breaker. A register that does not answer makes its facts unknown,
//! so it never grants anything.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{Breaker, Clock, Entropy, Moment, Standing};
use serde::Serialize;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};

use super::Register;
use super::keeper::{Change, Keeper, Question, Reply, Silence};

/// How a register that is kept elsewhere is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The longest a try may take, in milliseconds; also the longest a question waits for its turn.
    pub timeout_ms: u32,
    /// Tries for a case; somebody's own page asks once.
    pub tries: u32,
    /// Questions that are out at once.
    pub at_once: u32,
    /// Failures in a row after which it is left alone.
    pub failures: u32,
    /// Seconds it is left alone before it is tried again.
    pub pause_seconds: u32,
    /// Seconds for which an answer serves again; 0: never. Every answer keeps the moment it was read at.
    pub max_age_seconds: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self { timeout_ms: 2_000, tries: 2, at_once: 8, failures: 5, pause_seconds: 10, max_age_seconds: 60 }
    }
}

/// The first wait between two tries; it doubles, and chance makes it half as long up to one and a half times.
const FIRST_WAIT_MS: u64 = 100;
/// How far the keeper's clock may be ahead of ours.
const AHEAD_MS: i64 = 5 * 60 * 1_000;

/// How a register that is kept elsewhere has been answering, since the program started.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RemoteState {
    /// The register.
    pub register: String,
    /// Whether questions go out.
    pub breaker: Standing,
    /// Questions that were answered.
    pub answered: u64,
    /// Questions that were not.
    pub silent: u64,
    /// Answers that served again.
    pub reused: u64,
    /// Questions that are out.
    pub out: u64,
    /// When the last answer came.
    pub answered_at: Option<Moment>,
    /// When the last answer did not come, and why.
    pub silent_at: Option<Moment>,
    /// Why.
    pub why: Option<String>,
}

/// One register that is kept elsewhere.
struct Remote {
    keeper: Arc<dyn Keeper>,
    terms: Terms,
    turns: Semaphore,
    breaker: Mutex<Breaker>,
    answered: AtomicU64,
    silent: AtomicU64,
    reused: AtomicU64,
    last: Mutex<Last>,
}

#[derive(Clone, Default)]
struct Last {
    answered_at: Option<Moment>,
    silence: Option<(Moment, String)>,
}

/// Every register that is kept elsewhere; clones share one state.
#[derive(Clone, Default)]
pub(super) struct Remotes(Arc<Inner>);

#[derive(Default)]
struct Inner {
    remotes: BTreeMap<String, Remote>,
    back: Notify,
}

impl fmt::Debug for Remotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.remotes.keys()).finish()
    }
}

/// What the machine gives to whoever waits: time and chance.
#[derive(Clone, Copy)]
pub(super) struct Hands<'a> {
    pub clock: &'a dyn Clock,
    pub entropy: &'a dyn Entropy,
}

impl Remotes {
    pub(super) fn new(keepers: Vec<(String, Arc<dyn Keeper>, Terms)>) -> Self {
        let remote = |(id, keeper, terms): (String, Arc<dyn Keeper>, Terms)| (id, Remote::new(keeper, terms));
        Self(Arc::new(Inner { remotes: keepers.into_iter().map(remote).collect(), back: Notify::new() }))
    }

    pub(super) fn keeps(&self, register: &str) -> bool {
        self.0.remotes.contains_key(register)
    }

    pub(super) fn terms(&self, register: &str) -> Option<Terms> {
        self.0.remotes.get(register).map(|r| r.terms)
    }

    /// Would a question to this register be let out now?
    pub(super) fn would_ask(&self, register: &str, now: Moment) -> bool {
        self.0.remotes.get(register).is_none_or(|r| lock(&r.breaker).would_admit(now))
    }

    /// Waits until a register that had been left alone answers again.
    pub(super) async fn back(&self) {
        self.0.back.notified().await;
    }

    pub(super) fn reused(&self, register: &str) {
        if let Some(remote) = self.0.remotes.get(register) {
            remote.reused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How every register stands.
    pub(super) fn states(&self) -> Vec<RemoteState> {
        self.0.remotes.iter().map(|(id, remote)| remote.state(id)).collect()
    }

    /// Hails every keeper once; why it did not answer, where it did not.
    pub(super) async fn hail(&self) -> Vec<(String, Option<Silence>)> {
        let mut all = Vec::new();
        for (id, remote) in &self.0.remotes {
            let answer = timeout(remote.limit(), remote.keeper.hail()).await.unwrap_or(Err(Silence::Slow));
            all.push((id.clone(), answer.err()));
        }
        all
    }

    /// Asks a register, `tries` times at most. Gives the answer, or why there is none, and how often it was asked.
    pub(super) async fn ask(
        &self,
        hands: Hands<'_>,
        layout: &Register,
        question: &Question,
        tries: u32,
    ) -> (Result<Reply, Silence>, u32) {
        let Some(remote) = self.0.remotes.get(&layout.id) else { return (Err(Silence::Paused), 0) };
        let (mut made, mut result) = (0, Err(Silence::Paused));
        for n in 0..tries.max(1) {
            if n > 0 {
                sleep(wait(hands.entropy, n)).await;
            }
            let asked = remote.once(hands.clock, |keeper| keeper.ask(question)).await;
            let held_back = matches!(asked, Err(Silence::Paused | Silence::Crowded));
            if held_back && made > 0 {
                // Why the try before failed is what people want to know.
                break;
            }
            made += u32::from(!held_back);
            result = asked.and_then(|reply| sound(layout, question, reply, hands.clock.now()));
            self.note(remote, &layout.id, hands.clock.now(), result.as_ref().err());
            if !result.as_ref().is_err_and(Silence::may_pass) {
                break;
            }
        }
        (result, made)
    }

    /// Tells a keeper of a change, once.
    pub(super) async fn tell(&self, hands: Hands<'_>, change: &Change) -> Result<(), Silence> {
        let Some(remote) = self.0.remotes.get(&change.register) else {
            return Err(Silence::Unreached(format!("no keeper of {} is configured", change.register)));
        };
        let told = remote.once(hands.clock, |keeper| keeper.tell(change)).await;
        self.note(remote, &change.register, hands.clock.now(), told.as_ref().err());
        told
    }

    /// What an answer, or its want, says of the register.
    fn note(&self, remote: &Remote, id: &str, now: Moment, silence: Option<&Silence>) {
        let mut breaker = lock(&remote.breaker);
        match silence {
            None => {
                remote.answered.fetch_add(1, Ordering::Relaxed);
                lock(&remote.last).answered_at = Some(now);
                if breaker.succeeded() {
                    tracing::info!(register = id, "the register answers again");
                    self.0.back.notify_one();
                }
            }
            Some(why) => {
                remote.silent.fetch_add(1, Ordering::Relaxed);
                lock(&remote.last).silence = Some((now, why.to_string()));
                // Crowded and paused say something of us; a refusal comes from a keeper that is well.
                let counts = !matches!(why, Silence::Crowded | Silence::Paused | Silence::Refused(_));
                if counts && breaker.failed(now) {
                    tracing::warn!(register = id, %why, "the register does not answer and is left alone for a while");
                } else {
                    tracing::debug!(register = id, %why, "a question was not answered");
                }
            }
        }
    }
}

impl Remote {
    fn new(keeper: Arc<dyn Keeper>, terms: Terms) -> Self {
        let at_once = usize::try_from(terms.at_once.max(1)).unwrap_or(1);
        Self {
            keeper,
            terms,
            turns: Semaphore::new(at_once),
            breaker: Mutex::new(Breaker::new(terms.failures.max(1), i64::from(terms.pause_seconds) * 1_000)),
            answered: AtomicU64::new(0),
            silent: AtomicU64::new(0),
            reused: AtomicU64::new(0),
            last: Mutex::default(),
        }
    }

    fn limit(&self) -> Duration {
        Duration::from_millis(u64::from(self.terms.timeout_ms.max(1)))
    }

    /// One try: waits for its turn, goes out if the breaker lets it, and is cut off at the limit.
    async fn once<'a, T>(
        &'a self,
        clock: &dyn Clock,
        go: impl FnOnce(&'a dyn Keeper) -> super::keeper::Awaited<'a, T>,
    ) -> Result<T, Silence> {
        if !lock(&self.breaker).would_admit(clock.now()) {
            return Err(Silence::Paused);
        }
        let Ok(Ok(_turn)) = timeout(self.limit(), self.turns.acquire()).await else { return Err(Silence::Crowded) };
        if !lock(&self.breaker).admit(clock.now()) {
            return Err(Silence::Paused);
        }
        timeout(self.limit(), go(&*self.keeper)).await.unwrap_or(Err(Silence::Slow))
    }

    fn state(&self, id: &str) -> RemoteState {
        let last = lock(&self.last).clone();
        let (silent_at, why) = last.silence.unzip();
        let free = self.turns.available_permits() as u64;
        RemoteState {
            register: id.to_owned(),
            breaker: lock(&self.breaker).standing(),
            answered: self.answered.load(Ordering::Relaxed),
            silent: self.silent.load(Ordering::Relaxed),
            reused: self.reused.load(Ordering::Relaxed),
            out: u64::from(self.terms.at_once.max(1)).saturating_sub(free),
            answered_at: last.answered_at,
            silent_at,
            why,
        }
    }
}

/// A panic elsewhere leaves these few words whole: they are read on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Doubles with every try, spread by chance so that many who wait do not come back together.
fn wait(entropy: &dyn Entropy, n: u32) -> Duration {
    let mut chance = [0; 2];
    entropy.fill(&mut chance);
    let base = FIRST_WAIT_MS << n.saturating_sub(1).min(6);
    Duration::from_millis(base / 2 + base * u64::from(u16::from_le_bytes(chance)) / u64::from(u16::MAX))
}

/// An answer is believed only whole: one word about each subject and about nobody else, in the register's layout, not from
/// the future.
fn sound(layout: &Register, question: &Question, reply: Reply, now: Moment) -> Result<Reply, Silence> {
    let unsound = |why: String| Err(Silence::Unsound(why));
    let mut asked = question.subjects.clone();
    let mut told: Vec<String> = reply.told.iter().map(|t| t.subject.clone()).collect();
    asked.sort_unstable();
    told.sort_unstable();
    if asked != told {
        return unsound(format!("{} subjects were asked about, {} answered, or others", asked.len(), told.len()));
    }
    for told in &reply.told {
        if told.as_of.ms() > now.ms().saturating_add(AHEAD_MS) {
            return unsound(format!("it is dated {}, which is to come", told.as_of));
        }
        let faults = told.record.as_ref().map(|body| layout.faults(body)).unwrap_or_default();
        if let Some((field, why)) = faults.first() {
            // The field's name, not its value: this goes into logs.
            let why = if why == "missing" || why == "no such field" { why.as_str() } else { "has another form" };
            return unsound(format!("{field}: {why}"));
        }
    }
    Ok(reply)
}

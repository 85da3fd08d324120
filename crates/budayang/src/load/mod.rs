//! Load: what a city's day brings, in small, against a demonstration served by this process on this machine only.
//!
//! Everybody acts at fixed times, whether or not the answer before has come, and a wait is counted from the time at which
//! the act was due: a server that stands still cannot hide behind clients that wait for it. Every client has an address of
//! its own (127.1.x.y), so the limits for a client and an account hold as they do for the public.

mod figures;
mod people;
mod visitor;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use affairs::access;
use affairs::register::Registers;
use kernel::{Entropy, SeededEntropy};
use tokio::time::{Instant, sleep_until};

pub(crate) use figures::Figures;
use figures::Seen;
use people::People;
use visitor::Visitor;

/// How much, how long, how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Seconds of load.
    pub(crate) seconds: u32,
    /// Clients.
    pub(crate) clients: u32,
    /// Acts a minute of each client.
    pub(crate) per_minute: u32,
    /// What chance begins with.
    pub(crate) seed: u64,
    /// Whether the first client acts ten times as often, in every second quarter.
    pub(crate) burst: bool,
}

/// How many times its share a bursting client takes.
pub(crate) const TIMES: u32 = 10;
/// Calm and burst take turns, so that what else happens on the machine falls on both.
const QUARTERS: u32 = 4;

/// What somebody does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// Reads a guide.
    Guide,
    /// Searches.
    Search,
    /// Saves a draft.
    Draft,
    /// Has a registration struck off: decided at once.
    StrikeOff,
    /// Applies for a renewal, which waits for the employer.
    Renewal,
    /// An employer confirms, and the machine decides.
    Confirmation,
    /// Looks how a case stands.
    Progress,
    /// A clerk opens the queue.
    Queue,
}

impl Kind {
    /// Every kind, with how often it comes among a hundred acts.
    pub(crate) const SHARES: [(Self, u32); 8] = [
        (Self::Guide, 34),
        (Self::Search, 16),
        (Self::Draft, 12),
        (Self::StrikeOff, 5),
        (Self::Renewal, 4),
        (Self::Confirmation, 4),
        (Self::Progress, 19),
        (Self::Queue, 6),
    ];

    /// Its word in what is printed.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Guide => "guide",
            Self::Search => "search",
            Self::Draft => "draft",
            Self::StrikeOff => "filing: strike off",
            Self::Renewal => "filing: renewal",
            Self::Confirmation => "confirmation",
            Self::Progress => "progress",
            Self::Queue => "queue",
        }
    }

    fn drawn(dice: &Dice) -> Self {
        let mut left = dice.below(100);
        for (kind, share) in Self::SHARES {
            if left < share {
                return kind;
            }
            left -= share;
        }
        Self::Guide
    }
}

/// Repeatable chance.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, n: u32) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) % n.max(1)
    }
}

impl Plan {
    /// How many acts of one kind the plan may bring, a little more than it will.
    fn most(&self, kind: Kind) -> u32 {
        let share = Kind::SHARES.iter().find(|(k, _)| *k == kind).map_or(0, |(_, share)| *share);
        let clients = self.clients + if self.burst { TIMES } else { 0 };
        let acts = u64::from(clients) * u64::from(self.seconds) * u64::from(self.per_minute) / 60;
        u32::try_from(acts * u64::from(share) * 13 / 1_000 + 20).unwrap_or(u32::MAX)
    }

    fn quarter(&self) -> Duration {
        Duration::from_secs(u64::from(self.seconds)) / if self.burst { QUARTERS } else { 1 }
    }

    /// In which of the plan's parts a moment lies, and whether the first client bursts in it.
    fn bursts_at(&self, since: Duration) -> bool {
        self.burst && (since.as_millis() / self.quarter().as_millis().max(1)) % 2 == 1
    }
}

/// People and sessions first, then the load. `desk` writes into the office that serves at `address`.
pub(crate) async fn run(
    plan: Plan,
    desk: &access::Desk<'_>,
    registers: &Registers,
    address: SocketAddr,
) -> anyhow::Result<Figures> {
    let people = Arc::new(People::move_in(&plan, desk, registers).await?);
    let begin = Instant::now() + Duration::from_millis(200);
    let mut clients = Vec::new();
    for n in 0..plan.clients {
        let visitor = Visitor::new(n, address, Arc::clone(&people))?;
        clients.push(tokio::spawn(act(plan, n, visitor, begin)));
    }
    let mut seen = Vec::new();
    for client in clients {
        seen.extend(client.await?);
    }
    Ok(Figures::new(&plan, seen))
}

/// One client's day: each act when it is due.
async fn act(plan: Plan, n: u32, mut visitor: Visitor, begin: Instant) -> Vec<Seen> {
    let dice = Dice(SeededEntropy::new(plan.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(n))));
    let share = Duration::from_secs(60) / plan.per_minute.max(1);
    let all = Duration::from_secs(u64::from(plan.seconds));
    let mut due = share * dice.below(1_000) / 1_000;
    let mut seen = Vec::new();
    while due < all {
        sleep_until(begin + due).await;
        let (kind, bursts) = (Kind::drawn(&dice), plan.bursts_at(due));
        let (kind, answer) = visitor.act(kind, dice.below(1_000)).await;
        seen.push(Seen { kind, answer, took: (begin + due).elapsed(), bursting: n == 0, during_burst: bursts });
        due += if n == 0 && bursts { share / TIMES } else { share };
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_a_hundred_and_chance_keeps_to_them() {
        assert_eq!(Kind::SHARES.iter().map(|(_, share)| share).sum::<u32>(), 100);
        let dice = Dice(SeededEntropy::new(7));
        let drawn: Vec<Kind> = (0..10_000).map(|_| Kind::drawn(&dice)).collect();
        for (kind, share) in Kind::SHARES {
            let n = u32::try_from(drawn.iter().filter(|k| **k == kind).count()).unwrap();
            assert!(n.abs_diff(share * 100) < 150, "{kind:?}: {n}");
        }
    }

    #[test]
    fn calm_and_burst_take_turns() {
        let plan = Plan { seconds: 40, clients: 4, per_minute: 60, seed: 1, burst: true };
        let at = |s| plan.bursts_at(Duration::from_secs(s));
        assert_eq!(
            [at(0), at(9), at(10), at(19), at(20), at(30), at(39)],
            [false, false, true, true, false, true, true]
        );
        assert!(!Plan { burst: false, ..plan }.bursts_at(Duration::from_secs(15)));
        assert!(plan.most(Kind::Guide) > 4 * 40 * 34 / 100);
    }
}

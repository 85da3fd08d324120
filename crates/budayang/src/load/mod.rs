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
    /// Who takes ten times his share in every second quarter.
    pub(crate) burst: Option<Greed>,
}

/// Who takes more than his share.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Greed {
    /// One client, who acts ten times as often: the limits for an address and an account hold him back.
    Client,
    /// One tenant, a company with many accounts, each at an address of its own: ten times as many of them act, none more
    /// often than anybody else. Only its share holds it back.
    Tenant,
}

/// How many times its share a bursting client takes.
pub(crate) const TIMES: u32 = 10;
/// One client in so many acts for the company that is the greedy tenant.
const MEMBERS: u32 = 8;
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
        let clients = self.clients + if self.burst.is_some() { TIMES } else { 0 };
        let acts = u64::from(clients) * u64::from(self.seconds) * u64::from(self.per_minute) / 60;
        u32::try_from(acts * u64::from(share) * 13 / 1_000 + 20).unwrap_or(u32::MAX)
    }

    /// All visitors: the clients, and the people who come only when their company bursts.
    fn visitors(&self) -> u32 {
        let more = if self.burst == Some(Greed::Tenant) { self.clients.div_ceil(MEMBERS) * (TIMES - 1) } else { 0 };
        self.clients + more
    }

    /// Whether this visitor acts for the greedy company.
    fn is_member(&self, n: u32) -> bool {
        self.burst == Some(Greed::Tenant) && (n >= self.clients || n.is_multiple_of(MEMBERS))
    }

    /// Whether what this visitor does belongs to whoever is greedy.
    fn is_greedy(&self, n: u32) -> bool {
        self.is_member(n) || (self.burst == Some(Greed::Client) && n == 0)
    }

    /// Between two acts of this visitor, the next of which is due then.
    fn pause(&self, n: u32, due: Duration) -> Duration {
        let share = Duration::from_secs(60) / self.per_minute.max(1);
        let often = self.burst == Some(Greed::Client) && n == 0 && self.bursts_at(due);
        if often { share / TIMES } else { share }
    }

    /// Whether this visitor is there then: a company's further people come for the burst.
    fn is_there(&self, n: u32, due: Duration) -> bool {
        n < self.clients || self.bursts_at(due)
    }

    fn quarter(&self) -> Duration {
        Duration::from_secs(u64::from(self.seconds)) / if self.burst.is_some() { QUARTERS } else { 1 }
    }

    /// Whether a moment lies in a part of the plan in which somebody bursts.
    fn bursts_at(&self, since: Duration) -> bool {
        self.burst.is_some() && (since.as_millis() / self.quarter().as_millis().max(1)) % 2 == 1
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
    for n in 0..plan.visitors() {
        let visitor = Visitor::new((n, plan.is_member(n)), address, Arc::clone(&people))?;
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
    let all = Duration::from_secs(u64::from(plan.seconds));
    let mut due = plan.pause(n, Duration::ZERO) * dice.below(1_000) / 1_000;
    let mut seen = Vec::new();
    while due < all {
        let (kind, chance, bursts) = (Kind::drawn(&dice), dice.below(1_000), plan.bursts_at(due));
        if plan.is_there(n, due) {
            sleep_until(begin + due).await;
            let (kind, answer) = visitor.act(kind, chance).await;
            let took = (begin + due).elapsed();
            seen.push(Seen { kind, answer, took, bursting: plan.is_greedy(n), during_burst: bursts });
        }
        due += plan.pause(n, due);
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
        let plan = Plan { seconds: 40, clients: 4, per_minute: 60, seed: 1, burst: Some(Greed::Client) };
        let at = |s| plan.bursts_at(Duration::from_secs(s));
        assert_eq!(
            [at(0), at(9), at(10), at(19), at(20), at(30), at(39)],
            [false, false, true, true, false, true, true]
        );
        assert!(!Plan { burst: None, ..plan }.bursts_at(Duration::from_secs(15)));
        assert!(plan.most(Kind::Guide) > 4 * 40 * 34 / 100);
    }

    #[test]
    fn a_greedy_client_acts_more_often_and_a_greedy_company_sends_more_people() {
        let client = Plan { seconds: 40, clients: 32, per_minute: 60, seed: 1, burst: Some(Greed::Client) };
        let (calm, burst) = (Duration::from_secs(5), Duration::from_secs(15));
        assert_eq!(client.visitors(), 32);
        assert_eq!([client.pause(0, calm), client.pause(0, burst)].map(|p| p.as_millis()), [1_000, 100]);
        assert_eq!(client.pause(1, burst).as_millis(), 1_000);

        let company = Plan { burst: Some(Greed::Tenant), ..client };
        let acts = |at| (0..company.visitors()).filter(|n| company.is_member(*n) && company.is_there(*n, at)).count();
        assert_eq!((acts(calm), acts(burst)), (4, 40));
        assert!((0..company.visitors()).all(|n| company.pause(n, burst) == company.pause(1, calm)));
        let others =
            |at| (0..company.visitors()).filter(|n| !company.is_member(*n) && company.is_there(*n, at)).count();
        assert_eq!((others(calm), others(burst)), (28, 28));
    }
}

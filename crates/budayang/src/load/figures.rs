//! What a load came to: for each kind how many, how fast, how many failed; and what a burst did to the others.

use std::time::Duration;

use serde::Serialize;

use super::{Greed, Kind, Plan};

/// How an act was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// As it should.
    Well,
    /// Held back by a rate limit, or because more of its tenant waited than its share (429).
    Limited,
    /// Otherwise, or not at all.
    Failed,
}

/// One act.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) kind: Kind,
    pub(super) answer: Answer,
    /// From when it was due to the end of the answer.
    pub(super) took: Duration,
    /// Whether the client is one of those that burst.
    pub(super) bursting: bool,
    pub(super) during_burst: bool,
}

/// One kind's figures.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// Its word.
    pub(crate) kind: &'static str,
    /// Acts.
    pub(crate) count: usize,
    /// Acts a second.
    pub(crate) per_second: f64,
    /// Median of the waits, in milliseconds; limited and failed acts are not among them.
    pub(crate) p50_ms: f64,
    /// 99 of 100 were faster, in milliseconds.
    pub(crate) p99_ms: f64,
    /// Held back.
    pub(crate) limited: usize,
    /// Failed.
    pub(crate) errors: usize,
}

/// What a burst did to the others.
#[derive(Debug, Serialize)]
pub(crate) struct Burst {
    /// By whom.
    pub(crate) by: Greed,
    /// The others' p99 while all was calm, in milliseconds.
    pub(crate) calm_p99_ms: f64,
    /// The others' p99 while he took ten times his share, in milliseconds.
    pub(crate) burst_p99_ms: f64,
    /// By how much it moved, in percent.
    pub(crate) moved_percent: f64,
    /// Acts of who bursts that were held back, by a rate limit or for his share.
    pub(crate) held_back: usize,
}

/// All figures.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    /// One row for each kind that came, and one for all.
    pub(crate) kinds: Vec<Row>,
    /// Present where a burst was asked for.
    pub(crate) burst: Option<Burst>,
}

impl Figures {
    pub(super) fn new(plan: &Plan, seen: Vec<Seen>) -> Self {
        let row = |word, of: &dyn Fn(&Seen) -> bool| row(word, plan, seen.iter().filter(|s| of(s)));
        let kinds = Kind::SHARES.into_iter().map(|(kind, _)| row(kind.word(), &|s: &Seen| s.kind == kind));
        let kinds = kinds.chain([row("all", &|_: &Seen| true)]).filter(|row| row.count > 0).collect();
        Self { kinds, burst: plan.burst.map(|greed| burst(greed, &seen)) }
    }

    /// Whether nothing failed.
    pub(crate) fn is_clean(&self) -> bool {
        self.kinds.iter().all(|row| row.errors == 0)
    }
}

fn row<'a>(kind: &'static str, plan: &Plan, seen: impl Iterator<Item = &'a Seen> + Clone) -> Row {
    let waits = waits(seen.clone());
    let answered = |wanted| seen.clone().filter(|s| s.answer == wanted).count();
    let count = seen.clone().count();
    Row {
        kind,
        count,
        per_second: real(count) / f64::from(plan.seconds.max(1)),
        p50_ms: percentile(&waits, 50),
        p99_ms: percentile(&waits, 99),
        limited: answered(Answer::Limited),
        errors: answered(Answer::Failed),
    }
}

fn burst(greed: Greed, seen: &[Seen]) -> Burst {
    let others = |during| percentile(&waits(seen.iter().filter(|s| !s.bursting && s.during_burst == during)), 99);
    let (calm, during) = (others(false), others(true));
    let held_back = seen.iter().filter(|s| s.bursting && s.answer == Answer::Limited).count();
    let moved_percent = if calm > 0.0 { (during / calm - 1.0) * 100.0 } else { 0.0 };
    Burst { by: greed, calm_p99_ms: calm, burst_p99_ms: during, moved_percent, held_back }
}

/// The waits of what was answered well, shortest first, in milliseconds.
fn waits<'a>(seen: impl Iterator<Item = &'a Seen>) -> Vec<f64> {
    let well = seen.filter(|s| s.answer == Answer::Well);
    let mut all: Vec<f64> = well.map(|s| s.took.as_secs_f64() * 1_000.0).collect();
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// The smallest wait that is not exceeded by `percent` of the waits; 0 for none.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[expect(clippy::cast_precision_loss, reason = "a load brings far fewer than 2^53 acts")]
const fn real(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_waits_that_were_seen() {
        let waits: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!((percentile(&waits, 50), percentile(&waits, 99)), (100.0, 198.0));
        assert_eq!((percentile(&waits[..1], 99), percentile(&[], 99)), (1.0, 0.0));
    }

    #[test]
    fn a_burst_is_judged_by_what_the_others_wait() {
        let act = |ms, bursting, during_burst, answer| Seen {
            kind: Kind::Guide,
            answer,
            took: Duration::from_millis(ms),
            bursting,
            during_burst,
        };
        let seen = vec![
            act(10, false, false, Answer::Well),
            act(12, false, true, Answer::Well),
            act(900, true, true, Answer::Well),
            act(1, true, true, Answer::Limited),
            act(5, false, true, Answer::Failed),
        ];
        let plan = Plan { seconds: 5, clients: 2, per_minute: 60, seed: 1, burst: Some(Greed::Client) };
        let figures = Figures::new(&plan, seen);
        let burst = figures.burst.as_ref().unwrap();
        assert_eq!((burst.calm_p99_ms, burst.burst_p99_ms, burst.held_back), (10.0, 12.0, 1));
        assert!((burst.moved_percent - 20.0).abs() < 1e-9 && !figures.is_clean());
        let all = figures.kinds.last().unwrap();
        assert_eq!((all.count, all.limited, all.errors, all.per_second), (5, 1, 1, 1.0));
    }
}

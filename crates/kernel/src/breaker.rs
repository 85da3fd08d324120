//! When another system that does not answer (a register, a carrier of messages) is left alone, and when it is tried again.
//! Pure: the clock comes in.
//!
//! Closed: everybody may ask. After some failures in a row it opens: nobody asks, so that nobody waits for an answer that
//! will not come. After a pause it is half open: one question goes out, and its answer decides.

use serde::Serialize;

use crate::Moment;

/// How a breaker stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Questions go out.
    Closed,
    /// No question goes out.
    Open,
    /// One question is out, to see whether the other answers again.
    HalfOpen,
}

impl Standing {
    /// The word in metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// The breaker of one other system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breaker {
    /// Failures in a row that open it.
    most: u32,
    /// Milliseconds it stays open, and how long a question that tries it may take before another may.
    pause_ms: i64,
    failures: u32,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Closed,
    Open { since: Moment },
    Trying { since: Moment },
}

impl Breaker {
    /// One that opens after `most` failures in a row, for `pause_ms` milliseconds.
    pub const fn new(most: u32, pause_ms: i64) -> Self {
        Self { most, pause_ms, failures: 0, state: State::Closed }
    }

    /// How it stands.
    pub const fn standing(&self) -> Standing {
        match self.state {
            State::Closed => Standing::Closed,
            State::Open { .. } => Standing::Open,
            State::Trying { .. } => Standing::HalfOpen,
        }
    }

    /// Would a question be let out now?
    pub fn would_admit(&self, now: Moment) -> bool {
        match self.state {
            State::Closed => true,
            State::Open { since } | State::Trying { since } => self.is_over(since, now),
        }
    }

    /// Lets a question out, or not. Whoever was let out owes [`Breaker::succeeded`] or [`Breaker::failed`]; one that never
    /// comes back blocks nobody for longer than the pause.
    pub fn admit(&mut self, now: Moment) -> bool {
        let admitted = self.would_admit(now);
        if admitted && self.state != State::Closed {
            self.state = State::Trying { since: now };
        }
        admitted
    }

    /// An answer came. True where the breaker closes by it: whoever waits may ask again.
    pub fn succeeded(&mut self) -> bool {
        let closes = self.state != State::Closed;
        self.failures = 0;
        self.state = State::Closed;
        closes
    }

    /// No answer came. True where the breaker opens by it for the first time.
    pub fn failed(&mut self, now: Moment) -> bool {
        self.failures = self.failures.saturating_add(1);
        let was_closed = self.state == State::Closed;
        if !was_closed || self.failures >= self.most {
            self.state = State::Open { since: now };
        }
        was_closed && self.state != State::Closed
    }

    /// A clock that was set back does not keep it open.
    fn is_over(&self, since: Moment, now: Moment) -> bool {
        let passed = now.ms().saturating_sub(since.ms());
        passed >= self.pause_ms || passed < 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Moment {
        Moment::from_ms(ms)
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_question_tries_it() {
        let mut breaker = Breaker::new(3, 10_000);
        assert!(!breaker.failed(at(0)) && !breaker.failed(at(1)));
        assert!(!breaker.succeeded(), "it was closed all the time");
        assert!(!breaker.failed(at(2)) && !breaker.failed(at(3)), "an answer in between begins the count anew");
        assert!(breaker.failed(at(4)));
        assert_eq!(breaker.standing(), Standing::Open);
        assert!(!breaker.admit(at(10_003)));
        assert!(breaker.admit(at(10_004)), "after the pause one question goes out");
        assert_eq!(breaker.standing(), Standing::HalfOpen);
        assert!(!breaker.admit(at(10_005)), "and no second");
        assert!(!breaker.failed(at(10_006)), "it was open already");
        assert!(!breaker.admit(at(20_005)) && breaker.admit(at(20_006)));
        assert!(breaker.succeeded());
        assert_eq!(breaker.standing(), Standing::Closed);
    }

    #[test]
    fn neither_a_lost_question_nor_a_clock_set_back_blocks_it_for_ever() {
        let mut breaker = Breaker::new(1, 10_000);
        breaker.failed(at(50_000));
        assert!(breaker.admit(at(60_000)));
        assert!(!breaker.admit(at(69_999)));
        assert!(breaker.admit(at(70_000)), "the question of before was never answered for");
        assert!(breaker.admit(at(5_000)), "the clock was set back by a minute");
    }

    proptest! {
        /// Whatever happens: while it is not closed at most one question goes out in a pause.
        #[test]
        fn an_open_breaker_lets_out_one_question_a_pause(acts in proptest::collection::vec((0..3_u8, 1..4_000_i64), 1..200)) {
            let (mut breaker, mut now, mut last) = (Breaker::new(3, 10_000), 0, None::<i64>);
            for (act, wait) in acts {
                now += wait;
                match act {
                    0 => { breaker.failed(at(now)); }
                    1 if now % 7 == 0 => { breaker.succeeded(); last = None; }
                    _ => {
                        let closed = breaker.standing() == Standing::Closed;
                        if breaker.admit(at(now)) && !closed {
                            prop_assert!(last.is_none_or(|then| now - then >= 10_000));
                            last = Some(now);
                        }
                    }
                }
            }
        }
    }
}

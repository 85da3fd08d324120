//! How good it was, and where a rating stands: the whole loop as one table.

use serde::{Deserialize, Serialize};

/// How satisfied somebody is; the two lowest are bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 非常不满意
    VeryUnsatisfied,
    /// 不满意
    Unsatisfied,
    /// 基本满意
    Fair,
    /// 满意
    Satisfied,
    /// 非常满意
    VerySatisfied,
}

impl Level {
    /// Every level, best first: the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::VerySatisfied, Self::Satisfied, Self::Fair, Self::Unsatisfied, Self::VeryUnsatisfied];

    /// The word in forms and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::VerySatisfied => "very_satisfied",
            Self::Satisfied => "satisfied",
            Self::Fair => "fair",
            Self::Unsatisfied => "unsatisfied",
            Self::VeryUnsatisfied => "very_unsatisfied",
        }
    }

    /// Reads [`Level::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.word() == word)
    }

    /// 5 very satisfied to 1 very unsatisfied: what tables and counters hold.
    pub const fn number(self) -> i64 {
        match self {
            Self::VerySatisfied => 5,
            Self::Satisfied => 4,
            Self::Fair => 3,
            Self::Unsatisfied => 2,
            Self::VeryUnsatisfied => 1,
        }
    }

    /// Reads [`Level::number`] back.
    pub fn from_number(n: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.number() == n)
    }

    /// Whether it is a bad rating (差评).
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Unsatisfied | Self::VeryUnsatisfied)
    }
}

/// Where a rating stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatingState {
    /// The case is decided; nobody has rated it.
    Invited,
    /// Rated, and nothing is owed: it was good, or bad without a name.
    Rated,
    /// Bad and with a name: a call is owed.
    ToCall,
    /// Called; what becomes of it is to be said.
    Called,
    /// Takes longer: on the ledger, with a day.
    OnLedger,
    /// The agency says that it is mistaken or malicious; another person looks.
    Appealed,
    /// Done.
    Closed,
    /// Mistaken or malicious, as another person found: it counts no more and is not shown.
    Void,
}

/// What somebody of the agency does with a bad rating.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Calls whoever rated.
    Call,
    /// Clear and fair: mended on the spot.
    Mend,
    /// Complex: ledger, with a day.
    Ledger,
    /// What stood on the ledger is mended.
    Mended,
    /// No legal ground: explained.
    Explain,
    /// Mistaken or malicious, the agency says.
    Appeal,
    /// Another person agrees.
    Uphold,
    /// Another person does not.
    Dismiss,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 8] =
        [Self::Call, Self::Mend, Self::Ledger, Self::Mended, Self::Explain, Self::Appeal, Self::Uphold, Self::Dismiss];

    /// The word in tables, forms and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Mend => "mend",
            Self::Ledger => "ledger",
            Self::Mended => "mended",
            Self::Explain => "explain",
            Self::Appeal => "appeal",
            Self::Uphold => "uphold",
            Self::Dismiss => "dismiss",
        }
    }

    /// Reads [`Step::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Whether its note is the public reply.
    pub const fn is_reply(self) -> bool {
        matches!(self, Self::Mend | Self::Ledger | Self::Mended | Self::Explain)
    }

    /// Whether it judges an appeal.
    pub const fn is_judgement(self) -> bool {
        matches!(self, Self::Uphold | Self::Dismiss)
    }
}

impl RatingState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Invited,
        Self::Rated,
        Self::ToCall,
        Self::Called,
        Self::OnLedger,
        Self::Appealed,
        Self::Closed,
        Self::Void,
    ];

    /// The state after a step, or `None` where it is not allowed. Nothing ends before a call.
    pub const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::ToCall | Self::Called, Step::Call) => Some(Self::Called),
            (Self::Called, Step::Mend | Step::Explain) | (Self::OnLedger, Step::Mended) => Some(Self::Closed),
            (Self::Called, Step::Ledger) => Some(Self::OnLedger),
            (Self::Called, Step::Appeal) => Some(Self::Appealed),
            (Self::Appealed, Step::Uphold) => Some(Self::Void),
            (Self::Appealed, Step::Dismiss) => Some(Self::Called),
            _ => None,
        }
    }

    /// Whether the agency still owes something.
    pub const fn is_owed(self) -> bool {
        matches!(self, Self::ToCall | Self::Called | Self::OnLedger | Self::Appealed)
    }

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Rated => "rated",
            Self::ToCall => "to_call",
            Self::Called => "called",
            Self::OnLedger => "on_ledger",
            Self::Appealed => "appealed",
            Self::Closed => "closed",
            Self::Void => "void",
        }
    }

    /// Reads [`RatingState::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// Whether the written words may be shown to everybody.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WordsState {
    /// There are none.
    Silent,
    /// A person must look for personal data first.
    Held,
    /// Shown, with what the program masked.
    Shown,
    /// Not shown, with a reason that is.
    Withheld,
}

impl WordsState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Silent, Self::Held, Self::Shown, Self::Withheld];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Held => "held",
            Self::Shown => "shown",
            Self::Withheld => "withheld",
        }
    }

    /// Reads [`WordsState::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nothing_ends_before_a_call_and_every_end_can_be_reached() {
        let mut reached = BTreeSet::from(["to_call"]);
        let mut edge = vec![RatingState::ToCall];
        while let Some(state) = edge.pop() {
            for after in Step::ALL.into_iter().filter_map(|step| state.after(step)) {
                if reached.insert(after.word()) {
                    edge.push(after);
                }
            }
        }
        assert_eq!(reached, ["appealed", "called", "closed", "on_ledger", "to_call", "void"].into());
        for step in Step::ALL.into_iter().filter(|s| *s != Step::Call) {
            assert_eq!(RatingState::ToCall.after(step), None, "{step:?} before a call");
        }
        for end in [RatingState::Closed, RatingState::Void, RatingState::Rated, RatingState::Invited] {
            assert!(Step::ALL.into_iter().all(|step| end.after(step).is_none()), "{end:?}");
        }
    }

    #[test]
    fn words_and_numbers_read_back() {
        for level in Level::ALL {
            assert_eq!(Level::from_word(level.word()), Some(level));
            assert_eq!(Level::from_number(level.number()), Some(level));
            assert_eq!(level.is_bad(), level.number() <= 2);
        }
        assert!(RatingState::ALL.into_iter().all(|s| RatingState::from_word(s.word()) == Some(s)));
    }
}

//! From verdicts to one outcome: the precedence that is the same for every item (`docs/rooms/approval.md`).

use serde::{Deserialize, Serialize};

/// What a run of the rules comes to. Refusing is not among them: the machine may only draft a refusal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every condition is met.
    Grant,
    /// One merged notice names everything to mend.
    Correct,
    /// A lawful special step (inspection, test, hearing …) has to come first.
    SpecialStep,
    /// A refusal is drafted for a person to sign.
    DraftRefusal,
    /// The law asks for no licence here.
    NotNeeded,
    /// A person looks: a fact is missing, stale or contradicted, or the rule says so.
    Refer,
}

impl Outcome {
    /// Every outcome, weakest first: of several failed conditions the last one here wins.
    pub const ALL: [Self; 6] =
        [Self::Grant, Self::Correct, Self::SpecialStep, Self::DraftRefusal, Self::NotNeeded, Self::Refer];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Correct => "correct",
            Self::SpecialStep => "special_step",
            Self::DraftRefusal => "draft_refusal",
            Self::NotNeeded => "not_needed",
            Self::Refer => "refer",
        }
    }

    /// Reads [`Outcome::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.word() == word)
    }
}

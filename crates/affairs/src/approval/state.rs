//! Where a case stands and what may happen to it next, as one table: the whole case machine on a page.
//!
//! A state says who holds the case. The time in [`State::AwaitingSecondParty`] and [`State::Correcting`] is not the
//! agency's; the time in [`State::InReview`] is, and in [`State::SpecialStep`] the clock stands still (Administrative
//! Licensing Law, article 45). The time in [`State::AwaitingData`] and [`State::AwaitingEvidence`] is the agency's too:
//! that a register or the log stands still is not the applicant's concern.

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;

/// Where a case stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Filed and signed; the employer (parent, guardian) has not confirmed yet.
    AwaitingSecondParty,
    /// Received while nothing could be signed: its place in the log and its decision follow, in the order of receipt.
    AwaitingEvidence,
    /// Received; a register that the rules need does not answer. The clock asks again, for a bounded time.
    AwaitingData,
    /// A part of a joint handling: what is to be mended is known and goes out with the others' in one notice.
    Gathering,
    /// One merged notice went out; the applicant mends what it names.
    Correcting,
    /// Accepted; a person decides.
    InReview,
    /// Accepted; an inspection, test, hearing … runs and the clock stands still.
    SpecialStep,
    /// Decided in the applicant's favour.
    Granted,
    /// Refused by a person, with reasons and remedies.
    Refused,
    /// Not accepted by a person, with reasons (article 32).
    NotAccepted,
    /// The law asks for no licence here.
    NotNeeded,
    /// Taken back by the applicant before a decision.
    Withdrawn,
    /// The second party said no.
    Declined,
    /// The second party, the correction or a piece that might follow never came.
    Lapsed,
    /// Ended without a decision on the matter (终止).
    Terminated,
}

/// What happens to a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// The rules ran and came out so: after filing, after the second party's yes, after a correction.
    Settle(Outcome),
    /// A register that the rules need does not answer.
    MissData,
    /// The log cannot sign what somebody just said: his word is kept, what follows from it waits.
    MissEvidence,
    /// The log signs again, and the second party has not been asked yet.
    AskSecondParty,
    /// The second party says no.
    Decline,
    /// A waiting time ran out.
    Lapse,
    /// The applicant takes the application back.
    Withdraw,
    /// The one notice of the joint handling goes out.
    Notify,
    /// An officer orders a special step.
    OrderStep,
    /// The result of a special step is in: a person decides.
    EndStep,
    /// The licence ended and nobody had decided: the law renews.
    RenewByLaw,
    /// A piece that might follow did not come in time.
    MissPiece,
    /// An officer decides.
    Officer(Ruling),
}

/// What an officer may decide.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Grant.
    Grant,
    /// Refuse, with reasons and remedies.
    Refuse,
    /// One merged correction notice, if none went out before.
    Correct,
    /// Not accepted, with reasons.
    NotAccept,
    /// End without a decision on the matter, with reasons.
    Terminate,
}

impl Ruling {
    /// Every ruling, in the order pages offer them.
    pub const ALL: [Self; 5] = [Self::Grant, Self::Correct, Self::Refuse, Self::NotAccept, Self::Terminate];

    /// Reads [`Ruling::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Refuse => "refuse",
            Self::Correct => "correct",
            Self::NotAccept => "not_accept",
            Self::Terminate => "terminate",
        }
    }
}

impl State {
    /// Every state, in the order a case may meet them.
    pub const ALL: [Self; 15] = [
        Self::AwaitingSecondParty,
        Self::AwaitingEvidence,
        Self::AwaitingData,
        Self::Gathering,
        Self::Correcting,
        Self::InReview,
        Self::SpecialStep,
        Self::Granted,
        Self::Refused,
        Self::NotAccepted,
        Self::NotNeeded,
        Self::Withdrawn,
        Self::Declined,
        Self::Lapsed,
        Self::Terminated,
    ];

    /// The state after `act`, or `None` where the act is not allowed.
    pub fn after(self, act: Act) -> Option<Self> {
        use State::{
            AwaitingData, AwaitingEvidence, AwaitingSecondParty, Correcting, Gathering, InReview, SpecialStep,
        };
        match (self, act) {
            (AwaitingSecondParty | AwaitingEvidence | AwaitingData | Correcting, Act::Settle(outcome)) => {
                Some(Self::settled(outcome))
            }
            (AwaitingSecondParty | AwaitingEvidence | Correcting, Act::MissData) => Some(AwaitingData),
            (AwaitingSecondParty | Correcting, Act::MissEvidence) => Some(AwaitingEvidence),
            (AwaitingEvidence, Act::AskSecondParty) => Some(AwaitingSecondParty),
            (AwaitingSecondParty, Act::Decline) => Some(Self::Declined),
            (AwaitingSecondParty | Correcting, Act::Lapse) => Some(Self::Lapsed),
            (Gathering, Act::Notify) => Some(Correcting),
            (open, Act::Withdraw) if open.is_open() => Some(Self::Withdrawn),
            (InReview | SpecialStep, Act::OrderStep) => Some(SpecialStep),
            (SpecialStep, Act::EndStep) => Some(InReview),
            (InReview | SpecialStep, Act::RenewByLaw) => Some(Self::Granted),
            (InReview | SpecialStep, Act::MissPiece) => Some(Self::Lapsed),
            // What the law puts before a grant is not left out.
            (SpecialStep, Act::Officer(Ruling::Grant)) => None,
            (InReview | SpecialStep, Act::Officer(ruling)) => Some(Self::ruled(ruling)),
            _ => None,
        }
    }

    /// The same state for a case that is a part of a joint handling: what is to be mended is gathered first.
    pub fn of_part(self) -> Self {
        if self == Self::Correcting { Self::Gathering } else { self }
    }

    /// The first state after the rules ran.
    pub fn settled(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Grant => Self::Granted,
            Outcome::Correct => Self::Correcting,
            // A drafted refusal is signed by a person or not at all.
            Outcome::Refer | Outcome::DraftRefusal => Self::InReview,
            Outcome::NotNeeded => Self::NotNeeded,
            Outcome::SpecialStep => Self::SpecialStep,
        }
    }

    fn ruled(ruling: Ruling) -> Self {
        match ruling {
            Ruling::Grant => Self::Granted,
            Ruling::Refuse => Self::Refused,
            Ruling::Correct => Self::Correcting,
            Ruling::NotAccept => Self::NotAccepted,
            Ruling::Terminate => Self::Terminated,
        }
    }

    /// True while something may still happen.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::AwaitingSecondParty
                | Self::AwaitingEvidence
                | Self::AwaitingData
                | Self::Gathering
                | Self::Correcting
                | Self::InReview
                | Self::SpecialStep
        )
    }

    /// True where the agency has done with the case: what an applicant may rate. What the applicant or the second party ended is
    /// none of its doing.
    pub fn is_agencys_end(self) -> bool {
        matches!(self, Self::Granted | Self::Refused | Self::NotAccepted | Self::NotNeeded | Self::Terminated)
    }

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AwaitingSecondParty => "awaiting_second_party",
            Self::AwaitingEvidence => "awaiting_evidence",
            Self::AwaitingData => "awaiting_data",
            Self::Gathering => "gathering",
            Self::Correcting => "correcting",
            Self::InReview => "in_review",
            Self::SpecialStep => "special_step",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::NotAccepted => "not_accepted",
            Self::NotNeeded => "not_needed",
            Self::Withdrawn => "withdrawn",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::Terminated => "terminated",
        }
    }

    /// Reads [`State::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULINGS: [Ruling; 5] = [Ruling::Grant, Ruling::Refuse, Ruling::Correct, Ruling::NotAccept, Ruling::Terminate];

    #[test]
    fn nothing_happens_to_a_closed_case() {
        for state in State::ALL.into_iter().filter(|s| !s.is_open()) {
            let acts = Outcome::ALL.map(Act::Settle).into_iter().chain(RULINGS.map(Act::Officer));
            let waits = [
                Act::MissData,
                Act::MissEvidence,
                Act::AskSecondParty,
                Act::OrderStep,
                Act::EndStep,
                Act::RenewByLaw,
                Act::Notify,
            ];
            for act in acts.chain(waits).chain([Act::Decline, Act::Lapse, Act::Withdraw, Act::MissPiece]) {
                assert_eq!(state.after(act), None, "{state:?} {act:?}");
            }
        }
    }

    #[test]
    fn the_machine_never_refuses() {
        for state in State::ALL {
            for outcome in Outcome::ALL {
                assert_ne!(state.after(Act::Settle(outcome)), Some(State::Refused));
            }
        }
    }

    #[test]
    fn every_open_state_can_be_left_and_withdrawn() {
        for state in State::ALL.into_iter().filter(|s| s.is_open()) {
            assert_eq!(state.after(Act::Withdraw), Some(State::Withdrawn));
        }
        assert_eq!(State::InReview.after(Act::Officer(Ruling::Refuse)), Some(State::Refused));
        assert_eq!(State::AwaitingSecondParty.after(Act::Officer(Ruling::Grant)), None);
    }

    #[test]
    fn waiting_for_data_or_for_the_log_ends_as_the_rules_say_and_an_officer_does_not_cut_in() {
        for waiting in [State::AwaitingData, State::AwaitingEvidence] {
            for outcome in Outcome::ALL {
                assert_eq!(waiting.after(Act::Settle(outcome)), Some(State::settled(outcome)));
            }
            for ruling in RULINGS {
                assert_eq!(waiting.after(Act::Officer(ruling)), None);
            }
            assert_eq!(waiting.after(Act::Lapse), None, "what we keep waiting does not lapse");
        }
    }

    #[test]
    fn the_law_renews_only_what_was_accepted_and_no_grant_leaves_a_special_step_out() {
        for state in State::ALL {
            let accepted = matches!(state, State::InReview | State::SpecialStep);
            assert_eq!(state.after(Act::RenewByLaw), accepted.then_some(State::Granted), "{state:?}");
        }
        assert_eq!(State::SpecialStep.after(Act::Officer(Ruling::Grant)), None);
        assert_eq!(State::SpecialStep.after(Act::Officer(Ruling::Terminate)), Some(State::Terminated));
        assert_eq!(State::SpecialStep.after(Act::EndStep), Some(State::InReview));
        assert_eq!(State::InReview.after(Act::OrderStep), Some(State::SpecialStep));
        assert_eq!(State::Correcting.after(Act::OrderStep), None);
    }

    #[test]
    fn words_read_back() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.word()), Some(state));
        }
    }
}

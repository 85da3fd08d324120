//! How a joint handling stands, from its cases alone. Pure: what may be computed is not stored.

use kernel::{Moment, Period, Stop, WorkCalendar};

use crate::approval::State;
use crate::catalog::Refused;

/// Where a joint handling stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum JointState {
    /// The agencies are at work.
    Handling,
    /// Somebody wants something mended; the one notice waits for the others' word.
    Gathering,
    /// The one notice is out.
    Correcting,
    /// What the others stand on was refused; they are for the applicant to withdraw, or for their agencies to end.
    Stopped,
    /// Everything was granted, or needs no licence.
    Finished,
    /// Everything has ended, not all of it with a grant.
    Ended,
    /// The applicant took all of it back.
    Withdrawn,
}

impl JointState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Handling,
        Self::Gathering,
        Self::Correcting,
        Self::Stopped,
        Self::Finished,
        Self::Ended,
        Self::Withdrawn,
    ];

    /// The word of the API and the pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Handling => "handling",
            Self::Gathering => "gathering",
            Self::Correcting => "correcting",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Ended => "ended",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What counts of one case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Where it stands.
    pub state: State,
    /// When its agency came to hold the complete application.
    pub received_at: Option<Moment>,
    /// When it ended.
    pub closed_at: Option<Moment>,
    /// What its refusal means for the others.
    pub on_refusal: Refused,
    /// Days on which its clock stood or stands still.
    pub stops: Vec<Stop>,
}

impl Member {
    /// Whether the others stand on it and it will not be granted.
    pub fn stops_others(&self) -> bool {
        let against = matches!(self.state, State::Refused | State::NotAccepted | State::Terminated);
        against && self.on_refusal == Refused::Stop
    }

    /// Whether the applicant or his second party ended it, and no agency.
    fn left(&self) -> bool {
        matches!(self.state, State::Withdrawn | State::Declined | State::Lapsed)
    }

    /// Whether something the applicant owes is still out.
    fn incomplete(&self) -> bool {
        matches!(self.state, State::AwaitingSecondParty | State::Gathering | State::Correcting)
    }
}

/// Where the handling stands.
pub fn state(members: &[Member]) -> JointState {
    let any = |of: fn(&Member) -> bool| members.iter().any(of);
    let all = |of: fn(&Member) -> bool| members.iter().all(of);
    let open = any(|m| m.state.is_open());
    match () {
        () if open && any(Member::stops_others) => JointState::Stopped,
        () if any(|m| m.state == State::Correcting) => JointState::Correcting,
        () if any(|m| m.state == State::Gathering) => JointState::Gathering,
        () if open => JointState::Handling,
        () if all(|m| matches!(m.state, State::Granted | State::NotNeeded)) => JointState::Finished,
        () if all(|m| m.state == State::Withdrawn) => JointState::Withdrawn,
        () => JointState::Ended,
    }
}

/// What the clock of a handling is computed with.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The joint limit.
    pub limit: Period,
    /// What was added to it with the approval of the head of the government.
    pub added: Option<Period>,
    /// Days off and make-up days.
    pub calendar: &'a WorkCalendar,
}

/// The clock of a handling.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Clock {
    /// When the last of its agencies came to hold a complete application; none while the applicant owes something.
    pub from: Option<Moment>,
    /// The first moment after the limit; none where it has not begun, or the work calendar does not reach.
    pub due: Option<Moment>,
    /// When the last of its cases ended.
    pub ended: Option<Moment>,
}

impl Clock {
    /// Whether the limit was passed by `now`.
    pub fn is_over(&self, now: Moment) -> bool {
        self.due.is_some_and(|due| self.ended.unwrap_or(now) >= due)
    }
}

/// The clock: from the last complete receipt, standing still on every day on which any case stands still for what article 45
/// names.
pub fn clock(members: &[Member], terms: &Terms<'_>) -> Clock {
    let counted = || members.iter().filter(|m| !m.left());
    let ended = if members.iter().all(|m| m.closed_at.is_some()) {
        members.iter().filter_map(|m| m.closed_at).max()
    } else {
        None
    };
    let complete = !members.iter().any(Member::incomplete) && counted().all(|m| m.received_at.is_some());
    let from = if complete { counted().filter_map(|m| m.received_at).max() } else { None };
    let stops: Vec<Stop> = counted().flat_map(|m| m.stops.iter().copied()).collect();
    let due = from.and_then(|from| {
        let last = together(terms).due(from.date(), terms.calendar, &stops).ok()?;
        last.tomorrow().ok().map(Moment::start_of)
    });
    Clock { from, due, ended }
}

/// The limit with what was added: one period, where both count the same days.
fn together(terms: &Terms<'_>) -> Period {
    let added = terms.added.filter(|added| added.unit == terms.limit.unit).map_or(0, |added| added.n);
    Period { n: terms.limit.n + added, ..terms.limit }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

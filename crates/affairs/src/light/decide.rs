//! How the limits of a case stand at a moment. Pure: the record, the item and the calendar in, courses and colours out.

use kernel::{Date, Moment, Period, Stop, WorkCalendar};

use crate::approval::{Case, File, State, Step, last_day};
use crate::catalog::{Item, Procedure};
use crate::window::Relay;

/// How bad it is, the worst last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Colour {
    /// In time.
    Green,
    /// The last of the time, or a step over its own.
    Yellow,
    /// The promised limit is over.
    Red,
    /// The limit in law is over, or the law had to act because the agency was silent.
    DarkRed,
}

impl Colour {
    /// Every colour, the worst last.
    pub const ALL: [Self; 4] = [Self::Green, Self::Yellow, Self::Red, Self::DarkRed];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::DarkRed => "dark_red",
        }
    }

    /// Reads [`Colour::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.word() == word)
    }
}

/// Which limit of a case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Limit {
    /// The one notice of everything to mend, or acceptance (article 32).
    Notice,
    /// The promised limit of the decision.
    Committed,
    /// The limit of the decision in law.
    Statutory,
    /// A special step, the first, the second …: the time told in the written notice.
    Step(usize),
    /// The end of the licence to be renewed, at which silence renews (article 50).
    Renewal,
    /// The first review of the agency below (article 43).
    FirstReview,
    /// Papers between front and back, the first time, the second …: within it the back takes them or sends them back.
    Relay(i64),
}

impl Limit {
    /// The word in tables and the API: `notice`, `committed`, `statutory`, `renewal`, `first_review`, `step-1` …, `relay-1` …
    pub fn word(self) -> String {
        match self {
            Self::Notice => "notice".to_owned(),
            Self::Committed => "committed".to_owned(),
            Self::Statutory => "statutory".to_owned(),
            Self::Step(n) => format!("step-{n}"),
            Self::Renewal => "renewal".to_owned(),
            Self::FirstReview => "first_review".to_owned(),
            Self::Relay(n) => format!("relay-{n}"),
        }
    }

    /// What passing it means.
    const fn over(self) -> Colour {
        match self {
            // A step over its own time is a warning while the promise still holds.
            Self::Step(_) => Colour::Yellow,
            // A limit of our own that was promised to the counter.
            Self::Committed | Self::Relay(_) => Colour::Red,
            Self::Notice | Self::Statutory | Self::Renewal | Self::FirstReview => Colour::DarkRed,
        }
    }
}

/// One limit of one case, from its begin to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Course {
    /// Which.
    pub limit: Limit,
    /// When it began to count; its first day is not counted.
    pub from: Moment,
    /// The first moment after it; none where the work calendar does not reach.
    pub due: Option<Moment>,
    /// From when on little is left of it.
    pub warned_from: Option<Moment>,
    /// What it waited for happened; none while it runs.
    pub ended: Option<Moment>,
    /// Days on which it stood or stands still.
    pub stops: Vec<Stop>,
}

impl Course {
    /// Its colour at `now`: what was reached before it ended stays.
    pub fn colour(&self, now: Moment) -> Colour {
        let at = self.ended.map_or(now, |end| end.min(now));
        let reached = |mark: Option<Moment>| mark.is_some_and(|mark| at >= mark);
        match (reached(self.due), reached(self.warned_from)) {
            (true, _) => self.limit.over(),
            (false, true) => Colour::Yellow,
            (false, false) => Colour::Green,
        }
    }

    /// When its colour changes next, if nothing else happens.
    pub fn changes_at(&self, now: Moment) -> Option<Moment> {
        let open = self.ended.is_none();
        [self.warned_from, self.due].into_iter().flatten().filter(|mark| open && *mark > now).min()
    }

    /// How many days that count have passed, of the working days where `working`, else of all; none where a year's calendar
    /// is missing. The day it began is not counted, the day it ended (or `now`) is.
    pub fn used(&self, now: Moment, calendar: &WorkCalendar, working: bool) -> Option<u32> {
        let last = self.ended.unwrap_or(now).date();
        let (mut day, mut used) = (self.from.date(), 0);
        while day < last {
            day = day.tomorrow().ok()?;
            let counts = !self.stops.iter().any(|stop| stop.covers(day));
            used += u32::from(counts && (!working || calendar.is_working(day).ok()?));
        }
        Some(used)
    }
}

/// What limits are computed with.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The clocks all items share.
    pub procedure: &'a Procedure,
    /// Days off and make-up days.
    pub calendar: &'a WorkCalendar,
}

/// What is watched: a case with its item.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The case with its story.
    pub file: &'a File,
    /// The version of the item it was filed under.
    pub item: &'a Item,
    /// Each time its papers went from a counter to the back.
    pub papers: &'a [Relay],
}

/// Every limit of the agency's that has begun for a case; empty while others hold it from the first.
pub fn courses(subject: &Subject<'_>, terms: &Terms<'_>) -> Vec<Course> {
    let case = &subject.file.case;
    let mut courses = Vec::new();
    courses.extend(notice(subject, terms));
    // While the applicant mends, the application is not complete and no limit of the decision runs.
    if let Some(received) = case.received_at.filter(|_| !matches!(case.state, State::Gathering | State::Correcting)) {
        let mut stops: Vec<Stop> = subject.file.steps.iter().map(Step::stop).collect();
        courses.extend(first_review(subject.file, (received, &stops), terms));
        // The agency above has its time from when the file came up.
        stops.extend(subject.file.first.iter().map(|review| review.stop(received)));
        let ended = case.decided_at.or(case.closed_at);
        let limits = [
            (Limit::Committed, &subject.item.committed_limit().period),
            (Limit::Statutory, &subject.item.statutory_limit.period),
        ];
        // A promise of the same day is the machine's; a person has the law's time.
        let promised = limits.into_iter().filter(|(limit, period)| *limit != Limit::Committed || period.n > 0);
        // The promise stays as it was made; what the head extended is the limit in law.
        let extended = |limit| if limit == Limit::Statutory { case.extended_days } else { None };
        courses.extend(
            promised
                .map(|(limit, period)| running((limit, extended(limit)), (received, ended), (period, &stops), terms)),
        );
    }
    courses.extend(case.tacit_due_at.map(|due| renewal(case, due)));
    courses.extend(steps(subject.file));
    courses.extend(subject.papers.iter().map(|relay| between(case, relay)));
    courses
}

/// What the back has for papers that a counter sent it.
fn between(case: &Case, relay: &Relay) -> Course {
    Course {
        limit: Limit::Relay(relay.round),
        from: relay.sent_at,
        due: relay.due_at,
        // One working day in all: a warning would come with the papers.
        warned_from: None,
        ended: [relay.ended_at, case.closed_at].into_iter().flatten().min(),
        stops: Vec::new(),
    }
}

/// What the agency below has for its review: from the complete application until the file goes up.
fn first_review(file: &File, (received, stops): (Moment, &[Stop]), terms: &Terms<'_>) -> Option<Course> {
    let (review, clock) = (file.first.as_ref()?, terms.procedure.first_review.as_ref()?);
    let ended = review.passed.as_ref().map(|p| p.at).or(file.case.closed_at);
    Some(running((Limit::FirstReview, None), (received, ended), (&clock.period, stops), terms))
}

/// A renewal that the law grants at the end of the old licence if nobody has decided by then.
fn renewal(case: &Case, due: Moment) -> Course {
    let ended = case.decided_at.or(case.closed_at);
    let from = case.received_at.unwrap_or(case.filed_at);
    Course { limit: Limit::Renewal, from, due: Some(due), warned_from: None, ended, stops: Vec::new() }
}

/// The first answer of the agency: a notice, an acceptance, a decision. Where it never came the law accepted, as of then.
fn notice(subject: &Subject<'_>, terms: &Terms<'_>) -> Option<Course> {
    let file = subject.file;
    let first = file.events.iter().find(|e| matches!(e.kind.as_str(), "confirmed" | "filed") && held(file, &e.kind))?;
    let answered = file.decisions.first().map(|d| d.decided_at);
    let silent = file.events.iter().find(|e| e.kind == "accepted_by_law").map(|e| e.at);
    let ended = [answered, silent, file.case.closed_at].into_iter().flatten().min();
    Some(running((Limit::Notice, None), (first.at, ended), (&terms.procedure.notice.period, &[]), terms))
}

/// Whether the agency held the application from the event of this kind on.
fn held(file: &File, kind: &str) -> bool {
    (kind == "confirmed") == file.case.second_party.is_some()
}

/// The special steps, against the time that was told.
fn steps(file: &File) -> Vec<Course> {
    let step = |(n, step): (usize, &Step)| Course {
        limit: Limit::Step(n + 1),
        from: step.noticed_at,
        due: after(step.planned_to),
        // Only being over it is worth a light: the clock of the case stands still meanwhile.
        warned_from: None,
        ended: step.result.as_ref().map(|r| r.at).or(file.case.closed_at),
        stops: Vec::new(),
    };
    file.steps.iter().enumerate().map(step).collect()
}

/// A limit of `period` that began at `from`, extended by so many working days.
fn running(
    (limit, extended): (Limit, Option<u32>),
    (from, ended): (Moment, Option<Moment>),
    (period, stops): (&Period, &[Stop]),
    terms: &Terms<'_>,
) -> Course {
    let last = last_day(period, from.date(), (terms.calendar, stops), extended).ok();
    let warned = last.and_then(|last| {
        // So many working days are left, the last day among them.
        let left = terms.procedure.warning.period.n.saturating_sub(1);
        let back = Period::at_least(left, terms.procedure.warning.period.unit);
        back.back_from(last, terms.calendar).ok()
    });
    // A limit shorter than the warning warns from the day after it began, not before.
    let warned = warned.map(|day| Moment::start_of(day).max(from));
    Course { limit, from, due: last.and_then(after), warned_from: warned, ended, stops: stops.to_vec() }
}

/// The first moment after a day.
fn after(day: Date) -> Option<Moment> {
    day.tomorrow().ok().map(Moment::start_of)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

//! The line as pure functions: where a ticket stands, who is called next, how many are before somebody, how long he waits.

use kernel::Moment;

const MINUTE_MS: i64 = 60_000;

/// Where a ticket stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TicketState {
    /// In the line.
    Waiting,
    /// Called to a counter, and served there.
    Called,
    /// Called, and nobody came (过号).
    Passed,
    /// Served.
    Finished,
    /// Its holder gave it up.
    Left,
}

/// What is done with a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// A counter calls it.
    Call,
    /// The counter calls it once more.
    Again,
    /// Nobody came.
    Pass,
    /// Served.
    Finish,
    /// Its holder came after all: it waits again, from now on.
    Back,
    /// It was not entitled to go first: it waits again among the others, from when it was taken.
    Ordinary,
    /// Its holder gives it up.
    Leave,
}

kernel::words!(TicketState {
    Waiting = "waiting",
    Called = "called",
    Passed = "passed",
    Finished = "finished",
    Left = "left",
});

kernel::words!(Step {
    Call = "call",
    Again = "again",
    Pass = "pass",
    Finish = "finish",
    Back = "back",
    Ordinary = "ordinary",
    Leave = "leave",
});

kernel::words!(Class { Ordinary = "ordinary", Priority = "priority", Appointment = "appointment" });

impl TicketState {
    /// The state after a step; none where it may not be taken. What is served or given up stays so.
    pub const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Waiting, Step::Call) | (Self::Called, Step::Again) => Some(Self::Called),
            (Self::Called, Step::Pass) => Some(Self::Passed),
            (Self::Called, Step::Finish) => Some(Self::Finished),
            (Self::Passed, Step::Back) | (Self::Called, Step::Ordinary) => Some(Self::Waiting),
            (Self::Waiting | Self::Passed, Step::Leave) => Some(Self::Left),
            _ => None,
        }
    }

    /// Whether its holder is still to be served.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Called | Self::Passed)
    }
}

/// Why a ticket is called when it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// By its number.
    Ordinary,
    /// Before the others, by its number.
    Priority,
    /// From its time on before everybody, until then after everybody.
    Appointment,
}

/// One who waits in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// Its number in the line, which nobody else has that day.
    pub seq: i64,
    /// Why it is called when it is.
    pub class: Class,
    /// Since when it waits.
    pub since: Moment,
    /// The time of the appointment.
    pub due: Option<Moment>,
}

/// How often in a row others were passed over, and how often they may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Jumps {
    /// In a row, until now.
    pub done: u32,
    /// At most.
    pub most: u32,
}

impl Waiting {
    /// Its place among those who go before others; none where it is not one of them at this time.
    fn before_others(&self, now: Moment) -> Option<(u8, Moment, i64)> {
        match (self.class, self.due) {
            (Class::Appointment, Some(due)) if due <= now => Some((0, due, self.seq)),
            (Class::Priority, _) => Some((1, self.since, self.seq)),
            _ => None,
        }
    }
}

/// Who is called next: his place in `waiting`. First appointments whose time has come, then people with priority, then
/// everybody else, each in order; after `jumps.most` in a row whoever else waited longest; an appointment before its time only
/// where nobody else waits.
pub fn head(waiting: &[Waiting], jumps: Jumps, now: Moment) -> Option<usize> {
    let all = || waiting.iter().enumerate();
    let of = |class: Class| all().filter(move |(_, w)| w.class == class);
    let before = all().filter_map(|(at, w)| Some((w.before_others(now)?, at))).min().map(|(_, at)| at);
    let other = of(Class::Ordinary).map(|(at, w)| ((w.since, w.seq), at)).min().map(|(_, at)| at);
    let early = || of(Class::Appointment).map(|(at, w)| ((w.due, w.seq), at)).min().map(|(_, at)| at);
    match (before, other) {
        (Some(_), Some(other)) if jumps.done >= jumps.most => Some(other),
        (Some(before), _) => Some(before),
        (None, Some(other)) => Some(other),
        (None, None) => early(),
    }
}

/// How often in a row others were passed over, after `called` was: `waiting` is the line as it was before.
pub fn jumped(waiting: &[Waiting], called: usize, jumps: Jumps) -> u32 {
    let is_other = |at: &usize| waiting.get(*at).is_some_and(|w| w.class == Class::Ordinary);
    let others_wait = (0..waiting.len()).any(|at| at != called && is_other(&at));
    if is_other(&called) || !others_wait { 0 } else { jumps.done.saturating_add(1) }
}

/// The order in which all are called if nobody else comes and no time passes: places in `waiting`.
pub fn order(waiting: &[Waiting], mut jumps: Jumps, now: Moment) -> Vec<usize> {
    let (mut left, mut places) = (waiting.to_vec(), (0..waiting.len()).collect::<Vec<_>>());
    let mut order = Vec::with_capacity(left.len());
    while let Some(at) = head(&left, jumps, now) {
        jumps.done = jumped(&left, at, jumps);
        left.remove(at);
        order.push(places.remove(at));
    }
    order
}

/// How many are called before the one at `mine`, if nobody else comes.
pub fn ahead(waiting: &[Waiting], mine: usize, jumps: Jumps, now: Moment) -> usize {
    order(waiting, jumps, now).iter().position(|at| *at == mine).unwrap_or(0)
}

/// The same if every appointment that is there already goes first: the most that may be called before.
pub fn ahead_most(waiting: &[Waiting], mine: usize, jumps: Jumps, now: Moment) -> usize {
    let due = |w: &Waiting| Waiting { due: w.due.map(|due| due.min(now)), ..*w };
    let mut all: Vec<Waiting> = waiting.iter().map(due).collect();
    // Somebody's own appointment is not moved before its time.
    if let (Some(own), Some(there)) = (waiting.get(mine), all.get_mut(mine)) {
        *there = *own;
    }
    ahead(&all, mine, jumps, now).max(ahead(waiting, mine, jumps, now))
}

/// What the day has shown of a line, and who serves it now.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pace {
    /// How long each finished service of the day took, from the call to its end; milliseconds, in any order.
    pub services_ms: Vec<i64>,
    /// Counters that are open for it.
    pub open: usize,
    /// Of them those with somebody.
    pub busy: usize,
}

/// Why no waiting time can be told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unknown {
    /// No counter is open for the line.
    NoCounter,
    /// Too few services of the day were measured.
    TooFew,
}

/// How long somebody waits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wait {
    /// It cannot be told.
    Unknown(Unknown),
    /// Minutes, from and to; 0 and 0: a counter is free.
    Between(i64, i64),
}

/// How long the next of a line waits who has between `ahead.0` and `ahead.1` before him: as many services as must end before
/// a counter is free for him, divided among the open counters; with the lower quartile of what services of the day took for
/// the shorter time and the upper quartile for the longer, rounded outwards to whole minutes.
pub fn wait(ahead: (usize, usize), pace: &Pace, measured_least: u32) -> Wait {
    if pace.open == 0 {
        return Wait::Unknown(Unknown::NoCounter);
    }
    let free = pace.open.saturating_sub(pace.busy);
    let ends = |ahead: usize| i64::try_from((ahead + 1).saturating_sub(free)).unwrap_or(i64::MAX);
    let (fewest, most) = (ends(ahead.0), ends(ahead.1));
    if most == 0 {
        return Wait::Between(0, 0);
    }
    let least = usize::try_from(measured_least).unwrap_or(usize::MAX).max(1);
    if pace.services_ms.len() < least {
        return Wait::Unknown(Unknown::TooFew);
    }
    let mut sorted = pace.services_ms.clone();
    sorted.sort_unstable();
    let open = i64::try_from(pace.open).unwrap_or(i64::MAX);
    let (short, long) = (quartile(&sorted, 1), quartile(&sorted, 3));
    let from = fewest.saturating_mul(short) / open / MINUTE_MS;
    let to = ceiling(ceiling(most.saturating_mul(long), open), MINUTE_MS);
    Wait::Between(from, to)
}

/// The nearest rank: at least `n` quarters of the values are not larger.
fn quartile(sorted: &[i64], n: usize) -> i64 {
    let rank = (sorted.len() * n).div_ceil(4).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

fn ceiling(value: i64, by: i64) -> i64 {
    value / by + i64::from(value % by > 0)
}

/// Where an appointment stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AppointmentState {
    /// Made.
    Booked,
    /// Whoever made it is there; a ticket stands for it.
    Came,
    /// Given back.
    Cancelled,
}

kernel::words!(AppointmentState { Booked = "booked", Came = "came", Cancelled = "cancelled" });

/// What may be done with an appointment at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hold {
    /// It is still to come: it may be given back.
    Ahead,
    /// Its holder may say that he is there; it may be given back as well.
    Now,
    /// Nobody came in time.
    Missed,
    /// It is over in another way.
    Over,
}

/// How an appointment stands at `now`: it may be used from `early_minutes` before its time to `late_minutes` after it, the last
/// moment included.
pub fn hold(state: AppointmentState, at: Moment, (early_minutes, late_minutes): (u32, u32), now: Moment) -> Hold {
    let opens = at.plus_ms(-i64::from(early_minutes) * MINUTE_MS);
    let ends = at.plus_ms(i64::from(late_minutes) * MINUTE_MS);
    match state {
        AppointmentState::Came | AppointmentState::Cancelled => Hold::Over,
        AppointmentState::Booked if now < opens => Hold::Ahead,
        AppointmentState::Booked if now <= ends => Hold::Now,
        AppointmentState::Booked => Hold::Missed,
    }
}

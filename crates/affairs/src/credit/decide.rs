//! Class, publication, repair, appeal and consequences out of rules, events and a day. Pure, and blind to everything that
//! was recorded after that day: asked again later, a past day gives the same answer.

use kernel::{Date, Grade};

use super::book::{ConsequenceRow, Rules, Score};

/// What became of an event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ActKind {
    /// Whoever recorded it took it back.
    Withdrawn,
    /// Put right, and accepted as such.
    Repaired,
    /// The subject objected.
    AppealLodged,
    /// The objection was right: as if withdrawn.
    AppealUpheld,
    /// The objection was wrong.
    AppealDismissed,
}

/// Something that became of an event, on the day it was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Act {
    /// What.
    pub kind: ActKind,
    /// When.
    pub on: Date,
}

/// Something that counts for or against a subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its severity; empty where the kind has none.
    pub severity: String,
    /// The item it was about, where it was about one.
    pub item: Option<String>,
    /// The day it happened or was decided: months count from here.
    pub on: Date,
    /// The day it was recorded and told.
    pub recorded_on: Date,
    /// What became of it, in order.
    pub acts: Vec<Act>,
}

impl Event {
    fn has(&self, kind: ActKind, day: Date) -> bool {
        self.acts.iter().any(|act| act.kind == kind && act.on <= day)
    }

    /// Recorded by that day and not taken back by then.
    fn stands(&self, day: Date) -> bool {
        self.recorded_on <= day && !self.has(ActKind::Withdrawn, day) && !self.has(ActKind::AppealUpheld, day)
    }

    fn is_repaired(&self, day: Date) -> bool {
        self.has(ActKind::Repaired, day)
    }

    pub(super) fn appeal_pending(&self, day: Date) -> bool {
        let decided = self.has(ActKind::AppealUpheld, day) || self.has(ActKind::AppealDismissed, day);
        self.has(ActKind::AppealLodged, day) && !decided
    }

    fn after(&self, months: u32) -> Option<Date> {
        rules::Date::from_civil(self.on).plus_months(months.into())?.to_civil()
    }
}

/// Points of one event that count on a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// The event's id.
    pub event: String,
    /// The row of the model.
    pub rule: String,
    /// How many; negative ones speak for the subject.
    pub points: i64,
    /// The day they count from.
    pub from: Date,
    /// The first day they count no more.
    pub until: Date,
}

/// How a subject stands on a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The day.
    pub day: Date,
    /// The rules that were asked: their hash.
    pub rules: String,
    /// The class; none while an event is unsettled.
    pub class: Option<String>,
    /// The row of the model that gave the class.
    pub class_rule: Option<String>,
    /// The sum of the points, 0 at least.
    pub total: i64,
    /// Where the points come from.
    pub points: Vec<Point>,
    /// Events that no rule knows: a person looks before anything follows from the class.
    pub unsettled: Vec<String>,
}

/// The score of an event, and the first day its points count no more.
fn scored<'a>(rules: &'a Rules, event: &Event) -> Option<(&'a Score, Date)> {
    let score = rules.score(&event.kind, &event.severity)?;
    Some((score, event.after(score.counts_months)?))
}

/// How a subject with these events stands on `day`. Their order means nothing.
pub fn standing(rules: &Rules, events: &[Event], day: Date) -> Standing {
    let (mut points, mut unsettled, mut serious) = (Vec::new(), Vec::new(), false);
    for event in events.iter().filter(|event| event.stands(day) && !event.is_repaired(day)) {
        let Some((score, until)) = scored(rules, event) else {
            unsettled.push(event.id.clone());
            continue;
        };
        if event.on <= day && day < until {
            serious |= rules.kind(&event.kind).is_some_and(|kind| kind.serious);
            let (rule, id) = (score.rule.clone(), event.id.clone());
            points.push(Point { event: id, rule, points: score.points, from: event.on, until });
        }
    }
    points.sort_by(|a, b| (a.from, &a.event).cmp(&(b.from, &b.event)));
    unsettled.sort();
    let total = points.iter().map(|point| point.points).sum::<i64>().max(0);
    let good = points.iter().filter(|point| point.points < 0).count();
    let found = rules.class(total, serious, i64::try_from(good).unwrap_or(i64::MAX)).filter(|_| unsettled.is_empty());
    let (class, class_rule) = found.map(|(class, rule)| (class.id.clone(), rule)).unzip();
    Standing { day, rules: rules.hash.clone(), class, class_rule, total, points, unsettled }
}

/// A record that is public on a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// The event's id.
    pub event: String,
    /// The first day it is public no more.
    pub until: Date,
    /// Whether an objection waits for its answer; shown beside it.
    pub appeal_pending: bool,
}

/// What may be published on `day`; never what was withdrawn, repaired, or is older than the catalogue allows.
pub fn published(rules: &Rules, events: &[Event], day: Date) -> Vec<Published> {
    let public = events.iter().filter(|event| event.stands(day) && !event.is_repaired(day) && event.on <= day);
    let mut public: Vec<Published> = public
        .filter_map(|event| {
            let score = rules.score(&event.kind, &event.severity)?;
            let until = event.after(score.publish_months.min(rules.publication.most_months))?;
            let appeal_pending = event.appeal_pending(day);
            (day < until).then(|| Published { event: event.id.clone(), until, appeal_pending })
        })
        .collect();
    public.sort_by(|a, b| (a.until, &a.event).cmp(&(b.until, &b.event)));
    public
}

/// Why an objection or a repair is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was not recorded by that day, or does not stand any more.
    #[error("the record does not stand")]
    Gone,
    /// No rule knows it.
    #[error("no rule knows the record")]
    Unsettled,
    /// It was done before.
    #[error("it was done before")]
    Already,
    /// An objection is open: its answer comes first.
    #[error("an objection is open")]
    AppealOpen,
    /// There is nothing to repair.
    #[error("there is nothing to repair")]
    Needless,
    /// Not before this day.
    #[error("not before {0}")]
    TooEarly(Date),
    /// The last day has passed.
    #[error("the last day was {0}")]
    TooLate(Date),
}

/// Whether repair of `event` may be asked for on `day`; whether the matter was put right is for a person.
///
/// # Errors
/// Why not.
pub fn repair(rules: &Rules, event: &Event, day: Date) -> Result<(), Refusal> {
    if !event.stands(day) {
        return Err(Refusal::Gone);
    }
    if event.is_repaired(day) {
        return Err(Refusal::Already);
    }
    if event.appeal_pending(day) {
        return Err(Refusal::AppealOpen);
    }
    let score = rules.score(&event.kind, &event.severity).ok_or(Refusal::Unsettled)?;
    if score.repair_months == 0 {
        return Err(Refusal::Needless);
    }
    match event.after(score.repair_months) {
        Some(from) if from <= day => Ok(()),
        Some(from) => Err(Refusal::TooEarly(from)),
        None => Err(Refusal::Unsettled),
    }
}

/// Whether the subject may object to `event` on `day`: once, within the limit from the day it was recorded.
///
/// # Errors
/// Why not.
pub fn appeal(rules: &Rules, event: &Event, day: Date) -> Result<(), Refusal> {
    if !event.stands(day) {
        return Err(Refusal::Gone);
    }
    if event.has(ActKind::AppealLodged, day) {
        return Err(Refusal::Already);
    }
    let recorded = rules::Date::from_civil(event.recorded_on).epoch_days();
    let last = rules::Date::from_epoch_days(recorded + i64::from(rules.appeal.days)).and_then(rules::Date::to_civil);
    match last {
        Some(last) if day > last => Err(Refusal::TooLate(last)),
        _ => Ok(()),
    }
}

/// What follows for an item on a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consequence<'a> {
    /// The row it rests on.
    pub row: &'a ConsequenceRow,
    /// The events it follows from.
    pub because: Vec<String>,
    /// The first day.
    pub from: Date,
    /// The first day it holds no more.
    pub until: Date,
    /// Whether it binds: only where the statute was read. Everything else is shown to whoever decides.
    pub binding: bool,
}

/// What follows from these events for `item` on `day`: rows of the catalogue and nothing else.
pub fn consequences<'a>(rules: &'a Rules, events: &[Event], item: &str, day: Date) -> Vec<Consequence<'a>> {
    let standing = standing(rules, events, day);
    let rows = rules.consequences.iter().filter(|row| row.items.iter().any(|i| i == "*" || i == item));
    let mut found = Vec::new();
    for row in rows {
        match (&row.event, &row.class) {
            (Some(kind), _) => {
                let of_kind = events.iter().filter(|event| event.kind == *kind && event.stands(day));
                found.extend(of_kind.filter_map(|event| of_event(row, event, (item, day))));
            }
            (None, Some(class)) if standing.class.as_ref() == Some(class) => found.extend(of_class(row, &standing)),
            _ => {}
        }
    }
    found
}

fn of_event<'a>(row: &'a ConsequenceRow, event: &Event, (item, day): (&str, Date)) -> Option<Consequence<'a>> {
    let other_item = row.same_item && event.item.as_deref() != Some(item);
    if other_item || (event.is_repaired(day) && !row.outlasts_repair) {
        return None;
    }
    let until = event.after(row.months)?;
    let holds = event.on <= day && day < until;
    holds.then(|| Consequence {
        row,
        because: vec![event.id.clone()],
        from: event.on,
        until,
        binding: row.grade == Grade::A,
    })
}

/// A class is as old as the newest of the points that make it, and ends with the last of them at the latest.
fn of_class<'a>(row: &'a ConsequenceRow, standing: &Standing) -> Option<Consequence<'a>> {
    let bad = || standing.points.iter().filter(|point| point.points > 0);
    let from = bad().map(|point| point.from).max()?;
    let end = rules::Date::from_civil(from).plus_months(row.months.into())?.to_civil()?;
    let until = bad().map(|point| point.until).max()?.min(end);
    let because = bad().map(|point| point.event.clone()).collect();
    (standing.day < until).then_some(Consequence { row, because, from, until, binding: row.grade == Grade::A })
}

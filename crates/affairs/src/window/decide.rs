//! What may be done at which place, by whom, and until when. Pure: the catalogue, the officer's rights and a day in.

use kernel::{Date, Moment, RegionCode};

use super::error::{forbidden, one};
use crate::access::{Actor, Place, Right};
use crate::approval::ApprovalError;
use crate::catalog::{Catalog, Counter, Hall, HallAct, HallKind};

/// The document somebody showed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Document {
    /// 居民身份证.
    IdCard,
    /// 临时居民身份证.
    TemporaryCard,
    /// 户口簿, of a child or where the card was lost.
    HouseholdBook,
    /// The electronic card, shown by its holder.
    ElectronicCard,
}

impl Document {
    /// Every document, the most common first.
    pub const ALL: [Self; 4] = [Self::IdCard, Self::TemporaryCard, Self::HouseholdBook, Self::ElectronicCard];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::IdCard => "id_card",
            Self::TemporaryCard => "temporary_card",
            Self::HouseholdBook => "household_book",
            Self::ElectronicCard => "electronic_card",
        }
    }

    /// Reads [`Document::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.word() == word)
    }
}

/// How a result is wanted, and how it was handed out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Way {
    /// Fetched at the counter.
    Counter,
    /// By courier.
    Courier,
    /// As the e-licence in the holder's account.
    Electronic,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Counter, Self::Courier, Self::Electronic];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Courier => "courier",
            Self::Electronic => "electronic",
        }
    }

    /// Reads [`Way::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|w| w.word() == word)
    }
}

/// How papers under way stand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RelayState {
    /// The back has not answered.
    Sent,
    /// The back has not answered, and its time is over.
    Overdue,
    /// The back has them.
    Taken,
    /// The back sent them back, with a reason.
    Returned,
}

impl RelayState {
    /// How papers stand that have this end, if any, and this limit.
    pub fn of((ended, is_returned): (bool, bool), due: Option<Moment>, now: Moment) -> Self {
        match (ended, is_returned) {
            (true, true) => Self::Returned,
            (true, false) => Self::Taken,
            (false, _) if due.is_some_and(|due| now >= due) => Self::Overdue,
            (false, _) => Self::Sent,
        }
    }

    /// The word in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Overdue => "overdue",
            Self::Taken => "taken",
            Self::Returned => "returned",
        }
    }
}

/// A place where somebody is received, as the catalogue has it on a day.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// The hall, station or point.
    pub hall: &'a Hall,
    /// The counter; none at a place without counters.
    pub counter: Option<&'a Counter>,
}

/// The place of this name, open on a day. Where a place has counters, one of them must be named.
///
/// # Errors
/// [`ApprovalError::Form`] where there is none.
pub fn post<'a>(catalog: &'a Catalog, (hall, counter): (&str, &str), on: Date) -> Result<Post<'a>, ApprovalError> {
    let no_place =
        || one("/counter", "counter", ("没有这个窗口，或者今天不开放", "no such counter, or not open today"));
    let hall = catalog.halls().get(hall).filter(|hall| hall.in_force(on)).ok_or_else(no_place)?;
    let has_counters = hall.counters.iter().any(|counter| counter.in_force(on));
    if counter.is_empty() && !has_counters {
        return Ok(Post { hall, counter: None });
    }
    let counter = hall.counter(counter, on).ok_or_else(no_place)?;
    Ok(Post { hall, counter: Some(counter) })
}

impl Post<'_> {
    /// The counter's code; empty at a place without counters.
    pub fn code(&self) -> &str {
        self.counter.map_or("", |counter| counter.code.as_str())
    }

    /// May `act` be done here for an item?
    pub fn may(&self, catalog: &Catalog, act: HallAct, item: &str) -> bool {
        let halls = catalog.halls();
        match self.counter {
            Some(counter) => halls.counter_may(counter, act, item),
            None => halls.may(self.hall, act, item),
        }
    }

    /// What taking an application in is called here: a hall and a station receive it for the agency, a village collects and
    /// forwards it, for it is no administrative organ.
    pub const fn taking(&self) -> HallAct {
        match self.hall.kind {
            HallKind::Hall | HallKind::Station => HallAct::Receive,
            HallKind::Point => HallAct::CollectAndForward,
        }
    }

    /// The agency that keeps the place, where one does.
    pub fn keeper(&self) -> &str {
        self.hall.agency.as_deref().unwrap_or_default()
    }
}

/// Whether an officer's post reaches a place for an item: a row of his gives the right to receive in the place's region and for
/// the item, at every agency, at the one that keeps the place, or at the one that decides. `relay::record` says the same in SQL.
pub(super) fn reaches(officer: &Actor, post: &Post<'_>, (item, deciding): (&str, &str)) -> bool {
    let region = post.hall.region.to_string();
    [post.keeper(), deciding].iter().any(|agency| {
        let place = Place { agency, region: &region, item };
        officer.allow(Right::Receive, &place)
    })
}

/// Whether an officer may do `act` at a place for an item that `deciding` decides. Taking an application in is for the places in
/// the deciding agency's line; looking after a case that was begun elsewhere, and handing its result out, is for any.
///
/// # Errors
/// [`ApprovalError::Forbidden`], with why.
pub fn may_receive(
    catalog: &Catalog,
    officer: &Actor,
    (post, act): (&Post<'_>, HallAct),
    (item, deciding): (&str, &str),
) -> Result<(), ApprovalError> {
    if !reaches(officer, post, (item, deciding)) {
        return Err(forbidden(
            "您的岗位不在这个窗口办理这个事项",
            "your post does not reach this counter for this item",
        ));
    }
    if !post.may(catalog, act, item) {
        return Err(match (post.hall.kind, act) {
            (HallKind::Point, _) => forbidden(
                "这个村级服务点不办理这个事项；村民委员会不受理、不决定",
                "this village point does not do this; a village committee neither receives nor decides",
            ),
            _ => {
                forbidden("这个窗口不办理这一项，请到办理的窗口", "this counter does not do this; go to one that does")
            }
        });
    }
    let agency = catalog.agency(deciding).and_then(|agency| agency.region);
    if act == post.taking() && agency.is_some_and(|region| !in_line(region, post.hall.region)) {
        return Err(forbidden(
            "这个事项由另一地的机关决定，请走跨域通办",
            "an agency of another place decides this: take it in for that place",
        ));
    }
    Ok(())
}

/// Whether one of two regions lies in the other.
fn in_line(a: RegionCode, b: RegionCode) -> bool {
    a.contains(b) || b.contains(a)
}

/// The first moment after the time that papers may be under way; none where the catalogue does not say or its calendar does
/// not reach.
pub(super) fn relay_due(catalog: &Catalog, now: Moment) -> Option<Moment> {
    let clock = catalog.procedure()?.relay.as_ref()?;
    let last = clock.period.due(now.date(), catalog.calendar(), &[]).ok()?;
    last.tomorrow().ok().map(Moment::start_of)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

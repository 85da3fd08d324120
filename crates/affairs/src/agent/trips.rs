//! Trips and kilometres saved: what the traditional way would have taken, as the item's guide says with its grade, against where
//! a case was brought in. What nobody knows stays unknown and is counted apart; nothing is estimated.

use kernel::{Date, Grade};
use serde::Serialize;
use store::{Difference, Fault, Store, Unit};

use super::record::{CARRIED, TRIPS};
use crate::access;
use crate::approval::{BroughtTo, Decided};
use crate::catalog::{Catalog, Hall, HallKind, Located};

const TRIPS_PREFIX: &str = "trips/";
const CARRIED_PREFIX: &str = "carried/";

/// The reactor: one more case done with, by its item and where it was brought in.
pub fn on_decided(desk: &access::Desk<'_>, decided: &Decided<'_>) -> Unit {
    let case = decided.case;
    desk.unit().count(format!("{TRIPS_PREFIX}{}/{}", case.item, BroughtTo::of_channel(&case.channel).word()), 1)
}

/// Trips to a hall that somebody makes who brings his case in there: none online or in his own village or township, one to a
/// hall; unknown where the record does not say.
pub const fn trips_now(place: BroughtTo) -> Option<i64> {
    match place {
        BroughtTo::Home | BroughtTo::Place(HallKind::Point | HallKind::Station) => Some(0),
        BroughtTo::Place(HallKind::Hall) => Some(1),
        BroughtTo::Unknown => None,
    }
}

/// The trips of one item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ItemTrips {
    /// The item.
    pub item: String,
    /// Cases done with, in the order of [`BroughtTo::ALL`].
    pub cases: [i64; 5],
    /// Trips that the traditional way takes; none: nobody knows.
    pub before: Option<u32>,
    /// How well that is known.
    pub grade: Option<Grade>,
}

impl ItemTrips {
    /// Trips saved by the cases of which both sides are known; none where the traditional way is not known.
    pub fn saved(&self) -> Option<i64> {
        let before = i64::from(self.before?);
        let saved = |(place, n): (&BroughtTo, i64)| trips_now(*place).map_or(0, |now| n * (before - now));
        Some(BroughtTo::ALL.iter().zip(self.cases).map(saved).sum())
    }

    /// Cases that are not counted, because one side or the other is not known.
    pub fn uncounted(&self) -> i64 {
        let all: i64 = self.cases.iter().sum();
        let unknown: i64 =
            BroughtTo::ALL.iter().zip(self.cases).filter(|(p, _)| trips_now(**p).is_none()).map(|(_, n)| n).sum();
        if self.before.is_none() { all } else { unknown }
    }
}

/// What was carried from one place for one item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Carried {
    /// The point or station.
    pub hall: String,
    /// The item.
    pub item: String,
    /// How many applications.
    pub jobs: i64,
    /// From there to the nearest hall, in a straight line, metres; none where one of the two was not measured.
    pub distance_m: Option<i64>,
    /// Trips that the traditional way takes.
    pub before: Option<u32>,
}

impl Carried {
    /// Metres not travelled, there and back; none where distance or trips are not known.
    pub fn saved_m(&self) -> Option<i64> {
        Some(self.jobs * i64::from(self.before?) * 2 * self.distance_m?)
    }
}

/// Trips by item, in the order of items.
///
/// # Errors
/// A fault of the database.
pub async fn trips(store: &Store, shard: &str, catalog: &Catalog, on: Date) -> Result<Vec<ItemTrips>, Fault> {
    let mut found: Vec<ItemTrips> = Vec::new();
    for (key, n) in store.counters(shard, TRIPS_PREFIX).await? {
        let Some((item, word)) = key.trim_start_matches(TRIPS_PREFIX).rsplit_once('/') else { continue };
        let place = BroughtTo::of_channel(word);
        let at = BroughtTo::ALL.iter().position(|one| *one == place).unwrap_or(BroughtTo::ALL.len() - 1);
        if found.last().is_none_or(|last| last.item != item) {
            let before = before(catalog, item, on);
            let (n, grade) = (before.map(|(n, _)| n), before.map(|(_, grade)| grade));
            found.push(ItemTrips { item: item.to_owned(), cases: [0; 5], before: n, grade });
        }
        if let Some(count) = found.last_mut().and_then(|last| last.cases.get_mut(at)) {
            *count += n;
        }
    }
    Ok(found)
}

/// What the guide says of the traditional way.
fn before(catalog: &Catalog, item: &str, on: Date) -> Option<(u32, Grade)> {
    let item = catalog.item(item, on)?;
    item.service.visits_before.as_ref().map(|before| (before.n, before.backing.grade))
}

/// What was carried by agents, by place and item.
///
/// # Errors
/// A fault of the database.
pub async fn carried(store: &Store, shard: &str, catalog: &Catalog, on: Date) -> Result<Vec<Carried>, Fault> {
    let mut found = Vec::new();
    for (key, jobs) in store.counters(shard, CARRIED_PREFIX).await? {
        let Some((hall, item)) = key.trim_start_matches(CARRIED_PREFIX).split_once('/') else { continue };
        found.push(Carried {
            hall: hall.to_owned(),
            item: item.to_owned(),
            jobs,
            distance_m: distance(catalog, hall, on),
            before: before(catalog, item, on).map(|(n, _)| n),
        });
    }
    Ok(found)
}

/// From a place to the nearest hall above it.
fn distance(catalog: &Catalog, from: &str, on: Date) -> Option<i64> {
    let halls = catalog.halls();
    let from = halls.get(from)?;
    let is_hall = |hall: &&Hall| hall.kind == HallKind::Hall;
    let to = halls.upward(from.region, on).into_iter().find(is_hall)?;
    Some(straight_m(from.located.as_ref()?, to.located.as_ref()?))
}

/// The straight line between two places on the map, whole metres.
pub fn straight_m(a: &Located, b: &Located) -> i64 {
    kernel::straight_m((a.latitude_micro, a.longitude_micro), (b.latitude_micro, b.longitude_micro))
}

/// Holds both counters against the rows of a shard: nothing returned, they agree.
///
/// # Errors
/// A fault of the database.
pub async fn recount_trips(store: &Store, shard: &str) -> Result<Vec<Difference>, Fault> {
    let mut all = store.recount(shard, TRIPS_PREFIX, TRIPS, vec![shard.into()]).await?;
    all.extend(store.recount(shard, CARRIED_PREFIX, CARRIED, vec![shard.into()]).await?);
    Ok(all)
}

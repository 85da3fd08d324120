//! Halls: the places of all five levels where somebody is met in person, their counters, and what may be done there.
//!
//! A hall (大厅) stands in a region, a city or a county; a station (便民服务站) in a township or subdistrict; a point
//! (村级服务点) in a village or community. None of them decides anything: agencies do, and a township's agency only where
//! the power came down to it ([`Catalog::decided_at`](super::Catalog::decided_at)). What a place of a kind may do at most
//! is data (`halls/offers.toml`, each row with its grade), and what one place does lies within it.

use std::collections::BTreeMap;

use kernel::{Date, RegionCode, RegionLevel, Text};
use serde::Serialize;

use super::agency::Hours;
use super::figure::Backing;
use super::line::LineLaw;
use crate::region::Regions;

/// What kind of place it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HallKind {
    /// 政务服务大厅, of a region, a city or a county.
    Hall,
    /// 便民服务站, of a township or subdistrict.
    Station,
    /// 村级服务点, of a village or community.
    Point,
}

impl HallKind {
    /// Every kind, from the largest place.
    pub const ALL: [Self; 3] = [Self::Hall, Self::Station, Self::Point];

    /// The word in files and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hall => "hall",
            Self::Station => "station",
            Self::Point => "point",
        }
    }

    /// The kind of place that a region of this level has.
    pub const fn of_level(level: RegionLevel) -> Self {
        match level {
            RegionLevel::Region | RegionLevel::City | RegionLevel::County => Self::Hall,
            RegionLevel::Township => Self::Station,
            RegionLevel::Village => Self::Point,
        }
    }
}

/// One thing that may be done at a place. To decide is none of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HallAct {
    /// 告知: say what is needed, and where a case stands.
    Inform,
    /// 帮办: help to fill in, with the person beside.
    AssistFill,
    /// 代办: collect the papers and send them on.
    CollectAndForward,
    /// 初审: look the papers through before they go up.
    FirstReview,
    /// 受理: receive an application for the agency.
    Receive,
    /// 出件: hand out results.
    Deliver,
}

impl HallAct {
    /// Every act, from telling to handing out.
    pub const ALL: [Self; 6] =
        [Self::Inform, Self::AssistFill, Self::CollectAndForward, Self::FirstReview, Self::Receive, Self::Deliver];

    /// The word in files and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inform => "inform",
            Self::AssistFill => "assist_fill",
            Self::CollectAndForward => "collect_and_forward",
            Self::FirstReview => "first_review",
            Self::Receive => "receive",
            Self::Deliver => "deliver",
        }
    }
}

/// How a place is staffed: together at set hours, or by one person on call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attendance {
    /// 集中办公.
    Centralised,
    /// 个人值班.
    Individual,
}

/// What a place of one kind may do at most.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KindLimit {
    /// The kind.
    pub kind: HallKind,
    /// What it is called.
    pub name: Text,
    /// What may be done there.
    pub acts: Vec<HallAct>,
    /// How that is known.
    pub backing: Backing,
}

/// Opening hours that many places share.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Attended {
    /// Name in the rows of halls.
    pub id: String,
    /// How it is staffed.
    pub attendance: Attendance,
    /// As people read it.
    pub name: Text,
    /// On working days; nothing: by arrangement.
    pub hours: Vec<Hours>,
    /// How that is known.
    pub backing: Backing,
}

/// What several places do in the same way: acts, and for which items.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HallOffer {
    /// Name in the rows of halls and counters.
    pub id: String,
    /// As people read it.
    pub name: Text,
    /// The kinds of places that may have it.
    pub kinds: Vec<HallKind>,
    /// What is done.
    pub acts: Vec<HallAct>,
    /// For these items; none: for every item.
    pub items: Vec<String>,
    /// How that is known.
    pub backing: Backing,
}

impl HallOffer {
    /// Is it about this item?
    pub fn is_about(&self, item: &str) -> bool {
        self.items.is_empty() || self.items.iter().any(|i| i == item)
    }
}

/// Where on the map a place is, in millionths of a degree (WGS 84).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Located {
    /// East of Greenwich.
    pub longitude_micro: i32,
    /// North of the equator.
    pub latitude_micro: i32,
    /// Who measured or published it.
    pub source: String,
}

/// One counter of a hall.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Counter {
    /// What stands over it: letters, digits, dashes.
    pub code: String,
    /// What it is called.
    pub name: Text,
    /// Ids of [`HallOffer`]s.
    pub offers: Vec<String>,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
}

impl Counter {
    /// Open on a day?
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|end| on <= end)
    }
}

/// One place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Hall {
    /// Its id: small letters, digits, dashes.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The region it serves.
    pub region: RegionCode,
    /// What kind of place it is.
    pub kind: HallKind,
    /// The agency that keeps it, where one of the catalogue does.
    pub agency: Option<String>,
    /// Id of its [`Attended`].
    pub hours: String,
    /// Ids of its [`HallOffer`]s.
    pub offers: Vec<String>,
    /// Where it is, in words; may be empty.
    pub address: String,
    /// Whom to phone; may be empty.
    pub phone: String,
    /// Where it is on the map, where somebody measured it.
    pub located: Option<Located>,
    /// Its counters, by code.
    pub counters: Vec<Counter>,
    /// Nobody stands behind this entry; it shows how an entry works.
    pub demonstration: bool,
    /// Where the entry comes from.
    pub source: String,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
}

impl Hall {
    /// Open on a day?
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|end| on <= end)
    }

    /// Its level: its region's.
    pub fn level(&self) -> RegionLevel {
        self.region.level()
    }

    /// The counter of this code on a day.
    pub fn counter(&self, code: &str, on: Date) -> Option<&Counter> {
        self.counters.iter().find(|c| c.code == code && c.in_force(on))
    }
}

/// The national average of a coverage, to compare with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Average {
    /// The levels it is about.
    pub levels: Vec<RegionLevel>,
    /// Parts of a thousand.
    pub permille: u32,
    /// What is compared, and when it was.
    pub name: Text,
    /// How it is known.
    pub backing: Backing,
}

/// How many regions of some levels have an open place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Coverage {
    /// Regions with at least one.
    pub with: usize,
    /// Regions in force.
    pub of: usize,
}

/// All places of a snapshot.
#[derive(Debug, Default)]
pub struct Halls {
    pub(super) by_id: BTreeMap<String, Hall>,
    pub(super) by_region: BTreeMap<RegionCode, Vec<String>>,
    pub(super) limits: Vec<KindLimit>,
    pub(super) attended: Vec<Attended>,
    pub(super) offers: Vec<HallOffer>,
    pub(super) averages: Vec<Average>,
    pub(super) line_law: Option<LineLaw>,
}

impl Halls {
    /// The place of this id, open or closed.
    pub fn get(&self, id: &str) -> Option<&Hall> {
        self.by_id.get(id)
    }

    /// All places, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Hall> {
        self.by_id.values()
    }

    /// The places of exactly this region that are open on a day.
    pub fn at(&self, region: RegionCode, on: Date) -> impl Iterator<Item = &Hall> {
        let ids = self.by_region.get(&region).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.get(id)).filter(move |hall| hall.in_force(on))
    }

    /// The open places of the region and of everything above it, the nearest first: where somebody from there may go.
    pub fn upward(&self, region: RegionCode, on: Date) -> Vec<&Hall> {
        std::iter::successors(Some(region), |r| r.parent()).flat_map(|r| self.at(r, on)).collect()
    }

    /// The open places of the region and of everything below it, in the order of codes.
    pub fn within(&self, root: RegionCode, on: Date) -> impl Iterator<Item = &Hall> {
        let stretch = self.by_region.range(root..).take_while(move |(region, _)| root.contains(**region));
        stretch.flat_map(|(_, ids)| ids).filter_map(|id| self.get(id)).filter(move |hall| hall.in_force(on))
    }

    /// What may be done at a place for an item (`None`: for any), in the order of [`HallAct::ALL`].
    pub fn acts(&self, hall: &Hall, item: Option<&str>) -> Vec<HallAct> {
        let offers: Vec<&HallOffer> = self.offers_of(&hall.offers).collect();
        let done =
            |act: &HallAct| offers.iter().any(|o| o.acts.contains(act) && item.is_none_or(|item| o.is_about(item)));
        HallAct::ALL.into_iter().filter(done).collect()
    }

    /// May `act` be done there for an item?
    pub fn may(&self, hall: &Hall, act: HallAct, item: &str) -> bool {
        self.offers_of(&hall.offers).any(|o| o.acts.contains(&act) && o.is_about(item))
    }

    /// May `act` be done at a counter for an item? A counter does what it has of its hall's offers.
    pub fn counter_may(&self, counter: &Counter, act: HallAct, item: &str) -> bool {
        self.offers_of(&counter.offers).any(|o| o.acts.contains(&act) && o.is_about(item))
    }

    /// The offers of these ids.
    pub fn offers_of<'a>(&'a self, ids: &'a [String]) -> impl Iterator<Item = &'a HallOffer> {
        ids.iter().filter_map(|id| self.offers.iter().find(|o| o.id == *id))
    }

    /// When somebody is there.
    pub fn attended(&self, hall: &Hall) -> Option<&Attended> {
        self.attended.iter().find(|a| a.id == hall.hours)
    }

    /// What a place of a kind may do at most.
    pub fn limit(&self, kind: HallKind) -> Option<&KindLimit> {
        self.limits.iter().find(|l| l.kind == kind)
    }

    /// How people wait; none where the catalogue does not say: then no tickets are given.
    pub fn line_law(&self) -> Option<&LineLaw> {
        self.line_law.as_ref()
    }

    /// National averages to compare with.
    pub fn averages(&self) -> &[Average] {
        &self.averages
    }

    /// Of the regions of these levels within `root` that are in force on a day: how many have an open place.
    pub fn coverage(&self, regions: &Regions, root: RegionCode, (levels, on): (&[RegionLevel], Date)) -> Coverage {
        let asked = regions.subtree(root, on).filter(|r| levels.contains(&r.level()));
        asked.fold(Coverage::default(), |so_far, region| Coverage {
            with: so_far.with + usize::from(self.at(region.code, on).next().is_some()),
            of: so_far.of + 1,
        })
    }
}

//! How far an applicant had to go for a case the agency has done with: counted in the transaction that ends it, by the
//! case's place and by where it was brought in, as the record says it. What the record does not say is unknown, and is
//! shown as that.

mod record;

use kernel::RegionCode;
use store::{Difference, Fault, Store, Unit};

use super::record::Case;
use crate::catalog::HallKind;

/// Where a case was brought in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BroughtTo {
    /// Online: nowhere.
    Home,
    /// A place of this kind.
    Place(HallKind),
    /// The record does not say.
    Unknown,
}

impl BroughtTo {
    /// Every answer, the nearest first.
    pub const ALL: [Self; 5] = [
        Self::Home,
        Self::Place(HallKind::Point),
        Self::Place(HallKind::Station),
        Self::Place(HallKind::Hall),
        Self::Unknown,
    ];

    /// The word in counters and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Home => "online",
            Self::Place(kind) => kind.word(),
            Self::Unknown => "unknown",
        }
    }

    /// What a case's channel says of it: `online`, or the kind of the place where it was received.
    pub fn of_channel(channel: &str) -> Self {
        Self::ALL.into_iter().find(|place| place.word() == channel).unwrap_or(Self::Unknown)
    }
}

/// How many cases were brought where.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Brought {
    /// In the order of [`BroughtTo::ALL`].
    counts: [i64; 5],
}

impl Brought {
    /// Of one answer.
    pub fn of(&self, place: BroughtTo) -> i64 {
        BroughtTo::ALL.iter().zip(self.counts).find(|(one, _)| **one == place).map_or(0, |(_, n)| n)
    }

    /// All of which the record tells where.
    pub fn known(&self) -> i64 {
        self.counts.iter().sum::<i64>() - self.of(BroughtTo::Unknown)
    }

    /// Those for which nobody left the township: online, at a village point, at a township's station.
    pub fn within_township(&self) -> i64 {
        self.within_village() + self.of(BroughtTo::Place(HallKind::Station))
    }

    /// Those for which nobody left the village: online, or at its point.
    pub fn within_village(&self) -> i64 {
        self.of(BroughtTo::Home) + self.of(BroughtTo::Place(HallKind::Point))
    }
}

/// One more case done with: a row of the unit that ends it. A region nobody knows is counted below the code as it stands.
pub(super) fn counted(unit: Unit, case: &Case) -> Unit {
    unit.count(counter(&case.region, BroughtTo::of_channel(&case.channel)), 1)
}

fn counter(region: &str, place: BroughtTo) -> String {
    format!("{PREFIX}{region:0<12}/{}", place.word())
}

const PREFIX: &str = "brought/";

/// How many cases of this region and everything below it were brought where.
pub async fn brought(store: &Store, shard: &str, root: RegionCode) -> Result<Brought, Fault> {
    let mut brought = Brought::default();
    for (key, n) in store.counters(shard, &format!("{PREFIX}{}", root.prefix())).await? {
        let word = key.rsplit('/').next().unwrap_or_default();
        let place = BroughtTo::of_channel(word);
        for (one, count) in BroughtTo::ALL.iter().zip(&mut brought.counts) {
            *count += if *one == place { n } else { 0 };
        }
    }
    Ok(brought)
}

/// Holds the counters against the cases of a shard: nothing returned, they agree.
pub async fn recount_brought(store: &Store, shard: &str) -> Result<Vec<Difference>, Fault> {
    store.recount(shard, PREFIX, record::BROUGHT, vec![shard.into()]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_tells_the_place_or_nothing() {
        for (channel, place) in [
            ("online", BroughtTo::Home),
            ("point", BroughtTo::Place(HallKind::Point)),
            ("station", BroughtTo::Place(HallKind::Station)),
            ("hall", BroughtTo::Place(HallKind::Hall)),
            ("counter", BroughtTo::Unknown),
            ("", BroughtTo::Unknown),
        ] {
            assert_eq!(BroughtTo::of_channel(channel), place, "{channel}");
        }
        assert_eq!(counter("450103", BroughtTo::Home), "brought/450103000000/online");
        assert_eq!(counter("450103001002", BroughtTo::Unknown), "brought/450103001002/unknown");
    }
}

//! Ids are made by the application, never by the database: UUIDv7, so that they sort by time and need no counter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Clock, Entropy};

/// A UUIDv7 (RFC 9562): 48 bits of milliseconds, 74 random bits. Stored and written as 36 lower-case characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(uuid::Uuid);

/// The text is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: {0:?} (36 characters like 0190d3e8-…)")]
pub struct IdError(pub String);

impl Id {
    /// A new id from the given clock and source of chance.
    pub fn new(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        let mut chance = [0; 10];
        entropy.fill(&mut chance);
        let ms = u64::try_from(clock.now().ms()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(ms, &chance).into_uuid())
    }

    /// The 16 bytes: the first six are the milliseconds, the last 62 bits are chance.
    pub const fn bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        // Only the canonical spelling: an id is compared as text in keys and links.
        let id = uuid::Uuid::try_parse(s).map_err(|_| IdError(s.to_owned()))?;
        if id.hyphenated().to_string() == s { Ok(Self(id)) } else { Err(IdError(s.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FixedClock, Moment, SeededEntropy};

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let (clock, chance) = (FixedClock::at(Moment::from_ms(1_000)), SeededEntropy::new(1));
        let a = Id::new(&clock, &chance);
        clock.set(Moment::from_ms(2_000));
        let b = Id::new(&clock, &chance);
        assert!(a < b && a.to_string() < b.to_string());
        assert_eq!(a.to_string().parse::<Id>().unwrap(), a);
        assert!(a.to_string().to_uppercase().parse::<Id>().is_err());
    }
}

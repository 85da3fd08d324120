//! Inspections in numbers, for everybody: how much of what was to be looked at was looked at, and how often something was found.

use kernel::{Date, Moment};
use store::{Fault, Store};

use super::record::{count_covered, count_hits};

/// Results of an agency in a region and a month.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hits {
    /// Who looked.
    pub agency: String,
    /// Where.
    pub region: String,
    /// Which month, `YYYY-MM`.
    pub month: String,
    /// Results.
    pub results: u64,
    /// Of them with something found.
    pub hits: u64,
}

/// What an agency was to look at in a region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Covered {
    /// Who looks.
    pub agency: String,
    /// Where.
    pub region: String,
    /// Duties born with a day by which somebody looks.
    pub due: u64,
    /// Of them looked at.
    pub acted: u64,
}

/// Results and duties since a day. What was set aside counts for nothing.
///
/// # Errors
/// A fault of the database.
pub async fn coverage(store: &Store, since: Date) -> Result<(Vec<Hits>, Vec<Covered>), Fault> {
    let from = Moment::start_of(since);
    Ok((count_hits(store, from).await?, count_covered(store, from).await?))
}

//! What may be read of ratings, and by whom.

use std::collections::BTreeMap;

use kernel::{Id, Moment};
use serde::Serialize;
use store::{Difference, Fault, Store};

use super::error::RatingError;
use super::record::{self, ActLine, NO_WINDOW, RECOUNT, RECOUNT_CALLS, RECOUNT_INVITED, Rating};
use super::state::Level;
use crate::access::{Actor, Right};

/// The rating of a case, or the invitation: for whoever may see the case.
pub async fn for_case(store: &Store, case: Id) -> Result<Option<Rating>, Fault> {
    record::of_case(store, case).await
}

/// A rating by its own id, for whoever just gave it.
pub async fn thanked(store: &Store, id: Id) -> Result<Option<Rating>, Fault> {
    Ok(record::by_id(store, id).await?.filter(|rating| rating.rated_at.is_some()))
}

/// How many ratings a public page has.
const PAGE: usize = 20;

/// Ratings as everybody may read them, newest first; and the last one of the page, where there is a next. Words that nobody
/// looked at are not among them: see [`Rating::words_public`].
pub async fn published(
    store: &Store,
    before: Option<(Moment, Id)>,
) -> Result<(Vec<Rating>, Option<(Moment, Id)>), Fault> {
    let mut found = record::published(store, before).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).and_then(|rating| Some((rating.rated_at?, rating.id)));
    Ok((found, next))
}

/// What an officer looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    /// What the agency owes: calls, ledger, appeals.
    Owed,
    /// Words that wait for a look.
    Words,
    /// Everything, newest first.
    Newest,
}

/// The ratings an officer's rights reach; at most 200.
pub async fn for_staff(store: &Store, account: Id, work: Work) -> Result<Vec<Rating>, Fault> {
    match work {
        Work::Owed => record::owed(store, account).await,
        Work::Words => record::held(store, account).await,
        Work::Newest => record::newest(store, account).await,
    }
}

/// One rating for an officer; beyond his rights it is not found.
pub async fn one_for_staff(store: &Store, actor: &Actor, id: Id) -> Result<Rating, RatingError> {
    let found = record::by_id(store, id).await?.filter(|rating| rating.rated_at.is_some());
    found.filter(|rating| rating.allows(actor, Right::ViewCase)).ok_or(RatingError::NotFound)
}

/// What was done with a rating, oldest first.
pub async fn acts_of(store: &Store, rating: Id) -> Result<Vec<ActLine>, Fault> {
    record::acts(store, rating).await
}

/// How often each level was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Figure {
    /// Very unsatisfied to very satisfied.
    pub levels: [i64; 5],
}

impl Figure {
    /// All ratings.
    pub fn all(&self) -> i64 {
        self.levels.iter().sum()
    }

    /// Of them bad.
    pub fn bad(&self) -> i64 {
        self.levels.iter().take(2).sum()
    }

    /// Of this level.
    pub fn of(&self, level: Level) -> i64 {
        usize::try_from(level.number() - 1).ok().and_then(|n| self.levels.get(n)).copied().unwrap_or(0)
    }

    fn add(&mut self, level: usize, n: i64) {
        if let Some(count) = level.checked_sub(1).and_then(|at| self.levels.get_mut(at)) {
            *count += n;
        }
    }
}

/// The figures of an office.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Figures {
    /// Of everything.
    pub total: Figure,
    /// By agency.
    pub agencies: BTreeMap<String, Figure>,
    /// By item.
    pub items: BTreeMap<String, Figure>,
    /// By agency and window; what was rated at none is not among them.
    pub windows: BTreeMap<(String, String), Figure>,
    /// Cases that could be rated.
    pub invited: i64,
    /// Bad ratings with a name: calls owed since the beginning.
    pub owed: i64,
    /// Of them called.
    pub called: i64,
    /// Of them within the time.
    pub in_time: i64,
    /// Of them closed.
    pub closed: i64,
    /// Of them found mistaken or malicious.
    pub void: i64,
}

/// The figures, from the counters that were kept with each rating; of one month (`2026-11`) or of all time.
pub async fn figures(store: &Store, shard: &str, month: Option<&str>) -> Result<Figures, Fault> {
    let mut figures = Figures::default();
    let prefix = month.map_or_else(|| "rating/".to_owned(), |month| format!("rating/{month}/"));
    for (key, n) in store.counters(shard, &prefix).await? {
        let parts: Vec<&str> = key.split('/').collect();
        let [_, _, agency, item, window, level] = parts[..] else { continue };
        let level = level.parse().unwrap_or(0);
        figures.total.add(level, n);
        figures.agencies.entry(agency.to_owned()).or_default().add(level, n);
        figures.items.entry(item.to_owned()).or_default().add(level, n);
        if window != NO_WINDOW {
            figures.windows.entry((agency.to_owned(), window.to_owned())).or_default().add(level, n);
        }
    }
    for (_, n) in store.counters(shard, "rating_invited/").await? {
        figures.invited += n;
    }
    for (key, n) in store.counters(shard, "rating_call/").await? {
        match key.rsplit('/').next() {
            Some("owed") => figures.owed += n,
            Some("called") => figures.called += n,
            Some("in_time") => figures.in_time += n,
            Some("closed") => figures.closed += n,
            Some("void") => figures.void += n,
            _ => {}
        }
    }
    Ok(figures)
}

/// Holds the counters against the rows. Nothing returned: they agree.
pub async fn recount(store: &Store, shard: &str) -> Result<Vec<Difference>, Fault> {
    let mut all = Vec::new();
    for (prefix, sql) in [("rating/", RECOUNT), ("rating_invited/", RECOUNT_INVITED), ("rating_call/", RECOUNT_CALLS)] {
        all.extend(store.recount(shard, prefix, sql, vec![shard.into()]).await?);
    }
    Ok(all)
}

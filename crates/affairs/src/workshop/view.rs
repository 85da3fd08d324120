//! What the pages of the workshop show: items with how their rules stand, a draft whole, the versions of an item.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::{Date, Id, Moment, Text};

use super::acts::{reached, standing};
use super::bench::Bench;
use super::decide::DraftState;
use super::error::WorkshopError;
use super::record::{self, Draft, Edit, Version};
use super::texts::Texts;
use crate::access::Right;
use crate::catalog::{EntryKind, Item, Stop, history, stops};

/// An item whose rules the actor finds.
#[derive(Clone, Debug)]
pub struct ItemRow {
    /// Its newest version.
    pub item: Arc<Item>,
    /// The agency at the top of its power.
    pub agency: String,
    /// Its draft on the way: id and state.
    pub draft: Option<(Id, DraftState)>,
    /// Its stop, where it is on.
    pub stop: Option<Stop>,
    /// How many versions it has that are not replaced.
    pub versions: usize,
    /// The actor writes its rules.
    pub writes: bool,
    /// The actor approves its rules.
    pub approves: bool,
}

/// The items whose rules the actor finds, by id.
///
/// # Errors
/// A fault of the database.
pub async fn items(bench: &Bench<'_>) -> Result<Vec<ItemRow>, WorkshopError> {
    let store = bench.desk.store();
    let drafts: BTreeMap<String, (Id, DraftState)> =
        record::open_drafts(store).await?.into_iter().map(|(id, item, state)| (item, (id, state))).collect();
    let stops: Vec<Stop> = stops(store).await?.into_iter().filter(|stop| stop.lifted_at.is_none()).collect();
    let ids: BTreeSet<&str> = bench.catalog.versions().map(|item| item.id.as_str()).collect();
    let row = |id: &str| {
        let item = bench.item(id).ok()?;
        let (agency, region) = bench.place(&item);
        let may = |right| bench.may(right, (&agency, &region, id));
        Some(ItemRow {
            draft: drafts.get(id).copied(),
            stop: stops.iter().find(|stop| stop.item == id).cloned(),
            versions: bench.catalog.versions_of(id).len(),
            writes: may(Right::WriteRules),
            approves: may(Right::ApproveRules),
            agency,
            item,
        })
    };
    Ok(ids.into_iter().filter_map(row).collect())
}

/// A draft with everything a page shows of it.
#[derive(Clone, Debug)]
pub struct DraftFile {
    /// The draft.
    pub draft: Draft,
    /// The newest version of its item.
    pub item: Arc<Item>,
    /// What was done with it, the newest first.
    pub edits: Vec<Edit>,
    /// What keeps it from being proposed.
    pub hindrances: Vec<Text>,
    /// The actor writes on it.
    pub writes: bool,
    /// The actor may say yes: he approves rules, and wrote nothing of this.
    pub approves: bool,
}

/// A draft in reach of the actor.
///
/// # Errors
/// [`WorkshopError::NotFound`] out of reach.
pub async fn draft_file(bench: &Bench<'_>, id: Id) -> Result<DraftFile, WorkshopError> {
    let (store, draft) = (bench.desk.store(), reached(bench, id).await?);
    let edits = record::edits(store, id).await?;
    let authors = record::authors(store, &draft).await?;
    let may = |right| bench.may(right, (&draft.agency, &draft.region, &draft.item));
    let second = bench.actor.account().is_some_and(|me| !authors.contains(&me));
    Ok(DraftFile {
        item: bench.item(&draft.item)?,
        hindrances: if draft.state.is_open() { standing(bench, &draft)? } else { Vec::new() },
        writes: may(Right::WriteRules),
        approves: may(Right::ApproveRules) && second,
        edits,
        draft,
    })
}

/// The text of one edit of a draft in reach.
///
/// # Errors
/// [`WorkshopError::NotFound`] where there is none.
pub async fn edit_texts(bench: &Bench<'_>, draft: Id, edit: Id) -> Result<(Edit, Texts), WorkshopError> {
    let draft = reached(bench, draft).await?;
    let edit = record::edit(bench.desk.store(), draft.id, edit).await?.ok_or(WorkshopError::NotFound)?;
    let texts = edit.texts.clone().ok_or(WorkshopError::NotFound)?;
    Ok((edit, texts))
}

/// A version of an item, however it came.
#[derive(Clone, Debug)]
pub struct Versioned {
    /// Its hash.
    pub hash: String,
    /// First day.
    pub valid_from: Option<Date>,
    /// When it came.
    pub at: Moment,
    /// Decides now, or will from its first day on.
    pub is_current: bool,
    /// The version that was put in its place, because it was bad.
    pub taken_back_by: Option<String>,
    /// How it was published here; none: it was imported.
    pub published: Option<Version>,
}

/// The versions of an item, the newest first.
///
/// # Errors
/// [`WorkshopError::NotFound`] out of reach.
pub async fn versions(bench: &Bench<'_>, item: &str) -> Result<Vec<Versioned>, WorkshopError> {
    bench.item(item)?;
    let store = bench.desk.store();
    let published = record::versions(store, item).await?;
    let current = bench.catalog.versions_of(item);
    let mut all: Vec<Versioned> = Vec::new();
    for (at, valid_from, hash) in history(store, EntryKind::Item, item).await? {
        let taken_back = published.iter().find(|v| v.instead_of.as_deref() == Some(hash.as_str()));
        all.push(Versioned {
            valid_from,
            at,
            is_current: current.iter().any(|version| version.hash == hash),
            taken_back_by: taken_back.map(|version| version.hash.clone()),
            published: published.iter().find(|version| version.hash == hash).cloned(),
            hash,
        });
    }
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.valid_from.cmp(&a.valid_from)));
    Ok(all)
}

/// One version of an item.
///
/// # Errors
/// [`WorkshopError::NotFound`] out of reach, or where the item never had it.
pub async fn version(bench: &Bench<'_>, item: &str, hash: &str) -> Result<Versioned, WorkshopError> {
    let all = versions(bench, item).await?;
    all.into_iter().find(|version| version.hash == hash).ok_or(WorkshopError::NotFound)
}

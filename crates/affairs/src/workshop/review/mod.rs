//! The cases that a version decided which was taken back: listed for whoever may see them, and looked at again one by one. What
//! follows for a case is decided in the case; here stands only what was found.

mod record;

use evidence::canonical::canonical_value;
use kernel::{Id, Text};
use serde_json::json;
use store::{Fault, Leaf};

use super::bench::Bench;
use super::decide;
use super::error::WorkshopError;
use crate::access::Right;
use crate::approval;

pub use record::DecidedCase;

/// Cases on a page.
pub const PAGE: usize = 50;

/// What an officer found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
    /// The decision is right under the version that counts, too.
    Stands,
    /// It would be another: the way the law has for that is taken (annulment, correction).
    ToAct,
}

impl Finding {
    /// Every finding.
    pub const ALL: [Self; 2] = [Self::Stands, Self::ToAct];

    /// The word in forms and tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::ToAct => "to_act",
        }
    }

    /// Reads [`Finding::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finding| finding.word() == word)
    }
}

/// The decisions of a version that the actor may see, from `from` on, a page of them and whether there are more; and how many it
/// made in all, at most 10,000.
///
/// # Errors
/// [`WorkshopError::NotFound`] for who sees neither cases nor the rules of the item.
pub async fn decided_under(
    bench: &Bench<'_>,
    (item, version): (&str, &str),
    from: u32,
) -> Result<(Vec<DecidedCase>, bool, i64), WorkshopError> {
    let officer = bench.officer()?;
    let newest = bench.catalog.versions_of(item).last().ok_or(WorkshopError::NotFound)?;
    let (agency, region) = bench.place(newest);
    let looks = officer.scopes.allow_somewhere(Right::ViewCase) || bench.sees((&agency, &region, item));
    if !looks {
        return Err(WorkshopError::NotFound);
    }
    let store = bench.desk.store();
    let mut cases = record::decided_under(store, officer.account, (item, version), from).await?;
    let more = cases.len() > PAGE;
    cases.truncate(PAGE);
    Ok((cases, more, record::count(store, item, version).await?))
}

/// Writes down what was found on looking at a case again; a later look takes the place of an earlier one.
///
/// # Errors
/// [`WorkshopError::NotFound`] where the case is out of reach; [`WorkshopError::Forbidden`] for who does not decide it.
pub async fn look_again(
    bench: &Bench<'_>,
    (version, case): (&str, Id),
    (finding, note): (Finding, &str),
) -> Result<(), WorkshopError> {
    let officer = bench.officer()?;
    let file = approval::story(bench.desk.store(), case).await?.ok_or(WorkshopError::NotFound)?;
    if !file.case.allows(bench.actor, Right::ViewCase) {
        return Err(WorkshopError::NotFound);
    }
    if !file.case.allows(bench.actor, Right::DecideCase) {
        return Err(WorkshopError::Forbidden(Text::new(
            "复查由有审批权的人员办理",
            "a case is looked at again by who decides such cases",
        )));
    }
    if !record::is_decided_by(bench.desk.store(), case, version).await? {
        return Err(WorkshopError::NotFound);
    }
    let note = decide::reason("/note", note).map_err(|e| WorkshopError::Form(vec![e]))?;
    let (base, now) = (&bench.desk.base, bench.desk.base.now());
    let body = json!({
        "schema": 1, "kind": LOOKED, "at": now, "case": case.to_string(), "number": file.case.number, "version": version,
        "finding": finding.word(),
    });
    let bytes = canonical_value(&body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))?;
    let detail = json!({ "finding": finding.word(), "note": note });
    let told = approval::note_told(&bench.desk, &file.case, ("rules_reviewed", detail), &bench.actor.signature());
    let row = record::row(base.shard, (version, case), (finding, &note), (&officer.name, now));
    let unit = base.unit().and(row).and(told);
    base.store.commit(unit.leaf(Leaf { subject: case, kind: LOOKED, bytes: bytes.into_bytes() })).await?;
    Ok(())
}

const LOOKED: &str = "rules.case_reviewed";

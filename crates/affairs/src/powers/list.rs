//! Publishing a version of a list: checked whole, written whole, never changed afterwards.

use evidence::canonical::canonical_value;
use kernel::{Date, Text};
use serde_json::json;
use store::{Conflict, Fault, Leaf, Unit};

use super::error::PowerError;
use super::record::{self, POWER_LIST, POWER_ROW, PowerList, row_values};
use super::row::Power;
use crate::access::{Actor, Desk, EVERY, Place, Right};
use crate::catalog::hash_of;

/// How many rows one unit of work takes.
const AT_ONCE: usize = 2_000;

/// What is published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publication<'a> {
    /// Which list: small letters, digits, dashes.
    pub list: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What a reader must know of it.
    pub note: &'a str,
    /// Its first day.
    pub valid_from: Date,
    /// Its last day; none: until the next version.
    pub valid_to: Option<Date>,
    /// Whether it shows how a list works, and no agency stands behind it.
    pub demonstration: bool,
}

/// Publishes a version: its rows, then the version itself with a leaf of the log that holds the hash of all rows. Whatever
/// dies before that leaves no version behind.
///
/// # Errors
/// [`PowerError::Forbidden`] without the right to write rules everywhere; [`PowerError::Published`] where this list has a
/// version of this day or a later one; [`PowerError::Misstated`] where name or dates are wrong.
pub async fn publish(
    desk: &Desk<'_>,
    by: &Actor,
    new: &Publication<'_>,
    powers: &[Power],
) -> Result<PowerList, PowerError> {
    require(by)?;
    stated(new)?;
    let newest = record::lists(desk.store).await?.into_iter().find(|l| l.list == new.list);
    if let Some(newest) = newest.filter(|l| l.valid_from >= new.valid_from) {
        return Err(PowerError::Published { list: new.list.to_owned(), from: newest.valid_from });
    }
    let list = PowerList {
        list: new.list.to_owned(),
        valid_from: new.valid_from,
        id: desk.id(),
        valid_to: new.valid_to,
        title: new.title.trim().to_owned(),
        note: new.note.trim().to_owned(),
        demonstration: new.demonstration,
        powers: i64::try_from(powers.len()).unwrap_or(i64::MAX),
        hash: hash(powers),
        published_at: desk.now(),
        published_by: by.signature().name,
    };
    for chunk in powers.chunks(AT_ONCE) {
        let rows = chunk.iter().try_fold(desk.unit(), |unit, power| {
            Ok::<Unit, Fault>(unit.insert(&POWER_ROW, row_values(desk.shard, list.id, power)?))
        });
        desk.store.commit(rows?).await?;
    }
    let unit = desk.unit().insert(&POWER_LIST, list.values(desk.shard)).leaf(leaf(&list)?);
    match desk.store.commit(unit).await {
        Ok(_) => Ok(list),
        Err(store::CommitError::Conflict(Conflict::Exists { .. })) => {
            Err(PowerError::Published { list: list.list, from: list.valid_from })
        }
        Err(other) => Err(other.into()),
    }
}

/// The SHA-256 of the rows in the order of their codes, one canonical line each: it stands in the log.
pub(super) fn hash(powers: &[Power]) -> String {
    let mut lines: Vec<String> = powers.iter().map(|p| serde_json::to_string(p).unwrap_or_default() + "\n").collect();
    lines.sort_unstable();
    hash_of(lines.concat().as_bytes())
}

fn leaf(list: &PowerList) -> Result<Leaf, Fault> {
    let body = json!({
        "schema": 1, "kind": KIND, "list": list.list, "id": list.id.to_string(), "title": list.title,
        "valid_from": list.valid_from.to_string(), "valid_to": list.valid_to.map(|d| d.to_string()),
        "powers": list.powers, "rows_sha256": list.hash, "at": list.published_at.to_string(),
        "demonstration": list.demonstration,
    });
    let bytes = canonical_value(&body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))?;
    Ok(Leaf { subject: list.id, kind: KIND, bytes: bytes.into_bytes() })
}

const KIND: &str = "power.list_published";

/// The machine (an operator at its console), or who writes rules everywhere.
fn require(by: &Actor) -> Result<(), PowerError> {
    let everywhere = Place { agency: EVERY, region: EVERY, item: EVERY };
    let allowed = *by == Actor::Machine || by.allow(Right::WriteRules, &everywhere);
    if allowed {
        return Ok(());
    }
    Err(PowerError::Forbidden(Text::new("您的岗位不能公布权责清单", "your post does not publish lists of powers")))
}

fn stated(new: &Publication<'_>) -> Result<(), PowerError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let wrong = |zh: &str, en: &str| Err(PowerError::Misstated(Text::new(zh, en)));
    if !(2..=40).contains(&new.list.len()) || !new.list.chars().all(plain) {
        return wrong(
            "清单编号用2至40个小写字母、数字和连字符",
            "a list's id is 2 to 40 small letters, digits, dashes",
        );
    }
    if !(4..=120).contains(&new.title.trim().chars().count()) {
        return wrong("清单名称应有4至120个字", "a title has 4 to 120 characters");
    }
    if new.valid_to.is_some_and(|end| end < new.valid_from) {
        return wrong("截止日早于生效日", "the last day lies before the first");
    }
    Ok(())
}

//! The tables of the workshop, and every SELECT that reads them.

use std::collections::BTreeSet;

use kernel::{Date, Id, Moment};
use store::{Fault, Row, Store, Table, Unit, Value};

use super::decide::{DraftState, Waiver};
use super::examine::Report;
use super::texts::Texts;
use crate::access::{Actor, Desk};
use crate::catalog::VersionBy;

pub(super) static DRAFT: Table = Table {
    name: "rule_draft",
    columns: &[
        "shard",
        "id",
        "version",
        "item",
        "agency",
        "region",
        "base",
        "state",
        "purpose",
        "item_toml",
        "rules",
        "cases",
        "valid_from",
        "version_by",
        "report",
        "waivers",
        "opened_by",
        "opened_name",
        "opened_at",
        "changed_at",
        "proposed_by",
        "proposed_name",
        "proposed_at",
        "approved_by",
        "approved_name",
        "approved_at",
        "closed_at",
    ],
    key: &["shard", "id"],
};

static EDIT: Table = Table {
    name: "rule_edit",
    columns: &["shard", "id", "draft_id", "revision", "at", "kind", "account", "name", "note", "taken", "body"],
    key: &["shard", "id"],
};

pub(super) static VERSION: Table = Table {
    name: "rule_version",
    columns: &[
        "shard",
        "item",
        "hash",
        "id",
        "draft_id",
        "base",
        "rule_set",
        "valid_from",
        "version_by",
        "published_at",
        "author_name",
        "approved_name",
        "published_name",
        "waivers",
        "restores",
        "instead_of",
        "why",
        "document",
    ],
    key: &["shard", "item", "hash"],
};

/// Who did something, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    /// The account.
    pub account: Id,
    /// The name.
    pub name: String,
    /// When.
    pub at: Moment,
}

/// A draft as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Home shard, part of the key.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects, and the number of its text.
    pub version: i64,
    /// The item.
    pub item: String,
    /// The agency at the top of the item's power: whose authors write it.
    pub agency: String,
    /// Its region.
    pub region: String,
    /// Hash of the item's version it began from.
    pub base: String,
    /// How far it has come.
    pub state: DraftState,
    /// Why the rules are changed; empty until it is proposed.
    pub purpose: String,
    /// What it says.
    pub texts: Texts,
    /// The first day that is wanted; none: the day on which it is published.
    pub valid_from: Option<Date>,
    /// Which cases it decides.
    pub version_by: VersionBy,
    /// What test and proof found of this text.
    pub report: Report,
    /// Who signed for what the proof could not look at.
    pub waivers: Vec<Waiver>,
    /// Who began it.
    pub opened: Signed,
    /// When it was last changed.
    pub changed_at: Moment,
    /// Who proposed it.
    pub proposed: Option<Signed>,
    /// Who approved it.
    pub approved: Option<Signed>,
    /// When it ended.
    pub closed_at: Option<Moment>,
}

fn json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_string(value).unwrap_or_default().into()
}

fn parsed<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<T, Fault> {
    serde_json::from_str(row.text(column)?).map_err(|e| Fault::Damaged(format!("{column} of a draft of rules: {e}")))
}

impl Draft {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        let (proposed, approved) = (self.proposed.as_ref(), self.approved.as_ref());
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.item).into(),
            (&self.agency).into(),
            (&self.region).into(),
            (&self.base).into(),
            self.state.word().into(),
            (&self.purpose).into(),
            (&self.texts.item_toml).into(),
            (&self.texts.rules).into(),
            (&self.texts.cases).into(),
            self.valid_from.into(),
            self.version_by.word().into(),
            json(&self.report),
            json(&self.waivers),
            self.opened.account.into(),
            (&self.opened.name).into(),
            self.opened.at.into(),
            self.changed_at.into(),
            proposed.map(|s| s.account).into(),
            proposed.map(|s| s.name.as_str()).into(),
            proposed.map(|s| s.at).into(),
            approved.map(|s| s.account).into(),
            approved.map(|s| s.name.as_str()).into(),
            approved.map(|s| s.at).into(),
            self.closed_at.into(),
        ]
    }

    /// Everything that may change, for an update of the row.
    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        const FIXED: [&str; 3] = ["shard", "id", "version"];
        let all = DRAFT.columns.iter().copied().zip(self.values());
        all.filter(|(column, _)| !FIXED.contains(column)).collect()
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let unknown = |what: &str| Fault::Damaged(format!("a draft of rules has an unknown {what}"));
        let signed = |by: &str, name: &str, at: &str| -> Result<Option<Signed>, Fault> {
            let whole = row.opt_id(by)?.zip(row.opt_text(name)?).zip(row.opt_moment(at)?);
            Ok(whole.map(|((account, name), at)| Signed { account, name: name.to_owned(), at }))
        };
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            item: owned("item")?,
            agency: owned("agency")?,
            region: owned("region")?,
            base: owned("base")?,
            state: DraftState::from_word(row.text("state")?).ok_or_else(|| unknown("state"))?,
            purpose: owned("purpose")?,
            texts: Texts { item_toml: owned("item_toml")?, rules: owned("rules")?, cases: owned("cases")? },
            valid_from: row.opt_date("valid_from")?,
            version_by: VersionBy::from_word(row.text("version_by")?).ok_or_else(|| unknown("version_by"))?,
            report: parsed(row, "report")?,
            waivers: parsed(row, "waivers")?,
            opened: Signed { account: row.id("opened_by")?, name: owned("opened_name")?, at: row.moment("opened_at")? },
            changed_at: row.moment("changed_at")?,
            proposed: signed("proposed_by", "proposed_name", "proposed_at")?,
            approved: signed("approved_by", "approved_name", "approved_at")?,
            closed_at: row.opt_moment("closed_at")?,
        })
    }
}

/// One thing that was done with a draft.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// Key.
    pub id: Id,
    /// The draft's version it made, or was made from where it came too late.
    pub revision: i64,
    /// When.
    pub at: Moment,
    /// `opened`, `saved`, `too_late`, `moved`, `waived`, or the word of a step.
    pub kind: String,
    /// The account.
    pub account: Id,
    /// Who.
    pub name: String,
    /// What was said with it; may be empty.
    pub note: String,
    /// False where somebody else had saved before: kept beside the draft, not in it.
    pub taken: bool,
    /// The whole text, of a save.
    pub texts: Option<Texts>,
}

impl Edit {
    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            id: row.id("id")?,
            revision: row.int("revision")?,
            at: row.moment("at")?,
            kind: owned("kind")?,
            account: row.id("account")?,
            name: owned("name")?,
            note: owned("note")?,
            taken: row.flag("taken")?,
            texts: row.opt_text("body")?.map(|_| parsed(row, "body")).transpose()?,
        })
    }
}

/// What is written down of an act.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) kind: &'a str,
    pub(super) note: &'a str,
    pub(super) texts: Option<&'a Texts>,
    pub(super) taken: bool,
}

/// The row that writes an act down; nobody but an officer acts here.
pub(super) fn edit_row(desk: &Desk<'_>, draft: &Draft, by: &Actor, line: &Line<'_>) -> Unit {
    edit_row_of(desk, desk.id(), (draft, by), line)
}

/// The same under an id that is known already.
pub(super) fn edit_row_of(desk: &Desk<'_>, id: Id, (draft, by): (&Draft, &Actor), line: &Line<'_>) -> Unit {
    let Some(officer) = by.staff() else { return desk.unit() };
    let row = vec![
        (&draft.shard).into(),
        id.into(),
        draft.id.into(),
        draft.version.into(),
        desk.now().into(),
        line.kind.into(),
        officer.account.into(),
        (&officer.name).into(),
        line.note.into(),
        line.taken.into(),
        line.texts.map(|texts| serde_json::to_string(texts).unwrap_or_default()).into(),
    ];
    desk.unit().insert(&EDIT, row)
}

/// The draft with this id: whoever asks.
pub(super) async fn draft(store: &Store, id: Id) -> Result<Option<Draft>, Fault> {
    let sql = concat!(
        store::shards!("rule_draft"),
        "SELECT d.* FROM home JOIN rule_draft d ON d.shard = home.shard AND d.id = $1"
    );
    store.query(sql, vec![id.into()]).await?.first().map(Draft::read).transpose()
}

/// The draft of an item that is on its way.
pub(super) async fn open_draft(store: &Store, item: &str) -> Result<Option<Draft>, Fault> {
    let sql = concat!(
        store::shards!("rule_draft"),
        "SELECT d.* FROM home JOIN rule_draft d ON d.shard = home.shard AND d.item = $1 WHERE d.closed_at IS NULL LIMIT 1"
    );
    store.query(sql, vec![item.into()]).await?.first().map(Draft::read).transpose()
}

/// Ids, items and states of all drafts on their way: one an item at most.
pub(super) async fn open_drafts(store: &Store) -> Result<Vec<(Id, String, DraftState)>, Fault> {
    let sql = "SELECT id, item, state FROM rule_draft WHERE closed_at IS NULL ORDER BY item LIMIT 2000";
    let row = |row: &Row| {
        let state = DraftState::from_word(row.text("state")?).unwrap_or(DraftState::Draft);
        Ok((row.id("id")?, row.text("item")?.to_owned(), state))
    };
    store.query(sql, vec![]).await?.iter().map(row).collect()
}

/// What was done with a draft, the newest first, without the texts; at most 100.
pub(super) async fn edits(store: &Store, draft: Id) -> Result<Vec<Edit>, Fault> {
    let sql = "SELECT id, revision, at, kind, account, name, note, taken, NULL AS body FROM rule_edit \
               WHERE draft_id = $1 ORDER BY at DESC, id DESC LIMIT 100";
    store.query(sql, vec![draft.into()]).await?.iter().map(Edit::read).collect()
}

/// One of them, with its text.
pub(super) async fn edit(store: &Store, draft: Id, id: Id) -> Result<Option<Edit>, Fault> {
    let sql = "SELECT * FROM rule_edit WHERE draft_id = $1 AND id = $2";
    store.query(sql, vec![draft.into(), id.into()]).await?.first().map(Edit::read).transpose()
}

/// The text a draft had at a version.
pub(super) async fn texts_at(store: &Store, draft: Id, version: i64) -> Result<Option<Texts>, Fault> {
    let sql = "SELECT * FROM rule_edit WHERE draft_id = $1 AND revision <= $2 AND taken = 1 AND body IS NOT NULL \
               ORDER BY at DESC, id DESC LIMIT 1";
    let found = store.query(sql, vec![draft.into(), version.into()]).await?;
    Ok(found.first().map(Edit::read).transpose()?.and_then(|edit| edit.texts))
}

/// Everybody who wrote on a draft, signed for it or proposed it: none of them approves it.
pub(super) async fn authors(store: &Store, draft: &Draft) -> Result<BTreeSet<Id>, Fault> {
    let sql = "SELECT DISTINCT account FROM rule_edit WHERE draft_id = $1 AND kind IN ('opened', 'saved', 'too_late', \
               'moved', 'waived', 'propose')";
    let rows = store.query(sql, vec![draft.id.into()]).await?;
    let wrote: BTreeSet<Id> = rows.iter().map(|row| row.id("account")).collect::<Result<_, _>>()?;
    Ok(wrote.into_iter().chain([draft.opened.account]).collect())
}

/// A version that was put in force here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// Home shard, part of the key.
    pub shard: String,
    /// The item.
    pub item: String,
    /// Hash of the item's folder: what cases and decisions name.
    pub hash: String,
    /// Id of the act, the subject of its leaf.
    pub id: Id,
    /// The draft; none where it goes back to an earlier version.
    pub draft: Option<Id>,
    /// The version before.
    pub base: String,
    /// Hash of its model.
    pub rule_set: String,
    /// First day.
    pub valid_from: Date,
    /// Which cases it decides.
    pub version_by: VersionBy,
    /// When it was published.
    pub published_at: Moment,
    /// Who proposed it.
    pub author: String,
    /// Who approved it.
    pub approver: String,
    /// Who published it.
    pub publisher: String,
    /// Who signed for what the proof could not look at.
    pub waivers: Vec<Waiver>,
    /// The earlier version it goes back to.
    pub restores: Option<String>,
    /// The version it was put in place of.
    pub instead_of: Option<String>,
    /// Why.
    pub why: String,
    /// The sealed document about it.
    pub document: String,
}

impl Version {
    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            (&self.item).into(),
            (&self.hash).into(),
            self.id.into(),
            self.draft.into(),
            (&self.base).into(),
            (&self.rule_set).into(),
            self.valid_from.into(),
            self.version_by.word().into(),
            self.published_at.into(),
            (&self.author).into(),
            (&self.approver).into(),
            (&self.publisher).into(),
            json(&self.waivers),
            self.restores.as_deref().into(),
            self.instead_of.as_deref().into(),
            (&self.why).into(),
            (&self.document).into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        Ok(Self {
            shard: owned("shard")?,
            item: owned("item")?,
            hash: owned("hash")?,
            id: row.id("id")?,
            draft: row.opt_id("draft_id")?,
            base: owned("base")?,
            rule_set: owned("rule_set")?,
            valid_from: row.date("valid_from")?,
            version_by: VersionBy::from_word(row.text("version_by")?).unwrap_or_default(),
            published_at: row.moment("published_at")?,
            author: owned("author_name")?,
            approver: owned("approved_name")?,
            publisher: owned("published_name")?,
            waivers: parsed(row, "waivers")?,
            restores: maybe("restores")?,
            instead_of: maybe("instead_of")?,
            why: owned("why")?,
            document: owned("document")?,
        })
    }
}

/// The versions of an item that were put in force here, the newest first; at most 200.
pub(super) async fn versions(store: &Store, item: &str) -> Result<Vec<Version>, Fault> {
    let sql = "SELECT * FROM rule_version WHERE item = $1 ORDER BY published_at DESC, id DESC LIMIT 200";
    store.query(sql, vec![item.into()]).await?.iter().map(Version::read).collect()
}

//! A version is put in force: a draft that a second person approved, or an earlier version in place of a bad one. One unit of
//! work: the catalogue's rows, the version, the seal over it, and the leaf that names everybody who answers for it.

use evidence::canonical::canonical_value;
use evidence::seal::{self, seal};
use kernel::{Date, Text};
use serde_json::{Value as Json, json};
use store::{Fault, Leaf};

use super::acts::standing;
use super::bench::Bench;
use super::decide::{self, DraftState, Waiver};
use super::error::WorkshopError;
use super::examine::{Report, examined};
use super::record::{self, DRAFT, Draft, Line, VERSION, Version, edit_row};
use super::texts::Texts;
use crate::catalog::{Entry, EntryKind, Item, VersionBy, hash_of, history, item_entry, version_rows};

/// The kind of the sealed document.
pub(super) const SEALED: &str = "budayang/rules@v1";
const PUBLISHED: &str = "rules.published";
const ROLLED_BACK: &str = "rules.rolled_back";
/// The longest list of waivers that stands in a leaf itself; of a longer one its hash does.
const ROOM: usize = 40_000;

/// Puts an approved draft in force.
pub(super) async fn publish(bench: &Bench<'_>, mut draft: Draft) -> Result<Draft, WorkshopError> {
    let (officer, now) = (bench.officer()?, bench.desk.base.now());
    let found = standing(bench, &draft)?;
    if !found.is_empty() {
        return Err(WorkshopError::Hindered(found));
    }
    let from = first_day(bench, &draft)?;
    newest(bench, &draft).await?;
    let base = item_entry(bench.desk.store(), &draft.item, &draft.base).await?.ok_or(WorkshopError::NotFound)?;
    let texts = draft.texts.dated(from, draft.version_by, &[]).map_err(unreadable)?;
    let entry = texts.within(&base);
    let (report, item) = examined(bench.catalog, entry.clone(), now).await?;
    let item = sound(&report, &draft.waivers, item)?;
    let name = |signed: &Option<record::Signed>| signed.as_ref().map(|s| s.name.clone()).unwrap_or_default();
    let version = Version {
        shard: bench.desk.base.shard.to_owned(),
        item: draft.item.clone(),
        hash: entry.hash(),
        id: bench.desk.base.id(),
        draft: Some(draft.id),
        base: draft.base.clone(),
        rule_set: item.rules.hash().to_owned(),
        valid_from: from,
        version_by: draft.version_by,
        published_at: now,
        author: name(&draft.proposed),
        approver: name(&draft.approved),
        publisher: officer.name.clone(),
        waivers: draft.waivers.clone(),
        restores: None,
        instead_of: None,
        why: draft.purpose.clone(),
        document: String::new(),
    };
    let (expected, line) = (draft.version, Line { kind: "publish", note: &version.hash, texts: None, taken: true });
    (draft.state, draft.closed_at, draft.changed_at) = (DraftState::Published, Some(now), now);
    let base = &bench.desk.base;
    let rows = base.unit().update(&DRAFT, draft.key(), expected, draft.changes());
    draft.version += 1;
    let rows = rows.and(edit_row(base, &draft, bench.actor, &line));
    put(bench, (&entry, &item), (version, &report), rows).await?;
    Ok(draft)
}

/// The first day, where nothing stands in its way.
fn first_day(bench: &Bench<'_>, draft: &Draft) -> Result<Date, WorkshopError> {
    let today = bench.desk.base.now().date();
    let from = decide::first_day(draft.valid_from, today).ok_or_else(|| {
        WorkshopError::hindered(
            "生效日已经过去，请收回后另定生效日",
            "the first day has passed: take it back and set another",
        )
    })?;
    let later = bench.catalog.versions_of(&draft.item).iter().find(|version| version.valid_from > from);
    match later.map(|version| version.valid_from) {
        None => Ok(from),
        Some(day) => Err(WorkshopError::hindered(
            format!("已有自 {day} 起生效的版本，新版本不能早于它生效"),
            format!("a version is in force from {day} on already; a new one does not begin before it"),
        )),
    }
}

/// The database knows no newer version than the draft's: another node may have put one in force a moment ago.
async fn newest(bench: &Bench<'_>, draft: &Draft) -> Result<(), WorkshopError> {
    let known = history(bench.desk.store(), EntryKind::Item, &draft.item).await?;
    if known.last().is_some_and(|(_, _, hash)| *hash == draft.base) {
        return Ok(());
    }
    Err(WorkshopError::hindered(
        "事项的现行版本刚刚更新，请先把修改移到新版本上",
        "the version in force has just changed: move the changes onto it first",
    ))
}

fn unreadable(why: String) -> WorkshopError {
    WorkshopError::hindered(format!("item.toml 读不出来：{why}"), why)
}

/// The version as it will stand in the catalogue is right, or everything that is wrong with it.
fn sound(report: &Report, waivers: &[Waiver], item: Option<Item>) -> Result<Item, WorkshopError> {
    let open = report.open(waivers).map(|found| found.text.clone());
    let found: Vec<Text> = wrong(report).chain(open).collect();
    item.filter(|_| found.is_empty()).ok_or(WorkshopError::Hindered(found))
}

fn wrong(report: &Report) -> impl Iterator<Item = Text> {
    let mistakes = report.mistakes().map(|d| {
        let told = format!("{} {}: {}", d.file, d.field, d.reason);
        Text { zh: told.clone(), en: told }
    });
    let failed = report.failed().map(|case| {
        let problems = case.problems.join("; ");
        Text {
            zh: format!("案例“{}”与预期不符：{problems}", case.case),
            en: format!("case {:?} does not come out as written: {problems}", case.case),
        }
    });
    mistakes.chain(failed)
}

/// Writes a version with everything that goes with it.
async fn put(
    bench: &Bench<'_>,
    (entry, item): (&Entry, &Item),
    (mut version, report): (Version, &Report),
    rows: store::Unit,
) -> Result<Version, WorkshopError> {
    let base = &bench.desk.base;
    let body = body(&version, report)?;
    version.document = sealed(bench, item, &version, &body)?;
    let kind = if version.restores.is_some() { ROLLED_BACK } else { PUBLISHED };
    let mut public = body;
    public["document_sha256"] = hash_of(version.document.as_bytes()).into();
    let leaf = Leaf { subject: version.id, kind, bytes: canonical(&public)?.into_bytes() };
    let unit = rows
        .and(version_rows(base.shard, entry, item, version.published_at))
        .insert(&VERSION, version.values())
        .leaf(leaf);
    base.store.commit(unit).await?;
    Ok(version)
}

fn canonical(body: &Json) -> Result<String, Fault> {
    canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))
}

/// What the log and the seal say of a version: what its record says, and what test and proof looked at.
fn body(version: &Version, report: &Report) -> Result<Json, Fault> {
    let mut body = told(version)?;
    body["cases"] = report.cases.len().into();
    body["tables"] = report.tables.into();
    body["engine"] = report.engine.as_str().into();
    Ok(body)
}

/// The part of it that the record of the version says. Who puts rules in force does so in public: names of officers stand here, and
/// of nobody else.
pub(super) fn told(version: &Version) -> Result<Json, Fault> {
    let rows: Vec<Json> =
        version.waivers.iter().map(|w| json!({ "place": w.told.zh, "by": w.name, "reason": w.reason })).collect();
    let list = canonical(&json!(rows))?;
    let kind = if version.restores.is_some() { ROLLED_BACK } else { PUBLISHED };
    Ok(json!({
        "schema": 1, "kind": kind, "at": version.published_at, "item": version.item, "version": version.hash,
        "before": version.base, "rule_set": version.rule_set, "valid_from": version.valid_from.to_string(),
        "version_by": version.version_by.word(), "proposed_by": version.author, "approved_by": version.approver,
        "published_by": version.publisher, "why": version.why, "restores": version.restores,
        "instead_of": version.instead_of, "waivers": rows.len(), "waivers_sha256": hash_of(list.as_bytes()),
        "waiver_list": if list.len() < ROOM { json!(rows) } else { json!(null) },
    }))
}

/// The same under the office's seal, for whoever has the document without the log.
fn sealed(bench: &Bench<'_>, item: &Item, version: &Version, body: &Json) -> Result<String, Fault> {
    let issuer = bench.desk.issuer;
    let scope = format!("{}/rules", item.power.region);
    let (kind, issued_at) = (SEALED, version.published_at);
    let draft = seal::Draft { kind, issuer: &issuer.name, scope: &scope, issued_at, payload: body };
    seal(&draft, &*issuer.signer).map_err(|e| Fault::Misuse(format!("rules cannot be sealed: {e}")))
}

/// What is gone back to.
#[derive(Clone, Copy, Debug)]
pub struct Back<'a> {
    /// The bad version.
    pub bad: &'a str,
    /// The earlier one.
    pub to: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Puts an earlier version in force again in place of a bad one, from the bad one's first day on: it decides also what was filed
/// under the bad version and is still open. What the bad one decided stays as it is, and is listed to be looked at again.
///
/// # Errors
/// [`WorkshopError::Forbidden`] for who approves no rules of the item; [`WorkshopError::Hindered`] where the bad version is not
/// in force or waiting for its day, or the earlier one would not be sound today.
pub async fn roll_back(bench: &Bench<'_>, item: &str, back: &Back<'_>) -> Result<Version, WorkshopError> {
    let (officer, newest) = (bench.officer()?, bench.item(item)?);
    let (agency, region) = bench.place(&newest);
    bench.must_approve((&agency, &region, item))?;
    let why = decide::reason("/reason", back.reason).map_err(|e| WorkshopError::Form(vec![e]))?;
    let bad = bench.catalog.versions_of(item).iter().find(|version| version.hash == back.bad).cloned();
    let bad = bad.ok_or_else(|| {
        WorkshopError::hindered(
            "只能回退现行的或者尚未生效的版本",
            "only a version in force, or before its first day, is taken back",
        )
    })?;
    let store = bench.desk.store();
    let earlier = earlier(bench, item, back).await?;
    let instead_of: Vec<String> = std::iter::once(&bad.hash).chain(&bad.instead_of).cloned().collect();
    let texts = Texts::of(&earlier).ok_or(WorkshopError::NotFound)?;
    let texts = texts.dated(bad.valid_from, VersionBy::Filed, &instead_of).map_err(unreadable)?;
    let entry = texts.within(&earlier);
    let now = bench.desk.base.now();
    let (report, read) = examined(bench.catalog, entry.clone(), now).await?;
    let found: Vec<Text> = wrong(&report).collect();
    let read = read.filter(|_| found.is_empty()).ok_or(WorkshopError::Hindered(found))?;
    let own = record::versions(store, item).await?.into_iter().find(|version| version.hash == back.to);
    let version = Version {
        shard: bench.desk.base.shard.to_owned(),
        item: item.to_owned(),
        hash: entry.hash(),
        id: bench.desk.base.id(),
        draft: None,
        base: bad.hash.clone(),
        rule_set: read.rules.hash().to_owned(),
        valid_from: bad.valid_from,
        version_by: VersionBy::Filed,
        published_at: now,
        author: own.as_ref().map(|v| v.author.clone()).unwrap_or_default(),
        approver: own.as_ref().map(|v| v.approver.clone()).unwrap_or_default(),
        publisher: officer.name.clone(),
        waivers: own.map(|v| v.waivers).unwrap_or_default(),
        restores: Some(back.to.to_owned()),
        instead_of: Some(bad.hash.clone()),
        why,
        document: String::new(),
    };
    put(bench, (&entry, &read), (version, &report), bench.desk.base.unit()).await
}

/// The files of the version that is gone back to: one that came before the bad one, and was not taken back itself.
async fn earlier(bench: &Bench<'_>, item: &str, back: &Back<'_>) -> Result<Entry, WorkshopError> {
    let store = bench.desk.store();
    let known = history(store, EntryKind::Item, item).await?;
    let since = |hash: &str| known.iter().filter(|(_, _, one)| one == hash).map(|(at, _, _)| *at).min();
    let before = since(back.to).zip(since(back.bad)).is_some_and(|(to, bad)| to <= bad) && back.to != back.bad;
    let taken_back = record::versions(store, item).await?.iter().any(|v| v.instead_of.as_deref() == Some(back.to));
    if !before || taken_back {
        return Err(WorkshopError::hindered(
            "请选择在它之前公布、没有被回退过的版本",
            "choose a version that came before it and was not taken back itself",
        ));
    }
    item_entry(store, item, back.to).await?.ok_or(WorkshopError::NotFound)
}

//! The catalogue in the database: objects by hash, and which object an entry had since when.
//!
//! Nothing is overwritten. An import adds the objects it does not find and a row for each entry that changed; the newest
//! row of an entry (and, for an item, of each first day) is the current one.

use std::collections::{BTreeMap, BTreeSet};

use evidence::canonical::{CanonicalError, canonical_value};
use kernel::{Date, Id, Moment};
use serde_json::json;
use store::{CommitError, Fault, Leaf, Store, Table, Unit, Value};

use super::diagnostic::{Diagnostic, importable};
use super::entry::{Entry, EntryKind, hash_of};
use super::files::Files;
use super::fill::fill;
use super::folder;
use super::item::Item;
use super::snapshot::{Built, Catalog};

static OBJECT: Table =
    Table { name: "catalog_object", columns: &["shard", "hash", "kind", "bytes"], key: &["shard", "hash"] };

static ENTRY: Table = Table {
    name: "catalog_entry",
    columns: &["shard", "kind", "id", "valid_from", "imported_at", "hash", "valid_to"],
    key: &["shard", "kind", "id", "valid_from", "imported_at"],
};

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The files have mistakes; all of them are here.
    #[error("{} mistakes in the catalogue", .0.len())]
    Mistakes(Vec<Diagnostic>),
    /// The unit could not be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What an import did.
#[derive(Debug)]
pub struct Imported {
    /// Kind and id of each entry that is new or changed, with its hash.
    pub changed: Vec<(EntryKind, String, String)>,
    /// Warnings; mistakes keep an import from happening.
    pub warnings: Vec<Diagnostic>,
}

/// When and as what an import is recorded in the log.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// Home shard.
    pub shard: &'a str,
    /// When.
    pub at: Moment,
    /// Id of the act in the log.
    pub act: Id,
}

/// Imports files: checks everything first, then writes what changed in one unit, with a leaf in the log that names each
/// changed entry. Files that did not change are not touched.
///
/// # Errors
/// [`ImportError::Mistakes`] with everything to mend; nothing was written then.
pub async fn import(store: &Store, files: &Files, import: &Import<'_>) -> Result<Imported, ImportError> {
    import_from(store, files, (import, &[])).await
}

/// [`import`], with the documents it stands on (a pack's seal, the overrides): they are kept as objects, and the leaf
/// names their hashes.
///
/// # Errors
/// As [`import`].
pub async fn import_from(
    store: &Store,
    files: &Files,
    (import, documents): (&Import<'_>, &[String]),
) -> Result<Imported, ImportError> {
    let mut built = Catalog::from_files(files);
    if !built.is_importable() {
        return Err(ImportError::Mistakes(built.findings));
    }
    for _ in 0..TRIES {
        match written(store, &mut built, (import, documents)).await {
            // A case drew on a quota, or somebody else imported, between our reading and our writing: look again.
            Err(ImportError::Commit(CommitError::Conflict(_))) => {}
            done => return Ok(Imported { changed: done?, warnings: built.findings }),
        }
    }
    written(store, &mut built, (import, documents)).await.map(|changed| Imported { changed, warnings: built.findings })
}

/// How often an import is tried again when the database changed under it.
const TRIES: usize = 4;

type Changed = Vec<(EntryKind, String, String)>;

/// Writes what differs from the database; the findings get what the counters of quotas say about it.
async fn written(
    store: &Store,
    built: &mut Built,
    (import, documents): (&Import<'_>, &[String]),
) -> Result<Changed, ImportError> {
    let (filling, findings) = fill(store, built.catalog.figures(), import).await?;
    if !importable(&findings) {
        return Err(ImportError::Mistakes(built.findings.iter().cloned().chain(findings).collect()));
    }
    built.findings.extend(findings);
    built.findings.dedup();
    let known: BTreeSet<(String, String, String, String)> =
        current(store).await?.into_iter().map(|r| (r.kind, r.id, r.valid_from, r.hash)).collect();
    let mut objects = present(store).await?;
    let mut unit = Unit::new(import.shard);
    let mut changed = Vec::new();
    for entry in built.catalog.entries() {
        let (from, to) = dates(&built.catalog, entry);
        let (kind, hash) = (entry.kind.word(), entry.hash());
        if known.contains(&(kind.to_owned(), entry.id.clone(), from.clone(), hash.clone())) {
            continue;
        }
        let manifest = ("manifest", entry.manifest().into_bytes());
        for (what, bytes) in entry.files.values().map(|b| ("file", b.clone())).chain([manifest]) {
            if objects.insert(hash_of(&bytes)) {
                let row: Vec<Value> = vec![import.shard.into(), hash_of(&bytes).into(), what.into(), bytes.into()];
                unit = unit.insert(&OBJECT, row);
            }
        }
        let row = [import.shard.into(), kind.into(), (&entry.id).into(), from.into(), import.at.into(), (&hash).into()];
        unit = unit.insert(&ENTRY, row.into_iter().chain([to.into()]).collect());
        changed.push((entry.kind, entry.id.clone(), hash));
    }
    if !changed.is_empty() || !filling.is_empty() {
        for document in documents.iter().filter(|d| objects.insert(hash_of(d.as_bytes()))) {
            let bytes = document.as_bytes();
            let row = vec![import.shard.into(), hash_of(bytes).into(), "document".into(), bytes.to_vec().into()];
            unit = unit.insert(&OBJECT, row);
        }
        store.commit(unit.and(filling).count(CHANGES, 1).leaf(leaf(import, &changed, documents)?)).await?;
    }
    Ok(changed)
}

/// The act as the log keeps it. Tens of thousands of entries would not fit into one leaf; the hash of the list does.
fn leaf(import: &Import<'_>, changed: &[(EntryKind, String, String)], documents: &[String]) -> Result<Leaf, Fault> {
    const ROOM: usize = 60_000;
    let told = |e: CanonicalError| Fault::Misuse(format!("a leaf cannot be written: {e}"));
    let rows: Vec<_> = changed.iter().map(|(kind, id, hash)| json!([kind.word(), id, hash])).collect();
    let list = canonical_value(&json!(rows)).map_err(told)?;
    let mut body = json!({
        "schema": 1, "kind": KIND, "at": import.at, "entries": changed.len(), "list_sha256": hash_of(list.as_bytes()),
        "list": if list.len() < ROOM { json!(rows) } else { json!(null) },
    });
    if !documents.is_empty() {
        body["documents"] = documents.iter().map(|d| hash_of(d.as_bytes())).collect();
    }
    Ok(Leaf { subject: import.act, kind: KIND, bytes: canonical_value(&body).map_err(told)?.into_bytes() })
}

const KIND: &str = "catalog.imported";

/// First and last day as stored: items and agencies have them, the rest is undated.
fn dates(catalog: &Catalog, entry: &Entry) -> (String, Option<String>) {
    let dated = match entry.kind {
        EntryKind::Item => {
            let hash = entry.hash();
            catalog.item_version(&entry.id, &hash).map(|i| (i.valid_from, i.valid_to))
        }
        EntryKind::Agency => catalog.agency(&entry.id).map(|a| (a.valid_from, a.valid_to)),
        _ => None,
    };
    match dated {
        // An agency's entry is its newest state; only items keep several first days side by side.
        Some((from, to)) if entry.kind == EntryKind::Item => (from.to_string(), to.map(|d| d.to_string())),
        Some((_, to)) => (String::new(), to.map(|d| d.to_string())),
        None => (String::new(), None),
    }
}

struct Row {
    kind: String,
    id: String,
    valid_from: String,
    hash: String,
}

async fn rows(store: &Store) -> Result<Vec<(Row, i64)>, Fault> {
    let sql =
        "SELECT kind, id, valid_from, imported_at, hash FROM catalog_entry ORDER BY kind, id, valid_from, imported_at";
    let row = |r: &store::Row| {
        let text = |column| r.text(column).map(str::to_owned);
        let read = Row { kind: text("kind")?, id: text("id")?, valid_from: text("valid_from")?, hash: text("hash")? };
        Ok((read, r.int("imported_at")?))
    };
    store.query(sql, vec![]).await?.iter().map(row).collect()
}

/// The newest row of each entry.
async fn current(store: &Store) -> Result<Vec<Row>, Fault> {
    let mut newest: BTreeMap<(String, String, String), Row> = BTreeMap::new();
    for (row, _) in rows(store).await? {
        newest.insert((row.kind.clone(), row.id.clone(), row.valid_from.clone()), row);
    }
    Ok(newest.into_values().collect())
}

async fn present(store: &Store) -> Result<BTreeSet<String>, Fault> {
    let rows = store.query("SELECT hash FROM catalog_object", vec![]).await?;
    rows.iter().map(|r| r.text("hash").map(str::to_owned)).collect()
}

/// The counter of acts that changed the catalogue.
const CHANGES: &str = "catalogue";

/// How often the catalogue was changed, by all nodes: another number after every import and every publication. A step or two in an
/// index for each shard, so that it can be looked at before every act.
pub(super) async fn head(store: &Store) -> Result<i64, Fault> {
    let sql = concat!(
        store::shards!("counter"),
        "SELECT CAST(coalesce(sum(c.n), 0) AS BIGINT) AS n FROM home JOIN counter c ON c.shard = home.shard AND c.key = $1"
    );
    store.query(sql, vec![CHANGES.into()]).await?.first().map_or(Ok(0), |row| row.int("n"))
}

/// Loads the current catalogue, with the replaced versions of items that cases and decisions may still name.
///
/// # Errors
/// A [`Fault`] of the database, or an object that is missing or does not have its hash.
pub async fn load(store: &Store) -> Result<Built, Fault> {
    // Before everything else: what changes from here on is met by the next look.
    let head = head(store).await?;
    let current: Vec<Row> = current(store).await?;
    let hashes: BTreeSet<String> = current.iter().map(|r| r.hash.clone()).collect();
    let entries = entries_of(store, &current).await?;
    let older: Vec<Row> = rows(store).await?.into_iter().map(|(r, _)| r).collect();
    let older: Vec<Row> = older.into_iter().filter(|r| r.kind == "item" && !hashes.contains(&r.hash)).collect();
    let replaced = entries_of(store, &older).await?;
    let Built { catalog, mut findings } = Catalog::from_entries(entries);
    let built = catalog.with_replaced(&replaced);
    findings.extend(built.findings);
    Ok(Built { catalog: built.catalog.at(head), findings })
}

/// One version of an item by its hash, from the objects alone: for replaying a decision.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn load_item(store: &Store, id: &str, hash: &str) -> Result<Option<Item>, Fault> {
    let row = Row { kind: "item".into(), id: id.into(), valid_from: String::new(), hash: hash.into() };
    let entries = entries_of(store, std::slice::from_ref(&row)).await?;
    Ok(entries.first().and_then(|e| folder::read(e).0))
}

/// The files of one version of an item, from the objects alone; none where the item never had that version.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn item_entry(store: &Store, id: &str, hash: &str) -> Result<Option<Entry>, Fault> {
    if !history(store, EntryKind::Item, id).await?.iter().any(|(_, _, known)| known == hash) {
        return Ok(None);
    }
    let row = Row { kind: "item".into(), id: id.into(), valid_from: String::new(), hash: hash.into() };
    Ok(entries_of(store, std::slice::from_ref(&row)).await?.pop())
}

/// The rows that put a version of an item in force from its own first day on: the newest of that day, as an import would write
/// it. Its mistakes and cases are the caller's to look at before.
pub fn version_rows(shard: &str, entry: &Entry, item: &Item, at: Moment) -> Unit {
    let manifest = ("manifest", entry.manifest().into_bytes());
    let objects = entry.files.values().map(|bytes| ("file", bytes.clone())).chain([manifest]);
    // Objects are named by what is in them: whoever writes one anew changes nothing.
    let unit = objects.fold(Unit::new(shard), |unit, (what, bytes)| {
        unit.put(&OBJECT, vec![shard.into(), hash_of(&bytes).into(), what.into(), bytes.into()])
    });
    let (from, to) = (item.valid_from.to_string(), item.valid_to.map(|day| day.to_string()));
    let (kind, id) = (entry.kind.word().into(), (&entry.id).into());
    let row = vec![shard.into(), kind, id, from.into(), at.into(), entry.hash().into(), to.into()];
    unit.insert(&ENTRY, row).count(CHANGES, 1)
}

async fn entries_of(store: &Store, rows: &[Row]) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    for row in rows {
        let Some(kind) = EntryKind::from_word(&row.kind) else { continue };
        let manifest = object(store, &row.hash).await?;
        let mut files = BTreeMap::new();
        for line in String::from_utf8_lossy(&manifest).lines() {
            let Some((hash, name)) = line.split_once("  ") else { continue };
            files.insert(name.to_owned(), object(store, hash).await?);
        }
        entries.push(Entry { kind, id: row.id.clone(), since: None, files });
    }
    Ok(entries)
}

/// An object's bytes, checked against its hash: a catalogue changed behind our back must not decide anything.
async fn object(store: &Store, hash: &str) -> Result<Vec<u8>, Fault> {
    let sql = concat!(
        store::shards!("catalog_object"),
        "SELECT o.bytes FROM home JOIN catalog_object o ON o.shard = home.shard AND o.hash = $1 LIMIT 1"
    );
    let found = store.query(sql, vec![hash.into()]).await?;
    let bytes = found.first().map(|r| r.blob("bytes").map(<[u8]>::to_vec)).transpose()?;
    bytes
        .filter(|b| hash_of(b) == hash)
        .ok_or_else(|| Fault::Damaged(format!("catalogue object {hash} is missing or changed")))
}

/// The history of one entry: hash and moment of each import, oldest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn history(store: &Store, kind: EntryKind, id: &str) -> Result<Vec<(Moment, Option<Date>, String)>, Fault> {
    let all = rows(store).await?.into_iter().filter(|(r, _)| r.kind == kind.word() && r.id == id);
    Ok(all.map(|(r, at)| (Moment::from_ms(at), r.valid_from.parse().ok(), r.hash)).collect())
}

//! Brings extracts and layouts into the pool. An extract with any error changes nothing; one without is written in units of a
//! few hundred records, and may be imported again at any time: after an interruption, or because nobody is sure.

use serde_json::json;
use sha2::{Digest, Sha256};
use store::{CommitError, Fault, Store};

use kernel::Moment;

use super::change::Row;
use super::extract::{Entries, Entry, Format, LineError, Reader};
use super::layout::{LayoutError, Register, Registers};
use super::record::{self, AT_ONCE, IMPORT, LAYOUT, Record};
use crate::access::{Actor, Desk, EVERY, Place, Right};

/// How much of a register an extract holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// All of it: who is not in it is not registered, as of its date.
    Whole,
    /// Some records.
    Part,
}

impl Extent {
    /// The word in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
        }
    }
}

/// An extract to be imported.
#[derive(Clone, Copy, Debug)]
pub struct Extract<'a> {
    /// Of which register.
    pub register: &'a Register,
    /// How it is written.
    pub format: Format,
    /// Whether it is all of the register.
    pub extent: Extent,
    /// The moment for which the keeper drew it.
    pub as_of: Moment,
    /// The file's text.
    pub text: &'a str,
}

/// What an import did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Imported {
    /// Records that were new.
    pub added: u64,
    /// Records that were replaced (or only confirmed at a later date).
    pub changed: u64,
    /// Records that were there already, of the same date and content.
    pub unchanged: u64,
    /// Records left as they were because the pool knew something newer.
    pub older: u64,
    /// Codes that fail their check and were accepted because the keeper of the register issued them.
    pub exceptions: Vec<String>,
}

/// How far an import is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Records dealt with.
    pub done: u64,
    /// Records in the extract.
    pub total: u64,
}

/// Why nothing, or not all, was imported.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImportError {
    /// The officer keeps no registers.
    #[error("your rights do not reach there")]
    NotAllowed,
    /// The extract has errors, all told; nothing was written.
    #[error("{} line error(s); nothing was imported", .0.len())]
    Lines(Vec<LineError>),
    /// The extract is dated in the future.
    #[error("the extract is dated {0}, which lies in the future")]
    Future(Moment),
    /// Layouts have errors, all told; nothing was written.
    #[error("{} layout error(s); nothing was imported", .0.len())]
    Layouts(Vec<LayoutError>),
    /// Ours; what was written before stays, and importing again goes on.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<Fault> for ImportError {
    fn from(fault: Fault) -> Self {
        Self::Commit(CommitError::Fault(fault))
    }
}

/// Records a unit. Small enough that filings are not kept waiting.
const UNIT: usize = 200;
/// How often a unit that met somebody else's change is made again.
const COLLISIONS: usize = 5;

/// Imports an extract; `progress` is called after each unit.
pub async fn import(
    desk: &Desk<'_>,
    by: &Actor,
    extract: &Extract<'_>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Imported, ImportError> {
    require(by)?;
    let now = desk.now();
    if extract.as_of > now {
        return Err(ImportError::Future(extract.as_of));
    }
    let reader = Reader { register: extract.register, as_of: extract.as_of, now };
    let Entries { entries, exceptions } = reader.read(extract.text, extract.format).map_err(ImportError::Lines)?;
    let id = desk.id();
    let mut imported = Imported { exceptions, ..Imported::default() };
    let mut done = Progress { done: 0, total: entries.len() as u64 };
    progress(done);
    for chunk in entries.chunks(UNIT) {
        imported.add(&write(desk, extract.register, chunk, &id.to_string()).await?);
        done.done += chunk.len() as u64;
        progress(done);
    }
    desk.store.commit(desk.unit().insert(&IMPORT, values(desk, by, extract, (id, &imported)))).await?;
    Ok(imported)
}

/// The machine (an operator at its console), or who keeps staff everywhere.
fn require(by: &Actor) -> Result<(), ImportError> {
    let everywhere = Place { agency: EVERY, region: EVERY, item: EVERY };
    let allowed = *by == Actor::Machine || by.allow(Right::ManageStaff, &everywhere);
    if allowed { Ok(()) } else { Err(ImportError::NotAllowed) }
}

async fn write(desk: &Desk<'_>, register: &Register, chunk: &[Entry], origin: &str) -> Result<Imported, ImportError> {
    let mut tries = 0;
    loop {
        let known = known(desk, register, chunk).await?;
        let (mut counts, mut unit) = (Imported::default(), desk.unit());
        for entry in chunk {
            let before = known.iter().find(|r| r.subject == entry.subject);
            if counts.sort(entry, before) {
                let row = Row { register, subject: &entry.subject, body: &entry.body, as_of: entry.as_of, origin };
                unit = row.write(desk, unit, before.map(|r| r.version));
            }
        }
        if unit.is_empty() {
            return Ok(counts);
        }
        match desk.store.commit(unit).await {
            Ok(_) => return Ok(counts),
            Err(CommitError::Conflict(_)) if tries < COLLISIONS => tries += 1,
            Err(other) => return Err(other.into()),
        }
    }
}

async fn known(desk: &Desk<'_>, register: &Register, chunk: &[Entry]) -> Result<Vec<Record>, Fault> {
    let mut known = Vec::new();
    for part in chunk.chunks(AT_ONCE) {
        let asks: Vec<_> = part.iter().map(|e| (register.id.as_str(), e.subject.as_str())).collect();
        known.extend(record::records(desk.store, desk.shard, &asks).await?.0);
    }
    Ok(known)
}

impl Imported {
    /// Counts an entry; true where it has to be written.
    fn sort(&mut self, entry: &Entry, before: Option<&Record>) -> bool {
        let (count, write) = match before {
            None => (&mut self.added, true),
            Some(r) if r.as_of > entry.as_of => (&mut self.older, false),
            Some(r) if r.as_of == entry.as_of && r.body == entry.body => (&mut self.unchanged, false),
            Some(_) => (&mut self.changed, true),
        };
        *count += 1;
        write
    }

    fn add(&mut self, other: &Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.older += other.older;
    }
}

fn values(desk: &Desk, by: &Actor, extract: &Extract, done: (kernel::Id, &Imported)) -> Vec<store::Value> {
    let ((id, imported), signature) = (done, by.signature());
    let count = |n: u64| store::Value::from(i64::try_from(n).unwrap_or(i64::MAX));
    vec![
        desk.shard.into(),
        id.into(),
        (&extract.register.id).into(),
        extract.extent.word().into(),
        extract.as_of.into(),
        Sha256::digest(extract.text).to_vec().into(),
        count(imported.added),
        count(imported.changed),
        count(imported.unchanged),
        count(imported.older),
        json!(imported.exceptions).to_string().into(),
        signature.kind.into(),
        signature.account.into(),
        signature.name.into(),
        desk.now().into(),
    ]
}

/// Checks the layouts of `catalog/registers` (`(file name, TOML)` each) and puts them into the database.
pub async fn publish(desk: &Desk<'_>, files: &[(&str, &str)]) -> Result<Registers, ImportError> {
    let registers = Registers::parse(files.iter().copied()).map_err(ImportError::Layouts)?;
    let mut unit = desk.unit();
    for (file, body) in files {
        let name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml");
        let hash = Sha256::digest(body).to_vec();
        unit = unit.put(&LAYOUT, vec![desk.shard.into(), name.into(), (*body).into(), hash.into(), desk.now().into()]);
    }
    if !unit.is_empty() {
        desk.store.commit(unit).await?;
    }
    Ok(registers)
}

/// The layouts as the database has them: what the running program uses.
pub async fn load(store: &Store, shard: &str) -> Result<Registers, Fault> {
    let files: Vec<_> = layouts(store, shard).await?;
    let files = files.iter().map(|(file, body)| (file.as_str(), body.as_str()));
    Registers::parse(files).map_err(|errors| {
        let all: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Fault::Misuse(format!("a register's layout in the database cannot be read: {}", all.join("; ")))
    })
}

/// The layouts as `(file name, TOML)`: what `catalog export` writes.
pub async fn layouts(store: &Store, shard: &str) -> Result<Vec<(String, String)>, Fault> {
    let rows = record::layouts(store, shard).await?;
    Ok(rows.into_iter().map(|(id, body)| (format!("{id}.toml"), body)).collect())
}

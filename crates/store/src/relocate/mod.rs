//! Moves an office from one database to another while it serves: SQLite to PostgreSQL, or back.
//!
//! Every change is written down by triggers from the beginning, so the bulk is copied page by page from a database that is
//! being written to, and what changed meanwhile is copied again. Then everyone else is kept from writing for a moment: the
//! last changes are copied, both sides are proven equal, the original is marked as moved and the copy is opened. Until then
//! the copy is marked as incomplete and nobody can serve it; whatever fails before leaves the original as it was.

mod shape;
mod side;
mod sum;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use kernel::Clock;

use self::shape::{Shape, read_key};
use self::side::Side;
pub use self::sum::Sum;
use crate::head::Head;
use crate::{Fault, Location, OpenError, Row, Store, Value};

/// So few changes are left for the pause.
const FEW: usize = 500;
/// How often what changed meanwhile is copied before the pause begins in any case.
const ROUNDS: u32 = 20;
/// So many would make the pause too long.
const MANY: usize = 4_000;
/// Changes taken up at once.
const CHANGES: i64 = 5_000;
/// Tables in which a migration has put rows.
const SEEDED: [&str; 1] = ["role_right"];
/// An office of so few rows is read whole a second time within the pause.
const SMALL: u64 = 300_000;

/// What was moved, and how it was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocation {
    /// Each table with its rows and their sum, the same on both sides.
    pub tables: Vec<(String, Sum)>,
    /// The newest signed state of each shard's log, recomputed on the new side.
    pub heads: Vec<(String, Head)>,
    /// Rows copied again because they changed meanwhile.
    pub changed: u64,
    /// How long nothing could be written.
    pub pause: Duration,
    /// Whether the original was read whole a second time within the pause; otherwise its rows were counted.
    pub read_twice: bool,
}

impl Store {
    /// Moves the database at `from` to the new one at `to`. Other processes may serve `from`; from the end of the pause they
    /// refuse to write, naming the new address. After a failure the original goes on and `to` is to be dropped; after a
    /// failure in the very last step the same call again finishes it.
    pub async fn relocate(from: &Location, to: &Location, clock: &dyn Clock) -> Result<Relocation, OpenError> {
        let source = Side::open(from).await?;
        if let Some(moved) = mark_of(&source, "moved").await? {
            return finish(&source, &moved, to).await;
        }
        let target = vacant(to, clock).await?;
        let shapes = source.shapes().await?;
        let targets = target.shapes().await?;
        fit(&shapes, &targets)?;
        let mut copy =
            Copy { source, target, shapes, targets, ours: HashMap::new(), theirs: HashMap::new(), changed: 0 };
        let moved = copy.carry_out(to, clock).await;
        if moved.is_err() {
            // The original goes on as if nothing had been.
            let _ = copy.source.batch("ROLLBACK").await;
            let _ = copy.source.unwatch(&copy.shapes).await;
        }
        Ok(moved?)
    }
}

struct Copy {
    source: Side,
    target: Side,
    /// The tables as the source has them, and as the target has them: the same names in the same order.
    shapes: Vec<Shape>,
    targets: Vec<Shape>,
    /// What was read from the source, and what the target holds when it is read back.
    ours: HashMap<String, Sum>,
    theirs: HashMap<String, Sum>,
    changed: u64,
}

impl Copy {
    async fn carry_out(&mut self, to: &Location, clock: &dyn Clock) -> Result<Relocation, Fault> {
        self.source.watch(&self.shapes).await?;
        for at in 0..self.shapes.len() {
            self.bulk(at).await?;
        }
        for at in 0..self.shapes.len() {
            self.read_back(at).await?;
        }
        let mut left = usize::MAX;
        for _ in 0..ROUNDS {
            left = self.catch_up().await?;
            if left < FEW {
                break;
            }
        }
        if left > MANY {
            let said = "so much is written now that the copy does not catch up: the pause would be long; try at a quieter hour";
            return Err(Fault::Engine(said.into()));
        }
        let begun = Instant::now();
        self.source.hold(&self.shapes).await?;
        while self.catch_up().await? > 0 {}
        let read_twice = self.prove().await?;
        let heads = self.heads().await?;
        mark(&self.target, "incomplete", &format!("proven; to be opened as {to}"), clock).await?;
        mark(&self.source, "moved", &to.to_string(), clock).await?;
        self.source.batch("COMMIT").await?;
        open_copy(&self.target).await?;
        let pause = begun.elapsed();
        if let Err(fault) = self.source.unwatch(&self.shapes).await {
            tracing::warn!(%fault, "triggers of the move stay behind in the original");
        }
        let tables = self.shapes.iter().map(|s| (s.name.clone(), self.ours.get(&s.name).copied().unwrap_or_default()));
        Ok(Relocation { tables: tables.collect(), heads, changed: self.changed, pause, read_twice })
    }

    /// Copies a table page by page.
    async fn bulk(&mut self, at: usize) -> Result<(), Fault> {
        let (shape, target) = (&self.shapes[at], &self.targets[at]);
        // What the migrations themselves have put there comes from the source as well.
        self.target.batch(&format!("DELETE FROM {}", target.name)).await?;
        let mut after = None;
        loop {
            let rows = page(&self.source, shape, after.as_deref()).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(shape.key_of(last));
            let sum = self.ours.entry(shape.name.clone()).or_default();
            rows.iter().for_each(|row| sum.add(row));
            write(&self.target, target, &[], &rows).await?;
        }
    }

    /// Reads the whole table as the target holds it.
    async fn read_back(&mut self, at: usize) -> Result<(), Fault> {
        let shape = &self.targets[at];
        let sum = whole(&self.target, shape).await?;
        self.theirs.insert(shape.name.clone(), sum);
        Ok(())
    }

    /// Copies again what was written down as changed. Gives how many rows that were.
    async fn catch_up(&mut self) -> Result<usize, Fault> {
        let sql = "SELECT seq, tbl, key FROM store_change ORDER BY seq LIMIT $1";
        let changes = self.source.rows(sql, &[CHANGES.into()]).await?;
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for change in &changes {
            keys.entry(change.text("tbl")?.to_owned()).or_default().insert(change.text("key")?.to_owned());
        }
        let mut n = 0;
        for at in 0..self.shapes.len() {
            let Some(changed) = keys.get(&self.shapes[at].name) else { continue };
            n += changed.len();
            self.copy_again(at, changed).await?;
        }
        let done =
            changes.iter().map(|change| change.int("seq").map(|n| n.to_string())).collect::<Result<Vec<_>, _>>()?;
        if !done.is_empty() {
            // One statement: each would wait for its turn to write, and for the disk.
            self.source.batch(&format!("DELETE FROM store_change WHERE seq IN ({})", done.join(", "))).await?;
        }
        self.changed += n as u64;
        Ok(n)
    }

    async fn copy_again(&mut self, at: usize, keys: &BTreeSet<String>) -> Result<(), Fault> {
        let (shape, target) = (&self.shapes[at], &self.targets[at]);
        let keys = keys.iter().map(|key| read_key(key)).collect::<Result<Vec<_>, _>>()?;
        let (mut was, mut is, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for key in &keys {
            let old = self.target.rows(&target.read_one(), key).await?;
            if !old.is_empty() {
                gone.push(key.clone());
            }
            was.extend(old.into_iter().map(|row| row.values));
            is.extend(self.source.rows(&shape.read_one(), key).await?.into_iter().map(|row| row.values));
        }
        write(&self.target, target, &gone, &is).await?;
        let (ours, theirs) = (&mut self.ours, &mut self.theirs);
        let ours = ours.entry(shape.name.clone()).or_default();
        let theirs = theirs.entry(shape.name.clone()).or_default();
        for row in &was {
            ours.take(row);
            theirs.take(row);
        }
        is.iter().for_each(|row| ours.add(row));
        for key in &keys {
            self.target.rows(&target.read_one(), key).await?.iter().for_each(|row| theirs.add(&row.values));
        }
        Ok(())
    }

    /// Refuses a copy that is not the original. Gives whether the original was read whole again.
    async fn prove(&self) -> Result<bool, Fault> {
        let all: u64 = self.ours.values().map(|sum| sum.rows).sum();
        for (shape, target) in self.shapes.iter().zip(&self.targets) {
            let ours = self.ours.get(&shape.name).copied().unwrap_or_default();
            let theirs = self.theirs.get(&shape.name).copied().unwrap_or_default();
            let (here, there) = (count(&self.source, shape).await?, count(&self.target, target).await?);
            let again = if all <= SMALL { whole(&self.source, shape).await? } else { ours };
            if ours != theirs || ours != again || [here, there] != [ours.rows; 2] {
                return Err(Fault::Damaged(format!(
                    "the copy of {} is not the original: {ours} were copied, {theirs} are there; the original holds {here} \
                     rows, the copy {there}",
                    shape.name
                )));
            }
        }
        Ok(all <= SMALL)
    }

    /// The logs' signed states, recomputed from the tiles on both sides.
    async fn heads(&self) -> Result<Vec<(String, Head)>, Fault> {
        let (ours, theirs) = (self.source.heads().await?, self.target.heads().await?);
        if ours == theirs {
            Ok(theirs)
        } else {
            Err(Fault::Damaged("the logs of the copy are not the original's".into()))
        }
    }
}

/// An empty database at `to`, made if need be, migrated, and marked as incomplete.
async fn vacant(to: &Location, clock: &dyn Clock) -> Result<Side, OpenError> {
    Store::migrate(to).await?;
    let target = Side::open(to).await?;
    let mut taken = mark_of(&target, "incomplete").await?.is_some() || mark_of(&target, "moved").await?.is_some();
    for shape in target.shapes().await? {
        taken |= !SEEDED.contains(&shape.name.as_str()) && count(&target, &shape).await? > 0;
    }
    if taken {
        return Err(OpenError::Unfit {
            what: format!("{to} is not empty"),
            mend: "name a new database; one that a move left half done is dropped first".into(),
        });
    }
    mark(&target, "incomplete", &format!("copying begun {}", clock.now()), clock).await?;
    Ok(target)
}

fn fit(ours: &[Shape], theirs: &[Shape]) -> Result<(), Fault> {
    let plain = |shapes: &[Shape]| -> Vec<(String, Vec<String>, Vec<String>)> {
        shapes.iter().map(|s| (s.name.clone(), s.columns.clone(), s.key.clone())).collect()
    };
    let (ours, theirs) = (plain(ours), plain(theirs));
    match ours.iter().find(|shape| !theirs.contains(shape)) {
        None if ours.len() == theirs.len() => Ok(()),
        odd => {
            let name = odd.map_or("one that is only there", |(name, ..)| name.as_str());
            Err(Fault::Misuse(format!("the two databases differ in the table {name}")))
        }
    }
}

/// What was left when the move broke off between the original's mark and the copy's opening.
async fn finish(source: &Side, moved: &str, to: &Location) -> Result<Relocation, OpenError> {
    if moved != to.to_string() {
        return Err(Fault::Moved(moved.to_owned()).into());
    }
    let target = Side::open(to).await?;
    match mark_of(&target, "incomplete").await? {
        Some(why) if !why.starts_with("proven") => return Err(OpenError::Incomplete(why)),
        Some(_) => open_copy(&target).await?,
        None => return Err(Fault::Moved(moved.to_owned()).into()),
    }
    let mut tables = Vec::new();
    for shape in source.shapes().await? {
        tables.push((shape.name.clone(), whole(source, &shape).await?));
    }
    let heads = target.heads().await?;
    Ok(Relocation { tables, heads, changed: 0, pause: Duration::ZERO, read_twice: false })
}

async fn open_copy(target: &Side) -> Result<(), Fault> {
    target.rows("DELETE FROM store_mark WHERE name = 'incomplete'", &[]).await.map(drop)
}

async fn mark(side: &Side, name: &str, body: &str, clock: &dyn Clock) -> Result<(), Fault> {
    let sql = "INSERT INTO store_mark (name, body, at) VALUES ($1, $2, $3)
               ON CONFLICT (name) DO UPDATE SET body = excluded.body, at = excluded.at";
    side.rows(sql, &[name.into(), body.into(), clock.now().into()]).await.map(drop)
}

async fn mark_of(side: &Side, name: &str) -> Result<Option<String>, Fault> {
    let found = side.rows("SELECT body FROM store_mark WHERE name = $1", &[name.into()]).await?;
    found.first().map(|row| Ok(row.text("body")?.to_owned())).transpose()
}

async fn page(side: &Side, shape: &Shape, after: Option<&[Value]>) -> Result<Vec<Vec<Value>>, Fault> {
    let mut params = after.unwrap_or_default().to_vec();
    params.push(shape.page().into());
    let rows = side.rows(&shape.read_page(after.is_some()), &params).await?;
    Ok(rows.into_iter().map(|row: Row| row.values).collect())
}

async fn whole(side: &Side, shape: &Shape) -> Result<Sum, Fault> {
    let (mut sum, mut after) = (Sum::default(), None);
    loop {
        let rows = page(side, shape, after.as_deref()).await?;
        let Some(last) = rows.last() else { return Ok(sum) };
        after = Some(shape.key_of(last));
        rows.iter().for_each(|row| sum.add(row));
    }
}

async fn count(side: &Side, shape: &Shape) -> Result<u64, Fault> {
    let found = side.rows(&shape.count(), &[]).await?;
    let n = found.first().map_or(Ok(0), |row| row.int("n"))?;
    Ok(u64::try_from(n).unwrap_or(0))
}

/// Removes rows and adds others, whole or not at all.
async fn write(side: &Side, shape: &Shape, gone: &[Vec<Value>], rows: &[Vec<Value>]) -> Result<(), Fault> {
    side.batch("BEGIN").await?;
    let done = async {
        for key in gone {
            side.rows(&shape.delete_one(), key).await?;
        }
        side.insert(shape, rows).await
    };
    match done.await {
        Ok(()) => side.batch("COMMIT").await,
        Err(fault) => {
            let _ = side.batch("ROLLBACK").await;
            Err(fault)
        }
    }
}

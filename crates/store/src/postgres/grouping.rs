//! What a batch writes, grouped: the rows of one table that are written in one way go in one statement.
//!
//! Grouping changes the order of writes only where nothing can tell: rows with other keys, and never something that frees a
//! value that must be unique before something that was queued earlier and takes one.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use kernel::Id;

use super::foresee::{View, key_of};
use super::layout::{Layout, Layouts};
use super::texts;
use crate::unit::Write;
use crate::{Fault, Table, Unit, Value};

/// One statement: its text, its rows, and how many it must touch. `None`: as many as there are.
pub(crate) struct Group<'a> {
    pub(crate) text: String,
    pub(crate) rows: Vec<Vec<Cow<'a, Value>>>,
    /// Whether it must touch every row it was given; otherwise another node was in the way.
    pub(crate) every: bool,
}

/// How rows of a table are written.
#[derive(Clone, PartialEq, Eq)]
enum Way {
    Insert,
    Put,
    Update(Vec<&'static str>),
    Delete,
}

struct Bundle<'a> {
    way: Way,
    rows: Vec<Vec<Cow<'a, Value>>>,
}

/// The writes of one table, in the order in which they are carried out.
struct Pile<'a> {
    table: &'static Table,
    bundles: Vec<Bundle<'a>>,
    /// The last bundle that writes a row.
    last: HashMap<Vec<Value>, usize>,
    /// What takes a value that must be unique comes no earlier than this bundle, which frees one.
    floor: usize,
}

/// Everything the units that passed will write.
#[derive(Default)]
pub(crate) struct Effects<'a> {
    piles: Vec<Pile<'a>>,
    requests: Vec<Vec<Cow<'a, Value>>>,
    sends: Vec<Vec<Cow<'a, Value>>>,
    /// Steps by shard and key.
    counters: BTreeMap<(&'a str, &'a str), i64>,
    holds: BTreeMap<(&'a str, &'a str), i64>,
}

impl<'a> Effects<'a> {
    /// Adds a unit's request key.
    pub(crate) fn once(&mut self, unit: &'a Unit, at: i64) {
        if let Some(once) = &unit.once {
            let texts = [&unit.shard, &once.actor, &once.key, &once.request_hash, &once.response];
            let mut row: Vec<_> = texts.into_iter().map(|text| owned(text)).collect();
            row.push(Cow::Owned(Value::Int(at)));
            self.requests.push(row);
        }
    }

    /// Adds one change. `new_id` makes the ids of messages.
    pub(crate) fn write(
        &mut self,
        layouts: &Layouts,
        shard: &'a str,
        write: &'a Write,
        new_id: &mut dyn FnMut() -> (Id, i64),
    ) -> Result<(), Fault> {
        match write {
            Write::Expect { .. } => {}
            Write::Count { key, delta, .. } => {
                let step = self.counters.entry((shard, key)).or_default();
                *step = step.saturating_add(*delta);
            }
            Write::Hold { hash, by } => *self.holds.entry((shard, hash)).or_default() += by,
            Write::Send { topic, body } => {
                let (id, at) = new_id();
                let texts = [Value::from(shard), id.into(), (*topic).into(), body.into(), at.into()];
                self.sends.push(texts.into_iter().map(Cow::Owned).collect());
            }
            Write::Insert { table, values } => {
                let row = values.iter().map(Cow::Borrowed).collect();
                self.pile(table).add(layouts.of(table)?, Way::Insert, key_of(table, values), row);
            }
            Write::Put { table, values } => {
                let row = values.iter().map(Cow::Borrowed).collect();
                self.pile(table).add(layouts.of(table)?, Way::Put, key_of(table, values), row);
            }
            Write::Delete { table, key } => {
                let row = key.iter().map(Cow::Borrowed).collect();
                self.pile(table).add(layouts.of(table)?, Way::Delete, key.clone(), row);
            }
            Write::Update { table, key, version, changes } => {
                let (next, expected) = (Value::Int(version.saturating_add(1)), Value::Int(*version));
                let mut row: Vec<_> = changes.iter().map(|(_, new)| Cow::Borrowed(new)).collect();
                row.push(Cow::Owned(next));
                row.extend(key.iter().map(Cow::Borrowed));
                row.push(Cow::Owned(expected));
                let way = Way::Update(changes.iter().map(|(column, _)| *column).collect());
                self.pile(table).add(layouts.of(table)?, way, key.clone(), row);
            }
        }
        Ok(())
    }

    fn pile(&mut self, table: &'static Table) -> &mut Pile<'a> {
        let at = self.piles.iter().position(|pile| pile.table.name == table.name).unwrap_or_else(|| {
            self.piles.push(Pile { table, bundles: Vec::new(), last: HashMap::new(), floor: 0 });
            self.piles.len() - 1
        });
        &mut self.piles[at]
    }

    /// The statements, in the order in which they are to be carried out. `view` knows what guarded counters must come to.
    pub(crate) fn groups(self, layouts: &Layouts, view: &View, at: i64) -> Result<Vec<Group<'a>>, Fault> {
        let mut groups = Vec::new();
        let mut add = |text: &str, rows: Vec<Vec<Cow<'a, Value>>>| {
            if !rows.is_empty() {
                groups.push(Group { text: text.to_owned(), rows, every: true });
            }
        };
        add(REQUESTS, self.requests);
        add(SENDS, self.sends);
        let held = self.holds.iter().map(|((shard, hash), by)| pair(shard, hash, &[*by, at])).collect();
        add(HOLDS, held);
        let counted = self.counters.iter().map(|((shard, key), step)| {
            let mut row = pair(shard, key, &[*step]);
            row.push(Cow::Owned(view.counter(shard, key).into()));
            row
        });
        add(COUNTERS, counted.collect());
        for pile in self.piles {
            let layout = layouts.of(pile.table)?;
            for bundle in pile.bundles {
                let text = match &bundle.way {
                    Way::Insert => texts::insert(pile.table, layout)?,
                    Way::Put => texts::put(pile.table, layout)?,
                    Way::Delete => texts::delete(pile.table, layout)?,
                    Way::Update(columns) => texts::update(pile.table, layout, columns)?,
                };
                groups.push(Group { text, rows: bundle.rows, every: bundle.way != Way::Delete });
            }
        }
        Ok(groups)
    }
}

const REQUESTS: &str = "INSERT INTO idempotency (shard, actor, key, request_hash, response, at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
    ON CONFLICT (shard, actor, key) DO NOTHING";
const SENDS: &str = "INSERT INTO outbox (shard, id, topic, body, created_at, next_at, attempts)
    SELECT u.shard, u.id, u.topic, u.body, u.at, u.at, 0
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS u(shard, id, topic, body, at)";
const HOLDS: &str = "UPDATE blob AS b SET held = b.held + u.by, at = u.at
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS u(shard, hash, by, at)
    WHERE b.shard = u.shard AND b.hash = u.hash AND b.complete = 1 AND b.held + u.by >= 0";
/// A guarded counter that comes to something else than was foreseen is not counted: another node stepped it.
const COUNTERS: &str = "WITH done AS (
        INSERT INTO counter (shard, key, n)
        SELECT u.shard, u.key, u.step FROM unnest($1::text[], $2::text[], $3::bigint[]) AS u(shard, key, step)
        ON CONFLICT (shard, key) DO UPDATE SET n = counter.n + excluded.n RETURNING shard, key, n)
    SELECT 1 FROM done d JOIN unnest($1::text[], $2::text[], $4::bigint[]) AS u(shard, key, foreseen)
        ON d.shard = u.shard AND d.key = u.key WHERE u.foreseen IS NULL OR u.foreseen = d.n";

impl<'a> Pile<'a> {
    fn add(&mut self, layout: &Layout, way: Way, key: Vec<Value>, row: Vec<Cow<'a, Value>>) {
        let changes_unique = matches!(&way, Way::Update(columns) if columns.iter().any(|c| layout.is_unique(c)));
        let takes = layout.has_unique() && (matches!(way, Way::Insert | Way::Put) || changes_unique);
        let frees = layout.has_unique() && (matches!(way, Way::Put | Way::Delete) || changes_unique);
        let mut earliest = self.last.get(&key).map_or(0, |at| at + 1);
        if takes || frees {
            earliest = earliest.max(self.floor);
        }
        let newest = self.bundles.len().saturating_sub(1);
        if frees {
            earliest = earliest.max(newest);
        }
        // Rows of one UPDATE are taken in no order that can be relied on.
        let open = self.bundles.iter().enumerate().skip(earliest).find(|(_, bundle)| bundle.way == way);
        let at = match open.filter(|_| !changes_unique) {
            Some((at, _)) => at,
            None => {
                self.bundles.push(Bundle { way, rows: Vec::new() });
                self.bundles.len() - 1
            }
        };
        self.bundles[at].rows.push(row);
        self.last.insert(key, at);
        if frees {
            self.floor = at;
        }
    }
}

fn owned<'a>(text: &str) -> Cow<'a, Value> {
    Cow::Owned(text.into())
}

fn pair<'a>(shard: &str, name: &str, numbers: &[i64]) -> Vec<Cow<'a, Value>> {
    let texts = [Value::from(shard), Value::from(name)].into_iter();
    texts.chain(numbers.iter().map(|n| Value::Int(*n))).map(Cow::Owned).collect()
}

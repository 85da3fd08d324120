//! A unit of work as data: what must become true together, or not at all.
//!
//! A room's pure decision makes one; [`Store::commit`](crate::Store::commit) queues it. Because it is data and not a
//! closure, the writer can put many units into one transaction, repeat a batch without one of them, and group their rows.

use kernel::{Id, Tenant};

use crate::{Table, Value};

/// One act for the shard's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// What the act is about: a case, a licence, a duty. A subject may have many leaves.
    pub subject: Id,
    /// The kind of act, such as `case.decided`.
    pub kind: &'static str,
    /// The canonical bytes of the act, at most 65,535 (the limit of a C2SP entry bundle). They become public: personal data
    /// only as salted commitments.
    pub bytes: Vec<u8>,
}

/// One change; the order within a unit is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    Insert { table: &'static Table, values: Vec<Value> },
    Put { table: &'static Table, values: Vec<Value> },
    Update { table: &'static Table, key: Vec<Value>, version: i64, changes: Vec<(&'static str, Value)> },
    Expect { table: &'static Table, key: Vec<Value>, version: i64 },
    Delete { table: &'static Table, key: Vec<Value> },
    Count { key: String, delta: i64, minimum: Option<i64> },
    Send { topic: &'static str, body: String },
    Hold { hash: String, by: i64 },
}

/// A request's key, so that its repetition is answered and not carried out twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Once {
    pub(crate) actor: String,
    pub(crate) key: String,
    pub(crate) request_hash: String,
    pub(crate) response: String,
}

/// Everything one decision changes. Built by chaining, committed whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a unit does nothing until it is committed"]
pub struct Unit {
    pub(crate) shard: String,
    pub(crate) tenant: Tenant,
    pub(crate) once: Option<Once>,
    pub(crate) writes: Vec<Write>,
    pub(crate) leaves: Vec<Leaf>,
}

impl Unit {
    /// An empty unit in the home shard `shard`.
    pub fn new(shard: impl Into<String>) -> Self {
        Self { shard: shard.into(), tenant: Tenant::HOUSE, once: None, writes: Vec::new(), leaves: Vec::new() }
    }

    /// The home shard.
    pub fn shard(&self) -> &str {
        &self.shard
    }

    /// Says in whose name it is asked: out of whose share of the writer it is committed. The house's, where nobody says.
    pub fn asked_by(mut self, tenant: Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.once.is_none() && self.writes.is_empty() && self.leaves.is_empty()
    }

    /// Adds a row, its values in column order. A row with this key already there: `Conflict::Exists`.
    pub fn insert(self, table: &'static Table, values: Vec<Value>) -> Self {
        self.write(Write::Insert { table, values })
    }

    /// Adds a row or replaces the one with the same key: for registers, whose newest record counts.
    pub fn put(self, table: &'static Table, values: Vec<Value>) -> Self {
        self.write(Write::Put { table, values })
    }

    /// Changes columns of the row with this key if its version is still `version`, and sets the version to `version + 1`.
    /// Another version: `Conflict::Changed`; no such row: `Conflict::Missing`.
    pub fn update(
        self,
        table: &'static Table,
        key: Vec<Value>,
        version: i64,
        changes: Vec<(&'static str, Value)>,
    ) -> Self {
        self.write(Write::Update { table, key, version, changes })
    }

    /// Insists that a row which was read, and is not changed here, still has the version that was read.
    pub fn expect(self, table: &'static Table, key: Vec<Value>, version: i64) -> Self {
        self.write(Write::Expect { table, key, version })
    }

    /// Removes the row with this key; no such row is no error. For drafts and sessions: acts are never deleted.
    pub fn delete(self, table: &'static Table, key: Vec<Value>) -> Self {
        self.write(Write::Delete { table, key })
    }

    /// Adds `delta` to a counter, which begins at 0.
    pub fn count(self, key: impl Into<String>, delta: i64) -> Self {
        self.write(Write::Count { key: key.into(), delta, minimum: None })
    }

    /// Adds `delta` to a counter unless it would then be below `minimum`: `Conflict::Exhausted`. A quota is a counter that
    /// is filled by [`count`](Self::count) and drawn on by this.
    pub fn guard(self, key: impl Into<String>, delta: i64, minimum: i64) -> Self {
        self.write(Write::Count { key: key.into(), delta, minimum: Some(minimum) })
    }

    /// Appends an act to the shard's log.
    pub fn leaf(mut self, leaf: Leaf) -> Self {
        self.leaves.push(leaf);
        self
    }

    /// Leaves a message for delivery after the commit, at least once: whoever receives it must bear a repetition.
    pub fn send(self, topic: &'static str, body: impl Into<String>) -> Self {
        self.write(Write::Send { topic, body: body.into() })
    }

    /// Says that a row of this unit refers to the uploaded blob `hash`. No such blob: `Conflict::Missing`.
    pub fn hold(self, hash: impl Into<String>) -> Self {
        self.write(Write::Hold { hash: hash.into(), by: 1 })
    }

    /// Takes back one [`hold`](Self::hold); a blob that nothing holds is swept a day later.
    pub fn release(self, hash: impl Into<String>) -> Self {
        self.write(Write::Hold { hash: hash.into(), by: -1 })
    }

    /// Carries out this unit once for `(actor, key)`. A repetition with the same `request_hash` is answered by
    /// `Conflict::Repeated` with `response`, one with another by `Conflict::KeyReused`.
    pub fn once(
        mut self,
        actor: impl Into<String>,
        key: impl Into<String>,
        request_hash: impl Into<String>,
        response: impl Into<String>,
    ) -> Self {
        self.once = Some(Once {
            actor: actor.into(),
            key: key.into(),
            request_hash: request_hash.into(),
            response: response.into(),
        });
        self
    }

    /// Adds everything `other` changes: how the rooms above a decision add their rows to it. `other`'s shard and tenant are
    /// ignored, as is its request key when this unit has one.
    pub fn and(mut self, other: Self) -> Self {
        self.writes.extend(other.writes);
        self.leaves.extend(other.leaves);
        self.once = self.once.or(other.once);
        self
    }

    fn write(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }
}

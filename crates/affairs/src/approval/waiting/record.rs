//! The tables of what waits: cases for a register or for the log, leaves that are owed, officers' drafts.

use kernel::{Id, Moment};
use serde_json::Value as Json;
use store::{Fault, Leaf, Row, Store, Table, Value};

/// Cases that wait for a register or for the log.
pub(super) static WAIT: Table = Table {
    name: "case_wait",
    columns: &["shard", "case_id", "version", "kind", "registers", "since", "due_at", "next_at", "tries"],
    key: &["shard", "case_id"],
};

/// Leaves that are owed to what was said while nothing could be signed.
pub(super) static OWED: Table = Table {
    name: "leaf_owed",
    columns: &["shard", "id", "version", "subject", "kind", "bytes", "at", "recorded_at"],
    key: &["shard", "id"],
};

/// What officers wanted to decide while nothing could be signed.
pub(super) static RULING_DRAFT: Table = Table {
    name: "ruling_draft",
    columns: &["shard", "case_id", "account", "ruling", "reasons", "saved_at"],
    key: &["shard", "case_id", "account"],
};

/// What a case waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum WaitKind {
    Data,
    Evidence,
}

impl WaitKind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Evidence => "evidence",
        }
    }
}

/// A case that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Wait {
    pub shard: String,
    pub case: Id,
    pub version: i64,
    pub kind: WaitKind,
    pub registers: Vec<String>,
    pub since: Moment,
    pub due_at: Option<Moment>,
    pub next_at: Moment,
    pub tries: i64,
}

impl Wait {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.case.into(),
            self.version.into(),
            self.kind.word().into(),
            Json::from(self.registers.clone()).to_string().into(),
            self.since.into(),
            self.due_at.into(),
            self.next_at.into(),
            self.tries.into(),
        ]
    }

    fn read(row: &Row, kind: WaitKind) -> Result<Self, Fault> {
        let registers = serde_json::from_str(row.text("registers")?);
        Ok(Self {
            shard: row.text("shard")?.to_owned(),
            case: row.id("case_id")?,
            version: row.int("version")?,
            kind,
            registers: registers.map_err(|e| Fault::Misuse(format!("case_wait.registers: {e}")))?,
            since: row.moment("since")?,
            due_at: row.opt_moment("due_at")?,
            next_at: row.moment("next_at")?,
            tries: row.int("tries")?,
        })
    }
}

/// The cases whose next try is due at `until` or before, in the order in which they began to wait.
pub(super) async fn waiting(store: &Store, kind: WaitKind, until: Moment) -> Result<Vec<Wait>, Fault> {
    let sql = "SELECT * FROM case_wait WHERE kind = $1 AND (next_at <= $2 OR due_at <= $2) \
               ORDER BY since, case_id LIMIT 4096";
    let rows = store.query(sql, vec![kind.word().into(), until.into()]).await?;
    rows.iter().map(|row| Wait::read(row, kind)).collect()
}

/// How many cases wait, by what for.
pub(super) async fn waiting_now(store: &Store) -> Result<Vec<(String, i64)>, Fault> {
    let sql = "SELECT kind, count(*) AS n FROM case_wait GROUP BY kind ORDER BY kind";
    let rows = store.query(sql, vec![]).await?;
    rows.iter().map(|row| Ok((row.text("kind")?.to_owned(), row.int("n")?))).collect()
}

/// A leaf that is owed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Owed {
    pub shard: String,
    pub id: Id,
    pub version: i64,
    pub leaf: Leaf,
}

/// The kinds of leaves that may be owed: what applicants and second parties say or hand in, what is done for them at a counter
/// or by an agent, and that a decision was taken back; never a decision.
const KINDS: [&str; 23] = [
    "case.filed",
    "case.confirmed",
    "case.closed",
    "case.ruling_undone",
    "case.receipt_renewed",
    "case.material_added",
    "case.material_refused",
    "counter.identified",
    "counter.filed",
    "counter.mended",
    "counter.opened",
    "counter.helped",
    "agent.named",
    "agent.sent",
    "agent.reviewed",
    "agent.delivered",
    "agent.ended",
    "agent.helped",
    "agent.kin_answered",
    "relay.sent",
    "relay.taken",
    "relay.returned",
    "result.delivered",
];

/// The leaves that are owed, in the order in which they were earned; some at a time.
pub(super) async fn owed(store: &Store) -> Result<Vec<Owed>, Fault> {
    let sql = "SELECT * FROM leaf_owed WHERE recorded_at IS NULL ORDER BY at, id LIMIT 64";
    let read = |row: &Row| {
        let said = row.text("kind")?;
        let kind = KINDS.into_iter().find(|kind| *kind == said);
        let kind = kind.ok_or_else(|| Fault::Misuse(format!("a leaf of the kind {said:?} cannot be owed")))?;
        let leaf = Leaf { subject: row.id("subject")?, kind, bytes: row.blob("bytes")?.to_vec() };
        Ok(Owed { shard: row.text("shard")?.to_owned(), id: row.id("id")?, version: row.int("version")?, leaf })
    };
    store.query(sql, vec![]).await?.iter().map(read).collect()
}

/// What an officer wanted to decide: ruling and reasons, as sent.
pub(super) async fn ruling_draft(store: &Store, case: Id, account: Id) -> Result<Option<(String, String)>, Fault> {
    let sql = concat!(
        store::shards!("ruling_draft"),
        "SELECT d.ruling, d.reasons FROM home \
         JOIN ruling_draft d ON d.shard = home.shard AND d.case_id = $1 AND d.account = $2"
    );
    let rows = store.query(sql, vec![case.into(), account.into()]).await?;
    rows.first().map(|row| Ok((row.text("ruling")?.to_owned(), row.text("reasons")?.to_owned()))).transpose()
}

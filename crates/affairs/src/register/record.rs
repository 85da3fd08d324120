//! The room's tables and its SELECTs. The only file of the room with SQL.

use std::collections::BTreeMap;

use kernel::{Id, Moment, Text, Trust};
use serde_json::{Map, Value as Json};
use store::{Fault, Row, Store, Table, Value};

pub(super) static LAYOUT: Table =
    Table { name: "register_layout", columns: &["shard", "id", "body", "hash", "imported_at"], key: &["shard", "id"] };

pub(super) static RECORD: Table = Table {
    name: "register_record",
    columns: &[
        "shard",
        "register",
        "subject",
        "version",
        "body",
        "as_of",
        "trust",
        "source_zh",
        "source_en",
        "origin",
        "written_at",
    ],
    key: &["shard", "register", "subject"],
};

pub(super) static IMPORT: Table = Table {
    name: "register_import",
    columns: &[
        "shard",
        "id",
        "register",
        "extent",
        "as_of",
        "file_hash",
        "added",
        "changed",
        "unchanged",
        "older",
        "exceptions",
        "actor_kind",
        "actor",
        "actor_name",
        "at",
    ],
    key: &["shard", "id"],
};

pub(super) static READ: Table = Table {
    name: "register_read",
    columns: &[
        "shard",
        "id",
        "register",
        "subject",
        "actor_kind",
        "actor",
        "actor_name",
        "on_behalf",
        "mandate",
        "case_id",
        "ground",
        "at",
    ],
    key: &["shard", "id"],
};

/// A record as the pool keeps it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Record {
    pub register: String,
    pub subject: String,
    pub version: i64,
    pub body: Map<String, Json>,
    pub as_of: Moment,
    pub trust: Trust,
    pub source: Text,
}

fn record(row: &Row) -> Result<Record, Fault> {
    let broken = |what: &str| Fault::Misuse(format!("register_record holds a broken {what}"));
    Ok(Record {
        register: row.text("register")?.to_owned(),
        subject: row.text("subject")?.to_owned(),
        version: row.int("version")?,
        body: serde_json::from_str(row.text("body")?).map_err(|_| broken("body"))?,
        as_of: row.moment("as_of")?,
        trust: Trust::from_letter(row.text("trust")?).ok_or_else(|| broken("trust"))?,
        source: Text::new(row.text("source_zh")?, row.text("source_en")?),
    })
}

/// How many records one statement reads. An item needs four to six.
pub(super) const AT_ONCE: usize = 8;

macro_rules! point_reads {
    ($register:literal $subject:literal $(, $more:literal $and:literal)*) => {
        concat!(point_read!($register $subject) $(, " union all ", point_read!($more $and))*)
    };
}

macro_rules! point_read {
    ($register:literal $subject:literal) => {
        concat!(
            "select register, subject, version, body, as_of, trust, source_zh, source_en from register_record ",
            "where shard = $1 and register = ",
            $register,
            " and subject = ",
            $subject
        )
    };
}

/// Eight point reads in one statement: each arm is one search of the primary key on both engines.
const RECORDS: &str = point_reads!(
    "$2" "$3", "$4" "$5", "$6" "$7", "$8" "$9", "$10" "$11", "$12" "$13", "$14" "$15", "$16" "$17"
);

const WHOLE: &str = "select register, max(as_of) as as_of from register_import where shard = $1 and extent = 'whole' \
     and register in ($2, $3, $4, $5, $6, $7, $8, $9) group by register";

/// What the pool says about up to [`AT_ONCE`] `(register, subject)`: the records there are, and for each register the date
/// of its last whole extract. One round trip, one state of the database.
pub(super) async fn records(
    store: &Store,
    shard: &str,
    asks: &[(&str, &str)],
) -> Result<(Vec<Record>, BTreeMap<String, Moment>), Fault> {
    let padded = || asks.iter().copied().chain(std::iter::repeat(("", ""))).take(AT_ONCE);
    let (mut pairs, mut registers) = (vec![Value::from(shard)], vec![Value::from(shard)]);
    pairs.extend(padded().flat_map(|(register, subject)| [register.into(), subject.into()]));
    registers.extend(padded().map(|(register, _)| Value::from(register)));
    let answers = store.snapshot(vec![(RECORDS, pairs), (WHOLE, registers)]).await?;
    let mut answers = answers.iter();
    let records = answers.next().into_iter().flatten().map(record).collect::<Result<_, _>>()?;
    let whole = answers.next().into_iter().flatten();
    let whole = whole.map(|r| Ok((r.text("register")?.to_owned(), r.moment("as_of")?)));
    Ok((records, whole.collect::<Result<_, Fault>>()?))
}

const LAYOUTS: &str = "select id, body from register_layout where shard = $1 order by id";

/// Every layout as `(id, TOML)`.
pub(super) async fn layouts(store: &Store, shard: &str) -> Result<Vec<(String, String)>, Fault> {
    let rows = store.query(LAYOUTS, vec![shard.into()]).await?;
    rows.iter().map(|r| Ok((r.text("id")?.to_owned(), r.text("body")?.to_owned()))).collect()
}

/// One line of the access log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookLine {
    /// When.
    pub at: Moment,
    /// At which register.
    pub register: String,
    /// `person`, `staff`, `machine` …
    pub actor_kind: String,
    /// Who.
    pub actor_name: String,
    /// For whom, under a mandate.
    pub on_behalf: Option<String>,
    /// For which case.
    pub case: Option<Id>,
    /// On what ground; `None`: it was refused.
    pub ground: Option<String>,
}

macro_rules! looks_where {
    ($condition:literal) => {
        concat!(
            "select at, register, actor_kind, actor_name, on_behalf, case_id, ground from register_read where ",
            $condition,
            " order by at desc, id desc limit 200"
        )
    };
}

const LOOKS_AT: &str = looks_where!("subject = $1 and ground is not null");
const LOOKS_FOR: &str = looks_where!("case_id = $1");

pub(super) async fn looks_at(store: &Store, subject: &str) -> Result<Vec<LookLine>, Fault> {
    looks(store, LOOKS_AT, subject.into()).await
}

pub(super) async fn looks_for(store: &Store, case: Id) -> Result<Vec<LookLine>, Fault> {
    looks(store, LOOKS_FOR, case.into()).await
}

async fn looks(store: &Store, sql: &'static str, of: Value) -> Result<Vec<LookLine>, Fault> {
    let read = |r: &Row| {
        Ok(LookLine {
            at: r.moment("at")?,
            register: r.text("register")?.to_owned(),
            actor_kind: r.text("actor_kind")?.to_owned(),
            actor_name: r.text("actor_name")?.to_owned(),
            on_behalf: r.opt_text("on_behalf")?.map(str::to_owned),
            case: r.opt_id("case_id")?,
            ground: r.opt_text("ground")?.map(str::to_owned),
        })
    };
    store.query(sql, vec![of]).await?.iter().map(read).collect()
}

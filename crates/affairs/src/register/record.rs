//! The room's tables and its SELECTs. The only file of the room with SQL.

use std::collections::BTreeMap;

use kernel::{Id, Moment, Text, Trust};
use serde_json::{Map, Value as Json};
use store::{Fault, Row, Store, Table, Value};

use super::ask::Kept;
use super::keeper::{Change, Told};

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
        "registers",
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

/// What another agency's register was asked and answered, a line for each subject.
pub(super) static ANSWER: Table = Table {
    name: "register_answer",
    columns: &[
        "shard",
        "id",
        "request",
        "register",
        "subject",
        "case_id",
        "asked_at",
        "answered_at",
        "outcome",
        "as_of",
        "body",
        "source_zh",
        "source_en",
        "said",
        "hash",
        "signed_by",
        "tries",
        "why",
    ],
    key: &["shard", "id"],
};

/// Changes of registers that other agencies keep, and when the keeper was told.
pub(super) static WRITE: Table = Table {
    name: "register_write",
    columns: &["shard", "id", "version", "register", "subject", "fields", "origin", "made_at", "told_at"],
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

macro_rules! newest_wholes {
    ($register:literal $(, $more:literal)*) => {
        concat!(newest_whole!($register) $(, " union all ", newest_whole!($more))*)
    };
}

macro_rules! newest_whole {
    ($register:literal) => {
        concat!(
            "select * from (select register, as_of from register_import where shard = $1 and register = ",
            $register,
            " and extent = 'whole' order by as_of desc limit 1) newest"
        )
    };
}

/// One search for each register, however many extracts were imported over the years.
const WHOLE: &str = newest_wholes!("$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9");

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
            "select at, registers, actor_kind, actor_name, on_behalf, case_id, ground from register_read where ",
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
    let rows = store.query(sql, vec![of]).await?;
    let lines = rows.iter().map(look_lines).collect::<Result<Vec<_>, Fault>>()?;
    Ok(lines.into_iter().flatten().collect())
}

/// The log keeps one row for all registers looked at together; people read a line for each.
fn look_lines(r: &Row) -> Result<Vec<LookLine>, Fault> {
    let line = |register: &str| {
        Ok(LookLine {
            at: r.moment("at")?,
            register: register.to_owned(),
            actor_kind: r.text("actor_kind")?.to_owned(),
            actor_name: r.text("actor_name")?.to_owned(),
            on_behalf: r.opt_text("on_behalf")?.map(str::to_owned),
            case: r.opt_id("case_id")?,
            ground: r.opt_text("ground")?.map(str::to_owned),
        })
    };
    r.text("registers")?.split(' ').map(line).collect()
}

const OWN_WORD: &str = "select fields, told_at from register_write where register = $1 and subject = $2 \
     order by made_at desc, id desc limit 32";

/// What our own decisions changed in a record that another agency keeps.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct OwnWord {
    /// The changes of which the keeper has not heard, oldest first.
    pub untold: Vec<Map<String, Json>>,
    /// When the keeper heard of the last one.
    pub told_at: Option<Moment>,
}

pub(super) async fn own_word(store: &Store, register: &str, subject: &str) -> Result<OwnWord, Fault> {
    let rows = store.query(OWN_WORD, vec![register.into(), subject.into()]).await?;
    let mut word = OwnWord::default();
    for row in rows.iter().rev() {
        match row.opt_moment("told_at")? {
            Some(at) => word.told_at = word.told_at.max(Some(at)),
            None => word.untold.push(fields(row, "fields")?),
        }
    }
    Ok(word)
}

const YOUNG_ANSWER: &str = "select answered_at, as_of, outcome, body, source_zh, source_en from register_answer \
     where register = $1 and subject = $2 and answered_at > $3 and outcome in ('record', 'no_record') \
     order by answered_at desc, id desc limit 1";

/// The newest answer about a subject that came after `since`.
pub(super) async fn young_answer(
    store: &Store,
    (register, subject): (&str, &str),
    since: Moment,
) -> Result<Option<Kept>, Fault> {
    let rows = store.query(YOUNG_ANSWER, vec![register.into(), subject.into(), since.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let record = if row.text("outcome")? == "record" { Some(fields(row, "body")?) } else { None };
    let answered_at = row.moment("answered_at")?;
    let told = Told { subject: subject.to_owned(), as_of: row.moment("as_of")?.min(answered_at), record };
    let source = Text::new(row.text("source_zh")?, row.text("source_en")?);
    Ok(Some(Kept { answered_at, told, source }))
}

fn fields(row: &Row, column: &str) -> Result<Map<String, Json>, Fault> {
    serde_json::from_str(row.text(column)?).map_err(|e| Fault::Misuse(format!("{column} is no JSON object: {e}")))
}

/// A change of which a keeper is to be told.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Write {
    pub version: i64,
    pub change: Change,
    pub told_at: Option<Moment>,
}

pub(super) async fn write(store: &Store, shard: &str, id: Id) -> Result<Option<Write>, Fault> {
    let sql = "select * from register_write where shard = $1 and id = $2";
    let rows = store.query(sql, vec![shard.into(), id.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let change = Change {
        request: row.text("id")?.to_owned(),
        register: row.text("register")?.to_owned(),
        subject: row.text("subject")?.to_owned(),
        fields: fields(row, "fields")?,
        case: row.text("origin")?.to_owned(),
        made_at: row.moment("made_at")?,
    };
    Ok(Some(Write { version: row.int("version")?, change, told_at: row.opt_moment("told_at")? }))
}

/// One question to a register that another agency keeps, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnswerLine {
    /// Which register.
    pub register: String,
    /// The number under which the keeper finds the question.
    pub request: String,
    /// When it was asked.
    pub asked_at: Moment,
    /// When it answered, or when we stopped waiting.
    pub answered_at: Moment,
    /// `record`, `no_record` or `silent`.
    pub outcome: String,
    /// The moment for which the keeper says so.
    pub as_of: Option<Moment>,
    /// SHA-256 of the answer's bytes; hexadecimal.
    pub hash: Option<String>,
    /// The key whose signature was checked.
    pub signed_by: Option<String>,
    /// How often it was asked.
    pub tries: i64,
    /// Why there is no answer.
    pub why: Option<String>,
}

pub(super) async fn answers_for(store: &Store, case: Id) -> Result<Vec<AnswerLine>, Fault> {
    let sql = "select * from register_answer where case_id = $1 order by asked_at desc, id desc limit 200";
    let read = |row: &Row| {
        Ok(AnswerLine {
            register: row.text("register")?.to_owned(),
            request: row.text("request")?.to_owned(),
            asked_at: row.moment("asked_at")?,
            answered_at: row.moment("answered_at")?,
            outcome: row.text("outcome")?.to_owned(),
            as_of: row.opt_moment("as_of")?,
            hash: row.opt_blob("hash")?.map(hex::encode),
            signed_by: row.opt_text("signed_by")?.map(str::to_owned),
            tries: row.int("tries")?,
            why: row.opt_text("why")?.map(str::to_owned),
        })
    };
    store.query(sql, vec![case.into()]).await?.iter().map(read).collect()
}

/// Answers that belong to no case and came before `before`: nobody needs them any more.
pub(super) async fn answers_before(store: &Store, before: Moment) -> Result<Vec<(String, Id)>, Fault> {
    let sql = "select shard, id from register_answer where case_id is null and answered_at < $1 limit 500";
    let rows = store.query(sql, vec![before.into()]).await?;
    rows.iter().map(|row| Ok((row.text("shard")?.to_owned(), row.id("id")?))).collect()
}

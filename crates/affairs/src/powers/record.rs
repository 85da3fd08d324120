//! The tables of lists and runs, and every SELECT that reads them.

use kernel::{Date, Id, Moment, RegionLevel};
use store::{Fault, Row, Store, Table, Value};

use super::decide::{Act, ActKind};
use super::row::Power;
use super::run::Run;

pub(super) static POWER_LIST: Table = Table {
    name: "power_list",
    columns: &[
        "shard",
        "list",
        "valid_from",
        "id",
        "valid_to",
        "title",
        "note",
        "demonstration",
        "powers",
        "hash",
        "published_at",
        "published_by",
    ],
    key: &["shard", "list", "valid_from"],
};

pub(super) static POWER_ROW: Table = Table {
    name: "power_row",
    columns: &["shard", "list_id", "code", "kind", "agency", "level", "seals", "search", "body"],
    key: &["shard", "list_id", "code"],
};

pub(super) static POWER_FLOW: Table =
    Table { name: "power_flow", columns: &["shard", "hash", "body"], key: &["shard", "hash"] };

pub(super) static POWER_RUN: Table = Table {
    name: "power_run",
    columns: &[
        "shard",
        "id",
        "version",
        "number",
        "list_id",
        "code",
        "name",
        "kind",
        "flow_hash",
        "agency",
        "region",
        "party",
        "party_kind",
        "state",
        "is_open",
        "opened_at",
        "changed_at",
    ],
    key: &["shard", "id"],
};

pub(super) static POWER_ACT: Table = Table {
    name: "power_act",
    columns: &[
        "shard",
        "run_id",
        "seq",
        "kind",
        "step",
        "state",
        "at",
        "by_id",
        "by_name",
        "second_id",
        "second",
        "body",
        "salt",
    ],
    key: &["shard", "run_id", "seq"],
};

/// One published version of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PowerList {
    /// Which list.
    pub list: String,
    /// Its first day.
    pub valid_from: Date,
    /// Its key.
    pub id: Id,
    /// Its last day; none: until the next version.
    pub valid_to: Option<Date>,
    /// Its title.
    pub title: String,
    /// What a reader must know of it.
    pub note: String,
    /// Whether it shows how a list works, and no agency stands behind it.
    pub demonstration: bool,
    /// How many powers.
    pub powers: i64,
    /// SHA-256 of its rows, as it stands in the log.
    pub hash: String,
    /// When it was published.
    pub published_at: Moment,
    /// By whom.
    pub published_by: String,
}

impl PowerList {
    /// How it is written: `gx@2026-01-01`.
    pub fn label(&self) -> String {
        format!("{}@{}", self.list, self.valid_from)
    }

    /// Whether these are the rows that were published: their hash is the one in the log.
    pub fn holds(&self, powers: &[Power]) -> bool {
        super::list::hash(powers) == self.hash
    }

    pub(super) fn values(&self, shard: &str) -> Vec<Value> {
        vec![
            shard.into(),
            (&self.list).into(),
            self.valid_from.into(),
            self.id.into(),
            self.valid_to.into(),
            (&self.title).into(),
            (&self.note).into(),
            i64::from(self.demonstration).into(),
            self.powers.into(),
            (&self.hash).into(),
            self.published_at.into(),
            (&self.published_by).into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            list: owned("list")?,
            valid_from: row.date("valid_from")?,
            id: row.id("id")?,
            valid_to: row.opt_date("valid_to")?,
            title: owned("title")?,
            note: owned("note")?,
            demonstration: row.flag("demonstration")?,
            powers: row.int("powers")?,
            hash: owned("hash")?,
            published_at: row.moment("published_at")?,
            published_by: owned("published_by")?,
        })
    }
}

/// A level's word in tables, addresses and the API.
pub const fn level_word(level: RegionLevel) -> &'static str {
    match level {
        RegionLevel::Region => "region",
        RegionLevel::City => "city",
        RegionLevel::County => "county",
        RegionLevel::Township => "township",
        RegionLevel::Village => "village",
    }
}

pub(super) fn row_values(shard: &str, list: Id, power: &Power) -> Result<Vec<Value>, Fault> {
    let body = serde_json::to_string(power).map_err(|e| Fault::Misuse(e.to_string()))?;
    let search = format!("{} {} {} {}", power.code, power.name, power.name_en, power.office).to_lowercase();
    Ok(vec![
        shard.into(),
        list.into(),
        (&power.code).into(),
        (&power.kind).into(),
        (&power.agency).into(),
        level_word(power.level).into(),
        i64::try_from(power.seals_to_fetch()).unwrap_or(i64::MAX).into(),
        search.into(),
        body.into(),
    ])
}

fn read_power(row: &Row) -> Result<Power, Fault> {
    serde_json::from_str(row.text("body")?).map_err(|e| Fault::Damaged(format!("a row of the list of powers: {e}")))
}

/// Every version of every list: by list, the newest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lists(store: &Store) -> Result<Vec<PowerList>, Fault> {
    let rows = store.query("SELECT * FROM power_list ORDER BY list, valid_from DESC", vec![]).await?;
    rows.iter().map(PowerList::read).collect()
}

/// The version of each list that is in force on a day.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn current_lists(store: &Store, on: Date) -> Result<Vec<PowerList>, Fault> {
    let mut current: Vec<PowerList> = Vec::new();
    for list in lists(store).await?.into_iter().filter(|l| l.valid_from <= on) {
        if current.last().is_none_or(|l| l.list != list.list) {
            current.push(list);
        }
    }
    current.retain(|l| l.valid_to.is_none_or(|end| on <= end));
    Ok(current)
}

/// The version of a list that is in force on a day.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_at(store: &Store, list: &str, on: Date) -> Result<Option<PowerList>, Fault> {
    Ok(current_lists(store, on).await?.into_iter().find(|l| l.list == list))
}

/// A version by its label, such as `gx@2026-01-01`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_by_label(store: &Store, label: &str) -> Result<Option<PowerList>, Fault> {
    Ok(lists(store).await?.into_iter().find(|l| l.label() == label))
}

/// All powers of a version, in the order of their codes.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn powers_of(store: &Store, list: Id) -> Result<Vec<Power>, Fault> {
    let sql = "SELECT body FROM power_row WHERE list_id = $1 ORDER BY code";
    store.query(sql, vec![list.into()]).await?.iter().map(read_power).collect()
}

/// A power of a version.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn power(store: &Store, list: Id, code: &str) -> Result<Option<Power>, Fault> {
    // PostgreSQL refuses the sign that no code has.
    if code.contains('\0') {
        return Ok(None);
    }
    let sql = "SELECT body FROM power_row WHERE list_id = $1 AND code = $2";
    store.query(sql, vec![list.into(), code.into()]).await?.first().map(read_power).transpose()
}

/// What is looked for; an empty word is no filter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Part of name, code or office.
    pub text: String,
    /// Id of a kind.
    pub kind: String,
    /// Id of an agency.
    pub agency: String,
    /// Word of a level.
    pub level: String,
    /// The code after which to go on.
    pub after: String,
}

/// A page of powers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The powers, by code.
    pub powers: Vec<Power>,
    /// How many there are on all pages.
    pub count: i64,
    /// The code after which the next page begins.
    pub next: Option<String>,
}

/// Powers on a page.
pub const PAGE: usize = 50;

macro_rules! fitting {
    ($head:literal, $tail:literal) => {
        concat!(
            $head,
            " FROM power_row WHERE list_id = $1 AND ($2 = '' OR kind = $2) AND ($3 = '' OR agency = $3) ",
            "AND ($4 = '' OR level = $4) AND search LIKE $5 ESCAPE '!' ",
            $tail
        )
    };
}

const FIND: &str = fitting!("SELECT body", "AND code > $6 ORDER BY code LIMIT 51");
const COUNT: &str = fitting!("SELECT count(*) AS n", "");

/// A page of the powers of a version that fit.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find(store: &Store, list: Id, wanted: &Wanted) -> Result<Found, Fault> {
    // Small letters on both sides, for the engines differ in what LIKE makes of letters; `!` keeps a typed sign a sign.
    let plain: String = wanted.text.trim().to_lowercase().chars().take(60).collect();
    let plain = plain.replace('!', "!!").replace('%', "!%").replace('_', "!_").replace('\0', "");
    let words = [&wanted.kind, &wanted.agency, &wanted.level];
    let filter: Vec<Value> = std::iter::once(Value::from(list))
        .chain(words.map(|w| Value::from(w.replace('\0', ""))))
        .chain([format!("%{plain}%").into()])
        .collect();
    let paged: Vec<Value> = filter.iter().cloned().chain([wanted.after.replace('\0', "").into()]).collect();
    let answers = store.snapshot(vec![(FIND, paged), (COUNT, filter)]).await?;
    let [rows, counts] = answers.as_slice() else { return Err(Fault::Misuse("two queries, two answers".into())) };
    let mut powers = rows.iter().map(read_power).collect::<Result<Vec<_>, _>>()?;
    let more = powers.len() > PAGE;
    powers.truncate(PAGE);
    let next = powers.last().filter(|_| more).map(|p| p.code.clone());
    let count = counts.first().map_or(Ok(0), |row| row.int("n"))?;
    Ok(Found { powers, count, next })
}

fn read_run(row: &Row) -> Result<Run, Fault> {
    let owned = |column| row.text(column).map(str::to_owned);
    Ok(Run {
        shard: owned("shard")?,
        id: row.id("id")?,
        version: row.int("version")?,
        number: owned("number")?,
        list_id: row.id("list_id")?,
        code: owned("code")?,
        name: owned("name")?,
        kind: owned("kind")?,
        flow_hash: owned("flow_hash")?,
        agency: owned("agency")?,
        region: owned("region")?,
        party: owned("party")?,
        party_kind: owned("party_kind")?,
        state: owned("state")?,
        is_open: row.flag("is_open")?,
        opened_at: row.moment("opened_at")?,
        changed_at: row.moment("changed_at")?,
    })
}

pub(super) fn run_values(run: &Run) -> Vec<Value> {
    vec![
        (&run.shard).into(),
        run.id.into(),
        run.version.into(),
        (&run.number).into(),
        run.list_id.into(),
        (&run.code).into(),
        (&run.name).into(),
        (&run.kind).into(),
        (&run.flow_hash).into(),
        (&run.agency).into(),
        (&run.region).into(),
        (&run.party).into(),
        (&run.party_kind).into(),
        (&run.state).into(),
        i64::from(run.is_open).into(),
        run.opened_at.into(),
        run.changed_at.into(),
    ]
}

/// The row of an act in the table of whoever runs a flow: shard, run, number in it, then what was done.
pub(crate) fn act_values((shard, run, seq): (&str, Id, i64), (act, salt): (&Act, &[u8])) -> Result<Vec<Value>, Fault> {
    let body = serde_json::to_string(&act.values).map_err(|e| Fault::Misuse(e.to_string()))?;
    let (second_id, second) = act.second.clone().unzip();
    Ok(vec![
        shard.into(),
        run.into(),
        seq.into(),
        act.kind.word().into(),
        (&act.step).into(),
        (&act.state).into(),
        act.at.into(),
        (&act.by).into(),
        (&act.by_name).into(),
        second_id.into(),
        second.into(),
        body.into(),
        salt.to_vec().into(),
    ])
}

/// Reads what [`act_values`] wrote.
pub(crate) fn read_act(row: &Row) -> Result<Act, Fault> {
    let owned = |column| row.text(column).map(str::to_owned);
    let opt = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
    let kind = row.text("kind")?;
    Ok(Act {
        kind: ActKind::from_word(kind).ok_or_else(|| Fault::Damaged(format!("an act {kind:?}")))?,
        step: owned("step")?,
        state: owned("state")?,
        at: row.moment("at")?,
        by: owned("by_id")?,
        by_name: owned("by_name")?,
        second: opt("second_id")?.zip(opt("second")?),
        values: serde_json::from_str(row.text("body")?).map_err(|e| Fault::Damaged(format!("an act: {e}")))?,
    })
}

/// The run with this number and what happened in it, in order, both as of one moment: whoever asks.
pub(super) async fn run_with_acts(store: &Store, number: &str) -> Result<Option<(Run, Vec<Act>)>, Fault> {
    const RUN: &str = "SELECT * FROM power_run WHERE number = $1";
    const ACTS: &str = "SELECT a.* FROM power_run r JOIN power_act a ON a.shard = r.shard AND a.run_id = r.id \
                        WHERE r.number = $1 ORDER BY a.seq";
    if number.contains('\0') {
        return Ok(None);
    }
    let answers = store.snapshot(vec![(RUN, vec![number.into()]), (ACTS, vec![number.into()])]).await?;
    let [runs, acts] = answers.as_slice() else { return Err(Fault::Misuse("two queries, two answers".into())) };
    let Some(run) = runs.first() else { return Ok(None) };
    Ok(Some((read_run(run)?, acts.iter().map(read_act).collect::<Result<_, _>>()?)))
}

/// The flow with this hash.
pub(super) async fn flow_body(store: &Store, hash: &str) -> Result<Option<String>, Fault> {
    let rows = store.query("SELECT body FROM power_flow WHERE hash = $1", vec![hash.into()]).await?;
    rows.first().map(|r| r.text("body").map(str::to_owned)).transpose()
}

const RUNS_FOR: &str = concat!(
    "SELECT r.* FROM power_run r WHERE r.is_open = $3 AND ",
    crate::scope_filter!("$1", "'view_case'", "r.agency", "r.region", "r.code"),
    " ORDER BY r.changed_at DESC, r.id DESC LIMIT 51 OFFSET $2"
);

/// The runs an officer may see, those that changed last first: at most fifty from `from` on, and whether there are more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn runs_for(store: &Store, account: Id, (open, from): (bool, u32)) -> Result<(Vec<Run>, bool), Fault> {
    let params = vec![account.into(), i64::from(from).into(), i64::from(open).into()];
    let mut runs = store.query(RUNS_FOR, params).await?.iter().map(read_run).collect::<Result<Vec<_>, _>>()?;
    let more = runs.len() > PAGE;
    runs.truncate(PAGE);
    Ok((runs, more))
}

/// How many runs there are of a power, whatever version of the list named it: open and closed. With an empty code, of all.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn runs_of(store: &Store, code: &str) -> Result<(i64, i64), Fault> {
    let sql = "SELECT is_open, count(*) AS n FROM power_run WHERE ($1 = '' OR code = $1) GROUP BY is_open";
    let (mut open, mut closed) = (0, 0);
    for row in store.query(sql, vec![code.into()]).await? {
        if row.flag("is_open")? { open = row.int("n")? } else { closed = row.int("n")? }
    }
    Ok((open, closed))
}

/// The newest closed runs with their acts, whoever asks: their record is held against the flows they ran under.
pub(super) async fn closed_runs(store: &Store, most: i64) -> Result<Vec<(Run, Vec<Act>)>, Fault> {
    const RUNS: &str = "SELECT * FROM power_run WHERE is_open = 0 ORDER BY changed_at DESC, id DESC LIMIT $1";
    const ACTS: &str = "SELECT a.* FROM (SELECT shard, id FROM power_run WHERE is_open = 0 \
                        ORDER BY changed_at DESC, id DESC LIMIT $1) AS r \
                        JOIN power_act a ON a.shard = r.shard AND a.run_id = r.id ORDER BY a.run_id, a.seq";
    let answers = store.snapshot(vec![(RUNS, vec![most.into()]), (ACTS, vec![most.into()])]).await?;
    let [runs, acts] = answers.as_slice() else { return Err(Fault::Misuse("two queries, two answers".into())) };
    let mut found: Vec<(Run, Vec<Act>)> =
        runs.iter().map(|row| Ok((read_run(row)?, Vec::new()))).collect::<Result<_, Fault>>()?;
    for row in acts {
        let run = row.id("run_id")?;
        if let Some((_, own)) = found.iter_mut().find(|(one, _)| one.id == run) {
            own.push(read_act(row)?);
        }
    }
    Ok(found)
}

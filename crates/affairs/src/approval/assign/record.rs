//! The table of assignments, and the SELECTs that read it and find who may take a case.

use kernel::{Date, Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::Assignment;
use super::decide::{Able, How};
use crate::access::Right;
use crate::approval::record::{Case, all, json};

/// Assignments, versioned: of two who take a case one succeeds.
pub(in crate::approval) static ASSIGNMENT: Table = Table {
    name: "assignment",
    columns: &["shard", "case_id", "version", "officer", "officer_name", "how", "why", "not_to", "since", "next_at"],
    key: &["shard", "case_id"],
};

/// The row of a case that begins to wait.
pub(super) fn fresh(case: &Case, now: Moment) -> Vec<Value> {
    vec![
        (&case.shard).into(),
        case.id.into(),
        1_i64.into(),
        Value::Null,
        Value::Null,
        How::Waiting.word().into(),
        r#"{"zh":"","en":""}"#.into(),
        Value::Null,
        now.into(),
        now.into(),
    ]
}

fn read(row: &Row) -> Result<Assignment, Fault> {
    let how = row.text("how")?;
    let why = json(row, "why")?;
    Ok(Assignment {
        case: row.id("case_id")?,
        officer: row.opt_id("officer")?,
        officer_name: row.opt_text("officer_name")?.map(str::to_owned),
        how: How::from_word(how).ok_or_else(|| Fault::Misuse(format!("unknown kind of assignment {how:?}")))?,
        why: serde_json::from_value(why).map_err(|e| Fault::Misuse(format!("assignment.why: {e}")))?,
        since: row.moment("since")?,
        shard: row.text("shard")?.to_owned(),
        version: row.int("version")?,
        not_to: row.opt_id("not_to")?,
    })
}

pub(super) async fn of_case(store: &Store, case: Id) -> Result<Option<Assignment>, Fault> {
    let sql = concat!(
        store::shards!("assignment"),
        "SELECT a.* FROM home JOIN assignment a ON a.shard = home.shard AND a.case_id = $1"
    );
    store.query(sql, vec![case.into()]).await?.first().map(read).transpose()
}

/// What lies with an officer, oldest first.
pub(super) async fn of_officer(store: &Store, officer: Id) -> Result<Vec<Assignment>, Fault> {
    let sql = "SELECT * FROM assignment WHERE officer = $1 ORDER BY since, case_id LIMIT 4096";
    all(store.query(sql, vec![officer.into()]).await?, read)
}

/// What lies with nobody and is to be looked at now.
pub(super) async fn open(store: &Store, now: Moment) -> Result<Vec<Assignment>, Fault> {
    let sql = "SELECT * FROM assignment WHERE officer IS NULL AND next_at <= $1 ORDER BY next_at, case_id LIMIT 64";
    all(store.query(sql, vec![now.into()]).await?, read)
}

/// Officers with cases who are away on a day or have left. Leaps from officer to officer, however many cases they have.
pub(super) async fn idle(store: &Store, shard: &str, day: Date) -> Result<Vec<Id>, Fault> {
    const SQL: &str = "WITH RECURSIVE who (officer) AS (SELECT min(officer) FROM assignment UNION ALL \
         SELECT (SELECT min(n.officer) FROM assignment n WHERE n.officer > who.officer) FROM who \
         WHERE who.officer IS NOT NULL) SELECT who.officer AS officer FROM who \
         JOIN account a ON a.shard = $1 AND a.id = who.officer WHERE a.status <> 'active' OR EXISTS \
         (SELECT 1 FROM absence b WHERE b.account = who.officer AND b.ended_at IS NULL AND b.from_day <= $2 \
         AND b.to_day >= $2)";
    let rows = store.query(SQL, vec![shard.into(), day.into()]).await?;
    rows.iter().map(|row| row.id("officer")).collect()
}

/// The staff whose rights let them decide a case.
pub(super) async fn able(store: &Store, case: &Case) -> Result<Vec<Able>, Fault> {
    const SQL: &str = concat!(
        "SELECT a.id, a.name, a.post, CASE WHEN a.agency = $1 THEN 1 ELSE 0 END AS own_agency, \
         CASE WHEN EXISTS (SELECT 1 FROM scope i JOIN role_right r ON r.role = i.role AND r.allowed = 'decide_case' \
         WHERE i.account = a.id AND i.item = $3) THEN 1 ELSE 0 END AS own_item, CASE WHEN ",
        crate::scope_filter!("a.id", "'lead'", "$1", "$2", "$3"),
        " THEN 1 ELSE 0 END AS leads, (SELECT count(*) FROM assignment n WHERE n.officer = a.id) AS load \
         FROM account a WHERE a.kind = 'staff' AND a.status = 'active' AND ",
        crate::scope_filter!("a.id", "'decide_case'", "$1", "$2", "$3"),
        " ORDER BY a.id LIMIT 500"
    );
    let place = vec![(&case.deciding_agency).into(), (&case.region).into(), (&case.item).into()];
    let read = |row: &Row| {
        Ok(Able {
            account: row.id("id")?,
            name: row.text("name")?.to_owned(),
            post: row.text("post")?.to_owned(),
            own_agency: row.flag("own_agency")?,
            own_item: row.flag("own_item")?,
            leads: row.flag("leads")?,
            load: row.int("load")?,
        })
    };
    all(store.query(SQL, place).await?, read)
}

/// Whoever had a case before it went back to its applicant.
pub(super) async fn handled_before(store: &Store, case: Id) -> Result<Option<Id>, Fault> {
    let sql =
        "SELECT detail FROM case_event WHERE case_id = $1 AND kind = 'assigned' ORDER BY at DESC, id DESC LIMIT 1";
    let rows = store.query(sql, vec![case.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(json(row, "detail")?.get("officer").and_then(|id| id.as_str()?.parse().ok()))
}

/// The cases that lie with an officer, the most urgent first, as far as his rights reach.
pub(in crate::approval) async fn queue_of(store: &Store, account: Id) -> Result<Vec<Case>, Fault> {
    const SQL: &str = concat!(
        "SELECT c.* FROM assignment a JOIN case_file c ON c.shard = a.shard AND c.id = a.case_id WHERE a.officer = $1 AND ",
        crate::scope_filter!("$1", "$2", "c.deciding_agency, c.in_name_of, c.first_agency", "c.region", "c.item"),
        " ORDER BY c.committed_due_at, c.filed_at LIMIT 200"
    );
    all(store.query(SQL, vec![account.into(), Right::ViewCase.word().into()]).await?, Case::read)
}

/// What lies with an officer and with everybody whom he leads.
pub(super) async fn left_by(store: &Store, account: Id) -> Result<Vec<Assignment>, Fault> {
    const SQL: &str = concat!(
        "SELECT a.* FROM assignment a JOIN case_file c ON c.shard = a.shard AND c.id = a.case_id WHERE a.officer = $1 OR ",
        crate::scope_filter!("$1", "$2", "c.deciding_agency, c.in_name_of", "c.region", "c.item"),
        " ORDER BY CASE WHEN a.officer = $1 THEN 0 WHEN a.officer IS NULL THEN 2 ELSE 1 END, a.officer_name, a.officer, \
         a.since, a.case_id LIMIT 400"
    );
    all(store.query(SQL, vec![account.into(), Right::Lead.word().into()]).await?, read)
}

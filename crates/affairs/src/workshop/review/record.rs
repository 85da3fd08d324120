//! The table of what was looked at again, and the lists of what there is to look at.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Unit};

use super::Finding;

static REVIEW: Table = Table {
    name: "rule_review",
    columns: &["shard", "bad", "case_id", "finding", "note", "by_name", "at"],
    key: &["shard", "bad", "case_id"],
};

/// A decision of a version, and what was found of it since.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecidedCase {
    /// The case.
    pub case: Id,
    /// Its number.
    pub number: String,
    /// How its decision came out.
    pub outcome: String,
    /// Who made it: `machine`, `person`, `law`.
    pub maker: String,
    /// When.
    pub decided_at: Moment,
    /// What was found on looking again: finding, note, by whom, when.
    pub looked: Option<(String, String, String, Moment)>,
}

fn read(row: &Row) -> Result<DecidedCase, Fault> {
    let owned = |column| row.text(column).map(str::to_owned);
    let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
    let looked = maybe("finding")?.zip(maybe("note")?).zip(maybe("by_name")?).zip(row.opt_moment("looked_at")?);
    Ok(DecidedCase {
        case: row.id("case_id")?,
        number: owned("number")?,
        outcome: owned("outcome")?,
        maker: owned("maker")?,
        decided_at: row.moment("decided_at")?,
        looked: looked.map(|(((finding, note), by), at)| (finding, note, by, at)),
    })
}

const DECIDED: &str = concat!(
    "SELECT d.case_id, c.number, d.outcome, d.maker, d.decided_at, r.finding, r.note, r.by_name, r.at AS looked_at \
     FROM decision d JOIN case_file c ON c.shard = d.shard AND c.id = d.case_id \
     LEFT JOIN rule_review r ON r.shard = d.shard AND r.bad = d.item_version AND r.case_id = d.case_id \
     WHERE d.item_version = $2 AND d.item = $3 AND ",
    crate::scope_filter!("$1", "'view_case'", "c.deciding_agency, c.in_name_of, c.first_agency", "c.region", "c.item"),
    " ORDER BY d.decided_at, d.id LIMIT 51 OFFSET $4"
);

/// What a version decided, the oldest first, as far as the account may see it: a page and one more.
pub(super) async fn decided_under(
    store: &Store,
    account: Id,
    (item, version): (&str, &str),
    from: u32,
) -> Result<Vec<DecidedCase>, Fault> {
    let params = vec![account.into(), version.into(), item.into(), i64::from(from).into()];
    store.query(DECIDED, params).await?.iter().map(read).collect()
}

/// How many decisions a version made, at most 10,000.
pub(super) async fn count(store: &Store, item: &str, version: &str) -> Result<i64, Fault> {
    let sql = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM decision WHERE item_version = $1 AND item = $2 LIMIT 10000) AS counted";
    let rows = store.query(sql, vec![version.into(), item.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int("n"))
}

/// Whether a version decided anything in a case.
pub(super) async fn is_decided_by(store: &Store, case: Id, version: &str) -> Result<bool, Fault> {
    let sql = "SELECT 1 AS one FROM decision WHERE case_id = $1 AND item_version = $2 LIMIT 1";
    Ok(!store.query(sql, vec![case.into(), version.into()]).await?.is_empty())
}

pub(super) fn row(
    shard: &str,
    (bad, case): (&str, Id),
    (finding, note): (Finding, &str),
    (by, at): (&str, Moment),
) -> Unit {
    let row = vec![shard.into(), bad.into(), case.into(), finding.word().into(), note.into(), by.into(), at.into()];
    Unit::new(shard).put(&REVIEW, row)
}

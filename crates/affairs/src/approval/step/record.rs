//! The table of special steps, and the SELECTs that read it and who may be sent.

use kernel::Id;
use serde_json::json;
use store::{Fault, Row, Store, Table, Value};

use super::{Candidate, Step, StepFound};
use crate::approval::record::{self, Case};

pub(super) static STEP: Table = Table {
    name: "special_step",
    columns: &[
        "shard",
        "id",
        "version",
        "case_id",
        "stage",
        "officers",
        "notice",
        "noticed_at",
        "noticed_by",
        "planned_to",
        "passed",
        "findings",
        "recorded_by",
        "ended_at",
        "accounts",
    ],
    key: &["shard", "id"],
};

impl Step {
    fn read(row: &Row) -> Result<Self, Fault> {
        let text = |column| row.text(column).map(str::to_owned);
        let json = |column| record::json(row, column);
        let wrong = |what: &str| Fault::Misuse(format!("special_step.{what} cannot be read"));
        let result = match (row.opt_moment("ended_at")?, row.opt_text("findings")?) {
            (Some(at), Some(findings)) => Some(StepFound {
                passed: row.flag("passed")?,
                findings: findings.to_owned(),
                by: row.opt_text("recorded_by")?.unwrap_or_default().to_owned(),
                at,
            }),
            _ => None,
        };
        Ok(Self {
            id: row.id("id")?,
            stage: serde_json::from_value(json("stage")?).map_err(|_| wrong("stage"))?,
            officers: serde_json::from_value(json("officers")?).map_err(|_| wrong("officers"))?,
            accounts: match row.opt_text("accounts")? {
                Some(_) => serde_json::from_value(json("accounts")?).map_err(|_| wrong("accounts"))?,
                None => Vec::new(),
            },
            notice: text("notice")?,
            noticed_at: row.moment("noticed_at")?,
            noticed_by: text("noticed_by")?,
            planned_to: row.date("planned_to")?,
            result,
            shard: text("shard")?,
            version: row.int("version")?,
        })
    }

    pub(super) fn values(&self, case: Id) -> Vec<Value> {
        let found = self.result.as_ref();
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            case.into(),
            json!(self.stage).to_string().into(),
            json!(self.officers).to_string().into(),
            (&self.notice).into(),
            self.noticed_at.into(),
            (&self.noticed_by).into(),
            self.planned_to.to_string().into(),
            found.map(|r| r.passed).into(),
            found.map(|r| r.findings.clone()).into(),
            found.map(|r| r.by.clone()).into(),
            found.map(|r| r.at).into(),
            json!(self.accounts).to_string().into(),
        ]
    }
}

/// The special steps of a case, oldest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn steps_of(store: &Store, case: Id) -> Result<Vec<Step>, Fault> {
    let sql = "SELECT * FROM special_step WHERE case_id = $1 ORDER BY noticed_at, id";
    store.query(sql, vec![case.into()]).await?.iter().map(Step::read).collect()
}

/// Who may be sent to a special step of this case: staff who handle, decide or inspect where it belongs.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn candidates(store: &Store, case: &Case) -> Result<Vec<Candidate>, Fault> {
    const SQL: &str = concat!(
        "SELECT a.id, a.name, a.post FROM account a WHERE a.kind = 'staff' AND a.status = 'active' AND (",
        crate::scope_filter!("a.id", "'handle_case'", "$1", "$2", "$3"),
        " OR ",
        crate::scope_filter!("a.id", "'decide_case'", "$1", "$2", "$3"),
        " OR ",
        crate::scope_filter!("a.id", "'handle_duty'", "$1", "$2", "$3"),
        ") ORDER BY a.name, a.id LIMIT 200"
    );
    let place = vec![(&case.deciding_agency).into(), (&case.region).into(), (&case.item).into()];
    let read = |row: &Row| {
        let text = |column| row.text(column).map(str::to_owned);
        Ok(Candidate { account: row.id("id")?, name: text("name")?, post: text("post")? })
    };
    store.query(SQL, place).await?.iter().map(read).collect()
}

//! The table of first reviews.

use kernel::Id;
use store::{Fault, Row, Store, Table, Value};

use super::{FirstReview, Passed};

/// First reviews, versioned: of two who pass a file up one succeeds.
pub(super) static FIRST_REVIEW: Table = Table {
    name: "first_review",
    columns: &[
        "shard",
        "case_id",
        "version",
        "agency",
        "above",
        "in_name_of",
        "begun_at",
        "due_at",
        "favourable",
        "opinion",
        "passed_by",
        "passed_at",
    ],
    key: &["shard", "case_id"],
};

impl FirstReview {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        let passed = self.passed.as_ref();
        vec![
            (&self.shard).into(),
            self.case.into(),
            self.version.into(),
            (&self.agency).into(),
            (&self.above).into(),
            self.in_name_of.as_deref().into(),
            self.begun_at.into(),
            self.due_at.into(),
            passed.map(|p| p.favourable).into(),
            passed.map(|p| p.opinion.as_str()).into(),
            passed.map(|p| p.by.as_str()).into(),
            passed.map(|p| p.at).into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let passed = match row.opt_moment("passed_at")? {
            None => None,
            Some(at) => Some(Passed {
                favourable: row.flag("favourable")?,
                opinion: row.text("opinion")?.to_owned(),
                by: row.text("passed_by")?.to_owned(),
                at,
            }),
        };
        Ok(Self {
            case: row.id("case_id")?,
            agency: row.text("agency")?.to_owned(),
            above: row.text("above")?.to_owned(),
            in_name_of: row.opt_text("in_name_of")?.map(str::to_owned),
            begun_at: row.moment("begun_at")?,
            due_at: row.opt_moment("due_at")?,
            passed,
            shard: row.text("shard")?.to_owned(),
            version: row.int("version")?,
        })
    }
}

/// The first review of a case.
///
/// # Errors
/// A [`Fault`] of the database.
pub(super) async fn of_case(store: &Store, case: Id) -> Result<Option<FirstReview>, Fault> {
    let sql = concat!(
        store::shards!("first_review"),
        "SELECT f.* FROM home JOIN first_review f ON f.shard = home.shard AND f.case_id = $1"
    );
    store.query(sql, vec![case.into()]).await?.first().map(FirstReview::read).transpose()
}

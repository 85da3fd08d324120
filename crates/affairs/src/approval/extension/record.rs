//! The table of requests to extend a limit.

use kernel::Id;
use store::{Fault, Row, Store, Table, Value};

use super::{Extension, ExtensionAnswer, ExtensionState};

pub(super) static EXTENSION: Table = Table {
    name: "extension",
    columns: &[
        "shard",
        "case_id",
        "version",
        "state",
        "reasons",
        "days",
        "asked_by",
        "asked_name",
        "asked_at",
        "answer",
        "answered_by",
        "answered_at",
    ],
    key: &["shard", "case_id"],
};

impl Extension {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.case.into(),
            self.version.into(),
            self.state.word().into(),
            (&self.reasons).into(),
            self.days.into(),
            self.asked_by.into(),
            (&self.asked_name).into(),
            self.asked_at.into(),
            Value::Null,
            Value::Null,
            Value::Null,
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let text = |column| row.text(column).map(str::to_owned);
        let word = row.text("state")?;
        let state = ExtensionState::from_word(word);
        let answer = match (row.opt_text("answer")?, row.opt_text("answered_by")?, row.opt_moment("answered_at")?) {
            (Some(words), Some(by), Some(at)) => {
                Some(ExtensionAnswer { words: words.to_owned(), by: by.to_owned(), at })
            }
            _ => None,
        };
        Ok(Self {
            case: row.id("case_id")?,
            state: state.ok_or_else(|| Fault::Misuse(format!("unknown state of an extension {word:?}")))?,
            reasons: text("reasons")?,
            days: u32::try_from(row.int("days")?).unwrap_or_default(),
            asked_by: row.id("asked_by")?,
            asked_name: text("asked_name")?,
            asked_at: row.moment("asked_at")?,
            answer,
            shard: text("shard")?,
            version: row.int("version")?,
        })
    }
}

pub(super) async fn of_case(store: &Store, case: Id) -> Result<Option<Extension>, Fault> {
    let sql = concat!(
        store::shards!("extension"),
        "SELECT e.* FROM home JOIN extension e ON e.shard = home.shard AND e.case_id = $1"
    );
    store.query(sql, vec![case.into()]).await?.first().map(Extension::read).transpose()
}

//! The table of questions between kin, and every SELECT that reads it.

use kernel::{Date, Id, Moment, Text};
use serde::{Deserialize, Serialize};
use store::{Fault, Row, Store, Table, Value};

/// Questions, versioned.
pub(super) static KIN_REQUEST: Table = Table {
    name: "kin_request",
    columns: &[
        "shard",
        "id",
        "version",
        "helper",
        "helper_name",
        "code",
        "name",
        "items",
        "until",
        "words",
        "asked_at",
        "answer",
        "answered_at",
        "mandate",
        "witness",
    ],
    key: &["shard", "id"],
};

/// What was answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Answer {
    /// Nothing yet.
    Asked,
    /// Yes: a mandate was given.
    Yes,
    /// No.
    No,
    /// Taken back by whoever asked.
    Withdrawn,
}

impl Answer {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Yes, Self::No, Self::Withdrawn];

    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.word() == word)
    }
}

/// A question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kin {
    /// Home shard.
    pub shard: String,
    /// Its id.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// Who asks.
    pub helper: Id,
    /// His name.
    pub helper_name: String,
    /// Of whom: the citizen id that was typed.
    pub code: String,
    /// The name that was typed.
    pub name: String,
    /// For which items.
    pub items: Vec<String>,
    /// The last day.
    pub until: Date,
    /// Why, in the asker's words.
    pub words: String,
    /// Asked.
    pub asked_at: Moment,
    /// What was answered.
    pub answer: Answer,
    /// When.
    pub answered_at: Option<Moment>,
    /// The mandate that was given.
    pub mandate: Option<Id>,
    /// Before whom it was answered, where that was at a counter.
    pub witness: Option<SeenAt>,
}

/// A counter at which somebody answered, and the clerk who saw him.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SeenAt {
    /// The counter, in words.
    pub place: Text,
    /// The clerk's name.
    pub clerk: String,
}

impl Kin {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            self.helper.into(),
            (&self.helper_name).into(),
            (&self.code).into(),
            (&self.name).into(),
            serde_json::json!(self.items).to_string().into(),
            self.until.into(),
            (&self.words).into(),
            self.asked_at.into(),
            self.answer.word().into(),
            self.answered_at.into(),
            self.mandate.into(),
            self.witness().into(),
        ]
    }

    fn witness(&self) -> Option<String> {
        self.witness.as_ref().map(|seen| serde_json::json!(seen).to_string())
    }

    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("answer", self.answer.word().into()),
            ("answered_at", self.answered_at.into()),
            ("mandate", self.mandate.into()),
            ("witness", self.witness().into()),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let items = serde_json::from_str(row.text("items")?);
        let answer = Answer::from_word(row.text("answer")?);
        Ok(Self {
            shard: row.text("shard")?.to_owned(),
            id: row.id("id")?,
            version: row.int("version")?,
            helper: row.id("helper")?,
            helper_name: row.text("helper_name")?.to_owned(),
            code: row.text("code")?.to_owned(),
            name: row.text("name")?.to_owned(),
            items: items.map_err(|e| Fault::Misuse(format!("items of a question between kin: {e}")))?,
            until: row.date("until")?,
            words: row.text("words")?.to_owned(),
            asked_at: row.moment("asked_at")?,
            answer: answer.ok_or_else(|| Fault::Misuse("unknown answer between kin".to_owned()))?,
            answered_at: row.opt_moment("answered_at")?,
            mandate: row.opt_id("mandate")?,
            witness: match row.opt_text("witness")? {
                Some(text) => Some(serde_json::from_str(text).map_err(|e| Fault::Misuse(format!("a witness: {e}")))?),
                None => None,
            },
        })
    }
}

pub(super) async fn kin(store: &Store, shard: &str, id: Id) -> Result<Option<Kin>, Fault> {
    let sql = "SELECT * FROM kin_request WHERE shard = $1 AND id = $2";
    store.query(sql, vec![shard.into(), id.into()]).await?.first().map(Kin::read).transpose()
}

pub(super) async fn of_helper(store: &Store, helper: Id) -> Result<Vec<Kin>, Fault> {
    let sql = "SELECT * FROM kin_request WHERE helper = $1 ORDER BY asked_at DESC, id LIMIT 50";
    store.query(sql, vec![helper.into()]).await?.iter().map(Kin::read).collect()
}

pub(super) async fn of_code(store: &Store, code: &str) -> Result<Vec<Kin>, Fault> {
    let sql = "SELECT * FROM kin_request WHERE code = $1 ORDER BY asked_at DESC, id LIMIT 50";
    store.query(sql, vec![code.into()]).await?.iter().map(Kin::read).collect()
}

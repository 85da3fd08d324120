//! What a decision writes back into a register: the named fields change, the others stay.

use kernel::{Id, Moment, Text};
use serde_json::{Map, Value as Json, json};
use store::{CommitError, Message, Unit};

use super::Looks;
use super::layout::{Register, Registers};
use super::record::{self, RECORD, WRITE};
use super::remote::Hands;
use crate::access::Desk;
use crate::catalog::{Answer, RegisterWrite};

/// Why a record cannot be written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ChangeError {
    /// The catalogue names a register that is not there.
    #[error("there is no register {0:?}")]
    NoRegister(String),
    /// The record was not looked at before the decision, or not allowed to be: what stands in it is unknown.
    #[error("the record to be written in {0:?} was not read for this decision")]
    NotRead(String),
    /// The values do not fit the register's layout: `(field, reason)`, all at once.
    #[error("{register}: {}", .faults.iter().map(|(f, r)| format!("{f}: {r}")).collect::<Vec<_>>().join("; "))]
    Unfit {
        /// The register.
        register: String,
        /// The faults.
        faults: Vec<(String, String)>,
    },
}

impl Looks {
    /// The change of a record that was looked at, for the unit of a decision; `origin` is the case. The record is replaced in the
    /// version that was seen: if somebody else changes it before the commit, the unit meets a conflict and the decision is
    /// made again.
    pub fn change(
        &self,
        desk: &Desk,
        registers: &Registers,
        (write, origin): (&RegisterWrite, &str),
    ) -> Result<Unit, ChangeError> {
        let register = registers.get(&write.register);
        let register = register.ok_or_else(|| ChangeError::NoRegister(write.register.clone()))?;
        let version = self.versions.get(&(write.register.clone(), write.subject.clone()));
        let version = version.ok_or_else(|| ChangeError::NotRead(write.register.clone()))?;
        let body = self.body_after(write);
        check(register, &body, write)?;
        let row = Row { register, subject: &write.subject, body: &body, as_of: desk.now(), origin };
        let unit = row.write(desk, desk.unit(), *version);
        Ok(if registers.is_elsewhere(&register.id) { tell(desk, unit, write, origin) } else { unit })
    }

    /// The record as it will be after the change: what a licence prints.
    pub fn body_after(&self, write: &RegisterWrite) -> Map<String, Json> {
        let seen = self.readings.iter().find(|r| r.register == write.register && r.subject == write.subject);
        let mut body = match seen.map(|r| &r.answer) {
            Some(Answer::Record { body, .. }) => body.clone(),
            _ => Map::new(),
        };
        body.extend(write.fields.clone());
        body
    }
}

/// What the outbox calls the telling of a keeper.
pub const TOPIC: &str = "register.write";

/// A change of a register that another agency keeps: written here with the decision, so that it counts at once and the
/// decision is whole; the keeper is told afterwards, as often as it takes.
fn tell(desk: &Desk, unit: Unit, write: &RegisterWrite, origin: &str) -> Unit {
    let id = desk.id();
    let row = vec![
        desk.shard.into(),
        id.into(),
        1_i64.into(),
        (&write.register).into(),
        (&write.subject).into(),
        written(&write.fields).into(),
        origin.into(),
        desk.now().into(),
        None::<Moment>.into(),
    ];
    unit.insert(&WRITE, row).send(TOPIC, json!({ "shard": desk.shard, "write": id.to_string() }).to_string())
}

/// Tells a keeper of the change that an entry of the outbox names. Once told it is not told again.
///
/// # Errors
/// Why it was not told; the outbox tries again by its own plan.
pub async fn carry(desk: &Desk<'_>, registers: &Registers, entry: &Message) -> Result<(), String> {
    let body: Json = serde_json::from_str(&entry.body).map_err(|e| e.to_string())?;
    let id: Id = body["write"].as_str().and_then(|t| t.parse().ok()).ok_or("no id of a change in the entry")?;
    let found = record::write(desk.store, &entry.shard, id).await.map_err(|e| e.to_string())?;
    let found = found.ok_or("the change is not there")?;
    if found.told_at.is_some() {
        return Ok(());
    }
    let hands = Hands { clock: desk.clock, entropy: desk.entropy };
    registers.remotes().tell(hands, &found.change).await.map_err(|e| e.to_string())?;
    let key = vec![(&entry.shard).into(), id.into()];
    let unit = Unit::new(&entry.shard).update(&WRITE, key, found.version, vec![("told_at", desk.now().into())]);
    match desk.store.commit(unit).await {
        // Another worker told it too: the keeper carries it out once.
        Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// The written values must fit; that a new record lacks other fields is for its readers to see.
fn check(register: &Register, body: &Map<String, Json>, write: &RegisterWrite) -> Result<(), ChangeError> {
    let faults = register.faults(body).into_iter().filter(|(field, _)| write.fields.contains_key(field));
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() { Ok(()) } else { Err(ChangeError::Unfit { register: register.id.clone(), faults }) }
}

/// A record's text. Texts and values of JSON can always be written.
fn written(body: &Map<String, Json>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

/// A record to be written.
pub(super) struct Row<'a> {
    pub register: &'a Register,
    pub subject: &'a str,
    pub body: &'a Map<String, Json>,
    pub as_of: Moment,
    pub origin: &'a str,
}

impl Row<'_> {
    /// Inserts the record, or replaces the version that was read.
    pub(super) fn write(&self, desk: &Desk, unit: Unit, before: Option<i64>) -> Unit {
        let key = vec![desk.shard.into(), (&self.register.id).into(), self.subject.into()];
        let Text { zh, en } = &self.register.source;
        let columns = [
            ("body", written(self.body).into()),
            ("as_of", self.as_of.into()),
            ("trust", self.register.trust.letter().into()),
            ("source_zh", zh.into()),
            ("source_en", en.into()),
            ("origin", self.origin.into()),
            ("written_at", desk.now().into()),
        ];
        match before {
            Some(version) => unit.update(&RECORD, key, version, columns.into()),
            None => {
                let rest = columns.into_iter().map(|(_, value)| value);
                unit.insert(&RECORD, key.into_iter().chain([1_i64.into()]).chain(rest).collect())
            }
        }
    }
}

//! What a decision writes back into a register: the named fields change, the others stay.

use kernel::{Moment, Text};
use serde_json::{Map, Value as Json};
use store::{Fault, Unit};

use super::layout::{Register, Registers};
use super::record::{self, RECORD};
use crate::access::Desk;
use crate::catalog::RegisterWrite;

/// Why a record cannot be written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ChangeError {
    /// The catalogue names a register that is not there.
    #[error("there is no register {0:?}")]
    NoRegister(String),
    /// The values do not fit the register's layout: `(field, reason)`, all at once.
    #[error("{register}: {}", .faults.iter().map(|(f, r)| format!("{f}: {r}")).collect::<Vec<_>>().join("; "))]
    Unfit {
        /// The register.
        register: String,
        /// The faults.
        faults: Vec<(String, String)>,
    },
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Adds the change of a record to the unit of a decision; `origin` is the case. If somebody else changes the record before the
/// commit, the unit meets a conflict and the decision is made again.
pub async fn change(
    desk: &Desk<'_>,
    registers: &Registers,
    unit: Unit,
    (write, origin): (&RegisterWrite, &str),
) -> Result<Unit, ChangeError> {
    let register = registers.get(&write.register);
    let register = register.ok_or_else(|| ChangeError::NoRegister(write.register.clone()))?;
    let ask = (write.register.as_str(), write.subject.as_str());
    let before = record::records(desk.store, desk.shard, &[ask]).await?.0.into_iter().next();
    let mut body = before.as_ref().map(|r| r.body.clone()).unwrap_or_default();
    body.extend(write.fields.clone());
    check(register, &body, write)?;
    let row = Row { register, subject: &write.subject, body: &body, as_of: desk.now(), origin };
    Ok(row.write(desk, unit, before.map(|r| r.version)))
}

/// The written values must fit; that a new record lacks other fields is for its readers to see.
fn check(register: &Register, body: &Map<String, Json>, write: &RegisterWrite) -> Result<(), ChangeError> {
    let faults = register.faults(body).into_iter().filter(|(field, _)| write.fields.contains_key(field));
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() { Ok(()) } else { Err(ChangeError::Unfit { register: register.id.clone(), faults }) }
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
            ("body", Json::from(self.body.clone()).to_string().into()),
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

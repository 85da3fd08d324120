//! A fact: one value with where it comes from, how old it is and how far it may be trusted.

use kernel::{Moment, Text, Trust};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Field, Register};

/// One value a rule may read and a page may show. `value` is JSON null where the register has no record or no such field:
/// that is a missing fact, which sends a case to a person, never to a pass.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// The name of the field.
    pub name: String,
    /// What people read.
    pub label: Text,
    /// The value.
    pub value: Json,
    /// Who says so.
    pub source: Text,
    /// The register's id.
    pub register: String,
    /// The moment for which the register says so; `None`: no record.
    pub as_of: Option<Moment>,
    /// When it was read for this purpose.
    pub read_at: Moment,
    /// How far it may be trusted.
    pub trust: Trust,
}

/// A record as the shared data pool keeps it: the newest one per register and subject.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// The register's id.
    pub register: String,
    /// The subject's code.
    pub subject: String,
    /// The fields.
    pub body: Map<String, Json>,
    /// The moment for which it holds.
    pub as_of: Moment,
    /// How far it may be trusted.
    pub trust: Trust,
    /// Who says so.
    pub source: Text,
    /// When it came into the pool.
    pub imported_at: Moment,
}

impl Fact {
    /// The fact in `field` of a record, or the missing fact where there is no record.
    pub fn of(register: &Register, field: &Field, record: Option<&Record>, read_at: Moment) -> Self {
        Self {
            name: field.name.clone(),
            label: field.label.clone(),
            value: record.and_then(|r| r.body.get(&field.name)).cloned().unwrap_or(Json::Null),
            source: record.map_or(&register.source, |r| &r.source).clone(),
            register: register.id.clone(),
            as_of: record.map(|r| r.as_of),
            read_at,
            trust: record.map_or(register.trust, |r| r.trust),
        }
    }

    /// True where there is no value.
    pub fn is_missing(&self) -> bool {
        self.value.is_null()
    }

    /// True where the register's statement is older than `max_age_days` civil days in China at the time of reading, or
    /// lies in the future: neither may be relied on.
    pub fn is_stale(&self, max_age_days: i64) -> bool {
        self.as_of.is_some_and(|as_of| {
            let days = i64::from((self.read_at.date() - as_of.date()).get_days());
            as_of > self.read_at || days > max_age_days
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_ages_by_civil_days_in_china() {
        let fact = |as_of: &str, read_at: &str| Fact {
            name: "status".into(),
            label: Text::default(),
            value: Json::from("valid"),
            source: Text::default(),
            register: "r".into(),
            as_of: Some(as_of.parse().unwrap()),
            read_at: read_at.parse().unwrap(),
            trust: Trust::A,
        };
        let cases = [
            ("2026-11-23T00:00:00+08:00", "2026-11-23T23:59:00+08:00", 0, false),
            ("2026-11-22T23:59:00+08:00", "2026-11-23T00:01:00+08:00", 0, true),
            ("2026-11-16T00:00:00+08:00", "2026-11-23T12:00:00+08:00", 7, false),
            ("2026-11-15T23:00:00+08:00", "2026-11-23T12:00:00+08:00", 7, true),
            ("2026-11-23T12:00:01+08:00", "2026-11-23T12:00:00+08:00", 7, true),
            ("2025-11-23T12:00:00+08:00", "2026-11-23T12:00:00+08:00", 365, false),
            ("2024-02-29T12:00:00+08:00", "2025-03-01T12:00:00+08:00", 365, true),
        ];
        for (as_of, read_at, max, stale) in cases {
            assert_eq!(fact(as_of, read_at).is_stale(max), stale, "{as_of} {read_at} {max}");
        }
    }
}

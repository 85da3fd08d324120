//! Figures that hold by place and time: thresholds (`parameters/`) and limited numbers (`quotas/`).
//!
//! A threshold is law and stands here for ever; of a quota only the amount does. How much is left is kept by a guarded
//! counter of the store, filled when a catalogue is imported ([`super::record`]) and drawn on when a case is accepted.
//! Both reach the rules as [`Reading`]s, like what a register answered, so that a decision stores what it stood on.

use std::collections::BTreeMap;

use kernel::{Date, Grade, Moment, RegionCode, Text, Trust};
use serde::Serialize;
use serde_json::{Map, Value};

use super::diagnostic::{Diagnostic, Report};
use super::entry::{Entry, EntryKind};
use super::facts::{Answer, Reading};
use super::fields::{self, Fields};
use crate::region::Regions;

/// How a figure is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Backing {
    /// How well attested.
    pub grade: Grade,
    /// Where it was read; required for grades A to C.
    pub source: Option<Text>,
    /// What a reader must know about it.
    pub note: Option<Text>,
}

/// A threshold that differs by place and time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Parameter {
    /// File name in `parameters/`.
    pub id: String,
    /// What it is.
    pub name: Text,
    /// In what it is counted.
    pub unit: Text,
    /// Its values.
    pub values: Vec<ParameterValue>,
}

/// One value of a threshold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ParameterValue {
    /// Holds here and below, unless a nearer row says otherwise.
    pub region: RegionCode,
    /// First day.
    pub valid_from: Date,
    /// Last day, if known.
    pub valid_to: Option<Date>,
    /// The value.
    pub value: i64,
    /// How it is known.
    pub backing: Backing,
}

/// A limited number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Quota {
    /// File name in `quotas/`.
    pub id: String,
    /// What is limited.
    pub name: Text,
    /// In what it is counted.
    pub unit: Text,
    /// How much there is, by place and year.
    pub amounts: Vec<QuotaAmount>,
}

/// How much of a quota one place has in one year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QuotaAmount {
    /// For this place and all below that have no row of their own.
    pub region: RegionCode,
    /// Calendar year in China.
    pub year: i16,
    /// How much, in whole units.
    pub amount: i64,
    /// How it is known.
    pub backing: Backing,
}

/// Every threshold and every quota of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    parameters: BTreeMap<String, Parameter>,
    quotas: BTreeMap<String, Quota>,
}

/// The region and those above it, nearest first.
fn upward(region: RegionCode) -> impl Iterator<Item = RegionCode> {
    std::iter::successors(Some(region), |r| r.parent())
}

impl Parameter {
    /// The value that holds in a place on a day: the nearest row upward that is in force.
    pub fn at(&self, region: RegionCode, on: Date) -> Option<&ParameterValue> {
        let in_force = |v: &&ParameterValue| v.valid_from <= on && v.valid_to.is_none_or(|end| on <= end);
        upward(region).find_map(|here| self.values.iter().filter(|v| v.region == here).find(in_force))
    }
}

impl Quota {
    /// The row that counts for a place in a year: the nearest upward.
    pub fn row(&self, region: RegionCode, year: i16) -> Option<&QuotaAmount> {
        upward(region).find_map(|here| self.amounts.iter().find(|a| a.region == here && a.year == year))
    }
}

impl Figures {
    /// Reads the files of both folders; what is wrong stands in `findings`.
    pub(super) fn read(entries: &[Entry], regions: &Regions, findings: &mut Vec<Diagnostic>) -> Self {
        let mut figures = Self::default();
        for entry in entries.iter().filter(|e| matches!(e.kind, EntryKind::Parameter | EntryKind::Quota)) {
            let report = Report::of(entry.path());
            if let Some(table) = entry.only().and_then(|(_, bytes)| fields::parse(bytes, &report)) {
                let root = Fields::root(&table, &report);
                figures.take(entry, &root, regions);
                root.done();
            }
            findings.extend(report.into_found());
        }
        figures
    }

    fn take(&mut self, entry: &Entry, root: &Fields<'_>, regions: &Regions) {
        let (id, name, unit) = (root.str("id"), root.text("name"), root.text("unit"));
        if id != entry.id {
            root.error("id", format!("{id:?} stands in the file {:?}", entry.id), "make them equal");
        }
        if entry.kind == EntryKind::Parameter {
            let values = rows(root, "value", |row| value(row, regions));
            overlapping(root, &values);
            self.parameters.insert(entry.id.clone(), Parameter { id, name, unit, values });
        } else {
            let amounts = rows(root, "amount", |row| amount(row, regions));
            doubled(root, &amounts);
            self.quotas.insert(entry.id.clone(), Quota { id, name, unit, amounts });
        }
    }

    /// Figures of one quota alone.
    #[cfg(test)]
    pub(crate) fn of_quota(quota: Quota) -> Self {
        Self { quotas: BTreeMap::from([(quota.id.clone(), quota)]), ..Self::default() }
    }

    /// The threshold of this id.
    pub fn parameter(&self, id: &str) -> Option<&Parameter> {
        self.parameters.get(id)
    }

    /// The quota of this id.
    pub fn quota(&self, id: &str) -> Option<&Quota> {
        self.quotas.get(id)
    }

    /// All thresholds, by id.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.values()
    }

    /// All quotas, by id.
    pub fn quotas(&self) -> impl Iterator<Item = &Quota> {
        self.quotas.values()
    }

    /// Figures that nobody has attested: our own and unverified ones decide nothing outside the demonstration.
    pub(super) fn unproven(&self) -> Vec<Diagnostic> {
        let thresholds = self.parameters.values().flat_map(|p| {
            let told = |v: &ParameterValue| (format!("parameters/{}.toml", p.id), v.region, v.backing.grade);
            p.values.iter().map(told).collect::<Vec<_>>()
        });
        let quotas = self.quotas.values().flat_map(|q| {
            let told = |a: &QuotaAmount| (format!("quotas/{}.toml", q.id), a.region, a.backing.grade);
            q.amounts.iter().map(told).collect::<Vec<_>>()
        });
        let open = thresholds.chain(quotas).filter(|(.., grade)| matches!(grade, Grade::D | Grade::U));
        let told = open.flat_map(|(file, region, grade)| {
            let report = Report::of(file);
            report.error(
                region.to_string(),
                format!("grade {grade}: nobody attested this figure"),
                "enter the real one",
            );
            report.into_found()
        });
        told.collect()
    }

    /// What the catalogue answers about a threshold in a place at a moment: the value with its grade and source, or that
    /// none is set there.
    pub fn reading(&self, parameter: &str, region: &str, at: Moment) -> Reading {
        let code = region.parse::<RegionCode>().ok();
        let row = code.and_then(|code| self.parameter(parameter)?.at(code, at.date()));
        let answer = row.map_or(Answer::NoRecord, |row| Answer::Record {
            body: told(row.value, row.region, &row.backing),
            as_of: Moment::start_of(row.valid_from),
            trust: Trust::A,
            source: row.backing.source.clone().unwrap_or_else(own),
        });
        Reading { register: parameter_register(parameter), subject: region.to_owned(), read_at: at, answer }
    }
}

/// The name under which a threshold's readings stand beside those of registers.
pub(super) fn parameter_register(id: &str) -> String {
    format!("parameter:{id}")
}

/// The name under which a quota's readings stand.
pub(super) fn quota_register(id: &str) -> String {
    format!("quota:{id}")
}

/// What is left of a quota, as a reading: the row it is counted in, and when it was looked at.
pub fn quota_reading(quota: &str, region: &str, row: Option<(&QuotaAmount, i64)>, at: Moment) -> Reading {
    let answer = row.map_or(Answer::NoRecord, |(row, left)| Answer::Record {
        body: told(left, row.region, &row.backing),
        as_of: at,
        trust: Trust::A,
        source: row.backing.source.clone().unwrap_or_else(own),
    });
    Reading { register: quota_register(quota), subject: region.to_owned(), read_at: at, answer }
}

/// A figure that somebody states, for whatever place is asked: cases and trials.
pub fn stated_figure(register: String, value: Value, at: Moment) -> Reading {
    let body = Map::from_iter([(VALUE.to_owned(), value)]);
    let source = Text::new("案例给定", "given by the case");
    Reading {
        register,
        subject: String::new(),
        read_at: at,
        answer: Answer::Record { body, as_of: at, trust: Trust::A, source },
    }
}

fn own() -> Text {
    Text::new("本系统自拟", "our own")
}

/// Field of a reading that holds the figure.
pub(super) const VALUE: &str = "value";
/// Field that names the region of the row that counted.
pub(super) const REGION: &str = "region";
/// Field that holds the grade's letter.
pub(super) const GRADE: &str = "grade";

fn told(value: i64, region: RegionCode, backing: &Backing) -> Map<String, Value> {
    Map::from_iter([
        (VALUE.to_owned(), value.into()),
        (REGION.to_owned(), region.to_string().into()),
        (GRADE.to_owned(), backing.grade.letter().into()),
    ])
}

fn rows<'a, T>(root: &Fields<'a>, name: &'static str, read: impl Fn(&Fields<'a>) -> Option<T>) -> Vec<T> {
    let rows = root.rows(name);
    if rows.is_empty() {
        root.error(name, "missing", format!("write at least one [[{name}]]"));
    }
    rows.iter().filter_map(read).collect()
}

fn value(row: &Fields<'_>, regions: &Regions) -> Option<ParameterValue> {
    let region = region(row, regions);
    let (valid_from, valid_to) = (row.date("valid_from"), row.opt_date("valid_to"));
    if valid_to.is_some_and(|end| end < valid_from) {
        row.error("valid_to", "lies before valid_from", "mend one of the two");
    }
    let (value, backing) = (row.whole("value"), backing(row));
    row.done();
    Some(ParameterValue { region: region?, valid_from, valid_to, value, backing })
}

fn amount(row: &Fields<'_>, regions: &Regions) -> Option<QuotaAmount> {
    let region = region(row, regions);
    let year = i16::try_from(row.int("year")).unwrap_or_default();
    if !(2000..=2100).contains(&year) {
        row.error("year", "is no year we know", "write a year like 2026");
    }
    let (amount, backing) = (row.whole("amount"), backing(row));
    row.done();
    Some(QuotaAmount { region: region?, year, amount, backing })
}

fn region(row: &Fields<'_>, regions: &Regions) -> Option<RegionCode> {
    let word = row.str("region");
    let code = word.parse::<RegionCode>().ok().filter(|code| regions.latest(*code).is_some());
    if code.is_none() && !word.is_empty() {
        row.error("region", format!("no region {word:?}"), "write the code of a region in catalog/regions");
    }
    code
}

pub(super) fn backing(row: &Fields<'_>) -> Backing {
    let backing = Backing { grade: row.grade("grade"), source: row.opt_text("source"), note: row.opt_text("note") };
    if matches!(backing.grade, Grade::A | Grade::B | Grade::C) && backing.source.is_none() {
        let mend = "write source = { zh = \"…\", en = \"…\" }, or lower the grade to D (our own) or U (unverified)";
        row.error("source", format!("grade {} without a source", backing.grade), mend);
    }
    if backing.grade == Grade::U {
        row.warning("grade", "grade U: unverified", "find the text; until then pages show it as unverified");
    }
    backing
}

/// In one place a threshold has one value a day.
fn overlapping(root: &Fields<'_>, values: &[ParameterValue]) {
    for (i, a) in values.iter().enumerate() {
        let clash = |b: &&ParameterValue| {
            a.region == b.region
                && b.valid_to.is_none_or(|end| a.valid_from <= end)
                && a.valid_to.is_none_or(|end| b.valid_from <= end)
        };
        for b in values[..i].iter().filter(clash) {
            let reason = format!("{} has two values on {}", a.region, a.valid_from.max(b.valid_from));
            root.error("value", reason, "end the older row with valid_to");
        }
    }
}

fn doubled(root: &Fields<'_>, amounts: &[QuotaAmount]) {
    for (i, a) in amounts.iter().enumerate() {
        if amounts[..i].iter().any(|b| (a.region, a.year) == (b.region, b.year)) {
            root.error("amount", format!("{} stands twice for {}", a.region, a.year), "keep one row");
        }
    }
}

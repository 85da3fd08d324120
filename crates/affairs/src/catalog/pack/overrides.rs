//! What the importing region says for itself: one dated file, `overrides.toml`.
//!
//! It changes limits, thresholds, quotas, agencies and the region, and nothing of the law: conditions, rules and materials
//! stay as they were sealed. A case that such a change makes come out otherwise is restated here too.

use kernel::{Date, PeriodUnit, RegionCode, Text};

use crate::catalog::diagnostic::{Diagnostic, Report};
use crate::catalog::fields::{self, Fields};
use crate::catalog::figure::{Backing, backing};

/// The name under which diagnostics speak of the file.
pub(super) const FILE: &str = "overrides.toml";

/// The file, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Overrides {
    /// First day on which the items hold here.
    pub valid_from: Date,
    /// The region whose law this is.
    pub region: RegionCode,
    /// The document that orders it.
    pub document: Text,
    /// How that is known.
    pub backing: Backing,
    /// Limits.
    pub limits: Vec<LimitOverride>,
    /// Thresholds.
    pub parameters: Vec<FigureOverride>,
    /// Quotas.
    pub quotas: Vec<QuotaOverride>,
    /// Agencies, by the id in the pack and the one here.
    pub agencies: Vec<(String, String)>,
    /// Cases restated.
    pub cases: Vec<CaseOverride>,
    /// The file to the byte.
    pub text: String,
}

/// A limit of one item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitOverride {
    /// Item.
    pub item: String,
    /// Ours (`committed`), or the law's here (`statutory`).
    pub committed: bool,
    /// Number.
    pub n: u32,
    /// Unit.
    pub unit: PeriodUnit,
    /// What it counts from and to, where that differs too.
    pub explanation: Option<Text>,
}

/// A threshold for the region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FigureOverride {
    /// Id of the threshold.
    pub parameter: String,
    /// Its value here.
    pub value: i64,
}

/// A quota for the region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuotaOverride {
    /// Id of the quota.
    pub quota: String,
    /// Year.
    pub year: u32,
    /// How much.
    pub amount: i64,
}

/// A case of `cases.md` with another table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaseOverride {
    /// Item.
    pub item: String,
    /// The case's heading.
    pub case: String,
    /// The rows in the place of its own.
    pub table: String,
}

const UNITS: [(&str, PeriodUnit); 4] = [
    ("working_day", PeriodUnit::WorkingDay),
    ("day", PeriodUnit::CalendarDay),
    ("month", PeriodUnit::Month),
    ("year", PeriodUnit::Year),
];

impl Overrides {
    /// Reads the file.
    ///
    /// # Errors
    /// Everything wrong in it.
    pub fn read(text: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let report = Report::of(FILE);
        let read = fields::parse(text, &report).and_then(|table| {
            let root = Fields::root(&table, &report);
            let region = region(&root);
            let read = Self {
                valid_from: root.date("valid_from"),
                region: region?,
                document: root.text("document"),
                backing: backing(&root),
                limits: root.rows("limit").iter().map(limit).collect(),
                parameters: root.rows("parameter").iter().map(parameter).collect(),
                quotas: root.rows("quota").iter().map(quota).collect(),
                agencies: root.rows("agency").iter().map(agency).collect(),
                cases: root.rows("case").iter().map(case).collect(),
                text: String::from_utf8_lossy(text).into_owned(),
            };
            root.done();
            Some(read)
        });
        let found = report.into_found();
        match read {
            Some(read) if crate::catalog::importable(&found) => Ok(read),
            _ => Err(found),
        }
    }

    /// The unit as files write it.
    pub(super) fn unit_word(unit: PeriodUnit) -> &'static str {
        UNITS.iter().find(|(_, u)| *u == unit).map_or("working_day", |(word, _)| *word)
    }
}

fn region(root: &Fields<'_>) -> Option<RegionCode> {
    let word = root.str("region");
    let read = word.parse::<RegionCode>();
    if let Err(error) = &read
        && !word.is_empty()
    {
        root.error("region", error.to_string(), "write the code of a region in catalog/regions");
    }
    read.ok()
}

fn limit(row: &Fields<'_>) -> LimitOverride {
    let limit = LimitOverride {
        item: row.str("item"),
        committed: row.choice("which", &[("committed", true), ("statutory", false)]),
        n: row.int("n"),
        unit: row.choice("unit", &UNITS),
        explanation: row.opt_text("explanation"),
    };
    row.done();
    limit
}

fn parameter(row: &Fields<'_>) -> FigureOverride {
    let figure = FigureOverride { parameter: row.str("parameter"), value: row.whole("value") };
    row.done();
    figure
}

fn quota(row: &Fields<'_>) -> QuotaOverride {
    let quota = QuotaOverride { quota: row.str("quota"), year: row.int("year"), amount: row.whole("amount") };
    row.done();
    quota
}

fn agency(row: &Fields<'_>) -> (String, String) {
    let pair = (row.str("from"), row.str("to"));
    row.done();
    pair
}

fn case(row: &Fields<'_>) -> CaseOverride {
    let case = CaseOverride { item: row.str("item"), case: row.str("case"), table: row.str("table") };
    row.done();
    case
}

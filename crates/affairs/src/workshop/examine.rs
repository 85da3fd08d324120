//! What a draft is worth: its texts read with every mistake, its cases run, its decision tables proved; all of it as data that is
//! kept with the draft. Pure, but for the thread it runs on.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::{Moment, Text};
use rules::RuleSet;
use rules::proof::{Finding, Flaw, RuleName, TableProof, Unread};
use serde::{Deserialize, Serialize};
use store::Fault;

use super::decide::Waiver;
use crate::approval::{CheckTruth, Setting, judge};
use crate::catalog::cases::{self, CaseResult, Ruled, Situation};
use crate::catalog::{Catalog, Diagnostic, Entry, FactDesk, Item, Severity, hash_of, importable, read_item};

/// What tests and proof came to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Hash of the folder that was looked at.
    pub hash: String,
    /// Hash of its model; empty where it cannot be read.
    pub rule_set: String,
    /// The engine.
    pub engine: String,
    /// When.
    pub at: Moment,
    /// Everything wrong or doubtful in the files.
    pub faults: Vec<Diagnostic>,
    /// How each case came out.
    pub cases: Vec<CaseResult>,
    /// What the proof found in decision tables.
    pub found: Vec<Found>,
    /// How many tables were looked at.
    pub tables: usize,
}

/// One finding of the proof, or a place it could not look at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Found {
    /// Names it within one model: what a waiver is signed for.
    pub key: String,
    /// What it is.
    pub kind: FoundKind,
    /// The decision.
    pub owner: String,
    /// Line in `rules.dmn`, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// In words.
    pub text: Text,
    /// A value for each column under which it shows.
    pub witness: Vec<(String, String)>,
}

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundKind {
    /// An input that no rule covers.
    Gap,
    /// Two rules where one may match.
    Overlap,
    /// A rule that never gives the result.
    Unreachable,
    /// A column that changes no result.
    DeadColumn,
    /// Not analysed.
    Unread,
}

impl FoundKind {
    /// Whether nobody may publish it, whatever is signed. A dead column is told and harms nobody.
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Gap | Self::Overlap | Self::Unreachable)
    }

    /// The word in the API and in keys of words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Overlap => "overlap",
            Self::Unreachable => "unreachable",
            Self::DeadColumn => "dead_column",
            Self::Unread => "unread",
        }
    }
}

impl Report {
    /// True where the files are right and every case comes out as written.
    pub fn is_good(&self) -> bool {
        importable(&self.faults) && !self.cases.is_empty() && self.failed().next().is_none()
    }

    /// The cases that do not come out as written.
    pub fn failed(&self) -> impl Iterator<Item = &CaseResult> {
        self.cases.iter().filter(|case| !case.problems.is_empty())
    }

    /// Mistakes, without doubts.
    pub fn mistakes(&self) -> impl Iterator<Item = &Diagnostic> {
        self.faults.iter().filter(|fault| fault.severity == Severity::Error)
    }

    /// What keeps everybody from publishing, and what needs somebody's name and is not signed.
    pub fn open<'r>(&'r self, waivers: &'r [Waiver]) -> impl Iterator<Item = &'r Found> {
        let signed = |found: &Found| waivers.iter().any(|waiver| waiver.place == found.key);
        self.found.iter().filter(move |f| f.kind.blocks() || (f.kind == FoundKind::Unread && !signed(f)))
    }
}

/// Looks at an entry on a thread of its own: a large table takes a while, and nobody else should wait for it.
pub(super) async fn examined(
    catalog: &Arc<Catalog>,
    entry: Entry,
    at: Moment,
) -> Result<(Report, Option<Item>), Fault> {
    let catalog = Arc::clone(catalog);
    let work = move || examine(&catalog, &entry, at);
    tokio::task::spawn_blocking(work).await.map_err(|e| Fault::Misuse(format!("a draft was not looked at: {e}")))
}

/// Reads, tests and proves an entry; the item comes back where its files are right.
pub(super) fn examine(catalog: &Catalog, entry: &Entry, at: Moment) -> (Report, Option<Item>) {
    let (item, mut faults) = read_item(entry);
    let mut report = Report { hash: entry.hash(), engine: rules::engine_version().to_owned(), at, ..Report::default() };
    if let Some(item) = &item {
        faults.extend(catalog.lint_item(item));
        item.rules.hash().clone_into(&mut report.rule_set);
        report.cases = cases::run(item, catalog.calendar(), ruled);
        (report.found, report.tables) = proved(&item.rules);
    }
    report.faults = faults;
    let item = item.filter(|_| importable(&report.faults));
    (report, item)
}

/// A case as the counter would decide it. Which conditions an agency adopted is no matter of the logic.
fn ruled(item: &Item, situation: Situation) -> Ruled {
    let desk = FactDesk { form: &situation.form, readings: &situation.readings, request: &situation.request };
    let (inputs, assessment) = judge(item, &desk, Setting::Demonstration);
    let ids = |truth: CheckTruth| -> BTreeSet<String> {
        assessment.checks.iter().filter(|c| c.truth == truth).map(|c| c.id.clone()).collect()
    };
    let (failed, unknown) = (ids(CheckTruth::NotMet), ids(CheckTruth::Unknown));
    Ruled { outcome: assessment.outcome.word().to_owned(), failed, unknown, inputs }
}

fn proved(rules: &RuleSet) -> (Vec<Found>, usize) {
    let proof = rules.proof();
    let found = proof.tables.iter().flat_map(|table| {
        let findings = table.findings.iter().map(|finding| found(table, finding));
        findings.chain(table.unread.iter().map(|place| unread(table, place)))
    });
    (found.collect(), proof.tables.len())
}

fn found(table: &TableProof, finding: &Finding) -> Found {
    let (kind, zh) = match &finding.flaw {
        Flaw::Gap => (FoundKind::Gap, "没有一条规则适用".to_owned()),
        Flaw::Overlap { first, second, different } => {
            let results = if *different { "结果不同" } else { "结果相同" };
            (FoundKind::Overlap, format!("{}与{}同时适用，{results}", rule(first), rule(second)))
        }
        Flaw::Unreachable { rule: own, behind } => {
            let why = match behind {
                Some(behind) => format!("总是先适用{}", rule(behind)),
                None => "没有任何值能使它适用".to_owned(),
            };
            (FoundKind::Unreachable, format!("{}永远轮不到：{why}", rule(own)))
        }
        Flaw::DeadColumn { name, .. } => (FoundKind::DeadColumn, format!("“{name}”不影响任何结果")),
    };
    let witness = finding.witness.iter().map(|given| {
        let value = super::spoken::said(&rules::sentence::Operand::Constant { value: given.value.clone() });
        (given.column.clone(), value)
    });
    named(table, kind, (finding.line, finding.column), Text { zh, en: finding.flaw.to_string() }, witness.collect())
}

fn rule(name: &RuleName) -> String {
    let id = if name.id.is_empty() { String::new() } else { format!("（{}）", name.id) };
    format!("第{}条规则{id}", name.number)
}

fn unread(table: &TableProof, place: &Unread) -> Found {
    let text = Text { zh: format!("未分析：{}", place.reason), en: format!("not analysed: {}", place.reason) };
    named(table, FoundKind::Unread, (place.line, place.column), text, Vec::new())
}

fn named(
    table: &TableProof,
    kind: FoundKind,
    (line, column): (u32, u32),
    text: Text,
    witness: Vec<(String, String)>,
) -> Found {
    let told = format!("{}\n{}\n{line}:{column}\n{}", table.owner, kind.word(), text.en);
    let key = hash_of(told.as_bytes())[..16].to_owned();
    Found { key, kind, owner: table.owner.clone(), line, column, text, witness }
}

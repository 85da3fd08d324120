//! How far an item's cases reach into its law: article by article the conditions that serve it, the rules of their tables, and
//! the cases that touch each; and what no case touches, what has no source, what no agency stands behind.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Grade, Text};
use serde::Serialize;

use crate::approval::{Assessment, CheckTruth, Setting, judge};
use crate::catalog::cases;
use crate::catalog::{Attested, Condition, FactDesk, Item, OnFail, Status};

/// What is not covered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// It names no source, or its grade says that none was read (U).
    NoSource,
    /// It is our own design (grade D), not what somebody else wrote.
    OwnDesign,
    /// No agency stands behind it.
    OnlyDemonstration,
    /// In no case is it met.
    NeverMet,
    /// In no case does it fail.
    NeverFailed,
    /// Rules of its tables that match in no case.
    UntouchedRules,
    /// An article of the legal basis that no condition serves.
    NoCondition,
}

impl Gap {
    /// Every gap.
    pub const ALL: [Self; 7] = [
        Self::NoSource,
        Self::OwnDesign,
        Self::OnlyDemonstration,
        Self::NeverMet,
        Self::NeverFailed,
        Self::UntouchedRules,
        Self::NoCondition,
    ];

    /// The word in output and among the interface's words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoSource => "no_source",
            Self::OwnDesign => "own_design",
            Self::OnlyDemonstration => "only_demonstration",
            Self::NeverMet => "never_met",
            Self::NeverFailed => "never_failed",
            Self::UntouchedRules => "untouched_rules",
            Self::NoCondition => "no_condition",
        }
    }
}

/// A rule of a decision table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// The decision it stands in.
    pub decision: String,
    /// Its id, or its number from 1.
    pub rule: String,
    /// The cases in which it matches.
    pub cases: Vec<String>,
}

/// A condition with what touches it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConditionCoverage {
    /// Its id.
    pub id: String,
    /// As citizens read it.
    pub sentence: Text,
    /// What a failure means.
    pub on_fail: OnFail,
    /// How well it is known.
    pub grade: Grade,
    /// An agency stands behind it.
    pub adopted: bool,
    /// The cases in which it is met.
    pub met: Vec<String>,
    /// The cases in which it fails.
    pub not_met: Vec<String>,
    /// The cases in which nothing can be said.
    pub unknown: Vec<String>,
    /// The rules of the tables it stands on.
    pub lines: Vec<Line>,
    /// What is not covered.
    pub gaps: Vec<Gap>,
}

/// An article with the conditions that serve it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LawRow {
    /// Title of the source; what the condition says it serves, where no source is named.
    pub law: Text,
    /// Article, as printed.
    pub article: Option<String>,
    /// What it says, where the item's legal basis tells it.
    pub gist: Option<Text>,
    /// The weakest grade of what stands here.
    pub grade: Grade,
    /// Its conditions.
    pub conditions: Vec<ConditionCoverage>,
    /// What is not covered by this row itself.
    pub gaps: Vec<Gap>,
}

/// How far an item's cases reach.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Coverage {
    /// The item.
    pub item: String,
    /// Its name.
    pub name: Text,
    /// Version.
    pub version: String,
    /// How many cases it has.
    pub cases: usize,
    /// How many conditions.
    pub conditions: usize,
    /// How many rules stand in the tables of its conditions.
    pub rules: usize,
    /// Of them those that some case touches.
    pub touched: usize,
    /// Conditions without any gap but that no agency stands behind them.
    pub covered: usize,
    /// How often each gap is there; a condition with several untouched rules counts once.
    pub gaps: BTreeMap<Gap, usize>,
    /// Law by law.
    pub laws: Vec<LawRow>,
}

/// A case as it came out.
struct Ran {
    name: String,
    assessment: Assessment,
}

/// Runs every case of the item and tells what each touches.
pub fn coverage(item: &Item) -> Coverage {
    let ran: Vec<Ran> = cases::situations(item)
        .into_iter()
        .map(|(case, situation)| {
            let desk = FactDesk { form: &situation.form, readings: &situation.readings, request: &situation.request };
            let (_, assessment) = judge(item, &desk, Setting::Demonstration);
            Ran { name: case.name, assessment }
        })
        .collect();
    let mut laws: Vec<LawRow> = Vec::new();
    for condition in &item.conditions {
        let covered = covered(item, condition, &ran);
        let row = row_of(&mut laws, item, condition);
        row.grade = row.grade.max(covered.grade);
        row.conditions.push(covered);
    }
    add_unserved(&mut laws, item);
    summed(item, ran.len(), laws)
}

fn row_of<'l>(laws: &'l mut Vec<LawRow>, item: &Item, condition: &Condition) -> &'l mut LawRow {
    let law = law(item, &condition.attested).unwrap_or_else(|| condition.basis.clone());
    let article = condition.attested.article.clone();
    let at = laws.iter().position(|row| row.law == law && row.article == article).unwrap_or_else(|| {
        let gist = gist(item, &condition.attested);
        laws.push(LawRow { law, article, gist, grade: Grade::A, conditions: Vec::new(), gaps: Vec::new() });
        laws.len() - 1
    });
    &mut laws[at]
}

fn law(item: &Item, attested: &Attested) -> Option<Text> {
    item.source(&attested.source).map(|source| source.title.clone())
}

fn gist(item: &Item, attested: &Attested) -> Option<Text> {
    let same = |basis: &&crate::catalog::Basis| {
        basis.attested.source == attested.source && basis.attested.article == attested.article
    };
    item.legal_basis.iter().find(same).map(|basis| basis.gist.clone())
}

/// Articles of the legal basis that no condition serves.
fn add_unserved(laws: &mut Vec<LawRow>, item: &Item) {
    for basis in &item.legal_basis {
        let law = law(item, &basis.attested).unwrap_or_else(|| basis.gist.clone());
        let article = basis.attested.article.clone();
        if laws.iter().any(|row| row.law == law && row.article == article) {
            continue;
        }
        laws.push(LawRow {
            law,
            article,
            gist: Some(basis.gist.clone()),
            grade: basis.attested.grade,
            conditions: Vec::new(),
            gaps: vec![Gap::NoCondition],
        });
    }
}

fn covered(item: &Item, condition: &Condition, ran: &[Ran]) -> ConditionCoverage {
    let of = |truth: CheckTruth| -> Vec<String> {
        let is = |run: &&Ran| run.assessment.checks.iter().any(|c| c.id == condition.id && c.truth == truth);
        ran.iter().filter(is).map(|run| run.name.clone()).collect()
    };
    let (met, not_met, unknown) = (of(CheckTruth::Met), of(CheckTruth::NotMet), of(CheckTruth::Unknown));
    let lines = lines(item, condition, ran);
    let mut gaps = Vec::new();
    let attested = &condition.attested;
    if item.source(&attested.source).is_none() || attested.grade == Grade::U {
        gaps.push(Gap::NoSource);
    }
    if attested.grade == Grade::D {
        gaps.push(Gap::OwnDesign);
    }
    if condition.status == Status::Demonstration {
        gaps.push(Gap::OnlyDemonstration);
    }
    if met.is_empty() {
        gaps.push(Gap::NeverMet);
    }
    if not_met.is_empty() {
        gaps.push(Gap::NeverFailed);
    }
    if lines.iter().any(|line| line.cases.is_empty()) {
        gaps.push(Gap::UntouchedRules);
    }
    ConditionCoverage {
        id: condition.id.clone(),
        sentence: condition.sentence.clone(),
        on_fail: condition.on_fail,
        grade: attested.grade,
        adopted: condition.status != Status::Demonstration,
        met,
        not_met,
        unknown,
        lines,
        gaps,
    }
}

fn lines(item: &Item, condition: &Condition, ran: &[Ran]) -> Vec<Line> {
    let Some(own) = item.rules.conditions().iter().find(|c| c.id == condition.id) else { return Vec::new() };
    let mut lines = Vec::new();
    for of in item.rules.lines(own) {
        for rule in &of.rules {
            let cases = ran.iter().filter(|run| touches(run, &condition.id, (of.id, rule))).map(|run| run.name.clone());
            lines.push(Line { decision: of.decision.to_owned(), rule: rule.to_string(), cases: cases.collect() });
        }
    }
    lines
}

fn touches(run: &Ran, condition: &str, (decision, rule): (&str, &str)) -> bool {
    let own = run.assessment.checks.iter().filter(|check| check.id == condition);
    let steps = own.flat_map(|check| check.trace.iter().flatten());
    steps.filter(|step| step.id == decision).any(|step| step.matched.iter().any(|matched| *matched == *rule))
}

fn summed(item: &Item, cases: usize, laws: Vec<LawRow>) -> Coverage {
    let conditions = || laws.iter().flat_map(|row| &row.conditions);
    // A table may stand below several conditions: its rules count once.
    let mut rules: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for line in conditions().flat_map(|c| &c.lines) {
        *rules.entry((&line.decision, &line.rule)).or_default() |= !line.cases.is_empty();
    }
    let mut gaps: BTreeMap<Gap, usize> = BTreeMap::new();
    for gap in conditions().flat_map(|c| &c.gaps).chain(laws.iter().flat_map(|row| &row.gaps)) {
        *gaps.entry(*gap).or_default() += 1;
    }
    let bare: BTreeSet<Gap> = [Gap::OnlyDemonstration].into();
    Coverage {
        item: item.id.clone(),
        name: item.name.clone(),
        version: item.hash.clone(),
        cases,
        conditions: conditions().count(),
        rules: rules.len(),
        touched: rules.values().filter(|touched| **touched).count(),
        covered: conditions().filter(|c| c.gaps.iter().all(|gap| bare.contains(gap))).count(),
        gaps,
        laws,
    }
}

//! From verdicts to an assessment: every check with what it read and what it rests on, and the one outcome that follows.
//!
//! Pure. The precedence is the same for every item: a missing, stale or contradicted fact → a person; then not needed;
//! then a drafted refusal (grade A conditions only); then a special step; then one merged correction; then grant.

use kernel::{Grade, Text};
use rules::{TraceStep, Truth, Verdict};
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::catalog::{Condition, Contradiction, Inputs, Item, OnFail, Status};

/// Version of the stored form of [`Assessment`]: the trace that a replay must meet to the byte.
///
/// * 1: outcome, checks, contradictions, notes. It does not say in which setting the rules ran, nor what they came to before
///   something beside them (place, dates, quota, materials) sent the case to a person. A replay takes the office's setting and
///   holds the checks; an outcome is met as well where the stored one refers with more notes than the rules gave.
/// * 2: also the setting, and what the rules alone came to.
pub const SCHEMA: u32 = 2;

/// How one condition came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckTruth {
    /// Met.
    Met,
    /// Not met.
    NotMet,
    /// A fact is missing, stale, contradicted, untrusted or mistyped: a person looks.
    Unknown,
}

/// One condition of one run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// Id of the condition, and of its decision in the model.
    pub id: String,
    /// The condition, as citizens read it.
    pub sentence: Text,
    /// How it came out.
    pub truth: CheckTruth,
    /// Why it is unknown; empty otherwise.
    pub why: Vec<Text>,
    /// The inputs it read; their values and sources stand in the stored inputs.
    pub read: Vec<String>,
    /// What it serves.
    pub basis: Text,
    /// Article, as printed.
    pub article: Option<String>,
    /// Where that was read.
    pub source: Option<Text>,
    /// How well it is known.
    pub grade: Grade,
    /// What a failure means.
    pub on_fail: OnFail,
    /// What to do when it fails.
    pub mend: Text,
    /// Form field to go to.
    pub mend_field: Option<String>,
    /// An agency stands behind it.
    pub adopted: bool,
    /// What the engine did: matched rules, values of sub-decisions.
    pub trace: Option<Vec<TraceStep<'static>>>,
}

/// One run of the rules, as stored with a decision.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Assessment {
    /// Version of this form.
    pub schema: u32,
    /// What it comes to.
    pub outcome: Outcome,
    /// What the rules alone came to, before anything beside them sent it to a person; absent in schema 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_rules: Option<Outcome>,
    /// The setting they ran in; absent in schema 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<Setting>,
    /// All checks, in the item's order.
    pub checks: Vec<Check>,
    /// Form values that registers contradict.
    pub contradictions: Vec<Contradiction>,
    /// What else sent it to a person.
    pub notes: Vec<Text>,
}

/// Where the program stands: may the machine grant on conditions no agency has adopted?
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// A clearly marked demonstration world.
    Demonstration,
    /// Real seals: the machine grants on adopted conditions only.
    Production,
}

impl Assessment {
    /// The checks that are not met: the lines of a correction notice, the grounds of a drafted refusal.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|c| c.truth == CheckTruth::NotMet)
    }

    /// The same run, sent to a person for this reason.
    #[must_use]
    pub fn referred(mut self, why: Text) -> Self {
        self.outcome = Outcome::Refer;
        self.notes.push(why);
        self
    }
}

/// Judges a run: `verdicts` of the item's rule set over `inputs`.
pub fn assess(item: &Item, verdicts: &[Verdict<'_>], inputs: &Inputs, setting: Setting) -> Assessment {
    let judged = judged(item, verdicts, inputs, setting);
    Assessment { by_rules: Some(judged.outcome), ..judged }
}

fn judged(item: &Item, verdicts: &[Verdict<'_>], inputs: &Inputs, setting: Setting) -> Assessment {
    let checks: Vec<Check> = item.conditions.iter().map(|c| check(item, c, verdicts, inputs)).collect();
    let contradictions = inputs.contradictions.clone();
    let outcome = outcome(&checks, !contradictions.is_empty());
    let assessment = Assessment {
        schema: SCHEMA,
        outcome,
        by_rules: None,
        setting: Some(setting),
        checks,
        contradictions,
        notes: Vec::new(),
    };
    let adopted = setting == Setting::Demonstration || assessment.checks.iter().all(|c| c.adopted);
    if outcome != Outcome::Grant {
        return assessment;
    }
    if let Some(never) = &item.never_instant {
        return assessment.referred(never.reason.clone());
    }
    if adopted && !assessment.checks.is_empty() {
        return assessment;
    }
    assessment.referred(Text::new(
        "本事项有条件尚未经主管部门确认采用，机器不得单独许可",
        "an agency has not adopted every condition of this item; the machine may not grant alone",
    ))
}

/// The one outcome of all checks: the heaviest consequence of any of them.
pub fn outcome(checks: &[Check], contradicted: bool) -> Outcome {
    let of_checks = checks.iter().map(|c| consequence(c.truth, c.on_fail, c.grade)).max().unwrap_or(Outcome::Refer);
    if contradicted { Outcome::Refer } else { of_checks }
}

/// What one condition comes to: how it came out, what a failure of it means, and how well that is known.
pub fn consequence(truth: CheckTruth, on_fail: OnFail, grade: Grade) -> Outcome {
    match (truth, on_fail) {
        (CheckTruth::Met, _) => Outcome::Grant,
        (CheckTruth::Unknown, _) | (CheckTruth::NotMet, OnFail::Refer) => Outcome::Refer,
        // Only what the statute itself says may draft a refusal; anything less sure is for a person.
        (CheckTruth::NotMet, OnFail::DraftRefusal) if grade != Grade::A => Outcome::Refer,
        (CheckTruth::NotMet, OnFail::DraftRefusal) => Outcome::DraftRefusal,
        (CheckTruth::NotMet, OnFail::NotNeeded) => Outcome::NotNeeded,
        (CheckTruth::NotMet, OnFail::SpecialStep) => Outcome::SpecialStep,
        (CheckTruth::NotMet, OnFail::Correct) => Outcome::Correct,
    }
}

fn check(item: &Item, condition: &Condition, verdicts: &[Verdict<'_>], inputs: &Inputs) -> Check {
    let verdict = verdicts.iter().find(|v| v.id == condition.id);
    let read: Vec<String> =
        verdict.map_or_else(Vec::new, |v| v.read.iter().map(|r| r.input.clone().into_owned()).collect());
    let (truth, why) = match verdict.map(|v| &v.truth) {
        Some(Truth::Met) => (CheckTruth::Met, Vec::new()),
        Some(Truth::NotMet) => (CheckTruth::NotMet, Vec::new()),
        Some(Truth::Unknown { reason }) => (CheckTruth::Unknown, doubts(&read, inputs, &reason.to_string())),
        None => (CheckTruth::Unknown, vec![Text::new("规则没有给出结论", "the rules gave no verdict")]),
    };
    let source = item.source(&condition.attested.source);
    Check {
        id: condition.id.clone(),
        sentence: condition.sentence.clone(),
        truth,
        why,
        read,
        basis: condition.basis.clone(),
        article: condition.attested.article.clone(),
        source: source.map(|s| s.title.clone()),
        grade: condition.attested.grade,
        on_fail: condition.on_fail,
        mend: condition.mend.clone(),
        mend_field: condition.mend_field.clone(),
        adopted: condition.status != Status::Demonstration,
        trace: verdict.map(|v| v.trace.iter().cloned().map(TraceStep::into_owned).collect()),
    }
}

/// Why a check is unknown: the reason of each unusable input it read; the engine's own words where there is none.
fn doubts(read: &[String], inputs: &Inputs, reason: &str) -> Vec<Text> {
    let rows = read.iter().filter_map(|name| inputs.row(name));
    let named: Vec<Text> = rows
        .filter_map(|row| {
            let why = row.unusable.as_ref()?.text();
            let (zh, en) = (format!("{}：{}", row.label.zh, why.zh), format!("{}: {}", row.label.en, why.en));
            Some(Text { zh, en })
        })
        .collect();
    if named.is_empty() { vec![Text::new(format!("规则无法判断（{reason}）"), reason)] } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(truth: CheckTruth, on_fail: OnFail, grade: Grade) -> Check {
        Check {
            id: "c1".into(),
            sentence: Text::default(),
            truth,
            why: Vec::new(),
            read: Vec::new(),
            basis: Text::default(),
            article: None,
            source: None,
            grade,
            on_fail,
            mend: Text::default(),
            mend_field: None,
            adopted: false,
            trace: None,
        }
    }

    #[test]
    fn the_heaviest_consequence_wins() {
        use CheckTruth::{Met, NotMet, Unknown};
        use OnFail::{Correct, DraftRefusal, NotNeeded, Refer, SpecialStep};
        let met = made(Met, Correct, Grade::C);
        let table = [
            (vec![], false, Outcome::Refer),
            (vec![met.clone()], false, Outcome::Grant),
            (vec![met.clone()], true, Outcome::Refer),
            (vec![met.clone(), made(NotMet, Correct, Grade::C)], false, Outcome::Correct),
            (vec![made(NotMet, Correct, Grade::A), made(NotMet, SpecialStep, Grade::A)], false, Outcome::SpecialStep),
            (
                vec![made(NotMet, DraftRefusal, Grade::A), made(NotMet, SpecialStep, Grade::A)],
                false,
                Outcome::DraftRefusal,
            ),
            (vec![made(NotMet, DraftRefusal, Grade::B)], false, Outcome::Refer),
            (vec![made(NotMet, NotNeeded, Grade::A), made(NotMet, DraftRefusal, Grade::A)], false, Outcome::NotNeeded),
            (vec![made(NotMet, NotNeeded, Grade::A), made(NotMet, Refer, Grade::A)], false, Outcome::Refer),
            (vec![made(Unknown, Correct, Grade::A), made(NotMet, NotNeeded, Grade::A)], false, Outcome::Refer),
        ];
        for (checks, contradicted, expected) in table {
            assert_eq!(outcome(&checks, contradicted), expected, "{checks:?} {contradicted}");
        }
    }
}

//! One decision again: the stored inputs through the rules that decided them, held against the stored checks. Pure.

use kernel::{Id, Moment, Text};
use serde::{Deserialize, Serialize};

use crate::approval::{Assessment, Check, Outcome, SCHEMA, Setting, rejudge};
use crate::catalog::{Contradiction, Inputs, Item};

/// A decision as it is stored, as far as a replay reads it.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// Key.
    pub id: Id,
    /// The case.
    pub case: Id,
    /// 1, 2, … within the case.
    pub run: i64,
    /// `machine`, `person` or `law`.
    pub maker: &'a str,
    /// The machine's outcome, or the ruling.
    pub outcome: &'a str,
    /// The item.
    pub item: &'a str,
    /// Hash of the item's version that decided.
    pub item_version: &'a str,
    /// SHA-256 of the model.
    pub rule_set: &'a str,
    /// The inputs, as text.
    pub inputs: &'a str,
    /// The assessment, as text.
    pub checks: &'a str,
    /// The salt of the leaf's commitment; empty where the personal data was erased.
    pub salt: &'a [u8],
    /// When.
    pub decided_at: Moment,
}

impl Stored<'_> {
    /// Whether the personal data of this decision was erased: the salt goes with it, so that the leaf says nothing any more.
    pub const fn is_erased(&self) -> bool {
        self.salt.is_empty()
    }
}

/// What differs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The stored text is none that this program reads.
    Unreadable,
    /// It was written by a newer program than this one.
    Newer,
    /// The catalogue does not have the version that decided, or this program refuses it.
    VersionMissing,
    /// That version has another model than the decision names.
    RuleSet,
    /// There are other conditions.
    Conditions,
    /// A condition comes out otherwise.
    Truth,
    /// A condition is unknown for another reason.
    Why,
    /// A condition read other inputs.
    Read,
    /// A condition came about otherwise: other rules, other values on the way.
    Trace,
    /// A condition has other words, another source or another consequence.
    Words,
    /// Registers contradict the form elsewhere.
    Contradictions,
    /// It comes to another outcome.
    Outcome,
    /// Why a person looks is told otherwise.
    Notes,
    /// All of it means the same, but the bytes differ.
    Bytes,
}

impl What {
    /// The word in output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Newer => "newer",
            Self::VersionMissing => "version_missing",
            Self::RuleSet => "rule_set",
            Self::Conditions => "conditions",
            Self::Truth => "truth",
            Self::Why => "why",
            Self::Read => "read",
            Self::Trace => "trace",
            Self::Words => "words",
            Self::Contradictions => "contradictions",
            Self::Outcome => "outcome",
            Self::Notes => "notes",
            Self::Bytes => "bytes",
        }
    }
}

/// The first thing that differs in a decision. Values of inputs are not told: they are somebody's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// The decision.
    pub decision: Id,
    /// Its case.
    pub case: Id,
    /// 1, 2, … within the case.
    pub run: i64,
    /// The item.
    pub item: String,
    /// What.
    pub what: What,
    /// In which condition, where it is in one.
    pub condition: Option<String>,
    /// As stored.
    pub stored: String,
    /// As computed again.
    pub recomputed: String,
}

/// How a decision came out when it was computed again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Again {
    /// The same, to the byte.
    Equal,
    /// Its personal data was erased: nothing to compute from.
    Erased,
    /// Not the same.
    Differs(Box<Difference>),
}

/// What two things differ in: what, in which condition, as stored, as computed again.
type Found = (What, Option<String>, String, String);

/// Computes a decision again. `item`: the version that decided it, where the catalogue has it; `setting`: the office's own, for
/// decisions of schema 1 that do not say theirs.
pub fn again(stored: &Stored<'_>, item: Option<&Item>, setting: Setting) -> Again {
    if stored.is_erased() {
        return Again::Erased;
    }
    let Err((what, condition, kept, recomputed)) = compare(stored, item, setting) else { return Again::Equal };
    Again::Differs(Box::new(Difference {
        decision: stored.id,
        case: stored.case,
        run: stored.run,
        item: stored.item.to_owned(),
        what,
        condition,
        stored: kept,
        recomputed,
    }))
}

fn compare(stored: &Stored<'_>, item: Option<&Item>, setting: Setting) -> Result<(), Found> {
    let kept = read_checks(stored.checks)?;
    let inputs: Inputs = serde_json::from_str(stored.inputs)
        .map_err(|e| (What::Unreadable, None, format!("inputs: {e}"), String::new()))?;
    let missing = || (What::VersionMissing, None, stored.item_version.to_owned(), String::new());
    let item = item.ok_or_else(missing)?;
    if item.rules.hash() != stored.rule_set {
        return Err((What::RuleSet, None, stored.rule_set.to_owned(), item.rules.hash().to_owned()));
    }
    let now = rejudge(item, &inputs, kept.setting.unwrap_or(setting));
    let Some(other) = other_bytes(stored.checks, &kept, &now) else { return outcomes(stored, &kept, &now) };
    // Only now is it looked for; both sides are read from their texts, so that a date is a text in both.
    let text = serde_json::to_string(&now).unwrap_or_default();
    let read = serde_json::from_str::<Assessment>(&text);
    let now = read.map_err(|e| (What::Unreadable, None, String::new(), e.to_string()))?;
    conditions(&kept.checks, &now.checks)?;
    if kept.contradictions != now.contradictions {
        return Err((What::Contradictions, None, fields(&kept), fields(&now)));
    }
    outcomes(stored, &kept, &now)?;
    Err(other)
}

fn read_checks(text: &str) -> Result<Assessment, Found> {
    #[derive(Deserialize)]
    struct Head {
        schema: u32,
    }
    let newer = serde_json::from_str::<Head>(text).is_ok_and(|head| head.schema > SCHEMA);
    if newer {
        return Err((What::Newer, None, "schema".to_owned(), SCHEMA.to_string()));
    }
    serde_json::from_str(text).map_err(|e| (What::Unreadable, None, format!("checks: {e}"), String::new()))
}

/// The form fields that registers contradict, by their names alone.
fn fields(of: &Assessment) -> String {
    of.contradictions.iter().map(|c| c.field.as_str()).collect::<Vec<_>>().join(" ")
}

fn conditions(kept: &[Check], now: &[Check]) -> Result<(), Found> {
    if !kept.iter().map(|c| &c.id).eq(now.iter().map(|c| &c.id)) {
        let ids = |all: &[Check]| all.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join(" ");
        return Err((What::Conditions, None, ids(kept), ids(now)));
    }
    kept.iter().zip(now).try_for_each(|(kept, now)| condition(kept, now))
}

fn condition(kept: &Check, now: &Check) -> Result<(), Found> {
    if kept == now {
        return Ok(());
    }
    let found = |what, stored: String, recomputed: String| Err((what, Some(kept.id.clone()), stored, recomputed));
    if kept.truth != now.truth {
        return found(What::Truth, word(&kept.truth), word(&now.truth));
    }
    if kept.why != now.why {
        let why = |check: &Check| check.why.iter().map(|w| w.zh.as_str()).collect::<Vec<_>>().join("；");
        return found(What::Why, why(kept), why(now));
    }
    if kept.read != now.read {
        return found(What::Read, kept.read.join(" "), now.read.join(" "));
    }
    if kept.trace != now.trace {
        return found(What::Trace, steps(kept), steps(now));
    }
    found(
        What::Words,
        format!("{} · {}", kept.sentence.zh, kept.basis.zh),
        format!("{} · {}", now.sentence.zh, now.basis.zh),
    )
}

/// The decisions of a trace with the rules that matched; their values are left out.
fn steps(check: &Check) -> String {
    let step = |step: &rules::TraceStep<'_>| {
        let matched: Vec<&str> = step.matched.iter().map(|m| &**m).collect();
        format!("{}[{}]", step.id, matched.join(" "))
    };
    check.trace.iter().flatten().map(step).collect::<Vec<_>>().join(" ")
}

/// A value that is written as one word.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn outcomes(stored: &Stored<'_>, kept: &Assessment, now: &Assessment) -> Result<(), Found> {
    let found = |stored: Outcome, recomputed: Outcome| {
        Err((What::Outcome, None, stored.word().to_owned(), recomputed.word().to_owned()))
    };
    if let Some(by_rules) = kept.by_rules.filter(|by_rules| *by_rules != now.outcome) {
        return found(by_rules, now.outcome);
    }
    if !kept.notes.starts_with(&now.notes) {
        let notes = |all: &Assessment| all.notes.iter().map(|n| n.zh.as_str()).collect::<Vec<_>>().join("；");
        return Err((What::Notes, None, notes(kept), notes(now)));
    }
    // Beside the rules a run may only have been sent to a person, and then a note says why.
    let sent = kept.outcome == Outcome::Refer && kept.notes.len() > now.notes.len();
    if kept.outcome != now.outcome && !sent {
        return found(kept.outcome, now.outcome);
    }
    // What a person ruled is nobody's to compute.
    if stored.maker == "machine" && stored.outcome != kept.outcome.word() {
        return Err((What::Outcome, None, stored.outcome.to_owned(), kept.outcome.word().to_owned()));
    }
    Ok(())
}

/// Whether the bytes differ, what was added beside the rules being the stored one's.
fn other_bytes(text: &str, kept: &Assessment, now: &Assessment) -> Option<Found> {
    let again = Dressed {
        schema: kept.schema,
        outcome: kept.outcome,
        by_rules: kept.by_rules,
        setting: kept.setting,
        checks: &now.checks,
        contradictions: &now.contradictions,
        notes: &kept.notes,
    };
    let again = serde_json::to_string(&again).unwrap_or_default();
    if again == text {
        return None;
    }
    let at = again.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
    let recomputed = format!("{} bytes, the first other one at {at}", again.len());
    Some((What::Bytes, None, format!("{} bytes", text.len()), recomputed))
}

/// An [`Assessment`] as it is written, without taking one apart for it. A test holds the two together.
#[derive(Serialize)]
struct Dressed<'a> {
    schema: u32,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_rules: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setting: Option<Setting>,
    checks: &'a [Check],
    contradictions: &'a [Contradiction],
    notes: &'a [Text],
}

//! What if: the decisions of the past under a draft. Of each it is asked what its conditions come to, under the rules that
//! decided it and under the draft, on the facts that were stored with it; places, dates, quotas and materials stay out of it.
//!
//! A fact that the draft reads and nobody read then is missing: the condition is unknown, and the fact is named and counted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::{Grade, Id};
use rules::Value;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::{Fault, Row, Store};

use super::draft::Draft;
use super::pages::Threads;
use super::record;
use crate::access::Right;
use crate::approval::{CheckTruth, Outcome, consequence, engine_value};
use crate::catalog::{FactKind, OnFail};

/// Most cases of the sample, and most of one kind of change.
const SAMPLE: usize = 40;
const SAMPLE_OF_KIND: usize = 8;

/// Whose eyes history is looked at with: all of it, or what a right of an account reaches.
pub type Reach = Option<(Id, Right)>;

/// Decisions, and how many of them would come out otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Share {
    /// Looked at.
    pub decisions: u64,
    /// With another outcome.
    pub changed: u64,
}

/// So many decisions that would go from one outcome to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Move {
    /// What the conditions came to.
    pub from: Outcome,
    /// What they would come to.
    pub to: Outcome,
    /// How many.
    pub decisions: u64,
}

/// How one condition would come out.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ConditionChange {
    /// As before.
    pub same: u64,
    /// Met then, not met under the draft.
    pub lost: u64,
    /// Not met then, met under the draft.
    pub won: u64,
    /// Known then, unknown under the draft.
    pub doubtful: u64,
    /// Unknown then, known under the draft.
    pub cleared: u64,
    /// Only the draft has it: met.
    pub new_met: u64,
    /// Only the draft has it: not met.
    pub new_not_met: u64,
    /// Only the draft has it: unknown.
    pub new_unknown: u64,
    /// Facts it reads that nobody read then, and in how many decisions.
    pub missing: BTreeMap<String, u64>,
}

/// One decision that would come out otherwise. Who may see the case is asked when it is shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// The case.
    pub case: Id,
    /// Its region.
    pub region: String,
    /// The month of the decision, `2026-11`.
    pub month: String,
    /// What the conditions came to.
    pub from: Outcome,
    /// What they would come to.
    pub to: Outcome,
    /// The conditions that make the difference.
    pub conditions: Vec<String>,
}

/// What a draft would have changed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tried {
    /// Looked at.
    pub decisions: u64,
    /// With another outcome.
    pub changed: u64,
    /// With erased data: nothing to decide on.
    pub erased: u64,
    /// Stored in a form this program does not read.
    pub unreadable: u64,
    /// By outcome before and after; only changes.
    pub moves: Vec<Move>,
    /// By region of the case.
    pub regions: BTreeMap<String, Share>,
    /// By month of the decision.
    pub months: BTreeMap<String, Share>,
    /// By condition of the draft.
    pub conditions: BTreeMap<String, ConditionChange>,
    /// Some of the changed ones.
    pub sample: Vec<Sample>,
}

impl Tried {
    fn add(&mut self, other: Self) {
        self.decisions += other.decisions;
        self.changed += other.changed;
        self.erased += other.erased;
        self.unreadable += other.unreadable;
        for (sums, more) in [(&mut self.regions, other.regions), (&mut self.months, other.months)] {
            for (name, share) in more {
                let sum = sums.entry(name).or_default();
                sum.decisions += share.decisions;
                sum.changed += share.changed;
            }
        }
        for one in other.moves {
            self.moved(one.from, one.to, one.decisions);
        }
        for (id, change) in other.conditions {
            self.conditions.entry(id).or_default().add(change);
        }
        for sample in other.sample {
            self.keep(sample);
        }
    }

    fn moved(&mut self, from: Outcome, to: Outcome, decisions: u64) {
        match self.moves.iter_mut().find(|m| m.from == from && m.to == to) {
            Some(known) => known.decisions += decisions,
            None => {
                self.moves.push(Move { from, to, decisions });
                self.moves.sort_by_key(|m| (m.from, m.to));
            }
        }
    }

    fn keep(&mut self, sample: Sample) {
        let alike = self.sample.iter().filter(|s| s.from == sample.from && s.to == sample.to).count();
        if self.sample.len() < SAMPLE && alike < SAMPLE_OF_KIND {
            self.sample.push(sample);
        }
    }
}

impl ConditionChange {
    fn add(&mut self, other: Self) {
        self.same += other.same;
        self.lost += other.lost;
        self.won += other.won;
        self.doubtful += other.doubtful;
        self.cleared += other.cleared;
        self.new_met += other.new_met;
        self.new_not_met += other.new_not_met;
        self.new_unknown += other.new_unknown;
        for (name, n) in other.missing {
            *self.missing.entry(name).or_default() += n;
        }
    }

    fn note(&mut self, before: Option<CheckTruth>, after: CheckTruth) {
        use CheckTruth::{Met, NotMet, Unknown};
        let place = match (before, after) {
            (None, Met) => &mut self.new_met,
            (None, NotMet) => &mut self.new_not_met,
            (None, Unknown) => &mut self.new_unknown,
            (Some(before), after) if before == after => &mut self.same,
            (Some(Unknown), _) => &mut self.cleared,
            (Some(_), Unknown) => &mut self.doubtful,
            (Some(_), NotMet) => &mut self.lost,
            (Some(_), Met) => &mut self.won,
        };
        *place += 1;
    }
}

/// Decides an item's past under a draft. `seen` is told how many there are and how many are done.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn what_if(
    store: &Store,
    draft: &Arc<Draft>,
    reach: Reach,
    seen: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Tried, Fault> {
    let item = draft.item.id.clone();
    let total = record::count(store, Some(&item)).await?;
    let reach = reach.map(|(account, right)| (account, right.word()));
    let mut tried = Tried::default();
    for shard in record::shards(store).await? {
        let draft = Arc::clone(draft);
        let mut threads = Threads::new(move |rows: &[Row]| page(&draft, rows));
        let mut after = String::new();
        loop {
            let rows = record::item_page(store, (&item, &shard, &after), reach).await?;
            let Some(last) = rows.last() else { break };
            last.text("id")?.clone_into(&mut after);
            if let Some(done) = threads.give(rows).await? {
                tried.add(done);
                seen(tried.decisions, total);
            }
        }
        for done in threads.rest().await? {
            tried.add(done);
        }
        seen(tried.decisions, total);
    }
    Ok(tried)
}

fn page(draft: &Draft, rows: &[Row]) -> Result<Tried, Fault> {
    let mut tried = Tried::default();
    let mut slots = Slots::default();
    for row in rows {
        tried.decisions += 1;
        if row.blob("salt")?.is_empty() {
            tried.erased += 1;
            continue;
        }
        let kept = serde_json::from_str::<KeptChecks<'_>>(row.text("checks")?);
        let inputs = serde_json::from_str::<KeptInputs<'_>>(row.text("inputs")?);
        let (Ok(kept), Ok(inputs)) = (kept, inputs) else {
            tried.unreadable += 1;
            continue;
        };
        let place = Where {
            case: row.id("case_id")?,
            region: row.text("region")?,
            month: row.moment("decided_at")?.date().strftime("%Y-%m").to_string(),
        };
        let after = redecide(draft, &inputs, &mut slots);
        note(&mut tried, draft, place, (&kept, &after, &inputs));
    }
    Ok(tried)
}

/// The stored inputs, as far as rules read them; everything else is skipped.
#[derive(Deserialize)]
pub(super) struct KeptInputs<'a> {
    #[serde(borrow)]
    rows: Vec<KeptInput<'a>>,
    #[serde(default)]
    contradictions: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct KeptInput<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    kind: FactKind,
    value: Option<Json>,
    unusable: Option<IgnoredAny>,
}

/// The stored checks, as far as they are compared.
#[derive(Deserialize)]
pub(super) struct KeptChecks<'a> {
    #[serde(borrow)]
    checks: Vec<KeptCheck<'a>>,
    #[serde(default)]
    contradictions: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct KeptCheck<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    truth: CheckTruth,
    on_fail: OnFail,
    grade: Grade,
}

impl KeptInputs<'_> {
    /// Whether the fact was asked for then, whatever came of it.
    fn has(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row.name == name)
    }
}

impl KeptChecks<'_> {
    fn truth(&self, id: &str) -> Option<CheckTruth> {
        self.checks.iter().find(|c| c.id == id).map(|c| c.truth)
    }

    fn outcome(&self) -> Outcome {
        let all = self.checks.iter().map(|c| consequence(c.truth, c.on_fail, c.grade));
        weighed(all, !self.contradictions.is_empty())
    }
}

fn weighed(consequences: impl Iterator<Item = Outcome>, contradicted: bool) -> Outcome {
    let of_checks = consequences.max().unwrap_or(Outcome::Refer);
    if contradicted { Outcome::Refer } else { of_checks }
}

/// The places of inputs, used again and again.
#[derive(Default)]
pub(super) struct Slots(Vec<Value>);

/// What the conditions come to under a draft.
pub(super) struct Redecided {
    /// In the order of the draft's conditions.
    pub(super) truths: Vec<CheckTruth>,
    pub(super) outcome: Outcome,
}

/// Decides stored inputs under a draft.
pub(super) fn redecide(draft: &Draft, inputs: &KeptInputs<'_>, slots: &mut Slots) -> Redecided {
    let rules = &draft.item.rules;
    slots.0.clear();
    slots.0.resize(rules.inputs().len(), Value::Null);
    for row in inputs.rows.iter().filter(|row| row.unusable.is_none()) {
        if let (Some(slot), Some(value)) = (rules.input_slot(&row.name), &row.value)
            && let Some(value) = engine_value(row.kind, value)
        {
            slots.0[slot] = value;
        }
    }
    let decided: Vec<Option<bool>> = rules.decide_slots(&slots.0).truths().collect();
    let truth = |at: Option<usize>| match at.and_then(|at| decided.get(at).copied().flatten()) {
        Some(true) => CheckTruth::Met,
        Some(false) => CheckTruth::NotMet,
        None => CheckTruth::Unknown,
    };
    let truths: Vec<CheckTruth> = draft.plan().iter().map(|p| truth(p.at)).collect();
    let all = draft.plan().iter().zip(&truths).map(|(p, truth)| consequence(*truth, p.on_fail, p.grade));
    let outcome = weighed(all, !inputs.contradictions.is_empty());
    Redecided { truths, outcome }
}

/// The facts that an unknown condition of a draft reads and that nobody asked for then.
pub(super) fn missing<'d>(draft: &'d Draft, at: Option<usize>, inputs: &KeptInputs<'_>) -> BTreeSet<&'d str> {
    let Some(condition) = at.and_then(|at| draft.item.rules.conditions().get(at)) else { return BTreeSet::new() };
    draft.item.rules.reads(condition).filter(|name| !inputs.has(name)).collect()
}

struct Where<'a> {
    case: Id,
    region: &'a str,
    month: String,
}

fn note(
    tried: &mut Tried,
    draft: &Draft,
    place: Where<'_>,
    (kept, after, inputs): (&KeptChecks<'_>, &Redecided, &KeptInputs<'_>),
) {
    let before = kept.outcome();
    let changed = before != after.outcome;
    for (plan, truth) in draft.plan().iter().zip(&after.truths) {
        let change = match tried.conditions.get_mut(&plan.id) {
            Some(known) => known,
            None => tried.conditions.entry(plan.id.clone()).or_default(),
        };
        change.note(kept.truth(&plan.id), *truth);
        if *truth == CheckTruth::Unknown {
            for name in missing(draft, plan.at, inputs) {
                *change.missing.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    share(&mut tried.regions, place.region, changed);
    share(&mut tried.months, &place.month, changed);
    if !changed {
        return;
    }
    tried.changed += 1;
    tried.moved(before, after.outcome, 1);
    let turned = |(plan, truth): (&super::draft::Planned, &CheckTruth)| {
        (kept.truth(&plan.id) != Some(*truth)).then(|| plan.id.clone())
    };
    let mut conditions: Vec<String> = draft.plan().iter().zip(&after.truths).filter_map(turned).collect();
    conditions.extend(draft.dropped.iter().filter(|id| kept.truth(id).is_some_and(|t| t != CheckTruth::Met)).cloned());
    tried.keep(Sample {
        case: place.case,
        region: place.region.to_owned(),
        month: place.month,
        from: before,
        to: after.outcome,
        conditions,
    });
}

fn share(shares: &mut BTreeMap<String, Share>, name: &str, changed: bool) {
    let share = match shares.get_mut(name) {
        Some(known) => known,
        None => shares.entry(name.to_owned()).or_default(),
    };
    share.decisions += 1;
    share.changed += u64::from(changed);
}

//! A draft that runs beside people: of each decision of a person on an item it is kept what the draft would have said, on the
//! facts that were stored with it, and whether the two agree.
//!
//! It is worked out after the decision has left, by the clock, from what is stored: so nothing that decides can see it, and no
//! decision waits for it. Begin and end are leaves of the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::canonical::canonical_value;
use kernel::{Id, Moment, Text};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{CommitError, Fault, Leaf, Row, Store, Unit, Value};

use super::draft::{Draft, of_model};
use super::record::{self, PAGE, SHADOW, SHADOW_FOUND};
use super::trial::{faulty, mistakes, reads};
use super::whatif::{KeptInputs, Slots, missing, redecide};
use crate::access::{Desk, EVERY, Place, Right, StaffActor};
use crate::approval::{CheckTruth, Outcome};
use crate::catalog::{Catalog, FieldError, Item};

/// Shadows of one item that run at once: a draft, and one or two others to compare it with.
const MOST: usize = 3;
/// How far back the clock looks again each time: what was decided at one moment may be committed a little later.
const AGAIN_MS: i64 = 600_000;
/// Length of the reason, in characters.
const WHY: std::ops::RangeInclusive<usize> = 5..=500;
/// Disagreements that are named.
const NAMED: usize = 20;

/// A draft beside people.
#[derive(Clone, Debug)]
pub struct Shadow {
    shard: String,
    /// Key.
    pub id: Id,
    version: i64,
    /// The item.
    pub item: String,
    /// The draft's model.
    pub model: String,
    /// Its SHA-256.
    pub model_hash: String,
    /// Why it runs.
    pub why: String,
    /// Who began it.
    pub begun_name: String,
    /// When.
    pub begun_at: Moment,
    /// Who ended it.
    pub ended_name: Option<String>,
    /// When.
    pub ended_at: Option<Moment>,
    reached_at: Moment,
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewShadow<'a> {
    /// The item.
    pub item: &'a str,
    /// The draft's model.
    pub model: &'a str,
    /// Why.
    pub why: &'a str,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ShadowError {
    /// No such shadow, or none for this reader.
    #[error("not found")]
    NotFound,
    /// Fields to mend, all at once.
    #[error("{} field(s) to mend", .0.len())]
    Form(Vec<FieldError>),
    /// Somebody ended it meanwhile.
    #[error("changed by someone else in the meantime; look again")]
    Changed,
    /// The log cannot sign: begin and end stand in it.
    #[error("this waits until the log can sign again: {0}")]
    NoEvidence(String),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<CommitError> for ShadowError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::Changed,
            CommitError::NoEvidence { why } => Self::NoEvidence(why),
            other => Self::Fault(faulty(other)),
        }
    }
}

/// How a draft stands to what a person decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// It would have come to the same.
    Agrees,
    /// It would have come to something else.
    Disagrees,
    /// It would have left it to a person.
    Abstains,
}

impl Agreement {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Disagrees => "disagrees",
            Self::Abstains => "abstains",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Agrees, Self::Disagrees, Self::Abstains].into_iter().find(|a| a.word() == word)
    }
}

/// Holds what a draft comes to against what a person ruled (the case's state after it).
pub fn agreement(ruled: &str, outcome: Outcome) -> Agreement {
    match (outcome, ruled) {
        (Outcome::Refer | Outcome::SpecialStep, _) => Agreement::Abstains,
        (Outcome::Grant, "granted")
        | (Outcome::DraftRefusal, "refused")
        | (Outcome::Correct, "correcting" | "gathering")
        | (Outcome::NotNeeded, "not_needed") => Agreement::Agrees,
        _ => Agreement::Disagrees,
    }
}

/// How one condition of a draft came out in one decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct CheckSeen {
    id: String,
    truth: CheckTruth,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
}

/// How one condition of a draft came out beside people.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConditionSeen {
    /// Met.
    pub met: u64,
    /// Not met.
    pub not_met: u64,
    /// Unknown.
    pub unknown: u64,
    /// Facts that nobody read, and in how many decisions.
    pub missing: BTreeMap<String, u64>,
}

/// What a shadow found, as far as the reader reaches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ShadowSeen {
    /// By agreement.
    pub counts: BTreeMap<Agreement, u64>,
    /// By what people ruled and what the draft comes to.
    pub pairs: BTreeMap<(String, Outcome), u64>,
    /// By condition.
    pub conditions: BTreeMap<String, ConditionSeen>,
    /// Cases of the first disagreements: the case, what was ruled, what the draft comes to.
    pub disagreements: Vec<(Id, String, Outcome)>,
}

impl Shadow {
    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.ended_at.is_none()
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            item: owned("item")?,
            model: owned("model")?,
            model_hash: owned("model_hash")?,
            why: owned("why")?,
            begun_name: owned("begun_name")?,
            begun_at: row.moment("begun_at")?,
            ended_name: row.opt_text("ended_name")?.map(str::to_owned),
            ended_at: row.opt_moment("ended_at")?,
            reached_at: row.moment("reached_at")?,
        })
    }

    fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    fn leaf(&self, kind: &'static str, at: Moment) -> Result<Leaf, Fault> {
        let body = json!({
            "schema": 1, "kind": kind, "shadow": self.id.to_string(), "item": self.item, "model": self.model_hash, "at": at,
        });
        let text = canonical_value(&body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))?;
        Ok(Leaf { subject: self.id, kind, bytes: text.into_bytes() })
    }
}

/// Whether the officer writes the rules of this item.
fn writes(officer: &StaffActor, item: &Item) -> bool {
    let power = &item.power;
    if !power.deciding_agency.is_empty() {
        let place = Place { agency: &power.deciding_agency, region: &power.region, item: &item.id };
        return officer.scopes.allow(Right::WriteRules, &place);
    }
    // Whoever decides is found by place: then it is the region and the item that count.
    let own = |scope: &crate::access::Scope| {
        scope.role.rights().contains(&Right::WriteRules) && (scope.item == EVERY || scope.item == item.id)
    };
    officer.scopes.rows().any(own) && officer.scopes.allow_in(Right::WriteRules, &power.region)
}

/// Begins to run a draft beside people.
///
/// # Errors
/// [`ShadowError::Form`] with everything to mend; [`ShadowError::NotFound`] where the officer does not write this item's rules.
pub async fn begin_shadow(
    desk: &Desk<'_>,
    officer: &StaffActor,
    catalog: &Catalog,
    new: &NewShadow<'_>,
) -> Result<Shadow, ShadowError> {
    if !officer.scopes.allow_somewhere(Right::WriteRules) {
        return Err(ShadowError::NotFound);
    }
    let now = desk.now();
    let item = catalog.item(new.item, now.date()).filter(|item| writes(officer, item));
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, code: &str, zh: String, en: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code: code.to_owned(), message: Text::new(zh, en) });
    };
    let why = new.why.trim();
    if !WHY.contains(&why.chars().count()) {
        let (least, most) = (WHY.start(), WHY.end());
        let zh = format!("请写明并行试运行的理由（{least} 至 {most} 字）");
        wrong("/why", "length", zh, format!("say why it runs beside people ({least} to {most} characters)"));
    }
    match &item {
        None => {
            wrong("/item", "unknown", "请选择您负责的事项".into(), "choose an item whose rules you write".into());
        }
        Some(item) => {
            let running = shadows(desk.store).await?;
            if running.iter().filter(|s| s.item == item.id && s.is_running()).count() >= MOST {
                let zh = format!("该事项已有 {MOST} 个草案在并行，请先结束一个");
                wrong("/item", "limit", zh, format!("{MOST} drafts run beside people for it already; end one first"));
            }
        }
    }
    let draft = item.as_deref().map(|item| of_model(item, new.model.trim()));
    if let Some(Err(found)) = &draft {
        errors.extend(mistakes(found));
    }
    let (Some(Ok(draft)), true) = (draft, errors.is_empty()) else { return Err(ShadowError::Form(errors)) };
    let shadow = Shadow {
        shard: desk.shard.to_owned(),
        id: desk.id(),
        version: 1,
        item: draft.item.id.clone(),
        model: new.model.trim().to_owned(),
        model_hash: draft.item.rules.hash().to_owned(),
        why: why.to_owned(),
        begun_name: officer.name.clone(),
        begun_at: now,
        ended_name: None,
        ended_at: None,
        reached_at: now,
    };
    let unit = desk.unit().insert(&SHADOW, values(&shadow, officer)).leaf(shadow.leaf("shadow.begun", now)?);
    desk.store.commit(unit).await?;
    Ok(shadow)
}

fn values(shadow: &Shadow, officer: &StaffActor) -> Vec<Value> {
    vec![
        (&shadow.shard).into(),
        shadow.id.into(),
        shadow.version.into(),
        (&shadow.item).into(),
        (&shadow.model).into(),
        (&shadow.model_hash).into(),
        (&shadow.why).into(),
        officer.account.into(),
        (&shadow.begun_name).into(),
        shadow.begun_at.into(),
        Value::Null,
        Value::Null,
        Value::Null,
        shadow.reached_at.into(),
    ]
}

/// Ends it. What it found stays.
///
/// # Errors
/// [`ShadowError::NotFound`] where the officer does not write this item's rules; [`ShadowError::Changed`] where it ended already.
pub async fn end_shadow(desk: &Desk<'_>, officer: &StaffActor, catalog: &Catalog, id: Id) -> Result<(), ShadowError> {
    let now = desk.now();
    let shadow = shadow(desk.store, desk.shard, officer, id).await?;
    let item = catalog.item(&shadow.item, now.date()).ok_or(ShadowError::NotFound)?;
    if !writes(officer, &item) {
        return Err(ShadowError::NotFound);
    }
    if !shadow.is_running() {
        return Err(ShadowError::Changed);
    }
    let changes: Vec<(&'static str, Value)> =
        vec![("ended_by", officer.account.into()), ("ended_name", (&officer.name).into()), ("ended_at", now.into())];
    let unit = desk.unit().update(&SHADOW, shadow.key(), shadow.version, changes);
    desk.store.commit(unit.leaf(shadow.leaf("shadow.ended", now)?)).await?;
    Ok(())
}

/// All shadows, newest first. What they found is read by rights; that they run is no secret in the office.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn shadows(store: &Store) -> Result<Vec<Shadow>, Fault> {
    record::shadows(store).await?.iter().map(Shadow::read).collect()
}

/// One shadow, for who writes rules or audits.
///
/// # Errors
/// [`ShadowError::NotFound`], or a fault.
pub async fn shadow(store: &Store, shard: &str, officer: &StaffActor, id: Id) -> Result<Shadow, ShadowError> {
    reads(officer).ok_or(ShadowError::NotFound)?;
    let row = record::shadow(store, shard, id).await?.ok_or(ShadowError::NotFound)?;
    Ok(Shadow::read(&row)?)
}

/// Looks at what people decided since the last time, for every shadow that runs. Gives how many decisions were looked at.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn watch_shadows(desk: &Desk<'_>, catalog: &Catalog) -> Result<usize, Fault> {
    let mut looked = 0;
    for row in record::shadows_running(desk.store).await? {
        let shadow = Shadow::read(&row)?;
        // A shadow is carried by the office that began it.
        if shadow.shard != desk.shard {
            continue;
        }
        let item = catalog.item(&shadow.item, desk.now().date());
        let draft = item.as_deref().map(|item| of_model(item, &shadow.model));
        let Some(Ok(draft)) = draft else {
            tracing::warn!(shadow = %shadow.id, item = shadow.item, "a draft beside people no longer fits its item");
            continue;
        };
        looked += watch(desk, &shadow, &Arc::new(draft)).await?;
    }
    Ok(looked)
}

async fn watch(desk: &Desk<'_>, shadow: &Shadow, draft: &Arc<Draft>) -> Result<usize, Fault> {
    let since = (shadow.reached_at.ms() - AGAIN_MS).max(shadow.begun_at.ms());
    let rows = record::unshadowed(desk.store, (&shadow.shard, shadow.id, &shadow.item), since).await?;
    let Some(last) = rows.last() else { return Ok(0) };
    let reached: Value = last.moment("decided_at")?.into();
    let (count, own, of) = (rows.len(), shadow.clone(), Arc::clone(draft));
    let base = desk.unit();
    let computed = tokio::task::spawn_blocking(move || {
        let mut slots = Slots::default();
        rows.iter().try_fold(base, |unit, row| kept(unit, (&own, &of), row, &mut slots))
    });
    let unit = computed.await.map_err(|e| Fault::Misuse(format!("a shadow was not computed: {e}")))??;
    let unit = unit.update(&SHADOW, shadow.key(), shadow.version, vec![("reached_at", reached)]);
    match desk.store.commit(unit).await {
        Ok(_) => Ok(count),
        // Another node was there, or somebody ended it: the next turn sees.
        Err(CommitError::Conflict(_)) => Ok(0),
        Err(other) => Err(faulty(other)),
    }
}

/// What a draft would have said of one decision. One whose data was erased or cannot be read is left to people.
fn kept(unit: Unit, (shadow, draft): (&Shadow, &Draft), row: &Row, slots: &mut Slots) -> Result<Unit, Fault> {
    let ruled = row.text("outcome")?;
    let inputs = serde_json::from_str::<KeptInputs<'_>>(row.text("inputs")?);
    let (outcome, checks) = match inputs {
        Ok(inputs) if !row.blob("salt")?.is_empty() => {
            let again = redecide(draft, &inputs, slots);
            let seen = draft.plan().iter().zip(&again.truths).map(|(plan, truth)| CheckSeen {
                id: plan.id.clone(),
                truth: *truth,
                missing: match truth {
                    CheckTruth::Unknown => missing(draft, plan.at, &inputs).into_iter().map(str::to_owned).collect(),
                    CheckTruth::Met | CheckTruth::NotMet => Vec::new(),
                },
            });
            (again.outcome, seen.collect::<Vec<_>>())
        }
        _ => (Outcome::Refer, Vec::new()),
    };
    let checks = serde_json::to_string(&checks).map_err(|e| Fault::Misuse(e.to_string()))?;
    let values: Vec<Value> = vec![
        (&shadow.shard).into(),
        shadow.id.into(),
        row.text("id")?.into(),
        row.text("case_id")?.into(),
        row.text("deciding_agency")?.into(),
        row.text("region")?.into(),
        ruled.into(),
        outcome.word().into(),
        agreement(ruled, outcome).word().into(),
        checks.into(),
        row.moment("decided_at")?.into(),
    ];
    Ok(unit.put(&SHADOW_FOUND, values))
}

/// What a shadow found of the decisions that the officer's right reaches.
///
/// # Errors
/// [`ShadowError::NotFound`] without a right; a fault.
pub async fn shadow_seen(store: &Store, officer: &StaffActor, shadow: &Shadow) -> Result<ShadowSeen, ShadowError> {
    let right = reads(officer).ok_or(ShadowError::NotFound)?;
    let reader = (officer.account, right.word(), shadow.item.as_str());
    let (mut seen, mut after) = (ShadowSeen::default(), String::new());
    loop {
        let rows = record::shadow_found(store, (&shadow.shard, shadow.id, &after), reader).await?;
        for row in &rows {
            row.text("decision")?.clone_into(&mut after);
            seen.note(row)?;
        }
        if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            return Ok(seen);
        }
    }
}

impl ShadowSeen {
    /// Decisions that were looked at.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    fn note(&mut self, row: &Row) -> Result<(), Fault> {
        let strange = |column: &str| Fault::Misuse(format!("a shadow's {column} cannot be read"));
        let agreement = Agreement::from_word(row.text("agreement")?).ok_or_else(|| strange("agreement"))?;
        let outcome = Outcome::from_word(row.text("outcome")?).ok_or_else(|| strange("outcome"))?;
        let ruled = row.text("ruled")?;
        *self.counts.entry(agreement).or_default() += 1;
        *self.pairs.entry((ruled.to_owned(), outcome)).or_default() += 1;
        if agreement == Agreement::Disagrees && self.disagreements.len() < NAMED {
            self.disagreements.push((row.id("case_id")?, ruled.to_owned(), outcome));
        }
        let checks: Vec<CheckSeen> = serde_json::from_str(row.text("checks")?).map_err(|_| strange("checks"))?;
        for check in checks {
            let seen = self.conditions.entry(check.id).or_default();
            match check.truth {
                CheckTruth::Met => seen.met += 1,
                CheckTruth::NotMet => seen.not_met += 1,
                CheckTruth::Unknown => seen.unknown += 1,
            }
            for name in check.missing {
                *seen.missing.entry(name).or_default() += 1;
            }
        }
        Ok(())
    }
}

//! A draft tried on history from a page: begun by who may write rules or audits, carried on in the background one at a time,
//! with what is done so far written down, so that a page shows it and nobody waits for an answer.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::{Id, Moment, Text};
use store::{CommitError, Conflict, Fault, Row, Store, Unit, Value};

use super::draft::{Draft, of_model};
use super::record::{self, TRIAL};
use super::whatif::{Tried, what_if};
use crate::access::{Desk, Right, StaffActor};
use crate::catalog::{Catalog, Diagnostic, FieldError};

/// How often progress is written down.
const BEAT: Duration = Duration::from_secs(1);
/// A trial that was not heard of for so long was left by a server that stopped.
const SILENT_MS: i64 = 60_000;

/// How a trial stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrialState {
    /// It is computed.
    Running,
    /// It is done.
    Done,
    /// The server stopped before it was done, or something broke.
    Stopped,
}

impl TrialState {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }
}

/// A draft tried on history.
#[derive(Clone, Debug)]
pub struct Trial {
    shard: String,
    /// Key.
    pub id: Id,
    version: i64,
    /// The item.
    pub item: String,
    /// The draft's model; empty: the rules in force.
    pub model: String,
    /// SHA-256 of the model that was tried.
    pub model_hash: String,
    /// Who began it.
    pub account: Id,
    /// Name of who began it.
    pub account_name: String,
    /// The right by which it reads.
    pub right: Right,
    /// When.
    pub begun_at: Moment,
    beat_at: Moment,
    /// Decisions looked at.
    pub seen: i64,
    /// Decisions of the item, whoever may see them.
    pub total: i64,
    state: TrialState,
    /// What was found, once it is done.
    pub found: Option<Tried>,
}

/// Why a trial was not begun.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// No such item or trial, or none for this reader.
    #[error("not found")]
    NotFound,
    /// Fields to mend, all at once.
    #[error("{} field(s) to mend", .0.len())]
    Form(Vec<FieldError>),
    /// Another one is computed.
    #[error("another trial is computed now; try again when it is done")]
    Busy,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<CommitError> for TrialError {
    fn from(error: CommitError) -> Self {
        Self::Fault(faulty(error))
    }
}

pub(super) fn faulty(error: CommitError) -> Fault {
    match error {
        CommitError::Fault(fault) => fault,
        CommitError::Stopped => Fault::Stopped,
        other => Fault::Misuse(other.to_string()),
    }
}

impl Trial {
    /// How it stands at a moment.
    pub fn state(&self, now: Moment) -> TrialState {
        let silent = now.ms() - self.beat_at.ms() > SILENT_MS;
        if self.state == TrialState::Running && silent { TrialState::Stopped } else { self.state }
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let right = Right::from_word(row.text("allowed")?);
        let state = match row.text("state")? {
            "running" => TrialState::Running,
            "done" => TrialState::Done,
            _ => TrialState::Stopped,
        };
        let found = row.opt_text("found")?.map(serde_json::from_str).transpose();
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            item: owned("item")?,
            model: owned("model")?,
            model_hash: owned("model_hash")?,
            account: row.id("account")?,
            account_name: owned("account_name")?,
            right: right.ok_or_else(|| Fault::Misuse("unknown right of a trial".to_owned()))?,
            begun_at: row.moment("begun_at")?,
            beat_at: row.moment("beat_at")?,
            seen: row.int("seen")?,
            total: row.int("total")?,
            state,
            found: found.map_err(|e| Fault::Misuse(format!("what a trial found cannot be read: {e}")))?,
        })
    }

    fn insert(&self, unit: Unit) -> Unit {
        let row: Vec<Value> = vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.item).into(),
            (&self.model).into(),
            (&self.model_hash).into(),
            self.account.into(),
            (&self.account_name).into(),
            self.right.word().into(),
            self.begun_at.into(),
            self.beat_at.into(),
            self.seen.into(),
            self.total.into(),
            self.state.word().into(),
            Value::Null,
        ];
        unit.insert(&TRIAL, row)
    }
}

/// By which right an officer tries drafts: who writes rules, or audits.
pub(super) fn reads(officer: &StaffActor) -> Option<Right> {
    [Right::WriteRules, Right::Audit].into_iter().find(|right| officer.scopes.allow_somewhere(*right))
}

/// Begins a trial of a model on an item's past; an empty text stands for the rules in force. It is carried on by
/// [`carry_trial`].
///
/// # Errors
/// [`TrialError::NotFound`] without a right to it or such an item; [`TrialError::Form`] with everything wrong in the model;
/// [`TrialError::Busy`] while another one is computed.
pub async fn begin_trial(
    desk: &Desk<'_>,
    officer: &StaffActor,
    catalog: &Catalog,
    (item, model): (&str, &str),
) -> Result<(Trial, Arc<Draft>), TrialError> {
    let right = reads(officer).ok_or(TrialError::NotFound)?;
    let now = desk.now();
    let Some(in_force) = catalog.item(item, now.date()) else {
        let message = Text::new("请选择事项", "choose an item");
        return Err(TrialError::Form(vec![FieldError { pointer: "/item".into(), code: "unknown".into(), message }]));
    };
    let model = model.trim();
    let draft = if model.is_empty() {
        Draft::of(&in_force)
    } else {
        of_model(&in_force, model).map_err(|found| TrialError::Form(mistakes(&found)))?
    };
    if record::trials_running(desk.store, now.ms() - SILENT_MS).await? > 0 {
        return Err(TrialError::Busy);
    }
    let total = record::count(desk.store, Some(item)).await?;
    let trial = Trial {
        shard: desk.shard.to_owned(),
        id: desk.id(),
        version: 1,
        item: item.to_owned(),
        model: model.to_owned(),
        model_hash: draft.item.rules.hash().to_owned(),
        account: officer.account,
        account_name: officer.name.clone(),
        right,
        begun_at: now,
        beat_at: now,
        seen: 0,
        total: i64::try_from(total).unwrap_or(i64::MAX),
        state: TrialState::Running,
        found: None,
    };
    desk.store.commit(trial.insert(desk.unit())).await?;
    Ok((trial, Arc::new(draft)))
}

/// What is wrong in a model, as lines of a form: at most twenty.
pub(super) fn mistakes(found: &[Diagnostic]) -> Vec<FieldError> {
    let line = |d: &Diagnostic| FieldError {
        pointer: "/model".into(),
        code: "model".into(),
        message: Text::new(
            format!("模型 {}：{}；改法：{}", d.field, d.reason, d.mend),
            format!("model {}: {}; to mend: {}", d.field, d.reason, d.mend),
        ),
    };
    found.iter().take(20).map(line).collect()
}

/// Carries a trial to its end, and writes down how far it is meanwhile.
///
/// # Errors
/// A [`Fault`] of the database; the trial is then stopped.
pub async fn carry_trial(desk: &Desk<'_>, mut trial: Trial, draft: Arc<Draft>) -> Result<Trial, Fault> {
    let done = AtomicU64::new(0);
    let mut seen = |n: u64, _: u64| done.store(n, Ordering::Relaxed);
    let found = {
        let mut work = pin!(what_if(desk.store, &draft, Some((trial.account, trial.right)), &mut seen));
        let mut beats = tokio::time::interval(BEAT);
        loop {
            tokio::select! {
                found = &mut work => break found,
                _ = beats.tick() => beat(desk, &mut trial, done.load(Ordering::Relaxed)).await?,
            }
        }
    };
    trial.state = if found.is_ok() { TrialState::Done } else { TrialState::Stopped };
    let (found, fault) = match found {
        Ok(found) => (Some(found), None),
        Err(fault) => (None, Some(fault)),
    };
    trial.seen = found.as_ref().map_or(trial.seen, |found| i64::try_from(found.decisions).unwrap_or(i64::MAX));
    let text = found.as_ref().map(serde_json::to_string).transpose();
    let text = text.map_err(|e| Fault::Misuse(e.to_string()))?;
    trial.found = found;
    let ended = vec![("state", trial.state.word().into()), ("found", text.into())];
    write(desk, &mut trial, ended).await?;
    fault.map_or(Ok(trial), Err)
}

async fn beat(desk: &Desk<'_>, trial: &mut Trial, seen: u64) -> Result<(), Fault> {
    trial.seen = i64::try_from(seen).unwrap_or(i64::MAX);
    write(desk, trial, Vec::new()).await
}

async fn write(desk: &Desk<'_>, trial: &mut Trial, more: Vec<(&'static str, Value)>) -> Result<(), Fault> {
    trial.beat_at = desk.now();
    let mut changes = vec![("beat_at", trial.beat_at.into()), ("seen", trial.seen.into())];
    changes.extend(more);
    let key = vec![(&trial.shard).into(), trial.id.into()];
    let unit = desk.unit().update(&TRIAL, key, trial.version, changes);
    match desk.store.commit(unit).await {
        Ok(_) => {}
        Err(CommitError::Conflict(Conflict::Changed { .. })) => {
            return Err(Fault::Misuse("a trial was carried twice".to_owned()));
        }
        Err(other) => return Err(faulty(other)),
    }
    trial.version += 1;
    Ok(())
}

/// The trials that an officer began, newest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn trials(store: &Store, officer: &StaffActor) -> Result<Vec<Trial>, Fault> {
    record::trials(store, officer.account).await?.iter().map(Trial::read).collect()
}

/// A trial of this officer. What others tried was read with their rights and is not found.
///
/// # Errors
/// [`TrialError::NotFound`], or a fault.
pub async fn trial(store: &Store, shard: &str, officer: &StaffActor, id: Id) -> Result<Trial, TrialError> {
    let row = record::trial(store, shard, id).await?.ok_or(TrialError::NotFound)?;
    let trial = Trial::read(&row)?;
    if trial.account == officer.account && reads(officer).is_some() { Ok(trial) } else { Err(TrialError::NotFound) }
}

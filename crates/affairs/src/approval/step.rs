//! The special step of a case: an inspection, a test, an expert review that the law puts before the decision.
//!
//! An officer names who goes (two at least: Administrative Licensing Law, articles 34 and 55) and tells the applicant in
//! writing what will be done and how long it takes. From that notice to the result the clock of the case stands still
//! (article 45). Whatever is found, a person decides.

mod record;

use evidence::canonical::Salt;
use kernel::{Date, Id, Moment, Stop, Text};
use serde_json::{Value as Json, json};
use store::{Fault, Store, Unit};

use record::STEP;
pub use record::{candidates, steps_of};

use super::acts::item_of;
use super::desk::Desk;
use super::error::ApprovalError;
use super::record::{self as cases, CASE, Case};
use super::settle::event;
use super::state::{Act, State};
use super::{first, leaf, limits, pending, recusal};
use crate::access::{Actor, Right};
use crate::catalog::{FieldError, Item, MessageKind};
use crate::message::{self, NewMessage};

/// The least number of officers who inspect.
const OFFICERS_LEAST: usize = 2;
/// The shortest notice or finding that can say something, and the longest kept; characters.
const WORDS: std::ops::RangeInclusive<usize> = 4..=4_000;

/// One special step of a case.
#[derive(Debug, Clone)]
pub struct Step {
    /// Key.
    pub id: Id,
    /// What is done, as the item names it.
    pub stage: Text,
    /// Who goes: names and posts.
    pub officers: Vec<String>,
    /// … and accounts, in the same order; none where it was ordered before accounts were kept.
    pub accounts: Vec<Id>,
    /// What the applicant was told.
    pub notice: String,
    /// When: the clock of the case stands still from this day.
    pub noticed_at: Moment,
    /// Who sent the notice.
    pub noticed_by: String,
    /// The last day of the time needed, as told.
    pub planned_to: Date,
    /// What came out, once it did.
    pub result: Option<StepFound>,
    shard: String,
    version: i64,
}

/// What a special step came to.
#[derive(Debug, Clone)]
pub struct StepFound {
    /// The requirement is met.
    pub passed: bool,
    /// What was found.
    pub findings: String,
    /// Who recorded it.
    pub by: String,
    /// When: the clock of the case runs again after this day.
    pub at: Moment,
}

impl Step {
    /// In which the clock of the case stands still: to the result, or, until there is one, to the end of the time told.
    pub fn stop(&self) -> Stop {
        Stop::between(self.noticed_at.date(), self.result.as_ref().map_or(self.planned_to, |r| r.at.date()))
    }

    /// The finding in a sentence, for the file of the decision.
    fn told(&self) -> Option<Text> {
        let found = self.result.as_ref()?;
        let (zh, en) = if found.passed { ("通过", "passed") } else { ("未通过", "not passed") };
        let (stage, findings) = (&self.stage, &found.findings);
        Some(Text::new(format!("{}：{zh}。{findings}", stage.zh), format!("{}: {en}. {findings}", stage.en)))
    }
}

/// The times in which the clock of a case stood or stands still.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn stops_of(store: &Store, case: Id) -> Result<Vec<Stop>, Fault> {
    Ok(steps_of(store, case).await?.iter().map(Step::stop).collect())
}

/// What special steps of a case mean for its decision: stops of its clock and findings. Reads only where the item has such
/// steps.
pub(super) async fn found(store: &Store, item: &Item, case: Id) -> Result<(Vec<Stop>, Vec<Text>), Fault> {
    if item.special_stages.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let steps = steps_of(store, case).await?;
    Ok((steps.iter().map(Step::stop).collect(), steps.iter().filter_map(Step::told).collect()))
}

/// Somebody who may be sent: his rights reach the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Account.
    pub account: Id,
    /// Name.
    pub name: String,
    /// Post.
    pub post: String,
}

/// What an officer orders.
#[derive(Debug, Clone)]
pub struct StepOrder<'a> {
    /// Which of the item's special stages, from 0.
    pub stage: usize,
    /// The accounts of those who go.
    pub officers: &'a [Id],
    /// What the applicant is told: what is done, where, what to prepare.
    pub notice: &'a str,
    /// The version of the case the officer looked at.
    pub version: i64,
}

/// What an officer records of a step.
#[derive(Debug, Clone)]
pub struct StepResult<'a> {
    /// The requirement is met.
    pub passed: bool,
    /// What was found, in words the applicant can read.
    pub findings: &'a str,
    /// The version of the case the officer looked at.
    pub version: i64,
}

/// Orders a special step: names who goes, tells the applicant in writing how long it takes, and stops the clock.
///
/// # Errors
/// [`ApprovalError::Form`] where fewer than two officers in reach of the case are named, the stage is none of the item's,
/// or nothing is told; [`ApprovalError::NotAllowed`] where the case stands elsewhere or a step is under way.
pub async fn order_step(desk: &Desk<'_>, actor: &Actor, id: Id, order: &StepOrder<'_>) -> Result<Case, ApprovalError> {
    let (mut case, item, steps) = in_hand(desk, actor, (id, order.version), Right::DecideCase).await?;
    let state = case.state.after(Act::OrderStep).ok_or(ApprovalError::NotAllowed(case.state))?;
    if steps.iter().any(|s| s.result.is_none()) {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let mut errors = Vec::new();
    let sent = gathered(&mut errors, officers(desk, &case, order).await)?;
    let stage = item.special_stages.get(order.stage);
    let unnamed = || wrong("/stage", "请选择特别程序", "choose a special stage of this item");
    let stage = gathered(&mut errors, stage.ok_or_else(unnamed))?;
    let notice = gathered(&mut errors, words("/notice", order.notice))?;
    // Everything to mend at once.
    let (Some(sent), Some(stage), Some(notice)) = (sent, stage, notice) else {
        return Err(ApprovalError::Form(errors));
    };
    let (now, signature) = (desk.base.now(), actor.signature());
    let uncalculable =
        || wrong("/stage", "工作日历尚未公布，无法告知所需时间", "the work calendar does not reach so far");
    let planned = stage.period.due(now.date(), desk.catalog.calendar(), &[]).map_err(|_| uncalculable())?;
    let step = Step {
        id: desk.base.id(),
        stage: stage.name.clone(),
        officers: sent.iter().map(|c| format!("{}（{}）", c.name, c.post)).collect(),
        accounts: sent.iter().map(|c| c.account).collect(),
        notice,
        noticed_at: now,
        noticed_by: signature.name.clone(),
        planned_to: planned,
        result: None,
        shard: case.shard.clone(),
        version: 1,
    };
    let version = case.version;
    case.state = state;
    let stops = steps.iter().map(Step::stop).chain([step.stop()]);
    let stops: Vec<Stop> = stops.chain(first::stop_of(desk.store(), &item, &case).await?).collect();
    limits::stand_still(desk.catalog, &item, &mut case, &stops);
    let public = json!({ "at": now, "stage": step.stage, "planned_to": step.planned_to.to_string() });
    let private = json!({ "officers": step.officers, "notice": step.notice, "by": signature });
    let written = leaf::leaf("case.step_noticed", &case, &public, &private, &Salt::generate(desk.base.entropy))?;
    let unit = changed(desk, &case, version).insert(&STEP, step.values(case.id)).leaf(written);
    let unit = unit.and(event(desk, &case, "step_noticed", &signature, detail(&step), now));
    commit(desk, message::add(unit, &notice_message(desk, &item, &case, &step)), case, version).await
}

/// Records what a special step came to: the clock runs again, and the case goes to a person.
///
/// # Errors
/// [`ApprovalError::NotAllowed`] where no step is under way; [`ApprovalError::Form`] where nothing was found.
pub async fn record_step(
    desk: &Desk<'_>,
    actor: &Actor,
    id: Id,
    result: &StepResult<'_>,
) -> Result<Case, ApprovalError> {
    let (mut case, item, mut steps) = in_hand(desk, actor, (id, result.version), Right::ViewCase).await?;
    let state = case.state.after(Act::EndStep).ok_or(ApprovalError::NotAllowed(case.state))?;
    let Some(step) = steps.iter_mut().find(|s| s.result.is_none()) else {
        return Err(ApprovalError::NotAllowed(case.state));
    };
    let (now, signature) = (desk.base.now(), actor.signature());
    if !may_record(actor, &case, step) {
        return Err(ApprovalError::Forbidden(Text::new(
            "只有被指派的工作人员或审批人员可以记录结果",
            "only those who were sent, or an approver, may record the result",
        )));
    }
    let found = StepFound {
        passed: result.passed,
        findings: words("/findings", result.findings)?,
        by: signature.name.clone(),
        at: now,
    };
    step.result = Some(found.clone());
    let step = step.clone();
    let version = case.version;
    case.state = state;
    let first = first::stop_of(desk.store(), &item, &case).await?;
    let stops: Vec<Stop> = steps.iter().map(Step::stop).chain(first).collect();
    limits::stand_still(desk.catalog, &item, &mut case, &stops);
    let public = json!({ "at": now, "stage": step.stage, "passed": found.passed });
    let private = json!({ "findings": found.findings, "by": signature });
    let written = leaf::leaf("case.step_ended", &case, &public, &private, &Salt::generate(desk.base.entropy))?;
    let changes = vec![
        ("passed", found.passed.into()),
        ("findings", (&found.findings).into()),
        ("recorded_by", (&found.by).into()),
        ("ended_at", now.into()),
    ];
    let key = vec![(&step.shard).into(), step.id.into()];
    let unit = changed(desk, &case, version).update(&STEP, key, step.version, changes).leaf(written);
    let unit = unit.and(event(desk, &case, "step_ended", &signature, detail(&step), now));
    commit(desk, message::add(unit, &result_message(desk, &item, &case, &step)), case, version).await
}

/// A case within the officer's rights, in the version he looked at, with its steps.
async fn in_hand(
    desk: &Desk<'_>,
    actor: &Actor,
    (id, version): (Id, i64),
    right: Right,
) -> Result<(Case, std::sync::Arc<Item>, Vec<Step>), ApprovalError> {
    let case = cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    if !case.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    if !case.allows(actor, right) {
        return Err(ApprovalError::Forbidden(Text::new(
            "您的岗位不能安排特别程序，请交由审批人员办理",
            "your post may not order a special step; hand the case to an approver",
        )));
    }
    recusal::refuse(desk, actor, &case).await?;
    if case.version != version {
        return Err(ApprovalError::Changed);
    }
    pending::none_at_the_door(desk, &case).await?;
    let (item, steps) = (item_of(desk, &case)?, steps_of(desk.store(), id).await?);
    Ok((case, item, steps))
}

/// Those who go: at least two different accounts whose rights reach the case, and nobody who must stay away from it.
async fn officers(desk: &Desk<'_>, case: &Case, order: &StepOrder<'_>) -> Result<Vec<Candidate>, ApprovalError> {
    let known = candidates(desk.store(), case).await?;
    let unknown = order.officers.iter().any(|id| !known.iter().any(|c| c.account == *id));
    let sent: Vec<Candidate> = known.into_iter().filter(|c| order.officers.contains(&c.account)).collect();
    for candidate in &sent {
        if recusal::tied(desk, candidate.account, case).await?.is_some() {
            let zh = format!("{}与本件当事人有关系，应当回避，请指派其他人员", candidate.name);
            let en =
                format!("{} is tied to a party of this case and must stay away; name somebody else", candidate.name);
            return Err(wrong("/officers", &zh, &en));
        }
    }
    if sent.len() < OFFICERS_LEAST || unknown {
        let message = "请指派两名以上有权办理本件的工作人员（行政许可法第三十四条、第五十五条）";
        return Err(wrong("/officers", message, "name two or more officers whose rights reach this case"));
    }
    Ok(sent)
}

/// Whoever was sent, or decides, records the result. Known by account: a name may belong to two people.
pub fn may_record(actor: &Actor, case: &Case, step: &Step) -> bool {
    let sent = actor.account().is_some_and(|account| step.accounts.contains(&account));
    sent || case.allows(actor, Right::DecideCase)
}

/// What was found, or its place among the errors; what is no matter of the form ends the act.
fn gathered<T>(errors: &mut Vec<FieldError>, found: Result<T, ApprovalError>) -> Result<Option<T>, ApprovalError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(ApprovalError::Form(wrong)) => {
            errors.extend(wrong);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

fn words(pointer: &str, text: &str) -> Result<String, ApprovalError> {
    let text = text.trim();
    if WORDS.contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let (zh, en) = ("请写明内容（4 至 4000 字），申请人会看到", "write 4 to 4000 characters; the applicant reads them");
    Err(wrong(pointer, zh, en))
}

fn wrong(pointer: &str, zh: &str, en: &str) -> ApprovalError {
    ApprovalError::Form(vec![FieldError { pointer: pointer.into(), code: "step".into(), message: Text::new(zh, en) }])
}

fn changed(desk: &Desk<'_>, case: &Case, version: i64) -> Unit {
    desk.base.unit().update(&CASE, case.key(), version, case.changes())
}

async fn commit(desk: &Desk<'_>, unit: Unit, mut case: Case, version: i64) -> Result<Case, ApprovalError> {
    desk.store().commit(unit).await?;
    case.version = version + 1;
    Ok(case)
}

fn detail(step: &Step) -> Json {
    json!({
        "stage": step.stage, "officers": step.officers, "planned_to": step.planned_to.to_string(),
        "passed": step.result.as_ref().map(|r| r.passed),
    })
}

fn notice_message(desk: &Desk<'_>, item: &Item, case: &Case, step: &Step) -> NewMessage {
    let (stage, sent) = (&step.stage, step.officers.join("、"));
    let zh = format!(
        "办件编号 {}。{}，预计不晚于{}完成，这段时间不计入办理时限。指派人员：{sent}。{}",
        case.number,
        stage.zh,
        zh_day(step.planned_to),
        step.notice
    );
    let en = format!(
        "Case {}. {}: by {} at the latest; this time is not counted in the limit. Sent: {sent}. {}",
        case.number, stage.en, step.planned_to, step.notice
    );
    told(desk, (item, case), ("特别程序通知", "notice of a special step"), Text::new(zh, en))
}

fn result_message(desk: &Desk<'_>, item: &Item, case: &Case, step: &Step) -> NewMessage {
    let found = step.told().unwrap_or_default();
    let zh = format!("办件编号 {}。{} 办理时限继续计算，由工作人员作出决定。", case.number, found.zh);
    let en = format!("Case {}. {} The limit runs again; a person decides.", case.number, found.en);
    told(desk, (item, case), ("特别程序结果", "result of a special step"), Text::new(zh, en))
}

fn zh_day(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

fn told(desk: &Desk<'_>, (item, case): (&Item, &Case), (zh, en): (&str, &str), body: Text) -> NewMessage {
    NewMessage {
        id: desk.base.id(),
        party: case.applicant,
        kind: MessageKind::Progress,
        title: Text::new(format!("{}：{zh}", item.name.zh), format!("{}: {en}", item.name.en)),
        body,
        link: Some(format!("/cases/{}", case.number)),
        case: Some(case.id),
        at: desk.base.now(),
    }
}

/// Whether a step of this case is under way: the clock stands still.
pub fn stands_still(state: State, steps: &[Step]) -> bool {
    state == State::SpecialStep && steps.iter().any(|s| s.result.is_none())
}

//! Going and looking: planned, recorded at the site by one officer, signed by the second, concluded; objected to and answered. What
//! must be mended is looked at again.

use evidence::canonical::{Salt, commitment};
use kernel::{Date, Id, Moment};
use serde_json::{Value as Json, json};
use store::{CommitError, Conflict, Fault, Leaf, Store, Unit};

use super::annul;
use super::decide::{end_far_ahead, end_of};
use super::error::SupervisionError;
use super::inspection::record::{self, INSPECTION, INSPECTION_ACT, VISIT};
use super::inspection::{Bounds, Inspection, InspectionSource, InspectionState, Recording, checked, conclusion};
use super::ledger::{self, canonical, field, said, stay_away};
use super::record::{ActLine, DUTY, Duty, by_id};
use super::terms::{Checklist, Terms};
use super::{tally, told};
use crate::access::{Actor, MandateAct, Right, Signature, mask_name};
use crate::approval::{self, Case, Desk};
use crate::licence;
use crate::material::{self, Material};
use crate::message;

/// How often planning is tried again when somebody planned another visit to the same target in the same moment.
const TRIES: usize = 3;

/// What is planned.
#[derive(Debug, Clone, Copy)]
pub struct Planning<'a> {
    /// The duty it works off, or whose target and agency it has.
    pub duty: Id,
    /// Where it comes from.
    pub source: InspectionSource,
    /// The day.
    pub day: &'a str,
    /// What is to be said of it; must say something where it is no duty.
    pub note: &'a str,
}

/// An inspection with what was done, for whoever may see it.
#[derive(Debug, Clone)]
pub struct InspectionFile {
    /// The inspection.
    pub inspection: Inspection,
    /// What was done, oldest first.
    pub acts: Vec<ActLine>,
    /// Its photographs.
    pub photos: Vec<Material>,
    /// The others of the same visit.
    pub beside: Vec<Inspection>,
}

/// The rules in force today.
///
/// # Errors
/// A fault, where the catalogue has none that can be read.
pub fn terms(desk: &Desk<'_>) -> Result<Terms, Fault> {
    let found = Terms::at(desk.catalog, desk.base.now().date());
    let found = found.map_err(|wrong| Fault::Misuse(wrong.iter().map(ToString::to_string).collect::<String>()))?;
    found.ok_or_else(|| Fault::Misuse("the catalogue has no rules of supervision".to_owned()))
}

/// An inspection for an officer of either side, or for the inspected; for anybody else it is not found.
///
/// # Errors
/// [`SupervisionError::NotFound`].
pub async fn inspection_file(
    store: &Store,
    actor: &Actor,
    (number, now): (&str, Moment),
) -> Result<InspectionFile, SupervisionError> {
    let found = record::by_number(store, number).await?.ok_or(SupervisionError::NotFound)?;
    let officer = found.allows(actor, Right::ViewDuty) || found.is_of_granting(actor);
    let own = found.is_of(actor, MandateAct::View, now.date()) && found.concluded_at.is_some();
    if !officer && !own {
        return Err(SupervisionError::NotFound);
    }
    let acts = record::inspection_acts(store, found.id).await?;
    let photos = material::of_inspection(store, found.id).await?;
    let beside = record::of_visit(store, found.visit).await?;
    let beside = beside.into_iter().filter(|other| other.id != found.id && officer).collect();
    Ok(InspectionFile { inspection: found, acts, photos, beside })
}

/// Plans a visit. Another one to the same target on the same day becomes one visit with it.
///
/// # Errors
/// [`SupervisionError::Form`] where day or note are wrong; [`SupervisionError::NotAllowed`] where one is planned already, or the
/// target is no more; [`SupervisionError::Changed`] where another planned it in the same moment.
pub async fn plan(desk: &Desk<'_>, actor: &Actor, new: &Planning<'_>) -> Result<Inspection, SupervisionError> {
    for _ in 0..TRIES {
        let (inspection, unit) = planned(desk, actor, new).await?;
        match desk.store().commit(unit).await {
            Ok(_) => return Ok(inspection),
            // Somebody planned another visit to this target on this day: the next turn joins it.
            Err(CommitError::Conflict(Conflict::Exists { .. })) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(SupervisionError::Changed)
}

async fn planned(desk: &Desk<'_>, actor: &Actor, new: &Planning<'_>) -> Result<(Inspection, Unit), SupervisionError> {
    let (store, now) = (desk.store(), desk.base.now());
    let (duty, case) = ledger::worked(store, actor, (new.duty, now)).await?;
    let day = day(new, now)?;
    may_plan(desk, &duty, new.source).await?;
    let terms = terms(desk)?;
    let checklist = terms.checklist(&duty.item).ok_or_else(no_checklist)?;
    let (visit, joined) = visit(desk, &case, day).await?;
    let by = actor.signature();
    let account = by.account.ok_or(SupervisionError::NotFound)?;
    let source = Source { kind: new.source, note: new.note.trim(), recheck_of: None };
    let inspection = fresh(desk, (&duty, &case), (&terms, checklist), (source, visit, day), (account, &by.name));
    // The duty's row is written too: two officers cannot plan the same in one moment.
    let touched = vec![("kind", (&duty.kind).into())];
    let unit = desk.base.unit().update(&DUTY, duty.key(), duty.version, touched).and(joined);
    let unit = unit.insert(&INSPECTION, inspection.values()?);
    Ok((inspection.clone(), unit.and(acted(desk, &inspection, ("planned", &by, new.note))?)))
}

fn day(new: &Planning<'_>, now: Moment) -> Result<Date, SupervisionError> {
    let mut wrong = Vec::new();
    let today = now.date();
    let furthest = today.saturating_add(jiff::Span::new().days(366));
    let day: Option<Date> = new.day.trim().parse().ok().filter(|day| (today..=furthest).contains(day));
    if day.is_none() {
        wrong.push(field("/day", "day", "请选择检查日期：今天起一年以内", "choose a day: from today, within a year"));
    }
    if new.source != InspectionSource::Duty && new.note.trim().chars().count() < 4 {
        wrong.push(field(
            "/note",
            "length",
            "请写明来源（至少4字）",
            "say where it comes from, in 4 characters or more",
        ));
    }
    match day {
        Some(day) if wrong.is_empty() => Ok(day),
        _ => Err(SupervisionError::Form(wrong)),
    }
}

/// One open inspection of a duty at a time; nothing is looked for at what is no more.
async fn may_plan(desk: &Desk<'_>, duty: &Duty, source: InspectionSource) -> Result<(), SupervisionError> {
    if source == InspectionSource::Duty && !matches!(duty.state.word(), "claimed" | "acted") {
        return Err(SupervisionError::not_allowed(
            "请先认领；已反馈或已终止的任务不再安排检查",
            "claim it first; what was told back or has ended is not inspected for",
        ));
    }
    let all = record::inspections_of(desk.store(), duty.case_id).await?;
    let open =
        |other: &&Inspection| other.state.is_open() && other.duty == Some(duty.id) && other.agency == duty.agency;
    if let Some(other) = all.iter().find(open) {
        return Err(SupervisionError::not_allowed(
            format!("这项任务已安排检查：{}", other.number),
            format!("an inspection is planned already: {}", other.number),
        ));
    }
    let Some(licence) = duty.licence_id else { return Ok(()) };
    let held = licence::by_id(desk.store(), licence).await?;
    if held.is_some_and(|held| held.status.is_end() && held.status != licence::Status::Superseded) {
        return Err(SupervisionError::not_allowed(
            "许可已注销或撤销，检查对象不存在",
            "the licence was struck off or annulled: there is nothing to inspect",
        ));
    }
    Ok(())
}

pub(super) fn no_checklist() -> Fault {
    Fault::Misuse("no checklist fits, not even the general one".to_owned())
}

/// The visit to this target on this day: the one there is, or a new one.
pub(super) async fn visit(desk: &Desk<'_>, case: &Case, day: Date) -> Result<(Id, Unit), Fault> {
    let unit = desk.base.unit();
    if let Some((id, _)) = record::visit(desk.store(), (&case.shard, case.applicant, day)).await? {
        return Ok((id, unit));
    }
    let id = desk.base.id();
    let row = vec![(&case.shard).into(), case.applicant.into(), day.into(), 1_i64.into(), id.into()];
    Ok((id, unit.insert(&VISIT, row)))
}

/// Where an inspection comes from.
pub(super) struct Source<'a> {
    pub(super) kind: InspectionSource,
    pub(super) note: &'a str,
    pub(super) recheck_of: Option<Id>,
}

/// An inspection as it is planned.
pub(super) fn fresh(
    desk: &Desk<'_>,
    (duty, case): (&Duty, &Case),
    (terms, checklist): (&Terms, &Checklist),
    (source, visit, day): (Source<'_>, Id, Date),
    (lead, lead_name): (Id, &str),
) -> Inspection {
    let id = desk.base.id();
    Inspection {
        shard: case.shard.clone(),
        id,
        version: 1,
        number: number("JC", desk.base.now(), id),
        source: source.kind,
        source_note: source.note.to_owned(),
        duty: Some(duty.id),
        recheck_of: source.recheck_of,
        visit,
        agency: duty.agency.clone(),
        granting: duty.granting_agency.clone().unwrap_or_else(|| case.answering_agency().to_owned()),
        region: duty.region.clone(),
        item: case.item.clone(),
        case_id: case.id,
        licence_id: duty.licence_id,
        holder: case.applicant,
        holder_kind: case.applicant_kind.word().to_owned(),
        holder_mask: mask_name(case.applicant_kind, &case.applicant_name),
        checklist: checklist.id.clone(),
        terms: terms.hash.clone(),
        planned_on: day,
        state: InspectionState::Planned,
        lead,
        lead_name: lead_name.to_owned(),
        second: None,
        second_name: None,
        place: String::new(),
        position_e6: None,
        seen_at: None,
        recorded_at: None,
        findings: Vec::new(),
        remark: String::new(),
        signing: None,
        signer: String::new(),
        mend_by: None,
        concluded_at: None,
        published_at: None,
        appeal_due_at: None,
        appeal: None,
        appealed_at: None,
        appeal_answer: None,
        appeal_upheld: None,
        answered_at: None,
        salt: *Salt::generate(desk.base.entropy).bytes(),
    }
}

/// A prefix, the day, and eight characters of chance: a running number would tell how many there are.
pub(super) fn number(prefix: &str, now: Moment, id: Id) -> String {
    let chance: String = id.to_string().chars().filter(char::is_ascii_hexdigit).collect();
    let tail = &chance[chance.len().saturating_sub(8)..];
    format!("{prefix}{}-{}", now.date().strftime("%Y%m%d"), tail.to_uppercase())
}

/// An inspection this officer works on, in the version he looked at.
pub(super) async fn worked(
    desk: &Desk<'_>,
    actor: &Actor,
    (number, version): (&str, i64),
) -> Result<(Inspection, Case), SupervisionError> {
    let now = desk.base.now();
    let found = inspection_file(desk.store(), actor, (number, now)).await?.inspection;
    if !found.allows(actor, Right::HandleDuty) {
        return Err(SupervisionError::forbidden(
            "您的岗位可以查看检查，但不能记录",
            "your post may see inspections but not record them",
        ));
    }
    if !found.is_drawn_for(actor.account()) {
        return Err(SupervisionError::forbidden(
            "这次检查的两名执法人员是随机抽取的，只能由他们办理",
            "the two officers of this inspection were drawn: nobody else goes",
        ));
    }
    let case = approval::story(desk.store(), found.case_id).await?.ok_or(SupervisionError::NotFound)?.case;
    stay_away(desk.store(), actor, (&case, now)).await?;
    if found.version != version {
        return Err(SupervisionError::Changed);
    }
    Ok((found, case))
}

/// Records what was found, at the site or later. The same record sent twice is taken once.
///
/// # Errors
/// [`SupervisionError::Form`] with everything wrong at once; [`SupervisionError::Changed`] where another record came first.
pub async fn record(
    desk: &Desk<'_>,
    actor: &Actor,
    (number, version): (&str, i64),
    sent: &Recording<'_>,
) -> Result<Inspection, SupervisionError> {
    let now = desk.base.now();
    let seen = inspection_file(desk.store(), actor, (number, now)).await?.inspection;
    if seen.state == InspectionState::Recorded && is_the_same(desk, &seen, actor, sent)? {
        return Ok(seen);
    }
    let (inspection, case) = worked(desk, actor, (number, version)).await?;
    if inspection.state != InspectionState::Planned {
        return Err(SupervisionError::not_allowed("检查已经记录", "it was recorded already"));
    }
    let (mut inspection, unit) = taken(desk, actor, (inspection, &case), sent)?;
    desk.store().commit(unit).await?;
    inspection.version += 1;
    Ok(inspection)
}

/// A planned inspection with its record, and the unit that writes it.
pub(super) fn taken(
    desk: &Desk<'_>,
    actor: &Actor,
    (mut inspection, case): (Inspection, &Case),
    sent: &Recording<'_>,
) -> Result<(Inspection, Unit), SupervisionError> {
    let now = desk.base.now();
    let terms = terms(desk)?;
    let checklist = terms.checklist_of(&inspection.checklist).ok_or_else(no_checklist)?;
    let recorded = checked(sent, &bounds(desk, (&terms, checklist), (&inspection, case)));
    let recorded = recorded.map_err(SupervisionError::Form)?;
    let by = actor.signature();
    let account = by.account.ok_or(SupervisionError::NotFound)?;
    if inspection.source == InspectionSource::Draw && inspection.lead != account {
        // The second of the two who were drawn writes it down, and the first one signs.
        inspection.second = Some(inspection.lead);
        inspection.second_name = Some(inspection.lead_name.clone());
    }
    inspection.lead = account;
    inspection.lead_name.clone_from(&by.name);
    inspection.state = InspectionState::Recorded;
    inspection.place = plain(sent.place, 200);
    inspection.position_e6 = recorded.position_e6;
    inspection.seen_at = Some(recorded.seen_at);
    inspection.recorded_at = Some(now);
    inspection.findings = recorded.findings;
    inspection.remark = plain(sent.remark, 2_000);
    inspection.signing = Some(recorded.signing);
    inspection.signer = plain(sent.signer, 200);
    inspection.mend_by = recorded.mend_by;
    let unit = changed(desk, &inspection)?.and(acted(desk, &inspection, ("recorded", &by, ""))?);
    Ok((inspection, unit))
}

fn plain(text: &str, most: usize) -> String {
    text.trim().chars().filter(|c| *c != '\0').take(most).collect()
}

fn bounds<'a>(
    desk: &Desk<'_>,
    (terms, checklist): (&'a Terms, &'a Checklist),
    (inspection, case): (&Inspection, &Case),
) -> Bounds<'a> {
    let now = desk.base.now();
    let most = end_far_ahead(&terms.rules.mend.period, now, desk.catalog.calendar());
    Bounds {
        checklist,
        clock: &terms.rules.clock,
        now,
        not_before: case.decided_at.unwrap_or(case.filed_at),
        mend_most: most.map(|end| end.plus_ms(-1).date()),
        is_recheck: inspection.recheck_of.is_some(),
    }
}

/// Whether this is the record that is there already, sent again.
pub(super) fn is_the_same(
    desk: &Desk<'_>,
    kept: &Inspection,
    actor: &Actor,
    sent: &Recording<'_>,
) -> Result<bool, SupervisionError> {
    let terms = terms(desk)?;
    let checklist = terms.checklist_of(&kept.checklist).ok_or_else(no_checklist)?;
    let of = |line: &str| sent.results.iter().find(|(id, _)| id == line).map(|(_, word)| word.as_str());
    let alike = checklist.lines.iter().all(|line| {
        let found = kept.findings.iter().find(|f| f.line == line.id);
        found.map(|f| f.result.word()) == of(&line.id)
    });
    let same_time = sent.seen_at.is_none() || sent.seen_at == kept.seen_at;
    Ok(alike && same_time && actor.account() == Some(kept.lead) && plain(sent.place, 200) == kept.place)
}

/// The second officer signs by himself: what was found takes effect.
///
/// # Errors
/// [`SupervisionError::Forbidden`] for the one who recorded it.
pub async fn cosign(
    desk: &Desk<'_>,
    actor: &Actor,
    (number, version): (&str, i64),
) -> Result<Inspection, SupervisionError> {
    let (mut inspection, case) = worked(desk, actor, (number, version)).await?;
    if inspection.state != InspectionState::Recorded {
        return Err(SupervisionError::not_allowed("没有等待签署的记录", "nothing waits for a signature"));
    }
    let by = actor.signature();
    if by.account == Some(inspection.lead) {
        return Err(SupervisionError::forbidden(
            "第二名执法人员须是另一人，由其本人登录签署",
            "the second officer is somebody else, signed in",
        ));
    }
    let unit = concluded(desk, (&mut inspection, &case), &by).await?;
    desk.store().commit(unit).await?;
    inspection.version += 1;
    Ok(inspection)
}

/// Everything that follows when both have signed.
async fn concluded(
    desk: &Desk<'_>,
    (inspection, case): (&mut Inspection, &Case),
    by: &Signature,
) -> Result<Unit, SupervisionError> {
    let (terms, now) = (terms(desk)?, desk.base.now());
    let checklist = terms.checklist_of(&inspection.checklist).ok_or_else(no_checklist)?;
    inspection.state = conclusion(checklist, &inspection.findings, inspection.recheck_of.is_some());
    inspection.second = by.account;
    inspection.second_name = Some(by.name.clone());
    inspection.concluded_at = Some(now);
    inspection.published_at = Some(now);
    inspection.appeal_due_at = end_of(&terms.rules.appeal.period, now, desk.catalog.calendar());
    let mut unit = changed(desk, inspection)?.and(acted(desk, inspection, ("concluded", by, ""))?);
    unit = tally::counted(desk, unit, (inspection, checklist), 1).await?;
    let mut duty = match inspection.duty {
        Some(duty) => by_id(desk.store(), duty).await?,
        None => None,
    };
    if let Some(duty) = duty.as_mut().filter(|duty| duty.state.is_open()) {
        unit = unit.and(ledger::acted(&desk.base, desk.catalog, duty, (by, &inspection.number))?);
    }
    if let Some(first) = inspection.recheck_of {
        unit = unit.and(first_one(desk, first, (inspection.state, by)).await?);
    }
    if let (InspectionState::Mending, Some(duty)) = (inspection.state, &duty) {
        unit = unit.and(recheck(desk, (inspection, duty, case), (&terms, checklist)).await?);
    }
    unit = unit.and(tally::credited(desk, inspection, duty.as_ref())?);
    if inspection.state == InspectionState::Failed {
        unit = unit.and(annul::opened(desk, &terms, (inspection, case)).await?);
    }
    Ok(message::add(unit, &told::concluded(desk, inspection)))
}

/// What a recheck says of the order it looked after.
async fn first_one(
    desk: &Desk<'_>,
    id: Id,
    (found, by): (InspectionState, &Signature),
) -> Result<Unit, SupervisionError> {
    let Some(mut first) = record::inspection_by_id(desk.store(), id).await? else { return Ok(desk.base.unit()) };
    if first.state != InspectionState::Mending {
        return Ok(desk.base.unit());
    }
    let mended = found == InspectionState::Passed;
    first.state = if mended { InspectionState::Mended } else { InspectionState::Failed };
    let did = if mended { "mended" } else { "not_mended" };
    Ok(changed(desk, &first)?.and(acted(desk, &first, (did, by, ""))?))
}

/// The visit at which what was ordered is looked at again: planned with the order, for the day after its last.
async fn recheck(
    desk: &Desk<'_>,
    (inspection, duty, case): (&Inspection, &Duty, &Case),
    (terms, checklist): (&Terms, &Checklist),
) -> Result<Unit, SupervisionError> {
    let Some(last) = inspection.mend_by else { return Ok(desk.base.unit()) };
    let day = last.tomorrow().unwrap_or(last);
    let (visit, joined) = visit(desk, case, day).await?;
    let source = Source { kind: InspectionSource::Recheck, note: &inspection.number, recheck_of: Some(inspection.id) };
    let lead = (inspection.lead, inspection.lead_name.as_str());
    let next = fresh(desk, (duty, case), (terms, checklist), (source, visit, day), lead);
    let by = Actor::Machine.signature();
    let unit = joined.insert(&INSPECTION, next.values()?);
    Ok(unit.and(acted(desk, &next, ("planned", &by, &inspection.number))?))
}

/// The target is no more, or the visit has become pointless: with the reason.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where it was recorded already.
pub async fn cease(
    desk: &Desk<'_>,
    actor: &Actor,
    (number, version): (&str, i64),
    note: &str,
) -> Result<Inspection, SupervisionError> {
    let (mut inspection, _) = worked(desk, actor, (number, version)).await?;
    if inspection.state != InspectionState::Planned {
        return Err(SupervisionError::not_allowed("检查已经记录，不能取消", "it was recorded already"));
    }
    let note = said("/note", note)?;
    inspection.state = InspectionState::Ceased;
    let unit = changed(desk, &inspection)?.and(acted(desk, &inspection, ("ceased", &actor.signature(), &note))?);
    desk.store().commit(unit).await?;
    inspection.version += 1;
    Ok(inspection)
}

/// The row as it is now.
pub(super) fn changed(desk: &Desk<'_>, inspection: &Inspection) -> Result<Unit, Fault> {
    Ok(desk.base.unit().update(&INSPECTION, inspection.key(), inspection.version, inspection.changes()?))
}

/// The line of what was done, and its leaf: the record itself as a salted commitment.
pub(super) fn acted(
    desk: &Desk<'_>,
    inspection: &Inspection,
    (kind, by, note): (&'static str, &Signature, &str),
) -> Result<Unit, Fault> {
    let private = json!({
        "by": by, "note": note, "holder": inspection.holder.to_string(), "findings": inspection.findings,
        "place": inspection.place, "position": inspection.position_e6, "seen_at": inspection.seen_at,
        "signing": inspection.signing.map(super::inspection::Signing::word), "signer": inspection.signer,
        "remark": inspection.remark, "appeal": inspection.appeal, "answer": inspection.appeal_answer,
    });
    noted(desk, inspection, (kind, by, note), &private)
}

/// The same with what the commitment is to be of.
pub(super) fn noted(
    desk: &Desk<'_>,
    inspection: &Inspection,
    (kind, by, note): (&'static str, &Signature, &str),
    private: &Json,
) -> Result<Unit, Fault> {
    let now = desk.base.now();
    let row = vec![
        (&inspection.shard).into(),
        desk.base.id().into(),
        inspection.id.into(),
        now.into(),
        kind.into(),
        by.account.into(),
        (&by.name).into(),
        note.into(),
    ];
    let salt = Salt::from_bytes(inspection.salt);
    let kept = commitment(&salt, canonical(private)?.as_bytes()).to_string();
    Ok(desk.base.unit().insert(&INSPECTION_ACT, row).leaf(leaf(inspection, kind, &json!(kept), now)?))
}

pub(super) fn leaf(inspection: &Inspection, kind: &str, commitment: &Json, now: Moment) -> Result<Leaf, Fault> {
    let body = json!({
        "schema": 1, "kind": LEAF, "inspection": inspection.id.to_string(), "number": inspection.number,
        "item": inspection.item, "agency": inspection.agency, "region": inspection.region, "did": kind,
        "state": inspection.state.word(), "source": inspection.source.word(), "mend_by": inspection.mend_by,
        "checklist": inspection.checklist, "terms": inspection.terms, "at": now, "commitment": commitment,
    });
    Ok(Leaf { subject: inspection.id, kind: LEAF, bytes: canonical(&body)?.into_bytes() })
}

const LEAF: &str = "inspection.act";

/// Results as everybody may read them, newest first; and the last one of the page, where there is a next.
///
/// # Errors
/// A fault of the database.
pub async fn results(
    store: &Store,
    before: Option<(Moment, Id)>,
) -> Result<(Vec<Inspection>, Option<(Moment, Id)>), Fault> {
    const PAGE: usize = 20;
    let mut found = record::published(store, before).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).and_then(|i| Some((i.published_at?, i.id)));
    Ok((found, next))
}

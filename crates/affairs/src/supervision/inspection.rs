//! An inspection: its nouns, and what follows from what was found. Pure.

pub(super) mod record;

use kernel::{Date, Id, Moment, Text};
use serde::{Deserialize, Serialize};

use super::terms::{Checklist, ClockTerms, Line};
use crate::access::{Actor, MandateAct, Place, Right};
use crate::catalog::FieldError;

/// Where an inspection comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InspectionSource {
    /// A duty born with a grant.
    Duty,
    /// A random draw.
    Draw,
    /// Somebody reported a wrong.
    Complaint,
    /// A register or a figure looks wrong.
    Alarm,
    /// A campaign.
    Campaign,
    /// What an earlier one ordered mended.
    Recheck,
}

/// Where an inspection stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InspectionState {
    /// Somebody will go.
    Planned,
    /// Recorded by the first officer; the second has not signed.
    Recorded,
    /// Nothing was found.
    Passed,
    /// Ordered to mend by a day.
    Mending,
    /// Mended, as the recheck found.
    Mended,
    /// Not mended, or what was found cannot be.
    Failed,
    /// The target is no more.
    Ceased,
    /// The inspected objected and was right: as if it had not been.
    SetAside,
}

/// How the inspected took the record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Signing {
    /// He signed.
    Signed,
    /// He refused; the officers noted why.
    Refused,
    /// Nobody was there.
    Absent,
}

/// What was found on a line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingResult {
    /// As it must be.
    Good,
    /// Not so.
    Bad,
    /// Does not apply here.
    Apart,
}

kernel::words!(InspectionSource {
    Duty = "duty",
    Draw = "draw",
    Complaint = "complaint",
    Alarm = "alarm",
    Campaign = "campaign",
    Recheck = "recheck",
});

kernel::words!(InspectionState {
    Planned = "planned",
    Recorded = "recorded",
    Passed = "passed",
    Mending = "mending",
    Mended = "mended",
    Failed = "failed",
    Ceased = "ceased",
    SetAside = "set_aside",
});

kernel::words!(Signing { Signed = "signed", Refused = "refused", Absent = "absent" });

kernel::words!(FindingResult { Good = "good", Bad = "bad", Apart = "apart" });

impl InspectionState {
    /// Whether officers still have to do something with it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Recorded)
    }

    /// Whether it has a result that is public.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Passed | Self::Mending | Self::Mended | Self::Failed)
    }
}

/// What was found on one line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The line of the checklist.
    pub line: String,
    /// What.
    pub result: FindingResult,
    /// In words; empty where there is nothing to say.
    pub note: String,
}

/// One inspection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspection {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// The number people read out.
    pub number: String,
    /// Where it comes from.
    pub source: InspectionSource,
    /// What was said of that.
    pub source_note: String,
    /// The duty it works off.
    pub duty: Option<Id>,
    /// The one whose order it looks after.
    pub recheck_of: Option<Id>,
    /// The visit it is a part of.
    pub visit: Id,
    /// Who looks.
    pub agency: String,
    /// Who granted.
    pub granting: String,
    /// Where.
    pub region: String,
    /// The item.
    pub item: String,
    /// The case that granted.
    pub case_id: Id,
    /// The licence.
    pub licence_id: Option<Id>,
    /// Whom it is about.
    pub holder: Id,
    /// `person` or `company`.
    pub holder_kind: String,
    /// His name, masked where he is a person.
    pub holder_mask: String,
    /// The checklist.
    pub checklist: String,
    /// The version of the rules it stands in.
    pub terms: String,
    /// The day of the visit.
    pub planned_on: Date,
    /// Where it stands.
    pub state: InspectionState,
    /// The first officer's account …
    pub lead: Id,
    /// … and name.
    pub lead_name: String,
    /// The second officer's account …
    pub second: Option<Id>,
    /// … and name.
    pub second_name: Option<String>,
    /// Where they were, in words.
    pub place: String,
    /// The device's position, in millionths of a degree; nobody has verified it.
    pub position_e6: Option<(i64, i64)>,
    /// When they say they were there.
    pub seen_at: Option<Moment>,
    /// When the record came.
    pub recorded_at: Option<Moment>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What else is to be said.
    pub remark: String,
    /// How the inspected took it.
    pub signing: Option<Signing>,
    /// Who signed for him, or why not.
    pub signer: String,
    /// Until when it is to be mended.
    pub mend_by: Option<Date>,
    /// When both officers had signed.
    pub concluded_at: Option<Moment>,
    /// When its result became public.
    pub published_at: Option<Moment>,
    /// Until when the inspected may object.
    pub appeal_due_at: Option<Moment>,
    /// What he says.
    pub appeal: Option<String>,
    /// When he said it.
    pub appealed_at: Option<Moment>,
    /// What was answered.
    pub appeal_answer: Option<String>,
    /// Whether he was right.
    pub appeal_upheld: Option<bool>,
    /// When it was answered.
    pub answered_at: Option<Moment>,
    pub(super) salt: [u8; 32],
}

impl Inspection {
    /// Whether an officer holds a right over it, as one of the agency that looks.
    pub fn allows(&self, actor: &Actor, right: Right) -> bool {
        actor.allow(right, &Place { agency: &self.agency, region: &self.region, item: &self.item })
    }

    /// Whether this account may work on it: anybody's, but where two officers were drawn, theirs only.
    pub fn is_drawn_for(&self, account: Option<Id>) -> bool {
        self.source != InspectionSource::Draw
            || account == Some(self.lead)
            || (account.is_some() && account == self.second)
    }

    /// Whether an officer of the agency that granted may see it.
    pub fn is_of_granting(&self, actor: &Actor) -> bool {
        actor.allow(Right::ViewCase, &Place { agency: &self.granting, region: &self.region, item: &self.item })
    }

    /// Whether this person is the inspected, or acts for him.
    pub fn is_of(&self, actor: &Actor, act: MandateAct, day: Date) -> bool {
        actor.may_act_for(self.holder, act, Some(&self.item), day)
    }

    /// Whether the inspected has objected and waits for an answer.
    pub fn appeal_is_open(&self) -> bool {
        self.appealed_at.is_some() && self.answered_at.is_none()
    }

    /// Whether the record came later after the visit than the rules count as at once.
    pub fn is_late(&self, clock: &ClockTerms) -> bool {
        let late = i64::from(clock.late_hours) * 3_600_000;
        self.seen_at.zip(self.recorded_at).is_some_and(|(seen, came)| came.ms() - seen.ms() > late)
    }
}

/// What the first officer sends from the site.
#[derive(Clone, Debug, Default)]
pub struct Recording<'a> {
    /// Line and what was found: `good`, `bad`, `apart`.
    pub results: &'a [(String, String)],
    /// Line and what is to be said of it.
    pub notes: &'a [(String, String)],
    /// Where, in words.
    pub place: &'a str,
    /// Latitude and longitude in degrees, as the device says; empty for none.
    pub position: (&'a str, &'a str),
    /// When, as the device says; none: now.
    pub seen_at: Option<Moment>,
    /// What else is to be said.
    pub remark: &'a str,
    /// How the inspected took it.
    pub signing: &'a str,
    /// Who signed, or why nobody did.
    pub signer: &'a str,
    /// Until when it is to be mended; empty where nothing is.
    pub mend_by: &'a str,
}

/// What was recorded, checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// What was found, a line each.
    pub findings: Vec<Finding>,
    /// The position.
    pub position_e6: Option<(i64, i64)>,
    /// When.
    pub seen_at: Moment,
    /// How the inspected took it.
    pub signing: Signing,
    /// Until when it is to be mended.
    pub mend_by: Option<Date>,
}

/// Within what a record must lie.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<'a> {
    /// The checklist.
    pub checklist: &'a Checklist,
    /// What clocks may be off.
    pub clock: &'a ClockTerms,
    /// Now.
    pub now: Moment,
    /// Not before: the day the inspection was planned, or the grant.
    pub not_before: Moment,
    /// The last day that may be given to mend.
    pub mend_most: Option<Date>,
    /// Whether it is a recheck: nothing more is ordered then.
    pub is_recheck: bool,
}

/// Checks a record from the site; everything wrong is told at once.
///
/// # Errors
/// The fields to mend.
pub fn checked(sent: &Recording<'_>, bounds: &Bounds<'_>) -> Result<Recorded, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let findings: Vec<Finding> =
        bounds.checklist.lines.iter().filter_map(|line| finding(sent, line, &mut wrong)).collect();
    let position_e6 = position(sent.position, &mut wrong);
    let seen_at = seen(sent.seen_at, bounds, &mut wrong);
    if sent.place.trim().chars().count() < 2 {
        wrong.push(error("/place", "请写明检查地点", "say where it was"));
    }
    let signing = Signing::from_word(sent.signing);
    if signing.is_none() {
        wrong.push(error("/signing", "请选择被检查人是否签字", "say whether the inspected signed"));
    }
    if sent.signer.trim().chars().count() < 2 {
        wrong.push(error(
            "/signer",
            "请写明签字人，或者拒签、无人在场的情况",
            "name who signed, or say why nobody did",
        ));
    }
    let bad = findings.iter().any(|f| f.result == FindingResult::Bad);
    let mend_by = if bad && !bounds.is_recheck && !is_grave(bounds.checklist, &findings) {
        mend_day(sent.mend_by, bounds, &mut wrong)
    } else {
        None
    };
    match signing {
        Some(signing) if wrong.is_empty() => Ok(Recorded { findings, position_e6, seen_at, signing, mend_by }),
        _ => Err(wrong),
    }
}

fn finding(sent: &Recording<'_>, line: &Line, wrong: &mut Vec<FieldError>) -> Option<Finding> {
    let of = |pairs: &[(String, String)]| pairs.iter().find(|(id, _)| *id == line.id).map(|(_, value)| value.clone());
    let result = of(sent.results).and_then(|word| FindingResult::from_word(&word));
    let note = of(sent.notes).unwrap_or_default().trim().to_owned();
    let Some(result) = result else {
        let sentence = &line.sentence;
        let (zh, en) = (format!("请记录：{}", sentence.zh), format!("say what was found: {}", sentence.en));
        wrong.push(error(&format!("/line/{}", line.id), zh, en));
        return None;
    };
    if result == FindingResult::Bad && note.chars().count() < 4 {
        wrong.push(error(
            &format!("/note/{}", line.id),
            "不符合的，请写明查到什么（至少4字）",
            "where it is not so, say what was found, in 4 characters or more",
        ));
    }
    Some(Finding { line: line.id.clone(), result, note: note.chars().take(2_000).filter(|c| *c != '\0').collect() })
}

/// A position in degrees as the device gives it. Whether somebody really stood there nobody can tell: it must at least be on Earth.
fn position(said: (&str, &str), wrong: &mut Vec<FieldError>) -> Option<(i64, i64)> {
    if said.0.trim().is_empty() && said.1.trim().is_empty() {
        return None;
    }
    let found = degrees(said);
    if found.is_none() {
        wrong.push(error(
            "/latitude",
            "位置不对：纬度在 -90 至 90、经度在 -180 至 180 之间；不知道的请留空",
            "no such position: -90 to 90 and -180 to 180 degrees; leave both empty if unknown",
        ));
    }
    found
}

/// Latitude and longitude in millionths of a degree; none where that is no place on Earth.
pub(super) fn degrees((latitude, longitude): (&str, &str)) -> Option<(i64, i64)> {
    let read = |text: &str, most: f64| text.trim().parse::<f64>().ok().filter(|d| d.is_finite() && d.abs() <= most);
    Some((micro(read(latitude, 90.0)?), micro(read(longitude, 180.0)?)))
}

#[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
fn micro(degrees: f64) -> i64 {
    (degrees * 1e6).round() as i64
}

fn seen(sent: Option<Moment>, bounds: &Bounds<'_>, wrong: &mut Vec<FieldError>) -> Moment {
    let seen = sent.unwrap_or(bounds.now);
    let latest = bounds.now.plus_ms(i64::from(bounds.clock.ahead_minutes) * 60_000);
    if seen > latest {
        wrong.push(error(
            "/seen_at",
            "检查时间在将来：请核对设备的时钟",
            "that lies in the future: check the clock of your device",
        ));
    } else if seen < bounds.not_before {
        wrong.push(error(
            "/seen_at",
            "检查时间早于许可决定：请核对设备的时钟",
            "that was before the licence was granted: check the clock of your device",
        ));
    }
    seen
}

fn mend_day(typed: &str, bounds: &Bounds<'_>, wrong: &mut Vec<FieldError>) -> Option<Date> {
    let today = bounds.now.date();
    let day: Option<Date> = typed.trim().parse().ok();
    let most = bounds.mend_most.unwrap_or(today);
    match day {
        Some(day) if day > today && day <= most => Some(day),
        _ => {
            wrong.push(error(
                "/mend_by",
                format!("有不符合的，请给出改正期限：明天起，最迟 {most}"),
                format!("something is not so: give a day to mend it by, from tomorrow, {most} at the latest"),
            ));
            None
        }
    }
}

fn error(pointer: &str, zh: impl Into<String>, en: impl Into<String>) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code: "required".to_owned(), message: Text::new(zh, en) }
}

/// Whether something was found that cannot be mended.
fn is_grave(checklist: &Checklist, findings: &[Finding]) -> bool {
    let grave = |f: &Finding| checklist.lines.iter().any(|line| line.id == f.line && line.grave);
    findings.iter().any(|f| f.result == FindingResult::Bad && grave(f))
}

/// What follows from what was found: passed, ordered to mend, failed. After an order there is no second one.
pub fn conclusion(checklist: &Checklist, findings: &[Finding], is_recheck: bool) -> InspectionState {
    let bad = findings.iter().any(|f| f.result == FindingResult::Bad);
    match (bad, is_recheck || is_grave(checklist, findings)) {
        (false, _) => InspectionState::Passed,
        (true, true) => InspectionState::Failed,
        (true, false) => InspectionState::Mending,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

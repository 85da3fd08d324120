//! A handling and its cases in words, the same for the applicant and the workbench.

use affairs::access::{Actor, Right};
use affairs::approval::{CheckTruth, Standing, State as CaseState, story};
use affairs::catalog::{Catalog, Refused};
use affairs::joint::{self, Joint, JointEvent, JointState, Look, Part};
use affairs::licence;

use super::view::{EventRow, ExtensionForm, JointPage, JointRow, NoticeRow, PartRow};
use crate::approval::found::{Found, state_tag};
use crate::approval::story as told;
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Link, Tag, Tone};
use crate::problem::Problem;

/// The bundle's name, or its id where the catalogue does not know it any more.
pub(super) fn name(frame: &Frame, catalog: &Catalog, joint: &Joint) -> String {
    catalog.bundle(&joint.bundle).map_or_else(|| joint.bundle.clone(), |b| frame.text(&b.name).to_owned())
}

fn tag(frame: &Frame, state: JointState) -> Tag {
    let tone = match state {
        JointState::Finished => Tone::Granted,
        JointState::Correcting => Tone::Refer,
        JointState::Stopped => Tone::Refused,
        JointState::Handling | JointState::Gathering => Tone::Waiting,
        JointState::Ended | JointState::Withdrawn => Tone::Quiet,
    };
    Tag::new(tone, frame.t(&format!("joint.state_{}", state.word())).to_owned())
}

/// A handling in a list of the workbench.
pub(super) fn line(frame: &Frame, catalog: &Catalog, (joint, state): &(Joint, JointState)) -> JointRow {
    JointRow {
        href: format!("/staff/joints/{}", joint.number),
        name: name(frame, catalog, joint),
        number: joint.number.clone(),
        applicant: joint.applicant_name.clone(),
        tag: tag(frame, *state),
        filed_at: joint.filed_at,
    }
}

/// A handling as a card of its applicant's page.
pub(crate) fn card(frame: &Frame, catalog: &Catalog, (joint, state): &(Joint, JointState)) -> Link {
    let word = frame.t(&format!("joint.state_{}", state.word())).to_owned();
    Link {
        href: format!("/joints/{}", joint.number),
        text: frame.t1("joint.card", name(frame, catalog, joint)),
        hint: frame.t2("joint.card_hint", &joint.number, word),
    }
}

/// A handling whose one notice waits for its applicant's answer.
pub(crate) fn task(frame: &Frame, catalog: &Catalog, (joint, _): &(Joint, JointState)) -> Link {
    Link {
        href: format!("/joints/{}", joint.number),
        text: frame.t1("joint.task_mend", name(frame, catalog, joint)),
        hint: joint.number.clone(),
    }
}

/// The page of a handling, for whoever may see it.
pub(super) async fn page(desks: &Desks<'_>, frame: Frame, actor: &Actor, look: &Look) -> Result<JointPage, Problem> {
    let mut parts = Vec::new();
    for part in &look.parts {
        parts.push(part_row(desks, &frame, actor, (look, part)).await?);
    }
    let own = look.standing == Standing::Applicant;
    let base = format!("/joints/{}", look.joint.number);
    let ended = look.parts.iter().filter(|p| !p.case.state.is_open()).count();
    let open = look.parts.iter().any(|p| p.case.state.is_open());
    let mending = look.parts.iter().any(|p| p.case.state == CaseState::Correcting);
    let until = look.parts.iter().filter_map(|p| p.case.correction_due_at.filter(|_| mending)).min();
    Ok(JointPage {
        name: name(&frame, &desks.catalog, &look.joint),
        number: look.joint.number.clone(),
        tag: tag(&frame, look.state),
        sentence: frame.t(&format!("joint.says_{}", look.state.word())).to_owned(),
        counted: frame.t2("joint.counted", look.parts.len(), ended),
        applicant: look.joint.applicant_name.clone(),
        filed_at: look.joint.filed_at,
        lead: places::agency(&frame, &desks.catalog, &look.joint.lead_agency),
        due: due(&frame, look),
        is_over: look.clock.is_over(frame.now),
        events: look.events.iter().map(|event| event_row(&frame, event)).collect(),
        correct: if own && mending { format!("{base}/correct") } else { String::new() },
        notice: if mending { notice(desks, &frame, look).await? } else { Vec::new() },
        notice_until: until.map(|at| frame.date(at.plus_ms(-1).date())).unwrap_or_default(),
        withdraw: if own && open { format!("{base}/withdraw") } else { String::new() },
        extension: extension(desks, actor, look),
        extended: look.joint.extension_why.clone().unwrap_or_default(),
        parts,
        frame,
    })
}

fn due(frame: &Frame, look: &Look) -> String {
    match (look.clock.due, look.clock.ended) {
        (_, Some(_)) => frame.t("joint.due_ended").to_owned(),
        (Some(due), None) => frame.date(due.plus_ms(-1).date()),
        (None, None) if look.clock.from.is_some() => frame.t("queue.unknown").to_owned(),
        (None, None) => frame.t("joint.due_not_begun").to_owned(),
    }
}

async fn part_row(
    desks: &Desks<'_>,
    frame: &Frame,
    actor: &Actor,
    (look, part): (&Look, &Part),
) -> Result<PartRow, Problem> {
    let case = &part.case;
    let own = look.standing == Standing::Applicant;
    let path = if own { format!("/cases/{}", case.number) } else { format!("/staff/cases/{}", case.number) };
    let licence = match case.state {
        CaseState::Granted if own => licence::by_case(desks.store(), case.applicant, case.id).await?,
        _ => None,
    };
    let licence = licence.map(|l| Link {
        href: format!("/licences/{}", l.code),
        text: frame.t("joint.licence").to_owned(),
        hint: String::new(),
    });
    let may = case.state == CaseState::InReview && part.content_at.is_none() && look.joint.notified_at.is_none();
    let may = may && case.corrections == 0 && case.allows(actor, Right::DecideCase);
    Ok(PartRow {
        item: told::item_name(desks, frame, case),
        href: if part.reached { path } else { String::new() },
        number: case.number.clone(),
        agency: places::agency(frame, &desks.catalog, &case.deciding_agency),
        tag: state_tag(frame, case.state),
        due: told::next_line(desks, frame, case),
        licence,
        means: means(desks, frame, look, part),
        content: if may { format!("/staff/joints/{}/content", look.joint.number) } else { String::new() },
        said: part
            .content_by
            .as_deref()
            .filter(|_| !own)
            .map(|by| frame.t1("joint.content_said", by))
            .unwrap_or_default(),
    })
}

/// What a refusal means for the others, in the bundle's own words.
fn means(desks: &Desks<'_>, frame: &Frame, look: &Look, part: &Part) -> String {
    let against = matches!(part.case.state, CaseState::Refused | CaseState::NotAccepted | CaseState::Terminated);
    let bundle = desks.catalog.bundle(&look.joint.bundle);
    let means = bundle.and_then(|b| b.part(&part.case.item)).map(|p| frame.text(&p.means).to_owned());
    let plain = match part.on_refusal {
        Refused::Stop => frame.t("joint.stops"),
        Refused::GoOn => frame.t("joint.goes_on"),
    };
    if against { means.unwrap_or_else(|| plain.to_owned()) } else { String::new() }
}

fn event_row(frame: &Frame, event: &JointEvent) -> EventRow {
    EventRow {
        at: event.at,
        what: frame.t(&format!("joint.event_{}", event.kind)).to_owned(),
        who: event.actor_name.clone(),
    }
}

/// What each agency wants mended: the failed checks of its newest run, or its officer's words.
pub(super) async fn notice(desks: &Desks<'_>, frame: &Frame, look: &Look) -> Result<Vec<NoticeRow>, Problem> {
    let mut rows = Vec::new();
    for part in look.parts.iter().filter(|p| p.case.state == CaseState::Correcting) {
        let file = story(desks.store(), part.case.id).await?;
        let latest = file.as_ref().and_then(|f| f.latest());
        let checks = latest.and_then(Found::of).map(|f| f.assessment);
        let failed = checks.iter().flat_map(|a| a.checks.iter().filter(|c| c.truth == CheckTruth::NotMet));
        let mut lines: Vec<String> = latest.and_then(|d| d.reasons.clone()).into_iter().collect();
        if lines.is_empty() {
            lines.extend(failed.map(|check| frame.text(&check.mend).to_owned()));
        }
        rows.push(NoticeRow {
            item: told::item_name(desks, frame, &part.case),
            agency: places::agency(frame, &desks.catalog, &part.case.deciding_agency),
            lines,
        });
    }
    Ok(rows)
}

/// The form of an extension, for an approver of the agency that leads, while the limit runs.
fn extension(desks: &Desks<'_>, actor: &Actor, look: &Look) -> Option<ExtensionForm> {
    let lead = &desks.catalog.bundle(&look.joint.bundle)?.lead;
    let case = &look.parts.iter().find(|p| p.case.item == *lead)?.case;
    let runs = look.clock.from.is_some() && look.clock.ended.is_none() && look.joint.extended_at.is_none();
    (runs && case.allows(actor, Right::DecideCase)).then(|| ExtensionForm {
        action: format!("/staff/joints/{}/extend", look.joint.number),
        version: look.joint.version,
        ..ExtensionForm::default()
    })
}

/// A handling by its number.
pub(super) async fn found(desks: &Desks<'_>, actor: &Actor, number: &str) -> Result<Look, Problem> {
    Ok(joint::look(&desks.approval(), actor, number).await?)
}

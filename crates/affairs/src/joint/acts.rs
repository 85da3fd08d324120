//! What agencies and applicants do with a handling: say that nothing is to be mended, extend its limit, take it back.

use evidence::canonical::Salt;
use kernel::{Id, Text};
use serde_json::json;

use super::gather::{gather, own};
use super::leaf::leaf;
use super::record::{self, JOINT, Joint, PART, event};
use super::view::{look_at, members};
use crate::access::{Actor, PersonActor, Right};
use crate::approval::{self, ApprovalError, Case, Desk, State};
use crate::catalog::{FieldError, MessageKind};
use crate::message::{self, NewMessage};

/// The shortest reason that can be one, and the longest kept; characters.
const WORDS: std::ops::RangeInclusive<usize> = 4..=2_000;

/// An agency says of its case that nothing is to be mended: the others' notice need not wait for it.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the officer's rights do not reach the case; [`ApprovalError::NotAllowed`] where it does
/// not wait for a person.
pub async fn content(desk: &Desk<'_>, actor: &Actor, case: Id) -> Result<Joint, ApprovalError> {
    let file = approval::story(desk.store(), case).await?.ok_or(ApprovalError::NotFound)?;
    let case = file.case;
    if !case.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    if !case.allows(actor, Right::DecideCase) {
        return Err(ApprovalError::Forbidden(Text::new(
            "您的岗位不能表示意见，请交由审批人员办理",
            "your post may not say so; hand the case to an approver",
        )));
    }
    let joint = record::joint(desk.store(), case.parent.ok_or(ApprovalError::NotFound)?).await?;
    let joint = joint.ok_or(ApprovalError::NotFound)?;
    if case.state != State::InReview {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let parts = record::parts(desk.store(), joint.id).await?;
    let part = parts.iter().find(|p| p.case == case.id).ok_or(ApprovalError::NotFound)?;
    if part.content_at.is_none() {
        let (now, by) = (desk.base.now(), actor.signature());
        let key = vec![(&joint.shard).into(), joint.id.into(), case.id.into()];
        let changes = vec![("content_at", now.into()), ("content_by", (&by.name).into())];
        let unit = desk.base.unit().update(&PART, key, part.version, changes);
        let unit = unit.and(event(&desk.base, &joint, ("content", &by.name), &json!({ "case": case.number })));
        desk.store().commit(unit).await?;
    }
    gather(desk, joint.id).await?;
    record::joint(desk.store(), joint.id).await?.ok_or(ApprovalError::NotFound)
}

/// An extension of the joint limit.
#[derive(Debug, Clone, Copy)]
pub struct Extension<'a> {
    /// The handling.
    pub joint: Id,
    /// Who approved it: the head of the government, by name and document.
    pub approved_by: &'a str,
    /// Why, in words the applicant reads.
    pub why: &'a str,
    /// The version the officer looked at.
    pub version: i64,
}

/// Extends the limit once, with the approval of the head of the government (article 42); the applicant is told why.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the officer's rights do not reach the case that leads; [`ApprovalError::Forbidden`]
/// where the law has nothing to extend (extended already, over, ended, nothing begun); [`ApprovalError::Form`] where
/// approval or reasons are missing.
pub async fn extend(desk: &Desk<'_>, actor: &Actor, asked: &Extension<'_>) -> Result<Joint, ApprovalError> {
    let joint = record::joint(desk.store(), asked.joint).await?.ok_or(ApprovalError::NotFound)?;
    let cases = approval::cases_of_parent(desk.store(), joint.id).await?;
    let lead = desk.catalog.bundle(&joint.bundle).map(|b| b.lead.clone()).unwrap_or_default();
    let lead: &Case = cases.iter().find(|c| c.item == lead).ok_or(ApprovalError::NotFound)?;
    if !lead.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    let forbidden = |zh: &str, en: &str| Err(ApprovalError::Forbidden(Text::new(zh, en)));
    if !lead.allows(actor, Right::DecideCase) {
        return forbidden("延长期限由牵头机关的审批人员办理", "an approver of the agency that leads extends the limit");
    }
    said(asked)?;
    if joint.version != asked.version {
        return Err(ApprovalError::Changed);
    }
    if joint.extended_at.is_some() {
        return forbidden("期限已经延长过一次，不能再延长", "the limit was extended once already");
    }
    let members = members(desk, &joint, &cases).await?;
    let clock = look_at(desk.catalog, &joint, &members).1;
    if clock.from.is_none() || clock.ended.is_some() || clock.is_over(desk.base.now()) {
        return forbidden(
            "期限没有起算、已经届满或者已经办结，不能延长",
            "the limit has not begun, is over, or everything has ended: there is nothing to extend",
        );
    }
    extended(desk, actor, (joint, asked)).await
}

async fn extended(
    desk: &Desk<'_>,
    actor: &Actor,
    (mut joint, asked): (Joint, &Extension<'_>),
) -> Result<Joint, ApprovalError> {
    let (now, by, version) = (desk.base.now(), actor.signature(), joint.version);
    let (why, approved) = (asked.why.trim(), asked.approved_by.trim());
    joint.extended_at = Some(now);
    joint.extended_by = Some(format!("{}（批准：{approved}）", by.name));
    joint.extension_why = Some(why.to_owned());
    let changes = vec![
        ("extended_at", now.into()),
        ("extended_by", joint.extended_by.as_deref().into()),
        ("extension_why", why.into()),
    ];
    let salt = Salt::generate(desk.base.entropy);
    let private = json!({ "by": by, "approved_by": approved, "why": why });
    let written = leaf("joint.extended", &joint, &json!({ "at": now }), (&private, &salt))?;
    let detail = json!({ "approved_by": approved, "why": why });
    let unit = desk.base.unit().update(&JOINT, joint.key(), version, changes).leaf(written).and(event(
        &desk.base,
        &joint,
        ("extended", &by.name),
        &detail,
    ));
    let told = NewMessage {
        id: desk.base.id(),
        party: joint.applicant,
        kind: MessageKind::Progress,
        title: Text::new("联合办理：期限延长", "Joint handling: the limit was extended"),
        body: Text::new(
            format!("联办编号 {}。经本级人民政府负责人批准，办理期限延长。理由：{why}", joint.number),
            format!("Joint handling {}. The head of the government approved an extension. Why: {why}", joint.number),
        ),
        link: Some(format!("/joints/{}", joint.number)),
        case: None,
        at: now,
    };
    desk.store().commit(message::add(unit, &told)).await?;
    joint.version = version + 1;
    Ok(joint)
}

fn said(asked: &Extension<'_>) -> Result<(), ApprovalError> {
    let short = |text: &str| !WORDS.contains(&text.trim().chars().count());
    let error = |pointer: &str, zh: &str, en: &str| FieldError {
        pointer: pointer.into(),
        code: "length".into(),
        message: Text::new(zh, en),
    };
    let mut errors = Vec::new();
    if short(asked.approved_by) {
        errors.push(error(
            "/approved_by",
            "请写明批准人和文号（4 至 2000 字）",
            "say who approved it, and by which document",
        ));
    }
    if short(asked.why) {
        errors.push(error("/why", "请写明延长的理由（4 至 2000 字），申请人会看到", "say why; the applicant reads it"));
    }
    if errors.is_empty() { Ok(()) } else { Err(ApprovalError::Form(errors)) }
}

/// The applicant takes everything back that has not ended. Each case is withdrawn by itself; asked again it goes on where it
/// stopped.
///
/// # Errors
/// [`ApprovalError::NotFound`] where it is somebody else's.
pub async fn withdraw(desk: &Desk<'_>, actor: &PersonActor, id: Id, reason: &str) -> Result<Joint, ApprovalError> {
    let joint = own(desk, actor, id).await?;
    for case in approval::cases_of_parent(desk.store(), id).await?.iter().filter(|c| c.state.is_open()) {
        match approval::withdraw(desk, actor, case.id, reason).await {
            // It ended in the same moment.
            Ok(_) | Err(ApprovalError::NotAllowed(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(joint)
}

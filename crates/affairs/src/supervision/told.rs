//! What the inspected is told, and where he reads the rest.

use kernel::Text;

use super::annul::Annulment;
use super::inspection::{Inspection, InspectionState};
use crate::approval::Desk;
use crate::catalog::MessageKind;
use crate::message::NewMessage;

/// What was found, and what he may do about it.
pub(super) fn concluded(desk: &Desk<'_>, inspection: &Inspection) -> NewMessage {
    let number = &inspection.number;
    let (kind, zh, en) = match inspection.state {
        InspectionState::Mending => {
            let day = inspection.mend_by.map(|d| d.to_string()).unwrap_or_default();
            (
                MessageKind::Action,
                format!("检查发现不符合的，请在 {day} 前改正"),
                format!("Something is not as it must be: mend it by {day}"),
            )
        }
        InspectionState::Failed => {
            (MessageKind::Outcome, "检查没有通过".to_owned(), "The inspection was not passed".to_owned())
        }
        _ => (MessageKind::Outcome, "检查没有发现问题".to_owned(), "The inspection found nothing".to_owned()),
    };
    let body = Text::new(
        format!("检查编号 {number}。结果已经公开；您可以在检查页面查看记录，并在期限内提出异议。"),
        format!("Inspection {number}. The result is public; on its page you see the record and may object in time."),
    );
    message(desk, (inspection, kind), (Text::new(zh, en), body))
}

/// What became of his objection.
pub(super) fn answered(desk: &Desk<'_>, inspection: &Inspection) -> NewMessage {
    let answer = inspection.appeal_answer.clone().unwrap_or_default();
    let title = if inspection.appeal_upheld == Some(true) {
        Text::new("您的异议成立，检查结果已撤回", "Your objection was right: the result was taken back")
    } else {
        Text::new("您的异议没有成立", "Your objection was not right")
    };
    message(desk, (inspection, MessageKind::Outcome), (title, Text::new(answer.clone(), answer)))
}

fn message(desk: &Desk<'_>, (inspection, kind): (&Inspection, MessageKind), (title, body): (Text, Text)) -> NewMessage {
    NewMessage {
        id: desk.base.id(),
        party: inspection.holder,
        kind,
        title,
        body,
        link: Some(format!("/inspections/{}", inspection.number)),
        case: Some(inspection.case_id),
        at: desk.base.now(),
    }
}

/// That his licence is to be annulled and what he may say to it; that it was, or was not.
pub(super) fn annulment(desk: &Desk<'_>, annulment: &Annulment, (state, words): (&str, &str)) -> Option<NewMessage> {
    let (kind, title) = match state {
        "told" => (
            MessageKind::Action,
            Text::new(
                "拟撤销您的许可：您可以陈述申辩，五个工作日内可以要求听证",
                "Your licence is to be annulled: you may answer, and ask for a hearing within five working days",
            ),
        ),
        "annulled" => (MessageKind::Outcome, Text::new("您的许可已被撤销", "Your licence was annulled")),
        "kept" => (MessageKind::Outcome, Text::new("决定不撤销您的许可", "Your licence is kept")),
        _ => return None,
    };
    Some(NewMessage {
        id: desk.base.id(),
        party: annulment.holder,
        kind,
        title,
        body: Text::new(words, words),
        link: Some(format!("/annulments/{}", annulment.number)),
        case: Some(annulment.case_id),
        at: desk.base.now(),
    })
}

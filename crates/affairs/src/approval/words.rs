//! What an applicant is told when a case changes: a title and one or two plain sentences, in both languages.

use kernel::Text;

use super::record::Case;
use super::state::State;
use crate::access::Desk;
use crate::catalog::{Item, MessageKind};
use crate::message::NewMessage;

/// The message for a case that has come to `state`.
pub(super) fn told(desk: &Desk<'_>, state: State, item: &Item, case: &Case) -> NewMessage {
    let (name, number) = (&item.name, &case.number);
    let (zh, en) = title(state);
    let (body_zh, body_en) = body(state, case);
    NewMessage {
        id: desk.id(),
        party: case.applicant,
        kind: kind(state),
        title: Text::new(format!("{}：{zh}", name.zh), format!("{}: {en}", name.en)),
        body: Text::new(format!("办件编号 {number}。{body_zh}"), format!("Case {number}. {body_en}")),
        link: Some(format!("/cases/{}", case.number)),
        case: Some(case.id),
        at: desk.now(),
    }
}

fn kind(state: State) -> MessageKind {
    match state {
        State::Correcting => MessageKind::Action,
        State::Granted | State::Refused | State::NotAccepted | State::NotNeeded | State::Terminated => {
            MessageKind::Outcome
        }
        State::AwaitingSecondParty
        | State::AwaitingEvidence
        | State::AwaitingData
        | State::Gathering
        | State::InReview
        | State::SpecialStep
        | State::Withdrawn
        | State::Declined
        | State::Lapsed => MessageKind::Progress,
    }
}

fn title(state: State) -> (&'static str, &'static str) {
    match state {
        State::AwaitingSecondParty => ("等待执业单位确认", "waiting for your employer"),
        State::AwaitingEvidence => ("已收到，存证恢复后办理", "received; handled when evidence can be written again"),
        State::AwaitingData => ("等待数据，无需重办", "waiting for data, nothing to do"),
        State::Gathering => {
            ("需要补正，与其他机关的一次告知", "something to mend, told with the others' in one notice")
        }
        State::Correcting => ("请一次补正", "one correction needed"),
        State::InReview => ("已受理，由工作人员审查", "accepted, a person decides"),
        State::SpecialStep => ("已受理，进入特别程序", "accepted, a special step comes first"),
        State::Granted => ("已准予", "granted"),
        State::Refused => ("不予许可", "refused"),
        State::NotAccepted => ("不予受理", "not accepted"),
        State::NotNeeded => ("无需办理", "not needed"),
        State::Withdrawn => ("已撤回申请", "withdrawn"),
        State::Declined => ("执业单位未同意", "your employer declined"),
        State::Lapsed => ("已过期未办", "lapsed"),
        State::Terminated => ("已终止", "ended"),
    }
}

fn body(state: State, case: &Case) -> (String, String) {
    let until = |due: Option<kernel::Moment>| due.map(|d| d.plus_ms(-1).zh());
    match state {
        State::AwaitingSecondParty => (
            until(case.second_party_due_at)
                .map_or_else(String::new, |d| format!("请提醒单位在 {d} 前确认，这段时间不计入办理时限。")),
            "Ask your employer to confirm from its own account; this time is not counted against the agency."
                .to_owned(),
        ),
        State::AwaitingEvidence => (
            "您的申请已经保存，次序不变。存证暂时不可用，恢复后自动登记并办理，您不用做什么。".to_owned(),
            "Your application is kept in its place. Evidence cannot be written now; as soon as it can, the application is \
             recorded and handled. You need do nothing."
                .to_owned(),
        ),
        State::AwaitingData => (
            "要核对的登记数据暂时没有应答，系统会自动再查，查到即办；超过时间由工作人员接手。您不用做什么。".to_owned(),
            "A register does not answer just now. It is asked again by itself and your case goes on as soon as it answers; \
             after a bounded time a person takes over. You need do nothing."
                .to_owned(),
        ),
        State::Correcting => (
            until(case.correction_due_at).map_or_else(
                || "需要补正的内容已一次列出。".to_owned(),
                |d| format!("需要补正的内容已一次列出，请在 {d} 前提交。"),
            ),
            "Everything to mend is listed at once.".to_owned(),
        ),
        State::Gathering => (
            "本机关需要补正的内容，将与其他机关的合并，一次告知。".to_owned(),
            "What this agency wants mended goes out with the others' in one notice.".to_owned(),
        ),
        State::InReview => (
            until(case.committed_due_at.max(case.statutory_due_at))
                .map_or_else(|| "工作人员将尽快办理。".to_owned(), |d| format!("工作人员将在 {d} 前作出决定。")),
            "A person decides within the limit; you need do nothing.".to_owned(),
        ),
        State::Granted => (
            "证照与全部判断依据可在办件页查看。".to_owned(),
            "See the case for the licence and every reason.".to_owned(),
        ),
        State::Refused | State::NotAccepted => (
            "理由和救济途径见办件页。".to_owned(),
            "The reasons and how to object stand on the case's page.".to_owned(),
        ),
        State::Declined => {
            ("您可以更换执业单位后重新申请。".to_owned(), "You may file again with another employer.".to_owned())
        }
        State::Lapsed => {
            ("等待时间已过，您可以重新申请。".to_owned(), "The waiting time is over; you may file again.".to_owned())
        }
        State::SpecialStep | State::NotNeeded | State::Withdrawn | State::Terminated => {
            ("详情见办件页。".to_owned(), "See the case's page.".to_owned())
        }
    }
}

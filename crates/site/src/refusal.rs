//! What a room says no with, as the problem a caller is told: which type where, once, for pages and for the API.

use affairs::access::AccessError;
use affairs::approval::ApprovalError;
use affairs::message::MessageError;
use affairs::powers::PowerError;
use affairs::rating::RatingError;
use affairs::supervision::SupervisionError;
use affairs::ticket::TicketError;
use affairs::workshop::WorkshopError;
use axum::http::StatusCode;
use kernel::Text;
use store::{CommitError, Conflict, Fault};

use crate::problem::{FieldError, Problem};

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::NotFound => Self::not_found(),
            ApprovalError::NotOffered(_) => Self::new(StatusCode::NOT_FOUND, "not_offered").detail(Text::new(
                "没有这个事项，或者它现在不在有效期内。请从办事页重新选择。",
                "There is no such item, or it is not in force now. Please choose again from the list.",
            )),
            ApprovalError::Form(errors) => Self::invalid(errors.into_iter().map(field_error).collect()),
            ApprovalError::AlreadyOpen { number, .. } => Self::new(StatusCode::CONFLICT, "already_open")
                .detail(Text::new(
                    format!("您已有一件正在办理的同一事项，编号 {number}。请查看该件，或撤回后重新申请。"),
                    format!("You have an open case for this item already: {number}. See it, or withdraw it first."),
                ))
                .see(
                    format!("/cases/{number}"),
                    Text::new(format!("打开编号 {number} 的办件"), format!("Open case {number}")),
                ),
            ApprovalError::NotAllowed(_) => Self::new(StatusCode::CONFLICT, "not_allowed").detail(Text::new(
                "办件现在的状态不能这样操作。请打开办件页查看最新进展。",
                "The case does not allow this now. See its page for how it stands.",
            )),
            ApprovalError::Forbidden(why) => Self::of(StatusCode::FORBIDDEN).detail(why),
            ApprovalError::Changed => changed(),
            ApprovalError::KeyReused => Self::new(StatusCode::CONFLICT, "key_reused").detail(Text::new(
                "这次提交的标识已用于另一份申请。请返回表单重新提交。",
                "This idempotency key belongs to a different request. Use a new key.",
            )),
            ApprovalError::NoEvidence(why) => no_evidence(&why),
            ApprovalError::Fault(fault) => fault.into(),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound => Self::not_found(),
            AccessError::NotAllowed => Self::of(StatusCode::FORBIDDEN),
            AccessError::SignInRefused { .. } => {
                Self::new(StatusCode::UNAUTHORIZED, "sign_in_refused").detail(Text::new(
                    "用户名或密码不对，或者尝试次数过多。请稍后再试。",
                    "The name or the password is wrong, or there were too many tries. Try again later.",
                ))
            }
            AccessError::LinkInvalid => Self::new(StatusCode::GONE, "link_invalid").detail(Text::new(
                "这个链接已经用过或者过期，请重新获取。",
                "This link was used or is too old; ask for a new one.",
            )),
            AccessError::Invalid(faults) => Self::invalid(
                faults
                    .into_iter()
                    .map(|f| FieldError { pointer: format!("/{}", f.field), code: "invalid".into(), message: f.reason })
                    .collect(),
            ),
            AccessError::Changed => changed(),
            AccessError::NoEvidence(why) => no_evidence(&why),
            AccessError::Fault(fault) => fault.into(),
        }
    }
}

impl From<RatingError> for Problem {
    fn from(error: RatingError) -> Self {
        let conflict = |code, zh: &str, en: &str| Self::new(StatusCode::CONFLICT, code).detail(Text::new(zh, en));
        match error {
            RatingError::NotFound => Self::not_found(),
            RatingError::NotDecided => conflict(
                "not_decided",
                "这个办件还没有办结，办结后再评价。",
                "This case is not decided yet; rate it when it is.",
            ),
            RatingError::NothingToRate => conflict(
                "nothing_to_rate",
                "这个办件由申请人或单位终止，没有可以评价的办理。",
                "This case was ended by the applicant or the employer; there is nothing of the agency's to rate.",
            ),
            RatingError::RatedAlready => conflict(
                "rated_already",
                "这个办件已经评价过了，每个办件评价一次。",
                "This case was rated already: each case once.",
            ),
            RatingError::NotAllowed => conflict(
                "not_allowed",
                "评价现在的状态不能这样操作，请刷新后看最新进展。",
                "The rating does not allow this now; reload to see how it stands.",
            ),
            RatingError::Form(errors) => Self::invalid(errors.into_iter().map(Into::into).collect()),
            RatingError::Forbidden(why) => Self::of(StatusCode::FORBIDDEN).detail(why),
            RatingError::Changed => Self::of(StatusCode::CONFLICT),
            RatingError::NoEvidence(why) => {
                tracing::error!(why, "the log cannot sign: ratings wait");
                Self::of(StatusCode::SERVICE_UNAVAILABLE).detail(Text::new(
                    "存证暂时不可用，评价没有提交。您写的内容还在下面，稍后再提交即可。",
                    "Evidence cannot be written now, and the rating was not taken. What you wrote is below; send it later.",
                ))
            }
            RatingError::Fault(fault) => fault.into(),
        }
    }
}

impl From<WorkshopError> for Problem {
    fn from(error: WorkshopError) -> Self {
        match error {
            WorkshopError::NotFound => Self::not_found(),
            WorkshopError::Forbidden(why) => Self::of(StatusCode::FORBIDDEN).detail(why),
            WorkshopError::Form(errors) => Self::invalid(errors.into_iter().map(Into::into).collect()),
            WorkshopError::Hindered(found) => {
                let join = |of: fn(&Text) -> &str| found.iter().map(of).collect::<Vec<_>>().join("；");
                Self::new(StatusCode::CONFLICT, "not_allowed").detail(Text::new(join(|t| &t.zh), join(|t| &t.en)))
            }
            WorkshopError::Changed => changed(),
            WorkshopError::NoEvidence(why) => no_evidence(&why),
            WorkshopError::Fault(fault) => fault.into(),
        }
    }
}

impl From<TicketError> for Problem {
    fn from(error: TicketError) -> Self {
        match error {
            TicketError::NotFound => Self::not_found(),
            TicketError::Form(errors) => Self::invalid(errors.into_iter().map(field_error).collect()),
            TicketError::Closed(why) => Self::new(StatusCode::CONFLICT, "hall_closed").detail(why),
            TicketError::NotAllowed(why) => Self::new(StatusCode::CONFLICT, "not_allowed").detail(why),
            TicketError::Forbidden(why) => Self::of(StatusCode::FORBIDDEN).detail(why),
            TicketError::Changed => changed(),
            TicketError::KeyReused => Self::new(StatusCode::CONFLICT, "key_reused"),
            TicketError::Fault(fault) => fault.into(),
        }
    }
}

impl From<MessageError> for Problem {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::NotFound | MessageError::NotOffered => Self::not_found(),
            MessageError::Invalid { field, reason } => Self::invalid(vec![FieldError {
                pointer: format!("/{field}"),
                code: "invalid".into(),
                message: reason,
            }]),
            MessageError::TooSoon { retry_at } => Self::too_many(60).detail(Text::new(
                format!("验证码发得太密了，请在 {} 之后再试。", retry_at.zh()),
                format!("Too many codes were asked for; try again after {retry_at}."),
            )),
            MessageError::WrongCode { left } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong_code").detail(Text::new(
                    format!("验证码不对，还可以试 {left} 次。"),
                    format!("This is not the code; {left} tries are left."),
                ))
            }
            MessageError::NoCode => Self::new(StatusCode::GONE, "no_code").detail(Text::new(
                "这个验证码不能再用了，请重新获取。",
                "This code can no longer be used; ask for a new one.",
            )),
            MessageError::Changed => changed(),
            MessageError::Fault(fault) => fault.into(),
        }
    }
}

impl From<PowerError> for Problem {
    fn from(error: PowerError) -> Self {
        match error {
            PowerError::NotFound => Self::not_found(),
            PowerError::Forbidden(why) => Self::of(StatusCode::FORBIDDEN).detail(why),
            PowerError::Misstated(why) => Self::of(StatusCode::UNPROCESSABLE_ENTITY).detail(why),
            PowerError::Refused(refusal) => {
                let hindrances = refusal.hindrances.into_iter();
                let hindered =
                    hindrances.map(|h| FieldError { pointer: String::new(), code: h.code.into(), message: h.why });
                let values = refusal.values.into_iter().map(|v| FieldError {
                    pointer: format!("/{}", v.field),
                    code: "invalid".into(),
                    message: v.why,
                });
                Self::invalid(hindered.chain(values).collect())
            }
            PowerError::Changed => changed(),
            PowerError::NoEvidence(why) => no_evidence(&why),
            // Only an import at the console meets these.
            other @ (PowerError::Sheet(_) | PowerError::Published { .. }) => {
                Self::of(StatusCode::CONFLICT).detail(Text::new(other.to_string(), other.to_string()))
            }
            PowerError::Fault(fault) => fault.into(),
        }
    }
}

impl From<SupervisionError> for Problem {
    fn from(error: SupervisionError) -> Self {
        match error {
            SupervisionError::NotFound => Self::not_found(),
            SupervisionError::Form(errors) => Self::invalid(errors.into_iter().map(field_error).collect()),
            SupervisionError::NotAllowed(why) => Self::new(StatusCode::CONFLICT, "not_allowed").detail(why),
            SupervisionError::Forbidden(why) => Self::of(StatusCode::FORBIDDEN).detail(why),
            SupervisionError::DeviceLost => Self::new(StatusCode::FORBIDDEN, "device_lost").detail(Text::new(
                "这台设备已经挂失：它的密钥已经销毁，设备上的草稿谁也打不开了。找回来也请当作新设备使用。",
                "This device was said to be lost: its key is gone and nobody can open what lies on it. If it was found, begin anew.",
            )),
            SupervisionError::Refused(refusal) => PowerError::Refused(refusal).into(),
            SupervisionError::Changed => changed(),
            SupervisionError::NoEvidence(why) => no_evidence(&why),
            SupervisionError::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Stopped => Self::of(StatusCode::SERVICE_UNAVAILABLE),
            // The writer takes batches in milliseconds: a second empties any line.
            Fault::Crowded => Self::held_back(1),
            // The program's own mistake and a damaged file do not pass by waiting.
            mistake @ (Fault::Misuse(_) | Fault::Damaged(_)) => Self::fault(mistake),
            passing => Self::storage(passing),
        }
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(Conflict::Missing { .. }) => Self::not_found(),
            CommitError::Conflict(_) => changed(),
            CommitError::NoEvidence { why } => no_evidence(&why),
            CommitError::Stopped => Self::of(StatusCode::SERVICE_UNAVAILABLE),
            CommitError::Fault(fault) => fault.into(),
        }
    }
}

/// A field error of a form, as problems carry it.
pub fn field_error(error: affairs::catalog::FieldError) -> FieldError {
    FieldError { pointer: error.pointer, code: error.code.into(), message: error.message }
}

pub(crate) fn changed() -> Problem {
    Problem::of(StatusCode::CONFLICT).detail(Text::new(
        "内容刚刚被别处修改过。什么都没有丢失，请刷新后再试。",
        "This was changed elsewhere just now. Nothing is lost; reload and try again.",
    ))
}

pub(crate) fn no_evidence(why: &str) -> Problem {
    tracing::error!(why, "the log cannot sign: decisions wait");
    Problem::of(StatusCode::SERVICE_UNAVAILABLE).detail(Text::new(
        "存证暂时不可用，决定要等它恢复。您填写的内容已经保存，稍后再提交即可。",
        "Evidence cannot be written now, and no decision is made without it. What you entered is kept; send it later.",
    ))
}

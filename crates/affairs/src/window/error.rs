//! How this room says no: in the words of the spine, whose acts it does for others.

use kernel::Text;

use crate::access::AccessError;
use crate::approval::ApprovalError;
use crate::catalog::FieldError;
use crate::ticket::TicketError;

/// One thing to mend.
pub(super) fn wrong(pointer: &str, code: &str, (zh, en): (&str, &str)) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code: code.to_owned(), message: Text::new(zh, en) }
}

/// One thing to mend, and nothing else.
pub(super) fn one(pointer: &str, code: &str, words: (&str, &str)) -> ApprovalError {
    ApprovalError::Form(vec![wrong(pointer, code, words)])
}

/// What the officer may not do, and is told why.
pub(super) fn forbidden(zh: &str, en: &str) -> ApprovalError {
    ApprovalError::Forbidden(Text::new(zh, en))
}

/// What keeps parties and mandates says no in the same words; `at` begins the pointers of its fields.
pub(super) fn of_access(error: AccessError, at: &str) -> ApprovalError {
    match error {
        AccessError::Invalid(faults) => ApprovalError::Form(
            faults
                .into_iter()
                .map(|f| FieldError {
                    pointer: format!("{at}/{}", f.field),
                    code: "invalid".to_owned(),
                    message: f.reason,
                })
                .collect(),
        ),
        AccessError::NotAllowed => forbidden("您的岗位不能接收书面授权", "your post may not take a paper mandate"),
        AccessError::Changed => ApprovalError::Changed,
        AccessError::NoEvidence(why) => ApprovalError::NoEvidence(why),
        AccessError::Fault(fault) => ApprovalError::Fault(fault),
        AccessError::NotFound | AccessError::LinkInvalid | AccessError::SignInRefused { .. } => ApprovalError::NotFound,
    }
}

/// What calls people to counters says no in the same words.
pub(super) fn of_ticket(error: TicketError) -> ApprovalError {
    match error {
        TicketError::NotFound => ApprovalError::NotFound,
        TicketError::Form(errors) => ApprovalError::Form(errors),
        TicketError::Closed(why) | TicketError::Forbidden(why) | TicketError::NotAllowed(why) => {
            ApprovalError::Forbidden(why)
        }
        TicketError::Changed => ApprovalError::Changed,
        TicketError::KeyReused => ApprovalError::KeyReused,
        TicketError::Fault(fault) => ApprovalError::Fault(fault),
    }
}

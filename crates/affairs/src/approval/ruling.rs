//! An officer decides what the machine may not: on the facts as they are now, beside the machine's findings, with
//! reasons, and with remedies where the answer is no (Administrative Licensing Law, article 38).

use kernel::{Id, Text};

use super::acts::item_of;
use super::desk::Desk;
use super::error::ApprovalError;
use super::filing::run_now;
use super::record::{self, Case};
use super::run::Run;
use super::settle::{Maker, Settlement};
use super::state::Ruling;
use super::view::File;
use super::waiting::{consent, unproved};
use super::{attach, first, gap, pending, recusal};
use crate::access::{Actor, Right, Signature};
use crate::catalog::{FieldError, Item};

/// The shortest reason that can be one; longer than "ok", short enough for a clerk.
const REASON_LEAST: usize = 4;
/// The longest reason kept.
const REASON_MOST: usize = 4_000;

/// What an officer sends.
#[derive(Debug, Clone)]
pub struct RulingDraft<'a> {
    /// The ruling.
    pub ruling: Ruling,
    /// Why, in words the applicant can read.
    pub reasons: &'a str,
    /// The version of the case the officer looked at.
    pub version: i64,
}

/// An officer signs a decision. It leaves after the time in which it may be taken back (`pending`), and where it takes two
/// officers when the second has concurred; where there is no such time and none is needed, at once.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the officer's rights do not reach the case; [`ApprovalError::Changed`] where it was
/// changed since the officer looked, or another has signed a decision on it; [`ApprovalError::Form`] where reasons are
/// missing; [`ApprovalError::Forbidden`] where he must stay away from it.
pub async fn rule(desk: &Desk<'_>, actor: &Actor, id: Id, draft: &RulingDraft<'_>) -> Result<Case, ApprovalError> {
    let case = decidable(desk, actor, id, draft).await?;
    let item = item_of(desk, &case)?;
    pieces_there(desk, &item, (&case, draft.ruling)).await?;
    let run = run_now(desk, &item, &case, consent(&case), desk.base.now()).await?;
    let Some(account) = actor.signature().account else { return Err(ApprovalError::NotFound) };
    let kept = case.clone();
    let decided = async {
        let at_once = pending::undo_ms(desk) == 0 && !pending::takes_two(&item, draft.ruling);
        let read = run.looks.log(&desk.base, desk.base.unit());
        let signed = (actor.signature(), None, draft.ruling, draft.reasons);
        // What may not be decided is said at once, and not when it should leave.
        let (decided, unit) = settlement(desk, &item, (case, run), signed).await?.unit().await?;
        if at_once {
            desk.store().commit(unit.and(unproved::forget_ruling(desk, account, &decided))).await?;
            return Ok(decided);
        }
        desk.store().commit(pending::sign(desk, &item, (&kept, actor), (draft, read))?).await?;
        Ok(Case { version: kept.version + 1, ..kept.clone() })
    };
    let decided = decided.await;
    if matches!(decided, Err(ApprovalError::NoEvidence(_))) {
        // Nothing is decided without evidence, and nothing that was written is lost.
        unproved::keep_ruling(desk, account, &kept, draft).await?;
    }
    decided
}

/// Accepted with gaps, a case is granted or refused when every piece is there; when what was handed in has been checked; and,
/// reviewed below first, when it came up.
pub(super) async fn pieces_there(
    desk: &Desk<'_>,
    item: &Item,
    (case, ruling): (&Case, Ruling),
) -> Result<(), ApprovalError> {
    first::in_turn(desk, item, (case, ruling)).await?;
    match ruling {
        Ruling::Grant | Ruling::Refuse => {
            gap::none_open(desk, item, case).await?;
            attach::all_checked(desk, item, case).await
        }
        Ruling::Correct | Ruling::NotAccept | Ruling::Terminate => Ok(()),
    }
}

/// A case this officer may decide in the version he looked at.
async fn decidable(desk: &Desk<'_>, actor: &Actor, id: Id, draft: &RulingDraft<'_>) -> Result<Case, ApprovalError> {
    let case = record::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    if !case.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    if !case.allows(actor, Right::DecideCase) {
        let why = Text::new(
            "您的岗位不能作出决定，请交由审批人员办理",
            "your post may not decide; hand the case to an approver",
        );
        return Err(ApprovalError::Forbidden(why));
    }
    recusal::refuse(desk, actor, &case).await?;
    reasons_given(draft)?;
    if case.version != draft.version || pending::pending(desk.store(), id).await?.is_some() {
        return Err(ApprovalError::Changed);
    }
    Ok(case)
}

/// Who signed a decision: the officer, the second one where it takes two, what was ruled, and why.
pub(super) type Signed<'a> = (Signature, Option<(Id, String)>, Ruling, &'a str);

/// The settlement of a case as an officer ruled, on the facts of `run`.
pub(super) async fn settlement<'a>(
    desk: &'a Desk<'a>,
    item: &'a Item,
    (case, run): (Case, Run),
    (signature, second, ruling, reasons): Signed<'_>,
) -> Result<Settlement<'a>, ApprovalError> {
    let remedies = matches!(ruling, Ruling::Refuse | Ruling::NotAccept).then(|| item.remedies.zh.clone());
    let (now, runs_before) = (desk.base.now(), record::runs(desk.store(), case.id).await?);
    let maker = Maker::Officer { signature, second, ruling, reasons: reasons.trim().to_owned(), remedies };
    Ok(Settlement { desk, item, stored_version: Some(case.version), case, run, maker, now, runs_before })
}

/// Whether a text is long enough to be reasons, and short enough to be read.
pub(super) fn are_reasons(text: &str) -> bool {
    (REASON_LEAST..=REASON_MOST).contains(&text.trim().chars().count())
}

fn reasons_given(draft: &RulingDraft<'_>) -> Result<(), ApprovalError> {
    if are_reasons(draft.reasons) {
        return Ok(());
    }
    let message = Text::new(
        format!("请写明理由（{REASON_LEAST} 至 {REASON_MOST} 字），申请人会看到"),
        format!("give your reasons ({REASON_LEAST} to {REASON_MOST} characters); the applicant reads them"),
    );
    Err(ApprovalError::Form(vec![FieldError { pointer: "/reasons".into(), code: "reasons.length".into(), message }]))
}

/// What an officer may do with a case now: the buttons of the page, and the API's list.
pub fn rulings_now(file: &File) -> Vec<Ruling> {
    let mut allowed = rulings(&file.case);
    allowed.retain(|ruling| file.first.as_ref().is_none_or(|review| first::allows(review, *ruling)));
    allowed
}

/// What the state of a case lets an officer do with it.
pub fn rulings(case: &Case) -> Vec<Ruling> {
    let allowed = |r: &Ruling| {
        case.state.after(super::state::Act::Officer(*r)).is_some()
            && !(*r == Ruling::Correct && (case.corrections > 0 || case.one_notice_at.is_some()))
    };
    Ruling::ALL.into_iter().filter(allowed).collect()
}

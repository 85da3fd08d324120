//! An officer decides what the machine may not: on the facts as they are now, beside the machine's findings, with
//! reasons, and with remedies where the answer is no (Administrative Licensing Law, article 38).

use kernel::{Id, Text};

use super::acts::item_of;
use super::desk::Desk;
use super::error::ApprovalError;
use super::filing::run_now;
use super::record::{self, Case};
use super::settle::{Maker, Settlement};
use super::state::Ruling;
use super::waiting::unproved;
use crate::access::{Actor, Right};
use crate::catalog::{Consent, FieldError};

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

/// Decides a case in the name of the officer.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the officer's rights do not reach the case; [`ApprovalError::Changed`] where it was
/// changed since the officer looked; [`ApprovalError::Form`] where reasons are missing.
pub async fn rule(desk: &Desk<'_>, actor: &Actor, id: Id, draft: &RulingDraft<'_>) -> Result<Case, ApprovalError> {
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
    reasons_given(draft)?;
    if case.version != draft.version {
        return Err(ApprovalError::Changed);
    }
    let item = item_of(desk, &case)?;
    let now = desk.base.now();
    let consent = if case.second_party.is_some() { Consent::Given } else { Consent::None };
    let run = run_now(desk, &item, &case, consent, now).await?;
    let runs_before = record::runs(desk.store(), id).await?;
    let remedies = matches!(draft.ruling, Ruling::Refuse | Ruling::NotAccept).then(|| item.remedies.zh.clone());
    let settlement = Settlement {
        desk,
        item: &item,
        stored_version: Some(case.version),
        case,
        run,
        maker: Maker::Officer {
            signature: actor.signature(),
            ruling: draft.ruling,
            reasons: draft.reasons.trim().to_owned(),
            remedies,
        },
        now,
        runs_before,
    };
    let kept = settlement.case.clone();
    let Some(account) = actor.signature().account else { return Err(ApprovalError::NotFound) };
    let decided = async {
        let (case, unit) = settlement.unit().await?;
        desk.store().commit(unit.and(unproved::forget_ruling(desk, account, &case))).await?;
        Ok(case)
    };
    let decided = decided.await;
    if matches!(decided, Err(ApprovalError::NoEvidence(_))) {
        // Nothing is decided without evidence, and nothing that was written is lost.
        unproved::keep_ruling(desk, account, &kept, draft).await?;
    }
    decided
}

fn reasons_given(draft: &RulingDraft<'_>) -> Result<(), ApprovalError> {
    let length = draft.reasons.trim().chars().count();
    if (REASON_LEAST..=REASON_MOST).contains(&length) {
        return Ok(());
    }
    let message = Text::new(
        format!("请写明理由（{REASON_LEAST} 至 {REASON_MOST} 字），申请人会看到"),
        format!("give your reasons ({REASON_LEAST} to {REASON_MOST} characters); the applicant reads them"),
    );
    Err(ApprovalError::Form(vec![FieldError { pointer: "/reasons".into(), code: "reasons.length".into(), message }]))
}

/// What an officer may do with a case now: the buttons of the page, and the API's list.
pub fn rulings(case: &Case) -> Vec<Ruling> {
    let all = [Ruling::Grant, Ruling::Correct, Ruling::Refuse, Ruling::NotAccept, Ruling::Terminate];
    let allowed = |r: &Ruling| {
        case.state.after(super::state::Act::Officer(*r)).is_some() && !(*r == Ruling::Correct && case.corrections > 0)
    };
    all.into_iter().filter(allowed).collect()
}

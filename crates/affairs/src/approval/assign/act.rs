//! What people do about who has a case: take it, give it back, give it to somebody.

use kernel::{Id, Text};

use super::decide::{Choice, How};
use super::{Assignment, given, record};
use crate::access::{Actor, Right};
use crate::approval::desk::Desk;
use crate::approval::error::ApprovalError;
use crate::approval::record::{self as cases, Case};
use crate::approval::recusal;
use crate::catalog::FieldError;

/// The longest reason kept; characters.
const REASON_MOST: usize = 500;

/// May this officer take the case? It lies with nobody, or he leads the office.
pub fn may_take(actor: &Actor, case: &Case, with: &Assignment) -> bool {
    let free = with.officer.is_none() || case.allows(actor, Right::Lead);
    free && with.officer != actor.account() && case.allows(actor, Right::DecideCase)
}

/// May this officer give the case back? It lies with him.
pub fn may_give_back(actor: &Actor, with: &Assignment) -> bool {
    with.officer.is_some() && with.officer == actor.account()
}

/// The officer takes a case that lies with nobody.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where it lies with somebody else, who is named, or the officer must stay away from it;
/// [`ApprovalError::Changed`] where another took it at the same moment; [`ApprovalError::NotAllowed`] where it waits for
/// nobody here.
pub async fn take(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(), ApprovalError> {
    let (case, with) = lying(desk, actor, id).await?;
    recusal::refuse(desk, actor, &case).await?;
    if !case.allows(actor, Right::DecideCase) {
        return Err(ApprovalError::Forbidden(Text::new(
            "您的岗位不能作出决定，不能领办；请交由审批人员",
            "your post may not decide, so you cannot take it; leave it to an approver",
        )));
    }
    if with.officer == actor.account() {
        return Ok(());
    }
    if !may_take(actor, &case, &with) {
        let who = with.officer_name.unwrap_or_default();
        return Err(ApprovalError::Forbidden(Text::new(
            format!("本件已由{who}办理；请{who}退回，或者由负责人改派"),
            format!("{who} has this case: ask for it to be given back, or the head to reassign it"),
        )));
    }
    let by = actor.signature();
    let why = Text::new(format!("{}领办", by.name), format!("{} took it", by.name));
    let chosen = Choice { account: actor.account(), name: Some(by.name.clone()), how: How::Taken, why };
    desk.store().commit(given(desk, &case, &with, (&chosen, &by))).await?;
    Ok(())
}

/// The officer gives a case back: it goes on to somebody else, to him again only where nobody else may take it.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where it does not lie with him.
pub async fn give_back(desk: &Desk<'_>, actor: &Actor, id: Id, reason: &str) -> Result<(), ApprovalError> {
    let (case, with) = lying(desk, actor, id).await?;
    if !may_give_back(actor, &with) {
        return Err(ApprovalError::Forbidden(Text::new(
            "本件不在您手里，不能退回",
            "this case does not lie with you, so you cannot give it back",
        )));
    }
    let (by, reason) = (actor.signature(), said(reason));
    let why = Text::new(format!("{}退回：{reason}", by.name), format!("given back by {}: {reason}", by.name));
    let chosen = Choice { account: None, name: None, how: How::GivenBack, why };
    desk.store().commit(given(desk, &case, &with, (&chosen, &by))).await?;
    Ok(())
}

/// The head of the office gives a case to an officer.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where the actor does not lead there; [`ApprovalError::Form`] where the officer may not decide
/// the case, or must stay away from it.
pub async fn reassign(desk: &Desk<'_>, actor: &Actor, id: Id, (to, reason): (Id, &str)) -> Result<(), ApprovalError> {
    let (case, with) = lying(desk, actor, id).await?;
    if !case.allows(actor, Right::Lead) {
        return Err(ApprovalError::Forbidden(Text::new("只有负责人可以改派", "only the head of the office reassigns")));
    }
    let able = record::able(desk.store(), &case).await?.into_iter().find(|able| able.account == to);
    let Some(able) = able else {
        return Err(wrong("请选择有权办理本件的人员", "choose somebody whose rights reach this case"));
    };
    if recusal::tied(desk, to, &case).await?.is_some() {
        return Err(wrong("该人员与本件当事人有关系，应当回避", "that officer is tied to a party and must stay away"));
    }
    let (by, reason) = (actor.signature(), said(reason));
    let why = Text::new(
        format!("负责人{}指定{}办理：{reason}", by.name, able.name),
        format!("{} gave it to {}: {reason}", by.name, able.name),
    );
    let chosen = Choice { account: Some(to), name: Some(able.name), how: How::Reassigned, why };
    desk.store().commit(given(desk, &case, &with, (&chosen, &by))).await?;
    Ok(())
}

/// A case the officer may see that waits for a person, with where it lies.
async fn lying(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(Case, Assignment), ApprovalError> {
    let case = cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    if !case.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    let with = record::of_case(desk.store(), id).await?.ok_or(ApprovalError::NotAllowed(case.state))?;
    Ok((case, with))
}

fn said(reason: &str) -> String {
    let said: String = reason.trim().chars().filter(|c| !c.is_control()).take(REASON_MOST).collect();
    if said.is_empty() { "未写明原因".to_owned() } else { said }
}

fn wrong(zh: &str, en: &str) -> ApprovalError {
    ApprovalError::Form(vec![FieldError {
        pointer: "/officer".into(),
        code: "assign".into(),
        message: Text::new(zh, en),
    }])
}

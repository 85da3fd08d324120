//! Taking a commitment back: until the decision the applicant may leave the way of commitment and be handled by the
//! ordinary way. What he promised then feeds no rule any more, and a person looks at the proofs.

use evidence::canonical::Salt;
use kernel::{Id, Text};
use serde_json::{Value as Json, json};

use super::acts::{item_of, own_case};
use super::desk::Desk;
use super::error::ApprovalError;
use super::leaf;
use super::record::{CASE, Case};
use super::settle::event;
use crate::access::{Actor, MandateAct, PersonActor};
use crate::catalog::{CommitmentChoice, Item};

/// May the applicant take a commitment back now? The button of the page.
pub fn may_withdraw_commitment(case: &Case, item: &Item) -> bool {
    case.state.is_open() && choice(item).is_some_and(|c| case.form.as_object().is_some_and(|form| c.taken(form)))
}

/// The applicant takes the commitment back; the application itself stays where it is.
///
/// # Errors
/// [`ApprovalError::NotAllowed`] after the decision; [`ApprovalError::Forbidden`] where no commitment was made, or the item
/// knows no other way: then the application itself may be withdrawn.
pub async fn withdraw_commitment(desk: &Desk<'_>, actor: &PersonActor, id: Id) -> Result<Case, ApprovalError> {
    let mut case = own_case(desk, actor, id, MandateAct::File).await?;
    if !case.state.is_open() {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let item = item_of(desk, &case)?;
    if !may_withdraw_commitment(&case, &item) {
        return Err(ApprovalError::Forbidden(Text::new(
            "本件没有可以单独撤回的承诺；您可以撤回申请",
            "there is no commitment here to be taken back by itself; you may withdraw the application",
        )));
    }
    leave(&mut case.form, choice(&item));
    let (version, now) = (case.version, desk.base.now());
    let signature = Actor::Person(actor.clone()).signature();
    let private = json!({ "form": case.form, "by": signature });
    let salt = Salt::generate(desk.base.entropy);
    let written = leaf::leaf("case.commitment_withdrawn", &case, &json!({ "at": now }), &private, &salt)?;
    let unit = desk.base.unit().update(&CASE, case.key(), version, case.changes()).leaf(written);
    desk.store().commit(unit.and(event(desk, &case, "commitment_withdrawn", &signature, json!({}), now))).await?;
    case.version = version + 1;
    Ok(case)
}

fn choice(item: &Item) -> Option<&CommitmentChoice> {
    item.commitment.as_ref()?.choice.as_ref()
}

fn leave(form: &mut Json, choice: Option<&CommitmentChoice>) {
    let (Some(form), Some(choice)) = (form.as_object_mut(), choice) else { return };
    match &choice.no {
        Some(no) => drop(form.insert(choice.field.clone(), no.clone())),
        None => drop(form.remove(&choice.field)),
    }
}

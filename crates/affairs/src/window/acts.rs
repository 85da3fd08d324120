//! What is done at a counter for who stands there: filing, and mending. Both go the way that the person himself would go online;
//! what the counter adds stands in the same unit.

use std::sync::Arc;

use kernel::{Id, Text};
use serde_json::{Map, Value as Json, json};
use store::Unit;

use super::decide::{Post, Way, may_receive, post};
use super::error::wrong;
use super::leaf::leaf;
use super::opened::opened;
use super::record::{COUNTER_CASE, CounterCase, RECEPTION_CASE, Reception};
use super::stand::person;
use crate::access::{Actor, PersonActor, Signature};
use crate::approval::draft::Draft;
use crate::approval::{self, ApprovalError, Beside, Case, Desk, Filing};
use crate::catalog::{FieldError, HallAct, Item};
use crate::material;

/// The longest address; characters.
const ADDRESS_MOST: usize = 200;

/// An application as it is made at a counter.
#[derive(Clone, Copy, Debug)]
pub struct CounterFiling<'a> {
    /// Item id.
    pub item: &'a str,
    /// The form, as typed or as JSON.
    pub form: &'a Map<String, Json>,
    /// Under which mandate; none: for himself.
    pub mandate: Option<Id>,
    /// How the result is wanted; none: nothing was chosen.
    pub way: Option<Way>,
    /// Where the courier brings it; empty for the other ways.
    pub address: &'a str,
    /// What the clerk began, with the files that lie in it: they are handed in, and those that are required must be there. Without
    /// one (over the API) they are handed in afterwards.
    pub draft: Option<&'a Draft>,
    /// Idempotency key: a repetition is answered with the case that was made, and makes none.
    pub key: &'a str,
}

/// Where an act was done, as a case's story tells it.
pub fn note_of(post: &Post<'_>) -> Json {
    json!({ "why": where_of(post), "hall": post.hall.id, "counter": post.code() })
}

/// A counter in words.
pub(super) fn where_of(post: &Post<'_>) -> Text {
    let name = |hall: &str| format!("{hall} {}", post.code()).trim().to_owned();
    let english = if post.hall.name.en.is_empty() { &post.hall.name.zh } else { &post.hall.name.en };
    Text::new(name(&post.hall.name.zh), name(english))
}

/// How a clerk signs what he does for who stands before him: both names.
pub(super) fn signature(officer: &Actor, reception: &Reception) -> Signature {
    Signature { on_behalf: Some(reception.name.clone()), ..officer.signature() }
}

/// Files an application for who stands at the counter, by the same way as online: the same checks, the same rules, granted at
/// once where the rules grant. The case is the applicant's own from then on.
///
/// # Errors
/// As [`approval::file`]; [`ApprovalError::Forbidden`] where the officer or the counter does not do this item;
/// [`ApprovalError::Form`] with what is to be mended in the form, the mandate and the way of delivery.
pub async fn file_for(
    desk: &Desk<'_>,
    officer: &Actor,
    (reception, filing): (&Reception, &CounterFiling<'_>),
) -> Result<Case, ApprovalError> {
    let now = desk.base.now();
    let person = person(desk, reception, filing.mandate).await?;
    let item = desk.catalog.item(filing.item, now.date());
    let item = item.ok_or_else(|| ApprovalError::NotOffered(filing.item.to_owned()))?;
    let place = post(desk.catalog, (&reception.hall, &reception.counter), now.date())?;
    // Before any register is looked at; asked again for the agency that the facts name.
    let deciding = desk.catalog.responsible(&item, item.place_in_form(filing.form), now.date()).deciding;
    let may = |deciding: &str| may_receive(desk.catalog, officer, (&place, place.taking()), (&item.id, deciding));
    may(&deciding)?;
    let way = match way(filing) {
        Ok(way) => way,
        Err(_) => return Err(ApprovalError::Form(check(desk, (&item, &person), filing).await?)),
    };
    let by = signature(officer, reception);
    let rows = |case: &Case, proved: bool| {
        may(&case.deciding_agency)?;
        taken_in(desk, (&place, &by), (reception, filing), (case, way, proved))
    };
    let beside = Beside { account: by.account.ok_or(ApprovalError::NotFound)?, rows: &rows };
    let channel = place.hall.kind.word();
    let filing = Filing { item: &item.id, form: filing.form, channel, draft: filing.draft, key: filing.key };
    approval::file_with(desk, &person, &filing, Some(&beside)).await
}

/// Everything to mend in what would be filed: in the form, in the files it needs, and in how the result is wanted. Nothing is
/// written.
///
/// # Errors
/// A fault of the database.
pub async fn check(
    desk: &Desk<'_>,
    (item, person): (&Item, &PersonActor),
    filing: &CounterFiling<'_>,
) -> Result<Vec<FieldError>, ApprovalError> {
    let mut errors = approval::check(item, person, filing.form).errors;
    if let Some(draft) = filing.draft {
        errors.extend(material::missing(item, &material::of_draft(desk.store(), draft.id).await?));
    }
    errors.extend(way(filing).err());
    Ok(errors)
}

fn way(filing: &CounterFiling<'_>) -> Result<Way, FieldError> {
    let length = filing.address.trim().chars().count();
    match filing.way {
        None => Err(wrong("/counter/way", "required", ("请选择怎样领取结果", "choose how the result is wanted"))),
        Some(Way::Courier) if !(4..=ADDRESS_MOST).contains(&length) => {
            let zh = "邮寄的，请填写收件地址和联系方式（4至200字）";
            Err(wrong("/counter/address", "required", (zh, "for a courier, write the address (4 to 200 characters)")))
        }
        Some(way) => Ok(way),
    }
}

/// What the counter writes with a filing.
fn taken_in(
    desk: &Desk<'_>,
    (place, by): (&Post<'_>, &Signature),
    (reception, filing): (&Reception, &CounterFiling<'_>),
    (case, way, proved): (&Case, Way, bool),
) -> Result<Unit, ApprovalError> {
    let now = desk.base.now();
    let row = CounterCase {
        shard: case.shard.clone(),
        case: case.id,
        version: 1,
        hall: reception.hall.clone(),
        counter: reception.counter.clone(),
        keeper: place.keeper().to_owned(),
        hall_region: place.hall.region.to_string(),
        received: Some((now, reception.clerk, reception.clerk_name.clone())),
        way,
        address: if way == Way::Courier { filing.address.trim().to_owned() } else { String::new() },
        delivered: None,
        collected: None,
        parcel: None,
    };
    let unit = desk
        .base
        .unit()
        .insert(&COUNTER_CASE, row.values())
        .and(linked(desk, reception, (case, filing.mandate, "filed")))
        .count(format!("counter/{}/{}/{}", reception.hall, case.item, now.date().strftime("%Y-%m")), 1);
    noted(desk, unit, (place, by), (case, "filed_at_counter", proved))
}

/// Opens a case for the rest of a reception.
pub(super) fn linked(desk: &Desk<'_>, reception: &Reception, (case, mandate, how): (&Case, Option<Id>, &str)) -> Unit {
    let row = vec![
        (&reception.shard).into(),
        reception.id.into(),
        case.id.into(),
        mandate.into(),
        how.into(),
        desk.base.now().into(),
    ];
    desk.base.unit().insert(&RECEPTION_CASE, row)
}

/// The story's line of an act at a counter, and its leaf; owed while the log cannot sign.
fn noted(
    desk: &Desk<'_>,
    unit: Unit,
    (place, by): (&Post<'_>, &Signature),
    (case, kind, proved): (&Case, &'static str, bool),
) -> Result<Unit, ApprovalError> {
    let unit = unit.and(approval::note_told(desk, case, (kind, note_of(place)), by));
    let word = if kind == "filed_at_counter" { "counter.filed" } else { "counter.mended" };
    let private = json!({ "by": by, "applicant": case.applicant_code });
    let at = (place.hall.id.as_str(), place.code());
    let leaf = leaf(desk, (word, case.id), at, (&json!({ "number": case.number, "item": case.item }), &private))?;
    Ok(if proved { unit.leaf(leaf) } else { approval::owe_leaf(desk, unit, leaf) })
}

/// Mends a case for who stands at the counter, with everything that was filed before as it was: the rules run again.
///
/// # Errors
/// As [`approval::resubmit`]; [`ApprovalError::NotFound`] where the case was not opened in this reception.
pub async fn correct_for(
    desk: &Desk<'_>,
    officer: &Actor,
    reception: &Reception,
    (number, form): (&str, &Map<String, Json>),
) -> Result<Case, ApprovalError> {
    let found = opened(desk, reception, number).await?;
    let case = &found.file.case;
    let place = post(desk.catalog, (&reception.hall, &reception.counter), desk.base.now().date())?;
    let item: Option<Arc<Item>> = desk.catalog.item_version(&case.item, &case.item_version);
    let item = item.ok_or_else(|| ApprovalError::NotOffered(case.item.clone()))?;
    may_receive(desk.catalog, officer, (&place, HallAct::AssistFill), (&item.id, &case.deciding_agency))?;
    let by = signature(officer, reception);
    let rows =
        |case: &Case, proved: bool| noted(desk, desk.base.unit(), (&place, &by), (case, "mended_at_counter", proved));
    let beside = Beside { account: reception.clerk, rows: &rows };
    approval::resubmit_with(desk, &found.person, (case.id, form), Some(&beside)).await
}

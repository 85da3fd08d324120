//! First review below, decision above: where the law wants it (`[first_review]` of an item) the agency below examines a case
//! first, within its own limit (Administrative Licensing Law, article 43), and passes the whole file up with its opinion; the
//! agency above decides and may not ask the applicant for the same again (article 35).
//!
//! While it is reviewed the case lies with the agency below, as one it decides: its officers have it, send the one notice, do
//! not accept it. They neither grant nor refuse. Passed up, it lies with the agency above, whose limit counts from that day
//! (our reading: the law does not say), and the agency below goes on seeing it.

mod record;

use evidence::canonical::Salt;
use kernel::{Id, Moment, Stop, Text};
use serde_json::json;
use store::{Fault, Store, Unit};

use record::FIRST_REVIEW;

use super::acts::item_of;
use super::desk::Desk;
use super::error::ApprovalError;
use super::record::{self as cases, CASE, Case};
use super::settle::{event, machine};
use super::state::{Ruling, State};
use super::{assign, gap, leaf, limits, pending, recusal, ruling, step};
use crate::access::{Actor, Right};
use crate::catalog::{FieldError, Item, MessageKind};
use crate::message::{self, NewMessage};

/// A first review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstReview {
    /// The case.
    pub case: Id,
    /// The agency that reviews.
    pub agency: String,
    /// The agency that decides.
    pub above: String,
    /// The agency in whose name that one decides, where it is entrusted.
    pub in_name_of: Option<String>,
    /// When it began.
    pub begun_at: Moment,
    /// The first moment after its limit; none where the work calendar does not reach.
    pub due_at: Option<Moment>,
    /// What came of it, once it was passed up.
    pub passed: Option<Passed>,
    shard: String,
    version: i64,
}

/// The opinion with which a file went up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// For a grant, or against it.
    pub favourable: bool,
    /// The opinion; empty for those outside the office.
    pub opinion: String,
    /// Whose.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// What an officer passes up.
#[derive(Debug, Clone, Copy)]
pub struct PassUp<'a> {
    /// For a grant, or against it.
    pub favourable: bool,
    /// Why.
    pub opinion: &'a str,
    /// The version of the case the officer looked at.
    pub version: i64,
}

impl FirstReview {
    /// The time in which the limit of the agency above does not run: it has no file yet.
    pub fn stop(&self, received: Moment) -> Stop {
        let last = self.passed.as_ref().map(|p| p.at).or(self.due_at.map(|due| due.plus_ms(-1)));
        last.map_or_else(|| Stop::since(received.date()), |at| Stop::between(received.date(), at.date()))
    }
}

/// The first review of a case.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn first_review(store: &Store, case: Id) -> Result<Option<FirstReview>, Fault> {
    record::of_case(store, case).await
}

/// Its stop of a case's clock; reads only where the item has such a review.
pub(super) async fn stop_of(store: &Store, item: &Item, case: &Case) -> Result<Option<Stop>, Fault> {
    if item.first_review.is_none() {
        return Ok(None);
    }
    let found = record::of_case(store, case.id).await?;
    Ok(found.zip(case.received_at).map(|(review, received)| review.stop(received)))
}

fn due(desk: &Desk<'_>, received: Moment) -> Option<Moment> {
    let clock = desk.catalog.procedure()?.first_review.as_ref()?;
    limits::end_of(&clock.period, received, desk.catalog.calendar()).ok()
}

/// What the first review means for a case that is about to be settled: one that comes to people goes to the agency below
/// first. Gives the stop of the clock above, and the rows.
pub(super) async fn meet(
    desk: &Desk<'_>,
    item: &Item,
    (case, state): (&mut Case, State),
    now: Moment,
) -> Result<(Option<Stop>, Unit), ApprovalError> {
    let unit = desk.base.unit();
    if item.first_review.is_none() {
        return Ok((None, unit));
    }
    let received = case.received_at.unwrap_or(now);
    let due_at = due(desk, received);
    if let Some(mut known) = record::of_case(desk.store(), case.id).await? {
        // Mended, the application is complete from now on, and the limit below begins anew.
        let moved = known.passed.is_none() && known.due_at != due_at;
        let unit = match moved {
            true => unit.update(&FIRST_REVIEW, known.key(), known.version, vec![("due_at", due_at.into())]),
            false => unit,
        };
        known.due_at = if moved { due_at } else { known.due_at };
        return Ok((Some(known.stop(received)), unit));
    }
    let below = desk.catalog.first_reviewer(item, &case.region, now.date()).map(|agency| agency.id.clone());
    let Some(below) = below.filter(|id| *id != case.deciding_agency && is_with_people(state)) else {
        return Ok((None, unit));
    };
    let begun = FirstReview {
        case: case.id,
        agency: below.clone(),
        above: std::mem::replace(&mut case.deciding_agency, below.clone()),
        in_name_of: case.in_name_of.take(),
        begun_at: now,
        due_at,
        passed: None,
        shard: case.shard.clone(),
        version: 1,
    };
    case.first_agency = Some(below);
    let detail = json!({ "agency": begun.agency, "above": begun.above, "due": due_at });
    let unit = unit.insert(&FIRST_REVIEW, begun.values());
    let unit = unit.and(event(desk, case, "first_review_begun", &machine(), detail, now));
    Ok((Some(begun.stop(received)), unit))
}

const fn is_with_people(state: State) -> bool {
    matches!(state, State::InReview | State::SpecialStep)
}

/// Each agency does what is its own: below nobody decides on the matter, above nobody asks the applicant again.
pub(super) async fn in_turn(
    desk: &Desk<'_>,
    item: &Item,
    (case, ruling): (&Case, Ruling),
) -> Result<(), ApprovalError> {
    if item.first_review.is_none() {
        return Ok(());
    }
    let review = record::of_case(desk.store(), case.id).await?;
    match review {
        Some(review) if !allows(&review, ruling) => Err(ApprovalError::Forbidden(why_not(&review))),
        _ => Ok(()),
    }
}

/// Whether this ruling is for whoever has the case now.
pub(super) fn allows(review: &FirstReview, ruling: Ruling) -> bool {
    match ruling {
        Ruling::Grant | Ruling::Refuse | Ruling::Terminate => review.passed.is_some(),
        Ruling::Correct => review.passed.is_none(),
        Ruling::NotAccept => true,
    }
}

fn why_not(review: &FirstReview) -> Text {
    match review.passed {
        None => Text::new(
            "本件先由下级机关审查，把初步审查意见和全部申请材料报送上级机关以后，由上级机关决定（行政许可法第三十五条）",
            "the agency below reviews this case first and passes the whole file up; the agency above decides (article 35)",
        ),
        Some(_) => Text::new(
            "下级机关已经审查并报送全部材料，上级机关不得要求申请人重复提供，请直接作出决定（行政许可法第三十五条）",
            "the file came up whole: the applicant is not asked for it again; decide on the case (article 35)",
        ),
    }
}

/// May this officer pass the case up? The button of the page.
pub fn may_pass_up(actor: &Actor, case: &Case, review: &FirstReview) -> bool {
    let open = review.passed.is_none() && case.state == State::InReview && case.deciding_agency == review.agency;
    open && (case.allows(actor, Right::DecideCase) || case.allows(actor, Right::HandleCase))
}

/// An officer of the agency below passes the whole file up with the opinion of his agency. From now on it lies with the agency
/// above.
///
/// # Errors
/// [`ApprovalError::NotAllowed`] where nothing is reviewed there (any more) or a special step is under way;
/// [`ApprovalError::Forbidden`] where his post does not review, he must stay away, or a piece is missing;
/// [`ApprovalError::Form`] where no opinion is given.
pub async fn pass_up(desk: &Desk<'_>, actor: &Actor, id: Id, up: &PassUp<'_>) -> Result<Case, ApprovalError> {
    let (case, review) = in_hand(desk, actor, id).await?;
    if case.version != up.version {
        return Err(ApprovalError::Changed);
    }
    pending::none_at_the_door(desk, &case).await?;
    let item = item_of(desk, &case)?;
    // All of it goes up, so all of it is there.
    gap::none_open(desk, &item, &case).await?;
    let opinion = said(up.opinion)?;
    let (now, by, version) = (desk.base.now(), actor.signature(), case.version);
    let passed = Passed { favourable: up.favourable, opinion, by: by.name.clone(), at: now };
    let review = FirstReview { passed: Some(passed.clone()), ..review };
    let mut case = Case { deciding_agency: review.above.clone(), in_name_of: review.in_name_of.clone(), ..case };
    let received = case.received_at.unwrap_or(now);
    let stops = step::stops_of(desk.store(), id).await?.into_iter().chain([review.stop(received)]);
    limits::stand_still(desk.catalog, &item, &mut case, &stops.collect::<Vec<_>>());
    let changes = vec![
        ("favourable", passed.favourable.into()),
        ("opinion", (&passed.opinion).into()),
        ("passed_by", (&passed.by).into()),
        ("passed_at", now.into()),
    ];
    let public = json!({ "at": now, "agency": review.agency, "above": review.above, "favourable": passed.favourable });
    let salt = Salt::generate(desk.base.entropy);
    let private = json!({ "opinion": passed.opinion, "by": by });
    let written = leaf::leaf("case.first_reviewed", &case, &public, &private, &salt)?;
    let detail = json!({ "agency": review.agency, "above": review.above, "favourable": passed.favourable });
    let unit = desk
        .base
        .unit()
        .update(&CASE, case.key(), version, case.changes())
        .update(&FIRST_REVIEW, review.key(), review.version, changes)
        .leaf(written)
        .and(assign::moved(desk, &case, now))
        .and(event(desk, &case, "first_reviewed", &by, detail, now));
    desk.store().commit(message::add(unit, &told(desk, &item, &case))).await?;
    Ok(Case { version: version + 1, ..case })
}

/// A case in review below, before an officer whose post reviews there.
async fn in_hand(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(Case, FirstReview), ApprovalError> {
    let case = cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    if !case.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    let review = record::of_case(desk.store(), id).await?;
    let review = review.filter(|r| r.passed.is_none() && case.state == State::InReview);
    let review = review.ok_or(ApprovalError::NotAllowed(case.state))?;
    if !may_pass_up(actor, &case, &review) {
        return Err(ApprovalError::Forbidden(Text::new(
            "您的岗位不能作初步审查",
            "your post may not review this case",
        )));
    }
    recusal::refuse(desk, actor, &case).await?;
    Ok((case, review))
}

fn said(opinion: &str) -> Result<String, ApprovalError> {
    if ruling::are_reasons(opinion) {
        return Ok(opinion.trim().to_owned());
    }
    let message = Text::new("请写明初步审查意见（4 至 4000 字）", "give the opinion (4 to 4000 characters)");
    Err(ApprovalError::Form(vec![FieldError { pointer: "/opinion".into(), code: "reasons.length".into(), message }]))
}

fn told(desk: &Desk<'_>, item: &Item, case: &Case) -> NewMessage {
    let above = desk.catalog.agency(&case.deciding_agency).map(|a| a.name.clone()).unwrap_or_default();
    let number = &case.number;
    NewMessage {
        id: desk.base.id(),
        party: case.applicant,
        kind: MessageKind::Progress,
        title: Text::new(
            format!("{}：初步审查完毕", item.name.zh),
            format!("{}: the first review is done", item.name.en),
        ),
        body: Text::new(
            format!("办件编号 {number}。下级机关已经审查完毕，全部材料报送{}决定，您不用再交材料。", above.zh),
            format!(
                "Case {number}. The first review is done; the whole file went up to {}, which decides. You need hand in nothing again.",
                above.en
            ),
        ),
        link: Some(format!("/cases/{number}")),
        case: Some(case.id),
        at: desk.base.now(),
    }
}

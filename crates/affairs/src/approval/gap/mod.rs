//! Accepted with gaps (容缺受理): the main papers are there, a minor one that the item names may follow by a day inside the
//! promised limit. The case is accepted and worked on; the decision comes only when the piece is there; where it does not
//! come in time the application counts as withdrawn. Local law says so (`procedure.toml`, `[gaps]`).
//!
//! It is not a commitment (告知承诺): there a promise stands in for a proof and the decision comes at once.

mod record;

use evidence::canonical::Salt;
use kernel::{Date, Id, Moment, Text};
use serde_json::json;
use store::{Fault, Store};

use record::GAP;

use super::acts::{Closing, close, item_of};
use super::desk::Desk;
use super::error::ApprovalError;
use super::record::{self as cases, CASE, Case};
use super::settle::{event, machine};
use super::state::{Act, State};
use super::{leaf, pending, recusal};
use crate::access::{Actor, Right};
use crate::catalog::{FieldError, Item, Material, MessageKind};
use crate::message::{self, NewMessage};

/// A piece that may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The case.
    pub case: Id,
    /// The material's id.
    pub material: String,
    /// Its name.
    pub name: Text,
    /// The first moment after the last day on which it may come.
    pub due_at: Moment,
    /// Who accepted without it.
    pub opened_by: String,
    /// When.
    pub opened_at: Moment,
    /// Who took it in, and when, once it came.
    pub filled: Option<(String, Moment)>,
    shard: String,
    version: i64,
}

/// Which pieces may follow, and until when.
#[derive(Debug, Clone)]
pub struct GapOrder<'a> {
    /// Ids of materials that the item lets follow.
    pub materials: &'a [String],
    /// The last day.
    pub until: Date,
    /// The version of the case the officer looked at.
    pub version: i64,
}

/// The gaps of a case, in the order in which they were opened.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn gaps_of(store: &Store, case: Id) -> Result<Vec<Gap>, Fault> {
    record::of_case(store, case).await
}

/// The materials of an item that may follow.
pub fn may_follow(item: &Item) -> impl Iterator<Item = &Material> {
    item.materials.iter().filter(|material| material.may_follow)
}

/// The last day a piece may come: that of the promised limit, or of the limit in law where the promise is of the same day.
pub fn latest(item: &Item, case: &Case) -> Option<Date> {
    let promised = case.committed_due_at.filter(|_| item.committed_limit().period.n > 0);
    promised.or(case.statutory_due_at).map(|due| due.plus_ms(-1).date())
}

/// Whose post lets him accept with gaps and take pieces in.
pub fn may_open_gaps(actor: &Actor, case: &Case) -> bool {
    case.state == State::InReview && handles(actor, case)
}

fn handles(actor: &Actor, case: &Case) -> bool {
    case.allows(actor, Right::HandleCase) || case.allows(actor, Right::DecideCase)
}

/// Accepts a case although pieces are missing, and tells the applicant which and until when.
///
/// # Errors
/// [`ApprovalError::Form`] where a material may not follow or is open already, or the day is past or beyond the promised
/// limit; [`ApprovalError::NotAllowed`] where the case is not with a person.
pub async fn open_gaps(desk: &Desk<'_>, actor: &Actor, id: Id, order: &GapOrder<'_>) -> Result<Case, ApprovalError> {
    let (case, item) = in_hand(desk, actor, id).await?;
    if case.state != State::InReview {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    if case.version != order.version {
        return Err(ApprovalError::Changed);
    }
    pending::none_at_the_door(desk, &case).await?;
    let known = record::of_case(desk.store(), id).await?;
    let materials = checked(desk, (&item, &case), &known, order)?;
    let (now, by) = (desk.base.now(), actor.signature());
    let due_at = Moment::start_of(order.until.tomorrow().unwrap_or(order.until));
    let gap = |material: &Material| Gap {
        case: id,
        material: material.id.clone(),
        name: material.name.clone(),
        due_at,
        opened_by: by.name.clone(),
        opened_at: now,
        filled: None,
        shard: case.shard.clone(),
        version: 1,
    };
    let gaps: Vec<Gap> = materials.into_iter().map(gap).collect();
    let ids: Vec<&str> = gaps.iter().map(|gap| gap.material.as_str()).collect();
    let public = json!({ "at": now, "materials": ids, "until": order.until.to_string() });
    let salt = Salt::generate(desk.base.entropy);
    let written = leaf::leaf("case.gaps_opened", &case, &public, &json!({ "by": by }), &salt)?;
    let unit = desk.base.unit().update(&CASE, case.key(), case.version, vec![("state", case.state.word().into())]);
    let unit = gaps.iter().fold(unit, |unit, gap| unit.insert(&GAP, gap.values())).leaf(written);
    let unit = unit.and(event(desk, &case, "gaps_opened", &by, public, now));
    desk.store().commit(message::add(unit, &told(desk, (&item, &case), &gaps, order.until))).await?;
    Ok(Case { version: case.version + 1, ..case })
}

fn checked<'a>(
    desk: &Desk<'_>,
    (item, case): (&'a Item, &Case),
    known: &[Gap],
    order: &GapOrder<'_>,
) -> Result<Vec<&'a Material>, ApprovalError> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, zh: String, en: String| {
        errors.push(FieldError { pointer: pointer.into(), code: "gap".into(), message: Text::new(zh, en) });
    };
    let chosen: Vec<&Material> = may_follow(item).filter(|m| order.materials.contains(&m.id)).collect();
    if chosen.is_empty() || chosen.len() != order.materials.len() {
        wrong("/material", "请选择事项允许后补的材料".into(), "choose materials that the item lets follow".into());
    }
    for again in chosen.iter().filter(|m| known.iter().any(|gap| gap.material == m.id)) {
        wrong("/material", format!("“{}”已经登记为后补", again.name.zh), format!("{} is open already", again.name.en));
    }
    let today = desk.base.now().date();
    match latest(item, case) {
        Some(last) if order.until < today || order.until > last => wrong(
            "/until",
            format!("补交的日期要在今天到承诺期限（{last}）之间"),
            format!("the day lies between today and the promised limit ({last})"),
        ),
        None => wrong("/until", "期限算不出，不能容缺".into(), "the limit is not known: no gaps".into()),
        Some(_) => {}
    }
    if errors.is_empty() { Ok(chosen) } else { Err(ApprovalError::Form(errors)) }
}

/// Takes a piece in.
///
/// # Errors
/// [`ApprovalError::NotFound`] where no such piece is open; [`ApprovalError::NotAllowed`] where the case is closed;
/// [`ApprovalError::Forbidden`] while a signed decision waits at the door.
pub async fn fill_gap(desk: &Desk<'_>, actor: &Actor, id: Id, material: &str) -> Result<(), ApprovalError> {
    let (case, _) = in_hand(desk, actor, id).await?;
    if !matches!(case.state, State::InReview | State::SpecialStep) {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    pending::none_at_the_door(desk, &case).await?;
    let gaps = record::of_case(desk.store(), id).await?;
    let open = gaps.into_iter().find(|gap| gap.material == material && gap.filled.is_none());
    let gap = open.ok_or(ApprovalError::NotFound)?;
    let (now, by) = (desk.base.now(), actor.signature());
    let public = json!({ "at": now, "material": gap.material });
    let salt = Salt::generate(desk.base.entropy);
    let written = leaf::leaf("case.gap_filled", &case, &public, &json!({ "by": by }), &salt)?;
    let changes = vec![("filled_by", (&by.name).into()), ("filled_at", now.into())];
    let detail = json!({ "why": gap.name });
    // The case takes a new version, so that nobody signs on what he saw before.
    let unit = desk.base.unit().update(&CASE, case.key(), case.version, vec![("state", case.state.word().into())]);
    let unit = unit.update(&GAP, gap.key(), gap.version, changes).leaf(written);
    desk.store().commit(unit.and(event(desk, &case, "gap_filled", &by, detail, now))).await?;
    Ok(())
}

/// A decision comes when every piece is there.
pub(super) async fn none_open(desk: &Desk<'_>, item: &Item, case: &Case) -> Result<(), ApprovalError> {
    if may_follow(item).next().is_none() {
        return Ok(());
    }
    let gaps = record::of_case(desk.store(), case.id).await?;
    let open: Vec<&Gap> = gaps.iter().filter(|gap| gap.filled.is_none()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let names = |of: fn(&Text) -> &str, mark: &str| open.iter().map(|g| of(&g.name)).collect::<Vec<_>>().join(mark);
    Err(ApprovalError::Forbidden(Text::new(
        format!("容缺的材料还没有补交：{}。补齐以后才能作出决定", names(|t| &t.zh, "、")),
        format!(
            "pieces that may follow have not come: {}. The decision comes when they are there",
            names(|t| &t.en, ", ")
        ),
    )))
}

/// Ends the cases whose pieces did not come in time. Gives how many; called by the clock.
///
/// # Errors
/// A fault of the database.
pub async fn end_gaps(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let mut ended = 0;
    for case in record::late(desk.store(), desk.base.now()).await? {
        let item = item_of(desk, &case)?;
        let reason = "容缺的材料没有在约定的日期前补交，视为撤回申请";
        let closing = Closing { act: Act::MissPiece, kind: "lapsed", by: machine(), reason };
        match close(desk, &item, case, &closing).await {
            Ok(_) => ended += 1,
            Err(ApprovalError::Changed | ApprovalError::NotAllowed(_) | ApprovalError::NoEvidence(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(ended)
}

async fn in_hand(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(Case, std::sync::Arc<Item>), ApprovalError> {
    let case = cases::case(desk.store(), id).await?.ok_or(ApprovalError::NotFound)?;
    if !case.allows(actor, Right::ViewCase) {
        return Err(ApprovalError::NotFound);
    }
    if !handles(actor, &case) {
        return Err(ApprovalError::Forbidden(Text::new(
            "您的岗位不能办理容缺受理",
            "your post may not accept with gaps",
        )));
    }
    recusal::refuse(desk, actor, &case).await?;
    let item = item_of(desk, &case)?;
    Ok((case, item))
}

fn told(desk: &Desk<'_>, (item, case): (&Item, &Case), gaps: &[Gap], until: Date) -> NewMessage {
    let names = |of: fn(&Text) -> &str, mark: &str| gaps.iter().map(|g| of(&g.name)).collect::<Vec<_>>().join(mark);
    let (number, zh, en) = (&case.number, names(|t| &t.zh, "、"), names(|t| &t.en, ", "));
    NewMessage {
        id: desk.base.id(),
        party: case.applicant,
        kind: MessageKind::Action,
        title: Text::new(format!("{}：容缺受理", item.name.zh), format!("{}: accepted with gaps", item.name.en)),
        body: Text::new(
            format!("办件编号 {number}。已经受理，还差：{zh}。请在 {until} 前补交，补齐后作出决定；逾期视为撤回申请。"),
            format!(
                "Case {number}. Accepted; still missing: {en}. Hand it in by {until}: the decision comes then. Later the \
                 application counts as withdrawn."
            ),
        ),
        link: Some(format!("/cases/{number}")),
        case: Some(case.id),
        at: desk.base.now(),
    }
}

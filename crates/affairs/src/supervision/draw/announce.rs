//! Before the draw: prepared, looked at, announced as one leaf of the log; or dropped, or broken off with a public reason.

use std::collections::BTreeMap;

use evidence::draw::{Announcement, Order, Roll, RollError};
use evidence::key::{Algorithm, PublicKey};
use evidence::tree::leaf_hash;
use evidence::vault::Vault;
use kernel::{Date, Text};
use serde_json::json;
use store::{Fault, Leaf, Unit};

use super::super::decide::end_far_ahead;
use super::super::error::SupervisionError;
use super::super::inspect::terms;
use super::super::ledger::{canonical, field, said};
use super::pool::{Pool, pool};
use super::record::{self, CHAIN, DRAW, Draw, DrawState};
use crate::access::{Actor, Right, Signature};
use crate::approval::Desk;
use crate::catalog::FieldError;

/// Keys a draw is announced, revealed and verified with.
#[derive(Clone, Copy, Debug)]
pub struct DrawKeys<'a> {
    /// The log's; those of Ed25519 are named in announcements.
    pub log: &'a [PublicKey],
    /// The witnesses', in the order in which their co-signatures are taken.
    pub witnesses: &'a [PublicKey],
    /// Locks the secret until it is told.
    pub vault: &'a Vault,
}

impl DrawKeys<'_> {
    /// The log's keys that can stand in an announcement.
    pub(super) fn named(&self) -> Vec<PublicKey> {
        self.log.iter().filter(|key| key.algorithm() == Algorithm::Ed25519).cloned().collect()
    }
}

/// What is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Preparing<'a> {
    /// Who draws.
    pub agency: &'a str,
    /// An item's id or a trade's.
    pub scope: &'a str,
    /// How many.
    pub take: &'a str,
    /// The day for which inspections are planned.
    pub visit_on: &'a str,
}

/// What would be announced now.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The list; or why it is none.
    pub roll: Result<Roll, RollError>,
    /// Why that many cannot be drawn from it.
    pub hindrance: Option<Text>,
}

/// Prepares a draw: nothing is fixed yet, and it can be dropped.
///
/// # Errors
/// [`SupervisionError::Form`] with everything wrong at once; [`SupervisionError::NotFound`] where this officer does not lead there.
pub async fn prepare(desk: &Desk<'_>, actor: &Actor, new: &Preparing<'_>) -> Result<Draw, SupervisionError> {
    let now = desk.base.now();
    let draw_terms = terms(desk)?.rules.draw;
    let (take, visit_on, items) = checked(desk, &draw_terms, new).map_err(SupervisionError::Form)?;
    let agency = desk.catalog.agency(new.agency).ok_or(SupervisionError::NotFound)?;
    let draw = Draw {
        shard: desk.base.shard.to_owned(),
        id: desk.base.id(),
        version: 1,
        agency: new.agency.to_owned(),
        region: agency.region.map(|region| region.to_string()).unwrap_or_default(),
        item: items.first().cloned().unwrap_or_default(),
        scope: new.scope.to_owned(),
        items,
        order: Order { take, each: draw_terms.each },
        visit_on,
        state: DrawState::Prepared,
        prepared_at: now,
        prepared_by: actor.signature().name,
        number: None,
        announced_at: None,
        announced_by: None,
        closes_on: None,
        announcement: None,
        roll: None,
        holders: BTreeMap::new(),
        secret: None,
        revealed_at: None,
        revealed: None,
        proof: None,
        pairs: Vec::new(),
        reason: None,
    };
    if !draw.is_led_by(actor) {
        return Err(SupervisionError::NotFound);
    }
    desk.store().commit(desk.base.unit().insert(&DRAW, draw.values()?)).await?;
    Ok(draw)
}

type Checked = (u32, Date, Vec<String>);

fn checked(desk: &Desk<'_>, terms: &super::DrawTerms, new: &Preparing<'_>) -> Result<Checked, Vec<FieldError>> {
    let (mut wrong, today) = (Vec::new(), desk.base.now().date());
    let items = terms.items(new.scope);
    let known = |item: &String| desk.catalog.item(item, today).is_some();
    if new.agency.is_empty() {
        wrong.push(field("/agency", "agency", "请选择抽取机关", "choose the agency that draws"));
    }
    if !items.iter().any(known) {
        wrong.push(field("/scope", "scope", "请选择事项或行业", "choose an item or a trade"));
    }
    let take: Option<u32> = new.take.trim().parse().ok().filter(|take| *take > 0);
    if take.is_none() {
        wrong.push(field("/take", "number", "请填写抽几个：1 以上的整数", "say how many: a whole number from 1"));
    }
    let furthest = today.saturating_add(jiff::Span::new().days(366));
    let visit_on: Option<Date> = new.visit_on.trim().parse().ok().filter(|day| (today..=furthest).contains(day));
    if visit_on.is_none() {
        wrong.push(field(
            "/visit_on",
            "day",
            "请选择检查日期：今天起一年以内",
            "choose a day: from today, within a year",
        ));
    }
    match (take, visit_on) {
        (Some(take), Some(day)) if wrong.is_empty() => Ok((take, day, items)),
        _ => Err(wrong),
    }
}

/// A prepared draw's list as it would be announced now, and what hinders that.
///
/// # Errors
/// A fault of the database or of the catalogue.
pub async fn preview(desk: &Desk<'_>, draw: &Draw) -> Result<Preview, Fault> {
    let draw_terms = terms(desk)?.rules.draw;
    let Pool { roll, .. } = pool(desk, draw, &draw_terms).await?;
    Ok(Preview { hindrance: hindrance(&roll, draw.order, draw_terms.most_targets), roll })
}

/// Why that many cannot be drawn from this list whatever falls.
fn hindrance(roll: &Result<Roll, RollError>, order: Order, most: u32) -> Option<Text> {
    match roll {
        Err(RollError::Size { targets: 0, .. }) => Some(Text::new(
            "名单里没有对象：这个范围内没有有效的许可由本机关监管",
            "there is nobody to inspect in this scope",
        )),
        Err(RollError::Size { officers: 0, .. }) => Some(Text::new(
            "没有可派的执法人员：请先登记有资格的执法人员",
            "there is no officer to send: write down qualified officers first",
        )),
        Err(wrong) => Some(wrong.text()),
        Ok(roll) if roll.targets().len() > most as usize => Some(Text::new(
            format!("名单超过{most}个对象，请缩小范围"),
            format!("the list has more than {most} targets: choose a smaller scope"),
        )),
        Ok(roll) => roll.check(order).err().map(|wrong| wrong.text()),
    }
}

/// Announces a draw: list, numbers, commitment, witnesses, as one leaf. From now on nothing of it can be changed.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] with the reason where it cannot be drawn whatever falls, or where no witness is configured;
/// [`SupervisionError::Changed`] where the agency announced another one in the same moment.
pub async fn announce(
    desk: &Desk<'_>,
    actor: &Actor,
    (draw, version): (kernel::Id, i64),
    keys: &DrawKeys<'_>,
) -> Result<Draw, SupervisionError> {
    let mut draw = led(desk, actor, (draw, version)).await?;
    if draw.state != DrawState::Prepared {
        return Err(SupervisionError::not_allowed("已经公告过，或者已经取消", "it was announced or dropped already"));
    }
    if keys.witnesses.is_empty() || keys.named().is_empty() {
        return Err(SupervisionError::not_allowed(
            "没有配置见证人。没有见证人的抽取谁也无法核实，不能公告；请管理员在配置中写入 [witnesses.名称]",
            "no witness is configured: a draw that nobody else vouches for cannot be announced; the operator writes [witnesses.NAME]",
        ));
    }
    let draw_terms = terms(desk)?.rules.draw;
    let Pool { roll, holders } = pool(desk, &draw, &draw_terms).await?;
    if let Some(why) = hindrance(&roll, draw.order, draw_terms.most_targets) {
        return Err(SupervisionError::NotAllowed(why));
    }
    let roll = roll.map_err(|wrong| Fault::Misuse(wrong.to_string()))?;
    let unit = fixed(desk, (&mut draw, &actor.signature()), (roll, holders), (keys, &draw_terms)).await?;
    desk.store().commit(unit).await?;
    draw.version += 1;
    Ok(draw)
}

/// The announcement's rows: the draw, the agency's chain, the leaf.
async fn fixed(
    desk: &Desk<'_>,
    (draw, by): (&mut Draw, &Signature),
    (roll, holders): (Roll, BTreeMap<String, record::Holder>),
    (keys, terms): (&DrawKeys<'_>, &super::DrawTerms),
) -> Result<Unit, SupervisionError> {
    let (now, before) = (desk.base.now(), record::chain(desk.store(), &draw.shard, &draw.agency).await?);
    let number = before.as_ref().map_or(1, |(_, number, _)| number + 1);
    let mut secret = [0; 32];
    desk.base.entropy.fill(&mut secret);
    let end = end_far_ahead(&terms.close, now, desk.catalog.calendar());
    let closes_on = end.map(|end| end.plus_ms(-1).date());
    let closes_on = closes_on.ok_or_else(|| Fault::Misuse("the calendar does not reach a draw's end".to_owned()))?;
    let previous = before.as_ref().map(|(.., leaf)| leaf.parse::<evidence::Hash>()).transpose();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let announcement = Announcement {
        agency: draw.agency.clone(),
        number,
        previous: previous.map_err(|_| Fault::Damaged("draw_chain.leaf is no hash".to_owned()))?,
        closes_on,
        origin: desk.issuer.origin.clone(),
        log: keys.named(),
        witnesses: keys.witnesses.to_vec(),
        commitment: Announcement::commit(&draw.agency, number, &secret),
        roll: roll.hash(),
        targets: count(roll.targets().len()),
        officers: count(roll.officers().len()),
        order: draw.order,
    };
    let text = announcement.to_text().map_err(|e| Fault::Misuse(format!("an announcement cannot be written: {e}")))?;
    let leaf = leaf_hash(text.as_bytes()).to_string();
    let locked = keys.vault.lock(&purpose(draw), &secret, desk.base.entropy);
    draw.secret = Some(locked.ok_or_else(|| Fault::Misuse("a secret cannot be locked".to_owned()))?);
    draw.state = DrawState::Announced;
    draw.number = Some(number);
    draw.announced_at = Some(now);
    draw.announced_by = Some(by.name.clone());
    draw.closes_on = Some(closes_on);
    draw.roll = Some(roll);
    draw.holders = holders;
    draw.announcement = Some(text.clone());
    let key = vec![(&draw.shard).into(), (&draw.agency).into()];
    let unit = desk.base.unit().update(&DRAW, draw.key(), draw.version, draw.changes()?);
    let unit = match before {
        Some((version, ..)) => {
            unit.update(&CHAIN, key, version, vec![("number", number.into()), ("leaf", leaf.into())])
        }
        None => unit.insert(&CHAIN, key.into_iter().chain([1_i64.into(), number.into(), leaf.into()]).collect()),
    };
    Ok(unit.leaf(Leaf { subject: draw.id, kind: ANNOUNCED, bytes: text.into_bytes() }))
}

/// The leaf that is an announcement.
pub(super) const ANNOUNCED: &str = "draw.announced";

/// What a secret is locked for.
pub(super) fn purpose(draw: &Draw) -> String {
    format!("budayang/draw-secret@v1\n{}\n{}\n", draw.shard, draw.id)
}

/// A draw this officer leads, in the version he looked at.
pub(super) async fn led(
    desk: &Desk<'_>,
    actor: &Actor,
    (draw, version): (kernel::Id, i64),
) -> Result<Draw, SupervisionError> {
    let found = record::by_id(desk.store(), draw).await?.filter(|draw| draw.allows(actor, Right::ViewDuty));
    let found = found.ok_or(SupervisionError::NotFound)?;
    if !found.is_led_by(actor) {
        return Err(SupervisionError::forbidden(
            "随机抽查由本机关负责人准备、公告和终止",
            "the head of the agency prepares, announces and breaks off draws",
        ));
    }
    if found.version != version {
        return Err(SupervisionError::Changed);
    }
    Ok(found)
}

/// Drops a draw that was not announced.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where it was announced: then it is broken off, with a public reason.
pub async fn drop_prepared(desk: &Desk<'_>, actor: &Actor, of: (kernel::Id, i64)) -> Result<Draw, SupervisionError> {
    let mut draw = led(desk, actor, of).await?;
    if draw.state != DrawState::Prepared {
        return Err(SupervisionError::not_allowed(
            "已经公告的抽取不能取消，只能写明原因终止",
            "what was announced is not dropped",
        ));
    }
    draw.state = DrawState::Dropped;
    desk.store().commit(desk.base.unit().update(&DRAW, draw.key(), draw.version, draw.changes()?)).await?;
    draw.version += 1;
    Ok(draw)
}

/// Breaks off an announced draw, with a reason that is public.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where it has a result, or was never announced.
pub async fn break_off(
    desk: &Desk<'_>,
    actor: &Actor,
    of: (kernel::Id, i64),
    why: &str,
) -> Result<Draw, SupervisionError> {
    let mut draw = led(desk, actor, of).await?;
    if draw.state != DrawState::Announced {
        return Err(SupervisionError::not_allowed(
            "只有已经公告、还没有结果的抽取可以终止",
            "only an announced draw without result is broken off",
        ));
    }
    let why = said("/reason", why)?;
    let unit = broken_off(desk, (&mut draw, &actor.signature().name), &why)?;
    desk.store().commit(unit).await?;
    draw.version += 1;
    Ok(draw)
}

/// Breaks off what has no result after its last day. Gives how many.
///
/// # Errors
/// A fault of the database.
pub async fn lapse(desk: &Desk<'_>) -> Result<usize, SupervisionError> {
    let today = desk.base.now().date();
    let waiting = record::waiting_draws(desk.store()).await?;
    let mut done = 0;
    for late in waiting.into_iter().filter(|draw| draw.closes_on.is_some_and(|last| last < today)) {
        let Some(mut draw) = record::by_id(desk.store(), late.id).await? else { continue };
        let why = "到期没有公布结果（系统记录） / no result by the last day (noted by the system)";
        let unit = broken_off(desk, (&mut draw, &Actor::Machine.signature().name), why)?;
        desk.store().commit(unit).await?;
        done += 1;
    }
    Ok(done)
}

fn broken_off(desk: &Desk<'_>, (draw, by): (&mut Draw, &str), why: &str) -> Result<Unit, SupervisionError> {
    const KIND: &str = "draw.broken_off";
    draw.state = DrawState::BrokenOff;
    draw.secret = None;
    draw.reason = Some(why.to_owned());
    let body = json!({
        "schema": 1, "kind": KIND, "agency": draw.agency, "number": draw.number, "reason": why, "by": by,
        "at": desk.base.now(),
    });
    let leaf = Leaf { subject: draw.id, kind: KIND, bytes: canonical(&body)?.into_bytes() };
    Ok(desk.base.unit().update(&DRAW, draw.key(), draw.version, draw.changes()?).leaf(leaf))
}

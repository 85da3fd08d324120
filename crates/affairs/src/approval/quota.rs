//! What a case holds of a quota: drawn when it is accepted, in the order of acceptance (Administrative Licensing Law,
//! article 57), and given back once when it ends without a grant or its grant is annulled.
//!
//! The counter and the row of what a case holds change in the unit of the act itself. The counter is guarded, so it never
//! falls below zero; the row is versioned, so nothing is given back twice: what is left always equals the amount less the
//! sum of what cases hold.

mod record;

use kernel::{Id, Moment, RegionCode, Text};
use store::{Fault, Store, Unit};

use record::{TAKEN, count};
pub use record::{Taken, taken_by};

use super::desk::Desk;
use super::record::Case;
use super::state::State;
use crate::catalog::{Inputs, Item, Quota, QuotaUse, Reading, quota_counter, quota_reading};

impl Taken {
    fn counter(&self) -> String {
        quota_counter(&self.quota, &self.region, self.year)
    }

    /// Puts it back, wholly and once; nothing where it was put back already.
    fn give_back(&self, unit: Unit, at: Moment) -> Unit {
        if self.amount == 0 {
            return unit;
        }
        let key = vec![(&self.shard).into(), self.case.into()];
        let changes = vec![("amount", 0.into()), ("taken_at", at.into())];
        unit.update(&TAKEN, key, self.version, changes).count(self.counter(), self.amount)
    }
}

/// The unit that gives back what a case holds: for withdrawal, lapse, and for the annulment of its grant. Added to the
/// unit of that act; committed twice, the second one meets a conflict.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn quota_returned(desk: &Desk<'_>, case: Id) -> Result<Unit, Fault> {
    let unit = desk.base.unit();
    let held = taken_by(desk.store(), case).await?;
    Ok(held.map_or_else(|| desk.base.unit(), |held| held.give_back(unit, desk.base.now())))
}

/// How a case stands to its quota at the moment of a run.
#[derive(Clone, Debug)]
pub(super) struct Stand {
    quota: Quota,
    /// The row that counts, and what is left of it for this case: what it holds already included.
    row: Option<(String, i64, i64)>,
    /// How much the case takes.
    wanted: Option<i64>,
    held: Option<Taken>,
}

/// Looks at the quota of a case, given its other facts; with the reading for the rules.
pub(super) async fn look(
    desk: &Desk<'_>,
    item: &Item,
    case: &Case,
    (inputs, now): (&Inputs, Moment),
) -> Result<Option<(Stand, Reading)>, Fault> {
    let Some(rule) = &item.quota else { return Ok(None) };
    let Some(quota) = desk.catalog.figures().quota(&rule.quota) else { return Ok(None) };
    let place = inputs.value(&rule.region).and_then(|v| v.as_str()).unwrap_or_default();
    let asked = Asked { quota, place, wanted: wanted(rule, inputs) };
    stand(desk.store(), (&case.shard, case.id), asked, now).await.map(Some)
}

/// What a case asks of a quota.
#[derive(Clone, Copy)]
struct Asked<'a> {
    quota: &'a Quota,
    place: &'a str,
    wanted: Option<i64>,
}

async fn stand(
    store: &Store,
    (shard, case): (&str, Id),
    Asked { quota, place, wanted }: Asked<'_>,
    now: Moment,
) -> Result<(Stand, Reading), Fault> {
    let held = taken_by(store, case).await?;
    // What was accepted in December and is decided in January counts in the old year.
    let year = held.as_ref().filter(|h| h.amount > 0).map_or(i64::from(now.date().year()), |h| h.year);
    let row = place.parse::<RegionCode>().ok().and_then(|code| quota.row(code, i16::try_from(year).ok()?));
    let mut left = None;
    if let Some(row) = row {
        let region = row.region.to_string();
        let counter = quota_counter(&quota.id, &region, year);
        let own = held.as_ref().filter(|h| h.counter() == counter).map_or(0, |h| h.amount);
        left = count(store, shard, &counter).await?.map(|n| (region, year, n + own));
    }
    let reading = quota_reading(&quota.id, place, row.zip(left.as_ref().map(|(.., n)| *n)), now);
    Ok((Stand { quota: quota.clone(), row: left, wanted, held }, reading))
}

/// How much a case takes: whole units, at least one.
fn wanted(rule: &QuotaUse, inputs: &Inputs) -> Option<i64> {
    inputs.value(&rule.amount)?.as_i64().filter(|n| *n > 0)
}

impl Stand {
    /// Why the case cannot be granted out of the quota now; nothing where it can.
    pub(super) fn short(&self) -> Option<Text> {
        let unit = &self.quota.unit;
        match (&self.row, self.wanted) {
            (None, _) => Some(Text::new(
                format!("{}：该地当年没有可用的限额", self.quota.name.zh),
                format!("{}: there is no quota for this place and year", self.quota.name.en),
            )),
            (_, None) => Some(Text::new(
                format!("{}：申请数量不明，无法计入限额", self.quota.name.zh),
                format!("{}: how much is asked for is not known in whole units", self.quota.name.en),
            )),
            (Some((.., left)), Some(wanted)) if wanted > *left => Some(Text::new(
                format!("{}：剩余{left}{}，本件需要{wanted}{}，余量不足", self.quota.name.zh, unit.zh, unit.zh),
                format!("{}: {left} {} are left, this case needs {wanted}", self.quota.name.en, unit.en),
            )),
            _ => None,
        }
    }

    /// What changes when the case comes to `state`: drawn on acceptance where there is enough, kept while it is open,
    /// given back when it ends without a grant.
    pub(super) fn settle(&self, unit: Unit, case: Id, (state, at): (State, Moment)) -> Unit {
        match state {
            State::Granted => self.draw(unit, case, at),
            State::InReview | State::SpecialStep if self.short().is_none() => self.draw(unit, case, at),
            open if open.is_open() => unit,
            _ => self.held.iter().fold(unit, |unit, held| held.give_back(unit, at)),
        }
    }

    /// Draws what the case wants, or the difference to what it holds. The guard speaks last: whoever drew in between
    /// makes the whole unit fail, and the case is decided anew with what is then left.
    fn draw(&self, unit: Unit, case: Id, at: Moment) -> Unit {
        let (Some((region, year, _)), Some(wanted)) = (&self.row, self.wanted) else { return unit };
        let counter = quota_counter(&self.quota.id, region, *year);
        let Some(held) = &self.held else {
            let row = vec![
                unit.shard().into(),
                case.into(),
                1.into(),
                (&self.quota.id).into(),
                region.into(),
                (*year).into(),
                wanted.into(),
                at.into(),
            ];
            return unit.insert(&TAKEN, row).guard(counter, -wanted, 0);
        };
        let same = held.counter() == counter;
        if same && held.amount == wanted {
            return unit;
        }
        let changes = vec![
            ("quota", (&self.quota.id).into()),
            ("region", region.into()),
            ("year", (*year).into()),
            ("amount", wanted.into()),
            ("taken_at", at.into()),
        ];
        let unit = unit.update(&TAKEN, vec![(&held.shard).into(), case.into()], held.version, changes);
        if same {
            return unit.guard(counter, held.amount - wanted, 0);
        }
        let unit = if held.amount == 0 { unit } else { unit.count(held.counter(), held.amount) };
        unit.guard(counter, -wanted, 0)
    }
}

#[cfg(test)]
mod tests;

//! How the limits of duties stand, and the lights of those that come near or are over: unclaimed turns yellow, then red, and
//! what nobody answers goes up (room `light`).

use kernel::{Moment, Period};
use store::{CommitError, Fault, Store, Unit};

use super::decide;
use super::record::{self, COUNTED, DUTY, Duty, DutyState};
use crate::access;
use crate::catalog::Catalog;
use crate::light::{self, Colour, Mismatch, Reached};

/// One limit of a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DutyClock {
    /// `claim`, `act` or `tell_back`.
    pub word: &'static str,
    /// The first moment after it.
    pub due: Moment,
    /// From when on little is left of it.
    pub warned: Moment,
    /// What it waited for happened; none while it runs.
    pub ended: Option<Moment>,
}

impl DutyClock {
    /// Its colour at `now`: what was reached before it ended stays.
    pub fn colour(&self, now: Moment) -> Colour {
        let at = self.ended.map_or(now, |end| end.min(now));
        match (at >= self.due, at >= self.warned) {
            (true, _) => Colour::Red,
            (false, true) => Colour::Yellow,
            (false, false) => Colour::Green,
        }
    }

    fn changes_at(&self, now: Moment) -> Option<Moment> {
        let open = self.ended.is_none();
        [self.warned, self.due].into_iter().filter(|mark| open && *mark > now).min()
    }
}

/// The limits of a duty that have begun, as its row and the calendar say.
pub fn clocks(duty: &Duty, catalog: &Catalog) -> Vec<DutyClock> {
    let ended = |done: Option<Moment>| done.or(duty.ended_at);
    let all = [
        ("claim", duty.claim_due_at, ended(duty.claimed_at)),
        ("act", duty.action_due_at, ended(duty.acted_at)),
        ("tell_back", duty.feedback_due_at, duty.ended_at),
    ];
    let clock = |(word, due, ended): (&'static str, Option<Moment>, Option<Moment>)| {
        let due = due?;
        Some(DutyClock { word, due, warned: warned(due, catalog).max(duty.born_at), ended })
    };
    all.into_iter().filter_map(clock).collect()
}

/// When little is left of a limit: so many working days before its last day, as the catalogue warns; the last day where the
/// calendar does not reach.
fn warned(due: Moment, catalog: &Catalog) -> Moment {
    let last = due.plus_ms(-1).date();
    let begin = catalog.procedure().and_then(|procedure| {
        let left = procedure.warning.period.n.saturating_sub(1);
        let back = Period::at_least(left, procedure.warning.period.unit);
        back.back_from(last, catalog.calendar()).ok()
    });
    Moment::start_of(begin.unwrap_or(last))
}

/// When a limit of it comes near or is over next; none where nothing more will by itself.
pub(super) fn next(duty: &Duty, catalog: &Catalog, now: Moment) -> Option<Moment> {
    clocks(duty, catalog).iter().filter_map(|clock| clock.changes_at(now)).min()
}

/// The word under which a light of a duty's limit stands.
pub fn light_word(duty: &Duty, clock: &DutyClock) -> String {
    format!("{LIGHT}{}:{}", clock.word, duty.id)
}

/// What the words of these lights begin with.
pub const LIGHT: &str = "duty_";

/// Lights what was reached of the duties' limits. Gives how many lights were lit. What cannot be written now is lit at the next
/// turn.
///
/// # Errors
/// A fault of the database.
pub async fn watch(desk: &access::Desk<'_>, catalog: &Catalog) -> Result<usize, Fault> {
    let mut lit = 0;
    for duty in record::due(desk.store, desk.now()).await? {
        let (unit, lights) = look(desk, catalog, &duty).await?;
        match desk.store.commit(unit).await {
            Ok(_) => lit += lights,
            // Claimed, or lit by another node, in the same moment.
            Err(CommitError::Conflict(_)) => {}
            Err(CommitError::NoEvidence { why }) => {
                tracing::warn!(why, "a light of a duty could not be written down yet");
            }
            Err(CommitError::Fault(fault)) => return Err(fault),
            Err(CommitError::Stopped) => return Err(Fault::Stopped),
        }
    }
    Ok(lit)
}

async fn look(desk: &access::Desk<'_>, catalog: &Catalog, duty: &Duty) -> Result<(Unit, usize), Fault> {
    let now = desk.now();
    let known = light::lights_of(desk.store, duty.case_id).await?;
    let mut unit =
        desk.unit().update(&DUTY, duty.key(), duty.version, vec![("next_at", next(duty, catalog, now).into())]);
    let mut lights = 0;
    for clock in clocks(duty, catalog) {
        let (word, colour) = (light_word(duty, &clock), clock.colour(now));
        let before = known.iter().filter(|l| l.clock == word).map(|l| l.colour).max().unwrap_or(Colour::Green);
        if colour > before {
            let reached = Reached {
                shard: &duty.shard,
                case: duty.case_id,
                clock: word,
                colour,
                number: &duty.case_number,
                item: &duty.item,
                agency: &duty.agency,
                region: &duty.region,
                due_at: Some(clock.due),
            };
            unit = unit.and(light::lit(desk, catalog, &reached)?);
            lights += 1;
        }
    }
    Ok((unit, lights))
}

/// Works the limits of every duty out again from the item that bore it, holds their lights and counters against the rows.
/// Nothing returned: they agree.
///
/// # Errors
/// A fault of the database.
pub async fn recount(store: &Store, shard: &str, catalog: &Catalog, now: Moment) -> Result<Vec<Mismatch>, Fault> {
    let (mut differ, mut after) = (Vec::new(), String::new());
    loop {
        let page = record::page(store, shard, &after).await?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for duty in &page {
            differ.extend(limits_differ(duty, catalog));
            differ.extend(unlit(store, duty, catalog, now).await?);
        }
    }
    let counters = store.recount(shard, "duty/", COUNTED, vec![shard.into()]).await?;
    differ.extend(counters.into_iter().map(|d| Mismatch {
        of: d.key,
        clock: String::new(),
        kept: d.kept.to_string(),
        recounted: d.counted.to_string(),
    }));
    Ok(differ)
}

fn limits_differ(duty: &Duty, catalog: &Catalog) -> Vec<Mismatch> {
    let Some((claim, action)) = decide::limits_again(duty, catalog) else { return Vec::new() };
    let shown = |due: Option<Moment>| due.map(|at| at.to_string()).unwrap_or_default();
    let pairs = [("claim", duty.claim_due_at, claim), ("act", duty.action_due_at, action)];
    let differ = pairs.into_iter().filter(|(_, kept, again)| kept != again);
    differ
        .map(|(clock, kept, again)| Mismatch {
            of: duty.case_number.clone(),
            clock: clock.to_owned(),
            kept: shown(kept),
            recounted: shown(again),
        })
        .collect()
}

/// Limits that are past and have no light: only those the watch has come to since.
async fn unlit(store: &Store, duty: &Duty, catalog: &Catalog, now: Moment) -> Result<Vec<Mismatch>, Fault> {
    let behind = duty.next_at.is_some_and(|next| next <= now);
    if behind || duty.state == DutyState::Ended {
        return Ok(Vec::new());
    }
    let lights = light::lights_of(store, duty.case_id).await?;
    let kept = |word: &str| lights.iter().filter(|l| l.clock == word).map(|l| l.colour).max().unwrap_or(Colour::Green);
    let differs = |clock: &DutyClock| {
        let (word, colour) = (light_word(duty, clock), clock.colour(now));
        let kept = kept(&word);
        (kept < colour).then(|| Mismatch {
            of: duty.case_number.clone(),
            clock: word,
            kept: kept.word().to_owned(),
            recounted: colour.word().to_owned(),
        })
    };
    Ok(clocks(duty, catalog).iter().filter_map(differs).collect())
}

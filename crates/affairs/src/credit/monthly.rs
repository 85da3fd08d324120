//! Everybody's class on one day, computed again from what is recorded: one walk over the events in the order of the parties, a page at a
//! time. What it gives is what [`super::standing_of`] gives for each party alone.

use kernel::{Date, Id};
use store::{Fault, Store};

use super::book::Rules;
use super::decide::{Event, Standing, standing};
use super::record::{Recorded, page};

/// Computes the standing of every party of which something is recorded, and hands each to `each`. Gives how many there were.
///
/// In memory: a page of events, and those of one party.
///
/// # Errors
/// A fault of the database.
pub async fn recomputed(
    store: &Store,
    rules: &Rules,
    day: Date,
    each: &mut dyn FnMut(Id, &Standing),
) -> Result<u64, Fault> {
    let (mut parties, mut after) = (0, None);
    let mut open: Option<(Id, Vec<Event>)> = None;
    loop {
        let found = page(store, after.as_ref()).await?;
        let Some(last) = found.last() else { break };
        after = Some((last.party, last.event.on, last.id));
        for Recorded { party, event, .. } in found {
            match &mut open {
                Some((of, events)) if *of == party => events.push(event),
                _ => {
                    if let Some((of, events)) = open.replace((party, vec![event])) {
                        each(of, &standing(rules, &events, day));
                        parties += 1;
                    }
                }
            }
        }
    }
    if let Some((of, events)) = open {
        each(of, &standing(rules, &events, day));
        parties += 1;
    }
    Ok(parties)
}

//! Where an officer sits: one seat each, and one officer at a counter. Whoever sits down elsewhere has left, and the counter he had
//! open is closed with it; nobody takes a counter at which somebody is being served.

use kernel::Text;
use store::{Fault, Unit};

use super::counter::{officer_of, staffed};
use super::error::TicketError;
use super::record::{self, COUNTER, SEAT, Seat, Staffed, Ticket};
use crate::access::Actor;
use crate::approval::Desk;

/// Sits down at a counter, or at a place without counters (an empty code). Which of them the officer's post reaches, beyond the
/// hall, is for the room above to ask.
///
/// # Errors
/// [`TicketError::Forbidden`] where his post is not at the hall; [`TicketError::NotAllowed`] while somebody else serves there, or
/// he himself serves elsewhere.
pub async fn sit(desk: &Desk<'_>, actor: &Actor, (hall, code): (&str, &str)) -> Result<Seat, TicketError> {
    let (seat, unit) = seated(desk, actor, (hall, code)).await?;
    // The counter takes a new version, so that nobody calls from a place that he has just lost.
    let unit = match staffed(desk, hall, code).await? {
        Some(row) => unit.update(&COUNTER, row.key(), row.version, row.changes()),
        None => unit,
    };
    desk.store().commit(unit).await?;
    Ok(seat)
}

/// Where an officer sits; none where he has not chosen.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn seat(desk: &Desk<'_>, officer: &Actor) -> Result<Option<Seat>, Fault> {
    let Some(account) = officer.account() else { return Ok(None) };
    record::seat(desk.store(), desk.base.shard, account).await
}

/// The ticket that is being served at the officer's counter; none where nobody is.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn serving(desk: &Desk<'_>, officer: &Actor) -> Result<Option<Ticket>, Fault> {
    let Some(seat) = seat(desk, officer).await?.filter(|seat| !seat.counter.is_empty()) else { return Ok(None) };
    let today = desk.base.now().date();
    let counters = record::counters(desk.store(), desk.base.shard, &seat.hall).await?;
    let mine = |row: &&Staffed| row.code == seat.counter && row.is_of(seat.account) && row.open_on(today);
    let Some(id) = counters.iter().find(mine).and_then(|row| row.serving) else { return Ok(None) };
    record::ticket(desk.store(), desk.base.shard, id).await
}

/// The seat as it will be, and the rows of sitting down: whoever sat there has none any more, and what the officer had open
/// elsewhere is closed.
pub(super) async fn seated(
    desk: &Desk<'_>,
    actor: &Actor,
    (hall, code): (&str, &str),
) -> Result<(Seat, Unit), TicketError> {
    let found = desk.catalog.halls().get(hall).filter(|h| h.in_force(desk.base.now().date()));
    let officer = officer_of(actor, found.ok_or(TicketError::NotFound)?)?;
    let seat = Seat {
        shard: desk.base.shard.to_owned(),
        account: officer.account,
        name: officer.name,
        hall: hall.to_owned(),
        counter: code.to_owned(),
        since: desk.base.now(),
    };
    let mut unit = desk.base.unit().put(&SEAT, seat.values());
    if !code.is_empty() {
        if let Some(row) = staffed(desk, hall, code).await?.filter(|row| serves(desk, row) && !row.is_of(seat.account))
        {
            return Err(busy(&row));
        }
        let there = record::seats_at(desk.store(), desk.base.shard, hall, code).await?;
        let others = there.into_iter().filter(|other| other.account != seat.account);
        unit = others.fold(unit, |unit, other| unit.delete(&SEAT, other.key()));
    }
    let unit = left(desk, &seat, unit).await?;
    Ok((seat, unit))
}

/// Closes what the officer had open where he sat before.
async fn left(desk: &Desk<'_>, seat: &Seat, unit: Unit) -> Result<Unit, TicketError> {
    let before = record::seat(desk.store(), desk.base.shard, seat.account).await?;
    let elsewhere = before.filter(|old| (&old.hall, &old.counter) != (&seat.hall, &seat.counter));
    let Some(old) = elsewhere else { return Ok(unit) };
    let Some(mut row) = staffed(desk, &old.hall, &old.counter).await?.filter(|row| row.is_of(seat.account)) else {
        return Ok(unit);
    };
    if serves(desk, &row) {
        return Err(TicketError::NotAllowed(Text::new(
            format!("您在{}窗口还有正在办理的号，请先结束或者过号", row.code),
            format!("you still serve a ticket at counter {}: end it or pass it over first", row.code),
        )));
    }
    row.is_open = false;
    Ok(unit.update(&COUNTER, row.key(), row.version, row.changes()))
}

/// Somebody is being served there today.
fn serves(desk: &Desk<'_>, row: &Staffed) -> bool {
    row.open_on(desk.base.now().date()) && row.serving.is_some()
}

fn busy(row: &Staffed) -> TicketError {
    let name = row.officer_name();
    TicketError::NotAllowed(Text::new(
        format!("{name}正在这个窗口办理，办完后再接班"),
        format!("{name} is serving somebody at this counter; take over afterwards"),
    ))
}

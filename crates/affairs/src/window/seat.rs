//! Where an officer may sit. Where he does sit is written in one place, by the room that calls people to counters
//! ([`ticket::sit`]).

use kernel::Date;
use store::Fault;

use super::decide::{Post, post};
use super::error::{forbidden, of_ticket, one};
use crate::access::{Actor, Right, StaffActor};
use crate::approval::{ApprovalError, Desk};
use crate::catalog::Catalog;
use crate::ticket::{self, Seat};

/// The counters an officer may sit at on a day, in the order of halls. A place without counters is offered to whoever's post is
/// of just this place.
pub fn places<'a>(catalog: &'a Catalog, officer: &Actor, on: Date) -> Vec<Post<'a>> {
    let Some(officer) = officer.staff() else { return Vec::new() };
    let mut found = Vec::new();
    for hall in catalog.halls().iter().filter(|hall| hall.in_force(on)) {
        let region = hall.region.to_string();
        if !officer.scopes.allow_in(Right::Receive, &region) {
            continue;
        }
        let before = found.len();
        let open = hall.counters.iter().filter(|counter| counter.in_force(on));
        found.extend(open.map(|counter| Post { hall, counter: Some(counter) }));
        let just_here =
            officer.scopes.rows().any(|row| row.region == region && row.role.rights().contains(&Right::Receive));
        if found.len() == before && just_here {
            found.push(Post { hall, counter: None });
        }
    }
    found
}

/// Sits down at a counter.
///
/// # Errors
/// [`ApprovalError::Form`] where there is no such counter today; [`ApprovalError::Forbidden`] where the officer's post does not
/// reach it, somebody else serves there, or he himself still serves elsewhere.
pub async fn sit(desk: &Desk<'_>, officer: &Actor, (hall, counter): (&str, &str)) -> Result<Seat, ApprovalError> {
    let place = post(desk.catalog, (hall, counter), desk.base.now().date())?;
    receives_at(officer, &place)?;
    ticket::sit(desk, officer, (&place.hall.id, place.code())).await.map_err(of_ticket)
}

/// Where an officer sits; none where he has not chosen.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn seat(desk: &Desk<'_>, officer: &Actor) -> Result<Option<Seat>, Fault> {
    ticket::seat(desk, officer).await
}

/// The officer with the place he sits at, as the catalogue has it today.
pub(super) async fn seated<'a>(
    desk: &Desk<'a>,
    officer: &'a Actor,
) -> Result<(&'a StaffActor, Post<'a>), ApprovalError> {
    let none = || one("/counter", "required", ("请先选择您所在的窗口", "first choose the counter you sit at"));
    let seat = seat(desk, officer).await?.ok_or_else(none)?;
    let place = post(desk.catalog, (&seat.hall, &seat.counter), desk.base.now().date())?;
    Ok((receives_at(officer, &place)?, place))
}

/// The officer, where his post reaches a place at all; what he may do there for an item is asked at each act.
pub(super) fn receives_at<'a>(officer: &'a Actor, place: &Post<'_>) -> Result<&'a StaffActor, ApprovalError> {
    let staff = officer.staff().ok_or(ApprovalError::NotFound)?;
    if staff.scopes.allow_in(Right::Receive, &place.hall.region.to_string()) {
        return Ok(staff);
    }
    Err(forbidden("您的岗位不在这个窗口", "your post is not at this counter"))
}

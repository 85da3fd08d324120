//! Trips and kilometres saved, for everybody: the figures, what they are made of, and what nobody knows.

use affairs::agent::{self, Carried, ItemTrips};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::hall_name;
use super::view::{CarriedRow, TripRow, TripsPage};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/trips", get(show))
}

async fn show(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (shard, on) = (&desks.office.shard, frame.now.date());
    let trips = agent::trips(desks.store(), shard, &desks.catalog, on).await?;
    let carried = agent::carried(desks.store(), shard, &desks.catalog, on).await?;
    let saved: i64 = trips.iter().filter_map(ItemTrips::saved).sum();
    let uncounted: i64 = trips.iter().map(ItemTrips::uncounted).sum();
    let metres: i64 = carried.iter().filter_map(Carried::saved_m).sum();
    let unmeasured: i64 = carried.iter().filter(|one| one.saved_m().is_none()).map(|one| one.jobs).sum();
    let unknown = || frame.t("halls.unknown").to_owned();
    let known = trips.iter().any(|one| one.saved().is_some());
    let measured = carried.iter().any(|one| one.saved_m().is_some());
    page(&TripsPage {
        saved: if known { frame.t1("trips.times", saved) } else { unknown() },
        uncounted,
        kilometres: if measured { frame.t1("trips.km", kilometres(metres)) } else { unknown() },
        unmeasured,
        rows: trips.iter().map(|one| row(&desks, &frame, one)).collect(),
        carried: carried.iter().map(|one| carried_row(&desks, &frame, one)).collect(),
        frame,
    })
}

/// Kilometres with one decimal.
fn kilometres(metres: i64) -> String {
    let tenths = (metres + 50).div_euclid(100);
    format!("{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10))
}

fn row(desks: &Desks<'_>, frame: &Frame, one: &ItemTrips) -> TripRow {
    let unknown = || frame.t("halls.unknown").to_owned();
    let [online, point, station, hall, elsewhere] = one.cases;
    TripRow {
        item: places::item(frame, &desks.catalog, &one.item),
        cases: vec![online, point, station, hall, elsewhere],
        before: one.before.map_or_else(unknown, |n| n.to_string()),
        grade: one.grade,
        saved: one.saved().map_or_else(unknown, |n| n.to_string()),
    }
}

fn carried_row(desks: &Desks<'_>, frame: &Frame, one: &Carried) -> CarriedRow {
    let unknown = || frame.t("halls.unknown").to_owned();
    CarriedRow {
        hall: hall_name(desks, frame, &one.hall),
        item: places::item(frame, &desks.catalog, &one.item),
        jobs: one.jobs,
        distance: one.distance_m.map_or_else(unknown, |m| frame.t1("trips.km", kilometres(m))),
        saved: one.saved_m().map_or_else(unknown, |m| frame.t1("trips.km", kilometres(m))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilometres_are_rounded_half_up() {
        for (metres, shown) in [(0, "0.0"), (49, "0.0"), (50, "0.1"), (1_249, "1.2"), (1_250, "1.3"), (12_000, "12.0")]
        {
            assert_eq!(kilometres(metres), shown, "{metres}");
        }
    }
}

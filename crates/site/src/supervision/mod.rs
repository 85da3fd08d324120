//! Supervision: duties, inspections, annulments, what everybody sees of them, and the public check of draws.

mod annulments;
mod asked;
mod calendar;
pub(crate) mod draw;
mod draw_officers;
mod draw_seek;
pub mod draw_view;
mod draws;
mod draws_open;
mod duties;
mod duty;
mod field;
mod inspections;
pub(crate) mod life;
mod numbers;
mod open;
pub mod report_view;
mod reports;
mod sent;
mod tabs;
pub mod view;
pub mod warning_view;
mod warnings;

pub use draw_seek::go_on;
pub(crate) use field::{FieldKit, field_kit};
pub use inspections::uploads;

/// What everybody may see: results, and the check of draws.
pub fn public() -> axum::Router<crate::state::AppState> {
    draw::public().merge(draws_open::routes())
}

/// The workbench, the pages of the inspected, and the public results.
pub fn routes() -> axum::Router<crate::state::AppState> {
    duties::routes()
        .merge(duty::routes())
        .merge(inspections::routes())
        .merge(field::routes())
        .merge(annulments::routes())
        .merge(life::routes())
        .merge(open::routes())
        .merge(warnings::routes())
        .merge(reports::routes())
        .merge(calendar::routes())
        .merge(numbers::routes())
        .merge(draws::routes())
        .merge(draw_officers::routes())
}

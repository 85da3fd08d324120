//! Supervision: duties, inspections, annulments, what everybody sees of them, and the public check of draws.

mod annulments;
pub(crate) mod draw;
mod duties;
mod duty;
mod field;
mod inspections;
mod open;
mod sent;
mod tabs;
pub mod view;

pub(crate) use field::{FieldKit, field_kit};
pub use inspections::uploads;

/// What everybody may see: results, and the check of draws.
pub fn public() -> axum::Router<crate::state::AppState> {
    draw::public()
}

/// The workbench, the pages of the inspected, and the public results.
pub fn routes() -> axum::Router<crate::state::AppState> {
    duties::routes()
        .merge(duty::routes())
        .merge(inspections::routes())
        .merge(field::routes())
        .merge(annulments::routes())
        .merge(open::routes())
}

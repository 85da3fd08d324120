//! Supervision duties.

mod duties;
pub mod view;

pub use duties::routes;

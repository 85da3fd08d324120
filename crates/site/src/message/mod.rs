//! Messages to applicants.

mod inbox;
pub mod view;

pub use inbox::routes;

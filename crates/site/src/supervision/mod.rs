//! Supervision: duties, and the public check of draws.

pub(crate) mod draw;
mod duties;
pub mod view;

pub use draw::public;
pub use duties::routes;

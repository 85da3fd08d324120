//! Time watched: what waits, why and with whom, and the lights that somebody must answer.

mod board;
mod course;
pub mod view;

pub use board::routes;
pub(crate) use course::{limit_name, rows, tone};

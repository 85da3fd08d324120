//! Supervision duties.

pub mod view;

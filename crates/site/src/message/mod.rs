//! Messages to applicants.

pub mod view;

//! Signing in and out, acting for somebody, staff accounts.

pub mod view;

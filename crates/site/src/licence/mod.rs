//! Licences: the holder's page, public verification, public notices.

pub mod view;

//! Guides, the list of items, "am I eligible?".

pub mod view;

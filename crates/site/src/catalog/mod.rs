//! Guides, the list of items, search, forms drawn from the catalogue.

pub mod drawn;
pub mod guide;
pub mod law;
pub mod places;
pub mod search;
pub mod view;

#[cfg(test)]
mod tests;

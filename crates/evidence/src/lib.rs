//! What makes the record provable: signatures and keys, the transparency log's tree, proofs, checkpoints, audit.
//!
//! Pure: knows no database, no clock, no network and no government. The log is a list of byte strings; what they mean is
//! the rooms' business, where they are kept is the store's.

pub mod answer;
pub mod audit;
pub mod canonical;
pub mod checkpoint;
pub mod commitment;
pub mod compact;
pub mod draw;
mod hash;
pub mod key;
pub mod note;
pub mod proof;
pub mod seal;
pub mod status;
pub mod tile;
pub mod tree;
pub mod trust;
pub mod vault;
pub mod witness;

pub use hash::{Hash, HashError};

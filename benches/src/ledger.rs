//! Appending to the log's tree, against nothing but hashing the same leaves.

use std::hint::black_box;

use evidence::tree::{Frontier, leaf_hash};

use crate::summary::{Summary, rate};

const LEAF_BYTES: usize = 300;

/// Measures 300-byte leaves.
pub(crate) fn measure(summary: &mut Summary) -> anyhow::Result<()> {
    let mut leaf = vec![7_u8; LEAF_BYTES];
    let mut n = 0_u64;
    let mut next = move || {
        n += 1;
        leaf[..8].copy_from_slice(&n.to_le_bytes());
        leaf_hash(&leaf)
    };
    // A leaf brings one inner node on average: bare hashing does both and keeps nothing.
    let bare = rate(|| {
        let hash = next();
        black_box(evidence::tree::node_hash(&hash, &hash));
    });
    let mut tree = Frontier::default();
    let appended = rate(|| {
        // A tree of fewer than 2^64 leaves takes every push.
        let _ = black_box(tree.push(next()));
    });
    summary.plain("log, bare hashing of leaf and node", bare, "leaves/s");
    summary.against("log, append", appended, "leaves/s", ("bare hashing", bare));
    Ok(())
}

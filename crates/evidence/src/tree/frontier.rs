//! The right edge of the tree: all that is needed to append, in 64 hashes at most.

use super::{NodeId, TreeError, empty_root, node_hash};
use crate::Hash;

/// The roots of the complete subtrees a tree consists of, one for each set bit of its size. Appending needs no other
/// part of the tree; the nodes it completes are handed out to be stored.
#[derive(Clone)]
pub struct Frontier {
    size: u64,
    /// `peaks[level]` is meaningful where bit `level` of `size` is set.
    peaks: [Hash; 64],
}

/// First byte of a stored frontier.
const VERSION: u8 = 1;

impl Default for Frontier {
    fn default() -> Self {
        Self { size: 0, peaks: [Hash([0; 32]); 64] }
    }
}

impl Frontier {
    /// The frontier of the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves in the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash; gives its index.
    pub fn push(&mut self, leaf: Hash) -> Result<u64, TreeError> {
        self.push_with(leaf, |_, _| ())
    }

    /// Appends a leaf hash; `completed` sees every subtree this leaf completes, the leaf itself first, each once in the
    /// life of a log. Gives the leaf's index.
    pub fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(NodeId, Hash)) -> Result<u64, TreeError> {
        let index = self.size;
        let size = index.checked_add(1).ok_or(TreeError::Full)?;
        let (mut hash, mut level) = (leaf, 0);
        completed(NodeId::new(0, index), hash);
        while index >> level & 1 == 1 {
            hash = node_hash(&self.peaks[usize::from(level)], &hash);
            level += 1;
            completed(NodeId::new(level, index >> level), hash);
        }
        self.peaks[usize::from(level)] = hash;
        self.size = size;
        Ok(index)
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        for level in levels(self.size) {
            let peak = &self.peaks[level];
            root = Some(root.map_or(*peak, |right| node_hash(peak, &right)));
        }
        root.unwrap_or_else(empty_root)
    }

    /// The frontier as stored: a version byte, the size (8 bytes, big-endian), the peaks from the smallest subtree up.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.size.to_be_bytes());
        for level in levels(self.size) {
            bytes.extend(self.peaks[level].0);
        }
        bytes
    }

    /// Reads a stored frontier; a byte too few or too many is [`TreeError::FrontierDamaged`]. Compare [`Self::root`]
    /// with the last signed checkpoint before appending: this form carries no check of its own.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let (&[version, ref size @ ..], rest) = bytes.split_first_chunk::<9>().ok_or(TreeError::FrontierDamaged)?;
        let mut frontier = Self { size: u64::from_be_bytes(*size), ..Self::default() };
        if version != VERSION || rest.len() != frontier.size.count_ones() as usize * 32 {
            return Err(TreeError::FrontierDamaged);
        }
        for (level, peak) in levels(frontier.size).zip(rest.chunks_exact(32)) {
            frontier.peaks[level].0.copy_from_slice(peak);
        }
        Ok(frontier)
    }

    /// The frontier of a tree whose stored nodes are at hand: `peaks` in the order of [`super::root_plan`]'s nodes
    /// (largest subtree first), as many as `size` has set bits.
    pub fn from_peaks(size: u64, peaks: &[Hash]) -> Result<Self, TreeError> {
        if peaks.len() != size.count_ones() as usize {
            return Err(TreeError::FrontierDamaged);
        }
        let mut frontier = Self { size, ..Self::default() };
        for (level, peak) in levels(size).zip(peaks.iter().rev()) {
            frontier.peaks[level] = *peak;
        }
        Ok(frontier)
    }
}

/// The levels of the complete subtrees of a tree, smallest first.
fn levels(size: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |level| size >> level & 1 == 1)
}

impl PartialEq for Frontier {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && levels(self.size).all(|level| self.peaks[level] == other.peaks[level])
    }
}

impl Eq for Frontier {}

impl std::fmt::Debug for Frontier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frontier {{ size: {}, root: {} }}", self.size, self.root())
    }
}

//! The tree as static files: C2SP tlog-tiles. Paths, widths and bytes of tiles and entry bundles.
//!
//! A tile holds up to 256 hashes of every eighth level of the tree; a reader makes any proof from them, and a full tile
//! never changes, so any web server or cache can serve it.

use std::fmt;
use std::str::FromStr;

use crate::Hash;
use crate::tree::{HashReader, NodeId, node_hash};

/// Hashes in a full tile, and entries in a full bundle.
pub const FULL_WIDTH: u16 = 256;
/// Tree levels a tile spans.
const HEIGHT: u8 = 8;
/// Tile levels a tree of `u64` leaves can have (the specification allows 64; no tree of ours reaches the ninth).
const LEVELS: u8 = 8;

/// What a tile file holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Hashes: level 0 those of the leaves, level n those of full tiles of level n - 1.
    Hashes {
        /// 0 to 7 in a tree of `u64` leaves.
        level: u8,
    },
    /// The leaves themselves, each with its length before it (big-endian, 16 bits).
    Entries,
}

/// One tile or entry bundle of the log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tile {
    /// What it holds.
    pub kind: Kind,
    /// Position from the left among those of its kind.
    pub index: u64,
    /// 1 to 256; less than 256 is a partial tile, at the right edge of the tree.
    pub width: u16,
}

/// What is wrong with a tile's path or bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Not a path as tlog-tiles spells it (there is one spelling for each tile).
    #[error("not the path of a tile: {0:?}")]
    Path(String),
    /// The file is not as long as its width says.
    #[error("{tile} has {got} bytes, {expected} belong there")]
    Length {
        /// The tile.
        tile: Tile,
        /// Bytes it should have.
        expected: usize,
        /// Bytes it has.
        got: usize,
    },
    /// An entry bundle ends within an entry, has trailing bytes, or another number of entries.
    #[error("{0} is not a whole entry bundle")]
    Bundle(Tile),
    /// A leaf does not fit the 16-bit length of an entry bundle.
    #[error("a leaf of {0} bytes does not fit an entry bundle (65,535 at most)")]
    EntryTooLong(usize),
    /// The tile does not hold that node.
    #[error("{tile} does not hold node {} of level {}", node.index, node.level)]
    NotHere {
        /// The tile.
        tile: Tile,
        /// The node asked for.
        node: NodeId,
    },
}

impl fmt::Display for Tile {
    /// The path below the log's prefix: `tile/0/x001/x234/067`, `tile/entries/000.p/17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Hashes { level } => write!(f, "tile/{level}/")?,
            Kind::Entries => f.write_str("tile/entries/")?,
        }
        let digits = self.index.to_string();
        let padded = format!("{digits:0>width$}", width = digits.len().div_ceil(3) * 3);
        let (all, last) = padded.split_at(padded.len() - 3);
        for three in all.as_bytes().chunks(3) {
            write!(f, "x{}/", String::from_utf8_lossy(three))?;
        }
        f.write_str(last)?;
        if self.width == FULL_WIDTH { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let refuse = || TileError::Path(path.chars().take(80).collect());
        let tile = read_path(path).ok_or_else(refuse)?;
        // One spelling only: no leading zeroes, no empty partial, no `.p/256`.
        if tile.to_string() == path { Ok(tile) } else { Err(refuse()) }
    }
}

fn read_path(path: &str) -> Option<Tile> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => Kind::Entries,
        level => Kind::Hashes { level: level.parse().ok().filter(|level| *level < LEVELS)? },
    };
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|w| (1..FULL_WIDTH).contains(w))?),
        None => (rest, FULL_WIDTH),
    };
    let mut index = 0_u64;
    for part in number.split('/') {
        let three: u64 = part.strip_prefix('x').unwrap_or(part).parse().ok().filter(|n| *n < 1000)?;
        index = index.checked_mul(1000)?.checked_add(three)?;
    }
    Some(Tile { kind, index, width })
}

impl Tile {
    /// The tile of hashes at `level`, `index` in a tree of `size` leaves, as wide as the tree fills it; `None` where the
    /// tree does not reach it.
    pub fn hashes(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0);
        Some(Self { kind: Kind::Hashes { level }, index, width: width(hashes, index)? })
    }

    /// The entry bundle `index` in a tree of `size` leaves.
    pub fn entries(index: u64, size: u64) -> Option<Self> {
        Some(Self { kind: Kind::Entries, index, width: width(size, index)? })
    }

    /// The tile from whose hashes `node` is read or computed, in a tree of `size` leaves.
    pub fn holding(node: NodeId, size: u64) -> Option<Self> {
        let within = node.level % HEIGHT;
        Self::hashes(node.level / HEIGHT, node.index >> (HEIGHT - within), size)
            .filter(|tile| node_span(node, *tile).is_some())
    }

    /// Whether all 256 places are taken, so that the file never changes again.
    pub const fn is_full(&self) -> bool {
        self.width == FULL_WIDTH
    }

    /// The complete subtrees whose hashes the file holds, in order. An entry bundle holds those of the leaves.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        let level = match self.kind {
            Kind::Hashes { level } => level.saturating_mul(HEIGHT),
            Kind::Entries => 0,
        };
        let first = self.index << HEIGHT;
        (0..u64::from(self.width)).map(move |i| NodeId::new(level, first + i))
    }

    /// The hash of `node` from the tile's bytes: read, or computed where the node lies between two tile levels.
    pub fn node(&self, bytes: &[u8], node: NodeId) -> Result<Hash, TileError> {
        let hashes = self.read(bytes)?;
        let span = node_span(node, *self).ok_or(TileError::NotHere { tile: *self, node })?;
        let mut row = hashes[span].to_vec();
        while row.len() > 1 {
            row = row.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
        }
        Ok(row[0])
    }

    /// The hashes in a tile's bytes; their number must be the tile's width.
    pub fn read(&self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        let expected = usize::from(self.width) * 32;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if bytes.len() != expected || !rest.is_empty() {
            return Err(TileError::Length { tile: *self, expected, got: bytes.len() });
        }
        Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
    }

    /// The leaves in an entry bundle's bytes; their number must be the bundle's width.
    pub fn read_entries<'a>(&self, bytes: &'a [u8]) -> Result<Vec<&'a [u8]>, TileError> {
        let (mut entries, mut rest) = (Vec::with_capacity(usize::from(self.width)), bytes);
        while let Some((length, tail)) = rest.split_first_chunk::<2>() {
            let (entry, tail) =
                tail.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(TileError::Bundle(*self))?;
            entries.push(entry);
            rest = tail;
        }
        if rest.is_empty() && entries.len() == usize::from(self.width) {
            Ok(entries)
        } else {
            Err(TileError::Bundle(*self))
        }
    }
}

/// How many of a tile's 256 places are taken when its level has `hashes` hashes; `None` for none.
fn width(hashes: u64, index: u64) -> Option<u16> {
    let taken = hashes.checked_sub(index.checked_mul(u64::from(FULL_WIDTH))?)?.min(u64::from(FULL_WIDTH));
    u16::try_from(taken).ok().filter(|taken| *taken > 0)
}

/// Which of the tile's hashes lie under `node`, where all of them are in the tile.
fn node_span(node: NodeId, tile: Tile) -> Option<std::ops::Range<usize>> {
    let within = node.level % HEIGHT;
    let here =
        tile.kind == Kind::Hashes { level: node.level / HEIGHT } && node.index >> (HEIGHT - within) == tile.index;
    let first = (usize::try_from(node.index & ((1 << (HEIGHT - within)) - 1)).ok()?) << within;
    let end = first + (1 << within);
    (here && end <= usize::from(tile.width)).then_some(first..end)
}

/// The bytes of a tile of hashes.
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The bytes of an entry bundle.
pub fn bundle_bytes<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong(entry.len()))?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(entry);
    }
    Ok(bytes)
}

/// Every tile of hashes of a tree of `size` leaves, level by level: full ones and the partial one at each right edge.
pub fn tiles(size: u64) -> impl Iterator<Item = Tile> {
    new_tiles(0, size)
}

/// The tiles of hashes that a tree of `new` leaves has and one of `old` leaves had not, or had narrower.
pub fn new_tiles(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    (0..LEVELS).flat_map(move |level| {
        let shift = u32::from(level * HEIGHT);
        let (before, after) = (old >> shift, new >> shift);
        let last = if before < after { after.div_ceil(u64::from(FULL_WIDTH)) } else { 0 };
        (before >> HEIGHT..last).filter_map(move |index| Tile::hashes(level, index, new))
    })
}

/// Reads node hashes from tiles: what a monitor or an offline copy of the log has.
#[derive(Debug, Clone, Copy)]
pub struct TileReader<F> {
    /// Leaves in the tree whose tiles are read, from a verified checkpoint.
    pub size: u64,
    /// Fetches the bytes of a tile.
    pub fetch: F,
}

/// Why a hash could not be read from tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileReadError<E> {
    /// The tree is too small for that node.
    #[error("node {} of level {} is not in a tree of that size", .0.index, .0.level)]
    Outside(NodeId),
    /// The tile could not be fetched.
    #[error("a tile could not be fetched: {0}")]
    Fetch(E),
    /// The tile's bytes are wrong.
    #[error(transparent)]
    Tile(#[from] TileError),
}

impl<E, F: Fn(&Tile) -> Result<Vec<u8>, E>> HashReader for TileReader<F> {
    type Error = TileReadError<E>;

    fn read_hashes(&self, nodes: &[NodeId]) -> Result<Vec<Hash>, Self::Error> {
        let read = |node: &NodeId| {
            let tile = Tile::holding(*node, self.size).ok_or(TileReadError::Outside(*node))?;
            let bytes = (self.fetch)(&tile).map_err(TileReadError::Fetch)?;
            Ok(tile.node(&bytes, *node)?)
        };
        nodes.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests;

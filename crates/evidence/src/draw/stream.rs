//! Even numbers out of a seed: SHA-256 in counter mode, read as 64-bit words, bounded by rejection.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::file::Seed;
use super::select::Chance;

/// Keeps the stream apart from every other hash of the house.
const LABEL: &[u8] = b"budayang/draw-stream@v1\n";
/// Words in a block of 32 bytes.
const WORDS: usize = 4;

/// What a stream is for: each purpose has numbers of its own, so that no decision depends on how many another took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose<'a> {
    /// Which targets.
    Targets,
    /// Which officers for them.
    Officers,
    /// Who stands in at this target when an officer drops out.
    StandIn(&'a str),
}

impl fmt::Display for Purpose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Targets => f.write_str("targets"),
            Self::Officers => f.write_str("officers"),
            Self::StandIn(target) => write!(f, "stand-in {target}"),
        }
    }
}

/// The numbers of one purpose. Block `c` is SHA-256 over label, seed, purpose, newline and `c` as eight bytes, the most
/// significant first; it gives four words of eight bytes, read the same way.
#[derive(Clone)]
pub struct Stream {
    prefix: Sha256,
    block: u64,
    words: [u64; WORDS],
    next: usize,
}

impl Stream {
    /// The stream of `seed` for `purpose`, from its first word.
    pub fn new(seed: &Seed, purpose: Purpose<'_>) -> Self {
        let prefix = Sha256::new().chain_update(LABEL).chain_update(seed.0.0).chain_update(format!("{purpose}\n"));
        Self { prefix, block: 0, words: [0; WORDS], next: WORDS }
    }

    /// The next word.
    pub fn word(&mut self) -> u64 {
        if self.next == WORDS {
            let bytes: [u8; 32] = self.prefix.clone().chain_update(self.block.to_be_bytes()).finalize().into();
            for (word, part) in self.words.iter_mut().zip(bytes.as_chunks::<8>().0) {
                *word = u64::from_be_bytes(*part);
            }
            self.block += 1;
            self.next = 0;
        }
        self.next += 1;
        self.words[self.next - 1]
    }
}

/// The highest word that is kept: the words up to it are a whole number of rounds of `bound`.
pub(super) const fn highest(bound: u64) -> u64 {
    u64::MAX - (u64::MAX % bound + 1) % bound
}

impl Chance for Stream {
    /// Words at or above the last multiple of `bound` are thrown away: without that small numbers would be likelier.
    fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "nothing is below 0");
        let highest = highest(bound);
        loop {
            let word = self.word();
            if word <= highest {
                return word % bound;
            }
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream(block {}, word {})", self.block, self.next)
    }
}

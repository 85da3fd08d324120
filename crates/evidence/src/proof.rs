//! The offline proof file (C2SP tlog-proof): everything needed to check, far from any network, that a leaf is in the log.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra base64 (may be left out; nothing vouches for it)
//! index 73894
//! base64 hash, from the leaf's sibling up (none or more lines)
//!
//! the signed checkpoint
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::checkpoint::{CheckpointError, LogIdentity, Signed, read_decimal};
use crate::note;
use crate::tree::{TreeError, leaf_hash, verify_inclusion};

const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// The longest file read, in bytes.
pub const MAX_BYTES: usize = note::MAX_BYTES + (1 << 17);

/// A proof file taken apart, nothing verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// Data for the application, not covered by any signature.
    pub extra: Option<Vec<u8>>,
    /// The leaf's index, from 0.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

/// Why a proof file does not prove.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Longer than [`MAX_BYTES`].
    #[error("the proof file has {0} bytes, too many")]
    TooLong(usize),
    /// The first line is not that of a proof file.
    #[error("not a proof file")]
    Magic,
    /// The line is not what belongs there.
    #[error("line {0} of the proof file is not what belongs there")]
    Line(usize),
    /// The checkpoint in it is refused.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The proof does not hold: not this leaf, not this position, or not this tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl ProofError {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too_long",
            Self::Magic => "not_a_proof_file",
            Self::Line(_) => "proof_line",
            Self::Checkpoint(error) => error.code(),
            Self::Tree(TreeError::IndexOutsideTree { .. }) => "proof_index",
            Self::Tree(TreeError::ProofLength { .. }) => "proof_length",
            Self::Tree(_) => "proof_mismatch",
        }
    }
}

impl ProofFile {
    /// Writes the file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{MAGIC}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", STANDARD.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&hash.base64());
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a file.
    pub fn from_text(text: &str) -> Result<Self, ProofError> {
        if text.len() > MAX_BYTES {
            return Err(ProofError::TooLong(text.len()));
        }
        let rest = text.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix('\n')).ok_or(ProofError::Magic)?;
        let (head, checkpoint) = rest.split_once("\n\n").ok_or(ProofError::Line(rest.lines().count() + 1))?;
        let mut lines = (2..).zip(head.split('\n')).peekable();
        let extra = match lines.next_if(|(_, line)| line.starts_with("extra ")) {
            Some((number, line)) => Some(STANDARD.decode(&line[6..]).map_err(|_| ProofError::Line(number))?),
            None => None,
        };
        let (number, index) = lines.next().ok_or(ProofError::Line(2))?;
        let index = index.strip_prefix("index ").and_then(|index| read_decimal(index).ok());
        let index = index.ok_or(ProofError::Line(number))?;
        let hash = |(number, line)| Hash::from_base64(line).map_err(|_| ProofError::Line(number));
        // Longer than any proof of a tree of 2^64 leaves is no proof.
        let hashes: Vec<Hash> = lines.take(65).map(hash).collect::<Result<_, _>>()?;
        if hashes.len() > 64 {
            return Err(ProofError::Line(number + 65));
        }
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Checks that the log holds `leaf` at the file's index; gives the checkpoint and who signed it.
    pub fn verify(&self, leaf: &[u8], log: &LogIdentity) -> Result<Signed, ProofError> {
        self.verify_hash(&leaf_hash(leaf), log)
    }

    /// The same for a leaf known by its hash.
    pub fn verify_hash(&self, leaf: &Hash, log: &LogIdentity) -> Result<Signed, ProofError> {
        let signed = log.open(&self.checkpoint)?;
        let Signed { checkpoint, .. } = &signed;
        verify_inclusion(leaf, self.index, checkpoint.size, &self.hashes, &checkpoint.root)?;
        Ok(signed)
    }
}

#[cfg(test)]
mod tests;

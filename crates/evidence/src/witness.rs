//! A witness: somebody else's promise that a log was never two.
//!
//! It remembers one checkpoint of each log, the largest it has co-signed, and co-signs another only when one of the two is
//! the beginning of the other. So all that it ever signed lies on one line, and a log that shows one tree to some people and
//! another to others must do without it. What does not fit on the line is refused and kept: two checkpoints that the log
//! signed are evidence that needs no trust in whoever shows it.
//!
//! The request is that of C2SP tlog-witness (`add-checkpoint`). Two things are our own. The co-signature is a plain signature
//! under the checkpoint's own text and carries no time: draws (`docs/draw.md`) are seeded by it, and whoever may choose the
//! time could choose the seed. And a checkpoint smaller than the one remembered is answered as well, where the proof shows it
//! to be a beginning: a draw names a size that the log may have outgrown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::checkpoint::{Checkpoint, CheckpointError, Fork, LogIdentity, accept_newer, read_decimal};
use crate::note;

/// The most hashes of a proof: one for each level of a tree of 2^63 leaves.
pub const MAX_HASHES: usize = 63;
/// The longest request read, in bytes: a proof and a checkpoint that others have signed already.
pub const MAX_REQUEST: usize = 64 * 1024;

/// A checkpoint that was co-signed: what it says, and the log's signed note, for whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the log promised.
    pub checkpoint: Checkpoint,
    /// With the log's signatures.
    pub note: String,
}

impl Head {
    /// Reads a signed note of this log.
    ///
    /// # Errors
    /// Where it is not a checkpoint of this log, signed by one of its keys and without extensions.
    pub fn open(log: &LogIdentity, note: &str) -> Result<Self, CheckpointError> {
        let signed = log.open(note)?;
        // Lines that nobody checks would let one tree have many texts, and many co-signatures.
        if !signed.checkpoint.extensions.is_empty() {
            return Err(CheckpointError::Extension);
        }
        Ok(Self { checkpoint: signed.checkpoint, note: note.to_owned() })
    }
}

/// What a log asks of its witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The size that the log believes the witness to remember; 0 where it remembers none.
    pub old: u64,
    /// Shows that the smaller of the two trees is the beginning of the larger one.
    pub proof: Vec<Hash>,
    /// The checkpoint as the log signed it.
    pub note: String,
}

/// A request that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`MAX_REQUEST`].
    #[error("the request has {0} bytes, more than {MAX_REQUEST}")]
    TooLong(usize),
    /// The first line is not `old` and a size.
    #[error("the first line must be `old` and a number, such as `old 0`")]
    Old,
    /// A line of the proof is not 32 bytes in base64.
    #[error("line {0} must be a hash of 32 bytes in base64")]
    Hash(usize),
    /// More hashes than any tree has levels.
    #[error("the proof has more than {MAX_HASHES} hashes")]
    TooManyHashes,
    /// There is no empty line with a checkpoint after it.
    #[error("after the proof an empty line and the signed checkpoint are missing")]
    NoCheckpoint,
}

impl Request {
    /// Reads the body of `add-checkpoint`.
    ///
    /// # Errors
    /// Names the first line that is not as it must be.
    pub fn read(body: &str) -> Result<Self, Unreadable> {
        if body.len() > MAX_REQUEST {
            return Err(Unreadable::TooLong(body.len()));
        }
        let (head, note) = body.split_once("\n\n").ok_or(Unreadable::NoCheckpoint)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or(Unreadable::Old)?;
        let old = read_decimal(old).map_err(|_| Unreadable::Old)?;
        let mut proof = Vec::new();
        for (at, line) in lines.enumerate() {
            if at == MAX_HASHES {
                return Err(Unreadable::TooManyHashes);
            }
            proof.push(Hash::from_base64(line).map_err(|_| Unreadable::Hash(at + 2))?);
        }
        if note.is_empty() { Err(Unreadable::NoCheckpoint) } else { Ok(Self { old, proof, note: note.to_owned() }) }
    }

    /// The body of `add-checkpoint`.
    pub fn to_text(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.proof {
            text.push_str(&STANDARD.encode(hash.0));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.note);
        text
    }
}

/// Why a witness does not co-sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The checkpoint is not one that this log signed.
    #[error(transparent)]
    NotTheLogs(#[from] CheckpointError),
    /// The log takes the witness for further or less far than it is: it asks again from this size.
    #[error("this witness remembers a tree of {known} leaves, not of {asked}")]
    Elsewhere {
        /// Leaves of the tree that is remembered; 0 where none is.
        known: u64,
        /// What the log believed.
        asked: u64,
    },
    /// The two trees do not lie on one line, or nothing shows that they do.
    #[error("not co-signed: {fork}")]
    Fork {
        /// What is wrong.
        fork: Fork,
        /// Both heads, to be kept.
        evidence: Box<Evidence>,
    },
}

impl Refusal {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotTheLogs(error) => error.code(),
            Self::Elsewhere { .. } => "elsewhere",
            Self::Fork { fork, .. } => fork.code(),
        }
    }
}

/// Two checkpoints of one log, both signed by it, of which this witness could not see that one is the beginning of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What the witness remembered.
    pub known: Head,
    /// What it was asked to co-sign.
    pub offered: Head,
}

impl Evidence {
    /// Whether the two alone prove that the log is two: one size, two roots. Otherwise the log merely failed to show that
    /// the trees belong together; it can still do so, if they do.
    pub fn is_proof(&self) -> bool {
        let (known, offered) = (&self.known.checkpoint, &self.offered.checkpoint);
        known.size == offered.size && known.root != offered.root
    }
}

/// What may be co-signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Larger than what is remembered: remember this one, durably, then sign it.
    Newer(Head),
    /// What is remembered, or a beginning of it: sign it.
    Known(Head),
}

impl Verdict {
    /// What is to be signed.
    pub const fn head(&self) -> &Head {
        match self {
            Self::Newer(head) | Self::Known(head) => head,
        }
    }
}

/// Whether a witness that remembers `known` of this log may co-sign what it is asked to.
///
/// # Errors
/// Says why not; a [`Refusal::Fork`] brings what is to be kept.
pub fn judge(log: &LogIdentity, known: Option<&Head>, request: &Request) -> Result<Verdict, Refusal> {
    let offered = Head::open(log, &request.note)?;
    let remembered = known.map_or(0, |head| head.checkpoint.size);
    if request.old != remembered {
        return Err(Refusal::Elsewhere { known: remembered, asked: request.old });
    }
    let Some(known) = known else {
        // Nothing is remembered, so nothing is to be shown; a proof would be one of another tree.
        let nothing = Checkpoint::new(log.origin.clone(), 0, crate::tree::empty_root());
        return match accept_newer(&nothing, &offered.checkpoint, &request.proof) {
            Ok(()) => Ok(Verdict::Newer(offered)),
            Err(fork) => {
                let known = Head { checkpoint: nothing, note: String::new() };
                Err(Refusal::Fork { fork, evidence: Box::new(Evidence { known, offered }) })
            }
        };
    };
    let grown = offered.checkpoint.size > known.checkpoint.size;
    let (older, newer) = if grown { (known, &offered) } else { (&offered, known) };
    match accept_newer(&older.checkpoint, &newer.checkpoint, &request.proof) {
        Ok(()) if grown => Ok(Verdict::Newer(offered)),
        Ok(()) => Ok(Verdict::Known(offered)),
        Err(fork) => Err(Refusal::Fork { fork, evidence: Box::new(Evidence { known: known.clone(), offered }) }),
    }
}

/// The co-signature's line under a head that may be signed.
///
/// # Errors
/// Where the signer cannot sign.
pub fn cosign(head: &Head, signer: &dyn crate::key::Signer) -> Result<String, CheckpointError> {
    Ok(note::signature_line(&head.checkpoint.to_text()?, signer)?)
}

#[cfg(test)]
mod tests;

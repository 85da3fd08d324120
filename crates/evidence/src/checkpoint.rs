//! Checkpoints (C2SP tlog-checkpoint): the log's signed promise of its size and root.
//!
//! A checkpoint is only ever followed by one that it is the beginning of. Whoever holds one can hold the log to it:
//! [`accept_newer`] is the question every reader, witness and restored backup asks before it believes a newer one.

use crate::Hash;
use crate::key::{KeyId, PublicKey, Setting, Signer};
use crate::note::{self, NoteError};
use crate::tree::{TreeError, verify_consistency};

/// Size and root of a log, unsigned or already verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, such as `log.gx.gov.cn/450000`.
    pub origin: String,
    /// Leaves in the tree.
    pub size: u64,
    /// The root of the tree at that size.
    pub root: Hash,
    /// Further lines, none empty. We write none (monitors cannot audit them) and keep those of others.
    pub extensions: Vec<String>,
}

/// A checkpoint with the keys that vouch for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The known keys whose signatures were checked.
    pub signed_by: Vec<KeyId>,
}

/// A log as its readers know it.
#[derive(Clone, Debug)]
pub struct LogIdentity {
    /// Its name in every checkpoint.
    pub origin: String,
    /// The keys whose signatures count, at least one of which must be on a checkpoint: the log's, also past ones, and
    /// its witnesses'.
    pub keys: Vec<PublicKey>,
}

/// Why a checkpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The signed note around it is refused.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The origin line is empty or cannot stand in a note.
    #[error("the origin line is empty or has a line break")]
    Origin,
    /// The size line is not a decimal number without leading zeroes below 2^64.
    #[error("the size line is not a size: {0:?}")]
    Size(String),
    /// The root line is not 32 bytes in base64.
    #[error("the root line is not a hash: {0:?}")]
    Root(String),
    /// An extension line is empty or has a line break.
    #[error("an extension line is empty or has a line break")]
    Extension,
    /// The checkpoint is another log's.
    #[error("this is a checkpoint of {got:?}, not of {expected:?}")]
    OtherOrigin {
        /// The log asked for.
        expected: String,
        /// The log that signed.
        got: String,
    },
    /// A log or key of the demonstration where a real one belongs.
    #[error("{0:?} belongs to a demonstration")]
    Demonstration(String),
}

impl CheckpointError {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Note(error) => error.code(),
            Self::Origin => "checkpoint_origin",
            Self::Size(_) => "checkpoint_size",
            Self::Root(_) => "checkpoint_root",
            Self::Extension => "checkpoint_extension",
            Self::OtherOrigin { .. } => "other_origin",
            Self::Demonstration(_) => "demonstration",
        }
    }
}

impl Checkpoint {
    /// The checkpoint of a tree, without extensions.
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// The text that is signed: origin, size and root, a line each, then the extensions.
    pub fn to_text(&self) -> Result<String, CheckpointError> {
        let line = |text: &str| !text.is_empty() && !text.contains('\n');
        if !line(&self.origin) {
            return Err(CheckpointError::Origin);
        }
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.base64());
        for extension in &self.extensions {
            if !line(extension) {
                return Err(CheckpointError::Extension);
            }
            text.push_str(extension);
            text.push('\n');
        }
        Ok(text)
    }

    /// Reads the text of a checkpoint, without its signatures.
    pub fn from_text(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(NoteError::Text)?;
        let mut lines = body.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError::Origin)?;
        let size = read_decimal(lines.next().unwrap_or_default())?;
        let root = lines.next().unwrap_or_default();
        let root = Hash::from_base64(root).map_err(|_| CheckpointError::Root(root.chars().take(80).collect()))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Extension);
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// The signed note, one signature line for each signer.
    ///
    /// Sign only what was checked: the caller has recomputed the leaves' hashes from the stored bytes, and the last
    /// checkpoint it signed is the beginning of this one.
    pub fn sign(&self, signers: &[&dyn Signer]) -> Result<String, CheckpointError> {
        Ok(note::sign(&self.to_text()?, signers)?)
    }
}

/// A decimal number below 2^64 with no leading zeroes, no sign and no space.
pub(crate) fn read_decimal(text: &str) -> Result<u64, CheckpointError> {
    let refuse = || CheckpointError::Size(text.chars().take(80).collect());
    let number: u64 = text.parse().map_err(|_| refuse())?;
    if number.to_string() == text { Ok(number) } else { Err(refuse()) }
}

impl LogIdentity {
    /// Opens a signed checkpoint: its origin must be this log's and a known key must have signed.
    pub fn open(&self, signed: &str) -> Result<Signed, CheckpointError> {
        let opened = note::open(signed, &self.keys)?;
        let checkpoint = Checkpoint::from_text(opened.text)?;
        if checkpoint.origin != self.origin {
            return Err(CheckpointError::OtherOrigin { expected: self.origin.clone(), got: checkpoint.origin });
        }
        Ok(Signed { checkpoint, signed_by: opened.signed_by })
    }

    /// Refuses a demonstration's origin or key where it does not belong.
    pub fn check_setting(&self, setting: Setting) -> Result<(), CheckpointError> {
        let names = self.keys.iter().map(PublicKey::name).chain([self.origin.as_str()]);
        match names.into_iter().find(|name| !setting.admits(name)) {
            Some(name) => Err(CheckpointError::Demonstration(name.to_owned())),
            None => Ok(()),
        }
    }

    /// The keys of this identity that are missing from `signed`: a log that promises Ed25519 and SM2 owes both.
    pub fn missing_signatures<'a>(&'a self, signed: &Signed) -> Vec<&'a KeyId> {
        self.keys.iter().map(PublicKey::id).filter(|id| !signed.signed_by.contains(id)).collect()
    }
}

/// Two checkpoints that do not belong to one growing log. Keep both signed notes: together they are evidence against the
/// log that needs no trust in whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fork {
    /// They are checkpoints of different logs.
    #[error("the newer checkpoint is another log's")]
    OtherOrigin,
    /// The newer tree is smaller: a rolled-back log, a restored old backup.
    #[error("the log shrank from {from} to {to} leaves")]
    SizeBackwards {
        /// Leaves in the tree already known.
        from: u64,
        /// Leaves in the tree offered.
        to: u64,
    },
    /// Two roots for one size: a split view.
    #[error("the log has two roots for {0} leaves")]
    TwoRoots(u64),
    /// The consistency proof does not hold.
    #[error("the log was not only appended to: {0}")]
    Inconsistent(TreeError),
}

impl Fork {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherOrigin => "other_origin",
            Self::SizeBackwards { .. } => "size_backwards",
            Self::TwoRoots(_) => "two_roots",
            Self::Inconsistent(_) => "inconsistent",
        }
    }
}

/// Whether `newer` may take the place of `known`: same log, not smaller, and `known` its beginning by `proof`
/// (see [`crate::tree::consistency_proof`]; empty where the size is the same).
pub fn accept_newer(known: &Checkpoint, newer: &Checkpoint, proof: &[Hash]) -> Result<(), Fork> {
    if known.origin != newer.origin {
        return Err(Fork::OtherOrigin);
    }
    if newer.size < known.size {
        return Err(Fork::SizeBackwards { from: known.size, to: newer.size });
    }
    if newer.size == known.size && newer.root != known.root {
        return Err(Fork::TwoRoots(known.size));
    }
    verify_consistency((known.size, &known.root), (newer.size, &newer.root), proof).map_err(Fork::Inconsistent)
}

#[cfg(test)]
mod tests;

//! The published file of a draw, and its verification without a network: commitment in the log before, co-signatures,
//! list, secret, seed, who was drawn, and who goes where.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::announcement::Announcement;
use super::assign::{Pair, assign};
use super::roll::{Bar, Order, Roll, Target};
use super::select::{Chances, chances, select};
use super::stream::{Purpose, Stream};
use super::wrong::Wrong;
use crate::Hash;
use crate::canonical::{CanonicalError, canonical, read_strict_within};
use crate::checkpoint::{CheckpointError, LogIdentity, Signed};
use crate::key::{KeyId, PublicKey, Signature};
use crate::note;
use crate::proof::ProofFile;
use crate::tree::leaf_hash;

/// First member of a file: what it is.
const FORMAT: &str = "budayang/draw@v1";
/// Keeps seeds apart from every other hash of the house.
const SEED_LABEL: &[u8] = b"budayang/draw-seed@v1\n";
/// The longest file read, in bytes: room for a million targets.
const MAX_BYTES: usize = 1 << 27;

/// What decides everything: 32 bytes nobody could know before the last co-signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub Hash);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed({})", self.0)
    }
}

/// The seed: SHA-256 over a label, the announcement's leaf hash, the secret, and the co-signatures in the announced order.
pub fn seed_of(announcement: &Hash, secret: &[u8; 32], cosignatures: &[Signature]) -> Seed {
    let mut sha = Sha256::new().chain_update(SEED_LABEL).chain_update(announcement.0).chain_update(secret);
    for signature in cosignatures {
        sha.update(signature);
    }
    Seed(Hash(sha.finalize().into()))
}

/// What falls out of a seed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawn {
    /// The chances before the draw, by position in the roll.
    pub chances: Chances,
    /// The drawn targets with their officers, ascending by target.
    pub pairs: Vec<Pair>,
}

/// Draws from a roll that was checked for `order`.
pub fn draw(roll: &Roll, order: Order, seed: &Seed) -> Drawn {
    let chances = chances(roll, order.take);
    let drawn = select(roll, &chances, &mut Stream::new(seed, Purpose::Targets));
    let pairs = assign(roll, order, &drawn, &mut Stream::new(seed, Purpose::Officers));
    Drawn { chances, pairs }
}

/// The roll as a file carries it, in any order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRoll {
    bars: Vec<Bar>,
    officers: Vec<String>,
    targets: Vec<Target>,
}

/// A published draw, nothing verified.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawFile {
    /// The announcement, byte for byte as it is a leaf of the log.
    pub announcement: String,
    format: String,
    /// Who was drawn, and who goes there.
    pub pairs: Vec<Pair>,
    /// The C2SP proof that the announcement is in the log, with the co-signed checkpoint.
    pub proof: String,
    roll: WrittenRoll,
    /// The drawer's secret, 64 hexadecimal digits.
    pub secret: String,
}

/// Whose keys the reader knows from elsewhere. An empty list believes the keys the announcement names, which proves that
/// nothing was changed afterwards, and not who the log and the witnesses are.
#[derive(Clone, Debug, Default)]
pub struct Trusted {
    /// The log's.
    pub log: Vec<PublicKey>,
    /// The witnesses'.
    pub witnesses: Vec<PublicKey>,
}

/// A draw that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// What was announced.
    pub announcement: Announcement,
    /// The announcement's leaf hash: what the next announcement of this agency names.
    pub leaf: Hash,
    /// Its position in the log, from 0.
    pub index: u64,
    /// The seed.
    pub seed: Seed,
    /// The roll.
    pub roll: Roll,
    /// What falls out of it; the same as the file says.
    pub drawn: Drawn,
}

impl DrawFile {
    /// The file of a draw.
    pub fn new(announcement: String, proof: String, roll: &Roll, secret: &[u8; 32], pairs: Vec<Pair>) -> Self {
        let (bars, officers, targets) = (roll.bars().to_vec(), roll.officers().to_vec(), roll.targets().to_vec());
        Self {
            announcement,
            format: FORMAT.to_owned(),
            pairs,
            proof,
            roll: WrittenRoll { bars, officers, targets },
            secret: hex::encode(secret),
        }
    }

    /// Writes the file: canonical JSON and a newline.
    pub fn to_text(&self) -> Result<String, CanonicalError> {
        Ok(canonical(self)? + "\n")
    }

    /// Reads a file, in any layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Wrong> {
        let value = read_strict_within(bytes, MAX_BYTES).map_err(Wrong::Form)?;
        let file: Self = serde_json::from_value(value).map_err(|error| Wrong::Shape(error.to_string()))?;
        if file.format == FORMAT { Ok(file) } else { Err(Wrong::OtherMethod(file.format.chars().take(80).collect())) }
    }

    /// Verifies everything, in the order in which it happened; the first thing that does not hold is the answer.
    pub fn verify(&self, trusted: &Trusted) -> Result<Verified, Wrong> {
        let announcement = Announcement::from_text(&self.announcement)?;
        check_trusted(&announcement, trusted)?;
        let leaf = leaf_hash(self.announcement.as_bytes());
        let (index, cosignatures) = self.check_log(&announcement, &leaf)?;
        let roll = self.check_roll(&announcement)?;
        let secret = self.check_secret(&announcement)?;
        let seed = seed_of(&leaf, &secret, &cosignatures);
        let drawn = draw(&roll, announcement.order, &seed);
        check_pairs(&drawn.pairs, &self.pairs)?;
        Ok(Verified { announcement, leaf, index, seed, roll, drawn })
    }

    /// The announcement is the last leaf under a checkpoint that the log and every witness signed; gives its index and the
    /// co-signatures in the announced order.
    fn check_log(&self, announcement: &Announcement, leaf: &Hash) -> Result<(u64, Vec<Signature>), Wrong> {
        let proof = ProofFile::from_text(&self.proof)?;
        let keys = [&announcement.log[..], &announcement.witnesses].concat();
        let log = LogIdentity { origin: announcement.origin.clone(), keys };
        let Signed { checkpoint, signed_by } = proof.verify_hash(leaf, &log)?;
        if checkpoint.size != proof.index + 1 {
            return Err(Wrong::NotLast { index: proof.index, size: checkpoint.size });
        }
        // A line more would be another text to sign for the same tree, and another seed to choose.
        if !checkpoint.extensions.is_empty() {
            return Err(Wrong::Extension);
        }
        if !announcement.log.iter().any(|key| signed_by.contains(key.id())) {
            return Err(Wrong::LogUnsigned);
        }
        let note = note::read(&proof.checkpoint).map_err(|error| Wrong::Proof(CheckpointError::from(error).into()))?;
        let cosignatures = announcement.witnesses.iter().map(|witness| cosignature(&note, witness.id()));
        Ok((proof.index, cosignatures.collect::<Result<_, _>>()?))
    }

    fn check_roll(&self, announcement: &Announcement) -> Result<Roll, Wrong> {
        let WrittenRoll { bars, officers, targets } = self.roll.clone();
        let roll = Roll::new(targets, officers, bars)?;
        let same_size = (roll.targets().len(), roll.officers().len())
            == (announcement.targets as usize, announcement.officers as usize);
        if !same_size || roll.hash() != announcement.roll {
            return Err(Wrong::OtherRoll { announced: announcement.roll, got: roll.hash() });
        }
        roll.check(announcement.order)?;
        Ok(roll)
    }

    fn check_secret(&self, announcement: &Announcement) -> Result<[u8; 32], Wrong> {
        let secret: Hash = self.secret.parse().map_err(|_| Wrong::SecretText)?;
        if announcement.opens(&secret.0) { Ok(secret.0) } else { Err(Wrong::OtherSecret) }
    }
}

/// Every key the announcement names is one the reader knows, where he knows any.
fn check_trusted(announcement: &Announcement, trusted: &Trusted) -> Result<(), Wrong> {
    let unknown = |named: &[PublicKey], known: &[PublicKey]| {
        named.iter().find(|key| !known.is_empty() && !known.contains(key)).map(|key| key.id().clone())
    };
    if let Some(key) = unknown(&announcement.log, &trusted.log) {
        return Err(Wrong::UnknownLogKey(key));
    }
    match unknown(&announcement.witnesses, &trusted.witnesses) {
        Some(key) => Err(Wrong::UnknownWitness(key)),
        None => Ok(()),
    }
}

/// The one signature of a witness. Two would be a choice.
fn cosignature(note: &note::Note<'_>, witness: &KeyId) -> Result<Signature, Wrong> {
    let mut lines = note.signatures.iter().filter(|line| line.key == *witness);
    let line = lines.next().ok_or_else(|| Wrong::WitnessMissing(witness.clone()))?;
    if lines.next().is_some() {
        return Err(Wrong::WitnessTwice(witness.clone()));
    }
    line.signature.as_slice().try_into().map_err(|_| Wrong::WitnessMissing(witness.clone()))
}

/// The first difference between what falls out of the seed and what the file says.
fn check_pairs(drawn: &[Pair], written: &[Pair]) -> Result<(), Wrong> {
    for (i, pair) in drawn.iter().enumerate() {
        match written.get(i) {
            Some(said) if said.target == pair.target && said.officers == pair.officers => {}
            Some(said) if said.target == pair.target => {
                let (target, drawn) = (pair.target.clone(), pair.officers.clone());
                return Err(Wrong::OtherOfficers { target, drawn, said: said.officers.clone() });
            }
            Some(said) if !drawn.iter().any(|other| other.target == said.target) => {
                return Err(Wrong::NotDrawn(said.target.clone()));
            }
            _ => return Err(Wrong::LeftOut(pair.target.clone())),
        }
    }
    match written.get(drawn.len()) {
        Some(said) => Err(Wrong::NotDrawn(said.target.clone())),
        None => Ok(()),
    }
}

//! Signed notes (C2SP signed-note): a text, an empty line, and one line for each signature.
//!
//! ```text
//! text…
//!
//! — key.name base64(key id ‖ signature)
//! ```
//! Signatures of unknown keys are ignored, so that keys can be rotated and witnesses can sign beside the log. A signature
//! of a known key must be good or the whole note is refused. Ed25519 has its own signature type; SM2 and P-256 use type
//! 0xff with the names `budayang/sm2-sm3@v1` and `budayang/ecdsa-p256-sha256@v1`, each followed by a newline, then the
//! uncompressed point; their signatures are 64 raw bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::{KeyError, KeyId, PublicKey, SignFault, SignatureFault, Signer};

/// The longest note read, in bytes: room for a checkpoint with dozens of witnesses.
pub const MAX_BYTES: usize = 1 << 20;
/// The most signature lines read. C2SP asks for 16 at least.
pub const MAX_SIGNATURES: usize = 100;

/// What opens a signature line: em dash and space.
const DASH: &str = "— ";

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The key it claims.
    pub key: KeyId,
    /// The signature as that key's algorithm writes it.
    pub signature: Vec<u8>,
}

/// A note taken apart, nothing verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'a> {
    /// The signed text, with its last newline.
    pub text: &'a str,
    /// Its signature lines, in order.
    pub signatures: Vec<SignatureLine>,
}

/// A note of which at least one signature was checked, and none of a known key was bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<'a> {
    /// The signed text.
    pub text: &'a str,
    /// The known keys that signed it, in the order of the lines, each once.
    pub signed_by: Vec<KeyId>,
}

/// Why a note is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`MAX_BYTES`].
    #[error("the note has {0} bytes, too many")]
    TooLong(usize),
    /// A control character, or no final newline.
    #[error("the text has a control character or no newline at its end")]
    Text,
    /// No empty line followed by signature lines.
    #[error("the note has no signatures")]
    NoSignatures,
    /// A line after the empty line is not a signature line.
    #[error("signature line {0} is not one")]
    SignatureLine(usize),
    /// More than [`MAX_SIGNATURES`].
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// A known key's signature is bad: the note is refused whatever else signed it.
    #[error("the signature of {key} is bad: {fault}")]
    BadSignature {
        /// The key.
        key: KeyId,
        /// Why.
        fault: SignatureFault,
    },
    /// None of the keys the reader knows has signed.
    #[error("none of the known keys signed the note")]
    NoKnownKey,
    /// Two of the reader's keys share name and id.
    #[error("two known keys share the id {0}")]
    AmbiguousKey(KeyId),
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignFault),
}

impl NoteError {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "note_too_long",
            Self::Text => "note_text",
            Self::NoSignatures => "note_unsigned",
            Self::SignatureLine(_) => "note_signature_line",
            Self::TooManySignatures => "note_too_many_signatures",
            Self::BadSignature { fault, .. } => fault.code(),
            Self::NoKnownKey => "note_unknown_key",
            Self::AmbiguousKey(_) => "note_ambiguous_key",
            Self::Sign(_) => "signer_failed",
        }
    }
}

/// Signs `text` (which ends with a newline) with every signer, a line each, in their order.
pub fn sign(text: &str, signers: &[&dyn Signer]) -> Result<String, NoteError> {
    check_text(text)?;
    let mut note = format!("{text}\n");
    for signer in signers {
        note.push_str(&signature_line(text, *signer)?);
    }
    if signers.is_empty() { Err(NoteError::NoSignatures) } else { Ok(note) }
}

/// The signature line of one signer, with its newline: what a witness adds to somebody else's note.
pub fn signature_line(text: &str, signer: &dyn Signer) -> Result<String, NoteError> {
    let id = signer.public().id();
    let signature = signer.sign(text.as_bytes())?;
    let bytes = [&id.hash().to_be_bytes()[..], &signature].concat();
    Ok(format!("{DASH}{} {}\n", id.name(), STANDARD.encode(bytes)))
}

/// Takes a note apart and checks the signatures of the `known` keys.
pub fn open<'a>(note: &'a str, known: &[PublicKey]) -> Result<Opened<'a>, NoteError> {
    if let Some(twin) = known.iter().enumerate().find(|(i, key)| known[..*i].iter().any(|k| k.id() == key.id())) {
        return Err(NoteError::AmbiguousKey(twin.1.id().clone()));
    }
    let note = read(note)?;
    let mut signed_by: Vec<KeyId> = Vec::new();
    for line in &note.signatures {
        let Some(key) = known.iter().find(|key| *key.id() == line.key) else { continue };
        key.verify(note.text.as_bytes(), &line.signature)
            .map_err(|fault| NoteError::BadSignature { key: line.key.clone(), fault })?;
        if !signed_by.contains(&line.key) {
            signed_by.push(line.key.clone());
        }
    }
    if signed_by.is_empty() { Err(NoteError::NoKnownKey) } else { Ok(Opened { text: note.text, signed_by }) }
}

/// Takes a note apart without checking a signature.
pub fn read(note: &str) -> Result<Note<'_>, NoteError> {
    if note.len() > MAX_BYTES {
        return Err(NoteError::TooLong(note.len()));
    }
    check_text(note)?;
    // The last empty line separates text and signatures: the text may have empty lines of its own.
    let split = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
    let (text, lines) = (&note[..=split], &note[split + 2..]);
    if lines.is_empty() {
        return Err(NoteError::NoSignatures);
    }
    let mut signatures = Vec::new();
    for (i, line) in lines.split_terminator('\n').enumerate() {
        if i == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        signatures.push(read_line(line).ok_or(NoteError::SignatureLine(i + 1))?);
    }
    Ok(Note { text, signatures })
}

fn read_line(line: &str) -> Option<SignatureLine> {
    let (name, base64) = line.strip_prefix(DASH)?.split_once(' ')?;
    let bytes = STANDARD.decode(base64).ok()?;
    let (hash, signature) = bytes.split_first_chunk::<4>()?;
    let key: Result<KeyId, KeyError> = KeyId::foreign(name, u32::from_be_bytes(*hash));
    (!signature.is_empty()).then_some(SignatureLine { key: key.ok()?, signature: signature.to_vec() })
}

fn check_text(text: &str) -> Result<(), NoteError> {
    let clean = text.bytes().all(|byte| byte >= 0x20 || byte == b'\n');
    if clean && text.ends_with('\n') { Ok(()) } else { Err(NoteError::Text) }
}

#[cfg(test)]
mod tests;

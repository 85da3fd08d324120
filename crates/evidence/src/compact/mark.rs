//! How compact documents are signed: the body, then the 64 bytes of the signature. The body names its key by four bytes;
//! what the algorithm is, whose key it is and what it may sign, the trust list says.

use crate::key::{SignFault, Signer};
use crate::seal;
use crate::trust::{Entry, TrustList};

use super::{Fault, Refusal};

/// Bytes of a signature.
const SIGNATURE: usize = 64;

/// The body with its signature behind it. `label` keeps one kind of document from being taken for another.
pub(crate) fn sign(label: &str, body: Vec<u8>, signer: &dyn Signer) -> Result<Vec<u8>, SignFault> {
    let signature = signer.sign(&signed_text(label, &body))?;
    Ok([&body[..], &signature].concat())
}

/// The bytes a signature is over.
pub(crate) fn signed_text(label: &str, body: &[u8]) -> Vec<u8> {
    [label.as_bytes(), body].concat()
}

/// Body and signature.
pub(crate) fn split(bytes: &[u8], longest: usize) -> Result<(&[u8], &[u8]), Fault> {
    if bytes.len() > longest {
        return Err(Fault::TooLong(bytes.len()));
    }
    let at = bytes.len().checked_sub(SIGNATURE).ok_or(Fault::Cut)?;
    Ok(bytes.split_at(at))
}

/// The entry of the trust list whose key signed this text: of those with the number `key`, the one whose signature holds.
pub(crate) fn signer_of<'t>(
    trust: &'t TrustList,
    key: u32,
    text: &[u8],
    signature: &[u8],
) -> Result<&'t Entry, Refusal> {
    let mut refusal = Refusal::UnknownKey(key);
    for entry in trust.entries().iter().filter(|entry| entry.key.id().hash() == key) {
        match entry.key.verify(text, signature) {
            Ok(()) if trust.setting().admits(entry.key.name()) => return Ok(entry),
            Ok(()) => refusal = seal::Refusal::DemonstrationKey(entry.key.id().clone()).into(),
            Err(fault) => refusal = seal::Refusal::Signature(fault).into(),
        }
    }
    Err(refusal)
}

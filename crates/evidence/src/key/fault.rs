//! Why a signature is refused: one named reason each, told apart before the arithmetic where they can be.

use super::{Algorithm, Signature};

/// Why a signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// Not 64 bytes: cut, padded, or with the leading zeroes of a number stripped.
    #[error("a signature has 64 bytes, not {0}")]
    Length(usize),
    /// ASN.1 DER where 64 raw bytes belong.
    #[error("the signature is in DER, 64 raw bytes belong here")]
    Der,
    /// A number of the signature is zero.
    #[error("a number of the signature is zero")]
    Zero,
    /// A number of the signature is not below the order of the group.
    #[error("a number of the signature is not below the group's order")]
    OutOfRange,
    /// SM2: r + s is the order of the group, so the public key would not take part.
    #[error("r + s equals the group's order")]
    SumIsOrder,
    /// The signature is not of this key and this text.
    #[error("the signature does not belong to this key and text")]
    Mismatch,
}

impl SignatureFault {
    /// A short reason for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length(_) => "signature_length",
            Self::Der => "signature_der",
            Self::Zero => "signature_zero",
            Self::OutOfRange => "signature_out_of_range",
            Self::SumIsOrder => "signature_sum_is_order",
            Self::Mismatch => "signature_mismatch",
        }
    }
}

/// The order of the SM2 group (GB/T 32918.5), big-endian.
const SM2_ORDER: [u8; 32] = *b"\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
    \x72\x03\xdf\x6b\x21\xc6\x05\x2b\x53\xbb\xf4\x09\x39\xd5\x41\x23";
/// The order of the P-256 group (FIPS 186-5), big-endian.
const P256_ORDER: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\
    \xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
/// The order of the Ed25519 group (RFC 8032), big-endian.
const ED25519_ORDER: [u8; 32] = *b"\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
    \x14\xde\xf9\xde\xa2\xf7\x9c\xd6\x58\x12\x63\x1a\x5c\xf5\xd3\xed";

/// Checks all that can be said of a signature before the key is asked.
pub(super) fn check_shape(algorithm: Algorithm, bytes: &[u8]) -> Result<Signature, SignatureFault> {
    let Ok(signature) = Signature::try_from(bytes) else {
        return Err(if looks_like_der(bytes) { SignatureFault::Der } else { SignatureFault::Length(bytes.len()) });
    };
    let (first, second) = signature.split_at(32);
    match algorithm {
        Algorithm::Ed25519 => {
            let big_endian: Vec<u8> = second.iter().rev().copied().collect();
            check_below(&big_endian, &ED25519_ORDER)?;
        }
        Algorithm::Sm2 => {
            check_number(first, &SM2_ORDER)?;
            check_number(second, &SM2_ORDER)?;
            if sum_is(first, second, &SM2_ORDER) {
                return Err(SignatureFault::SumIsOrder);
            }
        }
        Algorithm::P256 => {
            check_number(first, &P256_ORDER)?;
            check_number(second, &P256_ORDER)?;
        }
    }
    Ok(signature)
}

fn check_number(number: &[u8], order: &[u8; 32]) -> Result<(), SignatureFault> {
    if number.iter().all(|byte| *byte == 0) { Err(SignatureFault::Zero) } else { check_below(number, order) }
}

fn check_below(number: &[u8], order: &[u8; 32]) -> Result<(), SignatureFault> {
    if number < &order[..] { Ok(()) } else { Err(SignatureFault::OutOfRange) }
}

/// Whether two big-endian numbers below `order` add up to it.
fn sum_is(a: &[u8], b: &[u8], order: &[u8; 32]) -> bool {
    let mut carry = 0;
    let mut equal = true;
    for i in (0..32).rev() {
        let sum = u16::from(a[i]) + u16::from(b[i]) + carry;
        equal &= sum & 0xff == u16::from(order[i]);
        carry = sum >> 8;
    }
    equal && carry == 0
}

/// A SEQUENCE of exactly two INTEGERs: only used to name the reason of a refusal, never to accept.
pub(super) fn looks_like_der(bytes: &[u8]) -> bool {
    let integer = |bytes: &[u8]| -> Option<usize> {
        let (&[tag, length], _) = bytes.split_first_chunk::<2>()?;
        (tag == 2 && (1..=33).contains(&length)).then_some(2 + usize::from(length))
    };
    let Some((&[0x30, length], body)) = bytes.split_first_chunk::<2>() else { return false };
    let whole = usize::from(length) == body.len();
    whole && integer(body).and_then(|first| Some(first + integer(body.get(first..)?)?)) == Some(body.len())
}

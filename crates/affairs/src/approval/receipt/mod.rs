//! The receipt's secret: with the case number it opens the progress of one case without sign-in, and only its status.
//!
//! It is derived from the case and a key of the office, so that it is nowhere stored and a repeated request gets the
//! same one. A secret that was lost is followed by another: what is stored is how many times that happened.

mod record;

use evidence::canonical::Salt;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Id;
use serde_json::json;
use sha2::Sha256;
use store::{Fault, Store, Unit};
use subtle::ConstantTimeEq;

use self::record::RECEIPT_ROUND;
use super::beside::commit_owing;
use super::desk::Desk;
use super::error::ApprovalError;
use super::leaf;
use super::record::Case;
use super::settle::event;
use crate::access::Signature;

/// Letters that are not misread when copied by hand: no 0 1 I L O U.
const LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Twelve of thirty letters: 58 bits, and every wrong guess is counted.
const LENGTH: usize = 12;

/// The key from which receipt secrets are derived; one per office, kept with the signing keys.
#[derive(Clone)]
pub struct ReceiptKey([u8; 32]);

impl std::fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceiptKey(not shown)")
    }
}

impl ReceiptKey {
    /// A key from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret of a case after so many were lost, in three groups: `K7MQ-29XF-WTRA`.
    fn of_round(&self, case: Id, round: i64) -> String {
        // HMAC takes keys of any length: this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(b"budayang/receipt@v1\n");
        mac.update(case.to_string().as_bytes());
        if round > 0 {
            mac.update(format!("\n{round}").as_bytes());
        }
        let digest = mac.finalize().into_bytes();
        let letters: String = digest.iter().take(LENGTH).map(|b| char::from(LETTERS[usize::from(*b) % 30])).collect();
        [&letters[..4], &letters[4..8], &letters[8..]].join("-")
    }

    /// Whether somebody typed the secret of this case; spaces, dashes and case do not matter.
    fn opens(&self, (case, round): (Id, i64), typed: &str) -> bool {
        let plain = |text: &str| text.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        plain(&self.of_round(case, round)).as_bytes().ct_eq(plain(typed).as_bytes()).into()
    }
}

/// The secret of a case that counts now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn receipt_secret(store: &Store, key: &ReceiptKey, case: &Case) -> Result<String, Fault> {
    let (round, _) = record::round(store, case).await?;
    Ok(key.of_round(case.id, round))
}

/// Whether somebody typed the secret of this case that counts now.
pub(super) async fn opens(store: &Store, key: &ReceiptKey, case: &Case, typed: &str) -> Result<bool, Fault> {
    let (round, _) = record::round(store, case).await?;
    Ok(key.opens((case.id, round), typed))
}

/// Puts another secret in the place of one that was lost: the old one opens nothing from now on. Who asks for it was
/// recognised by the room above, which adds its rows. Gives the new secret.
///
/// # Errors
/// [`ApprovalError::Changed`] where somebody else did so at the same instant.
pub async fn renew_receipt(
    desk: &Desk<'_>,
    key: &ReceiptKey,
    (case, by): (&Case, &Signature),
    rows: Unit,
) -> Result<String, ApprovalError> {
    let (round, version) = record::round(desk.store(), case).await?;
    let now = desk.base.now();
    let row = vec![(&case.shard).into(), case.id.into()];
    let told = vec![("round", (round + 1).into()), ("renewed_at", now.into()), ("renewed_by", (&by.name).into())];
    let unit = match version {
        Some(version) => desk.base.unit().update(&RECEIPT_ROUND, row, version, told),
        None => {
            let values = row.into_iter().chain([1_i64.into()]).chain(told.into_iter().map(|(_, value)| value));
            desk.base.unit().insert(&RECEIPT_ROUND, values.collect())
        }
    };
    let unit = unit.and(event(desk, case, "receipt_renewed", by, json!({}), now)).and(rows);
    let salt = Salt::generate(desk.base.entropy);
    let public = json!({ "at": now, "round": round + 1 });
    let leaf = leaf::leaf("case.receipt_renewed", case, &public, &json!({ "by": by }), &salt)?;
    commit_owing(desk, unit, leaf).await?;
    Ok(key.of_round(case.id, round + 1))
}

#[cfg(test)]
mod tests {
    use kernel::{FixedClock, SeededEntropy};

    use super::*;

    #[test]
    fn the_secret_is_the_cases_own_and_forgives_spelling() {
        let key = ReceiptKey::from_bytes([7; 32]);
        let (clock, chance) = (FixedClock::default(), SeededEntropy::new(3));
        let (one, two) = (Id::new(&clock, &chance), Id::new(&clock, &chance));
        let secret = key.of_round(one, 0);
        assert_eq!(secret.len(), 14);
        assert!(key.opens((one, 0), &secret) && key.opens((one, 0), &secret.to_lowercase().replace('-', " ")));
        assert!(!key.opens((two, 0), &secret) && !key.opens((one, 0), "") && !key.opens((one, 0), &secret[1..]));
        assert!(!ReceiptKey::from_bytes([8; 32]).opens((one, 0), &secret));
        // One that was lost opens nothing any more, and the next is another.
        let next = key.of_round(one, 1);
        assert!(next != secret && key.opens((one, 1), &next) && !key.opens((one, 1), &secret));
        assert_ne!(key.of_round(one, 2), next);
    }
}

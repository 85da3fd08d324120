//! Is this licence genuine, and how does it stand? The seal answers the first, the record the second.

use evidence::compact::{self, Envelope, InBatch};
use evidence::seal::{self, Question, Refusal, Sealed};
use evidence::trust::TrustList;
use kernel::{Date, Moment};

use super::record::{Licence, Status};

/// What kind of sealed document a licence is.
pub const KIND: &str = "budayang/licence@v1";

/// How a genuine licence stands today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// In force.
    InForce,
    /// Its first day has not come.
    NotYet,
    /// Its last day has passed.
    Expired,
    /// A newer version is in force.
    Superseded,
    /// 注销.
    StruckOff,
    /// 撤销.
    Annulled,
    /// 暂扣.
    Suspended,
    /// 撤回.
    Withdrawn,
    /// 吊销.
    Revoked,
    /// Genuine, but this office's record does not know it.
    Unknown,
}

impl Standing {
    /// The word in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::StruckOff => "struck_off",
            Self::Annulled => "annulled",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// A licence whose seal holds.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What was sealed.
    pub sealed: Sealed,
    /// How it stands.
    pub standing: Standing,
}

/// Checks a licence's text against the trust list, then asks how it stands: `record` is this office's row with the same
/// identifier, where there is one.
///
/// # Errors
/// The seal's refusal, each with its own reason code.
pub fn verify(text: &[u8], trust: &TrustList, record: Option<&Licence>, now: Moment) -> Result<Verified, Refusal> {
    let sealed = opened(text, trust, &Question { kind: KIND, now, logged_at: record.map(|l| l.issued_at) })?;
    let standing = standing(&sealed, record, now.date());
    Ok(Verified { sealed, standing })
}

/// A document with a seal of its own, or out of a batch that was sealed once.
fn opened(text: &[u8], trust: &TrustList, question: &Question<'_>) -> Result<Sealed, Refusal> {
    if !InBatch::claims(text) {
        return seal::verify(text, trust, question);
    }
    let fault = |fault: compact::Fault| Refusal::Batch(fault.code());
    let file = InBatch::read(text).map_err(fault)?;
    let envelope = Envelope::in_batch(&file).map_err(fault)?;
    let entry = envelope.verify(trust, question.now, question.logged_at).map_err(|refusal| match refusal {
        compact::Refusal::Seal(refusal) => refusal,
        other => Refusal::Batch(other.code()),
    })?;
    let core = envelope.core();
    compact::check_details(&file.details, core.details).map_err(fault)?;
    Ok(Sealed {
        kind: question.kind.to_owned(),
        issuer: entry.issuer.clone(),
        scope: core.scope.clone(),
        issued_at: core.issued_at,
        key: entry.key.id().clone(),
        payload: file.details,
    })
}

fn standing(sealed: &Sealed, record: Option<&Licence>, today: Date) -> Standing {
    let day = |name: &str| sealed.payload.get(name)?.as_str()?.parse::<Date>().ok();
    match record.map(|l| l.status) {
        None => Standing::Unknown,
        Some(Status::Superseded) => Standing::Superseded,
        Some(Status::StruckOff) => Standing::StruckOff,
        Some(Status::Annulled) => Standing::Annulled,
        Some(Status::Suspended) => Standing::Suspended,
        Some(Status::Withdrawn) => Standing::Withdrawn,
        Some(Status::Revoked) => Standing::Revoked,
        Some(Status::Valid) if day("valid_from").is_some_and(|from| today < from) => Standing::NotYet,
        Some(Status::Valid) if day("valid_to").is_some_and(|to| to < today) => Standing::Expired,
        Some(Status::Valid) => Standing::InForce,
    }
}

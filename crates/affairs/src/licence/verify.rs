//! Is this licence genuine, and how does it stand? The seal answers the first, the record the second.

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
    let sealed = seal::verify(text, trust, &Question { kind: KIND, now, logged_at: record.map(|l| l.issued_at) })?;
    let standing = standing(&sealed, record, now.date());
    Ok(Verified { sealed, standing })
}

fn standing(sealed: &Sealed, record: Option<&Licence>, today: Date) -> Standing {
    let day = |name: &str| sealed.payload.get(name)?.as_str()?.parse::<Date>().ok();
    match record.map(|l| l.status) {
        None => Standing::Unknown,
        Some(Status::Superseded) => Standing::Superseded,
        Some(Status::StruckOff) => Standing::StruckOff,
        Some(Status::Annulled) => Standing::Annulled,
        Some(Status::Valid) if day("valid_from").is_some_and(|from| today < from) => Standing::NotYet,
        Some(Status::Valid) if day("valid_to").is_some_and(|to| to < today) => Standing::Expired,
        Some(Status::Valid) => Standing::InForce,
    }
}

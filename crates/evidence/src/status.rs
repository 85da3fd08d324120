//! The status list: which licences of an office are not to be used, and why, in so few bytes that a phone holds the whole
//! region's and asks nobody about any one of them.
//!
//! A licence knows its list and its position in it (see [`crate::compact::Place`]). Positions are drawn by chance: neighbours
//! in the list are strangers, and its size says nothing of who was licensed when. The list holds only what is marked: the
//! gaps between marked positions in a Rice code, and three bits for each mark. It is signed, carries a number that only
//! grows, when it was made and until when it is promised: a reader who has seen a newer one is not sent back to an older.

mod rice;

use kernel::{Entropy, Moment};

use crate::compact::cbor::{Fields, Writer};
use crate::compact::{Fault, Refusal, mark, pack};
use crate::key::{SignFault, Signer};
use crate::seal::{self, Question};
use crate::trust::{TrustList, is_scope};

/// Stands before the signed bytes.
const LABEL: &str = "budayang/status-list@v1\n";
/// The version of the format.
const VERSION: u64 = 1;
/// The longest list read, in bytes.
const LONGEST: usize = 8 << 20;
/// The most positions a list may have.
pub const MOST_POSITIONS: u32 = 1 << 24;

/// Why a licence is not to be used. Each is an act of its own, with its own ground and remedy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mark {
    /// A newer version took its place.
    Superseded = 1,
    /// Not to be used for the time being.
    Suspended = 2,
    /// 撤回: taken back, because the law or the facts have changed.
    Withdrawn = 3,
    /// 撤销: set aside, because it should not have been granted.
    SetAside = 4,
    /// 吊销: taken away, as a penalty.
    Revoked = 5,
    /// 注销: formally closed.
    StruckOff = 6,
}

impl Mark {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Superseded, Self::Suspended, Self::Withdrawn, Self::SetAside, Self::Revoked, Self::StruckOff];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Superseded => "superseded",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::SetAside => "set_aside",
            Self::Revoked => "revoked",
            Self::StruckOff => "struck_off",
        }
    }

    /// The code in answers.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Superseded => "mark_superseded",
            Self::Suspended => "mark_suspended",
            Self::Withdrawn => "mark_withdrawn",
            Self::SetAside => "mark_set_aside",
            Self::Revoked => "mark_revoked",
            Self::StruckOff => "mark_struck_off",
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| *mark as u64 == number)
    }
}

/// A status list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    /// The number of the key that signs.
    pub key: u32,
    /// Origin of the log whose licences it is about: lists are told apart by log and number.
    pub log: String,
    /// Under which scope it is signed.
    pub scope: String,
    /// Its number among the office's lists.
    pub list: u32,
    /// Grows with every issue of the list.
    pub sequence: u64,
    /// When it was made, whole seconds.
    pub issued_at: Moment,
    /// Until when it is promised that nothing newer is needed.
    pub next_update: Moment,
    /// Positions, marked or not.
    pub size: u32,
    /// What is marked: positions ascending, each once, below the size.
    pub marks: Vec<(u32, Mark)>,
}

/// A list whose signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The list.
    pub list: StatusList,
    /// Whose key signed it, as the trust list names them: a list speaks of its own issuer's licences only.
    pub issuer: String,
}

/// Why a list is not one, or is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// Positions that are not in order, or not below the size.
    #[error("the marked positions are not in order, or lie outside the list")]
    Positions,
    /// Not a list of this office: another log or another number.
    #[error("list {got} is not list {held}")]
    OtherList {
        /// The list held, as log and number.
        held: String,
        /// The list offered.
        got: String,
    },
    /// Older than one the reader has seen.
    #[error("the list is number {got}, but number {held} was seen before")]
    Rollback {
        /// The highest number seen.
        held: u64,
        /// The number offered.
        got: u64,
    },
    /// The same number as the one held, with other content: two truths at once, which the reader should keep as evidence.
    #[error("two different lists have the number {0}")]
    Fork(u64),
    /// A position the list does not have.
    #[error("position {index} is outside a list of {size}")]
    Outside {
        /// The position.
        index: u32,
        /// Positions in the list.
        size: u32,
    },
}

impl StatusError {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Positions => "status_positions",
            Self::OtherList { .. } => "status_other_list",
            Self::Rollback { .. } => "status_rollback",
            Self::Fork(_) => "status_fork",
            Self::Outside { .. } => "status_outside",
        }
    }
}

impl StatusList {
    /// The list with these marks instead of its own: positions ascending, each once, below the size.
    pub fn with_marks(self, marks: Vec<(u32, Mark)>) -> Result<Self, StatusError> {
        let list = Self { marks, ..self };
        if list.is_in_order() { Ok(list) } else { Err(StatusError::Positions) }
    }

    /// A list without marks.
    pub fn empty(key: u32, log: &str, scope: &str, list: u32, size: u32) -> Self {
        let never = Moment::from_ms(0);
        let (log, scope) = (log.to_owned(), scope.to_owned());
        Self { key, log, scope, list, sequence: 0, issued_at: never, next_update: never, size, marks: Vec::new() }
    }

    /// The mark at a position; none where the licence may be used.
    pub fn mark(&self, index: u32) -> Result<Option<Mark>, StatusError> {
        if index >= self.size {
            return Err(StatusError::Outside { index, size: self.size });
        }
        let found = self.marks.binary_search_by_key(&index, |(at, _)| *at).ok();
        Ok(found.map(|at| self.marks[at].1))
    }

    /// Whether a reader who holds `held` may take this list in its place.
    pub fn check_follows(&self, held: &Self) -> Result<(), StatusError> {
        if (&self.log, self.list) != (&held.log, held.list) {
            let name = |list: &Self| format!("{}#{}", list.log, list.list);
            return Err(StatusError::OtherList { held: name(held), got: name(self) });
        }
        if self.sequence < held.sequence {
            return Err(StatusError::Rollback { held: held.sequence, got: self.sequence });
        }
        // Another key may sign the same list anew; what it says must be the same.
        let same = (self.issued_at, self.size, &self.marks) == (held.issued_at, held.size, &held.marks);
        if self.sequence == held.sequence && !same { Err(StatusError::Fork(self.sequence)) } else { Ok(()) }
    }

    /// The signed list.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, ListError> {
        let wrong = |name| ListError::Form(Fault::Field(name));
        if signer.public().id().hash() != self.key {
            return Err(wrong("key"));
        }
        let issued = pack::pack_moment(self.issued_at).ok_or(wrong("issued"))?;
        let next = pack::pack_moment(self.next_update).ok_or(wrong("next_update"))?;
        self.check()?;
        let (parameter, bits) = rice::write(&self.marks);
        let mut out = Writer::map(12);
        out.whole(0).whole(VERSION);
        out.whole(1).bytes(&self.key.to_be_bytes());
        out.whole(2).text(&self.log);
        out.whole(3).text(&self.scope);
        out.whole(4).whole(self.list.into());
        out.whole(5).whole(self.sequence);
        out.whole(6).whole(issued.into());
        out.whole(7).whole(next.into());
        out.whole(8).whole(self.size.into());
        out.whole(9).whole(self.marks.len() as u64);
        out.whole(10).whole(parameter.into());
        out.whole(11).bytes(&bits);
        Ok(mark::sign(LABEL, out.done(), signer)?)
    }

    /// Reads a list, checks its signature and that its key may sign such.
    pub fn open(bytes: &[u8], trust: &TrustList, now: Moment) -> Result<Accepted, Refusal> {
        let (body, signature) = mark::split(bytes, LONGEST)?;
        let list = Self::read(body)?;
        let entry = mark::signer_of(trust, list.key, &mark::signed_text(LABEL, body), signature)?;
        if !entry.covers(&list.scope) {
            return Err(seal::Refusal::OutOfScope(list.scope).into());
        }
        seal::check_time(list.issued_at, entry, &Question { kind: "", now, logged_at: None })?;
        Ok(Accepted { list, issuer: entry.issuer.clone() })
    }

    fn read(body: &[u8]) -> Result<Self, Fault> {
        let mut fields = Fields::read(body)?;
        if fields.required(0, |r| r.whole())? != VERSION {
            return Err(Fault::Field("version"));
        }
        let key = u32::from_be_bytes(fields.required(1, |r| r.exactly())?);
        let log = fields.required(2, |r| r.text())?.to_owned();
        let scope = fields.required(3, |r| r.text())?.to_owned();
        let list = fields.required(4, |r| r.small())?;
        let sequence = fields.required(5, |r| r.whole())?;
        let issued_at = pack::unpack_moment(fields.required(6, |r| r.small())?);
        let next_update = pack::unpack_moment(fields.required(7, |r| r.small())?);
        let size = fields.required(8, |r| r.small())?;
        let count = fields.required(9, |r| r.small())?;
        let parameter = fields.required(10, |r| r.small())?;
        let bits = fields.required(11, |r| r.bytes())?;
        fields.end()?;
        let marks = rice::read(bits, parameter, count).ok_or(Fault::Field("marks"))?;
        let list = Self { key, log, scope, list, sequence, issued_at, next_update, size, marks };
        list.check()?;
        Ok(list)
    }

    fn is_in_order(&self) -> bool {
        let ascending = self.marks.windows(2).all(|pair| pair[0].0 < pair[1].0);
        ascending && self.marks.last().is_none_or(|(index, _)| *index < self.size)
    }

    fn check(&self) -> Result<(), Fault> {
        let ascii = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let fields = [
            ("log", ascii(&self.log) && self.log.len() <= 200),
            ("scope", ascii(&self.scope) && is_scope(&self.scope)),
            ("next_update", self.next_update > self.issued_at),
            ("size", (1..=MOST_POSITIONS).contains(&self.size)),
            ("marks", self.is_in_order()),
        ];
        fields.into_iter().find(|(_, good)| !good).map_or(Ok(()), |(name, _)| Err(Fault::Field(name)))
    }
}

/// Why a list could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// A reader would refuse it.
    #[error(transparent)]
    Form(#[from] Fault),
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignFault),
}

/// A position drawn by chance, each as likely as any other; `size` is at least 1. Whoever draws one that is taken draws
/// again.
pub fn draw_position(entropy: &dyn Entropy, size: u32) -> u32 {
    let rest = u32::MAX - u32::MAX % size.max(1);
    loop {
        let mut bytes = [0; 4];
        entropy.fill(&mut bytes);
        let drawn = u32::from_be_bytes(bytes);
        if drawn < rest {
            return drawn % size.max(1);
        }
    }
}

#[cfg(test)]
mod tests;

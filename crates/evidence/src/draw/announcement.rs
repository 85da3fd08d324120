//! The announcement: the leaf that fixes list, numbers, secret and witnesses before anybody can know what falls.

use kernel::Date;
use serde::{Deserialize, Serialize};

use super::METHOD;
use super::roll::{Order, is_token};
use super::wrong::Wrong;
use crate::Hash;
use crate::canonical::{CanonicalError, Salt, canonical, commitment, read_canonical};
use crate::key::{Algorithm, PublicKey, check_name};

/// The kind of the leaf.
const KIND: &str = "draw.announced";
/// The most keys of the log, and the most witnesses.
const MAX_KEYS: usize = 16;

/// What is fixed before the draw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announcement {
    /// Who draws: a token.
    pub agency: String,
    /// Which of the agency's draws it is, from 1 without gaps.
    pub number: u32,
    /// The leaf hash of the agency's announcement before it; none for the first. So none can be left out unnoticed.
    pub previous: Option<Hash>,
    /// The last day for co-signatures and result; after it a draw without result counts as broken off.
    pub closes_on: Date,
    /// The log that holds the announcement.
    pub origin: String,
    /// The log's Ed25519 keys.
    pub log: Vec<PublicKey>,
    /// The witnesses whose co-signatures make the seed, all of them, in this order; Ed25519.
    pub witnesses: Vec<PublicKey>,
    /// The commitment to the drawer's secret: see [`Announcement::commit`].
    pub commitment: Hash,
    /// The hash of the roll.
    pub roll: Hash,
    /// Targets in the roll.
    pub targets: u32,
    /// Officers in the roll.
    pub officers: u32,
    /// How many are drawn.
    pub order: Order,
}

#[derive(Serialize, Deserialize)]
struct Written {
    agency: String,
    closes_on: String,
    commitment: Hash,
    each: u32,
    kind: String,
    log: Vec<String>,
    method: String,
    number: u32,
    officers: u32,
    origin: String,
    previous: Option<Hash>,
    roll: Hash,
    schema: u32,
    take: u32,
    targets: u32,
    witnesses: Vec<String>,
}

impl Announcement {
    /// The commitment to a secret of 32 random bytes: bound to method, agency and number, so that no secret is taken twice.
    pub fn commit(agency: &str, number: u32, secret: &[u8; 32]) -> Hash {
        commitment(&Salt::from_bytes(*secret), format!("{METHOD}\n{agency}\n{number}\n").as_bytes())
    }

    /// Whether `secret` is what was committed to.
    pub fn opens(&self, secret: &[u8; 32]) -> bool {
        Self::commit(&self.agency, self.number, secret) == self.commitment
    }

    /// The leaf: canonical JSON.
    pub fn to_text(&self) -> Result<String, CanonicalError> {
        let texts = |keys: &[PublicKey]| keys.iter().map(PublicKey::to_string).collect();
        canonical(&Written {
            agency: self.agency.clone(),
            closes_on: self.closes_on.to_string(),
            commitment: self.commitment,
            each: self.order.each,
            kind: KIND.to_owned(),
            log: texts(&self.log),
            method: METHOD.to_owned(),
            number: self.number,
            officers: self.officers,
            origin: self.origin.clone(),
            previous: self.previous,
            roll: self.roll,
            schema: 1,
            take: self.order.take,
            targets: self.targets,
            witnesses: texts(&self.witnesses),
        })
    }

    /// Reads a leaf. Members this method does not know may stand in it; they are fixed too, and mean nothing here.
    pub fn from_text(text: &str) -> Result<Self, Wrong> {
        let value = read_canonical(text.as_bytes()).map_err(Wrong::AnnouncementForm)?;
        let written: Written =
            serde_json::from_value(value).map_err(|error| Wrong::AnnouncementShape(error.to_string()))?;
        written.check()?;
        let Written { agency, number, previous, closes_on, origin, log, witnesses, .. } = written;
        Ok(Self {
            closes_on: day(&closes_on)?,
            log: keys(&log, "log")?,
            witnesses: keys(&witnesses, "witnesses")?,
            agency,
            number,
            previous,
            origin,
            commitment: written.commitment,
            roll: written.roll,
            targets: written.targets,
            officers: written.officers,
            order: Order { take: written.take, each: written.each },
        })
    }
}

impl Written {
    fn check(&self) -> Result<(), Wrong> {
        if self.kind != KIND || self.method != METHOD || self.schema != 1 {
            return Err(Wrong::OtherMethod(self.method.chars().take(80).collect()));
        }
        if !is_token(&self.agency) {
            return shape("agency");
        }
        // The first draw follows none, every other one follows one.
        if self.number == 0 || (self.number == 1) != self.previous.is_none() {
            return shape("previous");
        }
        check_name(&self.origin).or_else(|_| shape("origin"))
    }
}

fn shape<T>(member: &str) -> Result<T, Wrong> {
    Err(Wrong::AnnouncementShape(member.to_owned()))
}

/// A day in its one spelling.
fn day(text: &str) -> Result<Date, Wrong> {
    match text.parse::<Date>() {
        Ok(day) if day.to_string() == text => Ok(day),
        _ => shape("closes_on"),
    }
}

/// Ed25519 only: its signatures cannot be turned into other good ones without the key, as those of P-256 can.
fn keys(texts: &[String], member: &str) -> Result<Vec<PublicKey>, Wrong> {
    if texts.is_empty() || texts.len() > MAX_KEYS {
        return shape(member);
    }
    let mut keys: Vec<PublicKey> = Vec::with_capacity(texts.len());
    for text in texts {
        let key: PublicKey = text.parse().or_else(|_| shape(member))?;
        let ed25519 = key.algorithm() == Algorithm::Ed25519;
        if !ed25519 || keys.iter().any(|other| other.id() == key.id()) {
            return shape(member);
        }
        keys.push(key);
    }
    Ok(keys)
}

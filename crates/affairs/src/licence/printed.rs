//! What is printed of a licence: its compact core, which a QR code carries, and the status list that goes with it.
//!
//! The core stands beside the licence from its birth and its hash in the leaf; its signature is made when it is printed. Where
//! it stands in the status list is drawn by chance.

use evidence::checkpoint::LogIdentity;
use evidence::compact::{Core, Place};
use evidence::key::PublicKey;
use evidence::status::{self, Mark, StatusList};
use evidence::trust::{Published, TrustList};
use kernel::{CitizenId, LicenceCode, Moment, Uscc};
use store::{CommitError, Fault, Store, Unit};

use super::issue::{Draft, Issuer};
use super::record::{self, Licence, MARK, Status, core_of};
use crate::access::Desk;

/// The number of an office's status list: one holds sixteen million licences.
const LIST: u32 = 1;
/// For how long a status list is promised.
const PROMISED_MS: i64 = 24 * 3_600 * 1_000;
/// For how long a trust list is promised.
const TRUST_PROMISED_MS: i64 = 30 * 24 * 3_600 * 1_000;
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// So many places are drawn before an office is told that its list is full; of a list nine tenths full one in ten is free.
const DRAWS: u32 = 100;

/// A place on the status list that no licence has.
///
/// # Errors
/// A fault of the store, or of a list that is full.
pub async fn free_place(desk: &Desk<'_>) -> Result<Place, Fault> {
    for _ in 0..DRAWS {
        let index = status::draw_position(desk.entropy, status::MOST_POSITIONS);
        let place = Place { list: LIST, index };
        if !record::is_taken(desk.store, desk.shard, place).await? {
            return Ok(place);
        }
    }
    Err(Fault::Misuse(format!("the status list {LIST} of {} is full", desk.shard)))
}

/// The core of the licence that is being issued. None where a name cannot be printed as it must be compared by eye (too
/// long, or with marks nobody sees): the licence is good all the same, its sealed file says so.
pub(super) fn core(issuer: &Issuer, draft: &Draft<'_>, code: &str, scope: &str) -> Option<Core> {
    let core = Core {
        key: issuer.signer.public().id().hash(),
        log: issuer.origin.clone(),
        scope: scope.to_owned(),
        code: LicenceCode::parse(code).ok()?,
        issued_at: whole_second(draft.at),
        valid_from: draft.validity.from,
        valid_to: draft.validity.to,
        name: draft.item.result.name.zh.clone(),
        agency: draft.agency.name.zh.clone(),
        holder: draft.holder_name.to_owned(),
        holder_code: seen(draft.holder_code),
        status: draft.place,
        details: None,
    };
    core.to_bytes().is_ok().then_some(core)
}

/// The second a moment is in: what a core says of its time.
pub(super) fn whole_second(at: Moment) -> Moment {
    Moment::from_ms(at.ms().div_euclid(1000) * 1000)
}

/// As much of the holder's code as anybody may see: all of an organisation's, the last four of a person's.
fn seen(code: &str) -> String {
    if Uscc::parse(code).is_ok() && CitizenId::parse(code).is_err() {
        return code.to_owned();
    }
    let letters: Vec<char> = code.chars().collect();
    letters[letters.len().saturating_sub(4)..].iter().collect()
}

/// Marks a place on the status list, in the same unit as the licence's own row; takes the mark away where it may be used again.
pub(super) fn mark(unit: Unit, licence: &Licence, place: Option<Place>, (status, at): (Status, Moment)) -> Unit {
    let Some(place) = place else { return unit };
    if status.mark().is_none() {
        let key = vec![(&licence.shard).into(), i64::from(place.list).into(), i64::from(place.index).into()];
        return unit.delete(&MARK, key);
    }
    let values = vec![
        (&licence.shard).into(),
        i64::from(place.list).into(),
        i64::from(place.index).into(),
        licence.id.into(),
        status.word().into(),
        at.into(),
    ];
    unit.put(&MARK, values)
}

/// The signed core of a licence, to be printed. None where it has none, or where another key signs by now: then the region
/// is being keyed anew, and the holder is told to print the new version.
///
/// # Errors
/// [`CommitError::NoEvidence`] where the key cannot sign; a fault of the store.
pub async fn signed_core(store: &Store, issuer: &Issuer, licence: &Licence) -> Result<Option<Vec<u8>>, CommitError> {
    let Some((_, core)) = core_of(store, licence).await? else { return Ok(None) };
    let core = Core::from_bytes(&core).map_err(|e| Fault::Misuse(format!("the core of {}: {e}", licence.code)))?;
    if core.key != issuer.signer.public().id().hash() {
        return Ok(None);
    }
    let signed = core.sign(issuer.signer.as_ref());
    signed.map(Some).map_err(|e| CommitError::NoEvidence { why: format!("the core cannot be signed: {e}") })
}

/// The status list of the key with this number, for the log of `origin` and the region `home`, as the record stands now. Its
/// own number is the second it was made in, so callers publish no two in one second.
///
/// # Errors
/// A fault of the store, or of a record that makes no list.
pub async fn unsigned_list(
    store: &Store,
    (key, origin): (u32, &str),
    (shard, home): (&str, &str),
    now: Moment,
) -> Result<StatusList, Fault> {
    let marks = record::marked(store, shard, LIST).await?;
    let marks = marks.into_iter().filter_map(|(position, status)| Some((position, status.mark()?))).collect();
    let seconds = now.ms().div_euclid(1000);
    let issued_at = Moment::from_ms(seconds * 1000);
    let sequence = u64::try_from(seconds).unwrap_or(0);
    let list = StatusList::empty(key, origin, &format!("{home}/status"), LIST, status::MOST_POSITIONS);
    let list = StatusList { sequence, issued_at, next_update: issued_at.plus_ms(PROMISED_MS), ..list };
    list.with_marks(marks).map_err(|e| Fault::Misuse(format!("the status list: {e}")))
}

/// The office's status list, signed.
///
/// # Errors
/// [`CommitError::NoEvidence`] where the key cannot sign; a fault as in [`unsigned_list`].
pub async fn status_list(
    store: &Store,
    issuer: &Issuer,
    place: (&str, &str),
    now: Moment,
) -> Result<Vec<u8>, CommitError> {
    let key = issuer.signer.public().id().hash();
    let list = unsigned_list(store, (key, &issuer.origin), place, now).await?;
    list.sign(issuer.signer.as_ref()).map_err(|e| CommitError::NoEvidence { why: format!("the status list: {e}") })
}

/// The office's trust list as it is published today: one content a day, so that its number has one.
///
/// # Errors
/// A fault, where the list is none.
pub fn published(
    trust: &TrustList,
    roots: Vec<PublicKey>,
    logs: Vec<LogIdentity>,
    now: Moment,
) -> Result<Published, Fault> {
    let issued_at = Moment::start_of(now.date());
    let day = u64::try_from(issued_at.ms().div_euclid(DAY_MS)).unwrap_or(0);
    let list = TrustList::new(trust.setting(), day * 1000 + trust.sequence(), trust.entries().to_vec());
    let list = list.map_err(|e| Fault::Misuse(format!("the trust list: {e}")))?;
    Ok(Published { list, issued_at, next_update: issued_at.plus_ms(TRUST_PROMISED_MS), roots, logs })
}

impl Status {
    /// How the status list says it; none where the licence may be used.
    pub const fn mark(self) -> Option<Mark> {
        match self {
            Self::Valid => None,
            Self::Superseded => Some(Mark::Superseded),
            Self::StruckOff => Some(Mark::StruckOff),
            Self::Annulled => Some(Mark::SetAside),
            Self::Suspended => Some(Mark::Suspended),
            Self::Withdrawn => Some(Mark::Withdrawn),
            Self::Revoked => Some(Mark::Revoked),
        }
    }
}

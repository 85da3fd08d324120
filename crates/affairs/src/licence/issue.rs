//! Issuing and striking off: the rows and the sealed document, as part of the grant's unit of work.

use std::sync::Arc;

use evidence::Hash;
use evidence::canonical::{Salt, commitment};
use evidence::compact::Place;
use evidence::key::Signer;
use evidence::seal::{self, SealError, seal};
use kernel::code::{LicenceCode, Uscc};
use kernel::{Id, Moment};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use store::{CommitError, Fault, Unit};

use super::printed;
use super::record::{CORE, LICENCE, Licence, Status};
use super::verify::KIND;
use crate::access::{Desk, PartyKind, mask_code};
use crate::catalog::{Agency, Item, Validity};

/// Whose seal stands on licences.
#[derive(Clone)]
pub struct Issuer {
    /// The signing key.
    pub signer: Arc<dyn Signer + Send + Sync>,
    /// The issuer's name in the trust list.
    pub name: String,
    /// Origin of the log the licences are in.
    pub origin: String,
    /// A demonstration: marked on every licence, refused by production.
    pub demonstration: bool,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("name", &self.name).field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What a licence is made of.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The item.
    pub item: &'a Item,
    /// The case.
    pub case_id: Id,
    /// Its number.
    pub case_number: &'a str,
    /// Holder's party.
    pub holder: Id,
    /// Holder's name.
    pub holder_name: &'a str,
    /// Holder's code, whole: goes in masked.
    pub holder_code: &'a str,
    /// Region.
    pub region: &'a str,
    /// The issuing agency.
    pub agency: &'a Agency,
    /// Serial of the identifier.
    pub serial: &'a str,
    /// Dates.
    pub validity: Validity,
    /// The register record after the grant: what the printed rows show.
    pub record: &'a Map<String, Json>,
    /// The version before, and its place on the status list where it has one.
    pub before: Option<(Licence, Option<Place>)>,
    /// A free place on the status list.
    pub place: Place,
    /// When.
    pub at: Moment,
}

/// A licence that is being issued.
#[derive(Debug)]
pub struct Issued {
    /// The licence.
    pub licence: Licence,
    /// The hash of its compact core, which its leaf names; none where it has no core.
    pub core: Option<Hash>,
    /// The rows.
    pub unit: Unit,
}

/// Issues a licence: its row, its core's, and the row of the version it follows.
///
/// # Errors
/// [`CommitError::NoEvidence`] where the key cannot sign; a fault where the item's codes make no identifier (the
/// catalogue's lint finds that first).
pub fn issue(desk: &Desk<'_>, issuer: &Issuer, draft: Draft<'_>) -> Result<Issued, CommitError> {
    let edition = draft.before.as_ref().map_or(1, |(before, _)| before.edition() + 1);
    let code = identifier(&draft, edition)?;
    let salt = Salt::generate(desk.entropy);
    let document = document(issuer, &draft, &code, &salt)?;
    let core = printed::core(issuer, &draft, &code, &scope(&draft));
    let licence = born(desk, &draft, code, (document, &salt));
    let unit = match draft.before {
        Some((old, place)) => ended(desk, (&old, place), (Status::Superseded, draft.at), &licence.code),
        None => desk.unit(),
    };
    let unit = unit.insert(&LICENCE, licence.values());
    let Some(core) = core else { return Ok(Issued { licence, core: None, unit }) };
    let bytes = core.to_bytes().map_err(|e| Fault::Misuse(format!("the core of {}: {e}", licence.code)))?;
    let unit = with_core(unit, &licence, core.status, bytes);
    let core = core.fingerprint().ok();
    Ok(Issued { licence, core, unit })
}

/// The licence of a draft, with its document.
pub(super) fn born(desk: &Desk<'_>, draft: &Draft<'_>, code: String, (document, salt): (String, &Salt)) -> Licence {
    Licence {
        shard: desk.shard.to_owned(),
        id: desk.id(),
        version: 1,
        code,
        kind: draft.item.result.licence_type.clone(),
        holder: draft.holder,
        holder_name: draft.holder_name.to_owned(),
        item: draft.item.id.clone(),
        case_id: draft.case_id,
        region: draft.region.to_owned(),
        agency: draft.agency.id.clone(),
        status: Status::Valid,
        status_at: draft.at,
        status_why: draft.case_number.to_owned(),
        valid_from: draft.validity.from,
        valid_to: draft.validity.to,
        issued_at: draft.at,
        supersedes: draft.before.as_ref().map(|(before, _)| before.id),
        commitment: fingerprint(&document),
        document,
        salt: salt.bytes().to_vec(),
    }
}

/// The row of a licence's core, at its place on the status list.
pub(super) fn with_core(unit: Unit, licence: &Licence, place: Place, core: Vec<u8>) -> Unit {
    let row = vec![
        (&licence.shard).into(),
        licence.id.into(),
        i64::from(place.list).into(),
        i64::from(place.index).into(),
        core.into(),
    ];
    unit.insert(&CORE, row)
}

/// Closes a licence formally (注销): it stays readable and says since when.
pub fn strike_off(desk: &Desk<'_>, (licence, place): (Licence, Option<Place>), at: Moment) -> (Licence, Unit) {
    let unit = ended(desk, (&licence, place), (Status::StruckOff, at), "注销");
    (Licence { status: Status::StruckOff, status_at: at, ..licence }, unit)
}

/// Annuls a licence that should not have been granted (撤销): it stays readable and says since when and why.
pub fn annul(desk: &Desk<'_>, (licence, place): (&Licence, Option<Place>), (at, why): (Moment, &str)) -> Unit {
    ended(desk, (licence, place), (Status::Annulled, at), why)
}

/// What an act of its life makes of a licence: suspended, back in force, withdrawn, revoked. Whether it may is decided above.
pub fn turned(
    desk: &Desk<'_>,
    (licence, place): (&Licence, Option<Place>),
    (status, at): (Status, Moment),
    why: &str,
) -> Unit {
    ended(desk, (licence, place), (status, at), why)
}

fn ended(desk: &Desk<'_>, (licence, place): (&Licence, Option<Place>), to: (Status, Moment), why: &str) -> Unit {
    let (status, at) = to;
    let changes = vec![("status", status.word().into()), ("status_at", at.into()), ("status_why", why.into())];
    printed::mark(desk.unit().update(&LICENCE, licence.key(), licence.version, changes), licence, place, to)
}

/// A new serial: the date and eight characters of chance. A running number would tell how many there are, and every
/// issue would wait for it.
pub fn serial(at: Moment, id: Id) -> String {
    let chance: String = id.to_string().chars().filter(char::is_ascii_hexdigit).collect();
    let tail = &chance[chance.len().saturating_sub(8)..];
    format!("{}{}", at.date().strftime("%Y%m%d"), tail.to_uppercase())
}

/// The hash of a sealed document, which stands in the log: the document names nobody whole, and is public with its holder.
pub(super) fn fingerprint(document: &str) -> String {
    Hash(Sha256::digest(document).into()).to_string()
}

pub(super) fn identifier(draft: &Draft<'_>, edition: u16) -> Result<String, Fault> {
    let issuer = draft.agency.uscc.as_deref().and_then(|code| Uscc::parse(code).ok());
    let issuer =
        issuer.ok_or_else(|| Fault::Misuse(format!("agency {} has no credit code to issue under", draft.agency.id)))?;
    LicenceCode::generate(&draft.item.result.licence_type_code, &issuer, draft.serial, edition)
        .map(|code| code.as_str().to_owned())
        .map_err(|e| Fault::Misuse(format!("item {}: no licence identifier: {e}", draft.item.id)))
}

/// Under which scope a licence is sealed: the region of the power, for which the office's key stands, then the place where
/// that is a smaller one, then the type.
pub(super) fn scope(draft: &Draft<'_>) -> String {
    let (home, place, kind) = (&draft.item.power.region, draft.region, &draft.item.result.licence_type);
    if home == place { format!("{home}/{kind}") } else { format!("{home}/{place}/{kind}") }
}

/// What a licence says in full: the holder's code masked, and whole only as a salted commitment.
pub(super) fn payload(issuer: &Issuer, draft: &Draft<'_>, code: &str, salt: &Salt) -> Json {
    let rows = draft.item.result.shows.iter().filter_map(|row| {
        let value = draft.record.get(&row.field).filter(|v| !v.is_null())?;
        Some(json!({ "label": row.label, "field": row.field, "value": value }))
    });
    json!({
        "code": code,
        "type": draft.item.result.licence_type,
        "name": draft.item.result.name,
        "agency": draft.agency.name,
        "holder": {
            "name": draft.holder_name,
            "code": mask_code(PartyKind::Person, draft.holder_code),
            "commitment": commitment(salt, draft.holder_code.as_bytes()).to_string(),
        },
        "rows": rows.collect::<Vec<_>>(),
        "valid_from": draft.validity.from.to_string(),
        "valid_to": draft.validity.to.map(|d| d.to_string()),
        "case": draft.case_number,
        "log": issuer.origin,
        "demonstration": issuer.demonstration,
    })
}

fn document(issuer: &Issuer, draft: &Draft<'_>, code: &str, salt: &Salt) -> Result<String, CommitError> {
    let (payload, scope) = (payload(issuer, draft, code, salt), scope(draft));
    let sealing =
        seal::Draft { kind: KIND, issuer: &issuer.name, scope: &scope, issued_at: draft.at, payload: &payload };
    let why = |e: SealError| format!("the licence cannot be sealed: {e}");
    seal(&sealing, issuer.signer.as_ref()).map_err(|e| match e {
        SealError::Sign(_) => CommitError::NoEvidence { why: why(e) },
        other => Fault::Misuse(why(other)).into(),
    })
}

//! What the log keeps of an act: enough to prove it, nothing that names a person. Personal data stands in the tables; the
//! leaf carries a salted commitment to it, so that it can be erased while the proof holds.

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::Id;
use serde_json::{Value as Json, json};
use store::{Fault, Leaf};

use super::record::Case;

/// Version of the leaves of this room.
const VERSION: u32 = 1;

/// A leaf about a case: public fields in the open, `private` as a salted commitment.
pub(super) fn leaf(kind: &'static str, case: &Case, public: &Json, private: &Json, salt: &Salt) -> Result<Leaf, Fault> {
    about(kind, case.id, case, public, &commit(private, salt)?)
}

/// A leaf about something born of a case, such as a licence.
pub(super) fn about(
    kind: &'static str,
    subject: Id,
    case: &Case,
    public: &Json,
    commitment: &str,
) -> Result<Leaf, Fault> {
    let mut body = json!({
        "schema": VERSION,
        "kind": kind,
        "case": case.id.to_string(),
        "number": case.number,
        "item": case.item,
        "item_version": case.item_version,
        "region": case.region,
        "agency": case.deciding_agency,
        "act": public,
        "commitment": commitment,
    });
    if let Some(entrusting) = &case.in_name_of {
        body["in_name_of"] = json!(entrusting);
    }
    Ok(Leaf { subject, kind, bytes: canonical_bytes(&body)?.into_bytes() })
}

/// The salted commitment to a document, as hex.
pub(super) fn commit(document: &Json, salt: &Salt) -> Result<String, Fault> {
    Ok(commitment(salt, canonical_bytes(document)?.as_bytes()).to_string())
}

fn canonical_bytes(document: &Json) -> Result<String, Fault> {
    canonical_value(document).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))
}

//! What the log keeps of a joint handling: which cases belong together, and when their one notice went out. Nothing that
//! names a person.

use evidence::canonical::{Salt, canonical_value, commitment};
use serde_json::{Value as Json, json};
use store::{Fault, Leaf};

use super::record::Joint;

pub(super) fn leaf(
    kind: &'static str,
    joint: &Joint,
    act: &Json,
    (private, salt): (&Json, &Salt),
) -> Result<Leaf, Fault> {
    let kept = commitment(salt, canonical(private)?.as_bytes()).to_string();
    let body = json!({
        "schema": 1, "kind": kind, "joint": joint.id.to_string(), "number": joint.number, "bundle": joint.bundle,
        "bundle_version": joint.bundle_version, "agency": joint.lead_agency, "region": joint.region, "act": act,
        "commitment": kept,
    });
    Ok(Leaf { subject: joint.id, kind, bytes: canonical(&body)?.into_bytes() })
}

fn canonical(body: &Json) -> Result<String, Fault> {
    canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))
}

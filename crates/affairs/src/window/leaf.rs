//! What the log keeps of a counter's acts: which counter, and nothing that names a person.

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::Id;
use serde_json::{Value as Json, json};
use store::{Fault, Leaf};

use crate::approval::Desk;

/// Version of the leaves of this room.
const VERSION: u32 = 1;

/// A leaf: `public` in the open, `private` as a salted commitment.
pub(super) fn leaf(
    desk: &Desk<'_>,
    (kind, subject): (&'static str, Id),
    (hall, counter): (&str, &str),
    (public, private): (&Json, &Json),
) -> Result<Leaf, Fault> {
    let salt = Salt::generate(desk.base.entropy);
    let body = json!({
        "schema": VERSION, "kind": kind, "hall": hall, "counter": counter, "at": desk.base.now(), "act": public,
        "commitment": commitment(&salt, canonical(private)?.as_bytes()).to_string(),
    });
    Ok(Leaf { subject, kind, bytes: canonical(&body)?.into_bytes() })
}

fn canonical(body: &Json) -> Result<String, Fault> {
    canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))
}

//! Every act on an account, a right or a mandate: a row of the audit trail, and a leaf of the log that commits to it
//! without telling who it is about.

use evidence::canonical::canonical_value;
use evidence::commitment::{Salt, commitment};
use kernel::Id;
use serde_json::{Value as Json, json};
use store::{Leaf, Unit};

use super::record::ACCESS_ACT;
use super::{Actor, Desk};

/// An act to write down.
pub(super) struct Act {
    pub kind: &'static str,
    /// The account, party or mandate it is done to.
    pub subject: Id,
    /// The particulars; they stay in the row and enter the leaf as a salted commitment only.
    pub detail: Json,
}

/// Adds the row of an act, without a leaf: for acts that must work while the log cannot sign.
pub(super) fn note(desk: &Desk, unit: Unit, by: &Actor, act: &Act) -> Unit {
    row(desk, unit, by, act).0
}

/// Adds the row and the leaf of an act.
pub(super) fn record(desk: &Desk, unit: Unit, by: &Actor, act: &Act) -> Unit {
    let (unit, id, salt) = row(desk, unit, by, act);
    let signature = by.signature();
    let private = json!({ "by": signature.name, "detail": act.detail, "on_behalf": signature.on_behalf,
        "subject": act.subject.to_string() });
    let public = json!({ "act": id.to_string(), "at": desk.now().to_string(), "by": signature.kind,
        "commitment": commitment(&salt, &canonical(&private)).to_string(), "kind": act.kind, "schema": SCHEMA });
    unit.leaf(Leaf { subject: id, kind: act.kind, bytes: canonical(&public) })
}

/// The version of the leaf's shape.
const SCHEMA: &str = "access.act/1";

fn row(desk: &Desk, unit: Unit, by: &Actor, act: &Act) -> (Unit, Id, Salt) {
    let salt = Salt::generate(desk.entropy);
    let (id, signature) = (desk.id(), by.signature());
    let values = vec![
        desk.shard.into(),
        id.into(),
        desk.now().into(),
        act.kind.into(),
        act.subject.into(),
        signature.kind.into(),
        signature.account.into(),
        signature.name.into(),
        signature.on_behalf.into(),
        signature.mandate.into(),
        act.detail.to_string().into(),
        salt.bytes().to_vec().into(),
    ];
    (unit.insert(&ACCESS_ACT, values), id, salt)
}

/// Texts, lists and objects of texts, a few levels deep: RFC 8785 has a form for each of them.
fn canonical(value: &Json) -> Vec<u8> {
    canonical_value(value).unwrap_or_default().into_bytes()
}

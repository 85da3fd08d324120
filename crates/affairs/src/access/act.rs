//! Every act on an account, a right or a mandate: a row of the audit trail, and a leaf of the log that commits to it
//! without telling who it is about.

use std::collections::BTreeMap;

use kernel::Id;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
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
    let private = canonical(&[
        ("by", Json::from(signature.name)),
        ("detail", act.detail.clone()),
        ("on_behalf", Json::from(signature.on_behalf)),
        ("subject", Json::from(act.subject.to_string())),
    ]);
    let bytes = canonical(&[
        ("act", Json::from(id.to_string())),
        ("at", Json::from(desk.now().to_string())),
        ("by", Json::from(signature.kind)),
        ("commitment", Json::from(hex::encode(commitment(&salt, &private)))),
        ("kind", Json::from(act.kind)),
        ("schema", Json::from("access.act/1")),
    ]);
    unit.leaf(Leaf { subject: id, kind: act.kind, bytes })
}

fn row(desk: &Desk, unit: Unit, by: &Actor, act: &Act) -> (Unit, Id, [u8; 32]) {
    let mut salt = [0; 32];
    desk.entropy.fill(&mut salt);
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
        salt.to_vec().into(),
    ];
    (unit.insert(&ACCESS_ACT, values), id, salt)
}

/// Sorted keys, no spaces: the canonical form of objects whose keys are ASCII and whose values are texts and objects.
fn canonical(fields: &[(&str, Json)]) -> Vec<u8> {
    let sorted: BTreeMap<_, _> = fields.iter().map(|(k, v)| (*k, v)).collect();
    serde_json::to_vec(&sorted).unwrap_or_default()
}

fn commitment(salt: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(bytes).finalize().into()
}

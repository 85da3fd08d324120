//! After the announcement: co-signatures come in; with the last one everything is computed, verified as anybody verifies it, and
//! published. Nobody has to press for that: whoever could look first could break off what he does not like.

use evidence::checkpoint::Checkpoint;
use evidence::draw::{Announcement, DrawFile, Trusted, draw as drawn_by, seed_of};
use evidence::key::{PublicKey, Signature as Bytes};
use evidence::note;
use evidence::proof::ProofFile;
use evidence::tree::leaf_hash;
use kernel::Id;
use serde_json::json;
use store::{CommitError, Conflict, Fault, Leaf, Store};

use super::super::error::SupervisionError;
use super::super::ledger::canonical;
use super::announce::{ANNOUNCED, DrawKeys, purpose};
use super::born;
use super::record::{self, COSIGNATURE, DRAW, Draw, DrawState};
use crate::access::Actor;
use crate::approval::Desk;

/// An announced draw that waits for witnesses.
#[derive(Clone, Debug)]
pub struct Awaited {
    /// The draw.
    pub draw: Draw,
    /// The size of the checkpoint that counts: the announcement is its last leaf.
    pub size: u64,
    /// The witnesses whose co-signature is missing.
    pub missing: Vec<PublicKey>,
}

/// What an announced draw waits for.
///
/// # Errors
/// A fault, where the announcement is not in the log.
pub async fn awaited(store: &Store, draw: Draw) -> Result<Awaited, Fault> {
    let (announcement, size) = (draw.announced()?, position(store, &draw).await? + 1);
    let known = record::cosignatures(store, &draw).await?;
    let missing = announcement.witnesses.into_iter().filter(|key| !known.contains_key(&key.id().to_string())).collect();
    Ok(Awaited { draw, size, missing })
}

/// Where the announcement stands in the log.
async fn position(store: &Store, draw: &Draw) -> Result<u64, Fault> {
    let leaves = store.leaves(draw.id).await?;
    let leaf = leaves.iter().find(|leaf| leaf.kind == ANNOUNCED && leaf.shard == draw.shard);
    leaf.map(|leaf| leaf.position).ok_or_else(|| Fault::Damaged("an announcement that is not in the log".to_owned()))
}

/// Keeps a co-signature that holds. Another one of the same witness changes nothing: the first counts.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where it is none on the checkpoint that counts.
pub async fn cosigned(
    desk: &Desk<'_>,
    awaited: &Awaited,
    (witness, line): (&PublicKey, &str),
) -> Result<(), SupervisionError> {
    let signed = desk.store().checkpoint_at(&awaited.draw.shard, awaited.size).await?;
    let signed = signed.ok_or_else(|| Fault::Damaged("the log has not grown to its own leaf".to_owned()))?;
    let line = format!("{}\n", line.trim_end());
    let whole = format!("{}{line}", signed.note);
    let opened = note::open(&whole, std::slice::from_ref(witness)).ok();
    let checkpoint = opened.and_then(|opened| Checkpoint::from_text(opened.text).ok());
    let holds = checkpoint.is_some_and(|c| c.root == signed.head.root && c.size == awaited.size);
    if !holds || line.lines().count() != 1 || !awaited.missing.contains(witness) {
        return Err(SupervisionError::not_allowed("见证人的副签核对不上", "the co-signature does not hold"));
    }
    let row = vec![
        (&awaited.draw.shard).into(),
        awaited.draw.id.into(),
        witness.id().to_string().into(),
        (&line).into(),
        desk.base.now().into(),
    ];
    match desk.store().commit(desk.base.unit().insert(&COSIGNATURE, row)).await {
        Ok(_) | Err(CommitError::Conflict(Conflict::Exists { .. })) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// Reveals: secret, list, result; and inspections are born, all in one unit.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where a co-signature is missing, the last day has passed, or what would be published does not
/// verify (a secret that is not the one committed to); nothing is published then.
pub async fn reveal(desk: &Desk<'_>, id: Id, keys: &DrawKeys<'_>) -> Result<Draw, SupervisionError> {
    let mut draw = record::by_id(desk.store(), id).await?.ok_or(SupervisionError::NotFound)?;
    if draw.state != DrawState::Announced {
        return Err(SupervisionError::not_allowed("没有等待公布的结果", "there is no result to reveal"));
    }
    if draw.closes_on.is_none_or(|last| last < desk.base.now().date()) {
        return Err(SupervisionError::not_allowed(
            "公布结果的期限已过，这次抽取作终止处理；请重新公告",
            "the last day for the result has passed: the draw is broken off, announce another one",
        ));
    }
    let (file, secret) = computed(desk, &draw, keys).await?;
    let trusted = Trusted { log: keys.named(), witnesses: Vec::new() };
    let verified = file.verify(&trusted).map_err(|wrong| SupervisionError::NotAllowed(wrong.text()))?;
    let now = desk.base.now();
    draw.state = DrawState::Revealed;
    draw.secret = None;
    draw.revealed = Some(hex::encode(secret));
    draw.revealed_at = Some(now);
    draw.proof = Some(file.proof);
    draw.pairs = verified.drawn.pairs;
    let body = json!({
        "schema": 1, "kind": KIND, "agency": draw.agency, "number": draw.number, "secret": draw.revealed,
        "seed": verified.seed.0.to_string(), "pairs": draw.pairs, "at": now,
    });
    let text = canonical(&body)?;
    let text = if text.len() < MOST { text } else { canonical(&short(&draw, &verified.seed.0.to_string()))? };
    let leaf = Leaf { subject: draw.id, kind: KIND, bytes: text.into_bytes() };
    let unit = desk.base.unit().update(&DRAW, draw.key(), draw.version, draw.changes()?).leaf(leaf);
    let unit = unit.and(born::inspections(desk, (&draw, &verified.seed), &Actor::Machine.signature()).await?);
    desk.store().commit(unit).await?;
    draw.version += 1;
    Ok(draw)
}

const KIND: &str = "draw.revealed";
/// The longest leaf that names everybody who was drawn, in bytes; a log's leaf may have 65,535.
const MOST: usize = 60_000;

/// The leaf of a large draw: the seed gives the rest.
fn short(draw: &Draw, seed: &str) -> serde_json::Value {
    json!({
        "schema": 1, "kind": KIND, "agency": draw.agency, "number": draw.number, "secret": draw.revealed, "seed": seed,
        "drawn": draw.pairs.len(), "at": draw.revealed_at,
    })
}

/// The file as it would be published, and the secret; not verified yet.
async fn computed(desk: &Desk<'_>, draw: &Draw, keys: &DrawKeys<'_>) -> Result<(DrawFile, [u8; 32]), SupervisionError> {
    let store = desk.store();
    let (announcement, roll, index) = (draw.announced()?, draw.listed()?, position(store, draw).await?);
    let lines = record::cosignatures(store, draw).await?;
    let signed = store.checkpoint_at(&draw.shard, index + 1).await?;
    let hashes = store.inclusion_at(&draw.shard, index, index + 1).await?;
    let gone = || Fault::Damaged("the log has not grown to its own leaf".to_owned());
    let (signed, hashes) = (signed.ok_or_else(gone)?, hashes.ok_or_else(gone)?);
    let mut checkpoint = signed.note;
    for witness in &announcement.witnesses {
        let id = witness.id().to_string();
        let line = lines.get(&id).ok_or_else(|| {
            SupervisionError::not_allowed(
                format!("还缺见证人{id}的副签"),
                format!("the co-signature of {id} is missing"),
            )
        })?;
        checkpoint.push_str(line.trim_end());
        checkpoint.push('\n');
    }
    let secret = draw.secret.as_deref().and_then(|locked| keys.vault.open(&purpose(draw), locked));
    let secret = secret.ok_or_else(|| {
        SupervisionError::not_allowed(
            "密值打不开：办公室的密钥换过，或者数据被改动。这次抽取只能写明原因终止",
            "the secret cannot be opened: other keys, or altered data; this draw can only be broken off with its reason",
        )
    })?;
    let text = draw.announcement.clone().unwrap_or_default();
    let signatures = signatures(&checkpoint, &announcement)?;
    let seed = seed_of(&leaf_hash(text.as_bytes()), &secret, &signatures);
    let result = drawn_by(roll, announcement.order, &seed);
    let proof = ProofFile { extra: None, index, hashes, checkpoint }.to_text();
    Ok((DrawFile::new(text, proof, roll, &secret, result.pairs), secret))
}

/// The witnesses' signatures in the announced order.
fn signatures(checkpoint: &str, announcement: &Announcement) -> Result<Vec<Bytes>, Fault> {
    let damaged = || Fault::Damaged("a co-signature that is none".to_owned());
    let read = note::read(checkpoint).map_err(|_| damaged())?;
    let one = |witness: &PublicKey| {
        let line = read.signatures.iter().find(|line| line.key == *witness.id());
        line.and_then(|line| line.signature.as_slice().try_into().ok()).ok_or_else(damaged)
    };
    announcement.witnesses.iter().map(one).collect()
}

/// The file of a revealed draw, as anybody verifies it.
///
/// # Errors
/// A fault, where what is kept cannot be written.
pub fn published(draw: &Draw) -> Result<Option<String>, Fault> {
    let (Some(announcement), Some(proof), Some(secret)) = (&draw.announcement, &draw.proof, &draw.revealed) else {
        return Ok(None);
    };
    let mut bytes = [0; 32];
    hex::decode_to_slice(secret, &mut bytes).map_err(|e| Fault::Damaged(format!("draw.revealed: {e}")))?;
    let file = DrawFile::new(announcement.clone(), proof.clone(), draw.listed()?, &bytes, draw.pairs.clone());
    file.to_text().map(Some).map_err(|e| Fault::Misuse(e.to_string()))
}

//! `budayang witness`: keeps the heads of other offices' logs in a folder and co-signs what follows from them.
//!
//! ```text
//! FOLDER/witness-ed25519.key      sealed under a passphrase
//! FOLDER/LOG/head                 the largest checkpoint co-signed, as its log signed it
//! FOLDER/LOG/evidence/…           both heads of what was refused as a fork
//! ```
//! A head is on the disk before its co-signature leaves: a witness that forgot would sign the other branch.

mod door;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, anyhow, ensure};
use evidence::checkpoint::{Checkpoint, LogIdentity};
use evidence::key::{Algorithm, Cost, KeyPair, PublicKey, Signer as _, open_key, seal_key};
use evidence::note;
use evidence::witness::{self, Evidence, Head, Refusal, Request, Verdict};
use kernel::Entropy;
use sha2::{Digest as _, Sha256};

use crate::office::{private_folder, write_private};

pub(crate) use door::routes;

const KEY: &str = "witness-ed25519.key";
const HEAD: &str = "head";
const EVIDENCE: &str = "evidence";
/// Pairs of heads kept of one log. Only the log itself can make more; a few hundred convince as much as a million.
const PAIRS: usize = 200;

/// A witness at work. One process keeps one folder.
pub(crate) struct Keeper {
    key: KeyPair,
    /// By origin.
    logs: BTreeMap<String, Watched>,
    _lock: File,
}

/// One log.
struct Watched {
    identity: LogIdentity,
    folder: PathBuf,
    head: Mutex<Option<Head>>,
}

/// What a log that asked is told.
pub(crate) enum Told {
    /// The co-signature's line.
    Signed(String),
    /// This log is not watched here.
    Stranger(String),
    /// Not co-signed.
    Refused(Refusal),
}

/// Makes the folder and the key of a new witness, and gives the public half.
pub(crate) fn create(
    folder: &Path,
    (name, cost): (&str, Cost),
    passphrase: &str,
    entropy: &dyn Entropy,
) -> anyhow::Result<PublicKey> {
    private_folder(folder)?;
    let path = folder.join(KEY);
    ensure!(!path.exists(), "{} is there already; keys are never written over", path.display());
    // The algorithm that every reader of checkpoints knows, and of which a text has one signature.
    let key = KeyPair::generate(Algorithm::Ed25519, name, entropy)?;
    write_private(&path, seal_key(&key, passphrase, cost, entropy)?.as_bytes())?;
    Ok(key.public().clone())
}

/// Whether a folder is a witness's.
pub(crate) fn is_at(folder: &Path) -> bool {
    folder.join(KEY).exists()
}

impl Keeper {
    /// Opens a witness's folder. The keys of one log bear its name; all of them count.
    pub(crate) fn open(folder: &Path, passphrase: &str, log_keys: &[PublicKey]) -> anyhow::Result<Self> {
        let path = folder.join(KEY);
        let sealed = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let key = open_key(&sealed, passphrase).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        let lock =
            File::create(folder.join("lock")).with_context(|| format!("cannot write into {}", folder.display()))?;
        lock.try_lock().map_err(|_| anyhow!("another witness keeps {}: one folder, one process", folder.display()))?;
        let mut by_origin: BTreeMap<String, Vec<PublicKey>> = BTreeMap::new();
        for key in log_keys {
            by_origin.entry(key.name().to_owned()).or_default().push(key.clone());
        }
        let watched = |(origin, keys): (String, Vec<PublicKey>)| -> anyhow::Result<(String, Watched)> {
            let identity = LogIdentity { origin: origin.clone(), keys };
            let folder = folder.join(folder_name(&origin));
            private_folder(&folder)?;
            let head = remembered(&identity, &folder.join(HEAD))?;
            Ok((origin, Watched { identity, folder, head: Mutex::new(head) }))
        };
        Ok(Self { key, logs: by_origin.into_iter().map(watched).collect::<Result<_, _>>()?, _lock: lock })
    }

    /// The public key, for whoever is to trust this witness.
    pub(crate) fn public(&self) -> &PublicKey {
        self.key.public()
    }

    /// Co-signs, or says why not. What must be remembered is on the disk when this returns.
    ///
    /// # Errors
    /// Where the folder cannot be written or the key cannot sign: nothing was co-signed then.
    pub(crate) fn cosign(&self, request: &Request) -> anyhow::Result<Told> {
        let origin = note::read(&request.note).ok().and_then(|note| Checkpoint::from_text(note.text).ok());
        let origin = origin.map(|checkpoint| checkpoint.origin).unwrap_or_default();
        let Some(watched) = self.logs.get(&origin) else { return Ok(Told::Stranger(origin)) };
        let mut head = watched.head.lock().unwrap_or_else(PoisonError::into_inner);
        match witness::judge(&watched.identity, head.as_ref(), request) {
            Ok(verdict) => {
                let line = witness::cosign(verdict.head(), &self.key)?;
                if let Verdict::Newer(newer) = verdict {
                    write_private(&watched.folder.join(HEAD), newer.note.as_bytes())?;
                    sync_folder(&watched.folder)?;
                    *head = Some(newer);
                }
                Ok(Told::Signed(line))
            }
            Err(refusal) => {
                if let Refusal::Fork { fork, evidence } = &refusal {
                    tracing::error!(%origin, %fork, proof = evidence.is_proof(), "a checkpoint was refused; both heads are kept");
                    keep(evidence, &watched.folder.join(EVIDENCE))?;
                }
                Ok(Told::Refused(refusal))
            }
        }
    }
}

/// A folder's name for a log's: any text may be an origin, and some would be paths.
fn folder_name(origin: &str) -> String {
    let digest = Sha256::digest(origin);
    format!("log-{}", hex::encode(digest.first_chunk::<8>().unwrap_or(&[0; 8])))
}

fn remembered(log: &LogIdentity, path: &Path) -> anyhow::Result<Option<Head>> {
    if !path.exists() {
        return Ok(None);
    }
    let note = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let head = Head::open(log, &note).with_context(|| {
        format!(
            "{} is not a checkpoint of {}: restore it; without it this witness could sign a fork",
            path.display(),
            log.origin
        )
    })?;
    Ok(Some(head))
}

/// Keeps both heads, once, under a name that their texts give.
fn keep(evidence: &Evidence, folder: &Path) -> anyhow::Result<()> {
    private_folder(folder)?;
    let both = [evidence.known.note.as_str(), evidence.offered.note.as_str()];
    let name = hex::encode(Sha256::digest(both.concat()).first_chunk::<8>().unwrap_or(&[0; 8]));
    let kept = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?.count();
    if folder.join(format!("{name}-offered")).exists() || (kept >= 2 * PAIRS && !evidence.is_proof()) {
        return Ok(());
    }
    write_private(&folder.join(format!("{name}-known")), both[0].as_bytes())?;
    write_private(&folder.join(format!("{name}-offered")), both[1].as_bytes())?;
    sync_folder(folder)
}

/// A file's new name is on the disk only when its folder is.
fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("cannot write {}", folder.display()))
}

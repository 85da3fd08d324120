//! The office's five keys: two sign its log (Ed25519, which every reader knows, and SM2), one seals licences (SM2), one signs
//! the trust list (SM2; an office made before there was one does without), one is never shown outside and gives the office its other secrets.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow, ensure};
use evidence::key::{Algorithm, Cost, KeyFileError, KeyPair, PublicKey, Signer, key_file_public, open_key, seal_key};
use kernel::Entropy;
use sha2::{Digest as _, Sha256};
use store::LogSigner;

use super::{Home, Identity, private_folder, write_private};

/// One of the keys: its file, its algorithm, and the end of its name (nothing: the log's own name).
struct Kind {
    file: &'static str,
    algorithm: Algorithm,
    suffix: Option<&'static str>,
}

const LOG: [Kind; 2] = [
    Kind { file: "log-ed25519.key", algorithm: Algorithm::Ed25519, suffix: None },
    Kind { file: "log-sm2.key", algorithm: Algorithm::Sm2, suffix: None },
];
const LICENCE: Kind = Kind { file: "licence-sm2.key", algorithm: Algorithm::Sm2, suffix: Some("licence") };
const ROOT: Kind = Kind { file: "root-sm2.key", algorithm: Algorithm::Sm2, suffix: Some("root") };
const OFFICE: Kind = Kind { file: "office-ed25519.key", algorithm: Algorithm::Ed25519, suffix: Some("office") };

impl Kind {
    fn name(&self, identity: &Identity) -> String {
        self.suffix.map_or_else(|| identity.log(), |suffix| format!("{}/{suffix}", identity.origin))
    }
}

/// The public halves, readable without the passphrase.
#[derive(Clone, Debug)]
pub(crate) struct PublicKeys {
    /// Under the log's checkpoints.
    pub(crate) log: Vec<PublicKey>,
    /// Under licences.
    pub(crate) licence: PublicKey,
}

/// The open keys of an office.
pub(crate) struct Keys {
    log: Vec<KeyPair>,
    /// Seals licences.
    pub(crate) licence: KeyPair,
    root: Option<KeyPair>,
    office: KeyPair,
}

impl Keys {
    /// Makes the keys of a new office and writes them, sealed under `passphrase`.
    pub(crate) fn create(home: &Home, passphrase: &str, cost: Cost, entropy: &dyn Entropy) -> anyhow::Result<Self> {
        private_folder(&home.keys())?;
        let make = |kind: &Kind| -> anyhow::Result<KeyPair> {
            let key = KeyPair::generate(kind.algorithm, &kind.name(&home.identity), entropy)?;
            let path = home.keys().join(kind.file);
            ensure!(!path.exists(), "{} is there already; keys are never written over", path.display());
            write_private(&path, seal_key(&key, passphrase, cost, entropy)?.as_bytes())?;
            Ok(key)
        };
        Ok(Self {
            log: LOG.iter().map(make).collect::<Result<_, _>>()?,
            licence: make(&LICENCE)?,
            root: Some(make(&ROOT)?),
            office: make(&OFFICE)?,
        })
    }

    /// Opens the keys of an office.
    pub(crate) fn open(home: &Home, passphrase: &str) -> anyhow::Result<Self> {
        // Which keys these are is looked at before anybody waits for the passphrase.
        public_keys(home)?;
        let open = |kind: &Kind| -> anyhow::Result<KeyPair> {
            let path = home.keys().join(kind.file);
            open_key(&read(&path)?, passphrase).map_err(|error| told(&path, &error))
        };
        Ok(Self {
            log: LOG.iter().map(open).collect::<Result<_, _>>()?,
            licence: open(&LICENCE)?,
            root: if home.keys().join(ROOT.file).exists() { Some(open(&ROOT)?) } else { None },
            office: open(&OFFICE)?,
        })
    }

    /// Who signs the log, the licences, and the trust list.
    pub(crate) fn into_signers(self, identity: &Identity) -> (LogSigner, KeyPair, Option<KeyPair>) {
        let keys = self.log.into_iter().map(|key| Box::new(key) as Box<dyn Signer>).collect();
        (LogSigner::new(identity.origin.clone(), keys), self.licence, self.root)
    }

    /// A secret of the office for one purpose: the same as long as its keys are the same. Ed25519 signs the same text
    /// always alike (RFC 8032), and the key signs nothing else.
    pub(crate) fn secret(&self, purpose: &str) -> anyhow::Result<[u8; 32]> {
        let signature = self.office.sign(format!("budayang/secret@v1\n{purpose}\n").as_bytes())?;
        Ok(Sha256::digest(signature).into())
    }
}

/// The public keys of an office, each with the name it must have.
pub(crate) fn public_keys(home: &Home) -> anyhow::Result<PublicKeys> {
    let of = |kind: &Kind| -> anyhow::Result<PublicKey> {
        let path = home.keys().join(kind.file);
        let key = key_file_public(&read(&path)?).map_err(|error| told(&path, &error))?;
        ensure!(
            home.identity.key_setting().admits(key.name()),
            "the key {} ({}) belongs to a demonstration; production refuses it",
            key.name(),
            path.display()
        );
        let wanted = kind.name(&home.identity);
        ensure!(key.name() == wanted, "{} holds the key {:?}, not {wanted:?}", path.display(), key.name());
        Ok(key)
    };
    of(&OFFICE)?;
    if home.keys().join(ROOT.file).exists() {
        of(&ROOT)?;
    }
    Ok(PublicKeys { log: LOG.iter().map(of).collect::<Result<_, _>>()?, licence: of(&LICENCE)? })
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read the key {}; without its keys an office decides nothing", path.display()))
}

fn told(path: &Path, error: &KeyFileError) -> anyhow::Error {
    anyhow!("{}: {error}", path.display())
}

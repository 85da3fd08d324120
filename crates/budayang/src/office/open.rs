//! Opening an office: keys, database, catalogue, registers, and everything that recognises and seals.

use std::sync::Arc;

use affairs::access::{DemonstrationProvider, IdentityProvider};
use affairs::approval::{ReceiptKey, Setting};
use affairs::catalog::{self, CatalogCell};
use affairs::licence::Issuer;
use affairs::material::Checkers;
use affairs::message::{CodeKey, Posts};
use affairs::register;
use anyhow::ensure;
use evidence::checkpoint::LogIdentity;
use evidence::key::{KeyPair, PublicKey, Signer};
use evidence::trust::{Entry, TrustList};
use evidence::vault::Vault;
use kernel::{Clock, Entropy, Moment};
use site::Office;
use site::licence::{Fonts, StatusCell};
use store::{LogSigner, Options, Store};

use super::keys::PublicKeys;
use super::{Home, Identity, Keys};

/// What an office takes from the machine it runs on.
#[derive(Clone)]
pub(crate) struct Machine {
    /// Time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Chance.
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// For how long an office's licence key is trusted from the day it was made: ten years.
const TRUSTED_MS: i64 = 10 * 366 * 24 * 3_600 * 1_000;

/// Opens the office for serving.
pub(crate) async fn open(home: &Home, keys: Keys, machine: &Machine) -> anyhow::Result<Office> {
    let identity = &home.identity;
    identity.check()?;
    let (receipt, provider) = (keys.secret("receipts")?, keys.secret("demonstration identities")?);
    let (codes, draws) = (keys.secret("contacts")?, keys.secret("draws")?);
    let public = super::public_keys(home)?;
    let (signer, licence, root) = keys.into_signers(identity);
    let store = open_store(home, machine, Some(signer)).await?;
    let built = catalog::load(&store).await?;
    for finding in &built.findings {
        tracing::debug!(%finding, "catalogue");
    }
    let empty = built.catalog.versions().next().is_none();
    ensure!(!empty, "no catalogue is imported: run `budayang catalog import --data {}`", home.folder.display());
    Ok(Office {
        registers: register::load(&store, &identity.shard).await?,
        store,
        shard: identity.shard.clone(),
        catalog: CatalogCell::new(built.catalog),
        issuer: issuer(identity, licence),
        receipt_key: ReceiptKey::from_bytes(receipt),
        posts: Posts::default(),
        checkers: Checkers::default(),
        code_key: CodeKey::from_bytes(codes),
        vault: Vault::from_bytes(draws),
        letterbox: None,
        trust: trust_list(identity, &public)?,
        root: root.map(|key| Arc::new(key) as Arc<dyn Signer>),
        status_list: StatusCell::default(),
        fonts: Arc::new(Fonts::default()),
        log_keys: public.log,
        witnesses: Vec::new(),
        setting: identity.setting,
        providers: providers(identity, provider),
    })
}

/// Whose seal stands on the office's licences.
pub(crate) fn issuer(identity: &Identity, key: KeyPair) -> Issuer {
    Issuer {
        name: identity.issuer.clone(),
        origin: identity.log(),
        demonstration: identity.setting == Setting::Demonstration,
        signer: Arc::new(key),
    }
}

/// Opens the office's database; without keys nothing is decided in it.
pub(crate) async fn open_store(home: &Home, machine: &Machine, signer: Option<LogSigner>) -> anyhow::Result<Store> {
    let mut options = Options::new(home.location(), Arc::clone(&machine.clock), Arc::clone(&machine.entropy));
    options.heads = Some(home.database());
    let options = match signer {
        Some(signer) => options.signed_by(signer),
        None => options,
    };
    Ok(Store::open(options).await?)
}

fn providers(identity: &Identity, secret: [u8; 32]) -> Vec<Box<dyn IdentityProvider>> {
    match identity.setting {
        Setting::Demonstration => vec![Box::new(DemonstrationProvider::new(secret))],
        // A region's own provider joins here; until then citizens sign in by the operator's links only.
        Setting::Production => Vec::new(),
    }
}

/// Whom this office trusts to seal licences: itself, in its region.
pub(crate) fn trust_list(identity: &Identity, keys: &PublicKeys) -> anyhow::Result<TrustList> {
    let entry = Entry {
        key: keys.licence.clone(),
        issuer: identity.issuer.clone(),
        scopes: vec![identity.region.clone()],
        valid_from: identity.created_at,
        valid_to: Moment::plus_ms(identity.created_at, TRUSTED_MS),
        revoked_at: None,
    };
    Ok(TrustList::new(identity.key_setting(), 1, vec![entry])?)
}

/// The office's log, as whoever audits it knows it.
pub(crate) fn log_identity(identity: &Identity, keys: &[PublicKey]) -> LogIdentity {
    LogIdentity { origin: identity.log(), keys: keys.to_vec() }
}

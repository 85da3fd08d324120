//! A store in a temporary folder, signed with keys that are marked as a demonstration's: for the tests of every room.

use std::sync::Arc;

use evidence::key::{Algorithm, KeyPair, PublicKey, Signer};
use kernel::{Clock, Entropy, FixedClock, Moment, SeededEntropy};
use tempfile::TempDir;

use crate::sqlite::{connect_writer, fault};
use crate::{Location, LogSigner, Options, Store};

/// The origin of every test log; production refuses it.
pub const ORIGIN: &str = "demonstration.example";

/// A store, its folder (removed when dropped) and the clock it reads.
pub struct Scratch {
    /// The store.
    pub store: Store,
    /// Its clock, standing at 2026-11-23 12:00 in China until it is set.
    pub clock: Arc<FixedClock>,
    /// Its entropy, seeded.
    pub entropy: Arc<SeededEntropy>,
    /// Its folder; the database is `office.db`.
    pub folder: TempDir,
}

impl Scratch {
    /// A new, migrated, signed store.
    ///
    /// # Panics
    /// Where a test cannot go on: no temporary folder, a migration that does not apply.
    pub async fn new() -> Self {
        Self::with_tables("").await
    }

    /// The same, with further tables.
    ///
    /// # Panics
    /// As [`Scratch::new`].
    pub async fn with_tables(sql: &str) -> Self {
        let scratch = tempfile::tempdir();
        let folder = scratch.unwrap_or_else(|e| panic!("no temporary folder: {e}"));
        let clock = Arc::new(FixedClock::at(Moment::from_ms(1_795_406_400_000)));
        let entropy = Arc::new(SeededEntropy::new(7));
        let location = Location::Sqlite(folder.path().join("office.db"));
        Store::migrate(&location).await.unwrap_or_else(|e| panic!("{e}"));
        create(&location, sql);
        let options = options(location, clock.clone(), entropy.clone());
        let store = Store::open(options).await.unwrap_or_else(|e| panic!("{e}"));
        Self { store, clock, entropy, folder }
    }

    /// Closes the store and opens it again, as after a restart.
    ///
    /// # Panics
    /// Where it cannot be opened.
    pub async fn reopen(&mut self) {
        self.store.close().await;
        let location = Location::Sqlite(self.folder.path().join("office.db"));
        let options = options(location, self.clock.clone(), self.entropy.clone());
        self.store = Store::open(options).await.unwrap_or_else(|e| panic!("{e}"));
    }
}

/// Adds tables to a migrated database that nobody serves.
///
/// # Panics
/// Where the text is not SQL.
pub fn create(location: &Location, sql: &str) {
    let Location::Sqlite(path) = location else { panic!("{location} is no file") };
    let done = connect_writer(path, false).and_then(|conn| conn.execute_batch(sql).map_err(fault));
    done.unwrap_or_else(|e| panic!("{e}"));
}

/// The settings of a test store, signed.
pub fn options(location: Location, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Options {
    Options::new(location, clock, entropy).signed_by(signer())
}

/// Ed25519 and SM2 keys, the same in every test.
pub fn signer() -> LogSigner {
    let keys = keys().into_iter().map(|pair| Box::new(pair) as Box<dyn Signer>);
    LogSigner::new(ORIGIN, keys.collect())
}

/// The public halves of the keys of [`signer`].
pub fn log_keys() -> Vec<PublicKey> {
    keys().iter().map(|pair| pair.public().clone()).collect()
}

/// # Panics
/// Never: the names and the seed are fixed.
fn keys() -> [KeyPair; 2] {
    let entropy = SeededEntropy::new(42);
    [(Algorithm::Ed25519, "ed25519"), (Algorithm::Sm2, "sm2")].map(|(algorithm, name)| {
        let pair = KeyPair::generate(algorithm, &format!("{ORIGIN}/{name}"), &entropy);
        pair.unwrap_or_else(|e| panic!("{e}"))
    })
}

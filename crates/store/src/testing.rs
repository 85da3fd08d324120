//! A store in a temporary folder, signed with keys that are marked as a demonstration's: for the tests of every room.

use std::sync::Arc;

use evidence::key::{Algorithm, KeyPair, PublicKey, Signer};
use kernel::{Clock, Entropy, FixedClock, Moment, SeededEntropy};
use tempfile::TempDir;

use self::postgres::Database;
use crate::sqlite::{connect_writer, fault};
use crate::{Location, LogSigner, Options, Store};

pub mod postgres;

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
    /// Its folder; a SQLite database is `office.db`.
    pub folder: TempDir,
    /// Dropped after the store.
    _database: Option<Database>,
}

impl Scratch {
    /// A new, migrated, signed store: SQLite, or PostgreSQL where the environment says `STORE_ENGINE=postgres`, so that the
    /// tests of every room can be run on both.
    ///
    /// # Panics
    /// Where a test cannot go on: no temporary folder, a migration that does not apply, no PostgreSQL though asked for.
    pub async fn new() -> Self {
        Self::with_tables("").await
    }

    /// The same, with further tables.
    ///
    /// # Panics
    /// As [`Scratch::new`].
    pub async fn with_tables(sql: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests choose their engine by the environment")]
        let engine = std::env::var("STORE_ENGINE").unwrap_or_default();
        match engine.as_str() {
            "" | "sqlite" => Self::on_sqlite(sql).await,
            "postgres" => Self::on_postgres(sql).await.unwrap_or_else(|| panic!("{}", postgres::NOT_INSTALLED)),
            other => panic!("STORE_ENGINE={other}: sqlite or postgres"),
        }
    }

    /// One on SQLite, with further tables.
    ///
    /// # Panics
    /// As [`Scratch::new`].
    pub async fn on_sqlite(sql: &str) -> Self {
        let folder = folder();
        let location = Location::Sqlite(folder.path().join("office.db"));
        Self::at(&location, sql, folder, None).await
    }

    /// One on PostgreSQL, with further tables. `None` where that is not installed.
    ///
    /// # Panics
    /// As [`Scratch::new`].
    pub async fn on_postgres(sql: &str) -> Option<Self> {
        let database = Database::new().await?;
        let location = database.location.clone();
        Some(Self::at(&location, sql, folder(), Some(database)).await)
    }

    async fn at(location: &Location, sql: &str, folder: TempDir, database: Option<Database>) -> Self {
        let clock = Arc::new(FixedClock::at(Moment::from_ms(1_795_406_400_000)));
        let entropy = Arc::new(SeededEntropy::new(7));
        Store::migrate(location).await.unwrap_or_else(|e| panic!("{e}"));
        execute(location, sql).await;
        let mut options = options(location.clone(), clock.clone(), entropy.clone());
        options.heads = Some(folder.path().join("office.db"));
        let store = Store::open(options).await.unwrap_or_else(|e| panic!("{e}"));
        Self { store, clock, entropy, folder, _database: database }
    }

    /// A store that was opened elsewhere, with an empty folder.
    ///
    /// # Panics
    /// Where there is no temporary folder.
    pub fn over(store: Store, clock: Arc<FixedClock>, entropy: Arc<SeededEntropy>) -> Self {
        Self { store, clock, entropy, folder: folder(), _database: None }
    }

    /// Where its database is.
    pub fn location(&self) -> Location {
        self.store.location().clone()
    }

    /// The settings with which it was opened, with the same keys, clock and chance: for a second node, or a restart.
    pub fn options(&self) -> Options {
        let mut options = options(self.location(), self.clock.clone(), self.entropy.clone());
        options.heads = Some(self.folder.path().join("office.db"));
        options
    }

    /// Closes the store and opens it again, as after a restart.
    ///
    /// # Panics
    /// Where it cannot be opened.
    pub async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Store::open(self.options()).await.unwrap_or_else(|e| panic!("{e}"));
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap_or_else(|e| panic!("no temporary folder: {e}"))
}

/// Carries out statements on a migrated database, whichever engine it is on: further tables, a trigger, some harm.
///
/// # Panics
/// Where the text is not SQL.
pub async fn execute(location: &Location, sql: &str) {
    match location {
        Location::Sqlite(_) => create(location, sql),
        Location::Postgres(_) => postgres::execute(location, sql).await.unwrap_or_else(|e| panic!("{e}")),
    }
}

/// Adds tables to a migrated SQLite database that nobody serves.
///
/// # Panics
/// Where the text is not SQL, or the database is no file.
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

//! An office on disk: one folder with its database, its sealed keys and a page that says who it is.
//!
//! ```text
//! office.toml    who the office is: setting, origin of its log, shard, region, issuer
//! office.db      the database (with office.db-wal, -shm, and office.db.head: what was signed last)
//! database       where the database is, if it is not that file: postgres://office@127.0.0.1:5432/office
//! keys/          four key files, each encrypted under the office's passphrase
//! ```
//! A demonstration is marked in its origin and in the names of its keys, which go into every signature. An office in
//! production does not open with them.

mod furnish;
mod keys;
mod open;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use affairs::approval::Setting;
use anyhow::{Context as _, bail, ensure};
use evidence::key::{self, is_demonstration};
use kernel::Moment;
use serde::{Deserialize, Serialize};
use store::Location;

pub(crate) use furnish::{furnish, furnish_from, index_rights};
pub(crate) use keys::{Keys, PublicKeys, public_keys};
pub(crate) use open::{Machine, issuer, log_identity, open, open_store, trust_list};

/// Who an office is: what its log and its licences say of it, for ever.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    /// Demonstration or production.
    pub(crate) setting: Setting,
    /// The name under which the office signs, such as `log.gx.gov.cn`; the log of a shard is `ORIGIN/SHARD`.
    pub(crate) origin: String,
    /// The home shard of everything it writes.
    pub(crate) shard: String,
    /// The region for which it issues licences (code).
    pub(crate) region: String,
    /// The agency whose seal stands on them, as documents name it.
    pub(crate) issuer: String,
    /// When its keys were made.
    pub(crate) created_at: Moment,
}

impl Identity {
    /// The name of its log.
    pub(crate) fn log(&self) -> String {
        format!("{}/{}", self.origin, self.shard)
    }

    /// Where its keys are used, as the evidence room says it.
    pub(crate) fn key_setting(&self) -> key::Setting {
        match self.setting {
            Setting::Demonstration => key::Setting::Demonstration,
            Setting::Production => key::Setting::Production,
        }
    }

    /// Refuses what would sign under a wrong flag: production under a demonstration's name, and the other way round.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        key::check_name(&self.log()).with_context(|| format!("the origin {:?} cannot name a log", self.origin))?;
        let marked = is_demonstration(&self.origin);
        match self.setting {
            Setting::Production if marked => bail!(
                "the origin {} belongs to a demonstration; production refuses it: make an office of its own with `budayang init`",
                self.origin
            ),
            Setting::Demonstration if !marked => bail!(
                "the origin {} has no part named demonstration; a demonstration must not sign under a real name",
                self.origin
            ),
            _ => Ok(()),
        }
    }
}

/// The folder of an office.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Home {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// Who the office is.
    pub(crate) identity: Identity,
    /// Where its database is.
    address: Location,
}

/// The page that says where the database is.
const ADDRESS: &str = "database";
/// The page that makes a folder an office; written last.
pub(crate) const PAGE: &str = "office.toml";

impl Home {
    /// True where the folder is an office.
    pub(crate) fn is_at(folder: &Path) -> bool {
        folder.join(PAGE).is_file()
    }

    /// Reads who lives in a folder.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let page = folder.join(PAGE);
        let text = match fs::read_to_string(&page) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
                "{} is no office: it has no {PAGE}; name another folder with --data, or make one with `budayang init` (or `budayang demo`)",
                folder.display()
            ),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", page.display())),
        };
        let identity = toml::from_str(&text).with_context(|| format!("{} is damaged", page.display()))?;
        Ok(Self { folder: folder.to_owned(), identity, address: address(folder)? })
    }

    /// An office that is about to be made in a folder; its page is written by [`Home::write_page`], last.
    pub(crate) fn new(folder: &Path, identity: Identity) -> anyhow::Result<Self> {
        identity.check()?;
        ensure!(!Self::is_at(folder), "{} is an office already", folder.display());
        private_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), identity, address: address(folder)? })
    }

    /// Writes the page that makes the folder an office.
    pub(crate) fn write_page(&self) -> anyhow::Result<()> {
        let text = toml::to_string(&self.identity).context("the office's page cannot be written")?;
        let head =
            "# Who this office is. The names stand in its log and on its licences for ever: do not change them.\n";
        write_private(&self.folder.join(PAGE), format!("{head}{text}").as_bytes())
    }

    /// Its database.
    pub(crate) fn location(&self) -> Location {
        self.address.clone()
    }

    /// Names another database: from the next start on it is the office's.
    pub(crate) fn write_address(&self, address: &str) -> anyhow::Result<()> {
        write_private(&self.folder.join(ADDRESS), format!("{address}\n").as_bytes())
    }

    /// The file of its database, if it is one; what was signed last is remembered beside it in any case.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("office.db")
    }

    /// The folder of its keys.
    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }

    /// Where a demonstration keeps its passphrase. Production has none here: beside the keys it would protect nothing.
    pub(crate) fn passphrase(&self) -> PathBuf {
        self.keys().join("passphrase")
    }
}

/// Where the database of the office in a folder is. The page may hold a password, so nobody else may read it.
fn address(folder: &Path) -> anyhow::Result<Location> {
    let page = folder.join(ADDRESS);
    match fs::read_to_string(&page) {
        Ok(text) => text.trim().parse().with_context(|| format!("{} names no database", page.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Location::Sqlite(folder.join("office.db"))),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", page.display())),
    }
}

/// A folder nobody else may enter; one that is there is left as it is.
pub(crate) fn private_folder(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Writes a file nobody else may read: whole under its name, or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let partial = path.with_extension("partial");
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    })();
    written.with_context(|| format!("cannot write {}", path.display()))
}

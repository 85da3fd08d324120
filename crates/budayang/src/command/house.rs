//! What the commands on an office share: its folder, the passphrase of its keys, and a progress bar.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use affairs::access::Desk;
use affairs::approval::Setting;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use store::Store;

use crate::front_door::FrontDoor;
use crate::office::{self, Home, Keys, Machine};

#[derive(Args, Debug)]
pub(super) struct House {
    /// The office's folder.
    #[arg(long, value_name = "FOLDER", env = "BUDAYANG_DATA", default_value = "var/office")]
    pub(super) data: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Unlock {
    /// A file with the passphrase of the keys; without it BUDAYANG_PASSPHRASE is read. A demonstration needs neither.
    #[arg(long, value_name = "FILE", env = "BUDAYANG_PASSPHRASE_FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
}

impl House {
    /// Who lives there.
    pub(super) fn home(&self) -> anyhow::Result<Home> {
        let home = Home::read(&self.data)?;
        home.identity.check()?;
        Ok(home)
    }

    /// Its database, to be read: nothing is decided by this process.
    pub(super) async fn reader(&self, machine: &Machine) -> anyhow::Result<(Home, Store)> {
        let home = self.home()?;
        let store = office::open_store(&home, machine, None).await?;
        Ok((home, store))
    }

    /// Its database with open keys, for an act that is logged.
    pub(super) async fn writer(&self, unlock: &Unlock, door: &FrontDoor) -> anyhow::Result<(Home, Store)> {
        let home = self.home()?;
        let keys = Keys::open(&home, &passphrase(&home, unlock.passphrase_file.as_deref(), door)?)?;
        let (signer, ..) = keys.into_signers(&home.identity);
        let store = office::open_store(&home, &door.machine(), Some(signer)).await?;
        Ok((home, store))
    }
}

/// Where an act of this process is written.
pub(super) fn desk<'a>(home: &'a Home, store: &'a Store, machine: &'a Machine) -> Desk<'a> {
    Desk {
        store,
        shard: &home.identity.shard,
        clock: &*machine.clock,
        entropy: &*machine.entropy,
        tenant: kernel::Tenant::HOUSE,
    }
}

/// The passphrase of an office's keys: from a file, from the environment, or a demonstration's own.
pub(super) fn passphrase(home: &Home, file: Option<&Path>, door: &FrontDoor) -> anyhow::Result<String> {
    if let Some(file) = file {
        return read_passphrase(file, Some(&home.folder));
    }
    if home.identity.setting == Setting::Demonstration {
        return read(&home.passphrase());
    }
    match door.passphrase() {
        Some(passphrase) => Ok(passphrase),
        None => bail!(
            "the keys are sealed: name the file with their passphrase (--passphrase-file), or set BUDAYANG_PASSPHRASE"
        ),
    }
}

/// A passphrase file only its owner may read, which does not lie beside the keys.
pub(super) fn read_passphrase(file: &Path, folder: Option<&Path>) -> anyhow::Result<String> {
    let about = || format!("cannot read the passphrase file {}", file.display());
    let mode = fs::metadata(file).with_context(about)?.permissions().mode();
    ensure!(
        mode & 0o077 == 0,
        "others may read the passphrase file {0}: run `chmod 600 {0}` and consider whether it is still secret",
        file.display()
    );
    let (real, folder) = (file.canonicalize().with_context(about)?, folder.and_then(|f| f.canonicalize().ok()));
    ensure!(
        folder.is_none_or(|folder| !real.starts_with(folder)),
        "the passphrase file {} lies in the office's folder, where it protects nothing: move it elsewhere",
        file.display()
    );
    read(file)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// A bar on standard error; unseen where that is no terminal.
pub(super) fn bar(total: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(total).with_message(what.to_owned());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

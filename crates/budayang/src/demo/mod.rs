//! The demonstration: a small invented world, prepared once in a folder of its own, marked in everything it signs.
//!
//! It is made by the counter's own acts, as an office would make them: catalogue imported, registers' extracts imported,
//! people known, a month of cases filed and decided with the clock set back. What it is dated by is the day on which it is
//! prepared, so a registration that ends in sixty days does so for whoever runs it today.

pub(crate) mod clock;
pub(crate) mod control;
mod forest;
mod health;
mod history;
mod housing;
pub(crate) mod letterbox;
mod people;
pub(crate) mod platform;
mod powers;
mod record;
pub(crate) mod records;
mod settle;
pub(crate) mod watcher;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use affairs::access;
use affairs::approval::{self, Setting};
use affairs::catalog::Files;
use affairs::register;
use anyhow::{Context as _, bail, ensure};
use evidence::key::Cost;
use kernel::{Entropy, FixedClock, Moment};
use site::Office;

use crate::office::{self, Home, Identity, Keys, Machine};
pub(crate) use health::hospital_code;
pub(crate) use people::pharmacy_code;

use history::Month;
use settle::Settled;

/// The part between the dots is what marks everything signed here.
const ORIGIN: &str = "demonstration.budayang.example";
/// The world begins so many days before it is prepared: a little less than the oldest answer of a register that counts.
const DAYS: i64 = 29;
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// Stands in a folder while it is being prepared; what a dead process left behind is cleared away by it.
const UNFINISHED: &str = "unfinished";

/// What preparing found or did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Prepared {
    /// The world was there already, from this moment.
    Already(Moment),
    /// It was made, with so many earlier cases.
    New {
        /// How many.
        cases: usize,
    },
}

/// Makes sure that the folder holds a demonstration. One that is there is left as it is; a folder with anything else in it
/// is not touched.
pub(crate) async fn prepare(folder: &Path, machine: &Machine) -> anyhow::Result<(Home, Prepared)> {
    if Home::is_at(folder) {
        let home = Home::read(folder)?;
        ensure!(
            home.identity.setting == Setting::Demonstration,
            "{} is an office in production; the demonstration does not touch it: name another folder with --data",
            folder.display()
        );
        home.identity.check()?;
        // A newer program may bring new tables.
        store::Store::migrate(&home.location()).await?;
        let since = home.identity.created_at.plus_ms(DAYS * DAY_MS);
        return Ok((home, Prepared::Already(since)));
    }
    clear_unfinished(folder)?;
    let now = machine.clock.now();
    let home = Home::new(folder, identity(now))?;
    fs::write(folder.join(UNFINISHED), b"a demonstration is being prepared here\n").context("cannot write")?;
    let cases = make(&home, now, &machine.entropy).await?;
    home.write_page()?;
    fs::remove_file(folder.join(UNFINISHED)).context("cannot tidy up")?;
    Ok((home, Prepared::New { cases }))
}

/// Opens a prepared demonstration, and lets the registers' keepers send their extracts again where the last are old.
pub(crate) async fn open(home: &Home, machine: &Machine) -> anyhow::Result<Office> {
    let office = office::open(home, open_keys(home)?, machine).await?;
    keep_fresh(&office, machine).await?;
    Ok(office)
}

/// See [`records::send_again`]: once a day.
pub(crate) async fn keep_fresh(office: &Office, machine: &Machine) -> anyhow::Result<()> {
    let desk = access::Desk {
        store: &office.store,
        shard: &office.shard,
        clock: &*machine.clock,
        entropy: &*machine.entropy,
        tenant: kernel::Tenant::HOUSE,
    };
    let sent = records::last_sent(&desk).await?;
    if sent.is_none_or(|at| desk.now().ms() - at.ms() >= DAY_MS) {
        records::send_again(&desk, &office.registers).await?;
    }
    Ok(())
}

fn identity(now: Moment) -> Identity {
    Identity {
        setting: Setting::Demonstration,
        origin: ORIGIN.to_owned(),
        shard: "gx".to_owned(),
        region: "450000".to_owned(),
        issuer: "gx-mpa".to_owned(),
        created_at: Moment::start_of(now.date()).plus_ms(-DAYS * DAY_MS),
    }
}

/// The demonstration's keys. Their passphrase lies beside them, so guessing it needs no hindering.
fn open_keys(home: &Home) -> anyhow::Result<Keys> {
    let path = home.passphrase();
    let passphrase = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Keys::open(home, passphrase.trim())
}

fn create_keys(home: &Home, entropy: &dyn Entropy) -> anyhow::Result<Keys> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let passphrase = hex::encode(bytes);
    let keys = Keys::create(home, &passphrase, Cost::LIGHT, entropy)?;
    office::write_private(&home.passphrase(), passphrase.as_bytes())?;
    Ok(keys)
}

/// Makes the world. Gives how many earlier cases it has.
async fn make(home: &Home, now: Moment, entropy: &Arc<dyn Entropy>) -> anyhow::Result<usize> {
    let keys = create_keys(home, &**entropy)?;
    store::Store::migrate(&home.location()).await?;
    let clock = Arc::new(FixedClock::at(home.identity.created_at));
    let past = Machine { clock: clock.clone(), entropy: Arc::clone(entropy) };
    furnish(home, &past).await?;
    let office = office::open(home, keys, &past).await?;
    let cases = live(&office, &clock, &past, now).await;
    office.store.close().await;
    cases
}

/// Catalogue and layouts, before the office can open with them.
async fn furnish(home: &Home, past: &Machine) -> anyhow::Result<()> {
    let (signer, ..) = open_keys(home)?.into_signers(&home.identity);
    let store = office::open_store(home, past, Some(signer)).await?;
    let desk = access::Desk {
        store: &store,
        shard: &home.identity.shard,
        clock: &*past.clock,
        entropy: &*past.entropy,
        tenant: kernel::Tenant::HOUSE,
    };
    let furnished = office::furnish(&desk, &Files::seed()).await;
    store.close().await;
    furnished.map(drop)
}

async fn live(office: &Office, clock: &Arc<FixedClock>, past: &Machine, now: Moment) -> anyhow::Result<usize> {
    let catalog = office.catalog.get();
    let base = access::Desk {
        store: &office.store,
        shard: &office.shard,
        clock: &*past.clock,
        entropy: &*past.entropy,
        tenant: kernel::Tenant::HOUSE,
    };
    let desk = approval::Desk {
        base,
        catalog: &catalog,
        registers: &office.registers,
        issuer: &office.issuer,
        setting: office.setting,
        reactors: affairs::REACTORS,
    };
    let settled = Settled::settle(&base).await?;
    settle::name_agent(&desk).await?;
    let registers = register::load(&office.store, &office.shard).await?;
    records::import_whole(&base, &registers, &records::first_day(now.date())?).await?;
    let month = Month { desk, clock, settled: &settled, registers: &registers, now };
    let cases = month.happen().await?
        + forest::earlier(&desk, &settled, clock, now).await?
        + housing::earlier(&desk, &settled, &registers, (clock, now)).await?
        + health::earlier(&desk, &settled, clock, now).await?;
    powers::publish(&base, &catalog).await?;
    powers::run(&base, &catalog, (clock, now)).await?;
    clock.set(now);
    records::send_again(&base, &registers).await?;
    Ok(cases)
}

/// Clears away what a process that died while preparing left behind; anything else in the folder stops us.
fn clear_unfinished(folder: &Path) -> anyhow::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder.display())),
    };
    let names: Vec<_> = entries.map(|e| e.map(|e| e.file_name())).collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Ok(());
    }
    let ours = |name: &str| name == "keys" || name == UNFINISHED || name.starts_with("office.");
    if !folder.join(UNFINISHED).is_file() || !names.iter().all(|name| name.to_str().is_some_and(ours)) {
        bail!("{} holds other files and no demonstration; name an empty or new folder with --data", folder.display());
    }
    // The mark goes last, so that clearing away can be interrupted too.
    let (mark, rest): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name == UNFINISHED);
    for name in rest.into_iter().chain(mark) {
        let path = folder.join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! `budayang doctor`: is this installation healthy, and if not, what mends it? Changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use affairs::approval::{self, Setting};
use affairs::catalog::{self, Catalog, Severity};
use affairs::material;
use affairs::message;
use affairs::register::{self, Silence};
use anyhow::anyhow;
use clap::Args;
use kernel::{Clock as _, Date, Moment};
use serde::Serialize;
use store::Store;

use super::Answer;
use super::house::{self, House, Unlock};
use crate::front_door::FrontDoor;
use crate::office::{self, Home, Keys, Machine};
use crate::output::{Format, Output};
use crate::serve;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    house: House,
    #[command(flatten)]
    unlock: Unlock,
    /// The server's configuration: then the registers that other agencies keep are asked whether they are there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    Well,
    /// Goes on, but somebody should look.
    Look,
    Ill,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    health: Health,
    what: String,
    mend: Option<String>,
}

fn well(name: &'static str, what: impl Into<String>) -> Check {
    Check { name, health: Health::Well, what: what.into(), mend: None }
}

fn look(name: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Check {
    Check { name, health: Health::Look, what: what.into(), mend: Some(mend.into()) }
}

fn ill(name: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Check {
    Check { name, health: Health::Ill, what: what.into(), mend: Some(mend.into()) }
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let checks = door.block_on(examine(arguments, door))?;
    for check in &checks {
        match output.format() {
            Format::Json => output.json(check)?,
            Format::Plain => {
                let mark = match check.health {
                    Health::Well => "✓",
                    Health::Look => "!",
                    Health::Ill => "✗",
                };
                output.line(format!("{mark} {}: {}", check.name, check.what))?;
                if let Some(mend) = &check.mend {
                    output.line(format!("    → {mend}"))?;
                }
            }
        }
    }
    Ok(if checks.iter().all(|check| check.health != Health::Ill) { Answer::Yes } else { Answer::No })
}

async fn examine(arguments: &Arguments, door: &FrontDoor) -> anyhow::Result<Vec<Check>> {
    let home = match arguments.house.home() {
        Ok(home) => home,
        Err(error) => return Ok(vec![ill("office", format!("{error:#}"), "name the right folder with --data")]),
    };
    let mut checks = vec![well("office", format!("{} ({:?})", home.identity.log(), home.identity.setting))];
    checks.extend(keys(&home, &arguments.unlock, door));
    checks.push(disk(&home));
    let store = match office::open_store(&home, &door.machine(), None).await {
        Ok(store) => store,
        Err(error) => {
            let mend = "run `budayang migrate`, or restore a backup with `budayang restore`";
            checks.push(ill("database", format!("{error:#}"), mend));
            return Ok(checks);
        }
    };
    checks.extend(database(&store).await);
    checks.push(log(&home, &store).await?);
    checks.extend(catalogue(&home, &store, door.clock.now().date()).await?);
    checks.push(waiting(&store).await?);
    checks.push(messages(&store, door.clock.now()).await?);
    checks.push(materials(&store, door.clock.now()).await?);
    if let Some(config) = &arguments.config {
        checks.push(providers(config, &door.machine()));
        checks.push(scanner(config).await);
        checks.push(fonts(config));
        checks.extend(registers(config, &home, &store).await);
    }
    store.close().await;
    Ok(checks)
}

fn keys(home: &Home, unlock: &Unlock, door: &FrontDoor) -> Vec<Check> {
    if let Err(error) = office::public_keys(home) {
        return vec![ill("keys", format!("{error:#}"), "take the key files from their safe place")];
    }
    let mode = fs::metadata(home.keys()).map_or(0, |m| m.permissions().mode());
    let mut checks = Vec::new();
    if mode & 0o077 != 0 {
        let mend = format!("run `chmod -R go= {}`", home.keys().display());
        checks.push(look("keys", "others may enter the folder of the keys", mend));
    }
    checks.push(match house::passphrase(home, unlock.passphrase_file.as_deref(), door) {
        Err(_) => look("keys", "sealed; whether the passphrase fits was not tried", "name it with --passphrase-file"),
        Ok(passphrase) => match Keys::open(home, &passphrase) {
            Ok(_) => well("keys", "four keys, and the passphrase opens them"),
            Err(error) => ill("keys", format!("{error:#}"), "use the passphrase they were made with"),
        },
    });
    checks
}

/// Free space that is little: a day of a busy office, and room for a backup to begin.
const LITTLE: u64 = 1 << 30;

fn disk(home: &Home) -> Check {
    let size = fs::metadata(home.database()).map_or(0, |m| m.len());
    match rustix::fs::statvfs(&home.folder) {
        Err(error) => look("disk", format!("its free space cannot be read: {error}"), "look at it by hand"),
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let what = format!("{} MB free, the database has {} MB", free >> 20, size >> 20);
            if free < LITTLE.max(size) {
                look("disk", what, "make room: a backup needs as much again")
            } else {
                well("disk", what)
            }
        }
    }
}

async fn database(store: &Store) -> Vec<Check> {
    match store.check().await {
        Err(fault) => vec![ill("database", fault.to_string(), "stop the server and restore the newest backup")],
        Ok(findings) => {
            // Without keys no log may be appended to; here that is meant.
            let real = findings.into_iter().filter(|f| !f.what.contains("key"));
            let checks: Vec<_> = real.map(|f| ill("database", f.what, f.mend)).collect();
            if checks.is_empty() {
                vec![well("database", "pages, rows and uploads are whole; nothing is stuck")]
            } else {
                checks
            }
        }
    }
}

async fn log(home: &Home, store: &Store) -> anyhow::Result<Check> {
    let signed = store.checkpoint(&home.identity.shard).await?;
    Ok(match signed {
        None => look("log", "nothing is signed yet", "it begins with the first act"),
        Some(signed) if signed.head.origin != home.identity.log() => {
            let what = format!("the log was signed as {}, the office is {}", signed.head.origin, home.identity.log());
            ill("log", what, "the database is another office's: restore the right one")
        }
        Some(signed) => well("log", format!("{} leaves, last signed {}", signed.head.size, signed.at)),
    })
}

async fn catalogue(home: &Home, store: &Store, today: Date) -> anyhow::Result<Vec<Check>> {
    let built = catalog::load(store).await?;
    let errors = built.findings.iter().filter(|f| f.severity == Severity::Error).count();
    let items = built.catalog.versions().count();
    let mut checks = vec![match (items, errors) {
        (0, _) => ill("catalogue", "no item is imported", "run `budayang catalog import`"),
        (_, 0) => well("catalogue", format!("{items} items, version {}", &built.catalog.version()[..12])),
        _ => ill("catalogue", format!("{errors} errors"), "run `budayang catalog export` and `catalog lint` on it"),
    }];
    checks.push(calendar(&built.catalog, today));
    if home.identity.setting == Setting::Production {
        let missing = catalog::production(&built.catalog).len();
        checks.push(if missing == 0 {
            well("adoption", "every condition is adopted")
        } else {
            let what = format!("{missing} findings keep items with people, conditions nobody adopted among them");
            look("adoption", what, "run `budayang catalog lint --production`")
        });
    }
    Ok(checks)
}

fn calendar(catalog: &Catalog, today: Date) -> Check {
    let Some(last) = catalog.calendar().years().next_back() else {
        return ill("calendar", "there is none", "run `budayang catalog import`");
    };
    let left = i32::from(last) - i32::from(today.year());
    let mend = "when the State Council has published the next year, add its file to catalog/calendars and import it";
    match left {
        ..0 => ill("calendar", format!("it ended with {last}: no limit in working days can be told"), mend),
        0 if today.month() >= 11 => look("calendar", format!("it ends with {last}: limits beyond are not told"), mend),
        _ => well("calendar", format!("reaches to the end of {last}")),
    }
}

async fn waiting(store: &Store) -> anyhow::Result<Check> {
    let waiting = approval::waiting_now(store).await?;
    let of = |kind: &str| waiting.iter().find(|(k, _)| k == kind).map_or(0, |(_, n)| *n);
    let (data, evidence) = (of("data"), of("evidence"));
    let what = format!("{data} cases wait for a register, {evidence} for the log");
    Ok(match (data, evidence) {
        (0, 0) => well("waiting", "no case waits for a register or for the log"),
        (_, 0) => look("waiting", what, "see which register does not answer: `budayang doctor --config FILE`"),
        _ => ill("waiting", what, "unlock the keys: nothing is decided until the log can sign"),
    })
}

/// How far back failed messages are told of: a week.
const LATELY_MS: i64 = 7 * 24 * 3_600 * 1_000;

async fn messages(store: &Store, now: Moment) -> anyhow::Result<Check> {
    let failed = message::postings_failed(store, now.plus_ms(-LATELY_MS)).await?;
    if failed.is_empty() {
        return Ok(well("messages", "none was refused or given up in the last seven days"));
    }
    let told: Vec<_> = failed.iter().map(|(channel, state, n)| format!("{n} by {channel} {state}")).collect();
    let mend = "`budayang messages failed` says why; `budayang messages retry` tries again what was given up";
    Ok(look("messages", format!("in the last seven days: {}", told.join(", ")), mend))
}

/// How long a file may wait for a scanner before somebody should look: ten minutes.
const UNSCANNED_MS: i64 = 600_000;

async fn materials(store: &Store, now: Moment) -> anyhow::Result<Check> {
    let (waiting, since) = material::waiting(store).await?;
    Ok(match since.filter(|since| now.ms() - since.ms() > UNSCANNED_MS) {
        Some(since) => {
            let what = format!("{waiting} files wait for the scanner, the first since {since}");
            look("materials", what, "see whether clamd runs: `budayang doctor --config FILE`")
        }
        None => well("materials", format!("{waiting} files wait for the scanner")),
    })
}

/// Whether the scanner answers, and which it is.
async fn scanner(config: &Path) -> Check {
    let checkers = match read(config) {
        Ok(config) => serve::scanner::attach(config.scanner.as_ref()),
        Err(error) => return ill("scanner", format!("{error:#}"), "mend the configuration"),
    };
    match checkers.scanner() {
        None => {
            let what = "none is configured: only our own check, which knows kinds of files and the test string";
            look("scanner", what, "run clamd and name its socket under [scanner]")
        }
        Some(clamd) => match clamd.hail().await {
            Ok(version) => well("scanner", format!("{} answers: {version}", clamd.name())),
            Err(why) => look("scanner", why.to_string(), "start clamd; until then files stay in quarantine"),
        },
    }
}

/// Whether licences can be printed as PDF.
fn fonts(config: &Path) -> Check {
    match read(config).map(|config| serve::fonts::attach(config.fonts.as_ref())) {
        Err(error) => ill("fonts", format!("{error:#}"), "mend the configuration"),
        Ok(fonts) if fonts.are_there() => well("fonts", "licences are printed as PDF"),
        Ok(_) => {
            let what = "no font with Chinese is installed: licences are printed from their pages only";
            look("fonts", what, "install fonts-noto-cjk, or name font files under [fonts]")
        }
    }
}

/// Whether what the configuration says of carriers can be used; nothing is sent.
fn providers(config: &Path, machine: &Machine) -> Check {
    let attached = read(config).and_then(|config| {
        let head = serve::messages::letterhead(&config.settings);
        serve::messages::attach(&config.messages, head, &machine.clock)
    });
    match attached {
        Err(error) => ill("messages", format!("{error:#}"), "mend the configuration"),
        Ok(posts) if posts.states().is_empty() => {
            well("messages", "no provider is configured: they stay in the inboxes")
        }
        Ok(posts) => {
            let names: Vec<_> = posts.states().iter().map(|s| format!("{} {}", s.channel.word(), s.name)).collect();
            well("messages", format!("secrets and certificates can be read: {}", names.join(", ")))
        }
    }
}

/// Asks every register that another agency keeps whether it is there.
async fn registers(config: &Path, home: &Home, store: &Store) -> Vec<Check> {
    match hail(config, home, store).await {
        Err(error) => vec![ill("registers", format!("{error:#}"), "mend the configuration")],
        Ok(all) if all.is_empty() => vec![well("registers", "none is kept by another agency")],
        Ok(all) => all
            .into_iter()
            .map(|(id, silence)| match silence {
                None => well("registers", format!("{id} answers")),
                Some(why) => {
                    let mend = "tell its keeper; meanwhile cases that need it wait, and then a person takes them";
                    look("registers", format!("{id}: {why}"), mend)
                }
            })
            .collect(),
    }
}

async fn hail(config: &Path, home: &Home, store: &Store) -> anyhow::Result<Vec<(String, Option<Silence>)>> {
    let config = read(config)?;
    let layouts = register::load(store, &home.identity.shard).await?;
    let demonstration = home.identity.setting == Setting::Demonstration;
    Ok(serve::registers::attach(layouts, &config.registers, demonstration)?.hail().await)
}

fn read(config: &Path) -> anyhow::Result<serve::config::Config> {
    let text = fs::read_to_string(config)?;
    serve::config::read(&text).map_err(|faults| {
        let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
        anyhow!("{}", all.join("; "))
    })
}

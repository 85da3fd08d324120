//! `budayang pack`: items taken from one office to another, sealed, changed in one dated file, checked by their own cases.

use std::fs;
use std::path::{Path, PathBuf};

use affairs::catalog::pack::{self, Adopted, Overrides, Pack, Packing};
use affairs::catalog::{self, Catalog, Diagnostic, Files};
use anyhow::{Context as _, bail};
use clap::Subcommand;
use evidence::trust::{Entry, TrustList};
use kernel::Clock as _;
use serde_json::{Value as Json, json};

use super::Answer;
use super::catalog::failed_cases;
use super::house::{self, House, Unlock};
use crate::front_door::FrontDoor;
use crate::office::{self, Home, Keys};
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Pack items of an office with everything they lean on, and seal the pack with the office's key.
    Export {
        #[command(flatten)]
        house: House,
        #[command(flatten)]
        unlock: Unlock,
        /// Ids of the items, with commas between.
        #[arg(long, value_name = "IDS", value_delimiter = ',', required = true)]
        items: Vec<String>,
        /// A folder that is not there yet, or a file that ends in .tar.
        #[arg(long, value_name = "FOLDER|FILE.tar")]
        out: PathBuf,
    },
    /// Check a pack and take its items over; nothing is imported while anything is wrong.
    Import {
        #[command(flatten)]
        house: House,
        #[command(flatten)]
        unlock: Unlock,
        /// The pack: a folder or a .tar file.
        #[arg(value_name = "FOLDER|FILE.tar")]
        pack: PathBuf,
        /// Whom to trust beside this office itself: what `budayang pack trust` of the other office prints.
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
        /// What this region says for itself: limits, thresholds, quotas, agencies, region.
        #[arg(long, value_name = "FILE")]
        overrides: Option<PathBuf>,
        /// Only check; write nothing.
        #[arg(long)]
        check: bool,
    },
    /// Print this office's key as a trust list, for those who import its packs. Hand it over by a safe way.
    Trust {
        #[command(flatten)]
        house: House,
    },
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match command {
        Command::Export { house, unlock, items, out } => export((house, unlock), items, out, (door, output)),
        Command::Import { house, unlock, pack, trust, overrides, check } => {
            let asked = Asked { house, unlock, pack, trust: trust.as_deref(), overrides: overrides.as_deref() };
            import(&asked, *check, (door, output))
        }
        Command::Trust { house } => {
            let home = house.home()?;
            output.json(&office::trust_list(&home.identity, &office::public_keys(&home)?)?.to_payload())?;
            Ok(Answer::Yes)
        }
    }
}

fn export(
    (house, unlock): (&House, &Unlock),
    items: &[String],
    out: &Path,
    (door, output): (&FrontDoor, &mut Output<'_>),
) -> anyhow::Result<Answer> {
    if out.exists() {
        bail!("{} is there already; a pack is written into a new folder or file", out.display());
    }
    let home = house.home()?;
    let keys = Keys::open(&home, &house::passphrase(&home, unlock.passphrase_file.as_deref(), door)?)?;
    let (_, signer, _) = keys.into_signers(&home.identity);
    let catalog = door.block_on(async {
        let (_, store) = house.reader(&door.machine()).await?;
        let catalog = catalog::load(&store).await?.catalog;
        store.close().await;
        Ok(catalog)
    })?;
    let at = door.clock.now();
    let (region, issuer) = (&home.identity.region, &home.identity.issuer);
    let files = pack::export(&catalog, &Packing { items, on: at.date(), region, issuer, at, signer: &signer })?;
    write(&files, out).with_context(|| format!("cannot write {}", out.display()))?;
    let count = files.iter().count();
    match output.format() {
        Format::Json => output.json(&json!({ "items": items, "files": count, "out": out }))?,
        Format::Plain => output.line(format!("{} item(s), {count} files, sealed by {issuer}", items.len()))?,
    }
    Ok(Answer::Yes)
}

struct Asked<'a> {
    house: &'a House,
    unlock: &'a Unlock,
    pack: &'a Path,
    trust: Option<&'a Path>,
    overrides: Option<&'a Path>,
}

fn import(asked: &Asked<'_>, check: bool, (door, output): (&FrontDoor, &mut Output<'_>)) -> anyhow::Result<Answer> {
    let home = asked.house.home()?;
    let files = read(asked.pack).with_context(|| format!("cannot read {}", asked.pack.display()))?;
    let pack = match pack::open(&files, &trust(&home, asked.trust)?, door.clock.now()) {
        Ok(pack) => pack,
        Err(refusals) => {
            let told: Vec<Json> =
                refusals.iter().map(|r| json!({ "code": r.code(), "reason": r.to_string() })).collect();
            return refused(&told, output);
        }
    };
    let office = door.block_on(async {
        let (_, store) = asked.house.reader(&door.machine()).await?;
        let catalog = catalog::load(&store).await?.catalog;
        store.close().await;
        Ok(catalog.export())
    })?;
    let (adopted, overrides) = match laid(&pack, &office, asked.overrides)? {
        Ok(laid) => laid,
        Err(found) => return refused(&found.iter().map(|d| json!(d)).collect::<Vec<_>>(), output),
    };
    let imported = if check { 0 } else { door.block_on(written(asked, (&pack, &adopted, overrides), door))? };
    let kept = &adopted.kept;
    match output.format() {
        Format::Json => output.json(&json!({
            "issuer": pack.issuer, "issued_at": pack.issued_at, "items": adopted.items, "kept": kept,
            "imported": !check, "changed": imported,
        }))?,
        Format::Plain => {
            for path in kept {
                output.line(format!("kept {path}: the office has its own"))?;
            }
            let done = if check { "may be imported" } else { "imported" };
            output.line(format!("{} {done}, sealed by {}", adopted.items.join(", "), pack.issuer))?;
        }
    }
    Ok(Answer::Yes)
}

type Laid = Result<(Adopted, Option<Overrides>), Vec<Diagnostic>>;

/// The office's catalogue with the pack in it, linted, every case of the pack's items run.
fn laid(pack: &Pack, office: &Files, overrides: Option<&Path>) -> anyhow::Result<Laid> {
    let text = overrides.map(fs::read).transpose().with_context(|| "cannot read the overrides")?;
    let overrides = match text.map(|text| Overrides::read(&text)).transpose() {
        Ok(overrides) => overrides,
        Err(found) => return Ok(Err(found)),
    };
    let adopted = match pack::adopt(pack, office, overrides.as_ref()) {
        Ok(adopted) => adopted,
        Err(found) => return Ok(Err(found)),
    };
    let built = Catalog::from_files(&adopted.files);
    let mut found: Vec<Diagnostic> =
        built.findings.iter().filter(|d| d.severity == catalog::Severity::Error).cloned().collect();
    let ours = |d: &Diagnostic| adopted.items.iter().any(|id| d.file.starts_with(&format!("items/{id}/")));
    found.extend(failed_cases(&built.catalog).into_iter().filter(ours).map(|d| Diagnostic {
        mend: "mend the override, or restate the case with a [[case]] of the overrides".to_owned(),
        ..d
    }));
    Ok(if found.is_empty() { Ok((adopted, overrides)) } else { Err(found) })
}

/// Writes the items in one unit with its leaf; gives how many entries changed.
async fn written(
    asked: &Asked<'_>,
    (pack, adopted, overrides): (&Pack, &Adopted, Option<Overrides>),
    door: &FrontDoor,
) -> anyhow::Result<usize> {
    let (home, store) = asked.house.writer(asked.unlock, door).await?;
    let machine = door.machine();
    let documents: Vec<String> = std::iter::once(pack.document.clone()).chain(overrides.map(|o| o.text)).collect();
    let done = office::furnish_from(&house::desk(&home, &store, &machine), &adopted.files, &documents).await;
    store.close().await;
    Ok(done?.1.changed.len())
}

fn refused(all: &[Json], output: &mut Output<'_>) -> anyhow::Result<Answer> {
    for told in all {
        match output.format() {
            Format::Json => output.json(told)?,
            Format::Plain => {
                let field = |name: &str| told[name].as_str().unwrap_or_default();
                let place = if told["code"].is_string() { field("code").to_owned() } else { field("file").to_owned() };
                output.line(format!("✗ {place} {} {}; {}", field("field"), field("reason"), field("mend")))?;
            }
        }
    }
    if output.format() == Format::Plain {
        output.line(format!("{} reason(s); nothing was imported", all.len()))?;
    }
    Ok(Answer::No)
}

/// Whom to trust: this office, and whoever stands in the file.
fn trust(home: &Home, file: Option<&Path>) -> anyhow::Result<TrustList> {
    let own = office::trust_list(&home.identity, &office::public_keys(home)?)?;
    let Some(file) = file else { return Ok(own) };
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let other = TrustList::from_payload(&serde_json::from_slice(&text)?, own.setting())
        .with_context(|| format!("{} is no trust list", file.display()))?;
    let all: Vec<Entry> = own.entries().iter().chain(other.entries()).cloned().collect();
    let mut once: Vec<Entry> = Vec::new();
    all.into_iter().for_each(|e| {
        if !once.contains(&e) {
            once.push(e)
        }
    });
    Ok(TrustList::new(own.setting(), own.sequence(), once)?)
}

fn is_tar(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "tar")
}

/// Writes a pack. In a file, names and bytes only: the same pack is the same file.
fn write(files: &Files, out: &Path) -> anyhow::Result<()> {
    if !is_tar(out) {
        return Ok(files.write_dir(out)?);
    }
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in files.iter() {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, path, bytes)?;
    }
    Ok(fs::write(out, archive.into_inner()?)?)
}

/// The largest pack taken: a hundred items fit many times over.
const LARGEST: u64 = 64 * 1024 * 1024;

fn read(from: &Path) -> anyhow::Result<Files> {
    if !is_tar(from) {
        return Ok(Files::read_dir(from)?);
    }
    if fs::metadata(from)?.len() > LARGEST {
        bail!("larger than {LARGEST} bytes");
    }
    let bytes = fs::read(from)?;
    let mut files = Files::default();
    // Read into memory and never unpacked: no path in it leads anywhere.
    for entry in tar::Archive::new(bytes.as_slice()).entries()? {
        let mut entry = entry?;
        if entry.header().entry_type().is_file() {
            let path = entry.path()?.to_str().context("a path is not UTF-8")?.to_owned();
            let mut bytes = Vec::new();
            std::io::copy(&mut entry, &mut bytes)?;
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

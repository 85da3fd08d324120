//! `budayang catalog`: the law as data, checked, put into the database, and taken out again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use affairs::approval::{CheckTruth, Setting, judge};
use affairs::catalog::cases::{self, Ruled, Situation};
use affairs::catalog::{self, Catalog, Diagnostic, FactDesk, Files, Item, Severity};
use affairs::credit::Book;
use affairs::powers::Law;
use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use super::Answer;
use super::house::{self, House, Unlock};
use crate::front_door::FrontDoor;
use crate::office;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Check a catalogue and run its cases; exit code 0 when it may be imported.
    Lint {
        /// Its folder; without it, the catalogue this program carries.
        #[arg(value_name = "FOLDER")]
        folder: Option<PathBuf>,
        /// Also everything that keeps the machine from granting alone outside a demonstration.
        #[arg(long)]
        production: bool,
    },
    /// Put a catalogue into an office's database; a running server takes it up within a minute.
    Import {
        #[command(flatten)]
        house: House,
        #[command(flatten)]
        unlock: Unlock,
        /// Its folder; without it, the catalogue this program carries.
        #[arg(value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
    /// Write an office's catalogue into a folder, byte for byte as it was imported.
    Export {
        #[command(flatten)]
        house: House,
        /// The folder.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match command {
        Command::Lint { folder, production } => lint(&files(folder.as_deref())?, *production, output),
        Command::Import { house, unlock, folder } => import(house, unlock, &files(folder.as_deref())?, (door, output)),
        Command::Export { house, folder } => export(house, folder, door, output),
    }
}

/// The files of a folder, or those the program carries.
pub(super) fn files(folder: Option<&Path>) -> anyhow::Result<Files> {
    match folder {
        None => Ok(Files::seed()),
        Some(folder) => Files::read_dir(folder).with_context(|| format!("cannot read {}", folder.display())),
    }
}

fn lint(files: &Files, production: bool, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let built = Catalog::from_files(files);
    let mut findings = built.findings;
    findings.extend(failed_cases(&built.catalog));
    findings.extend(Law::read(&built.catalog).err().unwrap_or_default());
    findings.extend(Book::read(&built.catalog).err().unwrap_or_default());
    if production {
        findings.extend(catalog::production(&built.catalog));
    }
    for finding in &findings {
        match output.format() {
            Format::Json => output.json(finding)?,
            Format::Plain => output.line(finding)?,
        }
    }
    let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    if output.format() == Format::Plain {
        let cases: usize = built.catalog.versions().map(|item| cases::situations(item).len()).sum();
        output.line(format!("{errors} error(s), {} warning(s), {cases} cases run", findings.len() - errors))?;
    }
    Ok(if errors == 0 { Answer::Yes } else { Answer::No })
}

/// The cases that do not come out as written.
pub(super) fn failed_cases(catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in catalog.versions() {
        for result in cases::run(item, catalog.calendar(), |item, situation| decide(item, &situation)) {
            found.extend(result.problems.iter().map(|problem| Diagnostic {
                severity: Severity::Error,
                file: format!("items/{}/cases.md", item.id),
                field: format!("line {}", result.line),
                reason: format!("{}: {problem}", result.case),
                mend: "mend the rules or the case".to_owned(),
            }));
        }
    }
    found
}

fn decide(item: &Item, situation: &Situation) -> Ruled {
    let desk = FactDesk { form: &situation.form, readings: &situation.readings, request: &situation.request };
    let (inputs, assessment) = judge(item, &desk, Setting::Demonstration);
    let ids = |truth: CheckTruth| -> BTreeSet<String> {
        assessment.checks.iter().filter(|c| c.truth == truth).map(|c| c.id.clone()).collect()
    };
    let (failed, unknown) = (ids(CheckTruth::NotMet), ids(CheckTruth::Unknown));
    Ruled { outcome: assessment.outcome.word().to_owned(), failed, unknown, inputs }
}

fn import(
    house: &House,
    unlock: &Unlock,
    files: &Files,
    (door, output): (&FrontDoor, &mut Output<'_>),
) -> anyhow::Result<Answer> {
    let wrong = failed_cases(&Catalog::from_files(files).catalog);
    if !wrong.is_empty() {
        for finding in &wrong {
            output.line(finding)?;
        }
        anyhow::bail!("{} case(s) do not come out as written; nothing was imported", wrong.len());
    }
    let imported = door.block_on(async {
        let (home, store) = house.writer(unlock, door).await?;
        let machine = door.machine();
        let done = office::furnish(&house::desk(&home, &store, &machine), files).await;
        store.close().await;
        Ok(done?.1)
    })?;
    let changed: Vec<_> =
        imported.changed.iter().map(|(kind, id, hash)| json!({ "kind": kind, "id": id, "hash": hash })).collect();
    match output.format() {
        Format::Json => output.json(&json!({ "changed": changed, "warnings": imported.warnings.len() }))?,
        Format::Plain if changed.is_empty() => output.line("nothing changed")?,
        Format::Plain => {
            for (kind, id, hash) in &imported.changed {
                output.line(format!("{} {id} {hash}", kind.word()))?;
            }
        }
    }
    Ok(Answer::Yes)
}

fn export(house: &House, folder: &Path, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let (files, version) = door.block_on(async {
        let (_, store) = house.reader(&door.machine()).await?;
        let catalog = catalog::load(&store).await?.catalog;
        store.close().await;
        Ok((catalog.export(), catalog.version().to_owned()))
    })?;
    files.write_dir(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    let count = files.iter().count();
    match output.format() {
        Format::Json => output.json(&json!({ "files": count, "version": version, "folder": folder }))?,
        Format::Plain => output.line(format!("{count} files, catalogue {version}"))?,
    }
    Ok(Answer::Yes)
}

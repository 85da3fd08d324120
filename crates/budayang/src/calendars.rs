//! The work calendars the binary carries, or those of a folder: a year that the State Council publishes later is
//! used without a new binary.

use std::fs;
use std::path::Path;

use affairs::catalog::Files;
use anyhow::Context;
use kernel::{WorkCalendar, YearTable};

/// The calendar of a folder; without one, of the years the binary carries.
pub(crate) fn load(folder: Option<&Path>) -> anyhow::Result<WorkCalendar> {
    let tables = match folder {
        Some(folder) => from_folder(folder)?,
        None => carried()?,
    };
    Ok(WorkCalendar::new(tables)?)
}

fn carried() -> anyhow::Result<Vec<YearTable>> {
    let seed = Files::seed();
    let files = seed.iter().filter(|(path, _)| path.starts_with("calendars/") && path.ends_with(".toml"));
    files.map(|(path, bytes)| table(path, std::str::from_utf8(bytes)?)).collect()
}

fn from_folder(folder: &Path) -> anyhow::Result<Vec<YearTable>> {
    let open = || format!("cannot read the folder {}; name one that holds YEAR.toml files", folder.display());
    let mut tables = Vec::new();
    for entry in fs::read_dir(folder).with_context(open)? {
        let path = entry.with_context(open)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            tables.push(table(&path.display().to_string(), &text)?);
        }
    }
    anyhow::ensure!(!tables.is_empty(), "{} holds no calendar; put YEAR.toml files there", folder.display());
    Ok(tables)
}

fn table(name: &str, text: &str) -> anyhow::Result<YearTable> {
    toml::from_str(text).with_context(|| format!("{name} is no calendar of a year; compare it with the others"))
}

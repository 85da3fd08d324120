//! Furnishing an office: the catalogue the program carries goes into the database, which is the truth from then on.

use affairs::access::{self, Desk};
use affairs::catalog::{self, Catalog, Files, Import, ImportError, Imported};
use affairs::credit::Book;
use affairs::powers::Law;
use affairs::register;
use anyhow::{anyhow, ensure};

/// Imports a catalogue with its register layouts, and writes down which agency stands below which and what became of regions. What is there
/// already and did not change is left alone.
pub(crate) async fn furnish(desk: &Desk<'_>, files: &Files) -> anyhow::Result<(Catalog, Imported)> {
    furnish_from(desk, files, &[]).await
}

/// [`furnish`], with the documents the import stands on.
pub(crate) async fn furnish_from(
    desk: &Desk<'_>,
    files: &Files,
    documents: &[String],
) -> anyhow::Result<(Catalog, Imported)> {
    // The rooms of powers and credit read their own files, as that of registers does; a mistake in them keeps everything out.
    let built = Catalog::from_files(files).catalog;
    Law::read(&built).map_err(|found| told(ImportError::Mistakes(found)))?;
    Book::read(&built).map_err(|found| told(ImportError::Mistakes(found)))?;
    let import = Import { shard: desk.shard, at: desk.now(), act: desk.id() };
    let imported = catalog::import_from(desk.store, files, (&import, documents)).await.map_err(told)?;
    publish_layouts(desk, files).await?;
    let catalog = catalog::load(desk.store).await?.catalog;
    index_rights(desk, &catalog).await?;
    Ok((catalog, imported))
}

/// Writes down what the filter of rights needs of a catalogue today: which agency stands below which, and what became of
/// regions and agencies that are over.
pub(crate) async fn index_rights(desk: &Desk<'_>, catalog: &Catalog) -> anyhow::Result<()> {
    let today = desk.now().date();
    let agencies: Vec<_> = catalog.agencies().map(|a| (a.id.as_str(), a.parent.as_deref())).collect();
    access::staff::index_agencies(desk, &agencies, &catalog.agency_heirs(today)).await?;
    access::staff::index_regions(desk, &catalog.regions.succession(today)).await?;
    Ok(())
}

async fn publish_layouts(desk: &Desk<'_>, files: &Files) -> anyhow::Result<()> {
    let of_register = |path: &str| path.starts_with("registers/") && path.ends_with(".toml");
    let mut layouts = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, _)| of_register(path)) {
        layouts.push((path, std::str::from_utf8(bytes)?));
    }
    ensure!(!layouts.is_empty(), "the catalogue has no registers");
    register::publish(desk, &layouts).await.map_err(|error| match error {
        register::ImportError::Layouts(all) => {
            anyhow!("{}", all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
        other => other.into(),
    })?;
    Ok(())
}

/// Every mistake, a line each: a catalogue is mended in one go.
fn told(error: ImportError) -> anyhow::Error {
    match error {
        ImportError::Mistakes(all) => {
            let lines: Vec<_> = all.iter().map(ToString::to_string).collect();
            anyhow!("the catalogue has mistakes; nothing was imported\n{}", lines.join("\n"))
        }
        other => other.into(),
    }
}

//! Making a pack: the items whole, what they lean on, and the seal over all of it.

use std::collections::BTreeSet;

use evidence::key::Signer;
use evidence::seal::{self, Draft, SealError};
use kernel::{Date, Moment};
use serde_json::json;

use super::{CATALOG, DOCUMENT, KIND, Manifest, Needs, PackedFile, PackedItem, SCHEMA, guide};
use crate::catalog::entry::{Entry, EntryKind, hash_of};
use crate::catalog::facts::FactFrom;
use crate::catalog::fields;
use crate::catalog::files::Files;
use crate::catalog::item::{Item, Status, Supervisor};
use crate::catalog::snapshot::Catalog;

/// What to pack, and who seals it.
#[derive(Clone, Copy)]
pub struct Packing<'a> {
    /// Ids of the items; the version in force on `on`.
    pub items: &'a [String],
    /// The day.
    pub on: Date,
    /// Region whose items these are: the seal's scope lies below it.
    pub region: &'a str,
    /// Who seals, as trust lists name them.
    pub issuer: &'a str,
    /// When.
    pub at: Moment,
    /// With which key.
    pub signer: &'a dyn Signer,
}

/// Why no pack was made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Items that are not in force on that day.
    #[error("no such item in force: {}", .0.join(", "))]
    Unknown(Vec<String>),
    /// Nothing to pack.
    #[error("no item was named")]
    Nothing,
    /// The seal failed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Makes a pack.
///
/// # Errors
/// [`ExportError::Unknown`] names every item that is not there.
pub fn export(catalog: &Catalog, packing: &Packing<'_>) -> Result<Files, ExportError> {
    let wanted: BTreeSet<&String> = packing.items.iter().collect();
    let found: Vec<_> = wanted.iter().filter_map(|id| catalog.item(id, packing.on)).collect();
    let missing = wanted.iter().filter(|id| !found.iter().any(|item| item.id == ***id));
    let missing: Vec<String> = missing.map(|id| (*id).clone()).collect();
    if !missing.is_empty() {
        return Err(ExportError::Unknown(missing));
    }
    if found.is_empty() {
        return Err(ExportError::Nothing);
    }
    let items: Vec<&Item> = found.iter().map(AsRef::as_ref).collect();
    let mut files = Files::default();
    for item in &items {
        files.insert(format!("guides/{}.md", item.id), guide::page(item));
    }
    let needs = needs(catalog, &items);
    for entry in packed_entries(catalog, &items, &needs) {
        for (name, bytes) in &entry.files {
            files.insert(format!("{CATALOG}{}", entry.path_of(name, None)), bytes.clone());
        }
    }
    let manifest = manifest(catalog, packing, (&items, needs), &files);
    let payload = json!(manifest);
    let scope = format!("{}/item-pack", packing.region);
    let draft = Draft { kind: KIND, issuer: packing.issuer, scope: &scope, issued_at: packing.at, payload: &payload };
    files.insert(DOCUMENT, seal::seal(&draft, packing.signer)?);
    Ok(files)
}

fn manifest(catalog: &Catalog, packing: &Packing<'_>, (items, needs): (&[&Item], Needs), files: &Files) -> Manifest {
    let packed = |item: &&Item| PackedItem {
        id: item.id.clone(),
        name: item.name.clone(),
        version: item.hash.clone(),
        valid_from: item.valid_from,
    };
    let file = |(path, bytes): (&str, &[u8])| PackedFile { path: path.to_owned(), sha256: hash_of(bytes) };
    Manifest {
        schema: SCHEMA,
        region: packing.region.to_owned(),
        catalog: catalog.version().to_owned(),
        items: items.iter().map(packed).collect(),
        needs,
        files: files.iter().map(file).collect(),
    }
}

fn packed_entries<'a>(catalog: &'a Catalog, items: &[&Item], needs: &Needs) -> Vec<&'a Entry> {
    let wanted = |entry: &&Entry| match entry.kind {
        EntryKind::Item => items.iter().any(|i| i.id == entry.id && i.hash == entry.hash()),
        EntryKind::Register => needs.registers.contains(&entry.id),
        EntryKind::Parameter => needs.parameters.contains(&entry.id),
        EntryKind::Quota => needs.quotas.contains(&entry.id),
        _ => false,
    };
    catalog.entries().iter().filter(wanted).collect()
}

fn needs(catalog: &Catalog, items: &[&Item]) -> Needs {
    let mut all = Gathered::default();
    items.iter().for_each(|item| all.item(catalog, item));
    let registers = all.registers.clone();
    for entry in catalog.entries().iter().filter(|e| e.kind == EntryKind::Register && registers.contains(&e.id)) {
        let report = crate::catalog::diagnostic::Report::of(entry.path());
        let table = entry.only().and_then(|(_, bytes)| fields::parse(bytes, &report));
        let agency = table.and_then(|t| t.get("agency")?.as_str().map(str::to_owned));
        all.agencies.extend(agency);
    }
    let list = |set: BTreeSet<String>| set.into_iter().filter(|s| !s.is_empty()).collect();
    Needs {
        roles: list(all.roles),
        agencies: list(all.agencies),
        registers: list(all.registers),
        parameters: list(all.parameters),
        quotas: list(all.quotas),
    }
}

#[derive(Default)]
struct Gathered {
    roles: BTreeSet<String>,
    agencies: BTreeSet<String>,
    registers: BTreeSet<String>,
    parameters: BTreeSet<String>,
    quotas: BTreeSet<String>,
}

impl Gathered {
    fn item(&mut self, catalog: &Catalog, item: &Item) {
        self.agencies.extend([item.power.deciding_agency.clone(), item.power.receiving_agency.clone()]);
        self.roles.extend(item.power.deciding_role.iter().chain(&item.power.receiving_role).cloned());
        for duty in &item.duties {
            match &duty.supervisor {
                Supervisor::Agency(id) => self.agencies.insert(id.clone()),
                Supervisor::Role { role, .. } => self.roles.insert(role.clone()),
            };
        }
        for condition in &item.conditions {
            if let Status::Adopted { agency, .. } = &condition.status {
                self.agencies.insert(agency.clone());
            }
        }
        for fact in &item.facts {
            match &fact.from {
                FactFrom::Register { register, .. } => drop(self.registers.insert(register.clone())),
                FactFrom::Parameter { parameter, .. } => drop(self.parameters.insert(parameter.clone())),
                _ => {}
            }
        }
        self.registers.extend(item.effects.iter().map(|e| e.register.clone()));
        self.registers.extend(item.materials.iter().filter_map(|m| m.register.clone()));
        self.quotas.extend(item.quota.iter().map(|q| q.quota.clone()));
        self.registers.extend(form_registers(catalog, item));
    }
}

/// Registers the form knows values from. Their ids are looked for in its text: one too many does no harm.
fn form_registers(catalog: &Catalog, item: &Item) -> Vec<String> {
    let own = catalog.entries().iter().find(|e| e.kind == EntryKind::Item && e.id == item.id && e.hash() == item.hash);
    let form = own.and_then(|e| e.files.get("form.schema.json")).map(|bytes| String::from_utf8_lossy(bytes));
    let Some(form) = form else { return Vec::new() };
    let named = catalog.files_of(EntryKind::Register).filter(|(id, _)| form.contains(&format!("\"{id}\"")));
    named.map(|(id, _)| id.to_owned()).collect()
}

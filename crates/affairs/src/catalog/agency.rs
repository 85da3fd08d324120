//! Agencies: who receives, decides, supervises and keeps registers. One file each in `catalog/agencies`.

use kernel::{Date, RegionCode, RegionLevel, Text};
use serde::Serialize;
use toml::Table;

use super::diagnostic::Report;
use super::fields::Fields;

/// An agency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Agency {
    /// File name below `catalog/agencies`.
    pub id: String,
    /// Official name.
    pub name: Text,
    /// Short name for lists.
    pub short: Text,
    /// Region it works in.
    pub region: Option<RegionCode>,
    /// Its level.
    pub level: RegionLevel,
    /// The agency above it: the rights of a scope reach down this tree.
    pub parent: Option<String>,
    /// Field of work, for grouping.
    pub department: Text,
    /// What it does in this house, e.g. `drug-supervision`: duties find their supervisor by role and region.
    pub roles: Vec<String>,
    /// A real agency does not stand behind this entry; it shows how an entry works.
    pub demonstration: bool,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
}

/// Reads an agency file; what is wrong stands in `report`.
pub(super) fn read(table: &Table, report: &Report) -> Agency {
    let fields = Fields::root(table, report);
    let levels = [
        ("region", RegionLevel::Region),
        ("city", RegionLevel::City),
        ("county", RegionLevel::County),
        ("township", RegionLevel::Township),
    ];
    let agency = Agency {
        id: fields.str("id"),
        name: fields.text("name"),
        short: fields.text("short"),
        region: region(&fields),
        level: fields.choice("level", &levels),
        parent: fields.opt_str("parent"),
        department: fields.text("department"),
        roles: fields.strings("roles"),
        demonstration: fields.bool("demonstration"),
        valid_from: fields.date("valid_from"),
        valid_to: fields.opt_date("valid_to"),
    };
    fields.done();
    agency
}

fn region(fields: &Fields<'_>) -> Option<RegionCode> {
    let word = fields.str("region");
    let read: Result<RegionCode, _> = word.parse();
    if let Err(e) = &read
        && !word.is_empty()
    {
        fields.error("region", e.to_string(), "write the code of a region in catalog/regions");
    }
    read.ok()
}

//! Agencies: who receives, decides, supervises and keeps registers. A file in `catalog/agencies`, or a line of a list.

use jiff::civil::Time;
use kernel::{Date, RegionCode, RegionLevel, Text};
use serde::Serialize;
use toml::Table;

use super::diagnostic::Report;
use super::fields::Fields;

/// A stretch of a working day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Hours {
    /// From, included.
    pub from: Time,
    /// To, not included.
    pub to: Time,
}

/// What an agency is by law: only an administrative organ may be entrusted with deciding (Administrative Licensing Law,
/// article 24).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// 行政机关.
    #[default]
    AdministrativeOrgan,
    /// 法律法规授权的具有管理公共事务职能的组织.
    AuthorisedOrganisation,
    /// 事业单位, 企业, 村居: may keep a register or help at a window, and decides nothing.
    Other,
}

impl Nature {
    const WORDS: [(&'static str, Self); 3] = [
        ("administrative_organ", Self::AdministrativeOrgan),
        ("authorised_organisation", Self::AuthorisedOrganisation),
        ("other", Self::Other),
    ];
}

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
    /// What it is by law.
    pub nature: Nature,
    /// Unified social credit code, where licences are issued in its name.
    pub uscc: Option<String>,
    /// A real agency does not stand behind this entry; it shows how an entry works.
    pub demonstration: bool,
    /// When its people are at work, on working days.
    pub hours: Vec<Hours>,
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
        nature: fields.opt_choice("nature", &Nature::WORDS).unwrap_or_default(),
        uscc: uscc(&fields),
        demonstration: fields.bool("demonstration"),
        hours: fields.rows("hours").iter().map(hours).collect(),
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

fn uscc(fields: &Fields<'_>) -> Option<String> {
    let code = fields.opt_str("uscc")?;
    if let Err(e) = kernel::code::Uscc::parse(&code) {
        fields.error("uscc", e.reason().en, e.mend().en);
    }
    Some(code)
}

impl Agency {
    /// Does it hold this role?
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }

    /// In force on a day?
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|end| on <= end)
    }
}

pub(super) fn hours(fields: &Fields<'_>) -> Hours {
    let hours = Hours { from: fields.time("from"), to: fields.time("to") };
    if hours.from >= hours.to {
        fields.error("to", "is not after from", "write from and to in order");
    }
    fields.done();
    hours
}

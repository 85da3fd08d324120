//! Delegations: one agency lets another decide some of its items. One file each in `catalog/delegations`.
//!
//! *Entrusted* (委托): the entrusted agency decides in the name of the one that entrusts and may not pass it on; only an
//! administrative organ may be entrusted, and it is made public (Administrative Licensing Law, article 24).
//! *Delegated* (下放、授权): the power itself moves down by law or regulation, and its new holder decides in its own name.
//! A village or community never decides.

use kernel::{Date, RegionCode, RegionLevel, Text};
use serde::Serialize;

use super::agencies::{Agencies, Wanted};
use super::agency::Agency;
use super::diagnostic::{Diagnostic, Report};
use super::entry::{Entry, EntryKind};
use super::fields::{self, Fields};
use super::figure::{Backing, backing};
use super::item::Item;
use crate::region::Regions;

/// How far the power moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DelegationKind {
    /// 委托: in the entrusting agency's name.
    #[default]
    Entrusted,
    /// 下放、授权: in its own name.
    Delegated,
}

/// Who may decide instead.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delegates {
    /// These; of several, the nearest upward from the case's place.
    Agencies(Vec<String>),
    /// Whoever has this role on this level, over the case's place.
    Role {
        /// Role of [`Agency::roles`].
        role: String,
        /// Level of the agency.
        level: RegionLevel,
    },
}

/// One delegation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Delegation {
    /// File name below `catalog/delegations`.
    pub id: String,
    /// Items it is about.
    pub items: Vec<String>,
    /// Entrusted or delegated.
    pub kind: DelegationKind,
    /// Whose power it is.
    pub from: String,
    /// Who decides.
    pub to: Delegates,
    /// The document that orders it, as published.
    pub document: Text,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
    /// How it is known.
    pub backing: Backing,
}

impl Delegation {
    /// In force on a day?
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|end| on <= end)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.valid_to.is_none_or(|end| other.valid_from <= end)
            && other.valid_to.is_none_or(|end| self.valid_from <= end)
    }

    /// Who decides a case of this place by this delegation on a day.
    pub(super) fn delegate<'a>(&self, agencies: &'a Agencies, region: RegionCode, on: Date) -> Option<&'a Agency> {
        let from = agencies.get(&self.from)?.region?;
        let found = match &self.to {
            Delegates::Role { role, level } => {
                agencies.nearest(&Wanted { role, level: Some(*level), on: Some(on) }, region)
            }
            Delegates::Agencies(ids) => {
                let over = |a: &&Agency| a.in_force(on) && a.region.is_some_and(|r| r.contains(region));
                ids.iter().filter_map(|id| agencies.get(id)).filter(over).max_by_key(|a| a.level)
            }
        };
        found.filter(|a| a.id != self.from && a.region.is_some_and(|r| from.contains(r)))
    }

    /// Everybody this delegation may reach.
    fn delegates<'a>(&self, agencies: &'a Agencies) -> Vec<&'a Agency> {
        let region = agencies.get(&self.from).and_then(|a| a.region);
        let within = |a: &&Agency| region.zip(a.region).is_some_and(|(from, to)| from.contains(to));
        match &self.to {
            Delegates::Agencies(ids) => ids.iter().filter_map(|id| agencies.get(id)).collect(),
            Delegates::Role { role, level } => {
                agencies.iter().filter(|a| a.level == *level && a.has_role(role)).filter(within).collect()
            }
        }
    }
}

/// Reads every file of `delegations/`; what is wrong in one of them stands in `findings`.
pub(super) fn read(entries: &[Entry], findings: &mut Vec<Diagnostic>) -> Vec<Delegation> {
    let mut read = Vec::new();
    for entry in entries.iter().filter(|e| e.kind == EntryKind::Delegation) {
        let report = Report::of(entry.path());
        if let Some(table) = entry.only().and_then(|(_, bytes)| fields::parse(bytes, &report)) {
            let fields = Fields::root(&table, &report);
            let delegation = delegation(&fields);
            if delegation.id != entry.id {
                fields.error("id", format!("stands in the file {:?}", entry.id), "make them equal");
            }
            fields.done();
            read.push(delegation);
        }
        findings.extend(report.into_found());
    }
    read
}

fn delegation(fields: &Fields<'_>) -> Delegation {
    let kinds = [("entrusted", DelegationKind::Entrusted), ("delegated", DelegationKind::Delegated)];
    let delegation = Delegation {
        id: fields.str("id"),
        items: fields.strings("items"),
        kind: fields.choice("kind", &kinds),
        from: fields.str("from"),
        to: delegates(fields),
        document: fields.text("document"),
        valid_from: fields.date("valid_from"),
        valid_to: fields.opt_date("valid_to"),
        backing: backing(fields),
    };
    if delegation.items.is_empty() {
        fields.error("items", "names no item", "write the ids of the items it is about");
    }
    if delegation.valid_to.is_some_and(|end| end < delegation.valid_from) {
        fields.error("valid_to", "lies before valid_from", "mend one of the two");
    }
    delegation
}

fn delegates(fields: &Fields<'_>) -> Delegates {
    let levels = [
        ("region", RegionLevel::Region),
        ("city", RegionLevel::City),
        ("county", RegionLevel::County),
        ("township", RegionLevel::Township),
        ("village", RegionLevel::Village),
    ];
    let (role, level) = (fields.opt_str("to_role"), fields.opt_choice("to_level", &levels));
    if level == Some(RegionLevel::Village) {
        let mend = "name an agency of the township or above";
        fields.error("to_level", "a village or community never decides", mend);
    }
    let ids = fields.strings("to");
    match (role, level, ids.is_empty()) {
        (Some(role), Some(level), true) => Delegates::Role { role, level },
        (None, None, false) => Delegates::Agencies(ids),
        _ => {
            fields.error("to", "needs one way to say who decides", "write to = [ids], or to_role and to_level");
            Delegates::Agencies(ids)
        }
    }
}

/// What the lint knows.
pub(super) struct Checked<'a> {
    pub(super) regions: &'a Regions,
    pub(super) agencies: &'a Agencies,
    pub(super) delegations: &'a [Delegation],
    /// Every version of an item that could be read; `None` where there is no such item.
    pub(super) versions: &'a dyn Fn(&str) -> Option<Vec<&'a Item>>,
}

/// Checks delegations against items, agencies and each other.
pub(super) fn lint<'a>(checked: &'a Checked<'a>) -> Vec<Diagnostic> {
    checked.delegations.iter().flat_map(|d| One { checked, delegation: d, report: report(d) }.all()).collect()
}

fn report(delegation: &Delegation) -> Report {
    Report::of(format!("delegations/{}.toml", delegation.id))
}

struct One<'a> {
    checked: &'a Checked<'a>,
    delegation: &'a Delegation,
    report: Report,
}

impl One<'_> {
    fn all(self) -> Vec<Diagnostic> {
        self.from();
        self.to();
        self.power();
        self.once();
        self.outlives();
        self.report.into_found()
    }

    fn from(&self) {
        let from = &self.delegation.from;
        match self.checked.agencies.get(from) {
            None => self.report.error("from", format!("no agency {from:?}"), "mend the name, or write its file"),
            Some(agency) if !agency.in_force(self.delegation.valid_from) => {
                let reason = format!("{from} does not exist on {}", self.delegation.valid_from);
                self.report.error("from", reason, "mend one of the dates");
            }
            Some(_) => {}
        }
    }

    fn to(&self) {
        let Some(from) = self.checked.agencies.get(&self.delegation.from) else { return };
        if let Delegates::Agencies(ids) = &self.delegation.to {
            for id in ids.iter().filter(|id| self.checked.agencies.get(id).is_none()) {
                self.report.error("to", format!("no agency {id:?}"), "mend the name, or write its file");
            }
        }
        let delegates = self.delegation.delegates(self.checked.agencies);
        if delegates.is_empty() {
            let mend = "give the role to an agency of this level below the one that delegates";
            self.report.error("to", "reaches nobody", mend);
        }
        for agency in delegates {
            let below = from.region.zip(agency.region).is_some_and(|(from, to)| from.contains(to));
            if agency.id == from.id || !below {
                let reason = format!("{} does not work in a part of {}'s region", agency.id, from.id);
                self.report.error("to", reason, "name an agency below");
            }
            if !may_decide(agency, self.delegation.kind) {
                let reason = format!("{} is no administrative organ", agency.id);
                self.report.error("to", reason, "only an administrative organ may be entrusted (article 24)");
            }
        }
    }

    /// Only who holds the power may pass it down; an entrusted agency does not hold it.
    fn power(&self) {
        let from = &self.delegation.from;
        for id in &self.delegation.items {
            let Some(versions) = (self.checked.versions)(id) else {
                self.report.error("items", format!("no item {id:?}"), "mend the name");
                continue;
            };
            let received = |kind| {
                self.others(id).any(|d| {
                    d.kind == kind && d.delegates(self.checked.agencies).iter().any(|agency| agency.id == *from)
                })
            };
            if received(DelegationKind::Entrusted) {
                let reason = format!("{from} is itself entrusted with {id} and may not pass it on");
                self.report.error("from", reason, "the agency that holds the power entrusts");
            } else if !self.held(&versions) && !received(DelegationKind::Delegated) {
                let reason = format!("{from} does not decide {id}");
                self.report.error("from", reason, "name the agency that holds the power");
            }
        }
    }

    /// An item with mistakes of its own is not held against the delegation.
    fn held(&self, versions: &[&Item]) -> bool {
        versions.is_empty() || versions.iter().any(|item| self.holds(item))
    }

    fn holds(&self, item: &Item) -> bool {
        let Some(from) = self.checked.agencies.get(&self.delegation.from) else { return true };
        match &item.power.deciding_role {
            Some(role) => from.has_role(role) && item.power.level.is_none_or(|l| l == from.level),
            None => item.power.deciding_agency == from.id,
        }
    }

    /// The other delegations of an item that are in force in the same time.
    fn others<'b>(&'b self, item: &'b str) -> impl Iterator<Item = &'b Delegation> {
        let own = self.delegation;
        let same = move |d: &&Delegation| d.id != own.id && d.overlaps(own) && d.items.iter().any(|i| i == item);
        self.checked.delegations.iter().filter(same)
    }

    /// A delegation ends with the place of whoever delegates: whoever comes after orders one of his own.
    fn outlives(&self) {
        let region = self.checked.agencies.get(&self.delegation.from).and_then(|a| a.region);
        let ended = region.and_then(|r| self.checked.regions.latest(r)).and_then(|r| r.valid_to);
        if let Some(end) = ended.filter(|end| self.delegation.valid_to.is_none_or(|to| to > *end)) {
            let reason = format!("the region of {} ended on {end}, and the delegation with it", self.delegation.from);
            self.report.warning("valid_to", reason, format!("write valid_to = {end}; who came after orders a new one"));
        }
    }

    /// Of one power over one place, one delegation at a time; told at the later of the two files.
    fn once(&self) {
        let reached =
            |d: &Delegation| -> Vec<_> { d.delegates(self.checked.agencies).iter().filter_map(|a| a.region).collect() };
        for id in &self.delegation.items {
            for other in self.others(id).filter(|d| d.from == self.delegation.from && d.id < self.delegation.id) {
                let places = reached(other);
                if reached(self.delegation).iter().any(|place| places.contains(place)) {
                    let reason = format!("{id} goes down from {} by {} too, to the same place", other.from, other.id);
                    self.report.error("items", reason, "end one of the two with valid_to");
                }
            }
        }
    }
}

fn may_decide(agency: &Agency, kind: DelegationKind) -> bool {
    use super::agency::Nature;
    match agency.nature {
        Nature::AdministrativeOrgan => true,
        Nature::AuthorisedOrganisation => kind == DelegationKind::Delegated,
        Nature::Other => false,
    }
}

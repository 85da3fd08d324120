//! All agencies of a snapshot: single files, and lists for the many that differ in place and name only.
//!
//! `agencies/<id>.toml` is one agency. `agencies/<id>.csv` beside it lists the agencies below it: they have its
//! department, its hours and its mark of demonstration; their level is their region's, and their parent is the nearest
//! agency of the same tree upward in the tree of regions.

use std::collections::BTreeMap;

use kernel::{Date, RegionCode, RegionLevel, Text};

use super::agency::{self, Agency};
use super::diagnostic::{Diagnostic, Report};
use super::entry::{Entry, EntryKind};
use super::fields;
use crate::region::Regions;

/// Agencies by id, and by region.
#[derive(Debug, Default)]
pub(super) struct Agencies {
    by_id: BTreeMap<String, Agency>,
    by_region: BTreeMap<RegionCode, Vec<String>>,
    /// The list an agency stands in, for diagnostics.
    listed: BTreeMap<String, String>,
}

/// The first line of a list that is no comment.
const HEADER: &str = "id,name_zh,name_en,short_zh,short_en,region,roles,uscc,valid_from,valid_to";

/// Whom to look for: an agency with a role, on one level or the nearest on any, that works on a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) role: &'a str,
    pub(super) level: Option<RegionLevel>,
    /// Left out: whatever has no last day.
    pub(super) on: Option<Date>,
}

impl Wanted<'_> {
    fn fits(&self, agency: &Agency) -> bool {
        let works = self.on.map_or(agency.valid_to.is_none(), |day| agency.in_force(day));
        works && agency.has_role(self.role) && self.level.is_none_or(|level| agency.level == level)
    }
}

impl Agencies {
    /// Reads every file; what is wrong stands in `findings`.
    pub(super) fn read(entries: &[Entry], regions: &Regions, findings: &mut Vec<Diagnostic>) -> Self {
        let mut agencies = Self::default();
        let own = |e: &&Entry| e.kind == EntryKind::Agency;
        for entry in entries.iter().filter(own) {
            agencies.single(entry, findings);
        }
        agencies.index();
        for entry in entries.iter().filter(own) {
            agencies.list(entry, findings);
        }
        agencies.index();
        agencies.check(regions, findings);
        agencies
    }

    fn single(&mut self, entry: &Entry, findings: &mut Vec<Diagnostic>) {
        let name = format!("{}.toml", entry.id);
        let report = Report::of(entry.path_of(&name, None));
        match entry.files.get(&name) {
            None => report.error("file", "missing", "a list stands beside the file of the agency above it"),
            Some(bytes) => {
                if let Some(table) = fields::parse(bytes, &report) {
                    let agency = agency::read(&table, &report);
                    if agency.id != entry.id {
                        let reason = format!("{:?} stands in the file {:?}", agency.id, entry.id);
                        report.error("id", reason, "make them equal");
                    }
                    self.by_id.insert(entry.id.clone(), agency);
                }
            }
        }
        findings.extend(report.into_found());
    }

    fn list(&mut self, entry: &Entry, findings: &mut Vec<Diagnostic>) {
        let name = format!("{}.csv", entry.id);
        let (Some(bytes), Some(root)) = (entry.files.get(&name), self.by_id.get(&entry.id).cloned()) else { return };
        let report = Report::of(entry.path_of(&name, None));
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty());
        let mut added = BTreeMap::new();
        for (order, (index, line)) in lines.enumerate() {
            let read = if order == 0 { header(line) } else { row(line, &root).map(Some) };
            let told = |reason: String| report.error(format!("line {}", index + 1), reason, "mend the line");
            match read {
                Ok(Some(agency)) if self.by_id.contains_key(&agency.id) || added.contains_key(&agency.id) => {
                    told(format!("{:?} stands twice", agency.id));
                }
                Ok(Some(agency)) => drop(added.insert(agency.id.clone(), agency)),
                Ok(None) => {}
                Err(reason) => told(reason),
            }
        }
        self.listed.extend(added.keys().map(|id| (id.clone(), entry.path_of(&name, None))));
        self.take(&root, added);
        findings.extend(report.into_found());
    }

    /// Puts a list's agencies below `root`, each below the nearest of them or of the single files' under `root`.
    fn take(&mut self, root: &Agency, mut added: BTreeMap<String, Agency>) {
        let mut near: BTreeMap<RegionCode, String> = BTreeMap::new();
        near.extend(self.subtree(&root.id).iter().filter_map(|a| Some((a.region?, a.id.clone()))));
        near.extend(added.values().filter_map(|a| Some((a.region?, a.id.clone()))));
        for agency in added.values_mut() {
            let above = agency.region.and_then(RegionCode::parent);
            let nearest = std::iter::successors(above, |r| r.parent()).find_map(|r| near.get(&r));
            agency.parent = Some(nearest.unwrap_or(&root.id).clone());
        }
        self.by_id.append(&mut added);
    }

    fn index(&mut self) {
        self.by_region.clear();
        for agency in self.by_id.values() {
            let Some(region) = agency.region else { continue };
            self.by_region.entry(region).or_default().push(agency.id.clone());
        }
    }

    fn check(&self, regions: &Regions, findings: &mut Vec<Diagnostic>) {
        for agency in self.by_id.values() {
            let single = || format!("agencies/{}.toml", agency.id);
            let report = Report::of(self.listed.get(&agency.id).cloned().unwrap_or_else(single));
            if let Some(parent) = agency.parent.as_deref().filter(|p| !self.by_id.contains_key(*p)) {
                report.error("parent", format!("no agency {parent:?}"), "write its file, or leave the field out");
            }
            if let Some(region) = agency.region {
                if regions.latest(region).is_none() {
                    let reason = format!("{}: no region {region}", agency.id);
                    report.error("region", reason, "write a code of catalog/regions");
                } else if region.level() != agency.level {
                    let reason = format!("{}: {region} is of level {}", agency.id, region.level().text().en);
                    report.error("level", reason, "an agency works on the level of its region");
                }
            }
            findings.extend(report.into_found());
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Agency> {
        self.by_id.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Agency> {
        self.by_id.values()
    }

    /// An agency and everything below it.
    pub(super) fn subtree(&self, root: &str) -> Vec<&Agency> {
        self.by_id.values().filter(|a| self.is_within(&a.id, root)).collect()
    }

    /// Is it `root`, or below it? Bounded: a circle of parents is a finding, not a hang.
    pub(super) fn is_within(&self, id: &str, root: &str) -> bool {
        const DEEPEST: usize = 16;
        let up = |a: &&Agency| self.by_id.get(a.parent.as_deref()?);
        std::iter::successors(self.by_id.get(id), up).take(DEEPEST).any(|a| a.id == root)
    }

    /// Each agency that is over because its region is, with the agencies of its roles where the region went.
    pub(super) fn heirs(&self, regions: &Regions, on: Date) -> Vec<(&str, &str)> {
        let over = |a: &&Agency| a.valid_to.is_some_and(|end| end < on);
        let followed = self.by_id.values().filter(over).flat_map(|old| {
            let region = old.region.filter(|r| regions.get(*r, on).is_none());
            let heirs = region.map(|r| regions.heirs(r, on)).unwrap_or_default();
            let there = heirs.into_iter().flat_map(|r| self.by_region.get(&r).into_iter().flatten());
            let like = |a: &&Agency| a.in_force(on) && a.roles.iter().any(|role| old.has_role(role));
            let found = there.filter_map(|id| self.get(id)).filter(like);
            found.map(|heir| (old.id.as_str(), heir.id.as_str())).collect::<Vec<_>>()
        });
        followed.collect()
    }

    /// The wanted agency that is nearest above a region, the region's own included.
    pub(super) fn nearest(&self, wanted: &Wanted<'_>, region: RegionCode) -> Option<&Agency> {
        let here = |region| self.by_region.get(&region)?.iter().filter_map(|id| self.get(id)).find(|a| wanted.fits(a));
        std::iter::successors(Some(region), |r| r.parent()).find_map(here)
    }
}

fn header(line: &str) -> Result<Option<Agency>, String> {
    if line == HEADER { Ok(None) } else { Err(format!("the first line must be {HEADER}")) }
}

fn row(line: &str, root: &Agency) -> Result<Agency, String> {
    let parts: Vec<&str> = line.split(',').collect();
    let [id, zh, en, short_zh, short_en, region, roles, uscc, from, to] = parts[..] else {
        return Err(format!("{} columns instead of 10", parts.len()));
    };
    let date = |text: &str| text.parse::<Date>().map_err(|_| format!("{text:?} is no date like 2023-06-30"));
    let region: RegionCode = region.parse().map_err(|e| format!("{e}"))?;
    if region.level() == RegionLevel::Village {
        return Err("a village or community is no agency and never decides".into());
    }
    if id.is_empty() || zh.is_empty() || roles.is_empty() {
        return Err("id, name_zh and roles must not be empty".into());
    }
    if !uscc.is_empty() {
        kernel::code::Uscc::parse(uscc).map_err(|e| e.reason().en)?;
    }
    let name = Text::new(zh, en);
    let short = match (short_zh, short_en) {
        ("", _) => name.clone(),
        (zh, "") => Text::new(zh, en),
        (zh, en) => Text::new(zh, en),
    };
    Ok(Agency {
        id: id.to_owned(),
        name,
        short,
        region: Some(region),
        level: region.level(),
        parent: None,
        department: root.department.clone(),
        roles: roles.split(';').map(str::to_owned).collect(),
        nature: root.nature,
        uscc: Some(uscc).filter(|u| !u.is_empty()).map(str::to_owned),
        demonstration: root.demonstration,
        hours: root.hours.clone(),
        valid_from: date(from)?,
        valid_to: if to.is_empty() { None } else { Some(date(to)?) },
    })
}

//! The catalogue in memory: one immutable snapshot that everybody shares, and the cell that holds the current one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use kernel::{CalendarError, Date, Moment, RegionLevel, WorkCalendar, YearTable};
use store::{Fault, Store};
use tokio::sync::Mutex;

use super::agencies::{Agencies, Wanted};
use super::agency::Agency;
use super::bundle::{self, Bundle};
use super::delegation::{self, Delegation};
use super::diagnostic::{Diagnostic, Report, Severity, importable};
use super::entry::{Entry, EntryKind, hash_of};
use super::figure::Figures;
use super::files::Files;
use super::hall::Halls;
use super::hall_file;
use super::hall_lint;
use super::item::Item;
use super::procedure::{self, Procedure};
use super::wording::{self, Wording};
use super::{bundle_lint, entry, folder, item_lint, record};
use crate::region::{RegionMistake, Regions};

/// An immutable snapshot of the catalogue.
#[derive(Debug)]
pub struct Catalog {
    pub(super) items: BTreeMap<String, Vec<Arc<Item>>>,
    pub(super) agencies: Agencies,
    pub(super) delegations: Vec<Delegation>,
    bundles: Vec<Arc<Bundle>>,
    pub(super) replaced: Vec<Arc<Item>>,
    figures: Figures,
    halls: Halls,
    procedure: Option<Procedure>,
    wording: Option<Wording>,
    /// All regions.
    pub regions: Regions,
    calendar: WorkCalendar,
    calendar_hash: String,
    entries: Vec<Entry>,
    version: String,
    head: i64,
}

/// A snapshot with what was found while it was built.
#[derive(Debug)]
pub struct Built {
    /// What could be read.
    pub catalog: Catalog,
    /// Everything wrong or doubtful.
    pub findings: Vec<Diagnostic>,
}

impl Built {
    /// True where nothing found forbids an import.
    pub fn is_importable(&self) -> bool {
        importable(&self.findings)
    }
}

impl Catalog {
    /// Builds a snapshot from files, with everything wrong told at once.
    pub fn from_files(files: &Files) -> Built {
        let (entries, misplaced) = entry::entries(files);
        let mut built = Self::from_entries(entries);
        built.findings.splice(0..0, misplaced);
        built
    }

    /// Builds a snapshot from entries: several versions of an item may be among them.
    pub fn from_entries(entries: Vec<Entry>) -> Built {
        let mut findings = Vec::new();
        let (calendar, calendar_hash) = calendar(&entries, &mut findings);
        let regions = regions(&entries, &mut findings);
        let (halls, hall_lines) = hall_file::read(&entries, &mut findings);
        let mut catalog = Self {
            items: BTreeMap::new(),
            replaced: Vec::new(),
            agencies: Agencies::read(&entries, &regions, &mut findings),
            procedure: procedure::read(&entries, &mut findings),
            wording: wording::read(&entries, &mut findings),
            delegations: delegation::read(&entries, &mut findings),
            bundles: bundle::read(&entries, &mut findings),
            figures: Figures::read(&entries, &regions, &mut findings),
            halls,
            regions,
            calendar,
            calendar_hash,
            version: version(&entries),
            entries: Vec::new(),
            head: 0,
        };
        for entry in entries.iter().filter(|e| e.kind == EntryKind::Item) {
            let (item, found) = folder::read(entry);
            findings.extend(found);
            if let Some(item) = item {
                catalog.items.entry(item.id.clone()).or_default().push(Arc::new(item));
            }
        }
        catalog.items.values_mut().for_each(|versions| versions.sort_by_key(|i| i.valid_from));
        catalog.entries = entries;
        findings.extend(item_lint::all(&catalog));
        findings.extend(catalog.lint_delegations());
        findings.extend(catalog.lint_halls(&hall_lines));
        findings.extend(bundle_lint::lint(&catalog));
        Built { catalog, findings }
    }

    /// This snapshot, with versions of items that were replaced: cases and decisions still refer to them. What cannot be
    /// read any more (a newer program may be stricter) is told and left out.
    #[must_use]
    pub fn with_replaced(mut self, entries: &[Entry]) -> Built {
        let mut findings = Vec::new();
        for entry in entries {
            let (item, found) = folder::read(entry);
            findings.extend(found.into_iter().map(|d| Diagnostic { severity: Severity::Warning, ..d }));
            self.replaced.extend(item.map(Arc::new));
        }
        Built { catalog: self, findings }
    }

    /// This snapshot, as it stood in the database after so many changes.
    #[must_use]
    pub(super) const fn at(mut self, head: i64) -> Self {
        self.head = head;
        self
    }

    /// The version of an item that is in force on a day; the newest where several are.
    pub fn item(&self, id: &str, on: Date) -> Option<Arc<Item>> {
        self.items.get(id)?.iter().rev().find(|v| v.in_force(on)).cloned()
    }

    /// The items in force on a day, by id.
    pub fn items(&self, on: Date) -> impl Iterator<Item = &Arc<Item>> {
        self.items.values().filter_map(move |versions| versions.iter().rev().find(|v| v.in_force(on)))
    }

    /// All versions of all items in this snapshot.
    pub fn versions(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.items.values().flatten()
    }

    /// The version of an item with this hash, as a stored case or decision names it; replaced versions included.
    pub fn item_version(&self, id: &str, hash: &str) -> Option<Arc<Item>> {
        let replaced = self.replaced.iter().filter(|i| i.id == id);
        self.items.get(id).into_iter().flatten().chain(replaced).find(|i| i.hash == hash).cloned()
    }

    /// Is the item known at all, in whatever time?
    pub fn knows(&self, id: &str) -> bool {
        self.items.contains_key(id)
    }

    /// The agency of this id.
    pub fn agency(&self, id: &str) -> Option<&Agency> {
        self.agencies.get(id)
    }

    /// All agencies, by id.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        self.agencies.iter()
    }

    /// Each agency that is over on a day because its region is, with the agency that does its work now: by the same roles, in
    /// what took the region's place.
    pub fn agency_heirs(&self, on: Date) -> Vec<(&str, &str)> {
        self.agencies.heirs(&self.regions, on)
    }

    /// An agency and everything below it: how far a scope on this agency reaches.
    pub fn agency_subtree(&self, root: &str) -> Vec<&Agency> {
        self.agencies.subtree(root)
    }

    /// The agency with this role that is nearest above a region, the region's own included.
    pub fn agency_with_role(&self, role: &str, region: &str) -> Option<&Agency> {
        let wanted = Wanted { role, level: None, on: None };
        self.agencies.nearest(&wanted, region.parse().ok()?)
    }

    /// Are the agency's people at work at this moment? For the statistics of what was decided outside office hours: in a
    /// year whose calendar is not published Monday to Friday count as working days.
    pub fn office_open(&self, agency: &str, at: Moment) -> bool {
        let (date, time) = (at.date(), at.time());
        let weekday = !matches!(date.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        let working = self.calendar.is_working(date).unwrap_or(weekday);
        let hours = self.agencies.get(agency).map_or(&[][..], |a| &a.hours);
        working && hours.iter().any(|h| h.from <= time && time < h.to)
    }

    /// Thresholds and quotas.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The places of all levels: halls, stations, points.
    pub fn halls(&self) -> &Halls {
        &self.halls
    }

    /// The clocks every item shares; none where the catalogue does not say them.
    pub fn procedure(&self) -> Option<&Procedure> {
        self.procedure.as_ref()
    }

    /// What leaves the house, when and in which words; none where the catalogue does not say: nothing leaves it.
    pub fn wording(&self) -> Option<&Wording> {
        self.wording.as_ref()
    }

    /// The bundle of this id.
    pub fn bundle(&self, id: &str) -> Option<&Arc<Bundle>> {
        self.bundles.iter().find(|b| b.id == id)
    }

    /// All bundles, by id.
    pub fn bundles(&self) -> &[Arc<Bundle>] {
        &self.bundles
    }

    /// The working days.
    pub fn calendar(&self) -> &WorkCalendar {
        &self.calendar
    }

    /// Hash of all calendar files: stored with a decision, so that its dates can be worked out again.
    pub fn calendar_hash(&self) -> &str {
        &self.calendar_hash
    }

    /// Hash of the whole catalogue.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The bytes of an entry that is one file: a register's layout, a language's words.
    pub fn file(&self, kind: EntryKind, id: &str) -> Option<&[u8]> {
        self.entries.iter().find(|e| e.kind == kind && e.id == id)?.only().map(|(_, bytes)| bytes)
    }

    /// All entries of a kind that are one file: id and bytes.
    pub fn files_of(&self, kind: EntryKind) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries.iter().filter(move |e| e.kind == kind).filter_map(|e| Some((e.id.as_str(), e.only()?.1)))
    }

    /// All entries of a kind that are folders: id, and files by their names.
    pub fn folders_of(&self, kind: EntryKind) -> impl Iterator<Item = (&str, &BTreeMap<String, Vec<u8>>)> {
        self.entries.iter().filter(move |e| e.kind == kind).map(|e| (e.id.as_str(), &e.files))
    }

    /// Everything as files, byte for byte as imported. The newest version of an item stands in the folder `ID`, the
    /// older ones in `ID@DATE`.
    pub fn export(&self) -> Files {
        let mut files = Files::default();
        for entry in &self.entries {
            let dated = self.older_version(entry);
            for (name, bytes) in &entry.files {
                files.insert(entry.path_of(name, dated), bytes.clone());
            }
        }
        files
    }

    fn older_version(&self, entry: &Entry) -> Option<Date> {
        let versions = self.items.get(&entry.id).filter(|_| entry.kind == EntryKind::Item)?;
        let hash = entry.hash();
        let own = versions.iter().find(|v| v.hash == hash)?;
        versions.last().filter(|newest| newest.hash != hash).map(|_| own.valid_from)
    }

    fn lint_delegations(&self) -> Vec<Diagnostic> {
        let versions = |id: &str| {
            let known = self.entries.iter().any(|e| e.kind == EntryKind::Item && e.id == id);
            known.then(|| self.items.get(id).into_iter().flatten().map(Arc::as_ref).collect())
        };
        let (agencies, delegations) = (&self.agencies, self.delegations.as_slice());
        let regions = &self.regions;
        delegation::lint(&delegation::Checked { regions, agencies, delegations, versions: &versions })
    }

    fn lint_halls(&self, lines: &hall_file::Lines) -> Vec<Diagnostic> {
        let is_agency = |id: &str| self.agencies.get(id).is_some();
        // An item with mistakes of its own is known all the same.
        let is_item = |id: &str| self.entries.iter().any(|e| e.kind == EntryKind::Item && e.id == id);
        let (halls, regions) = (&self.halls, &self.regions);
        hall_lint::lint(&hall_lint::Checked { halls, lines, regions, is_agency: &is_agency, is_item: &is_item })
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

fn version(entries: &[Entry]) -> String {
    let line = |e: &Entry| format!("{}  {}/{}\n", e.hash(), e.kind.word(), e.id);
    // The order of files and the order of the database differ; the version must not.
    let mut lines: Vec<String> = entries.iter().map(line).collect();
    lines.sort_unstable();
    hash_of(lines.concat().as_bytes())
}

/// Reads one of the files of `catalog/regions` with `read`, and tells its mistakes by line.
fn region_file(
    entries: &[Entry],
    name: &str,
    findings: &mut Vec<Diagnostic>,
    read: impl FnOnce(&str) -> Vec<RegionMistake>,
) {
    let Some(entry) = entries.iter().find(|e| e.kind == EntryKind::Region && e.id == name) else { return };
    let report = Report::of(entry.path());
    let bytes = entry.only().map_or(&[][..], |(_, bytes)| bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            for mistake in read(text) {
                report.error(format!("line {}", mistake.line), mistake.reason, "mend the line");
            }
        }
        Err(_) => report.error("file", "not UTF-8", "save the file as UTF-8"),
    }
    findings.extend(report.into_found());
}

fn regions(entries: &[Entry], findings: &mut Vec<Diagnostic>) -> Regions {
    let mut regions = Regions::default();
    let levels = ["region", "city", "county", "township", "village"].into_iter().zip(RegionLevel::ALL);
    for (name, level) in levels {
        region_file(entries, name, findings, |text| regions.add_file(level, text));
    }
    region_file(entries, "change", findings, |text| regions.add_changes(text));
    let report = Report::of("regions");
    for orphan in regions.orphans() {
        report.error(orphan.code.to_string(), "the region above it is missing", "add it one level up");
    }
    for (region, end) in regions.stranded() {
        let reason = format!("the region above it ended on {end}");
        report.error(region.code.to_string(), reason, "end it too, and say in change.csv what took its place");
    }
    findings.extend(report.into_found());
    regions
}

fn calendar(entries: &[Entry], findings: &mut Vec<Diagnostic>) -> (WorkCalendar, String) {
    let years: Vec<&Entry> = entries.iter().filter(|e| e.kind == EntryKind::Calendar).collect();
    let mut tables = Vec::new();
    for entry in &years {
        let report = Report::of(entry.path());
        match entry.only().and_then(|(_, bytes)| std::str::from_utf8(bytes).ok()).map(toml::from_str::<YearTable>) {
            Some(Ok(table)) => tables.push(table),
            Some(Err(e)) => report.error("file", e.message().to_owned(), "mend the file"),
            None => report.error("file", "not UTF-8", "save the file as UTF-8"),
        }
        findings.extend(report.into_found());
    }
    let mut hashes: Vec<String> = years.iter().map(|e| e.hash()).collect();
    hashes.sort_unstable();
    let version = hash_of(hashes.concat().as_bytes());
    let calendar = WorkCalendar::new(tables).unwrap_or_else(|e: CalendarError| {
        let report = Report::of("calendars");
        report.error("years", e.to_string(), "mend the file of that year");
        findings.extend(report.into_found());
        WorkCalendar::default()
    });
    (calendar, version)
}

/// The current snapshot; an import puts a new one in its place while readers finish with the old one.
#[derive(Debug)]
pub struct CatalogCell {
    current: ArcSwap<Catalog>,
    loading: Mutex<()>,
}

impl CatalogCell {
    /// A cell that holds `catalog`.
    pub fn new(catalog: Catalog) -> Self {
        Self { current: ArcSwap::from_pointee(catalog), loading: Mutex::default() }
    }

    /// The current snapshot.
    pub fn get(&self) -> Arc<Catalog> {
        self.current.load_full()
    }

    /// Takes up what is in force in the database, whichever node put it there; one small read where nothing changed. True where
    /// something did.
    ///
    /// # Errors
    /// A [`Fault`] of the database; the cell keeps what it has.
    pub async fn catch_up(&self, store: &Store) -> Result<bool, Fault> {
        if record::head(store).await? == self.get().head {
            return Ok(false);
        }
        // One loads it for all who ask at the same time.
        let _one = self.loading.lock().await;
        if record::head(store).await? == self.get().head {
            return Ok(false);
        }
        self.set(record::load(store).await?.catalog);
        Ok(true)
    }

    /// Puts a new snapshot in.
    pub fn set(&self, catalog: Catalog) {
        self.current.store(Arc::new(catalog));
    }
}

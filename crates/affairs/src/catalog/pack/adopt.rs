//! Laying a pack over an office's catalogue, changed as the office's overrides say. Only files come out; whether they hold
//! together is the lint's and the cases' business, as for every catalogue.

use std::collections::BTreeMap;

use kernel::{Date, RegionLevel, Text};
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item as Node, Table, value};

use super::overrides::{CaseOverride, FILE, LimitOverride, Overrides};
use super::{Pack, PackedItem};
use crate::catalog::diagnostic::{Diagnostic, Report};
use crate::catalog::figure::Backing;
use crate::catalog::files::Files;
use crate::catalog::version::toml_day;
use crate::region::Regions;

/// An office's catalogue with a pack in it.
#[derive(Debug)]
pub struct Adopted {
    /// All files.
    pub files: Files,
    /// Ids of the items that came with the pack.
    pub items: Vec<String>,
    /// Files of the pack that stand aside, because the office has its own of that name.
    pub kept: Vec<String>,
}

/// Lays `pack` over `office`. Without overrides everything is taken as it was sealed.
///
/// # Errors
/// Everything in the overrides that meets nothing in the pack, and every file that cannot be changed.
pub fn adopt(pack: &Pack, office: &Files, overrides: Option<&Overrides>) -> Result<Adopted, Vec<Diagnostic>> {
    let report = Report::of(FILE);
    let mut laying = Laying { pack, overrides, report: &report, brought: pack.files.clone() };
    laying.localise(office);
    laying.items();
    laying.figures();
    laying.agencies();
    laying.cases();
    let (adopted, found) = (laying.over(office), report.into_found());
    if crate::catalog::importable(&found) { Ok(adopted) } else { Err(found) }
}

struct Laying<'a> {
    pack: &'a Pack,
    overrides: Option<&'a Overrides>,
    report: &'a Report,
    brought: Files,
}

impl Laying<'_> {
    /// Changes a TOML file of the pack, with its comments kept.
    fn edit(&mut self, path: &str, change: impl FnOnce(&mut DocumentMut)) {
        let text = self.brought.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        match text.map(|text| text.parse::<DocumentMut>()) {
            Some(Ok(mut document)) => {
                change(&mut document);
                self.brought.insert(path, document.to_string());
            }
            Some(Err(error)) => self.report.error(path, error.to_string(), "the pack's maker mends the file"),
            None => self.report.error(path, "is not in the pack", "the pack's maker packs it"),
        }
    }

    /// A threshold or quota that the office keeps already is changed there, not in the pack's copy; of a new one only the
    /// rows stay whose place the office knows.
    fn localise(&mut self, office: &Files) {
        let regions = regions(office);
        let figures = ["parameters/", "quotas/"];
        let paths: Vec<String> = self.brought.iter().map(|(path, _)| path.to_owned()).collect();
        for path in paths.iter().filter(|path| figures.iter().any(|folder| path.starts_with(folder))) {
            match office.get(path).filter(|_| self.overrides.is_some_and(|o| sets(o, path))) {
                Some(own) => self.brought.insert(path, own),
                None => self.edit(path, |document| {
                    for list in ["value", "amount"] {
                        if let Some(rows) = document.get_mut(list).and_then(Node::as_array_of_tables_mut) {
                            rows.retain(|row| {
                                row.get("region").and_then(Node::as_str).is_some_and(|r| known(&regions, r))
                            });
                        }
                    }
                }),
            }
        }
    }

    /// Day, region, limits of every item.
    fn items(&mut self) {
        let Some(overrides) = self.overrides else { return };
        for limit in &overrides.limits {
            self.known("limit.item", &limit.item);
        }
        for PackedItem { id, .. } in &self.pack.manifest.items {
            let limits: Vec<&LimitOverride> = overrides.limits.iter().filter(|l| l.item == *id).collect();
            self.edit(&item_file(id), |document| {
                document["valid_from"] = value(toml_day(overrides.valid_from));
                document["power"]["region"] = value(overrides.region.to_string());
                limits.iter().for_each(|limit| set_limit(document, limit, overrides));
            });
        }
    }

    fn known(&self, at: &str, item: &str) {
        if !self.pack.manifest.items.iter().any(|i| i.id == item) {
            self.report.error(at, format!("no item {item:?} in the pack"), "name an item of the pack");
        }
    }

    /// Thresholds and quotas get a row for the region, and every case that stood on the old threshold the new one.
    fn figures(&mut self) {
        let Some(overrides) = self.overrides else { return };
        for figure in &overrides.parameters {
            let path = format!("parameters/{}.toml", figure.parameter);
            if self.brought.get(&path).is_none() {
                let reason = format!("no threshold {:?} in the pack", figure.parameter);
                self.report.error("parameter", reason, "name one that an item of the pack reads");
                continue;
            }
            self.edit(&path, |document| {
                let mut row = backed(overrides);
                row["region"] = value(overrides.region.to_string());
                row["valid_from"] = value(toml_day(overrides.valid_from));
                row["value"] = value(figure.value);
                push(document, "value", row, |old| {
                    let same = old.get("region").and_then(Node::as_str) == Some(&overrides.region.to_string());
                    same && end_before(old, overrides.valid_from)
                });
            });
            self.restate(&figure.parameter, figure.value);
        }
        for quota in &overrides.quotas {
            let path = format!("quotas/{}.toml", quota.quota);
            if self.brought.get(&path).is_none() {
                let reason = format!("no quota {:?} in the pack", quota.quota);
                self.report.error("quota", reason, "name one that an item of the pack draws on");
                continue;
            }
            self.edit(&path, |document| {
                let mut row = backed(overrides);
                row["region"] = value(overrides.region.to_string());
                row["year"] = value(i64::from(quota.year));
                row["amount"] = value(quota.amount);
                push(document, "amount", row, |old| {
                    let region = old.get("region").and_then(Node::as_str) == Some(&overrides.region.to_string());
                    region && old.get("year").and_then(Node::as_integer) == Some(i64::from(quota.year))
                });
            });
        }
    }

    /// The base of the cases states a threshold like any other fact: it is the region's now.
    fn restate(&mut self, parameter: &str, value: i64) {
        for PackedItem { id, .. } in &self.pack.manifest.items {
            let path = format!("items/{id}/cases.md");
            let inputs = self.inputs_of(id, parameter);
            let Some(cases) = self.text(&path).filter(|_| !inputs.is_empty()) else { continue };
            self.brought.insert(path, restated(&cases, &inputs, value));
        }
    }

    fn text(&self, path: &str) -> Option<String> {
        self.brought.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// The inputs of an item that read a threshold.
    fn inputs_of(&self, item: &str, parameter: &str) -> Vec<String> {
        let document = self.text(&item_file(item)).and_then(|text| text.parse::<DocumentMut>().ok());
        let facts = document.as_ref().and_then(|d| d.get("fact")?.as_array_of_tables());
        let reads = |row: &&Table| row.get("parameter").and_then(Node::as_str) == Some(parameter);
        let input = |row: &Table| row.get("input").and_then(Node::as_str).map(str::to_owned);
        facts.into_iter().flat_map(ArrayOfTables::iter).filter(reads).filter_map(input).collect()
    }

    /// Agencies by their id, wherever items and registers name them.
    fn agencies(&mut self) {
        let Some(overrides) = self.overrides else { return };
        let named: BTreeMap<&str, &str> = overrides.agencies.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        for from in named.keys().filter(|from| !self.pack.manifest.needs.agencies.iter().any(|a| a == *from)) {
            let reason = format!("the pack names no agency {from:?}");
            self.report.error("agency.from", reason, "pack.json lists the agencies it names under needs");
        }
        let paths: Vec<String> = self.brought.iter().map(|(path, _)| path.to_owned()).collect();
        let own = |path: &&String| path.starts_with("registers/") || path.ends_with("/item.toml");
        for path in paths.iter().filter(own) {
            self.edit(path, |document| rename(document.as_table_mut(), &named));
        }
    }

    /// Cases restated by hand.
    fn cases(&mut self) {
        let Some(overrides) = self.overrides else { return };
        for case in &overrides.cases {
            self.known("case.item", &case.item);
            let path = format!("items/{}/cases.md", case.item);
            let Some(cases) = self.text(&path) else { continue };
            match replaced(&cases, case) {
                Some(cases) => self.brought.insert(path, cases),
                None => {
                    let reason = format!("{} has no case {:?}", case.item, case.case);
                    self.report.error("case.case", reason, "write its heading as it stands in cases.md");
                }
            }
        }
    }

    /// The office's files with the pack's. An item takes its place beside the office's versions of it; of a register, a
    /// threshold or a quota the office's own stays, but for what the overrides put into it.
    fn over(&mut self, office: &Files) -> Adopted {
        let mut files = office.clone();
        let mut kept = Vec::new();
        for PackedItem { id, .. } in &self.pack.manifest.items {
            make_room(&mut files, id, &self.brought);
        }
        let set = |path: &str| self.overrides.is_some_and(|o| sets(o, path));
        for (path, bytes) in self.brought.iter() {
            match files.get(path) {
                Some(own) if !path.starts_with("items/") && !set(path) => {
                    if own != bytes {
                        kept.push(path.to_owned());
                    }
                }
                _ => files.insert(path, bytes),
            }
        }
        Adopted { files, items: self.pack.manifest.items.iter().map(|i| i.id.clone()).collect(), kept }
    }
}

/// The office's places. What is wrong in its files is not the pack's business.
fn regions(office: &Files) -> Regions {
    let mut regions = Regions::default();
    for (name, level) in ["region", "city", "county", "township", "village"].into_iter().zip(RegionLevel::ALL) {
        let text = office.get(&format!("regions/{name}.csv")).unwrap_or_default();
        regions.add_file(level, &String::from_utf8_lossy(text));
    }
    regions
}

fn known(regions: &Regions, code: &str) -> bool {
    code.parse().is_ok_and(|code| regions.latest(code).is_some())
}

fn sets(overrides: &Overrides, path: &str) -> bool {
    overrides.parameters.iter().any(|p| path == format!("parameters/{}.toml", p.parameter))
        || overrides.quotas.iter().any(|q| path == format!("quotas/{}.toml", q.quota))
}

/// The office's own newest version of an item moves aside where the pack's begins later; it ends where that begins.
fn make_room(files: &mut Files, id: &str, brought: &Files) {
    let first = |files: &Files| {
        let text = String::from_utf8_lossy(files.get(&item_file(id))?).into_owned();
        text.parse::<DocumentMut>().ok()?.get("valid_from")?.as_datetime()?.to_string().parse::<Date>().ok()
    };
    let (Some(own), Some(new)) = (first(files), first(brought)) else { return };
    if own >= new {
        return;
    }
    for name in ["item.toml", "rules.dmn", "form.schema.json", "cases.md"] {
        if let Some(bytes) = files.remove(&format!("items/{id}/{name}")) {
            files.insert(format!("items/{id}@{own}/{name}"), bytes);
        }
    }
}

fn item_file(id: &str) -> String {
    format!("items/{id}/item.toml")
}

fn bilingual(text: &Text) -> InlineTable {
    let mut table = InlineTable::new();
    table.insert("zh", text.zh.as_str().into());
    table.insert("en", text.en.as_str().into());
    table
}

/// A row that carries the overrides' own grade and source.
fn backed(overrides: &Overrides) -> Table {
    let mut row = Table::new();
    let Backing { grade, source, note } = &overrides.backing;
    row["grade"] = value(grade.letter());
    if let Some(source) = source {
        row["source"] = value(bilingual(source));
    }
    row["note"] = value(bilingual(note.as_ref().unwrap_or(&overrides.document)));
    row
}

/// Adds a row to a list; the rows that `replaced` answers yes to go.
fn push(document: &mut DocumentMut, list: &str, row: Table, replaced: impl Fn(&mut Table) -> bool) {
    let rows = document.entry(list).or_insert(Node::ArrayOfTables(ArrayOfTables::new()));
    let Some(rows) = rows.as_array_of_tables_mut() else { return };
    let mut stay = ArrayOfTables::new();
    for old in rows.iter() {
        let mut old = old.clone();
        if !replaced(&mut old) {
            stay.push(old);
        }
    }
    stay.push(row);
    *rows = stay;
}

/// Ends an older threshold of the same place the day before; true where it would begin no earlier and goes.
fn end_before(old: &mut Table, on: Date) -> bool {
    let from = old.get("valid_from").and_then(Node::as_datetime).and_then(|d| d.to_string().parse::<Date>().ok());
    let open = old.get("valid_to").and_then(Node::as_datetime).and_then(|d| d.to_string().parse::<Date>().ok());
    if from.is_some_and(|from| from >= on) {
        return true;
    }
    if let (true, Ok(eve)) = (open.is_none_or(|end| end >= on), on.yesterday()) {
        old["valid_to"] = value(toml_day(eve));
    }
    false
}

fn set_limit(document: &mut DocumentMut, limit: &LimitOverride, overrides: &Overrides) {
    let row = if limit.committed {
        let rows = document.get_mut("committed_limit").and_then(Node::as_array_of_tables_mut);
        rows.and_then(|rows| rows.get_mut(0))
    } else {
        document.get_mut("statutory_limit").and_then(Node::as_table_mut)
    };
    let Some(row) = row else { return };
    row["n"] = value(i64::from(limit.n));
    row["unit"] = value(Overrides::unit_word(limit.unit));
    row["place"] = value(bilingual(&overrides.document));
    if let Some(explanation) = &limit.explanation {
        row["explanation"] = value(bilingual(explanation));
    }
    row["grade"] = value(overrides.backing.grade.letter());
    row.remove("article");
    row.remove("source");
    if let Some(source) = &overrides.backing.source {
        row["source"] = value(SOURCE);
        cite(document, source, &overrides.document);
    }
}

/// Id of the row of sources that stands for the overrides.
const SOURCE: &str = "overrides";

fn cite(document: &mut DocumentMut, source: &Text, title: &Text) {
    let mut row = Table::new();
    row["id"] = value(SOURCE);
    row["title"] = value(bilingual(title));
    row["kind"] = value(bilingual(&Text::new("本地文件", "local document")));
    row["read"] = value(bilingual(source));
    push(document, "source", row, |old| old.get("id").and_then(Node::as_str) == Some(SOURCE));
}

/// Gives agencies their names here, in every field that names one.
fn rename(table: &mut Table, named: &BTreeMap<&str, &str>) {
    const FIELDS: [&str; 3] = ["agency", "deciding_agency", "receiving_agency"];
    for (key, node) in table.iter_mut() {
        if let Some(to) = node.as_str().and_then(|from| named.get(from)).filter(|_| FIELDS.contains(&key.get())) {
            *node = value(*to);
        } else if let Some(inner) = node.as_table_mut() {
            rename(inner, named);
        } else if let Some(rows) = node.as_array_of_tables_mut() {
            rows.iter_mut().for_each(|row| rename(row, named));
        }
    }
}

/// `cases.md` with another value of these inputs in its base.
fn restated(cases: &str, inputs: &[String], value: i64) -> String {
    let mut in_base = false;
    let line = |line: &str| {
        if line.starts_with('#') {
            in_base = line.trim() == "## 基准";
        }
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let named = |input: &str| in_base && inputs.iter().any(|i| i == input);
        match cells[..] {
            [input, _, rest] if named(input) => format!("| {input} | {value} | {rest} |\n"),
            [input, _] if named(input) => format!("| {input} | {value} |\n"),
            _ => format!("{line}\n"),
        }
    };
    cases.lines().map(line).collect()
}

/// `cases.md` with one case's table replaced; its words stay.
fn replaced(cases: &str, case: &CaseOverride) -> Option<String> {
    let (mut text, mut found, mut here) = (String::new(), false, false);
    for line in cases.lines() {
        if let Some(heading) = line.strip_prefix("### ") {
            here = heading.trim() == case.case;
            found |= here;
            text += &format!("{line}\n");
            if here {
                text += &format!("\n{}\n", case.table.trim_end());
            }
            continue;
        }
        here &= !line.starts_with("## ");
        if !(here && line.trim_start().starts_with('|')) {
            text += &format!("{line}\n");
        }
    }
    found.then_some(text)
}

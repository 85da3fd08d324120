//! The lint of bundles: items that exist, one fact that really is one, each paper once, agencies that do not read in one
//! act what another of them writes in it.

use std::sync::Arc;

use kernel::Date;

use super::bundle::{Bundle, FieldOf};
use super::diagnostic::{Diagnostic, Report};
use super::facts::FactFrom;
use super::item::{ApplicantKind, Item};
use super::item_lint::backed;
use super::snapshot::Catalog;

/// Checks every bundle against the items it names.
pub(super) fn lint(catalog: &Catalog) -> Vec<Diagnostic> {
    catalog.bundles().iter().flat_map(|bundle| One { catalog, bundle, report: report(bundle) }.all()).collect()
}

fn report(bundle: &Bundle) -> Report {
    Report::of(format!("bundles/{}.toml", bundle.id))
}

struct One<'a> {
    catalog: &'a Catalog,
    bundle: &'a Bundle,
    report: Report,
}

impl One<'_> {
    fn all(self) -> Vec<Diagnostic> {
        let bundle = self.bundle;
        backed(&self.report, "grade", &bundle.attested, &bundle.sources);
        if bundle.valid_to.is_some_and(|end| end < bundle.valid_from) {
            self.report.error("valid_to", "lies before valid_from", "mend one of the two");
        }
        self.parts();
        let items = self.items(bundle.valid_from.max(self.newest()));
        if items.len() == bundle.parts.len() {
            self.named(&items);
            self.applicants(&items);
            self.writes(&items);
            self.form(&items);
        }
        self.report.into_found()
    }

    /// The day on which every named item is looked at: the newest first day of any version, for a bundle is of today.
    fn newest(&self) -> Date {
        let of = |id: &String| self.catalog.versions().filter(|i| i.id == *id).map(|i| i.valid_from).max();
        let days = self.bundle.parts.iter().filter_map(|p| of(&p.item));
        days.max().unwrap_or(self.bundle.valid_from)
    }

    fn parts(&self) {
        let parts = &self.bundle.parts;
        if parts.len() < 2 {
            self.report.error("part", "a bundle has two items or more", "write [[part]] for each");
        }
        for (n, part) in parts.iter().enumerate() {
            let at = format!("part[{}].item", n + 1);
            if parts.iter().filter(|p| p.item == part.item).count() > 1 {
                self.report.error(at.clone(), format!("{} twice", part.item), "write it once");
            }
            if !self.catalog.knows(&part.item) {
                self.report.error(at, format!("no item {:?}", part.item), "mend the name, or write the item");
            }
        }
        match self.bundle.part(&self.bundle.lead) {
            Some(part) if part.question.is_none() => {}
            Some(_) => self.report.error("lead", "may be left out", "the item that leads belongs to every handling"),
            None => self.report.error("lead", "is no part", "name one of the items"),
        }
    }

    fn items(&self, on: Date) -> Vec<Arc<Item>> {
        self.bundle.parts.iter().filter_map(|p| self.catalog.item(&p.item, on)).collect()
    }

    /// Everything the mapping names exists.
    fn named(&self, items: &[Arc<Item>]) {
        let of = |id: &str| items.iter().find(|i| i.id == id);
        for (kind, rows) in [("same", &self.bundle.same), ("apart", &self.bundle.apart)] {
            for row in rows {
                let lost = row.of.iter().filter(|f| of(&f.item).is_none_or(|i| i.form.field(&f.field).is_none()));
                lost.for_each(|f| self.lost(&format!("{kind}[{}].of", row.field), f));
                if row.of.is_empty() {
                    self.report.error(
                        format!("{kind}[{}].of", row.field),
                        "names nothing",
                        "write of = [\"ITEM:FIELD\"]",
                    );
                }
            }
        }
        for row in &self.bundle.materials {
            let has = |f: &&FieldOf| of(&f.item).is_some_and(|i| i.materials.iter().any(|m| m.id == f.field));
            row.of.iter().filter(|f| !has(f)).for_each(|f| self.lost(&format!("material[{}].of", row.field), f));
            let ways: Vec<_> = row
                .of
                .iter()
                .filter_map(|f| of(&f.item)?.materials.iter().find(|m| m.id == f.field).map(|m| m.obtain))
                .collect();
            if ways.windows(2).any(|pair| pair[0] != pair[1]) {
                let mend = "they are no one paper: leave them apart, or mend one of the items";
                self.report.error(format!("material[{}].of", row.field), "comes in in different ways", mend);
            }
        }
        // One field of an item is one fact.
        let all: Vec<&FieldOf> = self.bundle.same.iter().chain(&self.bundle.apart).flat_map(|s| &s.of).collect();
        for field in all.iter().filter(|f| all.iter().filter(|g| g == f).count() > 1) {
            self.report.error("same", format!("{}:{} stands twice", field.item, field.field), "name it once");
        }
    }

    fn lost(&self, at: &str, field: &FieldOf) {
        self.report.error(at, format!("{}:{} does not exist", field.item, field.field), "mend the name");
    }

    /// One applicant applies for everything.
    fn applicants(&self, items: &[Arc<Item>]) {
        let of = |kind| items.iter().any(|i| i.service.applicant == kind);
        if of(ApplicantKind::NaturalPerson) && of(ApplicantKind::LegalPerson) {
            self.report.error("part", "some items are for people, others for companies", "leave one kind out");
        }
    }

    /// All parts are filed in one act: what one writes with its grant no other may read in the same act.
    fn writes(&self, items: &[Arc<Item>]) {
        for writer in items {
            for effect in &writer.effects {
                let reads = |i: &&Arc<Item>| {
                    i.id != writer.id
                        && i.facts.iter().any(
                            |f| matches!(&f.from, FactFrom::Register { register, .. } if *register == effect.register),
                        )
                };
                for reader in items.iter().filter(reads) {
                    let reason =
                        format!("{} reads the register {} that {} writes", reader.id, effect.register, writer.id);
                    self.report.error("part", reason, "one waits for the other: leave one of them out");
                }
            }
        }
    }

    /// The form can be computed for all parts, and for each optional one left out.
    fn form(&self, items: &[Arc<Item>]) {
        let found = self.report_of(items);
        let whole = found.is_empty();
        found.into_iter().for_each(|d| self.report.error(d.field, d.reason, d.mend));
        for part in self.bundle.parts.iter().filter(|p| whole && p.question.is_some()) {
            let rest: Vec<Arc<Item>> = items.iter().filter(|i| i.id != part.item).cloned().collect();
            self.report_of(&rest).into_iter().for_each(|d| self.report.error(d.field, d.reason, d.mend));
        }
    }

    fn report_of(&self, items: &[Arc<Item>]) -> Vec<Diagnostic> {
        let report = report(self.bundle);
        drop(self.bundle.joined(items, &report));
        report.into_found()
    }
}

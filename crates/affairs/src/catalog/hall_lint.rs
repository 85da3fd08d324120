//! Halls against regions, agencies, items and the limits of their kind.

use std::collections::BTreeSet;

use super::diagnostic::{Diagnostic, Report};
use super::hall::{Hall, HallAct, HallKind, HallOffer, Halls};
use super::hall_file::Lines;
use crate::region::Regions;

/// What the lint knows.
pub(super) struct Checked<'a> {
    pub(super) halls: &'a Halls,
    pub(super) lines: &'a Lines,
    pub(super) regions: &'a Regions,
    pub(super) is_agency: &'a dyn Fn(&str) -> bool,
    pub(super) is_item: &'a dyn Fn(&str) -> bool,
}

pub(super) fn lint(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut found = checked.offers();
    for hall in checked.halls.iter() {
        found.extend(checked.hall(hall));
        found.extend(checked.counters(hall));
    }
    found
}

impl Checked<'_> {
    fn offers(&self) -> Vec<Diagnostic> {
        let report = Report::of("halls/offers.toml");
        if self.halls.iter().next().is_some() {
            for kind in HallKind::ALL.into_iter().filter(|kind| self.halls.limit(*kind).is_none()) {
                let mend = "write a [[kind]] that says what such a place may do at most";
                report.error("kind", format!("nothing about {}", kind.word()), mend);
            }
        }
        let mut seen = BTreeSet::new();
        for offer in &self.halls.offers {
            let at = format!("offer[{}]", offer.id);
            if !seen.insert(&offer.id) {
                report.error(&at, "stands twice", "give each offer its own id");
            }
            for kind in &offer.kinds {
                self.within_limit(&report, &at, (offer, *kind));
            }
            // Nothing follows from it: a region that does not have the item may keep the offer.
            for item in offer.items.iter().filter(|item| !(self.is_item)(item)) {
                report.warning(format!("{at}.items"), format!("no item {item:?}"), "mend the name, or leave it out");
            }
        }
        let mut seen = BTreeSet::new();
        for attended in self.halls.attended.iter().filter(|a| !seen.insert(&a.id)) {
            report.error(format!("hours[{}]", attended.id), "stands twice", "give each row its own id");
        }
        report.into_found()
    }

    fn within_limit(&self, report: &Report, at: &str, (offer, kind): (&HallOffer, HallKind)) {
        let Some(limit) = self.halls.limit(kind) else { return };
        for act in offer.acts.iter().filter(|act| !limit.acts.contains(act)) {
            let reason = format!("a {} may not {}", kind.word(), act.word());
            report.error(format!("{at}.acts"), reason, "take the act out, or the kind; [[kind]] says what each may do");
        }
    }

    fn hall(&self, hall: &Hall) -> Vec<Diagnostic> {
        let Some((file, line)) = self.lines.halls.get(&hall.id) else { return Vec::new() };
        let report = Report::of(file.clone());
        let told = |reason: String, mend: &str| report.error(format!("line {line}"), reason, mend);
        if self.regions.get(hall.region, hall.valid_from).is_none() {
            let mend = "write a code of catalog/regions that is in force from the first day on";
            told(format!("no region {} on {}", hall.region, hall.valid_from), mend);
        } else if let Some(end) = self.ended_before(hall) {
            let mend = "end the place with its region, and write it again below what took the region's place";
            told(format!("{} ended on {end}, the place stays open", hall.region), mend);
        }
        if HallKind::of_level(hall.level()) != hall.kind {
            let reason =
                format!("{} is of level {}, and a {} is not", hall.region, hall.level().text().en, hall.kind.word());
            told(reason, "a hall from the county up, a station in a township, a point in a village");
        }
        if let Some(agency) = hall.agency.as_deref().filter(|id| !(self.is_agency)(id)) {
            told(format!("no agency {agency:?}"), "write its id of catalog/agencies, or leave it empty");
        }
        if self.halls.attended(hall).is_none() {
            told(format!("no hours {:?}", hall.hours), "write one of the [[hours]] of offers.toml");
        }
        self.named(&hall.offers, hall.kind, &told);
        if hall.valid_to.is_some_and(|end| end < hall.valid_from) {
            told("valid_to lies before valid_from".into(), "mend one of the two");
        }
        report.into_found()
    }

    /// The last day of the region, where it is over and the place is still open after it.
    fn ended_before(&self, hall: &Hall) -> Option<kernel::Date> {
        let end = self.regions.get(hall.region, hall.valid_from)?.valid_to?;
        hall.valid_to.is_none_or(|closed| closed > end).then_some(end)
    }

    fn named(&self, offers: &[String], kind: HallKind, told: &dyn Fn(String, &str)) {
        if offers.is_empty() {
            told("offers nothing".into(), "write some of the [[offer]]s of offers.toml, with ; between");
        }
        for id in offers {
            match self.halls.offers.iter().find(|o| o.id == *id) {
                None => told(format!("no offer {id:?}"), "write some of the [[offer]]s of offers.toml"),
                Some(offer) if !offer.kinds.contains(&kind) => {
                    told(format!("{id} is not for a {}", kind.word()), "its kinds say who may have it");
                }
                Some(_) => {}
            }
        }
    }

    fn counters(&self, hall: &Hall) -> Vec<Diagnostic> {
        let report = Report::of("halls/counters.csv");
        for counter in &hall.counters {
            let key = (hall.id.clone(), counter.code.clone(), counter.valid_from);
            let line = self.lines.counters.get(&key).copied().unwrap_or_default();
            let told = |reason: String, mend: &str| report.error(format!("line {line}"), reason, mend);
            self.named(&counter.offers, hall.kind, &told);
            let more = |act: &HallAct| {
                let of = |ids: &[String]| self.halls.offers_of(ids).any(|o| o.acts.contains(act));
                of(&counter.offers) && !of(&hall.offers)
            };
            for act in HallAct::ALL.iter().filter(|act| more(act)) {
                let mend = "give the hall an offer with it, or take it from the counter";
                told(format!("{} does not {}", hall.id, act.word()), mend);
            }
        }
        report.into_found()
    }
}

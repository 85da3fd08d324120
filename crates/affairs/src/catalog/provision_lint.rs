//! The lint of what makes an item hard: figures, quota, commitment, what only a person decides, renewal by law.

use super::facts::{FactFrom, FactKind, FactRow, FormRole};
use super::item::{Handling, LicenceAct, Mode, OnFail};
use super::item_lint::Lint;
use super::provision::COMMITMENT_CHECK;

/// Fields of law in which a commitment may not take the place of a proof.
const EXCLUDED: [&str; 7] = [
    "national-security",
    "public-security",
    "state-secrets",
    "prudential-finance",
    "environment",
    "direct-health-and-safety",
    "foreign-sensitive",
];

impl Lint<'_> {
    pub(super) fn provisions(&self) {
        self.commitment();
        self.quota();
        self.never_instant();
        self.two_officers();
        self.first_review();
        self.tacit_renewal();
        self.special_stages();
    }

    /// Whoever sends a case to a special step says which there are.
    fn special_stages(&self) {
        let asks = self.item.conditions.iter().any(|c| c.on_fail == OnFail::SpecialStep);
        if asks && self.item.special_stages.is_empty() {
            let mend = "write [[special_stage]] with name, period, grade";
            self.report.error("special_stage", "a condition asks for a special step, and the item has none", mend);
        }
    }

    /// A figure exists, is a number, and hangs on a place that the item knows.
    pub(super) fn figure(&self, at: &str, row: &FactRow) {
        if row.kind != FactKind::Number {
            self.report.error(format!("{at}.type"), "a figure is a number", "write type = \"number\"");
        }
        match &row.from {
            FactFrom::Parameter { parameter, region } => {
                if self.catalog.figures().parameter(parameter).is_none() {
                    let mend = "mend the name, or write its file in parameters/";
                    self.report.error(format!("{at}.parameter"), format!("no parameter {parameter:?}"), mend);
                }
                if let Some(input) = region {
                    self.of_kind(&format!("{at}.region"), input, FactKind::Text);
                }
            }
            FactFrom::Quota if self.item.quota.is_none() => {
                let mend = "write [quota] with quota, amount and region";
                self.report.error(at, "the item draws on no quota", mend);
            }
            _ => {}
        }
    }

    fn of_kind(&self, at: &str, input: &str, kind: FactKind) {
        self.fact(at, input);
        let word = FactKind::WORDS.iter().find(|(_, k)| *k == kind).map_or("", |(w, _)| *w);
        if self.item.fact(input).is_some_and(|f| f.kind != kind) {
            self.report.error(at, format!("{input} is no {word}"), format!("name a fact of type {word}"));
        }
    }

    fn quota(&self) {
        let Some(quota) = &self.item.quota else {
            if self.item.mode == Mode::Quota {
                self.report.error("mode", "a quota without [quota]", "write [quota] with quota, amount and region");
            }
            return;
        };
        if self.catalog.figures().quota(&quota.quota).is_none() {
            let mend = "mend the name, or write its file in quotas/";
            self.report.error("quota.quota", format!("no quota {:?}", quota.quota), mend);
        }
        self.of_kind("quota.amount", &quota.amount, FactKind::Number);
        self.of_kind("quota.region", &quota.region, FactKind::Text);
        if !self.item.facts.iter().any(|f| f.from == FactFrom::Quota) {
            let mend = "write a [[fact]] with from = \"quota\" and compare the amount with it in rules.dmn";
            self.report.error("quota", "no fact says what is left", mend);
        }
    }

    fn never_instant(&self) {
        if self.item.never_instant.is_some() && self.item.service.handling == Handling::Instant {
            let mend = "write handling = \"promised\"";
            self.report.error("service.handling", "never instant and yet offered on the spot", mend);
        }
    }

    /// Where two officers verify, no machine decides.
    fn two_officers(&self) {
        if self.item.two_officers.is_some() && self.item.never_instant.is_none() {
            let mend = "write [never_instant] with its reason, or drop [two_officers]";
            self.report.error("two_officers", "two officers must verify, and yet the machine may decide alone", mend);
        }
    }

    /// Who reviews first exists somewhere, and no machine decides before him.
    fn first_review(&self) {
        let Some(first) = &self.item.first_review else { return };
        if self.item.never_instant.is_none() {
            let mend = "write [never_instant] with its reason, or drop [first_review]";
            self.report.error("first_review", "an agency reviews first, and yet the machine may decide alone", mend);
        }
        let reviews = |level| first.level.is_none_or(|wanted| wanted == level);
        if !self.catalog.agencies().any(|agency| agency.has_role(&first.role) && reviews(agency.level)) {
            let mend = "mend the role or the level, or give it to an agency";
            self.report.error("first_review.role", format!("no agency has the role {:?} there", first.role), mend);
        }
        if self.catalog.procedure().is_some_and(|p| p.first_review.is_none()) {
            let mend = "write [first_review] into procedure.toml";
            self.report.error("first_review", "the catalogue does not say how long it may take", mend);
        }
    }

    fn tacit_renewal(&self) {
        let Some(tacit) = &self.item.tacit_renewal else { return };
        self.of_kind("tacit_renewal.expiry", &tacit.expiry, FactKind::Date);
        if self.item.result.act != LicenceAct::Supersede {
            let mend = "only a renewal is granted by silence: act = \"supersede\", or drop [tacit_renewal]";
            self.report.error("tacit_renewal", "the item renews no licence", mend);
        }
    }

    fn commitment(&self) {
        let Some(commitment) = &self.item.commitment else { return };
        if EXCLUDED.contains(&commitment.field.as_str()) {
            match &commitment.opened_by {
                None => {
                    let mend = "name the list that opens this item ([commitment.opened_by]), or drop the commitment";
                    let reason = format!("commitments are excluded in the field {:?}", commitment.field);
                    self.report.error("commitment.field", reason, mend);
                }
                Some(list) => self.one_attested("commitment.opened_by", list),
            }
        }
        if let Some(choice) = &commitment.choice {
            self.field("commitment.choice", &choice.field);
        }
        if let Some(input) = &commitment.excluded_by {
            self.of_kind("commitment.excluded_by", input, FactKind::Boolean);
        }
        let stands_in = |f: &FactRow| matches!(f.from, FactFrom::Form { role: FormRole::Statement, .. });
        let watched = self.item.duties.iter().any(|d| d.kind == COMMITMENT_CHECK);
        if self.item.facts.iter().any(stands_in) && !watched {
            let mend = "write a [[duty]] with kind = \"commitment_check\": who looks, and within what time";
            self.report.error("commitment", "nobody checks whether the promise was kept", mend);
        }
    }
}

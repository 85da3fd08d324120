//! Filling the counters of quotas from the catalogue's amounts: with the difference to what they were filled with before,
//! so that an import can be repeated, and never below what cases have drawn already.

mod record;

use std::collections::BTreeMap;

use kernel::RegionCode;
use store::{Fault, Store, Unit, Value};

use record::AMOUNT;
pub use record::filled;

use super::diagnostic::{Diagnostic, Report};
use super::figure::{Figures, Quota};
use super::record::Import;

/// The counter of one row of a quota.
pub fn quota_counter(quota: &str, region: &str, year: i64) -> String {
    format!("quota/{quota}/{region}/{year}")
}

/// One row of a quota as its counter was filled, with what cases hold of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filled {
    /// Shard whose counter it is.
    pub shard: String,
    /// Quota.
    pub quota: String,
    /// Region of the row.
    pub region: String,
    /// Year.
    pub year: i64,
    /// How much there is.
    pub amount: i64,
    /// How much cases hold.
    pub drawn: i64,
    version: i64,
}

impl Filled {
    /// How much is left.
    pub const fn left(&self) -> i64 {
        self.amount - self.drawn
    }

    fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), (&self.quota).into(), (&self.region).into(), self.year.into()]
    }
}

/// What an import writes to the counters, and what forbids it.
pub(crate) async fn fill(
    store: &Store,
    figures: &Figures,
    import: &Import<'_>,
) -> Result<(Unit, Vec<Diagnostic>), Fault> {
    let mut filling = Filling { import, unit: Unit::new(import.shard), findings: Vec::new() };
    let known = filled(store).await?;
    for quota in figures.quotas() {
        let own: BTreeMap<(&str, i64), &Filled> =
            known.iter().filter(|f| f.quota == quota.id).map(|f| ((f.region.as_str(), f.year), f)).collect();
        filling.one(quota, &own);
    }
    Ok((filling.unit, filling.findings))
}

struct Filling<'a> {
    import: &'a Import<'a>,
    unit: Unit,
    findings: Vec<Diagnostic>,
}

impl Filling<'_> {
    fn one(&mut self, quota: &Quota, known: &BTreeMap<(&str, i64), &Filled>) {
        for row in &quota.amounts {
            match known.get(&(row.region.to_string().as_str(), i64::from(row.year))) {
                None => self.first(quota, (row.region, i64::from(row.year)), row.amount),
                Some(filled) => self.change(filled, row.amount),
            }
        }
        let stands = |f: &Filled| {
            let same = |r: &super::figure::QuotaAmount| r.region.to_string() == f.region && i64::from(r.year) == f.year;
            quota.amounts.iter().any(same)
        };
        // A row that was taken out of the file counts for nothing any more.
        for gone in known.values().filter(|f| !stands(f)) {
            self.change(gone, 0);
        }
    }

    fn write(&mut self, change: impl FnOnce(Unit) -> Unit) {
        let unit = std::mem::replace(&mut self.unit, Unit::new(self.import.shard));
        self.unit = change(unit);
    }

    fn first(&mut self, quota: &Quota, (region, year): (RegionCode, i64), amount: i64) {
        let (shard, at, region) = (self.import.shard, self.import.at, region.to_string());
        let counter = quota_counter(&quota.id, &region, year);
        let row =
            vec![shard.into(), (&quota.id).into(), region.into(), year.into(), 1.into(), amount.into(), at.into()];
        self.write(|unit| unit.insert(&AMOUNT, row).count(counter, amount));
    }

    fn change(&mut self, filled: &Filled, amount: i64) {
        if amount == filled.amount {
            return;
        }
        let report = Report::of(format!("quotas/{}.toml", filled.quota));
        let at = format!("amount {} {}", filled.region, filled.year);
        if filled.shard != self.import.shard {
            let reason = format!("is kept by the node {:?} and stays at {} here", filled.shard, filled.amount);
            report.warning(at, reason, "import it on that node");
        } else if amount < filled.drawn {
            let reason = format!("{amount} is less than the {} that cases hold already", filled.drawn);
            report.error(at, reason, "what was granted is not taken back by a file: write at least that much");
        } else {
            let counter = quota_counter(&filled.quota, &filled.region, filled.year);
            let changes = vec![("amount", amount.into()), ("filled_at", self.import.at.into())];
            // Guarded: a case may draw between our reading and this writing.
            self.write(|unit| {
                unit.update(&AMOUNT, filled.key(), filled.version, changes).guard(counter, amount - filled.amount, 0)
            });
        }
        self.findings.extend(report.into_found());
    }
}

//! Holding decisions and licences against the log: each row must have its leaf, each leaf its row, and the commitment in
//! the leaf must open with what the row says.

use std::collections::BTreeMap;

use evidence::Hash;
use evidence::canonical::{Salt, canonical_value};
use evidence::commitment::opens;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use store::{Fault, Store};

use super::Finding;
use super::record::{self, Decision, Leaf, Licence};

/// What the leaves say about decisions and licences.
#[derive(Default)]
pub(super) struct Tables {
    /// Leaves of decisions by case, in the log's order.
    decided: BTreeMap<String, Vec<Told>>,
    /// Leaves of licences by licence.
    issued: BTreeMap<String, Told>,
    /// Licences struck off.
    struck: BTreeMap<String, u64>,
}

struct Told {
    position: u64,
    act: Json,
    commitment: String,
    met: bool,
}

/// What the comparison found.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) findings: Vec<Finding>,
}

impl Compared {
    fn add(&mut self, code: &'static str, place: String, what: String) {
        self.findings.push(Finding { code, place: Some(place), what });
    }
}

impl Tables {
    /// Takes note of a leaf.
    pub(super) fn leaf(&mut self, leaf: &Leaf) {
        let Some(subject) = leaf.subject.map(|id| id.to_string()) else { return };
        let body: Json = serde_json::from_slice(&leaf.stored.bytes).unwrap_or_default();
        let told = Told {
            position: leaf.stored.index,
            act: body["act"].clone(),
            commitment: body["commitment"].as_str().unwrap_or_default().to_owned(),
            met: false,
        };
        match leaf.kind.as_str() {
            "case.decided" => self.decided.entry(subject).or_default().push(told),
            "licence.issued" => drop(self.issued.insert(subject, told)),
            "licence.struck_off" => drop(self.struck.insert(subject, told.position)),
            _ => {}
        }
    }

    /// Compares the tables. Gives how many decisions and licences there were.
    pub(super) async fn compare(mut self, store: &Store, shard: &str) -> Result<(u64, u64, Compared), Fault> {
        let mut compared = Compared::default();
        let (mut decisions, mut after) = (0, String::new());
        loop {
            let page = record::decisions(store, shard, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            decisions += page.len() as u64;
            page.iter().for_each(|row| self.decision(row, &mut compared));
        }
        let (mut licences, mut after) = (0, String::new());
        loop {
            let page = record::licences(store, shard, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            licences += page.len() as u64;
            page.iter().for_each(|row| self.licence(row, &mut compared));
        }
        self.without_rows(&mut compared);
        Ok((decisions, licences, compared))
    }

    fn decision(&mut self, row: &Decision, compared: &mut Compared) {
        let place = || format!("decision {} of case {}", row.run, row.number);
        let leaves = self.decided.entry(row.case.clone()).or_default();
        let at = row.decided_at.to_string();
        let told = leaves.iter_mut().find(|told| !told.met && told.act["at"] == at.as_str());
        let Some(told) = told else {
            let what = format!("{} at {at} has no leaf in the log: it was altered or never decided", place());
            return compared.add("decision_without_leaf", place(), what);
        };
        told.met = true;
        let leaf = told.position;
        let public = [("outcome", &row.outcome), ("maker", &row.maker), ("rule_set", &row.rule_set)];
        for (name, value) in public.into_iter().filter(|(name, value)| told.act[*name] != value.as_str()) {
            let what = format!("{}: the table says {name} {value}, leaf {leaf} says {}", place(), told.act[name]);
            compared.add("decision_altered", place(), what);
        }
        let private = affairs::approval::committed(&row.form, &row.inputs, &row.checks, row.reasons.as_deref());
        if !commits(&told.commitment, &row.salt, &private) {
            let what = format!("{}: its facts, checks, reasons or form are not what leaf {leaf} commits to", place());
            compared.add("decision_altered", place(), what);
        }
    }

    fn licence(&mut self, row: &Licence, compared: &mut Compared) {
        let place = || format!("licence {}", row.code);
        let Some(told) = self.issued.get_mut(&row.id) else {
            let what = format!("{} has no leaf in the log: it was never issued", place());
            return compared.add("licence_without_leaf", place(), what);
        };
        told.met = true;
        let leaf = told.position;
        if Hash(Sha256::digest(&row.document).into()).to_string() != told.commitment {
            let what = format!("{}: its document is not the one leaf {leaf} commits to", place());
            compared.add("licence_altered", place(), what);
        }
        let said = json!([row.code, row.valid_from, row.valid_to]);
        if said != json!([told.act["code"], told.act["valid_from"], told.act["valid_to"]]) {
            compared.add(
                "licence_altered",
                place(),
                format!("{}: its code or dates are not those of leaf {leaf}", place()),
            );
        }
        if (row.status == "struck_off") != self.struck.contains_key(&row.id) {
            let what = format!("{}: the table says {}, the log says otherwise", place(), row.status);
            compared.add("licence_altered", place(), what);
        }
    }

    /// Leaves whose rows are gone.
    fn without_rows(&self, compared: &mut Compared) {
        for told in self.decided.values().flatten().filter(|told| !told.met) {
            let what = format!("leaf {} records a decision that the table does not have", told.position);
            compared.add("decision_missing", format!("leaf {}", told.position), what);
        }
        for told in self.issued.values().filter(|told| !told.met) {
            let what = format!("leaf {} records a licence that the table does not have", told.position);
            compared.add("licence_missing", format!("leaf {}", told.position), what);
        }
    }
}

/// Whether the commitment of a leaf opens with this salt and document.
fn commits(committed: &str, salt: &[u8], document: &Json) -> bool {
    let (Ok(committed), Ok(salt)) = (committed.parse::<Hash>(), <[u8; 32]>::try_from(salt)) else { return false };
    canonical_value(document).is_ok_and(|text| opens(&committed, &Salt::from_bytes(salt), text.as_bytes()))
}

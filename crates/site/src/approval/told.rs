//! What registers and the sign-in tell of a form before anybody types: read for the person himself, logged, shown with
//! its source. A draft keeps what the person wrote and nothing of this, so that a register's later word is never taken
//! for his.

use std::collections::BTreeMap;

use affairs::access::{Actor, PersonActor};
use affairs::approval;
use affairs::catalog::{Consent, FactDesk, Item, Known, OnDifference, Prefilled, Reading, Request};
use affairs::register::{self, Purpose, Viewer};
use kernel::Moment;
use serde_json::{Map, Value as Json};

use super::found::Reader;
use crate::catalog::drawn::KnownValue;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::FactView;
use crate::problem::Problem;

/// Told values by field.
pub(crate) type Told = BTreeMap<String, KnownValue>;

/// A key may stand in a field that is itself told: one round for those, one for what hangs on them.
const ROUNDS: usize = 2;

/// What is known for this item's form, given what the person wrote so far.
pub(crate) async fn told(
    desks: &Desks<'_>,
    frame: &Frame,
    person: &PersonActor,
    (item, typed): (&Item, &Map<String, Json>),
) -> Result<Told, Problem> {
    let request = request(person, frame.now);
    let (mut form, mut readings) = (typed.clone(), Vec::new());
    for _ in 0..ROUNDS {
        let asks = asks(item, &form, &request, &readings);
        if !asks.is_empty() {
            let actor = Actor::Person(person.clone());
            let viewer = Viewer { actor: &actor, purpose: Purpose::Own { item: Some(&item.id) } };
            readings.extend(register::read_and_log(&desks.base(), &desks.office.registers, &viewer, &asks).await?);
        }
        for known in item.prefill(&FactDesk { form: &form.clone(), readings: &readings, request: &request }) {
            form.entry(known.field).or_insert(known.value);
        }
    }
    let facts = FactDesk { form: &form, readings: &readings, request: &request };
    let reader = Reader { frame, catalog: &desks.catalog, registers: &desks.office.registers, item: Some(item) };
    let known = item.prefill(&facts).into_iter().map(|known| (known.field.clone(), shown(&reader, item, known)));
    Ok(known.collect())
}

/// What the sign-in says, for a form that nobody has sent yet.
pub(crate) fn request(person: &PersonActor, now: Moment) -> Request {
    let applicant = person.principal();
    Request {
        decided_at: now,
        filed_at: now,
        applicant_code: applicant.code.clone(),
        applicant_name: applicant.name.clone(),
        identity: approval::identity_level(person.assurance).into(),
        consent: Consent::None,
    }
}

/// Only the records the form itself shows: facts for the rules are read when the rules run.
fn asks(item: &Item, form: &Map<String, Json>, request: &Request, had: &[Reading]) -> Vec<(String, String)> {
    let of = |known: &Known| match known {
        Known::Register { register, key, .. } => Some((register.clone(), key.of(form, request)?)),
        Known::ApplicantName | Known::ApplicantCode => None,
    };
    let mut asks: Vec<_> = item.form.fields.iter().filter_map(|f| of(f.known.as_ref()?)).collect();
    asks.sort_unstable();
    asks.dedup();
    asks.retain(|(register, subject)| !had.iter().any(|r| r.register == *register && r.subject == *subject));
    asks
}

fn shown(reader: &Reader<'_>, item: &Item, known: Prefilled) -> KnownValue {
    let said = &known.provenance;
    let label = item.form.field(&known.field).map(|f| reader.frame.text(&f.label).to_owned());
    let fact = FactView {
        label: label.unwrap_or_default(),
        value: reader.shown(said, &known.value),
        source: reader.frame.text(&said.source).to_owned(),
        read_at: said.read_at,
        as_of: said.as_of.map(|at| at.date()),
        trust: said.trust,
    };
    KnownValue { value: known.value, fact }
}

/// What the person wrote: what merely repeats a told value stays the register's.
pub(crate) fn own(told: &Told, values: &Map<String, Json>) -> Map<String, Json> {
    let repeats = |name: &String, value: &Json| told.get(name).is_some_and(|known| known.value == *value);
    values.iter().filter(|(name, value)| !repeats(name, value)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// The whole form: what the person wrote, and what was told where he wrote nothing.
pub(crate) fn whole(told: &Told, own: &Map<String, Json>) -> Map<String, Json> {
    let mut form = own.clone();
    for (name, known) in told {
        form.entry(name.clone()).or_insert_with(|| known.value.clone());
    }
    form
}

/// A filed form as the draft that mends it: told values that were not disputed are told afresh.
pub(crate) fn to_mend(item: &Item, form: &Map<String, Json>, disputed: &[String]) -> Map<String, Json> {
    let retold = |name: &str| {
        let field = item.form.field(name);
        field.is_some_and(|f| f.known.is_some() && f.on_difference == OnDifference::Refer)
            && !disputed.iter().any(|d| d == name)
    };
    form.iter().filter(|(name, _)| !retold(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

#[cfg(test)]
mod tests {
    use affairs::catalog::{Catalog, Files};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn known(values: &[(&str, Json)]) -> Told {
        let fact = FactView {
            label: String::new(),
            value: String::new(),
            source: String::new(),
            read_at: None,
            as_of: None,
            trust: None,
        };
        let one = |(name, value): &(&str, Json)| {
            ((*name).to_owned(), KnownValue { value: value.clone(), fact: fact.clone() })
        };
        values.iter().map(one).collect()
    }

    fn map(value: Json) -> Map<String, Json> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_draft_keeps_what_was_written_and_the_register_keeps_its_word() {
        let before = known(&[("valid_to", json!("2027-01-22")), ("name", json!("韦明月"))]);
        let sent = map(json!({"valid_to": "2027-01-22", "name": "韦明明", "phone": "1"}));
        let draft = own(&before, &sent);
        assert_eq!(draft, map(json!({"name": "韦明明", "phone": "1"})));
        let after = known(&[("valid_to", json!("2032-01-22")), ("name", json!("韦明月"))]);
        assert_eq!(whole(&after, &draft)["valid_to"], json!("2032-01-22"), "a newer word is not an objection");
        assert_eq!(whole(&after, &draft)["name"], json!("韦明明"), "an objection stands");
    }

    #[test]
    fn what_was_filed_comes_back_and_undisputed_values_are_told_afresh() {
        let catalog = Catalog::from_files(&Files::seed()).catalog;
        let item = catalog.item("fd-pharmacist-renew", crate::sample::now().date()).unwrap();
        let form = map(json!({"name": "韦明月", "valid_to": "2030-01-01", "employer": "9145", "phone": "1"}));
        assert_eq!(to_mend(&item, &form, &[]), map(json!({"employer": "9145", "phone": "1"})));
        let disputed = to_mend(&item, &form, &["valid_to".to_owned()]);
        assert_eq!(disputed["valid_to"], json!("2030-01-01"));
    }

    proptest! {
        #[test]
        fn nothing_that_was_sent_is_lost(
            told in proptest::collection::btree_map("[a-d]", "[0-3]", 0..4),
            sent in proptest::collection::btree_map("[a-f]", "[0-3]", 0..6),
        ) {
            let told: Vec<(&str, Json)> = told.iter().map(|(k, v)| (k.as_str(), json!(v))).collect();
            let (told, sent) = (known(&told), map(json!(sent)));
            let kept = whole(&told, &own(&told, &sent));
            prop_assert!(sent.iter().all(|(name, value)| kept.get(name) == Some(value)));
        }
    }
}

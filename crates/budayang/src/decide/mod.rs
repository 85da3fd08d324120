//! An application tried without an office: an item of a catalogue, a form, facts from a file. Nothing is stored.

mod facts;

use std::sync::Arc;

use affairs::approval::{Assessment, CheckTruth, Outcome, Setting, judge};
use affairs::catalog::{Catalog, Consent, FactDesk, FieldError, Inputs, Item, Known, Reading, Request};
use anyhow::Context as _;
use kernel::{Date, Moment};
use serde_json::{Map, Value as Json, json};

pub(crate) use facts::Facts;

/// What is tried.
pub(crate) struct Trial {
    item: Arc<Item>,
    form: Map<String, Json>,
    readings: Vec<Reading>,
    request: Request,
}

/// What came of it.
pub(crate) struct Tried {
    item: Arc<Item>,
    at: Moment,
    errors: Vec<FieldError>,
    inputs: Inputs,
    assessment: Assessment,
}

impl Trial {
    /// Puts a trial together: the form, what the facts say, and the moment of the decision.
    pub(crate) fn new(catalog: &Catalog, item: &str, at: Moment, (form, facts): (Json, Facts)) -> anyhow::Result<Self> {
        let known = || catalog.items(at.date()).map(|i| i.id.clone()).collect::<Vec<_>>().join(", ");
        let found = catalog.item(item, at.date());
        let item =
            found.with_context(|| format!("no item {item:?} is in force on {}; there are: {}", at.date(), known()))?;
        let Json::Object(form) = form else { anyhow::bail!("the application is no JSON object of form fields") };
        let text = |field: Option<&str>| field.and_then(|f| form.get(f)?.as_str()).unwrap_or_default().to_owned();
        let request = Request {
            decided_at: at,
            filed_at: at,
            applicant_code: text(field_of(&item, &Known::ApplicantCode)),
            applicant_name: text(field_of(&item, &Known::ApplicantName)),
            // As after a sign-in in one's real name, unless the facts say otherwise.
            identity: 2,
            consent: Consent::None,
        };
        let mut trial = Self { item, form, readings: Vec::new(), request };
        facts.tell(&mut trial)?;
        Ok(trial)
    }

    /// Runs the rules.
    pub(crate) fn run(self, setting: Setting) -> Tried {
        let checked = self.item.form.check(&self.form);
        let desk = FactDesk { form: &checked.values, readings: &self.readings, request: &self.request };
        let (inputs, assessment) = judge(&self.item, &desk, setting);
        Tried { item: self.item, at: self.request.decided_at, errors: checked.errors, inputs, assessment }
    }
}

/// The form field that the sign-in fills in.
fn field_of<'a>(item: &'a Item, known: &Known) -> Option<&'a str> {
    item.form.fields.iter().find(|f| f.known.as_ref() == Some(known)).map(|f| f.name.as_str())
}

impl Tried {
    /// What it comes to. A form that could not be sent as it is comes to a correction at best.
    pub(crate) fn outcome(&self) -> Outcome {
        let outcome = self.assessment.outcome;
        if self.errors.is_empty() { outcome } else { outcome.max(Outcome::Correct) }
    }

    /// For programs.
    pub(crate) fn told(&self) -> Json {
        let validity = self.item.validity(&self.inputs, self.at.date()).ok();
        let granted = validity.filter(|_| self.outcome() == Outcome::Grant);
        let day = |date: Option<Date>| date.map(|d| d.to_string());
        json!({
            "outcome": self.outcome().word(),
            "item": self.item.id,
            "item_version": self.item.hash,
            "rule_set": self.item.rules.hash(),
            "engine": rules::engine_version(),
            "at": self.at,
            "checks": self.assessment.checks,
            "contradictions": self.assessment.contradictions,
            "notes": self.assessment.notes,
            "errors": self.errors,
            "inputs": self.inputs,
            "valid_from": day(granted.map(|v| v.from)),
            "valid_to": day(granted.and_then(|v| v.to)),
        })
    }

    /// For people: the outcome, then every check with what it rests on.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} — {}", self.outcome().word(), self.item.name.zh)];
        for check in &self.assessment.checks {
            let (mark, why) = match check.truth {
                CheckTruth::Met => ("✓", String::new()),
                CheckTruth::NotMet => ("✗", format!(" → {}", check.mend.zh)),
                CheckTruth::Unknown => {
                    ("?", format!(" → {}", check.why.iter().map(|w| w.zh.as_str()).collect::<Vec<_>>().join("；")))
                }
            };
            let basis =
                check.article.as_ref().map_or_else(|| check.basis.zh.clone(), |a| format!("{} {a}", check.basis.zh));
            lines.push(format!("{mark} {} {} [{basis}，{}]{why}", check.id, check.sentence.zh, check.grade.letter()));
        }
        lines.extend(self.errors.iter().map(|e| format!("✗ {} {}", e.pointer, e.message.zh)));
        lines.extend(self.assessment.contradictions.iter().map(|c| format!("? {}", c.label.zh)));
        lines.extend(self.assessment.notes.iter().map(|n| format!("? {}", n.zh)));
        lines
    }
}

//! From register answers, form and request to the inputs of a model: the gate where a doubtful fact becomes a missing
//! one, with the reason named. Data in, data out; nothing is fetched here.
//!
//! A fact may feed a rule that grants only if it is there, of the declared type, fresh, not contradicted by the form,
//! and of trust A or B (D under the item's lawful commitment). Whatever fails that test is left out of the model's
//! inputs, so that every condition reading it comes out unknown and the case goes to a person.

use kernel::{Moment, Text, Trust};
use serde_json::{Map, Value};

use super::facts::{
    Answer, Consent, Contradiction, FactFrom, FactRow, FormRole, Input, Inputs, Known, Prefilled, Provenance, Reading,
    Request, RequestField, Speaker, SubjectKey, Unusable,
};
use super::form::{Field, OnDifference};
use super::item::Item;

/// What is at hand when facts are worked out.
#[derive(Clone, Copy, Debug)]
pub struct FactDesk<'a> {
    /// The form as far as it is filled.
    pub form: &'a Map<String, Value>,
    /// What registers said.
    pub readings: &'a [Reading],
    /// What the request says.
    pub request: &'a Request,
}

impl Item {
    /// The register records this item needs now, each once: `(register, subject)`. Fill the form further (prefill) and
    /// ask again: a key may stand in a form field.
    pub fn reads(&self, form: &Map<String, Value>, request: &Request) -> Vec<(String, String)> {
        let of_facts = self.facts.iter().filter_map(|row| match &row.from {
            FactFrom::Register { register, key, .. } => Some((register, key)),
            FactFrom::Form { .. } | FactFrom::Request(_) => None,
        });
        let of_form = self.form.fields.iter().filter_map(|field| match &field.known {
            Some(Known::Register { register, key, .. }) => Some((register, key)),
            _ => None,
        });
        let mut reads: Vec<_> = of_facts
            .chain(of_form)
            .filter_map(|(register, key)| Some((register.clone(), key.of(form, request)?)))
            .collect();
        reads.sort_unstable();
        reads.dedup();
        reads
    }

    /// What the applicant need not type. Fields whose register key is itself a field come in the second round.
    pub fn prefill(&self, desk: &FactDesk<'_>) -> Vec<Prefilled> {
        let value = |known: &Known| match known {
            Known::ApplicantName => desk.own(&desk.request.applicant_name, "applicant_name"),
            Known::ApplicantCode => desk.own(&desk.request.applicant_code, "applicant_code"),
            Known::Register { register, key, field } => desk.known(register, key, field),
        };
        let field = |f: &Field| {
            let (value, provenance) = value(f.known.as_ref()?)?;
            Some(Prefilled { field: f.name.clone(), value, provenance })
        };
        self.form.fields.iter().filter_map(field).collect()
    }

    /// Works out every input of the model, with where it came from and why it may not be used.
    pub fn inputs(&self, desk: &FactDesk<'_>) -> Inputs {
        let contradictions = self.contradictions(desk);
        let mut rows: Vec<Input> = self.facts.iter().map(|row| self.input(row, desk)).collect();
        for row in &mut rows {
            let hit = |c: &Contradiction| {
                (c.provenance.name == row.provenance.name && c.provenance.field == row.provenance.field)
                    || (row.provenance.speaker == Speaker::Form && row.provenance.name == c.field)
            };
            if row.unusable.is_none() && contradictions.iter().any(hit) {
                row.unusable = Some(Unusable::Contradicted);
            }
        }
        Inputs { rows, contradictions }
    }

    fn contradictions(&self, desk: &FactDesk<'_>) -> Vec<Contradiction> {
        let compared = self.form.fields.iter().filter(|f| f.on_difference == OnDifference::Refer);
        let differing = compared.filter_map(|f| {
            let form = desk.form.get(&f.name)?;
            let (register, provenance) = match f.known.as_ref()? {
                Known::Register { register, key, field } => desk.known(register, key, field)?,
                Known::ApplicantName => desk.own(&desk.request.applicant_name, "applicant_name")?,
                Known::ApplicantCode => desk.own(&desk.request.applicant_code, "applicant_code")?,
            };
            (!same(form, &register)).then(|| Contradiction {
                field: f.name.clone(),
                label: f.label.clone(),
                form: form.clone(),
                register,
                provenance,
            })
        });
        differing.collect()
    }

    fn input(&self, row: &FactRow, desk: &FactDesk<'_>) -> Input {
        let (value, unusable, provenance) = match &row.from {
            FactFrom::Register { .. } => desk.register_fact(&row.from),
            FactFrom::Form { field, role } => self.form_fact(field, *role, desk),
            FactFrom::Request(field) => desk.request_fact(*field),
        };
        let mistyped = value.as_ref().is_some_and(|v| !row.kind.fits(v)).then_some(Unusable::Mistyped);
        let missing = value.is_none().then_some(Unusable::Missing);
        let unusable = unusable.or(missing).or(mistyped);
        Input { name: row.input.clone(), label: row.label.clone(), kind: row.kind, value, unusable, provenance }
    }

    fn form_fact(&self, field: &str, role: FormRole, desk: &FactDesk<'_>) -> Gathered {
        let value = desk.form.get(field).filter(|v| !v.is_null()).cloned();
        let allowed = role == FormRole::Wish || self.commitment.is_some();
        let unusable = (value.is_some() && !allowed).then_some(Unusable::Untrusted);
        let provenance = Provenance {
            speaker: Speaker::Form,
            source: Text::new("申请人填报", "stated by the applicant"),
            name: field.into(),
            field: None,
            read_at: Some(desk.request.filed_at),
            as_of: None,
            trust: Some(Trust::D),
        };
        (value, unusable, provenance)
    }
}

type Gathered = (Option<Value>, Option<Unusable>, Provenance);

impl FactDesk<'_> {
    fn reading(&self, register: &str, key: &SubjectKey) -> Option<&Reading> {
        let subject = key.of(self.form, self.request)?;
        self.readings.iter().find(|r| r.register == register && r.subject == subject)
    }

    /// A register's value for a form field, from whatever record there is; no judgement on freshness.
    fn known(&self, register: &str, key: &SubjectKey, field: &str) -> Option<(Value, Provenance)> {
        let reading = self.reading(register, key)?;
        let Answer::Record { body, .. } = &reading.answer else { return None };
        let value = body.get(field).filter(|v| !v.is_null())?.clone();
        Some((value, provenance(reading, register, field)))
    }

    fn own(&self, value: &str, name: &str) -> Option<(Value, Provenance)> {
        let provenance = Provenance {
            speaker: Speaker::Request,
            source: Text::new("登录身份", "the sign-in"),
            name: name.into(),
            field: None,
            read_at: Some(self.request.filed_at),
            as_of: None,
            trust: Some(Trust::A),
        };
        (!value.is_empty()).then(|| (value.into(), provenance))
    }

    fn register_fact(&self, from: &FactFrom) -> Gathered {
        let FactFrom::Register { register, key, field, max_age_days, absent } = from else {
            return (None, Some(Unusable::Missing), unread("", ""));
        };
        let Some(reading) = self.reading(register, key) else {
            return (None, Some(Unusable::Missing), unread(register, field));
        };
        let provenance = provenance(reading, register, field);
        match &reading.answer {
            Answer::Unreachable { .. } => (None, Some(Unusable::Unreachable), provenance),
            Answer::NoRecord if absent.is_some() => {
                (absent.clone(), self.too_old(reading.read_at, *max_age_days), provenance)
            }
            Answer::NoRecord => (None, Some(Unusable::NoRecord), provenance),
            Answer::Record { body, as_of, trust, .. } => {
                let Some(value) = body.get(field).filter(|v| !v.is_null()) else {
                    return (None, Some(Unusable::NoField), provenance);
                };
                let untrusted = !matches!(trust, Trust::A | Trust::B);
                let unusable = self.too_old(*as_of, *max_age_days).or(untrusted.then_some(Unusable::Untrusted));
                (Some(value.clone()), unusable, provenance)
            }
        }
    }

    fn too_old(&self, as_of: Moment, max_age_days: u32) -> Option<Unusable> {
        let (then, now) = (as_of.date(), self.request.decided_at.date());
        let Ok(age_days) = u32::try_from(then.until(now).map_or(-1, |span| span.get_days())) else {
            return Some(Unusable::Future);
        };
        (age_days > max_age_days).then_some(Unusable::Stale { age_days, max_age_days })
    }

    fn request_fact(&self, field: RequestField) -> Gathered {
        let request = self.request;
        let value: Value = match field {
            RequestField::FiledOn => request.filed_at.date().to_string().into(),
            RequestField::DecidedOn => request.decided_at.date().to_string().into(),
            RequestField::IdentityLevel => request.identity.into(),
            RequestField::SecondPartyConfirmed => {
                matches!(request.consent, Consent::Given | Consent::GivenByApplicant).into()
            }
            RequestField::SecondPartyIndependent => (request.consent != Consent::GivenByApplicant).into(),
        };
        let word = RequestField::WORDS.iter().find(|(_, f)| *f == field).map_or("", |(w, _)| *w);
        let provenance = Provenance {
            speaker: Speaker::Request,
            source: Text::new("本系统记录", "recorded by this system"),
            name: word.into(),
            field: None,
            read_at: Some(request.decided_at),
            as_of: None,
            trust: Some(Trust::A),
        };
        (Some(value), None, provenance)
    }
}

/// Equal as people read them: a number typed as text equals the number.
fn same(form: &Value, register: &Value) -> bool {
    form == register
        || match (form, register) {
            (Value::String(a), Value::String(b)) => a.trim() == b.trim(),
            (Value::String(text), Value::Number(number)) | (Value::Number(number), Value::String(text)) => {
                text.trim().parse().ok().is_some_and(|n: i64| number.as_i64() == Some(n))
            }
            _ => false,
        }
}

fn provenance(reading: &Reading, register: &str, field: &str) -> Provenance {
    let mut found = unread(register, field);
    found.read_at = Some(reading.read_at);
    if let Answer::Record { as_of, trust, source, .. } = &reading.answer {
        found.as_of = Some(*as_of);
        found.trust = Some(*trust);
        found.source = source.clone();
    }
    found
}

fn unread(register: &str, field: &str) -> Provenance {
    Provenance {
        speaker: Speaker::Register,
        source: Text::new(register, register),
        name: register.into(),
        field: Some(field.into()),
        read_at: None,
        as_of: None,
        trust: None,
    }
}

//! From register answers, form and request to the inputs of a model: the gate where a doubtful fact becomes a missing
//! one, with the reason named. Data in, data out; nothing is fetched here.
//!
//! A fact may feed a rule that grants only if it is there, of the declared type, fresh, not contradicted by the form,
//! and of trust A or B (D under the item's lawful commitment). Whatever fails that test is left out of the model's
//! inputs, so that every condition reading it comes out unknown and the case goes to a person.

use kernel::{Grade, Moment, Text, Trust};
use serde_json::{Map, Value};

use super::facts::{
    Answer, Consent, Contradiction, FactFrom, FactRow, FormRole, Input, Inputs, Known, Prefilled, Provenance, Reading,
    Request, RequestField, Speaker, SubjectKey, Unusable,
};
use super::figure::{GRADE, REGION, VALUE, parameter_register, quota_register};
use super::form::{Field, OnDifference};
use super::item::Item;
use super::provision::Uncommitted;

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
            FactFrom::Form { .. } | FactFrom::Request(_) | FactFrom::Parameter { .. } | FactFrom::Quota => None,
        });
        let of_form = self.form.fields.iter().filter_map(|field| match &field.known {
            Some(Known::Register { register, key, .. }) => Some((register, key)),
            _ => None,
        });
        // What a grant writes over must have been read, whether or not a condition asks for it.
        let written = self.effects.iter().map(|effect| (&effect.register, &effect.subject));
        let mut reads: Vec<_> = of_facts
            .chain(of_form)
            .chain(written)
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
        let mut inputs = Inputs { rows, contradictions };
        self.weigh_statements(desk, &mut inputs);
        self.add_figures(desk, &mut inputs);
        inputs
    }

    /// Statements of the applicant count only under the commitment, which hangs on other facts.
    fn weigh_statements(&self, desk: &FactDesk<'_>, inputs: &mut Inputs) {
        let Err(why) = self.committed(desk.form, inputs) else { return };
        let unusable = match why {
            Uncommitted::None => Unusable::Untrusted,
            Uncommitted::NotChosen => Unusable::NotCommitted,
            Uncommitted::Excluded => Unusable::Excluded,
        };
        let statement = |f: &FactRow| matches!(f.from, FactFrom::Form { role: FormRole::Statement, .. });
        for (row, _) in inputs.rows.iter_mut().zip(&self.facts).filter(|(_, fact)| statement(fact)) {
            if row.value.is_some() && row.unusable.is_none() {
                row.unusable = Some(unusable.clone());
            }
        }
    }

    fn add_figures(&self, desk: &FactDesk<'_>, inputs: &mut Inputs) {
        for (at, fact) in self.facts.iter().enumerate().filter(|(_, f)| f.from.is_figure()) {
            let Some((register, speaker, region)) = self.figure(&fact.from, inputs) else { continue };
            inputs.rows[at] = input(fact, desk.figure_fact(&register, speaker, region.as_deref()));
        }
    }

    /// Under which name a figure's reading stands, and for which place it is asked; no place where that is not known.
    fn figure(&self, from: &FactFrom, inputs: &Inputs) -> Option<(String, Speaker, Option<String>)> {
        let place = |input: &str| inputs.value(input).and_then(Value::as_str).map(str::to_owned);
        match from {
            FactFrom::Parameter { parameter, region } => {
                let here = region.as_deref().map_or_else(|| Some(self.power.region.clone()), place);
                Some((parameter_register(parameter), Speaker::Catalog, here))
            }
            FactFrom::Quota => {
                let quota = self.quota.as_ref()?;
                Some((quota_register(&quota.quota), Speaker::Quota, place(&quota.region)))
            }
            _ => None,
        }
    }

    /// The thresholds this item asks the catalogue for, given its other facts: parameter and region.
    pub fn parameters_read<'a>(&'a self, inputs: &'a Inputs) -> impl Iterator<Item = (&'a str, String)> {
        self.facts.iter().filter_map(move |fact| {
            let FactFrom::Parameter { parameter, .. } = &fact.from else { return None };
            Some((parameter.as_str(), self.figure(&fact.from, inputs)?.2?))
        })
    }

    /// Under which name a figure's readings stand; none for facts that are no figures.
    pub fn figure_register(&self, from: &FactFrom) -> Option<String> {
        self.figure(from, &Inputs::default()).map(|(register, ..)| register)
    }

    /// Does a run of this item need figures of the catalogue?
    pub fn has_figures(&self) -> bool {
        self.quota.is_some() || self.facts.iter().any(|f| f.from.is_figure())
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
        let gathered = match &row.from {
            FactFrom::Register { .. } => desk.register_fact(&row.from),
            FactFrom::Form { field, .. } => desk.form_fact(field),
            FactFrom::Request(field) => desk.request_fact(*field),
            // Worked out once the place they hang on is known.
            FactFrom::Parameter { parameter, .. } => {
                desk.figure_fact(&parameter_register(parameter), Speaker::Catalog, None)
            }
            FactFrom::Quota => desk.figure_fact("", Speaker::Quota, None),
        };
        input(row, gathered)
    }
}

fn input(row: &FactRow, (value, unusable, provenance): Gathered) -> Input {
    let mistyped = value.as_ref().is_some_and(|v| !row.kind.fits(v)).then_some(Unusable::Mistyped);
    let missing = value.is_none().then_some(Unusable::Missing);
    let unusable = unusable.or(missing).or(mistyped);
    Input { name: row.input.clone(), label: row.label.clone(), kind: row.kind, value, unusable, provenance }
}

type Gathered = (Option<Value>, Option<Unusable>, Provenance);

impl FactDesk<'_> {
    fn form_fact(&self, field: &str) -> Gathered {
        let value = self.form.get(field).filter(|v| !v.is_null()).cloned();
        let provenance = Provenance {
            speaker: Speaker::Form,
            source: Text::new("申请人填报", "stated by the applicant"),
            name: field.into(),
            field: None,
            read_at: Some(self.request.filed_at),
            as_of: None,
            trust: Some(Trust::D),
            grade: None,
        };
        (value, None, provenance)
    }

    /// A figure of the catalogue for a place; a stated one (its reading names no place) holds wherever it is asked.
    fn figure_fact(&self, register: &str, speaker: Speaker, region: Option<&str>) -> Gathered {
        let asked =
            |r: &&Reading| r.register == register && (r.subject.is_empty() || Some(r.subject.as_str()) == region);
        let mut told = unread(register.split_once(':').map_or(register, |(_, id)| id), REGION);
        told.speaker = speaker;
        told.field = region.map(str::to_owned);
        let Some(reading) = region.and_then(|_| self.readings.iter().find(asked)) else {
            return (None, Some(Unusable::Missing), told);
        };
        told.read_at = Some(reading.read_at);
        let Answer::Record { body, as_of, trust, source } = &reading.answer else {
            let why = if matches!(reading.answer, Answer::NoRecord) { Unusable::NotSet } else { Unusable::Unreachable };
            return (None, Some(why), told);
        };
        (told.as_of, told.trust, told.source) = (Some(*as_of), Some(*trust), source.clone());
        let text = |field: &str| body.get(field).and_then(Value::as_str);
        told.field = text(REGION).or(region).map(str::to_owned);
        told.grade = text(GRADE).and_then(Grade::from_letter);
        (body.get(VALUE).cloned(), None, told)
    }

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
            grade: None,
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
            grade: None,
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
        grade: None,
    }
}

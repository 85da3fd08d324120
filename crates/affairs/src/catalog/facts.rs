//! From register answers, form and request to the inputs of a model: the gate where a doubtful fact becomes a missing
//! one, with the reason named. Data in, data out; nothing is fetched here.
//!
//! A fact may feed a rule that grants only if it is there, of the declared type, fresh, not contradicted by the form,
//! and of trust A or B (D under the item's lawful commitment). Whatever fails that test is left out of the model's
//! inputs, so that every condition reading it comes out unknown and the case goes to a person.

use kernel::{Date, Moment, Text, Trust};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::form::OnDifference;
use super::item::{IdentityLevel, Item};

/// Type of a fact, as the model declares it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// FEEL string.
    Text,
    /// FEEL number.
    Number,
    /// FEEL boolean.
    Boolean,
    /// FEEL date, `YYYY-MM-DD` in JSON.
    Date,
}

impl FactKind {
    /// The words of `item.toml` and of DMN's `typeRef`.
    pub const WORDS: [(&'static str, Self); 4] =
        [("string", Self::Text), ("number", Self::Number), ("boolean", Self::Boolean), ("date", Self::Date)];

    /// Is `value` of this type?
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.as_str().is_some_and(|s| !s.is_empty()),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Date => value.as_str().is_some_and(|s| s.len() == 10 && s.parse::<Date>().is_ok()),
        }
    }
}

/// Whose record of a register is read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKey {
    /// The applicant's own code.
    Applicant,
    /// The code in this form field.
    Form(String),
}

impl SubjectKey {
    /// The subject's code; none where the form does not say it.
    pub fn of(&self, form: &Map<String, Value>, request: &Request) -> Option<String> {
        match self {
            Self::Applicant => Some(request.applicant_code.clone()),
            Self::Form(field) => form.get(field)?.as_str().map(str::to_owned),
        }
    }
}

/// What the request itself says; the program witnessed it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestField {
    /// Civil date in China on which it was filed.
    FiledOn,
    /// Civil date in China of the decision.
    DecidedOn,
    /// How sure the sign-in was: 0 to 3.
    IdentityLevel,
    /// The second party confirmed.
    SecondPartyConfirmed,
    /// Whoever confirmed is somebody else than the applicant.
    SecondPartyIndependent,
}

impl RequestField {
    /// The words of `item.toml`.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("filed_on", Self::FiledOn),
        ("decided_on", Self::DecidedOn),
        ("identity_level", Self::IdentityLevel),
        ("second_party_confirmed", Self::SecondPartyConfirmed),
        ("second_party_independent", Self::SecondPartyIndependent),
    ];
}

/// What a form value is to the rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormRole {
    /// What is asked for: a wish needs no proof.
    Wish,
    /// A statement about the world (trust D): feeds a rule only under the item's commitment.
    Statement,
}

/// Where a fact comes from.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactFrom {
    /// A register.
    Register {
        /// Which.
        register: String,
        /// Whose record.
        key: SubjectKey,
        /// Which field.
        field: String,
        /// Oldest acceptable answer, in days.
        max_age_days: u32,
        /// What the register's definite "no such record" means, where that is an answer; else the fact is missing.
        absent: Option<Value>,
    },
    /// The form.
    Form {
        /// Which field.
        field: String,
        /// What the value is.
        role: FormRole,
    },
    /// The request.
    Request(RequestField),
}

/// Binds one input of the model.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FactRow {
    /// Name of the input in `rules.dmn`.
    pub input: String,
    /// Its type.
    pub kind: FactKind,
    /// What people read.
    pub label: Text,
    /// Where it comes from.
    pub from: FactFrom,
}

/// One register's answer about one subject.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reading {
    /// Which register.
    pub register: String,
    /// About whom.
    pub subject: String,
    /// When it was asked.
    pub read_at: Moment,
    /// What it said.
    pub answer: Answer,
}

/// What a register said.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A record.
    Record {
        /// Its fields.
        body: Map<String, Value>,
        /// When the keeper says this was so.
        as_of: Moment,
        /// How far it may be trusted.
        trust: Trust,
        /// Who keeps it.
        source: Text,
    },
    /// The register answered that it has no record.
    NoRecord,
    /// The register did not answer.
    Unreachable {
        /// Why, for the log.
        why: String,
    },
}

/// What the second party has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nothing yet, or nobody was asked.
    #[default]
    None,
    /// Confirmed by somebody who is not the applicant.
    Given,
    /// Confirmed by the applicant's own account.
    GivenByApplicant,
    /// Said no.
    Denied,
}

/// What the request itself says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// When the rules run.
    pub decided_at: Moment,
    /// When the applicant filed.
    pub filed_at: Moment,
    /// The applicant's citizen id or unified social credit code.
    pub applicant_code: String,
    /// The applicant's name.
    pub applicant_name: String,
    /// How sure the sign-in was, 0 to 3 ([`IdentityLevel`]).
    pub identity: u8,
    /// What the second party has done.
    pub consent: Consent,
}

/// Why a fact may not feed the rules.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unusable {
    /// The register was not asked, or the form field is empty.
    Missing,
    /// The register has no record of the subject.
    NoRecord,
    /// The record lacks the field.
    NoField,
    /// The register did not answer.
    Unreachable,
    /// Of another type than the model declares.
    Mistyped,
    /// Older than the item allows.
    Stale {
        /// Age in days.
        age_days: u32,
        /// Allowed age in days.
        max_age_days: u32,
    },
    /// Dated after the decision.
    Future,
    /// The form says otherwise.
    Contradicted,
    /// Of a trust class that may not feed a rule that grants.
    Untrusted,
}

impl Unusable {
    /// The reason, for the applicant and the clerk.
    pub fn text(&self) -> Text {
        match self {
            Self::Missing => Text::new("没有取得这项信息", "this fact was not obtained"),
            Self::NoRecord => Text::new("登记系统中没有记录", "the register has no record"),
            Self::NoField => Text::new("登记记录缺少这一项", "the record lacks this entry"),
            Self::Unreachable => Text::new("登记系统没有应答", "the register did not answer"),
            Self::Mistyped => Text::new("登记内容格式不对，无法判断", "the value has the wrong form"),
            Self::Stale { age_days, max_age_days } => Text::new(
                format!("数据是{age_days}日前的，超过{max_age_days}日的允许时限"),
                format!("the data is {age_days} days old; at most {max_age_days} are allowed"),
            ),
            Self::Future => Text::new("数据日期晚于决定时间", "the data is dated after the decision"),
            Self::Contradicted => Text::new("填报内容与登记不一致", "the form and the register disagree"),
            Self::Untrusted => {
                Text::new("来源未经核验，不能由机器采信", "the source is unverified; a machine may not rely on it")
            }
        }
    }
}

/// Who states a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// A register.
    Register,
    /// The applicant, in the form.
    Form,
    /// The program itself, which saw the request.
    Request,
}

/// Where a value came from, for the trace.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Provenance {
    /// Who speaks.
    pub speaker: Speaker,
    /// Who says so, in words.
    pub source: Text,
    /// Register id, form field or request word.
    pub name: String,
    /// Field of the register.
    pub field: Option<String>,
    /// When it was read.
    pub read_at: Option<Moment>,
    /// When the keeper says it was so.
    pub as_of: Option<Moment>,
    /// How far it may be trusted.
    pub trust: Option<Trust>,
}

/// One input of the model with where it came from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Input {
    /// Name in the model.
    pub name: String,
    /// What people read.
    pub label: Text,
    /// Its type.
    pub kind: FactKind,
    /// What was read, usable or not.
    pub value: Option<Value>,
    /// Why it may not feed the rules; none where it may.
    pub unusable: Option<Unusable>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// A form value that a register contradicts: both are kept, and a person looks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Contradiction {
    /// Form field.
    pub field: String,
    /// Its label.
    pub label: Text,
    /// What the form says.
    pub form: Value,
    /// What the register says.
    pub register: Value,
    /// Where the register's value came from.
    pub provenance: Provenance,
}

/// All inputs of one run.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Inputs {
    /// One row for each fact of the item, in its order.
    pub rows: Vec<Input>,
    /// Form values that registers contradict; any of them sends the case to a person.
    pub contradictions: Vec<Contradiction>,
}

impl Inputs {
    /// The row of this input.
    pub fn row(&self, name: &str) -> Option<&Input> {
        self.rows.iter().find(|r| r.name == name)
    }

    /// The usable value of this input.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let row = self.row(name)?;
        if row.unusable.is_some() { None } else { row.value.as_ref() }
    }

    /// The usable value of this input, as a date.
    pub fn date(&self, name: &str) -> Option<Date> {
        self.value(name)?.as_str()?.parse().ok()
    }

    /// The usable values by name: what the model reads.
    pub fn usable(&self) -> impl Iterator<Item = (&str, FactKind, &Value)> {
        let usable = self.rows.iter().filter(|r| r.unusable.is_none());
        usable.filter_map(|r| Some((r.name.as_str(), r.kind, r.value.as_ref()?)))
    }

    /// Why this input may not feed the rules.
    pub fn why_unusable(&self, name: &str) -> Option<&Unusable> {
        self.row(name)?.unusable.as_ref()
    }
}

/// A value for a form field that a register or the sign-in already knows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Prefilled {
    /// Form field.
    pub field: String,
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub provenance: Provenance,
}

/// Where a form field's prefilled value comes from (`x-fact` in the schema).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// A register field.
    Register {
        /// Which.
        register: String,
        /// Whose record.
        key: SubjectKey,
        /// Which field.
        field: String,
    },
    /// The signed-in applicant's name.
    ApplicantName,
    /// The signed-in applicant's code.
    ApplicantCode,
}

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
        let field = |f: &super::form::Field| {
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
            (Value::String(a), b) | (b, Value::String(a)) => *a == b.to_string(),
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

impl From<IdentityLevel> for u8 {
    fn from(level: IdentityLevel) -> Self {
        level as Self
    }
}

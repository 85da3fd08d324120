//! The nouns of facts: where an input of a model comes from, what a register answered, and what the inputs of one run
//! are, with their provenance and with the reason where one may not be used. [`super::FactDesk`] works them out.

use kernel::{Date, Grade, Moment, Text, Trust};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::item::IdentityLevel;

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
    /// A threshold of the catalogue, by place and day.
    Parameter {
        /// File in `parameters/`.
        parameter: String,
        /// Input that holds the place's code; the power's region where absent.
        region: Option<String>,
    },
    /// What is left of the item's quota at the moment of decision.
    Quota,
}

impl FactFrom {
    /// A figure of the catalogue, which hangs on other facts.
    pub fn is_figure(&self) -> bool {
        matches!(self, Self::Parameter { .. } | Self::Quota)
    }
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
    /// How the applicant can make it another, where the catalogue says so.
    pub change: Option<Turn>,
}

/// How an applicant can bring about that a fact is another. Nothing else is ever proposed to him: what nobody can change (a birth
/// date, who he is) or what others decide has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// To whatever it may be.
    Any,
    /// Only to more, or later: credits, months of practice.
    Up,
    /// Only to less, or earlier: open cases.
    Down,
    /// Not at all.
    No,
}

impl Turn {
    /// The words of `item.toml`.
    pub const WORDS: [(&'static str, Self); 4] =
        [("any", Self::Any), ("up", Self::Up), ("down", Self::Down), ("no", Self::No)];
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
    /// The catalogue sets no such figure for this place and day.
    NotSet,
    /// The applicant did not take up the commitment, or took it back: a person looks at a proof.
    NotCommitted,
    /// The applicant may not use the commitment.
    Excluded,
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
            Self::NotSet => Text::new("当地没有规定这项数值", "no such figure is set for this place and day"),
            Self::NotCommitted => Text::new(
                "申请人未采用告知承诺，需核验证明",
                "the applicant uses no commitment; a proof must be checked",
            ),
            Self::Excluded => Text::new(
                "申请人不适用告知承诺，或无法确认是否适用，需核验证明",
                "the applicant may not use the commitment, or it is not known; a proof must be checked",
            ),
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
    /// The catalogue: a threshold.
    Catalog,
    /// The counter of a quota.
    Quota,
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
    /// How well a figure of the catalogue is attested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
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

impl From<IdentityLevel> for u8 {
    fn from(level: IdentityLevel) -> Self {
        level as Self
    }
}

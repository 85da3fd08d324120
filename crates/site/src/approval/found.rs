//! What the machine found, for people: the checks of a stored run with the facts they read, where each fact comes from
//! and how far it may be trusted, and what speaks against what.

use affairs::approval::{Assessment, Check, CheckTruth, Decision, State};
use affairs::catalog::{
    Answer, Catalog, Contradiction, FactKind, Input, Inputs, Item, OnFail, Provenance, Reading, Speaker, Unusable,
};
use affairs::register::{self, Registers};
use kernel::{Text, Trust};
use serde_json::{Map, Value as Json};

use crate::catalog::{drawn, law};
use crate::frame::Frame;
use crate::pieces::{ConditionView, FactView, Met, Tag, Tone};

/// What a run needs to be shown.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// In which language, at what time.
    pub(crate) frame: &'a Frame,
    /// For the names of agencies.
    pub(crate) catalog: &'a Catalog,
    /// For the words of register values.
    pub(crate) registers: &'a Registers,
    /// The version of the item that was judged, where the catalogue still has it.
    pub(crate) item: Option<&'a Item>,
}

/// A stored run of the rules.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The checks and what they come to.
    pub(crate) assessment: Assessment,
    /// What they read.
    pub(crate) inputs: Inputs,
}

/// A value of the form that a register contradicts.
#[derive(Clone, Debug)]
pub struct ContradictionView {
    /// What it is about.
    pub label: String,
    /// What the applicant wrote.
    pub filed: String,
    /// What the register says.
    pub told: String,
    /// Which register, and how it is trusted.
    pub source: String,
}

impl Found {
    /// The run that is stored with a decision; nothing where an older program wrote it in a form this one cannot read.
    pub(crate) fn of(decision: &Decision) -> Option<Self> {
        let assessment = serde_json::from_value(decision.checks.clone()).ok()?;
        let inputs = serde_json::from_value(decision.inputs.clone()).ok()?;
        Some(Self { assessment, inputs })
    }

    /// Every condition with what was found: what somebody has to look at stands first, else the order is the item's.
    pub(crate) fn conditions(&self, reader: &Reader<'_>) -> Vec<ConditionView> {
        let (met, open): (Vec<_>, Vec<_>) = self.assessment.checks.iter().partition(|c| c.truth == CheckTruth::Met);
        open.into_iter().chain(met).map(|check| self.condition(reader, check)).collect()
    }

    /// What follows; where a fact itself says why nothing is known, it is not said twice.
    fn consequence(&self, frame: &Frame, check: &Check) -> String {
        let rows = || check.read.iter().filter_map(|name| self.inputs.row(name));
        let said = check.truth == CheckTruth::Unknown && rows().any(|row| row.unusable.is_some());
        if said { String::new() } else { follows(frame, check) }
    }

    /// The facts a check read of which nobody said anything.
    pub(crate) fn missing(&self, check: &Check) -> Vec<&Input> {
        let rows = check.read.iter().filter_map(|name| self.inputs.row(name));
        rows.filter(|row| matches!(row.unusable, Some(Unusable::Missing))).collect()
    }

    fn condition(&self, reader: &Reader<'_>, check: &Check) -> ConditionView {
        let frame = reader.frame;
        let facts = check.read.iter().filter_map(|name| self.inputs.row(name));
        ConditionView {
            id: check.id.clone(),
            sentence: frame.text(&check.sentence).to_owned(),
            met: Some(met(check.truth)),
            basis: basis(frame, check),
            grade: check.grade,
            adopted: adopted(reader, check),
            facts: facts.map(|input| reader.fact(input)).collect(),
            consequence: self.consequence(frame, check),
        }
    }

    /// What speaks against what, with both values.
    pub(crate) fn contradictions(&self, reader: &Reader<'_>) -> Vec<ContradictionView> {
        self.assessment.contradictions.iter().map(|c| reader.contradiction(c)).collect()
    }

    /// Why a person must look, in whole sentences, the heaviest first; empty where nothing hinders a grant.
    pub(crate) fn reasons(&self, frame: &Frame) -> Vec<String> {
        let text = |t: &Text| frame.text(t).to_owned();
        let against = self.assessment.contradictions.iter().map(|c| frame.t1("found.against", frame.text(&c.label)));
        let unknown = self.assessment.checks.iter().filter(|c| c.truth == CheckTruth::Unknown);
        let unmet = self.assessment.failed().map(|c| frame.t1("found.unmet", frame.text(&c.sentence)));
        let notes = self.assessment.notes.iter().map(text);
        let mut reasons: Vec<String> =
            against.chain(unknown.flat_map(|c| c.why.iter().map(text))).chain(unmet).chain(notes).collect();
        let mut seen = std::collections::BTreeSet::new();
        reasons.retain(|reason| seen.insert(reason.clone()));
        reasons
    }
}

/// The words for a register's answer that it has no record, which the item takes for a value: the value that stands for it is
/// a number or a yes or no that says something; an id or a day long past would only puzzle.
fn absent(frame: &Frame, input: &Input) -> Option<String> {
    let told = &input.provenance;
    if told.speaker != Speaker::Register || told.read_at.is_none() || told.as_of.is_some() {
        return None;
    }
    let none = Unusable::NoRecord.text();
    let counts = matches!(input.kind, FactKind::Number | FactKind::Boolean);
    let value = input.value.as_ref().filter(|_| counts).map(|v| plain(frame, v));
    Some(value.map_or_else(|| frame.text(&none).to_owned(), |v| frame.aside(frame.text(&none), &v)))
}

impl Reader<'_> {
    fn fact(&self, input: &Input) -> FactView {
        let frame = self.frame;
        let value = input.value.as_ref().map(|v| self.shown(&input.provenance, v)).unwrap_or_default();
        let value = match (&input.unusable, value.is_empty()) {
            (Some(why), true) => frame.text(&why.text()).to_owned(),
            (Some(why), false) => frame.aside(&value, frame.text(&why.text())),
            (None, _) => absent(frame, input).unwrap_or(value),
        };
        FactView {
            label: frame.text(&input.label).to_owned(),
            value,
            source: frame.text(&input.provenance.source).to_owned(),
            read_at: input.provenance.read_at,
            as_of: input.provenance.as_of.map(|at| at.date()),
            trust: input.provenance.trust,
        }
    }

    fn contradiction(&self, against: &Contradiction) -> ContradictionView {
        let frame = self.frame;
        let field = self.item.and_then(|item| item.form.field(&against.field));
        let told = self.shown(&against.provenance, &against.register);
        // A register's plain word stands in the words of the form where the form asks by choices.
        let in_form = |value: &Json| field.map_or_else(|| plain(frame, value), |f| drawn::shown(frame, f, value));
        let trust = against.provenance.trust.map(|t| format!(" · {}", frame.t(frame.trust_word(t))));
        ContradictionView {
            label: frame.text(&against.label).to_owned(),
            filed: in_form(&against.form),
            told: if told.is_empty() { in_form(&against.register) } else { told },
            source: format!("{}{}", frame.text(&against.provenance.source), trust.unwrap_or_default()),
        }
    }

    /// A value in the words of whoever said it.
    pub(crate) fn shown(&self, said: &Provenance, value: &Json) -> String {
        let frame = self.frame;
        let words = match said.speaker {
            Speaker::Form => {
                let field = self.item.and_then(|item| item.form.field(&said.name));
                field.map_or_else(|| plain(frame, value), |f| drawn::shown(frame, f, value))
            }
            Speaker::Register => self.told(said, value).unwrap_or_else(|| plain(frame, value)),
            Speaker::Request | Speaker::Catalog | Speaker::Quota => plain(frame, value),
        };
        crate::pieces::coded(words)
    }

    /// As the register's own layout words it: its choices, its lists.
    fn told(&self, said: &Provenance, value: &Json) -> Option<String> {
        let (layout, field) = (self.registers.get(&said.name)?, said.field.as_ref()?);
        let at = said.read_at?;
        let answer = Answer::Record {
            body: Map::from_iter([(field.clone(), value.clone())]),
            as_of: said.as_of.unwrap_or(at),
            trust: said.trust.unwrap_or(Trust::C),
            source: said.source.clone(),
        };
        let reading = Reading { register: said.name.clone(), subject: String::new(), read_at: at, answer };
        let fact = register::facts(layout, &reading).into_iter().find(|f| f.name == *field)?;
        Some(if value.as_str().is_some_and(|t| t.parse::<kernel::Date>().is_ok()) {
            plain(self.frame, value)
        } else {
            self.frame.text(&fact.shown).to_owned()
        })
    }
}

fn plain(frame: &Frame, value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Bool(true) => frame.t("found.yes").to_owned(),
        Json::Bool(false) => frame.t("found.no").to_owned(),
        Json::String(text) => text.parse::<kernel::Date>().map_or_else(|_| text.clone(), |d| frame.date(d)),
        other => other.to_string(),
    }
}

fn met(truth: CheckTruth) -> Met {
    match truth {
        CheckTruth::Met => Met::Met,
        CheckTruth::NotMet => Met::NotMet,
        CheckTruth::Unknown => Met::Unknown,
    }
}

/// What a check rests on, as it was when it was judged.
fn basis(frame: &Frame, check: &Check) -> String {
    let served = frame.text(&check.basis);
    let read = check.source.as_ref().map(|s| frame.text(s)).filter(|s| !s.is_empty());
    match (read, &check.article) {
        (Some(read), Some(article)) => law::source(frame, read, Some(article)),
        (Some(read), None) if !served.is_empty() && read != served => {
            format!("{} · {read}", law::source(frame, served, None))
        }
        (Some(read), None) => law::source(frame, read, None),
        (None, article) => law::source(frame, served, article.as_deref()),
    }
}

fn adopted(reader: &Reader<'_>, check: &Check) -> String {
    let condition = reader.item.and_then(|item| item.conditions.iter().find(|c| c.id == check.id));
    match condition {
        Some(condition) => law::adopted(reader.frame, reader.catalog, &condition.status),
        None if check.adopted => String::new(),
        None => reader.frame.t("status.demonstration").to_owned(),
    }
}

/// What follows from a check that is not met, or why it is not known.
fn follows(frame: &Frame, check: &Check) -> String {
    match check.truth {
        CheckTruth::Met => String::new(),
        CheckTruth::Unknown => {
            let why: Vec<&str> = check.why.iter().map(|t| frame.text(t)).collect();
            why.join(if frame.is_zh() { "；" } else { "; " })
        }
        CheckTruth::NotMet => match (frame.text(&check.mend), check.on_fail) {
            ("", OnFail::Correct) => frame.t("on_fail.correct").to_owned(),
            ("", on_fail) => frame.t(law::on_fail(on_fail)).to_owned(),
            (mend, _) => mend.to_owned(),
        },
    }
}

/// A state as word, shape and colour.
pub(crate) fn state_tag(frame: &Frame, state: State) -> Tag {
    let tone = match state {
        State::Granted => Tone::Granted,
        State::Correcting | State::InReview | State::SpecialStep => Tone::Refer,
        State::Refused | State::NotAccepted => Tone::Refused,
        State::AwaitingSecondParty | State::AwaitingEvidence | State::AwaitingData | State::Gathering => Tone::Waiting,
        State::NotNeeded | State::Withdrawn | State::Declined | State::Lapsed | State::Terminated => Tone::Quiet,
    };
    Tag::new(tone, frame.t(&format!("state.{}", state.word())).to_owned())
}

//! "Am I eligible?": the item's own rules on facts that anybody types in. No sign-in, no register is read, nothing is
//! stored; a question left open makes its conditions unknown, as a missing fact would.

use std::collections::BTreeMap;
use std::sync::Arc;

use affairs::approval::{self, ApprovalError, CheckTruth, Outcome};
use affairs::catalog::{FactFrom, FactKind, FactRow, Input, Inputs, Item, Provenance, RequestField, Speaker, Unusable};
use affairs::register::{self, Registers};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Form, Router};
use kernel::{Date, Language, Moment, Text};
use serde_json::Value as Json;

use super::view::{Answer, AttemptPage};
use crate::approval::found::{Found, Reader};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, ConditionView, FieldKind, FieldView, Section, Tone, Width, error_lines};
use crate::problem::{Problem, page_as};
use crate::state::AppState;
use crate::words::word;

/// The longest answer that is read, in characters.
const LONGEST: usize = 100;
/// More choices than this are a list, not buttons.
const BUTTONS: usize = 6;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/items/{id}/try", get(ask).post(answer))
}

fn item(desks: &Desks<'_>, frame: &Frame, id: String) -> Result<Arc<Item>, Problem> {
    let found = desks.catalog.item(&id, frame.now.date());
    Ok(found.ok_or(ApprovalError::NotOffered(id))?)
}

async fn ask(State(state): State<AppState>, frame: Frame, Path(id): Path<String>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let item = item(&desks, &frame, id)?;
    let questions = Questions { item: &item, registers: &desks.office.registers };
    let sections = questions.drawn(&frame, &Typed::default());
    shown(StatusCode::OK, frame, &item, (sections, None))
}

async fn answer(
    State(state): State<AppState>,
    frame: Frame,
    Path(id): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let item = item(&desks, &frame, id)?;
    let questions = Questions { item: &item, registers: &desks.office.registers };
    let typed = questions.read(&frame, &pairs);
    let sections = questions.drawn(&frame, &typed);
    if !typed.wrong.is_empty() {
        return shown(StatusCode::UNPROCESSABLE_ENTITY, frame, &item, (sections, None));
    }
    let found = questions.judged(frame.now, &typed, desks.office.setting);
    let reader =
        Reader { frame: &frame, catalog: &desks.catalog, registers: &desks.office.registers, item: Some(&item) };
    let said = said(&frame, &found, &reader);
    shown(StatusCode::OK, frame, &item, (sections, Some(said)))
}

fn shown(
    status: StatusCode,
    frame: Frame,
    item: &Item,
    (sections, answer): (Vec<Section>, Option<Answer>),
) -> Result<Response, Problem> {
    let guide = format!("/items/{}", item.id);
    let page = AttemptPage {
        name: frame.text(&item.name).to_owned(),
        apply: format!("{guide}/apply"),
        action: format!("{guide}/try"),
        guide,
        errors: error_lines(&sections),
        sections,
        answer,
        frame,
    };
    page_as(status, &page)
}

fn said(frame: &Frame, found: &Found, reader: &Reader<'_>) -> Answer {
    let outcome = found.assessment.outcome;
    let (tone, word) = match (outcome, open(found, reader)) {
        (Outcome::Grant, _) => (Tone::Granted, outcome.word()),
        (Outcome::NotNeeded, _) => (Tone::Quiet, outcome.word()),
        (Outcome::DraftRefusal, _) => (Tone::Refused, outcome.word()),
        (Outcome::Refer, Open::Questions) => (Tone::Quiet, "blank"),
        (Outcome::Refer, Open::Lookups) => (Tone::Granted, "so_far"),
        (Outcome::Correct | Outcome::SpecialStep | Outcome::Refer, _) => (Tone::Refer, outcome.word()),
    };
    let mut conditions = found.conditions(reader);
    for condition in &mut conditions {
        plainly((frame, reader), found, condition);
    }
    Answer {
        tone,
        word: frame.t(&format!("attempt.{word}")).to_owned(),
        sentence: frame.t(&format!("attempt.{word}_means")).to_owned(),
        conditions,
    }
}

/// What keeps the rules from an answer.
enum Open {
    /// Something a person has to judge.
    Judgement,
    /// Questions of this page that were left open.
    Questions,
    /// Only what the program looks up when an application is sent.
    Lookups,
}

fn open(found: &Found, reader: &Reader<'_>) -> Open {
    let unknown = || found.assessment.checks.iter().filter(|c| c.truth == CheckTruth::Unknown);
    let judged = found.assessment.failed().next().is_some() || !found.assessment.notes.is_empty();
    if judged || unknown().any(|c| found.missing(c).is_empty()) {
        Open::Judgement
    } else if unknown().flat_map(|c| found.missing(c)).any(|row| !looked_up(reader, row)) {
        Open::Questions
    } else {
        Open::Lookups
    }
}

/// Whether the program finds this fact by itself, so that nobody need know it.
fn looked_up(reader: &Reader<'_>, row: &Input) -> bool {
    let fact = reader.item.and_then(|item| item.facts.iter().find(|f| f.input == row.name));
    fact.is_some_and(|f| is_looked_up(&f.from))
}

fn is_looked_up(from: &FactFrom) -> bool {
    matches!(from, FactFrom::Request(_) | FactFrom::Parameter { .. } | FactFrom::Quota)
}

/// What was typed on this page needs no source and no time; what was left open is named and not judged.
fn plainly((frame, reader): (&Frame, &Reader<'_>), found: &Found, condition: &mut ConditionView) {
    for fact in &mut condition.facts {
        (fact.source, fact.read_at, fact.as_of, fact.trust) = (String::new(), None, None, None);
    }
    let check = found.assessment.checks.iter().find(|c| c.id == condition.id && c.truth == CheckTruth::Unknown);
    let missing = check.map(|c| found.missing(c)).unwrap_or_default();
    if missing.is_empty() {
        return;
    }
    let (lookups, questions): (Vec<_>, Vec<_>) = missing.into_iter().partition(|row| looked_up(reader, row));
    let named = |rows: &[&Input]| {
        let labels: Vec<&str> = rows.iter().map(|row| frame.text(&row.label)).collect();
        labels.join(if frame.is_zh() { "、" } else { ", " })
    };
    condition.met = None;
    condition.consequence = if questions.is_empty() {
        frame.t1("attempt.looked_up", named(&lookups))
    } else {
        frame.t1("attempt.left_blank", named(&questions))
    };
}

/// What was typed, by input of the model.
#[derive(Default)]
struct Typed {
    raw: BTreeMap<String, String>,
    values: BTreeMap<String, Json>,
    wrong: BTreeMap<String, &'static str>,
}

/// The facts of an item as questions.
struct Questions<'a> {
    item: &'a Item,
    registers: &'a Registers,
}

impl Questions<'_> {
    /// What the rules read and people can know; what the program sees by itself is not asked.
    fn asked(&self) -> impl Iterator<Item = &FactRow> {
        let read = |row: &&FactRow| self.item.rules.inputs().iter().any(|input| input.name == row.input);
        self.item.facts.iter().filter(|row| !is_looked_up(&row.from)).filter(read)
    }

    fn read(&self, frame: &Frame, pairs: &[(String, String)]) -> Typed {
        let mut typed = Typed::default();
        for row in self.asked() {
            let pointer = pointer(&row.input);
            let sent = pairs.iter().rev().find(|(name, _)| *name == pointer);
            let text = sent.map(|(_, text)| text.trim()).unwrap_or_default();
            if text.is_empty() {
                continue;
            }
            match self.value(frame, row, text) {
                Ok(value) => drop(typed.values.insert(row.input.clone(), value)),
                Err(word) => drop(typed.wrong.insert(row.input.clone(), word)),
            }
            typed.raw.insert(row.input.clone(), text.chars().take(LONGEST).collect());
        }
        typed
    }

    fn value(&self, frame: &Frame, row: &FactRow, text: &str) -> Result<Json, &'static str> {
        if text.chars().count() > LONGEST {
            return Err("attempt.long");
        }
        let offered = self.choices(frame, row);
        match row.kind {
            FactKind::Number => text.parse::<i64>().map(Json::from).map_err(|_| "attempt.number"),
            FactKind::Date => text.parse::<Date>().map(|d| d.to_string().into()).map_err(|_| "attempt.date"),
            FactKind::Boolean if matches!(text, "true" | "false") => Ok((text == "true").into()),
            FactKind::Boolean => Err("attempt.choice"),
            FactKind::Text if !offered.is_empty() && !offered.iter().any(|(v, _)| v == text) => Err("attempt.choice"),
            FactKind::Text => Ok(text.into()),
        }
    }

    /// The closed list of a fact, where register or form has one: value and words.
    fn choices(&self, frame: &Frame, row: &FactRow) -> Vec<(String, String)> {
        let words = |value: &str, label: &Text| (value.to_owned(), frame.text(label).to_owned());
        if row.kind == FactKind::Boolean {
            return ["yes", "no"]
                .map(|w| ((w == "yes").to_string(), frame.t(&format!("attempt.{w}")).to_owned()))
                .into();
        }
        match &row.from {
            FactFrom::Register { register, field, .. } => {
                match self.registers.get(register).and_then(|r| r.field(field)).map(|f| &f.kind) {
                    Some(register::FieldType::Choice { choices }) => {
                        choices.iter().map(|c| words(&c.id, &c.label)).collect()
                    }
                    _ => Vec::new(),
                }
            }
            FactFrom::Form { field, .. } => match self.item.form.field(field).map(|f| &f.kind) {
                Some(affairs::catalog::FieldKind::Choice(choices)) => {
                    choices.iter().map(|c| words(&c.value, &c.label)).collect()
                }
                _ => Vec::new(),
            },
            FactFrom::Request(_) | FactFrom::Parameter { .. } | FactFrom::Quota => Vec::new(),
        }
    }

    fn drawn(&self, frame: &Frame, typed: &Typed) -> Vec<Section> {
        let field = |row: &FactRow| FieldView {
            pointer: pointer(&row.input),
            label: frame.text(&row.label).to_owned(),
            hint: String::new(),
            kind: self.kind(frame, row, typed),
            value: typed.raw.get(&row.input).cloned().unwrap_or_default(),
            optional: false,
            error: typed.wrong.get(&row.input).map(|word| frame.t(word).to_owned()),
            note: String::new(),
        };
        vec![Section {
            title: frame.t("attempt.facts").to_owned(),
            hint: frame.t("attempt.facts_hint").to_owned(),
            fields: self.asked().map(field).collect(),
        }]
    }

    fn kind(&self, frame: &Frame, row: &FactRow, typed: &Typed) -> FieldKind {
        let now = typed.raw.get(&row.input);
        let choice = |(value, label): (String, String)| Choice { chosen: now == Some(&value), value, label };
        let choices: Vec<Choice> = self.choices(frame, row).into_iter().map(choice).collect();
        let line = |width, mode| FieldKind::Line { width, mode, autocomplete: String::new(), unit: String::new() };
        match row.kind {
            _ if choices.len() > BUTTONS => FieldKind::Select(choices),
            _ if !choices.is_empty() => FieldKind::Choice(choices),
            FactKind::Date => FieldKind::Date,
            FactKind::Number => line(Width::Short, "numeric"),
            FactKind::Text | FactKind::Boolean => line(Width::Medium, "text"),
        }
    }

    /// Runs the rules. Everything typed counts as fresh and official: the question is what would follow if it were so.
    fn judged(&self, now: Moment, typed: &Typed, setting: approval::Setting) -> Found {
        let rows = self.item.facts.iter().map(|row| self.input(now, row, typed)).collect();
        let inputs = Inputs { rows, contradictions: Vec::new() };
        let assessment = approval::rejudge(self.item, &inputs, setting);
        Found { assessment, inputs }
    }

    fn input(&self, now: Moment, row: &FactRow, typed: &Typed) -> Input {
        let (speaker, name, field) = match &row.from {
            FactFrom::Register { register, field, .. } => (Speaker::Register, register.clone(), Some(field.clone())),
            FactFrom::Form { field, .. } => (Speaker::Form, field.clone(), None),
            FactFrom::Request(_) => (Speaker::Request, row.input.clone(), None),
            FactFrom::Parameter { parameter, .. } => (Speaker::Catalog, parameter.clone(), None),
            FactFrom::Quota => (Speaker::Quota, row.input.clone(), None),
        };
        let value = match &row.from {
            FactFrom::Request(field) => Some(self.witnessed(now, *field)),
            _ => typed.values.get(&row.input).cloned(),
        };
        Input {
            name: row.input.clone(),
            label: row.label.clone(),
            kind: row.kind,
            unusable: value.is_none().then_some(Unusable::Missing),
            value,
            provenance: Provenance {
                speaker,
                source: Text::new(word(Language::Zh, "attempt.stated"), word(Language::En, "attempt.stated")),
                name,
                field,
                read_at: Some(now),
                as_of: None,
                trust: None,
                grade: None,
            },
        }
    }

    /// What the program would see by itself: sent today, by somebody well enough known, and confirmed.
    fn witnessed(&self, now: Moment, field: RequestField) -> Json {
        match field {
            RequestField::FiledOn | RequestField::DecidedOn => now.date().to_string().into(),
            RequestField::IdentityLevel => u8::from(self.item.service.identity).into(),
            RequestField::SecondPartyConfirmed | RequestField::SecondPartyIndependent => true.into(),
        }
    }
}

fn pointer(input: &str) -> String {
    affairs::catalog::pointer_to(input)
}

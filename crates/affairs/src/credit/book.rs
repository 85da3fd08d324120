//! What the catalogue says of credit: a folder for each day from which rules hold (`credit/2026-01-01/`), with the model
//! that computes (`rules.dmn`) and what stands behind it (`credit.toml`).

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{Date, Grade, Text};
use rules::{Context, Model, Value};
use serde::Deserialize;
use serde_json::Value as Json;

use super::lint;
use crate::catalog::{Catalog, Diagnostic, EntryKind, Severity, hash_of};

/// The decision that scores one event.
const SCORE: &str = "记分";
/// The decision that classes a subject.
const CLASS: &str = "等级";

/// Every version of the rules, ascending by first day.
#[derive(Clone, Debug, Default)]
pub struct Book {
    versions: Vec<Arc<Rules>>,
}

impl Book {
    /// Reads all versions; everything wrong is told at once, and nothing is given then.
    ///
    /// # Errors
    /// What is wrong, each with file, field, reason and mend.
    pub fn read(catalog: &Catalog) -> Result<Self, Vec<Diagnostic>> {
        let (mut versions, mut found) = (Vec::new(), Vec::new());
        for (id, files) in catalog.folders_of(EntryKind::Credit) {
            let text =
                |name: &str| files.get(name).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
            match Rules::read(id, text("credit.toml"), text("rules.dmn")) {
                Ok(rules) => {
                    found.extend(lint::items(&rules, id, |item| catalog.versions().any(|known| known.id == *item)));
                    versions.push(Arc::new(rules));
                }
                Err(wrong) => found.extend(wrong),
            }
        }
        versions.sort_by_key(|rules| rules.valid_from);
        if found.is_empty() { Ok(Self { versions }) } else { Err(found) }
    }

    /// The rules in force on a day: the last ones that have begun.
    pub fn at(&self, day: Date) -> Option<&Arc<Rules>> {
        self.versions.iter().rev().find(|rules| rules.valid_from <= day)
    }
}

/// The rules from one day on.
#[derive(Debug)]
pub struct Rules {
    /// Their first day.
    pub valid_from: Date,
    /// Their title.
    pub title: Text,
    /// What a reader must know of them.
    pub note: Text,
    /// For how long anything may be published.
    pub publication: Publication,
    /// What repair rests on.
    pub repair: Repair,
    /// Until when one may object.
    pub appeal: Appeal,
    /// Where articles are from.
    pub sources: Vec<Source>,
    /// Kinds of events.
    pub kinds: Vec<Kind>,
    /// What each row of the model means, and how well it is known.
    pub rules: Vec<CreditRule>,
    /// The classes, best first.
    pub classes: Vec<Class>,
    /// The consequences.
    pub consequences: Vec<ConsequenceRow>,
    /// SHA-256 of file and model together, in hex.
    pub hash: String,
    /// What the model says of every kind and severity; asked once, when the rules are read.
    scores: BTreeMap<(String, String), Score>,
    model: Model,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    valid_from: toml::value::Datetime,
    title: Text,
    note: Text,
    publication: Publication,
    repair: Repair,
    appeal: Appeal,
    #[serde(default, rename = "source")]
    sources: Vec<Source>,
    #[serde(rename = "kind")]
    kinds: Vec<Kind>,
    #[serde(rename = "rule")]
    rules: Vec<CreditRule>,
    #[serde(rename = "class")]
    classes: Vec<Class>,
    #[serde(default, rename = "consequence")]
    consequences: Vec<ConsequenceRow>,
}

/// The longest publication.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Months.
    pub most_months: u32,
    /// How well known.
    pub grade: Grade,
    /// What it rests on.
    pub note: Text,
}

/// What repair rests on; after how many months stands in the model.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repair {
    /// How well known.
    pub grade: Grade,
    /// What it rests on.
    pub note: Text,
}

/// Until when one may object to a record.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appeal {
    /// Calendar days from the day it was recorded.
    pub days: u32,
    /// How well known.
    pub grade: Grade,
    /// What it rests on.
    pub note: Text,
}

/// A law a row refers to.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What rows refer to.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// How it was read.
    pub read: Text,
}

/// A kind of events.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its id, as the model knows it.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The severities it has; without any the severity is an empty text.
    #[serde(default)]
    pub severities: Vec<String>,
    /// Whether it speaks for the subject.
    #[serde(default)]
    pub good: bool,
    /// Whether it is a list of serious bad credit.
    #[serde(default)]
    pub serious: bool,
}

impl Kind {
    /// Its severities, or the empty one.
    pub(super) fn severities(&self) -> Vec<&str> {
        if self.severities.is_empty() { vec![""] } else { self.severities.iter().map(String::as_str).collect() }
    }
}

/// What a row of the model means.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditRule {
    /// The row's id in the model.
    pub id: String,
    /// The rule in words.
    pub sentence: Text,
    /// How well known.
    pub grade: Grade,
    /// The source's id.
    #[serde(default)]
    pub source: String,
    /// The article.
    #[serde(default)]
    pub article: String,
}

/// A class.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// `A` to `D`.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its weight in draws.
    pub draw_weight: u32,
}

/// What a consequence does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditEffect {
    /// One may not apply.
    Bar,
    /// No commitment in place of proof.
    NoCommitment,
    /// No acceptance with gaps.
    NoGaps,
}

/// A consequence: list × item × effect × basis × end.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsequenceRow {
    /// Its id.
    pub id: String,
    /// The kind of event it follows from; or a class.
    #[serde(default)]
    pub event: Option<String>,
    /// The class it follows from; or a kind of event.
    #[serde(default)]
    pub class: Option<String>,
    /// The items it is for; `*` for all.
    pub items: Vec<String>,
    /// Only for the item the event was about.
    #[serde(default)]
    pub same_item: bool,
    /// Whether it goes on after the record was repaired.
    #[serde(default)]
    pub outlasts_repair: bool,
    /// What it does.
    pub effect: CreditEffect,
    /// For how many months.
    pub months: u32,
    /// In words.
    pub sentence: Text,
    /// How well known; only A binds.
    pub grade: Grade,
    /// The source's id.
    #[serde(default)]
    pub source: String,
    /// The article.
    #[serde(default)]
    pub article: String,
}

/// What the model says of a kind of event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Score {
    /// The row of the model that said it.
    pub rule: String,
    /// Points; negative ones speak for the subject.
    pub points: i64,
    /// Months they count.
    pub counts_months: u32,
    /// Months it is published; 0 for not at all.
    pub publish_months: u32,
    /// Months after which repair may be asked for; 0 where there is nothing to repair.
    pub repair_months: u32,
}

impl Rules {
    /// Reads one version: `id` is its folder, the other two are `credit.toml` and `rules.dmn`.
    ///
    /// # Errors
    /// Everything wrong at once.
    pub fn read(id: &str, file: &str, model_xml: &str) -> Result<Self, Vec<Diagnostic>> {
        let parsed: File = toml::from_str(file).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + file[..span.start.min(file.len())].matches('\n').count());
            vec![wrong(id, "credit.toml", format!("line {line}"), error.message())]
        })?;
        let model = rules::parse(model_xml).map_err(|found| of_model(id, &found))?;
        if !model.diagnostics().is_empty() {
            return Err(of_model(id, model.diagnostics()));
        }
        let valid_from = parsed.valid_from.to_string();
        let Ok(day) = valid_from.parse::<Date>() else {
            return Err(vec![wrong(id, "credit.toml", "valid_from".to_owned(), "not a day")]);
        };
        let mut rules = Self {
            valid_from: day,
            title: parsed.title,
            note: parsed.note,
            publication: parsed.publication,
            repair: parsed.repair,
            appeal: parsed.appeal,
            sources: parsed.sources,
            kinds: parsed.kinds,
            rules: parsed.rules,
            classes: parsed.classes,
            consequences: parsed.consequences,
            hash: hash_of(format!("{}\n{}\n", hash_of(file.as_bytes()), hash_of(model_xml.as_bytes())).as_bytes()),
            scores: BTreeMap::new(),
            model,
        };
        rules.scores = rules.all_scores();
        let found = lint::rules(&rules, id);
        if found.is_empty() { Ok(rules) } else { Err(found) }
    }

    fn all_scores(&self) -> BTreeMap<(String, String), Score> {
        let pairs = self.kinds.iter().flat_map(|kind| kind.severities().into_iter().map(move |s| (&kind.id, s)));
        pairs
            .filter_map(|(kind, severity)| Some(((kind.clone(), severity.to_owned()), self.ask_score(kind, severity)?)))
            .collect()
    }

    fn ask_score(&self, kind: &str, severity: &str) -> Option<Score> {
        let (value, rule) = self.ask(SCORE, &[("事件类别", Json::from(kind)), ("情节", Json::from(severity))])?;
        let number = |name: &str| value.get(name)?.as_i64();
        let months = |name: &str| u32::try_from(number(name)?).ok();
        Some(Score {
            rule,
            points: number("分值")?,
            counts_months: months("记分月数")?,
            publish_months: months("公示月数")?,
            repair_months: months("修复月数")?,
        })
    }

    /// The value of a decision and the one row of its table that gave it; none where it is null or by no row.
    fn ask(&self, decision: &str, input: &[(&str, Json)]) -> Option<(Json, String)> {
        let mut context = Context::new();
        for (name, value) in input {
            context.insert(*name, Value::from_untyped_json(value));
        }
        let evaluation = self.model.evaluate(decision, &context);
        let step = evaluation.trace.into_iter().find(|step| step.decision == decision)?;
        let rule = step.matched.into_iter().next()?;
        Some((evaluation.value.to_json(), rule)).filter(|(value, _)| !value.is_null())
    }

    /// The score of an event; none where no rule knows it.
    pub fn score(&self, kind: &str, severity: &str) -> Option<&Score> {
        self.scores.get(&(kind.to_owned(), severity.to_owned()))
    }

    /// The class by the model, with the row that gave it.
    pub fn class(&self, total: i64, serious: bool, good: i64) -> Option<(&Class, String)> {
        let input = [("总分", Json::from(total)), ("严重失信", Json::from(serious)), ("良好记录", Json::from(good))];
        let (value, rule) = self.ask(CLASS, &input)?;
        let class = self.classes.iter().find(|class| Some(class.id.as_str()) == value.as_str())?;
        Some((class, rule))
    }

    /// The kind with this id.
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&CreditRule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

pub(super) fn wrong(id: &str, file: &str, field: String, reason: impl Into<String>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        file: format!("credit/{id}/{file}"),
        field,
        reason: reason.into(),
        mend: "mend it; docs/rooms/credit.md lists the fields".to_owned(),
    }
}

fn of_model(id: &str, found: &[rules::Diagnostic]) -> Vec<Diagnostic> {
    found.iter().map(|one| wrong(id, "rules.dmn", "model".to_owned(), one.to_string())).collect()
}

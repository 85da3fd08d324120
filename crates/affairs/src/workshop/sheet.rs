//! The sentence table: an item's conditions as rows of fact, comparison and value, each beside its article and what a failure
//! means; read from the texts, and written back into them. What the table cannot show it says.

use std::collections::BTreeMap;

use kernel::Text;
use rules::sentence::{self, Comparison, Operand, Refusal, Row, Sentence, Shown, TableRule};
use rules::{Diagnostic, Type};
use toml_edit::{DocumentMut, Item as Node, Table, value};

use super::spoken::{self, Meaning, comparison, comparison_word, said, suits};
use super::texts::{self, Texts, tidied};
use super::whole;
use crate::catalog::FieldError;

/// Larger decision tables are left to the expert's editor.
pub const MOST_RULES: usize = 60;

/// The table.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sheet {
    /// The conditions, in the order of `item.toml`.
    pub conditions: Vec<ConditionSheet>,
    /// Decisions that conditions read, and which are none themselves.
    pub steps: Vec<Logic>,
    /// Sources that a condition may cite: id and title.
    pub sources: Vec<(String, Text)>,
    /// The facts that a new condition may look at, by their names.
    pub facts: Vec<String>,
    /// Why the logic is not shown at all.
    pub faults: Vec<Diagnostic>,
}

/// One condition.
#[derive(Clone, PartialEq, Debug)]
pub struct ConditionSheet {
    /// Its id, also of its decision.
    pub id: String,
    /// What must be so.
    pub sentence: Text,
    /// What it serves.
    pub basis: Text,
    /// What to do when it fails.
    pub mend: Text,
    /// The word of what a failure means.
    pub on_fail: String,
    /// How well it is known.
    pub grade: String,
    /// Id of the source; may be empty.
    pub source: String,
    /// Article; may be empty.
    pub article: String,
    /// `demonstration` or `adopted`.
    pub status: String,
    /// Its decision; none where the model has none of that id.
    pub logic: Option<Logic>,
}

/// A decision as the table shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct Logic {
    /// Its id in the model.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is shown of it.
    pub shown: Shown,
    /// The facts it may read, by their names.
    pub facts: Vec<String>,
}

/// The table of these texts.
pub fn sheet(texts: &Texts) -> Sheet {
    let document = texts.item_toml.parse::<DocumentMut>().unwrap_or_default();
    let (sentences, faults) = match sentence::read(&texts.rules) {
        Ok(sentences) => (sentences, Vec::new()),
        Err(faults) => (Vec::new(), faults),
    };
    let facts: Vec<String> = facts(texts).into_iter().map(|(name, _)| name).collect();
    let mut logic: BTreeMap<String, Logic> = BTreeMap::new();
    let mut order = Vec::new();
    for Sentence { id, name, shown } in sentences {
        let facts = read_by(&shown, &facts);
        order.push(id.clone());
        logic.insert(id.clone(), Logic { id, name, shown, facts });
    }
    let rows = texts::rows(&document).into_iter().flat_map(|rows| rows.iter());
    let conditions: Vec<ConditionSheet> = rows.map(|row| condition(row, &mut logic)).collect();
    let steps = order.iter().filter_map(|id| logic.remove(id)).collect();
    let offered = whole::offered(texts, &document).into_iter().map(|(name, _)| name);
    Sheet { conditions, steps, sources: sources(&document), facts: offered.collect(), faults }
}

/// The facts that may stand in a new row: those the decision reads already come first.
fn read_by(shown: &Shown, all: &[String]) -> Vec<String> {
    let Shown::Rows { rows } = shown else { return Vec::new() };
    let named = rows.iter().flat_map(|row| {
        let other = match &row.value {
            Operand::Fact { name } | Operand::Moved { name, .. } => Some(name.clone()),
            _ => None,
        };
        std::iter::once(row.fact.clone()).chain(other)
    });
    let mut facts: Vec<String> = Vec::new();
    for name in named.filter(|name| all.contains(name)) {
        if !facts.contains(&name) {
            facts.push(name);
        }
    }
    facts
}

pub(super) fn text_of(row: &Table, field: &str) -> Text {
    let part = |language| {
        let text = row.get(field).and_then(|text| text.get(language)).and_then(Node::as_str);
        text.unwrap_or_default().to_owned()
    };
    Text { zh: part("zh"), en: part("en") }
}

pub(super) fn word_of(row: &Table, field: &str) -> String {
    row.get(field).and_then(Node::as_str).unwrap_or_default().to_owned()
}

fn condition(row: &Table, logic: &mut BTreeMap<String, Logic>) -> ConditionSheet {
    let id = word_of(row, "id");
    ConditionSheet {
        logic: logic.remove(&id),
        sentence: text_of(row, "sentence"),
        basis: text_of(row, "basis"),
        mend: text_of(row, "mend"),
        on_fail: word_of(row, "on_fail"),
        grade: word_of(row, "grade"),
        source: word_of(row, "source"),
        article: word_of(row, "article"),
        status: word_of(row, "status"),
        id,
    }
}

fn sources(document: &DocumentMut) -> Vec<(String, Text)> {
    let rows = document.get("source").and_then(Node::as_array_of_tables);
    let rows = rows.into_iter().flat_map(|rows| rows.iter());
    rows.map(|row| (word_of(row, "id"), text_of(row, "title"))).collect()
}

/// What a sentence may read, with its type: the model's inputs, and what decisions work out that are no conditions themselves.
/// Nothing where the model cannot be read.
pub(super) fn facts(texts: &Texts) -> Vec<(String, Type)> {
    let Ok(model) = rules::parse(&texts.rules) else { return Vec::new() };
    let steps = model.results().filter(|(_, of)| *of.base() != Type::Boolean);
    model.inputs().chain(steps).map(|(name, of)| (name.to_owned(), of.base().clone())).collect()
}

/// What was typed into the table, by the fields' pointers: `/condition/c4/article`, `/decision/c4/row/0/value`, `/new/fact`,
/// `/condition/c4/gone`, `/cases` …
pub type Typed = [(String, String)];

/// The texts with what was typed in them; fields that say what stands there already change no byte.
///
/// # Errors
/// Everything that cannot be read, by its field.
pub fn typed_in(texts: &Texts, typed: &Typed) -> Result<Texts, Vec<FieldError>> {
    let mut editing = Editing {
        typed: typed.iter().map(|(at, value)| (at.as_str(), value.as_str())).collect(),
        facts: facts(texts),
        errors: Vec::new(),
    };
    let left = editing.taken_out(texts);
    let item_toml = editing.conditions(&left.item_toml);
    let rules = editing.logic(&left.rules);
    let cases = editing.typed.get("/cases").map_or_else(|| texts.cases.clone(), |text| ended(&tidied(text)));
    let after = editing.added(Texts { item_toml, rules, cases }, texts);
    if editing.errors.is_empty() { Ok(after) } else { Err(editing.errors) }
}

/// A file ends with a line end.
fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

pub(super) struct Editing<'t> {
    typed: BTreeMap<&'t str, &'t str>,
    facts: Vec<(String, Type)>,
    pub(super) errors: Vec<FieldError>,
}

/// What of a condition is a text in two languages, and what is a word.
const TEXTS: [(&str, &str); 3] = [("sentence", "sentence"), ("basis", "basis"), ("mend", "mend")];
const WORDS: [&str; 4] = ["on_fail", "grade", "source", "article"];

impl Editing<'_> {
    pub(super) fn wrong(&mut self, pointer: String, message: Text) {
        self.errors.push(FieldError { pointer, code: "invalid".to_owned(), message });
    }

    /// What was typed into a field, where it was sent.
    pub(super) fn said(&self, pointer: &str) -> Option<&str> {
        self.typed.get(pointer).map(|text| text.trim())
    }

    fn conditions(&mut self, item_toml: &str) -> String {
        let Ok(mut document) = item_toml.parse::<DocumentMut>() else { return item_toml.to_owned() };
        let ids: Vec<String> =
            texts::rows(&document).into_iter().flat_map(|rows| rows.iter().map(|row| word_of(row, "id"))).collect();
        for id in ids {
            let Some(row) = texts::row_mut(&mut document, &id) else { continue };
            self.condition(row, &id);
        }
        document.to_string()
    }

    fn condition(&mut self, row: &mut Table, id: &str) {
        for (field, name) in TEXTS {
            for language in ["zh", "en"] {
                let pointer = format!("/condition/{id}/{name}_{language}");
                let Some(said) = self.said(&pointer).map(|text| text.replace("\r\n", " ").replace('\n', " ")) else {
                    continue;
                };
                let before = row.get(field).and_then(|text| text.get(language)).and_then(Node::as_str);
                if said.is_empty() {
                    self.wrong(pointer, Text::new("不能为空", "must not be empty"));
                } else if before != Some(said.as_str()) {
                    row[field][language] = value(said);
                }
            }
        }
        for field in WORDS {
            let pointer = format!("/condition/{id}/{field}");
            let Some(said) = self.said(&pointer).map(str::to_owned) else { continue };
            if said == word_of(row, field) {
                continue;
            }
            if said.is_empty() {
                row.remove(field);
            } else {
                row[field] = value(said);
            }
        }
    }

    fn logic(&mut self, rules: &str) -> String {
        let Ok(sentences) = sentence::read(rules) else { return rules.to_owned() };
        let mut text = rules.to_owned();
        for Sentence { id, shown, .. } in sentences {
            let found = self.errors.len();
            let Some(wanted) = self.wanted(&id, &shown).filter(|wanted| *wanted != shown) else { continue };
            if self.errors.len() > found {
                continue;
            }
            match sentence::write(&text, &id, &wanted) {
                Ok(written) => text = written,
                Err(refusal) => self.wrong(format!("/decision/{id}"), refused(&refusal)),
            }
        }
        text
    }

    /// What a decision should say; none where nothing of it was sent.
    fn wanted(&mut self, id: &str, shown: &Shown) -> Option<Shown> {
        let at = format!("/decision/{id}");
        Some(match shown {
            Shown::Rows { rows } => Shown::Rows { rows: self.rows(&at, rows) },
            Shown::Table { columns, rules } if rules.len() <= MOST_RULES => {
                let rules = rules.iter().enumerate().map(|(i, rule)| self.rule(&format!("{at}/rule/{i}"), rule));
                Shown::Table { columns: columns.clone(), rules: rules.collect() }
            }
            Shown::Value { value } => Shown::Value { value: self.alone(&format!("{at}/value"), value) },
            Shown::Table { .. } | Shown::Not { .. } => return None,
        })
    }

    fn rows(&mut self, at: &str, rows: &[Row]) -> Vec<Row> {
        let mut wanted = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            let at = format!("{at}/row/{i}");
            if self.said(&format!("{at}/gone")) != Some("true") {
                wanted.push(self.row(&at, row));
            }
        }
        let fact = self.said(&format!("{at}/new/fact")).unwrap_or_default().to_owned();
        if !fact.is_empty() {
            // A new row is asked for beside the others: all must hold.
            let group = wanted.last().map_or(0, |row: &Row| row.group + 1);
            let new = Row { group, fact, comparison: Comparison::Equal, value: Operand::Nothing };
            wanted.push(self.row(&format!("{at}/new"), &new));
        }
        wanted
    }

    fn row(&mut self, at: &str, row: &Row) -> Row {
        let word = self.said(&format!("{at}/comparison")).unwrap_or_default().to_owned();
        let comparison = comparison(&word).unwrap_or(row.comparison);
        let pointer = format!("{at}/value");
        let said = self.said(&pointer).map(str::to_owned);
        let same = comparison_word(comparison) == comparison_word(row.comparison);
        let words = match said {
            Some(words) if !same || words != spoken::said(&row.value) => words,
            None if !same => spoken::said(&row.value),
            _ => return row.clone(),
        };
        let of = self.facts.iter().find(|(name, _)| *name == row.fact).map_or(&Type::Any, |(_, of)| of);
        if let Err(how) = suits(comparison, of) {
            self.wrong(format!("{at}/comparison"), how);
            return row.clone();
        }
        let before = Some(&row.value).filter(|value| **value != Operand::Nothing);
        let meaning = Meaning { facts: &self.facts, fact: &row.fact, before };
        match spoken::heard(&words, comparison, &meaning) {
            Ok(value) => Row { comparison, value, ..row.clone() },
            Err(how) => {
                self.wrong(pointer, how);
                row.clone()
            }
        }
    }

    fn rule(&mut self, at: &str, rule: &TableRule) -> TableRule {
        let cells = rule.cells.iter().enumerate();
        // A cell that lets everything through has no row to change; it is the expert's to give it one.
        let cells = cells.map(|(i, cell)| cell.as_ref().map(|row| self.row(&format!("{at}/cell/{i}"), row))).collect();
        let results = rule.results.iter().enumerate();
        let results = results.map(|(i, value)| self.alone(&format!("{at}/result/{i}"), value)).collect();
        TableRule { id: rule.id.clone(), cells, results }
    }

    fn alone(&mut self, pointer: &str, before: &Operand) -> Operand {
        let Some(words) = self.said(pointer).filter(|words| *words != said(before)).map(str::to_owned) else {
            return before.clone();
        };
        match spoken::heard_alone(&words, &self.facts, before) {
            Ok(value) => value,
            Err(how) => {
                self.wrong(pointer.to_owned(), how);
                before.clone()
            }
        }
    }
}

/// Why the model does not take a change.
pub(super) fn refused(refusal: &Refusal) -> Text {
    let en = refusal.to_string();
    let zh = match refusal {
        Refusal::Model(_) => "规则文件无法读取，请在专家视图中改正".to_owned(),
        Refusal::NoDecision(id) => format!("规则里没有决策 {id}"),
        Refusal::NotShown(reason) => format!("这个决策不能用句子表示，请在专家视图中修改（{reason}）"),
        Refusal::Shape => "增减决策表的规则和列，请在专家视图中进行".to_owned(),
        Refusal::Empty => "一个条件至少要有一句；不要这个条件的，请勾选“删去这个条件”".to_owned(),
        Refusal::Value { fact } => format!("“{fact}”：这个比较不能用这样的值"),
        Refusal::Taken(name) => format!("规则里已经有“{name}”，请换一个说法"),
        Refusal::NoFact(name) => format!("规则里没有可以引用的事实“{name}”"),
        Refusal::Needed(by) => format!("“{}”还在引用它，请先改掉那里", by.join("”“")),
        Refusal::Otherwise(why) => format!("改后的句子读出来不是这个意思，多半是用了这个决策没有引用的事实（{why}）"),
    };
    Text { zh, en }
}

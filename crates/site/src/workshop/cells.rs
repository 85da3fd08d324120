//! The sentence table as fields: what stands in the draft, with what was typed and what is wrong with it laid over.

use std::collections::BTreeMap;

use affairs::catalog::{Attested, FieldError, Item};
use affairs::workshop::{
    COMPARISONS, ConditionSheet, FAILURES, GRADES, Logic, MOST_RULES, Sheet, comparison_text, comparison_word, said,
};
use kernel::{Grade, Text};
use rules::sentence::{Comparison, Operand, Row, Shown, TableRule};

use super::phrases::inside;
use super::view::{Cell, ConditionRow, LogicView, NewCondition, NewRow, RowView, RuleView};
use crate::catalog::law;
use crate::frame::Frame;
use crate::pieces::{Choice, field_id};

/// What was typed, and what is wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Overlay<'a> {
    /// Pointers and values, as sent; empty: what stands there.
    pub(super) typed: &'a [(String, String)],
    /// What is wrong.
    pub(super) errors: &'a [FieldError],
}

/// What a condition says of its source and of a failure, as words of `item.toml`.
struct Told<'a> {
    source: &'a str,
    article: &'a str,
    grade: &'a str,
    on_fail: &'a str,
}

/// Whether a field belongs to a condition that is not there yet, and is none that has a value from the start.
fn is_new(pointer: &str) -> bool {
    const FROM_THE_START: [&str; 3] = ["/new/comparison", "/new/grade", "/new/on_fail"];
    pointer.starts_with("/new/") && !FROM_THE_START.contains(&pointer)
}

/// Draws the table.
pub(super) struct Drawing<'a> {
    frame: &'a Frame,
    item: &'a Item,
    typed: BTreeMap<&'a str, &'a str>,
    errors: BTreeMap<&'a str, String>,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(frame: &'a Frame, item: &'a Item, overlay: &Overlay<'a>) -> Self {
        let errors = overlay.errors.iter().map(|e| (e.pointer.as_str(), frame.text(&e.message).to_owned()));
        let typed = overlay.typed.iter().map(|(at, value)| (at.as_str(), value.as_str()));
        Self { frame, item, typed: typed.collect(), errors: errors.collect() }
    }

    fn cell(&self, pointer: String, label: String, value: &str) -> Cell {
        Cell {
            id: field_id(&pointer),
            value: self.typed.get(pointer.as_str()).map_or_else(|| value.to_owned(), |typed| (*typed).to_owned()),
            error: self.errors.get(pointer.as_str()).cloned().unwrap_or_default(),
            choices: Vec::new(),
            label,
            pointer,
        }
    }

    fn choice(&self, pointer: String, label: String, value: &str, all: Vec<(String, String)>) -> Cell {
        let cell = self.cell(pointer, label, value);
        let choices = all.into_iter().map(|(value, label)| Choice { chosen: value == cell.value, value, label });
        Cell { choices: choices.collect(), ..cell }
    }

    /// The text of the cases.
    pub(super) fn cases(&self, cases: &str) -> Cell {
        self.cell("/cases".to_owned(), self.frame.t("workshop.cases").to_owned(), cases)
    }

    pub(super) fn conditions(&self, sheet: &Sheet) -> Vec<ConditionRow> {
        sheet.conditions.iter().map(|condition| self.condition(sheet, condition)).collect()
    }

    /// A condition that is not there yet: one fact, one comparison, one value, and everything a condition says beside them.
    pub(super) fn new_condition(&self, sheet: &Sheet) -> NewCondition {
        let none = (String::new(), self.frame.t("workshop.choose_fact").to_owned());
        let facts = std::iter::once(none).chain(sheet.facts.iter().map(|fact| (fact.clone(), fact.clone())));
        let label = |word: &str| self.frame.t2("workshop.of", self.frame.t("workshop.new"), self.frame.t(word));
        let nothing = Text::default();
        let told = Told { source: "", article: "", grade: "D", on_fail: "refer" };
        let (source, on_fail) = self.told("/new", (&label, sheet), &told);
        NewCondition {
            row: NewRow {
                fact: self.choice("/new/fact".to_owned(), label("workshop.fact"), "", facts.collect()),
                comparison: self.comparison("/new", label("workshop.comparison"), Comparison::Equal),
                value: self.cell("/new/value".to_owned(), label("workshop.value"), ""),
            },
            source,
            on_fail,
            words: self.words("/new", [&nothing, &nothing, &nothing]),
            open: self.typed.iter().any(|(at, said)| is_new(at) && !said.is_empty())
                || self.errors.keys().any(|at| is_new(at)),
        }
    }

    /// Source, article, grade; and what a failure means.
    fn told(&self, at: &str, (label, sheet): (&dyn Fn(&str) -> String, &Sheet), told: &Told<'_>) -> (Vec<Cell>, Cell) {
        let frame = self.frame;
        let sources = std::iter::once((String::new(), frame.t("workshop.no_source").to_owned()))
            .chain(sheet.sources.iter().map(|(id, title)| (id.clone(), frame.text(title).to_owned())));
        let grades = GRADES.map(|grade| (grade.letter().to_owned(), self.grade(grade.letter())));
        let on_fail = FAILURES.map(|word| (word.to_owned(), frame.t(&format!("workshop.on_fail.{word}")).to_owned()));
        let source = vec![
            self.choice(format!("{at}/source"), label("workshop.source"), told.source, sources.collect()),
            self.cell(format!("{at}/article"), label("workshop.article"), told.article),
            self.choice(format!("{at}/grade"), label("workshop.grade"), told.grade, grades.to_vec()),
        ];
        let on_fail =
            self.choice(format!("{at}/on_fail"), label("workshop.consequence"), told.on_fail, on_fail.to_vec());
        (source, on_fail)
    }

    /// Sentence, basis and what the applicant is told, each in two languages.
    fn words(&self, at: &str, texts: [&Text; 3]) -> Vec<Cell> {
        let fields = ["sentence", "basis", "mend"].into_iter().zip(texts).flat_map(|(field, text)| {
            [("zh", &text.zh), ("en", &text.en)].map(|(language, text)| (format!("{field}_{language}"), text))
        });
        let cell = |(field, text): (String, &String)| {
            self.cell(format!("{at}/{field}"), self.frame.t(&format!("workshop.{field}")).to_owned(), text)
        };
        fields.map(cell).collect()
    }

    fn condition(&self, sheet: &Sheet, condition: &ConditionSheet) -> ConditionRow {
        let (frame, id) = (self.frame, &condition.id);
        let at = format!("/condition/{id}");
        let label = |word: &str| frame.t2("workshop.of", id, frame.t(word));
        let ConditionSheet { source, article, grade, on_fail, .. } = condition;
        let (source, on_fail) = self.told(&at, (&label, sheet), &Told { source, article, grade, on_fail });
        ConditionRow {
            gone: self.cell(format!("{at}/gone"), label("workshop.remove_condition"), ""),
            sentence: frame.text(&condition.sentence).to_owned(),
            status: match condition.status.as_str() {
                "adopted" => String::new(),
                _ => frame.t("status.demonstration").to_owned(),
            },
            logic: condition.logic.as_ref().map(|logic| self.logic(logic)),
            source,
            law: self.law(condition),
            on_fail,
            words: self.words(&at, [&condition.sentence, &condition.basis, &condition.mend]),
            id: id.clone(),
        }
    }

    fn grade(&self, letter: &str) -> String {
        let found = Grade::from_letter(letter);
        found.map_or_else(|| letter.to_owned(), |grade| self.frame.t(self.frame.grade_word(grade)).to_owned())
    }

    /// The article as the guide names it, and what the item's legal basis says it says.
    fn law(&self, condition: &ConditionSheet) -> Vec<String> {
        let article = Some(condition.article.clone()).filter(|article| !article.is_empty());
        let attested = Attested { source: condition.source.clone(), article, ..Attested::default() };
        let named = law::attested(self.frame, self.item, &condition.basis, &attested);
        // An article of several parts names each of them.
        let parts = || condition.article.split([',', '、']).map(|part| part.split('(').next().unwrap_or(part).trim());
        let gists = self.item.legal_basis.iter().filter(|basis| {
            let own = basis.attested.article.as_deref().unwrap_or_default();
            !own.is_empty() && basis.attested.source == condition.source && parts().any(|part| part == own)
        });
        let gists = gists.map(|basis| self.frame.text(&basis.gist).to_owned());
        std::iter::once(named).chain(gists).collect()
    }

    pub(super) fn logic(&self, logic: &Logic) -> LogicView {
        let at = format!("/decision/{}", logic.id);
        let blank = LogicView {
            id: field_id(&at),
            name: logic.name.clone(),
            error: self.errors.get(at.as_str()).cloned().unwrap_or_default(),
            ..LogicView::default()
        };
        match &logic.shown {
            Shown::Rows { rows } => LogicView {
                rows: rows.iter().enumerate().map(|(i, row)| self.row(&at, (i, row), rows)).collect(),
                new: Some(self.new_row(&at, &logic.facts)),
                ..blank
            },
            Shown::Table { columns, rules } if rules.len() <= MOST_RULES => LogicView {
                columns: columns.clone(),
                results: rules.first().map_or(0, |rule| rule.results.len()),
                rules: rules.iter().enumerate().map(|(i, rule)| self.rule(&at, (i, rule), columns)).collect(),
                ..blank
            },
            Shown::Table { rules, .. } => {
                LogicView { not: self.frame.t2("workshop.large_table", rules.len(), MOST_RULES), ..blank }
            }
            Shown::Value { value } => {
                LogicView { alone: Some(self.cell(format!("{at}/value"), logic.name.clone(), &said(value))), ..blank }
            }
            Shown::Not { line, column, reason } => LogicView {
                not: self.frame.t3("workshop.not_shown", line, column, inside(self.frame, reason)),
                ..blank
            },
        }
    }

    fn row(&self, at: &str, (i, row): (usize, &Row), all: &[Row]) -> RowView {
        let at = format!("{at}/row/{i}");
        let label = |word: &str| self.frame.t2("workshop.of", &row.fact, self.frame.t(word));
        RowView {
            is_or: i > 0 && all[i - 1].group == row.group,
            fact: row.fact.clone(),
            comparison: self.comparison(&at, label("workshop.comparison"), row.comparison),
            value: self.value(&at, label("workshop.value"), &row.value),
            gone: self.cell(format!("{at}/gone"), label("workshop.remove"), ""),
        }
    }

    fn comparison(&self, at: &str, label: String, value: Comparison) -> Cell {
        let all = COMPARISONS
            .iter()
            .map(|(one, word, _)| ((*word).to_owned(), self.frame.text(&comparison_text(*one)).to_owned()));
        self.choice(format!("{at}/comparison"), label, comparison_word(value), all.collect())
    }

    fn value(&self, at: &str, label: String, value: &Operand) -> Cell {
        self.cell(format!("{at}/value"), label, &said(value))
    }

    fn new_row(&self, at: &str, facts: &[String]) -> NewRow {
        let at = format!("{at}/new");
        let none = (String::new(), self.frame.t("workshop.add_none").to_owned());
        let all = std::iter::once(none).chain(facts.iter().map(|fact| (fact.clone(), fact.clone())));
        let label = |word: &str| self.frame.t2("workshop.of", self.frame.t("workshop.add"), self.frame.t(word));
        NewRow {
            fact: self.choice(format!("{at}/fact"), label("workshop.fact"), "", all.collect()),
            comparison: self.comparison(&at, label("workshop.comparison"), Comparison::Equal),
            value: self.cell(format!("{at}/value"), label("workshop.value"), ""),
        }
    }

    fn rule(&self, at: &str, (i, rule): (usize, &TableRule), columns: &[String]) -> RuleView {
        let at = format!("{at}/rule/{i}");
        let label = |name: &str, word: &str| {
            let rule = self.frame.t1("workshop.rule_number", i + 1);
            self.frame.t3("workshop.of_rule", rule, name, self.frame.t(word))
        };
        let cells = rule.cells.iter().enumerate().map(|(c, cell)| {
            let (row, at) = (cell.as_ref()?, format!("{at}/cell/{c}"));
            let name = columns.get(c).map_or("", String::as_str);
            let comparison = self.comparison(&at, label(name, "workshop.comparison"), row.comparison);
            Some((comparison, self.value(&at, label(name, "workshop.value"), &row.value)))
        });
        let results = rule.results.iter().enumerate().map(|(r, value)| {
            self.cell(
                format!("{at}/result/{r}"),
                label(self.frame.t("workshop.result"), "workshop.value"),
                &said(value),
            )
        });
        RuleView { number: i + 1, cells: cells.collect(), results: results.collect() }
    }
}

/// What differs between two tables, condition by condition, in words: where, mine, theirs.
pub(super) fn differences(frame: &Frame, (mine, theirs): (&Sheet, &Sheet)) -> Vec<(String, String, String)> {
    let told = |sheet: &Sheet| -> BTreeMap<String, String> {
        let conditions = sheet.conditions.iter().map(|c| {
            let logic = c.logic.as_ref().map(|logic| spoken(frame, logic)).unwrap_or_default();
            let (sentence, mend) = (both(&c.sentence), both(&c.mend));
            let words = [&c.on_fail, &c.grade, &c.source, &c.article].map(String::as_str).join(" · ");
            (c.id.clone(), [sentence.as_str(), &logic, &words, &mend].join("\n"))
        });
        let steps =
            sheet.steps.iter().map(|logic| (logic.id.clone(), format!("{}\n{}", logic.name, spoken(frame, logic))));
        conditions.chain(steps).collect()
    };
    let (mine, theirs) = (told(mine), told(theirs));
    let all: std::collections::BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
    let row = |id: &String| {
        let of = |side: &BTreeMap<String, String>| side.get(id).cloned().unwrap_or_default();
        (id.clone(), of(&mine), of(&theirs))
    };
    all.into_iter().map(row).filter(|(_, mine, theirs)| mine != theirs).collect()
}

fn both(text: &Text) -> String {
    format!("{} / {}", text.zh, text.en)
}

fn spoken(frame: &Frame, logic: &Logic) -> String {
    let row = |row: &Row| {
        format!("{} {} {}", row.fact, frame.text(&comparison_text(row.comparison)), said(&row.value))
            .trim_end()
            .to_owned()
    };
    match &logic.shown {
        Shown::Rows { rows } => rows.iter().map(row).collect::<Vec<_>>().join("\n"),
        Shown::Table { rules, .. } => {
            let rule = |rule: &TableRule| {
                let asks = rule.cells.iter().flatten().map(row).collect::<Vec<_>>().join("，");
                format!("{asks} → {}", rule.results.iter().map(said).collect::<Vec<_>>().join("，"))
            };
            rules.iter().map(rule).collect::<Vec<_>>().join("\n")
        }
        Shown::Value { value } => said(value),
        Shown::Not { reason, .. } => reason.clone(),
    }
}

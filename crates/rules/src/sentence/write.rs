//! Rows back into the file: what was changed is replaced where it stands, and read again before it is believed.

use std::fmt::Write;

use super::page::{Page, Span, escaped};
use super::read::{self, Placed, Sheet, SheetRule};
use super::{Comparison, Operand, Row, Shown, TableRule};
use crate::diagnostic::Diagnostic;
use crate::model;
use crate::value::Value;

/// Why a change is not written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no model to change.
    #[error("the model cannot be read")]
    Model(Vec<Diagnostic>),
    /// No decision has that id or name.
    #[error("the model has no decision `{0}`")]
    NoDecision(String),
    /// The decision is none that sentences show.
    #[error("the decision is not shown as sentences: {0}")]
    NotShown(String),
    /// Rules or columns were added or taken away, or the table was made into rows.
    #[error("rules and columns of a decision table are added and removed in the expert's editor")]
    Shape,
    /// Nothing is left.
    #[error("a condition without a sentence says nothing: remove the decision instead")]
    Empty,
    /// A value that the comparison cannot take, or that cannot be written.
    #[error("`{fact}`: this comparison cannot be written with this value")]
    Value {
        /// The fact of the row.
        fact: String,
    },
    /// What was written reads otherwise: mostly a fact that the decision does not require.
    #[error("the changed text does not say what was meant: {0}")]
    Otherwise(String),
    /// Id or name of a new decision stands in the model already, or is none.
    #[error("`{0}` stands in the model already: give it another name")]
    Taken(String),
    /// A fact that the model does not have, and whose type nobody told.
    #[error("there is no fact `{0}` that a decision could require")]
    NoFact(String),
    /// Others require the decision that was to go.
    #[error("it is required by {}", .0.join(", "))]
    Needed(Vec<String>),
}

/// The model with one decision said otherwise; nothing but that decision's changed words is touched, and a decision that
/// is given as it was read gives the same bytes.
///
/// # Errors
/// Whatever of [`Refusal`] applies; nothing is written then.
pub fn write(xml: &str, decision: &str, wanted: &Shown) -> Result<String, Refusal> {
    let model = model::parse(xml).map_err(Refusal::Model)?;
    let own = model.program().decision_slot(decision).and_then(|slot| model.program().decisions.get(slot as usize));
    let Some(node) = own.filter(|d| !d.imported) else { return Err(Refusal::NoDecision(decision.to_owned())) };
    let Ok(page) = Page::of(xml) else { return Err(Refusal::NoDecision(decision.to_owned())) };
    let sheet = read::placed(model.program(), &page, node).map_err(|h| Refusal::NotShown(h.reason.to_owned()))?;
    let edits = match (&sheet, wanted) {
        (Sheet::Rows { words, rows }, Shown::Rows { rows: wanted }) => {
            let editing = Editing { page: &page, verbatim: words.verbatim };
            editing.rows(&words.span, rows, wanted)?
        }
        (Sheet::Table { columns, rules }, Shown::Table { columns: same, rules: wanted }) if columns == same => {
            table(&page, rules, wanted)?
        }
        (Sheet::Value { words, value: before }, Shown::Value { value }) if before != value => {
            vec![(page.trimmed(&words.span), alone(value, words.verbatim)?)]
        }
        (Sheet::Value { .. }, Shown::Value { .. }) => Vec::new(),
        _ => return Err(Refusal::Shape),
    };
    let text = applied(xml, edits);
    if text != xml {
        check(&text, &node.id, wanted, model.diagnostics().len())?;
    }
    Ok(text)
}

/// A part of the file and what it becomes.
type Edit = (Span, String);

fn applied(xml: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(span, _)| span.start);
    let mut text = xml.to_owned();
    for (span, words) in edits.into_iter().rev() {
        text.replace_range(span, &words);
    }
    text
}

/// Rows as an expression, as it stands in the file.
pub(super) fn expression(page: &Page<'_>, rows: &[Row]) -> Result<String, Refusal> {
    Editing { page, verbatim: false }.rebuilt(&[], rows)
}

/// Reads what was written: it must say what was wanted, and break nothing.
pub(super) fn check(text: &str, id: &str, wanted: &Shown, faults: usize) -> Result<(), Refusal> {
    let otherwise = |why: String| Err(Refusal::Otherwise(why));
    let model = match model::parse(text) {
        Ok(model) => model,
        Err(faults) => return otherwise(faults.first().map_or_else(String::new, ToString::to_string)),
    };
    if model.diagnostics().len() > faults {
        return otherwise(model.diagnostics().iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
    }
    match super::sentences(&model).into_iter().find(|s| s.id == id).map(|s| s.shown) {
        Some(Shown::Not { reason, .. }) => otherwise(reason),
        Some(shown) if numbered(&shown) == numbered(wanted) => Ok(()),
        _ => otherwise("it reads as something else".to_owned()),
    }
}

/// The same with groups counted from 0 and rows of a table in none.
fn numbered(shown: &Shown) -> Shown {
    let mut shown = shown.clone();
    if let Shown::Rows { rows } = &mut shown {
        let groups = counted(rows);
        rows.iter_mut().zip(groups).for_each(|(row, group)| row.group = group);
    }
    shown
}

fn counted(rows: &[Row]) -> Vec<u32> {
    let mut groups = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        let last = groups.last().copied().unwrap_or(0);
        groups.push(if i == 0 || rows[i - 1].group == row.group { last } else { last + 1 });
    }
    groups
}

struct Editing<'e> {
    page: &'e Page<'e>,
    verbatim: bool,
}

impl Editing<'_> {
    fn rows(&self, span: &Span, placed: &[Placed], wanted: &[Row]) -> Result<Vec<Edit>, Refusal> {
        if wanted.is_empty() {
            return Err(Refusal::Empty);
        }
        let before: Vec<Row> = placed.iter().map(|p| p.row.clone()).collect();
        if counted(&before) != counted(wanted) {
            return Ok(vec![(self.page.trimmed(span), self.rebuilt(placed, wanted)?)]);
        }
        let mut edits = Vec::new();
        for (placed, wanted) in placed.iter().zip(wanted) {
            let same = placed.row.fact == wanted.fact && placed.row.comparison == wanted.comparison;
            if same && placed.row.value == wanted.value {
                continue;
            }
            let words = sentence(wanted)?;
            if same && !placed.value.is_empty() {
                edits.push((placed.value.clone(), self.escaped(&operand(wanted)?, wanted)?));
            } else {
                edits.push((placed.whole.clone(), self.escaped(&words, wanted)?));
            }
        }
        Ok(edits)
    }

    /// The whole expression anew; rows that stood there keep their words.
    fn rebuilt(&self, placed: &[Placed], wanted: &[Row]) -> Result<String, Refusal> {
        let groups = counted(wanted);
        let several = groups.last() != Some(&0);
        let mut text = String::new();
        for (i, (row, group)) in wanted.iter().zip(&groups).enumerate() {
            let alone = |other: usize| groups.get(other) != Some(group);
            let (first, last) = (i == 0 || alone(i - 1), alone(i + 1));
            let bracket = several && !(first && last);
            text.push_str(match (i, first) {
                (0, _) => "",
                (_, true) => " and ",
                _ => " or ",
            });
            text.push_str(if bracket && first { "(" } else { "" });
            let kept = placed.iter().find(|p| Row { group: row.group, ..p.row.clone() } == *row);
            match kept {
                Some(placed) => text.push_str(&self.page.text[placed.whole.clone()]),
                None => text.push_str(&self.escaped(&sentence(row)?, row)?),
            }
            text.push_str(if bracket && last { ")" } else { "" });
        }
        Ok(text)
    }

    fn escaped(&self, words: &str, row: &Row) -> Result<String, Refusal> {
        escape(words, self.verbatim, &row.fact)
    }
}

fn escape(words: &str, verbatim: bool, fact: &str) -> Result<String, Refusal> {
    if verbatim && words.contains("]]>") {
        return Err(Refusal::Value { fact: fact.to_owned() });
    }
    Ok(escaped(words, verbatim))
}

fn table(page: &Page<'_>, rules: &[SheetRule], wanted: &[TableRule]) -> Result<Vec<Edit>, Refusal> {
    let same = |(rule, wanted): (&SheetRule, &TableRule)| {
        rule.id == wanted.id && rule.cells.len() == wanted.cells.len() && rule.results.len() == wanted.results.len()
    };
    if rules.len() != wanted.len() || !rules.iter().zip(wanted).all(same) {
        return Err(Refusal::Shape);
    }
    let mut edits = Vec::new();
    for (rule, wanted) in rules.iter().zip(wanted) {
        for ((row, words), wanted) in rule.cells.iter().zip(&wanted.cells) {
            if row != wanted {
                let text = wanted.as_ref().map_or(Ok("-".to_owned()), cell)?;
                let fact = wanted.as_ref().map_or("", |w| &w.fact);
                edits.push((page.trimmed(&words.span), escape(&text, words.verbatim, fact)?));
            }
        }
        for ((value, words), wanted) in rule.results.iter().zip(&wanted.results) {
            if value != wanted {
                edits.push((page.trimmed(&words.span), alone(wanted, words.verbatim)?));
            }
        }
    }
    Ok(edits)
}

/// A value that stands by itself.
fn alone(value: &Operand, verbatim: bool) -> Result<String, Refusal> {
    let row = Row { group: 0, fact: String::new(), comparison: Comparison::Equal, value: value.clone() };
    escape(&operand(&row)?, verbatim, "")
}

const fn sign(comparison: Comparison) -> Option<&'static str> {
    Some(match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        _ => return None,
    })
}

/// A row as an expression.
fn sentence(row: &Row) -> Result<String, Refusal> {
    let (fact, value) = (&row.fact, operand(row)?);
    Ok(match row.comparison {
        Comparison::Yes => fact.clone(),
        Comparison::No => format!("not({fact})"),
        Comparison::In => format!("{fact} in {value}"),
        Comparison::NotIn => format!("not({fact} in {value})"),
        other => format!("{fact} {} {value}", sign(other).unwrap_or("=")),
    })
}

/// A row as a cell below its column.
fn cell(row: &Row) -> Result<String, Refusal> {
    let value = operand(row)?;
    // A list stands in a cell without brackets around it.
    let list = value.strip_prefix('(').and_then(|v| v.strip_suffix(')')).filter(|_| is_list(row)).unwrap_or(&value);
    Ok(match row.comparison {
        Comparison::Yes => "true".to_owned(),
        Comparison::No => "false".to_owned(),
        Comparison::Equal => value,
        Comparison::NotEqual | Comparison::NotIn => format!("not({list})"),
        Comparison::In => list.to_owned(),
        other => format!("{} {value}", sign(other).unwrap_or("=")),
    })
}

const fn is_list(row: &Row) -> bool {
    matches!(row.value, Operand::List { .. })
}

/// The value of a row as FEEL writes it; refused where the comparison takes another kind.
fn operand(row: &Row) -> Result<String, Refusal> {
    let refused = || Refusal::Value { fact: row.fact.clone() };
    let feel = |value: &Value| feel(value).ok_or_else(refused);
    let single = sign(row.comparison).is_some();
    Ok(match (&row.value, row.comparison) {
        (Operand::Nothing, Comparison::Yes | Comparison::No) => String::new(),
        (Operand::Constant { value }, _) if single => feel(value)?,
        (Operand::Fact { name }, _) if single => name.clone(),
        (Operand::Moved { name, less, by }, _) if single => {
            format!("{name} {} {}", if *less { "-" } else { "+" }, feel(by)?)
        }
        (Operand::List { values }, Comparison::In | Comparison::NotIn) if !values.is_empty() => {
            format!("({})", values.iter().map(feel).collect::<Result<Vec<_>, _>>()?.join(", "))
        }
        (Operand::Range { low, low_closed, high, high_closed }, Comparison::In | Comparison::NotIn) => {
            let (open, close) = (if *low_closed { '[' } else { '(' }, if *high_closed { ']' } else { ')' });
            format!("{open}{}..{}{close}", feel(low)?, feel(high)?)
        }
        _ => return Err(refused()),
    })
}

/// A single value as FEEL writes it; none for what is no single value.
fn feel(value: &Value) -> Option<String> {
    Some(match value {
        Value::Boolean(_) | Value::Number(_) => value.lexical(),
        Value::String(text) => quoted(text),
        Value::Date(_) => format!("date(\"{}\")", value.lexical()),
        Value::Time(_) => format!("time(\"{}\")", value.lexical()),
        Value::DateTime(_) => format!("date and time(\"{}\")", value.lexical()),
        Value::Months(_) | Value::DaysTime(_) => format!("duration(\"{}\")", value.lexical()),
        _ => return None,
    })
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

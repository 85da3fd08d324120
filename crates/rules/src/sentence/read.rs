//! From an expression to rows, each with the part of the file that says it.

use std::sync::Arc;

use roxmltree::Node;

use super::page::{Hidden, Page, Span, Words, closing, has_comment, hidden};
use super::{Comparison, Operand, Row, Shown, TableRule};
use crate::diagnostic;
use crate::dmn::xml;
use crate::feel::ast::{Arguments, Arith, Compare, Expr, Kind};
use crate::feel::name;
use crate::program::{DecisionNode, Program};
use crate::proof::{constant, turned};
use crate::table::Table;
use crate::value::{Form, Value};

/// A row with its place in the file.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub row: Row,
    /// All of it.
    pub whole: Span,
    /// Its value; empty where it has none.
    pub value: Span,
}

/// A decision with the places of its parts.
#[derive(Debug)]
pub(super) enum Sheet {
    Rows { words: Words, rows: Vec<Placed> },
    Table { columns: Vec<String>, rules: Vec<SheetRule> },
    Value { words: Words, value: Operand },
}

/// A rule with the places of its cells.
#[derive(Debug)]
pub(super) struct SheetRule {
    pub id: String,
    pub cells: Vec<(Option<Row>, Words)>,
    pub results: Vec<(Operand, Words)>,
}

impl Hidden {
    pub(super) fn shown(&self, text: &str) -> Shown {
        let (line, column) = diagnostic::place(text, u32::try_from(self.at).unwrap_or(u32::MAX));
        Shown::Not { line, column, reason: self.reason.to_owned() }
    }
}

impl Sheet {
    pub(super) fn shown(&self) -> Shown {
        match self {
            Self::Rows { rows, .. } => Shown::Rows { rows: rows.iter().map(|p| p.row.clone()).collect() },
            Self::Value { value, .. } => Shown::Value { value: value.clone() },
            Self::Table { columns, rules } => Shown::Table {
                columns: columns.clone(),
                rules: rules
                    .iter()
                    .map(|r| TableRule {
                        id: r.id.clone(),
                        cells: r.cells.iter().map(|(row, _)| row.clone()).collect(),
                        results: r.results.iter().map(|(value, _)| value.clone()).collect(),
                    })
                    .collect(),
            },
        }
    }
}

/// A decision as rows with their places.
pub(super) fn placed(program: &Program, page: &Page<'_>, node: &DecisionNode) -> Result<Sheet, Hidden> {
    let at = node.at as usize;
    let Some(logic) = page.logic(node.at) else {
        return hidden(at, "only expressions and decision tables are shown as sentences");
    };
    let mut body = &node.body;
    while let Kind::Typed(inner, _) = &body.kind {
        body = inner;
    }
    match &body.kind {
        Kind::Table(table) => Reading { program, page, verbatim: false }.table(table, logic),
        _ if logic.tag_name().name() == "literalExpression" => {
            let words = page.words(logic)?;
            if has_comment(&page.text[words.span.clone()]) {
                return hidden(words.span.start, "the expression bears a comment that this table would lose");
            }
            let reading = Reading { program, page, verbatim: words.verbatim };
            match (reading.expression(body, &words.span), reading.operand(body)) {
                (Ok(rows), _) => Ok(Sheet::Rows { words, rows }),
                (Err(_), Ok(value)) => Ok(Sheet::Value { words, value }),
                (Err(why), Err(_)) => Err(why),
            }
        }
        _ => hidden(at, "the table cannot be read"),
    }
}

struct Reading<'r> {
    program: &'r Program,
    page: &'r Page<'r>,
    verbatim: bool,
}

impl Reading<'_> {
    /// A conjunction of groups.
    fn expression(&self, e: &Expr, span: &Span) -> Result<Vec<Placed>, Hidden> {
        let mut parts = Vec::new();
        self.split(e, span, true, &mut parts)?;
        let mut rows = Vec::new();
        for (group, (e, span)) in (0u32..).zip(parts) {
            let mut choices = Vec::new();
            self.split(e, &span, false, &mut choices)?;
            for (e, span) in choices {
                let mut placed = self.row(e, &span)?;
                placed.row.group = group;
                rows.push(placed);
            }
        }
        Ok(rows)
    }

    /// The operands of a chain of `and`, or of `or`.
    fn split<'e>(&self, e: &'e Expr, span: &Span, and: bool, out: &mut Vec<(&'e Expr, Span)>) -> Result<(), Hidden> {
        let span = self.bare(e, span);
        let (pair, word) = match &e.kind {
            Kind::And(pair) if and => (pair, "and"),
            Kind::Or(pair) if !and => (pair, "or"),
            _ => {
                out.push((e, span));
                return Ok(());
            }
        };
        let at = e.at as usize;
        if !(span.contains(&at) && self.page.text[at..span.end].starts_with(word)) {
            return hidden(at, "where this begins and ends cannot be told");
        }
        self.split(&pair.0, &(span.start..at), and, out)?;
        self.split(&pair.1, &(at + word.len()..span.end), and, out)
    }

    /// The part without white space and brackets around the whole expression.
    fn bare(&self, e: &Expr, span: &Span) -> Span {
        let mut span = self.page.trimmed(span);
        loop {
            let raw = &self.page.text[span.clone()];
            let inner = span.start + 1..span.end.saturating_sub(1);
            let wraps = raw.starts_with('(') && raw.ends_with(')') && closing(raw) == Some(raw.len() - 1);
            if !wraps || !inner.contains(&(e.at as usize)) {
                return span;
            }
            span = self.page.trimmed(&inner);
        }
    }

    fn row(&self, e: &Expr, span: &Span) -> Result<Placed, Hidden> {
        let whole = span.clone();
        let at = e.at as usize;
        let put = |fact: String, comparison, value, place: Span| {
            let row = Row { group: 0, fact, comparison, value };
            Ok(Placed { row, whole: whole.clone(), value: place })
        };
        let nothing = whole.end..whole.end;
        match &e.kind {
            Kind::Input(_) | Kind::Decision(_) => put(self.fact(e, span)?, Comparison::Yes, Operand::Nothing, nothing),
            Kind::Call(callee, Arguments::Positional(list)) if callee.is_builtin("not") && list.len() == 1 => {
                self.negated(&list[0], at, span)
            }
            Kind::Compare(op, pair) => {
                let (left, right) = (span.start..at, at + self.sign(at, span)?..span.end);
                let (fact, op, other, place) = match self.fact(&pair.0, &left) {
                    Ok(fact) => (fact, *op, &pair.1, right),
                    Err(_) => (self.fact(&pair.1, &right)?, turned(*op), &pair.0, left),
                };
                let value = self.operand(other)?;
                put(fact, comparison(op), value, self.page.trimmed(&place))
            }
            Kind::Between(three) => {
                let fact = self.fact(&three.0, &(span.start..at))?;
                let (low, high) = (self.scalar(&three.1)?, self.scalar(&three.2)?);
                let value = Operand::Range { low, low_closed: true, high, high_closed: true };
                put(fact, Comparison::In, value, nothing)
            }
            Kind::AnyOf(tests) => {
                let fact = self.tested(tests, &(span.start..at), at)?;
                put(fact, Comparison::In, self.listed(tests, at)?, self.page.trimmed(&(at + 2..span.end)))
            }
            Kind::In(left, tests) => {
                let fact = self.fact(left, &(span.start..at))?;
                put(fact, Comparison::In, self.listed(tests, at)?, self.page.trimmed(&(at + 2..span.end)))
            }
            _ => hidden(span.start, "this is no comparison of a fact with a value"),
        }
    }

    /// `not(…)` of a truth, or of a list.
    fn negated(&self, inner: &Expr, at: usize, span: &Span) -> Result<Placed, Hidden> {
        let raw = &self.page.text[at.min(span.end)..span.end];
        if closing(raw) != Some(raw.len().wrapping_sub(1)) {
            return hidden(at, "where this begins and ends cannot be told");
        }
        let inside = self.bare(inner, &(at + 1..span.end - 1));
        let placed = self.row(inner, &inside)?;
        let comparison = match placed.row.comparison {
            Comparison::Yes => Comparison::No,
            Comparison::In => Comparison::NotIn,
            _ => return hidden(at, "`not` of this is no comparison of a fact with a value"),
        };
        Ok(Placed { row: Row { comparison, ..placed.row }, whole: span.clone(), value: placed.value })
    }

    /// How many bytes the comparison's sign takes in the file.
    fn sign(&self, at: usize, span: &Span) -> Result<usize, Hidden> {
        let raw = self.page.text.get(at..span.end).unwrap_or("");
        let signs = ["!=", "&lt;=", "&gt;=", "<=", ">=", "&lt;", "&gt;", "<", ">", "="];
        match signs.iter().find(|s| raw.starts_with(**s)) {
            Some(sign) => Ok(sign.len()),
            None => hidden(at, "where this begins and ends cannot be told"),
        }
    }

    /// The name of an input or decision that stands alone.
    fn fact(&self, e: &Expr, span: &Span) -> Result<String, Hidden> {
        let Some(name) = self.name(e) else { return hidden(span.start, "this is no fact by its name") };
        let written = name::normal(self.page.plain(span, self.verbatim).trim());
        if *written == *name { Ok(name.to_string()) } else { hidden(span.start, "this is no fact by its name") }
    }

    fn name(&self, e: &Expr) -> Option<Arc<str>> {
        match e.kind {
            Kind::Input(slot) => self.program.inputs.get(slot as usize).map(|i| i.name.clone()),
            Kind::Decision(slot) => self.program.decisions.get(slot as usize).map(|d| d.name.clone()),
            _ => None,
        }
    }

    /// The fact that tests of a list all ask of.
    fn tested(&self, tests: &[Expr], span: &Span, at: usize) -> Result<String, Hidden> {
        let Some(Kind::Matches(pair)) = tests.first().map(|t| &t.kind) else {
            return hidden(at, "this is no list of values");
        };
        self.fact(&pair.0, span)
    }

    fn operand(&self, e: &Expr) -> Result<Operand, Hidden> {
        if let Some(value) = constant(self.program, e) {
            return self.plain_value(value, e).map(|value| Operand::Constant { value });
        }
        if let Some(name) = self.name(e) {
            return Ok(Operand::Fact { name: name.to_string() });
        }
        if let Kind::Arith(op @ (Arith::Add | Arith::Subtract), pair) = &e.kind
            && let (Some(name), Some(by)) = (self.name(&pair.0), constant(self.program, &pair.1))
        {
            let by = self.plain_value(by, e)?;
            return Ok(Operand::Moved { name: name.to_string(), less: *op == Arith::Subtract, by });
        }
        hidden(e.at as usize, "this value is computed in a way that the table does not show")
    }

    fn scalar(&self, e: &Expr) -> Result<Value, Hidden> {
        match constant(self.program, e) {
            Some(value) => self.plain_value(value, e),
            None => hidden(e.at as usize, "this is no constant"),
        }
    }

    fn plain_value(&self, value: Value, e: &Expr) -> Result<Value, Hidden> {
        match value {
            Value::Boolean(_) | Value::Number(_) | Value::String(_) | Value::Date(_) | Value::Time(_) => Ok(value),
            Value::DateTime(_) | Value::Months(_) | Value::DaysTime(_) => Ok(value),
            _ => hidden(e.at as usize, "this is no single value"),
        }
    }

    /// What stands after `in`: constants, or one range.
    fn listed(&self, tests: &[Expr], at: usize) -> Result<Operand, Hidden> {
        let mut values = Vec::new();
        for test in tests {
            let Kind::Matches(pair) = &test.kind else { return hidden(at, "this is no list of values") };
            let Some(wanted) = constant(self.program, &pair.1) else { return hidden(at, "this is no constant") };
            match wanted {
                Value::Range(range) if tests.len() == 1 => return self.range(&range, &pair.1),
                Value::List(items) => {
                    for item in items.iter() {
                        values.push(self.plain_value(item.clone(), &pair.1)?);
                    }
                }
                value => values.push(self.plain_value(value, &pair.1)?),
            }
        }
        if values.is_empty() { hidden(at, "the list is empty") } else { Ok(Operand::List { values }) }
    }

    fn range(&self, range: &crate::value::Range, e: &Expr) -> Result<Operand, Hidden> {
        if range.form != Form::Interval || range.low.is_null() || range.high.is_null() {
            return hidden(e.at as usize, "this is no range between two values");
        }
        let (low, high) = (range.low.clone(), range.high.clone());
        Ok(Operand::Range { low, low_closed: range.low_closed, high, high_closed: range.high_closed })
    }

    fn table(&self, table: &Table, logic: Node<'_, '_>) -> Result<Sheet, Hidden> {
        let columns: Vec<String> = table.columns.iter().map(|c| c.text.to_string()).collect();
        let mut rules = Vec::new();
        for (rule, node) in table.rules.iter().zip(xml::children(logic, "rule")) {
            let mut cells = Vec::new();
            for ((test, fact), cell) in rule.tests.iter().zip(&columns).zip(xml::children(node, "inputEntry")) {
                let words = self.page.words(cell)?;
                if has_comment(&self.page.text[words.span.clone()]) {
                    return hidden(words.span.start, "the cell bears a comment that this table would lose");
                }
                cells.push((self.cell(test, fact)?, words));
            }
            let mut results = Vec::new();
            for (output, cell) in rule.outputs.iter().zip(xml::children(node, "outputEntry")) {
                results.push((self.operand(output)?, self.page.words(cell)?));
            }
            rules.push(SheetRule { id: node.attribute("id").unwrap_or("").to_owned(), cells, results });
        }
        Ok(Sheet::Table { columns, rules })
    }

    /// A cell over its column's value.
    fn cell(&self, e: &Expr, fact: &str) -> Result<Option<Row>, Hidden> {
        let at = e.at as usize;
        let row = |comparison, value| Ok(Some(Row { group: 0, fact: fact.to_owned(), comparison, value }));
        match &e.kind {
            Kind::Constant(Value::Boolean(true)) => Ok(None),
            Kind::Compare(op, pair) if is_tested(&pair.0) => row(comparison(*op), self.operand(&pair.1)?),
            Kind::Matches(pair) => match constant(self.program, &pair.1) {
                Some(Value::Boolean(true)) => row(Comparison::Yes, Operand::Nothing),
                Some(Value::Boolean(false)) => row(Comparison::No, Operand::Nothing),
                Some(Value::Range(_) | Value::List(_)) => {
                    row(Comparison::In, self.listed(std::slice::from_ref(e), at)?)
                }
                _ => row(Comparison::Equal, self.operand(&pair.1)?),
            },
            Kind::AnyOf(tests) => row(Comparison::In, self.listed(tests, at)?),
            Kind::Not(inner) => match &inner.kind {
                Kind::AnyOf(tests) => match self.listed(tests, at)? {
                    Operand::List { values } if values.len() == 1 => {
                        let value = values.into_iter().next().unwrap_or_default();
                        row(Comparison::NotEqual, Operand::Constant { value })
                    }
                    other => row(Comparison::NotIn, other),
                },
                _ => hidden(at, "`not` of this is no comparison of a fact with a value"),
            },
            _ => hidden(at, "this cell is no comparison of its column with a value"),
        }
    }
}

fn is_tested(e: &Expr) -> bool {
    matches!(e.kind, Kind::Input(_) | Kind::Local(_))
}

const fn comparison(op: Compare) -> Comparison {
    match op {
        Compare::Equal => Comparison::Equal,
        Compare::NotEqual => Comparison::NotEqual,
        Compare::Less => Comparison::Less,
        Compare::LessOrEqual => Comparison::LessOrEqual,
        Compare::Greater => Comparison::Greater,
        Compare::GreaterOrEqual => Comparison::GreaterOrEqual,
    }
}

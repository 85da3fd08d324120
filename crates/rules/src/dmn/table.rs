//! Decision tables from XML.

use std::sync::Arc;

use roxmltree::Node;

use super::boxed::{Read, Writer};
use super::xml;
use crate::feel::ast::{Expr, Kind};
use crate::feel::name::{self, Binding};
use crate::program::TableLabel;
use crate::table::{Aggregate, Column, Hit, Output, Rule, Table};
use crate::value::Value;

/// Most cells of one table.
const MAX_CELLS: usize = 400_000;

impl<'d> Writer<'_, 'd> {
    pub(super) fn table(&mut self, node: Node<'d, 'd>) -> Expr {
        let rules: Vec<_> = xml::children(node, "rule").collect();
        let inputs: Vec<_> = xml::children(node, "input").collect();
        let outputs: Vec<_> = xml::children(node, "output").collect();
        if rules.len().saturating_mul(inputs.len() + outputs.len()) > MAX_CELLS {
            let message = format!("the decision table has more than {MAX_CELLS} cells");
            return self.refuse(node, "too_large", &message, "split the table");
        }
        let Some(hit) = hit_policy(node) else {
            let word = |name| node.attribute(name).unwrap_or_default();
            let read = format!("{} {}", word("hitPolicy"), word("aggregation"));
            let message = format!("the hit policy `{}` is not known", read.trim());
            let mend = "use UNIQUE, ANY, FIRST, PRIORITY, RULE ORDER, OUTPUT ORDER, or COLLECT with or without SUM, COUNT, \
                        MIN or MAX";
            return self.refuse(node, "hit_policy", &message, mend);
        };
        let mark = self.scope.mark();
        let depth = self.scope.depth();
        let columns = self.columns(&inputs);
        let outputs: Vec<Output> = outputs.into_iter().map(|o| self.output(o)).collect();
        let rules: Vec<Rule> = rules.iter().map(|r| self.rule(*r, &columns, outputs.len())).collect();
        self.scope.reset(mark);
        let columns = columns.into_iter().map(|(c, _)| c).collect();
        let ids = xml::children(node, "rule").map(|r| Arc::from(r.attribute("id").unwrap_or(""))).collect();
        let place = u32::try_from(self.compiler.tables.len()).unwrap_or(u32::MAX);
        self.compiler.tables.push(TableLabel { owner: self.owner.clone(), rules: ids });
        let table = Table { place, depth, hit, columns, outputs, rules };
        self.node(Kind::Table(Box::new(table)), xml::start(node))
    }

    /// The columns of conditions, and what `?` means in each.
    fn columns(&mut self, inputs: &[Node<'d, 'd>]) -> Vec<(Column, Binding)> {
        let mut out = Vec::new();
        for input in inputs {
            let source = xml::child(*input, "inputExpression").and_then(|e| self.text_of(e));
            let text = Arc::from(source.as_ref().map_or("", |s| s.text.trim()));
            let expression = match source {
                Some(source) => self.parse(source, Read::Expression),
                None => self.refuse(*input, "no_logic", "the column has no expression", "name the input it reads"),
            };
            let kept = !matches!(expression.kind, Kind::Input(_) | Kind::Constant(_) | Kind::Local(_));
            let binding = if kept {
                Binding::Local(self.scope.push_local(""))
            } else {
                Binding::Alias(Box::new(expression.clone()))
            };
            out.push((Column { text, expression, kept, allowed: None }, binding));
        }
        for (input, (column, _)) in inputs.iter().zip(&mut out) {
            let allowed = xml::child(*input, "inputValues").and_then(|v| self.text_of(v));
            column.allowed = allowed.filter(|s| !s.text.trim().is_empty()).map(|source| {
                let mark = self.scope.mark();
                self.scope.push_local("?");
                let tests = self.parse(source, Read::Tests);
                self.scope.reset(mark);
                tests
            });
        }
        out
    }

    fn output(&mut self, node: Node<'d, 'd>) -> Output {
        let of = self.type_of(node);
        let name = node.attribute("name").map(name::normal);
        let source = xml::child(node, "outputValues").and_then(|v| self.text_of(v));
        let mut values = Vec::new();
        if let Some(source) = source.filter(|s| !s.text.trim().is_empty()) {
            let mark = self.scope.mark();
            self.scope.push_local("?");
            let tests = self.parse(source, Read::Tests);
            self.scope.reset(mark);
            values = match tests.kind {
                Kind::AnyOf(list) => list,
                _ => vec![tests],
            };
        }
        let default = xml::child(node, "defaultOutputEntry").and_then(|d| self.text_of(d));
        let default = default.filter(|s| !s.text.trim().is_empty()).map(|s| self.parse(s, Read::Expression));
        Output { name, of, values, default }
    }

    fn rule(&mut self, node: Node<'d, 'd>, columns: &[(Column, Binding)], outputs: usize) -> Rule {
        let at = xml::start(node);
        let cells: Vec<_> = xml::children(node, "inputEntry").collect();
        let results: Vec<_> = xml::children(node, "outputEntry").collect();
        if cells.len() != columns.len() || results.len() != outputs {
            let message = format!(
                "the rule has {} condition cells and {} result cells, expected {} and {outputs}",
                cells.len(),
                results.len(),
                columns.len()
            );
            let refused = self.refuse(node, "table_shape", &message, "give every column a cell");
            let outputs = (0..outputs).map(|_| refused.clone()).collect();
            return Rule { tests: vec![refused], outputs };
        }
        let tests = cells.into_iter().zip(columns).map(|(cell, (_, binding))| self.cell(cell, binding)).collect();
        let outputs = results.into_iter().map(|cell| match self.text_of(cell) {
            Some(source) if !source.text.trim().is_empty() && source.text.trim() != "-" => {
                self.parse(source, Read::Expression)
            }
            _ => Expr::constant(Value::Null, at),
        });
        let outputs = outputs.collect();
        Rule { tests, outputs }
    }

    fn cell(&mut self, cell: Node<'d, 'd>, tested: &Binding) -> Expr {
        let Some(source) = self.text_of(cell).filter(|s| !s.text.trim().is_empty()) else {
            return Expr::constant(Value::Boolean(true), xml::start(cell));
        };
        let mark = self.scope.mark();
        self.scope.bind("?", tested.clone());
        let e = self.parse(source, Read::Tests);
        self.scope.reset(mark);
        e
    }
}

fn hit_policy(node: Node<'_, '_>) -> Option<Hit> {
    let aggregate = match node.attribute("aggregation") {
        None => None,
        Some("SUM") => Some(Aggregate::Sum),
        Some("COUNT") => Some(Aggregate::Count),
        Some("MIN") => Some(Aggregate::Min),
        Some("MAX") => Some(Aggregate::Max),
        Some(_) => return None,
    };
    Some(match node.attribute("hitPolicy").unwrap_or("UNIQUE") {
        "UNIQUE" => Hit::Unique,
        "ANY" => Hit::Any,
        "PRIORITY" => Hit::Priority,
        "FIRST" => Hit::First,
        "RULE ORDER" => Hit::RuleOrder,
        "OUTPUT ORDER" => Hit::OutputOrder,
        "COLLECT" => Hit::Collect(aggregate),
        _ => return None,
    })
}

//! Decision tables: which rules match, and what the hit policy makes of them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use crate::eval::{Fired, Machine, Read};
use crate::feel::ast::{Expr, Kind};
use crate::value::{Context, Number, Type, Value};

/// What becomes of the rules that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    Unique,
    Any,
    Priority,
    First,
    RuleOrder,
    OutputOrder,
    Collect(Option<Aggregate>),
}

/// What a collecting table does with its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Sum,
    Count,
    Min,
    Max,
}

/// A column of conditions.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// As it is written.
    pub text: Arc<str>,
    pub expression: Expr,
    /// The value is kept as a local while the table runs; otherwise its tests read it where it stands.
    pub kept: bool,
    /// Tests of the allowed values, over a local after the kept columns.
    pub allowed: Option<Expr>,
}

/// A column of results.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub name: Option<Arc<str>>,
    pub of: Type,
    /// Tests of the allowed values, in order of priority, over a local after the kept columns.
    pub values: Vec<Expr>,
    pub default: Option<Expr>,
}

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub tests: Vec<Expr>,
    pub outputs: Vec<Expr>,
}

/// A decision table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Its place in the program's list of tables.
    pub place: u32,
    /// Locals that are alive around it: the place of the first column that is kept.
    pub depth: u32,
    pub hit: Hit,
    pub columns: Vec<Column>,
    pub outputs: Vec<Output>,
    pub rules: Vec<Rule>,
}

impl Table {
    pub(crate) fn for_each_expression<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        for column in &self.columns {
            see(&column.expression);
            column.allowed.iter().for_each(&mut *see);
        }
        for output in &self.outputs {
            output.values.iter().chain(&output.default).for_each(&mut *see);
        }
        for rule in &self.rules {
            rule.tests.iter().chain(&rule.outputs).for_each(&mut *see);
        }
    }

    pub(crate) fn evaluate<'a>(&'a self, machine: &mut Machine<'a>, at: u32) -> Read<'a> {
        self.evaluate_over(machine, None, at)
    }

    /// The same over values that are given for the columns. A column that is not kept is read where it stands all the
    /// same, and must hold its value there.
    pub(crate) fn evaluate_over<'a>(&'a self, machine: &mut Machine<'a>, given: Option<&[Value]>, at: u32) -> Read<'a> {
        let mark = machine.locals();
        let result = if self.open_columns(machine, given) { self.decide(machine, at) } else { None };
        machine.truncate(mark);
        match result {
            Some(value) => value,
            None => machine.null(at, "the decision table gives no result"),
        }
    }

    /// Computes the columns; false when a value is not allowed.
    fn open_columns<'a>(&'a self, machine: &mut Machine<'a>, given: Option<&[Value]>) -> bool {
        let value = |machine: &mut Machine<'a>, i: usize| match given.and_then(|g| g.get(i)) {
            Some(value) => value.clone(),
            None => machine.eval(&self.columns[i].expression).into_owned(),
        };
        for (i, _) in self.columns.iter().enumerate().filter(|(_, c)| c.kept) {
            let value = value(machine, i);
            machine.push(value);
        }
        self.columns.iter().enumerate().all(|(i, column)| {
            let Some(allowed) = &column.allowed else { return true };
            let value = value(machine, i);
            let mark = machine.locals();
            machine.push(value);
            let passed = machine.truth(allowed) == Some(true);
            machine.truncate(mark);
            if !passed {
                machine.note(column.expression.at, "the value is not among the column's allowed values");
            }
            passed
        })
    }

    fn decide<'a>(&'a self, machine: &mut Machine<'a>, at: u32) -> Option<Read<'a>> {
        let start = machine.fired.len();
        for (i, rule) in self.rules.iter().enumerate() {
            if self.rule_matches(machine, rule) {
                machine.fired.push(Fired { table: self.place, rule: u32::try_from(i).unwrap_or(u32::MAX) });
                if self.hit == Hit::First {
                    break;
                }
            }
        }
        let matched: usize = machine.fired.len() - start;
        if matched == 0 {
            return self.no_match(machine);
        }
        let row = |machine: &Machine<'a>, i: usize| machine.fired[start + i].rule as usize;
        match self.hit {
            Hit::Unique if matched > 1 => {
                machine.note(at, "more than one rule matches, but the hit policy is UNIQUE");
                None
            }
            Hit::Unique | Hit::First | Hit::Any | Hit::Priority if matched == 1 || self.hit == Hit::First => {
                let first = row(machine, 0);
                Some(self.result(machine, first))
            }
            _ => {
                let rows = (0..matched).map(|i| row(machine, i)).collect::<Vec<_>>();
                self.many(machine, &rows, at)
            }
        }
    }

    fn rule_matches<'a>(&'a self, machine: &mut Machine<'a>, rule: &'a Rule) -> bool {
        rule.tests.iter().all(|test| match &test.kind {
            Kind::Constant(Value::Boolean(true)) => true,
            _ => machine.truth(test) == Some(true),
        })
    }

    /// The outputs of one rule: a value, or a context when the outputs have names.
    fn result<'a>(&'a self, machine: &mut Machine<'a>, row: usize) -> Read<'a> {
        let rule = &self.rules[row];
        if let ([output], [cell]) = (self.outputs.as_slice(), rule.outputs.as_slice()) {
            let value = machine.eval(cell);
            return machine.coerce(value, &output.of, cell.at);
        }
        let mut context = Context::new();
        for (output, cell) in self.outputs.iter().zip(&rule.outputs) {
            let value = machine.eval(cell);
            let value = machine.coerce(value, &output.of, cell.at).into_owned();
            context.insert(output.name.clone().unwrap_or_default(), value);
        }
        Cow::Owned(Value::Context(Arc::new(context)))
    }

    fn no_match<'a>(&'a self, machine: &mut Machine<'a>) -> Option<Read<'a>> {
        if self.outputs.iter().all(|o| o.default.is_none()) {
            return match self.hit {
                Hit::Collect(Some(Aggregate::Count)) => Some(Cow::Owned(Value::Number(Number::ZERO))),
                Hit::Collect(None) | Hit::RuleOrder | Hit::OutputOrder => Some(Cow::Owned(Value::list(Vec::new()))),
                _ => None,
            };
        }
        if let [output] = self.outputs.as_slice() {
            return output.default.as_ref().map(|d| machine.eval(d));
        }
        let mut context = Context::new();
        for output in &self.outputs {
            let value = output.default.as_ref().map_or(Value::Null, |d| machine.eval(d).into_owned());
            context.insert(output.name.clone().unwrap_or_default(), value);
        }
        Some(Cow::Owned(Value::Context(Arc::new(context))))
    }

    /// The policies that look at all matching rules.
    fn many<'a>(&'a self, machine: &mut Machine<'a>, rows: &[usize], at: u32) -> Option<Read<'a>> {
        let mut results: Vec<Value> = rows.iter().map(|row| self.result(machine, *row).into_owned()).collect();
        match self.hit {
            Hit::Any => {
                let same = results.windows(2).all(|w| w[0].equals(&w[1]) == Some(true));
                if !same {
                    machine.note(at, "rules with different results match, but the hit policy is ANY");
                    return None;
                }
                results.into_iter().next().map(Cow::Owned)
            }
            Hit::Priority | Hit::OutputOrder => {
                let mut ranked: Vec<(Vec<usize>, Value)> =
                    results.into_iter().map(|r| (self.rank(machine, &r), r)).collect();
                ranked.sort_by(|a, b| a.0.cmp(&b.0));
                let mut ordered = ranked.into_iter().map(|(_, value)| value);
                if self.hit == Hit::Priority {
                    return ordered.next().map(Cow::Owned);
                }
                Some(Cow::Owned(Value::list(ordered.collect())))
            }
            Hit::Collect(Some(aggregate)) => aggregated(aggregate, &results).map(Cow::Owned),
            _ => Some(Cow::Owned(Value::list(std::mem::take(&mut results)))),
        }
    }

    /// The rank of a rule's results, one for each output.
    pub(crate) fn rank_of<'a>(&'a self, machine: &mut Machine<'a>, outputs: &[Value]) -> Vec<usize> {
        let value = match (outputs, self.outputs.as_slice()) {
            ([one], [_]) => one.clone(),
            _ => {
                let names = self.outputs.iter().map(|o| o.name.clone().unwrap_or_default());
                Value::context(names.zip(outputs.iter().cloned()).collect::<Vec<_>>())
            }
        };
        // The tests of the outputs' values stand over a local after the kept columns.
        let before = self.depth as usize + self.columns.iter().filter(|c| c.kept).count();
        (machine.locals()..before).for_each(|_| machine.push(Value::Null));
        let rank = self.rank(machine, &value);
        machine.truncate(0);
        rank
    }

    /// The places of a result's outputs in the lists of allowed values: the smaller goes first.
    fn rank<'a>(&'a self, machine: &mut Machine<'a>, result: &Value) -> Vec<usize> {
        let mut rank = Vec::new();
        for output in self.outputs.iter().filter(|o| !o.values.is_empty()) {
            let value = match (result, &output.name) {
                (Value::Context(c), Some(name)) if self.outputs.len() > 1 => c.get(name).cloned().unwrap_or_default(),
                _ => result.clone(),
            };
            let mark = machine.locals();
            machine.push(value);
            let place = output.values.iter().position(|test| matches!(*machine.eval(test), Value::Boolean(true)));
            machine.truncate(mark);
            rank.push(place.unwrap_or(usize::MAX));
        }
        rank
    }
}

/// Sum, count, smallest or largest of the outputs.
fn aggregated(aggregate: Aggregate, results: &[Value]) -> Option<Value> {
    let better = |wanted: Ordering| {
        let mut best = results.first()?.clone();
        for value in results {
            if value.compare(&best)? == wanted {
                best = value.clone();
            }
        }
        Some(best)
    };
    match aggregate {
        Aggregate::Count => Some(Value::Number(Number::from(results.len()))),
        Aggregate::Min => better(Ordering::Less),
        Aggregate::Max => better(Ordering::Greater),
        Aggregate::Sum => {
            let (first, rest) = results.split_first()?;
            rest.iter().try_fold(first.clone(), |sum, v| crate::eval::arithmetic(crate::feel::ast::Arith::Add, &sum, v))
        }
    }
}

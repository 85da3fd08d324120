//! Reading a condition: at which values of the mutable inputs can it turn?
//!
//! A condition's truth can only turn where the two sides of one of its comparisons meet. So it is enough to know the
//! sides: constants, inputs, inputs moved by a constant, the days, months or years between two of those. What reads no
//! mutable input at all is a constant here, however it is computed.

use std::collections::BTreeSet;

use crate::eval::{Machine, arithmetic};
use crate::feel::ast::{Arguments, Arith, Expr, Kind};
use crate::program::Program;
use crate::proof::{Unclear, constant, reads, unclear};
use crate::table::Table;
use crate::value::Value;

/// Most sides that one expression may come to.
const MAX_SIDES: usize = 512;
/// How deep decisions and expressions are followed.
const MAX_DEPTH: u32 = 200;

/// A side of a comparison: what stands there, or may stand there.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Constant(Value),
    /// A mutable input with what is added to it, one after the other.
    Moved {
        input: u32,
        by: Vec<Value>,
    },
    /// How many whole units lie between two days.
    Span {
        from: Box<Term>,
        to: Box<Term>,
        unit: Unit,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Days,
    Years,
}

/// Two sides that can meet.
#[derive(Clone, Debug)]
pub(crate) struct Meeting {
    pub(super) left: Term,
    pub(super) right: Term,
}

/// Reads conditions over given inputs, of which some may change.
pub(crate) struct Reader<'p> {
    program: &'p Program,
    values: &'p [Value],
    mutable: &'p BTreeSet<u32>,
    /// What the locals of the tables and tests around stand for.
    locals: Vec<(u32, &'p Expr)>,
    pub(crate) meetings: Vec<Meeting>,
    depth: u32,
}

type Sides = Result<Vec<Term>, Unclear>;
type Done = Result<(), Unclear>;

impl<'p> Reader<'p> {
    pub(crate) fn new(program: &'p Program, values: &'p [Value], mutable: &'p BTreeSet<u32>) -> Self {
        Self { program, values, mutable, locals: Vec::new(), meetings: Vec::new(), depth: 0 }
    }

    /// Whether an expression can come out otherwise when a mutable input changes.
    fn changes(&self, e: &Expr) -> bool {
        let (mut inputs, mut locals) = (BTreeSet::new(), BTreeSet::new());
        reads(self.program, e, &mut inputs, &mut locals);
        let local = |slot: &u32| self.bound(*slot).is_none_or(|e| self.changes(e));
        !inputs.is_disjoint(self.mutable) || locals.iter().any(local)
    }

    fn bound(&self, slot: u32) -> Option<&'p Expr> {
        self.locals.iter().rev().find(|(s, _)| *s == slot).map(|(_, e)| *e)
    }

    /// The value of what does not change.
    fn fixed(&self, e: &'p Expr) -> Sides {
        if let Some(value) = constant(self.program, e) {
            return Ok(vec![Term::Constant(value)]);
        }
        if let Kind::Local(slot) = e.kind
            && let Some(bound) = self.bound(slot)
        {
            return self.fixed(bound);
        }
        let mut own_locals = false;
        e.walk(&mut |e| own_locals |= matches!(e.kind, Kind::Local(_)));
        // Outside of tables and tests every local is bound by the expression itself.
        if own_locals && !self.locals.is_empty() {
            return unclear(e.at, "this computes with a value that only its table knows");
        }
        let mut machine = Machine::new(self.program, self.values, None);
        machine.strict = true;
        let value = machine.eval(e).into_owned();
        if machine.fault.is_some() || value.is_null() {
            return unclear(e.at, "this has no value over the given inputs");
        }
        Ok(vec![Term::Constant(value)])
    }

    fn deeper<T>(&mut self, at: u32, run: impl FnOnce(&mut Self) -> Result<T, Unclear>) -> Result<T, Unclear> {
        if self.depth >= MAX_DEPTH {
            return unclear(at, "this is too deep to be analysed");
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// Reads a truth: its comparisons become meetings.
    pub(crate) fn truth(&mut self, e: &'p Expr) -> Done {
        if !self.changes(e) {
            return Ok(());
        }
        self.deeper(e.at, |this| this.truth_of(e))
    }

    fn truth_of(&mut self, e: &'p Expr) -> Done {
        match &e.kind {
            // Both truth values are tried of every mutable one.
            Kind::Input(_) => Ok(()),
            Kind::Local(slot) => match self.bound(*slot) {
                Some(bound) => self.truth(bound),
                None => unclear(e.at, "this reads a value that only its function knows"),
            },
            Kind::Decision(slot) => self.below(*slot, e.at, Self::truth),
            Kind::Typed(inner, _) | Kind::Not(inner) => self.truth(inner),
            Kind::And(pair) | Kind::Or(pair) => {
                self.truth(&pair.0)?;
                self.truth(&pair.1)
            }
            Kind::AnyOf(list) => list.iter().try_for_each(|t| self.truth(t)),
            Kind::If(three) | Kind::Choose(three) => {
                self.truth(&three.0)?;
                self.truth(&three.1)?;
                self.truth(&three.2)
            }
            Kind::Compare(_, pair) => self.meet(&pair.0, &pair.1),
            Kind::Between(three) => {
                self.meet(&three.0, &three.1)?;
                self.meet(&three.0, &three.2)
            }
            Kind::Matches(pair) => self.matches(&pair.0, &pair.1),
            Kind::In(value, tests) => self.is_in(value, tests, e.at),
            Kind::Table(table) => self.table(table, e.at, Self::truth),
            Kind::Call(callee, Arguments::Positional(list)) if callee.is_builtin("not") && list.len() == 1 => {
                self.truth(&list[0])
            }
            _ => unclear(e.at, "this is no comparison that is analysed"),
        }
    }

    /// Reads the logic of a decision, which knows nothing of the locals here.
    fn below<T>(
        &mut self,
        slot: u32,
        at: u32,
        read: impl FnOnce(&mut Self, &'p Expr) -> Result<T, Unclear>,
    ) -> Result<T, Unclear> {
        let Some(node) = self.program.decisions.get(slot as usize) else {
            return unclear(at, "there is no such decision");
        };
        let outer = std::mem::take(&mut self.locals);
        let result = read(self, &node.body);
        self.locals = outer;
        result
    }

    fn meet(&mut self, a: &'p Expr, b: &'p Expr) -> Done {
        if self.is_truth(a) || self.is_truth(b) {
            self.truth(a)?;
            return self.truth(b);
        }
        let left = self.sides(a)?;
        let right = self.sides(b)?;
        self.pair(&left, &right, a.at)
    }

    /// Whether both sides are truths: what turns one turns the comparison.
    fn is_truth(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Constant(Value::Boolean(_)) => true,
            Kind::Input(slot) => {
                self.program.inputs.get(*slot as usize).is_some_and(|i| *i.of.base() == crate::value::Type::Boolean)
            }
            Kind::Decision(slot) => {
                self.program.decisions.get(*slot as usize).is_some_and(|d| *d.of.base() == crate::value::Type::Boolean)
            }
            Kind::Local(slot) => self.bound(*slot).is_some_and(|e| self.is_truth(e)),
            Kind::Compare(..) | Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::AnyOf(_) | Kind::Matches(_) => true,
            _ => false,
        }
    }

    fn pair(&mut self, left: &[Term], right: &[Term], at: u32) -> Done {
        for a in left {
            for b in right {
                match (a, b) {
                    (Term::Constant(_), Term::Constant(_)) => {}
                    (Term::Span { .. }, Term::Span { .. } | Term::Moved { .. })
                    | (Term::Moved { .. }, Term::Span { .. }) => {
                        return unclear(at, "a count of days, months or years is compared with what may change, too");
                    }
                    _ => self.meetings.push(Meeting { left: a.clone(), right: b.clone() }),
                }
            }
        }
        if self.meetings.len() > MAX_SIDES * 8 { unclear(at, "there are too many comparisons") } else { Ok(()) }
    }

    /// What a test's expression may be: a value, a list of such, or a range.
    fn matches(&mut self, tested: &'p Expr, wanted: &'p Expr) -> Done {
        if self.is_truth(tested) {
            self.truth(tested)?;
            return self.truth(wanted);
        }
        let left = self.sides(tested)?;
        self.wanted(&left, wanted)
    }

    fn wanted(&mut self, left: &[Term], wanted: &'p Expr) -> Done {
        match &wanted.kind {
            Kind::List(items) => items.iter().try_for_each(|i| self.wanted(left, i)),
            Kind::Range { low, high, .. } => low.iter().chain(high).try_for_each(|end| {
                let right = self.sides(end)?;
                self.pair(left, &right, end.at)
            }),
            Kind::Point(_, inner) => self.wanted(left, inner),
            _ => {
                let right = self.sides(wanted)?;
                let mut flat = Vec::new();
                right.into_iter().for_each(|term| flatten(term, &mut flat));
                self.pair(left, &flat, wanted.at)
            }
        }
    }

    fn is_in(&mut self, value: &'p Expr, tests: &'p [Expr], at: u32) -> Done {
        let mut slots = BTreeSet::new();
        for test in tests {
            test.walk(&mut |e| {
                if let Kind::Local(slot) = e.kind
                    && self.bound(slot).is_none()
                {
                    slots.insert(slot);
                }
            });
        }
        let mut slots = slots.into_iter();
        let (Some(slot), None) = (slots.next(), slots.next()) else {
            return unclear(at, "what is tested here cannot be told");
        };
        self.locals.push((slot, value));
        let done = tests.iter().try_for_each(|t| self.truth(t));
        self.locals.pop();
        done
    }

    /// A table: its cells are truths, its results are read as the caller reads them.
    fn table<T>(
        &mut self,
        table: &'p Table,
        at: u32,
        mut read: impl FnMut(&mut Self, &'p Expr) -> Result<T, Unclear>,
    ) -> Result<(), Unclear> {
        let [_] = table.outputs.as_slice() else { return unclear(at, "the table has several results") };
        if matches!(
            table.hit,
            crate::table::Hit::Collect(_) | crate::table::Hit::RuleOrder | crate::table::Hit::OutputOrder
        ) {
            return unclear(at, "the table collects results");
        }
        let mark = self.locals.len();
        let mut slot = table.depth;
        for column in table.columns.iter().filter(|c| c.kept) {
            self.locals.push((slot, &column.expression));
            slot += 1;
        }
        let mut done = Ok(());
        for column in &table.columns {
            if let Some(allowed) = &column.allowed {
                self.locals.push((slot, &column.expression));
                done = done.and_then(|()| self.truth(allowed));
                self.locals.pop();
            }
        }
        for rule in &table.rules {
            done = done.and_then(|()| rule.tests.iter().try_for_each(|t| self.truth(t)));
            done = done.and_then(|()| rule.outputs.iter().try_for_each(|o| read(self, o).map(drop)));
        }
        let defaults = table.outputs.iter().filter_map(|o| o.default.as_ref());
        for default in defaults {
            done = done.and_then(|()| read(self, default).map(drop));
        }
        self.locals.truncate(mark);
        done
    }

    /// Everything that an expression may come to.
    fn sides(&mut self, e: &'p Expr) -> Sides {
        if !self.changes(e) {
            return self.fixed(e);
        }
        let sides = self.deeper(e.at, |this| this.sides_of(e))?;
        if sides.len() > MAX_SIDES { unclear(e.at, "this may come to too many values") } else { Ok(sides) }
    }

    fn sides_of(&mut self, e: &'p Expr) -> Sides {
        match &e.kind {
            Kind::Input(slot) => Ok(vec![Term::Moved { input: *slot, by: Vec::new() }]),
            Kind::Local(slot) => match self.bound(*slot) {
                Some(bound) => self.sides(bound),
                None => unclear(e.at, "this reads a value that only its function knows"),
            },
            Kind::Decision(slot) => self.below(*slot, e.at, Self::sides),
            Kind::Typed(inner, _) => self.sides(inner),
            Kind::If(three) | Kind::Choose(three) => {
                self.truth(&three.0)?;
                let mut sides = self.sides(&three.1)?;
                sides.extend(self.sides(&three.2)?);
                Ok(sides)
            }
            Kind::Table(table) => {
                let mut sides = Vec::new();
                self.table(table, e.at, |this, output| {
                    sides.extend(this.sides(output)?);
                    Ok(())
                })?;
                Ok(sides)
            }
            Kind::Arith(op @ (Arith::Add | Arith::Subtract), pair) => self.moved(*op, pair, e.at),
            Kind::Call(callee, Arguments::Positional(list)) if callee.is_builtin("min") || callee.is_builtin("max") => {
                let mut sides = Vec::new();
                for argument in list {
                    let items = match &argument.kind {
                        Kind::List(items) => items.as_slice(),
                        _ => std::slice::from_ref(argument),
                    };
                    // `min(a, b) <= c` turns where `a` or `b` meets `c`; where they meet each other says nothing.
                    for item in items {
                        sides.extend(self.sides(item)?);
                    }
                }
                Ok(sides)
            }
            Kind::Path(inner, name) => self.span(inner, name, e.at),
            _ => unclear(e.at, "this is computed in a way that is not analysed"),
        }
    }

    fn moved(&mut self, op: Arith, pair: &'p (Expr, Expr), at: u32) -> Sides {
        let (left, right) = (self.sides(&pair.0)?, self.sides(&pair.1)?);
        let mut sides = Vec::new();
        for a in &left {
            for b in &right {
                let side = match (a, b, op) {
                    (Term::Constant(a), Term::Constant(b), _) => arithmetic(op, a, b).map(Term::Constant),
                    (Term::Moved { input, by }, Term::Constant(c), Arith::Add) => Some(further(*input, by, c.clone())),
                    (Term::Moved { input, by }, Term::Constant(c), _) => negative(c).map(|c| further(*input, by, c)),
                    (Term::Constant(c), Term::Moved { input, by }, Arith::Add) => Some(further(*input, by, c.clone())),
                    _ => None,
                };
                match side {
                    Some(side) => sides.push(side),
                    None => return unclear(at, "this is computed from several things that may change"),
                }
            }
        }
        Ok(sides)
    }

    /// `(a - b).days`, `years and months duration(a, b).years`.
    fn span(&mut self, inner: &'p Expr, name: &str, at: u32) -> Sides {
        let (from, to, unit) = match (&inner.kind, name) {
            (Kind::Arith(Arith::Subtract, pair), "days") => (&pair.1, &pair.0, Unit::Days),
            (Kind::Call(callee, Arguments::Positional(list)), "years")
                if callee.is_builtin("years and months duration") && list.len() == 2 =>
            {
                (&list[0], &list[1], Unit::Years)
            }
            _ => return unclear(at, "this is computed in a way that is not analysed"),
        };
        let mut sides = Vec::new();
        for from in self.sides(from)? {
            for to in self.sides(to)? {
                if matches!(from, Term::Span { .. }) || matches!(to, Term::Span { .. }) {
                    return unclear(at, "this is computed in a way that is not analysed");
                }
                sides.push(Term::Span { from: Box::new(from.clone()), to: Box::new(to), unit });
            }
        }
        Ok(sides)
    }
}

fn further(input: u32, by: &[Value], more: Value) -> Term {
    Term::Moved { input, by: by.iter().cloned().chain([more]).collect() }
}

/// What is taken away, as what is added.
pub(super) fn negative(value: &Value) -> Option<Value> {
    match value {
        Value::Number(n) => Some(Value::Number(n.negate())),
        Value::Months(m) => m.checked_neg().map(Value::Months),
        Value::DaysTime(d) => Some(Value::DaysTime(d.negate())),
        _ => None,
    }
}

/// A list's items and a range's ends as constants of their own.
fn flatten(term: Term, out: &mut Vec<Term>) {
    match term {
        Term::Constant(Value::List(items)) => items.iter().for_each(|i| flatten(Term::Constant(i.clone()), out)),
        Term::Constant(Value::Range(range)) => {
            let ends = [&range.low, &range.high].into_iter().filter(|v| !v.is_null());
            out.extend(ends.map(|v| Term::Constant(v.clone())));
        }
        other => out.push(other),
    }
}

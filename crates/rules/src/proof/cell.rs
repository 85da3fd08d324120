//! Reading a cell: is it a constant unary test, and of what?

use std::collections::BTreeSet;

use super::axis::{Of, Test};
use crate::eval::Machine;
use crate::feel::ast::{Arguments, Arith, Compare, Expr, Kind};
use crate::program::Program;
use crate::value::{Function, Value};

/// Why a cell is outside of what is analysed, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Unclear {
    pub at: u32,
    pub reason: String,
}

pub(crate) fn unclear<T>(at: u32, reason: impl Into<String>) -> Result<T, Unclear> {
    Err(Unclear { at, reason: reason.into() })
}

/// What a cell's tests read as the tested value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tested {
    Input(u32),
    Local(u32),
}

impl Tested {
    pub(crate) fn is(self, e: &Expr) -> bool {
        match (self, &e.kind) {
            (Self::Input(a), Kind::Input(b)) | (Self::Local(a), Kind::Local(b)) => a == *b,
            _ => false,
        }
    }
}

/// Reads the tests of one column.
pub(crate) struct Reader<'p> {
    pub program: &'p Program,
    pub tested: Tested,
    pub of: Of,
}

impl Reader<'_> {
    pub(crate) fn read(&self, e: &Expr) -> Result<Test, Unclear> {
        match &e.kind {
            Kind::Constant(Value::Boolean(true)) => Ok(Test::All),
            Kind::Compare(op, pair) => self.compare(*op, pair, e.at),
            Kind::Matches(pair) if self.tested.is(&pair.0) => {
                let wanted = self.constant(&pair.1)?;
                self.matches(&wanted, pair.1.at)
            }
            Kind::Not(inner) => Ok(Test::Not(Box::new(self.read(inner)?))),
            Kind::Call(callee, Arguments::Positional(list)) if callee.is_builtin("not") && list.len() == 1 => {
                Ok(Test::Not(Box::new(self.read(&list[0])?)))
            }
            Kind::AnyOf(list) => list.iter().map(|t| self.read(t)).collect::<Result<_, _>>().map(Test::Any),
            Kind::Or(pair) => Ok(Test::Any(vec![self.read(&pair.0)?, self.read(&pair.1)?])),
            Kind::And(pair) => Ok(Test::Every(vec![self.read(&pair.0)?, self.read(&pair.1)?])),
            Kind::Between(three) if self.tested.is(&three.0) => Ok(Test::Every(vec![
                self.bound(Compare::GreaterOrEqual, &three.1)?,
                self.bound(Compare::LessOrEqual, &three.2)?,
            ])),
            Kind::Typed(inner, _) => self.read(inner),
            _ if self.tested.is(e) && self.of == Of::Boolean => Ok(Test::Compare(Compare::Equal, Value::Boolean(true))),
            _ => unclear(e.at, "this is no test of the column's value against constants"),
        }
    }

    /// What a cell lets through at most: the part of it that is a test, where only a part is.
    pub(crate) fn at_most(&self, e: &Expr) -> Test {
        match (self.read(e), &e.kind) {
            (Ok(test), _) => test,
            (_, Kind::And(pair)) => Test::Every(vec![self.at_most(&pair.0), self.at_most(&pair.1)]),
            (_, Kind::Typed(inner, _)) => self.at_most(inner),
            _ => Test::All,
        }
    }

    fn compare(&self, op: Compare, pair: &(Expr, Expr), at: u32) -> Result<Test, Unclear> {
        if self.tested.is(&pair.0) {
            self.bound(op, &pair.1)
        } else if self.tested.is(&pair.1) {
            self.bound(turned(op), &pair.0)
        } else {
            unclear(at, "this compares something else than the column's value")
        }
    }

    fn bound(&self, op: Compare, e: &Expr) -> Result<Test, Unclear> {
        let value = self.constant(e)?;
        self.fitting(&value, e.at)?;
        let ordered = !matches!(op, Compare::Equal | Compare::NotEqual);
        if ordered && matches!(self.of, Of::String | Of::Boolean) {
            return unclear(e.at, "the order of texts is not analysed");
        }
        Ok(Test::Compare(op, value))
    }

    fn matches(&self, wanted: &Value, at: u32) -> Result<Test, Unclear> {
        match wanted {
            Value::List(items) => items.iter().map(|i| self.matches(i, at)).collect::<Result<_, _>>().map(Test::Any),
            Value::Range(range) if range.form == crate::value::Form::Except => {
                self.fitting(&range.low, at)?;
                Ok(Test::Compare(Compare::NotEqual, range.low.clone()))
            }
            Value::Range(range) => {
                for end in [&range.low, &range.high].into_iter().filter(|v| !v.is_null()) {
                    self.fitting(end, at)?;
                }
                if matches!(self.of, Of::String | Of::Boolean) {
                    return unclear(at, "the order of texts is not analysed");
                }
                Ok(Test::Range(range.clone()))
            }
            value => {
                self.fitting(value, at)?;
                Ok(Test::Compare(Compare::Equal, value.clone()))
            }
        }
    }

    fn fitting(&self, value: &Value, at: u32) -> Result<(), Unclear> {
        if self.of.fits(value) { Ok(()) } else { unclear(at, format!("{} does not cut this column", value.kind())) }
    }

    fn constant(&self, e: &Expr) -> Result<Value, Unclear> {
        match constant(self.program, e) {
            Some(value) => Ok(value),
            None => unclear(e.at, "this is no constant"),
        }
    }
}

/// The comparison with its sides exchanged.
pub(crate) const fn turned(op: Compare) -> Compare {
    match op {
        Compare::Less => Compare::Greater,
        Compare::LessOrEqual => Compare::GreaterOrEqual,
        Compare::Greater => Compare::Less,
        Compare::GreaterOrEqual => Compare::LessOrEqual,
        same => same,
    }
}

/// The value of an expression that reads nothing; `None` for any other, and where it has none.
pub(crate) fn constant(program: &Program, e: &Expr) -> Option<Value> {
    if let Some(value) = e.as_constant() {
        return (!matches!(value, Value::Null | Value::Function(_))).then(|| value.clone());
    }
    let mut reads = false;
    e.walk(&mut |e| {
        reads |= match &e.kind {
            Kind::Constant(Value::Function(f)) => !matches!(&**f, Function::Builtin(b) if b.special().is_none()),
            Kind::Input(_) | Kind::Decision(_) | Kind::Local(_) | Kind::Entry { .. } | Kind::Closure(_) => true,
            Kind::Unknown(_) | Kind::Unsupported(_) | Kind::Table(_) => true,
            _ => false,
        };
    });
    if reads {
        return None;
    }
    let mut machine = Machine::new(program, &[], None);
    let value = machine.eval(e).into_owned();
    (machine.fault.is_none() && !value.is_null()).then_some(value)
}

/// Whether an expression of numbers only ever gives whole ones: it counts years, days or things.
pub(crate) fn is_whole(program: &Program, e: &Expr, depth: u32) -> bool {
    let whole = |e: &Expr| depth < 40 && is_whole(program, e, depth + 1);
    match &e.kind {
        Kind::Constant(Value::Number(n)) => n.is_integer(),
        Kind::Typed(inner, _) | Kind::Negate(inner) => whole(inner),
        Kind::Path(_, name) => {
            let parts = ["years", "months", "days", "hours", "minutes", "seconds"];
            parts.contains(&&**name) || ["year", "month", "day", "weekday", "hour", "minute"].contains(&&**name)
        }
        Kind::Decision(slot) => program.decisions.get(*slot as usize).is_some_and(|d| whole(&d.body)),
        Kind::Arith(Arith::Add | Arith::Subtract | Arith::Multiply, pair) => whole(&pair.0) && whole(&pair.1),
        Kind::If(three) => whole(&three.1) && whole(&three.2),
        Kind::Table(table) => {
            let cells = table.rules.iter().flat_map(|r| &r.outputs);
            table.outputs.len() == 1 && cells.chain(table.outputs.iter().filter_map(|o| o.default.as_ref())).all(whole)
        }
        Kind::Call(callee, Arguments::Positional(list)) => {
            let any = |names: &[&str]| names.iter().any(|n| callee.is_builtin(n));
            any(&["count", "string length", "day of year", "week of year"])
                || (any(&["floor", "ceiling"]) && list.len() == 1)
                || (any(&["min", "max", "sum", "abs"]) && list.iter().all(whole))
        }
        _ => false,
    }
}

/// The inputs that an expression may read, through the decisions that it reads; locals are told apart.
pub(crate) fn reads(program: &Program, e: &Expr, inputs: &mut BTreeSet<u32>, locals: &mut BTreeSet<u32>) {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Expr> = vec![e];
    while let Some(at) = open.pop() {
        let own = std::ptr::eq(at, e);
        at.walk(&mut |e| match &e.kind {
            Kind::Input(slot) => {
                inputs.insert(*slot);
            }
            Kind::Local(slot) if own => {
                locals.insert(*slot);
            }
            Kind::Decision(slot) if seen.insert((0, *slot)) => {
                open.extend(program.decisions.get(*slot as usize).map(|d| &d.body));
            }
            Kind::Closure(place) if seen.insert((1, *place)) => {
                open.extend(program.functions.get(*place as usize).map(|d| &d.body));
            }
            Kind::Constant(Value::Function(f)) => match &**f {
                Function::Closure { definition, .. } if seen.insert((1, *definition)) => {
                    open.extend(program.functions.get(*definition as usize).map(|d| &d.body));
                }
                Function::Service(place) if seen.insert((2, *place)) => {
                    let outputs = program.services.get(*place as usize).map(|s| s.outputs.as_slice());
                    let bodies = outputs.unwrap_or(&[]).iter().filter_map(|o| program.decisions.get(*o as usize));
                    open.extend(bodies.map(|d| &d.body));
                }
                _ => {}
            },
            _ => {}
        });
    }
}

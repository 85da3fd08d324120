//! What can be computed when a model is read is: `duration("P18Y")` becomes a value once, not at every decision.

use std::sync::Arc;

use super::ast::{Arguments, Expr, Kind};
use crate::value::{Form, Function, Range, Value};

/// The same expression with its constant parts computed. What has no result is left as it is, to tell its fault when it
/// is evaluated.
pub(super) fn fold(kind: Kind) -> Kind {
    let value = match &kind {
        Kind::Call(callee, Arguments::Positional(list)) => call(callee, list),
        Kind::List(items) => constants(items).map(Value::list),
        Kind::Range { low, low_closed, high, high_closed } => {
            range(low.as_deref(), *low_closed, high.as_deref(), *high_closed)
        }
        Kind::Point(form, inner) => match inner.as_constant() {
            Some(value) if !matches!(value, Value::Function(_) | Value::Null) => {
                Some(Value::Range(Arc::new(Range::point(value, *form))))
            }
            _ => None,
        },
        Kind::Negate(inner) => match inner.as_constant() {
            Some(Value::Number(n)) => Some(Value::Number(n.negate())),
            _ => None,
        },
        _ => None,
    };
    value.map_or(kind, Kind::Constant)
}

fn constants(list: &[Expr]) -> Option<Vec<Value>> {
    // Functions and nulls keep their places, for the checks at publish to find.
    let plain = |e: &Expr| e.as_constant().filter(|v| !matches!(v, Value::Function(_) | Value::Null)).cloned();
    list.iter().map(plain).collect()
}

fn call(callee: &Expr, arguments: &[Expr]) -> Option<Value> {
    let Some(Value::Function(function)) = callee.as_constant() else { return None };
    let Function::Builtin(builtin) = &**function else { return None };
    let values = constants(arguments)?;
    if builtin.takes(values.len()) { builtin.run(&values) } else { None }
}

fn range(low: Option<&Expr>, low_closed: bool, high: Option<&Expr>, high_closed: bool) -> Option<Value> {
    let end = |e: Option<&Expr>| match e {
        None => Some(Value::Null),
        Some(e) => e.as_constant().filter(|v| !v.is_null()).cloned(),
    };
    let (low, high) = (end(low)?, end(high)?);
    if !low.is_null() && !high.is_null() {
        low.compare(&high)?;
    }
    Some(Value::Range(Arc::new(Range { form: Form::Interval, low, low_closed, high, high_closed })))
}

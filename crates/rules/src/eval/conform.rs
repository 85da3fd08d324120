//! Whether a value is of a type, and the few coercions the standard allows.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Machine, Read};
use crate::feel::ast::{Expr, Kind};
use crate::value::{Function, Type, Value, Zone};

/// The elements of a list; a value that is no list counts as a list of one, null as none.
pub(crate) fn as_list(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.to_vec(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// `[x]` as `x`.
pub(crate) fn coerce_singleton(value: &Value) -> Option<&Value> {
    match value {
        Value::List(items) if items.len() == 1 => items.first(),
        _ => None,
    }
}

impl<'a> Machine<'a> {
    /// The value as the type sees it; null (with a fault) when it does not conform.
    pub(crate) fn coerce(&mut self, value: Read<'a>, of: &Type, at: u32) -> Read<'a> {
        if of.is_plainly(&value) || *of == Type::Any || value.is_null() || self.conforms(&value, of) {
            return value;
        }
        if let Some(found) = self.coerced(&value, of) {
            return Cow::Owned(found);
        }
        let message = format!("{} does not conform to {of}", describe(&value));
        self.null(at, message)
    }

    fn coerced(&mut self, value: &Value, of: &Type) -> Option<Value> {
        if let Type::List(item) = of.base() {
            let list = Value::list(vec![value.clone()]);
            let fits = !matches!(value, Value::List(_)) && self.conforms(value, item) && self.conforms(&list, of);
            return fits.then_some(list);
        }
        if let (Value::Date(d), Type::DateTime) = (value, of.base()) {
            let moment = Value::DateTime(Arc::new(d.midnight(Zone::Offset(0))));
            return self.conforms(&moment, of).then_some(moment);
        }
        let one = coerce_singleton(value)?;
        if self.conforms(one, of) { Some(one.clone()) } else { None }
    }

    /// True when the value is one of the type's, limits included; null is of every type.
    pub(crate) fn conforms(&mut self, value: &Value, of: &Type) -> bool {
        if value.is_null() {
            return true;
        }
        match of {
            Type::Limited { base, tests, .. } => self.conforms(value, base) && self.within(value, *tests),
            Type::List(item) => match value {
                Value::List(items) => items.iter().all(|i| self.conforms(i, item)),
                _ => false,
            },
            Type::Context(entries) => match value {
                Value::Context(c) => entries.iter().all(|(n, t)| c.get(n).is_some_and(|v| self.conforms(v, t))),
                _ => false,
            },
            Type::Range(of) => match value {
                Value::Range(r) => self.conforms(&r.low, of) && self.conforms(&r.high, of),
                _ => false,
            },
            Type::Function(..) => match value {
                Value::Function(f) => self.type_of_function(f).conforms_to(of),
                _ => false,
            },
            _ => Type::of(value).conforms_to(of),
        }
    }

    /// `instance of`: like [`Self::conforms`], but null is only of the null type.
    pub(crate) fn is_instance(&mut self, value: &Value, of: &Type) -> bool {
        if value.is_null() {
            return matches!(of.base(), Type::Null);
        }
        // Limits are not looked into: 256 is an instance of a number below 255.
        match (value, of.base()) {
            (Value::List(items), Type::List(item)) => {
                **item == Type::Any || items.iter().all(|i| self.is_instance(i, item))
            }
            (Value::Context(c), Type::Context(entries)) => {
                entries.iter().all(|(n, t)| c.get(n).is_some_and(|v| v.is_null() || self.is_instance(v, t)))
            }
            (_, base) => self.conforms(value, base),
        }
    }

    fn type_of_function(&self, function: &Function) -> Type {
        // What a function gives is only known where it says so; the null type conforms to every other.
        let unknown = Type::Function(None, Arc::new(Type::Null));
        let Function::Closure { definition, .. } = function else { return unknown };
        let Some(d) = self.program.functions.get(*definition as usize) else { return unknown };
        let parameters = d.parameters.iter().map(|(_, t)| t.clone()).collect();
        let result = match &d.body.kind {
            Kind::Typed(_, of) => of.clone(),
            Kind::Constant(v) => Type::of(v),
            _ => Type::Null,
        };
        Type::Function(Some(Arc::new(parameters)), Arc::new(result))
    }

    /// Whether the value passes the tests of an item definition.
    fn within(&mut self, value: &Value, tests: u32) -> bool {
        let program = self.program;
        let Some(tests) = program.limits.get(tests as usize) else { return false };
        if let [test] = tests.as_slice()
            && let Some(passed) = among(value, test)
        {
            return passed;
        }
        let outer = std::mem::replace(&mut self.locals, vec![value.clone()]);
        let fault = self.fault.take();
        let passed = self.any(tests) == Some(true);
        self.fault = fault;
        self.locals = outer;
        passed
    }
}

/// The answer where the tests only list constants, which nearly all do; `None` for any other test.
fn among(value: &Value, test: &Expr) -> Option<bool> {
    match &test.kind {
        Kind::AnyOf(tests) => {
            let mut found = false;
            for test in tests {
                found |= among(value, test)?;
            }
            Some(found)
        }
        Kind::Matches(pair) => match (&pair.0.kind, pair.1.as_constant()) {
            (Kind::Local(0), Some(wanted)) => Some(super::logic::matches_value(value, wanted) == Some(true)),
            _ => None,
        },
        _ => None,
    }
}

/// A short text of a value for messages.
fn describe(value: &Value) -> String {
    let text = value.lexical();
    if text.is_empty() || text.chars().count() > 40 {
        value.kind().to_owned()
    } else {
        format!("{} {text}", value.kind())
    }
}

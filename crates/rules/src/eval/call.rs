//! Calls: functions of the model, decision services and the built-in functions.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Machine, Read};
use crate::builtin::{Builtin, Special};
use crate::feel::ast::{Arguments, Expr};
use crate::value::{Context, DateTime, Function, Number, Type, Value};

/// China's offset: what `now()` and `today()` of the injected clock are given in.
const CHINA_SECONDS: i32 = 8 * 3600;

/// Arguments that were computed, with their names when they were given by name.
enum Given {
    Positional(Vec<Value>),
    Named(Vec<(Arc<str>, Value)>),
}

impl<'a> Machine<'a> {
    pub(super) fn call(&mut self, callee: &'a Expr, arguments: &'a Arguments, at: u32) -> Read<'a> {
        if let (Some(Value::Function(function)), Arguments::Positional(list)) = (callee.as_constant(), arguments) {
            match &**function {
                Function::Builtin(builtin) if builtin.special().is_none() && list.len() <= 3 => {
                    return self.call_directly(*builtin, list, at);
                }
                Function::Closure { definition, captured } => {
                    return self.call_known(*definition, captured, list, at);
                }
                _ => {}
            }
        }
        let function = self.eval(callee);
        let Value::Function(function) = &*function else {
            let message = format!("{} is no function", function.kind());
            return self.null(at, message);
        };
        let function = Arc::clone(function);
        let given = match arguments {
            Arguments::Positional(list) => Given::Positional(list.iter().map(|a| self.eval(a).into_owned()).collect()),
            Arguments::Named(list) => {
                Given::Named(list.iter().map(|(n, a)| (n.clone(), self.eval(a).into_owned())).collect())
            }
        };
        self.call_given(&function, given, at)
    }

    /// A built-in function of few arguments, without building lists of them.
    fn call_directly(&mut self, builtin: Builtin, list: &'a [Expr], at: u32) -> Read<'a> {
        let mut arguments: [Value; 3] = Default::default();
        for (place, argument) in arguments.iter_mut().zip(list) {
            *place = self.eval(argument).into_owned();
        }
        let result = if builtin.takes(list.len()) { builtin.run(&arguments[..list.len()]) } else { None };
        match result {
            Some(value) => Cow::Owned(value),
            None => self.null(at, format!("`{}` has no result for these arguments", builtin.name())),
        }
    }

    /// A function of the model that is named in the call: its arguments go straight to its frame.
    fn call_known(&mut self, definition: u32, captured: &[Value], list: &'a [Expr], at: u32) -> Read<'a> {
        let program = self.program;
        let Some(definition) = program.functions.get(definition as usize).filter(|d| d.parameters.len() == list.len())
        else {
            return self.null(at, "the function does not take these arguments");
        };
        let mut frame = Vec::with_capacity(captured.len() + list.len() + 2);
        frame.extend_from_slice(captured);
        for (argument, (_, of)) in list.iter().zip(&definition.parameters) {
            let value = self.eval(argument).into_owned();
            match self.argument(value, of, at) {
                Some(value) => frame.push(value),
                None => return Cow::Owned(Value::Null),
            }
        }
        let outer = std::mem::replace(&mut self.locals, frame);
        let value = self.eval(&definition.body).into_owned();
        self.locals = outer;
        Cow::Owned(value)
    }

    /// Calls a function value with positional arguments.
    pub(crate) fn apply(&mut self, function: &Function, arguments: Vec<Value>, at: u32) -> Value {
        self.call_given(function, Given::Positional(arguments), at).into_owned()
    }

    fn call_given(&mut self, function: &Function, given: Given, at: u32) -> Read<'a> {
        match function {
            Function::Builtin(builtin) => self.call_builtin(*builtin, given, at),
            Function::Closure { definition, captured } => self.call_closure(*definition, captured, given, at),
            Function::Service(service) => self.call_service(*service, given, at),
        }
    }

    fn call_builtin(&mut self, builtin: Builtin, given: Given, at: u32) -> Read<'a> {
        let arguments = match given {
            Given::Positional(list) => Some(list),
            Given::Named(list) => builtin.arrange(list),
        };
        let Some(arguments) = arguments.filter(|a| builtin.takes(a.len())) else {
            return self.null(at, format!("`{}` does not take these arguments", builtin.name()));
        };
        let result = match builtin.special() {
            None => builtin.run(&arguments),
            Some(special) => self.call_special(special, &arguments, at),
        };
        match result {
            Some(value) => Cow::Owned(value),
            None => self.null(at, format!("`{}` has no result for these arguments", builtin.name())),
        }
    }

    fn call_special(&mut self, special: Special, arguments: &[Value], at: u32) -> Option<Value> {
        match special {
            Special::Now => {
                DateTime::from_epoch_ms(self.now()?.ms(), CHINA_SECONDS).map(|t| Value::DateTime(Arc::new(t)))
            }
            Special::Today => Some(Value::from(self.now()?.date())),
            Special::Sort => self.sort(arguments, at),
            Special::ListReplace => self.list_replace(arguments, at),
        }
    }

    /// Sorted by a function that says whether its first argument goes before its second: a merge sort, since the
    /// function is the model's and may contradict itself.
    fn sort(&mut self, arguments: &[Value], at: u32) -> Option<Value> {
        let items = super::conform::as_list(arguments.first()?);
        let Value::Function(precedes) = arguments.get(1)? else { return None };
        let precedes = Arc::clone(precedes);
        let sorted = self.merge_sort(items, &precedes, at)?;
        Some(Value::list(sorted))
    }

    fn merge_sort(&mut self, mut items: Vec<Value>, precedes: &Function, at: u32) -> Option<Vec<Value>> {
        if items.len() < 2 {
            return Some(items);
        }
        let right = items.split_off(items.len() / 2);
        let mut left = self.merge_sort(items, precedes, at)?.into_iter().peekable();
        let mut right = self.merge_sort(right, precedes, at)?.into_iter().peekable();
        let mut out = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            if !self.round(at) {
                return None;
            }
            // The right one goes first only when it must: equal ones keep their order.
            let swap = match self.apply(precedes, vec![b.clone(), a.clone()], at) {
                Value::Boolean(swap) => swap,
                _ => return None,
            };
            out.extend(if swap { right.next() } else { left.next() });
        }
        out.extend(left.chain(right));
        Some(out)
    }

    /// `list replace(list, position, item)` or `list replace(list, match, item)`.
    fn list_replace(&mut self, arguments: &[Value], at: u32) -> Option<Value> {
        let [list, which, item] = arguments else { return None };
        let mut items = match list {
            Value::Null => return None,
            list => super::conform::as_list(list),
        };
        match which {
            Value::Number(n) => {
                let place = crate::builtin::list::index(Number::from(n.trunc_i64()?), items.len())?;
                items[place] = item.clone();
            }
            Value::Function(matching) => {
                let matching = Arc::clone(matching);
                for old in &mut items {
                    match self.apply(&matching, vec![old.clone(), item.clone()], at) {
                        Value::Boolean(true) => *old = item.clone(),
                        Value::Boolean(false) => {}
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
        Some(Value::list(items))
    }

    fn call_closure(&mut self, definition: u32, captured: &[Value], given: Given, at: u32) -> Read<'a> {
        let program = self.program;
        let Some(definition) = program.functions.get(definition as usize) else {
            return self.null(at, "no such function");
        };
        let names = definition.parameters.iter().map(|(n, _)| n);
        let Some(values) = positional(names, given) else {
            return self.null(at, format!("`{}` does not take these arguments", definition.name));
        };
        let mut frame = captured.to_vec();
        for (value, (_, of)) in values.into_iter().zip(&definition.parameters) {
            match self.argument(value, of, at) {
                Some(value) => frame.push(value),
                None => return Cow::Owned(Value::Null),
            }
        }
        let outer = std::mem::replace(&mut self.locals, frame);
        let value = self.eval(&definition.body).into_owned();
        self.locals = outer;
        Cow::Owned(value)
    }

    /// An argument as its parameter's type sees it; `None` when it does not conform, and the function is not called.
    fn argument(&mut self, value: Value, of: &Type, at: u32) -> Option<Value> {
        let given = !value.is_null();
        let value = self.coerce(Cow::Owned(value), of, at).into_owned();
        (!given || !value.is_null()).then_some(value)
    }

    /// A decision service: its decisions are computed anew over the arguments.
    fn call_service(&mut self, service: u32, given: Given, at: u32) -> Read<'a> {
        let program = self.program;
        let Some(service) = program.services.get(service as usize) else {
            return self.null(at, "no such decision service");
        };
        let Some(values) = positional(service.parameters.iter().map(|p| &p.name), given) else {
            return self.null(at, format!("`{}` does not take these arguments", service.name));
        };
        let mut inputs = vec![Value::Null; program.inputs.len()];
        let mut presets = Vec::new();
        for (value, parameter) in values.into_iter().zip(&service.parameters) {
            let Some(value) = self.argument(value, &parameter.of, at) else { return Cow::Owned(Value::Null) };
            match parameter.stands_for {
                crate::program::Place::Input(slot) => inputs[slot as usize] = value,
                crate::program::Place::Decision(slot) => presets.push((slot, value)),
            }
        }
        let value = self.run_service(service, &inputs, presets);
        self.coerce(Cow::Owned(value), &service.of, at)
    }

    fn run_service(
        &mut self,
        service: &crate::program::Service,
        inputs: &[Value],
        presets: Vec<(u32, Value)>,
    ) -> Value {
        let mut inner = Machine::new(self.program, inputs, self.now);
        inner.depth = self.depth + 1;
        inner.strict = self.strict;
        inner.rounds = self.rounds;
        for (slot, value) in presets {
            inner.preset(slot, value);
        }
        let value = match service.outputs.as_slice() {
            _ if inner.depth >= super::MAX_DEPTH => inner.null(0, "evaluation goes too deep").into_owned(),
            [one] => inner.decision(*one),
            several => {
                let mut context = Context::new();
                for slot in several {
                    context.insert(inner.program.decisions[*slot as usize].name.clone(), inner.decision(*slot));
                }
                Value::Context(Arc::new(context))
            }
        };
        let (fault, rounds) = (inner.fault, inner.rounds);
        self.rounds = rounds;
        if self.fault.is_none() {
            self.fault = fault;
        }
        value
    }
}

/// The values in the order of the parameters; `None` when they do not fit one to one.
fn positional<'n>(names: impl ExactSizeIterator<Item = &'n Arc<str>>, given: Given) -> Option<Vec<Value>> {
    match given {
        Given::Positional(list) => (list.len() == names.len()).then_some(list),
        Given::Named(mut list) => {
            if list.len() != names.len() {
                return None;
            }
            let mut take = |name: &Arc<str>| list.iter().position(|(n, _)| n == name).map(|i| list.swap_remove(i).1);
            names.map(&mut take).collect()
        }
    }
}

//! Types before the first decision: finds operands that can never fit, so that a slip is told to the author at publish
//! and not to a citizen as "unknown".
//!
//! Only what is certain is reported. Where a type is not known the check is silent; the evaluator still fails closed.

use std::sync::Arc;

use crate::eval::{arithmetic, property};
use crate::feel::ast::{Arguments, Arith, Compare, Domain, Expr, Kind};
use crate::program::Program;
use crate::table::{Hit, Table};
use crate::value::{Date, DateTime, DaysTime, Function, Number, Time, Type, Value, Zone};

/// A finding: where, and what cannot fit.
pub(crate) struct Misfit {
    pub at: u32,
    pub message: String,
}

/// Walks expressions with the types of their locals.
pub(crate) struct Inference<'p> {
    program: &'p Program,
    locals: Vec<Option<Type>>,
    pub found: Vec<Misfit>,
}

type Known = Option<Type>;

/// A value of the type, to see what operators and properties make of it.
fn sample(of: &Type) -> Option<Value> {
    let day = Date::new(2000, 1, 1)?;
    // With a zone, so that a moment can be compared with a day.
    let time = Time { nanos: 0, zone: Zone::Offset(0) };
    Some(match of.base() {
        Type::Boolean => Value::Boolean(true),
        Type::Number => Value::Number(Number::ONE),
        Type::String => Value::from("1"),
        Type::Date => Value::Date(day),
        Type::Time => Value::Time(Arc::new(time)),
        Type::DateTime => Value::DateTime(Arc::new(DateTime { date: day, time })),
        Type::Months => Value::Months(1),
        Type::DaysTime => Value::DaysTime(DaysTime::from_secs(1)),
        _ => return None,
    })
}

/// The one type of two branches, where they agree.
fn either(a: Known, b: Known) -> Known {
    let (a, b) = (a?, b?);
    if a.base() == b.base() { Some(a.base().clone()) } else { None }
}

impl<'p> Inference<'p> {
    pub(crate) const fn new(program: &'p Program) -> Self {
        Self { program, locals: Vec::new(), found: Vec::new() }
    }

    /// Checks a decision's logic against its declared type.
    pub(crate) fn decision(&mut self, body: &Expr) {
        self.locals.clear();
        self.infer(body);
    }

    /// Checks a function's body over its parameters.
    pub(crate) fn function(&mut self, parameters: &[(Arc<str>, Type)], body: &Expr) {
        self.type_of(parameters, body);
    }

    /// The type of an expression over a function's parameters, where it is certain.
    pub(crate) fn type_of(&mut self, parameters: &[(Arc<str>, Type)], e: &Expr) -> Option<Type> {
        let known = |t: &Type| (*t.base() != Type::Any).then(|| t.clone());
        self.locals = parameters.iter().map(|(_, t)| known(t)).collect();
        self.infer(e)
    }

    fn misfit(&mut self, at: u32, message: String) -> Known {
        self.found.push(Misfit { at, message });
        None
    }

    fn want_boolean(&mut self, e: &Expr) {
        if let Some(of) = self.infer(e)
            && *of.base() != Type::Boolean
        {
            self.misfit(e.at, format!("expected true or false, found {of}"));
        }
    }

    fn infer(&mut self, e: &Expr) -> Known {
        match &e.kind {
            Kind::Constant(Value::Null | Value::Function(_)) => None,
            Kind::Constant(value) => Some(Type::of(value)),
            Kind::Input(slot) => self.program.inputs.get(*slot as usize).map(|i| i.of.clone()),
            Kind::Decision(slot) => {
                let of = &self.program.decisions.get(*slot as usize)?.of;
                (*of != Type::Any).then(|| of.clone())
            }
            Kind::Local(slot) => self.locals.get(*slot as usize).cloned().flatten(),
            Kind::Arith(op, pair) => self.arith(*op, pair, e.at),
            Kind::Compare(op, pair) => self.compare(*op, pair, e.at),
            Kind::And(pair) | Kind::Or(pair) => {
                self.want_boolean(&pair.0);
                self.want_boolean(&pair.1);
                Some(Type::Boolean)
            }
            Kind::Not(inner) => {
                self.want_boolean(inner);
                Some(Type::Boolean)
            }
            Kind::Matches(pair) => self.matches(pair, e.at),
            Kind::If(three) | Kind::Choose(three) => {
                self.want_boolean(&three.0);
                let (yes, no) = (self.infer(&three.1), self.infer(&three.2));
                either(yes, no)
            }
            Kind::Typed(inner, of) => self.typed(inner, of),
            Kind::Path(inner, name) => self.path(inner, name, e.at),
            Kind::Table(table) => self.table(table),
            _ => self.infer_more(e),
        }
    }

    fn infer_more(&mut self, e: &Expr) -> Known {
        match &e.kind {
            Kind::Between(three) => {
                let kinds = [self.infer(&three.0), self.infer(&three.1), self.infer(&three.2)];
                for other in &kinds[1..] {
                    self.comparable(&kinds[0], other, e.at);
                }
                Some(Type::Boolean)
            }
            Kind::In(value, tests) => {
                let of = self.infer(value);
                self.locals.push(of);
                tests.iter().for_each(|t| self.want_boolean(t));
                self.locals.pop();
                Some(Type::Boolean)
            }
            Kind::AnyOf(tests) => {
                tests.iter().for_each(|t| self.want_boolean(t));
                Some(Type::Boolean)
            }
            Kind::InstanceOf(inner, _) => {
                self.infer(inner);
                Some(Type::Boolean)
            }
            Kind::Negate(inner) => self.infer(inner),
            Kind::Point(_, inner) => self.infer(inner).map(|t| Type::Range(Arc::new(t.base().clone()))),
            Kind::List(items) => self.list(items),
            Kind::Range { low, high, .. } => {
                let ends: Vec<Known> = low.iter().chain(high).map(|e| self.infer(e)).collect();
                if let [a, b] = ends.as_slice() {
                    self.comparable(a, b, e.at);
                }
                ends.into_iter().flatten().next().map(|t| Type::Range(Arc::new(t.base().clone())))
            }
            Kind::Call(callee, arguments) => self.call(callee, arguments),
            _ => self.infer_scoped(e),
        }
    }

    /// What brings locals of its own.
    fn infer_scoped(&mut self, e: &Expr) -> Known {
        let mark = self.locals.len();
        let result = match &e.kind {
            Kind::Context(entries) => {
                let mut types = Vec::new();
                for (name, entry) in entries {
                    let of = self.infer(entry);
                    types.push((name.clone(), of.clone().unwrap_or(Type::Any)));
                    self.locals.push(of);
                }
                Some(Type::Context(Arc::new(types)))
            }
            Kind::ContextResult(entries, result) => {
                for entry in entries {
                    let of = self.infer(entry);
                    self.locals.push(of);
                }
                self.infer(result)
            }
            Kind::Filter(list, condition) => {
                let of = self.infer(list);
                self.locals.push(element(of.as_ref()));
                let picked = self.infer(condition);
                match picked.as_ref().map(Type::base) {
                    Some(Type::Number) => element(of.as_ref()),
                    Some(Type::Boolean) => of,
                    _ => None,
                }
            }
            Kind::For { domains, body, .. } => {
                self.domains(domains);
                self.locals.push(None);
                self.infer(body).map(|t| Type::List(Arc::new(t)))
            }
            Kind::Quantified { domains, satisfies, .. } => {
                self.domains(domains);
                self.want_boolean(satisfies);
                Some(Type::Boolean)
            }
            _ => None,
        };
        self.locals.truncate(mark);
        result
    }

    fn domains(&mut self, domains: &[Domain]) {
        for domain in domains {
            let of = match domain {
                Domain::Each(e) => element(self.infer(e).as_ref()),
                Domain::Count(low, high) => {
                    let of = self.infer(low);
                    self.infer(high);
                    of
                }
            };
            self.locals.push(of);
        }
    }

    fn arith(&mut self, op: Arith, pair: &(Expr, Expr), at: u32) -> Known {
        let (a, b) = (self.infer(&pair.0)?, self.infer(&pair.1)?);
        let (x, y) = (sample(&a)?, sample(&b)?);
        match arithmetic(op, &x, &y) {
            Some(result) => Some(Type::of(&result)),
            None => self.misfit(at, format!("{a} and {b} cannot be calculated with `{}`", op.sign())),
        }
    }

    fn comparable(&mut self, a: &Known, b: &Known, at: u32) {
        if let (Some(a), Some(b)) = (a, b)
            && let (Some(x), Some(y)) = (sample(a), sample(b))
            && x.equals(&y).is_none()
        {
            self.misfit(at, format!("{a} cannot be compared with {b}"));
        }
    }

    fn compare(&mut self, op: Compare, pair: &(Expr, Expr), at: u32) -> Known {
        let (a, b) = (self.infer(&pair.0), self.infer(&pair.1));
        self.comparable(&a, &b, at);
        let ordered = !matches!(op, Compare::Equal | Compare::NotEqual);
        if let (Some(of), true) = (&a, ordered)
            && *of.base() == Type::Boolean
        {
            self.misfit(at, format!("{of} has no order"));
        }
        self.allowed(&pair.0, &pair.1);
        self.allowed(&pair.1, &pair.0);
        Some(Type::Boolean)
    }

    fn matches(&mut self, pair: &(Expr, Expr), at: u32) -> Known {
        let (tested, wanted) = (self.infer(&pair.0), self.infer(&pair.1));
        let wanted = match wanted {
            Some(Type::List(of) | Type::Range(of)) if *of != Type::Any => Some((*of).clone()),
            Some(Type::List(_) | Type::Range(_)) => None,
            other => other,
        };
        self.comparable(&tested, &wanted, at);
        self.allowed(&pair.0, &pair.1);
        Some(Type::Boolean)
    }

    /// A constant that the other side's type can never be.
    fn allowed(&mut self, tested: &Expr, wanted: &Expr) {
        let Some(of @ Type::Limited { .. }) = self.infer(tested) else { return };
        let Some(value @ (Value::String(_) | Value::Boolean(_))) = wanted.as_constant() else { return };
        let mut machine = crate::eval::Machine::new(self.program, &[], None);
        if Type::of(value).conforms_to(&of) && !machine.conforms(value, &of) {
            let message = format!("{} is not among the allowed values of {of}", value.to_json());
            self.misfit(wanted.at, message);
        }
    }

    fn typed(&mut self, inner: &Expr, of: &Type) -> Known {
        if let Some(found) = self.infer(inner) {
            let single = matches!((found.base(), of.base()), (Type::List(_), _) | (_, Type::List(_)));
            let day = *found.base() == Type::Date && *of.base() == Type::DateTime;
            let plain = sample(&found).is_some() && sample(of).is_some();
            if plain && !single && !day && !found.conforms_to(of) {
                self.misfit(inner.at, format!("expected {of}, found {found}"));
            }
        }
        (*of.base() != Type::Any).then(|| of.clone())
    }

    fn path(&mut self, inner: &Expr, name: &str, at: u32) -> Known {
        let of = self.infer(inner)?;
        if let Type::Context(entries) = of.base() {
            return match entries.iter().find(|(n, _)| **n == *name) {
                Some((_, t)) => (*t != Type::Any).then(|| t.clone()),
                None => self.misfit(at, format!("{of} has no `{name}`")),
            };
        }
        let value = sample(&of)?;
        match property(&value, name) {
            Some(Value::Null) => None,
            Some(found) => Some(Type::of(&found)),
            None => self.misfit(at, format!("{of} has no `{name}`")),
        }
    }

    fn list(&mut self, items: &[Expr]) -> Known {
        let mut types = items.iter().map(|i| self.infer(i)).collect::<Vec<_>>().into_iter();
        let first = types.next().flatten()?;
        let same = types.all(|t| t.is_some_and(|t| t.base() == first.base()));
        same.then(|| Type::List(Arc::new(first.base().clone())))
    }

    fn call(&mut self, callee: &Expr, arguments: &Arguments) -> Known {
        let given: Vec<Known> = match arguments {
            Arguments::Positional(list) => list.iter().map(|a| self.infer(a)).collect(),
            Arguments::Named(list) => list.iter().map(|(_, a)| self.infer(a)).collect(),
        };
        let Some(Value::Function(function)) = callee.as_constant() else { return None };
        match &**function {
            Function::Builtin(builtin) => builtin.gives(),
            Function::Closure { definition, .. } => {
                let definition = self.program.functions.get(*definition as usize)?;
                let positional = matches!(arguments, Arguments::Positional(_));
                for (of, (name, wanted)) in given.iter().zip(&definition.parameters).filter(|_| positional) {
                    if let Some(of) = of
                        && sample(of).is_some()
                        && sample(wanted).is_some()
                        && !of.conforms_to(wanted)
                    {
                        self.misfit(callee.at, format!("`{name}` is {wanted}, found {of}"));
                    }
                }
                match &definition.body.kind {
                    Kind::Typed(_, of) => Some(of.clone()),
                    _ => None,
                }
            }
            Function::Service(_) => None,
        }
    }

    fn table(&mut self, table: &Table) -> Known {
        let mark = self.locals.len();
        for column in &table.columns {
            let of = self.infer(&column.expression);
            if column.kept {
                self.locals.push(of);
            }
        }
        for rule in &table.rules {
            rule.tests.iter().for_each(|t| self.want_boolean(t));
        }
        let mut single = None;
        for (i, output) in table.outputs.iter().enumerate() {
            let cells = table.rules.iter().filter_map(|r| r.outputs.get(i)).chain(&output.default);
            let types: Vec<Known> = cells.map(|c| self.infer(c)).collect();
            let first = types.first().cloned().flatten();
            let same = types.iter().all(|t| either(t.clone(), first.clone()).is_some());
            single = if output.of == Type::Any { first.filter(|_| same) } else { Some(output.of.clone()) };
        }
        self.locals.truncate(mark);
        let one = table.outputs.len() == 1;
        match table.hit {
            Hit::Unique | Hit::Any | Hit::First | Hit::Priority if one => single,
            _ => None,
        }
    }
}

fn element(of: Option<&Type>) -> Known {
    match of?.base() {
        Type::List(inner) | Type::Range(inner) if **inner != Type::Any => Some((**inner).clone()),
        _ => None,
    }
}

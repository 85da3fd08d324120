//! The one evaluator. It never fails: where the standard says null it gives null and remembers the first reason.
//!
//! The *conformance* profile shows that null; the *decide* profile takes any remembered reason as "unknown", so that a
//! condition is met only when every value on its way was there and right.

mod call;
mod conform;
mod list;
mod logic;
mod op;
mod path;

use std::borrow::Cow;
use std::sync::Arc;

use kernel::Moment;

pub(crate) use op::arithmetic;
pub(crate) use path::property;

use crate::feel::ast::{Expr, Kind};
use crate::plain::Plain;
use crate::program::Program;
use crate::value::{Context, Form, Function, Range, Value};

/// How deep evaluation may go, functions that call themselves included.
pub(crate) const MAX_DEPTH: u32 = 260;
/// How many loop rounds one evaluation may take: an end to `for` over huge ranges.
const MAX_ROUNDS: u64 = 1_000_000;

/// A value borrowed from the model or the input, or computed.
pub(crate) type Read<'a> = Cow<'a, Value>;

/// The first reason why something came out null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub at: u32,
    pub message: Cow<'static, str>,
}

/// A rule of a decision table that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fired {
    /// Place of the table in the program.
    pub table: u32,
    /// Place of the rule in the table.
    pub rule: u32,
}

impl Fired {
    /// The place of a rule that was noted and does not count.
    pub(crate) const NOWHERE: u32 = u32::MAX;
}

/// A part of the fired rules: from, and up to.
pub(crate) type Part = (u32, u32);

/// What is known of a decision in this evaluation. Copied, never freed: a trace is kept for every decision, and read for
/// few.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Memo<'a> {
    #[default]
    Empty,
    Running,
    /// Computed by its code, or a condition that came out true or false without a fault.
    Plain(Plain<'a>, Part),
    /// Computed by its tree: the place of what is kept of it.
    Kept(u32, Part),
}

/// The result of a tree.
#[derive(Debug)]
pub(crate) struct Kept {
    pub value: Value,
    pub fault: Option<Box<Fault>>,
}

/// One evaluation of a program over one set of inputs.
pub(crate) struct Machine<'a> {
    pub(crate) program: &'a Program,
    pub(crate) inputs: &'a [Value],
    memo: Vec<Memo<'a>>,
    kept: Vec<Kept>,
    locals: Vec<Value>,
    pub(crate) fault: Option<Box<Fault>>,
    pub(crate) fired: Vec<Fired>,
    pub(crate) depth: u32,
    rounds: u64,
    now: Option<Moment>,
    /// The decide profile: a null that is only compared is a fault, too.
    pub(crate) strict: bool,
}

/// A computed decision, as a trace tells it.
pub(crate) struct Told<'m> {
    pub value: Value,
    pub fault: Option<&'m Fault>,
    pub fired: &'m [Fired],
}

impl<'a> Machine<'a> {
    pub(crate) fn new(program: &'a Program, inputs: &'a [Value], now: Option<Moment>) -> Self {
        Self {
            program,
            inputs,
            memo: vec![Memo::Empty; program.decisions.len()],
            kept: Vec::new(),
            locals: Vec::new(),
            fault: None,
            fired: Vec::with_capacity(program.tables.len()),
            depth: 0,
            rounds: 0,
            now,
            strict: false,
        }
    }

    /// What is known of a decision; `None` when it was not computed.
    pub(crate) fn told(&self, slot: u32) -> Option<Told<'_>> {
        let part = |part: &Part| self.fired.get(part.0 as usize..part.1 as usize).unwrap_or(&[]);
        match self.memo.get(slot as usize)? {
            Memo::Empty | Memo::Running => None,
            Memo::Plain(value, fired) => Some(Told { value: value.to_value(), fault: None, fired: part(fired) }),
            Memo::Kept(place, fired) => {
                let kept = self.kept.get(*place as usize)?;
                Some(Told { value: kept.value.clone(), fault: kept.fault.as_deref(), fired: part(fired) })
            }
        }
    }

    /// How a condition came out: `Some(None)` when it was computed and neither can be said.
    #[inline]
    pub(crate) fn outcome(&self, slot: u32) -> Option<Option<bool>> {
        match self.memo.get(slot as usize)? {
            Memo::Plain(Plain::Test(b), _) => Some(Some(*b)),
            Memo::Empty | Memo::Running => None,
            Memo::Plain(..) => Some(None),
            Memo::Kept(place, _) => match self.kept.get(*place as usize)? {
                Kept { value: Value::Boolean(b), fault: None } => Some(Some(*b)),
                _ => Some(None),
            },
        }
    }

    /// Null, with its reason kept when it is the first.
    pub(crate) fn null(&mut self, at: u32, message: impl Into<Cow<'static, str>>) -> Read<'a> {
        self.note(at, message);
        Cow::Owned(Value::Null)
    }

    pub(crate) fn note(&mut self, at: u32, message: impl Into<Cow<'static, str>>) {
        if self.fault.is_none() {
            self.fault = Some(Box::new(Fault { at, message: message.into() }));
        }
    }

    /// In the decide profile nothing may be compared with null: where one came from, something is not known.
    fn refuse_null(&mut self, a: &Value, b: &Value, at: u32) {
        if self.strict && (a.is_null() || b.is_null()) {
            self.note(at, "a value that is compared is null");
        }
    }

    fn given(&mut self, value: Option<Value>, at: u32, message: &'static str) -> Read<'a> {
        match value {
            Some(v) => Cow::Owned(v),
            None => self.null(at, message),
        }
    }

    /// The value of a decision, computed once.
    pub(crate) fn decision(&mut self, slot: u32) -> Value {
        let place = slot as usize;
        match self.memo[place] {
            Memo::Plain(value, _) => return value.to_value(),
            Memo::Kept(kept, _) => {
                let Kept { value, fault } = &self.kept[kept as usize];
                if self.fault.is_none() {
                    self.fault = fault.clone();
                }
                return value.clone();
            }
            Memo::Running => return self.null(0, "decisions require each other in a circle").into_owned(),
            Memo::Empty => {}
        }
        if let Some(value) = self.coded(slot) {
            return value.to_value();
        }
        self.memo[place] = Memo::Running;
        let outer = self.fault.take();
        let locals = std::mem::take(&mut self.locals);
        let start = self.fired.len();
        let node = &self.program.decisions[place];
        let value = self.eval(&node.body).into_owned();
        self.locals = locals;
        let fault = self.fault.take();
        self.fault = outer.or_else(|| fault.clone());
        self.keep(slot, value.clone(), fault, start);
        value
    }

    /// A decision's value by its code; nothing is known of it when there is none.
    #[inline]
    fn coded(&mut self, slot: u32) -> Option<Plain<'a>> {
        let logic = self.program.plain.get(slot as usize)?.as_ref()?;
        let start = self.fired.len();
        // What the code meets on its way is not to be seen when it gives up.
        let outer = self.fault.take();
        let value = self.follow(logic);
        self.fault = outer;
        self.memo[slot as usize] = Memo::Plain(value?, self.part(start));
        value
    }

    /// The plain value of a decision for code that reads it; `None` when there is none, or a fault on its way.
    #[inline]
    pub(crate) fn plainly(&mut self, slot: u32) -> Option<Plain<'a>> {
        match self.memo[slot as usize] {
            Memo::Plain(value, _) => return Some(value),
            Memo::Empty => {
                if let Some(value) = self.coded(slot) {
                    return Some(value);
                }
                self.decision(slot);
            }
            Memo::Running | Memo::Kept(..) => {}
        }
        let Memo::Kept(place, _) = self.memo[slot as usize] else { return None };
        let kept = self.kept.get(place as usize).filter(|k| k.fault.is_none())?;
        Plain::short(&kept.value)
    }

    /// The fired rules from there to here.
    #[inline]
    fn part(&self, start: usize) -> Part {
        (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(self.fired.len()).unwrap_or(u32::MAX))
    }

    fn keep(&mut self, slot: u32, value: Value, fault: Option<Box<Fault>>, start: usize) {
        let place = u32::try_from(self.kept.len()).unwrap_or(u32::MAX);
        self.kept.push(Kept { value, fault });
        self.memo[slot as usize] = Memo::Kept(place, self.part(start));
    }

    /// Sets a decision's value, as a caller of a decision service does.
    pub(crate) fn preset(&mut self, slot: u32, value: Value) {
        let start = self.fired.len();
        self.keep(slot, value, None, start);
    }

    /// Whether another loop round may be taken.
    fn round(&mut self, at: u32) -> bool {
        self.spend(1, at)
    }

    /// Counts work that grows with the data as rounds.
    fn spend(&mut self, rounds: usize, at: u32) -> bool {
        self.rounds += rounds as u64;
        if self.rounds > MAX_ROUNDS {
            self.note(at, "the loop takes too many rounds");
        }
        self.rounds <= MAX_ROUNDS
    }

    pub(crate) fn push(&mut self, value: Value) {
        self.locals.push(value);
    }

    pub(crate) fn locals(&self) -> usize {
        self.locals.len()
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.locals.truncate(length);
    }

    pub(crate) fn now(&self) -> Option<Moment> {
        self.now
    }

    /// Runs one level deeper, unless that is too deep.
    pub(crate) fn deeper<T>(&mut self, at: u32, run: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.note(at, "evaluation goes too deep");
            return None;
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// A condition: a decision that no other requires, so that it is computed once and as a boolean.
    pub(crate) fn condition(&mut self, slot: u32) {
        let program = self.program;
        let start = self.fired.len();
        if let Some(Some(logic)) = program.plain.get(slot as usize)
            && let Some(b) = self.follow_test(logic)
        {
            self.memo[slot as usize] = Memo::Plain(Plain::Test(b), self.part(start));
            return;
        }
        self.fault = None;
        let result = self.truth(&program.decisions[slot as usize].body);
        match (result, self.fault.take()) {
            (Some(b), None) => self.memo[slot as usize] = Memo::Plain(Plain::Test(b), self.part(start)),
            (result, fault) => self.keep(slot, result.map_or(Value::Null, Value::Boolean), fault, start),
        }
    }

    /// The value of an expression.
    #[inline]
    pub(crate) fn eval(&mut self, e: &'a Expr) -> Read<'a> {
        match &e.kind {
            Kind::Constant(value) => Cow::Borrowed(value),
            Kind::Input(slot) => match self.inputs.get(*slot as usize) {
                Some(value) => Cow::Borrowed(value),
                None => Cow::Owned(Value::Null),
            },
            Kind::Local(slot) => Cow::Owned(self.locals.get(*slot as usize).cloned().unwrap_or_default()),
            _ => self.eval_deep(e),
        }
    }

    /// Everything that may recurse far: counted, so that no model can exhaust the stack.
    fn eval_deep(&mut self, e: &'a Expr) -> Read<'a> {
        if self.depth >= MAX_DEPTH {
            return self.null(e.at, "evaluation goes too deep");
        }
        self.depth += 1;
        let value = self.eval_kind(e);
        self.depth -= 1;
        value
    }

    fn eval_kind(&mut self, e: &'a Expr) -> Read<'a> {
        match &e.kind {
            Kind::Compare(..) | Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::AnyOf(_) | Kind::Matches(_) => {
                self.logical(e)
            }
            Kind::Decision(slot) => Cow::Owned(self.decision(*slot)),
            Kind::Arith(op, pair) => self.arith(*op, pair, e.at),
            Kind::Negate(inner) => self.negate(inner, e.at),
            Kind::Between(three) => self.between(three, e.at),
            Kind::If(three) => self.conditional(three, false),
            Kind::Choose(three) => self.conditional(three, true),
            Kind::In(value, tests) => self.is_in(value, tests),
            Kind::InstanceOf(inner, of) => self.instance_of(inner, of),
            Kind::Path(inner, name) => self.path(inner, name, e.at),
            Kind::Entry { name, element, otherwise } => self.entry(name, *element, otherwise.as_deref(), e.at),
            Kind::Filter(list, condition) => self.filter(list, condition, e.at),
            Kind::For { domains, body, partial } => self.for_loop(domains, body, *partial),
            Kind::Quantified { every, domains, satisfies } => self.quantified(*every, domains, satisfies),
            Kind::Call(callee, arguments) => self.call(callee, arguments, e.at),
            Kind::Typed(inner, of) => {
                let value = self.eval(inner);
                self.coerce(value, of, e.at)
            }
            Kind::Table(table) => table.evaluate(self, e.at),
            Kind::Unknown(name) => self.null(e.at, format!("unknown name `{name}`")),
            Kind::Unsupported(what) => self.null(e.at, what.to_string()),
            _ => self.eval_made(e),
        }
    }

    /// Values that are put together: lists, contexts, ranges, functions.
    fn eval_made(&mut self, e: &'a Expr) -> Read<'a> {
        match &e.kind {
            Kind::List(items) => {
                let list = items.iter().map(|i| self.eval(i).into_owned()).collect();
                Cow::Owned(Value::list(list))
            }
            Kind::Context(entries) => {
                let mark = self.locals.len();
                let mut context = Context::new();
                for (name, entry) in entries {
                    let value = self.eval(entry).into_owned();
                    self.locals.push(value.clone());
                    context.insert(name.clone(), value);
                }
                self.locals.truncate(mark);
                Cow::Owned(Value::Context(Arc::new(context)))
            }
            Kind::ContextResult(entries, result) => {
                let mark = self.locals.len();
                for entry in entries {
                    let value = self.eval(entry).into_owned();
                    self.locals.push(value);
                }
                let value = self.eval(result).into_owned();
                self.locals.truncate(mark);
                Cow::Owned(value)
            }
            Kind::Range { low, low_closed, high, high_closed } => {
                let low = low.as_deref().map_or(Value::Null, |l| self.eval(l).into_owned());
                let high = high.as_deref().map_or(Value::Null, |h| self.eval(h).into_owned());
                self.range(
                    Range { form: Form::Interval, low, low_closed: *low_closed, high, high_closed: *high_closed },
                    e,
                )
            }
            Kind::Point(form, inner) => {
                let value = self.eval(inner);
                if value.is_null() {
                    return self.null(e.at, "the range has no value");
                }
                Cow::Owned(Value::Range(Arc::new(Range::point(&value, *form))))
            }
            Kind::Closure(definition) => {
                let captured = self.locals.clone();
                Cow::Owned(Value::Function(Arc::new(Function::Closure { definition: *definition, captured })))
            }
            _ => self.null(e.at, "not an expression"),
        }
    }

    /// A range whose ends were computed; null where an end is missing or they cannot be ordered.
    fn range(&mut self, range: Range, e: &'a Expr) -> Read<'a> {
        let Kind::Range { low, high, .. } = &e.kind else { return Cow::Owned(Value::Null) };
        let lost = (low.is_some() && range.low.is_null()) || (high.is_some() && range.high.is_null());
        let both = low.is_some() && high.is_some();
        if lost || (both && range.low.compare(&range.high).is_none()) {
            return self.null(e.at, "the ends of the range cannot be compared");
        }
        Cow::Owned(Value::Range(Arc::new(range)))
    }
}

//! From trees to typed code, once, when a model is read.
//!
//! Every rule here must hold for all values: code may only be written for a tree whose result, wherever the code gives
//! one, is the tree's. Where that is not sure there is no code.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Body, Call, Code, Day, Ends, Grid, Keep, Logic, MAX_HEIGHT, MAX_LOCALS, Months, Num, Place, Row, Sort, Span, Test,
    Text,
};
use crate::feel::ast::{Arguments, Arith, Compare, Expr, Kind};
use crate::program::Program;
use crate::table::{Hit, Table};
use crate::value::{Form, Function, Range, Type, Value};

/// Functions that are written inside of functions: what calls deeper is left to the tree.
const MAX_FUNCTIONS: usize = 16;

/// The code of each decision that has one.
pub(crate) fn lower(program: &Program) -> Vec<Option<Logic>> {
    let mut lowering = Lowering {
        program,
        done: vec![None; program.decisions.len()],
        functions: BTreeMap::new(),
        open: 0,
        locals: Vec::new(),
        below: 0,
    };
    for slot in in_order(program) {
        lowering.done[slot] = lowering.decision(slot);
    }
    lowering.done
}

/// The decisions, each after those it requires; an own stack, since chains may be long.
fn in_order(program: &Program) -> Vec<usize> {
    let mut seen = vec![false; program.decisions.len()];
    let mut order = Vec::with_capacity(seen.len());
    for start in 0..seen.len() {
        let mut stack = vec![(start, 0usize)];
        while let Some((at, next)) = stack.pop() {
            if next == 0 && std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match program.decisions[at].requires.get(next) {
                None => order.push(at),
                Some(to) => {
                    stack.push((at, next + 1));
                    if !seen[*to as usize] {
                        stack.push((*to as usize, 0));
                    }
                }
            }
        }
    }
    order
}

/// What a type's values are, when they are all plain and of one kind.
fn sort_of(of: &Type) -> Option<Sort> {
    Some(match of {
        Type::Boolean => Sort::Test,
        Type::Number => Sort::Number,
        Type::String => Sort::Text,
        Type::Date => Sort::Day,
        Type::Months => Sort::Months,
        Type::DaysTime => Sort::Span,
        _ => return None,
    })
}

const fn read(sort: Sort, place: Place) -> Code {
    match sort {
        Sort::Test => Code::Test(Test::Read(place)),
        Sort::Number => Code::Number(Num::Read(place)),
        Sort::Text => Code::Text(Text::Read(place)),
        Sort::Day => Code::Day(Day::Read(place)),
        Sort::Months => Code::Months(Months::Read(place)),
        Sort::Span => Code::Span(Span::Read(place)),
    }
}

fn constant(value: &Value) -> Option<Code> {
    Some(match value {
        Value::Boolean(b) => Code::Test(Test::Constant(*b)),
        Value::Number(n) => Code::Number(Num::Constant(*n)),
        Value::String(s) => Code::Text(Text::Constant(s.clone())),
        Value::Date(d) => Code::Day(Day::Constant(*d)),
        Value::Months(m) => Code::Months(Months::Constant(*m)),
        Value::DaysTime(d) => Code::Span(Span::Constant(*d)),
        _ => return None,
    })
}

impl Code {
    const fn sort(&self) -> Sort {
        match self {
            Self::Test(_) => Sort::Test,
            Self::Number(_) => Sort::Number,
            Self::Text(_) => Sort::Text,
            Self::Day(_) => Sort::Day,
            Self::Months(_) => Sort::Months,
            Self::Span(_) => Sort::Span,
        }
    }

    fn test(self) -> Option<Test> {
        match self {
            Self::Test(test) => Some(test),
            _ => None,
        }
    }

    fn num(self) -> Option<Num> {
        match self {
            Self::Number(num) => Some(num),
            _ => None,
        }
    }

    fn day(self) -> Option<Day> {
        match self {
            Self::Day(day) => Some(day),
            _ => None,
        }
    }
}

/// A function as code, and how high that is; `None` where it has none or is being written.
type Written = Option<(Arc<Code>, u16)>;

struct Lowering<'p> {
    program: &'p Program,
    done: Vec<Option<Logic>>,
    functions: BTreeMap<u32, Written>,
    /// Functions that are being written.
    open: usize,
    /// Kinds of the locals at this point, and where they stand.
    locals: Vec<(Sort, Place)>,
    /// Height of the highest function or decision that the code calls.
    below: u16,
}

impl Lowering<'_> {
    fn decision(&mut self, slot: usize) -> Option<Logic> {
        let program = self.program;
        let body = &program.decisions[slot].body;
        self.locals.clear();
        self.below = 0;
        let (inner, wanted) = match &body.kind {
            Kind::Typed(inner, of) => (&**inner, Some(sort_of(of)?)),
            _ => (body, None),
        };
        let (body, sort) = match &inner.kind {
            Kind::Table(table) => {
                let (grid, sort) = self.grid(table)?;
                (Body::Grid(Box::new(grid)), sort)
            }
            _ => {
                let code = self.code(inner)?;
                let sort = code.sort();
                (Body::Code(code), sort)
            }
        };
        let height = program.decisions[slot].body.height.saturating_add(self.below);
        let fits = wanted.is_none_or(|w| w == sort) && height <= MAX_HEIGHT;
        fits.then_some(Logic { body, sort, height })
    }

    fn function(&mut self, place: u32) -> Written {
        if let Some(written) = self.functions.get(&place) {
            return written.clone();
        }
        if self.open >= MAX_FUNCTIONS {
            return None;
        }
        // One that calls itself finds itself here, without code.
        self.functions.insert(place, None);
        let definition = self.program.functions.get(place as usize)?;
        let parameter = |((_, of), local): (&(_, Type), u32)| Some((sort_of(of)?, Place::Local(local)));
        let parameters = definition.parameters.iter().zip(0u32..).map(parameter).collect::<Option<Vec<_>>>()?;
        let locals = std::mem::replace(&mut self.locals, parameters);
        let below = std::mem::take(&mut self.below);
        self.open += 1;
        let code = self.code(&definition.body);
        self.open -= 1;
        let height = definition.body.height.saturating_add(self.below);
        self.locals = locals;
        self.below = below;
        let written = code.filter(|_| height <= MAX_HEIGHT).map(|code| (Arc::new(code), height));
        self.functions.insert(place, written.clone());
        written
    }

    fn code(&mut self, e: &Expr) -> Option<Code> {
        Some(match &e.kind {
            Kind::Constant(value) => constant(value)?,
            Kind::Input(slot) => {
                let of = &self.program.inputs.get(*slot as usize)?.of;
                read(sort_of(of.base())?, Place::Input(*slot))
            }
            Kind::Local(slot) => {
                let (sort, place) = *self.locals.get(*slot as usize)?;
                read(sort, place)
            }
            Kind::Decision(slot) => {
                let logic = self.done.get(*slot as usize)?.as_ref()?;
                self.below = self.below.max(logic.height);
                read(logic.sort, Place::Decision(*slot))
            }
            Kind::Typed(inner, of) => {
                let code = self.code(inner)?;
                if sort_of(of)? == code.sort() { code } else { return None }
            }
            Kind::Arith(op, pair) => self.arith(*op, pair)?,
            Kind::Negate(inner) => Code::Number(Num::Negate(Box::new(self.code(inner)?.num()?))),
            Kind::If(three) | Kind::Choose(three) => self.conditional(three)?,
            Kind::Path(inner, name) => self.path(inner, name)?,
            Kind::Call(callee, arguments) => self.call(callee, arguments)?,
            _ => Code::Test(self.test(e)?),
        })
    }

    fn test(&mut self, e: &Expr) -> Option<Test> {
        Some(match &e.kind {
            Kind::Compare(op, pair) => compare(*op, self.code(&pair.0)?, self.code(&pair.1)?)?,
            Kind::And(pair) => Test::And(Box::new((self.truth(&pair.0)?, self.truth(&pair.1)?))),
            Kind::Or(pair) => Test::Or(Box::new((self.truth(&pair.0)?, self.truth(&pair.1)?))),
            Kind::Not(inner) => Test::Not(Box::new(self.truth(inner)?)),
            Kind::AnyOf(tests) => any_of(self.tests(tests)?),
            Kind::Matches(pair) => self.matches(pair)?,
            Kind::Between(three) => {
                let value = self.code(&three.0)?;
                let (low, high) = (self.code(&three.1)?, self.code(&three.2)?);
                within(value, Ends { low: Some((low, true)), high: Some((high, true)) })?
            }
            Kind::In(value, tests) => {
                let value = self.code(value)?;
                let local = self.keep(value.sort())?;
                let tests = self.tests(tests);
                self.locals.pop();
                Test::Keep(Box::new(Keep { value, local, tests: tests? }))
            }
            _ => return None,
        })
    }

    fn truth(&mut self, e: &Expr) -> Option<Test> {
        self.code(e)?.test()
    }

    fn tests(&mut self, list: &[Expr]) -> Option<Vec<Test>> {
        list.iter().map(|e| self.truth(e)).collect()
    }

    /// A place for another local.
    fn keep(&mut self, sort: Sort) -> Option<u32> {
        let local = self.locals.len();
        if local >= MAX_LOCALS {
            return None;
        }
        let local = u32::try_from(local).ok()?;
        self.locals.push((sort, Place::Local(local)));
        Some(local)
    }

    fn matches(&mut self, pair: &(Expr, Expr)) -> Option<Test> {
        let tested = self.code(&pair.0)?;
        match &pair.1.kind {
            Kind::Constant(Value::Range(range)) => within(tested, constant_ends(range)?),
            Kind::Range { low, low_closed, high, high_closed } => {
                let mut end = |e: &Option<Box<Expr>>, closed: bool| match e {
                    None => Some(None),
                    Some(e) => self.code(e).map(|code| Some((code, closed))),
                };
                let (low, high) = (end(low, *low_closed)?, end(high, *high_closed)?);
                within(tested, Ends { low, high })
            }
            _ => {
                let wanted = self.code(&pair.1)?;
                compare(Compare::Equal, tested, wanted)
            }
        }
    }

    fn arith(&mut self, op: Arith, pair: &(Expr, Expr)) -> Option<Code> {
        let (left, right) = (self.code(&pair.0)?, self.code(&pair.1)?);
        Some(match (op, left, right) {
            (_, Code::Number(a), Code::Number(b)) => {
                let pair = Box::new((a, b));
                Code::Number(match op {
                    Arith::Add => Num::Add(pair),
                    Arith::Subtract => Num::Subtract(pair),
                    Arith::Multiply => Num::Multiply(pair),
                    Arith::Divide => Num::Divide(pair),
                    Arith::Power => return None,
                })
            }
            (Arith::Add, Code::Day(d), Code::Months(m)) | (Arith::Add, Code::Months(m), Code::Day(d)) => {
                Code::Day(Day::PlusMonths(Box::new((d, m))))
            }
            (Arith::Subtract, Code::Day(d), Code::Months(m)) => Code::Day(Day::MinusMonths(Box::new((d, m)))),
            (Arith::Add, Code::Day(d), Code::Span(s)) | (Arith::Add, Code::Span(s), Code::Day(d)) => {
                Code::Day(Day::Plus(Box::new((d, s))))
            }
            (Arith::Subtract, Code::Day(d), Code::Span(s)) => Code::Day(Day::Minus(Box::new((d, s)))),
            // Later minus earlier: the span from the second to the first.
            (Arith::Subtract, Code::Day(a), Code::Day(b)) => Code::Span(Span::Between(Box::new((a, b)))),
            _ => return None,
        })
    }

    fn conditional(&mut self, three: &(Expr, Expr, Expr)) -> Option<Code> {
        let test = self.truth(&three.0)?;
        let (yes, no) = (self.code(&three.1)?, self.code(&three.2)?);
        Some(match (yes, no) {
            (Code::Test(a), Code::Test(b)) => Code::Test(Test::If(Box::new((test, a, b)))),
            (Code::Number(a), Code::Number(b)) => Code::Number(Num::If(Box::new((test, a, b)))),
            (Code::Text(a), Code::Text(b)) => Code::Text(Text::If(Box::new((test, a, b)))),
            (Code::Day(a), Code::Day(b)) => Code::Day(Day::If(Box::new((test, a, b)))),
            (Code::Months(a), Code::Months(b)) => Code::Months(Months::If(Box::new((test, a, b)))),
            (Code::Span(a), Code::Span(b)) => Code::Span(Span::If(Box::new((test, a, b)))),
            _ => return None,
        })
    }

    fn path(&mut self, inner: &Expr, name: &str) -> Option<Code> {
        Some(Code::Number(match (self.code(inner)?, name) {
            (Code::Months(m), "years") => Num::Years(Box::new(m)),
            (Code::Months(m), "months") => Num::MonthsOfYear(Box::new(m)),
            (Code::Day(d), "year") => Num::Year(Box::new(d)),
            (Code::Day(d), "month") => Num::Month(Box::new(d)),
            (Code::Day(d), "day") => Num::DayOfMonth(Box::new(d)),
            (Code::Span(s), "days") => Num::DaysOf(Box::new(s)),
            _ => return None,
        }))
    }

    fn call(&mut self, callee: &Expr, arguments: &Arguments) -> Option<Code> {
        let Some(Value::Function(function)) = callee.as_constant() else { return None };
        match (&**function, arguments) {
            (Function::Builtin(builtin), Arguments::Positional(list)) => {
                let arguments = list.iter().map(|e| self.code(e)).collect::<Option<Vec<_>>>()?;
                builtin_call(builtin.name(), arguments)
            }
            (Function::Closure { definition, captured }, arguments) if captured.is_empty() => {
                self.own_call(*definition, arguments)
            }
            _ => None,
        }
    }

    fn own_call(&mut self, definition: u32, arguments: &Arguments) -> Option<Code> {
        let (body, height) = self.function(definition)?;
        self.below = self.below.max(height);
        let parameters = &self.program.functions.get(definition as usize)?.parameters;
        let given: Vec<&Expr> = match arguments {
            Arguments::Positional(list) => list.iter().collect(),
            Arguments::Named(list) => {
                let named = |name: &Arc<str>| list.iter().find(|(n, _)| n == name).map(|(_, e)| e);
                let given = parameters.iter().map(|(name, _)| named(name)).collect::<Option<Vec<_>>>()?;
                if given.len() == list.len() { given } else { return None }
            }
        };
        let arguments = given.into_iter().map(|e| self.code(e)).collect::<Option<Vec<_>>>()?;
        let fits = arguments.iter().map(|a| Some(a.sort())).eq(parameters.iter().map(|(_, of)| sort_of(of)));
        if !fits || arguments.len() > MAX_LOCALS {
            return None;
        }
        let sort = body.sort();
        let call = Box::new(Call { arguments, body });
        Some(match sort {
            Sort::Test => Code::Test(Test::Call(call)),
            Sort::Number => Code::Number(Num::Call(call)),
            Sort::Text => Code::Text(Text::Call(call)),
            Sort::Day => Code::Day(Day::Call(call)),
            Sort::Months => Code::Months(Months::Call(call)),
            Sort::Span => Code::Span(Span::Call(call)),
        })
    }

    fn grid(&mut self, table: &Table) -> Option<(Grid, Sort)> {
        let [output] = table.outputs.as_slice() else { return None };
        if !matches!(table.hit, Hit::Unique | Hit::First | Hit::Any) {
            return None;
        }
        let (mut decisions, mut kept) = (Vec::new(), Vec::new());
        for column in table.columns.iter().filter(|c| c.kept) {
            let code = self.code(&column.expression)?;
            let local = self.keep(code.sort())?;
            if let Kind::Decision(slot) = column.expression.kind {
                self.locals[local as usize].1 = Place::Decision(slot);
                decisions.push(slot);
            } else {
                kept.push((local, code));
            }
        }
        let mut allowed = Vec::new();
        for column in &table.columns {
            let Some(tests) = &column.allowed else { continue };
            let code = self.code(&column.expression)?;
            let local = self.keep(code.sort())?;
            let tests = self.truth(tests);
            self.locals.pop();
            allowed.push((local, code, tests?));
        }
        let mut rows = Vec::with_capacity(table.rules.len());
        for rule in &table.rules {
            let tests = self.tests(&rule.tests)?;
            let tests = tests.into_iter().filter(|t| !matches!(t, Test::Constant(true))).collect();
            let [output] = rule.outputs.as_slice() else { return None };
            rows.push(Row { tests, output: self.code(output)? });
        }
        let otherwise = match &output.default {
            None => None,
            Some(default) => Some(self.code(default)?),
        };
        let sort = rows.first().map(|r| &r.output).or(otherwise.as_ref())?.sort();
        let one = rows.iter().map(|r| &r.output).chain(&otherwise).all(|code| code.sort() == sort);
        let typed = output.of == Type::Any || sort_of(&output.of) == Some(sort);
        let grid = Grid { place: table.place, hit: table.hit, decisions, kept, allowed, rows, otherwise };
        (one && typed).then_some((grid, sort))
    }
}

/// One of several tests; a text that is one of some constants is looked up in one go.
fn any_of(mut tests: Vec<Test>) -> Test {
    if tests.len() == 1 {
        return tests.remove(0);
    }
    let mut place = None;
    let mut list = Vec::with_capacity(tests.len());
    for test in &tests {
        match test {
            Test::OneOf(at, more) if place.is_none_or(|p| p == *at) => {
                place = Some(*at);
                list.extend(more.iter().cloned());
            }
            _ => return Test::AnyOf(tests),
        }
    }
    match place {
        Some(place) => Test::OneOf(place, list.into()),
        None => Test::AnyOf(tests),
    }
}

fn compare(op: Compare, left: Code, right: Code) -> Option<Test> {
    Some(match (left, right) {
        (Code::Number(a), Code::Number(Num::Constant(n))) => Test::NumberAt(op, Box::new((a, n))),
        (Code::Number(a), Code::Number(b)) => Test::Numbers(op, Box::new((a, b))),
        (Code::Day(a), Code::Day(b)) => Test::Days(op, Box::new((a, b))),
        (Code::Text(Text::Read(place)), Code::Text(Text::Constant(text))) if op == Compare::Equal => {
            Test::OneOf(place, [text].into())
        }
        (Code::Text(a), Code::Text(b)) => Test::Texts(op, Box::new((a, b))),
        (Code::Months(a), Code::Months(b)) => Test::Months(op, Box::new((a, b))),
        (Code::Span(a), Code::Span(b)) => Test::Spans(op, Box::new((a, b))),
        (Code::Test(a), Code::Test(b)) if op == Compare::Equal => Test::Same(true, Box::new((a, b))),
        (Code::Test(a), Code::Test(b)) if op == Compare::NotEqual => Test::Same(false, Box::new((a, b))),
        _ => return None,
    })
}

fn constant_ends(range: &Range) -> Option<Ends<Code>> {
    if range.form == Form::Except {
        return None;
    }
    let end = |value: &Value, closed: bool| match value {
        Value::Null => Some(None),
        value => constant(value).map(|code| Some((code, closed))),
    };
    Some(Ends { low: end(&range.low, range.low_closed)?, high: end(&range.high, range.high_closed)? })
}

fn within(value: Code, ends: Ends<Code>) -> Option<Test> {
    match value {
        Code::Number(value) => Some(Test::NumberWithin(Box::new((value, ends.each(Code::num)?)))),
        Code::Day(value) => Some(Test::DayWithin(Box::new((value, ends.each(Code::day)?)))),
        _ => None,
    }
}

impl Ends<Code> {
    fn each<T>(self, of: impl Fn(Code) -> Option<T>) -> Option<Ends<T>> {
        let end = |end: Option<(Code, bool)>| match end {
            None => Some(None),
            Some((code, closed)) => of(code).map(|code| Some((code, closed))),
        };
        Some(Ends { low: end(self.low)?, high: end(self.high)? })
    }
}

fn builtin_call(name: &str, arguments: Vec<Code>) -> Option<Code> {
    if let "min" | "max" = name {
        // One argument would be a list.
        let least = name == "min";
        if arguments.len() < 2 {
            return None;
        }
        return match arguments.first()? {
            Code::Number(_) => {
                let list = arguments.into_iter().map(Code::num).collect::<Option<_>>()?;
                Some(Code::Number(Num::Least(least, list)))
            }
            Code::Day(_) => {
                let list = arguments.into_iter().map(Code::day).collect::<Option<_>>()?;
                Some(Code::Day(Day::Least(least, list)))
            }
            _ => None,
        };
    }
    let mut arguments = arguments.into_iter();
    let made = match (name, arguments.next()?, arguments.next(), arguments.next()) {
        ("not", Code::Test(a), None, None) => Code::Test(Test::Not(Box::new(a))),
        ("years and months duration", Code::Day(a), Some(Code::Day(b)), None) => {
            Code::Months(Months::Between(Box::new((a, b))))
        }
        ("date", Code::Number(y), Some(Code::Number(m)), Some(Code::Number(d))) => {
            Code::Day(Day::Made(Box::new((y, m, d))))
        }
        _ => return None,
    };
    arguments.next().is_none().then_some(made)
}

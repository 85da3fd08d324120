//! Typed code: the part of the evaluator that runs when everything is plain, and nearly everything is.
//!
//! Most logic compares numbers, texts, days and booleans whose kinds are known when the model is read. Such a decision is
//! written a second time as typed code, which makes no values, takes no memory and follows no kinds at run time. It
//! answers only where every value on its way is there and of its kind; whatever is not (a null, an overflow, two rules
//! of a unique table) makes it say nothing, and the tree is walked from the start, as if the code were not there. So the
//! code never words a fault, and both profiles use it: what the conformance cases prove, they prove of it, too.

mod follow;
mod lower;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::feel::ast::Compare;
use crate::table::Hit;
use crate::value::{Date, DaysTime, Number, Value};

pub(crate) use lower::lower;

/// Values that a function or a table keeps while it runs; what keeps more is left to the tree.
const MAX_LOCALS: usize = 4;

/// How high code may be, the functions and decisions below it included: it runs on the machine's own stack.
const MAX_HEIGHT: u16 = 120;

/// A plain value: a word or two, copied and never freed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Plain<'a> {
    #[default]
    Nothing,
    Test(bool),
    Number(Number),
    Text(&'a Arc<str>),
    Day(Date),
    Months(i64),
    Span(DaysTime),
}

/// The kinds of plain values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Test,
    Number,
    Text,
    Day,
    Months,
    Span,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Input(u32),
    Decision(u32),
    Local(u32),
}

/// The ends of a range, each with whether it belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Ends<T> {
    low: Option<(T, bool)>,
    high: Option<(T, bool)>,
}

/// A call of a function of the model.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    arguments: Vec<Code>,
    body: Arc<Code>,
}

/// A value that is kept while tests over it run.
#[derive(Clone, Debug)]
pub(crate) struct Keep {
    value: Code,
    local: u32,
    tests: Vec<Test>,
}

/// Logic that gives true or false.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    Constant(bool),
    Read(Place),
    Numbers(Compare, Box<(Num, Num)>),
    /// Against a constant, by far the most comparisons of numbers.
    NumberAt(Compare, Box<(Num, Number)>),
    Days(Compare, Box<(Day, Day)>),
    Texts(Compare, Box<(Text, Text)>),
    /// One of these texts.
    OneOf(Place, Box<[Arc<str>]>),
    Spans(Compare, Box<(Span, Span)>),
    Months(Compare, Box<(Months, Months)>),
    /// Equal, or not.
    Same(bool, Box<(Test, Test)>),
    NumberWithin(Box<(Num, Ends<Num>)>),
    DayWithin(Box<(Day, Ends<Day>)>),
    And(Box<(Test, Test)>),
    Or(Box<(Test, Test)>),
    Not(Box<Test>),
    AnyOf(Vec<Test>),
    Keep(Box<Keep>),
    If(Box<(Test, Test, Test)>),
    Call(Box<Call>),
}

/// Logic that gives a number.
#[derive(Clone, Debug)]
pub(crate) enum Num {
    Constant(Number),
    Read(Place),
    Add(Box<(Num, Num)>),
    Subtract(Box<(Num, Num)>),
    Multiply(Box<(Num, Num)>),
    Divide(Box<(Num, Num)>),
    Negate(Box<Num>),
    Least(bool, Vec<Num>),
    Years(Box<Months>),
    MonthsOfYear(Box<Months>),
    Year(Box<Day>),
    Month(Box<Day>),
    DayOfMonth(Box<Day>),
    DaysOf(Box<Span>),
    If(Box<(Test, Num, Num)>),
    Call(Box<Call>),
}

/// Logic that gives a text.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Constant(Arc<str>),
    Read(Place),
    If(Box<(Test, Text, Text)>),
    Call(Box<Call>),
}

/// Logic that gives a day.
#[derive(Clone, Debug)]
pub(crate) enum Day {
    Constant(Date),
    Read(Place),
    /// Later (or, for the second, earlier) by that.
    PlusMonths(Box<(Day, Months)>),
    MinusMonths(Box<(Day, Months)>),
    Plus(Box<(Day, Span)>),
    Minus(Box<(Day, Span)>),
    Made(Box<(Num, Num, Num)>),
    /// The earliest, or the latest.
    Least(bool, Vec<Day>),
    If(Box<(Test, Day, Day)>),
    Call(Box<Call>),
}

/// Logic that gives a years-and-months duration.
#[derive(Clone, Debug)]
pub(crate) enum Months {
    Constant(i64),
    Read(Place),
    Between(Box<(Day, Day)>),
    If(Box<(Test, Months, Months)>),
    Call(Box<Call>),
}

/// Logic that gives a days-and-time duration.
#[derive(Clone, Debug)]
pub(crate) enum Span {
    Constant(DaysTime),
    Read(Place),
    Between(Box<(Day, Day)>),
    If(Box<(Test, Span, Span)>),
    Call(Box<Call>),
}

/// Logic of any kind.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    Test(Test),
    Number(Num),
    Text(Text),
    Day(Day),
    Months(Months),
    Span(Span),
}

/// A row: its tests, cells that accept everything left out.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    tests: Vec<Test>,
    output: Code,
}

/// A decision table with one output, of the policies that choose one rule.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    place: u32,
    hit: Hit,
    /// Columns that are decisions: read where they are known.
    decisions: Vec<u32>,
    /// Values of other columns that are computed once, with their locals.
    kept: Vec<(u32, Code)>,
    /// What columns allow, over the values themselves.
    allowed: Vec<(u32, Code, Test)>,
    rows: Vec<Row>,
    otherwise: Option<Code>,
}

/// What a decision is in code.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Code(Code),
    Grid(Box<Grid>),
}

/// A decision's code.
#[derive(Clone, Debug)]
pub(crate) struct Logic {
    body: Body,
    sort: Sort,
    height: u16,
}

impl<'a> Plain<'a> {
    /// A value as a plain one; `None` for what is not.
    pub(crate) const fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Boolean(b) => Self::Test(*b),
            Value::Number(n) => Self::Number(*n),
            Value::String(s) => Self::Text(s),
            Value::Date(d) => Self::Day(*d),
            Value::Months(m) => Self::Months(*m),
            Value::DaysTime(d) => Self::Span(*d),
            _ => return None,
        })
    }

    /// The same of a value that may go away: texts stay behind.
    pub(crate) const fn short(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Boolean(b) => Self::Test(*b),
            Value::Number(n) => Self::Number(*n),
            Value::Date(d) => Self::Day(*d),
            Value::Months(m) => Self::Months(*m),
            Value::DaysTime(d) => Self::Span(*d),
            _ => return None,
        })
    }

    /// Whether two results of one kind are the same.
    fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Test(a), Self::Test(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Day(a), Self::Day(b)) => a == b,
            (Self::Months(a), Self::Months(b)) => a == b,
            (Self::Span(a), Self::Span(b)) => a == b,
            _ => false,
        }
    }

    /// The value as every other part of the engine holds it.
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Test(b) => Value::Boolean(b),
            Self::Number(n) => Value::Number(n),
            Self::Text(s) => Value::String(Arc::clone(s)),
            Self::Day(d) => Value::Date(d),
            Self::Months(m) => Value::Months(m),
            Self::Span(d) => Value::DaysTime(d),
        }
    }
}

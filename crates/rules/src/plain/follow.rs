//! Running typed code.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Body, Call, Code, Day, Ends, Grid, Keep, Logic, MAX_LOCALS, Months, Num, Place, Plain, Span, Test, Text};
use crate::eval::{Fired, MAX_DEPTH, Machine};
use crate::feel::ast::Compare;
use crate::table::Hit;
use crate::value::{Date, DaysTime, Number, Value};

/// The locals of a function or a table.
type Frame<'a> = [Plain<'a>; MAX_LOCALS];

const EMPTY: Frame<'static> = [Plain::Nothing; MAX_LOCALS];

/// What there is to follow with.
#[derive(Clone, Copy)]
struct At<'f, 'a> {
    inputs: &'a [Value],
    frame: &'f Frame<'a>,
}

const fn holds(op: Compare, found: Ordering) -> bool {
    match op {
        Compare::Equal => found.is_eq(),
        Compare::NotEqual => found.is_ne(),
        Compare::Less => found.is_lt(),
        Compare::LessOrEqual => found.is_le(),
        Compare::Greater => found.is_gt(),
        Compare::GreaterOrEqual => found.is_ge(),
    }
}

fn inside<T: Ord>(value: &T, low: Option<(T, bool)>, high: Option<(T, bool)>) -> bool {
    let above = low.is_none_or(|(end, closed)| *value > end || (closed && *value == end));
    above && high.is_none_or(|(end, closed)| *value < end || (closed && *value == end))
}

/// The smaller of two (or the greater), the older one where they are the same.
fn nearer<T: Ord>(least: bool, new: T, old: T) -> T {
    let wanted = if least { Ordering::Less } else { Ordering::Greater };
    if new.cmp(&old) == wanted { new } else { old }
}

fn texts(op: Compare, a: &Arc<str>, b: &Arc<str>) -> bool {
    match op {
        Compare::Equal => **a == **b,
        Compare::NotEqual => **a != **b,
        _ => holds(op, a.cmp(b)),
    }
}

impl<'a> Machine<'a> {
    /// The result of a decision's code, with its rules noted; `None` when the tree is to be walked.
    #[inline]
    pub(crate) fn follow(&mut self, logic: &'a Logic) -> Option<Plain<'a>> {
        // As deep as the tree would go, and the tree has its limit.
        if self.depth + u32::from(logic.height) > MAX_DEPTH {
            return None;
        }
        let at = At { inputs: self.inputs, frame: &EMPTY };
        match &logic.body {
            Body::Code(Code::Test(test)) => self.test(test, at).map(Plain::Test),
            Body::Code(code) => self.code(code, at),
            Body::Grid(grid) => self.grid(grid, at),
        }
    }

    /// The same of a condition.
    #[inline]
    pub(crate) fn follow_test(&mut self, logic: &'a Logic) -> Option<bool> {
        if let Body::Code(Code::Test(test)) = &logic.body
            && self.depth + u32::from(logic.height) <= MAX_DEPTH
        {
            return self.test(test, At { inputs: self.inputs, frame: &EMPTY });
        }
        match self.follow(logic)? {
            Plain::Test(b) => Some(b),
            _ => None,
        }
    }

    fn read(&mut self, place: Place, at: At<'_, 'a>) -> Option<Plain<'a>> {
        match place {
            Place::Input(slot) => Plain::of(at.inputs.get(slot as usize)?),
            Place::Local(slot) => at.frame.get(slot as usize).copied(),
            Place::Decision(slot) => self.plainly(slot),
        }
    }

    // One of these for each kind, and none over the other: a value that goes through the common form on its way costs
    // more than what is done with it.

    #[inline]
    fn read_test(&mut self, place: Place, at: At<'_, 'a>) -> Option<bool> {
        if let Place::Input(slot) = place {
            return match at.inputs.get(slot as usize)? {
                Value::Boolean(b) => Some(*b),
                _ => None,
            };
        }
        match self.read(place, at)? {
            Plain::Test(b) => Some(b),
            _ => None,
        }
    }

    #[inline]
    fn read_num(&mut self, place: Place, at: At<'_, 'a>) -> Option<Number> {
        if let Place::Input(slot) = place {
            return match at.inputs.get(slot as usize)? {
                Value::Number(n) => Some(*n),
                _ => None,
            };
        }
        match self.read(place, at)? {
            Plain::Number(n) => Some(n),
            _ => None,
        }
    }

    #[inline]
    fn read_day(&mut self, place: Place, at: At<'_, 'a>) -> Option<Date> {
        if let Place::Input(slot) = place {
            return match at.inputs.get(slot as usize)? {
                Value::Date(d) => Some(*d),
                _ => None,
            };
        }
        match self.read(place, at)? {
            Plain::Day(d) => Some(d),
            _ => None,
        }
    }

    #[inline]
    fn read_text(&mut self, place: Place, at: At<'_, 'a>) -> Option<&'a Arc<str>> {
        if let Place::Input(slot) = place {
            return match at.inputs.get(slot as usize)? {
                Value::String(text) => Some(text),
                _ => None,
            };
        }
        match self.read(place, at)? {
            Plain::Text(text) => Some(text),
            _ => None,
        }
    }

    fn code(&mut self, code: &'a Code, at: At<'_, 'a>) -> Option<Plain<'a>> {
        Some(match code {
            Code::Test(test) => Plain::Test(self.test(test, at)?),
            Code::Number(num) => Plain::Number(self.num(num, at)?),
            Code::Text(text) => Plain::Text(self.text(text, at)?),
            Code::Day(day) => Plain::Day(self.day(day, at)?),
            Code::Months(months) => Plain::Months(self.months(months, at)?),
            Code::Span(span) => Plain::Span(self.lapse(span, at)?),
        })
    }

    fn called(&mut self, call: &'a Call, at: At<'_, 'a>) -> Option<Plain<'a>> {
        let mut frame = EMPTY;
        for (local, argument) in frame.iter_mut().zip(&call.arguments) {
            *local = self.code(argument, at)?;
        }
        self.code(&call.body, At { frame: &frame, ..at })
    }

    fn any_test(&mut self, tests: &'a [Test], at: At<'_, 'a>) -> Option<bool> {
        for test in tests {
            if self.test(test, at)? {
                return Some(true);
            }
        }
        Some(false)
    }

    fn test(&mut self, test: &'a Test, at: At<'_, 'a>) -> Option<bool> {
        Some(match test {
            Test::Constant(b) => *b,
            Test::Read(place) => self.read_test(*place, at)?,
            Test::Days(op, pair) => holds(*op, self.day(&pair.0, at)?.cmp(&self.day(&pair.1, at)?)),
            Test::NumberAt(op, pair) => match (&pair.0, at.inputs) {
                (Num::Read(Place::Input(slot)), inputs) => match inputs.get(*slot as usize)? {
                    Value::Number(n) => holds(*op, n.cmp(&pair.1)),
                    _ => return None,
                },
                (num, _) => holds(*op, self.num(num, at)?.cmp(&pair.1)),
            },
            Test::Numbers(op, pair) => self.numbers(*op, pair, at)?,
            Test::OneOf(place, list) => {
                let text = self.read_text(*place, at)?;
                list.iter().any(|one| **one == **text)
            }
            Test::Not(inner) => !self.test(inner, at)?,
            Test::And(pair) => self.test(&pair.0, at)? && self.test(&pair.1, at)?,
            Test::Or(pair) => self.test(&pair.0, at)? || self.test(&pair.1, at)?,
            Test::AnyOf(tests) => self.any_test(tests, at)?,
            _ => self.rarer_test(test, at)?,
        })
    }

    #[inline(never)]
    fn numbers(&mut self, op: Compare, pair: &'a (Num, Num), at: At<'_, 'a>) -> Option<bool> {
        let left = self.num(&pair.0, at)?;
        let right = self.num(&pair.1, at)?;
        Some(holds(op, left.cmp(&right)))
    }

    #[inline(never)]
    fn rarer_test(&mut self, test: &'a Test, at: At<'_, 'a>) -> Option<bool> {
        Some(match test {
            Test::Texts(op, pair) => texts(*op, self.text(&pair.0, at)?, self.text(&pair.1, at)?),
            Test::Same(same, pair) => (self.test(&pair.0, at)? == self.test(&pair.1, at)?) == *same,
            Test::Spans(op, pair) => holds(*op, self.lapse(&pair.0, at)?.cmp(&self.lapse(&pair.1, at)?)),
            Test::Months(op, pair) => holds(*op, self.months(&pair.0, at)?.cmp(&self.months(&pair.1, at)?)),
            Test::NumberWithin(within) => {
                let value = self.num(&within.0, at)?;
                let Ends { low, high } = &within.1;
                let low = self.end(low.as_ref(), |m, code| m.num(code, at))?;
                let high = self.end(high.as_ref(), |m, code| m.num(code, at))?;
                inside(&value, low, high)
            }
            Test::DayWithin(within) => {
                let value = self.day(&within.0, at)?;
                let Ends { low, high } = &within.1;
                let low = self.end(low.as_ref(), |m, code| m.day(code, at))?;
                let high = self.end(high.as_ref(), |m, code| m.day(code, at))?;
                inside(&value, low, high)
            }
            Test::Keep(keep) => self.tests_of(keep, at)?,
            Test::If(three) => {
                let chosen = if self.test(&three.0, at)? { &three.1 } else { &three.2 };
                self.test(chosen, at)?
            }
            Test::Call(call) => match self.called(call, at)? {
                Plain::Test(b) => b,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// An end of a range: there is none, or it is computed, or nothing can be said.
    fn end<C, T>(
        &mut self,
        end: Option<&'a (C, bool)>,
        run: impl FnOnce(&mut Self, &'a C) -> Option<T>,
    ) -> Option<Option<(T, bool)>> {
        match end {
            None => Some(None),
            Some((code, closed)) => Some(Some((run(self, code)?, *closed))),
        }
    }

    fn tests_of(&mut self, keep: &'a Keep, at: At<'_, 'a>) -> Option<bool> {
        let value = self.code(&keep.value, at)?;
        let mut frame = *at.frame;
        *frame.get_mut(keep.local as usize)? = value;
        self.any_test(&keep.tests, At { frame: &frame, ..at })
    }

    #[inline]
    fn num(&mut self, num: &'a Num, at: At<'_, 'a>) -> Option<Number> {
        match num {
            Num::Constant(n) => Some(*n),
            Num::Read(place) => self.read_num(*place, at),
            _ => self.sum(num, at),
        }
    }

    #[inline(never)]
    fn sum(&mut self, num: &'a Num, at: At<'_, 'a>) -> Option<Number> {
        match num {
            Num::Add(pair) => self.num(&pair.0, at)?.plus(self.num(&pair.1, at)?),
            Num::Subtract(pair) => self.num(&pair.0, at)?.minus(self.num(&pair.1, at)?),
            Num::Multiply(pair) => self.num(&pair.0, at)?.times(self.num(&pair.1, at)?),
            Num::Divide(pair) => self.num(&pair.0, at)?.over(self.num(&pair.1, at)?),
            Num::Negate(inner) => self.num(inner, at).map(Number::negate),
            Num::Years(months) => self.months(months, at).map(|m| Number::from(m / 12)),
            Num::MonthsOfYear(months) => self.months(months, at).map(|m| Number::from(m % 12)),
            Num::Year(day) => self.day(day, at).map(|d| Number::from(d.year())),
            Num::Month(day) => self.day(day, at).map(|d| Number::from(i32::from(d.month()))),
            Num::DayOfMonth(day) => self.day(day, at).map(|d| Number::from(i32::from(d.day()))),
            Num::DaysOf(span) => self.lapse(span, at).map(|s| Number::from(s.parts().0)),
            Num::Least(least, list) => {
                let (first, rest) = list.split_first()?;
                let mut best = self.num(first, at)?;
                for one in rest {
                    let one = self.num(one, at)?;
                    best = nearer(*least, one, best);
                }
                Some(best)
            }
            Num::If(three) => {
                let chosen = if self.test(&three.0, at)? { &three.1 } else { &three.2 };
                self.num(chosen, at)
            }
            Num::Call(call) => match self.called(call, at)? {
                Plain::Number(n) => Some(n),
                _ => None,
            },
            Num::Constant(_) | Num::Read(_) => None,
        }
    }

    fn text(&mut self, text: &'a Text, at: At<'_, 'a>) -> Option<&'a Arc<str>> {
        let found = match text {
            Text::Constant(text) => return Some(text),
            Text::Read(place) => return self.read_text(*place, at),
            Text::If(three) => {
                let chosen = if self.test(&three.0, at)? { &three.1 } else { &three.2 };
                return self.text(chosen, at);
            }
            Text::Call(call) => self.called(call, at)?,
        };
        match found {
            Plain::Text(text) => Some(text),
            _ => None,
        }
    }

    #[inline]
    fn day(&mut self, day: &'a Day, at: At<'_, 'a>) -> Option<Date> {
        match day {
            Day::Constant(d) => Some(*d),
            Day::Read(place) => self.read_day(*place, at),
            _ => self.moved(day, at),
        }
    }

    #[inline(never)]
    fn moved(&mut self, day: &'a Day, at: At<'_, 'a>) -> Option<Date> {
        match day {
            Day::PlusMonths(pair) => self.day(&pair.0, at)?.plus_months(self.months(&pair.1, at)?),
            Day::MinusMonths(pair) => self.day(&pair.0, at)?.plus_months(self.months(&pair.1, at)?.checked_neg()?),
            Day::Plus(pair) => self.day(&pair.0, at)?.plus(self.lapse(&pair.1, at)?),
            Day::Minus(pair) => self.day(&pair.0, at)?.plus(self.lapse(&pair.1, at)?.negate()),
            Day::Made(three) => {
                let (year, month) = (self.num(&three.0, at)?, self.num(&three.1, at)?);
                Date::new(year.to_i64()?, month.to_i64()?, self.num(&three.2, at)?.to_i64()?)
            }
            Day::Least(least, list) => {
                let (first, rest) = list.split_first()?;
                let mut best = self.day(first, at)?;
                for one in rest {
                    let one = self.day(one, at)?;
                    best = nearer(*least, one, best);
                }
                Some(best)
            }
            Day::If(three) => {
                let chosen = if self.test(&three.0, at)? { &three.1 } else { &three.2 };
                self.day(chosen, at)
            }
            Day::Call(call) => match self.called(call, at)? {
                Plain::Day(d) => Some(d),
                _ => None,
            },
            Day::Constant(_) | Day::Read(_) => None,
        }
    }

    fn months(&mut self, months: &'a Months, at: At<'_, 'a>) -> Option<i64> {
        let found = match months {
            Months::Constant(m) => return Some(*m),
            Months::Between(pair) => return Some(self.day(&pair.0, at)?.months_until(self.day(&pair.1, at)?)),
            Months::Read(place) => self.read(*place, at)?,
            Months::If(three) => {
                let chosen = if self.test(&three.0, at)? { &three.1 } else { &three.2 };
                return self.months(chosen, at);
            }
            Months::Call(call) => self.called(call, at)?,
        };
        match found {
            Plain::Months(m) => Some(m),
            _ => None,
        }
    }

    fn lapse(&mut self, span: &'a Span, at: At<'_, 'a>) -> Option<DaysTime> {
        let found = match span {
            Span::Constant(d) => return Some(*d),
            Span::Between(pair) => return self.day(&pair.0, at)?.since(self.day(&pair.1, at)?),
            Span::Read(place) => self.read(*place, at)?,
            Span::If(three) => {
                let chosen = if self.test(&three.0, at)? { &three.1 } else { &three.2 };
                return self.lapse(chosen, at);
            }
            Span::Call(call) => self.called(call, at)?,
        };
        match found {
            Plain::Span(d) => Some(d),
            _ => None,
        }
    }

    fn grid(&mut self, grid: &'a Grid, at: At<'_, 'a>) -> Option<Plain<'a>> {
        // As the tree has it, a decision that is a column is computed whether a rule reads it or not.
        for slot in &grid.decisions {
            self.plainly(*slot)?;
        }
        if grid.kept.is_empty() && grid.allowed.is_empty() {
            return self.rows(grid, at);
        }
        let mut frame = *at.frame;
        for (local, code) in &grid.kept {
            let value = self.code(code, At { frame: &frame, ..at })?;
            *frame.get_mut(*local as usize)? = value;
        }
        for (local, code, test) in &grid.allowed {
            let value = self.code(code, At { frame: &frame, ..at })?;
            let mut frame = frame;
            *frame.get_mut(*local as usize)? = value;
            if !self.test(test, At { frame: &frame, ..at })? {
                return None;
            }
        }
        self.rows(grid, At { frame: &frame, ..at })
    }

    fn rows(&mut self, grid: &'a Grid, at: At<'_, 'a>) -> Option<Plain<'a>> {
        let start = self.fired.len();
        let result = self.chosen(grid, at);
        if result.is_none() {
            // The tree will find its rules again. Decisions in between keep the places of theirs.
            let own = self.fired.iter_mut().skip(start).filter(|f| f.table == grid.place);
            own.for_each(|f| f.table = Fired::NOWHERE);
        }
        result
    }

    /// The output of the rule that counts, after all tests as in the tree. Any doubt about which one that is, is the
    /// tree's to word.
    fn chosen(&mut self, grid: &'a Grid, at: At<'_, 'a>) -> Option<Plain<'a>> {
        let start = self.fired.len();
        let mut first = None;
        for (row, rule) in grid.rows.iter().zip(0u32..) {
            if !self.all(&row.tests, at)? {
                continue;
            }
            self.fired.push(Fired { table: grid.place, rule });
            match (first, grid.hit) {
                (None, Hit::First) => return self.code(&row.output, at),
                (None, _) => first = Some(row),
                (Some(_), Hit::Any) => {}
                (Some(_), _) => return None,
            }
        }
        let Some(first) = first else { return self.code(grid.otherwise.as_ref()?, at) };
        let output = self.code(&first.output, at)?;
        if grid.hit == Hit::Any {
            self.agree(grid, start, output, at)?;
        }
        Some(output)
    }

    /// Something when all rules that fired from there on give that output.
    fn agree(&mut self, grid: &'a Grid, start: usize, output: Plain<'a>, at: At<'_, 'a>) -> Option<()> {
        for i in start..self.fired.len() {
            let Fired { table, rule } = self.fired[i];
            if table == grid.place && !self.code(&grid.rows.get(rule as usize)?.output, at)?.is(output) {
                return None;
            }
        }
        Some(())
    }

    fn all(&mut self, tests: &'a [Test], at: At<'_, 'a>) -> Option<bool> {
        for test in tests {
            if !self.test(test, at)? {
                return Some(false);
            }
        }
        Some(true)
    }
}

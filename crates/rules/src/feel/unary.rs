//! Unary tests: the cells of a decision table, the allowed values of a type, and what stands after `in`.

use super::ast::{Compare, Expr, Kind};
use super::name::Binding;
use super::parse::{Parsed, Parser};
use crate::value::{Form, Value};

/// How an expression over the tested value is built.
fn tested(parser: &Parser<'_>, at: u32) -> Expr {
    match parser.scope.get("?") {
        Some(binding) => binding.read(at),
        None => Expr::constant(Value::Null, at),
    }
}

/// Whether the tested value itself is read by the expression.
fn reads_tested(parser: &Parser<'_>, from: usize, to: usize) -> bool {
    let text = &parser.source.text[from..to];
    let mut in_text = false;
    text.chars().any(|c| {
        if c == '"' {
            in_text = !in_text;
        }
        c == '?' && !in_text
    })
}

impl Parser<'_> {
    /// The whole text as unary tests over the name `?` in scope; the result is one boolean expression.
    pub(crate) fn tests_only(mut self) -> Parsed<Expr> {
        self.check_size()?;
        self.space();
        let at = self.pos;
        if self.take("-") {
            self.space();
            if self.rest().is_empty() {
                return self.node(Kind::Constant(Value::Boolean(true)), at);
            }
            self.pos = at;
        }
        let list = self.tests_or_not()?;
        self.end()?;
        if list.len() == 1 {
            return Ok(list.into_iter().next().unwrap_or_else(|| Expr::constant(Value::Null, 0)));
        }
        self.node(Kind::AnyOf(list), at)
    }

    fn tests_or_not(&mut self) -> Parsed<Vec<Expr>> {
        self.space();
        let at = self.pos;
        if self.word("not")
            && self.take("(")
            && let Ok(list) = self.tests()
            && self.take(")")
            && self.peek().is_none()
        {
            let any = self.node(Kind::AnyOf(list), at)?;
            return Ok(vec![self.node(Kind::Not(Box::new(any)), at)?]);
        }
        // `not(x) and …` is an expression that begins with the function.
        self.pos = at;
        self.tests()
    }

    fn tests(&mut self) -> Parsed<Vec<Expr>> {
        let mut list = vec![self.test()?];
        while self.take(",") {
            list.push(self.test()?);
        }
        Ok(list)
    }

    /// One test: a comparison with the tested value, a range, or an expression.
    fn test(&mut self) -> Parsed<Expr> {
        self.space();
        let at = self.pos;
        if self.take("-") && matches!(self.peek(), None | Some(',' | ')')) {
            return self.node(Kind::Constant(Value::Boolean(true)), at);
        }
        self.pos = at;
        if let Some(op) = self.comparator() {
            let right = self.additive()?;
            let left = tested(self, self.source.at(at));
            return self.node(Kind::Compare(op, Box::new((left, right))), at);
        }
        let e = self.expression()?;
        if reads_tested(self, at, self.pos) {
            return Ok(e);
        }
        self.matches(e, at)
    }

    /// `< 5` between parentheses as a range.
    pub(super) fn half_range(&mut self, at: usize) -> Parsed<Expr> {
        let Some(op) = self.comparator() else { return Err(self.expected("a comparison")) };
        let end = Box::new(self.additive()?);
        let closed = matches!(op, Compare::LessOrEqual | Compare::GreaterOrEqual);
        let kind = match op {
            Compare::Less | Compare::LessOrEqual => {
                Kind::Range { low: None, low_closed: false, high: Some(end), high_closed: closed }
            }
            Compare::Greater | Compare::GreaterOrEqual => {
                Kind::Range { low: Some(end), low_closed: closed, high: None, high_closed: false }
            }
            Compare::Equal => Kind::Point(Form::Only, end),
            Compare::NotEqual => Kind::Point(Form::Except, end),
        };
        self.node(kind, at)
    }

    /// What stands after `in`: one test, or several between parentheses.
    pub(super) fn in_tests(&mut self, left: Expr, at: usize) -> Parsed<Expr> {
        let mark = self.scope.mark();
        // What costs nothing to read again is tested where it stands.
        let cheap = matches!(left.kind, Kind::Input(_) | Kind::Constant(_) | Kind::Local(_));
        if cheap {
            self.scope.bind("?", Binding::Alias(Box::new(left.clone())));
        } else {
            self.scope.push_local("?");
        }
        let tests = self.after_in();
        self.scope.reset(mark);
        let tests = tests?;
        self.node(if cheap { Kind::AnyOf(tests) } else { Kind::In(Box::new(left), tests) }, at)
    }

    fn after_in(&mut self) -> Parsed<Vec<Expr>> {
        self.space();
        let at = self.pos;
        if self.take("(") {
            return self.parenthesised_tests(at);
        }
        if let Some(op) = self.comparator() {
            let right = self.additive()?;
            let left = tested(self, self.source.at(at));
            return Ok(vec![self.node(Kind::Compare(op, Box::new((left, right))), at)?]);
        }
        let e = self.additive()?;
        Ok(vec![self.matches(e, at)?])
    }

    /// `(1..5)` is one range, `(1, < 5, [7..9])` are tests: told apart after the first, without reading twice.
    fn parenthesised_tests(&mut self, at: usize) -> Parsed<Vec<Expr>> {
        let mut list = Vec::new();
        if matches!(self.peek(), Some('<' | '>' | '=' | '!' | '-')) {
            list.push(self.test()?);
        } else {
            let from = self.pos;
            let e = self.expression()?;
            if self.take("..") {
                let range = self.range_end(e, false, at)?;
                return Ok(vec![self.matches(range, at)?]);
            }
            list.push(if reads_tested(self, from, self.pos) { e } else { self.matches(e, from)? });
        }
        while self.take(",") {
            list.push(self.test()?);
        }
        self.require(")")?;
        Ok(list)
    }

    fn matches(&mut self, e: Expr, at: usize) -> Parsed<Expr> {
        let left = tested(self, self.source.at(at));
        self.node(Kind::Matches(Box::new((left, e))), at)
    }
}

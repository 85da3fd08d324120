//! The grammar below the operators: paths, filters, calls, names, literals, lists, contexts, ranges, functions.

use std::sync::Arc;

use super::ast::{Arguments, Definition, Expr, Kind};
use super::literal;
use super::name;
use super::parse::{Parsed, Parser};
use crate::builtin::Builtin;
use crate::value::{Function, Type, Value};

impl Parser<'_> {
    pub(super) fn postfix(&mut self) -> Parsed<Expr> {
        let mut e = self.primary()?;
        loop {
            self.space();
            let at = self.pos;
            let rest = self.rest();
            e = if rest.starts_with('.') && !rest.starts_with("..") {
                self.pos += 1;
                let entry = self.entry_name()?;
                self.node(Kind::Path(Box::new(e), entry), at)?
            } else if rest.starts_with('[') && !self.closes_range() {
                self.pos += 1;
                self.filter(e, at)?
            } else if rest.starts_with('(') {
                self.pos += 1;
                let arguments = self.arguments()?;
                self.node(Kind::Call(Box::new(e), arguments), at)?
            } else {
                return Ok(e);
            };
        }
    }

    /// Whether the `[` here ends a range such as `]1..5[` instead of beginning a filter.
    fn closes_range(&self) -> bool {
        if !self.in_range {
            return false;
        }
        let after = self.rest()[1..].trim_start();
        let words = ["and", "or", "then", "else", "return", "satisfies", "in", "instance", "between"];
        after.is_empty()
            || after.starts_with([')', ',', ']', '}', '=', '!', '<', '>', '.'])
            || words.iter().any(|w| after.strip_prefix(w).is_some_and(|r| !r.starts_with(name::is_part)))
    }

    fn filter(&mut self, list: Expr, at: usize) -> Parsed<Expr> {
        let mark = self.scope.mark();
        self.scope.push_element();
        let condition = self.expression();
        self.scope.reset(mark);
        let condition = condition?;
        self.require("]")?;
        self.node(Kind::Filter(Box::new(list), Box::new(condition)), at)
    }

    /// The name after a point: the longest one known in the model, else one word.
    fn entry_name(&mut self) -> Parsed<Arc<str>> {
        self.space();
        if let Some((length, name)) = self.scope.longest_entry(self.rest()) {
            self.pos += length;
            return Ok(name);
        }
        let word = self.single_word();
        if word.is_empty() {
            return Err(self.expected("the name of an entry"));
        }
        Ok(word)
    }

    fn single_word(&mut self) -> Arc<str> {
        self.space();
        let rest = self.rest();
        if !rest.starts_with(name::is_start) {
            return Arc::from("");
        }
        let end = rest.find(|c| !name::is_part(c)).unwrap_or(rest.len());
        self.pos += end;
        Arc::from(&rest[..end])
    }

    /// A name that is being declared: up to a symbol, or to one of the words in `stop`.
    pub(super) fn new_name(&mut self, stop: &[&str]) -> Parsed<Arc<str>> {
        self.space();
        let from = self.pos;
        let mut end = from;
        while let Some(c) = self.peek() {
            if stop.iter().any(|w| self.at_word(w)) {
                break;
            }
            let is_sign = matches!(c, '.' | '/' | '-' | '+' | '*' | '\'') && end > from;
            if name::is_start(c) || (end > from && (c.is_numeric() || name::is_part(c))) {
                let rest = self.rest();
                self.pos += rest.find(|c| !name::is_part(c)).unwrap_or(rest.len());
            } else if is_sign {
                self.pos += c.len_utf8();
            } else {
                break;
            }
            end = self.pos;
        }
        self.pos = end;
        let name = name::normal(&self.source.text[from..end]);
        if name.is_empty() { Err(self.expected("a name")) } else { Ok(name) }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let Some(first) = self.peek() else { return Err(self.expected("an expression")) };
        let at = self.pos;
        match first {
            '"' => self.string_literal(at),
            '@' => self.at_literal(at),
            '(' => self.parenthesis(at),
            '[' | ']' => self.bracket(at),
            '{' => self.context_literal(at),
            c if c.is_ascii_digit() || c == '.' => self.number_literal(at),
            _ => self.keyword_or_name(at),
        }
    }

    fn number_literal(&mut self, at: usize) -> Parsed<Expr> {
        let Some((n, length)) = literal::number(self.rest()) else { return Err(self.expected("a number")) };
        self.pos += length;
        self.node(Kind::Constant(Value::Number(n)), at)
    }

    fn string_literal(&mut self, at: usize) -> Parsed<Expr> {
        let Some((text, length)) = literal::string(self.rest()) else {
            return Err(self.failure(at, "syntax", "the text has no closing `\"`".into(), "close it with `\"`"));
        };
        self.pos += length;
        self.node(Kind::Constant(Value::from(text)), at)
    }

    fn at_literal(&mut self, at: usize) -> Parsed<Expr> {
        self.require("@")?;
        self.space();
        let Some((text, length)) = literal::string(self.rest()) else { return Err(self.expected("`\"` after `@`")) };
        let Some(value) = literal::at_literal(&text) else {
            let message = format!("`@\"{text}\"` is no date, time or duration");
            return Err(self.failure(at, "literal", message, "write it like @\"2026-02-28\" or @\"P1Y\""));
        };
        self.pos += length;
        self.node(Kind::Constant(value), at)
    }

    /// `(e)`, `(a..b)`, or a half-open range `(< 5)`.
    fn parenthesis(&mut self, at: usize) -> Parsed<Expr> {
        self.require("(")?;
        if let Some('<' | '>' | '=' | '!') = self.peek() {
            let range = self.half_range(at)?;
            self.require(")")?;
            return Ok(range);
        }
        let e = self.expression()?;
        if self.take("..") {
            return self.range_end(e, false, at);
        }
        self.require(")")?;
        Ok(e)
    }

    /// A list, or a range that begins with `[` or `]`.
    fn bracket(&mut self, at: usize) -> Parsed<Expr> {
        let closed = self.take("[");
        if !closed {
            self.require("]")?;
            let low = self.expression()?;
            self.require("..")?;
            return self.range_end(low, false, at);
        }
        let mut items = Vec::new();
        if self.take("]") {
            return self.node(Kind::List(items), at);
        }
        loop {
            let e = if let Some('<' | '>') = self.peek() { self.half_range(at)? } else { self.expression()? };
            if items.is_empty() && self.take("..") {
                return self.range_end(e, true, at);
            }
            items.push(e);
            if self.take("]") {
                return self.node(Kind::List(items), at);
            }
            self.require(",")?;
        }
    }

    pub(super) fn range_end(&mut self, low: Expr, low_closed: bool, at: usize) -> Parsed<Expr> {
        let outer = std::mem::replace(&mut self.in_range, true);
        let high = self.additive();
        self.in_range = outer;
        let high = high?;
        let high_closed = self.take("]");
        if !high_closed && !self.take(")") && !self.take("[") {
            return Err(self.expected("`]`, `)` or `[` to end the range"));
        }
        let kind = Kind::Range { low: Some(Box::new(low)), low_closed, high: Some(Box::new(high)), high_closed };
        self.node(kind, at)
    }

    fn context_literal(&mut self, at: usize) -> Parsed<Expr> {
        self.require("{")?;
        let mark = self.scope.mark();
        let mut entries: Vec<(Arc<str>, Expr)> = Vec::new();
        if !self.take("}") {
            loop {
                let key = self.context_key()?;
                self.require(":")?;
                let e = self.expression()?;
                self.scope.note_entry(&key);
                self.scope.push_local(&key);
                if entries.iter().any(|(k, _)| *k == key) {
                    let message = format!("the entry `{key}` is written twice");
                    return Err(self.failure(at, "duplicate_name", message, "rename one of them"));
                }
                entries.push((key, e));
                if self.take("}") {
                    break;
                }
                self.require(",")?;
            }
        }
        self.scope.reset(mark);
        self.node(Kind::Context(entries), at)
    }

    fn context_key(&mut self) -> Parsed<Arc<str>> {
        if self.peek() == Some('"') {
            let Some((text, length)) = literal::string(self.rest()) else { return Err(self.expected("a name")) };
            self.pos += length;
            return Ok(Arc::from(text));
        }
        self.new_name(&[])
    }

    pub(super) fn arguments(&mut self) -> Parsed<Arguments> {
        if self.take(")") {
            return Ok(Arguments::Positional(Vec::new()));
        }
        if self.named_ahead() {
            let mut list = Vec::new();
            loop {
                let name = self.new_name(&[])?;
                self.require(":")?;
                list.push((name, self.expression()?));
                if self.take(")") {
                    return Ok(Arguments::Named(list));
                }
                self.require(",")?;
            }
        }
        let mut list = Vec::new();
        loop {
            list.push(self.expression()?);
            if self.take(")") {
                return Ok(Arguments::Positional(list));
            }
            self.require(",")?;
        }
    }

    /// Whether `name :` comes next.
    fn named_ahead(&mut self) -> bool {
        let from = self.pos;
        let found = self.new_name(&[]).is_ok() && self.peek() == Some(':');
        self.pos = from;
        found
    }

    fn keyword_or_name(&mut self, at: usize) -> Parsed<Expr> {
        // A name in scope that only begins like a keyword (`in stock`) goes first.
        let named = self.scope.longest(self.rest());
        if let Some((length, _, binding)) = &named
            && !Self::is_reserved(self.rest()[..*length].trim())
            && !matches!(&self.rest()[..*length], "true" | "false" | "null" | "not")
        {
            return self.bound_name(at, *length, binding);
        }
        for (word, value) in [("true", Value::Boolean(true)), ("false", Value::Boolean(false)), ("null", Value::Null)] {
            if self.word(word) {
                return self.node(Kind::Constant(value), at);
            }
        }
        if self.word("if") {
            self.conditional(at)
        } else if self.word("for") {
            self.for_loop(at)
        } else if self.word("some") {
            self.quantified(false, at)
        } else if self.word("every") {
            self.quantified(true, at)
        } else if self.at_word("function") && self.rest()[8..].trim_start().starts_with('(') {
            self.pos += 8;
            self.function(at)
        } else {
            self.free_name(at)
        }
    }

    /// A name in scope; inside a filter the element's entry of that name, or a longer one, goes first.
    fn bound_name(&mut self, at: usize, length: usize, binding: &super::name::Binding) -> Parsed<Expr> {
        let place = self.source.at(at);
        let inner = self.scope.element().filter(|slot| !matches!(binding, super::name::Binding::Local(b) if b > slot));
        let entry = inner.and_then(|_| self.scope.longest_entry(self.rest()));
        if let Some(element) = inner {
            if let Some((longer, name)) = entry.filter(|(l, _)| *l > length) {
                self.pos += longer;
                return self.node(Kind::Entry { name, element, otherwise: None }, at);
            }
            let name = name::normal(&self.rest()[..length]);
            self.pos += length;
            return self.node(Kind::Entry { name, element, otherwise: Some(Box::new(binding.read(place))) }, at);
        }
        self.pos += length;
        Ok(binding.read(place))
    }

    /// A name that is not in scope: a built-in function, an entry of a filter's element, or unknown.
    fn free_name(&mut self, at: usize) -> Parsed<Expr> {
        if let Some(element) = self.scope.element()
            && let Some((length, name)) = self.scope.longest_entry(self.rest())
        {
            let builtin = Builtin::longest(self.rest()).filter(|(l, _)| *l >= length);
            self.pos += length;
            let otherwise = builtin.map(|(_, b)| Box::new(builtin_expr(b, self.source.at(at))));
            return self.node(Kind::Entry { name, element, otherwise }, at);
        }
        if let Some((length, builtin)) = Builtin::longest(self.rest()) {
            self.pos += length;
            return Ok(builtin_expr(builtin, self.source.at(at)));
        }
        let word = self.single_word();
        if word.is_empty() || Self::is_reserved(&word) {
            self.pos = at;
            return Err(self.expected("an expression"));
        }
        match self.scope.element() {
            Some(element) => self.node(Kind::Entry { name: word, element, otherwise: None }, at),
            None => self.node(Kind::Unknown(word), at),
        }
    }

    /// `function(a: number, b) body`, or an external one, which is refused.
    fn function(&mut self, at: usize) -> Parsed<Expr> {
        self.require("(")?;
        let mut parameters: Vec<(Arc<str>, Type)> = Vec::new();
        while !self.take(")") {
            let name = self.new_name(&[])?;
            let of = if self.take(":") { self.type_name()? } else { Type::Any };
            parameters.push((name, of));
            if self.peek() != Some(')') {
                self.require(",")?;
            }
        }
        if self.word("external") {
            self.expression()?;
            let text = "external functions (Java, PMML) are refused";
            return self.node(Kind::Unsupported(Arc::from(text)), at);
        }
        let mark = self.scope.mark();
        for (name, _) in &parameters {
            self.scope.push_local(name);
        }
        let body = self.expression();
        self.scope.reset(mark);
        let definition = Definition { name: Arc::from("function"), parameters, body: body? };
        let place = self.arena.add_function(definition);
        self.node(Kind::Closure(place), at)
    }
}

impl super::parse::Arena {
    /// Keeps a function's definition; its place.
    pub(crate) fn add_function(&mut self, definition: Definition) -> u32 {
        self.functions.push(definition);
        u32::try_from(self.functions.len() - 1).unwrap_or(u32::MAX)
    }
}

fn builtin_expr(builtin: Builtin, at: u32) -> Expr {
    Expr::constant(Value::Function(Arc::new(Function::Builtin(builtin))), at)
}

//! Type names in expressions: `instance of list<number>`, `function(a: date)`.

use std::sync::Arc;

use super::parse::{Parsed, Parser};
use crate::value::Type;

const NAMES: [&str; 17] = [
    "years and months duration",
    "yearMonthDuration",
    "days and time duration",
    "dayTimeDuration",
    "date and time",
    "dateTime",
    "function",
    "context",
    "boolean",
    "number",
    "string",
    "range",
    "date",
    "time",
    "list",
    "Null",
    "Any",
];

impl Parser<'_> {
    /// A type: built in, of the model, or built from others.
    pub(super) fn type_name(&mut self) -> Parsed<Type> {
        self.enter()?;
        let found = self.type_inside();
        self.leave();
        found
    }

    fn type_inside(&mut self) -> Parsed<Type> {
        self.space();
        let at = self.pos;
        if let Some((length, own)) = self.model_type() {
            self.pos += length;
            return Ok(own);
        }
        let Some(name) = NAMES.into_iter().find(|n| self.spaced_word(n)) else {
            return Err(self.expected("the name of a type"));
        };
        match name {
            "list" if self.take("<") => Ok(Type::List(Arc::new(self.one_inside()?))),
            "range" if self.take("<") => Ok(Type::Range(Arc::new(self.one_inside()?))),
            "context" if self.take("<") => self.context_type(),
            "function" if self.take("<") => self.function_type(),
            _ => match Type::builtin(name) {
                Some(t) => Ok(t),
                None => Err(self.failure(at, "unknown_type", format!("no type `{name}`"), "name a type of the model")),
            },
        }
    }

    /// The longest type of the model that stands here.
    fn model_type(&mut self) -> Option<(usize, Type)> {
        let rest = self.rest();
        let fits = |name: &str| {
            rest.strip_prefix(name).is_some_and(|after| !after.chars().next().is_some_and(super::name::is_part))
        };
        let found = self.arena.types.iter().filter(|(n, _)| fits(n)).max_by_key(|(n, _)| n.len())?;
        Some((found.0.len(), found.1.clone()))
    }

    /// A name of several words, with any white space between them.
    fn spaced_word(&mut self, name: &str) -> bool {
        let from = self.pos;
        let found = name.split(' ').all(|part| self.word(part));
        if !found {
            self.pos = from;
        }
        found
    }

    fn one_inside(&mut self) -> Parsed<Type> {
        let inner = self.type_name()?;
        self.require(">")?;
        Ok(inner)
    }

    fn context_type(&mut self) -> Parsed<Type> {
        let mut entries = Vec::new();
        while !self.take(">") {
            let name = self.new_name(&[])?;
            self.require(":")?;
            entries.push((name, self.type_name()?));
            if self.peek() != Some('>') {
                self.require(",")?;
            }
        }
        Ok(Type::Context(Arc::new(entries)))
    }

    fn function_type(&mut self) -> Parsed<Type> {
        let mut parameters = Vec::new();
        while !self.take(">") {
            parameters.push(self.type_name()?);
            if self.peek() != Some('>') {
                self.require(",")?;
            }
        }
        self.require("->")?;
        Ok(Type::Function(Some(Arc::new(parameters)), Arc::new(self.type_name()?)))
    }
}

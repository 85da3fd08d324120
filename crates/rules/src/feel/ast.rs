//! The tree that an expression becomes: names are already places (input 3, local 2), so that evaluating looks nothing up.

use std::sync::Arc;

use crate::table::Table;
use crate::value::{Form, Function, Type, Value};

/// How deep a tree may be. Every walk over it is a recursion; this keeps all of them within a small stack.
pub(crate) const MAX_HEIGHT: u16 = 120;

/// An expression with the place in the model's file where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub kind: Kind,
    /// Byte offset in the model's file.
    pub at: u32,
    pub height: u16,
}

/// Arithmetic operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arith {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Arith {
    /// As it is written.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "**",
        }
    }
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// One `x in …` of a loop.
#[derive(Clone, Debug)]
pub(crate) enum Domain {
    /// The elements of a list or range.
    Each(Expr),
    /// `low..high`, counted up or down.
    Count(Expr, Expr),
}

/// The arguments of a call.
#[derive(Clone, Debug)]
pub(crate) enum Arguments {
    Positional(Vec<Expr>),
    Named(Vec<(Arc<str>, Expr)>),
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Constant(Value),
    Input(u32),
    Decision(u32),
    Local(u32),
    /// A name inside a filter that the element may have as an entry; else what it means outside.
    Entry {
        name: Arc<str>,
        element: u32,
        otherwise: Option<Box<Expr>>,
    },
    Path(Box<Expr>, Arc<str>),
    Negate(Box<Expr>),
    Arith(Arith, Box<(Expr, Expr)>),
    Compare(Compare, Box<(Expr, Expr)>),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    Between(Box<(Expr, Expr, Expr)>),
    /// A value pushed as `?` and tested.
    In(Box<Expr>, Vec<Expr>),
    /// The tested value against a value, a list of values or a range.
    Matches(Box<(Expr, Expr)>),
    /// True when one of the tests is.
    AnyOf(Vec<Expr>),
    Not(Box<Expr>),
    InstanceOf(Box<Expr>, Type),
    If(Box<(Expr, Expr, Expr)>),
    /// A boxed conditional: unlike `if`, null where the condition is no boolean.
    Choose(Box<(Expr, Expr, Expr)>),
    For {
        domains: Vec<Domain>,
        body: Box<Expr>,
        /// The body may read the results so far.
        partial: bool,
    },
    Quantified {
        every: bool,
        domains: Vec<Domain>,
        satisfies: Box<Expr>,
    },
    List(Vec<Expr>),
    Context(Vec<(Arc<str>, Expr)>),
    /// A boxed context whose last entry has no name: its result is the context's.
    ContextResult(Vec<Expr>, Box<Expr>),
    Range {
        low: Option<Box<Expr>>,
        low_closed: bool,
        high: Option<Box<Expr>>,
        high_closed: bool,
    },
    /// `(=10)` or `(!=10)`.
    Point(Form, Box<Expr>),
    /// A function written here: its place in the program.
    Closure(u32),
    Call(Box<Expr>, Arguments),
    Filter(Box<Expr>, Box<Expr>),
    /// The value coerced to a declared type; null where it does not conform.
    Typed(Box<Expr>, Type),
    Table(Box<Table>),
    /// A name that nothing in scope bears.
    Unknown(Arc<str>),
    /// What this engine refuses or could not read; the text says what.
    Unsupported(Arc<str>),
}

/// A function of the model.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub name: Arc<str>,
    pub parameters: Vec<(Arc<str>, Type)>,
    pub body: Expr,
}

impl Expr {
    pub(crate) fn new(kind: Kind, at: u32) -> Self {
        let mut height = 0;
        for_each_child(&kind, &mut |child| height = height.max(child.height));
        Self { kind, at, height: height.saturating_add(1) }
    }

    pub(crate) fn constant(value: Value, at: u32) -> Self {
        Self::new(Kind::Constant(value), at)
    }

    /// Calls `see` for this expression and all below it, functions' bodies not included.
    pub(crate) fn walk<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        for_each_child(&self.kind, &mut |child| child.walk(see));
    }

    /// True for the built-in function of that name.
    pub(crate) fn is_builtin(&self, name: &str) -> bool {
        let Some(Value::Function(function)) = self.as_constant() else { return false };
        matches!(&**function, Function::Builtin(builtin) if builtin.name() == name)
    }

    /// The constant, when this is one.
    pub(crate) const fn as_constant(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Constant(v) => Some(v),
            _ => None,
        }
    }
}

fn pair<'a>(p: &'a (Expr, Expr), see: &mut dyn FnMut(&'a Expr)) {
    see(&p.0);
    see(&p.1);
}

fn domains<'a>(list: &'a [Domain], see: &mut dyn FnMut(&'a Expr)) {
    for domain in list {
        match domain {
            Domain::Each(e) => see(e),
            Domain::Count(low, high) => {
                see(low);
                see(high);
            }
        }
    }
}

/// Calls `see` for the direct children.
pub(crate) fn for_each_child<'a>(kind: &'a Kind, see: &mut dyn FnMut(&'a Expr)) {
    match kind {
        Kind::Constant(_)
        | Kind::Input(_)
        | Kind::Decision(_)
        | Kind::Local(_)
        | Kind::Closure(_)
        | Kind::Unknown(_)
        | Kind::Unsupported(_) => {}
        Kind::Entry { otherwise, .. } => otherwise.iter().for_each(|e| see(e)),
        Kind::Path(e, _)
        | Kind::Negate(e)
        | Kind::Point(_, e)
        | Kind::Not(e)
        | Kind::InstanceOf(e, _)
        | Kind::Typed(e, _) => see(e),
        Kind::Arith(_, p) | Kind::Compare(_, p) | Kind::And(p) | Kind::Or(p) | Kind::Matches(p) => pair(p, see),
        Kind::Between(t) | Kind::If(t) | Kind::Choose(t) => {
            see(&t.0);
            see(&t.1);
            see(&t.2);
        }
        Kind::In(e, tests) => {
            see(e);
            tests.iter().for_each(see);
        }
        Kind::AnyOf(list) | Kind::List(list) => list.iter().for_each(see),
        Kind::For { domains: list, body, .. } => {
            domains(list, see);
            see(body);
        }
        Kind::Quantified { domains: list, satisfies, .. } => {
            domains(list, see);
            see(satisfies);
        }
        Kind::Context(entries) => entries.iter().for_each(|(_, e)| see(e)),
        Kind::ContextResult(entries, result) => {
            entries.iter().for_each(&mut *see);
            see(result);
        }
        Kind::Range { low, high, .. } => low.iter().chain(high).for_each(|e| see(e)),
        Kind::Call(callee, arguments) => {
            see(callee);
            match arguments {
                Arguments::Positional(list) => list.iter().for_each(see),
                Arguments::Named(list) => list.iter().for_each(|(_, e)| see(e)),
            }
        }
        Kind::Filter(list, condition) => {
            see(list);
            see(condition);
        }
        Kind::Table(table) => table.for_each_expression(see),
    }
}

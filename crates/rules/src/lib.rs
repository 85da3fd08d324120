//! Decision models: parse, check, compile, decide, explain. Knows no government.
//!
//! DMN XML goes in, verdicts with reasons come out. There is one evaluator with two profiles. *Conformance*
//! ([`Model`]) gives null where the standard says null; *decide* ([`RuleSet`]) reports every condition as met, not met or
//! unknown, and nothing that is missing, mistyped or wrong on the way can make a condition met.

mod builtin;
pub mod counterfactual;
mod diagnostic;
#[cfg(test)]
mod dice;
mod dmn;
mod eval;
mod feel;
mod infer;
mod model;
mod plain;
mod program;
pub mod proof;
mod publish;
mod ruleset;
pub mod sentence;

mod table;
pub mod tck;
mod value;
mod verdict;

pub use diagnostic::Diagnostic;
pub use model::{Evaluation, Model, evaluate, evaluate_text, parse, parse_with_imports};
pub use ruleset::{Condition, Decided, Input, Lines, RuleSet};
pub use value::{
    Context, Date, DateTime, DaysTime, Form, Function, JsonError, Number, Range, RoundMode, Time, Type, Value, Zone,
};

pub use verdict::{Cause, Read, Reason, Record, SCHEMA, Step as TraceStep, Truth, Verdict};

/// The version of the engine, stored with every decision.
pub fn engine_version() -> &'static str {
    concat!("budayang-rules/", env!("CARGO_PKG_VERSION"))
}

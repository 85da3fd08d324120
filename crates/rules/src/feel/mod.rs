//! FEEL, the expression language of DMN: its grammar, its names, its tree.

pub(crate) mod ast;
mod fold;
pub(crate) mod literal;
pub(crate) mod name;
pub(crate) mod parse;
mod primary;
pub(crate) mod source;
mod types;
pub(crate) mod unary;

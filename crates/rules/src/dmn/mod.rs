//! From DMN XML to a program: collects what the files declare, gives every name its place, compiles every expression.

mod boxed;
mod compile;
mod declare;
mod table;
mod types;
pub(crate) mod xml;

pub(crate) use compile::compile;

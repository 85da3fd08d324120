//! What a command prints: JSON lines for programs, plain sentences for people.

use std::io::{self, Write};

use serde::Serialize;

/// For whom a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For a program: one JSON value a line.
    Json,
    /// For a person.
    Plain,
}

/// Where and how a command prints.
pub(crate) struct Output<'a> {
    to: &'a mut dyn Write,
    format: Format,
}

impl<'a> Output<'a> {
    /// Prints to `to`.
    pub(crate) fn new(to: &'a mut dyn Write, format: Format) -> Self {
        Self { to, format }
    }

    /// For whom it prints.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// One line of text.
    pub(crate) fn line(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.to, "{text}")
    }

    /// One JSON value on a line of its own.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let line = serde_json::to_string(value)?;
        Ok(self.line(line)?)
    }
}

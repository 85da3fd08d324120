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
    asked: Option<Format>,
    usual: Format,
}

impl<'a> Output<'a> {
    /// Prints to `to` as `asked` for; without that as is `usual` for what stands at the other end.
    pub(crate) fn new(to: &'a mut dyn Write, asked: Option<Format>, usual: Format) -> Self {
        Self { to, asked, usual }
    }

    /// For whom it prints.
    pub(crate) fn format(&self) -> Format {
        self.asked.unwrap_or(self.usual)
    }

    /// For whom it was asked to print, for commands that have a usual way of their own.
    pub(crate) fn asked(&self) -> Option<Format> {
        self.asked
    }

    /// One line of text, seen at once.
    pub(crate) fn line(&mut self, text: impl std::fmt::Display) -> io::Result<()> {
        writeln!(self.to, "{text}")?;
        self.to.flush()
    }

    /// Sends what was printed so far.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    /// One JSON value on a line of its own, sent with the next ones: there may be a million.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let line = serde_json::to_string(value)?;
        Ok(writeln!(self.to, "{line}")?)
    }
}

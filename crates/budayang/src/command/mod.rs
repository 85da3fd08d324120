//! The commands: one file for each group, each taking what it needs and answering yes or no.

use clap::{Parser, Subcommand};

use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

mod calendar;
mod code;
mod deadline;
mod demo;
mod rules;

/// What a command found: the exit code's first two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, or valid: exit code 0.
    Yes,
    /// Refused, invalid or not passed: exit code 1.
    No,
}

/// 不打烊: the government counter that never closes.
#[derive(Parser, Debug)]
#[command(name = "budayang", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print JSON, one value a line (the default when the output is no terminal).
    #[arg(long, global = true, conflicts_with = "plain")]
    json: bool,
    /// Print sentences for people (the default on a terminal).
    #[arg(long, global = true)]
    plain: bool,
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// For whom to print, where the caller said so.
    pub(crate) fn format(&self) -> Option<Format> {
        match (self.json, self.plain) {
            (true, _) => Some(Format::Json),
            (false, true) => Some(Format::Plain),
            (false, false) => None,
        }
    }
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Check codes: of organisations, people, licences.
    #[command(subcommand)]
    Code(code::Command),
    /// Print every day of a year: working or not, and the holiday it belongs to.
    Calendar(calendar::Arguments),
    /// Compute the last day of a period.
    Deadline(deadline::Arguments),
    /// Serve the demonstration world, prepared where it is not there yet.
    Demo(demo::Arguments),
    /// Evaluate decision models, and run the public conformance suite.
    #[command(subcommand)]
    Rules(rules::Command),
}

/// Runs the command.
pub(crate) fn run(cli: Cli, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match cli.command {
        Command::Code(command) => code::run(command, door, output),
        Command::Calendar(arguments) => calendar::run(&arguments, output),
        Command::Deadline(arguments) => deadline::run(&arguments, output),
        Command::Demo(arguments) => demo::run(&arguments, door, output),
        Command::Rules(command) => rules::run(command, door, output),
    }
}

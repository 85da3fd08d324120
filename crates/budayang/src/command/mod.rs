//! The commands: one file for each group, each taking what it needs and answering yes or no.

use clap::{Parser, Subcommand};

use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

mod calendar;
mod catalog;
mod code;
mod deadline;
mod decide;
mod demo;
mod doctor;
mod draw;
mod house;
mod import;
mod init;
mod items;
mod ledger;
mod licence;
mod load;
mod message_server;
mod messages;
mod pack;
mod powers;
mod register_server;
mod replay;
mod rules;
mod serve;
mod upkeep;
mod witness;

/// What a command found: the exit code's first two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, or valid: exit code 0.
    Yes,
    /// Refused, invalid or not passed: exit code 1.
    No,
}

/// The question could not be answered at all: the context of an error that ends the program with exit code 2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Untold;

impl std::fmt::Display for Untold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it could not be told")
    }
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
    /// Serve an office, as its configuration says.
    Serve(serve::Arguments),
    /// Make a new office: keys, database, catalogue, first administrator.
    Init(init::Arguments),
    /// Make a single-use link by which an officer sets a password.
    StaffLink(init::StaffLink),
    /// Bring an office's database to this program's schema.
    Migrate(upkeep::Migrate),
    /// Bring a city's day in small to a demonstration on this machine, and measure.
    Load(load::Arguments),
    /// Import an extract of a register.
    Import(import::Arguments),
    /// Check, import and export the catalogue.
    #[command(subcommand)]
    Catalog(catalog::Command),
    /// Try an application on an item's rules; stores nothing.
    Decide(decide::Arguments),
    /// Compute every stored decision again on this program, or under a draft. Exit code 0: all equal (or the draft was tried), 1:
    /// differences, 2: it could not be told.
    Replay(replay::Arguments),
    /// See how far an item's cases reach into its law.
    #[command(subcommand)]
    Items(items::Command),
    /// Take items from one office to another: sealed, changed in one file, checked by their own cases.
    #[command(subcommand)]
    Pack(pack::Command),
    /// Publish, write out and compare lists of powers and duties.
    #[command(subcommand)]
    Powers(powers::Command),
    /// Verify licences.
    #[command(subcommand)]
    Licence(licence::Command),
    /// Verify published draws of inspections (双随机).
    #[command(subcommand)]
    Draw(draw::Command),
    /// Verify an office's log, and its tables against it.
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Write a checked copy of an office's database, while it is served.
    Backup(upkeep::Backup),
    /// Put a backup in place of a database that is gone.
    Restore(upkeep::Restore),
    /// Check an installation and say how to mend it.
    Doctor(doctor::Arguments),
    /// Keep registers as another agency would and answer for them over HTTP: for demonstrations and tests.
    RegisterServer(register_server::Arguments),
    /// Watch the logs of other offices and co-sign their checkpoints, so that none can show two logs.
    #[command(subcommand)]
    Witness(witness::Command),
    /// Take messages as mail servers, SMS gateways and WeChat would, and show what arrived: for demonstrations and tests.
    MessageServer(message_server::Arguments),
    /// See messages that were given up, and try them again.
    #[command(subcommand)]
    Messages(messages::Command),
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
        Command::Serve(arguments) => serve::run(&arguments, door, output),
        Command::Init(arguments) => init::run(&arguments, door, output),
        Command::StaffLink(arguments) => init::staff_link(&arguments, door, output),
        Command::Migrate(arguments) => upkeep::migrate(&arguments, door, output),
        Command::Load(arguments) => load::run(&arguments, door, output),
        Command::Import(arguments) => import::run(&arguments, door, output),
        Command::Catalog(command) => catalog::run(&command, door, output),
        Command::Decide(arguments) => decide::run(&arguments, door, output),
        Command::Replay(arguments) => replay::run(&arguments, door, output),
        Command::Items(command) => items::run(&command, door, output),
        Command::Pack(command) => pack::run(&command, door, output),
        Command::Powers(command) => powers::run(&command, door, output),
        Command::Licence(command) => licence::run(&command, door, output),
        Command::Draw(command) => draw::run(&command, door, output),
        Command::Ledger(command) => ledger::run(&command, door, output),
        Command::Backup(arguments) => upkeep::backup(&arguments, door, output),
        Command::Restore(arguments) => upkeep::restore(&arguments, door, output),
        Command::Doctor(arguments) => doctor::run(&arguments, door, output),
        Command::RegisterServer(arguments) => register_server::run(&arguments, door, output),
        Command::Witness(command) => witness::run(&command, door, output),
        Command::MessageServer(arguments) => message_server::run(&arguments, door, output),
        Command::Messages(command) => messages::run(&command, door, output),
        Command::Rules(command) => rules::run(command, door, output),
    }
}

//! The one binary. What it does stands in `command`, one file for each group of commands; what it takes from the
//! machine it runs on comes in by `front_door`.

use std::process::ExitCode;

mod calendars;
mod command;
mod decide;
mod demo;
mod front_door;
mod ledger;
mod load;
mod office;
mod output;
mod serve;
mod witness;

// Approvals allocate much and in many threads; with the system's allocator a fifth of the time of one went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    front_door::enter(command::run)
}

//! Chores of this checkout that are programs: `cargo run -p xtask -- tidy` holds the code to the rules of the house.
//!
//! Rust rather than shell, so that the checks parse what they judge and have tests of their own.
#![expect(clippy::print_stdout, reason = "a command line program: what it prints is what it does")]

mod tidy;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- tidy [--longest N]";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let longest = match words.as_slice() {
        ["tidy"] => 0,
        ["tidy", "--longest", n] => n.parse().context(USAGE)?,
        _ => bail!(USAGE),
    };
    run_tidy(longest)
}

/// Prints every finding on a line of its own, then the measure of the code; exit code 1 if there is a finding.
fn run_tidy(longest: usize) -> Result<ExitCode> {
    let root = checkout()?;
    let tree = tidy::Tree::read(&root)?;
    let findings = tidy::findings(&tree)?;
    for finding in &findings {
        println!("{finding}");
    }
    print!("{}", tidy::measure(&tree, longest));
    println!("tidy: {} files read, {} findings", tree.files.len(), findings.len());
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The checkout this program was built from.
fn checkout() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("xtask stands in a folder of the checkout")?.canonicalize()?)
}

//! Checks that the pages' script and style were built; it never calls npm itself (hidden network, slow builds).

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let manifest = "islands/dist/.vite/manifest.json";
    println!("cargo::rerun-if-changed={manifest}");
    println!("cargo::rerun-if-changed=templates");
    if Path::new(manifest).exists() {
        return ExitCode::SUCCESS;
    }
    println!(
        "cargo::error=crates/site/islands/dist is missing: run `make pages` (npm ci && npm run build in crates/site/islands)"
    );
    ExitCode::FAILURE
}

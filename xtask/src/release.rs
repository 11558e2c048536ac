//! `cargo xtask demo` and `cargo xtask bench`: programs of the project, built for speed and run where the user stands.

use crate::{Outcome, workspace::Workspace};
use lexopt::Parser;
use std::{
    path::Path,
    process::{Command, ExitCode},
};

/// A month of five teams' agents through one ledger; the arguments are the demonstration's own.
pub(crate) fn demo(workspace: &Workspace, arguments: Parser) -> Outcome<ExitCode> {
    run(&workspace.path("Cargo.toml"), &workspace.target(""), "bursar-demo", arguments)
}

/// The speed table; the rivals' crate is no member of the workspace, and builds beside it.
pub(crate) fn bench(workspace: &Workspace, arguments: Parser) -> Outcome<ExitCode> {
    run(&workspace.path("bench/Cargo.toml"), &workspace.target("bench"), "bursar-bench", arguments)
}

fn run(manifest: &Path, target: &Path, package: &str, mut arguments: Parser) -> Outcome<ExitCode> {
    let given: Vec<_> = arguments.raw_args().map_err(|error| error.to_string())?.collect();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--release", "--manifest-path"]).arg(manifest).arg("--target-dir").arg(target);
    cargo.args(["--package", package, "--"]).args(given);
    let status = cargo.status().map_err(|error| format!("cargo can't be started: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! `cargo xtask demo`, and programs of the project that are built for speed and run where the user stands.

use crate::{Outcome, workspace::Workspace};
use lexopt::Parser;
use std::{
    ffi::OsString,
    path::Path,
    process::{Command, ExitCode},
};

/// A month of five teams' agents through one ledger. `--pdf` builds the typesetter into it; the other arguments are the
/// demonstration's own.
pub(crate) fn demo(workspace: &Workspace, mut arguments: Parser) -> Outcome<ExitCode> {
    let given = arguments.raw_args().map_err(|error| error.to_string())?;
    let (pdf, given): (Vec<_>, Vec<_>) = given.partition(|argument| argument == "--pdf");
    let features: &[&str] = if pdf.is_empty() { &[] } else { &["--features", "pdf"] };
    run("demo", &workspace.path("Cargo.toml"), &workspace.target(""), ("bursar-demo", features), given)
}

/// Builds a program for speed, as a profile says, and runs it where the user stands.
pub(crate) fn run(
    profile: &str,
    manifest: &Path,
    target: &Path,
    (package, features): (&str, &[&str]),
    given: Vec<OsString>,
) -> Outcome<ExitCode> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["run", "--profile", profile, "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target);
    cargo.args(["--package", package]).args(features).arg("--").args(given);
    let status = cargo.status().map_err(|error| format!("cargo can't be started: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

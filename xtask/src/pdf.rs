//! The crate that lays out PDFs and its packages: a workspace of its own, built into a folder of its own below `target/`.

use crate::{
    Outcome,
    process::{Count, Runner, program, run_tests},
    python,
    test::{cargo, check, npm_in},
    tools,
    workspace::Workspace,
};
use std::{path::PathBuf, process::Command};

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.path("pdf")
}

/// A command in the workspace's folder, for whatever builds.
fn building(workspace: &Workspace, mut command: Command, folder: &str) -> Command {
    command.current_dir(workspace.path(folder)).env("CARGO_TARGET_DIR", workspace.target("pdf"));
    command
}

fn cargo_in(workspace: &Workspace, arguments: &[&str]) -> Command {
    building(workspace, cargo(workspace, arguments), "pdf")
}

pub(crate) fn lint(workspace: &Workspace, count: &mut Count) -> Outcome {
    check(cargo_in(workspace, &["fmt", "--all", "--check"]), count)?;
    let options = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    check(cargo_in(workspace, &options), count)?;
    let options = ["--workspace", "--config", "../deny.toml", "check", "licenses", "bans", "sources"];
    check(program(tools::cargo_deny(workspace)?, &options, &folder(workspace)), count)
}

pub(crate) fn cargo_test(workspace: &Workspace, count: &mut Count) -> Outcome {
    run_tests(
        cargo_in(workspace, &["test", "--quiet", "--workspace", "--no-fail-fast"]),
        Runner::Cargo,
        count,
    )
}

/// The core with the crate in it: unoptimised, since only what joins the two is tested.
pub(crate) fn feature(workspace: &Workspace, count: &mut Count) -> Outcome {
    let unoptimised = "profile.dev.package.bursar.opt-level=0";
    let mut command = cargo(workspace, &["test", "--quiet", "--config", unoptimised, "--package", "bursar"]);
    command.args(["--features", "pdf", "--lib", "report::render::pdf"]);
    run_tests(command, Runner::Cargo, count)
}

/// Builds the wheel, installs it, and checks it and its face from Python.
pub(crate) fn python(workspace: &Workspace, count: &mut Count) -> Outcome {
    let wheels = workspace.target("wheels-pdf");
    python::install_wheel_of(workspace, &wheels, |build| building(workspace, build, "pdf/python"))?;
    let tool = |arguments: &[&str]| {
        building(workspace, python::python(workspace, &[&["-m"], arguments].concat()), "pdf/python")
    };
    check(tool(&["ruff", "check", "--quiet"]), count)?;
    check(tool(&["ruff", "format", "--check", "--quiet"]), count)?;
    check(tool(&["mypy", "--strict", "python/bursar_pdf"]), count)?;
    check(tool(&["mypy.stubtest", "bursar_pdf._pdf"]), count)?;
    let mut tests = building(workspace, python::pytest_command(workspace), "pdf/python");
    tests.args([
        "--doctest-modules",
        "--doctest-glob=README.md",
        "tests",
        "README.md",
        "--pyargs",
        "bursar_pdf",
    ]);
    run_tests(tests, Runner::Pytest, count)
}

/// Builds the addon, and tests it and its face from Node.
pub(crate) fn node(workspace: &Workspace, count: &mut Count) -> Outcome {
    let npm = |arguments: &[&str]| npm_in(workspace, &workspace.path("pdf/node"), arguments);
    crate::process::run(building(workspace, npm(&["run", "build:addon", "--", "--quiet"]), "pdf/node"))?;
    run_tests(npm(&["test"]), Runner::Node, count)
}

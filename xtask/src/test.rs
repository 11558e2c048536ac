//! `cargo xtask test`: everything that has to pass, in the order in which a mistake is found soonest.
//!
//! It stops at the first step that fails. Its last line adds up all tests of the steps that ran; a step that is no
//! test run, such as a linter, counts as one.

use crate::{
    Outcome, examples, focus, pdf, prices,
    process::{self, Count, Runner, program, run_tests},
    python, tools,
    workspace::Workspace,
};
use lexopt::{Arg, Parser, ValueExt};
use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

/// What `--only` can choose.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Lint,
    Rust,
    Python,
    Node,
    /// The scenes in every language, on the wheel and the addon that the steps before have built.
    Examples,
}

impl Part {
    const ALL: [(&'static str, Self); 5] = [
        ("lint", Self::Lint),
        ("rust", Self::Rust),
        ("python", Self::Python),
        ("node", Self::Node),
        ("examples", Self::Examples),
    ];

    fn read(name: &str) -> Outcome<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, part)| *part).ok_or_else(|| {
            format!("`{name}` is no part of the tests\n  help: use lint, rust, python, node or examples")
        })
    }
}

/// One step; it adds what it tested to the count, also if it fails.
struct Step {
    part: Part,
    name: &'static str,
    run: fn(&Workspace, &mut Count) -> Outcome,
}

const STEPS: &[Step] = &[
    Step { part: Part::Lint, name: "rustfmt", run: rustfmt },
    Step { part: Part::Lint, name: "clippy", run: clippy },
    Step { part: Part::Lint, name: "cargo-deny", run: cargo_deny },
    Step { part: Part::Lint, name: "pdf's lints", run: pdf::lint },
    Step {
        part: Part::Rust,
        name: "price tables",
        run: |workspace, _| {
            prices::tables(workspace);
            Ok(())
        },
    },
    Step { part: Part::Rust, name: "cargo test", run: cargo_test },
    Step { part: Part::Rust, name: "pdf", run: pdf::cargo_test },
    Step { part: Part::Rust, name: "feature pdf", run: pdf::feature },
    Step { part: Part::Python, name: "python tools", run: |workspace, _| python::prepare(workspace) },
    Step { part: Part::Python, name: "ruff", run: ruff },
    Step { part: Part::Python, name: "wheel", run: |workspace, _| python::install_wheel(workspace) },
    Step { part: Part::Python, name: "mypy", run: mypy },
    Step { part: Part::Python, name: "pytest", run: pytest },
    Step { part: Part::Python, name: "pdf in Python", run: pdf::python },
    Step { part: Part::Python, name: "FOCUS validator", run: focus::validate },
    Step { part: Part::Node, name: "npm ci", run: npm_ci },
    Step { part: Part::Node, name: "biome", run: biome },
    Step { part: Part::Node, name: "tsc", run: tsc },
    Step { part: Part::Node, name: "tsc of the types' tests", run: type_tests },
    Step { part: Part::Node, name: "addon", run: addon },
    Step { part: Part::Node, name: "node --test", run: node_test },
    Step { part: Part::Node, name: "pdf in Node", run: pdf::node },
    Step { part: Part::Examples, name: "examples", run: examples::run },
];

/// Runs all steps, or those of the parts named by `--only`.
pub(crate) fn run(workspace: &Workspace, arguments: Parser) -> Outcome<ExitCode> {
    let parts = read_parts(arguments)?;
    Ok(if run_steps(workspace, &parts) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read_parts(mut arguments: Parser) -> Outcome<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("only") => {
                let name = arguments.value().and_then(ValueExt::string);
                parts.push(Part::read(&name.map_err(|error| error.to_string())?)?);
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    Ok(parts)
}

fn run_steps(workspace: &Workspace, parts: &[Part]) -> bool {
    let mut total = Count::default();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let mut failure = None;
    for step in STEPS.iter().filter(|step| parts.is_empty() || parts.contains(&step.part)) {
        println!("\n==> {}", step.name);
        let start = Instant::now();
        let mut count = Count::default();
        let outcome = (step.run)(workspace, &mut count);
        times.push((step.name, start.elapsed()));
        if outcome.is_err() {
            count.failed = count.failed.max(1);
        }
        total.add(count);
        if let Err(message) = outcome {
            failure = Some(message);
            break;
        }
        println!("    {} done in {:.1?}", step.name, start.elapsed());
    }
    summarise(&times, failure.as_deref());
    println!("{} passed, {} failed", total.passed, total.failed);
    failure.is_none()
}

fn summarise(times: &[(&str, Duration)], failure: Option<&str>) {
    println!("\n==> summary");
    for (name, time) in times {
        println!("    {name:<14} {:>7.1} s", time.as_secs_f64());
    }
    if let Some(message) = failure {
        println!("    failed: {message}");
    }
}

/// Runs a check that is one test by itself.
pub(crate) fn check(command: Command, count: &mut Count) -> Outcome {
    process::run(command)?;
    count.add(Count::ONE);
    Ok(())
}

fn rustfmt(workspace: &Workspace, count: &mut Count) -> Outcome {
    check(cargo(workspace, &["fmt", "--all", "--check"]), count)
}

fn clippy(workspace: &Workspace, count: &mut Count) -> Outcome {
    let options = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    check(cargo(workspace, &options), count)
}

/// Licences, bans and sources. Known vulnerabilities are not checked: their database is no package of a registry, so
/// that a machine which reaches only registries can't have it.
fn cargo_deny(workspace: &Workspace, count: &mut Count) -> Outcome {
    let options = ["--workspace", "check", "licenses", "bans", "sources"];
    check(program(tools::cargo_deny(workspace)?, &options, &workspace.path("")), count)
}

fn cargo_test(workspace: &Workspace, count: &mut Count) -> Outcome {
    run_tests(cargo(workspace, &["test", "--quiet", "--workspace", "--no-fail-fast"]), Runner::Cargo, count)
}

fn ruff(workspace: &Workspace, count: &mut Count) -> Outcome {
    check(python::python(workspace, &["-m", "ruff", "check", "--quiet"]), count)?;
    check(python::python(workspace, &["-m", "ruff", "format", "--check", "--quiet"]), count)
}

/// The types of the face and its tests, and the stub of the native module against what the module has.
fn mypy(workspace: &Workspace, count: &mut Count) -> Outcome {
    check(python::python(workspace, &["-m", "mypy", "--strict", "python/bursar"]), count)?;
    check(python::python(workspace, &["-m", "mypy.stubtest", "bursar._native"]), count)
}

fn pytest(workspace: &Workspace, count: &mut Count) -> Outcome {
    python::pytest(workspace).into_iter().try_for_each(|command| run_tests(command, Runner::Pytest, count))
}

/// Installs what the lock names, unless that is what is there.
fn npm_ci(workspace: &Workspace, _: &mut Count) -> Outcome {
    let lock = workspace.path("bindings-node/package-lock.json");
    let wanted = fs::read(&lock).map_err(|error| format!("`{}` can't be read: {error}", lock.display()))?;
    let stamp = workspace.path("bindings-node/node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    process::run(npm(workspace, &["ci"]))?;
    fs::write(&stamp, wanted).map_err(|error| format!("`{}` can't be written: {error}", stamp.display()))
}

fn biome(workspace: &Workspace, count: &mut Count) -> Outcome {
    check(npm(workspace, &["run", "lint"]), count)
}

fn tsc(workspace: &Workspace, count: &mut Count) -> Outcome {
    check(npm(workspace, &["run", "build:face"]), count)
}

fn type_tests(workspace: &Workspace, count: &mut Count) -> Outcome {
    check(npm(workspace, &["run", "test:types"]), count)
}

fn addon(workspace: &Workspace, _: &mut Count) -> Outcome {
    process::run(npm(workspace, &["run", "build:addon", "--", "--quiet"]))
}

fn node_test(workspace: &Workspace, count: &mut Count) -> Outcome {
    run_tests(npm(workspace, &["test"]), Runner::Node, count)
}

pub(crate) fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    program(tools::cargo(), arguments, &workspace.path(""))
}

fn npm(workspace: &Workspace, arguments: &[&str]) -> Command {
    npm_in(workspace, &workspace.path("bindings-node"), arguments)
}

pub(crate) fn npm_in(workspace: &Workspace, folder: &Path, arguments: &[&str]) -> Command {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = program(name, &["--silent"], folder);
    command.args(arguments).env("npm_config_cache", workspace.target("caches/npm"));
    command
}

//! `cargo xtask bench`: the speed table, beside rivals and floors. The packages of Python and Node are built for speed as
//! well, and their rows are measured beside rivals of their own, in environments of their own.

use crate::{
    Outcome,
    process::{self, program},
    python::{self, Environment},
    release,
    workspace::Workspace,
};
use lexopt::{Arg, Parser, ValueExt};
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

/// The environment of the Python package's rivals.
const ENVIRONMENT: Environment = Environment { name: "venv-bench", pins: &["bench/python/requirements.txt"] };

/// Measures everything, or with `--only` one language; other arguments are the table's own.
pub(crate) fn run(workspace: &Workspace, arguments: Parser) -> Outcome<ExitCode> {
    let Asked { only, without_pdf, mut given } = read(arguments)?;
    let is_asked = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if is_asked("python") {
        given.extend(["--rows".into(), python_rows(workspace)?.into()]);
    }
    if is_asked("node") {
        given.extend(["--rows".into(), node_rows(workspace)?.into()]);
    }
    let mut features: &[&str] = &[];
    if is_asked("rust") {
        given.extend(["--folder".into(), workspace.target("bench/ledgers").into()]);
        given.extend(duckdb(workspace).into_iter().flat_map(|python| ["--python".into(), python.into()]));
        features = if without_pdf { &[] } else { &["--features", "pdf"] };
    } else {
        given.push("--rows-only".into());
    }
    release::run(
        "release",
        &workspace.path("bench/Cargo.toml"),
        &workspace.target("bench"),
        ("bursar-bench", features),
        given,
    )
}

/// The Python of the rivals, where it can be had: DuckDB is beside the rows of a large ledger, and they are measured
/// without it too.
fn duckdb(workspace: &Workspace) -> Option<PathBuf> {
    match python::prepare_one(workspace, &ENVIRONMENT) {
        Ok(()) => Some(python::interpreter(workspace, &ENVIRONMENT)),
        Err(error) => {
            eprintln!("the rivals of Python aren't there: {error}");
            None
        }
    }
}

/// What was asked for.
struct Asked {
    only: Option<String>,
    /// The typesetter takes minutes to build.
    without_pdf: bool,
    /// For the table itself.
    given: Vec<OsString>,
}

fn read(mut arguments: Parser) -> Outcome<Asked> {
    let (mut only, mut without_pdf, mut given) = (None, false, Vec::new());
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("only") => {
                let name = arguments.value().and_then(ValueExt::string).map_err(|error| error.to_string())?;
                if !matches!(name.as_str(), "rust" | "python" | "node") {
                    return Err(format!(
                        "`{name}` is no part of the table\n  help: use rust, python or node"
                    ));
                }
                only = Some(name);
            }
            Arg::Long("without-pdf") => without_pdf = true,
            Arg::Long(name) => given.push(format!("--{name}").into()),
            Arg::Value(value) => given.push(value),
            Arg::Short(_) => return Err(argument.unexpected().to_string()),
        }
    }
    Ok(Asked { only, without_pdf, given })
}

/// Where the rows of the Python package are, as it is installed.
fn python_rows(workspace: &Workspace) -> Outcome<PathBuf> {
    python::prepare_one(workspace, &ENVIRONMENT)?;
    let wheels = workspace.target("bench/wheels");
    let wheel = python::build_wheel(workspace, &ENVIRONMENT, "release", &wheels)?;
    python::install(workspace, &ENVIRONMENT, &wheel)?;
    let rows = workspace.target("bench/python.json");
    let mut measure =
        program(python::interpreter(workspace, &ENVIRONMENT), &["bench.py"], &workspace.path("bench/python"));
    measure.arg(&rows).arg(&wheel).env("PYTHONDONTWRITEBYTECODE", "1");
    process::run(measure)?;
    Ok(rows)
}

/// Where the rows of the Node package are, built for speed in its own folder.
fn node_rows(workspace: &Workspace) -> Outcome<PathBuf> {
    let npm = |folder: &str, arguments: &[&str]| {
        let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let mut command = program(name, &["--silent"], &workspace.path(folder));
        command.args(arguments).env("npm_config_cache", workspace.target("caches/npm"));
        process::run(command)
    };
    npm("bindings-node", &["ci"])?;
    npm("bindings-node", &["run", "build:face"])?;
    npm("bindings-node", &["run", "build:addon", "--", "--release"])?;
    npm("bench/node", &["ci", "--ignore-scripts"])?;
    let rows = workspace.target("bench/node.json");
    let mut measure = program("node", &["--expose-gc", "bench.mjs"], &workspace.path("bench/node"));
    measure.arg(&rows);
    process::run(measure)?;
    Ok(rows)
}

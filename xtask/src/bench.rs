//! `cargo xtask bench`: the speed table, beside rivals and floors. The Python package is built for speed as well, and
//! its rows are measured beside rivals of its own, in an environment of their own.

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
    let (only, mut given) = read(arguments)?;
    if only.as_deref() != Some("rust") {
        given.extend(["--rows".into(), python_rows(workspace)?.into()]);
    }
    if only.as_deref() == Some("python") {
        given.push("--rows-only".into());
    }
    release::run(&workspace.path("bench/Cargo.toml"), &workspace.target("bench"), "bursar-bench", given)
}

fn read(mut arguments: Parser) -> Outcome<(Option<String>, Vec<OsString>)> {
    let (mut only, mut given) = (None, Vec::new());
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("only") => {
                let name = arguments.value().and_then(ValueExt::string).map_err(|error| error.to_string())?;
                if !matches!(name.as_str(), "rust" | "python") {
                    return Err(format!("`{name}` is no part of the table\n  help: use rust or python"));
                }
                only = Some(name);
            }
            Arg::Long(name) => given.push(format!("--{name}").into()),
            Arg::Value(value) => given.push(value),
            Arg::Short(_) => return Err(argument.unexpected().to_string()),
        }
    }
    Ok((only, given))
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
    measure.arg(&rows).env("PYTHONDONTWRITEBYTECODE", "1");
    process::run(measure)?;
    Ok(rows)
}

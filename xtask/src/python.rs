//! The Python package's virtual environment, and the wheel installed into it.

use crate::{
    Outcome,
    process::{program, run},
    workspace::Workspace,
};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The package's folder.
const PACKAGE: &str = "bindings-python";

/// A virtual environment below `target/`, and the files that pin what is in it.
pub(crate) struct Environment {
    pub(crate) name: &'static str,
    pub(crate) pins: &'static [&'static str],
}

/// The tools, and the SDKs that can live in one environment with each other.
const TOOLS: Environment = Environment {
    name: "venv",
    pins: &["bindings-python/requirements-dev.txt", "bindings-python/requirements-sdks.txt"],
};

/// The SDKs that can't.
const OTHERS: Environment =
    Environment { name: "venv-openai2", pins: &["bindings-python/requirements-sdks-openai2.txt"] };

/// Virtual environments with what is pinned. One is made anew when its pins change, and else used as it is.
pub(crate) fn prepare(workspace: &Workspace) -> Outcome {
    [TOOLS, OTHERS].iter().try_for_each(|environment| prepare_one(workspace, environment))
}

pub(crate) fn prepare_one(workspace: &Workspace, environment: &Environment) -> Outcome {
    let mut wanted = Vec::new();
    for file in environment.pins {
        let path = workspace.path(file);
        wanted
            .extend(fs::read(&path).map_err(|error| format!("`{}` can't be read: {error}", path.display()))?);
    }
    let home = workspace.target(environment.name);
    // Written last, so that an installation that was interrupted is made anew too.
    let stamp = home.join("pins.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut create = program("python3", &["-m", "venv", "--clear"], &workspace.path(""));
    create.arg(&home);
    run(create)?;
    // The pins name everything, so nothing has to be resolved.
    let mut install = python_of(workspace, environment, &["-m", "pip", "install", "--quiet", "--no-deps"]);
    for file in environment.pins {
        install.arg("--requirement").arg(workspace.path(file));
    }
    run(install)?;
    fs::write(&stamp, wanted).map_err(|error| format!("`{}` can't be written: {error}", stamp.display()))
}

/// Builds the wheel as users get it, and installs it in place of an older one.
pub(crate) fn install_wheel(workspace: &Workspace) -> Outcome {
    let wheel = build_wheel(workspace, &TOOLS, "dev", &workspace.target("wheels"))?;
    [TOOLS, OTHERS].iter().try_for_each(|environment| install(workspace, environment, &wheel))
}

/// The same of another package than the main one, for the tools alone; `build` turns the command towards it.
pub(crate) fn install_wheel_of(
    workspace: &Workspace,
    wheels: &Path,
    build: impl FnOnce(Command) -> Command,
) -> Outcome {
    let wheel = built(build(maturin(workspace, &TOOLS, "dev")), wheels)?;
    install(workspace, &TOOLS, &wheel)
}

/// Builds the wheel with an environment's maturin, alone in a folder.
pub(crate) fn build_wheel(
    workspace: &Workspace,
    environment: &Environment,
    profile: &str,
    wheels: &Path,
) -> Outcome<PathBuf> {
    built(maturin(workspace, environment, profile), wheels)
}

fn maturin(workspace: &Workspace, environment: &Environment, profile: &str) -> Command {
    let options = ["-m", "maturin", "build", "--quiet", "--compatibility", "linux", "--profile", profile];
    python_of(workspace, environment, &options)
}

/// Runs maturin, and finds its wheel.
fn built(mut build: Command, wheels: &Path) -> Outcome<PathBuf> {
    if wheels.exists() {
        fs::remove_dir_all(wheels)
            .map_err(|error| format!("`{}` can't be removed: {error}", wheels.display()))?;
    }
    build.arg("--out").arg(wheels);
    run(build)?;
    only_file(wheels)
}

/// Installs a wheel in place of an older one.
pub(crate) fn install(workspace: &Workspace, environment: &Environment, wheel: &Path) -> Outcome {
    let options = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall"];
    let mut install = python_of(workspace, environment, &options);
    install.arg(wheel);
    run(install)
}

/// The Python of the environment with the tools.
pub(crate) fn python(workspace: &Workspace, arguments: &[&str]) -> Command {
    python_of(workspace, &TOOLS, arguments)
}

/// An environment's Python.
pub(crate) fn interpreter(workspace: &Workspace, environment: &Environment) -> PathBuf {
    workspace.target(environment.name).join(if cfg!(windows) { "Scripts" } else { "bin" }).join("python")
}

/// An environment's Python, run in the package's folder. Whatever it caches goes below `target/`.
fn python_of(workspace: &Workspace, environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = program(interpreter(workspace, environment), arguments, &workspace.path(PACKAGE));
    let caches = [
        ("MYPY_CACHE_DIR", "mypy"),
        ("PIP_CACHE_DIR", "pip"),
        ("PYTHONPYCACHEPREFIX", "pycache"),
        ("RUFF_CACHE_DIR", "ruff"),
    ];
    command.envs(caches.map(|(name, cache)| (name, workspace.target("caches").join(cache))));
    command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    command
}

/// The tests, the docstrings' examples and the readme's; and in the other environment the tests of the SDKs in it.
pub(crate) fn pytest(workspace: &Workspace) -> [Command; 2] {
    let mut all = pytest_of(workspace, &TOOLS);
    // A module whose framework lives in the other environment can't be imported here.
    all.args(["--doctest-modules", "--doctest-ignore-import-errors", "--doctest-glob=README.md"]);
    all.args(["tests", "README.md", "--pyargs", "bursar"]);
    let mut others = pytest_of(workspace, &OTHERS);
    others.args(["tests/test_crewai.py", "tests/test_litellm.py", "tests/test_openai.py"]);
    [all, others]
}

/// pytest of the environment with the tools.
pub(crate) fn pytest_command(workspace: &Workspace) -> Command {
    pytest_of(workspace, &TOOLS)
}

fn pytest_of(workspace: &Workspace, environment: &Environment) -> Command {
    let mut command = python_of(workspace, environment, &["-m", "pytest", "-q"]);
    let mut cache = OsString::from("cache_dir=");
    cache.push(workspace.target("caches/pytest"));
    command.arg("-o").arg(cache);
    command
}

fn only_file(folder: &Path) -> Outcome<PathBuf> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("`{}` can't be read: {error}", folder.display()))?;
    let files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    match files.as_slice() {
        [file] => Ok(file.clone()),
        files => Err(format!("`{}` holds {} files, and one was expected", folder.display(), files.len())),
    }
}

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

/// A virtual environment with the pinned tools. It is made anew when the pins change, and else used as it is.
pub(crate) fn prepare(workspace: &Workspace) -> Outcome {
    let pins = workspace.path(PACKAGE).join("requirements-dev.txt");
    let wanted = fs::read(&pins).map_err(|error| format!("`{}` can't be read: {error}", pins.display()))?;
    let home = workspace.target("venv");
    // Written last, so that an installation that was interrupted is made anew too.
    let stamp = home.join("pins.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut create = program("python3", &["-m", "venv", "--clear"], &workspace.path(""));
    create.arg(&home);
    run(create)?;
    let mut install = python(workspace, &["-m", "pip", "install", "--quiet", "--requirement"]);
    install.arg(&pins);
    run(install)?;
    fs::write(&stamp, wanted).map_err(|error| format!("`{}` can't be written: {error}", stamp.display()))
}

/// Builds the wheel as users get it, and installs it in place of an older one.
pub(crate) fn install_wheel(workspace: &Workspace) -> Outcome {
    let wheels = workspace.target("wheels");
    if wheels.exists() {
        fs::remove_dir_all(&wheels)
            .map_err(|error| format!("`{}` can't be removed: {error}", wheels.display()))?;
    }
    let options =
        ["-m", "maturin", "build", "--quiet", "--profile", "dev", "--compatibility", "linux", "--out"];
    let mut build = python(workspace, &options);
    build.arg(&wheels);
    run(build)?;
    let options = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall"];
    let mut install = python(workspace, &options);
    install.arg(only_file(&wheels)?);
    run(install)
}

/// The environment's Python, run in the package's folder. Whatever it caches goes below `target/`.
pub(crate) fn python(workspace: &Workspace, arguments: &[&str]) -> Command {
    let folder = if cfg!(windows) { "venv/Scripts" } else { "venv/bin" };
    let mut command = program(workspace.target(folder).join("python"), arguments, &workspace.path(PACKAGE));
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

/// The tests, the docstrings' examples and the readme's.
pub(crate) fn pytest(workspace: &Workspace) -> Command {
    let options =
        ["-m", "pytest", "-q", "--doctest-modules", "--doctest-glob=README.md", "tests", "README.md"];
    let mut command = python(workspace, &options);
    let mut cache = OsString::from("cache_dir=");
    cache.push(workspace.target("caches/pytest"));
    command.arg("-o").arg(cache).args(["--pyargs", "bursar"]);
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

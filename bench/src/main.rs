//! The speed table: Bursar beside rivals and floors, in one run, as ratios.
//!
//! Times on a shared machine drift by half within a minute, so a row is compared only with the row that was measured
//! right beside it: rounds of both in turn, the median of each, and their ratio.

mod clock;
mod decide;
mod duckdb;
mod durable;
mod ledger;
mod memory;
#[cfg(feature = "pdf")]
mod pdf;
mod price;
mod read;
mod report;
mod table;

use lexopt::{Arg, ValueExt};
use std::{path::PathBuf, process::ExitCode};
use table::Table;

struct Options {
    json: Option<PathBuf>,
    /// Entries of the large ledger.
    entries: u64,
    /// Where that is kept from run to run.
    folder: PathBuf,
    /// A Python that may have DuckDB.
    python: Option<PathBuf>,
    /// A format and a ledger: it is exported, and nothing else is done.
    export: Option<(String, PathBuf)>,
    /// The only part of the table that is measured; all of it without one.
    part: Option<String>,
    /// Rows that were measured in other languages.
    rows: Vec<PathBuf>,
    /// Whether those are all.
    rows_only: bool,
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        json: None,
        entries: 10_000_000,
        folder: std::env::temp_dir().join("bursar-bench"),
        python: None,
        export: None,
        part: None,
        rows: Vec::new(),
        rows_only: false,
    };
    let mut arguments = lexopt::Parser::from_env();
    let said = |error: lexopt::Error| error.to_string();
    while let Some(argument) = arguments.next().map_err(said)? {
        match argument {
            Arg::Long("json") => options.json = Some(arguments.value().map_err(said)?.into()),
            Arg::Long("entries") => {
                let text = arguments.value().map_err(said)?;
                options.entries = text.to_str().and_then(|text| text.parse().ok()).ok_or("`--entries` takes a whole number")?;
            }
            Arg::Long("folder") => options.folder = arguments.value().map_err(said)?.into(),
            Arg::Long("python") => options.python = Some(arguments.value().map_err(said)?.into()),
            Arg::Long("part") => options.part = Some(arguments.value().and_then(ValueExt::string).map_err(said)?),
            Arg::Long("export") => {
                let format = arguments.value().and_then(ValueExt::string).map_err(said)?;
                options.export = Some((format, arguments.value().map_err(said)?.into()));
            }
            Arg::Long("rows") => options.rows.push(arguments.value().map_err(said)?.into()),
            Arg::Long("rows-only") => options.rows_only = true,
            other => return Err(format!("{}\n  help: cargo xtask bench [--json FILE] [--entries N] [--part NAME]", other.unexpected())),
        }
    }
    Ok(options)
}

type Part<'a> = (&'static str, &'a dyn Fn(&mut Table));

fn run(options: &Options) -> Result<(), String> {
    if let Some((format, ledger)) = &options.export {
        return memory::export(format, ledger);
    }
    let mut table = Table::default();
    let parts: &[Part<'_>] = &[
        ("price", &price::rows),
        ("read", &read::rows),
        ("decide", &decide::rows),
        ("durable", &durable::rows),
        ("shared", &durable::shared_rows),
        ("report", &|table| report::rows(table, (&options.folder, options.python.as_deref()), options.entries)),
        ("statement", &|table| report::statement_row(table, &options.folder, options.entries)),
        ("memory", &|table| memory::rows(table, &options.folder, options.entries)),
        #[cfg(feature = "pdf")]
        ("pdf", &pdf::rows),
    ];
    let is_asked = |name: &str| !options.rows_only && options.part.as_deref().is_none_or(|part| part == name);
    if let Some(part) = options.part.as_deref().filter(|part| parts.iter().all(|(name, _)| name != part)) {
        let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
        return Err(format!("`{part}` is no part of the table\n  help: use one of {}", names.join(", ")));
    }
    parts.iter().filter(|(name, _)| is_asked(name)).for_each(|(_, rows)| rows(&mut table));
    for path in &options.rows {
        table.read_rows(path)?;
    }
    println!("{table}");
    if let Some(path) = &options.json {
        std::fs::write(path, table.to_json()).map_err(|error| format!("`{}` can't be written: {error}", path.display()))?;
    }
    Ok(())
}

//! The speed table: Bursar beside rivals and floors, in one run, as ratios.
//!
//! Times on a shared machine drift by half within a minute, so a row is compared only with the row that was measured
//! right beside it: rounds of both in turn, the median of each, and their ratio.

mod clock;
mod decide;
mod durable;
mod price;
mod read;
mod report;
mod table;

use lexopt::Arg;
use std::{path::PathBuf, process::ExitCode};
use table::Table;

struct Options {
    json: Option<PathBuf>,
    entries: u64,
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
    let mut options = Options { json: None, entries: 1_000_000, rows: Vec::new(), rows_only: false };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("json") => options.json = Some(arguments.value().map_err(|error| error.to_string())?.into()),
            Arg::Long("entries") => {
                let text = arguments.value().map_err(|error| error.to_string())?;
                options.entries = text.to_str().and_then(|text| text.parse().ok()).ok_or("`--entries` takes a whole number")?;
            }
            Arg::Long("rows") => options.rows.push(arguments.value().map_err(|error| error.to_string())?.into()),
            Arg::Long("rows-only") => options.rows_only = true,
            other => return Err(format!("{}\n  help: cargo xtask bench [--json FILE] [--entries N]", other.unexpected())),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> Result<(), String> {
    let mut table = Table::default();
    if !options.rows_only {
        price::rows(&mut table);
        read::rows(&mut table);
        decide::rows(&mut table);
        durable::rows(&mut table);
        report::rows(&mut table, options.entries);
    }
    for path in &options.rows {
        table.read_rows(path)?;
    }
    println!("{table}");
    if let Some(path) = &options.json {
        std::fs::write(path, table.to_json()).map_err(|error| format!("`{}` can't be written: {error}", path.display()))?;
    }
    Ok(())
}

//! DuckDB over our Parquet export, in a Python of its own: nobody who builds the bench builds DuckDB.

use crate::ledger;
use bursar::Money;
use serde::Deserialize;
use std::{path::Path, process::Command};

/// Milliseconds of DuckDB's queries.
#[derive(Debug, Deserialize)]
pub(crate) struct Times {
    /// One month by tags, model, terms and kind of usage.
    pub(crate) month: f64,
    /// The same of everything.
    pub(crate) all: f64,
    /// What a statement takes: one month in detail, every month by tags and model, every hour.
    pub(crate) statement: f64,
    /// The month's sum, to the last digit.
    total: String,
}

const SCRIPT: &str = include_str!("../python/archive.py");

/// The times, where there is a DuckDB; where there is none that is said.
pub(crate) fn measure(python: Option<&Path>, archive: &Path, total: Money) -> Option<Times> {
    let Some(python) = python else {
        eprintln!("DuckDB isn't measured: no Python was given\n  help: run `cargo xtask bench`, which prepares one");
        return None;
    };
    let edges = ledger::edges().into_iter().map(|edge| edge.micros().to_string());
    let output = Command::new(python).args(["-c", SCRIPT]).arg(archive).args(edges).output();
    let told = match output {
        Ok(output) if output.status.success() => output.stdout,
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            eprintln!("DuckDB isn't measured: {}", why.trim_end().lines().last().unwrap_or("it said nothing"));
            return None;
        }
        Err(error) => {
            eprintln!("DuckDB isn't measured: `{}` can't be started: {error}", python.display());
            return None;
        }
    };
    let times: Times = serde_json::from_slice(&told).expect("the script writes the times");
    assert_eq!(times.total.parse::<Money>().unwrap(), total, "DuckDB's sum is the statement's");
    Some(times)
}

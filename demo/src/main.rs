//! `cargo xtask demo`: a month of five teams' agents through one Bursar on a ledger in a file.
//!
//! Everything here is what a user of the library would write: a policy file, scopes, reservations, settlements, a
//! report. Only the agents are made up.

#![expect(clippy::print_stdout, reason = "a demonstration shows what it does")]

mod cast;
mod folder;
#[cfg(test)]
mod forecasts;
mod papers;
mod print;
mod quantiles;
mod random;
mod replay;
#[cfg(test)]
mod short;
mod tally;
mod trace;
mod workload;

use bursar::{Bursar, Policy, ReportRequest, SqliteStore, Store, Window};
use indicatif::{ProgressBar, ProgressStyle};
use lexopt::Arg;
use std::{
    ops::ControlFlow,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

/// The month that is played, and the time zone of its report.
const MONTH: &str = "2026-10";
const ZONE: &str = "Europe/Berlin";
/// A trace begins here: a Thursday in the middle of the month.
const TRACE_START: &str = "2026-10-15T08:00:00Z";
/// Days of the month, and threads that play it.
const DAYS: u64 = 31;
const THREADS: usize = 8;

struct Options {
    out: PathBuf,
    trace: Option<PathBuf>,
    seed: u64,
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
    let mut options = Options { out: PathBuf::from("out"), trace: None, seed: 1 };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("out") => options.out = value(&mut arguments)?.into(),
            Arg::Long("trace") => options.trace = Some(value(&mut arguments)?.into()),
            Arg::Long("seed") => {
                let text = value(&mut arguments)?;
                let seed = text.to_str().and_then(|text| text.parse().ok());
                options.seed = seed.ok_or_else(|| {
                    format!("`{}` is no seed: a whole number is expected", text.to_string_lossy())
                })?;
            }
            other => {
                return Err(format!(
                    "{}\n  help: cargo xtask demo [--out DIR] [--trace FILE.csv] [--seed N]",
                    other.unexpected()
                ));
            }
        }
    }
    Ok(options)
}

fn value(arguments: &mut lexopt::Parser) -> Result<std::ffi::OsString, String> {
    arguments.value().map_err(|error| error.to_string())
}

fn run(options: &Options) -> Result<(), String> {
    let told = |error: bursar::Error| format!("{error:#}");
    let month = Window::named(MONTH, ZONE).map_err(told)?;
    let calls = match &options.trace {
        Some(path) => trace::read(path, TRACE_START.parse().map_err(told)?, options.seed)?,
        None => workload::month(month, DAYS, options.seed),
    };
    folder::prepare(&options.out)?;
    let ledger = options.out.join("ledger.db");
    replay::SceneClock::set(month.start());
    let policy = Policy::from_toml(include_str!("../policy.toml")).map_err(told)?;
    let bursar = Bursar::builder()
        .policy(policy)
        .clock(replay::SceneClock)
        .resource_attributes("")
        .open(&ledger)
        .map_err(told)?;

    println!(
        "{} calls of {} agents in {} teams, on {THREADS} threads, into {}\n",
        calls.len(),
        cast::CAST.len(),
        cast::teams(),
        ledger.display()
    );
    let bar = ProgressBar::new(calls.len() as u64).with_style(style());
    let alerts = print::alerts_beside(&bursar, &bar).map_err(told)?;
    let started = Instant::now();
    let tally = replay::play(&bursar, &calls, THREADS, &bar)?;
    let took = started.elapsed();
    bursar.alerts().flush();
    bar.finish_and_clear();
    print::summary(&tally, took, &alerts);

    // The last evening of the month: what nobody settled has expired by now.
    replay::SceneClock::set(month.end().minus(Duration::from_micros(1)));
    let request = ReportRequest::named(MONTH, ZONE).map_err(told)?;
    println!("{}", bursar.report(&request).map_err(told)?.to_table());
    // The morning after, the month is closed, and everybody gets what is theirs.
    replay::SceneClock::set(month.end().plus(Duration::from_hours(9)));
    papers::write(&bursar, &options.out, MONTH, ZONE)?;
    let differences = bursar.verify().map_err(told)?;
    drop(bursar);
    check(options, &differences, calls.len() as u64, tally.calls())
}

/// What the files say, read back as a stranger would.
fn check(
    options: &Options,
    differences: &[bursar::Difference],
    planned: u64,
    played: u64,
) -> Result<(), String> {
    let path = options.out.join("chargeback.csv");
    let mut reader = csv::Reader::from_path(&path).map_err(|error| error.to_string())?;
    let column = reader.headers().map_err(|error| error.to_string())?.iter().position(|name| name == "cost");
    let column = column.ok_or("the CSV has no column `cost`")?;
    let mut in_csv = bursar::Money::ZERO;
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        in_csv += record
            .get(column)
            .unwrap_or_default()
            .parse()
            .map_err(|error: bursar::Error| error.to_string())?;
    }
    let mut in_ledger = bursar::Money::ZERO;
    let mut store = SqliteStore::read(options.out.join("ledger.db")).map_err(|error| error.to_string())?;
    let sum = store.entries(1, &mut |entry, _| {
        in_ledger += entry.amount;
        ControlFlow::Continue(())
    });
    sum.map_err(|error| error.to_string())?;
    let total = in_json(&options.out.join("chargeback.json"))?;
    println!(
        "checked: {in_csv} USD in the CSV, {total} in the JSON, {in_ledger} in the ledger; {played} of {planned} calls accounted for"
    );
    if in_csv != total || total != in_ledger || played != planned || !differences.is_empty() {
        let first = differences.first().map(ToString::to_string).unwrap_or_default();
        return Err(format!("the books don't agree {first}"));
    }
    let pdf = if options.out.join("chargeback.pdf").exists() { " pdf," } else { "" };
    println!(
        "verified: every counter is what the ledger's entries give\n\nwritten to {}: ledger.db; chargeback as html,{pdf} xlsx, csv and json; teams, clients, journals; focus-1.2.csv, focus.csv, entries.parquet, margin.html",
        options.out.display()
    );
    Ok(())
}

/// The total of the statement as the file says it.
fn in_json(path: &std::path::Path) -> Result<bursar::Money, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let statement: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let total =
        statement.get("total").and_then(serde_json::Value::as_str).ok_or("the JSON has no `total`")?;
    total.parse().map_err(|error: bursar::Error| error.to_string())
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:50} {pos:>7} of {len} calls  {per_sec}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

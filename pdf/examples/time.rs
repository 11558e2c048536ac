//! Times a statement of 40 lines and two charts: the first page of a process, the same again, and others after it.
//!
//! `cargo run --release --package bursar-pdf --example time`

#![expect(clippy::print_stdout, reason = "a program that tells what it measured")]

use bursar_pdf::{PdfError, Template, render};
use serde_json::Value;
use std::{fs, time::Instant};

const STATEMENT: &str = include_str!("../fixtures/rich.json");
const LONG: &str = include_str!("../fixtures/long.json");
const ROUNDS: usize = 40;

fn main() -> Result<(), PdfError> {
    println!("first         {:>8} µs", timed(STATEMENT)?);
    println!("again         {:>8} µs", median(|_| STATEMENT.to_owned())?);
    println!("another       {:>8} µs", median(another)?);
    println!("300 rows      {:>8} µs", timed(LONG)?);
    println!("bytes         {:>8}", render(STATEMENT, &Template::default())?.len());
    if let Some(peak) = peak() {
        println!("peak memory   {peak}");
    }
    Ok(())
}

fn timed(document: &str) -> Result<u128, PdfError> {
    let start = Instant::now();
    render(document, &Template::default())?;
    Ok(start.elapsed().as_micros())
}

fn median(document: impl Fn(usize) -> String) -> Result<u128, PdfError> {
    let mut times = (0..ROUNDS).map(|round| timed(&document(round))).collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    Ok(times.get(ROUNDS / 2).copied().unwrap_or_default())
}

/// The statement with other figures, as from one team's to the next.
fn another(round: usize) -> String {
    let mut document: Value = serde_json::from_str(STATEMENT).unwrap_or_default();
    change(&mut document, round);
    document.to_string()
}

fn change(value: &mut Value, round: usize) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("text") {
                text.push_str(&round.to_string());
            }
            fields.values_mut().for_each(|value| change(value, round));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| change(value, round)),
        _ => {}
    }
}

/// The most memory that the process has had, where the system tells it.
fn peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
}

//! `bursar quote`: what usage costs.

use crate::options::{Fault, Given, Outcome};
use bursar::{PriceBook, Terms, Timestamp, Usage};
use lexopt::Parser;
use std::{process::ExitCode, time::SystemTime};

pub(crate) const USAGE: &str = "bursar quote MODEL input_tokens=1200 output_tokens=300 [--provider NAME] [--at 2026-10-01T00:00:00Z] [--tier flex]";

/// Counts that one call can have.
const MAX_COUNTS: usize = 64;

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, &["provider", "at", "tier"], 1 + MAX_COUNTS)?;
    let Some((model, counts)) = given.free().split_first() else {
        return Err(Fault::usage(&"the model isn't named"));
    };
    let counts = counts.iter().map(|text| count(text)).collect::<Outcome<Vec<_>>>()?;
    let usage = Usage::from_otel(counts.iter().map(|(name, count)| (name.as_str(), *count)))?;
    let at = given.get("at").map_or_else(|| Ok(now()), str::parse)?;
    let terms = given.get("tier").map_or_else(Terms::new, |tier| Terms::new().service_tier(tier));
    println!("{}", PriceBook::bundled()?.quote(given.get("provider"), model, &usage, &terms, at)?);
    Ok(ExitCode::SUCCESS)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// `input_tokens=1200`.
fn count(text: &str) -> Outcome<(String, u64)> {
    let pair = text.split_once('=');
    let read =
        pair.and_then(|(name, count)| Some((name.to_owned(), count.replace(['_', ','], "").parse().ok()?)));
    read.ok_or_else(|| Fault::new(format!("`{text}` is no count"), "write it as `input_tokens=1200`"))
}

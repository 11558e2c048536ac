//! `bursar export`: what a period was spent on, line by line, for finance and BI.

use crate::ledger;
use crate::options::{Fault, Given, Outcome};
use crate::output::unwritable;
use bursar::{Exported, FocusLevel, FocusRequest, Selector, TagKey, Window};
use lexopt::Parser;
use std::{fs, io::BufWriter, io::Write as _, process::ExitCode};

pub(crate) const USAGE: &str = "bursar export LEDGER --period 2026-10 --format focus-1.2|focus|parquet --out FILE \
    [--time-zone ZONE] [--filter 'team = \"data\"'] [--invoice ID] [--allocate team --policy FILE]";

const OPTIONS: &[&str] = &["policy", "period", "time-zone", "filter", "invoice", "allocate", "format", "out"];

/// The formats of an export.
#[derive(Clone, Copy)]
enum Format {
    Focus(FocusLevel),
    Parquet,
}

impl Format {
    fn of(name: &str) -> Outcome<Self> {
        Ok(match name {
            "focus-1.2" => Self::Focus(FocusLevel::V1_2),
            "focus" => Self::Focus(FocusLevel::Newest),
            "parquet" => Self::Parquet,
            other => {
                let message = format!("`{other}` is no format of an export");
                return Err(Fault::new(message, "use one of `focus-1.2`, `focus`, `parquet`"));
            }
        })
    }
}

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, OPTIONS, 1)?;
    let zone = given.get("time-zone").unwrap_or("UTC");
    let period = given.get("period").ok_or_else(|| Fault::usage(&"the period isn't named"))?;
    let (window, out) = (Window::named(period, zone)?, given.out());
    let out = out.ok_or_else(|| Fault::new("an export goes to a file", "name it: `--out FILE`"))?;
    let format = Format::of(given.get("format").unwrap_or_default())?;
    let bursar = ledger::for_reading(&given)?;
    let mut to = BufWriter::new(fs::File::create(out).map_err(|cause| unwritable(out, &cause))?);
    let Exported { rows, billed, .. } = match format {
        Format::Focus(level) => bursar.export_focus(&focus(&given, window, zone, level)?, &mut to)?,
        Format::Parquet => bursar.export_parquet(window, &mut to)?,
    };
    to.flush().map_err(|cause| unwritable(out, &cause))?;
    println!("{rows} rows, {billed} USD");
    Ok(ExitCode::SUCCESS)
}

fn focus(given: &Given, window: Window, zone: &str, level: FocusLevel) -> Outcome<FocusRequest> {
    let mut request = FocusRequest::new(window, zone).level(level);
    if let Some(filter) = given.get("filter") {
        request = request.filter(filter.parse::<Selector>()?);
    }
    if let Some(key) = given.get("allocate") {
        ledger::needs_policy(given)?;
        request = request.allocated(key.parse::<TagKey>()?);
    }
    Ok(match given.get("invoice") {
        Some(invoice) => request.invoice(invoice),
        None => request,
    })
}

//! `bursar margin`: what is left of what clients pay.

use crate::options::{Fault, Given, Outcome};
use crate::output::File;
use crate::report::request;
use crate::{ledger, output};
use bursar::Presentation;
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar margin LEDGER --policy FILE [--period 2026-10] [--time-zone ZONE] [--format table|json|html] [--out FILE]";

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, &["policy", "period", "time-zone", "format", "out"], 1)?;
    ledger::needs_policy(&given)?;
    let margin = ledger::for_reading(&given)?.margin(&request(&given)?)?;
    let rules = ledger::rules(&given)?;
    let presentation = Presentation::of(&rules);
    let format = given.get("format").unwrap_or("table");
    let content = match format {
        "table" => margin.document(&presentation).to_text(),
        "json" => margin.to_json(),
        "html" => margin.document(&presentation).to_html(),
        other => {
            let message = format!("`{other}` is no format of a margin");
            return Err(Fault::new(message, "use one of `table`, `json`, `html`"));
        }
    };
    output::write(given.out(), &[File { name: format!("margin.{format}"), content: content.into_bytes() }])?;
    Ok(ExitCode::SUCCESS)
}

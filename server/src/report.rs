//! `bursar report`: the statement of a period, in any format.

use crate::format::Format;
use crate::options::{Given, Outcome};
use crate::{ledger, output};
use bursar::{Grouping, ReportRequest, Selector, Window};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar report LEDGER [--policy FILE] [--period 2026-10] [--time-zone ZONE] [--by team,model] \
    [--filter 'client = \"acme\"'] [--format table] [--out FILE]";
/// Options that say what is reported.
pub(crate) const OPTIONS: &[&str] = &["policy", "period", "time-zone", "by", "filter", "format", "out"];

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, OPTIONS, 1)?;
    let (request, format) = (request(&given)?, Format::of(&given)?);
    let statement = ledger::for_reading(&given)?.report(&request)?;
    output::write(given.out(), &format.render(&statement))?;
    Ok(ExitCode::SUCCESS)
}

/// What is asked for.
pub(crate) fn request(given: &Given) -> Outcome<ReportRequest> {
    let zone = given.get("time-zone").unwrap_or("UTC");
    let mut request = ReportRequest::new(zone);
    if let Some(period) = given.get("period") {
        request = request.period(Window::named(period, zone)?);
    }
    if let Some(by) = given.get("by") {
        let by = by.split(',').map(|by| by.trim().parse::<Grouping>());
        request = request.by(by.collect::<bursar::Result<Vec<_>>>()?);
    }
    if let Some(filter) = given.get("filter") {
        request = request.filter(filter.parse::<Selector>()?);
    }
    Ok(request)
}

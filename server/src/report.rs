//! `bursar report`: the statement of a period, in any format.

use crate::format::Format;
use crate::options::{Fault, Given, Outcome};
use crate::{ledger, output};
use bursar::{Grouping, ReportRequest, Selector, Window};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar report LEDGER [--policy FILE] [--period 2026-10] [--time-zone ZONE] [--by team,model] \
    [--filter 'client = \"acme\"'] [--with opportunities,evidence] [--format table] [--out FILE]";
const OPTIONS: &[&str] = &["policy", "period", "time-zone", "by", "filter", "with", "format", "out"];

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, OPTIONS, 1)?;
    let (request, format) = (request(&given)?, Format::of(&given)?);
    let bursar = ledger::for_reading(&given)?;
    let files = format.render(&bursar.report(&request)?, bursar.policy().report_rules())?;
    output::write(given.out(), &files)?;
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
    for part in given.get("with").into_iter().flat_map(|parts| parts.split(',')) {
        request = match part.trim() {
            "opportunities" => request.with_opportunities(),
            "evidence" => request.with_evidence(),
            other => {
                let message = format!("`{other}` is no part of a statement");
                return Err(Fault::new(message, "use `opportunities`, `evidence` or both, with a comma"));
            }
        };
    }
    Ok(request)
}

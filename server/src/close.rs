//! `bursar close`: closes a period that is over, and issues its statements.

use crate::format::Format;
use crate::options::{Given, Outcome};
use crate::report::request;
use crate::{ledger, output};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar close LEDGER --policy FILE --period 2026-10 [--time-zone ZONE] [--by team,model] \
    [--with opportunities,evidence] [--format html --out DIR]";
const OPTIONS: &[&str] = &["policy", "period", "time-zone", "by", "with", "format", "out"];

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, OPTIONS, 1)?;
    ledger::needs_policy(&given)?;
    let (request, format) = (request(&given)?, Format::of(&given)?);
    let bursar = ledger::for_writing(&given)?;
    for statement in bursar.close_period(&request)? {
        let number = statement.header.number.as_deref().unwrap_or_default();
        let whose = statement.header.recipient.as_ref().map_or("everybody", |party| &party.name);
        println!("{number}  {} {}  for {whose}", statement.total, statement.currency);
        if let Some(folder) = given.out() {
            output::into(folder, &format.render(&statement, bursar.policy().report_rules())?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

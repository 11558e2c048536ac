//! `bursar documents`: what was issued.

use crate::format::Format;
use crate::options::{Given, Outcome};
use crate::{ledger, output};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str =
    "bursar documents LEDGER [--policy FILE] [--number CB-2026-10-001] [--format table] [--out FILE]";

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, &["policy", "number", "format", "out"], 1)?;
    let format = Format::of(&given)?;
    let bursar = ledger::for_reading(&given)?;
    if let Some(number) = given.get("number") {
        let files = format.render(&bursar.statement(number)?, bursar.policy().report_rules())?;
        output::write(given.out(), &files)?;
        return Ok(ExitCode::SUCCESS);
    }
    for document in bursar.documents()? {
        let scope = if document.scope.is_empty() { "all calls" } else { &document.scope };
        println!(
            "{}  {}  {}  {scope}  sha256 {}",
            document.number, document.kind, document.issued_at, document.hash
        );
    }
    Ok(ExitCode::SUCCESS)
}

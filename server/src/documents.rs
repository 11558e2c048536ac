//! `bursar documents`: what was issued.

use crate::format::Format;
use crate::options::{Given, Outcome};
use crate::output::File;
use crate::reconcile::rendered;
use crate::{ledger, output};
use bursar::IssuedDocument;
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str =
    "bursar documents LEDGER [--policy FILE] [--number CB-2026-10-001] [--format table] [--out FILE]";

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, &["policy", "number", "format", "out"], 1)?;
    let format = Format::of(&given)?;
    let bursar = ledger::for_reading(&given)?;
    if let Some(number) = given.get("number") {
        let is_kept = |own: &IssuedDocument| own.number == number && own.kind == "reconciliation";
        if bursar.documents()?.iter().any(is_kept) {
            let format = given.get("format").unwrap_or("table");
            let content = rendered(&bursar.reconciliation(number)?, format)?.into_bytes();
            output::write(given.out(), &[File { name: format!("{number}.{format}"), content }])?;
            return Ok(ExitCode::SUCCESS);
        }
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

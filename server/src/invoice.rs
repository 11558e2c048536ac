//! `bursar invoice`: what a client owes, at the client's prices and without a word of cost.

use crate::format::{journal, journal_format};
use crate::options::{Fault, Given, Outcome};
use crate::output::File;
use crate::{ledger, output};
use bursar::{ClientRequest, ClientStatement, Presentation, ReportRules};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar invoice LEDGER --policy FILE --client NAME [--period 2026-10] [--issue yes] \
    [--number CB-2026-10-001] [--format table|csv|json|html|pdf|netsuite|quickbooks|xero|journal] [--out FILE]";

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given =
        Given::read(arguments, &["policy", "client", "period", "issue", "number", "format", "out"], 1)?;
    ledger::needs_policy(&given)?;
    let statement = statement(&given)?;
    let (rules, format) = (ledger::rules(&given)?, given.get("format").unwrap_or("table"));
    let files = match journal_format(format) {
        Some(format) => journal(&rules, |accounts| statement.to_journal(format, accounts))?,
        None => vec![file(&statement, format, &rules)?],
    };
    output::write(given.out(), &files)?;
    Ok(ExitCode::SUCCESS)
}

/// The invoice that was issued under a number, or what the client owes as the ledger stands; `--issue yes` issues it.
fn statement(given: &Given) -> Outcome<ClientStatement> {
    if let Some(number) = given.get("number") {
        return Ok(ledger::for_reading(given)?.invoice(number)?);
    }
    let client = given.get("client").ok_or_else(|| Fault::usage(&"the client isn't named"))?;
    let mut request = ClientRequest::new(client);
    if let Some(period) = given.get("period") {
        request = request.named(period);
    }
    match given.get("issue") {
        None | Some("no") => Ok(ledger::for_reading(given)?.client_statement(&request)?),
        Some("yes") => Ok(ledger::for_writing(given)?.issue_invoice(&request)?),
        Some(other) => Err(Fault::new(format!("`{other}` is neither `yes` nor `no`"), "write `--issue yes`")),
    }
}

fn file(statement: &ClientStatement, format: &str, rules: &ReportRules) -> Outcome<File> {
    let document = || statement.document(&Presentation::of(rules));
    let content = match format {
        "table" => document().to_text().into_bytes(),
        "csv" => statement.to_csv().into_bytes(),
        "json" => statement.to_json().into_bytes(),
        "html" => document().to_html().into_bytes(),
        "pdf" => document().to_pdf()?,
        other => {
            let message = format!("`{other}` is no format of an invoice");
            return Err(Fault::new(
                message,
                "use one of `table`, `csv`, `json`, `html`, `pdf`, or of the journals",
            ));
        }
    };
    Ok(File { name: format!("invoice.{format}"), content })
}

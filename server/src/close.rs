//! `bursar close`: closes a period that is over, and issues its statements.

use crate::format::Format;
use crate::options::{Fault, Given, Outcome};
use crate::report::request;
use crate::{ledger, output};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar close LEDGER --policy FILE --period 2026-10 [--time-zone ZONE] [--by team,model] [--format json --out DIR]";
const OPTIONS: &[&str] = &["policy", "period", "time-zone", "by", "format", "out"];

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, OPTIONS, 1)?;
    ledger::needs_policy(&given)?;
    let (request, format) = (request(&given)?, Format::of(&given)?);
    let issued = ledger::for_writing(&given)?.close_period(&request)?;
    if let Some(folder) = given.out() {
        std::fs::create_dir_all(folder).map_err(|cause| {
            let message = format!("`{}` can't be made: {cause}", folder.display());
            Fault::new(message, "name a folder that can be written: `--out DIR`")
        })?;
    }
    for statement in &issued {
        let number = statement.header.number.as_deref().unwrap_or_default();
        let whose = statement.header.recipient.as_ref().map_or("everybody", |party| &party.name);
        println!("{number}  {} {}  for {whose}", statement.total, statement.currency);
        if let Some(folder) = given.out() {
            let path = folder.join(format!("{number}.{}", format.extension()));
            output::write(Some(&path), &format.render(statement))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

//! `bursar verify`: whether the ledger is what it says.

use crate::ledger;
use crate::options::{Given, Outcome};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar verify LEDGER [--policy FILE]";

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, &["policy"], 1)?;
    let differences = ledger::for_reading(&given)?.verify()?;
    for difference in &differences {
        println!("{difference}");
    }
    match differences.len() {
        0 => println!("every counter is what the entries give"),
        1 => println!("1 difference"),
        count => println!("{count} differences"),
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! `bursar budgets`: what every budget stands at.

use crate::ledger;
use crate::options::{Given, Outcome};
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar budgets LEDGER --policy FILE";

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, &["policy"], 1)?;
    ledger::needs_policy(&given)?;
    for status in ledger::for_reading(&given)?.budgets() {
        let name = [&*status.name].into_iter().chain(status.instance.iter().map(String::as_str));
        let name = name.collect::<Vec<_>>().join(" ");
        let used = status.utilisation_basis_points();
        println!(
            "{name:<24} {:>16} of {:>16}  {:>4}.{} %  {:<5}  {}",
            status.spent.to_string(),
            status.limit.to_string(),
            used / 100,
            used / 10 % 10,
            status.basis.as_str(),
            status.state.as_str()
        );
    }
    Ok(ExitCode::SUCCESS)
}

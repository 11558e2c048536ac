//! `bursar preview`: what another policy's rules would have made of a month, group by group.

use crate::options::{Fault, Given, Outcome};
use crate::output::File;
use crate::report::request;
use crate::{ledger, output};
use bursar::Policy;
use lexopt::Parser;
use std::process::ExitCode;

pub(crate) const USAGE: &str = "bursar preview LEDGER --policy FILE --rules CANDIDATE.toml [--period 2026-10] [--time-zone ZONE] \
    [--format table|json] [--out FILE]";

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let names = ["policy", "rules", "period", "time-zone", "by", "format", "out"];
    let given = Given::read(arguments, &names, 1)?;
    let candidate = given.get("rules").ok_or_else(|| Fault::usage(&"the candidate's policy isn't named"))?;
    let candidate = Policy::from_file(candidate)?;
    let preview = ledger::for_reading(&given)?.preview_rules(&request(&given)?, candidate.report_rules())?;
    let format = given.get("format").unwrap_or("table");
    let content = match format {
        "table" => preview.to_table(),
        "json" => preview.to_json(),
        other => {
            let message = format!("`{other}` is no format of a preview");
            return Err(Fault::new(message, "use `table` or `json`"));
        }
    };
    output::write(given.out(), &[File { name: format!("preview.{format}"), content: content.into_bytes() }])?;
    Ok(ExitCode::SUCCESS)
}

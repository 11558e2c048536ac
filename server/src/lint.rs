//! `bursar lint`: whether a FOCUS file is what the specification says, row by row.

use crate::options::{Fault, Given, Outcome};
use bursar::{FocusLint, MAX_FINDINGS};
use lexopt::Parser;
use std::{fs::File, process::ExitCode};

pub(crate) const USAGE: &str = "bursar lint FILE.csv";

pub(crate) fn run(arguments: Parser) -> Outcome<ExitCode> {
    let given = Given::read(arguments, &[], 1)?;
    let path = given.free().first().ok_or_else(|| Fault::usage(&"the file isn't named"))?;
    let file = File::open(path).map_err(|cause| {
        Fault::new(format!("`{path}` can't be read: {cause}"), "name a FOCUS Cost and Usage file in CSV")
    })?;
    let findings = FocusLint::new().check(std::io::BufReader::new(file));
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => println!("every row is what FOCUS says"),
        1 => println!("1 finding"),
        MAX_FINDINGS => println!("{MAX_FINDINGS} findings or more"),
        count => println!("{count} findings"),
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

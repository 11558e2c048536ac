//! `bursar`: what a ledger says, for platform teams and finance.
//!
//! A command is one file here and one line in [`COMMANDS`]. Whatever is asked of the ledger, the library answers; here it
//! is only read from the command line and shown.

#![expect(clippy::print_stdout, reason = "a command talks to the person who runs it")]

mod budgets;
mod close;
mod documents;
mod export;
mod format;
mod invoice;
mod ledger;
mod lint;
mod margin;
mod options;
mod output;
mod preview;
mod quote;
mod reconcile;
mod report;
mod verify;

use options::{Fault, Outcome};
use std::process::ExitCode;

/// One command: its name, how it is called, a line of help, and what it does with the arguments after it.
struct Command {
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    run: fn(lexopt::Parser) -> Outcome<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command { name: "report", usage: report::USAGE, summary: "who spent what in a period", run: report::run },
    Command {
        name: "close",
        usage: close::USAGE,
        summary: "close a period and issue its statements",
        run: close::run,
    },
    Command {
        name: "documents",
        usage: documents::USAGE,
        summary: "what was issued, or one document by its number",
        run: documents::run,
    },
    Command {
        name: "invoice",
        usage: invoice::USAGE,
        summary: "what a client owes, at the client's prices",
        run: invoice::run,
    },
    Command {
        name: "margin",
        usage: margin::USAGE,
        summary: "what is left of what clients pay",
        run: margin::run,
    },
    Command {
        name: "reconcile",
        usage: reconcile::USAGE,
        summary: "the ledger against the provider's own bill",
        run: reconcile::run,
    },
    Command {
        name: "preview",
        usage: preview::USAGE,
        summary: "what another policy's rules would have made of a period",
        run: preview::run,
    },
    Command {
        name: "export",
        usage: export::USAGE,
        summary: "FOCUS and Parquet of a period, line by line",
        run: export::run,
    },
    Command { name: "lint", usage: lint::USAGE, summary: "check a FOCUS file row by row", run: lint::run },
    Command {
        name: "budgets",
        usage: budgets::USAGE,
        summary: "what every budget stands at",
        run: budgets::run,
    },
    Command {
        name: "verify",
        usage: verify::USAGE,
        summary: "recompute everything from the entries, and say what differs",
        run: verify::run,
    },
    Command {
        name: "quote",
        usage: quote::USAGE,
        summary: "what usage costs, line by line, and why",
        run: quote::run,
    },
];

fn main() -> ExitCode {
    match dispatch(lexopt::Parser::from_env()) {
        Ok(code) => code,
        Err(Fault { message, help }) => {
            eprintln!("error: {message}\n  help: {help}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(mut arguments: lexopt::Parser) -> Outcome<ExitCode> {
    use lexopt::Arg;
    let name = match arguments.next().map_err(|error| Fault::usage(&error))? {
        Some(Arg::Value(name)) => name.to_string_lossy().into_owned(),
        Some(Arg::Short('V') | Arg::Long("version")) => {
            println!("bursar {}", env!("CARGO_PKG_VERSION"));
            return Ok(ExitCode::SUCCESS);
        }
        Some(Arg::Short('h') | Arg::Long("help")) | None => {
            print_help();
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => return Err(Fault::usage(&other.unexpected())),
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        return Err(Fault::new(format!("`{name}` is no command"), "run `bursar --help` for the list"));
    };
    (command.run)(arguments).map_err(|fault| fault.with_usage(command.usage))
}

fn print_help() {
    println!("bursar: cost control for AI agents\n");
    for command in COMMANDS {
        println!("  {:<10} {}\n             {}\n", command.name, command.summary, command.usage);
    }
}

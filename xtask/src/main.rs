//! The project's own tasks, run as `cargo xtask <command>`.
//!
//! A command is one file here and one line in [`COMMANDS`]. What a command downloads or builds stays below `target/`
//! and the Node package's own folders.

#![expect(clippy::print_stdout, reason = "a task talks to the person who runs it")]

mod bench;
mod examples;
mod focus;
mod pdf;
mod prices;
mod process;
mod python;
mod release;
mod test;
mod tools;
mod workspace;

use lexopt::{Arg, Parser};
use std::process::ExitCode;
use workspace::Workspace;

/// What a command ends with: an error is a sentence for the person who ran it.
type Outcome<T = ()> = Result<T, String>;

/// One command: its name, a line of help, and what it does with the rest of the arguments.
struct Command {
    name: &'static str,
    summary: &'static str,
    run: fn(&Workspace, Parser) -> Outcome<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        summary: "everything that has to pass; --only lint|rust|python|node|examples",
        run: test::run,
    },
    Command {
        name: "demo",
        summary: "a month of five teams' agents; --out DIR, --pdf, --trace FILE.csv, --seed N",
        run: release::demo,
    },
    Command {
        name: "prices",
        summary: "the price book's files from genai-prices and LiteLLM; --date DAY",
        run: prices::run,
    },
    Command {
        name: "bench",
        summary: "the speed table beside rivals and floors; --json FILE, --entries N, --only rust|python",
        run: bench::run,
    },
];

fn main() -> ExitCode {
    match dispatch(Parser::from_env()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut arguments: Parser) -> Outcome<ExitCode> {
    let name = match arguments.next().map_err(|error| error.to_string())? {
        Some(Arg::Value(name)) => name.to_string_lossy().into_owned(),
        Some(Arg::Short('h') | Arg::Long("help")) | None => {
            print_help();
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => return Err(other.unexpected().to_string()),
    };
    let command = COMMANDS
        .iter()
        .find(|command| command.name == name)
        .ok_or_else(|| format!("`{name}` is no command\n  help: run `cargo xtask --help`"))?;
    (command.run)(&Workspace::find()?, arguments)
}

fn print_help() {
    println!("cargo xtask <command>\n");
    for command in COMMANDS {
        println!("  {:<8} {}", command.name, command.summary);
    }
}

//! What a command is given, and what is wrong with it.

use lexopt::{Arg, Parser};
use std::{ffi::OsString, fmt::Display, path::Path};

/// What a command ends with.
pub(crate) type Outcome<T = ()> = Result<T, Fault>;

/// What went wrong, and the way out, for the person who ran it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) help: String,
}

/// The help of a fault of the command line, before the command's own usage takes its place.
const SEE_USAGE: &str = "run `bursar --help`";

impl Fault {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    /// Something wrong with the command line itself.
    pub(crate) fn usage(what: &dyn Display) -> Self {
        Self::new(what.to_string(), SEE_USAGE)
    }

    /// Names the command's usage, where the command line is at fault.
    pub(crate) fn with_usage(self, usage: &str) -> Self {
        if self.help == SEE_USAGE { Self { help: format!("use `{usage}`"), ..self } } else { self }
    }
}

impl From<bursar::Error> for Fault {
    fn from(error: bursar::Error) -> Self {
        Self::new(error.to_string(), error.help())
    }
}

impl From<lexopt::Error> for Fault {
    fn from(error: lexopt::Error) -> Self {
        Self::usage(&error)
    }
}

/// What a command was given: free arguments, and options that all have a value.
#[derive(Debug, Default)]
pub(crate) struct Given {
    free: Vec<String>,
    named: Vec<(&'static str, String)>,
}

impl Given {
    /// Reads a command line with these options, and at most so many free arguments.
    pub(crate) fn read(mut arguments: Parser, names: &[&'static str], most: usize) -> Outcome<Self> {
        let mut given = Self::default();
        while let Some(argument) = arguments.next()? {
            let name = match argument {
                Arg::Value(value) if given.free.len() < most => {
                    given.free.push(in_utf8(value)?);
                    continue;
                }
                Arg::Value(value) => {
                    return Err(Fault::usage(&format!("`{}` is one argument too many", in_utf8(value)?)));
                }
                Arg::Long(name) => names.iter().find(|known| **known == name).copied(),
                Arg::Short(_) => None,
            };
            let Some(name) = name else { return Err(Fault::usage(&argument.unexpected())) };
            given.named.push((name, in_utf8(arguments.value()?)?));
        }
        Ok(given)
    }

    /// The free arguments.
    pub(crate) fn free(&self) -> &[String] {
        &self.free
    }

    /// The value of an option; the last one where it is given twice.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    /// All values of an option that may be given more than once.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.named.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The file or folder that the result goes to.
    pub(crate) fn out(&self) -> Option<&Path> {
        self.get("out").map(Path::new)
    }
}

fn in_utf8(value: OsString) -> Outcome<String> {
    value.into_string().map_err(|value| Fault::usage(&format!("`{}` isn't UTF-8", value.to_string_lossy())))
}

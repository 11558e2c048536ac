//! One error for everything that can go wrong outside a decision.
//!
//! A refusal to spend is not an error but a [`Decision`](crate::Decision). Every error has a stable code, a plain
//! message, one imperative sentence of help, and a retry class; the same four in every language.

mod code;
mod hint;

pub use code::{ErrorCode, Retry};
pub(crate) use hint::did_you_mean;
use std::fmt;

/// An error with a stable code, a message, help and context.
///
/// `{}` prints the message; `{:#}` prints the message, the code and the help on lines of their own.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Inner {
    code: ErrorCode,
    message: String,
    help: Option<String>,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What every fallible operation of Bursar returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a code. The message is lower case, without a full stop, with the user's input in backticks.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), help: None, context: Vec::new(), source: None }))
    }

    /// Replaces the code's general help by a sentence that fits this case.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds a named fact, for programs that read errors.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((name, value.to_string()));
        self
    }

    /// Keeps the error that caused this one.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error without the one that caused it, for somebody who was lent it.
    pub(crate) fn without_source(&self) -> Self {
        let Inner { code, message, help, context, source: _ } = &*self.0;
        Self(Box::new(Inner {
            code: *code,
            message: message.clone(),
            help: help.clone(),
            context: context.clone(),
            source: None,
        }))
    }

    /// The stable code, as `money_invalid`.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// What was found and what was allowed.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The way out, one imperative sentence.
    pub fn help(&self) -> &str {
        self.0.help.as_deref().unwrap_or_else(|| self.0.code.help())
    }

    /// Named facts, in the order in which they were added.
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.0.context
    }

    /// Whether the same call may succeed later.
    pub fn retry(&self) -> Retry {
        self.0.code.retry()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if f.alternate() {
            write!(f, "\n  code: {}\n  help: {}", self.0.code, self.help())?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

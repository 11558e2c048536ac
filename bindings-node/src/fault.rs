//! The core's error as a plain object.

use bursar::{ErrorCode, Retry};
use napi::Either;
use napi_derive::napi;
use std::collections::HashMap;

/// What the face throws as a `BursarError`.
#[napi(object)]
pub(crate) struct Fault {
    /// The stable code, as `money_invalid`.
    pub code: String,
    /// What was found and what was allowed.
    pub message: String,
    /// The way out, one imperative sentence.
    pub help: String,
    /// What it was about, by name.
    pub context: HashMap<String, String>,
    /// Whether the same call may succeed later as it is.
    pub is_passing: bool,
}

impl From<&bursar::Error> for Fault {
    #[cold]
    fn from(error: &bursar::Error) -> Self {
        let context = error.context().iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self {
            code: error.code().to_string(),
            message: error.message().to_owned(),
            help: error.help().to_owned(),
            context: context.collect(),
            is_passing: error.code().retry() == Retry::Later,
        }
    }
}

impl From<bursar::Error> for Fault {
    #[cold]
    fn from(error: bursar::Error) -> Self {
        Self::from(&error)
    }
}

impl Fault {
    /// An error of the addon's own, with the code's general help.
    #[cold]
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        bursar::Error::new(code, message).into()
    }
}

/// What a function answers, or its fault.
pub(crate) type Answered<T> = Either<T, Fault>;

/// Hands a result over as a value.
#[inline]
pub(crate) fn answered<T>(result: Result<T, Fault>) -> Answered<T> {
    match result {
        Ok(value) => Either::A(value),
        Err(fault) => Either::B(fault),
    }
}

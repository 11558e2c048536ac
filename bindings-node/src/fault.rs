//! The core's error as a plain object.

use bursar::{Error, ErrorCode, Result, Retry};
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

impl From<&Error> for Fault {
    #[cold]
    fn from(error: &Error) -> Self {
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

/// What a function answers, or its fault.
pub(crate) type Answered<T> = Either<T, Fault>;

/// Hands a result over as a value.
#[inline]
pub(crate) fn answered<T>(result: Result<T>) -> Answered<T> {
    match result {
        Ok(value) => Either::A(value),
        Err(error) => Either::B(Fault::from(&error)),
    }
}

/// Hands over what went wrong, if something did.
#[inline]
pub(crate) fn done(result: Result<()>) -> Option<Fault> {
    result.err().as_ref().map(Fault::from)
}

/// That a PDF was asked for, and the package that lays it out isn't there.
#[napi]
pub(crate) fn pdf_missing() -> Fault {
    let message = "a PDF was asked for, and the package `bursar-pdf` isn't there";
    Fault::from(&Error::new(ErrorCode::PdfMissing, message).with_help("run `npm install bursar-pdf`"))
}

//! The core's error as a plain object.

use napi_derive::napi;

/// What the face throws as a `BursarError`.
#[napi(object)]
pub(crate) struct Fault {
    /// The stable code, as `money_invalid`.
    pub code: String,
    /// What was found and what was allowed.
    pub message: String,
    /// The way out, one imperative sentence.
    pub help: String,
}

impl From<bursar::Error> for Fault {
    fn from(error: bursar::Error) -> Self {
        Self {
            code: error.code().to_string(),
            message: error.message().to_owned(),
            help: error.help().to_owned(),
        }
    }
}

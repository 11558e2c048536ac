//! Writing an export out: what goes wrong there is told as one error.

use crate::error::{Error, ErrorCode, Result};

/// The outcome of a write as ours.
pub(super) fn written<T, E>(outcome: std::result::Result<T, E>) -> Result<T>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    outcome.map_err(|cause| {
        Error::new(ErrorCode::ReportInvalid, "the report can't be written".to_owned())
            .with_help("check that the file's folder exists and can be written")
            .caused_by(cause)
    })
}

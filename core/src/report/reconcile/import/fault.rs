//! Where in a document something is wrong.

use crate::error::{Error, ErrorCode};

/// A row of a document of some kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// `anthropic cost report`.
    pub(super) what: &'a str,
    /// The row, from 1; of a report, its result.
    pub(super) row: u64,
}

impl Place<'_> {
    /// A field of this row that can't be read.
    #[cold]
    pub(super) fn fault(self, field: &str, found: &str) -> Error {
        let Self { what, row } = self;
        Error::new(ErrorCode::ReportInvalid, format!("`{field}` in row {row} of the {what}: {found}"))
            .with_help("correct that field of the bill, or export the bill again")
            .with("row", row)
            .with("field", field)
    }

    /// A field that isn't there.
    #[cold]
    pub(super) fn missing(self, field: &str) -> Error {
        self.fault(field, "is missing")
    }

    /// The same for an error of reading a value.
    #[cold]
    pub(super) fn caused(self, field: &str, cause: Error) -> Error {
        let Self { what, row } = self;
        let message = format!("`{field}` in row {row} of the {what}: {}", cause.message());
        Error::new(cause.code(), message)
            .with_help("correct that field of the bill, or export the bill again")
            .with("row", row)
            .with("field", field)
            .caused_by(cause)
    }
}

/// A document that isn't of its kind at all.
#[cold]
pub(super) fn unreadable(what: &str, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::ReportInvalid, format!("the {what} can't be read: {cause}"))
        .with_help("give the document as the provider exports it")
}

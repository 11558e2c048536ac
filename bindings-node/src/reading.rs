//! The formats of what is read out of a ledger beside statements. The face offers of each kind those that it has.

use crate::{
    fault::{Answered, answered},
    made::{Content, PrintOptions, Reading},
    opening::PolicySource,
    statement::journal_files,
};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

/// A reading as JSON.
#[napi]
pub(crate) fn reading_json(reading: &Reading) -> String {
    match &reading.own {
        Content::Client(own) => own.to_json(),
        Content::Note(own) => own.to_json(),
        Content::Margin(own) => own.to_json(),
        Content::Preview(own) => own.to_json(),
        Content::Reconciliation(own) => own.to_json(),
    }
}

/// A reading as CSV; nothing for a kind without.
#[napi]
pub(crate) fn reading_csv(reading: &Reading) -> Option<String> {
    match &reading.own {
        Content::Client(own) => Some(own.to_csv()),
        Content::Reconciliation(own) => Some(own.to_csv()),
        Content::Note(_) | Content::Margin(_) | Content::Preview(_) => None,
    }
}

/// A reading as text for a terminal; nothing for a kind without.
#[napi]
pub(crate) fn reading_table(reading: &Reading) -> Option<String> {
    match &reading.own {
        Content::Margin(own) => Some(own.to_table()),
        Content::Preview(own) => Some(own.to_table()),
        Content::Reconciliation(own) => Some(own.to_table()),
        Content::Client(_) | Content::Note(_) => None,
    }
}

/// A reading as one HTML file; nothing for a kind without.
#[napi]
pub(crate) fn reading_html(reading: &Reading, options: PrintOptions) -> Answered<Option<String>> {
    answered(reading.document(&options).map(|document| document.map(|own| own.to_html())))
}

/// A client's statement as a spreadsheet; nothing for other kinds.
#[napi]
pub(crate) fn reading_xlsx(reading: &Reading, options: PrintOptions) -> Answered<Option<Buffer>> {
    let write = || match (&reading.own, reading.document(&options)?) {
        (Content::Client(own), Some(document)) => Ok(Some(document.to_xlsx(own.generated_at)?.into())),
        _ => Ok(None),
    };
    answered(write())
}

/// The files that an accounting system imports of an invoice or a note, as of a statement; none for other kinds.
#[napi]
pub(crate) fn reading_journal(
    reading: &Reading,
    format: String,
    policy: Option<PolicySource>,
    reversed_at: Option<i64>,
) -> Answered<Vec<String>> {
    answered(journal_files((&reading.rules, policy), &format, reversed_at, |rules| match &reading.own {
        Content::Client(own) => own.journal(rules).map(Some),
        Content::Note(own) => own.journal(rules).map(Some),
        Content::Margin(_) | Content::Preview(_) | Content::Reconciliation(_) => Ok(None),
    }))
}

/// A reading as the printed document that is laid out as PDF; nothing for a kind without.
#[napi]
pub(crate) fn reading_layout(reading: &Reading, options: PrintOptions) -> Answered<Option<String>> {
    answered(reading.document(&options).map(|document| document.map(|own| own.to_layout_json())))
}

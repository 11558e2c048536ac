//! What other systems import: FOCUS, journals, spreadsheets, Parquet.
//!
//! Every export is a reading of the ledger or of a statement, and its amounts are theirs: exact where the format holds
//! every digit, else rounded top-down so that what stands in it adds up. Nothing is held that grows with the number of
//! calls. A text that a spreadsheet would run as a formula is made harmless.

mod exact;
mod focus;
mod journal;
mod key_values;
mod output;
mod parquet;
#[cfg(test)]
mod statement_schema;
mod whole;
#[cfg(test)]
mod whole_tests;
mod xlsx;

pub use focus::{
    Exported, Finding, FocusLevel, FocusLint, FocusRequest, FocusRule, MAX_EXPORT_DAYS, MAX_FINDINGS,
    export_focus,
};
pub use journal::{
    ClientInvoice, Journal, JournalEntry, JournalFile, JournalFormat, JournalLine, JournalMapping,
    JournalRules,
};
pub use parquet::export_parquet;
pub use whole::write_whole;

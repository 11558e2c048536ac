//! Formats of a reconciliation: each only renders the model.

mod csv;
mod numbers;
mod table;

use super::reconciliation::Reconciliation;
use crate::error::{Error, ErrorCode, Result};

impl Reconciliation {
    /// The reconciliation for a terminal of 100 columns: totals, causes, and the lines that differ, in USD to the cent;
    /// what is less than a cent and more than nothing is `<0.01`. Columns add up to their printed totals.
    pub fn to_table(&self) -> String {
        table::render(self)
    }

    /// The whole as JSON: amounts are decimal strings with every digit, times RFC 3339.
    pub fn to_json(&self) -> String {
        // A struct of numbers and texts always has its JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// What [`to_json`](Self::to_json) wrote. Whose tags a share has is told by its entry.
    ///
    /// # Errors
    /// `report_invalid` for what isn't a reconciliation.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|cause| {
            Error::new(ErrorCode::ReportInvalid, "the text is no reconciliation".to_owned())
                .with_help("pass what `to_json` of a reconciliation gave")
                .caused_by(cause)
        })
    }

    /// A line for each part of a difference, and one for each key that agrees.
    ///
    /// The columns are `line`, `day`, `provider`, `model`, `kind`, `dimension`, `tier`, `context`, `geo`, `credential`,
    /// `level`, `state`, `ours_quantity`, `theirs_quantity`, `ours_amount`, `theirs_amount`, `part`, `part_amount`, `cause`,
    /// `evidence`, `sentence`. Quantities and amounts of the two sides stand on the first of a line's rows alone, so
    /// that each column adds up; `part_amount` adds up to the whole difference.
    pub fn to_csv(&self) -> String {
        csv::render(self)
    }
}

//! One cell of a table.

use serde::Serialize;

/// One cell: what is printed, and what a spreadsheet calculates with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// What is printed.
    pub text: String,
    /// The number that is printed, as a plain decimal: rounded as the text, without separators and units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// A bar's length in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bar: Option<u32>,
}

impl Cell {
    /// A cell of words.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: None, bar: None }
    }
}

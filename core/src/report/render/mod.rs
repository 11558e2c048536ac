//! Formats: each only renders the statement.

mod csv;
mod grid;
mod html;
mod pdf;
pub(super) mod table;

pub(in crate::report) use grid::{Column as GridColumn, Grid};

use super::document::Document;
use super::document::Presentation;
use super::statement::Statement;
use crate::error::{Error, ErrorCode, Result};
use std::io::Write;

impl Document {
    /// The document for a terminal of 100 columns, without colours.
    pub fn to_text(&self) -> String {
        table::render(self)
    }
}

impl Statement {
    /// The detail as CSV: one line for each team, project, client, agent, provider and model.
    ///
    /// The columns are `period_start`, `period_end`, `team`, `project`, `client`, `agent`, `provider`, `model`, `calls`,
    /// `input_uncached`, `cache_read`, `cache_write`, `output`, `other_units`, `cost`, `currency`. `cost` has all
    /// digits, so the column adds up to the total to the last unit; `other_units` lists what the four columns before it
    /// don't count, as `images=2;web_searches=3`. A missing tag is `unallocated`. A name that a spreadsheet would run as
    /// a formula, one that begins with `=`, `+`, `-` or `@`, has an apostrophe before it. Without a call there is the
    /// header alone.
    pub fn to_csv(&self) -> String {
        csv::render(self)
    }

    /// The statement as JSON: amounts are decimal strings, times RFC 3339, and `schema_version` says how to read it. The
    /// keys always come in the same order, and [`from_json`](Self::from_json) reads all of it.
    pub fn to_json(&self) -> String {
        // Numbers and texts with string keys: there is nothing that JSON can't hold.
        let text = serde_json::to_string_pretty(self);
        debug_assert!(text.is_ok());
        text.unwrap_or_default() + "\n"
    }

    /// The statement for a terminal of 100 columns, without colours. Amounts are rounded to cents, top-down, so that
    /// each column adds up to its printed total; what is less than a cent and more than nothing is `<0.01`.
    pub fn to_table(&self) -> String {
        table::render(&self.document(&Presentation::new()))
    }

    /// Writes the CSV.
    ///
    /// # Errors
    /// `report_invalid` when it can't be written.
    pub fn write_csv(&self, to: impl Write) -> Result<()> {
        write(to, &self.to_csv())
    }

    /// Writes the JSON.
    ///
    /// # Errors
    /// `report_invalid` when it can't be written.
    pub fn write_json(&self, to: impl Write) -> Result<()> {
        write(to, &self.to_json())
    }
}

fn write(mut to: impl Write, text: &str) -> Result<()> {
    to.write_all(text.as_bytes()).and_then(|()| to.flush()).map_err(|cause| {
        Error::new(ErrorCode::ReportInvalid, "the report can't be written".to_owned())
            .with_help("check that the file's folder exists and can be written")
            .caused_by(cause)
    })
}

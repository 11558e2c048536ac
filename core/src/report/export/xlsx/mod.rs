//! A spreadsheet of a document: a summary, a sheet for each table with native numbers, its charts, and the detail with
//! every digit.
//!
//! What a cell shows is what is printed, and a total that is the sum of its rows is a formula, with the printed total as
//! the value that programs read that don't compute. Texts are written as texts, so none becomes a formula. The bytes
//! follow from the document and its time alone.

mod charts;
mod detail;
mod names;
mod number;
mod sheet;
mod style;
mod summary;
#[cfg(test)]
mod tests;

use super::output::written;
use crate::error::{Error, ErrorCode, Result};
use crate::report::document::{Block, Document, Presentation, Table};
use crate::report::statement::Statement;
use crate::time::Timestamp;
use names::Names;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};
use style::Style;

/// The longest text of a cell.
const MAX_LETTERS: usize = 32_767;
/// Rows that a sheet has room for, one less for the total.
const MAX_ROWS: usize = 1_048_575;

impl Document {
    /// The document as a spreadsheet (XLSX), which says that it was made at an instant. The same document of the same
    /// instant gives the same bytes.
    ///
    /// # Errors
    /// `report_invalid` for a table of more than 1,048,575 rows.
    pub fn to_xlsx(&self, made_at: Timestamp) -> Result<Vec<u8>> {
        workbook(self, made_at, None)
    }
}

impl Statement {
    /// The statement's [`document`](Self::document) as a spreadsheet (XLSX), and one more sheet with the detail, of which
    /// each amount is there with every digit.
    ///
    /// # Errors
    /// `report_invalid` for a table of more than 1,048,575 rows.
    pub fn to_xlsx(&self, presentation: &Presentation) -> Result<Vec<u8>> {
        workbook(&self.document(presentation), self.generated_at, Some(self))
    }
}

fn workbook(document: &Document, made_at: Timestamp, statement: Option<&Statement>) -> Result<Vec<u8>> {
    let (style, mut names) = (Style::of(&document.theme), Names::default());
    let mut workbook = Workbook::new();
    let seconds = made_at.micros().div_euclid(1_000_000);
    let created = written(ExcelDateTime::from_timestamp(seconds))?;
    let title = format!("{}, {}", document.title, document.subtitle);
    workbook
        .set_properties(&DocProperties::new().set_title(sheet::cut(&title)).set_creation_datetime(&created));
    let reserved = ["Summary", charts::CHARTS, charts::VALUES, "Detail"].map(|name| names.of(name));
    let [summary, charts_name, values_name, detail_name] = reserved;
    let sheet = workbook.add_worksheet();
    written(sheet.set_name(summary))?;
    summary::write(sheet, document, &style)?;
    for (title, table) in tables(document) {
        let sheet = workbook.add_worksheet();
        written(sheet.set_name(names.of(title)))?;
        sheet::write(sheet, table, &style)?;
    }
    if let Some(statement) = statement {
        let sheet = workbook.add_worksheet();
        written(sheet.set_name(detail_name))?;
        detail::write(sheet, statement, &style)?;
    }
    let drawn = charts::of(document);
    if !drawn.is_empty() {
        let (mut sheet, mut values) = (rust_xlsxwriter::Worksheet::new(), rust_xlsxwriter::Worksheet::new());
        written(sheet.set_name(charts_name))?;
        written(values.set_name(values_name))?;
        charts::write((&mut sheet, &mut values), &drawn, &style)?;
        workbook.push_worksheet(sheet);
        workbook.push_worksheet(values);
    }
    written(workbook.save_to_buffer())
}

/// The tables, each with a title: its caption, or that of its section.
fn tables(document: &Document) -> Vec<(&str, &Table)> {
    let mut tables = Vec::new();
    for section in &document.sections {
        for block in &section.blocks {
            if let Block::Table(table) = block {
                tables.push((table.caption.as_deref().unwrap_or(&section.title), table));
            }
        }
    }
    tables
}

/// The number of a sheet's row.
fn row_of(number: usize) -> Result<u32> {
    let row = u32::try_from(number).ok().filter(|_| number <= MAX_ROWS);
    row.ok_or_else(|| {
        let message = format!("a table has more than {MAX_ROWS} rows, and a sheet has no room for them");
        Error::new(ErrorCode::ReportInvalid, message).with_help("group by fewer columns, or write CSV")
    })
}

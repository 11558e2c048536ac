//! A table with named columns, read row by row.

use super::fault::{Place, unreadable};
use crate::error::Result;
use crate::money::Currency;
use crate::report::reconcile::amount::{ReportedAmount, whole};
use crate::time::Timestamp;
use std::collections::HashMap;

/// The most columns of a table.
const MAX_COLUMNS: usize = 2_000;
/// Words with which exports write that a cell is empty.
const NULLS: &[&str] = &["", "null", "NULL", "\\N"];

/// The columns of a table.
pub(super) struct Columns<'a> {
    what: &'a str,
    places: HashMap<String, usize>,
}

/// One row of a table.
pub(super) struct Row<'a> {
    columns: &'a Columns<'a>,
    record: &'a csv::StringRecord,
    pub(super) place: Place<'a>,
}

/// Visits the rows of a table; a column may stand once, and the order of columns is free.
pub(super) fn rows(
    bytes: &[u8],
    (what, delimiter): (&str, u8),
    mut visit: impl FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    let head = reader.headers().map_err(|cause| unreadable(what, cause))?;
    if head.len() > MAX_COLUMNS {
        return Err(unreadable(what, format!("{} columns, and {MAX_COLUMNS} are allowed", head.len())));
    }
    let mut places = HashMap::new();
    for (index, name) in head.iter().enumerate() {
        if places.insert(name.trim().to_owned(), index).is_some() {
            return Err(unreadable(what, format!("the column `{name}` stands twice")));
        }
    }
    let columns = Columns { what, places };
    let mut record = csv::StringRecord::new();
    let mut row = 0;
    loop {
        row += 1;
        let place = Place { what, row };
        match reader.read_record(&mut record) {
            Ok(true) => visit(&Row { columns: &columns, record: &record, place })?,
            Ok(false) => return Ok(()),
            Err(cause) => return Err(unreadable(what, format!("row {row}: {cause}"))),
        }
    }
}

impl<'a> Row<'a> {
    /// Whether the table has a column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.places.contains_key(column)
    }

    /// A cell; nothing where it is empty or the column isn't there.
    pub(super) fn text(&self, column: &str) -> Option<&'a str> {
        let cell = self.record.get(*self.columns.places.get(column)?)?.trim();
        Some(cell).filter(|cell| !NULLS.contains(cell))
    }

    /// The first of several columns that has something.
    pub(super) fn first(&self, columns: &[&str]) -> Option<&'a str> {
        columns.iter().find_map(|column| self.text(column))
    }

    pub(super) fn owned(&self, column: &str) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    /// A cell that must be there.
    pub(super) fn needed(&self, column: &str) -> Result<&'a str> {
        if !self.has(column) {
            return Err(unreadable(self.columns.what, format!("there is no column `{column}`")));
        }
        self.text(column).ok_or_else(|| self.place.missing(column))
    }

    pub(super) fn amount(&self, column: &str, currency: Currency) -> Result<ReportedAmount> {
        let text = self.needed(column)?;
        ReportedAmount::parse(text, currency).map_err(|cause| self.place.caused(column, cause))
    }

    /// A count in packs of so many; nothing where the cell is empty.
    pub(super) fn count(&self, column: &str, times: u64) -> Result<Option<i128>> {
        let read = |text| whole(text, times).map_err(|cause| self.place.caused(column, cause));
        self.text(column).map(read).transpose()
    }

    pub(super) fn currency(&self, column: &str) -> Result<Currency> {
        super::json::currency(self.needed(column)?, self.place)
    }

    /// An instant: RFC 3339, or as exports write it, a blank for the `T` and no zone or `UTC`.
    pub(super) fn time(&self, column: &str) -> Result<Timestamp> {
        let text = self.needed(column)?;
        instant(text).ok_or_else(|| self.place.fault(column, &format!("`{text}` is no time in UTC")))
    }
}

/// Reads `2026-11-01T00:00:00Z`, `2026-11-01 00:00:00 UTC`, `2026-11-01 00:00:00` and `2026-11-01`, all UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let plain = text.strip_suffix(" UTC").unwrap_or(text);
    let local: jiff::civil::DateTime = plain.parse().ok()?;
    jiff::tz::Offset::UTC.to_timestamp(local).ok().map(Timestamp::from)
}

//! A client's statement as CSV.

use super::statement::{ClientLine, ClientStatement};
use crate::report::guard::guarded;
use std::borrow::Cow;

const HEADER: [&str; 11] = [
    "period_start",
    "period_end",
    "client",
    "kind",
    "text",
    "service",
    "usage",
    "quantity",
    "unit_price",
    "amount",
    "currency",
];

impl ClientStatement {
    /// The lines as CSV. `amount` has all digits, so the column adds up to the total to the last unit. A text that a
    /// spreadsheet would run as a formula, one that begins with `=`, `+`, `-` or `@`, has an apostrophe before it.
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut write = |fields: &[Cow<'_, str>]| {
            // Memory can't refuse a write, and every record has the header's length.
            let written = writer.write_record(fields.iter().map(AsRef::as_ref));
            debug_assert!(written.is_ok());
        };
        write(&HEADER.map(Cow::Borrowed));
        for line in &self.lines {
            write(&self.record(line));
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    fn record<'a>(&'a self, line: &'a ClientLine) -> [Cow<'a, str>; 11] {
        let edge = |edge: &'a Option<String>| Cow::Borrowed(edge.as_deref().unwrap_or_default());
        [
            edge(&line.period.start),
            edge(&line.period.end),
            guarded(&self.client),
            Cow::Borrowed(line.kind.as_str()),
            guarded(&line.text),
            guarded(line.service.as_deref().unwrap_or_default()),
            Cow::Borrowed(line.dimension.map_or("", |dimension| dimension.as_str())),
            Cow::Owned(line.quantity.map(|quantity| quantity.to_string()).unwrap_or_default()),
            Cow::Owned(line.rate.map(|rate| rate.to_string()).unwrap_or_default()),
            Cow::Owned(line.amount.to_string()),
            Cow::Borrowed(self.currency.code()),
        ]
    }
}

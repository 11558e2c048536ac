//! The detail as CSV.

use crate::report::guard::guarded;
use crate::report::statement::{DetailRow, Quantity, Statement};
use std::borrow::Cow;

const HEADER: [&str; 16] = [
    "period_start",
    "period_end",
    "team",
    "project",
    "client",
    "agent",
    "provider",
    "model",
    "calls",
    "input_uncached",
    "cache_read",
    "cache_write",
    "output",
    "other_units",
    "cost",
    "currency",
];

/// Where a quantity stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    InputUncached,
    CacheRead,
    CacheWrite,
    Output,
    Other,
    /// A part of another column, which must not count twice.
    Part,
}

pub(super) fn render(statement: &Statement) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |fields: &[Cow<'_, str>]| {
        // Memory can't refuse a write, and every record has the header's length.
        let written = writer.write_record(fields.iter().map(AsRef::as_ref));
        debug_assert!(written.is_ok());
    };
    write(&HEADER.map(Cow::Borrowed));
    for row in &statement.detail {
        write(&record(statement, row));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn record<'a>(statement: &'a Statement, row: &'a DetailRow) -> [Cow<'a, str>; 16] {
    let edge = |edge: &'a Option<String>| Cow::Borrowed(edge.as_deref().unwrap_or_default());
    let units = |column: Column| Cow::Owned(units(&row.quantities, column).to_string());
    [
        edge(&statement.period.start),
        edge(&statement.period.end),
        guarded(&row.team),
        guarded(&row.project),
        guarded(&row.client),
        guarded(&row.agent),
        guarded(&row.provider),
        guarded(&row.model),
        Cow::Owned(row.calls.to_string()),
        units(Column::InputUncached),
        units(Column::CacheRead),
        units(Column::CacheWrite),
        units(Column::Output),
        Cow::Owned(others(&row.quantities)),
        Cow::Owned(row.cost.to_string()),
        Cow::Borrowed(statement.currency.code()),
    ]
}

fn column_of(dimension: &str) -> Column {
    match dimension {
        "input_uncached" => Column::InputUncached,
        "cache_read" => Column::CacheRead,
        "output" => Column::Output,
        "reasoning" => Column::Part,
        name if name.starts_with("cache_write") => Column::CacheWrite,
        _ => Column::Other,
    }
}

fn units(quantities: &[Quantity], column: Column) -> u128 {
    let own = quantities.iter().filter(|quantity| column_of(quantity.dimension.as_str()) == column);
    own.map(|quantity| u128::from(quantity.quantity)).sum()
}

/// Units that have no column of their own, in the order of their names.
fn others(quantities: &[Quantity]) -> String {
    let own = quantities.iter().filter(|quantity| column_of(quantity.dimension.as_str()) == Column::Other);
    let named: Vec<_> = own.map(|other| format!("{}={}", other.dimension.as_str(), other.quantity)).collect();
    named.join(";")
}

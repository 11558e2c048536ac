//! The columns of the file, and the values of a row group before they are written.

use super::super::output::written;
use crate::error::Result;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::file::writer::SerializedRowGroupWriter;
use std::io::Write;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Unsigned,
    /// Microseconds, UTC.
    Time,
    Flag,
    Text,
    Json,
    /// A decimal of 38 digits, so many of them after the point.
    Decimal(u32),
}

/// A column: its name, what it holds, and whether it may be null.
pub(super) type Column = (&'static str, Kind, bool);

const MAY_BE_NULL: bool = true;
const NEVER_NULL: bool = false;

/// The columns, in the order of [`Row`](super::row::Row).
pub(super) const COLUMNS: [Column; 27] = [
    ("seq", Kind::Integer, NEVER_NULL),
    ("line", Kind::Integer, NEVER_NULL),
    ("kind", Kind::Text, NEVER_NULL),
    ("at", Kind::Time, NEVER_NULL),
    ("effective_at", Kind::Time, NEVER_NULL),
    ("hold", Kind::Integer, NEVER_NULL),
    ("provider", Kind::Text, NEVER_NULL),
    ("model", Kind::Text, NEVER_NULL),
    ("terms", Kind::Text, MAY_BE_NULL),
    ("dimension", Kind::Text, MAY_BE_NULL),
    ("quantity", Kind::Unsigned, MAY_BE_NULL),
    ("unit_price", Kind::Decimal(15), MAY_BE_NULL),
    ("amount", Kind::Decimal(12), NEVER_NULL),
    ("currency", Kind::Text, NEVER_NULL),
    ("price_version", Kind::Text, MAY_BE_NULL),
    ("corrects", Kind::Integer, MAY_BE_NULL),
    ("is_overrun", Kind::Flag, NEVER_NULL),
    ("is_late", Kind::Flag, NEVER_NULL),
    ("is_stated", Kind::Flag, NEVER_NULL),
    ("note", Kind::Text, MAY_BE_NULL),
    ("team", Kind::Text, MAY_BE_NULL),
    ("project", Kind::Text, MAY_BE_NULL),
    ("client", Kind::Text, MAY_BE_NULL),
    ("agent", Kind::Text, MAY_BE_NULL),
    ("environment", Kind::Text, MAY_BE_NULL),
    ("user", Kind::Text, MAY_BE_NULL),
    ("tags", Kind::Json, MAY_BE_NULL),
];

/// The schema in Parquet's words.
pub(super) fn schema() -> String {
    let column = |(name, kind, may_be_null): &Column| {
        let presence = if *may_be_null { "OPTIONAL" } else { "REQUIRED" };
        let (physical, logical) = match kind {
            Kind::Integer => ("INT64", String::new()),
            Kind::Unsigned => ("INT64", " (INTEGER(64,false))".to_owned()),
            Kind::Time => ("INT64", " (TIMESTAMP(MICROS,true))".to_owned()),
            Kind::Flag => ("BOOLEAN", String::new()),
            Kind::Text => ("BYTE_ARRAY", " (STRING)".to_owned()),
            Kind::Json => ("BYTE_ARRAY", " (JSON)".to_owned()),
            Kind::Decimal(decimals) => ("FIXED_LEN_BYTE_ARRAY (16)", format!(" (DECIMAL(38,{decimals}))")),
        };
        format!("{presence} {physical} {name}{logical};")
    };
    format!("message entry_lines {{ {} }}", COLUMNS.iter().map(column).collect::<Vec<_>>().join(" "))
}

/// A value of a row.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Flag(bool),
    Text(ByteArray),
    /// Whole units of the last digit.
    Decimal(i128),
}

/// The values of one column, without the nulls, and where those stand.
#[derive(Debug)]
pub(super) struct Buffer {
    values: Values,
    levels: Option<Vec<i16>>,
}

#[derive(Debug)]
enum Values {
    Integers(Vec<i64>),
    Flags(Vec<bool>),
    Texts(Vec<ByteArray>),
    Decimals(Vec<FixedLenByteArray>),
}

impl Buffer {
    pub(super) fn new((_, kind, may_be_null): Column) -> Self {
        let values = match kind {
            Kind::Integer | Kind::Unsigned | Kind::Time => Values::Integers(Vec::new()),
            Kind::Flag => Values::Flags(Vec::new()),
            Kind::Text | Kind::Json => Values::Texts(Vec::new()),
            Kind::Decimal(_) => Values::Decimals(Vec::new()),
        };
        Self { values, levels: may_be_null.then(Vec::new) }
    }

    /// Adds a row's value.
    pub(super) fn push(&mut self, value: Value) {
        if let Some(levels) = &mut self.levels {
            levels.push(i16::from(!matches!(value, Value::Null)));
        }
        match (&mut self.values, value) {
            (Values::Integers(values), Value::Integer(value)) => values.push(value),
            (Values::Flags(values), Value::Flag(value)) => values.push(value),
            (Values::Texts(values), Value::Text(value)) => values.push(value),
            (Values::Decimals(values), Value::Decimal(value)) => {
                values.push(ByteArray::from(value.to_be_bytes().to_vec()).into());
            }
            (_, value) => debug_assert!(matches!(value, Value::Null), "a column has values of its kind"),
        }
    }

    /// Writes the column, and empties the buffer.
    pub(super) fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        let Some(mut column) = written(group.next_column())? else { return Ok(()) };
        let levels = self.levels.as_deref();
        let count = match (column.untyped(), &self.values) {
            (ColumnWriter::Int64ColumnWriter(writer), Values::Integers(values)) => {
                writer.write_batch(values, levels, None)
            }
            (ColumnWriter::BoolColumnWriter(writer), Values::Flags(values)) => {
                writer.write_batch(values, levels, None)
            }
            (ColumnWriter::ByteArrayColumnWriter(writer), Values::Texts(values)) => {
                writer.write_batch(values, levels, None)
            }
            (ColumnWriter::FixedLenByteArrayColumnWriter(writer), Values::Decimals(values)) => {
                writer.write_batch(values, levels, None)
            }
            _ => Ok(0),
        };
        written(count)?;
        written(column.close())?;
        match &mut self.values {
            Values::Integers(values) => values.clear(),
            Values::Flags(values) => values.clear(),
            Values::Texts(values) => values.clear(),
            Values::Decimals(values) => values.clear(),
        }
        if let Some(levels) = &mut self.levels {
            levels.clear();
        }
        Ok(())
    }
}

//! Any table, by its mapping.

use super::focus::dimension;
use super::mapping::{AmountUnit, CsvMapping, CsvSign};
use super::sheet::{Row, instant, rows};
use super::{Lines, Place};
use crate::error::Result;
use crate::money::Currency;
use crate::report::reconcile::amount::{ReportedAmount, whole};
use crate::report::reconcile::line::{BillSource, ChargeKind, DAY, ProviderLine, term};
use crate::time::Timestamp;

const WHAT: &str = "table";

pub(super) fn read(bytes: &[u8], mapping: &CsvMapping, lines: &mut Lines) -> Result<()> {
    mapping.check()?;
    let delimiter = u8::try_from(mapping.delimiter).unwrap_or(b',');
    rows(bytes, (WHAT, delimiter), |row| {
        let place = Place { what: WHAT, row: row.place.row };
        lines.push(line(row, mapping)?, place)
    })
}

fn line(row: &Row<'_>, mapping: &CsvMapping) -> Result<ProviderLine> {
    let columns = &mapping.columns;
    let cell = |column: &Option<String>| column.as_deref().and_then(|column| row.text(column));
    let owned = |column: &Option<String>| cell(column).map(str::to_owned);
    let start = time(row, &columns.start, mapping)?;
    let end = match columns.end.as_deref() {
        Some(column) => time(row, column, mapping)?,
        None => Timestamp::from_micros(start.micros().saturating_add(DAY)),
    };
    let kind = match cell(&columns.kind) {
        None => ChargeKind::Usage,
        Some(word) => kind(row, word, mapping)?,
    };
    let dimension = match cell(&columns.token_type) {
        None => None,
        Some(word) => Some(match mapping.token_types.get(word) {
            Some(known) => *known,
            None => dimension(word).ok_or_else(|| {
                row.place
                    .fault(column_name(columns.token_type.as_ref()), &format!("`{word}` is no kind of usage"))
            })?,
        }),
    };
    Ok(ProviderLine {
        kind,
        account: owned(&columns.account),
        sub_account: owned(&columns.sub_account),
        credential: owned(&columns.credential),
        model_raw: owned(&columns.model),
        sku: owned(&columns.sku),
        dimension,
        tier: cell(&columns.tier).map(term),
        context: cell(&columns.context).map(term),
        geo: cell(&columns.geo).map(term),
        quantity: quantity(row, mapping)?,
        amount: Some(amount(row, mapping)?),
        line_id: owned(&columns.line_id),
        description: owned(&columns.description),
        ..ProviderLine::new(
            mapping.provider.as_str(),
            if mapping.is_invoice { BillSource::Invoice } else { BillSource::Csv },
            (start, end),
        )
    })
}

fn column_name(column: Option<&String>) -> &str {
    column.map(String::as_str).unwrap_or_default()
}

fn time(row: &Row<'_>, column: &str, mapping: &CsvMapping) -> Result<Timestamp> {
    let text = row.needed(column)?;
    let read = match mapping.date_format.as_deref() {
        None => instant(text),
        Some(format) => {
            let day = jiff::civil::Date::strptime(format, text).ok();
            let midnight = day.map(|day| day.to_datetime(jiff::civil::Time::midnight()));
            midnight.and_then(|local| jiff::tz::Offset::UTC.to_timestamp(local).ok()).map(Timestamp::from)
        }
    };
    read.ok_or_else(|| {
        let expected = mapping.date_format.as_deref().unwrap_or("2026-11-01");
        row.place.fault(column, &format!("`{text}` is no day like `{expected}`"))
    })
}

fn kind(row: &Row<'_>, word: &str, mapping: &CsvMapping) -> Result<ChargeKind> {
    if let Some(known) = mapping.kinds.get(word) {
        return Ok(*known);
    }
    let own = serde_json::from_value(serde_json::Value::String(word.to_lowercase()));
    own.map_err(|_| {
        row.place.fault(column_name(mapping.columns.kind.as_ref()), &format!("`{word}` is no kind of charge"))
    })
}

/// The number of a cell with a point and without thousands.
fn plain(text: &str, mapping: &CsvMapping) -> String {
    let grouping = if mapping.decimal == '.' { ',' } else { '.' };
    let letters = text.chars().filter(|letter| *letter != grouping && *letter != ' ' && *letter != '\'');
    letters.map(|letter| if letter == mapping.decimal { '.' } else { letter }).collect()
}

fn amount(row: &Row<'_>, mapping: &CsvMapping) -> Result<ReportedAmount> {
    let column = mapping.columns.amount.as_str();
    let currency: Currency = match mapping.columns.currency.as_deref() {
        Some(own) => row.currency(own)?,
        None => super::json::currency(&mapping.currency, row.place)?,
    };
    let text = plain(row.needed(column)?, mapping);
    let read = match mapping.amount_unit {
        AmountUnit::Major => ReportedAmount::parse(&text, currency),
        AmountUnit::Minor => ReportedAmount::parse_minor(&text, currency),
    };
    let amount = read.map_err(|cause| row.place.caused(column, cause))?;
    Ok(match mapping.sign {
        CsvSign::ChargesArePositive => amount,
        CsvSign::ChargesAreNegative => amount.negated(),
    })
}

fn quantity(row: &Row<'_>, mapping: &CsvMapping) -> Result<Option<i128>> {
    let Some(column) = mapping.columns.quantity.as_deref() else { return Ok(None) };
    let Some(text) = row.text(column) else { return Ok(None) };
    whole(&plain(text, mapping), mapping.quantity_per)
        .map(Some)
        .map_err(|cause| row.place.caused(column, cause))
}

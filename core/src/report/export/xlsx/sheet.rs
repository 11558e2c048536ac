//! A table as a sheet: the head stays in view, every column can be filtered, and a total is a sum.

use super::super::exact::Exact;
use super::super::output::written;
use super::number::{Shown, shown};
use super::style::Style;
use super::{MAX_LETTERS, row_of};
use crate::error::Result;
use crate::report::document::{Cell, ColumnKind, Table, TableRow};
use rust_xlsxwriter::{Formula, Worksheet};

/// Widths of a column, in letters.
const WIDTHS: (usize, usize) = (8, 48);

/// Writes a table from the first row of a sheet on. Bars are left out: the number beside them says the same.
pub(super) fn write(sheet: &mut Worksheet, table: &Table, style: &Style) -> Result<()> {
    let kept: Vec<usize> =
        (0..table.columns.len()).filter(|place| kind(table, *place) != ColumnKind::Bar).collect();
    for (place, column) in (0_u16..).zip(&kept) {
        let title = table.columns.get(*column).map_or("", |column| column.title.as_str());
        let format = if is_words(kind(table, *column)) { &style.head } else { &style.head_right };
        written(sheet.write_string_with_format(0, place, title, format))?;
        let widest = table.rows.iter().chain(&table.total).filter_map(|row| row.cells.get(*column));
        let widest = widest.map(|cell| cell.text.chars().count()).chain([title.chars().count()]).max();
        let width = widest.unwrap_or(0).clamp(WIDTHS.0, WIDTHS.1) + 2;
        written(sheet.set_column_width(place, u16::try_from(width).map_or(20.0, f64::from)))?;
    }
    for (number, row) in (1_usize..).zip(&table.rows) {
        write_row(sheet, (row_of(number)?, row, false), (table, &kept), style)?;
    }
    if let Some(total) = &table.total {
        write_row(sheet, (row_of(table.rows.len() + 1)?, total, true), (table, &kept), style)?;
    }
    written(sheet.set_freeze_panes(1, 0))?;
    if let Some(last) = kept.len().checked_sub(1).filter(|_| !table.rows.is_empty()) {
        let last = u16::try_from(last).unwrap_or(u16::MAX);
        written(sheet.autofilter(0, 0, row_of(table.rows.len())?, last))?;
    }
    written(sheet.set_repeat_rows(0, 0))?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

fn kind(table: &Table, column: usize) -> ColumnKind {
    table.columns.get(column).map_or(ColumnKind::Text, |column| column.kind)
}

const fn is_words(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Text | ColumnKind::State)
}

fn write_row(
    sheet: &mut Worksheet,
    (number, row, is_total): (u32, &TableRow, bool),
    (table, kept): (&Table, &[usize]),
    style: &Style,
) -> Result<()> {
    let none = Cell::default();
    for (place, column) in (0_u16..).zip(kept) {
        let cell = row.cells.get(*column).unwrap_or(&none);
        let kind = kind(table, *column);
        let Some(shown) = shown(kind, cell) else {
            let level = if place == 0 { row.level } else { 0 };
            let format = style.words(level, !is_words(kind), is_total);
            written(sheet.write_string_with_format(number, place, cut(&cell.text), &format))?;
            continue;
        };
        let format = style.number(&shown.format, is_total);
        if is_total && is_sum(table, *column, &shown) {
            let letter = written(letter(place).ok_or("a table has too many columns"))?;
            let formula = Formula::new(format!("=SUM({letter}2:{letter}{number})"))
                .set_result(shown.number.to_string());
            written(sheet.write_formula_with_format(number, place, formula, &format))?;
        } else {
            written(sheet.write_number_with_format(number, place, shown.double(), &format))?;
        }
    }
    Ok(())
}

/// Whether a total is the sum of the rows above it, to the last digit: then it can be computed.
fn is_sum(table: &Table, column: usize, total: &Shown) -> bool {
    let numbers = table.rows.iter().map(|row| {
        let cell = row.cells.get(column).filter(|_| row.level == 0)?;
        shown(kind(table, column), cell).map(|shown| shown.number)
    });
    let sum = numbers.into_iter().try_fold(Exact::ZERO, |sum, number| sum.plus(number?));
    !table.rows.is_empty() && sum == Some(total.number)
}

/// The letter of a column, of which a printed table has few.
fn letter(place: u16) -> Option<char> {
    ('A'..='Z').nth(usize::from(place))
}

/// A text as long as a cell holds.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(MAX_LETTERS).collect()
}

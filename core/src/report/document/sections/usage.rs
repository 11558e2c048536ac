//! What was consumed, by kind.

use crate::money::Money;
use crate::report::document::numbers::{percent, share};
use crate::report::document::printer::{Printer, WHOLE};
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, ColumnKind, Section, Table};
use crate::report::statement::Statement;

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    let rows = &statement.dimensions;
    if rows.is_empty() {
        return None;
    }
    let costs: Vec<Money> = rows.iter().map(|row| row.cost).collect();
    let tenths = Printer::tenths(&costs);
    let whole = if statement.total == Money::ZERO { 0 } else { WHOLE };
    let names = rows.iter().map(|row| {
        row.dimension.map_or_else(|| "without usage".to_owned(), |own| own.as_str().replace('_', " "))
    });
    let shares = rows.iter().zip(tenths).map(|(row, tenths)| share(row.cost, tenths));
    let units =
        rows.iter().map(|row| row.dimension.map_or_else(Cell::default, |_| Printer::quantity(row.quantity)));
    let columns = vec![
        PrintedColumn::texts("Usage", names).total(Cell::text("Total")),
        PrintedColumn::amounts(format!("Cost ({})", printer.currency()), printer.column(&costs)),
        PrintedColumn::new("Share", ColumnKind::Percent, shares).total(percent(whole)),
        PrintedColumn::new("Units", ColumnKind::Quantity, units),
    ];
    Some(Section {
        id: "usage".to_owned(),
        title: "Usage".to_owned(),
        intro: None,
        blocks: vec![Block::Table(Table::of_columns("usage", columns))],
    })
}

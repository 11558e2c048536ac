//! Spend that a tag doesn't allocate.

use crate::money::Money;
use crate::report::document::lines::{Line, Lines};
use crate::report::document::numbers::percent;
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, ColumnKind, Section, Table};
use crate::report::statement::{Statement, Unallocated};
use crate::tags::UNALLOCATED;

/// The same amounts as in the breakdowns, so they are rounded as there.
pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Section {
    let rows = &statement.unallocated;
    let lines: Vec<_> = rows.iter().map(|own| line(statement, own, printer)).collect();
    let cells = |cell: &dyn Fn(&Line) -> Cell, nothing: Cell| {
        lines.iter().map(|line| line.as_ref().map_or_else(|| nothing.clone(), cell)).collect::<Vec<_>>()
    };
    let costs = cells(&|line| printer.cell(line.cost, line.units), printer.money(Money::ZERO));
    let columns = vec![
        PrintedColumn::texts("Unallocated", rows.iter().map(|own| format!("without a {}", own.by))),
        PrintedColumn::new(format!("Cost ({})", printer.currency()), ColumnKind::Money, costs),
        PrintedColumn::new("Share", ColumnKind::Percent, cells(&Line::share, percent(0))),
        PrintedColumn::new(
            "Calls",
            ColumnKind::Quantity,
            rows.iter().map(|own| Printer::quantity(own.calls)),
        ),
    ];
    Section {
        id: "unallocated".to_owned(),
        title: "Unallocated".to_owned(),
        intro: None,
        blocks: vec![Block::Table(Table::of_columns("unallocated", columns))],
    }
}

/// The line of the breakdown that has no value; nothing where every call has one.
fn line(statement: &Statement, own: &Unallocated, printer: &Printer<'_>) -> Option<Line> {
    let rows = &statement.breakdown(&own.by)?.rows;
    let place = rows.iter().position(|row| row.values.iter().any(|value| value == UNALLOCATED))?;
    Lines::new(rows, printer).lines.into_iter().nth(place)
}

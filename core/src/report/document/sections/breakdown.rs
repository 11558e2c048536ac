//! The total, divided by one or more columns.

use super::{compared, titles};
use crate::report::document::lines::Lines;
use crate::report::document::printer::Printer;
use crate::report::document::{Block, Section, Table};
use crate::report::grouping::Grouping;
use crate::report::statement::{Row, Statement};

pub(in crate::report) fn section(
    statement: &Statement,
    (by, rows): (&[Grouping], &[Row]),
    most: usize,
    printer: &Printer<'_>,
) -> Section {
    let name = by.iter().map(Grouping::as_str).collect::<Vec<_>>();
    let id = format!("by-{}", name.join("-"));
    let lines = Lines::new(rows, printer).at_most(most);
    let mut columns = lines.names(&titles(by));
    columns.push(lines.costs(format!("Cost ({})", printer.currency()), printer));
    columns.extend([lines.shares(), lines.bars()]);
    columns.push(lines.calls());
    columns.extend(compared(statement).map(|head| lines.changes(head)));
    Section {
        title: format!("By {}", name.join(", ")),
        intro: None,
        blocks: vec![Block::Table(Table::of_columns(&id, columns))],
        id,
    }
}

//! Lines of a breakdown: cost, share, calls and change, rounded together, the smallest summed where there are many.

use super::block::ColumnKind;
use super::cell::Cell;
use super::numbers::{change, grouped, percent, share};
use super::printer::{Printer, WHOLE};
use super::table::PrintedColumn;
use crate::money::Money;
use crate::report::statement::Row;

/// One printed line before its cells are text.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) names: Vec<String>,
    pub(super) cost: Money,
    pub(super) units: i128,
    tenths: i128,
    calls: u64,
    pub(super) before: Money,
}

impl Line {
    /// The share of the whole.
    pub(super) fn share(&self) -> Cell {
        share(self.cost, self.tenths)
    }

    /// The share as a bar.
    fn bar(&self) -> Cell {
        Cell { bar: u32::try_from(self.tenths.clamp(0, WHOLE) * 10).ok(), ..Cell::default() }
    }
}

/// Lines with their total.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    pub(super) lines: Vec<Line>,
    pub(super) total: Line,
}

impl Lines {
    pub(super) fn new<'a>(rows: impl IntoIterator<Item = &'a Row>, printer: &Printer<'_>) -> Self {
        let rows: Vec<&Row> = rows.into_iter().collect();
        let costs: Vec<Money> = rows.iter().map(|row| row.cost).collect();
        let units = printer.column(&costs).units;
        let rounded = units.into_iter().zip(Printer::tenths(&costs));
        let line = |(row, (units, tenths)): (&Row, (i128, i128))| Line {
            names: row.values.iter().map(str::to_owned).collect(),
            cost: row.cost,
            units,
            tenths,
            calls: row.calls,
            before: row.previous.first().copied().unwrap_or_default(),
        };
        let lines: Vec<Line> = rows.into_iter().zip(rounded).map(line).collect();
        let total = sum(&lines, "Total".to_owned());
        Self { lines, total }
    }

    /// At most this many lines: the last is the sum of all others.
    pub(super) fn at_most(mut self, most: usize) -> Self {
        if self.lines.len() > most {
            let rest = self.lines.split_off(most.saturating_sub(1));
            self.lines.push(sum(&rest, others(rest.len())));
        }
        self
    }

    /// The columns of the names.
    pub(super) fn names(&self, titles: &[String]) -> Vec<PrintedColumn> {
        let column = |(index, title): (usize, &String)| {
            let name = |line: &Line| line.names.get(index).cloned().unwrap_or_default();
            let column = PrintedColumn::texts(title, self.lines.iter().map(name));
            column.total(Cell::text(name(&self.total)))
        };
        titles.iter().enumerate().map(column).collect()
    }

    /// What the lines cost.
    pub(super) fn costs(&self, title: String, printer: &Printer<'_>) -> PrintedColumn {
        self.column(title, ColumnKind::Money, |line| printer.cell(line.cost, line.units))
    }

    /// Their shares of the whole.
    pub(super) fn shares(&self) -> PrintedColumn {
        let total = if self.total.tenths == 0 { percent(0) } else { percent(WHOLE) };
        self.column("Share".to_owned(), ColumnKind::Percent, Line::share).total(total)
    }

    /// The shares as bars.
    pub(super) fn bars(&self) -> PrintedColumn {
        PrintedColumn::new("", ColumnKind::Bar, self.lines.iter().map(Line::bar))
    }

    pub(super) fn calls(&self) -> PrintedColumn {
        self.column("Calls".to_owned(), ColumnKind::Quantity, |line| Printer::quantity(line.calls))
    }

    /// How the costs differ from those of the period before.
    pub(super) fn changes(&self, title: String) -> PrintedColumn {
        self.column(title, ColumnKind::Percent, |line| change(line.cost, line.before))
    }

    fn column(&self, title: String, kind: ColumnKind, cell: impl Fn(&Line) -> Cell) -> PrintedColumn {
        PrintedColumn::new(title, kind, self.lines.iter().map(&cell)).total(cell(&self.total))
    }
}

/// Several lines as one.
pub(super) fn sum(lines: &[Line], name: String) -> Line {
    Line {
        names: vec![name],
        cost: lines.iter().map(|line| line.cost).sum(),
        units: lines.iter().map(|line| line.units).sum(),
        tenths: lines.iter().map(|line| line.tenths).sum(),
        calls: lines.iter().map(|line| line.calls).sum(),
        before: lines.iter().map(|line| line.before).sum(),
    }
}

/// The name of lines that aren't shown one by one.
pub(in crate::report) fn others(count: usize) -> String {
    match count {
        0 => "no longer used".to_owned(),
        1 => "1 other".to_owned(),
        count => format!("{} others", grouped(i128::try_from(count).unwrap_or(i128::MAX))),
    }
}

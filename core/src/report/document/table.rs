//! Tables, built column by column: the columns are what is rounded.

use super::block::{Column, ColumnKind, Table, TableRow};
use super::cell::Cell;
use super::printer::Amounts;

/// A column with its cells, and what stands under them.
#[derive(Clone, Debug)]
pub(in crate::report) struct PrintedColumn {
    column: Column,
    cells: Vec<Cell>,
    total: Cell,
}

impl PrintedColumn {
    pub(in crate::report) fn new(
        title: impl Into<String>,
        kind: ColumnKind,
        cells: impl IntoIterator<Item = Cell>,
    ) -> Self {
        let column = Column { title: title.into(), kind };
        Self { column, cells: cells.into_iter().collect(), total: Cell::default() }
    }

    /// Words.
    pub(in crate::report) fn texts<T: Into<String>>(
        title: impl Into<String>,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::new(title, ColumnKind::Text, texts.into_iter().map(Cell::text))
    }

    /// Amounts with their total.
    pub(in crate::report) fn amounts(title: impl Into<String>, amounts: Amounts) -> Self {
        Self::new(title, ColumnKind::Money, amounts.cells).total(amounts.total)
    }

    /// One more cell.
    pub(in crate::report) fn push(&mut self, cell: Cell) {
        self.cells.push(cell);
    }

    /// What stands under the cells.
    pub(in crate::report) fn total(mut self, total: Cell) -> Self {
        self.total = total;
        self
    }
}

impl Table {
    /// A table of columns; the total row is there where any column has one.
    pub(in crate::report) fn of_columns(id: impl Into<String>, columns: Vec<PrintedColumn>) -> Self {
        let count = columns.iter().map(|own| own.cells.len()).max().unwrap_or(0);
        let row = |index: usize| {
            let cells = columns.iter().map(|own| own.cells.get(index).cloned().unwrap_or_default());
            TableRow { cells: cells.collect(), ..TableRow::default() }
        };
        let rows = (0..count).map(row).collect();
        let has_total = columns.iter().any(|own| !own.total.text.is_empty());
        let total = has_total.then(|| TableRow {
            cells: columns.iter().map(|own| own.total.clone()).collect(),
            ..TableRow::default()
        });
        let columns = columns.into_iter().map(|own| own.column).collect();
        Self { id: id.into(), caption: None, columns, rows, total }
    }

    /// The table under a name of its own, where its section has several.
    pub(in crate::report) fn captioned(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

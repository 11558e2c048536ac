//! A quiet table: names to the left, numbers to the right, a rule under the head and above the total.

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Row, Table, TableStyle, Width,
};

/// Columns of the terminal that a table fills.
pub(super) const WIDTH: u16 = 100;
/// Blanks between two columns.
const GAP: u16 = 2;
/// The least that is left of a column of names.
const MIN_NAMES: u16 = 6;

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// One column.
#[derive(Clone, Debug)]
pub(in crate::report) struct Column {
    head: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// As wide as there is room.
    Names,
    /// As wide as its cells need, to the left.
    Words,
    /// To the right, and at least so wide where there is room.
    Numbers(u16),
}

impl Column {
    /// A column of names, as wide as there is room.
    pub(in crate::report) fn names(head: impl Into<String>) -> Self {
        Self { head: head.into(), kind: Kind::Names }
    }

    /// A column of numbers of at least a width where there is room, with the gap before it.
    pub(in crate::report) fn numbers(head: impl Into<String>, width: u16) -> Self {
        Self { head: head.into(), kind: Kind::Numbers(width) }
    }

    /// A column that is as wide as its cells.
    pub(in crate::report) fn words(head: impl Into<String>) -> Self {
        Self { head: head.into(), kind: Kind::Words }
    }
}

/// Rows under columns, and perhaps a total.
#[derive(Debug)]
pub(in crate::report) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    total: Option<Vec<String>>,
    has_head: bool,
}

impl Grid {
    pub(in crate::report) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new(), total: None, has_head: true }
    }

    /// Rows without a head.
    pub(super) fn headless(columns: Vec<Column>) -> Self {
        Self { has_head: false, ..Self::new(columns) }
    }

    pub(in crate::report) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The last row, under a rule.
    pub(in crate::report) fn total(&mut self, cells: Vec<String>) {
        self.total = Some(cells);
    }

    /// The lines, without blanks at their ends.
    pub(in crate::report) fn render(&self) -> String {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
        table.set_truncation_indicator("…");
        if self.has_head {
            table.set_header(line(self.columns.iter().map(|column| column.head.as_str())));
        }
        for cells in self.rows.iter().chain(&self.total) {
            table.add_row(line(cells.iter().map(String::as_str)));
        }
        let widths = self.widths(&table.column_max_content_widths());
        for ((index, column), width) in self.columns.iter().enumerate().zip(widths) {
            let Some(own) = table.column_mut(index) else { continue };
            own.set_padding((if index == 0 { 0 } else { GAP }, 0));
            own.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            own.set_cell_alignment(if matches!(column.kind, Kind::Numbers(_)) {
                CellAlignment::Right
            } else {
                CellAlignment::Left
            });
        }
        let mut lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        if self.total.is_some()
            && !self.rows.is_empty()
            && let (Some(rule), Some(last)) = (lines.get(1).cloned(), lines.len().checked_sub(1))
        {
            lines.insert(last, rule);
        }
        lines.join("\n") + "\n"
    }

    /// The width of each column with its gap: every column as its cells need, numbers wider where there is room. Where
    /// there is none, the widest of the names are cut; what is left over goes to the last column of names.
    fn widths(&self, content: &[u16]) -> Vec<u16> {
        let gap = |index: usize| if index == 0 { 0 } else { GAP };
        let natural: Vec<u16> =
            content.iter().enumerate().map(|(index, width)| width.saturating_add(gap(index))).collect();
        let wished = self.columns.iter().zip(&natural).map(|(column, width)| match column.kind {
            Kind::Numbers(wish) => wish.max(*width),
            Kind::Names | Kind::Words => *width,
        });
        let mut widths: Vec<u16> = wished.collect();
        narrow(&mut widths, &natural);
        let is_names = |index: usize| self.columns.get(index).is_some_and(|own| own.kind == Kind::Names);
        let floor: Vec<u16> = widths
            .iter()
            .enumerate()
            .map(|(index, width)| if is_names(index) { *width.min(&(MIN_NAMES + GAP)) } else { *width })
            .collect();
        narrow(&mut widths, &floor);
        let left = WIDTH.saturating_sub(sum(&widths));
        let last = (0..self.columns.len()).rev().find(|index| is_names(*index));
        if let Some(width) = last.and_then(|last| widths.get_mut(last)) {
            *width = width.saturating_add(left);
        }
        widths
    }
}

fn sum(widths: &[u16]) -> u16 {
    widths.iter().fold(0, |sum, width| sum.saturating_add(*width))
}

/// Takes from the widest column that still has more than its least, until all fit or none has.
fn narrow(widths: &mut [u16], least: &[u16]) {
    while sum(widths) > WIDTH {
        let spare =
            |index: &usize| widths.get(*index).zip(least.get(*index)).is_some_and(|(own, least)| own > least);
        let candidates = (0..widths.len()).filter(spare);
        let Some(widest) = candidates.max_by_key(|index| widths.get(*index).copied()) else { return };
        if let Some(width) = widths.get_mut(widest) {
            *width -= 1;
        }
    }
}

/// One line of cells: a long name is cut, never wrapped, and nothing in it moves the cursor.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Row {
    let mut row = Row::from(cells.map(|text| Cell::new_owned(plain(text))).collect::<Vec<_>>());
    row.max_height(1);
    row
}

/// The text without what would move the cursor.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '�' } else { letter }).collect()
}

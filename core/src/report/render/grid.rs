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
pub(super) struct Column {
    head: String,
    /// The width of a column of numbers; names share what is left.
    numbers: Option<u16>,
}

impl Column {
    /// A column of names, as wide as there is room.
    pub(super) fn names(head: impl Into<String>) -> Self {
        Self { head: head.into(), numbers: None }
    }

    /// A column of numbers of a width, with the gap before it.
    pub(super) fn numbers(head: impl Into<String>, width: u16) -> Self {
        Self { head: head.into(), numbers: Some(width) }
    }
}

/// Rows under columns, and perhaps a total.
#[derive(Debug)]
pub(super) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    total: Option<Vec<String>>,
}

impl Grid {
    pub(super) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new(), total: None }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The last row, under a rule.
    pub(super) fn total(&mut self, cells: Vec<String>) {
        self.total = Some(cells);
    }

    /// The lines, without blanks at their ends.
    pub(super) fn render(&self) -> String {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
        table.set_truncation_indicator("…");
        table.set_header(line(self.columns.iter().map(|column| column.head.as_str())));
        for cells in self.rows.iter().chain(&self.total) {
            table.add_row(line(cells.iter().map(String::as_str)));
        }
        let widths = self.widths(&table.column_max_content_widths());
        for ((index, column), width) in self.columns.iter().enumerate().zip(widths) {
            let Some(own) = table.column_mut(index) else { continue };
            own.set_padding((if index == 0 { 0 } else { GAP }, 0));
            own.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            own.set_cell_alignment(if column.numbers.is_some() {
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

    /// The width of each column with its gap: numbers as given, names as they need, the widest cut first where there is
    /// no room; what is left over goes to the last column of names.
    fn widths(&self, content: &[u16]) -> Vec<u16> {
        let gap = |index: usize| if index == 0 { 0 } else { GAP };
        let natural = self.columns.iter().zip(content).enumerate();
        let mut widths: Vec<u16> = natural
            .map(|(index, (column, width))| column.numbers.unwrap_or(width.saturating_add(gap(index))))
            .collect();
        let names: Vec<usize> = (0..self.columns.len())
            .filter(|index| self.columns.get(*index).is_some_and(|own| own.numbers.is_none()))
            .collect();
        let sum = |widths: &[u16]| widths.iter().map(|width| u32::from(*width)).sum::<u32>();
        while sum(&widths) > u32::from(WIDTH) {
            let width = |index: &usize| widths.get(*index).copied().unwrap_or(0);
            let Some(widest) = names.iter().copied().max_by_key(|index| width(index)) else { break };
            match widths.get_mut(widest) {
                Some(width) if *width > MIN_NAMES + GAP => *width -= 1,
                _ => break,
            }
        }
        let left = u32::from(WIDTH).saturating_sub(sum(&widths));
        if let Some(width) = names.last().and_then(|last| widths.get_mut(*last)) {
            *width = width.saturating_add(u16::try_from(left).unwrap_or(0));
        }
        widths
    }
}

/// One line of cells: a long name is cut, never wrapped, and nothing in it moves the cursor.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Row {
    let plain = |text: &str| {
        text.chars().map(|letter| if letter.is_control() { '�' } else { letter }).collect::<String>()
    };
    let mut row = Row::from(cells.map(|text| Cell::new_owned(plain(text))).collect::<Vec<_>>());
    row.max_height(1);
    row
}

//! The periods in the order of time, by the first column of the grouping.
//!
//! Rows, columns and the total are rounded together, so that the table adds up both ways.

use super::{capital, has_earlier};
use crate::money::Money;
use crate::report::document::numbers::change;
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, Chart, ChartKind, ColumnKind, Section, Series, Table};
use crate::report::matrix::{Matrix, rounded};
use crate::report::statement::Statement;

/// Groups that have a column of their own.
const MOST_GROUPS: usize = 4;

/// What each group cost in each period, oldest first.
struct Trend {
    names: Vec<String>,
    periods: Vec<String>,
    totals: Vec<Money>,
    calls: Vec<u64>,
    groups: Vec<(String, Vec<Money>)>,
}

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    if !has_earlier(statement) {
        return None;
    }
    let trend = Trend::new(statement);
    let exact: Vec<Vec<i128>> = (0..trend.periods.len())
        .map(|index| {
            trend.groups.iter().map(|(_, costs)| at(costs, index)).map(|own| printer.exact(own)).collect()
        })
        .collect();
    let matrix = rounded(&exact, printer.unit());
    let by = statement.trend.by.as_ref().map_or("", |by| by.as_str());
    let blocks =
        vec![Block::Chart(trend.chart(&matrix, by, printer)), Block::Table(trend.table(&matrix, printer))];
    Some(Section { id: "trend".to_owned(), title: "Trend".to_owned(), intro: None, blocks })
}

fn at(costs: &[Money], index: usize) -> Money {
    costs.get(index).copied().unwrap_or_default()
}

fn cell(matrix: &Matrix, row: usize, column: usize) -> i128 {
    matrix.cells.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)
}

impl Trend {
    fn new(statement: &Statement) -> Self {
        let so_far = if statement.is_over { "" } else { ", so far" };
        let own = (format!("{}{so_far}", statement.period.name), statement.total, statement.calls);
        // What lies before the first call is no period of nothing, but none.
        let known = statement.trend.periods.iter().rposition(|own| own.calls > 0).map_or(0, |last| last + 1);
        let earlier = statement.trend.periods.iter().take(known);
        let earlier = earlier.map(|own| (own.period.name.clone(), own.total, own.calls));
        let periods: Vec<_> = earlier.rev().chain([own]).collect();
        let groups = statement.trend.groups.iter().map(|group| {
            let costs = group.previous.iter().take(known).rev().copied().chain([group.cost]).collect();
            (group.value.clone(), costs)
        });
        let names = statement.trend.periods.iter().take(known).rev().map(|own| own.period.name.clone());
        Self {
            names: names.chain([statement.period.name.clone()]).collect(),
            totals: periods.iter().map(|(_, total, _)| *total).collect(),
            calls: periods.iter().map(|(.., calls)| *calls).collect(),
            periods: periods.into_iter().map(|(name, ..)| name).collect(),
            groups: largest(groups.collect()),
        }
    }

    fn chart(&self, matrix: &Matrix, by: &str, printer: &Printer<'_>) -> Chart {
        let values = |column: usize| {
            (0..self.periods.len()).map(|row| Some(printer.charted(cell(matrix, row, column)))).collect()
        };
        let series = self.groups.iter().enumerate();
        Chart {
            id: "trend-chart".to_owned(),
            title: if by.is_empty() { "Cost".to_owned() } else { format!("Cost by {by}") },
            alt: format!(
                "What each of {} periods cost, one column each, divided by {by}.",
                self.periods.len()
            ),
            kind: ChartKind::StackedColumns,
            unit: printer.currency().to_string(),
            categories: self.names.clone(),
            series: series
                .map(|(column, (name, _))| Series { name: name.clone(), values: values(column) })
                .collect(),
            level: None,
        }
    }

    fn table(&self, matrix: &Matrix, printer: &Printer<'_>) -> Table {
        let mut columns = vec![PrintedColumn::texts("Period", &self.periods).total(Cell::text("Total"))];
        for (column, (name, costs)) in self.groups.iter().enumerate().filter(|_| self.groups.len() > 1) {
            let cells =
                costs.iter().enumerate().map(|(row, own)| printer.cell(*own, cell(matrix, row, column)));
            let units = matrix.columns.get(column).copied().unwrap_or(0);
            let total = printer.cell(costs.iter().copied().sum(), units);
            columns.push(PrintedColumn::new(capital(name), ColumnKind::Money, cells).total(total));
        }
        let totals = self.totals.iter().zip(&matrix.rows).map(|(own, units)| printer.cell(*own, *units));
        let total = printer.cell(self.totals.iter().copied().sum(), matrix.total);
        let head = format!("Cost ({})", printer.currency());
        columns.push(PrintedColumn::new(head, ColumnKind::Money, totals).total(total));
        let calls = self.calls.iter().map(|calls| Printer::quantity(*calls));
        let all = Printer::quantity(self.calls.iter().sum());
        columns.push(PrintedColumn::new("Calls", ColumnKind::Quantity, calls).total(all));
        columns.push(PrintedColumn::new("Change", ColumnKind::Percent, self.changes()));
        Table::of_columns("trend", columns)
    }

    /// Each period's change to the one before it.
    fn changes(&self) -> Vec<Cell> {
        let pairs = self.totals.iter().zip(self.totals.iter().skip(1));
        std::iter::once(Cell::text("–")).chain(pairs.map(|(before, own)| change(*own, *before))).collect()
    }
}

/// The groups that cost most over all periods, in their order, and the sum of the others.
fn largest(mut groups: Vec<(String, Vec<Money>)>) -> Vec<(String, Vec<Money>)> {
    if groups.len() <= MOST_GROUPS + 1 {
        return groups;
    }
    let sum = |costs: &[Money]| costs.iter().copied().sum::<Money>();
    let mut sums: Vec<Money> = groups.iter().map(|(_, costs)| sum(costs)).collect();
    sums.sort_by(|left, right| right.cmp(left));
    let least = sums.get(MOST_GROUPS - 1).copied().unwrap_or_default();
    let mut others: Vec<Money> = Vec::new();
    let (mut kept, mut left_out) = (0, 0);
    groups.retain(|(_, costs)| {
        if kept < MOST_GROUPS && sum(costs) >= least {
            kept += 1;
            return true;
        }
        others.resize(costs.len(), Money::ZERO);
        others.iter_mut().zip(costs).for_each(|(sum, own)| *sum += *own);
        left_out += 1;
        false
    });
    groups.push((crate::report::document::lines::others(left_out), others));
    groups
}

//! Lines of a table whose printed amounts add up.

use super::numbers::{CENT, cents, change, grouped, share};
use crate::money::Money;
use crate::report::rounding::{shares, top_down};
use crate::report::statement::Row;

/// All shares together, in tenths of a percent.
pub(super) const WHOLE: i128 = 1_000;

/// What a row prints as; the cells of all rows add up.
pub(super) struct Printed {
    pub(super) cents: Vec<i128>,
    pub(super) tenths: Vec<i128>,
    pub(super) total: i128,
}

pub(super) fn printed<'a>(rows: impl Iterator<Item = &'a Row>) -> Printed {
    printed_amounts(&rows.map(|row| row.cost.pico()).collect::<Vec<_>>())
}

pub(super) fn printed_amounts(costs: &[i128]) -> Printed {
    let (total, cents) = top_down(costs, CENT);
    Printed { cents, tenths: shares(costs, WHOLE), total }
}

/// One printed line before its cells are text.
pub(super) struct Line {
    pub(super) names: Vec<String>,
    pub(super) cost: Money,
    cents: i128,
    tenths: i128,
    calls: u64,
    pub(super) before: Money,
}

impl Line {
    /// The names, then cost and share.
    pub(super) fn amounts(&self) -> Vec<String> {
        let mut cells = self.names.clone();
        cells.extend([cents(self.cost, self.cents), share(self.cost, self.tenths)]);
        cells
    }

    /// The names, then cost, share and calls.
    pub(super) fn cells(&self) -> Vec<String> {
        let mut cells = self.amounts();
        cells.push(grouped(i128::from(self.calls)));
        cells
    }

    /// How the cost differs from the period before.
    pub(super) fn change(&self) -> String {
        change(self.cost, self.before)
    }
}

pub(super) fn lines<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Vec<Line> {
    let printed = printed(rows.clone());
    let amounts = printed.cents.into_iter().zip(printed.tenths);
    rows.zip(amounts)
        .map(|(row, (cents, tenths))| Line {
            names: row.values.iter().map(str::to_owned).collect(),
            cost: row.cost,
            cents,
            tenths,
            calls: row.calls,
            before: row.previous.first().copied().unwrap_or_default(),
        })
        .collect()
}

/// Several lines as one.
pub(super) fn sum(lines: &[Line], names: Vec<String>) -> Line {
    Line {
        names,
        cost: lines.iter().map(|line| line.cost).sum(),
        cents: lines.iter().map(|line| line.cents).sum(),
        tenths: lines.iter().map(|line| line.tenths).sum(),
        calls: lines.iter().map(|line| line.calls).sum(),
        before: lines.iter().map(|line| line.before).sum(),
    }
}

/// A name in the first of some columns.
pub(super) fn first(name: String, columns: usize) -> Vec<String> {
    std::iter::once(name).chain((1..columns).map(|_| String::new())).collect()
}

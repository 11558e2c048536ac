//! Rounding a table of rows and columns, so that rows, columns and the total all add up as they are printed.
//!
//! Every cell, every row's sum and every column's sum is rounded down or up by less than a unit, the total half to even.
//! Such a rounding always exists: what is rounded away is a flow from rows to columns whose every amount lies between two
//! whole numbers, and a flow between whole bounds can be whole itself. Of all of them the one is taken that rounds up
//! where the most is left, of equal ones the first.

use crate::money::Rounding;

/// A rounded table, in whole units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matrix {
    pub(super) cells: Vec<Vec<i128>>,
    pub(super) rows: Vec<i128>,
    pub(super) columns: Vec<i128>,
    pub(super) total: i128,
}

/// The rows have the same length.
pub(super) fn rounded(parts: &[Vec<i128>], unit: i128) -> Matrix {
    let width = parts.first().map_or(0, Vec::len);
    let columns = |cells: &[Vec<i128>]| {
        (0..width).map(|column| cells.iter().filter_map(|row| row.get(column)).sum()).collect::<Vec<i128>>()
    };
    let mut cells: Vec<Vec<i128>> =
        parts.iter().map(|row| row.iter().map(|part| part.div_euclid(unit)).collect()).collect();
    let rests: Vec<Vec<i128>> =
        parts.iter().map(|row| row.iter().map(|part| part.rem_euclid(unit)).collect()).collect();
    let total = Rounding::HalfEven.divide(parts.iter().flatten().sum(), unit);
    let missing = total - cells.iter().flatten().sum::<i128>();
    let mut flow = Flow::new(&rests, &columns(&rests), unit);
    for _ in 0..missing {
        flow.send_one();
    }
    for (row, column) in flow.raised() {
        if let Some(cell) = cells.get_mut(row).and_then(|row| row.get_mut(column)) {
            *cell += 1;
        }
    }
    let rows: Vec<i128> = cells.iter().map(|row| row.iter().sum()).collect();
    debug_assert_eq!(rows.iter().sum::<i128>(), total, "the flow reaches the total");
    Matrix { rows, columns: columns(&cells), total, cells }
}

/// One direction of a way along which units flow.
struct Edge {
    from: usize,
    to: usize,
    room: i128,
    gain: i128,
}

/// Units from a source over rows and columns to a sink; the edge at an odd index undoes the one before it.
struct Flow {
    edges: Vec<Edge>,
    nodes: usize,
    /// The row and the column of an edge that is a cell.
    cells: Vec<(usize, usize, usize)>,
}

impl Flow {
    fn new(rests: &[Vec<i128>], columns: &[i128], unit: i128) -> Self {
        let (rows, width) = (rests.len(), columns.len());
        let mut flow = Self { edges: Vec::new(), nodes: rows + width + 2, cells: Vec::new() };
        // More than all that rounding up can gain: whole units of a row or a column go first.
        let sure = unit.saturating_mul(i128::try_from((rows + 2) * (width + 2)).unwrap_or(i128::MAX));
        for (row, cells) in rests.iter().enumerate() {
            flow.bounds(0, 1 + row, (cells.iter().sum(), unit), sure);
            for (column, rest) in cells.iter().enumerate().filter(|(_, rest)| **rest > 0) {
                flow.cells.push((flow.edges.len(), row, column));
                flow.edge(1 + row, 1 + rows + column, 1, *rest);
            }
        }
        for (column, sum) in columns.iter().enumerate() {
            flow.bounds(1 + rows + column, flow.nodes - 1, (*sum, unit), sure);
        }
        flow
    }

    /// The whole units of a sum, and one more where something is left.
    fn bounds(&mut self, from: usize, to: usize, (sum, unit): (i128, i128), sure: i128) {
        let (whole, rest) = (sum.div_euclid(unit), sum.rem_euclid(unit));
        self.edge(from, to, whole, sure);
        self.edge(from, to, i128::from(rest > 0), rest);
    }

    fn edge(&mut self, from: usize, to: usize, room: i128, gain: i128) {
        self.edges.push(Edge { from, to, room, gain });
        self.edges.push(Edge { from: to, to: from, room: 0, gain: -gain });
    }

    /// Sends one unit along the way that gains most.
    fn send_one(&mut self) {
        let mut best: Vec<Option<(i128, usize)>> = vec![None; self.nodes];
        if let Some(source) = best.first_mut() {
            *source = Some((0, usize::MAX));
        }
        // A way has no more steps than there are nodes.
        for _ in 0..self.nodes {
            let mut is_better = false;
            for (index, edge) in self.edges.iter().enumerate().filter(|(_, edge)| edge.room > 0) {
                let Some((gain, _)) = best.get(edge.from).copied().flatten() else { continue };
                let found = gain + edge.gain;
                if let Some(known) = best.get_mut(edge.to)
                    && edge.to != 0
                    && known.is_none_or(|(known, _)| found > known)
                {
                    (*known, is_better) = (Some((found, index)), true);
                }
            }
            if !is_better {
                break;
            }
        }
        let mut node = self.nodes - 1;
        while let Some((_, index)) = best.get(node).copied().flatten().filter(|_| node != 0) {
            if let Some(edge) = self.edges.get_mut(index) {
                edge.room -= 1;
                node = edge.from;
            }
            if let Some(back) = self.edges.get_mut(index ^ 1) {
                back.room += 1;
            }
        }
    }

    /// The cells that are rounded up.
    fn raised(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let is_full = |edge: usize| self.edges.get(edge).is_some_and(|edge| edge.room == 0);
        self.cells.iter().filter(move |(edge, ..)| is_full(*edge)).map(|(_, row, column)| (*row, *column))
    }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    fn within(exact: i128, units: i128, unit: i128) -> bool {
        (exact - units * unit).abs() < unit
    }

    #[test]
    fn rows_columns_and_total_of_any_table_add_up_as_printed() {
        let mut state = 17_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i128::from(state >> 33)
        };
        for round in 0..20_000 {
            let (height, width) = (1 + next() % 5, 1 + next() % 5);
            let unit = [10, 100, 7, 1_000_000][usize::try_from(round % 4).unwrap()];
            let spread = [3, 40, 9_000][usize::try_from(round % 3).unwrap()] * unit / 3 + 1;
            let table: Vec<Vec<i128>> =
                (0..height).map(|_| (0..width).map(|_| next() % spread - spread / 3).collect()).collect();
            let printed = rounded(&table, unit);
            let sum: i128 = table.iter().flatten().sum();
            assert!((printed.total * unit - sum).abs() * 2 <= unit, "{table:?} by {unit}");
            assert_eq!(printed.rows.iter().sum::<i128>(), printed.total, "{table:?} by {unit}");
            assert_eq!(printed.columns.iter().sum::<i128>(), printed.total, "{table:?} by {unit}");
            for ((exact, row), total) in table.iter().zip(&printed.cells).zip(&printed.rows) {
                assert_eq!(row.iter().sum::<i128>(), *total);
                assert!(within(exact.iter().sum(), *total, unit), "{table:?} by {unit}");
                assert!(exact.iter().zip(row).all(|(exact, cell)| within(*exact, *cell, unit)));
            }
            for (column, total) in printed.columns.iter().enumerate() {
                assert_eq!(printed.cells.iter().map(|row| row[column]).sum::<i128>(), *total);
                let exact = table.iter().map(|row| row[column]).sum();
                assert!(within(exact, *total, unit), "{table:?} by {unit}");
            }
        }
    }

    #[test]
    fn what_is_whole_stays_and_the_largest_rest_is_rounded_up() {
        assert_eq!(rounded(&[vec![10, 20], vec![30, -40]], 10).cells, [[1, 2], [3, -4]]);
        assert_eq!(rounded(&[vec![6, 4], vec![4, 6]], 10).cells, [[1, 0], [0, 1]]);
        assert_eq!(rounded(&[], 10).total, 0);
        let one = rounded(&[vec![5, 5, 5]], 10);
        assert_eq!((one.total, one.cells), (2, vec![vec![1, 1, 0]]));
    }
}

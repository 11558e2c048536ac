//! The lines of the statement: quantity times price, by model, kind of usage and terms.

use crate::money::Money;
use crate::report::charges::ChargeLine;
use crate::report::document::numbers::{counted, grouped};
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, ColumnKind, Section, Table};
use crate::report::statement::Statement;

pub(in crate::report) fn section(
    statement: &Statement,
    most: usize,
    printer: &Printer<'_>,
) -> Option<Section> {
    if statement.lines.is_empty() {
        return None;
    }
    let costs: Vec<Money> = statement.lines.iter().map(|line| line.cost).collect();
    let rounded = printer.column(&costs);
    let (shown, rest) = largest(&costs, most);
    let lines: Vec<&ChargeLine> = shown.iter().filter_map(|index| statement.lines.get(*index)).collect();
    let units =
        |indices: &[usize]| indices.iter().filter_map(|index| rounded.units.get(*index)).sum::<i128>();
    let mut amounts: Vec<Cell> =
        shown.iter().map(|index| rounded.cells.get(*index).cloned().unwrap_or_default()).collect();
    let mut columns = columns(&lines, printer);
    if !rest.is_empty() {
        let cost = rest.iter().filter_map(|index| costs.get(*index)).copied().sum();
        amounts.push(printer.cell(cost, units(&rest)));
        let count = counted(u64::try_from(rest.len()).unwrap_or(u64::MAX), "other line");
        if let Some(first) = columns.first_mut() {
            first.push(Cell::text(count));
        }
    }
    let head = format!("Cost ({})", printer.currency());
    columns.push(PrintedColumn::new(head, ColumnKind::Money, amounts).total(rounded.total));
    Some(Section {
        id: "charges".to_owned(),
        title: "Charges".to_owned(),
        intro: Some("Quantity times unit price; the price of tokens is that of a million.".to_owned()),
        blocks: vec![Block::Table(Table::of_columns("charges", columns))],
    })
}

fn columns(lines: &[&ChargeLine], printer: &Printer<'_>) -> Vec<PrintedColumn> {
    let model = |line: &&ChargeLine| format!("{}/{}", line.provider, line.model);
    let usage = |line: &&ChargeLine| {
        line.dimension.map_or_else(|| "without usage".to_owned(), |own| own.as_str().replace('_', " "))
    };
    let quantity =
        |line: &&ChargeLine| line.dimension.map_or_else(Cell::default, |_| Printer::quantity(line.quantity));
    let mut columns = vec![
        PrintedColumn::texts("Model", lines.iter().map(model)).total(Cell::text("Total")),
        PrintedColumn::texts("Usage", lines.iter().map(usage)),
    ];
    if lines.iter().any(|line| !line.terms.is_empty()) {
        columns.push(PrintedColumn::texts("Terms", lines.iter().map(|line| terms(line))));
    }
    columns.extend([
        PrintedColumn::new("Quantity", ColumnKind::Quantity, lines.iter().map(quantity)),
        PrintedColumn::new("Unit price", ColumnKind::Rate, lines.iter().map(|line| price(line, printer))),
    ]);
    columns
}

/// `batch, priority` for `processing=batch,service_tier=priority`; what isn't self-explaining keeps its name.
fn terms(line: &ChargeLine) -> String {
    let word = |term: &str| match term.split_once('=') {
        Some(("processing" | "service_tier", value)) => value.to_owned(),
        Some(("context", value)) => format!("context {}", above(value)),
        _ => term.replace('=', " "),
    };
    line.terms.split(',').filter(|term| !term.is_empty()).map(word).collect::<Vec<_>>().join(", ")
}

/// `>200,000` for `>200000`.
fn above(value: &str) -> String {
    let tokens = value.strip_prefix('>').and_then(|tokens| tokens.parse::<i128>().ok());
    tokens.map_or_else(|| value.to_owned(), |tokens| format!(">{}", grouped(tokens)))
}

fn price(line: &ChargeLine, printer: &Printer<'_>) -> Cell {
    let (Some(rate), Some(dimension)) = (line.rate, line.dimension) else { return Cell::default() };
    let (mut cell, unit) = printer.rate(rate, dimension);
    if unit != Printer::MILLION_TOKENS {
        cell.text = format!("{} / {unit}", cell.text);
    }
    cell
}

/// The lines that cost most in their order, and the others where there are more than fit.
fn largest(costs: &[Money], most: usize) -> (Vec<usize>, Vec<usize>) {
    if costs.len() <= most {
        return ((0..costs.len()).collect(), Vec::new());
    }
    let size = |index: &usize| costs.get(*index).map(|cost| cost.pico().saturating_abs());
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(size(index)));
    let mut rest = order.split_off(most.saturating_sub(1));
    order.sort_unstable();
    rest.sort_unstable();
    (order, rest)
}

#[cfg(test)]
mod tests {
    use super::largest;
    use crate::money::Money;

    #[test]
    fn the_largest_lines_are_kept_in_their_order() {
        let costs = [5, -9, 1, 7].map(Money::from_pico);
        assert_eq!(largest(&costs, 4), (vec![0, 1, 2, 3], vec![]));
        assert_eq!(largest(&costs, 3), (vec![1, 3], vec![0, 2]));
    }
}

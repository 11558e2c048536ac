//! Who is charged what after shared cost was divided, and which rule moved what.
//!
//! Each table is rounded as one: what is charged is what is printed as direct, given and taken, row by row and in all.

use super::capital;
use crate::money::Money;
use crate::report::allocation::{AllocatedRow, AllocatedRule, Allocation, AllocationView, VirtualTagUse};
use crate::report::document::numbers::amount;
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, ColumnKind, Section, Table};
use crate::report::matrix::{Matrix, rounded};

pub(in crate::report) fn sections(
    allocation: &Allocation,
    most: usize,
    printer: &Printer<'_>,
) -> Vec<Section> {
    let views = allocation.views.iter().filter(|view| !view.rows.is_empty());
    let mut sections: Vec<Section> = views.map(|view| section(view, most, printer)).collect();
    sections.extend(virtual_tags(&allocation.virtual_tags, printer));
    sections
}

fn section(view: &AllocationView, most: usize, printer: &Printer<'_>) -> Section {
    let by = view.by.as_str();
    let mut blocks = vec![Block::Table(charged(view, most, printer))];
    let rules: Vec<&AllocatedRule> =
        view.rules.iter().filter(|rule| rule.moved != Money::ZERO || rule.kept != Money::ZERO).collect();
    if !rules.is_empty() {
        blocks.push(Block::Table(moved(view, &rules, printer)));
        blocks.push(Block::Table(parts(view, most, printer)));
        let notes = rules.iter().filter_map(|rule| Some(format!("{}: {}", rule.id, rule.note.as_ref()?)));
        let notes: Vec<String> = notes.collect();
        blocks.extend((!notes.is_empty()).then_some(Block::Notes(notes)));
    }
    Section {
        id: format!("allocation-{by}"),
        title: format!("Charged by {by}"),
        intro: Some("Direct cost, with what rules gave and without what they took.".to_owned()),
        blocks,
    }
}

/// Rows that are told one by one, the others summed but for what is unallocated, which always stands last.
fn shown(view: &AllocationView, most: usize) -> Vec<(String, [Money; 3])> {
    let told = |row: &AllocatedRow| {
        (row.value.clone(), [row.direct, row.allocated_in, Money::ZERO - row.allocated_out])
    };
    let mut rows: Vec<_> = view.rows.iter().map(told).collect();
    if rows.len() <= most.max(3) {
        return rows;
    }
    let last = rows.pop();
    let rest = rows.split_off(most.saturating_sub(2));
    let sum = rest.iter().fold([Money::ZERO; 3], |[direct, given, taken], (_, own)| {
        let [more_direct, more_given, more_taken] = *own;
        [direct + more_direct, given + more_given, taken + more_taken]
    });
    rows.push((crate::report::document::lines::others(rest.len()), sum));
    rows.extend(last);
    rows
}

fn charged(view: &AllocationView, most: usize, printer: &Printer<'_>) -> Table {
    let rows = shown(view, most);
    let exact: Vec<Vec<i128>> =
        rows.iter().map(|(_, parts)| parts.iter().map(|part| printer.exact(*part)).collect()).collect();
    let matrix = rounded(&exact, printer.unit());
    let names = rows.iter().map(|(name, _)| name.as_str());
    let mut columns = vec![PrintedColumn::texts(capital(view.by.as_str()), names).total(Cell::text("Total"))];
    for (index, head) in ["Direct", "Allocated in", "Allocated out"].into_iter().enumerate() {
        columns.push(column(head, index, (&rows, &matrix), printer));
    }
    let sums = rows.iter().map(|(_, parts)| parts.iter().copied().sum::<Money>());
    let cells: Vec<Cell> =
        sums.clone().zip(&matrix.rows).map(|(sum, units)| printer.cell(sum, *units)).collect();
    let total = printer.cell(sums.sum(), matrix.total);
    let head = format!("Charged ({})", printer.currency());
    columns.push(PrintedColumn::new(head, ColumnKind::Money, cells).total(total));
    Table::of_columns(format!("allocation-{}", view.by.as_str()), columns)
}

fn column(
    head: &str,
    index: usize,
    (rows, matrix): (&[(String, [Money; 3])], &Matrix),
    printer: &Printer<'_>,
) -> PrintedColumn {
    let exact = |parts: &[Money; 3]| parts.get(index).copied().unwrap_or_default();
    let units = |row: &Vec<i128>| row.get(index).copied().unwrap_or(0);
    let cells =
        rows.iter().zip(&matrix.cells).map(|((_, parts), row)| printer.cell(exact(parts), units(row)));
    let sum = rows.iter().map(|(_, parts)| exact(parts)).sum();
    let total = printer.cell(sum, matrix.columns.get(index).copied().unwrap_or(0));
    PrintedColumn::new(head, ColumnKind::Money, cells).total(total)
}

fn moved(view: &AllocationView, rules: &[&AllocatedRule], printer: &Printer<'_>) -> Table {
    let amounts = |of: fn(&AllocatedRule) -> Money| {
        printer.column(&rules.iter().map(|rule| of(rule)).collect::<Vec<_>>()).cells
    };
    let columns = vec![
        PrintedColumn::texts("Rule", rules.iter().map(|rule| rule.method_id.as_str())),
        PrintedColumn::texts("Divides", rules.iter().map(|rule| rule.method.as_str())),
        PrintedColumn::texts("Cost of", rules.iter().map(|rule| rule.selector.as_str())),
        PrintedColumn::new("Moved", ColumnKind::Money, amounts(|rule| rule.moved)),
        PrintedColumn::new("Left", ColumnKind::Money, amounts(|rule| rule.kept)),
    ];
    let by = view.by.as_str();
    Table::of_columns(format!("allocation-rules-{by}"), columns).captioned(format!("Rules, by {by}"))
}

/// Every part that a rule gave, the largest where there are many.
fn parts(view: &AllocationView, most: usize, printer: &Printer<'_>) -> Table {
    let mut parts: Vec<_> = view
        .rows
        .iter()
        .flat_map(|row| row.received.iter().map(move |part| (row.value.as_str(), part)))
        .collect();
    let units = printer.column(&parts.iter().map(|(_, part)| part.amount).collect::<Vec<_>>()).units;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| {
        std::cmp::Reverse(parts.get(*index).map(|(_, part)| part.amount.pico().unsigned_abs()))
    });
    order.truncate(most);
    order.sort_unstable();
    let cells: Vec<Cell> = order
        .iter()
        .filter_map(|index| Some(printer.cell(parts.get(*index)?.1.amount, *units.get(*index)?)))
        .collect();
    parts = order.iter().filter_map(|index| parts.get(*index).copied()).collect();
    let measured = parts.iter().map(|(_, part)| {
        part.measured.as_ref().map(|own| format!("{} {}", own.quantity, own.unit)).unwrap_or_default()
    });
    // Six decimals of a percent tell parts of a thousandth of a cent apart.
    let ratio = |trillionths: i128| {
        let cell = amount(trillionths, trillionths / 10_000, 6);
        Cell { text: format!("{} %", cell.text), ..cell }
    };
    let columns = vec![
        PrintedColumn::texts(capital(view.by.as_str()), parts.iter().map(|(value, _)| *value)),
        PrintedColumn::texts("Rule", parts.iter().map(|(_, part)| part.rule.as_str())),
        PrintedColumn::texts("Measured", measured),
        PrintedColumn::new(
            "Ratio",
            ColumnKind::Percent,
            parts.iter().map(|(_, part)| ratio(part.ratio.trillionths())),
        ),
        PrintedColumn::new("Given", ColumnKind::Money, cells),
    ];
    let by = view.by.as_str();
    Table::of_columns(format!("allocation-parts-{by}"), columns)
        .captioned(format!("What rules gave, by {by}"))
}

fn virtual_tags(used: &[VirtualTagUse], printer: &Printer<'_>) -> Option<Section> {
    if used.is_empty() {
        return None;
    }
    let sets = used.iter().map(|own| format!("{} = {}", own.by, own.value));
    let amounts = printer.column(&used.iter().map(|own| own.cost).collect::<Vec<_>>());
    let columns = vec![
        PrintedColumn::texts("Rule", used.iter().map(|own| own.rule.as_str())),
        PrintedColumn::texts("Sets", sets),
        PrintedColumn::new(
            "Calls",
            ColumnKind::Quantity,
            used.iter().map(|own| Printer::quantity(own.calls)),
        ),
        PrintedColumn::new(format!("Cost ({})", printer.currency()), ColumnKind::Money, amounts.cells),
    ];
    Some(Section {
        id: "virtual-tags".to_owned(),
        title: "Tags set by rules".to_owned(),
        intro: Some("Calls that were booked without these tags, or with others.".to_owned()),
        blocks: vec![Block::Table(Table::of_columns("virtual-tags", columns))],
    })
}

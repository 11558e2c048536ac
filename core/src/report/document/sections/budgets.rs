//! What the budgets stand at. Each amount is rounded by itself: budgets overlap, so there is no sum.

use crate::budget::BudgetState;
use crate::money::Money;
use crate::report::document::numbers::{grouped, share};
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, ColumnKind, Section, Table, Tone};
use crate::report::statement::{BudgetUse, Statement};

/// Budgets that are shown one by one. Where there are more, the fullest are what matters.
const MOST: usize = 16;

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    if statement.budgets.is_empty() {
        return None;
    }
    let mut fullest: Vec<&BudgetUse> = statement.budgets.iter().collect();
    fullest.sort_by_key(|own| std::cmp::Reverse(own.utilisation_basis_points));
    let hidden = fullest.split_off(fullest.len().min(MOST));
    let shown: Vec<&BudgetUse> =
        statement.budgets.iter().filter(|own| fullest.iter().any(|full| std::ptr::eq(*full, *own))).collect();
    let mut blocks = vec![Block::Table(table(&shown, printer))];
    if let Some(most) = hidden.first() {
        let count = i128::try_from(hidden.len()).unwrap_or(i128::MAX);
        blocks.push(Block::Notes(vec![format!(
            "And {} others, used to {} at most.",
            grouped(count),
            used(most).text
        )]));
    }
    let (id, title) = ("budgets".to_owned(), "Budgets".to_owned());
    Some(Section { id, title, intro: None, blocks })
}

fn table(shown: &[&BudgetUse], printer: &Printer<'_>) -> Table {
    let amounts = |title: String, amount: fn(&BudgetUse) -> Money| {
        PrintedColumn::new(title, ColumnKind::Money, shown.iter().map(|own| printer.money(amount(own))))
    };
    let mut columns = vec![
        PrintedColumn::texts("Budget", shown.iter().map(|own| name(own))),
        PrintedColumn::texts("Window", shown.iter().map(|own| own.window.name.as_str())),
        amounts(format!("Limit ({})", printer.currency()), |own| own.limit),
        amounts("Spent".to_owned(), |own| own.spent),
        amounts("Held".to_owned(), |own| own.held),
    ];
    if shown.iter().any(|own| own.forecast.is_some()) {
        let cell = |own: &&BudgetUse| own.forecast.map_or_else(Cell::default, |own| printer.money(own));
        columns.push(PrintedColumn::new("Forecast", ColumnKind::Money, shown.iter().map(cell)));
    }
    columns.extend([
        PrintedColumn::new("Used", ColumnKind::Percent, shown.iter().map(|own| used(own))),
        PrintedColumn::new("", ColumnKind::Bar, shown.iter().map(|own| bar(own))),
        PrintedColumn::new(
            "State",
            ColumnKind::State,
            shown.iter().map(|own| Cell::text(own.state.as_str())),
        ),
    ]);
    let mut table = Table::of_columns("budgets", columns);
    for (row, own) in table.rows.iter_mut().zip(shown) {
        row.tone = tone(own);
    }
    table
}

/// The name with the tag values of the instance, and whether it counts prices.
pub(super) fn name(own: &BudgetUse) -> String {
    let instance = own.instance.join(", ");
    let name = if instance.is_empty() { own.name.clone() } else { format!("{} [{instance}]", own.name) };
    if own.basis.is_cost() { name } else { format!("{name}, in prices") }
}

/// How much of the limit is spent.
pub(super) fn used(own: &BudgetUse) -> Cell {
    share(own.spent, i128::from(own.utilisation_basis_points / 10))
}

pub(super) fn tone(own: &BudgetUse) -> Tone {
    match own.state {
        BudgetState::Suspended | BudgetState::AgentsSuspended => Tone::Bad,
        BudgetState::Throttled => Tone::Warning,
        BudgetState::Open => match own.utilisation_basis_points {
            10_000.. => Tone::Bad,
            8_000.. => Tone::Warning,
            _ => Tone::Neutral,
        },
    }
}

fn bar(own: &BudgetUse) -> Cell {
    Cell { bar: u32::try_from(own.utilisation_basis_points).ok(), ..Cell::default() }
}

//! The figures that matter, each with what to compare it with.

use super::{budgets, forecast, has_earlier};
use crate::money::Money;
use crate::report::document::numbers::{change, share};
use crate::report::document::printer::Printer;
use crate::report::document::{Tile, Tone};
use crate::report::statement::{BudgetUse, Statement, Unallocated};

/// A fiftieth: above it, so much of the spend is allocated to nobody that it is worth a look.
const MUCH_UNALLOCATED: i128 = 200;

pub(in crate::report) fn tiles(statement: &Statement, printer: &Printer<'_>) -> Vec<Tile> {
    let mut tiles = vec![total(statement, printer)];
    tiles.extend(charged(statement, printer));
    tiles.extend(changed(statement, printer));
    tiles.extend(forecast::tile(statement, printer));
    tiles.extend(fullest(statement).map(|own| budget(own, printer)));
    tiles.extend(allocation(statement).map(|own| unallocated(own, printer)));
    tiles.extend(unmeasured(statement, printer));
    tiles
}

pub(super) fn tile(label: &str, value: String, note: String, tone: Tone) -> Tile {
    Tile { label: label.to_owned(), value, note, tone }
}

fn total(statement: &Statement, printer: &Printer<'_>) -> Tile {
    let calls = crate::report::document::numbers::counted(statement.calls, "call");
    tile("Total", printer.money_with_code(statement.total), format!("in {calls}"), Tone::Neutral)
}

/// What a recipient is charged, where shared cost makes it another amount than its own calls cost.
fn charged(statement: &Statement, printer: &Printer<'_>) -> Option<Tile> {
    let views = statement.allocation.as_ref()?.views.iter().filter(|view| !view.rows.is_empty());
    let (view, amount) =
        views.map(|view| (view, view.charged())).find(|(_, amount)| *amount != statement.total)?;
    let moved = amount - statement.total;
    let sign = if moved > Money::ZERO { "+" } else { "" };
    let note = format!("{sign}{} of shared cost, by {}", printer.money_with_code(moved), view.by);
    Some(tile("Charged", printer.money_with_code(amount), note, Tone::Neutral))
}

fn changed(statement: &Statement, printer: &Printer<'_>) -> Option<Tile> {
    let before = statement.trend.periods.first().filter(|_| has_earlier(statement))?;
    let difference = statement.total - before.total;
    let sign = if difference > Money::ZERO { "+" } else { "" };
    let note = format!(
        "{sign}{} against {} of {}",
        printer.money_with_code(difference),
        printer.money(before.total).text,
        before.period.name
    );
    Some(tile("Change", change(statement.total, before.total).text, note, Tone::Neutral))
}

fn fullest(statement: &Statement) -> Option<&BudgetUse> {
    // Of equally full ones the first, which is the wider one.
    statement.budgets.iter().rev().max_by_key(|own| own.utilisation_basis_points)
}

fn budget(own: &BudgetUse, printer: &Printer<'_>) -> Tile {
    let note = format!(
        "{}: {} of {}",
        budgets::name(own),
        printer.money(own.spent).text,
        printer.money_with_code(own.limit)
    );
    let tone = if budgets::tone(own) == Tone::Neutral { Tone::Good } else { budgets::tone(own) };
    tile("Fullest budget", budgets::used(own).text, note, tone)
}

/// What is unallocated by the first column of the grouping, else by team.
fn allocation(statement: &Statement) -> Option<&Unallocated> {
    let by = statement.by.first();
    statement.unallocated.iter().find(|own| Some(&own.by) == by).or_else(|| statement.unallocated.first())
}

fn unallocated(own: &Unallocated, printer: &Printer<'_>) -> Tile {
    let note = format!("{} without a {}", printer.money_with_code(own.cost), own.by);
    let tone = match own.share_basis_points {
        0 if own.cost == Money::ZERO => Tone::Good,
        MUCH_UNALLOCATED.. => Tone::Warning,
        _ => Tone::Neutral,
    };
    tile("Unallocated", share(own.cost, (own.share_basis_points + 5) / 10).text, note, tone)
}

/// What was booked without anybody having told the usage.
fn unmeasured(statement: &Statement, printer: &Printer<'_>) -> Option<Tile> {
    if statement.unmeasured == Money::ZERO && statement.expired == 0 {
        return None;
    }
    let note = match statement.expired {
        0 => "costs and corrections that come without usage".to_owned(),
        1 => "1 call never settled, booked with the amount held".to_owned(),
        calls => format!("{calls} calls never settled, booked with the amounts held"),
    };
    Some(tile("Without usage", printer.money_with_code(statement.unmeasured), note, Tone::Neutral))
}

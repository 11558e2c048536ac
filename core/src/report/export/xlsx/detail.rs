//! The detail of a statement with every digit: each amount as a number, which a spreadsheet rounds to a double, and as the
//! text that it is.

use super::super::output::written;
use super::row_of;
use super::sheet::cut;
use super::style::Style;
use crate::error::Result;
use crate::money::Money;
use crate::report::statement::Statement;
use rust_xlsxwriter::{Formula, Worksheet};

const HEAD: [&str; 9] =
    ["Team", "Project", "Client", "Agent", "Provider", "Model", "Calls", "Cost", "Cost, every digit"];
const COST: u16 = 7;
const EXACT: u16 = 8;

/// Writes a row for each row of the detail, and the total.
pub(super) fn write(sheet: &mut Worksheet, statement: &Statement, style: &Style) -> Result<()> {
    for (column, title) in (0_u16..).zip(HEAD) {
        written(sheet.write_string_with_format(0, column, title, &style.head))?;
        written(sheet.set_column_width(column, if column < COST { 18.0 } else { 24.0 }))?;
    }
    let (count, amount) = (style.number("#,##0", false), style.number("#,##0.00####", false));
    for (number, row) in (1_usize..).zip(&statement.detail) {
        let place = row_of(number)?;
        let names = [&row.team, &row.project, &row.client, &row.agent, &row.provider, &row.model];
        for (column, name) in (0_u16..).zip(names) {
            written(sheet.write_string(place, column, cut(name)))?;
        }
        let calls = u32::try_from(row.calls).map_or(f64::from(u32::MAX), f64::from);
        written(sheet.write_number_with_format(place, COST - 1, calls, &count))?;
        written(sheet.write_number_with_format(place, COST, double(row.cost), &amount))?;
        written(sheet.write_string(place, EXACT, row.cost.to_string()))?;
    }
    let last = row_of(statement.detail.len() + 1)?;
    written(sheet.write_string_with_format(last, 0, "Total", &style.words(0, false, true)))?;
    let total = style.number("#,##0.00####", true);
    let sum = format!("=SUM(H2:H{last})");
    if statement.detail.is_empty() {
        written(sheet.write_number_with_format(last, COST, double(statement.total), &total))?;
    } else {
        let sum = Formula::new(sum).set_result(statement.total.to_string());
        written(sheet.write_formula_with_format(last, COST, sum, &total))?;
        written(sheet.autofilter(0, 0, row_of(statement.detail.len())?, EXACT))?;
    }
    let exact = style.words(0, false, true);
    written(sheet.write_string_with_format(last, EXACT, statement.total.to_string(), &exact))?;
    written(sheet.set_freeze_panes(1, 0))?;
    Ok(())
}

fn double(amount: Money) -> f64 {
    amount.to_string().parse().unwrap_or_default()
}

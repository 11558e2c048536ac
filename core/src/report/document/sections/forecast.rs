//! What the period will have cost, how sure that is, and what was spent day by day.

use super::{capital, tiles};
use crate::money::Money;
use crate::report::document::lines::others;
use crate::report::document::numbers::grouped_decimal;
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, Chart, ChartKind, Fact, Section, Series, Table, Tile, Tone};
use crate::report::forecast::{Accuracy, Estimate, Forecast, ForecastBudget, ForecastDay, ForecastGroup};
use crate::report::statement::Statement;

/// Days of a period whose days can be told by their number alone.
const MONTH: usize = 31;

/// The forecast among the figures that matter, while there is one.
pub(in crate::report) fn tile(statement: &Statement, printer: &Printer<'_>) -> Option<Tile> {
    let forecast = statement.forecast.as_ref()?;
    let end = forecast.end?;
    let left = forecast.budget.as_ref().and_then(|budget| budget.variance);
    let tone = match left {
        Some(left) if left < Money::ZERO => Tone::Warning,
        Some(_) => Tone::Good,
        None => Tone::Neutral,
    };
    let note = range(&end, printer).unwrap_or_else(|| "too little is known for a range".to_owned());
    Some(tiles::tile("Forecast", printer.money_with_code(end.amount), note, tone))
}

fn range(end: &Estimate, printer: &Printer<'_>) -> Option<String> {
    let (low, high) = (end.low?, end.high?);
    Some(format!("from {} to {} in 8 of 10 cases", printer.money(low).text, printer.money(high).text))
}

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    let forecast = statement.forecast.as_ref()?;
    let mut blocks = vec![Block::Chart(chart(forecast, printer))];
    let facts = facts(forecast, printer);
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    blocks.extend(groups(statement, forecast, printer).map(Block::Table));
    let (title, intro) = match forecast.end {
        Some(_) => (
            "Forecast",
            Some(
                "What was spent, and for each day to come what its weekday cost; low and high are how past forecasts went."
                    .to_owned(),
            ),
        ),
        None => ("Spend day by day", None),
    };
    Some(Section { id: "forecast".to_owned(), title: title.to_owned(), intro, blocks })
}

/// The forecast by the column that the statement is grouped by, or by team.
fn groups(statement: &Statement, forecast: &Forecast, printer: &Printer<'_>) -> Option<Table> {
    let by = statement.by.first();
    let own = forecast.groups.iter().find(|own| Some(&own.by) == by).or_else(|| forecast.groups.first())?;
    let most = printer.presentation().further_rows;
    let (shown, rest) =
        own.rows.split_at(own.rows.len().min(most.saturating_sub(usize::from(own.rows.len() > most))));
    let of =
        |rows: &[ForecastGroup], amount: fn(&ForecastGroup) -> Money| rows.iter().map(amount).sum::<Money>();
    let column = |amount: fn(&ForecastGroup) -> Money| {
        let mut amounts: Vec<Money> = shown.iter().map(amount).collect();
        amounts.extend((!rest.is_empty()).then(|| of(rest, amount)));
        printer.column(&amounts)
    };
    let names =
        shown.iter().map(|row| row.value.clone()).chain((!rest.is_empty()).then(|| others(rest.len())));
    let columns = vec![
        PrintedColumn::texts(capital(own.by.as_str()), names).total(Cell::text("Total")),
        PrintedColumn::amounts(format!("Spent ({})", printer.currency()), column(|row| row.spent)),
        PrintedColumn::amounts("At the end", column(|row| row.amount)),
    ];
    (own.rows.len() > 1).then(|| Table::of_columns("forecast-groups", columns))
}

fn facts(forecast: &Forecast, printer: &Printer<'_>) -> Vec<Fact> {
    let fact = |label: &str, text: String| Fact { label: label.to_owned(), text };
    let end = forecast.end.as_ref();
    let expected = end.map(|end| {
        let range = range(end, printer).map(|range| format!(", {range}")).unwrap_or_default();
        fact("At the end", format!("{}{range}", printer.money_with_code(end.amount)))
    });
    let budget = forecast.budget.as_ref().and_then(|budget| Some(fact("Budget", against(budget, printer)?)));
    let accuracy = forecast.accuracy.map(|own| fact("Earlier forecasts", told(own)));
    expected.into_iter().chain(budget).chain(accuracy).collect()
}

fn against(budget: &ForecastBudget, printer: &Printer<'_>) -> Option<String> {
    let left = budget.variance?;
    let (amount, word) =
        if left < Money::ZERO { (-left, "over it, unfavourable") } else { (left, "under it, favourable") };
    let limit = printer.money(budget.limit).text;
    Some(format!("{} of {limit}: {} {word}", budget.name, printer.money_with_code(amount)))
}

fn told(own: Accuracy) -> String {
    let tenths = i128::from(own.error_basis_points.div_ceil(10));
    let off = format!(
        "after {} days of {} earlier periods, off by {} % on average",
        own.days_passed,
        own.periods,
        grouped_decimal(tenths, 1)
    );
    match own.with_interval {
        0 => off,
        with_interval => format!("{off}; {} of {with_interval} came to between low and high", own.within),
    }
}

fn chart(forecast: &Forecast, printer: &Printer<'_>) -> Chart {
    let days = &forecast.days;
    let is_short = days.len() <= MONTH;
    let name = |day: &ForecastDay| {
        let number =
            if is_short { day.day.rsplit('-').next() } else { day.day.split_once('-').map(|own| own.1) };
        number.unwrap_or(&day.day).to_owned()
    };
    let units = |amount: Money| {
        let exact = printer.exact(amount);
        printer.charted(crate::money::Rounding::HalfEven.divide(exact, printer.unit()))
    };
    let series = |name: &str, of: fn(&ForecastDay) -> Option<Money>| Series {
        name: name.to_owned(),
        values: days.iter().map(|day| of(day).map(units)).collect(),
    };
    let all = [
        series("spent", |day| day.actual),
        series("forecast", |day| day.forecast),
        series("low", |day| day.low),
        series("high", |day| day.high),
    ];
    let limit = forecast.budget.as_ref().map(|own| (own.name.clone(), units(own.limit)));
    Chart {
        id: "forecast-chart".to_owned(),
        title: "Spend since the start of the period".to_owned(),
        alt: "The sum of what was spent by each day, and what is expected by the days that are left."
            .to_owned(),
        kind: ChartKind::Lines,
        unit: printer.currency().to_string(),
        categories: days.iter().map(name).collect(),
        series: all.into_iter().filter(|own| own.values.iter().any(Option::is_some)).collect(),
        level: limit,
    }
}

//! The statement for a terminal.

use super::grid::{Column, Grid};
use super::lines::{Line, WHOLE, first, lines, printed, printed_amounts, sum};
use super::numbers::{bar, cents, change, grouped, money, percent, share};
use crate::money::Money;
use crate::report::grouping::Grouping;
use crate::report::period::{MINUTES, local};
use crate::report::statement::{BudgetUse, PeriodTotal, Row, Statement};
use crate::tags::UNALLOCATED;

/// Rows of the grouping that was asked for; the others are summed.
const MAX_ROWS: usize = 50;
/// Rows of each further breakdown.
const MAX_FURTHER_ROWS: usize = 12;
/// Budgets that are shown one by one.
const MOST_BUDGETS: usize = 16;
/// Cells of a budget's bar.
const BAR: usize = 12;
/// The longest name of a period in the head of a column.
const MAX_HEAD: usize = 8;
const COST: u16 = 15;
const SHARE: u16 = 10;
const CALLS: u16 = 12;
const CHANGE: u16 = 13;

pub(super) fn render(statement: &Statement) -> String {
    let mut sections =
        vec![headline(statement), breakdown(statement, (&statement.by, &statement.rows), MAX_ROWS)];
    let further = statement.breakdowns.iter().filter(|own| own.by != statement.by && !own.rows.is_empty());
    sections
        .extend(further.map(|further| breakdown(statement, (&further.by, &further.rows), MAX_FURTHER_ROWS)));
    if !statement.dimensions.is_empty() {
        sections.push(dimensions(statement));
    }
    if !statement.drivers.rows.is_empty() {
        sections.push(drivers(statement));
    }
    sections.push(unallocated(statement));
    if has_earlier(statement) {
        sections.push(trend(statement));
    }
    if !statement.budgets.is_empty() {
        sections.push(budgets(statement));
    }
    if !statement.notes.is_empty() {
        sections.push(statement.notes.join("\n") + "\n");
    }
    sections.join("\n")
}

fn headline(statement: &Statement) -> String {
    let Statement { period, time_zone: zone, currency, total, calls, .. } = statement;
    let so_far = if statement.is_over { "" } else { ", so far" };
    let generated = local(statement.generated_at, zone, MINUTES);
    let mut lines = vec![
        format!("Chargeback {}{so_far}", period.name),
        format!("Time zone {zone}, generated {generated}"),
    ];
    lines.extend(statement.filter.as_ref().map(|filter| format!("Only calls with {filter}")));
    let earlier = statement.trend.periods.first().filter(|_| has_earlier(statement));
    let against = |before: &PeriodTotal| match change(*total, before.total).as_str() {
        "=" => format!(", as much as in {}", before.period.name),
        change if change.ends_with('%') => format!(", {change} against {}", before.period.name),
        _ => String::new(),
    };
    let sum = format!("{} {currency} in {}", money(*total), counted(*calls));
    lines.extend([String::new(), sum + &earlier.map(against).unwrap_or_default()]);
    for (count, what) in [
        (statement.overruns, "cost more than held"),
        (statement.expired, "never settled, booked with the amount held"),
    ] {
        lines.extend((count > 0).then(|| format!("{} {what}", counted(count))));
    }
    let unmeasured = (statement.unmeasured != Money::ZERO)
        .then(|| format!("{} {currency} of it without usage", money(statement.unmeasured)));
    lines.extend(unmeasured);
    lines.join("\n") + "\n"
}

fn counted(calls: u64) -> String {
    format!("{} {}", grouped(i128::from(calls)), if calls == 1 { "call" } else { "calls" })
}

/// Whether there is anything to compare with.
fn has_earlier(statement: &Statement) -> bool {
    statement.trend.periods.iter().any(|period| period.calls > 0)
}

/// The column of changes; nothing without anything to compare with.
fn compared(statement: &Statement) -> Option<Column> {
    let before = statement.trend.periods.first().filter(|_| has_earlier(statement))?;
    let name = &before.period.name;
    let head = if name.len() <= MAX_HEAD { format!("vs {name}") } else { "Change".to_owned() };
    Some(Column::numbers(head, CHANGE))
}

/// A grid of a statement's sections, whose columns of numbers stand in one line.
fn section(names: impl IntoIterator<Item = String>, numbers: impl IntoIterator<Item = Column>) -> Grid {
    Grid::new(names.into_iter().map(Column::names).chain(numbers).collect())
}

fn cost_and_share() -> [Column; 2] {
    [Column::numbers("Cost", COST), Column::numbers("Share", SHARE)]
}

/// The width of what stands where the calls and their change do.
fn last_width(statement: &Statement) -> u16 {
    if has_earlier(statement) { CALLS + CHANGE } else { CALLS + 6 }
}

fn capital(by: &Grouping) -> String {
    capital_text(by.as_str())
}

fn capital_text(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|letter| letter.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn breakdown(statement: &Statement, (by, rows): (&[Grouping], &[Row]), most: usize) -> String {
    let columns = by.len();
    let numbers =
        cost_and_share().into_iter().chain([Column::numbers("Calls", CALLS)]).chain(compared(statement));
    let mut grid = section(by.iter().map(capital), numbers);
    let cells =
        |line: &Line| line.cells().into_iter().chain(has_earlier(statement).then(|| line.change())).collect();
    let mut shown = lines(rows.iter());
    let total = sum(&shown, first("Total".to_owned(), columns));
    if shown.len() > most {
        let rest = shown.split_off(most.saturating_sub(1));
        shown.push(sum(&rest, first(others(rest.len()), columns)));
    }
    for line in &shown {
        grid.row(cells(line));
    }
    grid.total(cells(&total));
    grid.render()
}

fn others(count: usize) -> String {
    match count {
        0 => "no longer used".to_owned(),
        1 => "1 other".to_owned(),
        count => format!("{} others", grouped(i128::try_from(count).unwrap_or(i128::MAX))),
    }
}

/// Each driver as a path of its tags, which leaves more of long names than a column each.
fn drivers(statement: &Statement) -> String {
    let drivers = &statement.drivers;
    let Some((model, tags)) = drivers.by.split_last() else { return String::new() };
    let path = |names: &[String]| names.join(" / ");
    let head = path(&tags.iter().map(ToString::to_string).collect::<Vec<_>>());
    let mut grid = section(
        [capital_text(&head), capital(model)],
        cost_and_share().into_iter().chain(compared(statement)),
    );
    let cells = |line: &Line| {
        line.amounts().into_iter().chain(has_earlier(statement).then(|| line.change())).collect()
    };
    let mut shown = lines(drivers.rows.iter().chain([&drivers.rest]));
    let total = sum(&shown, first("Total".to_owned(), 2));
    let rest = shown.pop();
    for mut line in shown {
        if let Some((model, tags)) = line.names.split_last() {
            let model = model.split_once('/').map_or(model.as_str(), |(_, name)| name);
            line.names = vec![path(tags), model.to_owned()];
        }
        grid.row(cells(&line));
    }
    let is_something = |rest: &Line| rest.cost != Money::ZERO || rest.before != Money::ZERO;
    if let Some(mut rest) = rest.filter(|rest| drivers.others > 0 || is_something(rest)) {
        rest.names = first(others(drivers.others), 2);
        grid.row(cells(&rest));
    }
    grid.total(cells(&total));
    format!("What cost most\n\n{}", grid.render())
}

fn dimensions(statement: &Statement) -> String {
    let numbers = cost_and_share().into_iter().chain([Column::numbers("Units", last_width(statement))]);
    let mut grid = section(["Usage".to_owned()], numbers);
    let costs: Vec<_> = statement.dimensions.iter().map(|row| row.cost.pico()).collect();
    let printed = printed_amounts(&costs);
    for ((row, rounded), tenths) in statement.dimensions.iter().zip(printed.cents).zip(printed.tenths) {
        let name = row.dimension.map_or("without usage".to_owned(), |own| own.as_str().replace('_', " "));
        let units = row.dimension.map_or_else(String::new, |_| grouped(i128::from(row.quantity)));
        grid.row(vec![name, cents(row.cost, rounded), share(row.cost, tenths), units]);
    }
    let whole = if statement.total == Money::ZERO { 0 } else { WHOLE };
    let total = cents(statement.total, printed.total);
    grid.total(vec!["Total".to_owned(), total, percent(whole), String::new()]);
    grid.render()
}

/// The same amounts as in the breakdowns above it, so they are rounded as there.
fn unallocated(statement: &Statement) -> String {
    let calls = Column::numbers("Calls", CALLS);
    let blank = has_earlier(statement).then(|| Column::numbers("", CHANGE));
    let mut grid =
        section(["Unallocated".to_owned()], cost_and_share().into_iter().chain([calls]).chain(blank));
    for own in &statement.unallocated {
        let rows =
            statement.breakdown(&own.by).map(|breakdown| breakdown.rows.as_slice()).unwrap_or_default();
        let place = rows.iter().position(|row| row.values.iter().any(|value| value == UNALLOCATED));
        let printed = printed(rows.iter());
        let at = |values: &[i128]| place.and_then(|place| values.get(place)).copied().unwrap_or(0);
        grid.row(vec![
            format!("without a {}", own.by),
            cents(own.cost, at(&printed.cents)),
            share(own.cost, at(&printed.tenths)),
            grouped(i128::from(own.calls)),
        ]);
    }
    grid.render()
}

/// The periods in the order of time, each with its change to the one before.
fn trend(statement: &Statement) -> String {
    let numbers = [("Cost", COST), ("", SHARE), ("Calls", CALLS), ("Change", CHANGE)];
    let mut grid = section(["Period".to_owned()], numbers.map(|(head, width)| Column::numbers(head, width)));
    let so_far = if statement.is_over { "" } else { ", so far" };
    let own = (format!("{}{so_far}", statement.period.name), statement.total, statement.calls);
    let earlier = statement.trend.periods.iter().map(|own| (own.period.name.clone(), own.total, own.calls));
    let periods: Vec<_> = std::iter::once(own).chain(earlier).collect();
    let mut before = None;
    // What lies before the first call is no period of nothing, but none.
    for (name, total, calls) in periods.into_iter().rev().skip_while(|(_, _, calls)| *calls == 0) {
        let change = before.map_or("–".to_owned(), |before| change(total, before));
        grid.row(vec![name, money(total), String::new(), grouped(i128::from(calls)), change]);
        before = Some(total);
    }
    grid.render()
}

fn budgets(statement: &Statement) -> String {
    let mut grid = Grid::new(vec![
        Column::names("Budget"),
        Column::names("Window"),
        Column::numbers("Limit", 12),
        Column::numbers("Spent", 12),
        Column::numbers("Held", 8),
        Column::numbers("Used", 9),
        Column::names(""),
        Column::names("State"),
    ]);
    // Where there are many, as with one for each agent, the fullest are what matters.
    let mut fullest: Vec<usize> = (0..statement.budgets.len()).collect();
    fullest.sort_by_key(|at| {
        std::cmp::Reverse(statement.budgets.get(*at).map(|own| own.utilisation_basis_points))
    });
    let others = fullest.split_off(fullest.len().min(MOST_BUDGETS));
    let shown = statement.budgets.iter().enumerate().filter(|(at, _)| !others.contains(at));
    shown.for_each(|(_, own)| grid.row(budget(own)));
    let most = others.first().and_then(|at| statement.budgets.get(*at));
    let rest = most.map(|most| {
        let used = share(most.spent, i128::from(most.utilisation_basis_points / 10));
        format!("and {} others, used to {used} at most\n", others.len())
    });
    grid.render() + &rest.unwrap_or_default()
}

fn budget(own: &BudgetUse) -> Vec<String> {
    let instance = own.instance.join(", ");
    let name = if instance.is_empty() { own.name.clone() } else { format!("{} [{instance}]", own.name) };
    let tenths = i128::from(own.utilisation_basis_points / 10);
    vec![
        name,
        own.window.name.clone(),
        money(own.limit),
        money(own.spent),
        money(own.held),
        share(own.spent, tenths),
        bar(own.utilisation_basis_points, BAR),
        own.state.as_str().to_owned(),
    ]
}

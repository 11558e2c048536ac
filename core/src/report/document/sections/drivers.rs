//! What cost most, as a chart and as a table.
//!
//! Each driver is a path of its tags, which leaves more of long names than a column each.

use super::{capital, compared};
use crate::money::Money;
use crate::report::document::lines::{Line, Lines, others};
use crate::report::document::printer::Printer;
use crate::report::document::{Block, Chart, ChartKind, Section, Series, Table};
use crate::report::grouping::Grouping;
use crate::report::statement::Statement;

/// Drivers that the chart shows.
const CHARTED: usize = 10;

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    let drivers = &statement.drivers;
    let (model, tags) = drivers.by.split_last().filter(|_| !drivers.rows.is_empty())?;
    let mut lines = Lines::new(drivers.rows.iter().chain([&drivers.rest]), printer);
    let rest = lines.lines.pop();
    lines.lines.iter_mut().for_each(|line| line.names = path_and_model(&line.names));
    let chart = chart(&lines.lines, printer);
    let is_something = |rest: &Line| rest.cost != Money::ZERO || rest.before != Money::ZERO;
    if let Some(mut rest) = rest.filter(|rest| drivers.others > 0 || is_something(rest)) {
        rest.names = vec![others(drivers.others)];
        lines.lines.push(rest);
    }
    let head = tags.iter().map(Grouping::as_str).collect::<Vec<_>>().join(" / ");
    let mut columns = lines.names(&[capital(&head), capital(model.as_str())]);
    columns.push(lines.costs(format!("Cost ({})", printer.currency()), printer));
    columns.push(lines.shares());
    columns.extend(compared(statement).map(|head| lines.changes(head)));
    Some(Section {
        id: "drivers".to_owned(),
        title: "What cost most".to_owned(),
        intro: None,
        blocks: vec![Block::Chart(chart), Block::Table(Table::of_columns("drivers", columns))],
    })
}

fn path_and_model(names: &[String]) -> Vec<String> {
    let Some((model, tags)) = names.split_last() else { return Vec::new() };
    let model = model.split_once('/').map_or(model.as_str(), |(_, name)| name);
    vec![tags.join(" / "), model.to_owned()]
}

fn chart(lines: &[Line], printer: &Printer<'_>) -> Chart {
    let shown = lines.iter().take(CHARTED).filter(|line| line.units > 0);
    let first = lines.first().map(|line| line.names.join(", ")).unwrap_or_default();
    Chart {
        id: "drivers-chart".to_owned(),
        title: "What cost most".to_owned(),
        alt: format!("The combinations that cost most; the first is {first}."),
        kind: ChartKind::Bars,
        unit: printer.currency().to_string(),
        categories: shown.clone().map(|line| line.names.join(" · ")).collect(),
        series: vec![Series {
            name: "Cost".to_owned(),
            values: shown.map(|line| Some(printer.charted(line.units))).collect(),
        }],
        level: None,
    }
}

//! Days on which somebody cost far more than usual.

use crate::report::anomalies::{Anomaly, AnomalyCause};
use crate::report::document::numbers::{counted, grouped};
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, ColumnKind, Section, Table};
use crate::report::statement::Statement;

/// Amounts stand by themselves: an agent's is in those of its team and its model too, so there is nothing to sum.
pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    let all = &statement.anomalies;
    if all.is_empty() {
        return None;
    }
    let rows: Vec<&Anomaly> = all.iter().take(printer.presentation().further_rows).collect();
    let money = |of: fn(&Anomaly) -> crate::money::Money| rows.iter().map(move |own| printer.money(of(own)));
    let head = |what: &str| format!("{what} ({})", printer.currency());
    let columns = vec![
        PrintedColumn::texts("When", rows.iter().map(|own| when(own))),
        PrintedColumn::texts("Who", rows.iter().map(|own| format!("{} {}", own.by, own.value))),
        PrintedColumn::new(head("Expected"), ColumnKind::Money, money(|own| own.expected)),
        PrintedColumn::new(head("Cost"), ColumnKind::Money, money(|own| own.actual)),
        PrintedColumn::texts("Why", rows.iter().map(|own| why(own))),
    ];
    let mut blocks = vec![Block::Table(Table::of_columns("anomalies", columns))];
    let left_out = all.len() - rows.len();
    if left_out > 0 {
        let count = counted(u64::try_from(left_out).unwrap_or(u64::MAX), "smaller one");
        blocks.push(Block::Notes(vec![format!("And {count}.")]));
    }
    Some(Section {
        id: "anomalies".to_owned(),
        title: "Unusual cost".to_owned(),
        intro: Some("Against the median of the same weekdays before.".to_owned()),
        blocks,
    })
}

fn when(own: &Anomaly) -> String {
    let ongoing = if own.is_ongoing { ", ongoing" } else { "" };
    if own.since == own.until {
        return format!("{}{ongoing}", own.since);
    }
    format!("{} to {}{ongoing}", own.since, own.until)
}

fn why(own: &Anomaly) -> String {
    let calls = |calls: u64| grouped(i128::from(calls));
    let cause = match own.cause {
        AnomalyCause::CallsUp => {
            format!("{} calls, {} expected", calls(own.calls), calls(own.calls_expected))
        }
        AnomalyCause::CostPerCallUp => "calls cost more each".to_owned(),
        AnomalyCause::New => "nothing was spent before".to_owned(),
    };
    match &own.contributor {
        Some(contributor) => format!("{cause}; mostly {contributor}"),
        None => cause,
    }
}

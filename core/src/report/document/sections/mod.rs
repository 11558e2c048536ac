//! The sections of a printed statement: each file prints one part of the model, and nothing else.

pub(super) mod allocation;
pub(super) mod anomalies;
pub(super) mod breakdown;
pub(super) mod budgets;
pub(super) mod drivers;
pub(super) mod evidence;
pub(super) mod forecast;
pub(in crate::report) mod headline;
pub(super) mod kpis;
pub(super) mod lines;
pub(super) mod opportunities;
pub(super) mod tiles;
pub(super) mod trend;
pub(super) mod unallocated;
pub(super) mod usage;
pub(super) mod variance;

use crate::report::grouping::Grouping;
use crate::report::statement::Statement;

/// The longest name of a period in the head of a column.
const MAX_HEAD: usize = 8;

/// The first letter as a capital.
pub(in crate::report) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|letter| letter.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn titles(by: &[Grouping]) -> Vec<String> {
    by.iter().map(|by| capital(by.as_str())).collect()
}

/// Whether there is anything to compare with.
fn has_earlier(statement: &Statement) -> bool {
    statement.trend.periods.iter().any(|period| period.calls > 0)
}

/// The head of the column of changes; nothing without anything to compare with.
fn compared(statement: &Statement) -> Option<String> {
    let before = statement.trend.periods.first().filter(|_| has_earlier(statement))?;
    let name = &before.period.name;
    Some(if name.len() <= MAX_HEAD { format!("vs {name}") } else { "Change".to_owned() })
}

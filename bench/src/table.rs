//! Rows with their goals and what stood beside them.

use serde::Deserialize;
use std::{fmt, path::Path};

/// One measured row.
#[derive(Debug, Deserialize)]
struct Row {
    work: String,
    value: f64,
    unit: String,
    goal: Option<f64>,
    beside: Option<Beside>,
}

/// What was measured right beside a row.
#[derive(Debug, Deserialize)]
struct Beside {
    name: String,
    value: f64,
}

/// The speed table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a row: a value, its goal if it has one, and what was measured beside it.
    pub(crate) fn row(&mut self, work: impl Into<String>, (value, unit): (f64, &'static str), goal: Option<f64>, beside: Option<(&str, f64)>) {
        let beside = beside.map(|(name, value)| Beside { name: name.to_owned(), value });
        self.rows.push(Row { work: work.into(), value, unit: unit.to_owned(), goal, beside });
        eprintln!("{}", self.rows.last().map(ToString::to_string).unwrap_or_default());
    }

    /// Adds the rows that another language measured and wrote as [`to_json`](Self::to_json) does.
    pub(crate) fn read_rows(&mut self, path: &Path) -> Result<(), String> {
        let fault = |error: &dyn fmt::Display| format!("`{}` can't be read: {error}", path.display());
        let text = std::fs::read(path).map_err(|error| fault(&error))?;
        let rows: Vec<Row> = serde_json::from_slice(&text).map_err(|error| fault(&error))?;
        self.rows.extend(rows);
        Ok(())
    }

    pub(crate) fn to_json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let beside = row.beside.as_ref().map(|Beside { name, value }| serde_json::json!({ "name": name, "value": value, "ratio": row.ratio() }));
            serde_json::json!({ "work": row.work, "value": row.value, "unit": row.unit, "goal": row.goal, "meets_goal": row.meets_goal(), "beside": beside })
        });
        serde_json::to_string_pretty(&rows.collect::<Vec<_>>()).unwrap_or_default() + "\n"
    }
}

impl Row {
    /// How many times better than what stood beside it: more is better.
    fn ratio(&self) -> Option<f64> {
        let beside = self.beside.as_ref()?.value;
        Some(if self.unit == "/s" { self.value / beside } else { beside / self.value })
    }

    fn meets_goal(&self) -> Option<bool> {
        self.goal.map(|goal| if self.unit == "/s" { self.value >= goal } else { self.value <= goal })
    }
}

fn number(value: f64) -> String {
    match value {
        value if value >= 1000.0 => {
            let digits = format!("{value:.0}");
            let head = digits.len() % 3;
            let mut text = digits[..head].to_owned();
            for chunk in digits.as_bytes()[head..].chunks(3) {
                if !text.is_empty() {
                    text.push(',');
                }
                text.push_str(std::str::from_utf8(chunk).unwrap_or_default());
            }
            text
        }
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<58} {:>9} {:<3}", self.work, number(self.value), self.unit)?;
        match (self.goal, self.meets_goal()) {
            (Some(goal), Some(meets)) => write!(f, " goal {:>8} {:<6}", number(goal), if meets { "met" } else { "MISSED" })?,
            _ => write!(f, " {:>20}", "")?,
        }
        match (&self.beside, self.ratio()) {
            (Some(Beside { name, value }), Some(ratio)) => write!(f, "  {ratio:.2} x {name} ({} {})", number(*value), self.unit),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nratios: times better than what was measured beside it in the same minute; more is better")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

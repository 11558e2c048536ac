//! A statement as journal entries: each group's cost on its expense account, and the clearing account on the other side.

use super::Journal;
use super::entry::{JournalEntry, JournalLine, unit};
use super::rules::{JournalMapping, JournalRules};
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::report::rounding::top_down;
use crate::report::statement::{DetailRow, Statement};
use crate::tags::{Selector, TagSet, UNALLOCATED};
use crate::time::Timestamp;
use std::{collections::BTreeMap, time::Duration};

/// The longest id that every system takes.
pub(super) const MAX_ID_LETTERS: usize = 18;

/// A group's cost before it is rounded, with the project and the client that all of it is of.
#[derive(Clone, Debug)]
struct Group {
    cost: Money,
    project: Option<String>,
    client: Option<String>,
}

impl Statement {
    /// The statement as a journal: a debit for each team and mapping of the rules, and a credit on the clearing account.
    /// Every amount is rounded top-down, so that the debits are the statement's printed total.
    ///
    /// # Errors
    /// `report_invalid` for a period without an end, or rules without an account.
    pub fn journal(&self, rules: &JournalRules) -> Result<Journal> {
        for (account, key) in [(&rules.expense, "expense"), (&rules.clearing, "clearing")] {
            if account.is_empty() {
                return Err(Error::new(
                    ErrorCode::ReportInvalid,
                    format!("the journal has no {key} account"),
                )
                .with_help(format!("give `{key}` under `[journal]` of the policy")));
            }
        }
        let end = self.period.window.end();
        if end == Timestamp::MAX {
            return Err(Error::new(
                ErrorCode::ReportInvalid,
                "a journal of a period without an end has no date",
            )
            .with_help("make a statement of a period such as `2026-11`"));
        }
        let lines = lines(self, rules);
        let mut entry = JournalEntry {
            id: String::new(),
            at: end.minus(Duration::from_micros(1)),
            time_zone: self.time_zone.clone(),
            period: self.period.name.clone(),
            memo: format!("AI usage {}", self.period.name),
            currency: self.currency,
            reverses: None,
            source: self.header.number.clone().unwrap_or_else(|| format!("statement {}", self.period.name)),
            hash: String::new(),
            lines,
        };
        entry.hash = entry.computed_hash();
        entry.id = id(self, &entry.hash);
        let counter = JournalLine {
            account: rules.clearing.clone(),
            memo: entry.memo.clone(),
            ..JournalLine::default()
        };
        let entries = if entry.lines.is_empty() { Vec::new() } else { vec![(entry, counter)] };
        Ok(Journal { entries, rules: rules.clone() })
    }
}

/// The statement's number where every system takes it; else the period's start and what was booked.
fn id(statement: &Statement, hash: &str) -> String {
    let number = statement.header.number.as_ref().filter(|number| number.len() <= MAX_ID_LETTERS);
    let is_short = statement.period.name.len() <= 7;
    let period = if is_short { statement.period.name.as_str() } else { "BURSAR" };
    number.cloned().unwrap_or_else(|| format!("{period}-{}", hash.get(..10).unwrap_or_default()))
}

/// A line for each group, without the other side. What rounds to nothing has none.
fn lines(statement: &Statement, rules: &JournalRules) -> Vec<JournalLine> {
    let mut groups: BTreeMap<JournalLine, Group> = BTreeMap::new();
    for row in &statement.detail {
        let (project, client) = (tagged(&row.project), tagged(&row.client));
        let group = groups.entry(line_of(row, rules, statement)).or_insert_with(|| Group {
            cost: Money::ZERO,
            project: project.clone(),
            client: client.clone(),
        });
        group.cost += row.cost;
        group.project = group.project.take().filter(|own| Some(own) == project.as_ref());
        group.client = group.client.take().filter(|own| Some(own) == client.as_ref());
    }
    let costs: Vec<i128> = groups.values().map(|group| group.cost.pico()).collect();
    let (_, rounded) = top_down(&costs, unit(statement.currency));
    let lines = groups.into_iter().zip(rounded).filter(|(_, amount)| *amount != 0);
    lines
        .map(|((line, group), amount)| JournalLine {
            project: group.project.unwrap_or_default(),
            client: group.client.unwrap_or_default(),
            amount,
            ..line
        })
        .collect()
}

fn line_of(row: &DetailRow, rules: &JournalRules, statement: &Statement) -> JournalLine {
    let none = JournalMapping::new(Selector::everything());
    let tags = tags(row);
    let mapping = rules.map.iter().find(|mapping| mapping.selector.matches(&tags)).unwrap_or(&none);
    let text = |own: &Option<String>| own.clone().unwrap_or_default();
    JournalLine {
        account: mapping.account.clone().unwrap_or_else(|| rules.expense.clone()),
        department: text(&mapping.department),
        class: text(&mapping.class),
        location: text(&mapping.location),
        cost_center: text(&mapping.cost_center),
        memo: format!("{}: AI usage {}", row.team, statement.period.name),
        ..JournalLine::default()
    }
}

/// What a statement names, as a tag set: what it calls unallocated has no tag.
fn tags(row: &DetailRow) -> TagSet {
    let named =
        [("team", &row.team), ("project", &row.project), ("client", &row.client), ("agent", &row.agent)];
    let named = named.into_iter().filter(|(_, value)| value.as_str() != UNALLOCATED);
    // They were tags before.
    TagSet::from_pairs(named).unwrap_or_default()
}

fn tagged(value: &str) -> Option<String> {
    (value != UNALLOCATED).then(|| value.to_owned())
}

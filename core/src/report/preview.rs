//! What other rules would make of a period, before anybody puts them in force.
//!
//! Both sets of rules read the same entries, so every difference is the rules'. Nothing is changed or kept.

use super::document::printer::Printer;
use super::document::sections::capital;
use super::document::sections::headline::{days, named};
use super::document::table::PrintedColumn;
use super::document::{Block, Cell, ColumnKind, Document, Fact, Presentation, Section, Table};
use super::gather::{Booked, Plan};
use super::grouping::Grouping;
use super::matrix::rounded;
use super::period::{self, ReportPeriod};
use super::reading::Reading;
use super::rules::ReportRules;
use crate::error::Result;
use crate::money::{Currency, Money};
use crate::tags::{Dictionary, TagKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What each value of each tag is charged by the rules in force and by others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The period.
    pub period: ReportPeriod,
    /// Its time zone.
    pub time_zone: String,
    /// The version of the rules in force.
    pub version_before: String,
    /// The version of the other rules.
    pub version_after: String,
    /// What is charged in all, by either.
    pub total: Money,
    /// Each tag that a statement shows or that a rule is about.
    pub groups: Vec<PreviewGroup>,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewGroup {
    /// The tag.
    pub by: Grouping,
    /// What moves from one value to another.
    pub moved: Money,
    /// Its values, those that change most first.
    pub rows: Vec<PreviewRow>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// The value.
    pub value: String,
    /// What it is charged by the rules in force.
    pub before: Money,
    /// What it would be charged.
    pub after: Money,
    /// The difference.
    pub difference: Money,
}

/// Compares two readings of one period. Each plan carries its rules.
pub(crate) fn preview(
    (before, booked_before): (&Plan, Booked),
    (after, booked_after): (&Plan, Booked),
    dictionary: &Dictionary,
) -> Result<Preview> {
    let none = ReportRules::default();
    let rules = |plan: &Plan| plan.request.rules.as_deref().unwrap_or(&none).clone();
    let (old, new) = (rules(before), rules(after));
    let keys = keys(before, [&old, &new]);
    let old_charged = charged(before, booked_before, dictionary, (&old, &keys))?;
    let new_charged = charged(after, booked_after, dictionary, (&new, &keys))?;
    let total = old_charged.first().map_or(Money::ZERO, |values| values.values().copied().sum());
    let pairs = keys.into_iter().zip(old_charged).zip(new_charged);
    Ok(Preview {
        period: period::described(before.period(), &before.request.zone)?,
        time_zone: before.request.zone.clone(),
        version_before: old.version(),
        version_after: new.version(),
        total,
        groups: pairs.map(|((key, old), new)| group(key, &old, &new)).collect(),
    })
}

fn keys(plan: &Plan, rules: [&ReportRules; 2]) -> Vec<TagKey> {
    let mut keys = vec![TagKey::TEAM, TagKey::PROJECT, TagKey::CLIENT];
    let asked = plan.request.by.iter().filter_map(|by| match by {
        Grouping::Tag(key) => Some(key.clone()),
        Grouping::Model | Grouping::Provider => None,
    });
    let set = rules.iter().flat_map(|rules| rules.virtual_tags.rules()).flat_map(|rule| &rule.set);
    let given = rules.iter().flat_map(|rules| rules.allocation.keys());
    for key in asked.chain(set.map(|(key, _)| key.clone())).chain(given) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn charged(
    plan: &Plan,
    booked: Booked,
    dictionary: &Dictionary,
    (rules, keys): (&ReportRules, &[TagKey]),
) -> Result<Vec<BTreeMap<String, Money>>> {
    let reading = Reading::new(booked, dictionary, rules, &plan.request.filter)?;
    let allocation = reading.allocation(plan, rules)?;
    Ok(keys.iter().map(|key| reading.charged(key, allocation.as_ref())).collect())
}

fn group(key: TagKey, old: &BTreeMap<String, Money>, new: &BTreeMap<String, Money>) -> PreviewGroup {
    let of =
        |values: &BTreeMap<String, Money>, value: &String| values.get(value).copied().unwrap_or_default();
    let mut values: Vec<&String> = old.keys().chain(new.keys()).collect();
    values.sort_unstable();
    values.dedup();
    let row = |value: &String| {
        let (before, after) = (of(old, value), of(new, value));
        PreviewRow { value: value.clone(), before, after, difference: after - before }
    };
    let mut rows: Vec<PreviewRow> = values.into_iter().map(row).collect();
    rows.retain(|row| row.before != Money::ZERO || row.after != Money::ZERO);
    rows.sort_by_key(|row| std::cmp::Reverse(row.difference.pico().unsigned_abs()));
    let moved = rows.iter().map(|row| row.difference.at_least_zero()).sum();
    PreviewGroup { by: Grouping::Tag(key), moved, rows }
}

impl Preview {
    /// Whether the other rules charge everybody the same.
    pub fn is_same(&self) -> bool {
        self.groups.iter().all(|group| group.moved == Money::ZERO)
    }

    /// The preview as JSON: amounts are decimal strings.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The preview for a terminal: of each tag the values that would be charged something else.
    pub fn to_table(&self) -> String {
        self.document(&Presentation::new()).to_text()
    }

    /// The preview as it is printed.
    pub fn document(&self, presentation: &Presentation) -> Document {
        let printer = Printer::new(Currency::USD, presentation);
        let fact = |label: &str, text: String| Fact { label: label.to_owned(), text };
        let changed = self.groups.iter().filter(|group| group.moved != Money::ZERO);
        let mut sections: Vec<Section> = changed.map(|group| group.section(&printer)).collect();
        if sections.is_empty() {
            let blocks = vec![Block::Notes(vec!["Nobody would be charged anything else.".to_owned()])];
            let (id, title) = ("same".to_owned(), "No difference".to_owned());
            sections.push(Section { id, title, intro: None, blocks });
        }
        let mut document = Document {
            language: presentation.language.clone(),
            title: "Preview of other rules".to_owned(),
            subtitle: named(&self.period, &self.time_zone, true),
            status: "preview".to_owned(),
            number: None,
            date: None,
            facts: vec![
                fact("Period", format!("{}, {}", days(self.period.window, &self.time_zone), self.time_zone)),
                fact("Currency", printer.currency().to_string()),
                fact("Rules in force", self.version_before.clone()),
                fact("Other rules", self.version_after.clone()),
            ],
            parties: Vec::new(),
            tiles: Vec::new(),
            sections,
            footer: Vec::new(),
            theme: presentation.theme.clone(),
        };
        document.reword(&presentation.texts);
        document
    }
}

impl PreviewGroup {
    /// Now and the difference are rounded together, so that their sum is what would be charged.
    fn section(&self, printer: &Printer<'_>) -> Section {
        let rows: Vec<&PreviewRow> = self.rows.iter().filter(|row| row.difference != Money::ZERO).collect();
        let exact: Vec<Vec<i128>> =
            rows.iter().map(|row| vec![printer.exact(row.before), printer.exact(row.difference)]).collect();
        let matrix = rounded(&exact, printer.unit());
        let cells = |column: usize, of: fn(&PreviewRow) -> Money| -> Vec<Cell> {
            let units = matrix.cells.iter().map(|row| row.get(column).copied().unwrap_or(0));
            rows.iter().zip(units).map(|(row, units)| printer.cell(of(row), units)).collect()
        };
        let after = rows.iter().zip(&matrix.rows).map(|(row, units)| printer.cell(row.after, *units));
        let by = self.by.as_str();
        let columns = vec![
            PrintedColumn::texts(capital(by), rows.iter().map(|row| row.value.as_str())),
            PrintedColumn::new("Charged now", ColumnKind::Money, cells(0, |row| row.before)),
            PrintedColumn::new("By the other rules", ColumnKind::Money, after),
            PrintedColumn::new("Difference", ColumnKind::Money, cells(1, |row| row.difference)),
        ];
        Section {
            id: format!("preview-{by}"),
            title: format!("By {by}"),
            intro: Some(format!("{} would move.", printer.money_with_code(self.moved))),
            blocks: vec![Block::Table(Table::of_columns(format!("preview-{by}"), columns))],
        }
    }
}

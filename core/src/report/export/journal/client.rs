//! A client's invoice, and the notes on it, as journal entries: receivable against revenue, by project.
//!
//! What is payable is divided over projects by the price of their usage, as margins are. A note books for each project what
//! it should have been less what was booked before, so an invoice and its notes together are the bill as it came out.
//! What the calls cost isn't known here, since no document of a client says it.

use super::entry::{JournalEntry, JournalLine, minor_units};
use super::rules::{JournalMapping, JournalRules, needed};
use super::{Journal, JournalFile, JournalFormat};
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Currency, Money};
use crate::report::billing::{ClientHeader, ClientStatement, CreditNote};
use crate::report::period::ReportPeriod;
use crate::tags::{Selector, TagSet, UNALLOCATED};
use crate::time::Timestamp;
use std::{collections::BTreeMap, time::Duration};

/// A document of a client, as far as it is booked.
struct Booking<'a> {
    header: &'a ClientHeader,
    client: &'a str,
    period: &'a ReportPeriod,
    time_zone: &'a str,
    currency: Currency,
    at: Timestamp,
    payable: Money,
    projects: BTreeMap<String, Money>,
}

impl ClientStatement {
    /// The invoice as a journal: what the client owes, and a line of revenue for each project. It is dated the last day of
    /// the period.
    ///
    /// # Errors
    /// `report_invalid` for a statement that isn't an invoice, or rules without an account.
    pub fn journal(&self, rules: &JournalRules) -> Result<Journal> {
        let booking = Booking {
            header: &self.header,
            client: &self.client,
            period: &self.period,
            time_zone: &self.time_zone,
            currency: self.currency,
            at: self.period.window.end().minus(Duration::from_micros(1)),
            payable: self.payable,
            projects: self.payable_by_project(),
        };
        booking.journal(rules)
    }

    /// The invoice's [`journal`](Self::journal) as the files that a system imports.
    ///
    /// # Errors
    /// As there, and for what the system doesn't take.
    pub fn to_journal(&self, format: JournalFormat, rules: &JournalRules) -> Result<Vec<JournalFile>> {
        self.journal(rules)?.to_files(format)
    }
}

impl CreditNote {
    /// The note as a journal: what the client owes less, or more, and the revenue of each project. It is dated the day of
    /// its issue.
    ///
    /// # Errors
    /// `report_invalid` for rules without an account.
    pub fn journal(&self, rules: &JournalRules) -> Result<Journal> {
        let projects = self.projects.iter().map(|own| (own.name.clone(), own.payable));
        let booking = Booking {
            header: &self.header,
            client: &self.client,
            period: &self.period,
            time_zone: &self.time_zone,
            currency: self.currency,
            at: self.header.issued_at.unwrap_or(self.generated_at),
            payable: self.payable,
            projects: projects.collect(),
        };
        booking.journal(rules)
    }

    /// The note's [`journal`](Self::journal) as the files that a system imports.
    ///
    /// # Errors
    /// As there, and for what the system doesn't take.
    pub fn to_journal(&self, format: JournalFormat, rules: &JournalRules) -> Result<Vec<JournalFile>> {
        self.journal(rules)?.to_files(format)
    }
}

impl Booking<'_> {
    fn journal(self, rules: &JournalRules) -> Result<Journal> {
        let receivable = needed(rules.receivable.as_ref(), "receivable")?;
        let revenue = needed(rules.revenue.as_ref(), "revenue")?;
        let Some(number) = self.header.number.clone() else {
            let message =
                format!("the statement of the client `{}` is no invoice, and isn't booked", self.client);
            return Err(Error::new(ErrorCode::ReportInvalid, message).with_help("issue the invoice first"));
        };
        let memo = format!("{}: AI usage {}", self.client, self.period.name);
        let lines: Vec<JournalLine> = self
            .revenue()
            .into_iter()
            .map(|(project, amount)| self.line(rules, revenue, (&project, amount), &memo))
            .filter(|line| line.amount != 0)
            .collect();
        let mut entry = JournalEntry {
            id: number.clone(),
            at: self.at,
            time_zone: self.time_zone.to_owned(),
            period: self.period.name.clone(),
            memo: memo.clone(),
            currency: self.currency,
            reverses: None,
            source: number,
            hash: String::new(),
            lines,
        };
        entry.hash = entry.computed_hash();
        let counter = JournalLine {
            account: receivable.to_owned(),
            memo,
            client: self.client.to_owned(),
            is_of_client: true,
            ..JournalLine::default()
        };
        let entries = if entry.lines.is_empty() { Vec::new() } else { vec![(entry, counter)] };
        Ok(Journal { entries, rules: rules.clone() })
    }

    /// What is booked for each project; all of it for none where the projects don't sum to it.
    fn revenue(&self) -> BTreeMap<String, Money> {
        let sum: Money = self.projects.values().copied().sum();
        if sum == self.payable {
            return self.projects.clone();
        }
        BTreeMap::from([(UNALLOCATED.to_owned(), self.payable)])
    }

    fn line(
        &self,
        rules: &JournalRules,
        revenue: &str,
        (project, amount): (&str, Money),
        memo: &str,
    ) -> JournalLine {
        let tags = [("client", self.client), ("project", project)];
        // They were tags before.
        let tags = TagSet::from_pairs(tags.into_iter().filter(|(_, value)| *value != UNALLOCATED));
        let (tags, none) = (tags.unwrap_or_default(), JournalMapping::new(Selector::everything()));
        let mapping = rules.map.iter().find(|mapping| mapping.selector.matches(&tags)).unwrap_or(&none);
        let text = |own: &Option<String>| own.clone().unwrap_or_default();
        JournalLine {
            account: mapping.revenue.clone().unwrap_or_else(|| revenue.to_owned()),
            department: text(&mapping.department),
            class: text(&mapping.class),
            location: text(&mapping.location),
            cost_center: text(&mapping.cost_center),
            project: if project == UNALLOCATED { String::new() } else { project.to_owned() },
            client: self.client.to_owned(),
            memo: memo.to_owned(),
            amount: -minor_units(amount, self.currency),
            is_of_client: false,
        }
    }
}

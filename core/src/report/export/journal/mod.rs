//! Journals: a statement as the double entry that an accounting system imports.
//!
//! Every entry is in balance, because its other side is computed from its lines. An entry's id follows from what it
//! books, so importing a file twice is found out, and what was booked wrongly is taken back by an entry that refers to
//! it. Which accounts are meant the policy says; nothing here knows a chart of accounts.

mod charges;
mod client;
mod client_invoice;
mod entry;
mod format;
mod rules;
#[cfg(test)]
mod tests;

pub use client_invoice::ClientInvoice;
pub use entry::{JournalEntry, JournalLine};
pub use format::JournalFormat;
pub use rules::{JournalMapping, JournalRules};

use crate::error::Result;
use crate::report::guard::guarded_line;
use crate::report::statement::Statement;
use crate::time::Timestamp;
use format::Cell;

/// Journal entries, before they are written for a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Each entry's own lines, and the line that brings it into balance, without its amount.
    entries: Vec<(JournalEntry, JournalLine)>,
    rules: JournalRules,
}

/// A file to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalFile {
    /// A name for it: `2026-11-xero-1.csv`.
    pub name: String,
    /// What stands in it.
    pub text: String,
    /// Lines, without the head.
    pub lines: usize,
}

impl Statement {
    /// The statement's [`journal`](Self::journal) as the files that a system imports.
    ///
    /// # Errors
    /// `report_invalid` for a period without an end, rules without an account, or what the system doesn't take.
    pub fn to_journal(&self, format: JournalFormat, rules: &JournalRules) -> Result<Vec<JournalFile>> {
        self.journal(rules)?.to_files(format)
    }
}

impl Journal {
    /// Entries that take all of these back at an instant.
    #[must_use]
    pub fn reversal(&self, at: Timestamp) -> Self {
        let reversed = |(entry, counter): &(JournalEntry, JournalLine)| (entry.reversal(at), counter.clone());
        Self { entries: self.entries.iter().map(reversed).collect(), rules: self.rules.clone() }
    }

    /// The entries in balance, none of more lines than that. A larger one becomes several.
    pub fn entries(&self, max_lines: usize) -> Vec<JournalEntry> {
        self.entries.iter().flat_map(|(entry, counter)| balanced(entry, counter, max_lines)).collect()
    }

    /// The files of a format. No entry is divided between two of them.
    ///
    /// # Errors
    /// `report_invalid` for what the system doesn't take: an amount that is too large, or a number that is too long.
    pub fn to_files(&self, format: JournalFormat) -> Result<Vec<JournalFile>> {
        let mut files: Vec<Vec<JournalEntry>> = Vec::new();
        let mut room = 0;
        for entry in self.entries(format.max_lines()) {
            if let Some(file) = files.last_mut().filter(|_| entry.lines.len() <= room) {
                room -= entry.lines.len();
                file.push(entry);
            } else {
                room = format.max_lines().saturating_sub(entry.lines.len());
                files.push(vec![entry]);
            }
        }
        let numbered = files.iter().zip(1_u32..);
        numbered.map(|(entries, number)| self.file(format, entries, number)).collect()
    }

    fn file(&self, format: JournalFormat, entries: &[JournalEntry], number: u32) -> Result<JournalFile> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut lines = 0;
        // Memory can't refuse a write.
        let mut write = |cells: Vec<String>| {
            let written = writer.write_record(cells);
            debug_assert!(written.is_ok());
        };
        write(format.columns().iter().map(|name| (*name).to_owned()).collect());
        for entry in entries {
            for place in 0..entry.lines.len() {
                write(format.record(entry, place, &self.rules)?.iter().map(written).collect());
                lines += 1;
            }
        }
        let text = String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default();
        let period = entries.first().map_or("journal", |entry| entry.period.as_str());
        let period = period.replace(['/', ' ', ':'], "_");
        Ok(JournalFile { name: format!("{period}-{}-{number}.csv", format.as_str()), text, lines })
    }
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => guarded_line(text).into_owned(),
        Cell::Number(number) => number.clone(),
    }
}

/// The entry with its other side, in as many parts as the lines need.
fn balanced(entry: &JournalEntry, counter: &JournalLine, max_lines: usize) -> Vec<JournalEntry> {
    let own = max_lines.saturating_sub(1).max(1);
    let parts = entry.lines.chunks(own).zip(1_u32..);
    let is_one = entry.lines.len() <= own;
    let part = |(lines, number): (&[JournalLine], u32)| {
        let sum: i128 = lines.iter().map(|line| line.amount).sum();
        let mut lines = lines.to_vec();
        if sum != 0 {
            lines.push(JournalLine { amount: -sum, ..counter.clone() });
        }
        let id = if is_one { entry.id.clone() } else { format!("{}-{number}", entry.id) };
        let reverses = entry.reverses.as_ref();
        let reverses = reverses.map(|id| if is_one { id.clone() } else { format!("{id}-{number}") });
        JournalEntry { id, reverses, lines, ..entry.clone() }
    };
    parts.map(part).collect()
}

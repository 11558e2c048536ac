//! A strict reading of a FOCUS Cost and Usage file.
//!
//! The official validator looks at columns as a whole and lets single wrong rows pass: a category that doesn't exist, a
//! time with a space in it, a cost that isn't price times quantity. Here every row is read, and every product and sum is
//! computed exactly. Rows are read one by one; what is held is bounded.

mod allocation;
mod cells;
mod file;
mod finding;
mod row;
mod spec;
#[cfg(test)]
mod tests;

pub use finding::{Finding, FocusRule};

use crate::money::Money;
use crate::report::export::exact::Exact;
use allocation::Origins;
use cells::Cells;
use csv::StringRecord;
use file::Whole;
use spec::{Presence, SPECS, spec};
use std::io::Read;

/// The most findings that are told; a file that is wrong in one way is wrong in every row.
pub const MAX_FINDINGS: usize = 1_000;

/// What a FOCUS file is checked for, beyond the rules that every file keeps.
///
/// # Examples
/// ```
/// use bursar::{FocusLint, FocusRule};
/// let found = FocusLint::new().check("BilledCost,Fee\n0.5,1\n".as_bytes());
/// assert!(found.iter().any(|finding| finding.rule == FocusRule::ColumnUnknown && finding.column == "Fee"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct FocusLint {
    payable: Vec<(String, Money)>,
}

impl FocusLint {
    /// The rules that every file keeps.
    pub fn new() -> Self {
        Self::default()
    }

    /// And the rows of an invoice sum to what is payable.
    #[must_use]
    pub fn payable(mut self, invoice: impl Into<String>, amount: Money) -> Self {
        self.payable.push((invoice.into(), amount));
        self
    }

    /// Everything that is wrong with a file, in the order of its rows, at most [`MAX_FINDINGS`].
    pub fn check(&self, from: impl Read) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(from);
        let mut note = |row: u64, column: &str, rule: FocusRule, message: String| {
            if findings.len() < MAX_FINDINGS {
                findings.push(Finding { row, column: column.to_owned(), rule, message });
            }
        };
        if let Err(cause) = self.read(&mut reader, &mut note) {
            note(0, "", FocusRule::FileUnreadable, cause.to_string());
        }
        findings
    }

    fn read(
        &self,
        reader: &mut csv::Reader<impl Read>,
        note: &mut dyn FnMut(u64, &str, FocusRule, String),
    ) -> csv::Result<()> {
        let head: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        check_head(&head, &mut |column, rule, message| note(0, column, rule, message));
        let (mut whole, mut origins) = (Whole::default(), Origins::default());
        let (mut record, mut row) = (StringRecord::new(), 0);
        while reader.read_record(&mut record)? {
            row += 1;
            let found = &mut |column: &str, rule, message| note(row, column, rule, message);
            if record.len() != head.len() {
                let message = format!("{} cells, and the head has {}", record.len(), head.len());
                found("", FocusRule::WidthDiffers, message);
            }
            let cells = Cells { head: &head, record: &record };
            row::check(cells, found);
            whole.add(cells, found);
            origins.add(row, cells, found);
        }
        for (row, message) in origins.incomplete() {
            note(row, "AllocatedMethodDetails", FocusRule::AllocationIncomplete, message);
        }
        for (invoice, amount) in &self.payable {
            let sum = whole.sum(invoice);
            if sum != Some(Exact::from(*amount)) {
                let sum = sum.map_or_else(|| "nothing that can be told".to_owned(), |sum| sum.to_string());
                let message =
                    format!("the rows of invoice `{invoice}` sum to {sum}, and {amount} is payable");
                note(0, "BilledCost", FocusRule::InvoiceSumDiffers, message);
            }
        }
        Ok(())
    }
}

/// What is wrong with the names of the columns.
fn check_head(head: &[String], found: &mut dyn FnMut(&str, FocusRule, String)) {
    for spec in SPECS.iter().filter(|spec| spec.presence != Presence::Conditional) {
        if !head.iter().any(|own| own == spec.name) {
            let how = if spec.presence == Presence::Mandatory { "mandatory" } else { "recommended" };
            found(spec.name, FocusRule::ColumnMissing, format!("not in the file, and the column is {how}"));
        }
    }
    let mut is_custom = false;
    for (place, name) in head.iter().enumerate() {
        if head.iter().take(place).any(|other| other == name) {
            found(name, FocusRule::ColumnTwice, "twice in the file".to_owned());
        }
        let is_own = name.starts_with("x_");
        if !is_own && spec(name).is_none() {
            found(name, FocusRule::ColumnUnknown, "no column of FOCUS, and without `x_`".to_owned());
        }
        if is_custom && !is_own {
            found(name, FocusRule::CustomNotLast, "after a column of the file's own".to_owned());
        }
        is_custom |= is_own;
    }
}

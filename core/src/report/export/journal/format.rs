//! The files that accounting systems import: their columns, in their order, with their ways of writing dates and amounts.
//!
//! NetSuite: CSV import of journal entries. QuickBooks Online: journal entries with one `JournalNo` an entry, and a name
//! on accounts of clients. Xero: manual journals, of at most 300 lines a file, whose amounts have a sign.

use super::entry::{JournalEntry, JournalLine, decimal};
use super::rules::JournalRules;
use crate::error::{Error, ErrorCode, Result};

/// What a journal is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalFormat {
    /// Oracle NetSuite.
    NetSuite,
    /// QuickBooks Online.
    QuickBooksOnline,
    /// Xero.
    Xero,
    /// Every column that there is, for a system of one's own.
    Generic,
}

/// The largest amount that NetSuite takes, in cents: ten digits and two decimals.
const MAX_NETSUITE: i128 = 999_999_999_999;

const NETSUITE: &[&str] = &[
    "External ID",
    "Date",
    "Subsidiary",
    "Currency",
    "Exchange Rate",
    "Memo",
    "Account",
    "Debit",
    "Credit",
    "Line Memo",
    "Department",
    "Class",
    "Location",
];
const QUICKBOOKS: &[&str] = &[
    "JournalNo",
    "JournalDate",
    "AccountName",
    "Debits",
    "Credits",
    "Description",
    "Name",
    "Location",
    "Class",
    "Currency",
];
const XERO: &[&str] = &[
    "Narration",
    "Date",
    "Description",
    "AccountCode",
    "TaxRate",
    "Amount",
    "TrackingName1",
    "TrackingOption1",
    "TrackingName2",
    "TrackingOption2",
];
const GENERIC: &[&str] = &[
    "entry_id",
    "line",
    "date",
    "period",
    "account",
    "cost_center",
    "department",
    "class",
    "project",
    "client",
    "debit",
    "credit",
    "currency",
    "fx_rate",
    "base_amount",
    "memo",
    "source_document",
    "hash",
    "reverses",
];

/// What Xero's lines are taxed by when the policy doesn't say it.
const TAX_RATE: &str = "Tax Exempt";

impl JournalFormat {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::NetSuite, Self::QuickBooksOnline, Self::Xero, Self::Generic];

    /// The name in snake case, the same in every language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NetSuite => "netsuite",
            Self::QuickBooksOnline => "quickbooks_online",
            Self::Xero => "xero",
            Self::Generic => "generic",
        }
    }

    /// The most lines of one file.
    pub const fn max_lines(self) -> usize {
        match self {
            Self::Xero => 300,
            Self::QuickBooksOnline => 1_000,
            Self::NetSuite => 10_000,
            Self::Generic => usize::MAX,
        }
    }

    pub(super) const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::NetSuite => NETSUITE,
            Self::QuickBooksOnline => QUICKBOOKS,
            Self::Xero => XERO,
            Self::Generic => GENERIC,
        }
    }

    /// The cells of a line; the second says which of them are numbers, which nothing has to guard.
    pub(super) fn record(
        self,
        entry: &JournalEntry,
        number: usize,
        rules: &JournalRules,
    ) -> Result<Vec<Cell>> {
        let Some(line) = entry.lines.get(number) else { return Ok(Vec::new()) };
        match self {
            Self::NetSuite => netsuite(entry, line, rules),
            Self::QuickBooksOnline => quickbooks(entry, line),
            Self::Xero => Ok(xero(entry, line, rules)),
            Self::Generic => Ok(generic(entry, line, number)),
        }
    }
}

/// A cell: a text, which may have to be guarded, or a number.
#[derive(Debug)]
pub(super) enum Cell {
    Text(String),
    Number(String),
}

fn text(text: impl AsRef<str>) -> Cell {
    Cell::Text(text.as_ref().to_owned())
}

/// Debit and credit, of which one is empty.
fn sides(entry: &JournalEntry, line: &JournalLine) -> [Cell; 2] {
    let amount = decimal(line.amount.saturating_abs(), entry.currency);
    let (debit, credit) = if line.amount < 0 { (String::new(), amount) } else { (amount, String::new()) };
    [Cell::Number(debit), Cell::Number(credit)]
}

fn netsuite(entry: &JournalEntry, line: &JournalLine, rules: &JournalRules) -> Result<Vec<Cell>> {
    if line.amount.saturating_abs() > MAX_NETSUITE {
        let amount = decimal(line.amount, entry.currency);
        let message = format!("a journal line of {amount}, and NetSuite takes ten digits before the point");
        return Err(Error::new(ErrorCode::ReportInvalid, message).with_help("export a shorter period"));
    }
    let [debit, credit] = sides(entry, line);
    Ok(vec![
        text(&entry.id),
        text(entry.date("%m/%d/%Y")),
        text(rules.subsidiary.as_deref().unwrap_or_default()),
        text(entry.currency.code()),
        Cell::Number("1".to_owned()),
        text(&entry.memo),
        text(&line.account),
        debit,
        credit,
        text(&line.memo),
        text(&line.department),
        text(&line.class),
        text(&line.location),
    ])
}

fn quickbooks(entry: &JournalEntry, line: &JournalLine) -> Result<Vec<Cell>> {
    /// The longest journal number.
    const MAX_NUMBER: usize = 21;
    if entry.id.chars().count() > MAX_NUMBER {
        let message = format!(
            "journal number `{}` has over {MAX_NUMBER} letters, which QuickBooks doesn't take",
            entry.id
        );
        return Err(
            Error::new(ErrorCode::ReportInvalid, message).with_help("give the invoice a shorter number")
        );
    }
    let [debit, credit] = sides(entry, line);
    let name = if line.is_of_client { line.client.as_str() } else { "" };
    Ok(vec![
        text(&entry.id),
        text(entry.date("%m/%d/%Y")),
        text(&line.account),
        debit,
        credit,
        text(&line.memo),
        text(name),
        text(&line.location),
        text(&line.class),
        text(entry.currency.code()),
    ])
}

fn xero(entry: &JournalEntry, line: &JournalLine, rules: &JournalRules) -> Vec<Cell> {
    let tracked = |name: &str, option: &str| [text(if option.is_empty() { "" } else { name }), text(option)];
    let [first, department] = tracked("Department", &line.department);
    let [second, class] = tracked("Class", &line.class);
    vec![
        // Lines of one narration and date are one journal, so the narration has the entry's id in it.
        text(format!("{} {}", entry.id, entry.memo)),
        text(entry.date("%d/%m/%Y")),
        text(&line.memo),
        text(&line.account),
        text(rules.tax_rate.as_deref().unwrap_or(TAX_RATE)),
        Cell::Number(decimal(line.amount, entry.currency)),
        first,
        department,
        second,
        class,
    ]
}

fn generic(entry: &JournalEntry, line: &JournalLine, number: usize) -> Vec<Cell> {
    let [debit, credit] = sides(entry, line);
    vec![
        text(&entry.id),
        Cell::Number(number.saturating_add(1).to_string()),
        text(entry.date("%Y-%m-%d")),
        text(&entry.period),
        text(&line.account),
        text(&line.cost_center),
        text(&line.department),
        text(&line.class),
        text(&line.project),
        text(&line.client),
        debit,
        credit,
        text(entry.currency.code()),
        Cell::Number("1".to_owned()),
        Cell::Number(decimal(line.amount, entry.currency)),
        text(&line.memo),
        text(&entry.source),
        text(&entry.hash),
        text(entry.reverses.as_deref().unwrap_or_default()),
    ]
}

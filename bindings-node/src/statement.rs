//! The formats of a statement.

use crate::{
    fault::{Answered, answered},
    made::{Made, PrintOptions, Statement},
    opening::PolicySource,
};
use bursar::{Error, ErrorCode, Journal, JournalFormat, JournalRules, ReportRules, Result, Timestamp};
use napi::bindgen_prelude::{Buffer, External};
use napi_derive::napi;

/// A statement as JSON.
#[napi]
pub(crate) fn statement_json(statement: &Statement) -> String {
    statement.own.to_json()
}

/// A statement as CSV.
#[napi]
pub(crate) fn statement_csv(statement: &Statement) -> String {
    statement.own.to_csv()
}

/// A statement as text for a terminal.
#[napi]
pub(crate) fn statement_table(statement: &Statement) -> String {
    statement.own.to_table()
}

/// A statement that was written as JSON.
#[napi]
pub(crate) fn statement_from_json(text: String) -> Answered<Statement> {
    let read = || {
        let own = bursar::Statement::from_json(&text)?;
        Ok(External::new(Made { own, rules: bursar::ReportRules::default().into() }))
    };
    answered(read())
}

/// Whether a statement is the one that was sealed; nothing where it has no seal.
#[napi]
pub(crate) fn is_statement_as_sealed(statement: &Statement) -> Option<bool> {
    statement.own.is_as_sealed()
}

/// A statement as one HTML file.
#[napi]
pub(crate) fn statement_html(statement: &Statement, options: PrintOptions) -> Answered<String> {
    answered(options.presentation(&statement.rules).map(|how| statement.own.document(&how).to_html()))
}

/// A statement as the printed document that is laid out as PDF.
#[napi]
pub(crate) fn statement_layout(statement: &Statement, options: PrintOptions) -> Answered<String> {
    answered(options.presentation(&statement.rules).map(|how| statement.own.document(&how).to_layout_json()))
}

/// A statement as a spreadsheet.
#[napi]
pub(crate) fn statement_xlsx(statement: &Statement, options: PrintOptions) -> Answered<Buffer> {
    let write = || {
        let presentation = options.presentation(&statement.rules)?;
        Ok(statement.own.to_xlsx(&presentation)?.into())
    };
    answered(write())
}

/// The files that an accounting system imports: name, text, name, text …. Without a policy they are booked to the
/// accounts of the statement's own; with an instant, they take it back then.
#[napi]
pub(crate) fn statement_journal(
    statement: &Statement,
    format: String,
    policy: Option<PolicySource>,
    reversed_at: Option<i64>,
) -> Answered<Vec<String>> {
    let journal = |rules: &JournalRules| statement.own.journal(rules).map(Some);
    answered(journal_files((&statement.rules, policy), &format, reversed_at, journal))
}

/// The files of a journal, booked to the accounts of a policy that is given, or else of these rules.
pub(crate) fn journal_files(
    (rules, policy): (&ReportRules, Option<PolicySource>),
    format: &str,
    reversed_at: Option<i64>,
    journal: impl FnOnce(&JournalRules) -> Result<Option<Journal>>,
) -> Result<Vec<String>> {
    let format = journal_format(format)?;
    let other = policy.map(|policy| policy.read()).transpose()?;
    let rules = other.as_ref().map_or(rules, |policy| policy.report_rules());
    let rules = rules.journal.as_ref().ok_or_else(accounts_missing)?;
    let Some(journal) = journal(rules)? else { return Ok(Vec::new()) };
    let files = match reversed_at {
        None => journal.to_files(format)?,
        Some(micros) => journal.reversal(Timestamp::from_micros(micros)).to_files(format)?,
    };
    Ok(files.into_iter().flat_map(|file| [file.name, file.text]).collect())
}

/// A statement as FOCUS Invoice Detail.
#[napi]
pub(crate) fn statement_invoice_detail(statement: &Statement) -> Answered<String> {
    let mut file = Vec::new();
    answered(statement.own.write_invoice_detail(&mut file).map(|()| text_of(&file)))
}

/// A statement as FOCUS Billing Period.
#[napi]
pub(crate) fn statement_billing_period(statement: &Statement) -> Answered<String> {
    let mut file = Vec::new();
    answered(statement.own.write_billing_period(&mut file).map(|()| text_of(&file)))
}

fn text_of(file: &[u8]) -> String {
    String::from_utf8_lossy(file).into_owned()
}

fn journal_format(name: &str) -> Result<JournalFormat> {
    let known = JournalFormat::ALL.iter().find(|format| format.as_str() == name);
    known.copied().ok_or_else(|| {
        let all: Vec<_> = JournalFormat::ALL.iter().map(|format| format!("`{}`", format.as_str())).collect();
        let message = format!("`{name}` is no format of a journal: {} are", all.join(", "));
        Error::new(ErrorCode::ReportInvalid, message).with_help("name the system that imports the journal")
    })
}

#[cold]
fn accounts_missing() -> Error {
    Error::new(ErrorCode::ReportInvalid, "the policy names no accounts, and a journal is booked to some")
        .with_help("add `[journal]` with `expense` and `clearing` to the policy")
}

//! Journals: entries, before they are written for an accounting system.

use crate::{
    fault::{Answered, answered},
    made::{Content, Reading, Statement},
    opening::PolicySource,
};
use bursar::{ClientInvoice, Error, ErrorCode, Timestamp};
use napi::bindgen_prelude::External;
use napi_derive::napi;

/// A journal as the face holds it.
pub(crate) type Journal = External<bursar::Journal>;

/// A statement as journal entries. Without a policy they are booked to the accounts of the statement's own.
#[napi]
pub(crate) fn statement_journal(statement: &Statement, policy: Option<PolicySource>) -> Answered<Journal> {
    let make = || {
        let other = policy.map(|policy| policy.read()).transpose()?;
        let rules = other.as_ref().map_or(&statement.rules, |policy| policy.report_rules());
        let accounts = rules.journal.clone().unwrap_or_default();
        Ok(External::new(statement.own.journal(&accounts)?))
    };
    answered(make())
}

/// A journal with what a client was billed, and what it cost.
#[napi]
pub(crate) fn journal_with_invoice(journal: &Journal, invoice: &Reading, cost: String) -> Answered<Journal> {
    let add = || {
        let Content::Client(invoice) = &invoice.own else {
            let message = "an invoice is what a client is billed by";
            return Err(
                Error::new(ErrorCode::ReportInvalid, message).with_help("pass what `issueInvoice` gave")
            );
        };
        let billed = ClientInvoice::of(invoice, cost.parse()?)?;
        let journal: &bursar::Journal = journal;
        Ok(External::new(journal.clone().with_invoice(&billed)?))
    };
    answered(add())
}

/// The entries that take all of a journal's back.
#[napi]
pub(crate) fn journal_reversal(journal: &Journal, micros: i64) -> Journal {
    External::new(journal.reversal(Timestamp::from_micros(micros)))
}

/// The files that an accounting system imports: name, text, name, text …
#[napi]
pub(crate) fn journal_files(journal: &Journal, format: String) -> Answered<Vec<String>> {
    let write = || {
        let files = journal.to_files(format.parse()?)?;
        Ok(files.into_iter().flat_map(|file| [file.name, file.text]).collect())
    };
    answered(write())
}

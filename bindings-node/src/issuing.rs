//! Closing periods, and the documents that are issued then and afterwards.

use crate::{
    beside::{Beside, at_once, beside},
    fault::{Answered, answered},
    ledgers::ledger,
    made::{Made, Statement},
    report::ReportOptions,
};
use bursar::{IssuedDocument, ReportRequest, Result};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

fn close(number: u32, request: Result<ReportRequest>) -> Result<Vec<Made<bursar::Statement>>> {
    let ledger = ledger(number)?;
    let statements = ledger.bursar.close_period(&request?)?;
    Ok(statements.into_iter().map(|own| Made::under(&ledger, own)).collect())
}

/// Closes a period that is over; its final statements.
#[napi]
pub(crate) fn close_period(number: u32, options: ReportOptions) -> Answered<Vec<Statement>> {
    at_once(close(number, options.request()))
}

/// The same, beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<Statement>>>")]
pub(crate) fn close_period_later(
    number: u32,
    options: ReportOptions,
) -> AsyncTask<Beside<Made<bursar::Statement>>> {
    let request = options.request();
    beside(move || close(number, request))
}

/// A statement that was issued.
#[napi]
pub(crate) fn issued_statement(number: u32, document: String) -> Answered<Vec<Statement>> {
    let read = || {
        let ledger = ledger(number)?;
        Ok(vec![Made::under(&ledger, ledger.bursar.statement(&document)?)])
    };
    at_once(read())
}

/// A document that was issued, with what it is and whose.
#[napi(object, object_from_js = false)]
pub(crate) struct IssuedRow {
    pub number: String,
    pub kind: String,
    pub scope: String,
    pub start: i64,
    pub end: i64,
    pub issued_at: i64,
    pub sha256: String,
    pub is_intact: bool,
    pub content: String,
}

impl From<IssuedDocument> for IssuedRow {
    fn from(own: IssuedDocument) -> Self {
        Self {
            start: own.window.start().micros(),
            end: own.window.end().micros(),
            issued_at: own.issued_at.micros(),
            sha256: own.hash.to_string(),
            is_intact: own.is_intact(),
            number: own.number,
            kind: own.kind,
            scope: own.scope,
            content: own.content,
        }
    }
}

/// The documents that were issued, in that order.
#[napi]
pub(crate) fn documents(number: u32) -> Answered<Vec<IssuedRow>> {
    let read = || Ok(ledger(number)?.bursar.documents()?.into_iter().map(IssuedRow::from).collect());
    answered(read())
}

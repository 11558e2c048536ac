//! What clients pay, and what is left of it: each at once, or beside the event loop.

use crate::{
    beside::{Beside, at_once, beside},
    fault::Answered,
    ledgers::ledger,
    made::{Content, Made, Reading},
    report::ReportOptions,
};
use bursar::{ClientRequest, ReportRequest, Result};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

/// What a client's statement is asked for.
#[napi(object)]
pub(crate) struct ClientOptions {
    pub client: String,
    pub period: Option<String>,
    pub previous_months: Option<u32>,
    /// Whether it is issued as an invoice.
    pub is_invoice: bool,
}

impl ClientOptions {
    fn request(&self) -> ClientRequest {
        let mut request = ClientRequest::new(&self.client);
        if let Some(period) = &self.period {
            request = request.named(period);
        }
        match self.previous_months {
            Some(count) => request.previous_months(count as usize),
            None => request,
        }
    }
}

fn client(number: u32, options: &ClientOptions) -> Result<Vec<Made<Content>>> {
    let (ledger, request) = (ledger(number)?, options.request());
    let own = if options.is_invoice {
        ledger.bursar.issue_invoice(&request)?
    } else {
        ledger.bursar.client_statement(&request)?
    };
    Ok(vec![Made::under(&ledger, Content::Client(own))])
}

/// What a client pays for a period, or the invoice of it.
#[napi]
pub(crate) fn client_statement(number: u32, options: ClientOptions) -> Answered<Vec<Reading>> {
    at_once(client(number, &options))
}

/// The same, beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<Reading>>>")]
pub(crate) fn client_statement_later(
    number: u32,
    options: ClientOptions,
) -> AsyncTask<Beside<Made<Content>>> {
    beside(move || client(number, &options))
}

/// An invoice that was issued.
#[napi]
pub(crate) fn issued_invoice(number: u32, document: String) -> Answered<Vec<Reading>> {
    let read = || {
        let ledger = ledger(number)?;
        Ok(vec![Made::under(&ledger, Content::Client(ledger.bursar.invoice(&document)?))])
    };
    at_once(read())
}

fn note(number: u32, invoice: &str) -> Result<Vec<Made<Content>>> {
    let ledger = ledger(number)?;
    let note = ledger.bursar.issue_credit_note(invoice)?;
    Ok(note.into_iter().map(|own| Made::under(&ledger, Content::Note(own))).collect())
}

/// A credit or debit note on an invoice; none where nothing differs.
#[napi]
pub(crate) fn issue_credit_note(number: u32, invoice: String) -> Answered<Vec<Reading>> {
    at_once(note(number, &invoice))
}

/// The same, beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<Reading>>>")]
pub(crate) fn issue_credit_note_later(number: u32, invoice: String) -> AsyncTask<Beside<Made<Content>>> {
    beside(move || note(number, &invoice))
}

fn left(number: u32, request: Result<ReportRequest>) -> Result<Vec<Made<Content>>> {
    let ledger = ledger(number)?;
    Ok(vec![Made::under(&ledger, Content::Margin(ledger.bursar.margin(&request?)?))])
}

/// What is left of what clients pay.
#[napi]
pub(crate) fn margin(number: u32, options: ReportOptions) -> Answered<Vec<Reading>> {
    at_once(left(number, options.request()))
}

/// The same, beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<Reading>>>")]
pub(crate) fn margin_later(number: u32, options: ReportOptions) -> AsyncTask<Beside<Made<Content>>> {
    let request = options.request();
    beside(move || left(number, request))
}

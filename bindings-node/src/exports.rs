//! Files that other systems import, written at once or beside the event loop, and the check of one.

use crate::{
    beside::{Beside, at_once, beside},
    fault::{Answered, answered},
    ledgers::ledger,
    pairs::pairs,
};
use bursar::{Error, ErrorCode, FocusLint, FocusRequest, Result, Window, write_whole};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use std::{fs::File, io::BufReader};

/// What an export is asked for.
#[napi(object)]
pub(crate) struct ExportOptions {
    pub path: String,
    /// All of the ledger, if left out.
    pub period: Option<String>,
    pub zone: String,
    /// `focus` or `parquet`.
    pub format: String,
    pub level: Option<String>,
    pub filter: Option<String>,
    pub invoice: Option<String>,
    /// Id and name.
    pub account: Option<Vec<String>>,
    /// The tag to whose values shared cost is allocated.
    pub allocated: Option<String>,
}

impl ExportOptions {
    fn window(&self) -> Result<Window> {
        self.period.as_deref().map_or(Ok(Window::ALWAYS), |period| Window::named(period, &self.zone))
    }

    fn focus(&self) -> Result<FocusRequest> {
        let mut request = FocusRequest::new(self.window()?, &self.zone);
        if let Some(level) = &self.level {
            request = request.level(level.parse()?);
        }
        if let Some(filter) = &self.filter {
            request = request.filter(filter.parse()?);
        }
        if let Some(invoice) = &self.invoice {
            request = request.invoice(invoice);
        }
        if let Some(key) = &self.allocated {
            request = request.allocated(key.parse()?);
        }
        Ok(match self.account.as_deref() {
            Some([id, name]) => request.account(id, name),
            _ => request,
        })
    }
}

/// Writes a file; its rows, and the sum of them.
fn export(number: u32, options: &ExportOptions) -> Result<Vec<String>> {
    let ledger = ledger(number)?;
    let exported = if options.format == "parquet" {
        let window = options.window()?;
        write_whole(&options.path, |file| ledger.bursar.export_parquet(window, file))
    } else {
        let request = options.focus()?;
        write_whole(&options.path, |file| ledger.bursar.export_focus(&request, file))
    }?;
    Ok(vec![exported.rows.to_string(), exported.billed.to_string()])
}

/// Writes an export into a file: rows, sum.
#[napi]
pub(crate) fn export_file(number: u32, options: ExportOptions) -> Answered<Vec<String>> {
    at_once(export(number, &options))
}

/// The same, beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<string>>>")]
pub(crate) fn export_file_later(number: u32, options: ExportOptions) -> AsyncTask<Beside<String>> {
    beside(move || export(number, &options))
}

/// A place where a file breaks a rule.
#[napi(object, object_from_js = false)]
pub(crate) struct FindingRow {
    pub row: i64,
    pub column: String,
    pub rule: String,
    pub message: String,
}

/// What is wrong with a FOCUS file. `payable` has invoices, each with what is to be paid of it.
#[napi]
pub(crate) fn lint_focus(path: String, payable: Vec<String>) -> Answered<Vec<FindingRow>> {
    let check = || {
        let mut lint = FocusLint::new();
        for (invoice, amount) in pairs(&payable) {
            lint = lint.payable(invoice, amount.parse()?);
        }
        let file = File::open(&path).map_err(|cause| {
            Error::new(ErrorCode::ReportInvalid, format!("`{path}` can't be read"))
                .with_help("name a file that exists and can be read")
                .caused_by(cause)
        })?;
        let found = lint.check(BufReader::new(file)).into_iter().map(|own| FindingRow {
            row: crate::refusal::whole(own.row),
            column: own.column,
            rule: own.rule.to_string(),
            message: own.message,
        });
        Ok(found.collect())
    };
    answered(check())
}

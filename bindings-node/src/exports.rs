//! Files that other systems import, written at once or beside the event loop, and the check of one.
//!
//! A file is written under another name beside its own, and has its own only when it is whole.

use crate::{
    beside::{Beside, at_once, beside},
    fault::{Answered, answered},
    ledgers::ledger,
    pairs::pairs,
};
use bursar::{Error, ErrorCode, Exported, FocusLevel, FocusLint, FocusRequest, Result, Window};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Write},
};

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
        let mut request = FocusRequest::new(self.window()?, &self.zone).level(self.level()?);
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

    fn level(&self) -> Result<FocusLevel> {
        match self.level.as_deref() {
            None | Some("newest") => Ok(FocusLevel::Newest),
            Some("1.2") => Ok(FocusLevel::V1_2),
            Some(other) => {
                let message = format!("`{other}` is no level of FOCUS: `1.2` and `newest` are");
                Err(Error::new(ErrorCode::ReportInvalid, message).with_help("name a level"))
            }
        }
    }
}

/// Writes a file; its rows, and the sum of them.
fn export(number: u32, options: &ExportOptions) -> Result<Vec<String>> {
    let ledger = ledger(number)?;
    let exported = if options.format == "parquet" {
        let window = options.window()?;
        whole(&options.path, |file| ledger.bursar.export_parquet(window, file))
    } else {
        let request = options.focus()?;
        whole(&options.path, |file| ledger.bursar.export_focus(&request, file))
    }?;
    Ok(vec![exported.rows.to_string(), exported.billed.to_string()])
}

/// Gives a file its name once all of it is written.
fn whole(path: &str, write: impl FnOnce(&mut BufWriter<File>) -> Result<Exported>) -> Result<Exported> {
    let part = format!("{path}.part");
    let unwritable = |cause| {
        Error::new(ErrorCode::ReportInvalid, format!("`{path}` can't be written"))
            .with_help("check that the file's folder exists and can be written")
            .caused_by(cause)
    };
    let mut file = BufWriter::new(File::create(&part).map_err(unwritable)?);
    let exported = write(&mut file).and_then(|exported| {
        file.flush().and_then(|()| fs::rename(&part, path)).map_err(unwritable)?;
        Ok(exported)
    });
    if exported.is_err() {
        let _ = fs::remove_file(&part);
    }
    exported
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

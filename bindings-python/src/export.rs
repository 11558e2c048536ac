//! Exports of a purse's ledger into files, and the check of a FOCUS file.

use crate::{convert::money, engine::Engine, error::OrRaise};
use bursar::{
    Error, ErrorCode, Exported, FocusLevel, FocusLint, FocusRequest, Result, Selector, TagKey, Window,
};
use pyo3::prelude::*;
use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
};

/// A row, a column, a rule and a message.
type Found = (u64, String, &'static str, String);

#[pymethods]
impl Engine {
    /// Writes FOCUS Cost and Usage as CSV; gives the rows and what was billed in them.
    #[pyo3(signature = (path, *, period, zone="UTC", level=None, filter=None, invoice=None, account=None, allocated=None))]
    #[expect(clippy::too_many_arguments, reason = "an export's keywords")]
    fn _export_focus(
        &self,
        py: Python<'_>,
        path: &str,
        period: &str,
        zone: &str,
        level: Option<&str>,
        filter: Option<&str>,
        invoice: Option<&str>,
        account: Option<(String, String)>,
        allocated: Option<&str>,
    ) -> PyResult<(u64, String)> {
        let mut request =
            FocusRequest::named(period, zone).or_raise(py)?.level(level_of(level).or_raise(py)?);
        if let Some(filter) = filter {
            request = request.filter(filter.parse::<Selector>().or_raise(py)?);
        }
        if let Some(invoice) = invoice {
            request = request.invoice(invoice);
        }
        if let Some((id, name)) = account {
            request = request.account(id, name);
        }
        if let Some(key) = allocated {
            request = request.allocated(key.parse::<TagKey>().or_raise(py)?);
        }
        let bursar = self.bursar(py)?;
        let exported = py.detach(|| into_file(path, |to| bursar.export_focus(&request, to))).or_raise(py)?;
        Ok(fields(exported))
    }

    /// Writes the entries of a period as Parquet.
    #[pyo3(signature = (path, *, period=None, zone="UTC"))]
    fn _export_parquet(
        &self,
        py: Python<'_>,
        path: &str,
        period: Option<&str>,
        zone: &str,
    ) -> PyResult<(u64, String)> {
        let window = period.map_or(Ok(Window::ALWAYS), |period| Window::named(period, zone)).or_raise(py)?;
        let bursar = self.bursar(py)?;
        let exported = py.detach(|| into_file(path, |to| bursar.export_parquet(window, to))).or_raise(py)?;
        Ok(fields(exported))
    }
}

/// Reads a FOCUS Cost and Usage file row by row, and gives what is wrong with it.
#[pyfunction]
#[pyo3(signature = (path, *, payable=None))]
pub(crate) fn lint_focus(
    py: Python<'_>,
    path: &str,
    payable: Option<Vec<(String, Bound<'_, PyAny>)>>,
) -> PyResult<Vec<Found>> {
    let mut lint = FocusLint::new();
    for (invoice, amount) in payable.unwrap_or_default() {
        lint = lint.payable(invoice, money(&amount)?);
    }
    let found = py.detach(|| File::open(path).map(|file| lint.check(BufReader::new(file))));
    let found =
        found.map_err(|fault| PyErr::from(std::io::Error::new(fault.kind(), format!("{path}: {fault}"))))?;
    Ok(found.into_iter().map(|own| (own.row, own.column, own.rule.as_str(), own.message)).collect())
}

/// What a writer wrote, as text.
pub(crate) fn written(write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<String> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a file whole or not at all: under another name beside it, which then takes its place.
fn into_file(path: &str, write: impl FnOnce(&mut BufWriter<File>) -> Result<Exported>) -> Result<Exported> {
    let beside = format!("{path}.part");
    let outcome = File::create(&beside).map_err(|fault| unwritable(path, &fault)).and_then(|file| {
        let mut to = BufWriter::new(file);
        let exported = write(&mut to)?;
        to.flush().map_err(|fault| unwritable(path, &fault))?;
        drop(to);
        std::fs::rename(&beside, path).map_err(|fault| unwritable(path, &fault))?;
        Ok(exported)
    });
    if outcome.is_err() {
        // Nobody misses what was never whole.
        let _ = std::fs::remove_file(&beside);
    }
    outcome
}

fn unwritable(path: &str, fault: &std::io::Error) -> Error {
    Error::new(ErrorCode::ReportInvalid, format!("the export `{path}` can't be written: {fault}"))
        .with_help("name a file in a folder that exists and can be written")
}

fn level_of(level: Option<&str>) -> Result<FocusLevel> {
    match level {
        None | Some("newest") => Ok(FocusLevel::Newest),
        Some("1.2") => Ok(FocusLevel::V1_2),
        Some(other) => {
            let message = format!("`{other}` is no level of FOCUS; allowed are `1.2` and `newest`");
            Err(Error::new(ErrorCode::ReportInvalid, message).with_help("name one of these levels"))
        }
    }
}

fn fields(exported: Exported) -> (u64, String) {
    (exported.rows, exported.billed.to_string())
}

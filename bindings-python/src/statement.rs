//! Statements as Python has them: in every format, and read again from their JSON.

use crate::{
    engine::read_policy,
    error::OrRaise,
    export::written,
    printing::{Printing, presentation},
};
use bursar::{Document, ErrorCode, JournalFile, JournalFormat, JournalRules, ReportRules};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};
use std::sync::Arc;

/// A statement, and the rules that say how it is printed and booked.
#[pyclass(frozen, module = "bursar._native")]
pub(crate) struct Statement {
    inner: bursar::Statement,
    rules: Arc<ReportRules>,
}

impl Statement {
    pub(crate) fn new(inner: bursar::Statement, rules: &Arc<ReportRules>) -> Self {
        Self { inner, rules: Arc::clone(rules) }
    }

    fn document(&self, printing: Option<Printing>) -> bursar::Result<Document> {
        Ok(self.inner.document(&presentation(&self.rules, printing)?))
    }
}

#[pymethods]
impl Statement {
    /// Reads what `to_json` gave. It knows no policy.
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        let inner = py.detach(|| bursar::Statement::from_json(text)).or_raise(py)?;
        Ok(Self { inner, rules: Arc::default() })
    }

    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| self.inner.to_json())
    }

    fn to_csv(&self, py: Python<'_>) -> String {
        py.detach(|| self.inner.to_csv())
    }

    fn to_table(&self, py: Python<'_>) -> String {
        py.detach(|| self.inner.to_table())
    }

    #[pyo3(signature = (printing=None))]
    fn to_html(&self, py: Python<'_>, printing: Option<Printing>) -> PyResult<String> {
        text(py, move || self.document(printing).map(|document| document.to_html()))
    }

    /// The printed document as JSON, which the package of the PDF lays out.
    #[pyo3(signature = (printing=None))]
    fn to_layout_json(&self, py: Python<'_>, printing: Option<Printing>) -> PyResult<String> {
        text(py, move || self.document(printing).map(|document| document.to_layout_json()))
    }

    #[pyo3(signature = (printing=None))]
    fn to_xlsx<'py>(&self, py: Python<'py>, printing: Option<Printing>) -> PyResult<Bound<'py, PyBytes>> {
        let book = move || self.inner.to_xlsx(&presentation(&self.rules, printing)?);
        let bytes = py.detach(book).or_raise(py)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// FOCUS Invoice Detail as CSV.
    fn to_invoice_detail(&self, py: Python<'_>) -> PyResult<String> {
        text(py, || written(|to| self.inner.write_invoice_detail(to)))
    }

    /// FOCUS Billing Period as CSV.
    fn to_billing_period(&self, py: Python<'_>) -> PyResult<String> {
        text(py, || written(|to| self.inner.write_billing_period(to)))
    }

    /// Whether it is what was sealed; nothing where it has no seal.
    #[getter]
    fn is_as_sealed(&self, py: Python<'_>) -> Option<bool> {
        py.detach(|| self.inner.is_as_sealed())
    }
}

/// Lets models of the core be booked.
macro_rules! journaled {
    ($($name:ident),+) => {$(
        #[pymethods]
        impl $name {
            /// Files by their names. A policy that is given is the one whose accounts are booked to.
            #[pyo3(signature = (format, *, policy_toml=None, policy_json=None, policy_path=None))]
            fn to_journal<'py>(
                &self,
                py: Python<'py>,
                format: &str,
                policy_toml: Option<&str>,
                policy_json: Option<&str>,
                policy_path: Option<&str>,
            ) -> PyResult<Bound<'py, PyDict>> {
                let given = (policy_toml, policy_json, policy_path);
                let write = |format, rules: &_| self.inner.to_journal(format, rules);
                $crate::statement::journal_files(py, format, (&self.rules, given), write)
            }
        }
    )+};
}
pub(crate) use journaled;

journaled!(Statement);

/// A policy as it is given: its text, its keys as JSON, or its file.
pub(crate) type GivenPolicy<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

/// The files of a journal by their names, booked to the accounts of a policy that is given, or else of these rules.
pub(crate) fn journal_files<'py>(
    py: Python<'py>,
    format: &str,
    (rules, (toml, json, path)): (&Arc<ReportRules>, GivenPolicy<'_>),
    write: impl FnOnce(JournalFormat, &JournalRules) -> bursar::Result<Vec<JournalFile>> + Send,
) -> PyResult<Bound<'py, PyDict>> {
    let format = format_of(format).or_raise(py)?;
    let is_given = toml.is_some() || json.is_some() || path.is_some();
    let given = is_given.then(|| read_policy(py, toml, json, path)).transpose()?;
    let rules = given.as_ref().map_or(rules, bursar::Policy::report_rules);
    let journal = rules.journal.clone().unwrap_or_default();
    let files = py.detach(|| write(format, &journal)).or_raise(py)?;
    let named = PyDict::new(py);
    for file in files {
        named.set_item(file.name, file.text)?;
    }
    Ok(named)
}

/// What is written without the interpreter.
fn text(py: Python<'_>, write: impl FnOnce() -> bursar::Result<String> + Send) -> PyResult<String> {
    py.detach(write).or_raise(py)
}

fn format_of(name: &str) -> bursar::Result<JournalFormat> {
    JournalFormat::ALL.iter().copied().find(|format| format.as_str() == name).ok_or_else(|| {
        let allowed: Vec<_> =
            JournalFormat::ALL.iter().map(|format| format!("`{}`", format.as_str())).collect();
        let message = format!("`{name}` is no format of a journal; allowed are {}", allowed.join(", "));
        bursar::Error::new(ErrorCode::ReportInvalid, message).with_help("name one of these formats")
    })
}

//! What is printed beside statements: what clients pay, what is left of it, and what other rules would charge.

use crate::{
    error::OrRaise,
    printing::{Printing, presentation},
    statement::journaled,
};
use bursar::{Document, ReportRules};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};
use std::sync::Arc;

/// A model of the core that makes a document, with the rules that say how it is printed.
macro_rules! printed {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        #[pyclass(frozen, module = "bursar._native")]
        pub(crate) struct $name {
            inner: bursar::$name,
            rules: Arc<ReportRules>,
        }

        impl $name {
            pub(crate) fn new(inner: bursar::$name, rules: &Arc<ReportRules>) -> Self {
                Self { inner, rules: Arc::clone(rules) }
            }

            fn document(&self, printing: Option<Printing>) -> bursar::Result<Document> {
                Ok(self.inner.document(&presentation(&self.rules, printing)?))
            }
        }

        #[pymethods]
        impl $name {
            fn to_json(&self, py: Python<'_>) -> String {
                py.detach(|| self.inner.to_json())
            }

            #[pyo3(signature = (printing=None))]
            fn to_html(&self, py: Python<'_>, printing: Option<Printing>) -> PyResult<String> {
                py.detach(move || self.document(printing).map(|own| own.to_html())).or_raise(py)
            }

            /// The printed document as JSON, which the package of the PDF lays out.
            #[pyo3(signature = (printing=None))]
            fn to_layout_json(&self, py: Python<'_>, printing: Option<Printing>) -> PyResult<String> {
                py.detach(move || self.document(printing).map(|own| own.to_layout_json())).or_raise(py)
            }
        }
    )+};
}

printed! {
    /// What a client pays.
    ClientStatement;
    /// What is credited on an invoice.
    CreditNote;
    /// What is left of what clients pay.
    Margin;
    /// What other rules would charge.
    Preview;
}

#[pymethods]
impl ClientStatement {
    fn to_csv(&self, py: Python<'_>) -> String {
        py.detach(|| self.inner.to_csv())
    }

    #[pyo3(signature = (printing=None))]
    fn to_xlsx<'py>(&self, py: Python<'py>, printing: Option<Printing>) -> PyResult<Bound<'py, PyBytes>> {
        let made_at = self.inner.generated_at;
        let book = move || self.document(printing)?.to_xlsx(made_at);
        let bytes = py.detach(book).or_raise(py)?;
        Ok(PyBytes::new(py, &bytes))
    }
}

journaled!(ClientStatement, CreditNote);

#[pymethods]
impl Margin {
    fn to_table(&self, py: Python<'_>) -> String {
        py.detach(|| self.inner.to_table())
    }
}

#[pymethods]
impl Preview {
    fn to_table(&self, py: Python<'_>) -> String {
        py.detach(|| self.inner.to_table())
    }
}

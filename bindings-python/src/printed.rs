//! What is printed beside statements: what clients pay, what is left of it, and what other rules would charge.

use crate::error::OrRaise;
use bursar::{Presentation, ReportRules};
use pyo3::{prelude::*, types::PyBytes};
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
        }

        #[pymethods]
        impl $name {
            fn to_json(&self, py: Python<'_>) -> String {
                py.detach(|| self.inner.to_json())
            }

            fn to_html(&self, py: Python<'_>) -> String {
                py.detach(|| self.inner.document(&Presentation::of(&self.rules)).to_html())
            }

            /// The printed document as JSON, which the package of the PDF lays out.
            fn to_layout_json(&self, py: Python<'_>) -> String {
                py.detach(|| self.inner.document(&Presentation::of(&self.rules)).to_layout_json())
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

    fn to_xlsx<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let document = self.inner.document(&Presentation::of(&self.rules));
        let bytes = py.detach(|| document.to_xlsx(self.inner.generated_at)).or_raise(py)?;
        Ok(PyBytes::new(py, &bytes))
    }
}

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

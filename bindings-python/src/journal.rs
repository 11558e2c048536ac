//! Journals as Python has them: entries, before they are written for an accounting system.

use crate::{convert::money, error::OrRaise, printed::ClientStatement};
use bursar::{ClientInvoice, JournalFormat, Timestamp};
use pyo3::{prelude::*, types::PyDict};

/// Journal entries, each in balance.
#[pyclass(frozen, module = "bursar._native")]
pub(crate) struct Journal(bursar::Journal);

impl Journal {
    pub(crate) const fn new(inner: bursar::Journal) -> Self {
        Self(inner)
    }
}

#[pymethods]
impl Journal {
    /// With what a client was billed, and what it cost.
    fn with_invoice(
        &self,
        py: Python<'_>,
        invoice: &Bound<'_, ClientStatement>,
        cost: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let billed = ClientInvoice::of(&invoice.get().inner, money(cost)?).or_raise(py)?;
        self.0.clone().with_invoice(&billed).or_raise(py).map(Self)
    }

    /// The entries that take all of these back.
    fn reversal(&self, micros: i64) -> Self {
        Self(self.0.reversal(Timestamp::from_micros(micros)))
    }

    /// Files by their names.
    fn to_files<'py>(&self, py: Python<'py>, format: &str) -> PyResult<Bound<'py, PyDict>> {
        let format = format.parse::<JournalFormat>().or_raise(py)?;
        let files = py.detach(|| self.0.to_files(format)).or_raise(py)?;
        let named = PyDict::new(py);
        for file in files {
            named.set_item(file.name, file.text)?;
        }
        Ok(named)
    }
}

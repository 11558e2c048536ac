//! Amounts of money, in and out as decimal text.

use crate::error::IntoPython;
use bursar::Money;
use pyo3::prelude::*;

/// Reads an amount and returns all of its digits that matter.
#[pyfunction]
pub(crate) fn parse_money(py: Python<'_>, text: &str) -> PyResult<String> {
    text.parse::<Money>().map(|amount| amount.to_string()).map_err(|error| error.into_python(py))
}

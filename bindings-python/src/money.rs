//! Amounts of money, in and out as decimals.

use crate::convert::{decimal, money};
use pyo3::prelude::*;

/// Reads an amount and returns it with all of its digits that matter.
#[pyfunction]
pub(crate) fn parse_money<'py>(amount: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    decimal(amount.py(), money(amount)?)
}

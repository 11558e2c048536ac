//! Python's values as the core's: counts, tags, amounts, times.

use crate::error::{OrRaise, wrong_type};
use bursar::{Money, Timestamp};
use pyo3::{
    exceptions::{PyOverflowError, PyValueError},
    prelude::*,
    sync::PyOnceLock,
    types::{PyBool, PyDict, PyFloat, PyInt, PyString},
};
use std::fmt::Display;

static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static FROM_MICROS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A count of zero or more. A float is none, nor is a bool.
#[derive(Clone, Copy)]
pub(crate) struct Count(pub(crate) u64);

impl<'py> FromPyObject<'_, 'py> for Count {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<u64>() {
            Ok(count) if !object.is_instance_of::<PyBool>() => Ok(Self(count)),
            _ => Err(no_count(&object)),
        }
    }
}

#[cold]
fn no_count(object: &Bound<'_, PyAny>) -> PyErr {
    if !object.is_instance_of::<PyInt>() || object.is_instance_of::<PyBool>() {
        return match object.get_type().name() {
            Ok(name) => wrong_type(format!("a count is a whole number (int), not {name}")),
            Err(fault) => fault,
        };
    }
    let is_negative = object.lt(0).unwrap_or(false);
    let found = object.str().map(|text| text.to_string()).unwrap_or_default();
    if is_negative {
        PyValueError::new_err(format!("a count is zero or more, not {found}"))
    } else {
        PyOverflowError::new_err(format!("a count is below 2**64, not {found}"))
    }
}

/// An amount from a `Decimal`, an `int` or text; never from a float.
pub(crate) fn money(object: &Bound<'_, PyAny>) -> PyResult<Money> {
    let py = object.py();
    if object.is_instance_of::<PyFloat>() || object.is_instance_of::<PyBool>() {
        let shown = object.repr()?;
        let name = object.get_type().name()?;
        return Err(wrong_type(format!(
            "an amount of money is a Decimal or text, not the {name} {shown}: write Decimal(\"{shown}\") or \"{shown} USD\""
        )));
    }
    let decimal = decimal_type(py)?;
    if !(object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyInt>()
        || object.is_instance(&decimal)?)
    {
        let name = object.get_type().name()?;
        return Err(wrong_type(format!("an amount of money is a Decimal or text, not {name}")));
    }
    object.str()?.to_str()?.parse::<Money>().or_raise(py)
}

fn decimal_type(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Ok(DECIMAL.import(py, "decimal", "Decimal")?.clone())
}

/// An amount as a `Decimal` with every digit.
pub(crate) fn decimal(py: Python<'_>, amount: impl Display) -> PyResult<Bound<'_, PyAny>> {
    DECIMAL.import(py, "decimal", "Decimal")?.call1((format!("{amount}"),))
}

/// An instant as an aware `datetime` in UTC.
pub(crate) fn datetime(py: Python<'_>, instant: Timestamp) -> PyResult<Bound<'_, PyAny>> {
    FROM_MICROS.import(py, "bursar._time", "from_micros")?.call1((instant.micros(),))
}

/// Tags as pairs, borrowed from their dict.
pub(crate) fn pairs<'a>(
    tags: &'a [(Bound<'_, PyString>, Bound<'_, PyString>)],
) -> PyResult<Vec<(&'a str, &'a str)>> {
    tags.iter().map(|(key, value)| Ok((key.to_str()?, value.to_str()?))).collect()
}

/// The items of a dict of tags, both of them text.
pub(crate) fn tag_items<'py>(
    tags: &Bound<'py, PyDict>,
) -> PyResult<Vec<(Bound<'py, PyString>, Bound<'py, PyString>)>> {
    let text = |object: Bound<'py, PyAny>| {
        object.cast_into::<PyString>().map_err(|fault| {
            let found = fault.into_inner();
            let name = found.get_type().name().map(|name| name.to_string()).unwrap_or_default();
            wrong_type(format!("a tag's key and value are text (str), not {name}"))
        })
    };
    tags.iter().map(|(key, value)| Ok((text(key)?, text(value)?))).collect()
}

//! What a span tells of its call, from the attributes as OpenTelemetry's SDK holds them.

use crate::{convert::decimal, error::OrRaise, terms, usage::Usage};
use pyo3::{
    prelude::*,
    types::{PyDict, PyList, PyString, PyTuple},
};

/// Texts of messages are longer, and tell nothing here.
const MAX_TEXT: usize = 1_024;

/// What the span of a call of a model tells.
#[pyclass(frozen, module = "bursar._native")]
pub(crate) struct CallSpan(bursar::CallSpan);

#[pymethods]
impl CallSpan {
    /// Reads the attributes of a span.
    #[staticmethod]
    fn read(attributes: &Bound<'_, PyDict>) -> PyResult<Self> {
        let flat = flat(attributes)?;
        Ok(Self(bursar::CallSpan::read(flat.iter().map(|(name, text)| (&**name, &**text)))))
    }

    /// The tags among attributes by their short names, with those of the keys that are asked for beside them.
    #[staticmethod]
    fn tags<'py>(attributes: &Bound<'py, PyDict>, more: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyDict>> {
        let (flat, more) = (flat(attributes)?, more.extract::<Vec<String>>()?);
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        let tags = PyDict::new(attributes.py());
        for (key, value) in bursar::span_tags(flat.iter().map(|(name, text)| (&**name, &**text)), &more) {
            tags.set_item(key, value)?;
        }
        Ok(tags)
    }

    #[getter]
    fn is_call(&self) -> bool {
        self.0.is_call()
    }

    #[getter]
    fn has_kind(&self) -> bool {
        self.0.has_kind()
    }

    #[getter]
    fn provider(&self) -> Option<&str> {
        self.0.provider()
    }

    #[getter]
    fn models(&self) -> Vec<String> {
        self.0.models().to_vec()
    }

    #[getter]
    fn has_usage(&self) -> bool {
        self.0.has_usage()
    }

    #[getter]
    fn usage(&self, py: Python<'_>) -> PyResult<Usage> {
        self.0.usage().or_raise(py).map(Usage)
    }

    #[getter]
    fn total_tokens(&self) -> (u64, u64) {
        self.0.total_tokens()
    }

    #[getter]
    fn is_disjoint(&self) -> bool {
        self.0.is_disjoint()
    }

    #[getter]
    fn terms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        terms::shown(py, &self.0.terms())
    }

    #[getter]
    fn stated_cost<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.stated_cost().map(|cost| decimal(py, cost)).transpose()
    }

    #[getter]
    fn response(&self) -> Option<&str> {
        self.0.response()
    }

    /// How the call ended: `answered`, `unresolved` or `refused`.
    #[getter]
    fn end(&self) -> &'static str {
        self.0.end().as_str()
    }

    /// The most output tokens that were asked for; nothing where the span doesn't tell it.
    #[getter]
    fn max_output_tokens(&self) -> Option<u64> {
        self.0.bound().max_output_tokens
    }
}

/// Attributes as texts; of a list its first element, by the list's name and its place.
fn flat(attributes: &Bound<'_, PyDict>) -> PyResult<Vec<(String, String)>> {
    let mut flat = Vec::with_capacity(attributes.len());
    for (name, value) in attributes.iter() {
        let mut name = name.extract::<String>()?;
        let mut value = value;
        if value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyList>() {
            name.push_str(".0");
            match value.get_item(0) {
                Ok(first) => value = first,
                Err(_) => continue,
            }
        }
        let text = match value.cast::<PyString>() {
            Ok(text) => text.clone(),
            Err(_) => value.str()?,
        };
        let text = text.to_str()?;
        if text.len() <= MAX_TEXT {
            flat.push((name, text.to_owned()));
        }
    }
    Ok(flat)
}

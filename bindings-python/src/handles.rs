//! Names that were resolved once: a scope, a model.

use crate::fork;
use pyo3::{prelude::*, types::PyDict};

/// Tags resolved to the budgets that they touch.
#[pyclass(frozen, module = "bursar")]
pub(crate) struct Scope {
    pub(crate) inner: bursar::Scope,
    /// The tags as they were given, to resolve them anew in another process.
    pub(crate) given: Vec<(String, String)>,
    pub(crate) generation: u64,
}

impl Scope {
    pub(crate) fn new(inner: bursar::Scope, given: &[(&str, &str)]) -> Self {
        let given = given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { inner, given, generation: fork::generation() }
    }

    /// A scope that no tags give again: that of a sub-agent.
    pub(crate) fn child(inner: bursar::Scope) -> Self {
        let given = inner.tags().iter().map(|(key, value)| (key.to_string(), value.to_owned())).collect();
        Self { inner, given, generation: fork::generation() }
    }
}

#[pymethods]
impl Scope {
    /// The tags as they are booked, by their OpenTelemetry names.
    #[getter]
    fn tags<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tags = PyDict::new(py);
        for (key, value) in self.inner.tags().iter() {
            tags.set_item(key.as_str(), value)?;
        }
        Ok(tags)
    }

    /// What the taxonomy changed.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.inner.notes().to_vec()
    }

    fn __repr__(&self) -> String {
        let tags: Vec<_> =
            self.inner.tags().iter().map(|(key, value)| format!("{}={value:?}", key.short())).collect();
        format!("Scope({})", tags.join(", "))
    }
}

/// A model resolved to its prices.
#[pyclass(frozen, module = "bursar")]
pub(crate) struct Model {
    pub(crate) inner: bursar::Model,
    pub(crate) generation: u64,
}

#[pymethods]
impl Model {
    /// The canonical name, `provider/model`.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn __repr__(&self) -> String {
        format!("Model({:?})", self.inner.name())
    }
}

//! What a call consumed, as Python gives it.

use crate::{convert::Count, error::OrRaise};
use bursar::Dimension;
use pyo3::{prelude::*, types::PyDict};

/// What one call consumed, in disjoint dimensions.
#[pyclass(frozen, eq, hash, module = "bursar")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Usage(pub(crate) bursar::Usage);

#[pymethods]
impl Usage {
    /// Usage by our own names of dimensions, each apart from the others.
    #[new]
    #[pyo3(signature = (**counts))]
    fn new(py: Python<'_>, counts: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        own(py, counts).map(Self)
    }

    /// Usage by OpenTelemetry's names, where a whole includes its parts.
    #[staticmethod]
    fn from_otel(counts: &Bound<'_, PyDict>) -> PyResult<Self> {
        from_otel(counts).map(Self)
    }

    /// The dimensions whose count is above zero.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (dimension, count) in self.0.iter() {
            counts.set_item(dimension.as_str(), count)?;
        }
        Ok(counts)
    }

    /// All tokens that went in, cached or not.
    #[getter]
    fn total_input(&self) -> u64 {
        self.0.total_input()
    }

    fn __getitem__(&self, py: Python<'_>, dimension: &str) -> PyResult<u64> {
        Ok(self.0.get(dimension.parse::<Dimension>().or_raise(py)?))
    }

    fn __repr__(&self) -> String {
        let counts: Vec<_> = self.0.iter().map(|(dimension, count)| format!("{dimension}={count}")).collect();
        format!("Usage({})", counts.join(", "))
    }
}

fn own(py: Python<'_>, counts: Option<&Bound<'_, PyDict>>) -> PyResult<bursar::Usage> {
    let mut usage = bursar::Usage::new();
    for (name, count) in counts.into_iter().flat_map(PyDictMethods::iter) {
        let dimension: Dimension = name.extract::<&str>()?.parse().or_raise(py)?;
        usage.set(dimension, count.extract::<Count>()?.0);
    }
    Ok(usage)
}

/// Usage from a plain map; nothing-values are left out.
pub(crate) fn from_otel(counts: &Bound<'_, PyDict>) -> PyResult<bursar::Usage> {
    let mut pairs = Vec::with_capacity(counts.len());
    for (name, count) in counts.iter() {
        if !count.is_none() {
            pairs.push((name.cast_into::<pyo3::types::PyString>()?, count.extract::<Count>()?.0));
        }
    }
    let named =
        pairs.iter().map(|(name, count)| Ok((name.to_str()?, *count))).collect::<PyResult<Vec<_>>>()?;
    bursar::Usage::from_otel(named).or_raise(counts.py())
}

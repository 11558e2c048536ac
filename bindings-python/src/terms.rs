//! The terms of a call, from keywords and back.

use crate::error::wrong_type;
use bursar::Terms;
use pyo3::{exceptions::PyValueError, prelude::*, types::PyDict};

/// Reads `{"service_tier": "flex", "processing": "batch", …}`.
pub(crate) fn read(terms: Option<&Bound<'_, PyDict>>) -> PyResult<Terms> {
    let mut read = Terms::new();
    for (key, value) in terms.into_iter().flat_map(PyDictMethods::iter) {
        let key =
            key.cast::<pyo3::types::PyString>().map_err(|_| wrong_type("a term's name is text (str)"))?;
        let value = value.cast::<pyo3::types::PyString>().map_err(|_| wrong_type("a term is text (str)"))?;
        let value = value.to_str()?;
        read = match key.to_str()? {
            "service_tier" => read.service_tier(value),
            "served" => read.served(value),
            "processing" => read.processing(value),
            "speed" => read.speed(value),
            "region" => read.region(value),
            "data_residency" => read.data_residency(value),
            "resolution" => read.resolution(value),
            "search" => read.search(value),
            other => {
                return Err(PyValueError::new_err(format!(
                    "`{other}` is no term of a call; allowed are `service_tier`, `served`, `processing`, `speed`, `region`, `data_residency`, `resolution` and `search`"
                )));
            }
        };
    }
    Ok(read)
}

/// Terms by the keywords that [`read`] takes.
pub(crate) fn shown<'py>(py: Python<'py>, terms: &Terms) -> PyResult<Bound<'py, PyDict>> {
    let shown = PyDict::new(py);
    terms.iter().try_for_each(|(key, name)| shown.set_item(key, name))?;
    Ok(shown)
}

//! Metrics as they stand, for the meter of the Python program.

use crate::{engine::Engine, error::OrRaise, fork};
use bursar::{Metric, MetricKind, MetricPoint, MetricValue, MetricsOptions, MetricsReader, TagKey};
use pyo3::{exceptions::PyValueError, prelude::*, types::PyDict};
use std::sync::{Arc, Mutex, PoisonError};

/// Reads metrics without keeping the ledger open.
#[pyclass(frozen, module = "bursar._native")]
pub(crate) struct Metrics {
    options: MetricsOptions,
    /// What reads, and the process that it reads in.
    reader: Mutex<(u64, Arc<MetricsReader>)>,
}

#[pymethods]
impl Metrics {
    /// Every instrument: name, unit, description and kind.
    #[staticmethod]
    fn instruments() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
        let kind = |metric: Metric| match metric.kind() {
            MetricKind::Amount | MetricKind::Count => "counter",
            MetricKind::Gauge => "gauge",
        };
        Metric::ALL.map(|metric| (metric.name(), metric.unit(), metric.description(), kind(metric))).to_vec()
    }

    /// The points of an instrument: value and attributes. In a process that was forked off there are some once its own
    /// ledger is open.
    fn points<'py>(
        &self,
        py: Python<'py>,
        engine: &Bound<'py, Engine>,
        name: &str,
    ) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyDict>)>> {
        let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name);
        let metric = metric.ok_or_else(|| PyValueError::new_err(format!("`{name}` is no metric")))?;
        let Some(reader) = self.reader(py, engine.get())? else { return Ok(Vec::new()) };
        let points = py.detach(|| reader.points(metric));
        points.iter().map(|point| shown(py, point)).collect()
    }
}

impl Metrics {
    fn reader(&self, py: Python<'_>, engine: &Engine) -> PyResult<Option<Arc<MetricsReader>>> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if reader.0 != fork::generation() {
            let Some(bursar) = engine.if_open() else { return Ok(None) };
            let anew = bursar.metrics_reader(self.options.clone()).or_raise(py)?;
            // What belongs to another process is left alone: its locks may be held for ever.
            std::mem::forget(std::mem::replace(&mut *reader, (fork::generation(), Arc::new(anew))));
        }
        Ok(Some(Arc::clone(&reader.1)))
    }
}

#[pymethods]
impl Engine {
    /// Opens the metrics: the tags that become attributes, and how many series an instrument may have.
    #[pyo3(signature = (*, attributes=None, max_series=None))]
    fn _metrics(
        &self,
        py: Python<'_>,
        attributes: Option<Vec<String>>,
        max_series: Option<usize>,
    ) -> PyResult<Metrics> {
        let mut options = MetricsOptions::new();
        if let Some(keys) = attributes {
            let keys: bursar::Result<Vec<TagKey>> = keys.iter().map(|key| key.parse()).collect();
            options = options.attributes(keys.or_raise(py)?);
        }
        if let Some(series) = max_series {
            options = options.max_series(series);
        }
        let reader = self.bursar(py)?.metrics_reader(options.clone()).or_raise(py)?;
        Ok(Metrics { options, reader: Mutex::new((fork::generation(), Arc::new(reader))) })
    }
}

fn shown<'py>(py: Python<'py>, point: &MetricPoint) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
    let attributes = PyDict::new(py);
    for pair in &point.attributes {
        match &pair.value {
            opentelemetry::Value::Bool(is_so) => attributes.set_item(pair.key.as_str(), is_so)?,
            value => attributes.set_item(pair.key.as_str(), value.as_str())?,
        }
    }
    let value = match point.value {
        MetricValue::Float(value) => value.into_pyobject(py)?.into_any(),
        MetricValue::Count(value) => value.into_pyobject(py)?.into_any(),
    };
    Ok((value, attributes))
}

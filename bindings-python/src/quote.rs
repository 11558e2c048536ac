//! Usage priced from the bundled book, or from a purse's own.

use crate::{
    convert::decimal,
    engine::Engine,
    error::OrRaise,
    terms,
    usage::{self, Usage},
};
use bursar::{Explanation, PriceBook, Timestamp};
use pyo3::{prelude::*, sync::PyOnceLock, types::PyDict};

static BUNDLED: PyOnceLock<PriceBook> = PyOnceLock::new();

/// What is charged: dimension, quantity, price of one unit, amount.
type Line<'py> = (&'static str, u64, String, Bound<'py, PyAny>);

/// Usage priced, line by line, with what led to it.
#[pyclass(frozen, module = "bursar")]
pub(crate) struct Quote(Explanation);

#[pymethods]
impl Quote {
    /// The exact total in USD.
    #[getter]
    fn total<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decimal(py, self.0.quote().total())
    }

    /// What is charged, line by line.
    #[getter]
    fn _lines<'py>(&self, py: Python<'py>) -> PyResult<Vec<Line<'py>>> {
        let lines = self.0.quote().lines().iter();
        lines
            .map(|line| {
                let amount = decimal(py, line.amount())?;
                Ok((line.dimension().as_str(), line.quantity(), line.rate().to_string(), amount))
            })
            .collect()
    }

    /// The model whose prices were used, `provider/model`.
    #[getter]
    fn model(&self) -> &str {
        self.0.model()
    }

    /// How the name led to the model.
    #[getter]
    fn matched(&self) -> String {
        self.0.quote().matched().to_string()
    }

    /// The version of the price book.
    #[getter]
    fn price_version(&self) -> String {
        self.0.quote().price_version().to_string()
    }

    /// What was taken for granted.
    #[getter]
    fn assumptions(&self) -> Vec<String> {
        self.0.assumptions()
    }

    /// The whole explanation.
    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Quote of {} USD by {}>", self.0.quote().total(), self.0.model())
    }
}

/// Prices usage by the book that comes with the package, or by that of a purse.
#[pyfunction]
#[pyo3(signature = (usage, *, model, provider=None, micros, terms=None, engine=None))]
pub(crate) fn quote(
    py: Python<'_>,
    usage: &Bound<'_, PyAny>,
    model: &str,
    provider: Option<&str>,
    micros: i64,
    terms: Option<&Bound<'_, PyDict>>,
    engine: Option<&Bound<'_, Engine>>,
) -> PyResult<Quote> {
    let usage = match usage.cast::<Usage>() {
        Ok(usage) => usage.get().0,
        Err(_) => usage::from_otel(usage.cast::<PyDict>()?)?,
    };
    let found = match engine {
        Some(engine) => engine.get().bursar(py)?.prices().find(provider, model),
        None => BUNDLED.get_or_try_init(py, || PriceBook::bundled().or_raise(py))?.find(provider, model),
    };
    let model = found.or_raise(py)?;
    model.explain(&usage, &terms::read(terms)?, Timestamp::from_micros(micros)).or_raise(py).map(Quote)
}

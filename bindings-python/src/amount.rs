//! Reserving an amount, for what isn't priced by tokens.

use crate::{convert::money, engine::Answered, engine::Engine, error::OrRaise, hold::Hold};
use bursar::Amount;
use pyo3::prelude::*;
use std::time::Duration;

#[pymethods]
impl Engine {
    /// Holds an amount for something that is booked under a name, or raises the refusal.
    #[pyo3(signature = (amount, /, *, name, scope=None, key=None, lifetime=None))]
    fn reserve_amount(
        slf: &Bound<'_, Self>,
        py: Python<'_>,
        amount: &Bound<'_, PyAny>,
        name: &str,
        scope: Option<&Bound<'_, PyAny>>,
        key: Option<&str>,
        lifetime: Option<f64>,
    ) -> PyResult<Hold> {
        let engine = slf.get();
        let bursar = engine.bursar(py)?;
        let scope = Self::scope_of(py, &bursar, scope)?;
        let mut amount = Amount::new(name, money(amount)?);
        if let Some(key) = key {
            amount = amount.key(key);
        }
        if let Some(seconds) = lifetime.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            amount = amount.lifetime(seconds);
        }
        let decision = engine.run(py, || bursar.reserve_amount(&scope, &amount)).or_raise(py)?;
        Answered::of(py, &decision)?.or_raise(py, slf.as_unbound(), None)
    }
}

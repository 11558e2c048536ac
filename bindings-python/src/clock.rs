//! A clock that is turned by hand, for tests.

use bursar::Timestamp;
use pyo3::prelude::*;
use std::{sync::Arc, time::Duration};

/// A clock that stands still until it is told otherwise.
#[pyclass(frozen, module = "bursar.testing")]
pub(crate) struct ManualClock(Arc<bursar::ManualClock>);

impl ManualClock {
    pub(crate) fn inner(&self) -> Arc<bursar::ManualClock> {
        Arc::clone(&self.0)
    }
}

#[pymethods]
impl ManualClock {
    #[new]
    fn new(micros: i64) -> Self {
        Self(Arc::new(bursar::ManualClock::new(Timestamp::from_micros(micros))))
    }

    /// Turns the clock on by seconds.
    fn advance(&self, seconds: f64) -> PyResult<()> {
        let by = Duration::try_from_secs_f64(seconds)
            .map_err(|fault| pyo3::exceptions::PyValueError::new_err(fault.to_string()))?;
        self.0.advance(by);
        Ok(())
    }

    /// Sets the clock to microseconds since 1970.
    fn set(&self, micros: i64) {
        self.0.set(Timestamp::from_micros(micros));
    }
}

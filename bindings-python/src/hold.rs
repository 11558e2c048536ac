//! Money held for one call, and how it ends.

use crate::{
    convert::{datetime, decimal},
    engine::Engine,
    settle::{Settling, settle},
};
use bursar::{Api, HoldId};
use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyType},
};
use std::sync::atomic::{AtomicBool, Ordering};

static OUTCOME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Money held for one call. As a context manager it ends with its block.
#[pyclass(frozen, module = "bursar", weakref)]
pub(crate) struct Hold {
    pub(crate) engine: Py<Engine>,
    pub(crate) inner: bursar::Hold,
    /// The API whose answer is expected, where the hold was taken for a request.
    pub(crate) api: Option<Api>,
    is_ended: AtomicBool,
}

impl Hold {
    pub(crate) fn new(engine: Py<Engine>, inner: bursar::Hold, api: Option<Api>) -> Self {
        Self { engine, inner, api, is_ended: AtomicBool::new(false) }
    }

    pub(crate) fn id(&self) -> HoldId {
        self.inner.id()
    }
}

#[pymethods]
impl Hold {
    /// The hold's number, unique in its ledger.
    #[getter]
    fn number(&self) -> u64 {
        self.inner.id().number()
    }

    /// What is held in every budget that the call touches.
    #[getter]
    fn bound<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decimal(py, self.inner.bound())
    }

    /// When the hold becomes spend if nobody ends it.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        datetime(py, self.inner.expires_at())
    }

    /// When it was taken.
    #[getter]
    fn reserved_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        datetime(py, self.inner.reserved_at())
    }

    /// Whether a repeated key gave back an earlier hold.
    #[getter]
    fn is_replay(&self) -> bool {
        self.inner.is_replay()
    }

    /// Whether it was settled, released or given up by this handle.
    #[getter]
    fn is_ended(&self) -> bool {
        self.is_ended.load(Ordering::Relaxed)
    }

    /// Books what the call cost, and gives the rest back.
    #[pyo3(signature = (usage=None, /, *, cost=None, model=None, terms=None))]
    fn settle(
        &self,
        py: Python<'_>,
        usage: Option<&Bound<'_, PyAny>>,
        cost: Option<&Bound<'_, PyAny>>,
        model: Option<&Bound<'_, PyAny>>,
        terms: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Option<crate::settle::Entry>> {
        let engine = self.engine.get();
        let entry = settle(py, engine, (self.id(), self.api), &Settling { usage, cost, model, terms })?;
        self.is_ended.store(true, Ordering::Relaxed);
        Ok(entry)
    }

    /// Gives the money back: for certain nothing was generated.
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        self.engine.get().end(py, |bursar| bursar.release(self.id()))?;
        self.is_ended.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Notes that nobody knows how the call ended: the hold becomes spend when it expires.
    fn unresolved(&self, py: Python<'_>) -> PyResult<()> {
        self.engine.get().end(py, |bursar| bursar.unresolved(self.id()))?;
        self.is_ended.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Ends the hold by what an exception proves: released where nothing was generated, else unresolved.
    fn fail(&self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if self.is_ended() {
            return Ok(());
        }
        let proves = OUTCOME.import(py, "bursar._outcome", "proves_nothing_was_generated")?;
        if proves.call1((error,))?.is_truthy()? { self.release(py) } else { self.unresolved(py) }
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (kind, error, traceback, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        kind: Option<&Bound<'_, PyType>>,
        error: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let _ = (kind, traceback);
        if self.is_ended() { Ok(()) } else { self.fail(py, error) }
    }

    fn __repr__(&self) -> String {
        let state = if self.is_ended() { "ended" } else { "open" };
        format!("<Hold {} of {} USD, {state}>", self.inner.id(), self.inner.bound())
    }
}

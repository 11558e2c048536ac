//! What a purse tells and keeps: budgets, entries, alerts.

use crate::{
    convert::{datetime, decimal, money},
    engine::Engine,
    error::OrRaise,
};
use bursar::{Alert, HoldId, HoldState, PriceMoves, Timestamp};
use pyo3::{exceptions::PyRuntimeError, prelude::*, types::PyBytes};

/// A hold as it can be seen from outside.
type HoldFields<'py> =
    (&'static str, Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>);

#[pymethods]
impl Engine {
    /// What every budget stands at, as JSON.
    fn _budgets(&self, py: Python<'_>) -> PyResult<String> {
        let bursar = self.bursar(py)?;
        json(&self.run(py, || bursar.budgets()))
    }

    /// A ledger entry as JSON.
    fn _entry(&self, py: Python<'_>, number: u64) -> PyResult<String> {
        let bursar = self.bursar(py)?;
        json(&self.run(py, || bursar.full_entry(number)).or_raise(py)?)
    }

    /// What differs between the ledger's entries and everything that is made of them.
    fn verify(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let bursar = self.bursar(py)?;
        let found = py.detach(|| bursar.verify()).or_raise(py)?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    /// Corrects an entry by an amount, with the reason.
    #[pyo3(signature = (entry, *, by, note))]
    fn adjust(&self, py: Python<'_>, entry: u64, by: &Bound<'_, PyAny>, note: &str) -> PyResult<u64> {
        let (bursar, by) = (self.bursar(py)?, money(by)?);
        self.run(py, || bursar.adjust(entry, by, note)).or_raise(py)
    }

    /// Lifts a suspension.
    #[pyo3(signature = (budget, *, agent=None))]
    fn resume(&self, py: Python<'_>, budget: &str, agent: Option<&str>) -> PyResult<()> {
        self.end(py, |bursar| bursar.resume(budget, agent))
    }

    /// Closes the books before an instant.
    fn _close_until(&self, py: Python<'_>, micros: i64) -> PyResult<()> {
        self.end(py, |bursar| bursar.close_until(Timestamp::from_micros(micros)))
    }

    /// Replaces the price book while calls run; `moves` is the most that a price may move, in times.
    #[pyo3(signature = (book, *, max_move=None, any_move=false))]
    fn _load_prices(
        &self,
        py: Python<'_>,
        book: &Bound<'_, PyBytes>,
        max_move: Option<u32>,
        any_move: bool,
    ) -> PyResult<String> {
        let moves = match (any_move, max_move) {
            (true, _) => PriceMoves::Any,
            (false, Some(times)) => PriceMoves::Within(times),
            (false, None) => PriceMoves::default(),
        };
        let (bursar, bytes) = (self.bursar(py)?, book.as_bytes());
        let version = py.detach(|| bursar.load_prices(bytes, moves)).or_raise(py)?;
        Ok(version.to_string())
    }

    /// Releases a hold by its number.
    fn release(&self, py: Python<'_>, hold: u64) -> PyResult<()> {
        self.end(py, |bursar| bursar.release(HoldId::from_number(hold)))
    }

    /// Marks a hold as unresolved by its number.
    fn unresolved(&self, py: Python<'_>, hold: u64) -> PyResult<()> {
        self.end(py, |bursar| bursar.unresolved(HoldId::from_number(hold)))
    }

    /// Where a hold is in its life, what it holds, what was booked, when it was taken and when it expires.
    fn _hold<'py>(&self, py: Python<'py>, hold: u64) -> PyResult<Option<HoldFields<'py>>> {
        let Some(view) = self.bursar(py)?.hold(HoldId::from_number(hold)) else { return Ok(None) };
        let state = match view.state {
            HoldState::Open => "open",
            HoldState::Unresolved => "unresolved",
            HoldState::Settled => "settled",
            HoldState::Released => "released",
            HoldState::Expired => "expired",
        };
        let (bound, cost) = (decimal(py, view.bound)?, decimal(py, view.cost)?);
        Ok(Some((state, bound, cost, datetime(py, view.reserved_at)?, datetime(py, view.expires_at)?)))
    }

    /// Settles a hold by its number.
    #[pyo3(signature = (hold, usage=None, /, *, cost=None, model=None, terms=None))]
    fn settle(
        &self,
        py: Python<'_>,
        hold: u64,
        usage: Option<&Bound<'_, PyAny>>,
        cost: Option<&Bound<'_, PyAny>>,
        model: Option<&Bound<'_, PyAny>>,
        terms: Option<&Bound<'_, pyo3::types::PyDict>>,
    ) -> PyResult<Option<crate::settle::Entry>> {
        let settling = crate::settle::Settling { usage, cost, model, terms };
        crate::settle::settle(py, self, (HoldId::from_number(hold), None), &settling)
    }

    /// Calls back with every alert as JSON, in a thread of its own.
    fn _on_alert(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
        let bursar = self.bursar(py)?;
        bursar.on_alert(move |alert| tell(&callback, alert)).or_raise(py)
    }

    /// Waits until the alerts so far were told.
    fn _flush_alerts(&self, py: Python<'_>) -> PyResult<()> {
        let bursar = self.bursar(py)?;
        py.detach(|| bursar.alerts().flush());
        Ok(())
    }

    /// How many alerts found a full queue, and how many callbacks failed.
    #[getter]
    fn alerts_lost(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        let bursar = self.bursar(py)?;
        Ok((bursar.alerts().dropped(), bursar.alerts().panics()))
    }

    /// Writes whatever waits.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        let bursar = self.bursar(py)?;
        py.detach(|| bursar.flush()).or_raise(py)
    }

    /// Writes what waits, and gives the ledger up.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let bursar = self.bursar(py)?;
        py.detach(|| bursar.close()).or_raise(py)
    }

    /// Where the ledger is.
    #[getter]
    fn path(&self) -> String {
        self.ledger_path()
    }

    /// Whether no call waits for a disk to spin: all but ledgers that survive loss of power.
    #[getter]
    fn is_quick(&self) -> bool {
        self.is_quickly_durable()
    }

    /// The instant now by the engine's clock, in microseconds since 1970.
    fn _now(&self, py: Python<'_>) -> PyResult<i64> {
        Ok(self.bursar(py)?.now().micros())
    }

    /// The version of the price book in force.
    #[getter]
    fn price_version(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.bursar(py)?.prices().version().to_string())
    }
}

/// Tells an alert to Python, unless the interpreter is going away. What the callback raises is shown and forgotten.
fn tell(callback: &Py<PyAny>, alert: &Alert) {
    let _ = Python::try_attach(|py| {
        let outcome = json(alert).and_then(|text| callback.call1(py, (text,)));
        if let Err(fault) = outcome {
            fault.write_unraisable(py, Some(callback.bind(py)));
        }
    });
}

fn json(value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|fault| PyRuntimeError::new_err(fault.to_string()))
}

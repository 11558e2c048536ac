//! The core's errors and refusals as the exceptions that the Python face declares.
//!
//! The classes live in Python, where they can be read and subclassed; here they are only called.

use bursar::{Decision, Retry};
use pyo3::{exceptions::PyTypeError, prelude::*, sync::PyOnceLock, types::PyDict};

static FROM_CODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static REFUSAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Turns an error into a Python exception with the same code, message, help and context.
pub(crate) trait IntoPython {
    fn into_python(self, py: Python<'_>) -> PyErr;
}

impl IntoPython for bursar::Error {
    #[cold]
    fn into_python(self, py: Python<'_>) -> PyErr {
        exception(py, &self).unwrap_or_else(|fault| fault)
    }
}

/// The exception of an error.
#[cold]
pub(crate) fn exception(py: Python<'_>, error: &bursar::Error) -> PyResult<PyErr> {
    let context = PyDict::new(py);
    for (key, value) in error.context() {
        context.set_item(key, value)?;
    }
    let is_passing = error.code().retry() == Retry::Later;
    let arguments = (error.code().as_str(), error.message(), error.help(), context, is_passing);
    let made = FROM_CODE.import(py, "bursar._error", "from_code")?.call1(arguments)?;
    Ok(PyErr::from_value(made))
}

/// Whatever the core answers, with its error as an exception.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for bursar::Result<T> {
    #[inline]
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| error.into_python(py))
    }
}

/// The exception of a refusal, which `reserve` raises and `decide` returns.
#[cold]
pub(crate) fn refusal<'py>(py: Python<'py>, decision: &Decision) -> PyResult<Bound<'py, PyAny>> {
    if let Decision::Unpriced(error) = decision {
        return exception(py, error).map(|error| error.into_value(py).into_bound(py).into_any());
    }
    let fields = PyDict::new(py);
    if let Some(budget) = decision.budget() {
        fields.set_item("budget", &budget.name)?;
        fields.set_item("instance", budget.instance.clone())?;
    }
    match decision {
        Decision::Throttled(throttled) => {
            fields.set_item("retry_after", throttled.retry_after.map(|wait| wait.as_secs_f64()))?;
            fields.set_item("downgrade_to", &throttled.downgrade_to)?;
        }
        Decision::Suspended(suspended) => {
            fields.set_item("until", suspended.until.map(bursar::Timestamp::micros))?;
            fields.set_item("agent", &suspended.agent)?;
        }
        Decision::Exceeded(exceeded) => {
            fields.set_item("basis", exceeded.basis.as_str())?;
            fields.set_item("bound", exceeded.bound.to_string())?;
            fields.set_item("remaining", exceeded.remaining.to_string())?;
            fields.set_item("affordable_output_tokens", exceeded.affordable_output_tokens)?;
        }
        Decision::Untagged(untagged) => {
            let missing: Vec<_> = untagged.missing.iter().map(ToString::to_string).collect();
            fields.set_item("missing", missing)?;
        }
        Decision::Admitted(_) | Decision::Unpriced(_) => {}
    }
    let arguments = (decision.as_str(), decision.to_string(), fields);
    REFUSAL.import(py, "bursar._error", "refusal")?.call1(arguments)
}

/// The exception of an argument of a wrong type.
#[cold]
pub(crate) fn wrong_type(message: impl Into<String>) -> PyErr {
    PyTypeError::new_err(message.into())
}

//! The core's error as the exception that the Python face declares.

use pyo3::{prelude::*, sync::PyOnceLock, types::PyType};

/// `bursar.Error`, looked up once. The class lives in Python, where it can be read and subclassed.
static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Turns an error into a Python exception with the same code, message and help.
pub(crate) trait IntoPython {
    fn into_python(self, py: Python<'_>) -> PyErr;
}

impl IntoPython for bursar::Error {
    fn into_python(self, py: Python<'_>) -> PyErr {
        match CLASS.import(py, "bursar._error", "Error") {
            Ok(class) => {
                let arguments = (self.message().to_owned(), self.code().as_str(), self.help().to_owned());
                PyErr::from_type(class.clone(), arguments)
            }
            Err(missing) => missing,
        }
    }
}

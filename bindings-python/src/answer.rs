//! What a provider's answer tells, whole or as it streams by.

use crate::{
    convert::decimal,
    error::{OrRaise, exception},
    usage::Usage,
};
use bursar::{Api, Outcome};
use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyDict},
};
use std::sync::Mutex;

/// What an answer told of its cost.
#[pyclass(frozen, module = "bursar")]
pub(crate) struct Answer(bursar::Answer);

impl Answer {
    pub(crate) fn inner(&self) -> &bursar::Answer {
        &self.0
    }

    /// Reads a body whose API is known, or tells by itself.
    pub(crate) fn read(_py: Python<'_>, body: &[u8], api: Option<Api>) -> PyResult<Self> {
        let Some(api) = api.or_else(|| Api::of_answer(body)) else {
            return Err(PyValueError::new_err(
                "it can't be told which API the answer comes from: give `host` and `path`, or `api`",
            ));
        };
        Ok(Self(bursar::Answer::of_body(api, body)))
    }
}

#[pymethods]
impl Answer {
    /// The model that served.
    #[getter]
    fn model(&self) -> Option<&str> {
        self.0.model()
    }

    /// The usage; nothing where the answer doesn't tell it.
    #[getter]
    fn usage(&self, py: Python<'_>) -> PyResult<Option<Usage>> {
        match self.0.outcome() {
            Outcome::Usage(usage) => Ok(Some(Usage(*usage))),
            Outcome::Unresolved(_) => Ok(None),
            Outcome::Refused(error) => Err(exception(py, error)?),
        }
    }

    /// Why the usage isn't known, in a word; nothing where it is.
    #[getter]
    fn unresolved(&self) -> Option<&'static str> {
        match self.0.outcome() {
            Outcome::Unresolved(reason) => Some(reason.as_str()),
            Outcome::Usage(_) | Outcome::Refused(_) => None,
        }
    }

    /// The cost in USD that the answer states.
    #[getter]
    fn stated_cost<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.stated_cost().map(|cost| decimal(py, cost)).transpose()
    }

    /// The terms that served the call, where they aren't the standard ones.
    #[getter]
    fn terms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        crate::terms::shown(py, self.0.terms())
    }

    /// Usage beside the answer's own: kind, model and usage.
    #[getter]
    fn others(&self) -> Vec<(String, Option<String>, Usage)> {
        let others = self.0.others().iter();
        others
            .map(|other| (other.kind().to_owned(), other.model().map(str::to_owned), Usage(*other.usage())))
            .collect()
    }

    fn __repr__(&self) -> String {
        match self.0.outcome() {
            Outcome::Usage(usage) => format!("<Answer of {} with {usage:?}>", self.0.model().unwrap_or("?")),
            Outcome::Unresolved(reason) => format!("<Answer: {reason}>"),
            Outcome::Refused(error) => format!("<Answer: {error}>"),
        }
    }
}

/// Reads the usage from an answer while it streams by.
#[pyclass(frozen, module = "bursar._native")]
pub(crate) struct StreamReader(Mutex<Option<bursar::StreamReader>>);

#[pymethods]
impl StreamReader {
    #[new]
    #[pyo3(signature = (api, content_type=""))]
    fn new(py: Python<'_>, api: &str, content_type: &str) -> PyResult<Self> {
        let api: Api = api.parse().or_raise(py)?;
        Ok(Self(Mutex::new(Some(bursar::StreamReader::of(api, content_type)))))
    }

    /// Whether the answer has come to its end.
    #[getter]
    fn is_ended(&self) -> bool {
        self.0.lock().is_ok_and(|reader| reader.as_ref().is_none_or(bursar::StreamReader::is_ended))
    }

    /// Looks at the next piece.
    fn push(&self, bytes: &Bound<'_, PyBytes>) {
        if let Ok(mut reader) = self.0.lock()
            && let Some(reader) = reader.as_mut()
        {
            reader.push(bytes.as_bytes());
        }
    }

    /// What the stream told.
    fn finish(&self) -> PyResult<Answer> {
        let reader = self.0.lock().ok().and_then(|mut reader| reader.take());
        let reader = reader.ok_or_else(|| PyValueError::new_err("the stream has been finished already"))?;
        Ok(Answer(reader.finish()))
    }
}

/// Reads an answer by its address, by its API, or by itself.
#[pyfunction]
#[pyo3(signature = (body, *, api=None, host="", path="", content_type=""))]
pub(crate) fn read_answer(
    py: Python<'_>,
    body: &Bound<'_, PyBytes>,
    api: Option<&str>,
    host: &str,
    path: &str,
    content_type: &str,
) -> PyResult<Answer> {
    match named(py, api, (host, path))? {
        Some(api) if !content_type.is_empty() => {
            Ok(Answer(bursar::Answer::read(api, body.as_bytes(), content_type)))
        }
        api => Answer::read(py, body.as_bytes(), api),
    }
}

/// An API by its name, or else by an address.
fn named(py: Python<'_>, api: Option<&str>, (host, path): (&str, &str)) -> PyResult<Option<Api>> {
    match api {
        Some(name) => name.parse::<Api>().or_raise(py).map(Some),
        None => Ok(Api::detect(host, path)),
    }
}

/// The API that a request is sent to.
pub(crate) fn api_of(py: Python<'_>, api: Option<&str>, address: (&str, &str)) -> PyResult<Api> {
    named(py, api, address)?.ok_or_else(|| {
        PyValueError::new_err("no API is known at this address: give `host` and `path`, or `api`")
    })
}

/// The API of an address, and the provider of the price book that answers there.
#[pyfunction]
pub(crate) fn address(host: &str, path: &str) -> (Option<&'static str>, Option<&'static str>) {
    (Api::detect(host, path).map(Api::as_str), bursar::provider_of_host(host))
}

//! What a request tells before it is sent.

use crate::{answer::api_of, error::OrRaise, terms, usage::Usage};
use bursar::{ApiRequest, CacheUse};
use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};

/// A request to a model's API: its model, its terms and the most that it may use.
#[pyclass(frozen, module = "bursar")]
pub(crate) struct Request {
    inner: ApiRequest,
    provider: Option<&'static str>,
    context_window: Option<u64>,
}

#[pymethods]
impl Request {
    /// The model as the request names it.
    #[getter]
    fn model(&self) -> &str {
        self.inner.model()
    }

    /// Who answers, by the host.
    #[getter]
    fn provider(&self) -> Option<&'static str> {
        self.provider
    }

    /// Other models that the request names, which may answer in the model's place.
    #[getter]
    fn other_models(&self) -> Vec<String> {
        self.inner.other_models().to_vec()
    }

    /// The most input tokens.
    #[getter]
    fn input_tokens(&self) -> u64 {
        self.inner.input(self.context_window).tokens()
    }

    /// What the input tokens are the sum of: how many, and why.
    #[getter]
    fn lines(&self) -> Vec<(u64, String)> {
        let bound = self.inner.input(self.context_window);
        bound.lines().iter().map(|line| (line.tokens, line.reason.to_string())).collect()
    }

    /// The most tokens that may come back; nothing where the request leaves it to the model.
    #[getter]
    fn max_output_tokens(&self) -> Option<u64> {
        self.inner.max_output_tokens()
    }

    /// Whether the answer comes in pieces.
    #[getter]
    fn is_streaming(&self) -> bool {
        self.inner.is_streaming()
    }

    /// Whether it may write to a cache at a price of its own.
    #[getter]
    fn may_cache(&self) -> bool {
        self.inner.cache() != CacheUse::None
    }

    /// Uses of the provider's own tools that are charged by themselves, at the most.
    #[getter]
    fn server_tool_uses(&self) -> Usage {
        Usage(self.inner.server_tool_uses())
    }

    /// The terms that are asked for, where they aren't the standard ones.
    #[getter]
    fn terms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        terms::shown(py, self.inner.terms())
    }

    fn __repr__(&self) -> String {
        format!("<Request of {} with at most {} input tokens>", self.model(), self.input_tokens())
    }
}

/// Reads a request by its address or its API.
#[pyfunction]
#[pyo3(signature = (body, *, api=None, host="", path="", context_window=None))]
pub(crate) fn read_request(
    py: Python<'_>,
    body: &Bound<'_, PyBytes>,
    api: Option<&str>,
    host: &str,
    path: &str,
    context_window: Option<u64>,
) -> PyResult<Request> {
    let api = api_of(py, api, (host, path))?;
    let inner = ApiRequest::read(api, path, body.as_bytes()).or_raise(py)?;
    Ok(Request { inner, provider: bursar::provider_of_host(host), context_window })
}

/// Reads the requests of a batch, each with the caller's id.
#[pyfunction]
#[pyo3(signature = (body, *, api=None, host="", path="", context_window=None))]
pub(crate) fn read_batch(
    py: Python<'_>,
    body: &Bound<'_, PyBytes>,
    api: Option<&str>,
    host: &str,
    path: &str,
    context_window: Option<u64>,
) -> PyResult<Vec<(Option<String>, Request)>> {
    let (api, provider) = (api_of(py, api, (host, path))?, bursar::provider_of_host(host));
    let batch = ApiRequest::read_batch(api, path, body.as_bytes()).or_raise(py)?;
    let one = |one: bursar::BatchRequest| {
        let id = one.id().map(str::to_owned);
        (id, Request { inner: one.into_request(), provider, context_window })
    };
    Ok(batch.into_iter().map(one).collect())
}

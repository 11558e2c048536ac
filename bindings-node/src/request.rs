//! What a request tells before it is sent.

use crate::{
    answer::api_of,
    call::count,
    fault::{Answered, answered},
    pairs::flat_of_usage,
    refusal::whole,
};
use bursar::{ApiRequest, CacheUse, Result};
use napi_derive::napi;

/// A request to a model's API: its model, its terms and the most that it may use.
#[napi(object)]
pub(crate) struct RequestTold {
    pub model: String,
    pub provider: Option<String>,
    pub other_models: Vec<String>,
    pub input_tokens: i64,
    pub lines: Vec<BoundLine>,
    pub max_output_tokens: Option<i64>,
    pub is_streaming: bool,
    pub may_cache: bool,
    pub server_tool_uses: Vec<String>,
    pub terms: Vec<String>,
}

/// A part of the input tokens, with the reason for it.
#[napi(object)]
pub(crate) struct BoundLine {
    pub tokens: i64,
    pub reason: String,
}

/// A request of a batch, with the caller's id.
#[napi(object)]
pub(crate) struct BatchedTold {
    pub id: Option<String>,
    pub request: RequestTold,
}

/// Reads a request by its address or its API.
#[napi]
pub(crate) fn read_request(
    body: &[u8],
    api: Option<String>,
    host: String,
    path: String,
    context_window: Option<i64>,
) -> Answered<RequestTold> {
    let read = || {
        let request = ApiRequest::read(api_of(api.as_deref(), &host, &path)?, &path, body)?;
        Ok(told(&request, &host, context_window))
    };
    answered(read())
}

/// Reads the requests of a batch.
#[napi]
pub(crate) fn read_batch(
    body: &[u8],
    api: Option<String>,
    host: String,
    path: String,
    context_window: Option<i64>,
) -> Answered<Vec<BatchedTold>> {
    let read = || -> Result<Vec<BatchedTold>> {
        let batch = ApiRequest::read_batch(api_of(api.as_deref(), &host, &path)?, &path, body)?;
        let one = |one: bursar::BatchRequest| BatchedTold {
            id: one.id().map(str::to_owned),
            request: told(&one.into_request(), &host, context_window),
        };
        Ok(batch.into_iter().map(one).collect())
    };
    answered(read())
}

fn told(request: &ApiRequest, host: &str, context_window: Option<i64>) -> RequestTold {
    let input = request.input(context_window.map(count));
    let lines = input.lines().iter();
    RequestTold {
        model: request.model().to_owned(),
        provider: bursar::provider_of_host(host).map(str::to_owned),
        other_models: request.other_models().to_vec(),
        input_tokens: whole(input.tokens()),
        lines: lines
            .map(|line| BoundLine { tokens: whole(line.tokens), reason: line.reason.to_string() })
            .collect(),
        max_output_tokens: request.max_output_tokens().map(whole),
        is_streaming: request.is_streaming(),
        may_cache: request.cache() != CacheUse::None,
        server_tool_uses: flat_of_usage(&request.server_tool_uses()),
        terms: request.terms().iter().flat_map(|(key, name)| [key.to_owned(), name.to_owned()]).collect(),
    }
}

//! Requests of a batch, each in its envelope with the caller's own id.

use super::{ApiRequest, MAX_REQUEST_BYTES, node::Node};
use crate::{
    error::{Error, ErrorCode, Result},
    providers::Api,
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Requests that one batch may have; the largest limit among the providers.
pub const MAX_BATCH_REQUESTS: usize = 200_000;

/// One request of a batch. Its terms say so: `batch` is a way of processing.
#[derive(Clone, Debug)]
pub struct BatchRequest {
    id: Option<String>,
    request: ApiRequest,
}

impl BatchRequest {
    /// The caller's id of the request, as the line of its answer has it.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The request.
    pub const fn request(&self) -> &ApiRequest {
        &self.request
    }

    /// The request itself.
    pub fn into_request(self) -> ApiRequest {
        self.request
    }
}

/// A request with what stands around it, in the words of one of the providers.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope<'a> {
    #[serde(borrow, alias = "key", alias = "recordId")]
    custom_id: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    /// OpenAI's path, which tells the kind of a request.
    url: Option<String>,
    /// OpenAI's `body`, Anthropic's `params`, Google's `request`, Bedrock's `modelInput`.
    #[serde(borrow, alias = "params", alias = "request", alias = "modelInput")]
    body: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    key: Option<&'a RawValue>,
}

/// What leads to the list in a body that carries a whole batch.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Way<'a> {
    #[serde(borrow)]
    requests: Option<&'a RawValue>,
    #[serde(borrow)]
    batch: Option<&'a RawValue>,
    #[serde(borrow, alias = "input_config")]
    #[serde(rename = "inputConfig")]
    input_config: Option<&'a RawValue>,
}

/// Whether a body carries a batch, or is a line of one, and isn't a request itself.
pub(super) fn is_batch(body: &Node<'_>) -> bool {
    let first = body.get("requests").and_then(|requests| requests.list().first());
    let is_envelope =
        |node: &Node<'_>| node.any(&["params", "request", "body", "modelInput"]).is_some_and(Node::is_map);
    let is_line = body.any(&["custom_id", "key", "recordId"]).is_some() && is_envelope(body);
    body.get("batch").is_some_and(Node::is_map) || first.is_some_and(is_envelope) || is_line
}

impl ApiRequest {
    /// Reads a batch: a file of lines as OpenAI, Mistral, Google and Bedrock take it, or the body that carries all
    /// requests to Anthropic or Google. A line that gives a path of its own is read as that.
    ///
    /// # Errors
    /// `request_invalid`, with the number of the request, and for more than [`MAX_BATCH_REQUESTS`].
    ///
    /// # Examples
    /// ```
    /// use bursar::{Api, ApiRequest};
    /// let file = br#"{"custom_id":"a","url":"/v1/chat/completions","body":{"model":"gpt-5-mini","max_completion_tokens":9}}
    /// {"custom_id":"b","url":"/v1/embeddings","body":{"model":"text-embedding-3-small","input":["one","two"]}}
    /// "#;
    /// let batch = ApiRequest::read_batch(Api::Chat, "/v1/batches", file)?;
    /// assert_eq!((batch[0].id(), batch[1].request().model()), (Some("a"), "text-embedding-3-small"));
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn read_batch(api: Api, path: &str, body: &[u8]) -> Result<Vec<BatchRequest>> {
        if body.len() > MAX_REQUEST_BYTES {
            let message = format!("the batch has {} bytes, and {MAX_REQUEST_BYTES} are allowed", body.len());
            return Err(Error::new(ErrorCode::RequestInvalid, message));
        }
        let requests = match serde_json::from_slice::<&RawValue>(body).ok().and_then(inline) {
            Some(requests) => requests,
            None => lines(body)?,
        };
        if requests.len() > MAX_BATCH_REQUESTS {
            let message =
                format!("the batch has {} requests, and {MAX_BATCH_REQUESTS} are allowed", requests.len());
            return Err(Error::new(ErrorCode::RequestInvalid, message));
        }
        let numbered = requests.into_iter().enumerate();
        numbered.map(|(at, request)| one(api, path, request).map_err(|error| named(at, &error))).collect()
    }
}

/// The requests of a body that carries them all; nothing for a file of lines.
fn inline(body: &RawValue) -> Option<Vec<&RawValue>> {
    if let Ok(list) = serde_json::from_str(body.get()) {
        return Some(list);
    }
    let way: Way<'_> = serde_json::from_str(body.get()).ok()?;
    inline(way.batch.or(way.input_config).or(way.requests)?)
}

fn lines(body: &[u8]) -> Result<Vec<&RawValue>> {
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let read = |(at, line)| {
        serde_json::from_slice(line).map_err(|error| {
            let message = format!("request {} of the batch is no JSON: {error}", at + 1);
            Error::new(ErrorCode::RequestInvalid, message).caused_by(error)
        })
    };
    lines.enumerate().map(read).collect()
}

fn one(api: Api, path: &str, request: &RawValue) -> Result<BatchRequest> {
    let no_request = || Error::new(ErrorCode::RequestInvalid, "it holds no request".to_owned());
    let envelope: Envelope<'_> = serde_json::from_str(request.get()).map_err(|_| no_request())?;
    let body = envelope.body.ok_or_else(no_request)?;
    let path = envelope.url.as_deref().unwrap_or(path);
    let api = envelope.url.as_deref().and_then(|url| Api::detect("", url)).unwrap_or(api);
    let mut read = ApiRequest::read(api, path, body.get().as_bytes())?;
    read.terms = read.terms.processing("batch");
    let id = envelope.custom_id.or(envelope.metadata.and_then(|metadata| metadata.key));
    Ok(BatchRequest { id: id.and_then(|id| serde_json::from_str(id.get()).ok()), request: read })
}

fn named(at: usize, error: &Error) -> Error {
    Error::new(error.code(), format!("request {} of the batch: {}", at + 1, error.message()))
}

//! A line of a batch's results: an answer in its envelope, with the caller's own id.

use super::{
    Answer, Api, dialect,
    seen::Seen,
    text::{Object, Text},
};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One answer of a batch. Its terms say so: `batch` is a way of processing.
///
/// # Examples
/// ```
/// use bursar::{Api, BatchLine};
/// let line = br#"{"custom_id": "a", "result": {"type": "succeeded", "message": {"model": "claude-haiku-4-5",
///     "usage": {"input_tokens": 7, "output_tokens": 3}}}}"#;
/// let line = BatchLine::read(Api::Messages, line);
/// assert_eq!(line.id(), Some("a"));
/// assert!(line.answer().usage().is_some());
/// ```
#[derive(Debug)]
pub struct BatchLine {
    id: Option<String>,
    answer: Answer,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope<'a> {
    custom_id: Text,
    /// Google's name of the caller's id.
    key: Text,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner<'a> {
    /// OpenAI.
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    /// Anthropic.
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl BatchLine {
    /// Reads a line: OpenAI's `response.body`, Anthropic's `result.message` or Google's `response`. A request of the
    /// batch that failed or expired is [`Unresolved::Failed`](super::Unresolved::Failed).
    pub fn read(api: Api, line: &[u8]) -> Self {
        let envelope: Envelope<'_> = match serde_json::from_slice::<Envelope<'_>>(line) {
            Ok(envelope) => envelope,
            Err(_) => {
                return Self { id: None, answer: Seen { lost: true, ..Seen::default() }.finish(Ok(None)) };
            }
        };
        let id = envelope.custom_id.0.or(envelope.key.0);
        let answer = match envelope.response.or(envelope.result).map(body) {
            Some(Some(body)) => dialect::read_whole(api, body.get().as_bytes()),
            _ => Seen { failed: true, ..Seen::default() }.finish(Ok(None)),
        };
        Self { id, answer: Answer { terms: answer.terms.processing("batch"), ..answer } }
    }

    /// The caller's id of the request.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What the answer told.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The answer itself.
    pub fn into_answer(self) -> Answer {
        self.answer
    }
}

/// The answer in its envelope; none where the envelope says that there is none.
fn body(outer: &RawValue) -> Option<&RawValue> {
    let inner = serde_json::from_str::<Object<Inner<'_>>>(outer.get()).ok()?.0?;
    inner.body.or(inner.message).or_else(|| (!outer.get().contains("\"type\"")).then_some(outer))
}

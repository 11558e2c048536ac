//! Which API an answer comes from, by the answer itself: for whoever has the object and not its address.

use super::{
    Answer, Api,
    text::{Given, Object, Text},
};
use serde::Deserialize;

/// The fields by which answers differ, of a whole one or of the first event of a stream.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Shape {
    object: Text,
    #[serde(rename = "type")]
    kind: Text,
    choices: Given,
    output: Given,
    candidates: Given,
    #[serde(rename = "usageMetadata", alias = "usage_metadata")]
    usage_metadata: Given,
    #[serde(rename = "stopReason")]
    stop_reason: Given,
    meta: Given,
    eval_count: Given,
    prompt_eval_count: Given,
    usage: Object<Usage>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Usage {
    #[serde(rename = "inputTokens")]
    input_tokens: Given,
    prompt_tokens: Given,
    cache_creation_input_tokens: Given,
    billed_units: Given,
}

impl Answer {
    /// Reads an answer of which nothing but the body is known: whole or a stream, by its looks.
    ///
    /// # Examples
    /// ```
    /// use bursar::{Answer, Api};
    /// let stream = b"data: {\"model\": \"gpt-5\", \"choices\": []}\n\n";
    /// assert_eq!(Answer::of_body(Api::Chat, stream).model(), Some("gpt-5"));
    /// ```
    pub fn of_body(api: Api, body: &[u8]) -> Self {
        Self::read(api, body, media_type(body))
    }
}

impl Api {
    /// The shape of an answer without its address; a stream is known by its first event. Nothing where it could be any.
    ///
    /// # Examples
    /// ```
    /// use bursar::Api;
    /// assert_eq!(Api::of_answer(br#"{"object": "response", "output": []}"#), Some(Api::Responses));
    /// assert_eq!(Api::of_answer(b"event: message_start\ndata: {\"type\": \"message_start\"}\n\n"), Some(Api::Messages));
    /// assert_eq!(Api::of_answer(b"{}"), None);
    /// ```
    pub fn of_answer(body: &[u8]) -> Option<Self> {
        let shape: Shape = serde_json::from_slice(first_event(body)?).ok()?;
        let (object, kind) = (shape.object.as_str(), shape.kind.as_str());
        let usage = shape.usage.0.unwrap_or_default();
        let found = [
            (object == "response" || kind.starts_with("response."), Self::Responses),
            (matches!(kind, "message" | "message_start"), Self::Messages),
            (object.starts_with("chat.completion") || object == "text_completion", Self::Chat),
            (shape.usage_metadata.0 || shape.candidates.0, Self::GenerateContent),
            (usage.input_tokens.0 || shape.stop_reason.0, Self::Converse),
            (shape.prompt_eval_count.0 || shape.eval_count.0, Self::Ollama),
            (shape.meta.0 || usage.billed_units.0, Self::Cohere),
            (object == "list", Self::Embeddings),
            (shape.choices.0 || usage.prompt_tokens.0, Self::Chat),
            (usage.cache_creation_input_tokens.0, Self::Messages),
            (shape.output.0, Self::Responses),
        ];
        found.into_iter().find(|(is_it, _)| *is_it).map(|(_, api)| api)
    }
}

/// The first JSON of a body: all of it, or the data of the first event.
fn first_event(body: &[u8]) -> Option<&[u8]> {
    let body = body.trim_ascii();
    if body.starts_with(b"{") {
        return Some(
            body.split(|byte| *byte == b'\n').next().filter(|line| line.ends_with(b"}")).unwrap_or(body),
        );
    }
    let mut lines = body.split(|byte| *byte == b'\n');
    lines.find_map(|line| line.strip_prefix(b"data:")).map(<[u8]>::trim_ascii)
}

/// The media type that a body has by its looks.
fn media_type(body: &[u8]) -> &'static str {
    let text = body.trim_ascii_start();
    match text.first() {
        Some(b'{') => {
            let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
            let is_lines = lines.next().is_some_and(|line| line.trim_ascii().ends_with(b"}"))
                && lines.next().is_some_and(|line| line.starts_with(b"{"));
            if is_lines { "application/x-ndjson" } else { "application/json" }
        }
        Some(b'[') => "application/x-ndjson",
        Some(0) => "application/vnd.amazon.eventstream",
        _ => "text/event-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::Api;

    #[test]
    fn an_answer_tells_which_api_it_comes_from() {
        for (body, expected) in [
            (r#"{"id": "a", "object": "chat.completion", "usage": {"prompt_tokens": 1}}"#, Some(Api::Chat)),
            ("data: {\"object\": \"chat.completion.chunk\"}\n\ndata: [DONE]\n\n", Some(Api::Chat)),
            ("event: response.created\ndata: {\"type\": \"response.created\"}\n\n", Some(Api::Responses)),
            (r#"{"type": "message", "usage": {"input_tokens": 1}}"#, Some(Api::Messages)),
            (r#"{"candidates": [], "usageMetadata": {}}"#, Some(Api::GenerateContent)),
            (r#"{"usage": {"inputTokens": 1, "outputTokens": 2}}"#, Some(Api::Converse)),
            ("{\"model\": \"llama3\", \"done\": true, \"eval_count\": 3}\n", Some(Api::Ollama)),
            (r#"{"object": "list", "data": [], "usage": {"prompt_tokens": 4}}"#, Some(Api::Embeddings)),
            (r#"{"choices": []}"#, Some(Api::Chat)),
            ("{\n  \"choices\": [],\n  \"usage\": {}\n}", Some(Api::Chat)),
            ("[]", None),
            ("", None),
            ("not json", None),
        ] {
            assert_eq!(Api::of_answer(body.as_bytes()), expected, "{body}");
        }
    }
}

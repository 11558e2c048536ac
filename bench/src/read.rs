//! Reading an answer of two kilobytes into usage, whole and as a stream, beside genai-prices on the same body.

use crate::{clock::nanoseconds, table::Table};
use bursar::{Answer, Api};
use genai_prices::{Calculator, ExtractRequest};
use std::hint::black_box;

/// Bytes of an answer's text, so that the answer has about two kilobytes.
const TEXT: usize = 1_500;

const USAGE: &str = r#"{"prompt_tokens":1200,"completion_tokens":320,"total_tokens":1520,"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"#;

fn whole() -> Vec<u8> {
    let text = "A sentence of an answer, with \\\"quotes\\\" in it. ".repeat(TEXT / 46);
    format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion","created":1795000000,"model":"gpt-5-mini","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}","refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"stop"}}],"usage":{USAGE},"service_tier":"default","system_fingerprint":null}}"#
    )
    .into_bytes()
}

/// The same length of text in events of one word each, and the usage in the last.
fn streamed() -> Vec<u8> {
    let head = r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1795000000,"model":"gpt-5-mini""#;
    let word = format!(r#"data: {{{head},"choices":[{{"index":0,"delta":{{"content":"sentence "}},"finish_reason":null}}],"usage":null}}"#);
    let last = format!(r#"data: {{{head},"choices":[],"usage":{USAGE}}}"#);
    let mut events = vec![word; 10];
    events.push(last);
    events.push("data: [DONE]".to_owned());
    (events.join("\n\n") + "\n\n").into_bytes()
}

pub(crate) fn rows(table: &mut Table) {
    let (whole, streamed) = (whole(), streamed());
    let rival = Calculator::bundled();
    let request = ExtractRequest::new(&whole).with_provider_id("openai").with_api_flavor("chat");
    let (ours, theirs) = (Answer::read(Api::Chat, &whole, "application/json"), rival.extract_usage(&request).unwrap());
    assert!(ours.usage().is_some() && theirs.model_id.is_some(), "both read the answer");
    assert!(Answer::read(Api::Chat, &streamed, "text/event-stream").usage().is_some(), "the stream is read");
    let [read, other, stream] = nanoseconds([
        &mut |count| (0..count).for_each(|_| drop(black_box(Answer::read(Api::Chat, black_box(&whole), "application/json")))),
        &mut |count| (0..count).for_each(|_| drop(black_box(rival.extract_usage(black_box(&request))))),
        &mut |count| (0..count).for_each(|_| drop(black_box(Answer::read(Api::Chat, black_box(&streamed), "text/event-stream")))),
    ]);
    table.row(format!("usage of an answer of {} bytes", whole.len()), (read, "ns"), None, Some(("genai-prices", other)));
    table.row(format!("usage of a stream of {} bytes, 12 events", streamed.len()), (stream, "ns"), None, None);
}

//! A whole answer as the stream that its provider would have sent, and a stream as its whole answer, in the shapes that
//! the providers document.

use bursar::Api;
use serde_json::{Map, Value, json};

/// The framing and the events of a whole answer; nothing for an API or a body without a stream.
pub fn events_of(api: Api, whole: &Value) -> Option<(&'static str, Vec<Value>)> {
    let is_message = whole["type"] == "message";
    match api {
        Api::Chat | Api::GoogleChat if whole["choices"].is_array() => Some(("sse_done", chat(whole))),
        Api::Responses if whole["object"] == "response" => Some(("sse_named", response(whole))),
        Api::Messages if is_message => Some(("sse_named", message(whole))),
        Api::GenerateContent if whole["candidates"].is_array() => Some(("sse", content(whole))),
        Api::Converse if whole["output"].is_object() => Some(("frames", converse(whole))),
        Api::Invoke if is_message => Some(("frames_of_bytes", message(whole))),
        Api::Cohere if whole["message"].is_object() => Some(("sse_named", cohere(whole))),
        _ => None,
    }
}

fn chat(whole: &Value) -> Vec<Value> {
    let mut head = whole.clone();
    let usage = head.as_object_mut().unwrap().remove("usage").unwrap_or_default();
    head["choices"] = json!([]);
    let chunk = |choices: Value| {
        let mut chunk = head.clone();
        chunk["choices"] = choices;
        chunk
    };
    let reasons = whole["choices"].as_array().unwrap().iter().enumerate();
    let ends = reasons
        .map(|(at, choice)| json!({"index": at, "delta": {}, "finish_reason": choice["finish_reason"]}));
    let mut events = vec![chunk(json!([{"index": 0, "delta": {"content": "H"}, "finish_reason": null}]))];
    events.extend(ends.map(|end| chunk(json!([end]))));
    let mut last = chunk(json!([]));
    last["usage"] = usage;
    events.push(last);
    events
}

fn response(whole: &Value) -> Vec<Value> {
    let mut begun = whole.clone();
    (begun["status"], begun["usage"], begun["output"]) = (json!("in_progress"), Value::Null, json!([]));
    if !begun["service_tier"].is_null() {
        begun["service_tier"] = json!("auto");
    }
    let status = whole["status"].as_str().unwrap();
    let end = if matches!(status, "queued" | "in_progress") { "in_progress" } else { status };
    vec![
        json!({"type": "response.created", "response": begun}),
        json!({"type": format!("response.{end}"), "response": whole}),
    ]
}

/// What the start tells of the usage, and what the delta adds: the split of what was written, the tier and the place
/// stand in the start alone.
const OF_THE_START: &[&str] = &["cache_creation", "service_tier", "inference_geo", "speed"];
const OF_THE_DELTA: &[&str] = &["iterations", "server_tool_use", "output_tokens_details"];

fn message(whole: &Value) -> Vec<Value> {
    let without = |keys: &[&str]| -> Map<String, Value> {
        let counts = whole["usage"].as_object().cloned().unwrap_or_default().into_iter();
        counts.filter(|(key, _)| !keys.contains(&key.as_str())).collect()
    };
    let mut start = whole.clone();
    (start["content"], start["stop_reason"]) = (json!([]), Value::Null);
    start["usage"] = Value::Object(without(OF_THE_DELTA));
    start["usage"]["output_tokens"] = json!(1);
    let usage = Value::Object(without(OF_THE_START));
    vec![
        json!({"type": "message_start", "message": start}),
        json!({"type": "ping"}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "H"}}),
        json!({"type": "message_delta", "delta": {"stop_reason": whole["stop_reason"]}, "usage": usage}),
        json!({"type": "message_stop"}),
    ]
}

fn content(whole: &Value) -> Vec<Value> {
    let mut first = whole.clone();
    let prompt = whole["usageMetadata"]["promptTokenCount"].clone();
    first["usageMetadata"] = json!({"promptTokenCount": prompt, "totalTokenCount": prompt});
    for candidate in first["candidates"].as_array_mut().unwrap() {
        for later in ["finishReason", "groundingMetadata"] {
            candidate.as_object_mut().unwrap().remove(later);
        }
    }
    vec![first, whole.clone()]
}

fn converse(whole: &Value) -> Vec<Value> {
    let mut metadata = whole.clone();
    for not_there in ["output", "stopReason", "additionalModelResponseFields"] {
        metadata.as_object_mut().unwrap().remove(not_there);
    }
    vec![
        json!({"role": "assistant"}),
        json!({"contentBlockIndex": 0, "delta": {"text": "H"}}),
        json!({"stopReason": whole["stopReason"]}),
        metadata,
    ]
}

fn cohere(whole: &Value) -> Vec<Value> {
    vec![
        json!({"type": "message-start", "id": whole["id"], "delta": {"message": {"role": "assistant"}}}),
        json!({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "H"}}}}),
        json!({"type": "message-end", "delta": {"finish_reason": whole["finish_reason"], "usage": whole["usage"]}}),
    ]
}

/// The whole answer of a recorded stream of server-sent events; nothing where the stream has no end.
pub fn whole_of(api: Api, stream: &str) -> Option<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data:"));
    let events: Vec<Value> = data.filter_map(|data| serde_json::from_str(data.trim()).ok()).collect();
    match api {
        Api::Chat | Api::GoogleChat => Some(whole_chat(&events)),
        Api::Responses => {
            events.iter().rev().find(|event| is_end(event)).map(|event| event["response"].clone())
        }
        Api::Messages => whole_message(&events),
        Api::GenerateContent => whole_content(&events),
        _ => None,
    }
}

fn is_end(event: &Value) -> bool {
    ["response.completed", "response.incomplete"].iter().any(|end| event["type"] == *end)
}

/// The last of each field that says something.
fn last(events: &[Value], field: &str) -> Value {
    events.iter().map(|event| &event[field]).rfind(|value| !value.is_null()).cloned().unwrap_or_default()
}

fn whole_chat(events: &[Value]) -> Value {
    let groq = last(events, "x_groq")["usage"].clone();
    let usage = Some(last(events, "usage")).filter(|usage| !usage.is_null()).unwrap_or(groq);
    json!({
        "model": last(events, "model"), "service_tier": last(events, "service_tier"), "usage": usage,
        "choices": [{"finish_reason": "stop"}],
    })
}

fn whole_message(events: &[Value]) -> Option<Value> {
    let mut message = events.iter().find(|event| event["type"] == "message_start")?["message"].clone();
    let deltas = events.iter().filter(|event| event["type"] == "message_delta");
    for counts in deltas.filter_map(|event| event["usage"].as_object()) {
        for (key, count) in counts.iter().filter(|(_, count)| !count.is_null()) {
            message["usage"][key] = count.clone();
        }
    }
    Some(message)
}

fn whole_content(events: &[Value]) -> Option<Value> {
    let mut whole = events.iter().rfind(|event| event["usageMetadata"].is_object())?.clone();
    let grounded = events.iter().rfind(|event| !event["candidates"][0]["groundingMetadata"].is_null());
    if let Some(grounded) = grounded {
        whole["candidates"] = grounded["candidates"].clone();
    }
    Some(whole)
}

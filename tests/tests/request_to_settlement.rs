//! From a request's body to its settlement: the body gives the bound that is held, the answer's body gives what it cost,
//! and nothing that an answer can tell within the request comes to more than was held.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{
    Answer, Api, ApiRequest, BatchLine, BoundRequest, Bursar, CacheUse, Call, Decision, Dimension, ErrorCode,
    Hold, Model, Money, Period, Policy, Settled, Usage,
};
use bursar_tests::{Chance, scene};
use serde_json::Value;
use std::{fs, path::Path};

/// Answers that are drawn for each vector of a request.
const DRAWN: u64 = 200;

fn bursar() -> Bursar {
    let policy = Policy::new().with_budget(scene::budget("all", "", "100000", Period::Month));
    Bursar::builder().policy(policy).clock(scene::clock()).in_memory().unwrap()
}

/// What a wrapper does before it sends a request: bounds it, and holds the bound.
fn reserve(bursar: &Bursar, provider: &str, request: &ApiRequest) -> Hold {
    let found = |name: &str| bursar.model(Some(provider), name).unwrap_or_else(|error| panic!("{error:#}"));
    let bounded = |model: Model| {
        let (bound, _) = request.bound(model.prices(), bursar.now()).unwrap();
        (model, bound)
    };
    let (model, bound) = bounded(found(request.model()));
    let others: Vec<_> = request.other_models().iter().map(|name| bounded(found(name))).collect();
    let call = others
        .iter()
        .fold(Call::new(&model, 0).bound(bound), |call, (model, bound)| call.or(model, bound.clone()));
    let scope = bursar.scope(&[("team", "data")]).unwrap();
    match bursar.reserve(&scope, &call).unwrap() {
        Decision::Admitted(hold) => hold,
        refusal => panic!("{refusal}"),
    }
}

/// What it does once the answer is there.
fn settle(bursar: &Bursar, hold: &Hold, answer: &Answer) -> Settled {
    let settled = bursar.settle_answer(hold, answer).unwrap_or_else(|error| panic!("{error:#}"));
    settled.unwrap_or_else(|| panic!("{:?}", answer.outcome()))
}

/// A call: provider, API, path, the request, the answer and its kind, and what it comes to.
struct Case(&'static str, Api, &'static str, &'static str, &'static str, &'static str, &'static str);

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

const CASES: &[Case] = &[
    Case(
        "openai",
        Api::Chat,
        "/v1/chat/completions",
        r#"{"model":"gpt-4o","n":3,"max_completion_tokens":100,"messages":[{"role":"user","content":"three names"}]}"#,
        r#"{"model":"gpt-4o-2024-08-06","choices":[{"finish_reason":"length"}],
            "usage":{"prompt_tokens":9,"completion_tokens":300,"total_tokens":309}}"#,
        JSON,
        "0.0030225",
    ),
    Case(
        "openai",
        Api::Chat,
        "/v1/chat/completions",
        r#"{"model":"gpt-5-mini","stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":200,
            "messages":[{"role":"user","content":"\u4f60\u597d"}]}"#,
        "data: {\"model\":\"gpt-5-mini-2025-08-07\",\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":null}\n\n\
         data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":200,\"total_tokens\":208,\
         \"completion_tokens_details\":{\"reasoning_tokens\":192}}}\n\ndata: [DONE]\n\n",
        EVENTS,
        "0.000402",
    ),
    Case(
        "openai",
        Api::Responses,
        "/v1/responses",
        r#"{"model":"gpt-5","max_output_tokens":4000,"tools":[{"type":"web_search"}],"input":"who won the cup?"}"#,
        r#"{"status":"completed","model":"gpt-5-2025-08-07","output":[{"type":"web_search_call","action":{"type":"search"}},
            {"type":"web_search_call","action":{"type":"search"}},{"type":"message"}],
            "usage":{"input_tokens":115886,"input_tokens_details":{"cached_tokens":0},"output_tokens":3847,"total_tokens":119733}}"#,
        JSON,
        "0.2033275",
    ),
    Case(
        "anthropic",
        Api::Messages,
        "/v1/messages",
        r#"{"model":"claude-sonnet-4-5","max_tokens":500,"tools":[{"name":"weather","input_schema":{"type":"object"}}],
            "system":[{"type":"text","text":"be short","cache_control":{"type":"ephemeral","ttl":"1h"}}],
            "messages":[{"role":"user","content":"is it raining?"}]}"#,
        r#"{"type":"message","model":"claude-sonnet-4-5-20250929","stop_reason":"tool_use","usage":{"input_tokens":12,
            "cache_creation_input_tokens":600,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":600},
            "cache_read_input_tokens":0,"output_tokens":500}}"#,
        JSON,
        "0.011136",
    ),
    Case(
        "anthropic",
        Api::Messages,
        "/v1/messages",
        r#"{"model":"claude-sonnet-4-5","max_tokens":500,"messages":[{"role":"user","content":"plan it"}],
            "tools":[{"type":"advisor_20260301","name":"advisor","model":"claude-opus-4-5","max_uses":1}]}"#,
        r#"{"type":"message","model":"claude-sonnet-4-5-20250929","stop_reason":"end_turn","usage":{"input_tokens":2390,
            "cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":121,"iterations":[
            {"type":"message","input_tokens":1128,"output_tokens":110},
            {"type":"advisor_message","model":"claude-opus-4-5","input_tokens":2518,"output_tokens":900},
            {"type":"message","input_tokens":1262,"output_tokens":11}]}}"#,
        JSON,
        "0.044075",
    ),
    // A fallback that is dearer than the model itself.
    Case(
        "openrouter",
        Api::Chat,
        "/api/v1/chat/completions",
        r#"{"model":"google/gemini-2.5-flash","models":["anthropic/claude-sonnet-4.5"],"max_tokens":50,
            "messages":[{"role":"user","content":"hello"}]}"#,
        r#"{"model":"anthropic/claude-sonnet-4.5","choices":[{"finish_reason":"length"}],
            "usage":{"prompt_tokens":40,"completion_tokens":50,"total_tokens":90}}"#,
        JSON,
        "0.00087",
    ),
    Case(
        "google",
        Api::GenerateContent,
        "/v1beta/models/gemini-2.5-flash:generateContent",
        r#"{"contents":[{"parts":[{"text":"what do you hear?"},{"inlineData":{"mimeType":"audio/flac","data":
            "ZkxhQwAAACIQABAAAAAAAAAAA+gAAAAGGoAAAAAA"}}]}],
            "generationConfig":{"maxOutputTokens":64,"candidateCount":2}}"#,
        r#"{"modelVersion":"gemini-2.5-flash","candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":806,
            "candidatesTokenCount":100,"thoughtsTokenCount":28,"totalTokenCount":934,
            "promptTokensDetails":[{"modality":"TEXT","tokenCount":6},{"modality":"AUDIO","tokenCount":800}]}}"#,
        JSON,
        "0.0011218",
    ),
    Case(
        "openai",
        Api::Embeddings,
        "/v1/embeddings",
        r#"{"model":"text-embedding-3-small","input":["one","two"]}"#,
        r#"{"model":"text-embedding-3-small","data":[],"usage":{"prompt_tokens":2,"total_tokens":2}}"#,
        JSON,
        "0.00000004",
    ),
    Case(
        "openai",
        Api::Images,
        "/v1/images/generations",
        r#"{"model":"gpt-image-1.5","prompt":"a pen","n":2,"quality":"high"}"#,
        r#"{"data":[{},{}],"usage":{"input_tokens":10,"output_tokens":12480,"total_tokens":12490,
            "input_tokens_details":{"text_tokens":10,"image_tokens":0}}}"#,
        JSON,
        "0.39941",
    ),
    // A model that makes images alone: the price of its output is theirs.
    Case(
        "openai",
        Api::Images,
        "/v1/images/generations",
        r#"{"model":"gpt-image-2","prompt":"a pen"}"#,
        r#"{"data":[{}],"usage":{"input_tokens":10,"output_tokens":4160,"total_tokens":4170,
            "input_tokens_details":{"text_tokens":10,"image_tokens":0}}}"#,
        JSON,
        "0.12485",
    ),
    // One that speaks alone.
    Case(
        "openai",
        Api::Speech,
        "/v1/audio/speech",
        r#"{"model":"gpt-4o-mini-tts","input":"a sentence that is spoken","voice":"alloy","stream_format":"sse"}"#,
        "data: {\"type\":\"speech.audio.delta\",\"audio\":\"AAAA\"}\n\n\
         data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":14,\"output_tokens\":101,\"total_tokens\":115}}\n\n",
        EVENTS,
        "0.0012204",
    ),
    Case(
        "aws",
        Api::Invoke,
        "/model/amazon.titan-embed-text-v2:0/invoke",
        r#"{"inputText":"a sentence","dimensions":256}"#,
        r#"{"embedding":[0.1],"inputTextTokenCount":3}"#,
        JSON,
        "0.00000006",
    ),
];

/// A call with a medium that the answer counts apart: provider, API, path and body, and the dimension without a price.
struct Apart(&'static str, Api, &'static str, &'static str, &'static str);

/// Models that the price book has with a price for text alone.
const APART: &[Apart] = &[
    Apart(
        "openai",
        Api::Chat,
        "/v1/chat/completions",
        r#"{"model":"gpt-4o-audio-preview","max_tokens":9,"messages":[{"role":"user","content":[
            {"type":"input_audio","input_audio":{"format":"flac","data":"ZkxhQwAAACIQABAAAAAAAAAAA+gAAAAGGoAAAAAA"}}]}]}"#,
        "audio_input",
    ),
    Apart(
        "openai",
        Api::Chat,
        "/v1/chat/completions",
        r#"{"model":"gpt-4o-mini-audio-preview","max_tokens":9,"modalities":["text","audio"],"messages":[]}"#,
        "audio_output",
    ),
    Apart(
        "google",
        Api::GenerateContent,
        "/v1beta/models/gemini-3.8-flash-cyber:generateContent",
        r#"{"generationConfig":{"maxOutputTokens":9},"contents":[{"parts":[{"inlineData":{"mimeType":"audio/flac","data":
            "ZkxhQwAAACIQABAAAAAAAAAAA+gAAAAGGoAAAAAA"}}]}]}"#,
        "audio_input",
    ),
    Apart(
        "google",
        Api::GenerateContent,
        "/v1beta/models/gemini-2.5-flash-lite-preview-tts:generateContent",
        r#"{"generationConfig":{"maxOutputTokens":9,"responseModalities":["AUDIO"]},"contents":[{"parts":[{"text":"say it"}]}]}"#,
        "audio_output",
    ),
];

#[test]
fn a_medium_that_the_answer_counts_apart_is_refused_where_it_has_no_price() {
    let bursar = bursar();
    let scope = bursar.scope(&[("team", "data")]).unwrap();
    for Apart(provider, api, path, body, dimension) in APART {
        let request = ApiRequest::read(*api, path, body.as_bytes()).unwrap();
        let model = bursar.model(Some(*provider), request.model()).unwrap();
        let (bound, _) = request.bound(model.prices(), bursar.now()).unwrap();
        let refusal = bursar.reserve(&scope, &Call::new(&model, 0).bound(bound)).unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::DimensionUnpriced, "{body}: {refusal}");
        assert!(refusal.message().contains(dimension), "{body}: {refusal}");
    }
    // Without the medium, the same model is asked.
    let text =
        br#"{"model":"gpt-4o-audio-preview","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}"#;
    let hold =
        reserve(&bursar, "openai", &ApiRequest::read(Api::Chat, "/v1/chat/completions", text).unwrap());
    bursar.release(hold.id()).unwrap();
}

#[test]
fn a_ranking_through_invoke_is_held_at_the_price_of_its_searches() {
    let body = br#"{"api_version":2,"query":"which?","documents":["one","two"]}"#;
    let request = ApiRequest::read(Api::Invoke, "/model/cohere.rerank-v3-5:0/invoke", body).unwrap();
    assert_eq!(reserve(&bursar(), "aws", &request).bound().to_string(), "0.002");
}

#[test]
fn a_call_is_held_by_its_request_and_settled_by_its_answer_without_an_overrun() {
    let (bursar, mut total) = (bursar(), Money::ZERO);
    for Case(provider, api, path, request, answer, kind, cost) in CASES {
        let request = ApiRequest::read(*api, path, request.as_bytes()).unwrap();
        let hold = reserve(&bursar, provider, &request);
        let settled = settle(&bursar, &hold, &Answer::read(*api, answer.as_bytes(), kind));
        assert_eq!(settled.cost.to_string(), *cost, "{answer}");
        assert!(!settled.is_overrun, "{} of {} held: {answer}", settled.cost, hold.bound());
        assert!(settled.cost <= hold.bound());
        total = total.checked_add(settled.cost).unwrap();
    }
    let status = &bursar.budgets()[0];
    assert_eq!((status.spent, status.held), (total, Money::ZERO));
    assert!(bursar.verify().unwrap().is_empty());
}

#[test]
fn a_batch_is_held_request_by_request_at_the_price_of_batches() {
    let bursar = bursar();
    let file = br#"{"custom_id":"a","url":"/v1/chat/completions","body":{"model":"gpt-4o","max_tokens":10,"messages":[]}}
        {"custom_id":"b","url":"/v1/chat/completions","body":{"model":"gpt-4o","max_tokens":10,"messages":[]}}"#;
    for one in ApiRequest::read_batch(Api::Chat, "/v1/batches", file).unwrap() {
        let hold = reserve(&bursar, "openai", one.request());
        // 48 bytes and 32 tokens at $1.25, and ten tokens at $5 a million: half of the usual.
        assert_eq!(hold.bound().to_string(), "0.00015");
        let line =
            br#"{"custom_id":"a","response":{"body":{"model":"gpt-4o","choices":[{"finish_reason":"stop"}],
            "usage":{"prompt_tokens":8,"completion_tokens":10,"total_tokens":18}}}}"#;
        let settled = settle(&bursar, &hold, BatchLine::read(Api::Chat, line).answer());
        assert_eq!((settled.cost.to_string().as_str(), settled.is_overrun), ("0.00006", false));
    }
}

/// Any usage within a request's bound, each count as high as it may be or anything below.
fn drawn(chance: &mut Chance, bound: &BoundRequest, most_output: u64) -> Usage {
    let mut part = |most: u64| match chance.below(3) {
        0 => most,
        1 => chance.below(most.saturating_add(1)),
        _ => most / 2,
    };
    let extra = bound.extra.as_deref().copied().unwrap_or_default();
    let read = part(bound.input_tokens);
    let cached = part(read);
    let written = if bound.cache == CacheUse::None { 0 } else { part(read - cached) };
    let output = part(bound.max_output_tokens.unwrap_or(most_output));
    let mut usage: Usage = extra.iter().map(|(dimension, most)| (dimension, part(most))).collect();
    for (dimension, count) in [
        (Dimension::CacheRead, cached),
        (Dimension::CacheWrite5m, written),
        (Dimension::InputUncached, read - cached - written),
        (Dimension::Output, output),
        (Dimension::Reasoning, part(output)),
    ] {
        if count > 0 {
            usage.set(dimension, count);
        }
    }
    usage
}

#[test]
fn no_usage_within_a_request_costs_more_than_is_held_for_it() {
    let (bursar, seed) = (bursar(), 20_261_124);
    eprintln!("seed {seed}");
    let (mut chance, mut checked) = (Chance::new(seed), 0);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/requests");
    let files = fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let files: Vec<Value> = files.map(|text| serde_json::from_str(&text).unwrap()).collect();
    for case in files.iter().flat_map(|file| file["requests"].as_array().unwrap()) {
        let text = |key: &str| case[key].as_str().unwrap();
        let api = text("api").parse().unwrap();
        let Ok(request) = ApiRequest::read(api, text("path"), text("body").as_bytes()) else { continue };
        let Ok(model) = bursar.model(None, request.model()) else { continue };
        let (prices, now) = (model.prices(), bursar.now());
        let Ok((bound, _)) = request.bound(prices, now) else { continue };
        let Ok(held) = prices.bound(&bound, now) else { continue };
        let most_output = prices.max_output_tokens(now).unwrap().unwrap_or(0);
        for _ in 0..DRAWN {
            let usage = drawn(&mut chance, &bound, most_output);
            let Ok(cost) = prices.cost(&usage, request.terms(), now) else { continue };
            assert!(cost <= held.exact(), "{cost} of {held}: {usage:?} {case}");
            checked += 1;
        }
    }
    assert!(checked > 10_000, "{checked}");
}

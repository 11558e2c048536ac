//! Laws of reading any bytes as a request: it never panics, and never bounds text by less than its bytes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on shall stop where it stands")]

use super::{ApiRequest, DEFAULT_SERVER_TOOL_USES, file::File, image};
use crate::{
    error::ErrorCode,
    providers::{Api, request::family::Maker},
};

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAABAAAAAMACAIAAAA=";

fn read(api: Api, body: &str) -> ApiRequest {
    ApiRequest::read(api, "/", body.as_bytes()).unwrap_or_else(|error| panic!("{error:#}"))
}

fn refused(body: &str) -> String {
    let error = ApiRequest::read(Api::Chat, "/", body.as_bytes()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::RequestInvalid);
    error.message().to_owned()
}

#[test]
fn the_size_of_an_image_is_in_its_head() {
    assert_eq!(image::size(File::Base64(PNG)), Some((1_024, 768)));
    assert_eq!(image::size(File::Base64("AAAA")), None);
    assert_eq!(image::size(File::Base64("")), None);
    assert_eq!(image::tokens(Maker::OpenAi, "gpt-4o", Some((1_024, 768))), 85 + 4 * 170);
    assert_eq!(image::tokens(Maker::OpenAi, "gpt-4o", None), 85 + 8 * 170);
    assert_eq!(image::tokens(Maker::Anthropic, "claude-sonnet-4-5", Some((1_024, 768))), 37 * 28 + 16);
}

#[test]
fn a_limit_that_is_no_count_is_refused() {
    assert_eq!(
        refused(r#"{"model":"m","max_tokens":-1}"#),
        "`max_tokens` is -1, and a whole number of 0 or more is allowed"
    );
    assert_eq!(
        refused(r#"{"model":"m","n":"9"}"#),
        "`n` is \"9\", and a whole number of 0 or more is allowed"
    );
    assert_eq!(refused(r#"{"max_tokens":1}"#), "a request to `/` names no model");
    assert_eq!(refused("[]"), "the request is a list, and an object is allowed");
    assert!(refused("{").starts_with("the request is no JSON: "));
    let deep = format!("{{\"model\":\"m\",\"messages\":{}", "[".repeat(100_000));
    assert!(refused(&deep).contains("recursion limit"));
}

#[test]
fn a_hostile_count_saturates() {
    let request = read(Api::Chat, r#"{"model":"m","n":1000000000,"max_tokens":18446744073709551615}"#);
    assert_eq!(request.max_output_tokens(), Some(u64::MAX));
    let body = r#"{"model":"m","tools":[{"type":"web_search","max_uses":18446744073709551615}]}"#;
    assert_eq!(read(Api::Messages, body).input(Some(200_000)).tokens(), u64::MAX);
}

#[test]
fn each_use_of_a_fetch_adds_what_it_brings() {
    let body = r#"{"model":"claude-sonnet-4-5","tools":[{"type":"web_fetch_20250910","max_uses":2,"max_content_tokens":1000}]}"#;
    let base = body.len() as u64 + 64 + 640 + 3_072;
    // Whatever the model says in between may fill the window.
    assert_eq!(read(Api::Messages, body).input(Some(200_000)).tokens(), base + 2 * 200_000);
    let limited = body.replace("\"tools\"", "\"max_tokens\":100,\"tools\"");
    let base = base + 17;
    assert_eq!(
        read(Api::Messages, &limited).input(Some(200_000)).tokens(),
        base + 2 * (base + 2 * 1_000 + 100)
    );
    let without =
        read(Api::Messages, r#"{"model":"m","tools":[{"type":"web_search_20250305","name":"web_search"}]}"#);
    assert!(without.input(Some(200_000)).tokens() > DEFAULT_SERVER_TOOL_USES * 200_000);
}

#[test]
fn a_conversation_is_summarised_once_it_may_be_long_enough() {
    let body = |length: usize| {
        let words = "a".repeat(length);
        format!(
            r#"{{"model":"claude-sonnet-4-5","max_tokens":100,"messages":[{{"role":"user","content":"{words}"}}],"context_management":{{"edits":[{{"type":"compact_20260112","trigger":{{"type":"input_tokens","value":60000}}}}]}}}}"#
        )
    };
    let short = read(Api::Messages, &body(50_000));
    assert!(short.input(Some(200_000)).tokens() < 60_000);
    assert_eq!(short.max_output_tokens(), Some(100));
    let long = read(Api::Messages, &body(60_000));
    assert!(long.input(Some(200_000)).tokens() > 260_000);
    assert_eq!(long.max_output_tokens(), None);
}

#[test]
fn an_argument_that_looks_like_an_image_stays_text() {
    let body = format!(
        r#"{{"model":"claude-sonnet-4-5","messages":[{{"role":"assistant","content":[{{"type":"tool_use","id":"a","name":"b","input":{{"inlineData":{{"mimeType":"image/png","data":"{PNG}"}}}}}}]}}]}}"#
    );
    assert_eq!(read(Api::Messages, &body).input(None).tokens(), body.len() as u64 + 64);
}

/// A random document, made of the words that the readers look for.
fn random(state: &mut u64, depth: u32) -> String {
    const KEYS: &[&str] = &[
        "model",
        "messages",
        "content",
        "type",
        "source",
        "data",
        "image_url",
        "url",
        "tools",
        "max_tokens",
        "n",
        "generationConfig",
        "maxOutputTokens",
        "parts",
        "inlineData",
        "mimeType",
        "fileData",
        "input",
        "file",
        "toolConfig",
        "image",
        "document",
        "video",
        "bytes",
        "stream",
        "service_tier",
        "max_uses",
        "models",
        "images",
    ];
    const VALUES: &[&str] = &[
        "null",
        "true",
        "-1",
        "1e300",
        "18446744073709551615",
        "0.5",
        "\"image\"",
        "\"document\"",
        "\"base64\"",
        "\"image_url\"",
        "\"data:image/png;base64,iVBORw0KGgo\"",
        "\"https://a/b\"",
        "\"input_audio\"",
        "\"\\u00e9\"",
        "\"web_search\"",
        "\"image/png\"",
        "\"text\"",
        "7",
    ];
    let mut next = |below: usize| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*state >> 33).unwrap() % below
    };
    let (kind, count) = (next(4), next(5));
    let picks: Vec<(usize, usize)> = (0..count).map(|_| (next(KEYS.len()), next(VALUES.len()))).collect();
    if depth == 0 || kind == 0 {
        return (*VALUES.get(next(VALUES.len())).unwrap()).to_owned();
    }
    let inner: Vec<String> = picks
        .iter()
        .map(|(key, _)| {
            let value = random(state, depth - 1);
            if kind == 1 { value } else { format!("\"{}\":{value}", KEYS.get(*key).unwrap()) }
        })
        .collect();
    if kind == 1 { format!("[{}]", inner.join(",")) } else { format!("{{{}}}", inner.join(",")) }
}

#[test]
fn any_json_is_read_or_refused_and_text_counts_by_its_bytes() {
    let (mut state, mut read) = (20_261_124, 0);
    for _ in 0..20_000 {
        let inner = random(&mut state, 6);
        let body = format!("{{\"model\":\"gpt-5\",\"messages\":{inner},\"system\":\"words\"}}");
        for api in Api::ALL {
            let Ok(request) = ApiRequest::read(*api, "/", body.as_bytes()) else { continue };
            read += 1;
            assert!(request.input(Some(1_000)).tokens() >= 5, "{body}");
            let bytes = request.input.text;
            let encoded = body.len() as u64 - bytes;
            assert!(encoded <= 16 * body.matches("iVBORw0KGgo").count() as u64 + taken(&body), "{body}");
        }
    }
    assert!(read > 100_000);
}

/// Bytes of values that a medium may have been given as.
fn taken(body: &str) -> u64 {
    ["image", "document", "base64", "image_url", "input_audio", "\\u00e9", "web_search", "image/png", "text"]
        .iter()
        .map(|value| (value.len() * body.matches(value).count()) as u64)
        .sum()
}

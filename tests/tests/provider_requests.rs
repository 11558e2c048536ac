//! The vectors of requests: model, terms, the most that comes back, and the bound on the input, line by line.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{Api, ApiRequest, CacheUse, Result, Terms};
use bursar_tests::Chance;
use serde_json::{Map, Value, json};
use std::{fs, path::Path};

/// Mutated requests of a run; a failure prints its seed.
const MUTATIONS: u64 = 20_000;
const FIELDS: &[&str] = &["why", "api", "path", "body", "context_window", "batch", "expect"];

fn vectors() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/requests");
    let mut all = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let file: Value = serde_json::from_str(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        all.extend(file["requests"].as_array().unwrap().clone());
    }
    all
}

fn parts(case: &Value) -> (Api, &str, &[u8]) {
    let text = |key: &str| case[key].as_str().unwrap();
    (text("api").parse().unwrap(), text("path"), text("body").as_bytes())
}

/// What a case's body told, in the words of the vectors.
fn told(case: &Value) -> Value {
    let (api, path, body) = parts(case);
    let window = case["context_window"].as_u64();
    let read = || -> Result<Value> {
        if case["batch"] != json!(true) {
            return Ok(request(&ApiRequest::read(api, path, body)?, window));
        }
        let batch = ApiRequest::read_batch(api, path, body)?;
        let told =
            batch.iter().map(|one| json!({ "id": one.id(), "request": request(one.request(), window) }));
        Ok(told.collect())
    };
    read().unwrap_or_else(|error| json!({ "refused": error.message() }))
}

fn request(request: &ApiRequest, window: Option<u64>) -> Value {
    let bound = request.input(window);
    let lines: Vec<_> = bound.lines().iter().map(ToString::to_string).collect();
    assert_eq!(bound.lines().iter().map(|line| line.tokens).sum::<u64>(), bound.tokens());
    let mut told = Map::new();
    told.insert("model".into(), json!(request.model()));
    told.insert("max_output_tokens".into(), json!(request.max_output_tokens()));
    told.insert("input_tokens".into(), json!(bound.tokens()));
    told.insert("lines".into(), json!(lines));
    if !request.other_models().is_empty() {
        told.insert("other_models".into(), json!(request.other_models()));
    }
    if request.is_streaming() {
        told.insert("is_streaming".into(), json!(true));
    }
    if request.cache() == CacheUse::None {
        told.insert("cache".into(), json!("none"));
    }
    if !request.server_tool_uses().is_empty() {
        told.insert("server_tool_uses".into(), json!(request.server_tool_uses()));
    }
    if !request.terms().is_standard() {
        told.insert("terms".into(), terms(request.terms()));
    }
    Value::Object(told)
}

/// Terms by their names.
fn terms(terms: &Terms) -> Value {
    terms.iter().map(|(axis, name)| (axis.to_owned(), json!(name))).collect()
}

#[test]
fn every_vector_of_a_request_reads_as_it_says() {
    let (mut wrong, cases) = (Vec::new(), vectors());
    for case in &cases {
        for key in case.as_object().unwrap().keys() {
            assert!(FIELDS.contains(&key.as_str()), "`{key}` isn't known: {case}");
        }
        let told = told(case);
        if told != case["expect"] {
            wrong.push(format!("{} {}\n  told {told}\n  not  {}", case["api"], case["why"], case["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_wider_window_never_bounds_less() {
    for case in vectors().iter().filter(|case| case["batch"] != json!(true)) {
        let (api, path, body) = parts(case);
        let Ok(request) = ApiRequest::read(api, path, body) else { continue };
        let mut before = 0;
        for window in [1, 1_000, 200_000, 1_000_000, u64::MAX] {
            let tokens = request.input(Some(window)).tokens();
            assert!(tokens >= before, "{window}: {case}");
            before = tokens;
        }
    }
}

#[test]
fn mutated_requests_never_panic() {
    let (cases, seed) = (vectors(), 20_261_124);
    eprintln!("seed {seed}");
    let mut chance = Chance::new(seed);
    for _ in 0..MUTATIONS {
        let (_, path, body) = parts(chance.pick(&cases));
        let mut body = body.to_vec();
        for _ in 0..=chance.below(4) {
            let at = usize::try_from(chance.below(body.len() as u64)).unwrap();
            let byte = u8::try_from(chance.below(256)).unwrap();
            match chance.below(3) {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => body.truncate(at + 1),
            }
        }
        let api = *chance.pick(Api::ALL);
        if let Ok(request) = ApiRequest::read(api, path, &body) {
            let _ = request.input(None).tokens();
        }
        let _ = ApiRequest::read_batch(api, path, &body);
    }
}

//! The vectors of answers, and answers that nobody would send: no panic, no count from nowhere, bounded memory.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

mod told;

use bursar::{Answer, Api, MAX_EVENT_BYTES, Outcome, StreamReader, Unresolved};
use bursar_tests::Chance;
use serde_json::Value;
use std::{fs, path::Path};
use told::told;

/// Mutated answers of a run; a failure prints its seed.
const MUTATIONS: u64 = 20_000;

fn vectors() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/answers");
    let mut all = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let file: Value = serde_json::from_str(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        all.extend(file["answers"].as_array().unwrap().clone());
    }
    all
}

fn parts(case: &Value) -> (Api, &[u8], &str) {
    let text = |key: &str| case[key].as_str().unwrap();
    (text("api").parse().unwrap(), text("body").as_bytes(), text("content_type"))
}

#[test]
fn every_vector_of_an_answer_reads_as_it_says() {
    for case in vectors() {
        let (api, body, kind) = parts(&case);
        assert_eq!(told(&Answer::read(api, body, kind)), case["expect"], "{case}");
    }
}

#[test]
fn an_answer_reads_the_same_wherever_its_stream_is_split() {
    for case in vectors() {
        let (api, body, kind) = parts(&case);
        for at in 0..body.len() {
            let mut reader = StreamReader::of(api, kind);
            reader.push(&body[..at]);
            reader.push(&body[at..]);
            assert_eq!(told(&reader.finish()), case["expect"], "at {at}: {case}");
        }
    }
}

#[test]
fn a_stream_tells_without_its_content_type_what_it_tells_with_it() {
    for case in vectors() {
        let (api, body, kind) = parts(&case);
        if kind.starts_with("application/json") {
            continue;
        }
        let mut reader = StreamReader::new(api);
        reader.push(body);
        assert_eq!(told(&reader.finish()), case["expect"], "{case}");
    }
}

#[test]
fn a_list_that_breaks_off_is_no_whole_answer_though_its_type_is_json() {
    let first = br#"[{"candidates": [{}], "usageMetadata": {"promptTokenCount": 7}}"#;
    let last = br#", {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 7}}]"#;
    let mut reader = StreamReader::of(Api::GenerateContent, "application/json");
    reader.push(first);
    assert!(!reader.is_ended());
    let answer = reader.finish();
    assert!(matches!(answer.outcome(), Outcome::Unresolved(Unresolved::Aborted)), "{answer:?}");

    let mut reader = StreamReader::of(Api::GenerateContent, "application/json");
    reader.push(first);
    reader.push(last);
    assert!(reader.is_ended());
    assert_eq!(reader.finish().usage().unwrap().total_input(), 7);
}

#[test]
fn mutated_answers_never_panic() {
    let (cases, seed) = (vectors(), 20_261_124);
    eprintln!("seed {seed}");
    let mut chance = Chance::new(seed);
    for _ in 0..MUTATIONS {
        let (_, body, kind) = parts(chance.pick(&cases));
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
        let _ = told(&Answer::read(api, &body, kind));
        let mut reader = StreamReader::new(api);
        body.chunks(5).for_each(|piece| reader.push(piece));
        let _ = told(&reader.finish());
    }
}

#[test]
fn a_hundred_megabytes_of_text_are_not_held() {
    let mut reader = StreamReader::new(Api::Chat);
    reader.push(b"data: {\"choices\": [{\"delta\": {\"content\": \"");
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        reader.push(&piece);
        assert!(reader.held_bytes() < 4_096, "{} bytes", reader.held_bytes());
    }
    reader.push(b"\"}, \"finish_reason\": \"stop\"}], \"usage\": {\"prompt_tokens\": 1, \"completion_tokens\": 2}}\n\n");
    assert!(reader.finish().usage().is_some());
}

#[test]
fn a_million_deep_is_bounded_and_no_usage() {
    for api in Api::ALL {
        let mut reader = StreamReader::new(*api);
        reader.push(b"data: ");
        for _ in 0..16 {
            reader.push(&vec![b'['; 1 << 20]);
            assert!(reader.held_bytes() <= 2 * MAX_EVENT_BYTES);
        }
        assert!(matches!(reader.finish().outcome(), Outcome::Unresolved(_)), "{api}");
    }
    let deep = format!("{{\"usage\": {}", "[".repeat(1_000_000));
    let answer = Answer::read(Api::Chat, deep.as_bytes(), "application/json");
    assert!(matches!(answer.outcome(), Outcome::Unresolved(Unresolved::Unreadable)));
}

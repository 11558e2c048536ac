//! Real answers of providers, where they lie beside the repository: usage is read from every one that carries it, and
//! agrees with what another reader of the same objects found.
//!
//! What isn't read, and where the two readers differ, is listed in `recorded/`, each with its reason; a line too many
//! fails as does one that is missing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

mod records;

use bursar::{Answer, Api, Dimension, Outcome, StreamReader, Usage};
use bursar_tests::reference;
use records::{assert_listed, records};
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

const CASES: &str = "pricing-conformance/genai_prices_extract_priced.json.gz";
const UNREAD: &str = include_str!("recorded/unread.txt");
const DIFFERENCES: &str = include_str!("recorded/differences.txt");

#[test]
fn usage_is_read_from_every_recorded_answer_that_carries_it() {
    let Some(records) = records() else { return };
    let (mut hosts, mut unread) = (BTreeMap::<&str, (u32, u32)>::new(), Vec::new());
    for record in &records {
        let counts = hosts.entry(&record.host).or_default();
        counts.1 += 1;
        let outcome = record.api.map(|api| Answer::read(api, &record.body, &record.kind));
        let why = match outcome.as_ref().map(Answer::outcome) {
            Some(Outcome::Usage(_)) => {
                counts.0 += 1;
                continue;
            }
            None => "no usage in answers of this address".to_owned(),
            Some(Outcome::Unresolved(reason)) => reason.as_str().to_owned(),
            Some(Outcome::Refused(error)) => error.to_string(),
        };
        unread.push(format!("{} {} {why}", record.id, record.host));
    }
    for (host, (read, all)) in hosts {
        eprintln!("{host:<48} {read:>4} of {all:>4}");
    }
    assert_listed("not read", unread, UNREAD);
}

#[test]
fn a_recorded_answer_reads_the_same_however_it_is_split() {
    let Some(records) = records() else { return };
    for record in &records {
        let Some(api) = record.api else { continue };
        let whole = format!("{:?}", Answer::read(api, &record.body, &record.kind));
        if record.kind.contains("stream") {
            for size in [1, 7, 1_000] {
                let mut reader = StreamReader::new(api);
                record.body.chunks(size).for_each(|piece| reader.push(piece));
                assert_eq!(format!("{:?}", reader.finish()), whole, "{} in pieces of {size}", record.id);
            }
        }
    }
}

#[test]
fn an_openrouter_answer_states_the_cost_that_was_charged() {
    let Some(records) = records() else { return };
    let (mut stated, mut own_key) = (0, 0);
    for record in records.iter().filter(|record| record.host == "openrouter.ai") {
        let text = String::from_utf8(record.body.clone()).unwrap();
        let answer = Answer::read(record.api.unwrap(), &record.body, &record.kind);
        let number = |key: &str| {
            let (_, tail) = text.rsplit_once(&format!("\"{key}\":"))?;
            let digits = tail.trim_start().split([',', '}', ' ']).next()?;
            if digits.contains('e') { Decimal::from_scientific(digits).ok() } else { digits.parse().ok() }
        };
        let mut expected = number("cost");
        if text.contains("\"is_byok\":true") {
            expected = expected.zip(number("upstream_inference_cost")).map(|(fee, upstream)| fee + upstream);
            own_key += 1;
        }
        assert_eq!(answer.stated_cost(), expected, "{}", record.id);
        stated += u32::from(expected.is_some());
    }
    eprintln!("{stated} stated costs, {own_key} with the caller's own key");
    assert_eq!((stated, own_key), (55, 2));
}

#[test]
fn another_reader_of_the_same_objects_finds_the_same() {
    let Some(text) = reference::unpacked(CASES) else { return };
    let file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let (mut same, mut differences) = (0, Vec::new());
    for (index, case) in cases.iter().enumerate() {
        let (provider, flavor) = (case["provider"].as_str().unwrap(), case["api_flavor"].as_str().unwrap());
        let api = match (provider, flavor) {
            ("anthropic", "default") | (_, "anthropic") => Api::Messages,
            ("google", "default") => Api::GenerateContent,
            (_, "responses") => Api::Responses,
            (_, "embeddings") => Api::Embeddings,
            _ => Api::Chat,
        };
        let answer = Answer::read(api, &serde_json::to_vec(&case["body"]).unwrap(), "application/json");
        assert_eq!(answer.model(), case["expect_model"].as_str(), "{case}");
        let found = match answer.outcome() {
            Outcome::Usage(usage) => theirs(usage),
            Outcome::Unresolved(reason) => BTreeMap::from([(reason.as_str().to_owned(), 0)]),
            Outcome::Refused(error) => BTreeMap::from([(error.to_string(), 0)]),
        };
        let expected = expected(&case["expect_usage"]);
        if found == expected {
            same += 1;
        } else {
            differences.push(format!("{index} {provider} {flavor} ours {found:?} theirs {expected:?}"));
        }
    }
    eprintln!("{same} of {} the same", cases.len());
    assert_listed("differences", differences, DIFFERENCES);
}

/// Our usage in their words, in which every whole includes its parts.
fn theirs(usage: &Usage) -> BTreeMap<String, u64> {
    use Dimension::{
        AudioCacheRead, AudioInput, AudioOutput, CacheRead, CacheWrite1h, CacheWrite5m, ImageCacheRead,
        ImageInput, ImageOutput, Output, Reasoning, VideoCacheRead, VideoInput, VideoOutput, WebSearches,
    };
    let sum =
        |dimensions: &[Dimension]| dimensions.iter().map(|dimension| usage.get(*dimension)).sum::<u64>();
    let all = [
        ("input_tokens", usage.total_input()),
        ("output_tokens", sum(&[Output, AudioOutput, ImageOutput, VideoOutput])),
        ("output_reasoning_tokens", sum(&[Reasoning])),
        ("cache_read_tokens", sum(&[CacheRead, AudioCacheRead, ImageCacheRead, VideoCacheRead])),
        ("cache_write_tokens", sum(&[CacheWrite5m, CacheWrite1h])),
        ("input_audio_tokens", sum(&[AudioInput, AudioCacheRead])),
        ("input_image_tokens", sum(&[ImageInput, ImageCacheRead])),
        ("input_video_tokens", sum(&[VideoInput, VideoCacheRead])),
        ("cache_audio_read_tokens", sum(&[AudioCacheRead])),
        ("cache_image_read_tokens", sum(&[ImageCacheRead])),
        ("cache_video_read_tokens", sum(&[VideoCacheRead])),
        ("output_image_tokens", sum(&[ImageOutput])),
        ("web_searches", sum(&[WebSearches])),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name.to_owned(), count)).collect()
}

/// What they found, but for counts of text, which are what is left of a whole, and of tools, which we count as input.
fn expected(usage: &Value) -> BTreeMap<String, u64> {
    const REST: &[&str] = &[
        "input_text_tokens",
        "output_text_tokens",
        "cache_text_read_tokens",
        "input_tool_tokens",
        "input_text_tool_tokens",
        "cache_write_5m_tokens",
    ];
    let counts = usage.as_object().unwrap().iter();
    let counts = counts.filter(|(name, count)| !REST.contains(&&***name) && count.as_u64() != Some(0));
    counts.map(|(name, count)| (name.clone(), count.as_u64().unwrap())).collect()
}

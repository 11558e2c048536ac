//! The same answer, whole and as its stream: the same usage, model, terms and stated cost, and so the same price.
//!
//! The pairs of the vectors are written in the shapes that the providers document. Of the recorded answers each whole one
//! is sent as a stream too, and each stream told as a whole.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

mod records;
mod streams;
mod told;

use bursar::{Answer, Api, ExactMoney, Money, PriceBook, StreamReader, Terms, Timestamp, Usage};
use records::{Record, records};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};
use streams::{events_of, framed, whole_of};
use told::told;

/// The APIs that have both forms, each of which must be in the vectors.
const BOTH: &[Api] = &[
    Api::Chat,
    Api::GoogleChat,
    Api::Responses,
    Api::Messages,
    Api::GenerateContent,
    Api::Converse,
    Api::Invoke,
    Api::Cohere,
    Api::Ollama,
    Api::Transcription,
    Api::Images,
];

fn read(api: Api, whole: &Value) -> Answer {
    Answer::read(api, whole.to_string().as_bytes(), "application/json")
}

/// What a stream tells at once, and in pieces of a few bytes, which must be the same.
fn streamed(api: Api, (kind, bytes): (&str, &[u8])) -> Answer {
    let answer = Answer::read(api, bytes, kind);
    for size in [1, 7, 997] {
        let mut reader = StreamReader::new(api);
        bytes.chunks(size).for_each(|piece| reader.push(piece));
        assert_eq!(format!("{:?}", reader.finish()), format!("{answer:?}"), "in pieces of {size}");
    }
    answer
}

fn terms(tree: &Value) -> Terms {
    let given = tree.as_object().into_iter().flatten();
    given.fold(Terms::new(), |terms, (axis, name)| match (axis.as_str(), name.as_str().unwrap()) {
        ("service_tier", name) => terms.service_tier(name),
        ("speed", name) => terms.speed(name),
        (other, _) => panic!("`{other}` is none of the terms"),
    })
}

/// The price of all that an answer tells, by the models that it names.
fn cost(book: &PriceBook, answer: &Answer, at: Timestamp) -> ExactMoney {
    let price = |model: Option<&str>, usage: &Usage, terms: &Terms| {
        book.quote(None, model.unwrap_or("model-a"), usage, terms, at).unwrap().total()
    };
    let own = price(answer.model(), answer.usage().unwrap(), answer.terms());
    answer
        .others()
        .iter()
        .fold(own, |sum, other| sum.checked_add(price(other.model(), other.usage(), &Terms::new())).unwrap())
}

#[test]
fn every_pair_of_the_vectors_tells_and_costs_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/pairs");
    let mut counts = BTreeMap::<String, u32>::new();
    for file in fs::read_dir(folder).unwrap() {
        let file: Value = serde_json::from_str(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        let book = PriceBook::deserialize(file["book"].clone()).unwrap();
        let at: Timestamp = file["at"].as_str().unwrap().parse().unwrap();
        for pair in file["pairs"].as_array().unwrap() {
            let text = |key: &str| pair[key].as_str().unwrap();
            let (name, api): (_, Api) = (text("name"), text("api").parse().unwrap());
            let (kind, bytes) = framed(text("framing"), pair["events"].as_array().unwrap());
            let both = [("whole", read(api, &pair["whole"])), ("streamed", streamed(api, (kind, &bytes)))];
            for (form, answer) in both {
                assert_eq!(told(&answer), pair["expect"], "{name}, {form}");
                assert_eq!(*answer.terms(), terms(&pair["terms"]), "{name}, {form}");
                assert_eq!(cost(&book, &answer, at).to_string(), text("cost"), "{name}, {form}");
            }
            *counts.entry(api.to_string()).or_default() += 1;
        }
    }
    eprintln!("{counts:?}");
    let missing: Vec<_> = BOTH.iter().filter(|api| !counts.contains_key(api.as_str())).collect();
    assert!(missing.is_empty(), "no pair of {missing:?}");
}

/// A stream that ends before its last event tells no usage, whatever it has told before.
#[test]
fn no_pair_tells_its_usage_before_the_stream_has_told_all() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/pairs");
    for file in fs::read_dir(folder).unwrap() {
        let file: Value = serde_json::from_str(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        for pair in file["pairs"].as_array().unwrap() {
            let (name, api): (_, Api) =
                (pair["name"].as_str().unwrap(), pair["api"].as_str().unwrap().parse().unwrap());
            let events = pair["events"].as_array().unwrap();
            let full = &pair["expect"]["usage"];
            for count in 0..events.len() {
                let (kind, bytes) =
                    framed(pair["framing"].as_str().unwrap().trim_end_matches("_done"), &events[..count]);
                let answer = Answer::read(api, &bytes, kind);
                let usage = answer.usage().map(|usage| json!(usage));
                assert!(
                    usage.is_none() || usage.as_ref() == Some(full),
                    "{name} after {count} events: {usage:?}"
                );
            }
        }
    }
}

/// Everything that two forms of one answer must have in common; a stated cost as it is booked, since the digits of a
/// float change on the way through JSON.
fn whole_told(answer: &Answer) -> (Value, Option<Money>, Terms) {
    let mut told = told(answer);
    told.as_object_mut().unwrap().remove("stated_cost");
    (told, answer.stated_money().unwrap(), answer.terms().clone())
}

/// How often an API was compared.
fn count(counts: &mut BTreeMap<String, u32>, api: Api, form: &str) {
    *counts.entry(format!("{api} {form}")).or_default() += 1;
}

#[test]
fn a_recorded_answer_tells_the_same_in_its_other_form() {
    let Some(records) = records() else { return };
    let (mut counts, mut faults) = (BTreeMap::new(), Vec::new());
    for record in &records {
        let Some(api) = record.api else { continue };
        let Some((form, [one, other])) = both(api, record) else { continue };
        count(&mut counts, api, form);
        if whole_told(&one) != whole_told(&other) {
            faults.push(format!("{} {form}: {:?}\n  {:?}", record.id, whole_told(&one), whole_told(&other)));
        }
    }
    eprintln!("{counts:#?}");
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
    assert!(counts.values().sum::<u32>() > 1_700, "{counts:?}");
}

/// A recorded answer as it is and in its other form; nothing for what has no other, or no end.
fn both(api: Api, record: &Record) -> Option<(&'static str, [Answer; 2])> {
    let recorded = Answer::read(api, &record.body, &record.kind);
    if record.kind.contains("stream") {
        let is_cut = told(&recorded)["unresolved"] == "aborted";
        let whole = whole_of(api, std::str::from_utf8(&record.body).unwrap()).filter(|_| !is_cut)?;
        return Some(("from its stream", [recorded, read(api, &whole)]));
    }
    let whole: Value = serde_json::from_slice(&record.body).unwrap();
    let (framing, events) = events_of(api, &whole)?;
    let (kind, bytes) = framed(framing, &events);
    Some(("as a stream", [recorded, Answer::read(api, &bytes, kind)]))
}

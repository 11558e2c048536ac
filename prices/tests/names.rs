//! Names as the peers' users write them: found, or refused, and never another model's price.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

#[path = "../../core/src/pricing/tests/files.rs"]
mod files;
#[path = "../../core/src/pricing/tests/spelling.rs"]
mod spelling;
mod support;

use bursar::{Dimension, Error, ErrorCode, Matched, ModelHandle, PriceBook, Terms, Timestamp, Usage};
use bursar_prices::literal::Literal;
use files::Files;
use spelling::Rules;
use std::collections::BTreeMap;

/// Names that the peer takes by the beginning or a part of a pattern, and that are no names: cut off, a version that
/// doesn't exist, or another seller's model taken for its maker's.
const NO_NAMES: &[&str] = &[
    "claude-sonnet-4-2025",
    "claude-sonnet-5.0",
    "claude-sonnet-5@",
    "claude-sonnet-5-5@",
    "deepseek-chat-v3-0324",
    "deepseek-r1-0528",
    "deepseek-r1-distill-llama-70b",
    "ft:gpt-4o-2024-",
    "gemini-2.0-flash-0",
    "gemini-2.0-flash-exp",
    "gemini-2.0-flash-latest",
    "gemini-2.0-flash-thinking",
    "gemini-3-flash-preview-",
    "gemini-3.5-flash-preview",
    "gemma-3-",
    "gpt-5-nano-",
    "gpt-6-luna",
    "magistral-small-",
    "mixtral-8x7b-instruct",
    "mixtral-8x7b-instruct-v0.1",
];

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a time")
}

/// What a call costs by the model, or why it has no price.
fn cost(handle: &ModelHandle) -> String {
    let usage =
        |output: u64| Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, output);
    let cost = |output| handle.cost(&usage(output), &Terms::new(), now()).map(|cost| cost.to_string());
    cost(100).or_else(|_| cost(0)).unwrap_or_else(|error| error.code().to_string())
}

/// A name that the cases were made of by adding letters to a pattern: `claude-2-x1`, `a-claude-v2-b`, `x-gpt-5`.
fn is_made_up(name: &str) -> bool {
    name.ends_with("-x1") || name.starts_with("x-") || (name.starts_with("a-") && name.ends_with("-b"))
}

/// Whether the name is the model's own, in any case and with or without what stands before the last slash.
fn is_its_name(name: &str, found: &ModelHandle) -> bool {
    let id = found.model(now()).expect("the model").to_lowercase();
    let name = name.to_lowercase();
    let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    matches!(found.matched(), Matched::Exact | Matched::Alias) || id == name || last(&id) == last(&name)
}

fn verdict(
    name: &str,
    found: &Result<ModelHandle, Error>,
    expected: Option<&Result<ModelHandle, Error>>,
) -> &'static str {
    match (found, expected) {
        (Ok(found), Some(Ok(meant))) if cost(found) == cost(meant) => "found",
        (Ok(found), Some(_)) if is_its_name(name, found) => "found: a model of that very name",
        (Ok(_), Some(_)) => "wrong",
        (Ok(_), None) => "found, and unknown to the peer",
        (Err(_), None) => "refused by both",
        (Err(_), Some(_)) if is_made_up(name) => "refused: made up",
        (Err(_), Some(_)) if NO_NAMES.contains(&name.to_lowercase().as_str()) => "refused: no name",
        (Err(error), Some(_)) if error.code() == ErrorCode::ModelUnknown => "missing",
        (Err(_), Some(_)) => "missing, not as unknown",
    }
}

#[test]
fn a_name_is_never_taken_for_another_models() {
    let Some(cases) = support::cases("genai_prices_match.json.gz") else { return };
    let (book, files) = (PriceBook::bundled().expect("the book"), Files::read());
    let rules = Rules::new(&files);
    let (mut counts, mut faults) = (BTreeMap::<&str, u32>::new(), Vec::new());
    for case in &cases {
        let (name, provider) = (support::text(case, "ref"), case.get("provider_id").and_then(Literal::text));
        let expected = match case.get("expect").map_or(&[][..], Literal::items) {
            [provider, model] => Some(book.find(provider.text(), model.text().expect("a model"))),
            _ => None,
        };
        let found = book.find(provider, name);
        let verdict = verdict(name, &found, expected.as_ref());
        // A moving alias stays one in another case.
        let lower = book.find(provider, &name.to_lowercase());
        let is_alias = lower.is_ok_and(|found| found.matched() == Matched::Alias);
        let verdict = if verdict == "wrong" && is_alias { "found: an alias of that day" } else { verdict };
        // Whatever the peer thinks of it: the name must lead to the model by the rules of the reference.
        if let Ok(found) = &found {
            let model = (found.provider(), found.model(now()).expect("the model"));
            if !rules.allow(provider, name, model) {
                faults.push(format!("wrong by the rules: {provider:?} `{name}` is taken for {model:?}"));
            }
        }
        *counts.entry(verdict).or_default() += 1;
        if verdict.starts_with("wrong") || verdict.starts_with("missing") {
            faults.push(format!("{verdict}: {provider:?} `{name}`"));
        }
    }
    eprintln!("{} names, {} wrong: {counts:#?}", cases.len(), faults.len());
    assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), cases.len());
}

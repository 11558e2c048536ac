//! What the bundled prices promise.

use super::at;
use crate::{Dimension, ErrorCode, ExactMoney, ModelHandle, PriceBook, Terms, Usage};

fn total(provider: &str, model: &str, usage: &Usage, terms: &Terms, when: &str) -> String {
    let book = PriceBook::bundled().expect("the bundled book");
    match book.quote(Some(provider), model, usage, terms, at(when)) {
        Ok(quote) => quote.total().to_string(),
        Err(error) => error.code().to_string(),
    }
}

const NOW: &str = "2026-11-23T12:00:00Z";

/// What a million units of a kind cost, where the model has a price for it.
fn cost_of(handle: &ModelHandle, kind: Dimension) -> Option<i128> {
    let usage = Usage::new().with(kind, 1_000_000);
    handle.cost(&usage, &Terms::new(), at(NOW)).ok().map(ExactMoney::femto)
}

#[test]
fn every_model_is_found_by_its_name_and_costs_nothing_only_where_that_is_stated() {
    let book = PriceBook::bundled().expect("the bundled book");
    assert!(book.len() >= 6_000, "{}", book.len());
    let (mut priced, mut free, mut unpriced) = (0, 0, 0);
    for (provider, model) in book.models() {
        let handle = book.find(Some(provider), model).expect("the model");
        assert_eq!(handle.model(at(NOW)).expect("the model"), model, "{provider}");
        match handle.is_free(at(NOW)) {
            Ok(true) => free += 1,
            Ok(false) => {
                let is_priced = |kind: &Dimension| cost_of(&handle, *kind).is_some_and(|cost| cost > 0);
                let has_terms = || handle.quote(&Usage::new(), &Terms::new(), at(NOW)).is_err();
                assert!(Dimension::ALL.iter().any(is_priced) || has_terms(), "{provider}/{model}");
                priced += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::ModelUnpriced, "{provider}/{model}: {error}");
                unpriced += 1;
            }
        }
    }
    assert!(priced > 5_500 && free < 400 && unpriced < 300, "{priced}, {free}, {unpriced}");
}

#[test]
fn a_main_model_needs_no_provider() {
    let book = PriceBook::bundled().expect("the bundled book");
    for (name, provider) in [
        ("gpt-5", "openai"),
        ("gpt-5-mini", "openai"),
        ("claude-sonnet-4-5", "anthropic"),
        ("claude-opus-4-8", "anthropic"),
        ("gemini-2.5-flash", "google"),
    ] {
        assert_eq!(book.find(None, name).expect("the model").provider(), provider, "{name}");
    }
}

#[test]
fn known_calls_cost_what_the_price_lists_say() {
    let pair = Usage::from([(Dimension::InputUncached, 1_000), (Dimension::Output, 100)]);
    let standard = Terms::new();
    let cases = [
        ("openai", "gpt-4o-2024-08-06", pair, &standard, NOW, "0.0035"),
        ("openai", "gpt-4o-2024-05-13", pair, &standard, NOW, "0.0065"),
        ("openai", "gpt-4o-mini", pair, &Terms::new().processing("batch"), NOW, "0.000105"),
        ("openai", "o3", pair, &standard, "2025-06-09T23:59:59Z", "0.014"),
        ("openai", "o3", pair, &standard, "2025-06-10T00:00:00Z", "0.0028"),
        ("openai", "gpt-5-mini", pair, &Terms::new().service_tier("flex"), NOW, "0.000225"),
        ("openai", "gpt-5-mini", pair, &Terms::new().service_tier("priority"), NOW, "0.00081"),
        ("openai", "gpt-5-nano", pair, &Terms::new().service_tier("priority"), NOW, "tier_unknown"),
        ("anthropic", "claude-haiku-4-5-20251001", pair, &standard, NOW, "0.0015"),
        ("anthropic", "claude-opus-4-8", pair, &Terms::new().speed("fast"), NOW, "0.015"),
        ("anthropic", "claude-sonnet-5", pair, &Terms::new().data_residency("us"), NOW, "0.0033"),
        ("google", "gemini-3.8-flash", pair, &standard, NOW, "0.001125"),
        ("google", "gemini-3.8-flash", pair, &standard, "2027-01-01T00:00:00Z", "0.00225"),
        ("gcp.gemini", "models/gemini-2.5-flash", pair, &standard, NOW, "0.00055"),
    ];
    for (provider, model, usage, terms, when, expected) in cases {
        assert_eq!(total(provider, model, &usage, terms, when), expected, "{model} {terms:?} {when}");
    }
}

#[test]
fn long_context_and_caches_have_their_own_prices() {
    let long = Usage::from([
        (Dimension::InputUncached, 100_000),
        (Dimension::CacheRead, 100_001),
        (Dimension::Output, 1_000),
    ]);
    assert_eq!(total("google", "gemini-2.5-pro", &long, &Terms::new(), NOW), "0.29000025");
    let batch = Terms::new().processing("batch");
    assert_eq!(total("google", "gemini-2.5-pro", &long, &batch, NOW), "0.15750025");
    let written = Usage::from([(Dimension::CacheWrite5m, 1_000), (Dimension::CacheWrite1h, 1_000)]);
    assert_eq!(total("anthropic", "claude-sonnet-4-6", &written, &Terms::new(), NOW), "0.00975");
    assert_eq!(total("openai", "gpt-6.1-sol", &written, &Terms::new(), NOW), "dimension_unpriced");
    let half_a_day = Usage::from([(Dimension::InputUncached, 272_000), (Dimension::CacheWrite12h, 1_000)]);
    assert_eq!(total("openai", "gpt-6.1-sol", &half_a_day, &Terms::new().service_tier("flex"), NOW), "0.549");
    let searched = Usage::new().with(Dimension::WebSearches, 2);
    assert_eq!(total("anthropic", "claude-sonnet-4-6", &searched, &batch, NOW), "0.02");
}

#[test]
fn the_bundled_version_is_printed_with_its_date() {
    let version = PriceBook::bundled().expect("the bundled book").version().to_string();
    assert!(version.starts_with("2026-11-23-") && version.len() == "2026-11-23-".len() + 32, "{version}");
}

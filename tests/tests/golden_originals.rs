//! The reference cases of pricing, as they were given, where they lie beside the repository: their cards are put into
//! the format of our book, and every total is exact.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{Dimension, ExactMoney, PriceBook, Terms, Timestamp, Usage};
use serde_json::{Map, Value, json};
use std::path::Path;

const CASES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/pricing-conformance/golden_cases.json");
const COUNT: usize = 31;
/// Femto-units in one.
const FEMTO: i128 = 1_000_000_000_000_000;

#[test]
fn every_reference_case_is_priced_to_the_last_digit() {
    if !Path::new(CASES).exists() {
        eprintln!("skipped: no reference data");
        return;
    }
    let file: Value = serde_json::from_str(&std::fs::read_to_string(CASES).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), COUNT);
    for case in cases {
        let total = priced(case).unwrap_or_else(|error| panic!("{}: {error:#}", case["id"]));
        assert_eq!(total, rounded(case["expected_total_usd"].as_str().unwrap()), "{}", case["id"]);
    }
}

fn priced(case: &Value) -> bursar::Result<ExactMoney> {
    let mut model = card(case["price_card"].as_object().unwrap());
    model.insert("provider".to_owned(), json!("maker"));
    model.insert("model".to_owned(), json!("model-a"));
    let book = PriceBook::deserialize(json!({ "format": 1, "date": "2026-11-23", "models": [model] }))?;
    let (context, mut usage) = (&case["context"], Usage::new());
    for (name, count) in case["usage"].as_object().unwrap() {
        usage = usage.with(name.parse::<Dimension>()?, count.as_u64().unwrap());
    }
    let at: Timestamp = context["timestamp"].as_str().unwrap_or("2026-11-23T12:00:00Z").parse()?;
    Ok(book.quote(None, "model-a", &usage, &terms(context.as_object().unwrap()), at)?.total())
}

fn terms(context: &Map<String, Value>) -> Terms {
    let (mut terms, mut served) = (Terms::new(), "");
    for (key, value) in context {
        let value = value.as_str().unwrap();
        terms = match key.as_str() {
            "timestamp" => terms,
            "service_tier" | "requested_service_tier" => terms.service_tier(value),
            "processing" => terms.processing(value),
            "data_residency" => terms.data_residency(value),
            "served_service_tier" => {
                served = value;
                terms
            }
            _ => panic!("a context with an unknown `{key}`"),
        };
    }
    terms.served(served)
}

/// A card in our format: what applies under a condition becomes a variant.
fn card(given: &Map<String, Value>) -> Map<String, Value> {
    let (mut card, mut variants) = (Map::new(), Vec::new());
    for (key, value) in given {
        match key.as_str() {
            "history" => {
                let cards =
                    value.as_array().unwrap().iter().map(|given| self::card(given.as_object().unwrap()));
                card.insert("cards".to_owned(), cards.collect());
            }
            "tiers" | "tiers_range" => variants.extend(value.as_array().unwrap().iter().map(tier)),
            "peak" => variants.push(json!({
                "when": { "time": value["utc"], "weekdays": value["weekdays"] },
                "multiply": value["multiplier"],
            })),
            "priority_multiplier" => {
                variants.push(json!({ "when": { "service_tier": "priority" }, "multiply": value }));
            }
            "residency_multiplier" => {
                for (region, factor) in value.as_object().unwrap() {
                    variants.push(json!({ "when": { "data_residency": region }, "multiply_tokens": factor }));
                }
            }
            "priority" => variants.push(under(&json!({ "service_tier": "priority" }), value)),
            "batch" => variants.push(under(&json!({ "processing": "batch" }), value)),
            "audio_hour" => {
                let price = json!({ "price": value, "min": given.get("min_seconds").unwrap_or(&json!(0)) });
                card.insert(key.clone(), price);
            }
            "min_seconds" => {}
            _ => drop(card.insert(key.clone(), value.clone())),
        }
    }
    if !variants.is_empty() {
        card.insert("variants".to_owned(), Value::Array(variants));
    }
    card
}

/// A range of input, and the rates in it. Above the last range the last card applies.
fn tier(tier: &Value) -> Value {
    const LAST_RANGE: u64 = 1_000_000;
    let (mut when, mut rates) = (Map::new(), Map::new());
    for (key, value) in tier.as_object().unwrap() {
        match key.as_str() {
            "le" if value.as_u64() == Some(LAST_RANGE) => {}
            "gt" | "ge" | "le" => drop(when.insert(format!("input_{key}"), value.clone())),
            _ => drop(rates.insert(key.clone(), value.clone())),
        }
    }
    under(&Value::Object(when), &Value::Object(rates))
}

fn under(when: &Value, rates: &Value) -> Value {
    let mut variant = rates.clone();
    variant["when"] = when.clone();
    variant
}

/// A decimal as it is; a fraction rounded half to even to a femto, which is our rule for endless decimals.
fn rounded(expected: &str) -> ExactMoney {
    let Some((numerator, denominator)) = expected.split_once('/') else {
        let (whole, digits) = expected.split_once('.').unwrap_or((expected, ""));
        assert!(digits.len() <= 15, "{expected}");
        return ExactMoney::from_femto(format!("{whole}{digits:0<15}").parse().unwrap());
    };
    let (numerator, denominator): (i128, i128) = (numerator.parse().unwrap(), denominator.parse().unwrap());
    let (femto, rest) = (numerator * FEMTO / denominator, numerator * FEMTO % denominator);
    let is_up = rest * 2 > denominator || (rest * 2 == denominator && femto % 2 == 1);
    ExactMoney::from_femto(femto + i128::from(is_up))
}

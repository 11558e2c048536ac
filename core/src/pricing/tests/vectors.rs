//! The shared vectors: the same file that Python and Node run.

use crate::{
    BoundRequest, CacheUse, Dimension, Error, ErrorCode, ExactMoney, ModelHandle, Money, PriceBook,
    PriceOverride, Terms, Timestamp, Usage, error::Result,
};
use serde_json::{Map, Value};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/pricing/");

fn cases() -> Vec<Value> {
    let read = |name: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(format!("{VECTORS}{name}")).expect("the vectors");
        let file: Value = serde_json::from_str(&text).expect("vectors are JSON");
        file["cases"].as_array().expect("cases").clone()
    };
    [read("golden.json"), read("traps.json")].concat()
}

#[test]
fn every_vector_holds_to_the_last_digit() {
    let mut faults = Vec::new();
    for case in cases() {
        let expected = &case["expect"];
        let found = run(&case);
        let outcome = match (&found, expected["error"].as_str()) {
            (Err(error), Some(code)) if error.code().as_str() == code => Ok(()),
            (Err(error), _) => Err(format!("{}: {error}", error.code())),
            (Ok(()), Some(code)) => Err(format!("no error, but {code} is expected")),
            (Ok(()), None) => Ok(()),
        };
        if let Err(fault) = outcome {
            faults.push(format!("{}: {fault}", case["name"]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_error_of_the_floor_has_a_vector() {
    let shown: Vec<String> =
        cases().iter().filter_map(|case| case["expect"]["error"].as_str().map(str::to_owned)).collect();
    for code in [
        ErrorCode::PriceBookInvalid,
        ErrorCode::ModelUnknown,
        ErrorCode::ModelUnpriced,
        ErrorCode::DimensionUnpriced,
        ErrorCode::TierUnknown,
        ErrorCode::UsageInvalid,
        ErrorCode::BoundMissing,
        ErrorCode::MoneyOverflow,
        ErrorCode::CurrencyUnsupported,
    ] {
        assert!(shown.iter().any(|name| name == code.as_str()), "{code}");
    }
}

fn run(case: &Value) -> Result<()> {
    let book = match &case["book"] {
        Value::String(text) => PriceBook::parse(text)?,
        tree => PriceBook::deserialize(tree.clone())?,
    };
    let overrides = case.get("overrides").cloned().unwrap_or(Value::Array(Vec::new()));
    let overrides: Vec<PriceOverride> = serde_json::from_value(overrides)
        .map_err(|error| Error::new(ErrorCode::PriceBookInvalid, error.to_string()))?;
    let book = book.with_overrides(&overrides)?;
    let handle = book.find(case["provider"].as_str(), case["model"].as_str().expect("a model"))?;
    let terms = terms(case.get("terms"));
    let at: Timestamp = case["at"].as_str().expect("a time").parse()?;
    if let Some(request) = case.get("bound") {
        return check_bound(case, &handle, request, terms, at);
    }
    let quote = handle.quote(&usage(case)?, &terms, at)?;
    let expected = &case["expect"];
    if expected.get("error").is_some() {
        return Ok(());
    }
    let name = &case["name"];
    assert_eq!(quote.total().to_string(), expected["total"].as_str().expect("a total"), "{name}");
    assert_eq!(handle.cost(&usage(case)?, &terms, at)?, quote.total(), "{name}");
    if let Some(fraction) = expected["fraction"].as_str() {
        assert!(is_nearest(quote.total(), fraction), "{name}");
    }
    if let Some(matched) = expected["matched"].as_str() {
        assert_eq!(quote.matched().to_string(), matched, "{name}");
    }
    if let Some(lines) = expected["lines"].as_array() {
        let found: Vec<_> = quote
            .lines()
            .iter()
            .map(|line| (line.dimension().as_str(), line.quantity(), line.amount().to_string()))
            .collect();
        let expected: Vec<_> = lines
            .iter()
            .map(|line| {
                let text = |key: &str| line[key].as_str().expect("text");
                (text("dimension"), line["quantity"].as_u64().expect("a count"), text("amount").to_owned())
            })
            .collect();
        assert_eq!(found, expected, "{name}");
    }
    Ok(())
}

fn check_bound(
    case: &Value,
    handle: &ModelHandle,
    request: &Value,
    terms: Terms,
    at: Timestamp,
) -> Result<()> {
    let name = &case["name"];
    let extra =
        request.get("extra").map_or(Ok(Usage::new()), |extra| counts(extra.as_object().expect("a map")))?;
    let cache = if request["cache"].as_str() == Some("none") { CacheUse::None } else { CacheUse::Possible };
    let bound_request = BoundRequest {
        input_tokens: request["input_tokens"].as_u64().expect("a count"),
        max_output_tokens: request["max_output_tokens"].as_u64(),
        extra: Some(Box::new(extra)),
        terms,
        cache,
    };
    let bound = handle.bound(&bound_request, at)?;
    let expected = &case["expect"]["bound"];
    assert_eq!(bound.exact().to_string(), expected["exact"].as_str().expect("an amount"), "{name}");
    assert_eq!(bound.money().to_string(), expected["money"].as_str().expect("an amount"), "{name}");
    assert_eq!(Some(bound.output_tokens()), expected["output_tokens"].as_u64(), "{name}");
    if let Some(affordable) = case["expect"]["affordable"].as_u64() {
        let remaining: Money = request["remaining"].as_str().expect("an amount").parse()?;
        assert_eq!(handle.affordable_output_tokens(&bound_request, remaining, at)?, affordable, "{name}");
    }
    Ok(())
}

fn usage(case: &Value) -> Result<Usage> {
    if let Some(otel) = case["otel"].as_object() {
        return Usage::from_otel(
            otel.iter().map(|(name, count)| (name.as_str(), count.as_u64().expect("a count"))),
        );
    }
    counts(case["usage"].as_object().expect("usage"))
}

/// Counts as numbers, or as text where a number of JSON would lose digits.
fn counts(map: &Map<String, Value>) -> Result<Usage> {
    let mut usage = Usage::new();
    for (name, count) in map {
        let dimension: Dimension = name.parse()?;
        let count = count.as_u64().or_else(|| count.as_str()?.parse().ok()).expect("a count");
        usage = usage.with(dimension, count);
    }
    Ok(usage)
}

fn terms(tree: Option<&Value>) -> Terms {
    let text = |key: &str| tree.and_then(|tree| tree[key].as_str()).unwrap_or_default();
    let terms = Terms::new()
        .processing(text("processing"))
        .speed(text("speed"))
        .region(text("region"))
        .data_residency(text("data_residency"))
        .resolution(text("resolution"))
        .search(text("search"));
    let terms = match text("service_tier") {
        "" => terms,
        tier => terms.service_tier(tier),
    };
    match text("served") {
        "" => terms,
        tier => terms.served(tier),
    }
}

/// Whether an amount is within half a femto of a fraction.
fn is_nearest(amount: ExactMoney, fraction: &str) -> bool {
    let (numerator, denominator) = fraction.split_once('/').expect("a fraction");
    let (numerator, denominator): (i128, i128) =
        (numerator.parse().expect("whole"), denominator.parse().expect("whole"));
    let distance = (amount.femto() * denominator - numerator * 1_000_000_000_000_000).abs();
    distance * 2 <= denominator
}

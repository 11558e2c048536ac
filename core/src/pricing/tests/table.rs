//! The table of bytes: it says what the text says, opens damaged bytes without harm, and finds names as they are written.

use super::{Random, at};
use crate::{Dimension, Matched, PriceBook, PriceMoves, PriceOverride, Terms, Usage};
use std::path::PathBuf;

const NOW: &str = "2026-11-23T12:00:00Z";

#[test]
fn the_bundled_table_is_what_the_files_compile_to() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "src", "pricing", "data"].iter().collect();
    let files = |folder: &PathBuf| std::fs::read_dir(folder).expect("the folder");
    let entries = files(&folder).chain(files(&folder.join("market")));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let texts: Vec<String> =
        paths.iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let book = PriceBook::parse_all(&texts).expect("the files");
    let written = std::fs::read(folder.join("book.bin")).expect("the table");
    assert!(book.to_bytes() == written, "data/book.bin is out of date: run `cargo xtask prices`");
    // The check of the bundled table is compared here, so that a program needn't.
    PriceBook::from_bytes(&written).expect("the table").check().expect("every model");
}

#[test]
fn damaged_bytes_are_refused_and_unchecked_ones_do_no_harm() {
    let bytes = PriceBook::bundled().expect("the book").to_bytes();
    let mut random = Random(7);
    let mut place = |limit: usize| usize::try_from(random.below(limit as u64)).expect("small");
    for round in 0..300 {
        let mut wrong = bytes.clone();
        for _ in 0..=round % 4 {
            let at = place(wrong.len());
            wrong[at] ^= 1 << place(8);
        }
        if round % 5 == 0 {
            wrong.truncate(place(bytes.len()));
        }
        if wrong == bytes {
            continue;
        }
        assert!(PriceBook::from_bytes(&wrong).is_err(), "round {round}");
        let Ok(book) = PriceBook::from_static(Vec::leak(wrong)) else { continue };
        let _ = book.check();
        let _ = book.models().count();
        let _ = book.find(Some("openai"), "gpt-5");
    }
}

fn cloud() -> PriceBook {
    PriceBook::parse(
        r#"
        format = 1
        date = "2026-11-23"
        [[providers]]
        id = "anthropic"
        [[providers]]
        id = "aws"
        aliases = ["bedrock"]
        fallback = ["anthropic"]
        [[models]]
        provider = "anthropic"
        model = "claude-x"
        input_mtok = "3"
        [[models]]
        provider = "anthropic"
        model = "claude-y"
        input_mtok = "5"
        [[models]]
        provider = "aws"
        model = "anthropic.claude-x"
        input_mtok = "3"
        variants = [{ when = { region = "eu" }, multiply = "1.1" }]
        [[models]]
        provider = "openrouter"
        model = "meta/llama-x"
        input_mtok = "1"
        [[models]]
        provider = "openai"
        model = "gpt-z"
        input_mtok = "2"
        "#,
    )
    .expect("a book")
}

#[test]
fn names_are_matched_as_they_are_written_and_what_is_assumed_is_told() {
    let book = cloud();
    let usage = Usage::new().with(Dimension::InputUncached, 1_000_000);
    let found =
        |provider: Option<&str>, name: &str| match book.quote(provider, name, &usage, &Terms::new(), at(NOW))
        {
            Ok(quote) => format!("{} {}", quote.total(), quote.matched()),
            Err(error) => error.code().to_string(),
        };
    let aws = Some("aws");
    for (provider, name, expected) in [
        (aws, "anthropic.claude-x-20250929-v1:0", "3 normalised"),
        (aws, "us.anthropic.claude-x-20250929-v1:0", "3 region_ignored"),
        (aws, "eu.anthropic.claude-x-v1:0", "3.3 region_applied"),
        (aws, "global.anthropic.claude-x", "3 normalised"),
        (aws, "us-gov.anthropic.claude-x", "3 region_ignored"),
        (aws, "anthropic.claude-y-20250929-v1:0", "5 provider_fallback"),
        (aws, "us.anthropic.claude-y", "5 provider_fallback, region_ignored"),
        (None, "bedrock/eu/anthropic.claude-x", "model_unknown"),
        (None, "bedrock/us-east-1/anthropic.claude-x", "3 region_ignored"),
        (
            None,
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-x-v1:0",
            "3.3 region_applied",
        ),
        (Some("anthropic"), "claude-x@20250929", "3 normalised"),
        (Some("openrouter"), "meta/llama-x:free", "model_unknown"),
        (None, "meta/llama-x:free", "model_unknown"),
        (Some("openai"), "ft:gpt-z:org::id", "model_unknown"),
        (Some("openai"), "GPT-Z-2025-12-11", "2 normalised"),
    ] {
        assert_eq!(found(provider, name), expected, "{provider:?} {name}");
    }
}

#[test]
fn a_regional_name_is_booked_under_a_name_that_leads_to_its_price_again() {
    let book = cloud();
    let handle = book.find(Some("aws"), "eu.anthropic.claude-x-v1:0").expect("the model");
    let booked = handle.booked_name(at(NOW)).expect("a name");
    assert_eq!(booked, "aws/eu.anthropic.claude-x");
    let (provider, model) = booked.split_once('/').expect("two parts");
    let usage = Usage::new().with(Dimension::InputUncached, 1_000_000);
    let again = book.quote(Some(provider), model, &usage, &Terms::new(), at(NOW)).expect("a quote");
    assert_eq!(again.total(), handle.cost(&usage, &Terms::new(), at(NOW)).expect("a cost"));
    let text = handle.explain(&usage, &Terms::new(), at(NOW)).expect("an explanation").to_string();
    assert!(
        text.contains("matched `anthropic.claude-x` as `aws/anthropic.claude-x`: region_applied"),
        "{text}"
    );
}

#[test]
fn a_deployment_stands_for_its_model() {
    let book = cloud().with_deployments([("aws/chat", "openai/gpt-z")]).expect("a book");
    let handle = book.find(Some("bedrock"), "chat").expect("the model");
    assert_eq!((handle.matched(), handle.provider()), (Matched::Deployment, "openai"));
    assert!(book.find(Some("anthropic"), "chat").is_err());
    let chain = book.with_deployments([("openai/gpt-z", "anthropic/claude-x")]);
    assert!(chain.expect_err("a chain").message().contains("which is one itself"));
    assert!(cloud().with_deployments([("a", "openai/gpt-zz")]).is_err());
}

#[test]
fn a_slip_of_the_decimal_point_is_told() {
    let (before, slip): (_, PriceOverride) = (
        cloud(),
        toml::from_str("provider = \"openai\"\nmodel = \"gpt-z\"\ninput_mtok = \"0.1\"").expect("a price"),
    );
    let after = before.with_overrides(&[slip]).expect("a book");
    let error = before.check_moves(&after, PriceMoves::default(), at(NOW)).expect_err("a move");
    assert!(error.message().contains("`openai/gpt-z` input_uncached 0.000002 -> 0.0000001"), "{error}");
    before.check_moves(&after, PriceMoves::Any, at(NOW)).expect("allowed");
    before.check_moves(&after, PriceMoves::Within(20), at(NOW)).expect("allowed");
}

//! The merged book is the union of both tables: whatever one of them prices is found by its provider and name.

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

use bursar::{PriceBook, Terms, Timestamp, Usage};
use bursar_prices::files::{CHECKED, Inputs, files};
use bursar_prices::{
    genai, litellm,
    model::{Model, Status},
    read,
};
use files::Files;
use spelling::Rules;
use std::fs;
use support::{merged, root, table};

fn is_priced(model: &Model) -> bool {
    model.cards.last().is_some_and(|card| card.status == Status::Priced)
}

/// Models of which the tables know no price in dollars, or not the whole price.
const NOT_WHOLE: &[&str] = &["scaleway ", "ovhcloud ", "azure_ai azure_ai/model", "azure azure/model-router"];

/// What becomes of the priced models of a table.
#[derive(Debug, Default)]
struct Coverage {
    priced: usize,
    /// Found, with a price now.
    found: usize,
    /// Known to have no price in dollars, or not the whole.
    not_whole: usize,
    missing: Vec<String>,
    wrong: Vec<String>,
}

fn coverage(book: &PriceBook, models: &[Model]) -> Coverage {
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a time");
    let files = Files::read();
    let (rules, mut all) = (Rules::new(&files), Coverage::default());
    for model in models.iter().filter(|model| is_priced(model)) {
        all.priced += 1;
        // LiteLLM puts most providers in front of the name, and people pass the whole.
        let with =
            book.find(Some(&model.provider), &model.id).ok().map(|found| (Some(&*model.provider), found));
        let found = with.or_else(|| book.find(None, &model.id).ok().map(|found| (None, found)));
        let name = format!("{} {}", model.provider, model.id);
        if let Some((provider, found)) = &found {
            let meant = (found.provider(), found.model(now).expect("the model"));
            if !rules.allow(*provider, &model.id, meant) {
                all.wrong.push(format!("{name} is taken for {meant:?}"));
            }
        }
        if found.is_some_and(|(_, found)| found.quote(&Usage::new(), &Terms::new(), now).is_ok()) {
            all.found += 1;
        } else if NOT_WHOLE.iter().any(|known| name.starts_with(known)) {
            all.not_whole += 1;
        } else {
            all.missing.push(name);
        }
    }
    all
}

fn assert_whole(name: &str, all: &Coverage) {
    eprintln!(
        "{name}: {} of {} priced names have a price, {} are known not to have a whole one in dollars, {} missing, {} wrong",
        all.found,
        all.priced,
        all.not_whole,
        all.missing.len(),
        all.wrong.len()
    );
    assert!(all.missing.is_empty() && all.wrong.is_empty(), "{all:#?}");
}

#[test]
fn every_priced_model_of_genai_prices_is_found() {
    let Some(source) = table("genai-prices-0.2.3/genai_prices/data.py") else { return };
    let models = genai::read(&source).expect("the table").models;
    assert_whole("genai-prices", &coverage(&merged(), &models));
}

#[test]
fn every_priced_key_of_litellm_is_found() {
    let Some(source) = table("litellm-1.109.1/litellm/model_prices_and_context_window_backup.json") else {
        return;
    };
    let models = litellm::read(&source).expect("the table").models;
    assert_whole("LiteLLM", &coverage(&merged(), &models));
}

#[test]
fn a_name_alone_is_its_makers() {
    let book = merged();
    let mut faults = Vec::new();
    for name in CHECKED {
        let text =
            fs::read_to_string(root().join(format!("core/src/pricing/data/{name}.toml"))).expect("a file");
        for model in read::models(&text).expect("a book") {
            match book.find(None, &model.id) {
                Ok(found) if found.provider() == name => {}
                Ok(found) => faults.push(format!("{} is {}'s", model.id, found.provider())),
                Err(error) => faults.push(format!("{}: {error}", model.id)),
            }
        }
    }
    for (model, maker) in [
        ("grok-4.20", "x-ai"),
        ("mistral-large-2512", "mistral"),
        ("deepseek-v4-flash", "deepseek"),
        ("sonar", "perplexity"),
        ("whisper-1", "openai"),
        ("kimi-k3", "moonshotai"),
    ] {
        match book.find(None, model) {
            Ok(found) if found.provider() == maker => {}
            other => faults.push(format!("{model}: {:?}", other.map(|found| found.provider().to_owned()))),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_files_are_what_the_tables_give() {
    let Some(genai) = table("genai-prices-0.2.3/genai_prices/data.py") else { return };
    let Some(litellm) = table("litellm-1.109.1/litellm/model_prices_and_context_window_backup.json") else {
        return;
    };
    let text = |path: &str| fs::read_to_string(root().join(path)).unwrap_or_default();
    let inputs = Inputs {
        genai,
        litellm,
        versions: ["0.2.3", "1.109.1"].map(str::to_owned),
        date: "2026-11-23".to_owned(),
        overrides: text("prices/overrides.toml"),
        sellers: text("prices/sellers.toml"),
        checked: CHECKED.iter().map(|name| text(&format!("core/src/pricing/data/{name}.toml"))).collect(),
    };
    let stale: Vec<String> = files(&inputs)
        .expect("the files")
        .into_iter()
        .filter(|(path, expected)| text(path) != *expected)
        .map(|(path, _)| path)
        .collect();
    assert!(stale.is_empty(), "run `cargo xtask prices`: {stale:?}");
}

#[test]
fn a_regional_name_never_has_the_plain_price_silently() {
    let book = merged();
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a time");
    let id = |name: &str| book.find(Some("aws"), name).map(|found| found.model(now).map(str::to_owned));
    for (regional, plain) in [
        ("us-gov-east-1/amazon.titan-embed-text-v2:0", "amazon.titan-embed-text-v2:0"),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("us-gov.amazon.titan-embed-text-v2:0", "amazon.titan-embed-text-v2:0"),
        ("eu.amazon.nova-pro", "amazon.nova-pro-v1:0"),
    ] {
        let plain = id(plain).expect("the plain model").expect("a model");
        if let Ok(found) = book.find(Some("aws"), regional) {
            let is_told = found.matched().assumptions().contains(&"region_ignored");
            assert!(is_told || found.model(now).expect("a model") != plain, "{regional}");
        }
    }
}

//! What price tables get wrong, in the merged book itself: hours and weekdays, moving names, currencies, zeros.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bursar::{Dimension, PriceBook, Terms, Usage};

const NOW: &str = "2026-11-23T12:00:00Z";

/// The total of a call, or the code of why it has none.
fn total(book: &PriceBook, provider: &str, model: &str, usage: &Usage, at: &str) -> String {
    match book.quote(Some(provider), model, usage, &Terms::new(), at.parse().expect("a time")) {
        Ok(quote) => quote.total().to_string(),
        Err(error) => error.code().to_string(),
    }
}

#[test]
fn deepseek_has_its_peak_on_weekdays_since_the_hour_of_the_change() {
    let book = support::merged();
    let million = Usage::new().with(Dimension::InputUncached, 1_000_000);
    for (model, at, expected) in [
        ("deepseek-v4-flash", "2026-07-01T02:00:00Z", "0.14"),
        ("deepseek-v4-flash", "2026-08-16T15:59:59Z", "0.14"),
        ("deepseek-v4-flash", "2026-08-16T16:00:00Z", "0.22"),
        ("deepseek-v4-flash", "2026-08-24T02:00:00Z", "0.44"),
        ("deepseek-v4-flash", "2026-11-21T02:00:00Z", "0.15"),
        ("deepseek-v4-flash", "2026-11-22T07:00:00Z", "0.15"),
        ("deepseek-v4-flash", "2026-11-23T02:00:00Z", "0.3"),
        ("deepseek-v4-flash", "2026-11-23T04:00:00Z", "0.15"),
        ("deepseek-v4-pro", "2026-11-23T06:00:00Z", "1.32"),
        ("deepseek-v4-pro", "2026-11-21T06:00:00Z", "0.66"),
        ("deepseek-chat", "2025-09-05T15:59:59Z", "0.27"),
        ("deepseek-chat", "2025-09-05T16:00:00Z", "0.56"),
        ("deepseek-chat", "2025-08-01T17:00:00Z", "0.135"),
    ] {
        assert_eq!(total(&book, "deepseek", model, &million, at), expected, "{model} {at}");
    }
}

#[test]
fn a_moving_name_has_the_price_of_what_it_stood_for() {
    let book = support::merged();
    let million = Usage::new().with(Dimension::InputUncached, 1_000_000);
    for (provider, model, at, expected) in [
        ("mistral", "mistral-large-latest", "2025-12-01T23:59:59Z", "2"),
        ("mistral", "mistral-large-latest", NOW, "0.5"),
        ("mistral", "mistral-medium", "2026-06-15T00:00:00Z", "0.4"),
        ("mistral", "mistral-medium", NOW, "1.5"),
        ("mistral", "magistral-medium-latest", "2026-01-01T00:00:00Z", "2"),
        ("mistral", "magistral-medium-latest", NOW, "1.5"),
        ("mistral_ai", "mistral-medium-latest", NOW, "1.5"),
    ] {
        assert_eq!(total(&book, provider, model, &million, at), expected, "{model} {at}");
    }
}

#[test]
fn a_price_in_euros_is_no_price_in_dollars() {
    let book = support::merged();
    let million = Usage::new().with(Dimension::InputUncached, 1_000_000);
    for (provider, model, expected) in [
        ("ovhcloud", "Meta-Llama-3_3-70B-Instruct", "0.74"),
        ("ovhcloud", "Meta-Llama-3_1-70B-Instruct", "model_unpriced"),
        ("scaleway", "qwen/qwen3-235b-a22b-instruct-2507", "model_unpriced"),
    ] {
        assert_eq!(total(&book, provider, model, &million, NOW), expected, "{model}");
    }
}

#[test]
fn only_what_is_stated_to_be_free_is_free() {
    let book = support::merged();
    let usage = Usage::from([(Dimension::InputUncached, 1_000), (Dimension::Output, 100)]);
    for (provider, model, expected) in [
        ("ollama", "llama3", "0"),
        ("openrouter", "deepseek/deepseek-r1:free", "0"),
        ("github-copilot", "gpt-4o", "model_unpriced"),
        ("chatgpt", "gpt-5.4", "model_unpriced"),
        ("gigachat", "GigaChat-2", "model_unpriced"),
        ("azure_ai", "model_router", "model_unpriced"),
    ] {
        assert_eq!(total(&book, provider, model, &usage, NOW), expected, "{provider}/{model}");
    }
}

#[test]
fn fees_minimums_and_endless_units_are_charged_as_the_list_says() {
    let book = support::merged();
    let text = Usage::from([(Dimension::InputUncached, 1_000), (Dimension::Output, 100)]);
    assert_eq!(total(&book, "perplexity", "sonar", &text, NOW), "0.0131");
    let seconds = |count| Usage::new().with(Dimension::AudioSeconds, count);
    assert_eq!(total(&book, "groq", "whisper-large-v3", &seconds(3), NOW), "0.000308333333333");
    assert_eq!(total(&book, "groq", "whisper-large-v3", &seconds(3_600), NOW), "0.111");
    let terms = Terms::new().search("low");
    let at = NOW.parse().expect("a time");
    let quote = book.quote(Some("perplexity"), "sonar", &text, &terms, at).expect("a price");
    assert_eq!(quote.total().to_string(), "0.0061");
}

#[test]
fn a_model_that_gives_one_medium_alone_prices_it_as_its_output() {
    let book = support::merged();
    for (model, dated, dimension, expected) in [
        ("gpt-image-1", None, Dimension::ImageOutput, "40"),
        ("gpt-image-1-mini", None, Dimension::ImageOutput, "8"),
        ("gpt-image-2", Some("gpt-image-2-2026-04-21"), Dimension::ImageOutput, "30"),
        ("gpt-image-2.5-flare", Some("gpt-image-2.5-flare-2026-09-08"), Dimension::ImageOutput, "30"),
        ("gpt-image-2.5-sunburst", Some("gpt-image-2.5-sunburst-2026-09-08"), Dimension::ImageOutput, "30"),
        ("gpt-4o-mini-tts", Some("gpt-4o-mini-tts-2025-12-15"), Dimension::AudioOutput, "12"),
        // A model that gives text too has a price of its own for images.
        ("gpt-image-1.5", None, Dimension::ImageOutput, "32"),
    ] {
        let million = Usage::new().with(dimension, 1_000_000);
        for name in [Some(model), dated].into_iter().flatten() {
            assert_eq!(total(&book, "openai", name, &million, NOW), expected, "{name}");
        }
    }
}

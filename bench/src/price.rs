//! Quotes: by handle and by name, beside genai-prices on the same usage.

use crate::{clock::nanoseconds, table::Table};
use bursar::{Dimension, PriceBook, Terms, Timestamp, Usage};
use std::{hint::black_box, time::Instant};

pub(crate) fn rows(table: &mut Table) {
    let start = Instant::now();
    let book = PriceBook::bundled().unwrap();
    let opened = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let rival = genai_prices::Calculator::bundled();
    table.row("open the bundled price book", (opened, "ms"), None, Some(("genai-prices", start.elapsed().as_secs_f64() * 1e3)));

    let at: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let model = book.find(Some("openai"), "gpt-5").unwrap();
    let (usage, terms) = (Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, 100), Terms::default());
    let rival_usage = genai_prices::Usage::from([(genai_prices::UsageKey::INPUT_TOKENS, 1_000.0), (genai_prices::UsageKey::OUTPUT_TOKENS, 100.0)]);
    let [handle, total, name, other] = nanoseconds([
        &mut |count| (0..count).for_each(|_| drop(black_box(model.quote(black_box(&usage), &terms, at)))),
        &mut |count| (0..count).for_each(|_| drop(black_box(model.cost(black_box(&usage), &terms, at)))),
        &mut |count| (0..count).for_each(|_| drop(black_box(book.quote(Some("openai"), black_box("gpt-5"), &usage, &terms, at)))),
        &mut |count| {
            (0..count).for_each(|_| {
                let request = genai_prices::PriceRequest::new(black_box("gpt-5"), &rival_usage).with_provider_id("openai");
                drop(black_box(rival.calculate(&request)));
            });
        },
    ]);
    table.row("quote by handle, line by line", (handle, "ns"), Some(15.0), Some(("genai-prices by name", other)));
    table.row("quote by handle, the total", (total, "ns"), Some(15.0), Some(("genai-prices by name", other)));
    table.row("quote by name", (name, "ns"), Some(100.0), Some(("genai-prices by name", other)));

    let model = book.find(Some("anthropic"), "claude-sonnet-4-5").unwrap();
    let cached = Usage::new().with(Dimension::InputUncached, 150_000).with(Dimension::CacheRead, 100_000).with(Dimension::CacheWrite5m, 10_000).with(Dimension::Output, 100);
    let rival_cached = genai_prices::Usage::from([
        (genai_prices::UsageKey::INPUT_TOKENS, 260_000.0),
        (genai_prices::UsageKey::CACHE_READ_TOKENS, 100_000.0),
        (genai_prices::UsageKey::CACHE_WRITE_TOKENS, 10_000.0),
        (genai_prices::UsageKey::OUTPUT_TOKENS, 100.0),
    ]);
    let [tiered, named, other] = nanoseconds([
        &mut |count| (0..count).for_each(|_| drop(black_box(model.quote(black_box(&cached), &terms, at)))),
        &mut |count| (0..count).for_each(|_| drop(black_box(book.quote(Some("anthropic"), black_box("claude-sonnet-4-5"), &cached, &terms, at)))),
        &mut |count| {
            (0..count).for_each(|_| {
                let request = genai_prices::PriceRequest::new(black_box("claude-sonnet-4-5"), &rival_cached).with_provider_id("anthropic");
                drop(black_box(rival.calculate(&request)));
            });
        },
    ]);
    table.row("quote by handle, caches and past a context tier, 4 lines", (tiered, "ns"), None, Some(("genai-prices by name", other)));
    table.row("the same by name", (named, "ns"), None, Some(("genai-prices by name", other)));
}

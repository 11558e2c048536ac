//! Prices of LiteLLM that mean one thing or another by the kind of model: by image, pixel, second and query.

use super::Prices;
use crate::{
    decimal::Decimal,
    key::Key,
    literal::Literal,
    model::{Model, Table, When},
};

/// Reads a field whose meaning depends on the model; false for another one.
pub(super) fn read(
    prices: &mut Prices<'_>,
    model: &Model,
    name: &str,
    value: &Literal,
    entry: &Literal,
    table: &mut Table,
) -> bool {
    if name == "search_context_cost_per_query" {
        search(prices, value, table);
        return true;
    }
    if name == "guardrail_cost_per_unit" {
        prices.unpriced = Some("its eight kinds of units have prices of their own".to_owned());
        table.leave_out(
            model,
            name,
            "a guardrail's kinds of units are not told apart; the model is unpriced",
        );
        return true;
    }
    let Some(number) = value.number() else { return false };
    if let Some(resolution) = name.strip_prefix("output_cost_per_second_") {
        by_resolution(prices, "video_second", resolution, number, table);
        return true;
    }
    if let Some(resolution) =
        name.strip_prefix("output_cost_per_image_").filter(|rest| !rest.starts_with("token"))
    {
        by_resolution(prices, "image", resolution, number, table);
        return true;
    }
    if name.starts_with("input_cost_per_video_per_second_above_") {
        prices.dropped.push("video_seconds_read");
        table.leave_out(model, name, "by the length of the video; seconds of video are unpriced");
        return true;
    }
    let makes_images = matches!(prices.mode, "image_generation" | "image_edit");
    let has = |name: &str| {
        let price = entry.get(name).and_then(Literal::number).and_then(Decimal::parse);
        price.is_some_and(|price| !price.is_zero())
    };
    let (key, power) = match (name, prices.mode) {
        // Of a model that makes images the price is for one that is made, whichever field has it.
        ("input_cost_per_image", _) if makes_images && !has("output_cost_per_image") => ("image", 0),
        ("input_cost_per_image", _) => ("image_read", 0),
        ("input_cost_per_pixel", _) if makes_images && !has("output_cost_per_pixel") => ("pixel_m", 6),
        ("input_cost_per_pixel", _) => ("pixel_read_m", 6),
        ("output_cost_per_pixel", _) => ("pixel_m", 6),
        // Both fields hold one and the same price of a second that is heard.
        ("output_cost_per_second", "audio_transcription") if has("input_cost_per_second") => return true,
        ("output_cost_per_second", "video_generation") => ("video_second", 0),
        (
            "input_cost_per_second" | "output_cost_per_second",
            "audio_transcription" | "audio_speech" | "realtime",
        ) => ("audio_second", 0),
        // Capacity that is rented by the second.
        ("input_cost_per_second", _) => ("compute_second", 0),
        ("input_cost_per_query", "rerank") => ("rerank_search", 0),
        ("input_cost_per_query", "search") => ("web_search", 0),
        ("input_cost_per_query", "vector_store") => ("file_search", 0),
        ("input_cost_per_query", _) => ("request", 0),
        _ => return false,
    };
    let hourly = if key == "audio_second" { of_an_hour(number) } else { None };
    let (key, price) = match hourly {
        Some(price) => ("audio_hour", Some(price)),
        None => (key, table.price(number, power).filter(|price| !price.is_zero())),
    };
    if let (Some(key), Some(price)) = (Key::named(key), price) {
        prices.rates.set(key, price);
    }
    true
}

/// The price of an hour, where a binary float of a second's price never ends and the hour's does.
fn of_an_hour(number: &str) -> Option<Decimal> {
    let second = Decimal::parse(number)?;
    let hour = second.times(3_600)?;
    let meant = hour.meant();
    (second.meant() == second && meant != hour).then_some(meant)
}

fn by_resolution(prices: &mut Prices<'_>, key: &str, resolution: &str, number: &str, table: &mut Table) {
    let price = table.price(number, 0).filter(|price| !price.is_zero());
    if let (Some(key), Some(price)) = (Key::named(key), price) {
        let when = When::term("resolution", &resolution.to_lowercase());
        prices.variants.entry(when).or_default().set(key, price);
    }
}

/// The price of a search by the size of its context; the medium one is the standard where the sizes differ.
fn search(prices: &mut Prices<'_>, value: &Literal, table: &mut Table) {
    let mut read = |size: &str| {
        let value = value.get(&format!("search_context_size_{size}")).and_then(Literal::number)?;
        table.price(value, 3)
    };
    let all = ["low", "medium", "high"].map(|size| (size, read(size)));
    let sizes = || all.iter().filter_map(|(_, price)| *price);
    let differ = sizes().any(|price| sizes().any(|other| other != price));
    // Perplexity's fee by the size of the context is one of the request, whether it searches once or often.
    let key = if differ && prices.provider == "perplexity" { "request_k" } else { "web_search_k" };
    let Some(key) = Key::named(key) else { return };
    let medium = all.iter().find_map(|(size, price)| price.filter(|_| *size == "medium"));
    let Some(standard) = medium.or_else(|| all.iter().find_map(|(_, price)| *price)) else { return };
    if standard.is_zero() {
        return;
    }
    prices.rates.set(key, standard);
    if differ {
        for (size, price) in all {
            if let Some(price) = price {
                prices.variants.entry(When::term("search", size)).or_default().set(key, price);
            }
        }
    }
}

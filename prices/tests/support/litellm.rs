//! Calls as the cases of LiteLLM describe them, and what they did where we differ.

#![allow(clippy::float_arithmetic, clippy::float_cmp, reason = "the peer's figures are doubles")]

use super::{count, sum, text};
use bursar::{Dimension, Error, ModelHandle, PriceBook, Quote, Terms, Timestamp, Usage};
use bursar_prices::{decimal::Decimal, literal::Literal};

/// The grid was made on a weekday, at an hour in which no price of the table differs.
const AT: &str = "2026-11-23T02:00:00Z";

pub fn find(book: &PriceBook, provider: &str, key: &str) -> ModelHandle {
    let handle = book.find(Some(provider), key).expect(key);
    assert_eq!(handle.matched(), bursar::Matched::Exact, "{key}");
    handle
}

pub type Priced = Result<[Decimal; 2], Error>;

pub fn price(handle: &ModelHandle, case: &Literal, terms: &Terms, see: impl Fn(Usage) -> Usage) -> Priced {
    let at: Timestamp = AT.parse().expect("a time");
    let quote = handle.quote(&see(usage(case)), terms, at)?;
    let is_output = |dimension: Dimension| matches!(dimension, Dimension::Output | Dimension::Reasoning);
    let is_output = |dimension| is_output(dimension) || dimension == Dimension::ImageOutput;
    Ok([sum(&quote, |dimension| !is_output(dimension)), sum(&quote, is_output)])
}

/// The price, line by line.
pub fn quote(handle: &ModelHandle, case: &Literal, terms: &Terms) -> Result<Quote, Error> {
    handle.quote(&usage(case), terms, AT.parse().expect("a time"))
}

/// The price without the fee of a request.
fn without_fee(handle: &ModelHandle, case: &Literal) -> Option<[Decimal; 2]> {
    let quote = handle.quote(&usage(case), &terms(case), AT.parse().ok()?).ok()?;
    let is_input = |dimension: Dimension| dimension.is_input();
    Some([sum(&quote, is_input), sum(&quote, |dimension| dimension == Dimension::Output)])
}

/// The price of all input at the first price of uncached input.
fn as_plain_input(handle: &ModelHandle, case: &Literal) -> Option<[Decimal; 2]> {
    let one = Usage::new().with(Dimension::InputUncached, 1).with(Dimension::Output, 1);
    let [input, output] = price(handle, case, &Terms::new(), |_| one).ok()?;
    let times = |rate: Decimal, key: &str| rate.times(u32::try_from(count(case, key)).ok()?);
    Some([times(input, "prompt_tokens")?, times(output, "completion_tokens")?])
}

/// The price with audio at its standard price, and the rest under the tier.
fn audio_at_standard(handle: &ModelHandle, case: &Literal) -> Option<[Decimal; 2]> {
    let rest = price(handle, case, &terms(case), |usage| usage.with(Dimension::AudioInput, 0)).ok()?;
    let audio = price(handle, case, &Terms::new(), |usage| {
        Usage::new().with(Dimension::AudioInput, usage.get(Dimension::AudioInput))
    });
    let audio = audio.ok()?;
    Some([rest[0].plus(audio[0]), rest[1].plus(audio[1])])
}

fn usage(case: &Literal) -> Usage {
    let count = |key: &str| count(case, key);
    let (five, hour) = match (count("cache_write_5m"), count("cache_write_1h")) {
        (0, 0) => (count("cache_write_tokens"), 0),
        both => both,
    };
    let parts = count("cached_tokens") + five + hour + count("audio_in_tokens");
    Usage::new()
        .with(Dimension::InputUncached, count("prompt_tokens") - parts)
        .with(Dimension::CacheRead, count("cached_tokens"))
        .with(Dimension::CacheWrite5m, five)
        .with(Dimension::CacheWrite1h, hour)
        .with(Dimension::AudioInput, count("audio_in_tokens"))
        .with(Dimension::Output, count("completion_tokens"))
        .with(Dimension::Reasoning, count("reasoning_tokens"))
}

pub fn terms(case: &Literal) -> Terms {
    Terms::new().service_tier(text(case, "service_tier"))
}

/// The double nearest to a decimal.
pub fn double(decimal: Decimal) -> f64 {
    decimal.to_string().parse().expect("a double")
}

/// Whether theirs is ours but for what a few operations on doubles lose: 2 to the power of -50 of the larger.
pub fn is_near(ours: [Decimal; 2], theirs: [f64; 2]) -> bool {
    ours.iter().zip(theirs).all(|(ours, theirs)| {
        let ours = double(*ours);
        (ours - theirs).abs() <= ours.abs().max(theirs.abs()) * 2_f64.powi(-50)
    })
}

/// What they did where we differ.
pub fn excuse(handle: &ModelHandle, case: &Literal, theirs: [f64; 2]) -> &'static str {
    let is = |found: Priced| found.is_ok_and(|ours| is_near(ours, theirs));
    let moved = |usage: Usage, from, to| usage.with(to, usage.get(to) + usage.get(from)).with(from, 0);
    let both = [terms(case), Terms::new()];
    let any = |see: &dyn Fn(Usage) -> Usage| both.iter().any(|terms| is(price(handle, case, terms, see)));
    if any(&|usage| usage) {
        "silently_standard"
    } else if any(&|usage| usage.with(Dimension::Output, 0).with(Dimension::Reasoning, 0)) {
        "silently_zero"
    } else if any(&|usage| moved(usage, Dimension::CacheWrite1h, Dimension::CacheWrite5m)) {
        "hour_as_5m"
    } else if any(&|usage| moved(usage, Dimension::AudioInput, Dimension::InputUncached)) {
        "media_as_text"
    } else if any(&|usage| moved(usage, Dimension::Output, Dimension::ImageOutput)) {
        "output_as_image"
    } else if without_fee(handle, case).is_some_and(|ours| is_near(ours, theirs)) {
        "fee_left_out"
    } else if as_plain_input(handle, case).is_some_and(|ours| is_near(ours, theirs)) {
        "cache_and_edge_ignored"
    } else if audio_at_standard(handle, case).is_some_and(|ours| is_near(ours, theirs)) {
        "audio_at_standard"
    } else if theirs == [0.0, 0.0] {
        "zero_for_no_price"
    } else if price(handle, case, &terms(case), |usage| usage).is_ok_and(|ours| {
        ours.iter().zip(theirs).all(|(ours, theirs)| (double(*ours) - theirs).abs() <= theirs.abs() * 2e-12)
    }) {
        "float_noise"
    } else {
        "other_price"
    }
}

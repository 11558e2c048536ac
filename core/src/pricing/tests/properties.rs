//! Random cards, usage and times against the laws of quotes and bounds.

use super::{Random, book};
use crate::{BoundRequest, CacheUse, Dimension, ErrorCode, ModelHandle, Money, Terms, Timestamp, Usage};
use std::fmt::Write as _;

const RUNS: u64 = 2_000;

const TEXT_INPUT: [Dimension; 4] =
    [Dimension::InputUncached, Dimension::CacheRead, Dimension::CacheWrite5m, Dimension::CacheWrite1h];
const EXTRA: [Dimension; 4] =
    [Dimension::WebSearches, Dimension::AudioInput, Dimension::AudioSeconds, Dimension::Images];

fn price(random: &mut Random) -> String {
    format!("{}.{:03}", random.below(30), 1 + random.below(999))
}

/// Rates for some or all of the kinds that the tests use.
fn rates(random: &mut Random, is_whole: bool) -> String {
    let mut keys = String::new();
    let optional = ["cache_read_mtok", "cache_write_5m_mtok", "reasoning_mtok", "request_k"];
    let needed =
        ["input_mtok", "cache_write_1h_mtok", "output_mtok", "web_search_k", "audio_input_mtok", "image"];
    for key in needed {
        if is_whole || random.one_in(2) {
            let _ = writeln!(keys, "{key} = \"{}\"", price(random));
        }
    }
    for key in optional {
        if random.one_in(2) {
            let _ = writeln!(keys, "{key} = \"{}\"", price(random));
        }
    }
    if is_whole {
        let _ = writeln!(
            keys,
            "audio_hour = {{ price = \"{}\", min = {}, round_up_to = {} }}",
            price(random),
            random.below(20),
            1 + random.below(7)
        );
    }
    keys
}

fn variant(random: &mut Random) -> String {
    let mut when = Vec::new();
    match random.below(4) {
        0 | 1 => when.push(format!("input_gt = {}", random.below(3_000))),
        2 => {
            let from = random.below(2_000);
            when.push(format!("input_ge = {from}, input_lt = {}", from + 1 + random.below(1_000)));
        }
        _ => {}
    }
    if random.one_in(3) {
        when.push("service_tier = \"priority\"".to_owned());
    }
    if when.is_empty() || random.one_in(3) {
        let start = random.below(20);
        when.push(format!("time = \"{start:02}:00-{:02}:30\"", start + random.below(4)));
    }
    let effect = match random.below(4) {
        0 => format!("multiply = \"{}/{}\"", 1 + random.below(9), 1 + random.below(9)),
        1 => format!("multiply_tokens = \"{}.{}\"", random.below(3), 1 + random.below(9)),
        _ => rates(random, false).trim().replace('\n', ", "),
    };
    if effect.is_empty() {
        return variant(random);
    }
    format!("{{ when = {{ {} }}, {effect} }}", when.join(", "))
}

/// A model with rates for everything, some of them endless, and up to four variants.
fn model(random: &mut Random, last_variant: &str) -> ModelHandle {
    let rates = rates(random, true);
    let variants: Vec<String> = (0..random.below(5)).map(|_| variant(random)).collect();
    let text = format!(
        "max_output_tokens = 5000\n{rates}variants = [{}, {{ when = {{ service_tier = \"priority\" }} }}{last_variant}]",
        variants.join(", ")
    );
    let text = text.replace("[, ", "[");
    let book = book(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    book.find(None, "model-a").expect("the model")
}

fn terms(random: &mut Random) -> Terms {
    if random.one_in(3) { Terms::new().service_tier("priority") } else { Terms::new() }
}

fn instant(random: &mut Random) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + i64::try_from(random.below(700_000)).expect("small"))
}

fn request(random: &mut Random) -> BoundRequest {
    let mut extra = Usage::new();
    for dimension in EXTRA {
        if random.one_in(3) {
            extra = extra.with(dimension, random.below(900));
        }
    }
    BoundRequest {
        input_tokens: random.below(4_000),
        max_output_tokens: Some(random.below(4_000)),
        extra: Some(Box::new(extra)),
        terms: terms(random),
        cache: if random.one_in(3) { CacheUse::None } else { CacheUse::Possible },
    }
}

/// Usage that the request allows, often at its very limit.
fn usage_within(random: &mut Random, request: &BoundRequest) -> Usage {
    let mut usage = Usage::new();
    let mut left =
        if random.one_in(2) { request.input_tokens } else { random.below(request.input_tokens + 1) };
    let classes = if request.cache == CacheUse::None { &TEXT_INPUT[..2] } else { &TEXT_INPUT[..] };
    for _ in 0..3 {
        let part = if random.one_in(2) { left } else { random.below(left + 1) };
        let class = *random.of(classes);
        usage = usage.with(class, usage.get(class) + part);
        left -= part;
    }
    let most = request.max_output_tokens.unwrap_or(0);
    let output = if random.one_in(2) { most } else { random.below(most + 1) };
    usage = usage.with(Dimension::Output, output).with(Dimension::Reasoning, random.below(output + 1));
    for (dimension, count) in request.extra.iter().flat_map(|extra| extra.iter()) {
        usage = usage.with(dimension, if random.one_in(2) { count } else { random.below(count + 1) });
    }
    usage
}

#[test]
fn a_bound_is_never_below_a_quote_within_it() {
    for seed in 0..RUNS {
        let mut random = Random(seed);
        let (handle, request, at) = (model(&mut random, ""), request(&mut random), instant(&mut random));
        let bound = handle.bound(&request, at).expect("a bound");
        for _ in 0..8 {
            let usage = usage_within(&mut random, &request);
            let quote = match handle.quote(&usage, &request.terms, at) {
                Ok(quote) => quote,
                // An hour's cache without a price of its own can't be spent.
                Err(error) if error.code() == ErrorCode::DimensionUnpriced => continue,
                Err(error) => panic!("seed {seed}: {error}"),
            };
            assert!(quote.total() <= bound.exact(), "seed {seed}: {usage:?}\n{quote}\n{bound}");
            assert!(quote.money() <= bound.money(), "seed {seed}");
        }
    }
}

#[test]
fn a_bound_rises_with_everything_that_it_allows() {
    for seed in 0..RUNS {
        let mut random = Random(seed ^ 0x5eed);
        let (handle, less, at) = (model(&mut random, ""), request(&mut random), instant(&mut random));
        let mut more = less.clone();
        more.input_tokens += random.below(2_000);
        more.max_output_tokens = more.max_output_tokens.map(|most| most + random.below(2_000));
        let bounds = [&less, &more].map(|request| handle.bound(request, at).expect("a bound").exact());
        assert!(bounds[0] <= bounds[1], "seed {seed}: {bounds:?}");
    }
}

#[test]
fn what_is_affordable_fits_and_one_more_token_does_not() {
    for seed in 0..RUNS {
        let mut random = Random(seed ^ 0xaff0);
        let (handle, mut request, at) = (model(&mut random, ""), request(&mut random), instant(&mut random));
        let whole = handle.bound(&request, at).expect("a bound").money().pico();
        let remaining = Money::from_pico(whole * i128::from(random.below(1_500)) / 1_000);
        let affordable = handle.affordable_output_tokens(&request, remaining, at).expect("a count");
        let mut fits = |output: u64| {
            request.max_output_tokens = Some(output);
            handle.bound(&request, at).expect("a bound").money() <= remaining
        };
        assert!(affordable == 0 || fits(affordable), "seed {seed}: {affordable} doesn't fit");
        assert!(affordable == 5_000 || !fits(affordable + 1), "seed {seed}: {affordable} + 1 fits");
    }
}

#[test]
fn lines_sum_to_the_total_and_booked_lines_to_the_money() {
    for seed in 0..RUNS {
        let mut random = Random(seed ^ 0x11e5);
        let (handle, request, at) = (model(&mut random, ""), request(&mut random), instant(&mut random));
        let usage = usage_within(&mut random, &request);
        let Ok(quote) = handle.quote(&usage, &request.terms, at) else { continue };
        let sum: i128 = quote.lines().iter().map(|line| line.amount().femto()).sum();
        assert_eq!(sum, quote.total().femto(), "seed {seed}");
        assert_eq!(handle.cost(&usage, &request.terms, at).expect("a cost"), quote.total(), "seed {seed}");
        let booked = quote.booked_lines();
        assert_eq!(booked.iter().copied().sum::<Money>(), quote.money(), "seed {seed}");
        for (line, money) in quote.lines().iter().zip(&booked) {
            let off = (money.pico() * 1_000 - line.amount().femto()).abs();
            assert!(off < 1_000, "seed {seed}: a line is off by {off} femto");
        }
    }
}

#[test]
fn the_tables_of_the_standard_terms_say_what_resolving_on_the_call_says() {
    // A window of the whole day that changes nothing keeps a card from using its tables.
    let resolving = ", { when = { time = \"00:00-24:00\" }, page = \"1\" }";
    for seed in 0..RUNS {
        let fast = model(&mut Random(seed), "");
        let slow = model(&mut Random(seed), resolving);
        let mut random = Random(seed ^ 0xfa57);
        let mut request = request(&mut random);
        request.terms = Terms::new();
        let (usage, at) = (usage_within(&mut random, &request), instant(&mut random));
        let found = [&fast, &slow]
            .map(|handle| handle.quote(&usage, &request.terms, at).map(|quote| quote.total()).ok());
        assert_eq!(found[0], found[1], "seed {seed}");
    }
}

#[test]
fn wholes_and_parts_of_opentelemetry_give_the_disjoint_counts_back() {
    for seed in 0..RUNS {
        let mut random = Random(seed ^ 0x07e1);
        let mut count = || if random.one_in(3) { 0 } else { random.below(10_000) };
        let [text, read, write, hour, audio, audio_read, image, output, spoken] = [(); 9].map(|()| count());
        let reasoning = output / 2;
        let found = Usage::from_otel([
            ("gen_ai.usage.input_tokens", text + read + write + hour + audio + audio_read + image),
            ("cache_read_input_tokens", read + audio_read),
            ("gen_ai.usage.cache_write.input_tokens", write + hour),
            ("cache_write_1h", hour),
            ("gen_ai.usage.audio.input_tokens", audio + audio_read),
            ("gen_ai.usage.audio.cache_read.input_tokens", audio_read),
            ("image.input_tokens", image),
            ("output_tokens", output + spoken),
            ("audio.output_tokens", spoken),
            ("gen_ai.usage.reasoning.output_tokens", reasoning),
            ("web_searches", 3),
        ]);
        let expected = Usage::from([
            (Dimension::InputUncached, text),
            (Dimension::CacheRead, read),
            (Dimension::CacheWrite5m, write),
            (Dimension::CacheWrite1h, hour),
            (Dimension::AudioInput, audio),
            (Dimension::AudioCacheRead, audio_read),
            (Dimension::ImageInput, image),
            (Dimension::Output, output),
            (Dimension::AudioOutput, spoken),
            (Dimension::Reasoning, reasoning),
            (Dimension::WebSearches, 3),
        ]);
        assert_eq!(found.expect("usage"), expected, "seed {seed}");
    }
}

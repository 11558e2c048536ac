//! Each effect by itself to the last digit, and the sum of all of them for anything.

use super::effects::{Effects, Moved, measured};
use super::{Effect, EffectKind};
use crate::ledger::{EntryLine, Rollup};
use crate::money::Money;
use crate::pricing::Dimension;

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

/// Calls and what they used, at what cost.
fn sums(calls: u64, lines: &[(Dimension, u64, &str)]) -> Rollup {
    let line = |(dimension, quantity, amount): &(Dimension, u64, &str)| EntryLine {
        dimension: *dimension,
        quantity: *quantity,
        amount: usd(amount),
        rate: None,
    };
    Rollup { calls, lines: lines.iter().map(line).collect(), seqs: (1, 1), ..Rollup::default() }
}

/// The effects between pairs of before and now, one a model.
fn check(models: &[(Rollup, Rollup)], expected: &[(EffectKind, &str)]) {
    let moved: Vec<_> = models.iter().map(|(before, now)| Moved { before, now }).collect();
    let effects = Effects::of(&moved);
    let found: Vec<_> =
        effects.list().into_iter().map(|Effect { kind, amount }| (kind, amount.to_string())).collect();
    let expected: Vec<_> = expected.iter().map(|(kind, amount)| (*kind, (*amount).to_owned())).collect();
    assert_eq!(found, expected);
    let change: Money = models.iter().map(|(before, now)| now.amount() - before.amount()).sum();
    assert_eq!(effects.sum(), change);
}

use Dimension::{CacheRead, InputUncached, Output, WebSearches};
use EffectKind::{Answers, Cache, Gone, Mix, New, OtherUsage, Price, Prompts, Unmeasured, Volume};

#[test]
fn more_calls_of_the_same_kind_are_volume() {
    let before = sums(100, &[(InputUncached, 1_000, "10"), (Output, 200, "20")]);
    let now = sums(138, &[(InputUncached, 1_380, "13.8"), (Output, 276, "27.6")]);
    check(&[(before, now)], &[(Volume, "11.4")]);
}

#[test]
fn calls_that_move_to_a_cheaper_model_are_mix() {
    let dear = |calls: u64, cost| sums(calls, &[(Output, calls * 10, cost)]);
    let pairs = [(dear(60, "60"), dear(30, "30")), (dear(40, "4"), dear(70, "7"))];
    check(&pairs, &[(Mix, "-27")]);
}

#[test]
fn longer_prompts_and_answers_and_searches_are_told_apart() {
    let before = sums(10, &[(InputUncached, 1_000, "1"), (Output, 100, "2"), (WebSearches, 10, "0.1")]);
    let now = sums(10, &[(InputUncached, 1_500, "1.5"), (Output, 50, "1"), (WebSearches, 30, "0.3")]);
    check(&[(before, now)], &[(Prompts, "0.5"), (Answers, "-1"), (OtherUsage, "0.2")]);
}

#[test]
fn input_that_is_read_from_a_cache_is_cache_and_not_shorter_prompts() {
    let before = sums(10, &[(InputUncached, 1_000, "1"), (CacheRead, 1_000, "0.1")]);
    let now = sums(10, &[(InputUncached, 500, "0.5"), (CacheRead, 1_500, "0.15")]);
    check(&[(before, now)], &[(Cache, "-0.45")]);
    // A cache that is used for the first time has no earlier price, and counts at today's.
    let before = sums(10, &[(InputUncached, 2_000, "2")]);
    let now = sums(10, &[(InputUncached, 500, "0.5"), (CacheRead, 1_500, "0.15")]);
    check(&[(before, now)], &[(Cache, "-1.35")]);
}

#[test]
fn another_price_a_unit_is_price() {
    let before = sums(10, &[(InputUncached, 1_000, "1"), (Output, 100, "1.5")]);
    let now = sums(20, &[(InputUncached, 2_000, "1.8"), (Output, 200, "4")]);
    check(&[(before, now)], &[(Volume, "2.5"), (Price, "0.8")]);
}

#[test]
fn models_that_come_and_go_stand_apart_and_so_does_cost_without_usage() {
    let used = |cost| sums(5, &[(Output, 50, cost)]);
    let unmeasured = Rollup { unmeasured: usd("0.25"), ..used("1") };
    check(
        &[(Rollup::default(), used("3")), (used("2"), Rollup::default()), (used("1"), unmeasured)],
        &[(New, "3"), (Gone, "-2"), (Unmeasured, "0.25")],
    );
}

#[test]
fn a_third_is_rounded_once_and_nothing_is_left_over() {
    let before = sums(3, &[(InputUncached, 7, "0.000000000001"), (Output, 3, "0.00000000001")]);
    let now = sums(4, &[(InputUncached, 8, "0.000000000002"), (Output, 5, "0.000000000013")]);
    check(
        &[(before, now)],
        &[
            (Volume, "0.000000000004"),
            (Mix, "-0.000000000001"),
            (Answers, "0.000000000004"),
            (Price, "-0.000000000003"),
        ],
    );
}

#[test]
fn the_effects_of_anything_sum_to_the_change() {
    let mut state = 5_u64;
    let mut next = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    for round in 0..4_000 {
        let mut some = || {
            let mut sums = Rollup { calls: next(4) * next(1 << 20), ..Rollup::default() };
            for dimension in [InputUncached, CacheRead, Output, WebSearches] {
                let quantity = if next(4) == 0 { 0 } else { next(1 << 31) };
                let amount = i128::from(next(3)) * i128::from(next(1 << 31)) * i128::from(next(1 << 31));
                let amount = Money::from_pico(amount);
                sums.lines.push(EntryLine { dimension, quantity, amount, rate: None });
            }
            sums.unmeasured = Money::from_pico(i128::from(next(1_000)) - 500);
            sums
        };
        let models: Vec<_> = (0..=round % 4).map(|_| (some(), some())).collect();
        let moved: Vec<_> = models.iter().map(|(before, now)| Moved { before, now }).collect();
        let change: Money = models.iter().map(|(before, now)| now.amount() - before.amount()).sum();
        assert_eq!(Effects::of(&moved).sum(), change, "round {round}");
    }
}

#[test]
fn sums_past_what_a_product_holds_still_add_up() {
    let large = |calls: u64| {
        let lines = vec![EntryLine {
            dimension: Output,
            quantity: u64::MAX / 2,
            amount: Money::from_pico(i128::from(i64::MAX) * 1_000_000),
            rate: None,
        }];
        Rollup { calls, lines, ..Rollup::default() }
    };
    let (before, now) = (large(u64::MAX / 4), large(u64::MAX / 5));
    let effects = Effects::of(&[Moved { before: &before, now: &now }]);
    assert_eq!(effects.sum(), measured(&now) - measured(&before));
}

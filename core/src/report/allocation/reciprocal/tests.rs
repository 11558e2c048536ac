//! Cost centres that serve each other: a textbook's by exact digits, and random ones against money that is passed round until
//! nothing is left.

use super::{Service, absorbed};
use crate::error::ErrorCode;
use crate::money::Money;
use crate::report::allocation::cells::{AllocationCell, Used};
use crate::report::allocation::divider::Divider;
use crate::report::allocation::run::views;
use crate::report::allocation::{AllocationMethod, AllocationRule, AllocationRules, AllocationView, Measure};
use crate::tags::{TagKey, TagSet};
use crate::time::{Timestamp, Window};
use std::collections::BTreeMap;

fn cell(team: &str, cost: i128, calls: u64) -> AllocationCell {
    let used = Used { cost: Money::from_pico(cost), calls, input: 0, output: 0 };
    let stretch = Window::named("2026-11", "UTC").unwrap();
    AllocationCell { tags: TagSet::from_pairs([("team", team)]).unwrap(), stretch, used }
}

fn rule(team: &str, method: AllocationMethod, targets: &[&str]) -> AllocationRule {
    let mut rule = AllocationRule::new(team, format!("team = \"{team}\"").parse().unwrap(), TagKey::TEAM);
    rule.method = method;
    rule.to.values = targets.iter().map(|value| (*value).to_owned()).collect();
    rule.reciprocal = true;
    rule
}

fn fixed(shares: &[(&str, u32)]) -> AllocationMethod {
    AllocationMethod::Fixed(shares.iter().map(|(value, share)| ((*value).to_owned(), *share)).collect())
}

fn names<'a>(shares: &[(&'a str, u32)]) -> Vec<&'a str> {
    shares.iter().map(|(value, _)| *value).collect()
}

fn by_shares(team: &str, shares: &[(&str, u32)]) -> AllocationRule {
    rule(team, fixed(shares), &names(shares))
}

fn view(cells: &[AllocationCell], rules: Vec<AllocationRule>) -> AllocationView {
    let rules = AllocationRules::new(rules).unwrap();
    let mut views = views(cells, &rules, "v1");
    assert!(views.iter().all(AllocationView::adds_up));
    views.remove(0)
}

fn charged(view: &AllocationView) -> BTreeMap<&str, i128> {
    view.rows.iter().map(|row| (row.value.as_str(), row.charged.pico())).collect()
}

/// IT works two parts in ten for HR and the rest for the plants; HR one part in ten for IT.
#[test]
fn two_that_serve_each_other_are_divided_as_the_equations_say() {
    let it = by_shares("it", &[("hr", 2_000), ("north", 5_000), ("south", 3_000)]);
    let hr = by_shares("hr", &[("it", 1_000), ("north", 3_000), ("south", 6_000)]);
    let cells = [cell("it", 98_000, 1), cell("hr", 49_000, 1), cell("north", 7, 1)];
    let view = view(&cells, vec![it.clone(), hr.clone()]);
    // it = 98000 + hr/10 and hr = 49000 + it/5, so 105000 pass IT and 70000 HR.
    let charged = charged(&view);
    assert_eq!(charged["it"] + charged["hr"], 0);
    // North gets it/2 + 3 hr/10 = 52500 + 21000, and its own; south 3 it/10 + 6 hr/10 = 31500 + 42000.
    assert_eq!((charged["north"], charged["south"]), (73_507, 73_500));
    let rule = view.rules.iter().find(|own| own.id == "it").unwrap();
    assert_eq!((rule.moved, rule.kept, rule.note.as_ref()), (Money::from_pico(98_000), Money::ZERO, None));
    // Of what IT itself has, north gets (5000·10000 + 3000·2000)/98000000, by whole numbers 4 of 7.
    let part = view.row("north").unwrap().received.iter().find(|part| part.rule == "it").unwrap();
    assert_eq!(
        (part.ratio.to_string(), part.amount),
        ("0.571428571429".to_owned(), Money::from_pico(56_000))
    );
    // Whoever is written first, everybody is charged the same.
    assert_eq!(self::charged(&self::view(&cells, vec![hr, it])), charged);
}

#[test]
fn what_a_circle_gives_goes_on_and_what_comes_to_it_goes_round() {
    let mut shared = by_shares("shared", &[("it", 5_000), ("north", 5_000)]);
    shared.reciprocal = false;
    let it = by_shares("it", &[("hr", 5_000), ("pool", 5_000)]);
    let hr = by_shares("hr", &[("it", 5_000), ("hr", 2_500), ("pool", 2_500)]);
    let mut pool = by_shares("pool", &[("north", 7_500), ("south", 2_500)]);
    pool.reciprocal = false;
    // 160 pass IT and 80 HR, which keeps a quarter of that.
    let view = view(&[cell("shared", 240, 1)], vec![pool, shared, it, hr]);
    let charged = charged(&view);
    assert_eq!(charged["shared"] + charged["it"] + charged["pool"], 0);
    assert_eq!((charged["hr"], charged["north"], charged["south"]), (20, 120 + 75, 25));
}

#[test]
fn a_circle_without_a_way_out_or_of_different_times_moves_nothing_or_is_refused() {
    let (one, two) = (by_shares("one", &[("two", 10_000)]), by_shares("two", &[("one", 10_000)]));
    let view = view(&[cell("one", 50, 1), cell("two", 7, 1)], vec![one.clone(), two.clone()]);
    assert_eq!(charged(&view), BTreeMap::from([("one", 50), ("two", 7), ("unallocated", 0)]));
    assert_eq!(
        view.rules[0].note.as_deref(),
        Some("The rules that serve each other give nothing to anybody else, so the cost stays where it was.")
    );
    let refused = |rules: Vec<AllocationRule>| {
        let error = AllocationRules::new(rules).unwrap_err();
        (error.code(), error.message().to_owned())
    };
    let plain = AllocationRule { reciprocal: false, ..two.clone() };
    assert_eq!(
        refused(vec![one.clone(), plain]),
        (
            ErrorCode::PolicyInvalid,
            "the allocation rules give to each other in a circle: `one` to `two` to `one`".to_owned()
        )
    );
    let late = Window::new("2026-11-10T00:00:00Z".parse().unwrap(), Timestamp::MAX).unwrap();
    assert_eq!(
        refused(vec![one, AllocationRule { during: late, ..two }]),
        (
            ErrorCode::PolicyInvalid,
            "the reciprocal rules `one` and `two` give to each other and aren't in force at the same time"
                .to_owned()
        )
    );
    let teams: Vec<String> = (0..33).map(|team| format!("team-{team}")).collect();
    let ring =
        |place: usize| by_shares(&teams[place], &[(teams[(place + 1) % 33].as_str(), 9_000), ("end", 1_000)]);
    assert_eq!(
        refused((0..33).map(ring).collect()),
        (ErrorCode::LimitReached, "33 rules serve each other, and 32 may".to_owned())
    );
}

struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

const TEAMS: [&str; 8] = ["a", "b", "c", "d", "north", "south", "east", "west"];
const SERVING: usize = 4;

/// A rule by calls that the targets have, or by shares of their own.
fn random_rule(random: &mut Random, team: &str) -> AllocationRule {
    let mut targets: Vec<&str> = TEAMS.iter().copied().filter(|_| random.below(3) > 0).collect();
    targets.push("west");
    targets.sort_unstable();
    targets.dedup();
    let weights = |random: &mut Random| {
        let weight = |target: &&str| ((*target).to_owned(), random.below(1_000_000_007));
        targets.iter().map(weight).collect::<Vec<_>>()
    };
    let method = match random.below(3) {
        0 => AllocationMethod::Even,
        1 => AllocationMethod::Proportional(Measure::Calls),
        _ => AllocationMethod::Proportional(Measure::Given("seats".to_owned(), weights(random))),
    };
    rule(team, method, &targets)
}

/// Passes money round until less than a billionth of a pico is left; what comes to each team, in billionths of a pico.
fn passed_round(cells: &[AllocationCell], rules: &[AllocationRule]) -> BTreeMap<String, i128> {
    const BILLION: i128 = 1_000_000_000;
    let called = |team: &str| {
        cells
            .iter()
            .filter(|own| own.tags.get(&TagKey::TEAM) == Some(team))
            .map(|own| own.used.calls)
            .sum::<u64>()
    };
    let weights: BTreeMap<&str, Vec<(&str, i128)>> = rules
        .iter()
        .map(|rule| {
            let weight = |value: &String| {
                let weight = match &rule.method {
                    AllocationMethod::Even => 1,
                    AllocationMethod::Proportional(Measure::Given(_, own)) => {
                        own.iter().find(|(name, _)| name == value).map_or(0, |(_, weight)| *weight)
                    }
                    // What the rule itself moves doesn't count.
                    _ if *value == rule.id => 0,
                    _ => called(value),
                };
                i128::from(weight)
            };
            let own: Vec<(&str, i128)> =
                rule.to.values.iter().map(|value| (value.as_str(), weight(value))).collect();
            let is_zero = own.iter().all(|(_, weight)| *weight == 0);
            let even = own.iter().map(|(value, _)| (*value, 1)).collect();
            (rule.id.as_str(), if is_zero { even } else { own })
        })
        .collect();
    let mut ended: BTreeMap<String, i128> = BTreeMap::new();
    let mut moving: BTreeMap<&str, i128> = BTreeMap::new();
    for own in cells {
        let team = own.tags.get(&TagKey::TEAM).unwrap();
        let amount = own.used.cost.pico() * BILLION;
        let team = TEAMS.iter().copied().find(|known| *known == team).unwrap();
        *moving.entry(team).or_default() += amount;
    }
    while moving.values().any(|amount| *amount > 0) {
        for (team, amount) in std::mem::take(&mut moving) {
            let Some(own) = weights.get(team) else {
                *ended.entry(team.to_owned()).or_default() += amount;
                continue;
            };
            let sum: i128 = own.iter().map(|(_, weight)| weight).sum();
            for (target, weight) in own {
                let part = amount * weight / sum;
                // What a rule leaves with its own stays there.
                if *target == team {
                    *ended.entry(team.to_owned()).or_default() += part;
                } else {
                    *moving.entry(target).or_default() += part;
                }
            }
        }
    }
    ended.into_iter().map(|(team, amount)| (team, amount / BILLION)).collect()
}

#[test]
fn any_that_serve_each_other_are_charged_what_passing_it_round_for_ever_gives() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let cells: Vec<AllocationCell> = TEAMS
            .iter()
            .map(|team| cell(team, i128::from(random.below(1 << 31)) * 1_000, 1 + random.below(49)))
            .collect();
        let serving = 2 + usize::try_from(random.below(3)).unwrap();
        let rules: Vec<AllocationRule> =
            TEAMS.iter().take(serving.min(SERVING)).map(|team| random_rule(&mut random, team)).collect();
        let view = view(&cells, rules.clone());
        let (own, expected) = (charged(&view), passed_round(&cells, &rules));
        for (team, amount) in &own {
            let expected = expected.get(*team).copied().unwrap_or_default();
            // Each pool rounds by less than a pico, and passing round loses less than one in all.
            assert!((amount - expected).abs() <= 5, "seed {seed}, {team}: {amount} and {expected}");
        }
        let whole: i128 = cells.iter().map(|own| own.used.cost.pico()).sum();
        assert_eq!(own.values().sum::<i128>(), whole, "seed {seed}");

        // Divided charge by charge it comes to the same, to the last pico.
        let all = AllocationRules::new(rules).unwrap();
        let mut divider = Divider::new(&cells, &all, (&TagKey::TEAM, "v1".to_owned()));
        let mut by_charge: BTreeMap<String, i128> = BTreeMap::new();
        for own in &cells {
            let Some(taker) = divider.taker(&own.tags, &own.stretch) else {
                let team = own.tags.get(&TagKey::TEAM).unwrap().to_owned();
                *by_charge.entry(team).or_default() += own.used.cost.pico();
                continue;
            };
            let parts = divider.divide(taker, &own.stretch, own.used.cost);
            let ratios: i128 = parts.iter().map(|part| part.ratio.trillionths()).sum();
            assert_eq!(ratios, 1_000_000_000_000);
            for part in parts {
                *by_charge.entry(part.target).or_default() += part.amount.pico();
            }
        }
        for (team, amount) in own {
            assert_eq!(by_charge.get(team).copied().unwrap_or_default(), amount, "seed {seed}, {team}");
        }
    }
}

#[test]
fn proportions_that_are_too_long_are_rounded_and_still_whole() {
    // Three that serve each other by weights of 35 digits: the exact proportions take over 300 bits.
    let large = |times: u128| 10_000_000_000_000_000_000_000_000_000_000_003 * times;
    let services: Vec<Service<'_>> = [(0, 3, 4), (1, 5, 9), (2, 2, 11)]
        .into_iter()
        .map(|(own, one, two)| Service {
            gives: vec![
                ("one", large(one) + one, None),
                ("two", large(two) + 7, None),
                ("next", large(7) + two, Some((own + 1) % 3)),
            ],
        })
        .collect();
    let ends = absorbed(0, &services).unwrap();
    assert_eq!(ends.values().sum::<u128>(), 1 << 126);
    // By the small weights behind them it is 42 of 113, and they differ from these by a part of 10^34.
    let small: Vec<Service<'_>> = [(0, 3, 4), (1, 5, 9), (2, 2, 11)]
        .into_iter()
        .map(|(own, one, two)| Service {
            gives: vec![("one", one, None), ("two", two, None), ("next", 7, Some((own + 1) % 3))],
        })
        .collect();
    let exact = absorbed(0, &small).unwrap();
    assert_eq!(exact, BTreeMap::from([("one", 42), ("two", 71)]));
    assert_eq!(ends["one"] >> 26, (42 << 100) / 113);
}

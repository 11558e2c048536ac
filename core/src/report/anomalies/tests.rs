//! Months with and without something unusual in them.

use super::super::days::{BASELINE_DAYS, Daily, Days, baseline};
use super::{Anomaly, AnomalyCause, anomalies};
use crate::ledger::{Rollup, RollupKey};
use crate::money::Money;
use crate::report::Grouping;
use crate::tags::{Dictionary, Selector, TagSet};
use crate::time::{Timestamp, Window};
use std::time::Duration;

const ZONE: &str = "UTC";

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

/// Agent, model, calls and cost of a day.
type Work = (&'static str, &'static str, u64, Money);

fn month() -> Window {
    Window::named("2026-11", ZONE).unwrap()
}

/// The anomalies of November, as they are known at an instant; a day of November has its number, days before it are 0 and
/// less.
fn found(now: &str, work: impl Fn(i64) -> Vec<Work>) -> Vec<Anomaly> {
    let (from, mut dictionary) = (baseline(month()), Dictionary::new());
    let days = Days::over(Window::new(from, month().end()).unwrap(), ZONE).unwrap();
    let mut daily = Daily::new(days, from, &Selector::everything());
    for day in 1 - BASELINE_DAYS..=30 {
        let hours = u64::try_from(day - 1 + BASELINE_DAYS).unwrap() * 24 + 9;
        let hour = from.plus(Duration::from_hours(hours));
        for (agent, model, calls, cost) in work(day) {
            let tags = TagSet::from_pairs([("team", "data"), ("agent", agent)]).unwrap();
            let (tag_set, _) = dictionary.tag_set_id(&tags).unwrap();
            let model = dictionary.symbol(model).unwrap();
            let sums = Rollup { calls, unmeasured: cost, ..Rollup::default() };
            daily.book((hour, 0), &RollupKey { hour, tag_set, model, terms: None }, &sums);
        }
    }
    let book = daily.named(&dictionary, &Selector::everything());
    let now: Timestamp = now.parse().unwrap();
    anomalies(&book, month(), (now, ZONE))
}

/// Ten calls of a dollar each on working days, two at weekends: the first of November is a Sunday.
fn usual(agent: &'static str, day: i64) -> Work {
    let calls = if matches!(day.rem_euclid(7), 0 | 1) { 2 } else { 10 };
    (agent, "a/m", calls, Money::from_pico(Money::ONE.pico() * i128::from(calls)))
}

#[test]
fn a_runaway_is_found_with_its_agent_its_day_and_what_made_it() {
    let told = found("2026-12-01T00:00:00Z", |day| {
        let mut work = vec![usual("writer", day), usual("migrator", day)];
        if day == 14 {
            work.push(("migrator", "a/m", 60, usd("60")));
        }
        work
    });
    let [agent, team, model] = &told[..] else { panic!("{told:?}") };
    let expected = Anomaly {
        by: Grouping::AGENT,
        value: "migrator".to_owned(),
        since: "2026-11-14".to_owned(),
        until: "2026-11-14".to_owned(),
        days: 1,
        is_ongoing: false,
        expected: usd("2"),
        actual: usd("62"),
        cause: AnomalyCause::CallsUp,
        calls_expected: 2,
        calls: 62,
        contributor: Some("a/m".to_owned()),
    };
    assert_eq!(*agent, expected);
    let whole = |by: Grouping, value: &str| Anomaly {
        by,
        value: value.to_owned(),
        expected: usd("4"),
        actual: usd("64"),
        calls_expected: 4,
        calls: 64,
        contributor: Some("migrator".to_owned()),
        ..expected.clone()
    };
    assert_eq!(*team, whole(Grouping::TEAM, "data"));
    assert_eq!(*model, whole(Grouping::Model, "a/m"));
}

#[test]
fn calls_that_get_dearer_are_told_as_long_as_it_goes_on() {
    let told = found("2026-11-26T18:00:00Z", |day| match usual("writer", day) {
        (agent, _, calls, cost) if day >= 19 => vec![(agent, "a/dear", calls, cost.fraction(4, 1).unwrap())],
        work => vec![work],
    });
    let agent = told.iter().find(|own| own.by == Grouping::AGENT).unwrap();
    assert_eq!((agent.since.as_str(), agent.until.as_str()), ("2026-11-19", "2026-11-26"));
    assert_eq!((agent.days, agent.is_ongoing, agent.cause), (8, true, AnomalyCause::CostPerCallUp));
    assert_eq!((agent.expected, agent.actual), (usd("64"), usd("256")));
    assert_eq!(agent.contributor.as_deref(), Some("a/dear"));
    let model = told.iter().find(|own| own.value == "a/dear").unwrap();
    assert_eq!((model.cause, model.expected), (AnomalyCause::New, Money::ZERO));
}

#[test]
fn an_agent_that_begins_at_once_is_new_and_one_that_works_now_and_then_is_not() {
    let told = found("2026-12-01T00:00:00Z", |day| {
        let mut work = vec![usual("writer", day)];
        if day >= 23 {
            work.push(("newcomer", "a/m", 10, usd("20")));
        }
        if day.rem_euclid(9) == 0 {
            work.push(("accountant", "a/m", 1, usd("25")));
        }
        work
    });
    let agents: Vec<_> = told
        .iter()
        .filter(|own| own.by == Grouping::AGENT)
        .map(|own| (own.value.as_str(), own.cause))
        .collect();
    assert_eq!(agents, [("newcomer", AnomalyCause::New)]);
}

#[test]
fn a_quiet_month_has_none_whatever_its_noise() {
    for seed in 0..40_u64 {
        let noise = |agent: u64, day: i64| {
            let mut state = (seed * 1_000_003 + agent * 7_919).wrapping_add(day.cast_unsigned());
            for _ in 0..4 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            }
            // From 60 to 140 hundredths, most often in the middle.
            60 + (state >> 33) % 41 + (state >> 17) % 41
        };
        let agents = ["writer", "editor", "ranker", "crawler", "triage", "reviewer"];
        let told = found("2026-12-01T00:00:00Z", |day| {
            let work = |(index, agent): (usize, &&'static str)| {
                let (agent, model, calls, cost) = usual(agent, day);
                (agent, model, calls, cost.fraction(noise(index as u64, day), 100).unwrap())
            };
            agents.iter().enumerate().map(work).collect()
        });
        assert_eq!(told, [], "seed {seed}");
    }
}

#[test]
fn what_is_worth_no_line_and_what_has_no_past_is_not_told() {
    // Five times as much as ever, and less than a dollar.
    let small = found("2026-12-01T00:00:00Z", |day| {
        vec![usual("writer", day), ("router", "a/m", 1, usd(if day == 18 { "0.95" } else { "0.19" }))]
    });
    assert_eq!(small, []);
    // A ledger that begins in November has no weekday to compare with before its third week is over.
    let young = found("2026-12-01T00:00:00Z", |day| match day {
        ..=0 => Vec::new(),
        15 | 25 => vec![("writer", "a/m", 100, usd("100"))],
        _ => vec![usual("writer", day)],
    });
    let days: Vec<_> = young.iter().map(|own| own.since.as_str()).collect();
    assert_eq!(days, ["2026-11-25"; 3]);
}

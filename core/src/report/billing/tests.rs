//! Laws of any terms over any usage.

use super::bill::{Bill, bill};
use super::gather::BillingPlan;
use super::statement::ClientLineKind;
use super::terms::{
    ClientRule, ClientTerms, Clients, Included, Retainer, VolumeMeasure, VolumeStep, VolumeSteps,
};
use super::usage::{ClientUsage, UsageKey, Used};
use super::{ClientPrice, months};
use crate::error::ErrorCode;
use crate::ledger::{EntryLine, Rollup};
use crate::money::{Currency, Money};
use crate::pricing::Dimension;
use crate::report::rules::ReportRules;
use crate::time::{Timestamp, Window};

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 0).then(|| make(self))
    }

    fn amount(&mut self, most: u64) -> Money {
        Money::from_pico(i128::from(self.below(most)) * 1_000_003)
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn random_rule(numbers: &mut Numbers) -> ClientRule {
    let (markup, fee) =
        (numbers.maybe(|own| u32::try_from(own.below(30_000)).unwrap()), numbers.amount(5_000_000));
    let mut rule = ClientRule { markup_basis_points: markup, fee, ..ClientRule::new() };
    if markup.is_some() && numbers.below(2) == 0 {
        rule.prices =
            vec![ClientPrice::new(Some("m"), [("output_mtok", "3.25"), ("input_mtok", "0.7")]).unwrap()];
    }
    rule.retainer = numbers.maybe(|own| Retainer {
        fee: own.amount(4_000_000),
        includes: if own.below(2) == 0 {
            Included::Spend(own.amount(3_000_000))
        } else {
            Included::Tokens(own.below(2_000_000))
        },
    });
    rule.steps = numbers.maybe(|own| {
        let by = if own.below(2) == 0 { VolumeMeasure::Spend } else { VolumeMeasure::Tokens };
        let scale = if by == VolumeMeasure::Spend { 1_000_003 } else { 1 };
        let mut edges: Vec<u128> =
            (0..=own.below(3)).map(|_| u128::from(own.below(3_000_000)) * scale).collect();
        edges.sort_unstable();
        edges.dedup();
        let step =
            |above| VolumeStep { above, discount_basis_points: u32::try_from(own.below(10_001)).unwrap() };
        VolumeSteps { by, steps: edges.into_iter().map(step).collect() }
    });
    rule.discount_basis_points = u32::try_from(numbers.below(10_001)).unwrap();
    rule.minimum = numbers.maybe(|own| own.amount(6_000_000));
    let floor = rule.minimum.unwrap_or_default();
    rule.cap = numbers.maybe(|own| floor + own.amount(6_000_000));
    rule
}

fn random_usage(numbers: &mut Numbers, plan: &BillingPlan) -> ClientUsage {
    let mut usage = ClientUsage::new();
    for _ in 0..numbers.below(8) {
        let stretch = usize::try_from(numbers.below(9)).unwrap();
        if plan.stretch(stretch).is_none() {
            continue;
        }
        let name = |of: &str, number: u64| format!("{of}{number}");
        let key = UsageKey {
            stretch,
            project: name("p", numbers.below(3)),
            agent: name("a", numbers.below(3)),
            model: ["x/m", "x/other"][usize::try_from(numbers.below(2)).unwrap()].to_owned(),
        };
        let line = |dimension, numbers: &mut Numbers| EntryLine {
            dimension,
            quantity: numbers.below(1_000_000),
            amount: numbers.amount(1_000_000),
            rate: None,
        };
        let lines = vec![line(Dimension::InputUncached, numbers), line(Dimension::Output, numbers)];
        let unmeasured = if numbers.below(3) == 0 { -numbers.amount(500_000) } else { Money::ZERO };
        let sums = Rollup { calls: 1 + numbers.below(9), unmeasured, lines, ..Rollup::default() };
        usage.insert(key, Used { sums, moved: Money::ZERO });
    }
    usage
}

fn sum(bill: &Bill, kind: ClientLineKind) -> Money {
    bill.lines.iter().filter(|line| line.kind == kind).map(|line| line.amount).sum()
}

#[test]
fn lines_sum_to_the_total_and_minimum_and_cap_hold_for_any_terms() {
    let edge = at("2026-11-10T07:00:00Z");
    let period = Window::named("2026-Q4", "Europe/Berlin").unwrap();
    let (mut topped, mut capped) = (0, 0);
    for seed in 0..3_000 {
        let mut numbers = Numbers(seed);
        let (mut first, mut second) = (random_rule(&mut numbers), random_rule(&mut numbers));
        first.during = Window::new(Timestamp::MIN, edge).unwrap();
        second.during = Window::new(edge, Timestamp::MAX).unwrap();
        let terms = ClientTerms {
            time_zone: "Europe/Berlin".to_owned(),
            rules: vec![first, second],
            ..ClientTerms::new("acme")
        };
        let rules =
            ReportRules { clients: Clients::new(vec![terms.clone()]).unwrap(), ..ReportRules::default() };
        let plan = BillingPlan::new((period, "Europe/Berlin"), 0, &rules, period.end()).unwrap();
        let usage = random_usage(&mut numbers, &plan);
        let bill = bill(&terms, &usage, &plan, &plan.months).unwrap();
        assert_eq!(bill.lines.iter().map(|line| line.amount).sum::<Money>(), bill.total, "seed {seed}");
        assert_eq!(sum(&bill, ClientLineKind::Usage), bill.usage, "seed {seed}");
        assert_eq!(bill.cells.iter().map(|cell| cell.price).sum::<Money>(), bill.usage, "seed {seed}");
        for month in &plan.months {
            for rule in &terms.rules {
                let (start, end) =
                    (rule.during.start().max(month.start()), rule.during.end().min(month.end()));
                let Ok(part) = Window::new(start, end) else { continue };
                let own = bill.lines.iter().filter(|line| line.period.window == part);
                let paid: Money = own.map(|line| line.amount).sum();
                let of = |amount: Option<Money>| amount.map(|own| months::prorated(own, part, *month));
                assert!(of(rule.minimum).is_none_or(|least| paid >= least), "seed {seed}");
                assert!(of(rule.cap).is_none_or(|most| paid <= most), "seed {seed}");
            }
        }
        topped += usize::from(sum(&bill, ClientLineKind::Minimum) > Money::ZERO);
        capped += usize::from(sum(&bill, ClientLineKind::Cap) < Money::ZERO);
        assert!(
            !bill.lines.iter().any(|line| line.amount == Money::ZERO && line.kind != ClientLineKind::Usage)
        );
    }
    assert!(topped > 500 && capped > 500, "{topped} raised, {capped} lowered");
}

#[test]
fn terms_that_contradict_themselves_are_refused() {
    let refused = |change: fn(&mut ClientTerms), expect: &str| {
        let mut terms = ClientTerms::new("acme");
        change(&mut terms);
        let error = Clients::new(vec![terms]).unwrap_err();
        assert_eq!(error.message(), expect);
    };
    let usd = |text: &str| text.parse::<Money>().unwrap();
    assert_eq!(usd("1"), Money::ONE);
    refused(
        |terms| {
            (terms.rules[0].minimum, terms.rules[0].cap) = (Some(Money::ONE + Money::ONE), Some(Money::ONE));
        },
        "the minimum `2` is above the cap `1`",
    );
    refused(|terms| terms.rules[0].fee = -Money::ONE, "`-1` is less than nothing");
    refused(
        |terms| terms.rules.push(ClientRule::new()),
        "two rules of the client `acme` are in force at -infinity",
    );
    refused(
        |terms| terms.currency = "EUR".parse::<Currency>().unwrap(),
        "cost is in US dollars, and there is no exchange rate to EUR",
    );
    refused(
        |terms| terms.rules[0].exchange_rate = Some(Money::ONE),
        "cost is in US dollars already, and has no exchange rate to them",
    );
    refused(|terms| terms.client = "unallocated".to_owned(), "the client `unallocated` is nobody");
    let twice = vec![ClientTerms::new("acme"), ClientTerms::new("acme")];
    assert_eq!(Clients::new(twice).unwrap_err().message(), "the client `acme` is given twice");
    assert_eq!(ClientPrice::new(None, [("output", "1")]).unwrap_err().code(), ErrorCode::PriceBookInvalid);
}

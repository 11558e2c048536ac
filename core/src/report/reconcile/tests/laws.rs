//! What holds for any two sides.

use super::{World, causes};
use crate::money::Money;
use crate::pricing::Dimension::*;
use crate::report::reconcile::pair::decompose;
use crate::report::reconcile::{ChargeKind, SignOff};

/// A stream of numbers from a written seed.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn day(&mut self) -> i64 {
        i64::try_from(self.next(4)).unwrap() + 1
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.next(all.len() as u64)).unwrap()]
    }
}

#[test]
fn quantity_and_rate_parts_sum_to_the_difference() {
    let mut numbers = Numbers(3);
    for _ in 0..20_000 {
        let ours = (
            i128::from(numbers.next(1_000_000)),
            Money::from_pico(i128::from(numbers.next(u64::MAX)) * 1_000),
        );
        let billed = (numbers.next(9) > 0).then(|| i128::from(numbers.next(1_000_000)) - 1_000);
        let theirs = Money::from_pico(i128::from(numbers.next(u64::MAX)) * 900 - 5);
        let split = decompose(ours, (billed, theirs)).unwrap();
        assert_eq!(
            split.quantity + split.rate + split.amount,
            theirs - ours.1,
            "{ours:?} {billed:?} {theirs}"
        );
        if let Some(billed) = billed.filter(|_| ours.0 > 0) {
            // Within half a pico of the exact product.
            let off = split.quantity.pico() * ours.0 - (billed - ours.0) * ours.1.pico();
            assert!(off.abs() * 2 <= ours.0, "{ours:?} {billed} {theirs}");
        }
    }
}

#[test]
fn counts_beyond_what_a_ledger_holds_are_refused_and_not_wrapped() {
    let error = decompose((1, Money::MAX), (Some(i128::from(i64::MAX)), Money::ZERO)).unwrap_err();
    assert_eq!(error.code().as_str(), "money_overflow");
}

/// A world of which nothing agrees but by chance.
fn any_world(numbers: &mut Numbers) -> World {
    let mut world = World::new();
    let (teams, models) = (["data", "search", "ops"], ["race", "sprint", "rogue"]);
    let kinds = [InputUncached, CacheRead, Output, WebSearches];
    for _ in 0..numbers.next(20) {
        let (number, team) = (numbers.day(), numbers.of(&teams));
        let usage = [(numbers.of(&[InputUncached, Output]), numbers.next(5_000) + 1)];
        world.call((number, team, numbers.of(&models[..2])), &usage);
    }
    for _ in 0..numbers.next(20) {
        let (number, model) = (numbers.day(), numbers.of(&models));
        let one = (numbers.of(&kinds), numbers.next(5_000) + 1);
        let amount = Money::from_pico(i128::from(numbers.next(90_000_000_000)));
        let line = world.charge((number, model), one, amount);
        line.tier = numbers.of(&[None, Some("batch"), Some("standard"), Some("priority")]).map(str::to_owned);
        if numbers.next(8) == 0 {
            line.quantity = None;
        }
        if numbers.next(12) == 0 {
            line.dimension = None;
        }
        if numbers.next(16) == 0 {
            line.model_raw = None;
        }
    }
    for kind in [ChargeKind::Tax, ChargeKind::Credit, ChargeKind::Fee, ChargeKind::Commitment] {
        if numbers.next(4) == 0 {
            let amount = numbers.next(1_000).to_string();
            world.other(numbers.day(), kind, &amount);
        }
    }
    world
}

#[test]
fn the_order_of_the_bills_lines_doesnt_matter() {
    let mut numbers = Numbers(11);
    for _ in 0..150 {
        let mut world = any_world(&mut numbers);
        let found = world.reconcile(&world.request()).to_json();
        for _ in 0..2 {
            for at in (1..world.bill.len()).rev() {
                let other = usize::try_from(numbers.next(at as u64 + 1)).unwrap();
                world.bill.swap(at, other);
            }
            assert_eq!(world.reconcile(&world.request()).to_json(), found);
        }
    }
}

#[test]
fn true_ups_of_everything_bring_the_ledger_to_the_bill_and_nothing_is_left_then() {
    let mut numbers = Numbers(17);
    let mut differing = 0;
    for round in 0..150 {
        let mut world = any_world(&mut numbers);
        let request = world.request().withhold([]);
        let mut found = world.reconcile(&request);
        let person = SignOff { by: "ana".to_owned(), at: found.end, note: "all of it".to_owned() };
        found.sign_off(person);
        differing += usize::from(found.difference != Money::ZERO);
        let due: Money = found.true_ups().iter().map(|own| own.amount).sum();
        assert_eq!(due, found.difference, "{round}");
        let ids: std::collections::BTreeSet<_> = found.true_ups().into_iter().map(|own| own.id).collect();
        assert_eq!(ids.len(), found.true_ups().len(), "{round}");
        world.post(&found);
        let again = world.reconcile(&request);
        assert_eq!((again.ours, again.difference), (again.theirs, Money::ZERO), "{round}");
        assert!(
            causes(&again).is_empty(),
            "{round}: {:#?}",
            again.lines.iter().filter(|line| !line.parts.is_empty()).collect::<Vec<_>>()
        );
    }
    assert!(differing > 100, "{differing}");
}

//! A bill that agrees, and what is proposed and printed of one that doesn't.

use super::{World, day, usd};
use crate::money::Money;
use crate::pricing::{Dimension::*, Terms};
use crate::report::reconcile::{ChargeKind, LineState, SignOff};

#[test]
fn a_clean_bill_matches_to_the_last_pico() {
    let mut world = World::new();
    for number in 1..=30 {
        let units = u64::try_from(number).unwrap() * 37;
        world.both(
            (number, "data", "race"),
            &[(InputUncached, units), (CacheRead, 3 * units), (Output, units / 2)],
        );
        world.both((number, "search", "sprint"), &[(InputUncached, units + 1), (Output, 5)]);
    }
    let found = world.reconcile(&world.request());
    assert_eq!(
        (found.difference, found.matched, found.matched_basis_points),
        (Money::ZERO, found.theirs, 10_000)
    );
    assert!(found.lines.iter().all(|line| line.state == LineState::Matched));
    assert_eq!((found.lines.len(), found.true_ups().len()), (150, 0));
    assert_eq!(found.sources.len(), 1);
    assert!(found.to_table().contains("nothing between them"));
}

/// A month with a stale price, a tax and a class that was forgotten.
fn drifted() -> World {
    let mut world = World::new();
    world.call((2, "data", "race"), &[(InputUncached, 2_000)]);
    world.call((2, "search", "race"), &[(InputUncached, 1_000)]);
    world.bill((2, "race"), &[(InputUncached, 3_000), (CacheRead, 10_000)], &Terms::new());
    world.other(3, ChargeKind::Tax, "0.000000000007");
    world
}

#[test]
fn true_ups_go_to_those_who_spent_in_proportion_and_bring_the_ledger_to_the_bill() {
    let mut world = drifted();
    let found = world.reconcile(&world.request());
    let told: Vec<_> = found
        .true_ups()
        .iter()
        .map(|own| {
            (own.team.clone(), own.cause.unwrap().as_str(), own.corrects.unwrap(), own.amount.to_string())
        })
        .collect();
    let expected = [
        ("data", "missing_token_class", 1, "0.002"),
        ("search", "missing_token_class", 2, "0.001"),
        ("data", "tax", 1, "0.000000000005"),
        ("search", "tax", 2, "0.000000000002"),
    ];
    let expected =
        expected.map(|(team, cause, entry, amount)| (team.to_owned(), cause, entry, amount.to_owned()));
    assert_eq!(told, expected);
    world.post(&found);
    let again = world.reconcile(&world.request());
    assert_eq!((again.difference, again.true_ups().len()), (Money::ZERO, 0));
    assert!(again.lines.iter().all(|line| line.state == LineState::Matched), "{again:#?}");
}

#[test]
fn every_format_adds_up_to_the_difference() {
    let mut world = drifted();
    let mut found = world.reconcile(&world.request());
    let csv = found.to_csv();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let place = |name: &str| reader.headers().unwrap().iter().position(|own| own == name).unwrap();
    let (mut ours, mut theirs, mut parts) = (Money::ZERO, Money::ZERO, Money::ZERO);
    let (mut reader, places) = (csv::Reader::from_reader(csv.as_bytes()), {
        let mut own = place;
        [own("ours_amount"), own("theirs_amount"), own("part_amount")]
    });
    for record in reader.records() {
        let record = record.unwrap();
        let amount = |at: usize| if record[at].is_empty() { Money::ZERO } else { usd(&record[at]) };
        ours += amount(places[0]);
        theirs += amount(places[1]);
        parts += amount(places[2]);
    }
    assert_eq!((ours, theirs, parts), (found.ours, found.theirs, found.difference));
    let json: serde_json::Value = serde_json::from_str(&found.to_json()).unwrap();
    assert_eq!(json["difference"], "0.003000000007");
    assert_eq!(json["lines"][1]["parts"][0]["cause"], "missing_token_class");
    assert_eq!(json["lines"][1]["shares"][0]["team"], "data");
    let table = found.to_table();
    assert!(table.contains("missing_token_class"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    found.sign_off(SignOff { by: "ana".to_owned(), at: day(31), note: "seen".to_owned() });
    assert!(found.to_table().contains("signed off by ana"));
}

#[test]
fn an_invoice_beside_a_report_is_compared_and_not_added() {
    let mut world = World::new();
    world.both((2, "data", "race"), &[(InputUncached, 100_000)]);
    let mut invoice = crate::report::reconcile::ProviderLine::new(
        "private",
        crate::report::reconcile::BillSource::Invoice,
        (day(1), day(31)),
    );
    let total = crate::report::reconcile::ReportedAmount::parse("0.40", crate::money::Currency::USD).unwrap();
    invoice.amount = Some(total);
    world.bill.push(invoice);
    let found = world.reconcile(&world.request());
    assert_eq!(found.difference, Money::ZERO);
    let told: Vec<_> = found.sources.iter().map(|own| (own.gives_amounts, own.difference.unwrap())).collect();
    assert_eq!(told, [(true, Money::ZERO), (false, usd("0.1"))]);
}

#[test]
fn a_bill_of_the_whole_month_is_compared_with_the_whole_month() {
    let mut world = World::new();
    world.call((2, "data", "race"), &[(InputUncached, 100_000)]);
    world.call((9, "data", "race"), &[(InputUncached, 50_000)]);
    let line = world.charge((1, "race"), (InputUncached, 150_000), usd("0.45"));
    line.end = day(31);
    let found = world.reconcile(&world.request());
    assert_eq!((found.difference, found.lines.len()), (Money::ZERO, 1));
    assert!(found.notes[0].contains("compared as one day"));
}

#[test]
fn a_day_with_one_amount_is_compared_as_a_day() {
    let mut world = World::new();
    world.call((2, "data", "race"), &[(InputUncached, 100_000), (Output, 10)]);
    world.call((2, "data", "sprint"), &[(Output, 1_000)]);
    let line = world.charge((2, "race"), (InputUncached, 1), usd("0.30515"));
    (line.model_raw, line.dimension, line.quantity) = (None, None, None);
    let found = world.reconcile(&world.request());
    assert_eq!((found.difference, found.lines.len()), (Money::ZERO, 1));
    assert_eq!(found.lines[0].level.as_str(), "account_day");
}

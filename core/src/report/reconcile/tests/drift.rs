//! Each cause of drift by itself: found, named, and nothing left.

use super::{World, causes, day, usd};
use crate::ledger::EntryKind;
use crate::money::Money;
use crate::pricing::{Dimension::*, Terms};
use crate::report::reconcile::{
    BillSource, Certainty, ChargeKind, DriftCause, ExchangeRate, LineStatus, ProviderLine, ReconcileRequest,
    ReportedAmount,
};
use crate::time::Timestamp;

/// Adds one drift to a world whose other lines agree; says which cause it is and the difference that it makes.
type Injection = fn(&mut World) -> (DriftCause, &'static str);

const INJECTIONS: &[Injection] = &[
    missing_token_class,
    subset_counted_twice,
    estimated_tokens,
    expired_hold,
    stale_price,
    context_tier,
    batch_tier,
    priority_tier,
    geo_multiplier,
    unseen_attempts,
    retried_calls,
    outside_the_meter,
    non_token_charge,
    seat,
    credit,
    discount,
    tax,
    cut_off,
    provisional,
    other_model_served,
    rounding,
    duplicate,
    counted_twice_by_us,
    commitment,
    prior_period,
];

fn missing_token_class(world: &mut World) -> (DriftCause, &'static str) {
    world.both((2, "data", "race"), &[(InputUncached, 1_000), (Output, 200)]);
    world.bill((2, "race"), &[(CacheRead, 40_000)], &Terms::new());
    (DriftCause::MissingTokenClass, "0.012")
}

fn subset_counted_twice(world: &mut World) -> (DriftCause, &'static str) {
    world.call((3, "data", "race"), &[(InputUncached, 1_400), (CacheRead, 400), (Output, 10)]);
    world.bill((3, "race"), &[(InputUncached, 1_000), (CacheRead, 400), (Output, 10)], &Terms::new());
    (DriftCause::SubsetCountedTwice, "-0.0012")
}

fn estimated_tokens(world: &mut World) -> (DriftCause, &'static str) {
    world.call((4, "data", "race"), &[(InputUncached, 1_000), (Output, 100)]);
    world.bill((4, "race"), &[(InputUncached, 1_040), (Output, 103)], &Terms::new());
    calls(world, 4, 1);
    (DriftCause::EstimatedTokens, "0.000165")
}

/// How many calls the bill has of a day.
fn calls(world: &mut World, number: i64, count: i128) {
    let mut line = ProviderLine::new("private", BillSource::UsageApi, (day(number), day(number + 1)));
    (line.kind, line.quantity) = (ChargeKind::Calls, Some(count));
    line.model_raw = Some("race".to_owned());
    world.bill.push(line);
}

fn expired_hold(world: &mut World) -> (DriftCause, &'static str) {
    world.call((5, "data", "race"), &[(InputUncached, 1_000), (Output, 100)]);
    world.entry(EntryKind::Expire, (day(5), "search", "race"), Some(usd("0.5")), &[]);
    world.bill((5, "race"), &[(InputUncached, 3_000), (Output, 300)], &Terms::new());
    (DriftCause::EstimatedTokens, "-0.491")
}

fn stale_price(world: &mut World) -> (DriftCause, &'static str) {
    // The ledger priced at 2.5 a million, and the book and the bill have 3.
    let line = crate::ledger::EntryLine {
        dimension: InputUncached,
        quantity: 100_000,
        amount: usd("0.25"),
        rate: None,
    };
    world.entry(EntryKind::Settle, (day(6), "data", "race"), None, &[line]);
    world.bill((6, "race"), &[(InputUncached, 100_000)], &Terms::new());
    (DriftCause::StalePrice, "0.05")
}

fn context_tier(world: &mut World) -> (DriftCause, &'static str) {
    world.call((7, "data", "race"), &[(Output, 1_000)]);
    world.charge((7, "race"), (Output, 1_000), usd("0.0225")).context = Some(">200000".to_owned());
    (DriftCause::ContextTier, "0.0075")
}

fn batch_tier(world: &mut World) -> (DriftCause, &'static str) {
    world.call((8, "data", "race"), &[(Output, 1_000)]);
    world.charge((8, "race"), (Output, 400), usd("0.003")).tier = Some("batch".to_owned());
    world.charge((8, "race"), (Output, 600), usd("0.009")).tier = Some("standard".to_owned());
    (DriftCause::BatchTier, "-0.003")
}

fn priority_tier(world: &mut World) -> (DriftCause, &'static str) {
    world.call((9, "data", "race"), &[(Output, 1_000)]);
    world.charge((9, "race"), (Output, 1_000), usd("0.02625")).tier = Some("priority".to_owned());
    (DriftCause::PriorityTier, "0.01125")
}

fn geo_multiplier(world: &mut World) -> (DriftCause, &'static str) {
    world.call((10, "data", "race"), &[(Output, 1_000)]);
    world.charge((10, "race"), (Output, 1_000), usd("0.0165")).geo = Some("us".to_owned());
    (DriftCause::GeoMultiplier, "0.0015")
}

fn unseen_attempts(world: &mut World) -> (DriftCause, &'static str) {
    world.call((11, "data", "race"), &[(InputUncached, 1_000), (Output, 100)]);
    world.entry(EntryKind::Release, (day(11), "data", "race"), None, &[]);
    world.bill((11, "race"), &[(InputUncached, 2_000), (Output, 100)], &Terms::new());
    (DriftCause::UnseenAttempts, "0.003")
}

fn retried_calls(world: &mut World) -> (DriftCause, &'static str) {
    world.call((12, "data", "race"), &[(InputUncached, 1_000), (Output, 100)]);
    world.bill((12, "race"), &[(InputUncached, 3_000), (Output, 240)], &Terms::new());
    calls(world, 12, 3);
    (DriftCause::UnseenAttempts, "0.0081")
}

fn outside_the_meter(world: &mut World) -> (DriftCause, &'static str) {
    world.bill((13, "rogue-model"), &[], &Terms::new());
    world.charge((13, "rogue-model"), (InputUncached, 1_000_000), usd("4.2"));
    (DriftCause::OutsideTheMeter, "4.2")
}

fn non_token_charge(world: &mut World) -> (DriftCause, &'static str) {
    world.both((14, "data", "race"), &[(InputUncached, 1_000), (Output, 200)]);
    world.bill((14, "race"), &[(WebSearches, 7)], &Terms::new());
    (DriftCause::NonTokenCharge, "0.07")
}

fn seat(world: &mut World) -> (DriftCause, &'static str) {
    world.other(15, ChargeKind::Fee, "25");
    (DriftCause::NonTokenCharge, "25")
}

fn credit(world: &mut World) -> (DriftCause, &'static str) {
    world.other(15, ChargeKind::Credit, "-10");
    (DriftCause::Credit, "-10")
}

fn discount(world: &mut World) -> (DriftCause, &'static str) {
    world.other(15, ChargeKind::Discount, "-1.5");
    (DriftCause::Discount, "-1.5")
}

fn tax(world: &mut World) -> (DriftCause, &'static str) {
    world.other(15, ChargeKind::Tax, "0.19");
    (DriftCause::Tax, "0.19")
}

fn cut_off(world: &mut World) -> (DriftCause, &'static str) {
    // A call just before midnight is billed on the day after it.
    world.call((16, "data", "race"), &[(InputUncached, 5_000), (Output, 700)]);
    world.bill((17, "race"), &[(InputUncached, 5_000), (Output, 700)], &Terms::new());
    (DriftCause::CutOff, "0")
}

fn provisional(world: &mut World) -> (DriftCause, &'static str) {
    world.call((30, "data", "race"), &[(InputUncached, 5_000)]);
    world.charge((30, "race"), (InputUncached, 2_000), usd("0.006")).status = LineStatus::Provisional;
    (DriftCause::CutOff, "-0.009")
}

fn other_model_served(world: &mut World) -> (DriftCause, &'static str) {
    world.call((19, "data", "race"), &[(InputUncached, 5_000), (Output, 700)]);
    world.bill((19, "sprint"), &[(InputUncached, 5_000), (Output, 700)], &Terms::new());
    (DriftCause::OtherModelServed, "-0.017")
}

fn rounding(world: &mut World) -> (DriftCause, &'static str) {
    // Two calls of a third of a pico more than a pico each are a pico less than their sum.
    world.call((20, "data", "race"), &[(InputUncached, 1_000)]);
    world.charge((20, "race"), (InputUncached, 1_000), usd("0.003000000001"));
    (DriftCause::Rounding, "0.000000000001")
}

fn duplicate(world: &mut World) -> (DriftCause, &'static str) {
    world.both((21, "data", "race"), &[(InputUncached, 1_000)]);
    let again = world.bill.last().unwrap().clone();
    world.bill.push(again);
    (DriftCause::Duplicate, "0.003")
}

fn counted_twice_by_us(world: &mut World) -> (DriftCause, &'static str) {
    world.call((22, "data", "race"), &[(InputUncached, 1_000), (Output, 30)]);
    world.call((22, "data", "race"), &[(InputUncached, 1_000), (Output, 30)]);
    world.bill((22, "race"), &[(InputUncached, 1_000), (Output, 30)], &Terms::new());
    (DriftCause::Duplicate, "-0.00345")
}

fn commitment(world: &mut World) -> (DriftCause, &'static str) {
    world.other(15, ChargeKind::Commitment, "100");
    (DriftCause::Commitment, "100")
}

fn prior_period(world: &mut World) -> (DriftCause, &'static str) {
    world.other(15, ChargeKind::Correction, "-3.25");
    (DriftCause::PriorPeriod, "-3.25")
}

/// Days that agree, beside what is injected.
fn clean(world: &mut World) {
    world.both((1, "data", "race"), &[(InputUncached, 120_000), (CacheRead, 50_000), (Output, 9_000)]);
    world.both((1, "search", "sprint"), &[(InputUncached, 777), (Output, 333)]);
    world.both((28, "search", "race"), &[(InputUncached, 10), (Output, 1)]);
}

#[test]
fn each_cause_by_itself_is_found_named_and_explains_everything() {
    for inject in INJECTIONS {
        let mut world = World::new();
        clean(&mut world);
        let (cause, difference) = inject(&mut world);
        let found = world.reconcile(&world.request());
        assert_eq!(causes(&found), [(Some(cause), difference.to_owned())], "{found:#?}");
        assert_eq!((found.explained_basis_points, found.unexplained), (10_000, Money::ZERO), "{cause}");
        assert!(found.is_closed_under(&found.policy), "{cause}");
    }
}

#[test]
fn all_causes_together_are_each_found() {
    let mut world = World::new();
    clean(&mut world);
    let mut expected = std::collections::BTreeMap::new();
    for inject in INJECTIONS {
        let (cause, difference) = inject(&mut world);
        *expected.entry(cause).or_insert(Money::ZERO) += usd(difference);
    }
    let found = world.reconcile(&world.request());
    let told: std::collections::BTreeMap<_, _> =
        found.causes.iter().map(|total| (total.cause.unwrap(), total.amount)).collect();
    assert_eq!(told, expected);
    assert_eq!((found.explained_basis_points, found.unexplained), (10_000, Money::ZERO));
}

#[test]
fn every_cause_has_an_injection() {
    let mut seen: std::collections::BTreeSet<_> =
        INJECTIONS.iter().map(|inject| inject(&mut World::new()).0).collect();
    seen.insert(DriftCause::Fx);
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), DriftCause::ALL);
}

#[test]
fn a_tier_that_the_bill_doesnt_name_is_found_by_its_price() {
    for (price, cause) in [
        ("0.0075", DriftCause::BatchTier),
        ("0.02625", DriftCause::PriorityTier),
        ("0.0225", DriftCause::ContextTier),
        ("0.0165", DriftCause::GeoMultiplier),
    ] {
        let mut world = World::new();
        world.call((2, "data", "race"), &[(Output, 1_000)]);
        world.charge((2, "race"), (Output, 1_000), usd(price));
        let found = world.reconcile(&world.request());
        let difference = usd(price) - usd("0.015");
        assert_eq!(causes(&found), [(Some(cause), difference.to_string())]);
        assert_eq!(found.lines[0].parts[0].evidence, Some(Certainty::Computed));
    }
}

#[test]
fn terms_on_either_side_are_told_and_the_same_terms_on_both_match() {
    let (batch, plain) = (Terms::new().processing("batch"), Terms::new());
    let check = |own: &Terms, billed: &Terms, tier: &str| {
        let mut world = World::new();
        world.call_under((2, "data", "race"), &[(Output, 1_000)], own);
        world.bill((2, "race"), &[(Output, 1_000)], billed);
        world.bill[0].tier = Some(tier.to_owned());
        causes(&world.reconcile(&world.request()))
    };
    assert_eq!(check(&batch, &plain, "standard"), [(Some(DriftCause::BatchTier), "0.0075".to_owned())]);
    assert_eq!(check(&plain, &batch, "batch"), [(Some(DriftCause::BatchTier), "-0.0075".to_owned())]);
    assert_eq!(check(&batch, &batch, "batch"), []);
}

#[test]
fn calls_of_the_priority_tier_that_a_report_of_costs_leaves_out_are_a_commitment() {
    let priority = Terms::new().service_tier("priority");
    for counts in [false, true] {
        let mut world = World::new();
        world.both((2, "data", "race"), &[(Output, 500)]);
        world.call_under((2, "data", "race"), &[(Output, 1_000)], &priority);
        let mut usage = world.bill[0].clone();
        if counts {
            // A report of usage counts both, and the report of costs has no counts.
            world.bill[0].quantity = None;
            (usage.source, usage.amount) = (BillSource::UsageApi, None);
            usage.tier = Some("standard".to_owned());
            world.bill.push(usage.clone());
            (usage.tier, usage.quantity) = (Some("priority".to_owned()), Some(1_000));
            world.bill.push(usage);
        } else {
            world.bill[0].tier = Some("standard".to_owned());
        }
        let found = world.reconcile(&world.request());
        assert_eq!(causes(&found), [(Some(DriftCause::Commitment), "-0.02625".to_owned())], "{found:#?}");
        // The bill isn't wrong, and neither is the ledger.
        assert_eq!((found.true_ups().len(), found.withheld_amount()), (0, usd("-0.02625")));
    }
}

#[test]
fn a_discount_on_every_article_is_one_ratio() {
    let mut world = World::new();
    world.call((2, "data", "race"), &[(InputUncached, 100_000), (Output, 100_000)]);
    world.call((3, "data", "sprint"), &[(Output, 700_000)]);
    // 13 % off.
    world.charge((2, "race"), (InputUncached, 100_000), usd("0.261"));
    world.charge((2, "race"), (Output, 100_000), usd("1.305"));
    world.charge((3, "sprint"), (Output, 700_000), usd("3.045"));
    let found = world.reconcile(&world.request());
    assert_eq!(causes(&found), [(Some(DriftCause::Discount), "-0.689".to_owned())]);
    assert!(found.lines[0].parts[0].sentence.contains("13.00 % below"), "{found:#?}");
}

#[test]
fn a_plain_price_that_is_not_the_ledgers_is_a_stale_price() {
    let mut world = World::new();
    world.call((2, "data", "race"), &[(InputUncached, 100_000)]);
    world.charge((2, "race"), (InputUncached, 100_000), usd("0.35"));
    let found = world.reconcile(&world.request());
    assert_eq!(causes(&found), [(Some(DriftCause::StalePrice), "0.05".to_owned())]);
    assert_eq!(found.lines[0].parts[0].evidence, Some(Certainty::Likely));
}

#[test]
fn a_bill_in_another_currency_differs_by_its_rate() {
    let mut world = World::new();
    world.call((2, "data", "race"), &[(InputUncached, 100_000), (Output, 1_000)]);
    let euro = "EUR".parse().unwrap();
    for (one, amount) in [((InputUncached, 100_000), "0.28"), ((Output, 1_000), "0.0140000")] {
        let line = world.charge((2, "race"), one, Money::ZERO);
        line.amount = Some(ReportedAmount::parse(amount, euro).unwrap());
    }
    let request = world.request();
    let error = super::reconcile_store(
        &mut world.store,
        (&world.dictionary, &world.book),
        &request,
        Timestamp::from_seconds(0),
    )
    .unwrap_err();
    assert_eq!(error.code().as_str(), "currency_unsupported");
    assert_eq!(error.message(), "the bill has amounts in EUR, and no rate of it was given");
    let rate =
        |usd: &str| ExchangeRate { currency: euro, usd: usd.parse().unwrap(), source: "ECB".to_owned() };
    let found = world.reconcile(&request.clone().rate(rate("1.1")));
    assert_eq!(causes(&found), [(Some(DriftCause::Fx), "0.0084".to_owned())]);
    assert_eq!(found.explained_basis_points, 10_000);
}

#[test]
fn a_key_that_the_meter_doesnt_sit_on_is_outside() {
    let mut world = World::new();
    world.both((2, "data", "race"), &[(InputUncached, 1_000)]);
    world.bill.last_mut().unwrap().credential = Some("key-a".to_owned());
    world.charge((2, "race"), (InputUncached, 500), usd("0.0015")).credential = Some("workbench".to_owned());
    let request: ReconcileRequest = world.request().metered_credentials(["key-a"]);
    let found = world.reconcile(&request);
    assert_eq!(causes(&found), [(Some(DriftCause::OutsideTheMeter), "0.0015".to_owned())]);
    // Nobody's spend is charged for it.
    assert_eq!((found.true_ups()[0].team.as_str(), found.true_ups()[0].corrects), ("unallocated", None));
}

#[test]
fn what_no_rule_explains_stays_open_until_a_person_accepts_it() {
    let mut world = World::new();
    for number in 10..20 {
        world.both((number, "data", "race"), &[(InputUncached, 100_000)]);
    }
    world.call((2, "data", "race"), &[(InputUncached, 1_000), (Output, 100)]);
    world.charge((2, "race"), (InputUncached, 1_000), usd("0.003"));
    world.charge((2, "race"), (Output, 333), usd("0.004995"));
    let mut found = world.reconcile(&world.request());
    assert_eq!(causes(&found), [(None, "0.003495".to_owned())]);
    assert_eq!((found.explained_basis_points, found.unexplained_of_bill_basis_points), (0, 12));
    assert!(!found.is_closed_under(&found.policy));
    assert!(found.true_ups().is_empty());
    let policy = |absolute: &str, relative_basis_points: u32| super::super::TolerancePolicy {
        absolute: usd(absolute),
        relative_basis_points,
    };
    assert!(found.is_closed_under(&policy("0.01", 12)));
    assert!(!found.is_closed_under(&policy("0.01", 11)), "both bounds hold together");
    assert!(!found.is_closed_under(&policy("0.003", 100)), "both bounds hold together");
    let number = found.lines.iter().find(|line| !line.parts.is_empty()).unwrap().number;
    let person = super::super::SignOff { by: "ana".to_owned(), at: day(31), note: "asked them".to_owned() };
    assert_eq!(found.accept(1, person.clone()).unwrap_err().code().as_str(), "report_invalid");
    found.accept(number, person).unwrap();
    assert!(found.is_closed_under(&policy("0", 0)));
    assert_eq!(found.true_ups().iter().map(|own| own.amount).collect::<Vec<_>>(), [usd("0.003495")]);
}

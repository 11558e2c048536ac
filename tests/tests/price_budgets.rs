//! Budgets on price through the whole engine, against sums that are worked out apart: random clients, markups and
//! dates, calls from many threads, and ledgers that are opened again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{
    BudgetBasis, BudgetStatus, Bursar, Call, ClientLineKind, ClientRequest, Decision, ErrorCode, ManualClock,
    Money, Policy, Result, Settlement, Timestamp,
};
use bursar_tests::Chance;
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

const START: &str = "2026-11-10T12:20:00Z";
/// Hundred-millionths of a pico in a pico: in these every price is whole.
const PARTS: i128 = 100_000_000;

/// What was agreed with a client: markup and discount in hundredths of a percent, from an instant on.
struct Agreed {
    client: String,
    terms: Vec<(Timestamp, u64, u64)>,
}

impl Agreed {
    fn factor(&self, at: Timestamp) -> i128 {
        let known = self.terms.iter().rev().find(|(from, ..)| *from <= at).unwrap();
        i128::from(10_000 + known.1) * i128::from(10_000 - known.2)
    }

    fn to_json(&self) -> Value {
        let percent = |points: u64| format!("{}.{:02} %", points / 100, points % 100);
        let terms = self.terms.iter().enumerate().map(|(index, (from, markup, discount))| {
            let mut terms = json!({ "markup": percent(*markup), "discount": percent(*discount) });
            if index > 0 {
                terms["from"] = json!(from.to_string());
            }
            if let Some((until, ..)) = self.terms.get(index + 1) {
                terms["until"] = json!(until.to_string());
            }
            terms
        });
        json!({ "client": self.client, "terms": terms.collect::<Vec<_>>() })
    }
}

fn agreed(chance: &mut Chance) -> Vec<Agreed> {
    let client = |number: usize| {
        let (mut from, mut terms) = (Timestamp::MIN, Vec::new());
        for _ in 0..=chance.below(4) {
            terms.push((from, chance.below(20_000), chance.below(5_000)));
            let start: Timestamp = START.parse().unwrap();
            let last = if from == Timestamp::MIN { start } else { from };
            // Most changes lie inside of an hour, where sums of an hour alone would be wrong.
            from = last.plus(Duration::from_micros(1 + chance.below(4_000_000_000)));
        }
        Agreed { client: format!("client-{number}"), terms }
    };
    (0..3).map(client).collect()
}

fn policy(agreed: &[Agreed], limit: &str) -> Policy {
    Policy::from_any(json!({
        "budgets": [
            { "name": "each", "match": "everything", "per": "client", "limit": limit, "basis": "price", "period": "day" },
            { "name": "all", "match": "everything", "limit": "2", "basis": "price", "period": "rolling 6 hours" },
            { "name": "cost", "match": "everything", "limit": "100", "period": "month" },
        ],
        "clients": agreed.iter().map(Agreed::to_json).collect::<Vec<_>>(),
        "prices": { "overrides": [{ "provider": "p", "model": "m", "output_mtok": "1", "input_mtok": "1" }] },
    }))
    .unwrap()
}

fn open(path: &Path, policy: Policy, clock: &Arc<ManualClock>) -> Bursar {
    Bursar::builder().policy(policy).clock(Arc::clone(clock)).resource_attributes("").open(path).unwrap()
}

/// One call that was settled: which client, when it was reserved and what it cost.
type Booked = (usize, Timestamp, Money);

/// Reserves and settles; gives what was booked.
fn call(bursar: &Bursar, agreed: &[Agreed], (client, pico, part): (usize, u64, u64)) -> Option<Booked> {
    let scope = bursar.scope(&[("client", &agreed[client].client)]).unwrap();
    let model = bursar.model(None, "m").unwrap();
    let tokens = pico / 1_000_000;
    let decision = bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(tokens)).unwrap();
    let Decision::Admitted(hold) = decision else { return None };
    let cost = Money::from_pico(hold.bound().pico() * i128::from(part) / 1_000 - i128::from(part > 0));
    bursar.settle(&hold, Settlement::cost(cost)).unwrap();
    Some((client, hold.reserved_at(), cost))
}

/// The prices of what was booked in a row's window, to a pico, rounded up as a status tells spend.
fn spent(row: &BudgetStatus, booked: &[Booked], agreed: &[Agreed]) -> Money {
    let is_own = |(client, at, _): &&Booked| {
        (row.instance.is_empty() || row.instance[0] == agreed[*client].client) && row.window.contains(*at)
    };
    let own = booked.iter().filter(is_own);
    let factor =
        |client: usize, at| if row.basis == BudgetBasis::Price { agreed[client].factor(at) } else { PARTS };
    let sum: i128 = own.map(|(client, at, cost)| cost.pico() * factor(*client, *at)).sum();
    Money::from_pico(sum.div_euclid(PARTS) + i128::from(sum.rem_euclid(PARTS) != 0))
}

fn check(bursar: &Bursar, booked: &[Booked], agreed: &[Agreed], seed: u64) {
    for row in bursar.budgets() {
        assert_eq!(row.spent, spent(&row, booked, agreed), "seed {seed}: {row:?}");
        assert!(row.spent + row.held + row.remaining == row.limit, "seed {seed}: {row:?}");
        assert!(row.spent <= row.limit, "seed {seed}: {row:?}");
    }
}

#[test]
fn prices_of_all_that_was_admitted_stay_within_the_limit_and_a_ledger_opened_again_has_the_same() {
    for seed in 0..12 {
        let mut chance = Chance::new(seed);
        let agreed = agreed(&mut chance);
        let (folder, clock) =
            (tempfile::tempdir().unwrap(), Arc::new(ManualClock::new(START.parse().unwrap())));
        let path = folder.path().join("ledger.db");
        let mut bursar = open(&path, policy(&agreed, "1"), &clock);
        let (mut booked, mut refused) = (Vec::new(), 0);
        for _ in 0..150 {
            clock.advance(Duration::from_micros(chance.below(400_000_000)));
            let client = usize::try_from(chance.below(3)).unwrap();
            let what = (client, 1_000_000 + chance.below(60_000_000_000), chance.below(1_001));
            match call(&bursar, &agreed, what) {
                Some(call) => booked.push(call),
                None => refused += 1,
            }
            if chance.below(25) == 0 {
                let before = bursar.budgets();
                drop(bursar);
                bursar = open(&path, policy(&agreed, "1"), &clock);
                let told = |rows: Vec<BudgetStatus>| {
                    let filled = rows.into_iter().filter(|row| row.spent > Money::ZERO);
                    filled
                        .map(|row| (row.name, row.instance, row.spent, row.held, row.remaining, row.state))
                        .collect::<Vec<_>>()
                };
                assert_eq!(told(before), told(bursar.budgets()), "seed {seed}");
            }
        }
        check(&bursar, &booked, &agreed, seed);
        assert!(booked.len() > 30 && refused > 0, "seed {seed}: {} calls, {refused} refusals", booked.len());
        assert_eq!(bursar.verify().unwrap(), [], "seed {seed}");
    }
}

#[test]
fn threads_that_spend_on_one_client_never_pass_what_it_pays() {
    for seed in 0..4 {
        let mut chance = Chance::new(100 + seed);
        let agreed = agreed(&mut chance);
        let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
        let builder = Bursar::builder().policy(policy(&agreed, "0.37")).clock(Arc::clone(&clock));
        let bursar = builder.resource_attributes("").in_memory().unwrap();
        let (booked, refused) = (Mutex::new(Vec::new()), Mutex::new(0));
        std::thread::scope(|threads| {
            for thread in 0..8 {
                let (bursar, booked, refused, agreed) = (&bursar, &booked, &refused, &agreed);
                threads.spawn(move || {
                    let mut chance = Chance::new(seed * 8 + thread);
                    for _ in 0..60 {
                        let client = usize::try_from(chance.below(3)).unwrap();
                        let what =
                            (client, 1_000_000 + chance.below(20_000_000_000), 500 + chance.below(501));
                        match call(bursar, agreed, what) {
                            Some(call) => booked.lock().unwrap().push(call),
                            None => *refused.lock().unwrap() += 1,
                        }
                    }
                });
            }
        });
        check(&bursar, &booked.lock().unwrap(), &agreed, seed);
        assert!(*refused.lock().unwrap() > 0, "seed {seed} fills no budget");
        assert_eq!(bursar.verify().unwrap(), [], "seed {seed}");
    }
}

/// A policy with one client on these terms, and a budget of a dollar of what it pays.
fn one_client(terms: &Value) -> Policy {
    Policy::from_any(json!({
        "budgets": [
            { "name": "acme", "match": { "client": "acme" }, "limit": "1", "basis": "price", "period": "month" },
        ],
        "clients": [{ "client": "acme", "terms": terms }],
        "prices": { "overrides": [{ "provider": "p", "model": "m", "output_mtok": "1", "input_mtok": "1" }] },
    }))
    .unwrap()
}

fn in_memory(policy: Policy) -> Result<Bursar> {
    let clock = ManualClock::new(START.parse().unwrap());
    Bursar::builder().policy(policy).clock(clock).resource_attributes("").in_memory()
}

#[test]
fn spend_on_price_is_what_the_client_is_billed_for_usage() {
    let terms = json!([
        { "until": "2026-11-05", "markup": "12.5 %" },
        { "from": "2026-11-05", "markup": "20 %", "discount": "5 %", "fee": "100", "minimum": "500" },
    ]);
    let bursar = in_memory(one_client(&terms)).unwrap();
    let agreed = [Agreed { client: "acme".to_owned(), terms: vec![(Timestamp::MIN, 2_000, 500)] }];
    for pico in [125_000_000_000, 250_000_000_000] {
        assert!(call(&bursar, &agreed, (0, pico, 1_000)).is_some());
    }
    let statement = bursar.client_statement(&ClientRequest::new("acme").named("2026-11")).unwrap();
    let of_usage = [ClientLineKind::Usage, ClientLineKind::Discount];
    let lines = statement.lines.iter().filter(|line| of_usage.contains(&line.kind));
    let billed: Money = lines.map(|line| line.amount).sum();
    let row = &bursar.budgets()[0];
    // An eighth of a dollar and a quarter, a pico less each, at 1.2 less a twentieth, told rounded up.
    assert_eq!(row.spent.to_string(), "0.427499999998");
    let apart = row.spent - billed;
    assert!(Money::ZERO <= apart && apart <= Money::from_pico(1), "{} and {billed}", row.spent);
    assert!(statement.total > row.spent, "a minimum is no price of a call");
}

#[test]
fn a_price_list_is_in_the_way_only_of_windows_that_are_needed_still() {
    let list = |until: &str| {
        let prices = json!([{ "model": "m", "output_mtok": "2", "input_mtok": "2" }]);
        json!([{ "until": until, "prices": prices }, { "from": until, "markup": 50 }])
    };
    // A window and the one before it are remembered.
    let bursar = in_memory(one_client(&list("2026-10-01"))).unwrap();
    let error = in_memory(one_client(&list("2026-11-10T12:00:00Z"))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BudgetInvalid);
    assert_eq!(
        error.message(),
        "budget `acme` counts what its calls are billed at, and the terms of the client `acme` until \
         2026-11-10T12:00:00Z have a price list: a call's price is no fixed part of its cost then"
    );
    let error = bursar.apply(one_client(&list("2026-11-01"))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BudgetInvalid);
    let agreed = [Agreed { client: "acme".to_owned(), terms: vec![(Timestamp::MIN, 5_000, 0)] }];
    assert!(call(&bursar, &agreed, (0, 666_666_000_000, 0)).is_some());
    assert!(call(&bursar, &agreed, (0, 666_667_000_000, 0)).is_none());
}

//! The engine on real ledgers: what is committed is there again, and what is there adds up.

mod allocating;
mod closing_periods;
mod invoices;
mod previewing;
pub(super) mod scene;
mod virtual_tags;

use crate::*;
use std::{sync::Arc, time::Duration};

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-11-10T12:00:00Z".parse().unwrap()))
}

fn budget(name: &str, selector: &str, limit: &str, period: Period) -> Budget {
    let selector = if selector.is_empty() { Selector::everything() } else { selector.parse().unwrap() };
    let calendar = Calendar::new(period, "UTC").unwrap();
    Budget::new(BudgetOptions::new(name, selector, usd(limit), calendar)).unwrap()
}

/// Half a dollar for a million input tokens, one for a million output tokens.
fn policy() -> Policy {
    let price =
        r#"{ "provider": "private", "model": "test-model", "input_mtok": "0.5", "output_mtok": "1" }"#;
    Policy::new()
        .with_prices([serde_json::from_str(price).unwrap()])
        .with_budget(budget("all", "", "10", Period::Month))
        .with_budget(budget("marketing", "team = \"marketing\"", "1", Period::Day))
}

fn open(path: &std::path::Path, clock: &Arc<ManualClock>) -> Bursar {
    Bursar::builder().policy(policy()).clock(Arc::clone(clock)).resource_attributes("").open(path).unwrap()
}

fn usage(input: u64, output: u64) -> Usage {
    Usage::new().with(Dimension::InputUncached, input).with(Dimension::Output, output)
}

fn reserve(bursar: &Bursar, team: &str, output: u64) -> Decision {
    let scope = bursar.scope(&[("team", team)]).unwrap();
    let model = bursar.model(None, "test-model").unwrap();
    bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(output)).unwrap()
}

fn admit(bursar: &Bursar, team: &str, output: u64) -> Hold {
    match reserve(bursar, team, output) {
        Decision::Admitted(hold) => hold,
        refusal => panic!("{refusal}"),
    }
}

fn row(bursar: &Bursar, name: &str) -> BudgetStatus {
    bursar.budgets().into_iter().find(|row| &*row.name == name).unwrap()
}

#[test]
fn a_ledger_that_is_opened_again_stands_where_it_stood() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, &clock);
    let spent = admit(&bursar, "marketing", 300_000);
    bursar.settle(&spent, &usage(100_000, 200_000)).unwrap();
    let open_hold = admit(&bursar, "marketing", 100_000);
    let before = bursar.budgets();
    assert_eq!((row(&bursar, "all").spent, row(&bursar, "all").held), (usd("0.25"), usd("0.1")));
    assert_eq!(bursar.verify().unwrap(), []);
    drop(bursar);

    let bursar = open(&path, &clock);
    assert_eq!(bursar.budgets(), before);
    assert_eq!(bursar.verify().unwrap(), []);
    bursar.settle(&open_hold, &usage(0, 50_000)).unwrap();
    assert_eq!((row(&bursar, "marketing").spent, row(&bursar, "marketing").held), (usd("0.3"), Money::ZERO));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_hold_that_expires_while_nobody_is_there_is_spend_when_the_ledger_is_opened() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, &clock);
    let _lost = admit(&bursar, "data", 100_000);
    drop(bursar);
    clock.advance(Duration::from_hours(1));
    let bursar = open(&path, &clock);
    assert_eq!((row(&bursar, "all").spent, row(&bursar, "all").held), (usd("0.1"), Money::ZERO));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, &clock);
    bursar.settle(&admit(&bursar, "data", 100), &usage(0, 100)).unwrap();
    let error = Bursar::builder().open(&path).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LedgerInUse);
    assert_eq!(error.message(), format!("the ledger `{}` is open for writing elsewhere", path.display()));
    let mut seen = 0;
    let mut reader = SqliteStore::read(&path).unwrap();
    reader
        .entries(1, &mut |_, _| {
            seen += 1;
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, 2);
}

#[test]
fn sixty_four_threads_never_overspend_a_budget() {
    let bursar = Bursar::builder().policy(policy()).clock(clock()).in_memory().unwrap();
    let outcomes: Vec<bool> = std::thread::scope(|threads| {
        let calls: Vec<_> = (0..64)
            .map(|_| {
                threads.spawn(|| match reserve(&bursar, "marketing", 100_000) {
                    Decision::Admitted(hold) => bursar.settle(&hold, &usage(0, 100_000)).is_ok(),
                    _ => false,
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|admitted| **admitted).count(), 10);
    assert_eq!(row(&bursar, "marketing").spent, usd("1"));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_policy_is_applied_whole_and_keeps_the_spend() {
    let bursar = Bursar::builder().policy(policy()).clock(clock()).in_memory().unwrap();
    bursar.settle(&admit(&bursar, "marketing", 500_000), &usage(0, 500_000)).unwrap();
    let hold = admit(&bursar, "marketing", 100_000);
    let weekly = Period::Week { first: Weekday::Monday };
    let edited = policy().with_budget(budget("week", "team = \"marketing\"", "2", weekly));
    bursar.apply(edited).unwrap();
    assert_eq!((row(&bursar, "week").spent, row(&bursar, "week").held), (usd("0.5"), usd("0.1")));
    bursar.settle(&hold, &usage(0, 100_000)).unwrap();
    assert_eq!(row(&bursar, "week").spent, usd("0.6"));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_call_under_way_is_settled_at_the_prices_in_force() {
    let bursar = Bursar::builder().policy(policy()).clock(clock()).in_memory().unwrap();
    let hold = admit(&bursar, "marketing", 100_000);
    let dearer =
        r#"{ "provider": "private", "model": "test-model", "input_mtok": "0.5", "output_mtok": "2" }"#;
    bursar.apply(Policy { prices: vec![serde_json::from_str(dearer).unwrap()], ..policy() }).unwrap();
    let settled = bursar.settle(&hold, &usage(0, 100_000)).unwrap();
    assert_eq!((settled.cost, settled.is_overrun), (usd("0.2"), true));
    let version = bursar.prices().version().to_string();
    let entry = bursar.entry(settled.entry).unwrap();
    let named = entry.price_version.and_then(|symbol| {
        bursar.with_machine(|machine| machine.dictionary().text(symbol).map(str::to_owned))
    });
    assert_eq!(named, Some(version), "an entry names the prices that it was made with");
}

#[test]
fn a_correction_is_a_new_entry_and_closed_books_stay_closed() {
    let clock = clock();
    let bursar = Bursar::builder().policy(policy()).clock(Arc::clone(&clock)).in_memory().unwrap();
    let settled = bursar.settle(&admit(&bursar, "data", 500_000), &usage(0, 500_000)).unwrap();
    bursar.adjust(settled.entry, usd("-0.1"), "the provider's invoice says 0.4").unwrap();
    assert_eq!(row(&bursar, "all").spent, usd("0.4"));
    clock.set("2026-12-02T00:00:00Z".parse().unwrap());
    bursar.close_until("2026-12-01T00:00:00Z".parse().unwrap()).unwrap();
    let late = bursar.adjust(settled.entry, usd("0.05"), "credit withdrawn").unwrap();
    assert_eq!(bursar.entry(late).unwrap().effective_at, clock.now());
    assert_eq!(row(&bursar, "all").spent, usd("0.05"));
    assert_eq!(bursar.verify().unwrap(), []);
}

/// The same policy with a second, cheaper model, which half of the budget's spend sends calls to.
fn policy_with_cheaper(name: &str) -> Policy {
    let price = r#"{ "provider": "private", "model": "cheap", "input_mtok": "0.1", "output_mtok": "0.2" }"#;
    let downgrade = Action::Throttle(Throttle::Downgrade { to: name.into() });
    let mut options = budget("data", "team = \"data\"", "1", Period::Day).options().clone();
    options.steps.push(Step { trigger: Trigger::Spend { percent: 50 }, action: downgrade });
    policy().with_prices([serde_json::from_str(price).unwrap()]).with_budget(Budget::new(options).unwrap())
}

#[test]
fn a_cheaper_model_may_be_named_in_short_and_is_answered_in_full() {
    for name in ["cheap", "private/cheap"] {
        let bursar = Bursar::builder().policy(policy()).clock(clock()).in_memory().unwrap();
        bursar.apply(policy_with_cheaper(name)).unwrap();
        bursar.settle(&admit(&bursar, "data", 500_000), &usage(0, 500_000)).unwrap();
        let Decision::Throttled(throttled) = reserve(&bursar, "data", 1_000) else { panic!("{name}") };
        assert_eq!(throttled.downgrade_to.as_deref(), Some("private/cheap"));
        assert_eq!(bursar.verify().unwrap(), []);
    }
}

#[test]
fn an_unknown_cheaper_model_is_refused_with_its_budget() {
    let error = Bursar::builder().policy(policy_with_cheaper("chaep")).in_memory().unwrap_err();
    assert_eq!(error.code(), ErrorCode::ModelUnknown);
    assert!(error.message().starts_with("budget `data` sends calls to a cheaper model: "), "{error}");
    let bursar = Bursar::builder().policy(policy()).clock(clock()).in_memory().unwrap();
    let error = bursar.apply(policy_with_cheaper("chaep")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ModelUnknown);
    assert_eq!(bursar.policy().budgets().len(), 2);
}

#[test]
fn prices_are_loaded_while_calls_run_and_a_slip_of_the_decimal_point_is_refused() {
    let bursar = Bursar::builder().policy(policy()).clock(clock()).in_memory().unwrap();
    let hold = admit(&bursar, "marketing", 100_000);
    let book = |price: &str| {
        let text = format!(
            "format = 1\ndate = \"2026-11-24\"\n[[models]]\nprovider = \"new\"\nmodel = \"new-model\"\n\
             input_mtok = \"{price}\""
        );
        PriceBook::parse(&text).unwrap().to_bytes()
    };
    let before = bursar.prices().version();
    let version = bursar.load_prices(&book("1"), PriceMoves::default()).unwrap();
    assert!(version != before && version == bursar.prices().version());
    assert_eq!(
        bursar.settle(&hold, &usage(0, 100_000)).unwrap().cost,
        usd("0.1"),
        "the policy's own price stays"
    );
    let error = bursar.load_prices(&book("100"), PriceMoves::default()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PriceBookInvalid);
    assert!(error.message().contains("`new/new-model` input_uncached 0.000001 -> 0.0001"), "{error}");
    assert_eq!(bursar.prices().version(), version, "the old prices stay");
    assert!(bursar.load_prices(&book("100"), PriceMoves::Any).is_ok());
    let mut damaged = book("1");
    if let Some(byte) = damaged.last_mut() {
        *byte ^= 1;
    }
    assert!(bursar.load_prices(&damaged, PriceMoves::Any).is_err());
    // Another policy leaves the loaded book in force.
    bursar.apply(policy()).unwrap();
    assert!(bursar.model(Some("new"), "new-model").is_ok());
}

/// A call of a bundled model, held without a budget in the way.
fn asked(bursar: &Bursar, model: &str) -> Hold {
    let (scope, model) = (bursar.scope(&[("team", "data")]).unwrap(), bursar.model(None, model).unwrap());
    match bursar.reserve(&scope, &Call::new(&model, 1_000).max_output_tokens(400)).unwrap() {
        Decision::Admitted(hold) => hold,
        refusal => panic!("{refusal}"),
    }
}

#[test]
fn an_answer_is_booked_by_what_served_it_and_never_as_nothing() {
    let bursar = Bursar::builder().clock(clock()).resource_attributes("").in_memory().unwrap();
    let settle = |hold: &Hold, api, body: &str| {
        bursar.settle_answer(hold, &Answer::read(api, body.as_bytes(), "application/json"))
    };

    let flex = asked(&bursar, "gpt-5-mini");
    let body = r#"{ "model": "gpt-5-mini-2025-08-07", "service_tier": "flex", "choices": [{ "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100 } }"#;
    assert_eq!(settle(&flex, Api::Chat, body).unwrap().unwrap().cost, usd("0.000225"));
    assert!(settle(&flex, Api::Chat, body).unwrap().unwrap().is_replay);

    let silent = asked(&bursar, "gpt-5-mini");
    let body = r#"{ "model": "gpt-5-mini", "choices": [{ "finish_reason": "stop" }] }"#;
    assert_eq!(settle(&silent, Api::Chat, body).unwrap(), None);
    assert_eq!(bursar.hold(silent.id()).unwrap().state, HoldState::Unresolved);

    let wrong = asked(&bursar, "gpt-5-mini");
    let body = r#"{ "model": "gpt-5-mini", "choices": [{ "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11,
                   "prompt_tokens_details": { "cached_tokens": 100 } } }"#;
    assert_eq!(settle(&wrong, Api::Chat, body).unwrap_err().code(), ErrorCode::UsageInvalid);
    assert_eq!(bursar.hold(wrong.id()).unwrap().state, HoldState::Open);
}

#[test]
fn another_model_within_an_answer_is_booked_at_its_own_price() {
    let bursar = Bursar::builder().clock(clock()).resource_attributes("").in_memory().unwrap();
    let hold = asked(&bursar, "claude-sonnet-4-5");
    let body = r#"{ "type": "message", "model": "claude-sonnet-4-5-20250929", "stop_reason": "end_turn",
        "usage": { "input_tokens": 1000, "output_tokens": 100, "iterations": [
            { "type": "message", "input_tokens": 1000, "output_tokens": 100 },
            { "type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 1000, "output_tokens": 100 } ] } }"#;
    let answer = Answer::read(Api::Messages, body.as_bytes(), "application/json");
    assert_eq!(answer.others().len(), 1, "{answer:?}");
    let both = bursar.settle_answer(&hold, &answer).unwrap().unwrap();
    // 1,000 at 3 and 100 at 15 USD a million, then 1,000 at 5 and 100 at 25.
    assert_eq!(both.cost, usd("0.012"));
}

fn amount(bursar: &Bursar, amount: &Amount<'_>) -> Decision {
    bursar.reserve_amount(&bursar.scope(&[("team", "marketing")]).unwrap(), amount).unwrap()
}

#[test]
fn an_amount_is_held_and_settled_like_a_call() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, &clock);
    let decision = amount(&bursar, &Amount::new("tavily/search", usd("0.6")));
    let Decision::Admitted(hold) = decision else { panic!("{decision}") };
    assert_eq!((hold.bound(), row(&bursar, "marketing").held), (usd("0.6"), usd("0.6")));
    let Decision::Exceeded(refusal) = amount(&bursar, &Amount::new("tavily/search", usd("0.5"))) else {
        panic!("half a dollar doesn't fit beside it")
    };
    assert_eq!((refusal.remaining, refusal.bound), (usd("0.4"), usd("0.5")));
    assert_eq!(refusal.affordable_output_tokens, 0);
    drop(bursar);
    // What was held before the program ended is settled after it, under its own name.
    let bursar = open(&path, &clock);
    assert_eq!(row(&bursar, "marketing").held, usd("0.6"));
    bursar.settle(&hold, Settlement::cost(usd("0.008"))).unwrap();
    let marketing = row(&bursar, "marketing");
    assert_eq!((marketing.spent, marketing.held), (usd("0.008"), Money::ZERO));
    assert!(bursar.verify().unwrap().is_empty());
}

#[test]
fn an_amount_may_turn_out_to_be_the_usage_of_a_model_and_else_is_no_usage() {
    let (_folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let bursar = Bursar::builder().policy(policy()).clock(clock).resource_attributes("").in_memory().unwrap();
    let decision = amount(&bursar, &Amount::new("an agent", usd("1")));
    let hold = *decision.hold().unwrap();
    let fault = bursar.settle(&hold, &usage(0, 100)).unwrap_err();
    assert_eq!(fault.code(), ErrorCode::ModelUnpriced);
    let model = bursar.model(None, "test-model").unwrap();
    let settled = bursar.settle(&hold, Settlement::new(&usage(0, 100_000)).model(&model)).unwrap();
    assert_eq!(settled.cost, usd("0.1"));
}

#[test]
fn a_key_gives_the_same_amount_again_and_no_other() {
    let bursar =
        Bursar::builder().policy(policy()).clock(clock()).resource_attributes("").in_memory().unwrap();
    let first = amount(&bursar, &Amount::new("tavily/search", usd("0.6")).key("search-1"));
    let again = amount(&bursar, &Amount::new("tavily/search", usd("0.6")).key("search-1"));
    assert_eq!(first.hold().unwrap().id(), again.hold().unwrap().id());
    let scope = bursar.scope(&[("team", "marketing")]).unwrap();
    let fault = bursar.reserve_amount(&scope, &Amount::new("tavily/search", usd("0.2")).key("search-1"));
    assert_eq!(fault.unwrap_err().code(), ErrorCode::KeyConflict);
    let fault = bursar.reserve_amount(&scope, &Amount::new("tavily/search", usd("-1"))).unwrap_err();
    assert_eq!(fault.code(), ErrorCode::MoneyInvalid);
}

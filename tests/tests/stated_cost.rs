//! A cost that the provider states, and ours: the policy says which is booked, the entry keeps the other one beside it,
//! and the ledger adds up either way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{
    Answer, Api, Bursar, Call, Decision, Dimension, Entry, EntryLine, ErrorCode, Hold, HoldState,
    ManualClock, Money, Period, Policy, Settled, Settlement, SqliteStore, StatedCost, Store, Usage,
};
use bursar_tests::{
    Chance,
    scene::{budget, clock, output, priced, row, usd},
};
use std::{ops::ControlFlow, path::Path, sync::Arc, time::Duration};

const STATED: StatedCost = StatedCost::Instead;
/// A million output tokens of the scene's model cost a dollar.
const MODEL: &str = "test-model";

fn policy(choice: StatedCost) -> Policy {
    priced().with_budget(budget("all", "", "10", Period::Month)).with_stated_cost(choice)
}

fn open(path: &Path, choice: StatedCost, clock: &Arc<ManualClock>) -> Bursar {
    Bursar::builder()
        .policy(policy(choice))
        .clock(Arc::clone(clock))
        .resource_attributes("")
        .open(path)
        .unwrap()
}

fn in_memory(choice: StatedCost) -> Bursar {
    open(Path::new(":memory:"), choice, &clock())
}

fn held(bursar: &Bursar, provider: Option<&str>, model: &str) -> Hold {
    let (scope, model) = (bursar.scope(&[("team", "data")]).unwrap(), bursar.model(provider, model).unwrap());
    match bursar.reserve(&scope, &Call::new(&model, 1_000).max_output_tokens(400)).unwrap() {
        Decision::Admitted(hold) => hold,
        refusal => panic!("{refusal}"),
    }
}

fn answer(body: &str) -> Answer {
    Answer::read(Api::Chat, body.as_bytes(), "application/json")
}

/// An answer of the scene's model with 100 tokens of output, which cost 0.0001 USD, and a stated cost.
fn told(cost: &str) -> Answer {
    answer(&format!(
        r#"{{"model": "{MODEL}", "choices": [{{"finish_reason": "stop"}}],
            "usage": {{"prompt_tokens": 0, "completion_tokens": 100, "total_tokens": 100, "cost": {cost}}}}}"#
    ))
}

fn settle(bursar: &Bursar, answer: &Answer) -> Settled {
    bursar.settle_answer(&held(bursar, None, MODEL), answer).unwrap().unwrap()
}

/// An entry with its lines, as a file tells them.
fn written(path: &Path, seq: u64) -> (Entry, Vec<EntryLine>) {
    let mut found = None;
    let mut store = SqliteStore::read(path).unwrap();
    let visit = &mut |entry: &Entry, lines: &[EntryLine]| {
        found = Some((entry.clone(), lines.to_vec()));
        ControlFlow::Break(())
    };
    store.entries(seq, visit).unwrap();
    found.unwrap()
}

#[test]
fn what_isn_t_booked_is_kept_beside() {
    for (choice, booked, beside) in [
        (StatedCost::Beside, "0.0001", "0.00025"),
        (StatedCost::Missing, "0.0001", "0.00025"),
        (StatedCost::Instead, "0.00025", "0.0001"),
    ] {
        let bursar = in_memory(choice);
        let settled = settle(&bursar, &told("0.00025"));
        let entry = bursar.entry(settled.entry).unwrap();
        let is_stated = choice == StatedCost::Instead;
        assert_eq!(
            (settled.cost, settled.beside, settled.is_stated),
            (usd(booked), Some(usd(beside)), is_stated)
        );
        assert_eq!(
            (entry.amount, entry.beside, entry.is_stated),
            (usd(booked), Some(usd(beside)), is_stated)
        );
        assert!(entry.price_version.is_some(), "our price is known either way");
        assert_eq!(row(&bursar, "all").spent, usd(booked));
        assert_eq!(bursar.verify().unwrap(), []);
    }
}

#[test]
fn without_a_stated_cost_ours_is_booked_and_nothing_is_beside() {
    for choice in [StatedCost::Beside, StatedCost::Missing, StatedCost::Instead] {
        let settled = settle(&in_memory(choice), &told("null"));
        assert_eq!((settled.cost, settled.beside, settled.is_stated), (usd("0.0001"), None, false));
    }
}

/// Answers whose price we can't tell, each with what is wrong.
fn unpriced() -> [(&'static str, ErrorCode, Answer); 3] {
    let body = |more: &str, usage: &str| {
        answer(&format!(
            r#"{{"model": "{MODEL}", {more} "choices": [{{"finish_reason": "stop"}}],
                "usage": {{"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.007, {usage}}}}}"#
        ))
    };
    [
        (
            "a tier",
            ErrorCode::TierUnknown,
            body(r#""service_tier": "provisioned","#, r#""total_tokens": 15"#),
        ),
        (
            "a search",
            ErrorCode::DimensionUnpriced,
            body("", r#""server_tool_use_details": {"web_search_requests": 1}"#),
        ),
        (
            "contradicting counts",
            ErrorCode::UsageInvalid,
            body("", r#""completion_tokens_details": {"reasoning_tokens": 6}"#),
        ),
    ]
}

#[test]
fn where_our_price_is_missing_the_stated_cost_is_booked_only_by_choice() {
    for (what, code, answer) in unpriced() {
        let bursar = in_memory(StatedCost::Beside);
        let hold = held(&bursar, None, MODEL);
        assert_eq!(bursar.settle_answer(&hold, &answer).unwrap_err().code(), code, "{what}");
        assert_eq!(bursar.hold(hold.id()).unwrap().state, HoldState::Open, "{what}");
        for choice in [StatedCost::Missing, StatedCost::Instead] {
            let bursar = in_memory(choice);
            let settled = settle(&bursar, &answer);
            assert_eq!(
                (settled.cost, settled.beside, settled.is_stated),
                (usd("0.007"), None, true),
                "{what}"
            );
            assert_eq!(bursar.entry(settled.entry).unwrap().price_version, None, "{what}");
            assert_eq!(bursar.verify().unwrap(), [], "{what}");
        }
    }
}

#[test]
fn usage_without_a_price_is_told_beside_the_stated_cost() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, StatedCost::Missing, &clock);
    let [_, (_, _, searched), (_, _, wrong)] = unpriced();
    let (searched, wrong) = (settle(&bursar, &searched).entry, settle(&bursar, &wrong).entry);
    let line = |dimension, quantity| EntryLine { dimension, quantity, amount: Money::ZERO, rate: None };
    let lines =
        [line(Dimension::InputUncached, 10), line(Dimension::Output, 5), line(Dimension::WebSearches, 1)];
    assert_eq!(written(&path, searched).1, lines);
    assert_eq!(written(&path, wrong).1, [], "counts that contradict each other tell nothing");
}

#[test]
fn an_answer_that_was_cut_off_states_no_cost_of_the_whole() {
    let bursar = in_memory(STATED);
    let hold = held(&bursar, None, MODEL);
    let stream = format!(
        "data: {{\"model\": \"{MODEL}\", \"choices\": [{{\"delta\": {{}}}}], \"usage\": {{\"prompt_tokens\": 9, \
         \"completion_tokens\": 1, \"total_tokens\": 10, \"cost\": 0.001}}}}\n\n"
    );
    let answer = Answer::read(Api::Chat, stream.as_bytes(), "text/event-stream");
    assert_eq!(answer.stated_cost().unwrap().to_string(), "0.001");
    assert_eq!(bursar.settle_answer(&hold, &answer).unwrap(), None);
    assert_eq!(bursar.hold(hold.id()).unwrap().state, HoldState::Unresolved);
}

#[test]
fn work_that_the_usage_leaves_out_is_booked_by_the_stated_cost_or_unresolved() {
    let body = answer(&format!(
        r#"{{"model": "{MODEL}", "choices": [{{"finish_reason": "stop"}}], "usage": {{"prompt_tokens": 900,
            "completion_tokens": 69, "total_tokens": 969, "cost": 0.0160614, "cost_details": {{
            "upstream_inference_prompt_cost": 0.000135, "upstream_inference_completions_cost": 0.0000414}}}}}}"#
    ));
    let bursar = in_memory(StatedCost::Beside);
    assert_eq!(bursar.settle_answer(&held(&bursar, None, MODEL), &body).unwrap(), None);
    assert_eq!(settle(&in_memory(StatedCost::Missing), &body).cost, usd("0.0160614"));
}

/// Lines of a stated cost are its parts in the proportion of ours, to the last pico.
#[test]
fn the_lines_of_a_stated_cost_sum_to_it() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, STATED, &clock);
    let mut chance = Chance::new(7);
    for _ in 0..200 {
        let (input, output) = (chance.below(1_000), chance.below(400));
        let usage = Usage::new().with(Dimension::InputUncached, input).with(Dimension::Output, output);
        let stated = Money::from_pico(i128::from(chance.below(1_000_000_000)));
        let settlement = Settlement::new(&usage).stated_cost(stated);
        let settled = bursar.settle(&held(&bursar, None, MODEL), settlement).unwrap();
        let (entry, lines) = written(&path, settled.entry);
        assert_eq!((entry.amount, entry.is_stated), (stated, true));
        let own = Money::from_pico(i128::from(input) * 500_000 + i128::from(output) * 1_000_000);
        assert_eq!(entry.beside, Some(own));
        let sum: Money = lines.iter().map(|line| line.amount).sum();
        assert_eq!(sum, if own == Money::ZERO { Money::ZERO } else { stated }, "{usage:?}");
        for line in &lines {
            assert_eq!(line.quantity, usage.get(line.dimension));
        }
    }
    assert_eq!(bursar.verify().unwrap(), []);
    drop(bursar);
    assert_eq!(open(&path, StatedCost::Beside, &clock).verify().unwrap(), []);
}

#[test]
fn a_stated_cost_that_comes_late_books_the_difference() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, STATED, &clock);
    let (known, forgotten) = (held(&bursar, None, MODEL), held(&bursar, None, MODEL));
    clock.advance(Duration::from_hours(1));
    let late = bursar.settle_answer(&known, &told("0.0025")).unwrap().unwrap();
    assert!(late.is_late && late.is_overrun && late.is_stated);
    assert_eq!((late.cost, late.beside), (usd("0.0025"), Some(usd("0.0001"))));
    assert_eq!(bursar.entry(late.entry).unwrap().amount, usd("0.0025") - known.bound());
    assert!(bursar.settle_answer(&known, &told("0.0025")).unwrap().unwrap().is_replay);
    let other = bursar.settle_answer(&known, &told("0.0026")).unwrap_err();
    assert_eq!(other.code(), ErrorCode::HoldEnded);
    drop(bursar);
    // Another process has never heard of the hold, and reads the ledger.
    let bursar = open(&path, STATED, &clock);
    bursar.model(None, MODEL).unwrap();
    let usage = output(100);
    let settlement = Settlement::new(&usage).stated_cost(usd("0.0025"));
    let again = bursar.settle_by_id(forgotten.id(), &settlement).unwrap();
    assert!(again.is_late && again.is_stated && again.beside == Some(usd("0.0001")), "{again:?}");
    let (entry, lines) = written(&path, again.entry);
    assert_eq!((entry.beside, entry.is_stated, lines[0].amount), (Some(usd("0.0001")), true, usd("0.0025")));
    assert_eq!(row(&bursar, "all").spent, usd("0.005"));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_policy_changes_the_choice_while_calls_run_and_its_plan_says_so() {
    let bursar = in_memory(StatedCost::Beside);
    let next = policy(STATED);
    assert_eq!(bursar.policy().plan(&next).to_string(), "~ prices.stated_cost: beside -> instead");
    assert_eq!(settle(&bursar, &told("0.00025")).cost, usd("0.0001"));
    bursar.apply(next).unwrap();
    assert_eq!(settle(&bursar, &told("0.00025")).cost, usd("0.00025"));
}

#[test]
fn a_cost_below_zero_or_beyond_any_entry_is_refused() {
    let (bursar, usage) = (in_memory(StatedCost::Beside), output(1));
    let hold = held(&bursar, None, MODEL);
    for (stated, code) in [("-0.01", ErrorCode::UsageInvalid), ("1000001", ErrorCode::MoneyOverflow)] {
        let settlement = Settlement::new(&usage).stated_cost(usd(stated));
        assert_eq!(bursar.settle(&hold, settlement).unwrap_err().code(), code, "{stated}");
    }
    assert_eq!(bursar.hold(hold.id()).unwrap().state, HoldState::Open);
}

/// A free model that is passed on to another: recorded of OpenRouter, where it cost 0.00333825 USD.
#[test]
fn a_call_of_a_free_model_that_another_served_isn_t_free() {
    let bursar = in_memory(StatedCost::Beside);
    let hold = held(&bursar, Some("openrouter"), "deepseek/deepseek-r1:free");
    assert_eq!(hold.bound(), Money::ZERO);
    let body = r#"{"model": "x-ai/grok-4", "choices": [{"finish_reason": "stop"}], "usage": {"prompt_tokens": 687,
        "completion_tokens": 187, "total_tokens": 874, "cost": 0.00333825, "prompt_tokens_details": {"cached_tokens": 679},
        "completion_tokens_details": {"reasoning_tokens": 118}}}"#;
    let settled = bursar.settle_answer(&hold, &answer(body)).unwrap().unwrap();
    assert_eq!((settled.cost, settled.beside), (usd("0.00333825"), Some(usd("0.00333825"))));
    assert!(settled.is_overrun);
}

#[test]
fn the_view_for_people_shows_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, STATED, &clock());
    settle(&bursar, &told("0.00025"));
    settle(&bursar, &told("null"));
    drop(bursar);
    let database = rusqlite::Connection::open(&path).unwrap();
    let query = "SELECT amount_usd, beside_usd, is_stated FROM ledger WHERE kind = 'settle' ORDER BY seq";
    let mut query = database.prepare(query).unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let rows: Vec<(String, Option<String>, bool)> = rows.map(Result::unwrap).collect();
    let both = ("0.000250000000".to_owned(), Some("0.000100000000".to_owned()), true);
    assert_eq!(rows, [both, ("0.000100000000".to_owned(), None, false)]);
}

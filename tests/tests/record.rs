//! Calls that have happened already, in ledgers that are verified and opened again.

#![allow(clippy::unwrap_used, reason = "a test that can't go on shall stop where it stands")]

use bursar::{
    Answer, Api, Bursar, Call, EntryKind, ErrorCode, Hold, HoldState, ManualClock, Money, Settled,
    Settlement, SqliteStore, Store,
};
use bursar_tests::scene::{admit, clock, output, policy, row, usd};
use std::{ops::ControlFlow, path::Path, sync::Arc};

fn open(path: &Path, clock: &Arc<ManualClock>) -> Bursar {
    let builder = Bursar::builder().policy(policy()).clock(Arc::clone(clock));
    builder.resource_attributes("").open(path).unwrap()
}

fn record(bursar: &Bursar, tokens: u64, key: &str) -> bursar::Result<Settled> {
    let scope = bursar.scope(&[("team", "marketing")])?;
    let model = bursar.model(None, "test-model")?;
    bursar.record(&scope, &Call::new(&model, 0).key(key), &output(tokens))
}

#[test]
fn a_recorded_call_is_in_the_ledger_once_also_when_it_is_opened_again() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, &clock);
    let first = record(&bursar, 300_000, "span-1").unwrap();
    assert_eq!((first.cost, first.bound, first.is_overrun), (usd("0.3"), usd("0.3"), false));
    assert_eq!(bursar.verify().unwrap(), []);
    drop(bursar);

    let bursar = open(&path, &clock);
    let again = record(&bursar, 300_000, "span-1").unwrap();
    assert_eq!((again.entry, again.cost, again.is_replay), (0, usd("0.3"), true));
    assert_eq!(record(&bursar, 1, "span-1").unwrap_err().code(), ErrorCode::HoldEnded);
    assert_eq!((row(&bursar, "marketing").spent, row(&bursar, "marketing").held), (usd("0.3"), Money::ZERO));
    assert_eq!(bursar.verify().unwrap(), []);
    drop(bursar);

    let mut kinds = Vec::new();
    let mut each = |entry: &bursar::Entry, _: &[bursar::EntryLine]| {
        kinds.push(entry.kind);
        ControlFlow::Continue(())
    };
    SqliteStore::read(&path).unwrap().entries(1, &mut each).unwrap();
    assert_eq!(kinds, [EntryKind::Reserve, EntryKind::Settle]);
}

#[test]
fn what_does_not_fit_is_a_named_overrun_and_the_next_call_is_refused() {
    let bursar = open(Path::new(":memory:"), &clock());
    let held = admit(&bursar, "marketing", 700_000);
    let over = record(&bursar, 500_000, "span-1").unwrap();
    assert_eq!((over.cost, over.bound, over.is_overrun), (usd("0.5"), usd("0.3"), true));
    let row_now = row(&bursar, "marketing");
    assert_eq!((row_now.spent, row_now.held, row_now.remaining), (usd("0.5"), usd("0.7"), Money::ZERO));
    bursar.settle(&held, &output(500_000)).unwrap();
    let decision = bursar_tests::scene::reserve(&bursar, "marketing", 1).unwrap();
    assert_eq!(decision.as_str(), "suspended");
    assert_eq!(bursar.verify().unwrap(), []);
}

/// A call whose cost nobody knows, of so many output tokens at most.
fn record_unresolved(bursar: &Bursar, tokens: u64, key: &str) -> bursar::Result<Hold> {
    let scope = bursar.scope(&[("team", "marketing")])?;
    let model = bursar.model(None, "test-model")?;
    bursar.record_unresolved(&scope, &Call::new(&model, 0).max_output_tokens(tokens).key(key))
}

fn kinds_of(bursar: &Bursar) -> Vec<(EntryKind, Money)> {
    let entries = (1..).map_while(|seq| bursar.entry(seq).ok());
    entries.map(|entry| (entry.kind, entry.amount)).collect()
}

#[test]
fn a_call_of_unknown_cost_is_held_and_becomes_spend_when_its_hold_expires() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, &clock);
    let hold = record_unresolved(&bursar, 300_000, "span-1").unwrap();
    assert_eq!((hold.bound(), hold.is_replay()), (usd("0.3"), false));
    assert_eq!((row(&bursar, "marketing").spent, row(&bursar, "marketing").held), (Money::ZERO, usd("0.3")));
    assert_eq!(bursar.hold(hold.id()).unwrap().state, HoldState::Unresolved);
    assert_eq!(bursar.verify().unwrap(), []);
    drop(bursar);

    let bursar = open(&path, &clock);
    let again = record_unresolved(&bursar, 300_000, "span-1").unwrap();
    assert_eq!((again.id(), again.bound(), again.is_replay()), (hold.id(), usd("0.3"), true));
    assert_eq!(record_unresolved(&bursar, 1, "span-1").unwrap_err().code(), ErrorCode::KeyConflict);
    clock.set(hold.expires_at());
    assert_eq!((row(&bursar, "marketing").spent, row(&bursar, "marketing").held), (usd("0.3"), Money::ZERO));
    let charged = record_unresolved(&bursar, 300_000, "span-1").unwrap();
    assert_eq!((charged.id(), charged.is_replay()), (hold.id(), true));
    assert_eq!(record_unresolved(&bursar, 1, "span-1").unwrap_err().code(), ErrorCode::KeyConflict);
    assert_eq!(bursar.verify().unwrap(), []);
    let (nothing, charge) = (Money::ZERO, usd("0.3"));
    let expected =
        [(EntryKind::Reserve, nothing), (EntryKind::Unresolved, nothing), (EntryKind::Expire, charge)];
    assert_eq!(kinds_of(&bursar), expected);
}

#[test]
fn what_a_call_of_unknown_cost_did_cost_may_be_told_by_its_key_or_its_hold_before_and_after() {
    let clock = clock();
    let bursar = open(Path::new(":memory:"), &clock);
    let spent = || row(&bursar, "marketing").spent;
    let _held = record_unresolved(&bursar, 300_000, "span-1").unwrap();
    let told = record(&bursar, 100_000, "span-1").unwrap();
    assert_eq!(
        (told.cost, told.bound, told.is_late, told.is_overrun),
        (usd("0.1"), usd("0.3"), false, false)
    );
    // Its cost is known now, and telling once more that it isn't changes nothing.
    assert!(record_unresolved(&bursar, 300_000, "span-1").unwrap().is_replay());
    assert_eq!((spent(), row(&bursar, "marketing").held), (usd("0.1"), Money::ZERO));

    let hold = record_unresolved(&bursar, 300_000, "span-2").unwrap();
    clock.set(hold.expires_at());
    assert_eq!(spent(), usd("0.4"));
    let late = bursar.settle(&hold, &output(50_000)).unwrap();
    assert_eq!((late.cost, late.is_late, spent()), (usd("0.05"), true, usd("0.15")));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn what_does_not_fit_of_a_call_of_unknown_cost_is_an_overrun_at_once_and_corrected_by_its_settlement() {
    let bursar = open(Path::new(":memory:"), &clock());
    let _held = admit(&bursar, "marketing", 700_000);
    let hold = record_unresolved(&bursar, 500_000, "span-1").unwrap();
    let row_now = row(&bursar, "marketing");
    assert_eq!(hold.bound(), usd("0.3"));
    assert_eq!((row_now.spent, row_now.held, row_now.remaining), (usd("0.5"), usd("0.7"), Money::ZERO));
    assert_eq!((row(&bursar, "all").spent, row(&bursar, "all").held), (usd("0.5"), usd("0.7")));
    let entry = bursar.entry(3).unwrap();
    assert_eq!((entry.kind, entry.amount, entry.is_overrun), (EntryKind::Expire, usd("0.5"), true));
    assert!(record_unresolved(&bursar, 500_000, "span-1").unwrap().is_replay());
    let late = bursar.settle(&hold, &output(200_000)).unwrap();
    assert_eq!((late.is_late, row(&bursar, "marketing").spent), (true, usd("0.2")));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn an_overrun_of_unknown_cost_stands_and_is_corrected_when_the_ledger_is_opened_again() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let path = folder.path().join("ledger.db");
    let bursar = open(&path, &clock);
    let hold = record_unresolved(&bursar, 1_500_000, "span-1").unwrap();
    let before = bursar.budgets();
    drop(bursar);
    let bursar = open(&path, &clock);
    assert_eq!(bursar.budgets(), before);
    assert_eq!((row(&bursar, "marketing").spent, hold.bound()), (usd("1.5"), usd("1")));
    assert!(record_unresolved(&bursar, 1_500_000, "span-1").unwrap().is_replay());
    let late = record(&bursar, 200_000, "span-1").unwrap();
    assert_eq!((late.is_late, row(&bursar, "marketing").spent), (true, usd("0.2")));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_hold_that_was_reserved_with_the_key_of_a_call_of_unknown_cost_is_unresolved() {
    let bursar = open(Path::new(":memory:"), &clock());
    let (scope, model) =
        (bursar.scope(&[("team", "marketing")]).unwrap(), bursar.model(None, "test-model").unwrap());
    let call = Call::new(&model, 0).max_output_tokens(300_000).key("call-1");
    let hold = *bursar.reserve(&scope, &call).unwrap().hold().unwrap();
    assert_eq!(bursar.record_unresolved(&scope, &call).unwrap().id(), hold.id());
    assert_eq!(bursar.hold(hold.id()).unwrap().state, HoldState::Unresolved);
    assert_eq!(row(&bursar, "marketing").held, usd("0.3"));
}

#[test]
fn threads_that_record_the_same_calls_book_each_once() {
    let bursar = open(Path::new(":memory:"), &clock());
    let booked: usize = std::thread::scope(|threads| {
        let run = || (0..200).filter(|n| !record(&bursar, 1_000, &format!("span-{n}")).unwrap().is_replay);
        let all: Vec<_> = (0..8).map(|_| threads.spawn(move || run().count())).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((booked, row(&bursar, "marketing").spent), (200, usd("0.2")));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn an_answer_is_recorded_by_what_it_tells_and_refused_where_it_tells_no_usage() {
    let bursar = open(Path::new(":memory:"), &clock());
    let (scope, model) = (bursar.scope(&[]).unwrap(), bursar.model(None, "test-model").unwrap());
    let read = |body: &str| Answer::read(Api::Chat, body.as_bytes(), "application/json");
    let told = r#"{ "model": "test-model", "choices": [{ "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 200, "completion_tokens": 100, "total_tokens": 300 } }"#;
    let call = Call::new(&model, 0);
    assert_eq!(bursar.record_answer(&scope, &call, &read(told)).unwrap().cost, usd("0.0002"));
    let silent = r#"{ "model": "test-model", "choices": [{ "finish_reason": "stop" }] }"#;
    let error = bursar.record_answer(&scope, &call, &read(silent)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UsageInvalid);
    assert_eq!(row(&bursar, "all").spent, usd("0.0002"));
}

#[test]
fn a_cost_below_zero_and_an_empty_key_book_nothing() {
    let bursar = open(Path::new(":memory:"), &clock());
    let (scope, model) = (bursar.scope(&[]).unwrap(), bursar.model(None, "test-model").unwrap());
    let negative = bursar.record(&scope, &Call::new(&model, 0), Settlement::cost(usd("-1"))).unwrap_err();
    let empty = bursar.record(&scope, &Call::new(&model, 0).key(""), &output(1)).unwrap_err();
    assert_eq!((negative.code(), empty.code()), (ErrorCode::UsageInvalid, ErrorCode::KeyInvalid));
    assert_eq!(row(&bursar, "all").spent, Money::ZERO);
    assert_eq!(bursar.verify().unwrap(), []);
}

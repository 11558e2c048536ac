//! Calls that have happened already, in ledgers that are verified and opened again.

#![allow(clippy::unwrap_used, reason = "a test that can't go on shall stop where it stands")]

use bursar::{
    Answer, Api, Bursar, Call, EntryKind, ErrorCode, ManualClock, Money, Settled, Settlement, SqliteStore,
    Store,
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

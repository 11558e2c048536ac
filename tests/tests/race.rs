//! Sixty-four threads race for the last dollar.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on shall stop where it stands")]

use bursar::{Bursar, Decision, Money, Period};
use bursar_tests::scene::{budget, clock, output, priced, reserve, row, usd};
use std::sync::Barrier;

const THREADS: usize = 64;

/// One dollar, and calls of exactly ten cents from every thread at once.
fn race(open: impl FnOnce(bursar::Builder) -> bursar::Result<Bursar>) {
    let policy = priced().with_budget(budget("dollar", "", "1", Period::Day));
    let bursar = open(Bursar::builder().policy(policy).clock(clock()).resource_attributes("")).unwrap();
    let start = Barrier::new(THREADS);
    let admitted: usize = std::thread::scope(|threads| {
        let call = || {
            start.wait();
            match reserve(&bursar, "data", 100_000).unwrap() {
                Decision::Admitted(hold) => {
                    let settled = bursar.settle(&hold, &output(100_000)).unwrap();
                    assert_eq!(settled.cost, usd("0.1"));
                    1
                }
                Decision::Exceeded(exceeded) => {
                    assert_eq!((&*exceeded.budget.name, exceeded.bound), ("dollar", usd("0.1")));
                    0
                }
                Decision::Suspended(suspended) => {
                    assert_eq!(suspended.budget.name, "dollar");
                    0
                }
                other => panic!("{other}"),
            }
        };
        let calls: Vec<_> = (0..THREADS).map(|_| threads.spawn(call)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).sum()
    });
    let dollar = row(&bursar, "dollar");
    assert_eq!((admitted, dollar.spent, dollar.held), (10, usd("1"), Money::ZERO));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn ten_of_sixty_four_calls_fit_a_dollar_every_time() {
    for _ in 0..200 {
        race(bursar::Builder::in_memory);
    }
}

#[test]
fn ten_of_sixty_four_calls_fit_a_dollar_in_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..20 {
        race(|builder| builder.open(folder.path().join(format!("{round}.db"))));
    }
}

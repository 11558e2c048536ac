//! Sixty-four threads and one dollar.

#![allow(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use bursar::{
    Budget, BudgetOptions, Calendar, Ending, Machine, Money, Period, Request, Selector, Timestamp, Verdict,
};
use std::{
    sync::{Barrier, Mutex},
    time::Duration,
};

const THREADS: usize = 64;
const ROUNDS: usize = 200;

/// A popular budget manager admits all 64 of these calls, for $6.42.
#[test]
fn ten_of_sixty_four_calls_of_a_tenth_fit_a_dollar() {
    for round in 0..ROUNDS {
        let machine = Mutex::new(machine());
        let start = Barrier::new(THREADS);
        let admitted = std::thread::scope(|threads| {
            let calls: Vec<_> = (0..THREADS).map(|_| threads.spawn(|| call(&machine, &start))).collect();
            calls.into_iter().map(|call| call.join().unwrap()).filter(|admitted| *admitted).count()
        });
        let row = machine.into_inner().unwrap().status(noon()).remove(0);
        let found = (admitted, THREADS - admitted, row.spent, row.held);
        assert_eq!(found, (10, 54, usd("1"), Money::ZERO), "round {round}");
    }
}

fn call(machine: &Mutex<Machine>, start: &Barrier) -> bool {
    start.wait();
    let request = {
        let mut machine = machine.lock().unwrap();
        let scope = machine.scope(&bursar::TagSet::new(), noon()).unwrap();
        let model = machine.dictionary_mut().symbol("test/model").unwrap();
        let (bound, lifetime) = (usd("0.1"), Duration::from_hours(1));
        Request { scope, model, bound, lifetime, key: None, fingerprint: None }
    };
    let verdict = machine.lock().unwrap().reserve(&request, noon()).unwrap();
    let Verdict::Admitted(admission) = verdict else { return false };
    std::thread::yield_now();
    machine.lock().unwrap().end(admission.hold, Ending::Settled(request.bound), noon()).unwrap();
    true
}

fn machine() -> Machine {
    let calendar = Calendar::new(Period::Month, "UTC").unwrap();
    let options = BudgetOptions::new("dollar", Selector::everything(), usd("1"), calendar);
    let mut machine = Machine::new();
    machine.replace_budgets(vec![Budget::new(options).unwrap()], std::iter::empty(), noon()).unwrap();
    machine
}

fn noon() -> Timestamp {
    "2026-11-10T12:00:00Z".parse().unwrap()
}

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

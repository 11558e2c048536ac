//! Reserve and settle in memory, beside calybris-core's reserve and commit of one flat tenant.

use crate::{
    clock::{nanoseconds, per_second},
    table::Table,
};
use bursar::{Budget, BudgetOptions, Bursar, Calendar, Call, Decision, Dimension, Period, Policy, Selector, Usage};
use calybris_core::budget::BudgetEngine;
use std::hint::black_box;

pub(crate) const TAGS: [(&str, &str); 4] = [("team", "search"), ("project", "rag"), ("client", "acme"), ("agent", "ranker")];
const MODEL: (Option<&str>, &str) = (Some("bench"), "model");

/// Five budgets, nested and crossing, that all calls touch and none fills.
pub(crate) fn policy() -> Policy {
    let price = r#"{ "provider": "bench", "model": "model", "input_mtok": "3", "output_mtok": "15" }"#;
    let selectors = ["", "team = \"search\"", "project = \"rag\"", "client = \"acme\"", "agent = \"ranker\""];
    let policy = Policy::new().with_prices([serde_json::from_str(price).unwrap()]);
    selectors.iter().enumerate().fold(policy, |policy, (index, selector)| {
        let selector = if selector.is_empty() { Selector::everything() } else { selector.parse().unwrap() };
        let calendar = Calendar::new(Period::Month, "Europe/Berlin").unwrap();
        let options = BudgetOptions::new(format!("budget {index}"), selector, "1e12".parse().unwrap(), calendar);
        policy.with_budget(Budget::new(options).unwrap())
    })
}

fn usage() -> Usage {
    Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, 200)
}

/// Reserve and settle from handles until `go` says stop.
pub(crate) fn pairs(bursar: &Bursar, go: &mut dyn FnMut() -> bool) {
    let (scope, model, usage) = (bursar.scope(&TAGS).unwrap(), bursar.model(MODEL.0, MODEL.1).unwrap(), usage());
    loop {
        let call = Call::new(&model, 1_000).max_output_tokens(800);
        let Decision::Admitted(hold) = bursar.reserve(&scope, &call).unwrap() else { panic!("refused") };
        black_box(bursar.settle(&hold, &usage).unwrap());
        if !go() {
            break;
        }
    }
}

fn by_name(bursar: &Bursar, count: u64) {
    let usage = usage();
    for _ in 0..count {
        let decision = bursar.reserve_by_name(black_box(&TAGS), MODEL, |call| call.input_tokens(1_000).max_output_tokens(800));
        let Decision::Admitted(hold) = decision.unwrap() else { panic!("refused") };
        black_box(bursar.settle(&hold, &usage).unwrap());
    }
}

fn rival(engine: &BudgetEngine, count: u64) {
    for _ in 0..count {
        let (_, id) = engine.try_reserve(black_box("tenant"), 10_000);
        black_box(engine.commit(id.unwrap(), 9_500));
    }
}

fn engine() -> BudgetEngine {
    let engine = BudgetEngine::new();
    engine.ensure_tenant("tenant", i64::MAX / 4);
    engine
}

pub(crate) fn rows(table: &mut Table) {
    let (bursar, other) = (Bursar::builder().policy(policy()).in_memory().unwrap(), engine());
    let count_down = |mut count: u64| {
        move || {
            count -= 1;
            count > 0
        }
    };
    let [handles, names, rivals] = nanoseconds([
        &mut |count| pairs(&bursar, &mut count_down(count)),
        &mut |count| by_name(&bursar, count),
        &mut |count| rival(&other, count),
    ]);
    let beside = "calybris-core, one flat tenant";
    table.row("reserve + settle, 5 budgets, handles, in memory", (handles, "ns"), Some(150.0), Some((beside, rivals)));
    table.row("the same from strings", (names, "ns"), Some(400.0), Some((beside, rivals)));
    for threads in [1, 2, 8] {
        let bursar = Bursar::builder().policy(policy()).in_memory().unwrap();
        let ours = per_second(threads, 0.7, |go| pairs(&bursar, go));
        let other = engine();
        let theirs = per_second(threads, 0.7, |go| {
            while {
                rival(&other, 1);
                go()
            } {}
        });
        table.row(format!("calls a second, in memory, {threads} threads"), (ours, "/s"), None, Some((beside, theirs)));
    }
    let lock = parking_lot::Mutex::new(0_u64);
    let [clock, mutex] = nanoseconds([
        &mut |count| (0..count).for_each(|_| drop(black_box(std::time::SystemTime::now()))),
        &mut |count| (0..count).for_each(|_| *black_box(lock.lock()) += 1),
    ]);
    table.row("floor: one clock read", (clock, "ns"), None, None);
    table.row("floor: one uncontended lock", (mutex, "ns"), None, None);
}

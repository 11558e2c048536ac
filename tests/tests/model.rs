//! The deciding core against the naive model, over random policies and commands.
//!
//! `BURSAR_SEED=7 BURSAR_SEQUENCES=1 cargo test -p bursar-tests --test model` replays the sequence of seed 7.

#![allow(clippy::unwrap_used, clippy::needless_for_each, reason = "a test stops where it is wrong")]

use bursar_tests::model::{Plan, Pools, replay, shrink};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

const SEED: u64 = 1;
const SEQUENCES: u64 = 100_000;
const THREADS: usize = 2;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_core_decides_tells_and_shows_what_the_model_does() {
    let (seed, sequences) = (setting("BURSAR_SEED", SEED), setting("BURSAR_SEQUENCES", SEQUENCES));
    eprintln!("seeds {seed} to {}", seed + sequences - 1);
    let has_failed = AtomicBool::new(false);
    let failed = std::thread::scope(|threads| {
        let search = |first: u64| {
            let pools = Pools::new();
            let seeds = (first..seed + sequences).step_by(THREADS);
            let mut seeds = seeds.take_while(|_| !has_failed.load(Ordering::Relaxed));
            let failed = seeds.find(|seed| replay(&Plan::random(&pools, *seed), &pools).is_err());
            has_failed.fetch_or(failed.is_some(), Ordering::Relaxed);
            failed
        };
        let running: Vec<_> =
            (0..THREADS as u64).map(|thread| threads.spawn(move || search(seed + thread))).collect();
        running.into_iter().filter_map(|thread| thread.join().unwrap()).min()
    });
    let Some(failed) = failed else { return };
    std::panic::set_hook(Box::new(|_| ()));
    let pools = Pools::new();
    let (plan, fault) = shrink(&Plan::random(&pools, failed), &pools);
    drop(std::panic::take_hook());
    let fault = fault.unwrap();
    panic!(
        "{plan:?}fails at command {}: {}\nreplay: BURSAR_SEED={failed} BURSAR_SEQUENCES=1 cargo test -p bursar-tests --test model",
        fault.command, fault.what
    );
}

#[test]
fn random_plans_reach_every_answer_and_every_event() {
    let pools = Pools::new();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..2_000 {
        let kinds = replay(&Plan::random(&pools, seed), &pools).map_err(|fault| fault.what).unwrap();
        kinds.into_iter().for_each(|kind| *counts.entry(kind).or_default() += 1);
    }
    eprintln!("{counts:#?}");
    let all = [
        "admitted",
        "admitted again",
        "agent resumed",
        "agent suspended",
        "budget_unknown",
        "done",
        "downgraded",
        "ended",
        "ended again",
        "exceeded",
        "exhausted",
        "expired",
        "hold_ended",
        "key_conflict",
        "overrun",
        "period_not_closable",
        "recorded",
        "recorded again",
        "recorded as unknown",
        "recorded as unknown again",
        "resume_needs_raise",
        "resumed",
        "settled late",
        "status",
        "step on a spike",
        "step on forecast",
        "step on repeats",
        "step on spend",
        "suspended",
        "throttled",
    ];
    assert_eq!(counts.into_keys().collect::<Vec<_>>(), all);
}

//! Several processes at one ledger, each in its turn: here several handles of one process, which share nothing else.

use crate::*;
use std::{
    path::Path,
    sync::{Arc, Barrier, Mutex},
    time::Duration,
};

const PRICE: &str = r#"{ "provider": "private", "model": "m", "input_mtok": "1", "output_mtok": "1" }"#;

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-11-10T12:00:00Z".parse().unwrap()))
}

fn policy(limit: &str, steps: Vec<Step>) -> Policy {
    let calendar = Calendar::new(Period::Month, "UTC").unwrap();
    let mut options = BudgetOptions::new("all", Selector::everything(), usd(limit), calendar);
    if !steps.is_empty() {
        options.steps = steps;
    }
    let prices = [serde_json::from_str(PRICE).unwrap()];
    Policy::new().with_prices(prices).with_budget(Budget::new(options).unwrap())
}

fn open(path: &Path, clock: &Arc<ManualClock>, policy: Policy) -> Bursar {
    let builder = Bursar::builder().policy(policy).clock(Arc::clone(clock)).resource_attributes("");
    builder.shared(true).open(path).unwrap()
}

/// A call of a million output tokens costs a dollar.
fn ask(bursar: &Bursar, team: &str, dollars: &str) -> Decision {
    let scope = bursar.scope(&[("team", team)]).unwrap();
    let model = bursar.model(None, "m").unwrap();
    bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(tokens(dollars))).unwrap()
}

fn tokens(dollars: &str) -> u64 {
    u64::try_from(usd(dollars).pico() / usd("0.000001").pico()).unwrap()
}

fn admit(bursar: &Bursar, team: &str, dollars: &str) -> Hold {
    match ask(bursar, team, dollars) {
        Decision::Admitted(hold) => hold,
        refused => panic!("{refused}"),
    }
}

fn settle(bursar: &Bursar, hold: HoldId, dollars: &str) -> Settled {
    let usage = Usage::new().with(Dimension::Output, tokens(dollars));
    bursar.settle_by_id(hold, &Settlement::new(&usage)).unwrap()
}

/// Everything that decisions depend on, as far as it is told.
fn standing(bursar: &Bursar) -> Vec<(String, Vec<String>, Money, Money, BudgetState)> {
    let rows = bursar.budgets().into_iter();
    rows.map(|row| (row.name.to_string(), row.instance.clone(), row.spent, row.held, row.state)).collect()
}

#[test]
fn what_one_process_holds_the_other_cannot_spend() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("ledger.db"), clock());
    let (one, two) = (open(&path, &clock, policy("1", vec![])), open(&path, &clock, policy("1", vec![])));
    let hold = admit(&one, "data", "0.7");
    let Decision::Exceeded(exceeded) = ask(&two, "search", "0.4") else { panic!("it doesn't fit") };
    assert_eq!((exceeded.remaining, exceeded.affordable_output_tokens), (usd("0.3"), 300_000));
    let other = admit(&two, "search", "0.3");
    // Each settles what the other took.
    assert_eq!(settle(&two, hold.id(), "0.2").cost, usd("0.2"));
    assert_eq!(settle(&one, other.id(), "0.1").cost, usd("0.1"));
    for bursar in [&one, &two] {
        assert_eq!(standing(bursar), [("all".into(), vec![], usd("0.3"), usd("0"), BudgetState::Open)]);
        assert_eq!(bursar.verify().unwrap(), []);
    }
    assert!(settle(&one, hold.id(), "0.2").is_replay);
    assert_eq!(one.release(hold.id()).unwrap_err().code(), ErrorCode::HoldEnded);
}

#[test]
fn names_keys_corrections_and_closings_of_one_are_known_to_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("ledger.db"), clock());
    let (one, two) = (open(&path, &clock, policy("9", vec![])), open(&path, &clock, policy("9", vec![])));
    // Names of both, each first in the other's place.
    for (bursar, team) in [(&one, "a"), (&two, "b"), (&two, "c"), (&one, "d"), (&one, "b"), (&two, "a")] {
        let hold = admit(bursar, team, "0.1");
        settle(bursar, hold.id(), "0.1");
    }
    let call = |bursar: &Bursar, tokens| {
        let (scope, model) = (bursar.scope(&[("team", "a")]).unwrap(), bursar.model(None, "m").unwrap());
        bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(tokens).key("job-17"))
    };
    let Decision::Admitted(first) = call(&one, 1_000).unwrap() else { panic!("it fits") };
    let Decision::Admitted(again) = call(&two, 1_000).unwrap() else { panic!("it was admitted") };
    assert!(!first.is_replay() && again.is_replay());
    assert_eq!(again.id(), first.id());
    assert_eq!(call(&two, 2_000).unwrap_err().code(), ErrorCode::KeyConflict);
    two.unresolved(first.id()).unwrap();
    assert_eq!(one.hold(first.id()).unwrap().state, HoldState::Unresolved);
    one.release(first.id()).unwrap();
    let Decision::Admitted(anew) = call(&two, 2_000).unwrap() else { panic!("the key is free again") };
    one.release(anew.id()).unwrap();
    let entry = two.adjust(2, usd("0.5"), "what the provider billed").unwrap();
    assert_eq!(one.entry(entry).unwrap().amount, usd("0.5"));
    clock.advance(Duration::from_mins(1));
    one.close_until(clock.now()).unwrap();
    clock.advance(Duration::from_mins(1));
    let late = two.adjust(2, usd("-0.5"), "it was wrong").unwrap();
    assert!(one.entry(late).unwrap().effective_at >= clock.now());
    let report = ReportRequest::new("UTC");
    assert_eq!(one.report(&report).unwrap().to_json(), two.report(&report).unwrap().to_json());
    assert_eq!(standing(&one), standing(&two));
    assert_eq!((one.verify().unwrap(), two.verify().unwrap()), (vec![], vec![]));
}

#[test]
fn a_step_fires_once_over_all_processes_and_holds_in_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("ledger.db"), clock());
    let steps = vec![
        Step { trigger: Trigger::Spend { percent: 50 }, action: Action::Alert(Level::Warning) },
        Step { trigger: Trigger::Spend { percent: 80 }, action: Action::Suspend(SuspendTarget::Scope) },
    ];
    let all: Vec<Bursar> = (0..3).map(|_| open(&path, &clock, policy("1", steps.clone()))).collect();
    let told: Arc<Mutex<Vec<(usize, AlertKind)>>> = Arc::default();
    for (index, bursar) in all.iter().enumerate() {
        let told = Arc::clone(&told);
        bursar.on_alert(move |alert| told.lock().unwrap().push((index, alert.kind.clone()))).unwrap();
    }
    for (bursar, dollars) in all.iter().zip(["0.4", "0.2", "0.2"]) {
        settle(bursar, admit(bursar, "data", dollars).id(), dollars);
    }
    for bursar in &all {
        assert!(matches!(ask(bursar, "data", "0.1"), Decision::Suspended(_)));
        assert_eq!(standing(bursar)[0].4, BudgetState::Suspended);
        bursar.alerts().flush();
    }
    let steps: Vec<(usize, u32)> = told
        .lock()
        .unwrap()
        .iter()
        .filter_map(|(index, kind)| match kind {
            AlertKind::StepReached { percent, .. } => Some((*index, *percent)),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [(1, 50), (2, 80)]);
    all[0].resume("all", None).unwrap();
    assert!(ask(&all[1], "data", "0.1").is_admitted());
    // A process that comes later knows it too.
    let late = open(&path, &clock, policy("1", steps_of(&all[0])));
    assert_eq!(standing(&late), standing(&all[2]));
}

fn steps_of(bursar: &Bursar) -> Vec<Step> {
    bursar.policy().budgets()[0].steps().to_vec()
}

#[test]
fn a_hold_that_nobody_ends_is_spend_once_whoever_looks() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("ledger.db"), clock());
    let (one, two) = (open(&path, &clock, policy("1", vec![])), open(&path, &clock, policy("1", vec![])));
    let hold = admit(&one, "data", "0.6");
    clock.advance(Duration::from_hours(24));
    assert_eq!(standing(&two)[0].2, usd("0.6"));
    assert_eq!(standing(&one)[0].2, usd("0.6"));
    assert_eq!(settle(&one, hold.id(), "0.4").cost, usd("0.4"));
    assert_eq!(standing(&two)[0].2, usd("0.4"));
    assert_eq!(one.verify().unwrap(), []);
}

#[test]
fn a_ledger_is_shared_by_all_or_by_none() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("ledger.db"), clock());
    let alone = || Bursar::builder().clock(Arc::clone(&clock)).resource_attributes("").open(&path);
    let sharing =
        || Bursar::builder().clock(Arc::clone(&clock)).resource_attributes("").shared(true).open(&path);
    let one = alone().unwrap();
    assert_eq!(sharing().unwrap_err().code(), ErrorCode::LedgerInUse);
    one.close().unwrap();
    let (two, three) = (sharing().unwrap(), sharing().unwrap());
    assert_eq!(alone().unwrap_err().code(), ErrorCode::LedgerInUse);
    two.close().unwrap();
    assert_eq!(alone().unwrap_err().code(), ErrorCode::LedgerInUse);
    drop(three);
    alone().unwrap();
    let error = Bursar::builder().shared(true).open(":memory:").unwrap_err();
    assert_eq!(error.to_string(), "a ledger in memory can't be shared: no other process sees it");
}

#[test]
fn a_connection_that_rested_goes_on_where_the_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("ledger.db"), clock());
    let (one, two) = (open(&path, &clock, policy("1", vec![])), open(&path, &clock, policy("1", vec![])));
    let hold = admit(&one, "data", "0.5");
    one.before_fork();
    one.after_fork();
    settle(&two, hold.id(), "0.25");
    let other = admit(&two, "search", "0.5");
    one.before_fork();
    one.after_fork();
    assert!(matches!(ask(&one, "data", "0.5"), Decision::Exceeded(_)));
    settle(&one, other.id(), "0.5");
    two.before_fork();
    two.after_fork();
    assert_eq!(standing(&two), standing(&one));
    drop(one);
    assert!(ask(&two, "data", "0.25").is_admitted());
    assert_eq!(two.verify().unwrap(), []);
}

#[test]
fn rollups_that_one_writes_are_not_counted_twice_by_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("ledger.db"), clock());
    let (one, two) = (open(&path, &clock, policy("100", vec![])), open(&path, &clock, policy("100", vec![])));
    for number in 0..1_500 {
        let bursar = if number % 3 == 0 { &one } else { &two };
        settle(bursar, admit(bursar, "data", "0.01").id(), "0.01");
    }
    let report = ReportRequest::new("UTC");
    for bursar in [&one, &two] {
        assert_eq!(bursar.report(&report).unwrap().total, usd("15"));
        assert_eq!(bursar.verify().unwrap(), []);
    }
    drop((one, two));
    let later = open(&path, &clock, policy("100", vec![]));
    assert_eq!(later.report(&report).unwrap().total, usd("15"));
    assert_eq!(later.verify().unwrap(), []);
}

#[test]
fn no_budget_is_overspent_by_handles_and_threads_together() {
    let folder = tempfile::tempdir().unwrap();
    let (path, clock) = (folder.path().join("ledger.db"), clock());
    let handles: Vec<Bursar> = (0..4).map(|_| open(&path, &clock, policy("1", vec![]))).collect();
    let start = Barrier::new(16);
    let admitted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|index| {
                let (bursar, start) = (&handles[index % 4], &start);
                scope.spawn(move || {
                    start.wait();
                    (0..4).filter(|_| ask(bursar, &format!("team-{index}"), "0.1").is_admitted()).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(admitted, 10);
    for bursar in &handles {
        assert_eq!(standing(bursar)[0].3, usd("1"));
        assert_eq!(bursar.verify().unwrap(), []);
    }
}

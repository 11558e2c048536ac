//! Laws in the corners: clocks that are set back, corrections, edits in mid-window, windows that slide. Each of them
//! was broken once.

use super::*;

const MONTH: Duration = Duration::from_hours(30 * 24);

fn december() -> Timestamp {
    at("2026-12-05T00:00:00Z")
}

fn carrying(limit: &str, most: &str) -> Bench {
    let options = BudgetOptions {
        rollover: Rollover::UpTo(usd(most)),
        ..monthly("all", "", limit, vec![]).options().clone()
    };
    Bench::new(vec![Budget::new(options).unwrap()])
}

fn rolling(hours: u64, limit: &str, steps: Vec<Step>) -> Budget {
    budget("all", "", limit, Period::Rolling { length: Duration::from_hours(hours) }, steps)
}

fn loops(count: u32, seconds: u64, action: Action) -> Step {
    Step { trigger: Trigger::Repeats { count, within: Duration::from_secs(seconds) }, action }
}

impl Bench {
    fn adjust(&mut self, amount: &str, now: Timestamp) {
        let scope = self.machine.scope(&tags("team=a"), now).unwrap();
        self.machine.adjust(scope, usd(amount), now, now);
    }

    fn reserve_again(&mut self, fingerprint: u64, now: Timestamp) -> Verdict {
        let request = self.request("team=a", "0.01", now);
        self.machine.reserve(&Request { fingerprint: Some(fingerprint), ..request }, now).unwrap()
    }

    fn replace(&mut self, budget: Budget, spent: &[(&str, &str, Timestamp)], now: Timestamp) {
        let entry = |(text, amount, at): &(&str, &str, Timestamp)| {
            let tag_set = self.machine.dictionary().find_tag_set(&tags(text)).unwrap();
            Spend { tag_set, at: *at, amount: usd(amount) }
        };
        let history: Vec<Spend> = spent.iter().map(entry).collect();
        self.machine.replace_budgets(vec![budget], history.into_iter(), now).unwrap();
    }
}

fn wait_of(refusal: Refusal) -> Duration {
    match refusal {
        Refusal::Throttled { way: Way::RetryAfter(wait), .. } => wait,
        other => panic!("{other:?}"),
    }
}

#[test]
fn resuming_an_agent_of_whom_nobody_has_heard_lifts_nothing() {
    let steps = vec![step(50, Action::Suspend(SuspendTarget::Scope))];
    let mut bench = Bench::new(vec![monthly("all", "", "10", steps)]);
    bench.spend("team=a", "5", noon());
    bench.machine.resume("all", Some("nobody"), noon()).unwrap();
    assert_eq!(bench.row("all", noon()).state, BudgetState::Suspended);
}

#[test]
fn a_throttle_applies_again_when_spend_comes_back_after_a_correction() {
    let steps = vec![step(50, Action::Throttle(Throttle::Concurrency(1)))];
    let mut bench = Bench::new(vec![monthly("all", "", "10", steps)]);
    bench.spend("team=a", "5", noon());
    bench.adjust("-1", noon());
    bench.spend("team=a", "1", noon());
    bench.admit("team=a", "1", noon());
    assert_eq!(wait_of(bench.refuse("team=a", "1", noon())), Duration::from_secs(1));
}

#[test]
fn a_lifted_budget_is_suspended_again_at_its_limit() {
    let steps = vec![step(50, Action::Suspend(SuspendTarget::Scope))];
    let mut bench = Bench::new(vec![monthly("all", "", "10", steps)]);
    bench.spend("team=a", "5", noon());
    bench.machine.resume("all", None, noon()).unwrap();
    bench.spend("team=a", "5", noon());
    assert!(matches!(bench.refuse("team=a", "1", noon()), Refusal::Suspended { agent: None, .. }));
}

#[test]
fn with_rollover_too_a_hold_leaves_the_window_in_which_it_was_taken() {
    let mut bench = carrying("10", "3");
    bench.spend("team=a", "1", december());
    let hold = bench.admit("team=a", "2", noon());
    bench.machine.end(hold, Ending::Settled(usd("2")), noon()).unwrap();
    let (november, december) = (bench.row("all", noon()), bench.row("all", december()));
    assert_eq!((november.spent, november.held), (usd("2"), Money::ZERO));
    assert_eq!((december.spent, december.held, december.limit), (usd("1"), Money::ZERO, usd("13")));
}

#[test]
fn what_was_passed_on_is_not_spent_again_when_the_clock_is_set_back() {
    let mut bench = carrying("10", "4");
    bench.spend("team=a", "14", december());
    bench.refuse("team=a", "7", noon());
    bench.spend("team=a", "6", noon());
    bench.refuse("team=a", "0.01", noon());
    assert_eq!(bench.row("all", december()).limit, usd("14"));
}

#[test]
fn a_step_of_a_past_window_goes_by_the_limit_of_that_window() {
    let mut bench = carrying("10", "3");
    let hold = bench.admit("team=a", "9", at("2026-11-30T23:59:00Z"));
    bench.machine.end(hold, Ending::Settled(usd("8")), at("2026-12-01T00:00:01Z")).unwrap();
    let [Event::StepFired { window, limit, spent, .. }] = bench.events()[..] else { panic!() };
    assert_eq!((window.end(), limit, spent), (at("2026-12-01T00:00:00Z"), usd("10"), usd("8")));
}

#[test]
fn in_a_rolling_window_a_loop_stops_calls_until_its_bucket_has_left() {
    let steps = vec![loops(2, 60, Action::Suspend(SuspendTarget::Scope))];
    let mut bench = Bench::new(vec![rolling(1, "10", steps)]);
    bench.reserve_again(7, noon());
    let Verdict::Refused(Refusal::Suspended { until, .. }) = bench.reserve_again(7, noon()) else { panic!() };
    let until = until.unwrap();
    bench.refuse("team=a", "1", until.minus(Duration::from_micros(1)));
    bench.admit("team=a", "1", until);
}

#[test]
fn in_a_rolling_window_a_call_that_does_not_fit_is_told_again() {
    let mut bench = Bench::new(vec![rolling(1, "1", vec![])]);
    for hours in [0, 0, 2, 4] {
        bench.refuse("team=a", "2", noon().plus(HOUR * hours));
    }
    assert_eq!(bench.events().len(), 3);
}

#[test]
fn in_a_rolling_window_what_steps_did_in_an_earlier_bucket_stays_done() {
    let steps = || vec![step(50, Action::Suspend(SuspendTarget::Agent))];
    let mut bench = Bench::new(vec![rolling(24, "10", steps())]);
    bench.spend("team=a agent=writer", "6", noon());
    assert_eq!(bench.events().len(), 1);
    let later = noon().plus(HOUR * 3);
    bench.replace(rolling(24, "9", steps()), &[("team=a agent=writer", "6", noon())], later);
    assert_eq!(bench.events(), []);
    let refusal = bench.refuse("team=a agent=writer", "1", later);
    assert!(matches!(refusal, Refusal::Suspended { agent: Some(_), .. }), "{refusal:?}");
}

#[test]
fn a_raise_lets_a_stopped_agent_go_on_until_it_crosses_again() {
    let steps = || vec![step(50, Action::Suspend(SuspendTarget::Agent))];
    let mut bench = Bench::new(vec![monthly("all", "", "10", steps())]);
    bench.spend("team=a agent=writer", "6", noon());
    bench.replace(monthly("all", "", "20", steps()), &[("team=a agent=writer", "6", noon())], noon());
    bench.spend("team=a agent=writer", "4", noon());
    bench.refuse("team=a agent=writer", "1", noon());
}

#[test]
fn of_two_rates_the_stricter_holds_and_they_do_not_add_up() {
    let calls = |percent, calls| step(percent, Action::Throttle(Throttle::CallsPerMinute(calls)));
    let mut bench = Bench::new(vec![monthly("all", "", "100", vec![calls(1, 6), calls(2, 3)])]);
    bench.spend("team=a", "2", noon());
    let _: Vec<HoldId> = (0..3).map(|_| bench.admit("team=a", "0.5", noon())).collect();
    assert_eq!(wait_of(bench.refuse("team=a", "0.5", noon())), Duration::from_secs(20));
}

#[test]
fn a_rate_waits_no_longer_when_the_clock_is_set_back() {
    let steps = vec![step(1, Action::Throttle(Throttle::CallsPerMinute(1)))];
    let mut bench = Bench::new(vec![budget("all", "", "100", Period::Once, steps)]);
    bench.spend("team=a", "2", noon());
    bench.admit("team=a", "0.5", noon());
    let back = noon().minus(HOUR);
    assert_eq!(wait_of(bench.refuse("team=a", "0.5", back)), Duration::from_mins(1));
    bench.admit("team=a", "0.5", back.plus(Duration::from_mins(1)));
}

#[test]
fn after_a_call_of_many_minutes_worth_the_wait_that_is_told_is_enough() {
    let steps = vec![step(1, Action::Throttle(Throttle::CostPerMinute(usd("1"))))];
    let mut bench = Bench::new(vec![monthly("all", "", "100", steps)]);
    bench.spend("team=a", "2", noon());
    bench.admit("team=a", "5", noon());
    let wait = wait_of(bench.refuse("team=a", "0.5", noon()));
    assert_eq!(wait, Duration::from_secs(270));
    bench.admit("team=a", "0.5", noon().plus(wait));
}

#[test]
fn a_throttle_on_cost_gets_back_only_what_was_taken_from_it() {
    let cost = |amount: &str| vec![step(50, Action::Throttle(Throttle::CostPerMinute(usd(amount))))];
    let mut bench =
        Bench::new(vec![monthly("loose", "", "2", cost("100")), monthly("tight", "", "10", cost("1"))]);
    bench.spend("team=a", "1", noon());
    let hold = bench.admit("team=a", "1", noon());
    bench.spend("team=a", "4", noon());
    bench.admit("team=a", "1", noon());
    bench.machine.end(hold, Ending::Released, noon()).unwrap();
    assert_eq!(wait_of(bench.refuse("team=a", "1", noon())), Duration::from_mins(1));
}

#[test]
fn amounts_of_which_sums_might_overflow_are_refused() {
    let mut bench = Bench::new(vec![monthly("all", "", "1", vec![step(50, Action::Alert(Level::Info))])]);
    let request = Request { bound: Money::MAX, ..bench.request("team=a", "1", noon()) };
    let error = bench.machine.reserve(&request, noon()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::UsageInvalid);
    let hold = bench.admit("team=a", "1", noon());
    let error = bench.machine.end(hold, Ending::Settled(usd("1000000000000000.01")), noon()).unwrap_err();
    assert_eq!(error.message(), "a cost of 1000000000000000.01 USD is above 1e15 USD");
}

#[test]
fn holds_expire_in_the_order_of_their_expiry() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    let expired = [1_000, 1_500, 500].map(|seconds| {
        let lifetime = Duration::from_secs(seconds);
        let request = Request { lifetime, ..bench.request("team=a", "1", noon()) };
        match bench.machine.reserve(&request, noon()).unwrap() {
            Verdict::Admitted(admission) => admission.hold,
            Verdict::Refused(refusal) => panic!("{refusal:?}"),
        }
    });
    bench.machine.tick(noon().plus(HOUR * 24));
    let holds: Vec<HoldId> = bench
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::Expired { hold, .. } => Some(*hold),
            _ => None,
        })
        .collect();
    assert_eq!(holds, [expired[2], expired[0], expired[1]]);
}

#[test]
fn two_different_requests_are_no_loop() {
    let steps = vec![loops(2, 60, Action::Alert(Level::Info)), loops(2, 90, Action::Alert(Level::Info))];
    let mut bench = Bench::new(vec![monthly("all", "", "10", steps)]);
    bench.reserve_again(8, noon());
    bench.reserve_again(7, noon());
    assert_eq!(bench.events(), []);
}

#[test]
fn what_remains_is_what_still_fits() {
    let steps = vec![step(120, Action::Suspend(SuspendTarget::Scope))];
    let mut bench = Bench::new(vec![monthly("all", "", "10", steps)]);
    bench.spend("team=a", "10.5", noon());
    assert_eq!(bench.row("all", noon()).remaining, usd("1.5"));
    bench.admit("team=a", "1.5", noon());
}

#[test]
fn in_a_rolling_window_a_pace_starts_anew_after_its_length() {
    let steps = vec![step(10, Action::Throttle(Throttle::Pace))];
    let mut bench = Bench::new(vec![rolling(1, "10", steps)]);
    bench.spend("team=a", "1", noon());
    bench.admit("team=a", "1", noon());
    bench.refuse("team=a", "1", noon());
    let later = noon().plus(HOUR).minus(Duration::from_mins(1));
    bench.spend("team=a", "3", later);
    let anew = later.plus(Duration::from_mins(3));
    bench.admit("team=a", "1", anew);
    bench.refuse("team=a", "1", anew);
}

#[test]
fn a_hold_that_was_never_taken_is_unknown_after_a_restart_too() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    let (tag_set, _) = bench.machine.dictionary_mut().tag_set_id(&tags("team=a")).unwrap();
    let restored = OpenHold {
        id: HoldId::from_number((5 << 20) | 3),
        tag_set,
        model: bench.model,
        bound: usd("1"),
        reserved_at: noon(),
        expires_at: noon().plus(HOUR),
        is_unresolved: false,
    };
    bench.machine.restore_hold(&restored, noon());
    let error = bench.machine.end(HoldId::from_number(0), Ending::Released, noon()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::HoldUnknown);
    bench.machine.end(restored.id, Ending::Released, noon()).unwrap();
}

#[test]
fn two_processes_that_used_one_place_keep_both_their_holds() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    let (tag_set, _) = bench.machine.dictionary_mut().tag_set_id(&tags("team=a")).unwrap();
    let restored = |sequence: u64| OpenHold {
        id: HoldId::from_number((sequence << 20) | 3),
        tag_set,
        model: bench.model,
        bound: usd("1"),
        reserved_at: noon(),
        expires_at: noon().plus(HOUR),
        is_unresolved: false,
    };
    let (first, second) = (restored(5), restored(6));
    bench.machine.restore_hold(&first, noon());
    bench.machine.restore_hold(&second, noon());
    bench.machine.restore_hold(&second, noon());
    assert_eq!(bench.row("all", noon()).held, usd("2"));
    bench.machine.end(first.id, Ending::Settled(usd("0.5")), noon()).unwrap();
    let row = bench.row("all", noon().plus(HOUR));
    assert_eq!((row.spent, row.held, bench.machine.open_hold_count()), (usd("1.5"), Money::ZERO, 0));
}

#[test]
fn windows_past_the_remembered_ones_count_as_the_oldest_of_them() {
    let mut bench = Bench::new(vec![budget("all", "", "10", Period::Day, vec![])]);
    let hold = {
        let request = Request { lifetime: HOUR * 24, ..bench.request("team=a", "1", noon()) };
        match bench.machine.reserve(&request, noon()).unwrap() {
            Verdict::Admitted(admission) => admission.hold,
            Verdict::Refused(refusal) => panic!("{refusal:?}"),
        }
    };
    for day in 1..200 {
        bench.spend("team=a", "1", noon().plus(HOUR * 24 * day));
    }
    // The hold has expired on the second day; a year back the oldest day is found, as it was left.
    assert_eq!(bench.machine.hold(hold).unwrap().state, HoldState::Expired);
    let row = bench.row("all", noon().minus(MONTH));
    assert_eq!((row.spent, row.held), (usd("1"), Money::ZERO));
    assert!(row.window.start() > noon(), "{}", row.window);
}

#[test]
fn an_ended_hold_stays_readable_until_four_thousand_and_ninety_six_others_have_ended() {
    let mut bench = Bench::new(vec![]);
    let first = bench.admit("team=a", "1", noon());
    bench.machine.end(first, Ending::Released, noon()).unwrap();
    for _ in 0..4_096 {
        let hold = bench.admit("team=a", "1", noon());
        bench.machine.end(hold, Ending::Released, noon()).unwrap();
    }
    assert!(bench.machine.end(first, Ending::Released, noon()).unwrap().is_replay);
    bench.admit("team=a", "1", noon());
    assert_eq!(
        bench.machine.end(first, Ending::Released, noon()).unwrap_err().code(),
        ErrorCode::HoldUnknown
    );
}

#[test]
fn a_call_that_generated_nothing_frees_its_key_for_the_next_attempt() {
    let mut bench = Bench::new(vec![monthly("all", "", "1", vec![])]);
    let request = Request { key: Some(CallKey::of("job")), ..bench.request("team=a", "1", noon()) };
    let reserve = |machine: &mut Machine| match machine.reserve(&request, noon()).unwrap() {
        Verdict::Admitted(admission) => admission,
        Verdict::Refused(refusal) => panic!("{refusal:?}"),
    };
    let first = reserve(&mut bench.machine);
    bench.machine.end(first.hold, Ending::Released, noon()).unwrap();
    let second = reserve(&mut bench.machine);
    assert!(second.hold != first.hold && !second.is_replay);
    assert_eq!(bench.row("all", noon()).held, usd("1"));
}

#[test]
fn the_oldest_of_more_keys_than_are_remembered_is_forgotten() {
    let mut bench = Bench::new(vec![]);
    let mut reserve = |number: u128| {
        let key = Some(CallKey::from_number(number));
        let request = Request { key, ..bench.request("team=a", "1", noon()) };
        let verdict = bench.machine.reserve(&request, noon()).unwrap();
        let Verdict::Admitted(admission) = verdict else { panic!("{verdict:?}") };
        if !admission.is_replay {
            bench.machine.end(admission.hold, Ending::Settled(usd("1")), noon()).unwrap();
        }
        admission.is_replay
    };
    (0..1 << 18).for_each(|number| assert!(!reserve(number)));
    assert!(reserve(0));
    assert!(!reserve(1 << 18));
    assert!(!reserve(0));
}

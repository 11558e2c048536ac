//! The laws of deciding, one by one; the model tests hold them against each other at random.

mod corners;
mod price;

use super::*;
use crate::error::ErrorCode;
use crate::money::Money;
use crate::tags::{Selector, Symbol, TagKey, TagSet};
use crate::time::{Calendar, Period, Timestamp};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-10T12:00:00Z")
}

fn tags(text: &str) -> TagSet {
    TagSet::from_pairs(text.split_whitespace().map(|pair| pair.split_once('=').unwrap())).unwrap()
}

fn monthly(name: &str, selector: &str, limit: &str, steps: Vec<Step>) -> Budget {
    budget(name, selector, limit, Period::Month, steps)
}

fn budget(name: &str, selector: &str, limit: &str, period: Period, steps: Vec<Step>) -> Budget {
    let selector = if selector.is_empty() { Selector::everything() } else { selector.parse().unwrap() };
    let calendar = Calendar::new(period, "UTC").unwrap();
    Budget::new(BudgetOptions { steps, ..BudgetOptions::new(name, selector, usd(limit), calendar) }).unwrap()
}

fn step(percent: u32, action: Action) -> Step {
    Step { trigger: Trigger::Spend { percent }, action }
}

struct Bench {
    machine: Machine,
    model: Symbol,
}

impl Bench {
    fn new(budgets: Vec<Budget>) -> Self {
        let mut machine = Machine::new();
        machine.replace_budgets(budgets, std::iter::empty(), noon()).unwrap();
        let model = machine.dictionary_mut().symbol("test/model").unwrap();
        Self { machine, model }
    }

    fn request(&mut self, text: &str, bound: &str, now: Timestamp) -> Request {
        let scope = self.machine.scope(&tags(text), now).unwrap();
        Request { scope, model: self.model, bound: usd(bound), lifetime: HOUR, key: None, fingerprint: None }
    }

    fn reserve(&mut self, text: &str, bound: &str, now: Timestamp) -> Verdict {
        let request = self.request(text, bound, now);
        self.machine.reserve(&request, now).unwrap()
    }

    fn admit(&mut self, text: &str, bound: &str, now: Timestamp) -> HoldId {
        match self.reserve(text, bound, now) {
            Verdict::Admitted(admission) => admission.hold,
            Verdict::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    fn refuse(&mut self, text: &str, bound: &str, now: Timestamp) -> Refusal {
        match self.reserve(text, bound, now) {
            Verdict::Refused(refusal) => refusal,
            Verdict::Admitted(admission) => panic!("{admission:?}"),
        }
    }

    fn spend(&mut self, text: &str, amount: &str, now: Timestamp) {
        let hold = self.admit(text, amount, now);
        self.machine.end(hold, Ending::Settled(usd(amount)), now).unwrap();
    }

    fn row(&mut self, name: &str, now: Timestamp) -> BudgetStatus {
        self.machine.status(now).into_iter().find(|row| &*row.name == name).unwrap()
    }

    fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.machine.drain_events(&mut events);
        events
    }
}

#[test]
fn ten_calls_of_a_tenth_fill_a_budget_of_one_and_the_next_is_refused() {
    let mut bench = Bench::new(vec![monthly("all", "", "1", vec![])]);
    let holds: Vec<HoldId> = (0..10).map(|_| bench.admit("team=a", "0.1", noon())).collect();
    let refusal = bench.refuse("team=a", "0.1", noon());
    assert!(matches!(refusal, Refusal::Exceeded { remaining: Money::ZERO, .. }), "{refusal:?}");
    for hold in holds {
        bench.machine.end(hold, Ending::Settled(usd("0.1")), noon()).unwrap();
    }
    let row = bench.row("all", noon());
    assert_eq!((row.spent, row.held, row.state), (usd("1"), Money::ZERO, BudgetState::Suspended));
    assert!(matches!(bench.refuse("team=a", "0.1", noon()), Refusal::Suspended { .. }));
}

#[test]
fn a_call_that_one_of_its_budgets_refuses_is_held_in_none() {
    let mut bench =
        Bench::new(vec![monthly("all", "", "100", vec![]), monthly("a", "team = \"a\"", "1", vec![])]);
    bench.refuse("team=a", "2", noon());
    assert_eq!(bench.row("all", noon()).held, Money::ZERO);
    bench.admit("team=b", "2", noon());
    assert_eq!((bench.row("all", noon()).held, bench.row("a", noon()).held), (usd("2"), Money::ZERO));
}

#[test]
fn settling_above_the_hold_books_it_all_and_says_so() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    let hold = bench.admit("team=a", "1", noon());
    bench.machine.end(hold, Ending::Settled(usd("12")), noon()).unwrap();
    assert_eq!(bench.row("all", noon()).spent, usd("12"));
    let events = bench.events();
    assert!(events.contains(&Event::Overrun { hold, bound: usd("1"), cost: usd("12") }), "{events:?}");
}

#[test]
fn a_hold_that_nobody_ends_is_spend_at_its_expiry_and_a_late_settlement_corrects_it() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    let hold = bench.admit("team=a", "3", noon());
    let later = noon().plus(HOUR);
    assert_eq!(bench.row("all", later.minus(Duration::from_micros(1))).held, usd("3"));
    assert_eq!((bench.row("all", later).spent, bench.row("all", later).held), (usd("3"), Money::ZERO));
    let booking = bench.machine.end(hold, Ending::Settled(usd("0.5")), later).unwrap();
    assert!(booking.is_late());
    assert_eq!((booking.delta, booking.effective_at), (usd("-2.5"), noon()));
    assert_eq!(bench.row("all", later).spent, usd("0.5"));
}

#[test]
fn ending_a_hold_again_answers_the_same_and_otherwise_is_an_error() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    let hold = bench.admit("team=a", "1", noon());
    assert!(!bench.machine.end(hold, Ending::Settled(usd("0.5")), noon()).unwrap().is_replay);
    assert!(bench.machine.end(hold, Ending::Settled(usd("0.5")), noon()).unwrap().is_replay);
    let error = bench.machine.end(hold, Ending::Settled(usd("0.6")), noon()).unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (ErrorCode::HoldEnded, &*format!("hold {hold} has been settled to 0.5 USD already"))
    );
    assert_eq!(bench.machine.end(hold, Ending::Released, noon()).unwrap_err().code(), ErrorCode::HoldEnded);
    assert_eq!(bench.row("all", noon()).spent, usd("0.5"));
}

#[test]
fn the_same_key_gives_the_same_hold_and_another_content_is_an_error() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    let request = Request { key: Some(CallKey::of("job-17")), ..bench.request("team=a", "1", noon()) };
    let Verdict::Admitted(first) = bench.machine.reserve(&request, noon()).unwrap() else { panic!() };
    let Verdict::Admitted(again) = bench.machine.reserve(&request, noon().plus(HOUR / 2)).unwrap() else {
        panic!()
    };
    assert_eq!((again.hold, again.is_replay, first.is_replay), (first.hold, true, false));
    let other = Request { bound: usd("2"), ..request };
    assert_eq!(bench.machine.reserve(&other, noon()).unwrap_err().code(), ErrorCode::KeyConflict);
    assert_eq!(bench.row("all", noon()).held, usd("1"));
}

#[test]
fn a_step_fires_once_a_window() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    bench.spend("team=a", "7.9", noon());
    assert_eq!(bench.events(), []);
    bench.spend("team=a", "0.1", noon());
    assert!(matches!(bench.events()[..], [Event::StepFired { step: 0, cause: Cause::Spent, .. }]));
    bench.spend("team=a", "0.1", noon());
    assert_eq!(bench.events(), []);
    bench.spend("team=a", "8", at("2026-12-01T00:00:00Z"));
    assert!(matches!(bench.events()[..], [Event::StepFired { step: 0, .. }]));
}

#[test]
fn a_hold_belongs_to_the_window_in_which_it_was_taken() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    let hold = bench.admit("team=a", "9", at("2026-11-30T23:59:59Z"));
    let december = at("2026-12-01T00:00:01Z");
    bench.admit("team=a", "10", december);
    bench.machine.end(hold, Ending::Settled(usd("8")), december).unwrap();
    assert_eq!(bench.row("all", december).held, usd("10"));
    assert_eq!(bench.row("all", december).spent, Money::ZERO);
    assert_eq!(bench.row("all", at("2026-11-30T23:59:59Z")).spent, usd("8"));
}

#[test]
fn a_clock_that_is_set_back_finds_the_earlier_window_as_it_was() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    bench.spend("team=a", "9", noon());
    bench.admit("team=a", "5", at("2026-12-05T00:00:00Z"));
    assert!(
        matches!(bench.refuse("team=a", "2", noon()), Refusal::Exceeded { remaining, .. } if remaining == usd("1"))
    );
}

#[test]
fn a_rolling_window_never_covers_less_than_its_length() {
    let day = Period::Rolling { length: Duration::from_hours(24) };
    let mut bench = Bench::new(vec![budget("day", "", "10", day, vec![])]);
    bench.spend("team=a", "10", noon());
    let almost = noon().plus(Duration::from_hours(24)).minus(Duration::from_micros(1));
    assert!(matches!(bench.refuse("team=a", "1", almost), Refusal::Suspended { .. }));
    bench.admit("team=a", "10", noon().plus(Duration::from_mins(24 * 60 + 46)));
}

#[test]
fn an_agent_that_crosses_is_suspended_and_the_others_go_on() {
    let steps = vec![step(50, Action::Suspend(SuspendTarget::Agent))];
    let mut bench = Bench::new(vec![monthly("all", "", "10", steps)]);
    bench.spend("team=a agent=writer", "6", noon());
    assert!(matches!(
        bench.refuse("team=a agent=writer", "1", noon()),
        Refusal::Suspended { agent: Some(_), .. }
    ));
    bench.spend("team=a agent=reader", "6", noon());
    bench.machine.resume("all", Some("writer"), noon()).unwrap();
    bench.admit("team=a agent=writer", "1", noon());
}

#[test]
fn a_resumed_suspension_goes_up_to_the_limit_and_only_a_raise_goes_past_it() {
    let steps = vec![step(50, Action::Suspend(SuspendTarget::Scope))];
    let mut bench = Bench::new(vec![monthly("all", "", "10", steps)]);
    bench.spend("team=a", "5", noon());
    assert!(matches!(bench.refuse("team=a", "1", noon()), Refusal::Suspended { agent: None, .. }));
    bench.machine.resume("all", None, noon()).unwrap();
    bench.spend("team=a", "5", noon());
    assert_eq!(bench.machine.resume("all", None, noon()).unwrap_err().code(), ErrorCode::ResumeNeedsRaise);
    assert_eq!(
        bench.machine.resume("al", None, noon()).unwrap_err().message(),
        "no budget has the name `al` (did you mean `all`?)"
    );
}

#[test]
fn an_even_pace_spreads_what_is_left_over_the_time_that_is_left() {
    let steps =
        vec![step(50, Action::Throttle(Throttle::Pace)), step(100, Action::Suspend(SuspendTarget::Scope))];
    let mut bench = Bench::new(vec![budget("day", "", "10", Period::Day, steps)]);
    bench.spend("team=a", "5", noon());
    bench.spend("team=a", "1", noon());
    // 5 USD were left for 12 hours; 1 USD of them is 2.4 hours.
    let Refusal::Throttled { way: Way::RetryAfter(wait), .. } = bench.refuse("team=a", "1", noon()) else {
        panic!()
    };
    assert_eq!(wait, Duration::from_mins(144));
    bench.refuse("team=a", "1", noon().plus(wait).minus(Duration::from_micros(1)));
    bench.admit("team=a", "1", noon().plus(wait));
}

#[test]
fn calls_at_once_calls_a_minute_and_cost_a_minute_are_bounded() {
    let throttled = |throttle| vec![step(1, Action::Throttle(throttle))];
    let wait = |bench: &mut Bench| match bench.refuse("team=a", "0.5", noon()) {
        Refusal::Throttled { way: Way::RetryAfter(wait), .. } => wait,
        other => panic!("{other:?}"),
    };
    let mut bench = Bench::new(vec![monthly("all", "", "100", throttled(Throttle::Concurrency(2)))]);
    bench.spend("team=a", "1", noon());
    let holds = [bench.admit("team=a", "0.5", noon()), bench.admit("team=a", "0.5", noon())];
    assert_eq!(wait(&mut bench), Duration::from_secs(1));
    bench.machine.end(holds[0], Ending::Released, noon()).unwrap();
    bench.admit("team=a", "0.5", noon());

    let mut bench = Bench::new(vec![monthly("all", "", "100", throttled(Throttle::CallsPerMinute(3)))]);
    bench.spend("team=a", "1", noon());
    let _: Vec<HoldId> = (0..3).map(|_| bench.admit("team=a", "0.5", noon())).collect();
    assert_eq!(wait(&mut bench), Duration::from_secs(20));

    let mut bench = Bench::new(vec![monthly("all", "", "100", throttled(Throttle::CostPerMinute(usd("1"))))]);
    bench.spend("team=a", "1", noon());
    let hold = bench.admit("team=a", "0.5", noon());
    bench.admit("team=a", "0.5", noon());
    assert_eq!(wait(&mut bench), Duration::from_secs(30));
    bench.machine.end(hold, Ending::Settled(usd("0.1")), noon()).unwrap();
    assert_eq!(wait(&mut bench), Duration::from_secs(6));
}

#[test]
fn a_dearer_model_is_sent_to_the_cheaper_one() {
    let mut bench = Bench::new(vec![]);
    let cheap = bench.machine.dictionary_mut().symbol("test/cheap").unwrap();
    let steps = vec![step(50, Action::Throttle(Throttle::Downgrade { to: "test/cheap".into() }))];
    bench.machine.replace_budgets(vec![monthly("all", "", "10", steps)], std::iter::empty(), noon()).unwrap();
    bench.spend("team=a", "5", noon());
    assert!(
        matches!(bench.refuse("team=a", "1", noon()), Refusal::Throttled { way: Way::DowngradeTo(to), .. } if to == cheap)
    );
    bench.model = cheap;
    bench.admit("team=a", "1", noon());
}

#[test]
fn what_a_window_leaves_over_is_carried_once() {
    let options = BudgetOptions {
        rollover: Rollover::UpTo(usd("3")),
        ..monthly("all", "", "10", vec![]).options().clone()
    };
    let mut bench = Bench::new(vec![Budget::new(options).unwrap()]);
    bench.spend("team=a", "8", noon());
    assert_eq!(bench.row("all", at("2026-12-10T00:00:00Z")).limit, usd("12"));
    assert_eq!(bench.row("all", at("2027-01-10T00:00:00Z")).limit, usd("13"));
}

#[test]
fn each_value_of_a_tag_has_an_amount_of_its_own() {
    let options =
        BudgetOptions { per: vec![TagKey::AGENT], ..monthly("agent", "", "1", vec![]).options().clone() };
    let mut bench = Bench::new(vec![Budget::new(options).unwrap()]);
    bench.spend("team=a agent=writer", "1", noon());
    bench.refuse("team=b agent=writer", "1", noon());
    bench.admit("team=a agent=reader", "1", noon());
}

#[test]
fn a_sub_agent_spends_from_the_run_that_it_came_from() {
    let mut bench = Bench::new(vec![budget("run", "agent = \"planner\"", "1", Period::Run, vec![])]);
    let parent = tags("team=a agent=planner run=r1");
    let child = inherit(&parent, &tags("agent=searcher run=r1.1")).unwrap();
    let grandchild = inherit(&child, &tags("agent=reader run=r1.1.1")).unwrap();
    let model = bench.model;
    let mut reserve = |tags: &TagSet, bound: &str| {
        let scope = bench.machine.scope(tags, noon()).unwrap();
        let request =
            Request { scope, model, bound: usd(bound), lifetime: HOUR, key: None, fingerprint: None };
        matches!(bench.machine.reserve(&request, noon()).unwrap(), Verdict::Admitted(_))
    };
    assert!(reserve(&parent, "0.4"));
    assert!(reserve(&child, "0.4"));
    assert!(!reserve(&grandchild, "0.4"));
    assert!(reserve(&grandchild, "0.2"));
    assert!(reserve(&tags("team=a agent=planner run=r2"), "1"));
}

#[test]
fn editing_a_limit_in_mid_window_keeps_spend_holds_and_what_steps_did() {
    let mut bench = Bench::new(vec![monthly("all", "", "10", vec![])]);
    bench.spend("team=a", "8", noon());
    let hold = bench.admit("team=a", "1", noon());
    assert_eq!(bench.events().len(), 1);
    let tag_set = bench.machine.dictionary().find_tag_set(&tags("team=a")).unwrap();
    let history = [Spend { tag_set, at: noon(), amount: usd("8") }];
    let raised = vec![monthly("all", "", "9.5", vec![])];
    bench.machine.replace_budgets(raised, history.into_iter(), noon()).unwrap();
    let row = bench.row("all", noon());
    assert_eq!((row.limit, row.spent, row.held), (usd("9.5"), usd("8"), usd("1")));
    assert_eq!(bench.events(), []);
    bench.machine.end(hold, Ending::Settled(usd("0.25")), noon()).unwrap();
    assert_eq!(bench.row("all", noon()).spent, usd("8.25"));
    let twice = vec![monthly("all", "", "1", vec![]), monthly("all", "", "2", vec![])];
    let error = bench.machine.replace_budgets(twice, std::iter::empty(), noon()).unwrap_err();
    assert_eq!(error.message(), "two budgets have the name `all`");
    assert_eq!(bench.row("all", noon()).spent, usd("8.25"));
}

#[test]
fn a_forecast_a_loop_and_a_spike_fire_their_steps() {
    let alert = |trigger| Step { trigger, action: Action::Alert(Level::Warning) };
    let steps = vec![
        alert(Trigger::Forecast { percent: 100 }),
        alert(Trigger::Repeats { count: 3, within: Duration::from_mins(10) }),
        alert(Trigger::Spike { times: 3 }),
    ];
    let mut bench = Bench::new(vec![budget("day", "", "100", Period::Day, steps)]);
    bench.spend("team=a", "40", at("2026-11-10T01:00:00Z"));
    assert_eq!(bench.events(), [], "a tenth of the day has not passed");
    bench.spend("team=a", "10", at("2026-11-10T06:00:00Z"));
    assert!(
        matches!(bench.events()[..], [Event::StepFired { cause: Cause::Forecast(sum), .. }] if sum == usd("200"))
    );
    bench.spend("team=a", "10", at("2026-11-10T07:00:00Z"));
    for count in 1..=4 {
        let mut request = bench.request("team=a", "0.1", noon());
        request.fingerprint = Some(7);
        let Verdict::Admitted(admission) = bench.machine.reserve(&request, noon()).unwrap() else { panic!() };
        assert_eq!(bench.events().len(), usize::from(count == 3));
        bench.machine.end(admission.hold, Ending::Released, noon()).unwrap();
    }
    // 40, 10 and 10 USD in the hours before: three times their mean is 60.
    bench.spend("team=a", "59", at("2026-11-10T13:00:00Z"));
    let spikes = |events: Vec<Event>| {
        events
            .iter()
            .filter(|event| matches!(event, Event::StepFired { cause: Cause::Spike { .. }, .. }))
            .count()
    };
    assert_eq!(spikes(bench.events()), 0);
    bench.spend("team=a", "1.01", at("2026-11-10T13:10:00Z"));
    assert_eq!(spikes(bench.events()), 1);
}

#[test]
fn a_budget_that_makes_no_sense_is_refused_with_its_reason() {
    let calendar = |period| Calendar::new(period, "UTC").unwrap();
    let fault = |limit: &str, period, steps| {
        let options = BudgetOptions {
            steps,
            ..BudgetOptions::new("b", Selector::everything(), usd(limit), calendar(period))
        };
        Budget::new(options).unwrap_err().to_string()
    };
    assert_eq!(
        fault("-1", Period::Month, vec![]),
        "budget `b` has a limit of -1 USD, and 0 to 1e15 USD is allowed"
    );
    let pace = vec![step(1, Action::Throttle(Throttle::Pace))];
    assert_eq!(
        fault("1", Period::Once, pace),
        "budget `b`: a pace needs a window that ends, and the period is `once`"
    );
    assert_eq!(
        fault("1", Period::Month, vec![step(0, Action::Alert(Level::Info))]),
        "budget `b`: a step at 0 %, and 1 to 1000 is allowed"
    );
}

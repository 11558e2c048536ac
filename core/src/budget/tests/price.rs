//! The laws of budgets on price: what clients are billed never passes the limit, and is counted to the last digit.

use super::*;
use crate::budget::basis::{CallPrices, PriceFactor, PriceSchedule};
use crate::tags::TagSetId;
use std::sync::Arc;

/// Markup and discount by client, each from an instant on.
type Agreed = Vec<(&'static str, Vec<(Timestamp, u32, u32)>)>;

#[derive(Debug)]
struct Terms {
    agreed: Agreed,
    edges: Vec<Timestamp>,
}

impl Terms {
    fn source(agreed: Agreed) -> Arc<dyn CallPrices> {
        let mut edges: Vec<Timestamp> =
            agreed.iter().flat_map(|(_, terms)| terms.iter().map(|(from, ..)| *from)).collect();
        edges.sort_unstable();
        edges.dedup();
        Arc::new(Self { agreed, edges })
    }
}

impl CallPrices for Terms {
    fn schedule(&self, tags: &TagSet) -> PriceSchedule {
        let own = |client: &str| self.agreed.iter().find(|(known, _)| *known == client);
        let terms = tags.get(&TagKey::CLIENT).and_then(own).map(|(_, terms)| terms.as_slice());
        let factor = |(from, markup, discount): &(Timestamp, u32, u32)| {
            (*from, PriceFactor::new(*markup, *discount).unwrap())
        };
        PriceSchedule::new(terms.unwrap_or_default().iter().map(factor))
    }

    fn edges(&self) -> &[Timestamp] {
        &self.edges
    }
}

fn on_price(budget: &Budget, prices: &Arc<dyn CallPrices>) -> Budget {
    let options = BudgetOptions { basis: BudgetBasis::Price, ..budget.options().clone() };
    Budget::new(options).unwrap().at_prices(prices)
}

fn marked_up(client: &'static str, markup: u32) -> Arc<dyn CallPrices> {
    Terms::source(vec![(client, vec![(Timestamp::MIN, markup, 0)])])
}

#[test]
fn a_budget_on_price_admits_what_is_billed_up_to_its_limit_and_tells_prices() {
    let budgets = vec![
        on_price(&monthly("acme", "client = \"acme\"", "12", vec![]), &marked_up("acme", 2_000)),
        monthly("all", "", "100", vec![]),
    ];
    let mut bench = Bench::new(budgets);
    let hold = bench.admit("client=acme", "9", noon());
    let row = bench.row("acme", noon());
    assert_eq!(row.basis, BudgetBasis::Price);
    assert_eq!((row.limit, row.held, row.remaining), (usd("12"), usd("10.8"), usd("1.2")));
    let refusal = bench.refuse("client=acme", "1.000000000001", noon());
    let Refusal::Exceeded { bound, remaining, remaining_cost, .. } = refusal else { panic!("{refusal:?}") };
    // 1.000000000001 is billed at 1.2000000000012, which is told rounded up.
    assert_eq!((bound, remaining, remaining_cost), (usd("1.200000000002"), usd("1.2"), usd("1")));
    bench.machine.end(hold, Ending::Settled(usd("8")), noon()).unwrap();
    bench.spend("client=acme", "2", noon());
    let row = bench.row("acme", noon());
    assert_eq!((row.spent, row.held, row.remaining), (usd("12"), Money::ZERO, Money::ZERO));
    assert_eq!(row.state, BudgetState::Suspended);
    let all = bench.row("all", noon());
    assert_eq!((all.basis, all.spent), (BudgetBasis::Cost, usd("10")));
}

#[test]
fn steps_fire_on_the_price_and_tell_it() {
    let budget = on_price(&monthly("acme", "client = \"acme\"", "10", vec![]), &marked_up("acme", 10_000));
    let mut bench = Bench::new(vec![budget]);
    bench.spend("client=acme", "3.999999999999", noon());
    assert_eq!(bench.events(), []);
    bench.spend("client=acme", "0.000000000001", noon());
    let events = bench.events();
    let [Event::StepFired { spent, limit, cause: Cause::Spent, .. }] = events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((spent, limit), (usd("8"), usd("10")));
    assert!(matches!(bench.refuse("client=acme", "1.1", noon()), Refusal::Exceeded { .. }));
    let events = bench.events();
    let [Event::Exhausted { bound, remaining, .. }] = events[..] else { panic!("{events:?}") };
    assert_eq!((bound, remaining), (usd("2.2"), usd("2")));
}

#[test]
fn a_rule_that_changes_within_a_window_counts_each_call_by_its_own_time() {
    let change = at("2026-11-15T00:00:00Z");
    let terms = vec![(Timestamp::MIN, 2_000, 0), (change, 10_000, 1_000)];
    let prices = Terms::source(vec![("acme", terms)]);
    let mut bench = Bench::new(vec![on_price(&monthly("acme", "", "100", vec![]), &prices)]);
    bench.spend("client=acme", "10", noon());
    let early = bench.admit("client=acme", "10", change.minus(HOUR / 2));
    bench.spend("client=acme", "10", change);
    // 10 at 1.2 and 10 at 2 less a tenth.
    assert_eq!(bench.row("acme", change).spent, usd("30"));
    assert_eq!(bench.row("acme", change).held, usd("12"));
    // A call counts by the rule of the time at which it was reserved.
    bench.machine.end(early, Ending::Settled(usd("5")), change).unwrap();
    let row = bench.row("acme", change);
    assert_eq!((row.spent, row.held), (usd("36"), Money::ZERO));
}

#[test]
fn calls_of_nobody_with_terms_count_at_their_cost_and_what_is_free_always_fits() {
    let prices = Terms::source(vec![
        ("acme", vec![(Timestamp::MIN, 10_000, 0)]),
        ("gift", vec![(Timestamp::MIN, 0, 10_000)]),
    ]);
    let mut bench = Bench::new(vec![on_price(&monthly("all", "", "10", vec![]), &prices)]);
    bench.spend("client=acme", "1", noon());
    bench.spend("client=other", "1", noon());
    bench.spend("team=a", "1", noon());
    bench.spend("client=gift", "1000", noon());
    assert_eq!(bench.row("all", noon()).spent, usd("4"));
    // What was recorded takes what still fits: 6 of price are 3 of cost.
    let request = bench.request("client=acme", "5", noon());
    assert_eq!(bench.machine.record(&request, noon()).unwrap().bound, usd("3"));
    let request = bench.request("client=gift", "5", noon());
    assert_eq!(bench.machine.record(&request, noon()).unwrap().bound, usd("5"));
}

#[test]
fn pace_and_forecast_of_a_large_budget_on_price_are_those_of_the_same_budget_on_cost() {
    let pace = || Step { trigger: Trigger::Spend { percent: 1 }, action: Action::Throttle(Throttle::Pace) };
    let year = Period::Year { first_month: 1, first_day: 1 };
    let plain =
        budget("all", "", "200000000", year, vec![pace(), step(100, Action::Suspend(SuspendTarget::Scope))]);
    let priced = on_price(
        &budget("all", "", "400000000", year, vec![pace(), step(100, Action::Suspend(SuspendTarget::Scope))]),
        &marked_up("acme", 10_000),
    );
    let told = [(plain, 1), (priced, 2)].map(|(budget, times)| {
        let mut bench = Bench::new(vec![budget]);
        bench.spend("client=acme", "5000000", noon());
        bench.spend("client=acme", "1000", noon());
        let Refusal::Throttled { way, .. } = bench.refuse("client=acme", "1000", noon()) else { panic!() };
        let forecast = bench.row("all", noon()).forecast.unwrap();
        (way, Money::from_pico(forecast.pico() / times / 1_000_000))
    });
    assert_eq!(told[0], told[1]);
}

/// A small generator, the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

const CLIENTS: [&str; 3] = ["acme", "globex", "initech"];

/// What one entry of the ledger books.
#[derive(Clone, Copy)]
struct Booked {
    client: usize,
    tag_set: TagSetId,
    at: Timestamp,
    amount: Money,
}

struct World {
    bench: Bench,
    prices: Arc<dyn CallPrices>,
    agreed: Agreed,
    booked: Vec<Booked>,
    open: Vec<(usize, HoldId)>,
    now: Timestamp,
}

impl World {
    fn new(chance: &mut Chance) -> Self {
        let mut agreed = Vec::new();
        for client in CLIENTS {
            let (mut from, mut terms) = (Timestamp::MIN, Vec::new());
            for _ in 0..=chance.below(3) {
                let markup = u32::try_from(chance.below(30_000)).unwrap();
                terms.push((from, markup, u32::try_from(chance.below(6_000)).unwrap()));
                from = noon().plus(Duration::from_secs(chance.below(200_000)));
            }
            terms.sort_unstable();
            agreed.push((client, terms));
        }
        let prices = Terms::source(agreed.clone());
        let mut bench = Bench::new(Vec::new());
        bench.machine.replace_budgets(budgets(&prices), std::iter::empty(), noon()).unwrap();
        Self { bench, prices, agreed, booked: Vec::new(), open: Vec::new(), now: noon() }
    }

    /// What a cost of a client is billed at, in hundred-millionths of a pico.
    fn price(&self, client: usize, cost: Money, at: Timestamp) -> i128 {
        let (_, markup, discount) =
            self.agreed[client].1.iter().rev().find(|(from, ..)| *from <= at).unwrap();
        cost.pico() * i128::from(10_000 + markup) * i128::from(10_000 - discount)
    }

    fn step(&mut self, chance: &mut Chance) {
        self.now = self.now.plus(Duration::from_secs(chance.below(1_200)));
        let client = usize::try_from(chance.below(3)).unwrap();
        match chance.below(8) {
            0..=3 => {
                let bound = Money::from_pico(i128::from(chance.below(3_000_000)) * 1_000_003 + 7);
                let scope = self.bench.machine.scope(&tags(&format!("client={}", CLIENTS[client])), self.now);
                let request =
                    Request { scope: scope.unwrap(), bound, ..self.bench.request("team=a", "0", self.now) };
                if let Verdict::Admitted(admission) = self.bench.machine.reserve(&request, self.now).unwrap()
                {
                    self.open.push((client, admission.hold));
                }
            }
            4 if !self.booked.is_empty() => {
                let place = usize::try_from(chance.below(self.booked.len() as u64)).unwrap();
                let Booked { client, tag_set, at, amount } = self.booked[place];
                // A correction downwards, which no budget can refuse.
                let delta = Money::from_pico(-amount.pico().abs() / 9);
                let scope = self.bench.machine.scope_of(tag_set, self.now).unwrap();
                self.bench.machine.adjust(scope, delta, at, self.now);
                self.booked.push(Booked { client, tag_set, at, amount: delta });
            }
            5 => self.restart(),
            _ if !self.open.is_empty() => {
                let place = usize::try_from(chance.below(self.open.len() as u64)).unwrap();
                let (client, hold) = self.open.swap_remove(place);
                let Some(view) = self.bench.machine.hold(hold) else { panic!() };
                let cost = Money::from_pico(view.bound.pico() * i128::from(chance.below(101)) / 100);
                let booking = self.bench.machine.end(hold, Ending::Settled(cost), self.now).unwrap();
                let tag_set = self.bench.machine.tag_set(view.scope).unwrap();
                // What had expired counts no longer among the expired, so this is all of it.
                self.booked.push(Booked { client, tag_set, at: booking.effective_at, amount: cost });
            }
            _ => {}
        }
    }

    /// Everything again, from what a ledger keeps: costs and open holds.
    fn restart(&mut self) {
        let budgets = budgets(&self.prices);
        let expired = self.expired();
        let history: Vec<Spend> = (self.booked.iter().chain(&expired))
            .map(|booked| Spend { tag_set: booked.tag_set, at: booked.at, amount: booked.amount })
            .collect();
        self.bench.machine.replace_budgets(budgets, history.into_iter(), self.now).unwrap();
        self.bench.events();
    }

    /// Open holds of the test whose time is over: their bounds are spend.
    fn expired(&mut self) -> Vec<Booked> {
        self.bench.machine.tick(self.now);
        let machine = &self.bench.machine;
        let over = self.open.iter().filter_map(|(client, hold)| Some((*client, machine.hold(*hold)?)));
        let over = over.filter(|(_, view)| view.state == HoldState::Expired);
        over.map(|(client, view)| Booked {
            client,
            tag_set: machine.tag_set(view.scope).unwrap(),
            at: view.reserved_at,
            amount: view.bound,
        })
        .collect()
    }

    /// The live counters are the sums of the prices of what was booked and is held, and pass no limit.
    fn check(&mut self, seed: u64) {
        let expired = self.expired();
        let machine = &self.bench.machine;
        for account in &machine.accounts {
            let budget = &machine.budgets[account.budget];
            let own = |client: usize| {
                account.instance.is_empty()
                    || machine.dictionary.text(account.instance[0]) == Some(CLIENTS[client])
            };
            let is_price = budget.basis() == BudgetBasis::Price;
            let in_slot = |at: Timestamp| account.slot.window.contains(at);
            let value = |client, amount: Money, at| {
                if is_price { self.price(client, amount, at) } else { amount.pico() }
            };
            let all =
                self.booked.iter().chain(&expired).filter(|booked| own(booked.client) && in_slot(booked.at));
            let spent: i128 = all.map(|booked| value(booked.client, booked.amount, booked.at)).sum();
            let open = self.open.iter().filter_map(|(client, hold)| Some((*client, machine.hold(*hold)?)));
            let open = open
                .filter(|(client, view)| view.state.is_open() && own(*client) && in_slot(view.reserved_at));
            let held: i128 = open.map(|(client, view)| value(client, view.bound, view.reserved_at)).sum();
            assert_eq!((account.slot.spent.pico(), account.slot.held.pico()), (spent, held), "seed {seed}");
            let limit = budget.limit().pico() * if is_price { 100_000_000 } else { 1 };
            assert!(spent + held <= limit, "seed {seed}: {} has {spent} + {held} of {limit}", budget.name());
        }
    }
}

fn budgets(prices: &Arc<dyn CallPrices>) -> Vec<Budget> {
    let each = monthly("each", "", "13.37", vec![]);
    let each = Budget::new(BudgetOptions { per: vec![TagKey::CLIENT], ..each.options().clone() }).unwrap();
    let daily = budget("day", "", "9", Period::Day, vec![]);
    vec![on_price(&each, prices), on_price(&daily, prices), monthly("cost", "client is set", "20", vec![])]
}

#[test]
fn the_prices_of_any_calls_are_counted_exactly_and_never_pass_a_limit() {
    for seed in 0..60 {
        let mut chance = Chance(seed);
        let mut world = World::new(&mut chance);
        for _ in 0..300 {
            world.step(&mut chance);
            world.check(seed);
        }
        assert!(world.booked.len() > 20, "seed {seed} books next to nothing");
    }
}

//! One counter of the model: what its windows hold, by summing, and what its steps did.

use super::plan::model_symbol;
use super::{Answer, Ask, Entry, Model, Name, Row, Told};
use bursar::{
    Action, Budget, BudgetState, Cause, Money, Rollover, Step, SuspendTarget, TagKey, Throttle, Timestamp,
    Trigger, Way, Window,
};
use std::{collections::BTreeMap, time::Duration};

/// The mark of a call that didn't fit, beside those of steps.
const EXHAUSTED: usize = usize::MAX;
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// What a budget's instance remembers that isn't a sum.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) budget: usize,
    pub(super) instance: Vec<String>,
    /// By window; a rolling period has one entry for all of time.
    marks: Vec<(Window, Marks)>,
    rates: BTreeMap<usize, Rate>,
    pub(super) seen: Vec<Seen>,
    hours: BTreeMap<i64, Money>,
}

#[derive(Clone, Debug, Default)]
struct Marks {
    /// Steps that fired, each with the window (of a rolling period, the bucket) in which it did.
    fired: Vec<(usize, Window)>,
    resumed: Vec<usize>,
    stopped: Vec<(String, usize)>,
    pace: Option<(Timestamp, Money)>,
}

impl Marks {
    fn has_fired(&self, step: usize) -> bool {
        self.fired.iter().any(|(fired, _)| *fired == step)
    }

    fn forget(&mut self, step: usize) {
        self.fired.retain(|(fired, _)| *fired != step);
        self.resumed.retain(|resumed| *resumed != step);
        self.stopped.retain(|(_, by)| *by != step);
    }
}

/// Work that a rate has still to do at an instant, in microseconds.
#[derive(Clone, Copy, Debug)]
struct Rate {
    backlog: i64,
    at: Timestamp,
}

impl Rate {
    fn at(self, now: Timestamp) -> Self {
        let passed = (now.micros() - self.at.micros()).max(0);
        Self { backlog: (self.backlog - passed).max(0), at: now }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) step: usize,
    pub(super) fingerprint: u64,
    pub(super) count: u32,
    pub(super) since: Timestamp,
}

impl Account {
    pub(super) fn new(budget: usize, instance: Vec<String>) -> Self {
        let (marks, rates, seen, hours) = (Vec::new(), BTreeMap::new(), Vec::new(), BTreeMap::new());
        Self { budget, instance, marks, rates, seen, hours }
    }

    /// Goes on where the account of the same name was.
    pub(super) fn keep(&mut self, budget: &Budget, before: &Self, its_budget: &Budget, now: Timestamp) {
        let moved = |step| moved(its_budget, budget, step);
        self.rates = before.rates.iter().filter_map(|(step, rate)| Some((moved(*step)?, *rate))).collect();
        let seen = before.seen.iter().filter_map(|seen| Some(Seen { step: moved(seen.step)?, ..*seen }));
        self.seen = seen.collect();
        self.hours = before.hours.clone();
        for (window, marks) in &before.marks {
            // What a rolling window did counts as done now, but for what lapses with its bucket.
            let window = if is_rolling(its_budget) { its_budget.calendar().slot_at(now) } else { *window };
            let of = |step: usize| {
                let fired = marks.fired.iter().find(|(fired, _)| *fired == step);
                fired.filter(|_| !is_on_spend(its_budget, step)).map_or(window, |(_, made)| *made)
            };
            for (step, _) in &marks.fired {
                if let (Some(to), Some(kept)) = (self.marks_kept(budget, of(*step), now), moved(*step)) {
                    to.fired.push((kept, of(*step)));
                }
            }
            for step in &marks.resumed {
                if let (Some(to), Some(kept)) = (self.marks_kept(budget, of(*step), now), moved(*step)) {
                    to.resumed.push(kept);
                }
            }
            for (agent, step) in &marks.stopped {
                if let (Some(to), Some(kept)) = (self.marks_kept(budget, of(*step), now), moved(*step)) {
                    to.stopped.push((agent.clone(), kept));
                }
            }
            if budget.calendar() == its_budget.calendar()
                && let Some(to) = self.marks_kept(budget, window, now)
            {
                to.pace = marks.pace;
            }
        }
    }

    /// The marks of a window of the budget before, if this one has the same window.
    fn marks_kept(&mut self, budget: &Budget, window: Window, now: Timestamp) -> Option<&mut Marks> {
        let calendar = budget.calendar();
        let is_same = calendar.slot_at(window.start()) == window;
        let is_inside = calendar
            .rolling_length()
            .is_none_or(|length| window.end() > calendar.slot_at(now).start().minus(length));
        (is_same && is_inside).then(|| self.marks_of(budget, window))
    }

    fn marks_of(&mut self, budget: &Budget, window: Window) -> &mut Marks {
        let window = if is_rolling(budget) { Window::ALWAYS } else { window };
        let index = self.marks.iter().position(|(known, _)| *known == window).unwrap_or_else(|| {
            self.marks.push((window, Marks::default()));
            self.marks.len() - 1
        });
        &mut self.marks[index].1
    }
}

/// Where a step is in another budget.
pub(super) fn moved(from: &Budget, to: &Budget, step: usize) -> Option<usize> {
    if step == EXHAUSTED {
        return Some(EXHAUSTED);
    }
    to.steps().iter().position(|other| other.label() == from.steps()[step].label())
}

fn is_rolling(budget: &Budget) -> bool {
    budget.calendar().rolling_length().is_some()
}

fn is_on_spend(budget: &Budget, step: usize) -> bool {
    budget.steps().get(step).is_some_and(|step| matches!(step.trigger, Trigger::Spend { .. }))
}

fn part(limit: Money, percent: u32) -> Money {
    limit.fraction(u64::from(percent), 100).unwrap()
}

impl Model {
    pub(super) fn name(&self, account: usize) -> Name {
        let account = &self.accounts[account];
        (self.budgets[account.budget].name().to_owned(), account.instance.clone())
    }

    fn budget(&self, account: usize) -> &Budget {
        &self.budgets[self.accounts[account].budget]
    }

    pub(super) fn window(&self, account: usize, now: Timestamp) -> Window {
        self.budget(account).calendar().slot_at(now)
    }

    /// Whether an instant counts in a window: it lies in it, or in a rolling one in a bucket that isn't past.
    fn covers(&self, account: usize, window: Window, at: Timestamp) -> bool {
        let calendar = self.budget(account).calendar();
        match calendar.rolling_length() {
            Some(length) => calendar.slot_at(at).end() > window.start().minus(length),
            None => window.contains(at),
        }
    }

    fn touches(&self, scope: usize, account: usize) -> bool {
        self.scopes[scope].accounts.contains(&account)
    }

    /// All bookings of an account in a window.
    fn spent_in(&self, account: usize, window: Window) -> Money {
        let counts =
            |entry: &&Entry| self.touches(entry.scope, account) && self.covers(account, window, entry.at);
        self.bookings.iter().filter(counts).map(|entry| entry.amount).sum()
    }

    pub(super) fn committed_in(&self, account: usize, window: Window) -> Money {
        let open = self.holds.iter().filter(|hold| hold.state.is_open() && self.touches(hold.scope, account));
        let held: Money =
            open.filter(|hold| self.covers(account, window, hold.reserved_at)).map(|hold| hold.bound).sum();
        self.spent_in(account, window) + held
    }

    fn limit_in(&self, account: usize, window: Window) -> Money {
        let budget = self.budget(account);
        let Rollover::UpTo(most) = budget.rollover() else { return budget.limit() };
        match budget.calendar().previous(window) {
            Some(previous) if previous.end() > self.since[self.accounts[account].budget] => {
                let left = budget.limit() - self.committed_in(account, previous);
                budget.limit() + left.at_least_zero().min(most)
            }
            _ => budget.limit(),
        }
    }

    /// What admission goes up to: less than the ceiling where the rest was passed on to a window that took some of it
    /// before the clock was set back.
    pub(super) fn ceiling_in(&self, account: usize, window: Window) -> Option<Money> {
        let (budget, ceiling) = (self.budget(account), self.own_ceiling_in(account, window)?);
        let Rollover::UpTo(most) = budget.rollover() else { return Some(ceiling) };
        let next = budget.calendar().slot_at(window.end());
        let is_passed_on = self.committed_in(account, next) > Money::ZERO;
        Some(if is_passed_on { ceiling.min((budget.limit() - most).at_least_zero()) } else { ceiling })
    }

    pub(super) fn own_ceiling_in(&self, account: usize, window: Window) -> Option<Money> {
        let (budget, limit) = (self.budget(account), self.limit_in(account, window));
        let resumed =
            |step: usize| self.marks(account, window).is_some_and(|marks| marks.resumed.contains(&step));
        let suspending: Vec<(usize, Money)> = (budget.steps().iter().enumerate())
            .filter(|(_, step)| step.action == Action::Suspend(SuspendTarget::Scope))
            .filter_map(|(index, step)| match step.trigger {
                Trigger::Spend { percent } => Some((index, part(limit, percent))),
                _ => None,
            })
            .collect();
        let highest = suspending.iter().map(|(_, amount)| *amount).max()?;
        let standing = suspending.iter().filter(|(step, _)| !resumed(*step)).map(|(_, amount)| *amount).min();
        Some(standing.unwrap_or(highest.max(limit)))
    }

    fn marks(&self, account: usize, window: Window) -> Option<&Marks> {
        let window = if is_rolling(self.budget(account)) { Window::ALWAYS } else { window };
        self.accounts[account].marks.iter().find(|(known, _)| *known == window).map(|(_, marks)| marks)
    }

    fn marks_mut(&mut self, account: usize, window: Window) -> &mut Marks {
        let budget = self.budgets[self.accounts[account].budget].clone();
        self.accounts[account].marks_of(&budget, window)
    }

    /// Lets steps fire again whose reason is gone.
    pub(super) fn touch(&mut self, account: usize, now: Timestamp) {
        let (budget, window) = (self.budget(account).clone(), self.window(account, now));
        if self.marks(account, window).is_none() {
            return;
        }
        let (spent, limit) = (self.spent_in(account, window), self.limit_in(account, window));
        let marks = self.marks_mut(account, window);
        for (index, step) in budget.steps().iter().enumerate() {
            let Trigger::Spend { percent } = step.trigger else { continue };
            let stops_agent = step.action == Action::Suspend(SuspendTarget::Agent);
            if spent < part(limit, percent) && (is_rolling(&budget) || stops_agent) {
                marks.forget(index);
            }
        }
        if let Some(length) = budget.calendar().rolling_length() {
            let from = window.start().minus(length);
            let has_left =
                |(step, made): &(usize, Window)| !is_on_spend(&budget, *step) && made.end() <= from;
            for (step, _) in marks.fired.clone().into_iter().filter(has_left) {
                marks.forget(step);
            }
            let paces = |(_, action): &(usize, Action)| *action == Action::Throttle(Throttle::Pace);
            if !self.active(account, now).iter().any(paces) {
                self.marks_mut(account, window).pace = None;
            }
        }
    }

    pub(super) fn fire(
        &mut self,
        account: usize,
        step: usize,
        cause: Cause,
        now: Timestamp,
        agent: Option<&str>,
    ) {
        self.fire_in(account, self.window(account, now), (step, cause), agent);
    }

    fn fire_in(
        &mut self,
        account: usize,
        window: Window,
        (step, cause): (usize, Cause),
        agent: Option<&str>,
    ) {
        let stops = self.budget(account).steps()[step].action == Action::Suspend(SuspendTarget::Agent);
        let marks = self.marks_mut(account, window);
        if marks.has_fired(step) {
            return;
        }
        marks.fired.push((step, window));
        marks.stopped.extend(agent.filter(|_| stops).map(|agent| (agent.to_owned(), step)));
        let (spent, limit) = (self.spent_in(account, window), self.limit_in(account, window));
        let (name, agent) = (self.name(account), agent.map(str::to_owned));
        self.told.push(Told::Step { name, window, step, cause, spent, limit, agent });
    }

    pub(super) fn fire_on_spend(&mut self, account: usize, now: Timestamp, agent: Option<&str>) {
        self.fire_on_spend_in(account, self.window(account, now), agent);
    }

    fn fire_on_spend_in(&mut self, account: usize, window: Window, agent: Option<&str>) {
        let (spent, limit) = (self.spent_in(account, window), self.limit_in(account, window));
        for (index, step) in self.budget(account).clone().steps().iter().enumerate() {
            if let Trigger::Spend { percent } = step.trigger
                && spent >= part(limit, percent)
            {
                self.fire_in(account, window, (index, Cause::Spent), agent);
            }
        }
    }

    /// What a booking makes happen: in its own window, and in the one that is now.
    pub(super) fn booked(&mut self, account: usize, entry: Entry, now: Timestamp, agent: Option<&str>) {
        let budget = self.budget(account).clone();
        if !is_rolling(&budget) && !self.window(account, now).contains(entry.at) {
            self.fire_on_spend_in(account, self.window(account, entry.at), agent);
        }
        self.touch(account, now);
        self.fire_on_spend(account, now, agent);
        let watches = |step: &Step| matches!(step.trigger, Trigger::Forecast { .. } | Trigger::Spike { .. });
        if !budget.steps().iter().any(watches) {
            return;
        }
        let hour = now.micros().div_euclid(HOUR);
        let hours = &mut self.accounts[account].hours;
        *hours.entry(hour).or_default() += entry.amount;
        if hours.len() > 25 {
            hours.pop_first();
        }
        let spike = hours.get(&hour).copied().and_then(|this| {
            let before: Vec<Money> =
                hours.range(hour - 24..hour).map(|(_, sum)| *sum).filter(|sum| *sum > Money::ZERO).collect();
            let mean = before.iter().copied().sum::<Money>().fraction(1, before.len() as u64)?;
            (before.len() >= 3).then_some((this, mean))
        });
        for (index, step) in budget.steps().iter().enumerate() {
            let limit = self.limit_in(account, self.window(account, now));
            let cause = match step.trigger {
                Trigger::Forecast { percent } => self
                    .forecast(account, now)
                    .filter(|sum| *sum >= part(limit, percent))
                    .map(Cause::Forecast),
                Trigger::Spike { times } => spike
                    .filter(|(hour, mean)| *hour > mean.fraction(u64::from(times), 1).unwrap())
                    .map(|(hour, mean)| Cause::Spike { hour, mean }),
                _ => None,
            };
            if let Some(cause) = cause {
                self.fire(account, index, cause, now, agent);
            }
        }
    }

    fn forecast(&self, account: usize, now: Timestamp) -> Option<Money> {
        let (calendar, window) = (self.budget(account).calendar(), self.window(account, now));
        if !calendar.has_end() || calendar.rolling_length().is_some() {
            return None;
        }
        let whole = window.end().micros() - window.start().micros();
        let gone = now.micros() - window.start().micros();
        let is_early = gone < whole / 10 || gone == 0;
        if is_early { None } else { self.spent_in(account, window).fraction(whole as u64, gone as u64) }
    }

    pub(super) fn repeat_steps(&self, account: usize) -> Vec<(usize, u32, Duration)> {
        let steps = self.budget(account).steps().iter().enumerate();
        steps
            .filter_map(|(index, step)| match step.trigger {
                Trigger::Repeats { count, within } => Some((index, count, within)),
                _ => None,
            })
            .collect()
    }

    /// Steps that apply: on spend while spend is there, others once they fired; unless a person lifted them.
    fn active(&self, account: usize, now: Timestamp) -> Vec<(usize, Action)> {
        let window = self.window(account, now);
        let (spent, limit) = (self.spent_in(account, window), self.limit_in(account, window));
        let none = Marks::default();
        let marks = self.marks(account, window).unwrap_or(&none);
        let steps = self.budget(account).steps().iter().enumerate();
        steps
            .filter(|(index, step)| match step.trigger {
                Trigger::Spend { percent } => spent >= part(limit, percent),
                _ => marks.has_fired(*index),
            })
            .filter(|(index, _)| !marks.resumed.contains(index))
            .map(|(index, step)| (index, step.action.clone()))
            .collect()
    }

    pub(super) fn check(&mut self, account: usize, ask: &Ask, now: Timestamp) -> Option<Answer> {
        let (window, name) = (self.window(account, now), self.name(account));
        let stopped = |agent: &str| {
            self.marks(account, window).is_some_and(|marks| marks.stopped.iter().any(|(who, _)| who == agent))
        };
        if let Some(agent) = self.scopes[ask.scope].tags.get(&TagKey::AGENT).filter(|agent| stopped(agent)) {
            return Some(Answer::Suspended {
                name,
                until: self.lifts_at(account, now),
                agent: Some(agent.to_owned()),
            });
        }
        let (spent, committed) = (self.spent_in(account, window), self.committed_in(account, window));
        let ceiling = self.ceiling_in(account, window);
        let active = self.active(account, now);
        let stops = |(_, action): &(usize, Action)| *action == Action::Suspend(SuspendTarget::Scope);
        if ask.bound > Money::ZERO {
            if ceiling.is_some_and(|ceiling| spent >= ceiling) || active.iter().any(stops) {
                return Some(Answer::Suspended { name, until: self.lifts_at(account, now), agent: None });
            }
            if let Some(ceiling) = ceiling.filter(|ceiling| committed + ask.bound > *ceiling) {
                return Some(Answer::Exceeded { name, remaining: (ceiling - committed).at_least_zero() });
            }
        }
        let mut worst: Option<Answer> = None;
        for (step, action) in active {
            let Action::Throttle(throttle) = action else { continue };
            let wait = match throttle {
                Throttle::Pace => self.pace_wait(account, now),
                Throttle::Concurrency(most) => {
                    let is_its =
                        |hold: &&super::Hold| hold.state.is_open() && self.touches(hold.scope, account);
                    (self.holds.iter().filter(is_its).count() >= most as usize).then_some(1_000_000)
                }
                Throttle::Downgrade { ref to } => {
                    let to = model_symbol(to);
                    if to != ask.model {
                        let way = Way::DowngradeTo(to);
                        worst = worst.or(Some(Answer::Throttled { name: name.clone(), way }));
                    }
                    continue;
                }
                ref rate => {
                    let weight = weight(rate, ask.bound);
                    let rate = self.rate(account, step, now);
                    Some(rate.backlog - (MINUTE - weight).max(0)).filter(|wait| *wait > 0)
                }
            };
            if let Some(wait) = wait {
                let way = Way::RetryAfter(Duration::from_micros(wait as u64));
                let throttled = Answer::Throttled { name: name.clone(), way };
                if worst.as_ref().is_none_or(|worst| super::rank(&throttled) < super::rank(worst)) {
                    worst = Some(throttled);
                }
            }
        }
        worst
    }

    /// How long until a straight line from where the pace began to the ceiling at its end reaches what is committed.
    fn pace_wait(&mut self, account: usize, now: Timestamp) -> Option<i64> {
        let window = self.window(account, now);
        let committed = self.committed_in(account, window);
        let most = self.limit_in(account, window);
        let most = self.ceiling_in(account, window).map_or(most, |ceiling| ceiling.min(most));
        let length = self.budget(account).calendar().rolling_length();
        let marks = self.marks_mut(account, window);
        let is_over =
            marks.pace.is_some_and(|(start, _)| length.is_some_and(|length| start.plus(length) <= now));
        if is_over {
            marks.pace = None;
        }
        let (start, first) = *marks.pace.get_or_insert((now, committed));
        let end = length.map_or(window.end(), |length| start.plus(length));
        let whole = i128::from(end.micros() - start.micros()).max(1);
        let left = (most - first).at_least_zero().pico();
        let line = |at: i128| first.pico() + left * (at - i128::from(start.micros())).clamp(0, whole) / whole;
        let now = i128::from(now.micros());
        if committed.pico() <= line(now) {
            return None;
        }
        // The first instant at which the line is there, or the end.
        let needed = (committed - first).pico() * whole;
        let gone = if left == 0 { whole } else { ((needed + left - 1) / left).min(whole) };
        Some(((i128::from(start.micros()) + gone - now) as i64).max(1))
    }

    fn rate(&mut self, account: usize, step: usize, now: Timestamp) -> &mut Rate {
        let rate = self.accounts[account].rates.entry(step).or_insert(Rate { backlog: 0, at: now });
        *rate = rate.at(now);
        rate
    }

    /// What an admitted call weighs on rates; the steps on cost among them.
    pub(super) fn take_rates(&mut self, account: usize, bound: Money, now: Timestamp) -> Vec<(usize, usize)> {
        let mut weighed = Vec::new();
        for (step, action) in self.active(account, now) {
            let Action::Throttle(throttle) = action else { continue };
            match throttle {
                Throttle::CallsPerMinute(_) => {}
                Throttle::CostPerMinute(_) => weighed.push((account, step)),
                _ => continue,
            }
            self.rate(account, step, now).backlog += weight(&throttle, bound);
        }
        weighed
    }

    pub(super) fn give_back(&mut self, account: usize, step: usize, unspent: Money) {
        let weight = weight(
            &match self.budget(account).steps()[step].action {
                Action::Throttle(ref throttle) => throttle.clone(),
                _ => return,
            },
            unspent,
        );
        if let Some(rate) = self.accounts[account].rates.get_mut(&step) {
            rate.backlog = (rate.backlog - weight).max(0);
        }
    }

    fn lifts_at(&self, account: usize, now: Timestamp) -> Option<Timestamp> {
        let (calendar, window) = (self.budget(account).calendar(), self.window(account, now));
        let Some(length) = calendar.rolling_length() else {
            return calendar.has_end().then_some(window.end());
        };
        let mut buckets: BTreeMap<Window, Money> = BTreeMap::new();
        for entry in self.bookings.iter().filter(|entry| self.touches(entry.scope, account)) {
            *buckets.entry(calendar.slot_at(entry.at)).or_default() += entry.amount;
        }
        for hold in self.holds.iter().filter(|hold| hold.state.is_open() && self.touches(hold.scope, account))
        {
            *buckets.entry(calendar.slot_at(hold.reserved_at)).or_default() += hold.bound;
        }
        let filled = buckets.iter().filter(|(_, sum)| **sum > Money::ZERO).map(|(bucket, _)| bucket.end());
        let marks = self.marks(account, window).into_iter().flat_map(|marks| &marks.fired);
        let marks =
            marks.filter(|(step, _)| !is_on_spend(self.budget(account), *step)).map(|(_, made)| made.end());
        filled.chain(marks).map(|end| end.plus(length)).filter(|end| *end > window.start()).min()
    }

    /// Tells of the first call in a window that didn't fit.
    pub(super) fn exhaust(&mut self, account: usize, refusal: &Answer, bound: Money, now: Timestamp) {
        let Answer::Exceeded { remaining, .. } = *refusal else { return };
        let window = self.window(account, now);
        let marks = self.marks_mut(account, window);
        if marks.has_fired(EXHAUSTED) {
            return;
        }
        marks.fired.push((EXHAUSTED, window));
        let (spent, limit) = (self.spent_in(account, window), self.limit_in(account, window));
        self.told.push(Told::Exhausted { name: self.name(account), window, remaining, bound, spent, limit });
    }

    /// Whether anything was lifted; nothing when only a raise helps.
    pub(super) fn resume_account(
        &mut self,
        account: usize,
        agent: Option<&str>,
        now: Timestamp,
    ) -> Option<bool> {
        let (window, name) = (self.window(account, now), self.name(account));
        if let Some(agent) = agent {
            let marks = self.marks_mut(account, window);
            let stopped = marks.stopped.len();
            marks.stopped.retain(|(who, _)| who != agent);
            let is_lifted = marks.stopped.len() < stopped;
            if is_lifted {
                let agent = Some(agent.to_owned());
                self.told.push(Told::Resumed { name, window, steps: Vec::new(), agent });
            }
            return Some(is_lifted);
        }
        let (spent, ceiling) = (self.spent_in(account, window), self.ceiling_in(account, window));
        let stops = |(_, action): &(usize, Action)| *action == Action::Suspend(SuspendTarget::Scope);
        let steps: Vec<usize> =
            self.active(account, now).into_iter().filter(stops).map(|(step, _)| step).collect();
        if steps.is_empty() && ceiling.is_none_or(|ceiling| spent < ceiling) {
            return Some(false);
        }
        if steps.is_empty() || spent >= self.limit_in(account, window) {
            return None;
        }
        self.marks_mut(account, window).resumed.extend(&steps);
        self.told.push(Told::Resumed { name, window, steps, agent: None });
        Some(true)
    }

    pub(super) fn row(&self, account: usize, now: Timestamp) -> Row {
        let (budget, window) = (self.budget(account), self.window(account, now));
        let (spent, committed) = (self.spent_in(account, window), self.committed_in(account, window));
        let (limit, ceiling) = (self.limit_in(account, window), self.ceiling_in(account, window));
        let active = self.active(account, now);
        let has = |is: fn(&Action) -> bool| active.iter().any(|(_, action)| is(action));
        let state = if ceiling.is_some_and(|ceiling| spent >= ceiling)
            || has(|action| *action == Action::Suspend(SuspendTarget::Scope))
        {
            BudgetState::Suspended
        } else if self.marks(account, window).is_some_and(|marks| !marks.stopped.is_empty()) {
            BudgetState::AgentsSuspended
        } else if has(|action| matches!(action, Action::Throttle(_))) {
            BudgetState::Throttled
        } else {
            BudgetState::Open
        };
        let shown = budget
            .calendar()
            .rolling_length()
            .map_or(window, |length| Window::new(window.start().minus(length), window.end()).unwrap());
        Row {
            name: self.name(account),
            window: shown,
            limit,
            ceiling,
            spent,
            held: committed - spent,
            remaining: (ceiling.unwrap_or(limit) - committed).at_least_zero(),
            forecast: self.forecast(account, now),
            state,
        }
    }
}

/// What a call weighs on a rate: its part of what is allowed in a minute.
fn weight(throttle: &Throttle, amount: Money) -> i64 {
    match throttle {
        Throttle::CallsPerMinute(calls) => MINUTE / i64::from(*calls),
        Throttle::CostPerMinute(most) => (amount.pico() * i128::from(MINUTE) / most.pico()) as i64,
        _ => 0,
    }
}

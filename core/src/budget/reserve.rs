//! Reserving: one atomic step over every account that a call touches.

use super::account::Account;
use super::definition::{Budget, MAX_LIMIT};
use super::event::{Cause, Event};
use super::holds::{HoldState, HoldView, expiry};
use super::ids::{CallKey, HoldId, ScopeId};
use super::keys::Known;
use super::machine::Machine;
use super::refusal::{Admission, Refusal, Verdict, Way};
use super::slot::bit;
use super::step::{Action, SuspendTarget, Throttle, Trigger};
use super::throttle::{CONCURRENCY_WAIT, pace_wait, weight_of_call, weight_of_cost};
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::tags::{Dictionary, Symbol};
use crate::time::{Timestamp, Window};
use std::time::Duration;

/// The bit of [`Slot::fired`](super::slot::Slot) that says that a call didn't fit.
pub(super) const EXHAUSTED: usize = 63;

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whose call it is.
    pub scope: ScopeId,
    /// The model, interned under its canonical name.
    pub model: Symbol,
    /// The most that it may cost.
    pub bound: Money,
    /// How long the hold lives if nobody ends it; 1 second to 24 hours.
    pub lifetime: Duration,
    /// The caller's key.
    pub key: Option<CallKey>,
    /// A hash of the request, where loops shall be found.
    pub fingerprint: Option<u64>,
}

impl Machine {
    /// Decides a request, and holds its bound in every account if it fits all of them.
    ///
    /// # Errors
    /// `key_conflict` when the key was used for another request, `limit_reached` when too many holds are open,
    /// `usage_invalid` for a bound below zero.
    pub fn reserve(&mut self, request: &Request, now: Timestamp) -> Result<Verdict> {
        let now = self.tick(now);
        if let Some(key) = request.key
            && let Some(known) = self.keys.get(key)
        {
            return self.repeat(request, *known);
        }
        check_amount("bound", request.bound)?;
        self.holds.check_room()?;
        if !self.fits_all(request, now)
            && let Some(refusal) = self.check(request, now)
        {
            return Ok(Verdict::Refused(self.refuse(request, refusal)));
        }
        if let Some(scope) = self.scopes.get_mut(request.scope.index()) {
            scope.decisions.admitted += 1;
        }
        Ok(Verdict::Admitted(self.admit(request, now)))
    }

    fn repeat(&self, request: &Request, known: Known) -> Result<Verdict> {
        let tag_set = self.tag_set(request.scope);
        if tag_set == Some(known.tag_set)
            && request.model == known.model
            && request.bound == known.admission.bound
        {
            return Ok(Verdict::Admitted(Admission { is_replay: true, ..known.admission }));
        }
        Err(conflict(&known))
    }

    /// Whether the bound fits every account with no need to look at anything else, as nearly every call does.
    #[inline]
    fn fits_all(&self, request: &Request, now: Timestamp) -> bool {
        let Some(scope) = self.scopes.get(request.scope.index()) else { return true };
        let mut accounts = scope.accounts.iter().filter_map(|id| self.accounts.get(id.0 as usize));
        request.fingerprint.is_none() && accounts.all(|account| account.admits(request.bound, now))
    }

    /// The refusal of the highest rank over all accounts, if any.
    #[cold]
    fn check(&mut self, request: &Request, now: Timestamp) -> Option<Refusal> {
        let Self { dictionary, scopes, accounts, budgets, events, .. } = self;
        let scope = scopes.get(request.scope.index())?;
        let mut worst: Option<Refusal> = None;
        for id in &scope.accounts {
            let Some(account) = accounts.get_mut(id.0 as usize) else { continue };
            if request.fingerprint.is_none() && account.admits(request.bound, now) {
                continue;
            }
            let Some(budget) = budgets.get(account.budget) else { continue };
            account.roll(budget, now);
            if let Some(fingerprint) = request.fingerprint {
                account.count_repeat(budget, fingerprint, now, scope.agent, events);
            }
            let refusal = if account.is_guarded {
                account.check_guarded(budget, request, (scope.agent, dictionary), now)
            } else {
                account.check_room(request.bound)
            };
            if let Some(refusal) = refusal
                && worst.is_none_or(|worst| refusal.outranks(&worst))
            {
                worst = Some(refusal);
            }
        }
        worst
    }

    fn refuse(&mut self, request: &Request, refusal: Refusal) -> Refusal {
        if let Some(scope) = self.scopes.get_mut(request.scope.index()) {
            match refusal {
                Refusal::Suspended { .. } => scope.decisions.suspended += 1,
                Refusal::Exceeded { .. } => scope.decisions.exceeded += 1,
                Refusal::Throttled { .. } => scope.decisions.throttled += 1,
            }
        }
        if let Refusal::Exceeded { account, remaining } = refusal
            && let Some(account) = self.accounts.get_mut(account.0 as usize)
            && let Some(budget) = self.budgets.get(account.budget)
            && account.slot.fired & bit(EXHAUSTED) == 0
        {
            account.mark_fired(budget, EXHAUSTED);
            let (spent, limit) = (account.spent(budget), account.limit);
            let (account, window) = (account.id, account.slot.window);
            self.events.push(Event::Exhausted {
                account,
                window,
                remaining,
                bound: request.bound,
                spent,
                limit,
            });
        }
        refusal
    }

    /// Holds a request's bound in every account that it touches.
    pub(super) fn admit(&mut self, request: &Request, now: Timestamp) -> Admission {
        let expires_at = expiry(now, request.lifetime);
        let view = HoldView {
            id: HoldId::from_number(0),
            scope: request.scope,
            model: request.model,
            bound: request.bound,
            cost: Money::ZERO,
            reserved_at: now,
            expires_at,
            state: HoldState::Open,
        };
        let hold = self.holds.insert(view, request.key);
        let mut is_weighed = false;
        if let Some(scope) = self.scopes.get(request.scope.index()) {
            for id in &scope.accounts {
                let Some(account) = self.accounts.get_mut(id.0 as usize) else { continue };
                account.hold(request.bound);
                if account.is_guarded
                    && let Some(budget) = self.budgets.get(account.budget)
                {
                    is_weighed |= account.take_rates(budget, (hold, request.bound), now);
                }
            }
        }
        if is_weighed && let Some(record) = self.holds.get_mut(hold) {
            record.is_weighed = true;
        }
        let admission =
            Admission { hold, bound: request.bound, reserved_at: now, expires_at, is_replay: false };
        if let Some(key) = request.key
            && let Some(tag_set) = self.tag_set(request.scope)
        {
            self.keys.insert(key, Known { admission, tag_set, model: request.model });
        }
        admission
    }
}

impl Account {
    #[inline]
    fn check_room(&self, bound: Money) -> Option<Refusal> {
        let exceeded = || Refusal::Exceeded { account: self.id, remaining: self.remaining() };
        (!self.has_room(bound)).then(exceeded)
    }

    /// The same where throttles and suspensions have to be looked at.
    #[cold]
    fn check_guarded(
        &mut self,
        budget: &Budget,
        request: &Request,
        (agent, names): (Option<Symbol>, &Dictionary),
        now: Timestamp,
    ) -> Option<Refusal> {
        let (account, until) = (self.id, self.lifts_at(budget));
        let stopped =
            agent.filter(|agent| self.slot.suspended_agents.iter().any(|(stopped, _)| stopped == agent));
        if stopped.is_some() {
            return Some(Refusal::Suspended { account, until, agent: stopped });
        }
        let spent = self.spent(budget);
        let stops = |action: &Action| *action == Action::Suspend(SuspendTarget::Scope);
        let is_suspended = spent >= self.ceiling
            || self
                .active_steps(budget, spent)
                .any(|(index, action)| stops(action) && !is_on_spend(budget, index));
        if is_suspended && request.bound > Money::ZERO {
            return Some(Refusal::Suspended { account, until, agent: None });
        }
        self.check_room(request.bound).or_else(|| self.check_throttles(budget, (request, names), spent, now))
    }

    fn check_throttles(
        &mut self,
        budget: &Budget,
        (request, names): (&Request, &Dictionary),
        spent: Money,
        now: Timestamp,
    ) -> Option<Refusal> {
        let mut worst: Option<Refusal> = None;
        for (index, action) in self.active_steps(budget, spent) {
            let Action::Throttle(throttle) = action else { continue };
            let Some(way) = self.way_on(budget, (index, throttle), (request, names), now) else { continue };
            let refusal = Refusal::Throttled { account: self.id, way };
            if worst.is_none_or(|worst| refusal.outranks(&worst)) {
                worst = Some(refusal);
            }
        }
        worst
    }

    /// How the call may go on under a throttle; nothing when it may go as it is.
    fn way_on(
        &mut self,
        budget: &Budget,
        (index, throttle): (usize, &Throttle),
        (request, names): (&Request, &Dictionary),
        now: Timestamp,
    ) -> Option<Way> {
        let wait = match throttle {
            Throttle::Pace => self.wait_for_pace(budget, now),
            Throttle::CallsPerMinute(calls) => self.rates.of(index).wait(now, weight_of_call(*calls)),
            Throttle::CostPerMinute(amount) => {
                self.rates.of(index).wait(now, weight_of_cost(request.bound, *amount))
            }
            Throttle::Concurrency(most) => (self.open() >= *most).then_some(CONCURRENCY_WAIT),
            Throttle::Downgrade { to } => {
                let cheaper = names.find(to).filter(|cheaper| *cheaper != request.model);
                return cheaper.map(Way::DowngradeTo);
            }
        };
        wait.map(Way::RetryAfter)
    }

    fn wait_for_pace(&mut self, budget: &Budget, now: Timestamp) -> Option<Duration> {
        let (rolling, committed) = (budget.calendar().rolling_length(), self.committed());
        // In a rolling window the pace goes its length, and then starts anew from what is there.
        let is_over =
            |(start, _): &(Timestamp, Money)| rolling.is_some_and(|length| start.plus(length) <= now);
        let (start, at_start) = self.slot.pace.filter(|pace| !is_over(pace)).unwrap_or((now, committed));
        self.slot.pace = Some((start, at_start));
        let end = rolling.map_or(self.slot.window.end(), |length| start.plus(length));
        pace_wait(start, at_start, end, self.ceiling.min(self.limit), (now, committed))
    }

    /// Takes what an admitted call weighs in the active rate throttles; whether one on cost was among them.
    pub(super) fn take_rates(
        &mut self,
        budget: &Budget,
        (hold, bound): (HoldId, Money),
        now: Timestamp,
    ) -> bool {
        let spent = self.spent(budget);
        let mut weighed = 0;
        for (index, action) in self.active_steps(budget, spent) {
            match action {
                Action::Throttle(Throttle::CallsPerMinute(calls)) => {
                    self.rates.of(index).take(now, weight_of_call(*calls));
                }
                Action::Throttle(Throttle::CostPerMinute(amount)) => {
                    self.rates.of(index).take(now, weight_of_cost(bound, *amount));
                    weighed |= bit(index);
                }
                _ => {}
            }
        }
        if weighed != 0 {
            self.rates.weigh(hold, weighed);
        }
        weighed != 0
    }

    /// When a suspension ends by itself: with the window, and with the first bucket that leaves a rolling one.
    pub(super) fn lifts_at(&self, budget: &Budget) -> Option<Timestamp> {
        if !budget.calendar().has_end() {
            return None;
        }
        match budget.calendar().rolling_length() {
            None => Some(self.slot.window.end()),
            Some(length) => {
                let filled = self.slots().filter(|slot| slot.committed() > Money::ZERO);
                let marked = self.slot.lapsing.iter().map(|(_, made)| made.end());
                let leaves = filled.map(|slot| slot.window.end()).chain(marked).map(|end| end.plus(length));
                leaves.filter(|end| *end > self.slot.window.start()).min()
            }
        }
    }

    pub(super) fn count_repeat(
        &mut self,
        budget: &Budget,
        fingerprint: u64,
        now: Timestamp,
        agent: Option<Symbol>,
        events: &mut Vec<Event>,
    ) {
        for (index, step) in budget.steps().iter().enumerate() {
            let Trigger::Repeats { count, within } = step.trigger else { continue };
            let seen = self.repeats.count((index, fingerprint), now, within);
            if seen >= count {
                self.fire(budget, (index, Cause::Repeats(seen)), agent, events);
            }
        }
    }

    /// Fires a step of the current window, once. One that suspends an agent stops the agent that made it fire.
    pub(super) fn fire(
        &mut self,
        budget: &Budget,
        (index, cause): (usize, Cause),
        agent: Option<Symbol>,
        events: &mut Vec<Event>,
    ) {
        let Some(step) = budget.steps().get(index) else { return };
        if self.slot.fired & bit(index) != 0 {
            return;
        }
        self.mark_fired(budget, index);
        if let (Action::Suspend(SuspendTarget::Agent), Some(agent)) = (&step.action, agent) {
            self.slot.suspend_agent(agent, index);
        }
        events.push(self.step_event(budget, (index, cause), self.slot.window, agent));
        self.refresh(budget);
    }

    /// Notes that a step fired in the current window; in a rolling one for how long, if spend doesn't say it.
    fn mark_fired(&mut self, budget: &Budget, index: usize) {
        self.slot.fired |= bit(index);
        if budget.calendar().rolling_length().is_some() && !is_on_spend(budget, index) {
            self.slot.lapsing.push((index, self.slot.window));
        }
    }

    pub(super) fn step_event(
        &self,
        budget: &Budget,
        (index, cause): (usize, Cause),
        window: Window,
        agent: Option<Symbol>,
    ) -> Event {
        let spent = if window == self.slot.window {
            self.spent(budget)
        } else {
            self.others.iter().find(|slot| slot.window == window).map_or(Money::ZERO, |slot| slot.spent)
        };
        let (step, limit) = (u8::try_from(index).unwrap_or(u8::MAX), self.limit_of(budget, window));
        Event::StepFired { account: self.id, window, step, cause, spent, limit, agent }
    }
}

/// A key that was used for another call.
pub(super) fn conflict(known: &Known) -> Error {
    Error::new(ErrorCode::KeyConflict, "the key was used for a call with other tags, model or bound")
        .with("hold", known.admission.hold)
}

/// Refuses an amount below zero, or one so large that sums of it might overflow.
#[inline]
pub(super) fn check_amount(what: &str, amount: Money) -> Result<()> {
    if (Money::ZERO..=MAX_LIMIT).contains(&amount) { Ok(()) } else { Err(out_of_range(what, amount)) }
}

#[cold]
fn out_of_range(what: &str, amount: Money) -> Error {
    let fault = if amount.is_negative() { "below zero" } else { "above 1e15 USD" };
    Error::new(ErrorCode::UsageInvalid, format!("a {what} of {amount} USD is {fault}"))
}

pub(super) fn is_on_spend(budget: &Budget, index: usize) -> bool {
    budget.steps().get(index).is_some_and(|step| matches!(step.trigger, Trigger::Spend { .. }))
}

//! Ending holds: settle, release, expire; and corrections of what was booked.

use super::account::{Account, threshold};
use super::definition::Budget;
use super::event::{Cause, Event};
use super::holds::{Hold, HoldState};
use super::ids::{AccountId, HoldId, ScopeId};
use super::machine::Machine;
use super::reserve::check_amount;
use super::slot::bit;
use super::step::{Action, SuspendTarget, Throttle, Trigger};
use super::throttle::weight_of_cost;
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::tags::Symbol;
use crate::time::Timestamp;

/// A forecast is silent until this part of the window has passed.
const FORECAST_NEEDS_PART: i64 = 10;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It cost this much.
    Settled(Money),
    /// Nothing was generated, for certain.
    Released,
    /// Nobody knows: the hold stays, and is spend at its expiry.
    Unresolved,
}

/// What ending a hold booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The hold.
    pub hold: HoldId,
    /// The scope that it was taken for.
    pub scope: ScopeId,
    /// The change of spend: the cost, or for a late settlement its difference to what was booked before.
    pub delta: Money,
    /// Where the change counts: when the hold was taken, or the start of the open books if that is later.
    pub effective_at: Timestamp,
    /// What it had held.
    pub bound: Money,
    /// The state before, to tell a late settlement.
    pub before: HoldState,
    /// Whether this answers a repetition: nothing was booked.
    pub is_replay: bool,
}

impl Booking {
    /// Whether a settlement came after the hold had ended in another way.
    pub fn is_late(&self) -> bool {
        !self.is_replay && !self.before.is_open()
    }
}

impl Machine {
    /// Ends a hold, or notes that its outcome is unknown.
    ///
    /// A settlement always books the true cost, also above the hold (an overrun), after its expiry or after a release
    /// (late: the difference is booked).
    ///
    /// # Errors
    /// `hold_unknown`; `hold_ended` when it has ended differently; `usage_invalid` for a cost below zero.
    pub fn end(&mut self, id: HoldId, ending: Ending, now: Timestamp) -> Result<Booking> {
        let now = self.tick(now);
        let Some(hold) = self.holds.get(id).copied() else {
            return Err(Error::new(ErrorCode::HoldUnknown, format!("hold {id} is unknown or was forgotten")));
        };
        if let Ending::Settled(cost) = ending {
            check_amount("cost", cost)?;
        }
        match (ending, hold.view.state) {
            (Ending::Settled(cost), HoldState::Settled) if cost == hold.view.cost => {
                Ok(self.booking(&hold, Money::ZERO, Is::Replay))
            }
            (Ending::Released, HoldState::Released) => Ok(self.booking(&hold, Money::ZERO, Is::Replay)),
            (Ending::Unresolved, HoldState::Unresolved | HoldState::Expired) => {
                Ok(self.booking(&hold, Money::ZERO, Is::Replay))
            }
            (Ending::Settled(cost), HoldState::Open | HoldState::Unresolved) => {
                Ok(self.close_hold(&hold, HoldState::Settled, cost, now))
            }
            (Ending::Released, HoldState::Open | HoldState::Unresolved) => {
                Ok(self.close_hold(&hold, HoldState::Released, Money::ZERO, now))
            }
            (Ending::Unresolved, HoldState::Open) => {
                if let Some(hold) = self.holds.get_mut(id) {
                    hold.view.state = HoldState::Unresolved;
                }
                Ok(self.booking(&hold, Money::ZERO, Is::First))
            }
            (Ending::Settled(cost), HoldState::Expired | HoldState::Released) => {
                Ok(self.settle_late(&hold, cost, now))
            }
            (_, state) => Err(ended(&hold, state)),
        }
    }

    /// Expires every hold whose time is over, in the order of their expiry. Every command begins with it.
    ///
    /// Gives the time at which the command counts: a time in the closed books is the time of their closing.
    #[inline]
    pub fn tick(&mut self, now: Timestamp) -> Timestamp {
        let now = now.max(self.closed_until);
        if self.holds.may_expire(now) {
            self.expire_all(now);
        }
        now
    }

    #[cold]
    fn expire_all(&mut self, now: Timestamp) {
        for id in self.holds.expired(now) {
            self.expire(id, now);
        }
    }

    fn expire(&mut self, id: HoldId, now: Timestamp) {
        let Some(hold) = self.holds.get(id).copied() else { return };
        self.events.push(Event::Expired {
            hold: id,
            bound: hold.view.bound,
            reserved_at: hold.view.reserved_at,
        });
        self.close_hold(&hold, HoldState::Expired, hold.view.bound, now);
    }

    /// Moves a hold to spend in every account that it touches.
    pub(super) fn close_hold(
        &mut self,
        hold: &Hold,
        state: HoldState,
        cost: Money,
        now: Timestamp,
    ) -> Booking {
        let view = &hold.view;
        if cost > view.bound {
            self.events.push(Event::Overrun { hold: view.id, bound: view.bound, cost });
        }
        self.holds.end(view.id, state, cost);
        if let (HoldState::Released, Some(key)) = (state, hold.key) {
            self.keys.forget(key, view.id);
        }
        let Self { scopes, accounts, budgets, events, .. } = self;
        if let Some(scope) = scopes.get(view.scope.index()) {
            let span = (view.reserved_at.min(now), view.reserved_at.max(now));
            for id in &scope.accounts {
                let Some(account) = accounts.get_mut(id.0 as usize) else { continue };
                let is_here = !hold.is_weighed && account.settle_here((view.bound, cost), span);
                if is_here && !account.has_to_look() {
                    continue;
                }
                let Some(budget) = budgets.get(account.budget) else { continue };
                let mut occasion = Occasion { now, agent: scope.agent, events };
                if is_here {
                    account.look(budget, cost, &mut occasion);
                } else {
                    account.release(budget, hold, cost, now);
                    account.book(budget, view.reserved_at, cost, occasion);
                }
            }
        }
        self.booking(hold, cost, Is::First)
    }

    fn settle_late(&mut self, hold: &Hold, cost: Money, now: Timestamp) -> Booking {
        let delta = cost - hold.view.cost;
        if cost > hold.view.bound {
            self.events.push(Event::Overrun { hold: hold.view.id, bound: hold.view.bound, cost });
        }
        if let Some(record) = self.holds.get_mut(hold.view.id) {
            (record.view.state, record.view.cost) = (HoldState::Settled, cost);
        }
        let booking = self.booking(hold, delta, Is::First);
        self.correct(hold.view.scope, delta, booking.effective_at, now);
        booking
    }

    /// Books a correction: a change of spend, up or down, at the instant where it counts.
    pub fn adjust(&mut self, scope: ScopeId, delta: Money, effective_at: Timestamp, now: Timestamp) {
        let now = self.tick(now);
        self.correct(scope, delta, effective_at, now);
    }

    pub(super) fn correct(&mut self, scope: ScopeId, delta: Money, effective_at: Timestamp, now: Timestamp) {
        let effective_at = effective_at.max(self.closed_until);
        let Self { scopes, accounts, budgets, events, .. } = self;
        let Some(scope) = scopes.get(scope.index()) else { return };
        for id in &scope.accounts {
            let Some((account, budget)) = of(accounts, budgets, *id) else { continue };
            account.book(budget, effective_at, delta, Occasion { now, agent: scope.agent, events });
            account.refresh(budget);
        }
    }

    /// Closes the books before an instant: nothing is booked there any more.
    ///
    /// # Errors
    /// `period_not_closable` while a hold of that time is open.
    pub fn close_until(&mut self, until: Timestamp, now: Timestamp) -> Result<()> {
        self.tick(now);
        let open = self.holds.iter_open().filter(|hold| hold.view.reserved_at < until).count();
        if open > 0 {
            let message = format!("{open} holds taken before {until} are still open");
            return Err(Error::new(ErrorCode::PeriodNotClosable, message));
        }
        self.closed_until = self.closed_until.max(until);
        Ok(())
    }

    fn booking(&self, hold: &Hold, delta: Money, is: Is) -> Booking {
        let view = &hold.view;
        Booking {
            hold: view.id,
            scope: view.scope,
            delta,
            effective_at: view.reserved_at.max(self.closed_until),
            bound: view.bound,
            before: view.state,
            is_replay: matches!(is, Is::Replay),
        }
    }
}

#[derive(Clone, Copy)]
enum Is {
    First,
    Replay,
}

/// What booking needs to know beside the amount.
struct Occasion<'a> {
    now: Timestamp,
    agent: Option<Symbol>,
    events: &'a mut Vec<Event>,
}

fn of<'a>(
    accounts: &'a mut [Account],
    budgets: &'a [Budget],
    id: AccountId,
) -> Option<(&'a mut Account, &'a Budget)> {
    let account = accounts.get_mut(id.0 as usize)?;
    let budget = budgets.get(account.budget)?;
    Some((account, budget))
}

fn ended(hold: &Hold, state: HoldState) -> Error {
    let view = &hold.view;
    let message = match state {
        HoldState::Settled => format!("hold {} has been settled to {} USD already", view.id, view.cost),
        HoldState::Released => format!("hold {} has been released already", view.id),
        _ => format!("hold {} expired at {} and became spend", view.id, view.expires_at),
    };
    Error::new(ErrorCode::HoldEnded, message).with("hold", view.id)
}

impl Account {
    /// Takes a hold out of the window in which it was reserved.
    #[cold]
    fn release(&mut self, budget: &Budget, hold: &Hold, cost: Money, now: Timestamp) {
        let view = &hold.view;
        let slot = self.slot_of(budget, view.reserved_at);
        slot.held -= view.bound;
        slot.holds = slot.holds.saturating_sub(1);
        if hold.is_weighed {
            self.give_back(budget, view.id, view.bound.saturating_sub(cost).at_least_zero());
        }
        self.roll(budget, now);
    }

    /// Gives the throttles on cost from which the call took back what it didn't cost.
    #[cold]
    fn give_back(&mut self, budget: &Budget, hold: HoldId, unspent: Money) {
        let weighed = self.rates.unweigh(hold);
        for (index, step) in budget.steps().iter().enumerate() {
            if let Action::Throttle(Throttle::CostPerMinute(amount)) = step.action
                && weighed & bit(index) != 0
            {
                self.rates.of(index).give(weight_of_cost(unspent, amount));
            }
        }
    }

    /// Adds spend to a window, and fires the steps that it reaches.
    #[cold]
    fn book(&mut self, budget: &Budget, at: Timestamp, delta: Money, mut occasion: Occasion<'_>) {
        self.roll(budget, occasion.now);
        if self.slot.window.contains(at) {
            self.slot.spent += delta;
            self.refresh(budget);
        } else {
            self.book_elsewhere(budget, at, delta, occasion.agent, occasion.events);
        }
        self.look(budget, delta, &mut occasion);
    }

    /// Fires what a booking has made due.
    fn look(&mut self, budget: &Budget, delta: Money, occasion: &mut Occasion<'_>) {
        if self.has_step_due() {
            self.fire_on_spend(budget, occasion.agent, occasion.events);
        }
        if budget.is_watched() {
            self.watch(budget, delta, occasion);
        }
    }

    /// Books into another window: a bucket of a rolling period, or one that has ended.
    #[cold]
    fn book_elsewhere(
        &mut self,
        budget: &Budget,
        at: Timestamp,
        delta: Money,
        agent: Option<Symbol>,
        events: &mut Vec<Event>,
    ) {
        let slot = self.slot_of(budget, at);
        slot.spent += delta;
        let (window, spent, fired) = (slot.window, slot.spent, slot.fired);
        if budget.calendar().rolling_length().is_some() || window == self.slot.window {
            return self.refresh(budget);
        }
        let limit = self.limit_of(budget, window);
        for (index, step) in budget.steps().iter().enumerate() {
            let Trigger::Spend { percent } = step.trigger else { continue };
            if spent < threshold(limit, percent) || fired & bit(index) != 0 {
                continue;
            }
            let slot = self.slot_of(budget, window.start());
            slot.fired |= bit(index);
            if let (Action::Suspend(SuspendTarget::Agent), Some(agent)) = (&step.action, agent) {
                slot.suspend_agent(agent, index);
            }
            events.push(self.step_event(budget, (index, Cause::Spent), window, agent));
        }
        self.refresh(budget);
    }

    #[cold]
    pub(super) fn fire_on_spend(&mut self, budget: &Budget, agent: Option<Symbol>, events: &mut Vec<Event>) {
        let spent = self.spent(budget);
        for (index, step) in budget.steps().iter().enumerate() {
            let Trigger::Spend { percent } = step.trigger else { continue };
            if spent >= threshold(self.limit, percent) {
                self.fire(budget, (index, Cause::Spent), agent, events);
            }
        }
        self.refresh(budget);
    }

    #[cold]
    fn watch(&mut self, budget: &Budget, delta: Money, occasion: &mut Occasion<'_>) {
        let spike = self.hours.add(occasion.now, delta);
        for (index, step) in budget.steps().iter().enumerate() {
            let cause = match step.trigger {
                Trigger::Forecast { percent } => self
                    .forecast(occasion.now)
                    .filter(|forecast| *forecast >= threshold(self.limit, percent))
                    .map(Cause::Forecast),
                Trigger::Spike { times } => spike
                    .filter(|(hour, mean)| {
                        mean.fraction(u64::from(times), 1).is_some_and(|most| *hour > most)
                    })
                    .map(|(hour, mean)| Cause::Spike { hour, mean }),
                _ => None,
            };
            if let Some(cause) = cause {
                self.fire(budget, (index, cause), occasion.agent, occasion.events);
            }
        }
    }

    /// What the window will have cost at its end if spend goes on as it did.
    pub(super) fn forecast(&self, now: Timestamp) -> Option<Money> {
        let window = self.slot.window;
        let whole = window.end().micros().checked_sub(window.start().micros())?;
        let gone = now.micros().saturating_sub(window.start().micros());
        if gone < whole / FORECAST_NEEDS_PART || gone <= 0 {
            return None;
        }
        self.slot.spent.fraction(u64::try_from(whole).ok()?, u64::try_from(gone).ok()?)
    }
}

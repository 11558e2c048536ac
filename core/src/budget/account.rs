//! One counter of a budget: its windows, what is left, and the steps as they fire.
//!
//! The window of the latest command lies inline; others (earlier ones with late settlements, later ones when the
//! clock jumped back, the buckets of a rolling period) lie behind it. What admission needs is kept ready: the ceiling,
//! the next step, and whether any throttle or suspension has to be looked at.

use super::basis::{BudgetBasis, PriceFactor};
use super::definition::{Budget, Rollover};
use super::ids::AccountId;
use super::slot::{Slot, bit};
use super::step::{Action, SuspendTarget, Throttle, Trigger};
use super::throttle::Rates;
use super::watch::{Hours, Repeats};
use crate::money::Money;
use crate::tags::Symbol;
use crate::time::{Calendar, Timestamp, Window};

/// Windows that an account remembers besides those with open holds.
const REMEMBERED_SLOTS: usize = Calendar::ROLLING_SLOTS + 16;

/// The headroom of a soft budget: so far from the ends of the range that what is held and given back stays inside.
const UNLIMITED: Money = Money::from_pico(Money::MAX.pico() / 2);

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) budget: usize,
    /// Whether it counts prices, as [`BudgetBasis::counted`] has them: every amount in it is of the budget's basis.
    pub(super) is_on_price: bool,
    /// The values of the tags by which the budget counts apart; empty for the budget as a whole.
    pub(super) instance: Box<[Symbol]>,
    /// When the budget was first in force: no window before it rolls anything over.
    pub(super) since: Timestamp,
    pub(super) slot: Slot,
    pub(super) others: Vec<Slot>,
    /// Before this instant windows have been forgotten; earlier times count as this one.
    floor: Timestamp,
    /// Spend and holds of other buckets that are inside of a rolling window.
    rolled: Money,
    /// The limit of the current window, rollover included.
    pub(super) limit: Money,
    /// What spend and holds together never pass; [`Money::MAX`] for a soft budget.
    pub(super) ceiling: Money,
    /// What may still be held: the ceiling less [`committed`](Self::committed). Kept along with every plain hold and
    /// settlement, so that admission compares once.
    headroom: Money,
    /// Spend of the current slot at which the next step fires.
    next_step: Money,
    /// Whether a throttle or a suspension may apply.
    pub(super) is_guarded: bool,
    /// Whether a step looks at every booking, rather than at a sum.
    is_watched: bool,
    pub(super) rates: Rates,
    pub(super) repeats: Repeats,
    pub(super) hours: Hours,
}

impl Account {
    pub(super) fn new(
        id: AccountId,
        index: usize,
        budget: &Budget,
        instance: Box<[Symbol]>,
        since: Timestamp,
        now: Timestamp,
    ) -> Self {
        let mut account = Self {
            id,
            budget: index,
            is_on_price: budget.basis() == BudgetBasis::Price,
            instance,
            since,
            slot: Slot::new(budget.calendar().slot_at(now)),
            others: Vec::new(),
            floor: Timestamp::MIN,
            rolled: Money::ZERO,
            limit: Money::ZERO,
            ceiling: Money::MAX,
            headroom: Money::ZERO,
            next_step: Money::ZERO,
            is_guarded: false,
            is_watched: false,
            rates: Rates::default(),
            repeats: Repeats::default(),
            hours: Hours::default(),
        };
        account.refresh(budget);
        account
    }

    /// Spend and holds of the window that ends now.
    pub(super) fn committed(&self) -> Money {
        self.rolled + self.slot.committed()
    }

    /// Open holds of every window; a window with any is never forgotten.
    pub(super) fn open(&self) -> u32 {
        self.slots().map(|slot| slot.holds).sum()
    }

    /// What still fits.
    pub(super) fn remaining(&self) -> Money {
        self.ceiling.saturating_sub(self.committed()).at_least_zero()
    }

    /// What a call may cost that still fits, where it is billed at a factor of its cost.
    pub(super) fn remaining_cost(&self, factor: PriceFactor) -> Money {
        if self.is_on_price { factor.cost_within(self.remaining()) } else { self.remaining() }
    }

    /// Spend of the window that ends now.
    pub(super) fn spent(&self, budget: &Budget) -> Money {
        self.others_in_window(budget).map(|slot| slot.spent).sum::<Money>() + self.slot.spent
    }

    /// Makes the window that holds `now` the current one.
    #[inline]
    pub(super) fn roll(&mut self, budget: &Budget, now: Timestamp) {
        if !self.slot.window.contains(now) {
            self.roll_to(budget, now);
        }
    }

    #[cold]
    fn roll_to(&mut self, budget: &Budget, now: Timestamp) {
        let now = now.max(self.floor);
        if self.slot.window.contains(now) {
            return;
        }
        let next = self.take_slot(budget, now);
        let mut before = std::mem::replace(&mut self.slot, next);
        if budget.calendar().rolling_length().is_some() {
            self.slot.inherit_marks(&mut before);
        }
        self.others.push(before);
        self.others.sort_unstable_by_key(|slot| std::cmp::Reverse(slot.window.start()));
        self.forget_old();
        self.refresh(budget);
    }

    /// The known window that holds an instant, taken out of the list, or a new one.
    fn take_slot(&mut self, budget: &Budget, at: Timestamp) -> Slot {
        match self.others.iter().position(|slot| slot.window.contains(at)) {
            Some(index) => self.others.remove(index),
            None => Slot::new(budget.calendar().slot_at(at)),
        }
    }

    fn forget_old(&mut self) {
        while self.others.len() > REMEMBERED_SLOTS {
            let Some(index) = self.others.iter().rposition(|slot| slot.holds == 0) else { return };
            let forgotten = self.others.remove(index);
            if index == self.others.len() {
                self.floor = self.floor.max(forgotten.window.end());
            }
        }
    }

    /// The window of an instant for booking; made if it isn't known.
    pub(super) fn slot_of(&mut self, budget: &Budget, at: Timestamp) -> &mut Slot {
        if self.slot.window.contains(at) {
            return &mut self.slot;
        }
        let at = at.max(self.floor);
        if self.slot.window.contains(at) {
            return &mut self.slot;
        }
        let known = self.others.iter().position(|slot| slot.window.contains(at));
        let index = known.unwrap_or_else(|| {
            let slot = Slot::new(budget.calendar().slot_at(at));
            let index = self.others.partition_point(|other| other.window.start() > slot.window.start());
            self.others.insert(index, slot);
            index
        });
        // The index was found or inserted just now; the current slot is only there to satisfy the signature.
        self.others.get_mut(index).unwrap_or(&mut self.slot)
    }

    /// Computes anew what admission needs, after anything but plain spend has changed.
    pub(super) fn refresh(&mut self, budget: &Budget) {
        self.rolled = self.others_in_window(budget).map(Slot::committed).sum();
        self.limit = self.limit_of(budget, self.slot.window);
        let spent = self.spent(budget);
        self.rearm(budget, spent);
        self.ceiling = ceiling(budget, self.limit, self.slot.resumed).min(self.not_passed_on(budget));
        self.headroom = self.ceiling.min(UNLIMITED).saturating_sub(self.committed());
        self.next_step = self.next_step(budget, spent).saturating_sub(self.rolled);
        self.is_guarded = self.guarded(budget, spent);
        self.is_watched = budget.is_watched();
    }

    /// A step may fire again: in a rolling window when spend fell below it, or its bucket has left; everywhere one
    /// that stopped an agent, when spend fell below it or the limit rose above.
    fn rearm(&mut self, budget: &Budget, spent: Money) {
        let rolling = budget.calendar().rolling_length();
        for (index, step) in budget.steps().iter().enumerate() {
            let Trigger::Spend { percent } = step.trigger else { continue };
            let is_lifted = rolling.is_some() || step.action == Action::Suspend(SuspendTarget::Agent);
            if is_lifted && spent < threshold(self.limit, percent) {
                self.slot.forget_step(index);
            }
        }
        if let Some(length) = rolling {
            let from = self.slot.window.start().minus(length);
            while let Some((index, _)) = self.slot.lapsing.iter().find(|(_, made)| made.end() <= from) {
                self.slot.forget_step(*index);
            }
            let mut active = self.active_steps(budget, spent);
            if !active.any(|(_, action)| *action == Action::Throttle(Throttle::Pace)) {
                self.slot.pace = None;
            }
        }
    }

    /// The least spend at which something changes: a step fires that hasn't fired yet, a throttle or a suspension
    /// applies (again, after a correction), or the ceiling is reached.
    fn next_step(&self, budget: &Budget, spent: Money) -> Money {
        let steps = budget.steps().iter().enumerate().filter_map(|(index, step)| {
            let Trigger::Spend { percent } = step.trigger else { return None };
            let amount = threshold(self.limit, percent);
            let is_next = self.slot.fired & bit(index) == 0
                || (amount > spent && !matches!(step.action, Action::Alert(_)));
            is_next.then_some(amount)
        });
        let ceiling = (self.ceiling > spent).then_some(self.ceiling);
        steps.chain(ceiling).min().unwrap_or(Money::MAX)
    }

    fn guarded(&self, budget: &Budget, spent: Money) -> bool {
        !self.slot.suspended_agents.is_empty()
            || spent >= self.ceiling
            || self.active_steps(budget, spent).any(|(_, action)| !matches!(action, Action::Alert(_)))
    }

    /// Steps whose condition holds: on spend while spend is there, others from their firing to the window's end.
    pub(super) fn active_steps<'a>(
        &self,
        budget: &'a Budget,
        spent: Money,
    ) -> impl Iterator<Item = (usize, &'a Action)> + use<'a> {
        let (limit, fired, resumed) = (self.limit, self.slot.fired, self.slot.resumed);
        budget
            .steps()
            .iter()
            .enumerate()
            .filter(move |(index, step)| {
                resumed & bit(*index) == 0
                    && match step.trigger {
                        Trigger::Spend { percent } => spent >= threshold(limit, percent),
                        _ => fired & bit(*index) != 0,
                    }
            })
            .map(|(index, step)| (index, &step.action))
    }

    /// The limit of a window, with what the one before leaves to it.
    pub(super) fn limit_of(&self, budget: &Budget, window: Window) -> Money {
        let own = budget.counted_limit();
        let Rollover::UpTo(most) = budget.rollover() else { return own };
        let Some(previous) = budget.calendar().previous(window) else { return own };
        if previous.end() <= self.since {
            return own;
        }
        let used = self.slots().find(|slot| slot.window == previous).map_or(Money::ZERO, Slot::committed);
        own + own.saturating_sub(used).at_least_zero().min(budget.basis().counted(most))
    }

    /// What a window may use of its own once the next one has taken something, which happens when the clock is set
    /// back: what was passed on can't be spent twice.
    fn not_passed_on(&self, budget: &Budget) -> Money {
        let Rollover::UpTo(most) = budget.rollover() else { return Money::MAX };
        let is_next = |slot: &Slot| slot.window.start() == self.slot.window.end();
        if !budget.is_hard()
            || !self.others.iter().any(|slot| is_next(slot) && slot.committed() > Money::ZERO)
        {
            return Money::MAX;
        }
        budget.counted_limit().saturating_sub(budget.basis().counted(most)).at_least_zero()
    }

    /// Every known window, the current one first.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        std::iter::once(&self.slot).chain(&self.others)
    }

    /// Other buckets that a rolling window still covers; those after it count too, when the clock went back.
    fn others_in_window(&self, budget: &Budget) -> impl Iterator<Item = &Slot> {
        let from = budget.calendar().rolling_length().map(|length| self.slot.window.start().minus(length));
        self.others.iter().filter(move |slot| from.is_some_and(|from| slot.window.end() > from))
    }

    /// Whether an amount fits without a look at anything else.
    #[inline]
    pub(super) fn admits(&self, bound: Money, now: Timestamp) -> bool {
        !self.is_guarded && bound <= self.headroom && self.slot.window.contains(now)
    }

    /// Whether an amount fits under the ceiling.
    #[inline]
    pub(super) fn has_room(&self, bound: Money) -> bool {
        bound <= self.headroom || bound == Money::ZERO
    }

    /// Holds an amount in the current window.
    #[inline]
    pub(super) fn hold(&mut self, bound: Money) {
        self.slot.held += bound;
        self.headroom -= bound;
        self.slot.holds += 1;
    }

    /// Turns a hold of the current window into spend, if all that happened between two instants lies in that window.
    #[inline]
    pub(super) fn settle_here(
        &mut self,
        (bound, cost): (Money, Money),
        (first, last): (Timestamp, Timestamp),
    ) -> bool {
        if !(self.slot.window.contains(first) && self.slot.window.contains(last)) {
            return false;
        }
        self.slot.held -= bound;
        self.slot.spent += cost;
        self.headroom += bound - cost;
        self.slot.holds = self.slot.holds.saturating_sub(1);
        true
    }

    /// Whether spend has reached a step that hasn't fired. Of rolling periods, holds of other buckets count too.
    #[inline]
    pub(super) fn has_step_due(&self) -> bool {
        self.slot.spent >= self.next_step
    }

    /// Whether a booking may make a step fire.
    #[inline]
    pub(super) fn has_to_look(&self) -> bool {
        self.has_step_due() || self.is_watched
    }
}

/// The spend at which a percentage is reached.
pub(super) fn threshold(limit: Money, percent: u32) -> Money {
    limit.fraction(u64::from(percent), 100).unwrap_or(Money::MAX)
}

/// The lowest suspending step that nobody lifted; when all are lifted, the limit itself or the highest of them.
fn ceiling(budget: &Budget, limit: Money, resumed: u64) -> Money {
    let mut last = None;
    for (index, step) in budget.steps().iter().enumerate() {
        if let (Trigger::Spend { percent }, Action::Suspend(SuspendTarget::Scope)) =
            (&step.trigger, &step.action)
        {
            let amount = threshold(limit, *percent);
            if resumed & bit(index) == 0 {
                return amount;
            }
            last = Some(amount.max(limit));
        }
    }
    last.unwrap_or(Money::MAX)
}

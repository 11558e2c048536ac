//! Replacing the budgets: limits, periods and steps may change in mid-window, and no spend is lost or invented.

use super::account::Account;
use super::basis::{Amount, PriceFactor, PriceSchedule};
use super::definition::Budget;
use super::event::Event;
use super::ids::{AccountId, ScopeId};
use super::machine::{MAX_BUDGETS, Machine};
use super::reserve::{EXHAUSTED, is_on_spend};
use super::restore::{Mark, MarkKind, Spend};
use super::slot::bit;
use super::step::{Action, Step, SuspendTarget, Throttle};
use crate::error::{Error, ErrorCode, Result, did_you_mean};
use crate::money::Money;
use crate::tags::{Symbol, TagSetId};
use crate::time::Timestamp;
use std::collections::{HashMap, HashSet};

impl Machine {
    /// Puts budgets in force in place of those before.
    ///
    /// Counters are computed anew from `history`, which gives all spend since [`history_from`](Self::history_from),
    /// and from the open holds. Nothing expires in it: a caller ticks, drains the events (their accounts get other
    /// numbers) and records what they say before it reads the history. What steps did in a window stays done where a budget of the same name has the same
    /// step and window.
    ///
    /// # Errors
    /// `budget_invalid` for two budgets of one name; `limit_reached` past the bounds. Nothing has changed then.
    pub fn replace_budgets(
        &mut self,
        budgets: Vec<Budget>,
        history: impl Iterator<Item = Spend>,
        now: Timestamp,
    ) -> Result<()> {
        check_names(&budgets)?;
        self.intern_models(&budgets)?;
        let now = now.max(self.closed_until);
        self.roll_all(now);
        let marks: Vec<Mark> = self.marks().collect();
        let since = self.since_of(&budgets, now);
        let before = self.begin(budgets, since);
        match self.resolve_all(now) {
            Ok(()) => {}
            Err(error) => {
                self.roll_back(before);
                return Err(error);
            }
        }
        let old = before.accounts;
        self.replay_spend(history, now);
        self.replay_holds();
        self.keep_rates(old, &before.budgets);
        for mark in marks {
            self.restore_mark(&mark);
        }
        self.refresh_all(now);
        Ok(())
    }

    /// The models that calls are sent to have symbols, so that a decision only looks them up.
    fn intern_models(&mut self, budgets: &[Budget]) -> Result<()> {
        for step in budgets.iter().flat_map(Budget::steps) {
            if let Action::Throttle(Throttle::Downgrade { to }) = &step.action {
                self.dictionary.symbol(to)?;
            }
        }
        Ok(())
    }

    /// The earliest instant whose spend the current windows of these budgets need.
    pub fn history_from(budgets: &[Budget], now: Timestamp, run_memory: std::time::Duration) -> Timestamp {
        let starts = budgets.iter().map(|budget| {
            let calendar = budget.calendar();
            let window = calendar.slot_at(now);
            if budget.is_per_run() {
                return now.minus(run_memory);
            }
            match calendar.rolling_length() {
                Some(length) => window.start().minus(length).minus(length),
                // One window more: for rollover, and for a clock that is set back a little.
                None => calendar.previous(window).map_or(window.start(), |window| window.start()),
            }
        });
        starts.min().unwrap_or(now)
    }

    /// A budget that was there before stays in force since then.
    fn since_of(&self, budgets: &[Budget], now: Timestamp) -> Vec<Timestamp> {
        let known: HashMap<&str, Timestamp> =
            self.budgets.iter().map(Budget::name).zip(self.since.iter().copied()).collect();
        budgets.iter().map(|budget| known.get(budget.name()).copied().unwrap_or(now)).collect()
    }

    fn begin(&mut self, budgets: Vec<Budget>, since: Vec<Timestamp>) -> Before {
        Before {
            budgets: std::mem::replace(&mut self.budgets, budgets),
            since: std::mem::replace(&mut self.since, since),
            accounts: std::mem::take(&mut self.accounts),
            instances: std::mem::take(&mut self.instances),
            scopes: self.scopes.iter().map(|scope| (scope.accounts.clone(), scope.prices.clone())).collect(),
        }
    }

    fn roll_back(&mut self, before: Before) {
        (self.budgets, self.since) = (before.budgets, before.since);
        (self.accounts, self.instances) = (before.accounts, before.instances);
        for (scope, (accounts, prices)) in self.scopes.iter_mut().zip(before.scopes) {
            (scope.accounts, scope.prices) = (accounts, prices);
        }
    }

    /// Resolves every scope again, in the order in which they came, so that parents' runs are there first.
    fn resolve_all(&mut self, now: Timestamp) -> Result<()> {
        for index in 0..self.scopes.len() {
            let Some(tag_set) = self.scopes.get(index).map(|scope| scope.tag_set) else { break };
            let Some(tags) = self.dictionary.tag_set(tag_set).cloned() else { continue };
            let accounts = self.resolve(&tags, now)?;
            let prices = self.prices_of(&tags, &accounts);
            if let Some(scope) = self.scopes.get_mut(index) {
                (scope.accounts, scope.prices) = (accounts, prices);
            }
        }
        Ok(())
    }

    fn replay_spend(&mut self, history: impl Iterator<Item = Spend>, now: Timestamp) {
        for spend in history {
            let Some(scope) = self.scope_of(spend.tag_set, now) else { continue };
            let amount = self.amount(scope, spend.amount, spend.at);
            for account in self.accounts_of(scope) {
                self.with_account(account, |account, budget| {
                    let spent = amount.in_account(account);
                    account.slot_of(budget, spend.at).spent += spent;
                });
            }
        }
    }

    /// The scope of a tag set that the ledger knows; one that can't be resolved any more touches no budget.
    pub(super) fn scope_of(&mut self, tag_set: TagSetId, now: Timestamp) -> Option<ScopeId> {
        if let Some(scope) = self.scope_ids.get(&tag_set) {
            return Some(*scope);
        }
        let tags = self.dictionary.tag_set(tag_set).cloned()?;
        self.scope(&tags, now).ok()
    }

    fn replay_holds(&mut self) {
        let open: Vec<_> = self.open_holds().collect();
        for hold in open {
            let bound = self.amount(hold.scope, hold.bound, hold.reserved_at);
            for account in self.accounts_of(hold.scope) {
                self.with_account(account, |account, budget| {
                    account.take_hold(budget, hold.reserved_at, bound);
                });
            }
        }
    }

    /// A cost of a scope that counts at an instant, as its accounts count it.
    pub(super) fn amount(&self, scope: ScopeId, cost: Money, at: Timestamp) -> Amount {
        let scope = self.scopes.get(scope.index());
        scope.map_or(Amount { cost, factor: PriceFactor::COST }, |scope| scope.amount(cost, at))
    }

    pub(super) fn accounts_of(&self, scope: ScopeId) -> Box<[AccountId]> {
        self.scopes.get(scope.index()).map(|scope| scope.accounts.clone()).unwrap_or_default()
    }

    pub(super) fn with_account(&mut self, id: AccountId, change: impl FnOnce(&mut Account, &Budget)) {
        if let Some(account) = self.accounts.get_mut(id.0 as usize)
            && let Some(budget) = self.budgets.get(account.budget)
        {
            change(account, budget);
        }
    }

    /// Rates and what was watched go on where an account of the same name is still there.
    fn keep_rates(&mut self, old: Vec<Account>, budgets: &[Budget]) {
        let named = old.into_iter().filter_map(|account| {
            let budget = budgets.get(account.budget)?;
            Some(((budget.name(), account.instance.clone()), (account, budget)))
        });
        let mut by_name: HashMap<_, _> = named.collect();
        for account in &mut self.accounts {
            let Some(budget) = self.budgets.get(account.budget) else { continue };
            if let Some(before) = by_name.remove(&(budget.name(), account.instance.clone())) {
                account.keep(budget, before);
            }
        }
    }

    fn roll_all(&mut self, now: Timestamp) {
        for account in &mut self.accounts {
            if let Some(budget) = self.budgets.get(account.budget) {
                account.roll(budget, now);
            }
        }
    }

    pub(super) fn refresh_all(&mut self, now: Timestamp) {
        let Self { accounts, budgets, events, .. } = self;
        for account in accounts {
            let Some(budget) = budgets.get(account.budget) else { continue };
            account.roll(budget, now);
            account.refresh(budget);
            account.fire_on_spend(budget, None, events);
        }
    }

    /// Lifts what a suspension stops: a budget's, or one agent's. Nothing suspended is nothing to lift.
    ///
    /// # Errors
    /// `budget_unknown`; `resume_needs_raise` when spend has reached the limit itself.
    pub fn resume(&mut self, name: &str, agent: Option<&str>, now: Timestamp) -> Result<()> {
        let now = self.tick(now);
        let index = self
            .budgets
            .iter()
            .position(|budget| budget.name() == name)
            .ok_or_else(|| unknown(name, &self.budgets))?;
        let agent = agent.map(|agent| self.dictionary.find(agent));
        let Self { accounts, budgets, events, .. } = self;
        let Some(budget) = budgets.get(index) else { return Err(unknown(name, budgets)) };
        let (mut lifted, mut refused) = (false, None);
        for account in accounts.iter_mut().filter(|account| account.budget == index) {
            account.roll(budget, now);
            let did = match agent {
                // An agent of whom nobody has heard isn't suspended, and the scope isn't meant.
                Some(None) => Ok(false),
                agent => account.resume(budget, agent.flatten(), events),
            };
            match did {
                Ok(did) => lifted |= did,
                Err(error) => refused = Some(error),
            }
        }
        // Of a budget's instances those that can be lifted are; it is an error only if none can.
        refused.filter(|_| !lifted).map_or(Ok(()), Err)
    }

    pub(super) fn restore_mark(&mut self, mark: &Mark) {
        let Some(index) = self.budgets.iter().position(|budget| budget.name() == &*mark.budget) else {
            return;
        };
        let Some(account) = self.instances.get(&(index, mark.instance.clone())).copied() else { return };
        self.with_account(account, |account, budget| account.restore_mark(budget, mark));
    }
}

/// The accounts of a scope, and what its calls are billed at.
type Resolved = (Box<[AccountId]>, Option<Box<PriceSchedule>>);

struct Before {
    budgets: Vec<Budget>,
    since: Vec<Timestamp>,
    accounts: Vec<Account>,
    instances: HashMap<super::machine::InstanceKey, AccountId, foldhash::fast::FixedState>,
    scopes: Vec<Resolved>,
}

impl Account {
    pub(super) fn take_hold(&mut self, budget: &Budget, at: Timestamp, bound: Amount) {
        let bound = bound.in_account(self);
        let slot = self.slot_of(budget, at);
        slot.held += bound;
        slot.holds += 1;
    }

    /// Goes on where the account of the same name was: rates and repeats by step, the pace by window.
    fn keep(&mut self, budget: &Budget, (before, its_budget): (Self, &Budget)) {
        let label = |index: usize| its_budget.steps().get(index).map(Step::label);
        let to = |index: usize| {
            let label = label(index)?;
            budget.steps().iter().position(|step| step.label() == label)
        };
        let is_same_basis = budget.basis() == its_budget.basis();
        let is_alike = is_same_basis && budget.calendar() == its_budget.calendar();
        for slot in before.slots().filter(|slot| is_alike && slot.pace.is_some()) {
            match budget.calendar().rolling_length() {
                Some(_) => self.slot.pace = slot.pace,
                None => self.slot_of(budget, slot.window.start()).pace = slot.pace,
            }
        }
        self.rates = before.rates.moved(to);
        self.repeats = before.repeats.moved(to);
        if is_same_basis {
            self.hours = before.hours;
        }
    }

    fn resume(&mut self, budget: &Budget, agent: Option<Symbol>, events: &mut Vec<Event>) -> Result<bool> {
        let stopped = |(stopped, _): &(Symbol, u8)| agent == Some(*stopped);
        if let Some(agent) = agent {
            let is_stopped = self.slot.suspended_agents.iter().any(stopped);
            if is_stopped {
                self.slot.suspended_agents.retain(|entry| !stopped(entry));
                events.push(Event::Resumed {
                    account: self.id,
                    window: self.slot.window,
                    steps: 0,
                    agent: Some(agent),
                });
                self.refresh(budget);
            }
            return Ok(is_stopped);
        }
        let spent = self.spent(budget);
        let suspending: u64 = self
            .active_steps(budget, spent)
            .filter(|(_, action)| matches!(action, Action::Suspend(SuspendTarget::Scope)))
            .map(|(index, _)| bit(index))
            .sum();
        if suspending == 0 && spent < self.ceiling {
            return Ok(false);
        }
        if suspending == 0 || spent >= self.limit {
            let (spent, limit) = (budget.basis().told_up(spent), budget.basis().told_down(self.limit));
            let message = format!(
                "budget `{}` can't be resumed: it has spent {spent} USD of its limit of {limit} USD",
                budget.name()
            );
            return Err(Error::new(ErrorCode::ResumeNeedsRaise, message).with("budget", budget.name()));
        }
        self.slot.resumed |= suspending;
        events.push(Event::Resumed {
            account: self.id,
            window: self.slot.window,
            steps: suspending,
            agent: None,
        });
        self.refresh(budget);
        Ok(true)
    }

    fn restore_mark(&mut self, budget: &Budget, mark: &Mark) {
        // Two steps of one label have one trigger: what one of them did, the other did too.
        let steps = budget.steps().iter().enumerate().filter(|(_, step)| step.label() == *mark.step);
        let steps: Vec<usize> = steps.map(|(index, _)| index).collect();
        let bits = steps.iter().fold(0, |bits, index| bits | bit(*index));
        if budget.calendar().slot_at(mark.window.start()) != mark.window {
            return;
        }
        let slot = match budget.calendar().rolling_length() {
            // What a bucket's marks say holds for the window that slides over it.
            Some(length) if mark.window.end() > self.slot.window.start().minus(length) => &mut self.slot,
            Some(_) => return,
            None => self.slot_of(budget, mark.window.start()),
        };
        match mark.kind {
            MarkKind::Exhausted => slot.fired |= bit(EXHAUSTED),
            MarkKind::Fired => {
                slot.fired |= bits;
                slot.resumed &= !bits;
            }
            MarkKind::Resumed => slot.resumed |= bits,
            MarkKind::AgentSuspended(agent) => {
                slot.fired |= bits;
                for index in &steps {
                    slot.suspend_agent(agent, *index);
                }
            }
            MarkKind::AgentResumed(agent) => slot.suspended_agents.retain(|(stopped, _)| *stopped != agent),
        }
        if budget.calendar().rolling_length().is_some()
            && matches!(mark.kind, MarkKind::Exhausted | MarkKind::Fired | MarkKind::AgentSuspended(_))
        {
            let exhausted = [EXHAUSTED];
            let steps = if mark.kind == MarkKind::Exhausted { &exhausted[..] } else { &steps };
            for index in steps.iter().filter(|index| !is_on_spend(budget, **index)) {
                slot.lapsing.retain(|(lapsing, _)| lapsing != index);
                slot.lapsing.push((*index, mark.window));
            }
        }
    }
}

fn check_names(budgets: &[Budget]) -> Result<()> {
    if budgets.len() > MAX_BUDGETS {
        let message = format!("{} budgets are given, and {MAX_BUDGETS} are allowed", budgets.len());
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    let mut names = HashSet::new();
    match budgets.iter().find(|budget| !names.insert(budget.name())) {
        Some(twice) => {
            Err(Error::new(ErrorCode::BudgetInvalid, format!("two budgets have the name `{}`", twice.name()))
                .with_help("give each budget a name of its own"))
        }
        None => Ok(()),
    }
}

/// The error for a name that no budget has, with the nearest that one has.
pub(super) fn unknown(name: &str, budgets: &[Budget]) -> Error {
    let nearest = budgets.iter().map(|budget| (strsim::jaro_winkler(name, budget.name()), budget.name()));
    let nearest =
        nearest.filter(|(likeness, _)| *likeness > 0.8).max_by(|left, right| left.0.total_cmp(&right.0));
    let meant = did_you_mean(nearest.map(|(_, name)| name).as_slice());
    Error::new(ErrorCode::BudgetUnknown, format!("no budget has the name `{name}`{meant}"))
}

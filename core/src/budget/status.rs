//! What each budget stands at.

use super::account::Account;
use super::definition::Budget;
use super::event::Event;
use super::ids::AccountId;
use super::machine::Machine;
use super::restore::{Mark, MarkKind};
use super::step::{Action, SuspendTarget};
use crate::money::Money;
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A budget, or one instance of it, in its current window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetStatus {
    /// The budget's name.
    pub name: Arc<str>,
    /// The tag values of the instance; empty for the budget as a whole.
    pub instance: Vec<String>,
    /// The window; of a rolling period, what it covers now.
    pub window: Window,
    /// The time zone that the window is counted in.
    pub time_zone: String,
    /// The limit of the window, rollover included.
    pub limit: Money,
    /// What spend and holds never pass; nothing for a soft budget.
    pub ceiling: Option<Money>,
    /// Settled and expired calls.
    pub spent: Money,
    /// Calls under way.
    pub held: Money,
    /// What still fits; of a soft budget, what is left of its limit.
    pub remaining: Money,
    /// What the window will have cost at its end, if spend goes on as it did; nothing in the first tenth.
    pub forecast: Option<Money>,
    /// How it answers now.
    pub state: BudgetState,
}

impl BudgetStatus {
    /// Spend in hundredths of a percent of the limit.
    pub fn utilisation_basis_points(&self) -> u64 {
        if self.limit <= Money::ZERO {
            return if self.spent > Money::ZERO { 10_000 } else { 0 };
        }
        u64::try_from(self.spent.pico().max(0).saturating_mul(10_000) / self.limit.pico()).unwrap_or(u64::MAX)
    }
}

/// How a budget answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BudgetState {
    /// Calls that fit are admitted.
    Open,
    /// Calls are slowed down.
    Throttled,
    /// Some agents are refused.
    #[serde(rename = "agents suspended")]
    AgentsSuspended,
    /// Everything is refused.
    Suspended,
}

impl BudgetState {
    /// The state in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Throttled => "throttled",
            Self::AgentsSuspended => "agents suspended",
            Self::Suspended => "suspended",
        }
    }
}

impl Machine {
    /// What every budget stands at; holds whose time is over are expired first.
    pub fn status(&mut self, now: Timestamp) -> Vec<BudgetStatus> {
        let now = self.tick(now);
        for account in &mut self.accounts {
            if let Some(budget) = self.budgets.get(account.budget) {
                account.roll(budget, now);
            }
        }
        self.rows(self.accounts.iter(), now)
    }

    /// The same with nothing changed: holds whose time is over still count as held.
    pub fn known_status(&self, now: Timestamp) -> Vec<BudgetStatus> {
        let now = now.max(self.closed_until);
        let rolled = |account: &Account| {
            let mut account = account.clone();
            if let Some(budget) = self.budgets.get(account.budget) {
                account.roll(budget, now);
            }
            account
        };
        let accounts: Vec<_> = self.accounts.iter().map(rolled).collect();
        self.rows(accounts.iter(), now)
    }

    fn rows<'a>(&self, accounts: impl Iterator<Item = &'a Account>, now: Timestamp) -> Vec<BudgetStatus> {
        let mut rows = Vec::new();
        for account in accounts {
            let Some(budget) = self.budgets.get(account.budget) else { continue };
            let names = account.instance.iter().filter_map(|symbol| self.dictionary.text(*symbol));
            rows.push((account.budget, account.status(budget, names.map(str::to_owned).collect(), now)));
        }
        rows.sort_by(|left, right| (left.0, &left.1.instance).cmp(&(right.0, &right.1.instance)));
        rows.into_iter().map(|(_, status)| status).collect()
    }

    /// The same with the budgets that no call has touched yet. One that counts apart has no row until it has an
    /// instance.
    pub fn status_of_all(&mut self, now: Timestamp) -> Vec<BudgetStatus> {
        let rows = self.status(now);
        let now = now.max(self.closed_until);
        let mut all = Vec::with_capacity(rows.len());
        for (index, budget) in self.budgets.iter().enumerate() {
            let own = rows.iter().filter(|row| *row.name == *budget.name());
            let before = all.len();
            all.extend(own.cloned());
            if all.len() == before && budget.per().is_empty() && !budget.is_per_run() {
                let since = self.since.get(index).copied().unwrap_or(now);
                let idle = Account::new(AccountId(u32::MAX), index, budget, Box::default(), since, now);
                all.push(idle.status(budget, Vec::new(), now));
            }
        }
        all
    }

    /// The budget of an account, and the tag values of its instance.
    pub fn account_name(&self, id: AccountId) -> Option<(&Budget, Vec<&str>)> {
        let account = self.accounts.get(id.0 as usize)?;
        let instance = account.instance.iter().filter_map(|symbol| self.dictionary.text(*symbol)).collect();
        Some((self.budgets.get(account.budget)?, instance))
    }

    /// The marks that an event leaves, for the ledger.
    pub fn marks_of(&self, event: &Event) -> Vec<Mark> {
        let mark = |account: AccountId, window, step: String, kind| {
            let account = self.accounts.get(account.0 as usize)?;
            let budget = self.budgets.get(account.budget)?.shared_name();
            Some(Mark { budget, instance: account.instance.clone(), window, step, kind })
        };
        let step = |account: AccountId, index: usize| {
            self.accounts
                .get(account.0 as usize)
                .and_then(|account| self.budgets.get(account.budget)?.steps().get(index))
        };
        match *event {
            Event::StepFired { account, window, step: index, agent, .. } => {
                let Some(step) = step(account, usize::from(index)) else { return Vec::new() };
                let kind = match (&step.action, agent) {
                    (Action::Suspend(SuspendTarget::Agent), Some(agent)) => MarkKind::AgentSuspended(agent),
                    _ => MarkKind::Fired,
                };
                mark(account, window, step.label(), kind).into_iter().collect()
            }
            Event::Exhausted { account, window, .. } => {
                mark(account, window, String::new(), MarkKind::Exhausted).into_iter().collect()
            }
            Event::Resumed { account, window, agent: Some(agent), .. } => {
                mark(account, window, String::new(), MarkKind::AgentResumed(agent)).into_iter().collect()
            }
            Event::Resumed { account, window, steps, agent: None } => {
                let lifted = (0..64).filter(|index| steps & (1 << index) != 0);
                lifted
                    .filter_map(|index| {
                        mark(account, window, step(account, index)?.label(), MarkKind::Resumed)
                    })
                    .collect()
            }
            Event::Overrun { .. } | Event::Expired { .. } => Vec::new(),
        }
    }
}

impl Account {
    fn status(&self, budget: &Budget, instance: Vec<String>, now: Timestamp) -> BudgetStatus {
        let spent = self.spent(budget);
        let window = match budget.calendar().rolling_length() {
            Some(length) => Window::new(self.slot.window.start().minus(length), self.slot.window.end())
                .unwrap_or(self.slot.window),
            None => self.slot.window,
        };
        let forecast = if budget.calendar().has_end() && budget.calendar().rolling_length().is_none() {
            self.forecast(now)
        } else {
            None
        };
        BudgetStatus {
            name: budget.shared_name(),
            instance,
            window,
            time_zone: budget.calendar().zone_name().to_owned(),
            limit: self.limit,
            ceiling: (self.ceiling != Money::MAX).then_some(self.ceiling),
            spent,
            held: self.committed() - spent,
            remaining: if self.ceiling == Money::MAX { self.limit } else { self.ceiling }
                .saturating_sub(self.committed())
                .at_least_zero(),
            forecast,
            state: self.state(budget, spent),
        }
    }

    fn state(&self, budget: &Budget, spent: Money) -> BudgetState {
        let mut state = if self.slot.suspended_agents.is_empty() {
            BudgetState::Open
        } else {
            BudgetState::AgentsSuspended
        };
        for (_, action) in self.active_steps(budget, spent) {
            match action {
                Action::Suspend(SuspendTarget::Scope) => return BudgetState::Suspended,
                Action::Throttle(_) if state == BudgetState::Open => state = BudgetState::Throttled,
                _ => {}
            }
        }
        if spent >= self.ceiling { BudgetState::Suspended } else { state }
    }
}

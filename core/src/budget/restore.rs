//! What a ledger gives back to a machine when it is opened again.

use super::holds::{HoldState, HoldView};
use super::ids::{CallKey, HoldId};
use super::keys::Known;
use super::machine::Machine;
use super::refusal::Admission;
use super::reserve::EXHAUSTED;
use super::slot::bit;
use crate::money::Money;
use crate::tags::{Symbol, TagSetId};
use crate::time::{Timestamp, Window};
use std::sync::Arc;

/// Spend of a tag set at an instant, or over a span that no window border cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spend {
    /// Whose spend.
    pub tag_set: TagSetId,
    /// Where it counts.
    pub at: Timestamp,
    /// How much.
    pub amount: Money,
}

/// A hold that an earlier process took and nobody ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenHold {
    /// The hold.
    pub id: HoldId,
    /// Whose call.
    pub tag_set: TagSetId,
    /// The model of the call.
    pub model: Symbol,
    /// What it holds.
    pub bound: Money,
    /// When it was taken.
    pub reserved_at: Timestamp,
    /// When it becomes spend.
    pub expires_at: Timestamp,
    /// Whether its outcome was said to be unknown.
    pub is_unresolved: bool,
}

/// Something that a step did in a window, so that it isn't done twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The budget's name.
    pub budget: Arc<str>,
    /// The instance's tag values.
    pub instance: Box<[Symbol]>,
    /// The window.
    pub window: Window,
    /// The step, as its label says it.
    pub step: String,
    /// What was done.
    pub kind: MarkKind,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// The step fired.
    Fired,
    /// A call didn't fit.
    Exhausted,
    /// A person lifted the step.
    Resumed,
    /// The step stopped an agent.
    AgentSuspended(Symbol),
    /// A person let the agent go on.
    AgentResumed(Symbol),
}

impl Machine {
    /// Takes over an open hold, once. Called after the budgets are in force and before any command.
    pub fn restore_hold(&mut self, open: &OpenHold, now: Timestamp) {
        let Some(scope) = self.scope_of(open.tag_set, now) else { return };
        let state = if open.is_unresolved { HoldState::Unresolved } else { HoldState::Open };
        let OpenHold { id, model, bound, reserved_at, expires_at, .. } = *open;
        let is_new = self.holds.restore(HoldView {
            id,
            scope,
            model,
            bound,
            cost: Money::ZERO,
            reserved_at,
            expires_at,
            state,
        });
        if !is_new {
            return;
        }
        let amount = self.amount(scope, bound, reserved_at);
        for account in self.accounts_of(scope) {
            self.with_account(account, |account, budget| {
                account.take_hold(budget, reserved_at, amount);
                account.refresh(budget);
            });
        }
    }

    /// Remembers a caller's key.
    pub fn restore_key(&mut self, key: CallKey, hold: &OpenHold) {
        let OpenHold { id, tag_set, model, bound, reserved_at, expires_at, .. } = *hold;
        let admission = Admission { hold: id, bound, reserved_at, expires_at, is_replay: false };
        self.keys.insert(key, Known { admission, tag_set, model });
        if let Some(open) = self.holds.get_mut(id) {
            open.key = Some(key);
        }
    }

    /// Takes over what steps did. Called after the spend is there.
    pub fn restore_marks<'a>(&mut self, marks: impl Iterator<Item = &'a Mark>, now: Timestamp) {
        for mark in marks {
            self.restore_mark(mark);
        }
        self.refresh_all(now);
        self.events.clear();
    }

    /// The books before this instant are closed.
    pub fn restore_closed_until(&mut self, until: Timestamp) {
        self.closed_until = until;
    }

    /// New holds get numbers from here on.
    pub fn restore_hold_sequence(&mut self, next: u64) {
        self.holds.set_sequence(next);
    }

    /// Since when each budget is in force, by name.
    pub fn restore_since(&mut self, since: impl Fn(&str) -> Option<Timestamp>) {
        for (index, budget) in self.budgets.iter().enumerate() {
            let (Some(at), Some(known)) = (since(budget.name()), self.since.get_mut(index)) else { continue };
            *known = at;
        }
        for account in &mut self.accounts {
            account.since = self.since.get(account.budget).copied().unwrap_or(account.since);
        }
    }

    /// Everything that steps have done in the windows that are remembered.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.accounts
            .iter()
            .filter_map(|account| Some((account, self.budgets.get(account.budget)?)))
            .flat_map(|(account, budget)| {
                let slots = std::iter::once(&account.slot).chain(&account.others);
                slots.flat_map(move |slot| {
                    // A mark that lapses in a rolling period tells the bucket in which it was made.
                    let made = move |index: usize| {
                        let lapsing = slot.lapsing.iter().find(|(lapsing, _)| *lapsing == index);
                        lapsing.map_or(slot.window, |(_, made)| *made)
                    };
                    let mark = move |(index, step): (usize, String), kind| Mark {
                        budget: budget.shared_name(),
                        instance: account.instance.clone(),
                        window: made(index),
                        step,
                        kind,
                    };
                    let steps = budget.steps().iter().enumerate();
                    let fired = steps
                        .clone()
                        .filter(|(index, _)| slot.fired & bit(*index) != 0)
                        .map(move |(index, step)| mark((index, step.label()), MarkKind::Fired));
                    let resumed = steps
                        .filter(|(index, _)| slot.resumed & bit(*index) != 0)
                        .map(move |(index, step)| mark((index, step.label()), MarkKind::Resumed));
                    let agents = slot.suspended_agents.iter().filter_map(move |(agent, by)| {
                        let index = usize::from(*by);
                        let label = budget.steps().get(index)?.label();
                        Some(mark((index, label), MarkKind::AgentSuspended(*agent)))
                    });
                    let exhausted = (slot.fired & bit(EXHAUSTED) != 0)
                        .then(|| mark((EXHAUSTED, String::new()), MarkKind::Exhausted));
                    fired.chain(resumed).chain(agents).chain(exhausted)
                })
            })
    }
}

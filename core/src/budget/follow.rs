//! Following what another process did to the same ledger: its entries change the counters as commands would have.
//!
//! Nothing is decided here, and no hold expires by the clock: whoever did it has decided, and has noted the holds that
//! expired. A command comes after everything that was done before it was followed.

use super::account::Account;
use super::holds::HoldState;
use super::ids::{CallKey, HoldId};
use super::machine::Machine;
use super::restore::{Mark, OpenHold};
use crate::money::Money;
use crate::tags::TagSetId;
use crate::time::Timestamp;

/// What another process booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The hold that it belongs to.
    pub hold: HoldId,
    /// Whose call.
    pub tag_set: TagSetId,
    /// The change of spend.
    pub amount: Money,
    /// Where it counts.
    pub effective_at: Timestamp,
    /// When it was booked.
    pub at: Timestamp,
}

impl Machine {
    /// Takes a hold that another process took, in every account that it touches.
    pub fn follow_hold(&mut self, open: &OpenHold, key: Option<CallKey>) {
        self.restore_hold(open, open.reserved_at);
        if let Some(key) = key {
            self.restore_key(key, open);
        }
        let Some(scope) = self.holds.get(open.id).map(|hold| hold.view.scope) else { return };
        let mut is_weighed = false;
        for account in self.accounts_of(scope) {
            self.with_account(account, |account, budget| {
                if account.is_guarded {
                    is_weighed |= account.take_rates(budget, (open.id, open.bound), open.reserved_at);
                }
            });
        }
        if is_weighed && let Some(record) = self.holds.get_mut(open.id) {
            record.is_weighed = true;
        }
    }

    /// Notes that another process doesn't know how a call ended.
    pub fn follow_unresolved(&mut self, hold: HoldId) {
        if let Some(record) = self.holds.get_mut(hold).filter(|record| record.view.state == HoldState::Open) {
            record.view.state = HoldState::Unresolved;
        }
    }

    /// Ends a hold as another process did: settled, released or expired. Of one that has ended before, or is forgotten,
    /// the difference is booked.
    pub fn follow_end(&mut self, state: HoldState, booked: &Booked) {
        let Some(hold) = self.holds.get(booked.hold).copied() else { return self.follow_correction(booked) };
        if hold.view.state.is_open() {
            self.close_hold(&hold, state, booked.amount, booked.at);
            return;
        }
        if let Some(record) = self.holds.get_mut(booked.hold) {
            (record.view.state, record.view.cost) = (state, hold.view.cost + booked.amount);
        }
        self.follow_correction(booked);
    }

    /// Books a correction as another process did.
    pub fn follow_correction(&mut self, booked: &Booked) {
        if let Some(scope) = self.scope_of(booked.tag_set, booked.at) {
            self.correct(scope, booked.amount, booked.effective_at, booked.at);
        }
    }

    /// Takes over what a step did in another process.
    pub fn follow_mark(&mut self, mark: &Mark) {
        self.restore_mark(mark);
        let Some(index) = self.budgets.iter().position(|budget| budget.name() == &*mark.budget) else {
            return;
        };
        if let Some(account) = self.instances.get(&(index, mark.instance.clone())).copied() {
            self.with_account(account, Account::refresh);
        }
    }

    /// Closes the books as another process did.
    pub fn follow_closing(&mut self, until: Timestamp) {
        self.closed_until = self.closed_until.max(until);
    }
}

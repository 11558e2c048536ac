//! Recording: a call that has happened already takes its hold, and nothing refuses it.
//!
//! The hold is what still fits of the cost, so holds alone never pass a ceiling. Settled to the whole cost, the rest is
//! a named overrun.

use super::ids::HoldId;
use super::machine::Machine;
use super::refusal::Admission;
use super::reserve::{Request, check_amount, conflict};
use crate::error::Result;
use crate::money::Money;
use crate::time::Timestamp;

impl Machine {
    /// The hold that an earlier use of the request's key took, to be settled in place of another one.
    ///
    /// # Errors
    /// `key_conflict` when it was taken for other tags or another model.
    pub fn recorded(&self, request: &Request) -> Result<Option<HoldId>> {
        let Some(known) = request.key.and_then(|key| self.keys.get(key)) else { return Ok(None) };
        if self.tag_set(request.scope) == Some(known.tag_set) && request.model == known.model {
            return Ok(Some(known.admission.hold));
        }
        Err(conflict(known))
    }

    /// Holds what still fits of a call that cost the request's bound, in every account that it touches. The caller
    /// settles the hold at once.
    ///
    /// # Errors
    /// `limit_reached` when too many holds are open, `usage_invalid` for a cost below zero.
    pub fn record(&mut self, request: &Request, now: Timestamp) -> Result<Admission> {
        let now = self.tick(now);
        check_amount("cost", request.bound)?;
        self.holds.check_room()?;
        let bound = request.bound.min(self.room(request, now));
        Ok(self.admit(&Request { bound, ..*request }, now))
    }

    /// What fits in all accounts that a request touches.
    fn room(&mut self, request: &Request, now: Timestamp) -> Money {
        let Self { scopes, accounts, budgets, events, .. } = self;
        let Some(scope) = scopes.get(request.scope.index()) else { return Money::ZERO };
        let mut room = Money::MAX;
        for id in &scope.accounts {
            let Some(account) = accounts.get_mut(id.0 as usize) else { continue };
            let Some(budget) = budgets.get(account.budget) else { continue };
            account.roll(budget, now);
            if let Some(fingerprint) = request.fingerprint {
                account.count_repeat(budget, fingerprint, now, scope.agent, events);
            }
            room = room.min(account.remaining());
        }
        room
    }
}

//! Recording: a call that has happened already takes its hold, and nothing refuses it.
//!
//! The hold is what still fits of the cost, so holds alone never pass a ceiling. Settled to the whole cost, the rest is
//! a named overrun.
//!
//! A call whose cost nobody knows takes its hold in the same way, and is spend when that expires. What can't be held can't
//! wait for that: it is spend at once.

use super::event::Event;
use super::holds::HoldState;
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

    /// The hold that an earlier use of the request's key took for the same call, of which nobody knows what it cost.
    ///
    /// # Errors
    /// `key_conflict` when it was taken for other tags, another model or another bound.
    pub fn recorded_unresolved(&self, request: &Request) -> Result<Option<Admission>> {
        let Some(known) = request.key.and_then(|key| self.keys.get(key)) else { return Ok(None) };
        let view = self.holds.get(known.admission.hold).map(|hold| hold.view);
        // What it was asked for is known while it is open, and once it was charged.
        let asked = view.and_then(|view| match view.state {
            HoldState::Open | HoldState::Unresolved => Some(view.bound),
            HoldState::Expired => Some(view.cost),
            HoldState::Settled | HoldState::Released => None,
        });
        let is_same = self.tag_set(request.scope) == Some(known.tag_set)
            && request.model == known.model
            && asked.is_none_or(|asked| asked == request.bound);
        let admission = Admission { is_replay: true, ..known.admission };
        if is_same { Ok(Some(admission)) } else { Err(conflict(known)) }
    }

    /// Makes a hold spend before its time, with all that the call may have cost: more than it holds, a named overrun.
    ///
    /// # Errors
    /// `usage_invalid` for a cost below zero.
    pub fn overdraw(&mut self, id: HoldId, cost: Money, now: Timestamp) -> Result<()> {
        let now = self.tick(now);
        check_amount("cost", cost)?;
        let Some(hold) = self.holds.get(id).copied().filter(|hold| hold.view.state.is_open()) else {
            return Ok(());
        };
        self.events.push(Event::Expired { hold: id, bound: cost, reserved_at: hold.view.reserved_at });
        self.close_hold(&hold, HoldState::Expired, cost, now);
        Ok(())
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
        let amount = scope.amount(request.bound, now);
        let mut room = Money::MAX;
        for id in &scope.accounts {
            let Some(account) = accounts.get_mut(id.0 as usize) else { continue };
            let Some(budget) = budgets.get(account.budget) else { continue };
            account.roll(budget, now);
            if let Some(fingerprint) = request.fingerprint {
                account.count_repeat(budget, fingerprint, now, scope.agent, events);
            }
            room = room.min(account.remaining_cost(amount.factor));
        }
        room
    }
}

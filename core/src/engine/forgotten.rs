//! Settling a hold that the machine has forgotten: it ended in an earlier process, or long ago in this one.
//!
//! The true cost is always booked. What was booked for the hold is read back from the ledger, and the difference is
//! booked beside it. This is the slow path: it searches the reservation, and reads what came after it.

use super::bursar::Inner;
use super::settlement::{Priced, Settled, Settlement};
use super::state::State;
use crate::budget::HoldId;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Entry, EntryKind, Store};
use crate::money::Money;
use crate::time::Timestamp;
use std::ops::ControlFlow;

/// A hold as the ledger tells it.
struct Told {
    reserve: Entry,
    /// What was booked, without corrections by people.
    booked: Money,
    is_settled: bool,
}

impl Inner {
    /// Books the difference between what a forgotten hold cost and what was booked for it.
    #[cold]
    pub(super) fn book_forgotten(
        &self,
        hold: HoldId,
        settlement: &Settlement<'_>,
        now: Timestamp,
    ) -> Result<(Settled, u64)> {
        let choice = self.stated_cost(settlement);
        // Nobody else writes meanwhile, so that two settlements of one hold come one after the other.
        let mut writer = self.journal.flushed(|batch| self.state.lock().take(batch))?;
        let told = tell(writer.store(), hold)?.ok_or_else(|| {
            Error::new(ErrorCode::HoldUnknown, format!("hold {hold} is unknown or was forgotten"))
        })?;
        let mut guard = self.state.lock();
        let state = &mut *guard;
        let at = (told.reserve.model, told.reserve.effective_at);
        let priced = settlement.price(state, hold, at, choice)?;
        let cost = priced.cost;
        if cost.is_negative() {
            return Err(Error::new(ErrorCode::UsageInvalid, format!("a cost of {cost} is below zero")));
        }
        let bound = told.reserve.bound;
        let (is_overrun, is_late) = (cost > bound, !told.is_settled);
        let (beside, is_stated, is_replay) = (priced.beside, priced.is_stated, !is_late);
        let mut settled =
            Settled { entry: 0, cost, beside, is_stated, bound, is_overrun, is_late, is_replay };
        if told.is_settled {
            if cost == told.booked {
                return Ok((settled, state.last_seq()));
            }
            let message = format!("hold {hold} has been settled to {} USD already", told.booked);
            return Err(Error::new(ErrorCode::HoldEnded, message).with("hold", hold));
        }
        state.machine.tick(now);
        self.note_all(state, now);
        settled.entry = self.note_difference(state, &told, now, &priced)?;
        Ok((settled, settled.entry))
    }

    fn note_difference(
        &self,
        state: &mut State,
        told: &Told,
        now: Timestamp,
        priced: &Priced,
    ) -> Result<u64> {
        let tag_set = told.reserve.tag_set;
        let tags = state.machine.dictionary().tag_set(tag_set).cloned().unwrap_or_default();
        let scope = state.machine.scope(&tags, now)?;
        let cost = priced.cost;
        let effective_at = told.reserve.effective_at.max(state.machine.closed_until());
        state.machine.adjust(scope, cost - told.booked, effective_at, now);
        let mut entry = Entry::new(EntryKind::Settle, now, told.reserve.hold, tag_set, priced.model);
        (entry.effective_at, entry.amount) = (effective_at, cost - told.booked);
        (entry.price_version, entry.terms) = (priced.version, priced.terms);
        entry.is_late = true;
        (entry.beside, entry.is_stated) = (priced.beside, priced.is_stated);
        entry.is_overrun = cost > told.reserve.bound;
        let seq = state.note_charged(entry);
        self.note_all(state, now);
        Ok(seq)
    }
}

/// What the ledger tells of a hold that has ended; nothing when it was never taken.
fn tell(store: &mut dyn Store, hold: HoldId) -> Result<Option<Told>> {
    let Some(from) = find_reserve(store, hold)? else { return Ok(None) };
    let mut told: Option<Told> = None;
    store.entries(from, &mut |entry, _| {
        if entry.hold != hold {
            return ControlFlow::Continue(());
        }
        match (&mut told, entry.kind) {
            (told @ None, EntryKind::Reserve) => {
                *told = Some(Told { reserve: entry.clone(), booked: Money::ZERO, is_settled: false });
            }
            (Some(told), EntryKind::Settle | EntryKind::Release | EntryKind::Expire) => {
                told.booked += entry.amount;
                told.is_settled |= entry.kind == EntryKind::Settle;
            }
            _ => {}
        }
        ControlFlow::Continue(())
    })?;
    Ok(told)
}

/// The number of a hold's reservation, by halving: holds are numbered in the order of their reservations.
fn find_reserve(store: &mut dyn Store, hold: HoldId) -> Result<Option<u64>> {
    let (mut low, last) = store.span();
    let Some(last) = last else { return Ok(Some(low)) };
    let mut high = last.saturating_add(1);
    while low < high {
        let middle = low + (high - low) / 2;
        match next_reserve(store, middle)? {
            Some((seq, found)) if found == hold => return Ok(Some(seq)),
            Some((seq, found)) if found.sequence() < hold.sequence() => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(None)
}

/// The first reservation from a number on.
fn next_reserve(store: &mut dyn Store, from: u64) -> Result<Option<(u64, HoldId)>> {
    let mut found = None;
    store.entries(from, &mut |entry, _| {
        if entry.kind != EntryKind::Reserve {
            return ControlFlow::Continue(());
        }
        found = Some((entry.seq, entry.hold));
        ControlFlow::Break(())
    })?;
    Ok(found)
}

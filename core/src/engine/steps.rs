//! The atomic steps under the one lock, and the commit behind each.

use super::bursar::Inner;
use super::decision::{BudgetRef, Decision, Exceeded, Suspended, Throttled};
use super::settlement::{Priced, Settled, Settlement};
use super::state::State;
use crate::budget::{Admission, Booking, Ending, HoldId, Machine, Refusal, Request, Verdict, Way};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Batch, Durability, EntryKind};
use crate::money::Money;
use crate::time::Timestamp;

/// Entries that a memory ledger gathers before it sums them: few enough to be in the processor's nearest cache still.
const MEMORY_BATCH: u64 = 64;

impl Inner {
    /// The one atomic step of a reservation.
    pub(super) fn decide(&self, request: &Request, now: Timestamp) -> Result<(Verdict, u64)> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.check_open()?;
        // Holds expire before the new one is taken, for it may take the place of one of them.
        state.machine.tick(now);
        self.note_all(state, now);
        let verdict = state.machine.reserve(request, now);
        if state.machine.has_events() {
            state.machine.drain_events(&mut state.events);
        }
        let mut seq = state.last_seq();
        if let Ok(Verdict::Admitted(admission)) = &verdict
            && !admission.is_replay
        {
            seq = state.note_reserve(request, (admission.hold, admission.reserved_at), admission.expires_at);
        }
        if !state.events.is_empty() {
            self.note_events(state, now);
        }
        verdict.map(|verdict| (verdict, seq))
    }

    /// The one atomic step of a settlement.
    pub(super) fn book(
        &self,
        hold: HoldId,
        settlement: &Settlement<'_>,
        now: Timestamp,
    ) -> Result<(Settled, u64)> {
        let choice = self.stated_cost(settlement);
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.check_open()?;
        let Some(view) = state.machine.hold(hold) else {
            return Err(Error::new(
                ErrorCode::HoldUnknown,
                format!("hold {hold} is unknown or was forgotten"),
            ));
        };
        let priced = settlement.price(state, hold, (view.model, view.reserved_at), choice)?;
        let cost = priced.cost;
        let booking = self.run(state, now, |machine| machine.end(hold, Ending::Settled(cost), now))?;
        let seq = self.note_settled(state, &booking, now, &priced);
        Ok((Settled::of(&booking, &priced, seq), seq))
    }

    pub(super) fn note_settled(
        &self,
        state: &mut State,
        booking: &Booking,
        now: Timestamp,
        priced: &Priced,
    ) -> u64 {
        if booking.is_replay {
            self.note_events(state, now);
            return state.last_seq();
        }
        let seq = state.note_settled(booking, now, priced);
        if !state.events.is_empty() {
            self.note_events(state, now);
        }
        seq
    }

    /// Runs a command of the machine; holds that it found expired are noted before its own entry.
    pub(super) fn run<T>(
        &self,
        state: &mut State,
        now: Timestamp,
        command: impl FnOnce(&mut Machine) -> Result<T>,
    ) -> Result<T> {
        let outcome = command(&mut state.machine);
        if state.machine.has_events() {
            state.machine.drain_events(&mut state.events);
            state.note_expired(now);
            if outcome.is_err() {
                self.note_events(state, now);
            }
        }
        outcome
    }

    pub(super) fn end(&self, hold: HoldId, ending: Ending, kind: EntryKind) -> Result<()> {
        let _turn = self.turn()?;
        let now = self.clock.now();
        let seq = {
            let mut guard = self.state.lock();
            let state = &mut *guard;
            state.check_open()?;
            let booking = self.run(state, now, |machine| machine.end(hold, ending, now))?;
            let model = state.machine.hold(hold).map(|view| view.model);
            let seq = match model {
                Some(model) if !booking.is_replay => state.note_ending(kind, &booking, (now, model)),
                _ => state.last_seq(),
            };
            self.note_events(state, now);
            seq
        };
        self.commit(seq)
    }

    /// A hold whose reservation could not be committed was never given to anybody: it is released, and its key is free
    /// again. If another thread could write it meanwhile, all is well. The hold of a repeated key stays: it was given.
    #[cold]
    pub(super) fn take_back(
        &self,
        request: &Request,
        admission: &Admission,
        (seq, now): (u64, Timestamp),
        cause: Error,
    ) -> Result<()> {
        let mut writer = self.journal.exclusive();
        if self.journal.has(seq) {
            return Ok(());
        }
        if admission.is_replay {
            return Err(cause);
        }
        let mut guard = self.state.lock();
        let state = &mut *guard;
        if request.key.is_some() {
            writer.forget_key(seq);
        }
        let hold = admission.hold;
        let model = state.machine.hold(hold).map(|view| view.model);
        if let (Ok(booking), Some(model)) = (state.machine.end(hold, Ending::Released, now), model) {
            state.note_ending(EntryKind::Release, &booking, (now, model));
        }
        self.note_all(state, now);
        Err(cause)
    }

    pub(super) fn check_room(&self) -> Result<()> {
        self.journal.check_room(|batch| self.state.lock().take(batch))
    }

    /// Notes everything that the machine has told since it was last asked.
    pub(super) fn note_all(&self, state: &mut State, now: Timestamp) {
        if state.machine.has_events() {
            state.machine.drain_events(&mut state.events);
            state.note_expired(now);
            self.note_events(state, now);
        }
    }

    /// Waits until an entry is as durable as the ledger was opened to be.
    pub(super) fn commit(&self, seq: u64) -> Result<()> {
        let take = |batch: &mut Batch| self.state.lock().take(batch);
        match self.durability {
            Durability::Memory if seq.saturating_sub(self.journal.committed()) < MEMORY_BATCH => Ok(()),
            // Nobody waits for a ledger in memory: no turn is given up to make the next batch larger.
            Durability::Memory => self.journal.flushed(take).map(drop),
            _ => self.journal.commit(seq, take),
        }
    }

    #[cold]
    pub(super) fn explain(
        &self,
        refusal: Refusal,
        bound: Money,
        affordable: impl FnOnce(Money) -> Result<u64>,
    ) -> Decision {
        let state = self.state.lock();
        let (budget, instance) = match state.machine.account_name(refusal.account()) {
            Some((budget, instance)) => {
                (budget.name().to_owned(), instance.into_iter().map(str::to_owned).collect())
            }
            None => (String::new(), Vec::new()),
        };
        let budget = BudgetRef { name: budget, instance };
        let name = |symbol| state.machine.dictionary().text(symbol).map(str::to_owned);
        match refusal {
            Refusal::Suspended { until, agent, .. } => {
                Decision::Suspended(Suspended { budget, until, agent: agent.and_then(name) })
            }
            Refusal::Throttled { way, .. } => {
                let (retry_after, downgrade_to) = match way {
                    Way::RetryAfter(wait) => (Some(wait), None),
                    Way::DowngradeTo(model) => (None, name(model)),
                };
                Decision::Throttled(Throttled { budget, retry_after, downgrade_to })
            }
            Refusal::Exceeded { remaining, .. } => {
                // What can't be priced was refused before; here it would only mean that nothing fits.
                let affordable_output_tokens = affordable(remaining).unwrap_or(0);
                Decision::Exceeded(Exceeded { budget, bound, remaining, affordable_output_tokens })
            }
        }
    }
}

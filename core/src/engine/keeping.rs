//! What people do to a ledger in use: correct an entry, lift a suspension, replace the policy, close the books.

use super::bursar::Bursar;
use super::history;
use super::policy::{Policy, with_canonical_models};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Entry, EntryKind, Store, check_amount};
use crate::money::Money;
use crate::pricing::{PriceBook, PriceMoves, PriceVersion};
use crate::time::Timestamp;
use std::sync::Arc;

impl Bursar {
    /// Corrects an earlier entry by an amount, up or down, with a reason. The entry itself stays as it is; the
    /// correction counts where the entry did, or now if those books are closed.
    ///
    /// # Errors
    /// `entry_unknown`, `money_overflow` for an amount that no entry holds, `ledger_*`.
    pub fn adjust(&self, entry: u64, by: Money, note: &str) -> Result<u64> {
        let inner = &*self.inner;
        check_amount(by)?;
        let _turn = inner.turn()?;
        let corrected = self.entry(entry)?;
        let now = inner.clock.now();
        let seq = {
            let mut guard = inner.state.lock();
            let state = &mut *guard;
            state.machine.tick(now);
            inner.note_all(state, now);
            let tags = state.machine.dictionary().tag_set(corrected.tag_set).cloned().unwrap_or_default();
            let scope = state.machine.scope(&tags, now)?;
            let closed = state.machine.closed_until();
            let effective_at =
                if corrected.effective_at < closed { now.max(closed) } else { corrected.effective_at };
            state.machine.adjust(scope, by, effective_at, now);
            state.machine.drain_events(&mut state.events);
            let mut entry_new =
                Entry::new(EntryKind::Adjust, now, corrected.hold, corrected.tag_set, corrected.model);
            (entry_new.effective_at, entry_new.amount) = (effective_at, by);
            (entry_new.terms, entry_new.corrects) = (corrected.terms, Some(entry));
            entry_new.note = Some(note.into());
            let seq = state.note(entry_new);
            inner.note_events(state, now);
            seq
        };
        inner.commit(seq)?;
        Ok(seq)
    }

    /// Lifts what suspends a budget, or one agent in it.
    ///
    /// # Errors
    /// `budget_unknown`, `resume_needs_raise`, `ledger_*`.
    pub fn resume(&self, budget: &str, agent: Option<&str>) -> Result<()> {
        let _turn = self.inner.turn()?;
        let now = self.inner.clock.now();
        {
            let mut guard = self.inner.state.lock();
            let outcome = guard.machine.resume(budget, agent, now);
            self.inner.note_all(&mut guard, now);
            outcome?;
        }
        self.flush()
    }

    /// Puts another policy in force, whole or not at all. Spend, holds and what steps did are kept.
    ///
    /// # Errors
    /// `budget_invalid`, `price_book_invalid`, `model_unknown`, `limit_reached`, `ledger_*`: then the old policy stays.
    pub fn apply(&self, policy: Policy) -> Result<()> {
        let _turn = self.inner.turn()?;
        let mut base = self.inner.base.lock();
        let before = self.policy();
        let next = match policy.checked_book(&base, self.now())? {
            Some(book) => book,
            // Without the file that it named, a policy is back at the book of the program.
            None if before.price_book.is_some() => PriceBook::bundled()?,
            None => base.clone(),
        };
        self.put_in_force(Arc::new(policy), &next)?;
        *base = next;
        Ok(())
    }

    /// Puts a newer price book in force while calls run: a table of bytes, or TOML. The policy's own prices lie over it;
    /// entries keep the version that they were priced by, and calls under way are settled at the prices in force.
    /// Gives the version that is in force now.
    ///
    /// # Errors
    /// `price_book_invalid` for bytes that are damaged or wrong, and for prices that move further than is allowed, which
    /// the message names; `model_unknown` where the policy needs a model that the book lacks; `ledger_*`. Then the old
    /// prices stay.
    pub fn load_prices(&self, bytes: &[u8], moves: PriceMoves) -> Result<PriceVersion> {
        let next = PriceBook::read(bytes)?;
        next.check()?;
        let _turn = self.inner.turn()?;
        let mut base = self.inner.base.lock();
        base.check_moves(&next, moves, self.now())?;
        self.put_in_force(self.policy(), &next)?;
        *base = next;
        Ok(self.prices().version())
    }

    fn put_in_force(&self, policy: Arc<Policy>, base: &PriceBook) -> Result<()> {
        let inner = &*self.inner;
        let book = policy.priced(base)?;
        let now = inner.clock.now();
        let budgets = with_canonical_models(&policy.budgets, &book, now)?;
        let mut writer = inner.journal.exclusive();
        let mut guard = inner.state.lock();
        let state = &mut *guard;
        // Holds that are over are spend before the spend is read.
        state.machine.tick(now);
        inner.note_all(state, now);
        inner.journal.write(&mut writer, |batch| state.take(batch))?;
        let from = history::from(&budgets, now);
        let spend = history::spend(writer.store(), &budgets, from)?;
        history::resolve(&mut state.machine, spend.iter().map(|spend| spend.tag_set), now)?;
        state.machine.replace_budgets(budgets, spend.into_iter(), now)?;
        state.batch.since.extend(state.machine.since().map(|(name, since)| (name.to_owned(), since)));
        inner.note_all(state, now);
        state.reprice(&book, (inner.epoch() + 1, now));
        inner.set_prices(book);
        inner.set_hold_lifetime(policy.hold_lifetime);
        *inner.policy.write() = policy;
        inner.names.write().clear();
        // The policy is in force. What it left to note can wait, if the disk has filled up just now.
        let _ = inner.journal.write(&mut writer, |batch| state.take(batch));
        Ok(())
    }

    /// Closes the books before an instant: nothing is booked there any more, and corrections come after it.
    ///
    /// # Errors
    /// `period_not_closable` while calls of that time are under way, or when it lies in the future; `ledger_*`.
    pub fn close_until(&self, until: Timestamp) -> Result<()> {
        let _turn = self.inner.turn()?;
        let now = self.inner.clock.now();
        if until > now {
            let message =
                format!("the books can't be closed until {until}, which is in the future: it is {now}");
            let help = "close the books up to a time that has passed";
            return Err(Error::new(ErrorCode::PeriodNotClosable, message).with_help(help));
        }
        {
            let mut guard = self.inner.state.lock();
            let state = &mut *guard;
            let outcome = state.machine.close_until(until, now);
            self.inner.note_all(state, now);
            outcome?;
            state.batch.closed_until = Some(state.machine.closed_until());
        }
        self.flush()
    }

    /// Writes whatever waits. Calls that were answered are written already, but for a memory ledger.
    ///
    /// # Errors
    /// `ledger_*`.
    pub fn flush(&self) -> Result<()> {
        let _turn = self.inner.turn()?;
        self.inner.state.lock().check_open()?;
        self.with_store(|_| Ok(()))
    }

    /// Reads the ledger, with everything in it that has happened.
    pub(crate) fn with_store<T>(&self, read: impl FnOnce(&mut dyn Store) -> Result<T>) -> Result<T> {
        let _turn = self.inner.turn()?;
        let mut writer = self.inner.journal.flushed(|batch| self.inner.state.lock().take(batch))?;
        read(writer.store())
    }

    /// The same for long readings: calls go on meanwhile, where the store can be read beside its writing.
    pub(crate) fn with_reader<T>(&self, read: impl FnOnce(&mut dyn Store) -> Result<T>) -> Result<T> {
        let turn = self.inner.turn()?;
        let mut writer = self.inner.journal.flushed(|batch| self.inner.state.lock().take(batch))?;
        match writer.store().reader() {
            Some(mut reader) => {
                drop(writer);
                drop(turn);
                read(&mut *reader)
            }
            None => read(writer.store()),
        }
    }
}

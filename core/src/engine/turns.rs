//! Turns at a ledger that other processes write too: what they did is followed, then this process decides and writes.
//!
//! A turn is one atomic step over all processes, as the engine's lock is one over all threads. It is taken before any
//! other lock, and may be taken again by who has it, so that a step may be made of several. A ledger that this process
//! has alone has no turns, and pays one look for that.

use super::bursar::{Bursar, Inner};
use super::notes;
use super::state::State;
use crate::error::Result;
use crate::ledger::{EntryKind, News, StoredMark};
use crate::tags::Symbol;
use parking_lot::{Condvar, Mutex, ReentrantMutex, ReentrantMutexGuard};
use std::{cell::Cell, collections::BTreeSet};

/// Which thread has the process's turn, and how many times over.
#[derive(Debug, Default)]
pub(super) struct Turns {
    mine: ReentrantMutex<Cell<u32>>,
    /// Whether the process is being forked: then no turn begins.
    is_forking: Mutex<bool>,
    forked: Condvar,
}

/// Held while nobody else decides or writes.
pub(super) struct Turn<'a> {
    inner: &'a Inner,
    mine: ReentrantMutexGuard<'a, Cell<u32>>,
}

impl Inner {
    /// Waits for the turn of this process, where it shares its ledger.
    ///
    /// # Errors
    /// `ledger_in_use` when the turn doesn't come, and other `ledger_*`.
    #[inline]
    pub(super) fn turn(&self) -> Result<Option<Turn<'_>>> {
        match &self.turns {
            None => Ok(None),
            Some(turns) => self.take_turn(turns).map(Some),
        }
    }

    #[cold]
    fn take_turn<'a>(&'a self, turns: &'a Turns) -> Result<Turn<'a>> {
        let mine = turns.mine.lock();
        let depth = mine.get();
        let mut unknown = BTreeSet::new();
        if depth == 0 {
            turns.wait_for_fork();
            let mut writer = self.journal.exclusive();
            if let Some(news) = writer.store().begin_turn()? {
                let mut state = self.state.lock();
                let last = self.follow(&mut state, &news).inspect_err(|_| {
                    // What can't be followed can't be decided upon: this process has no more part in the ledger.
                    state.is_closed = true;
                    writer.store().end_turn();
                })?;
                self.journal.follow(last);
                unknown = unpriced(&state, &news);
            }
        }
        mine.set(depth + 1);
        let turn = Turn { inner: self, mine };
        for name in unknown {
            self.price_again(&name);
        }
        Ok(turn)
    }

    /// Does in memory what other processes have done, and gives the number of their latest entry.
    fn follow(&self, state: &mut State, news: &News) -> Result<u64> {
        state.follow_names(news)?;
        let mut marks = news.marks.iter().peekable();
        for entry in &news.entries {
            while let Some(mark) = marks.next_if(|mark| mark.seq < entry.seq) {
                state.follow_mark(mark);
            }
            state.follow_entry(entry);
        }
        marks.for_each(|mark| state.follow_mark(mark));
        if let Some(until) = news.closed_until {
            state.machine.follow_closing(until);
        }
        self.keep_own_events(state, &news.marks);
        Ok(state.last_seq())
    }

    /// A step that fired in the other process is told by it. Where its policy lacks the step, it is told here.
    fn keep_own_events(&self, state: &mut State, told: &[StoredMark]) {
        if !state.machine.has_events() {
            return;
        }
        state.machine.drain_events(&mut state.events);
        let at = self.clock.now();
        let is_told = |mark: &StoredMark| {
            let key = |mark: &StoredMark| {
                (mark.budget.clone(), mark.instance.clone(), mark.window, mark.step.clone())
            };
            told.iter().any(|other| key(other) == key(mark))
        };
        let machine = &state.machine;
        state.events.retain(|event| {
            let marks = machine.marks_of(event);
            let mut marks = marks.iter().map(|mark| notes::stored(mark, machine.dictionary(), at, 0));
            marks.len() > 0 && !marks.all(|mark| is_told(&mark))
        });
        self.note_events(state, at);
    }

    /// Finds the prices of a model that the ledger names, so that holds of others can be settled here without naming it
    /// again. One that this process has no price for can't.
    pub(super) fn price_again(&self, name: &str) {
        if let Some((provider, model)) = name.split_once('/')
            && let Ok(prices) = self.prices.load().find(Some(provider), model)
        {
            let _ = self.state.lock().remember(prices, (self.epoch(), self.clock.now()));
        }
    }
}

impl Turns {
    fn wait_for_fork(&self) {
        let mut is_forking = self.is_forking.lock();
        while *is_forking {
            self.forked.wait(&mut is_forking);
        }
    }
}

impl Bursar {
    /// Gives up what a process that is forked off must not take along, which is the connection to a shared ledger. Calls
    /// wait until [`after_fork`](Self::after_fork), which the process that goes on calls; the one that is forked off
    /// opens the ledger anew, and never uses this handle.
    pub fn before_fork(&self) {
        if let Some(turns) = &self.inner.turns {
            let _mine = turns.mine.lock();
            *turns.is_forking.lock() = true;
            self.inner.journal.exclusive().store().rest();
        }
    }

    /// Lets calls go on after [`before_fork`](Self::before_fork).
    pub fn after_fork(&self) {
        if let Some(turns) = &self.inner.turns {
            *turns.is_forking.lock() = false;
            turns.forked.notify_all();
        }
    }
}

/// The models of new holds whose prices this process has not looked for.
fn unpriced(state: &State, news: &News) -> BTreeSet<String> {
    let reserved = news.entries.iter().filter(|entry| entry.kind == EntryKind::Reserve);
    let models: BTreeSet<Symbol> = reserved.map(|entry| entry.model).collect();
    let unknown = models.into_iter().filter(|model| state.model(*model).is_none());
    unknown.filter_map(|model| state.machine.dictionary().text(model).map(str::to_owned)).collect()
}

impl Drop for Turn<'_> {
    /// What was noted is written before anybody else may decide. Where it can't be written the turn stays with this
    /// process, for the others must not decide without it.
    fn drop(&mut self) {
        let depth = self.mine.get().saturating_sub(1);
        if depth == 0 {
            let take = |batch: &mut _| self.inner.state.lock().take(batch);
            if let Ok(mut writer) = self.inner.journal.flushed(take) {
                writer.store().end_turn();
            }
        }
        self.mine.set(depth);
    }
}

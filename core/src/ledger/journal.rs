//! Group commit: the first to arrive writes for all who queue behind it.
//!
//! There is no thread of its own, so nothing is handed over when a caller is alone, and nothing is lost by a fork.

use super::batch::Batch;
use super::store::Store;
use crate::error::Result;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::{
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

/// Entries that may wait while the store can't write; then new calls are refused.
pub const MAX_WAITING_ENTRIES: usize = 65_536;

/// Turns that a follower gives up before it sleeps.
const TURNS: usize = 128;
/// The longest that a follower sleeps without looking.
const LONGEST_SLEEP: Duration = Duration::from_millis(5);

/// Orders writers before a store.
pub(crate) struct Journal {
    writer: Mutex<Writer>,
    /// Entries up to this number are in the store.
    committed: AtomicU64,
    is_failing: AtomicBool,
    /// Followers that sleep until a batch is written.
    asleep: Mutex<()>,
    sleepers: AtomicUsize,
    woken: Condvar,
}

/// The store, and what it failed to write.
pub(crate) struct Writer {
    store: Box<dyn Store>,
    waiting: Batch,
    /// Entries of the latest batch.
    last_batch: usize,
}

impl Journal {
    /// Writes to a store whose entries up to a number are there.
    pub(crate) fn new(store: Box<dyn Store>, committed: u64) -> Self {
        Self {
            writer: Mutex::new(Writer { store, waiting: Batch::default(), last_batch: 0 }),
            committed: AtomicU64::new(committed),
            is_failing: AtomicBool::new(false),
            asleep: Mutex::new(()),
            sleepers: AtomicUsize::new(0),
            woken: Condvar::new(),
        }
    }

    /// Waits until an entry is in the store. `take` moves what is pending into the batch; it runs at most once.
    ///
    /// # Errors
    /// What the store says. The batch is kept, and written by a later call.
    pub(crate) fn commit(&self, seq: u64, take: impl FnOnce(&mut Batch)) -> Result<()> {
        for _ in 0..TURNS {
            if self.has(seq) {
                return Ok(());
            }
            match self.writer.try_lock() {
                Some(writer) => return self.lead(seq, writer, take),
                // Another thread writes, most often this entry too. Giving up the turn is far cheaper than sleeping
                // and being woken, and lets the next batch grow.
                None => std::thread::yield_now(),
            }
        }
        self.sleep_and_commit(seq, take)
    }

    /// Waits for the leader's word, or leads where there is none.
    #[cold]
    fn sleep_and_commit(&self, seq: u64, take: impl FnOnce(&mut Batch)) -> Result<()> {
        let mut asleep = self.asleep.lock();
        loop {
            if self.has(seq) {
                return Ok(());
            }
            if let Some(writer) = self.writer.try_lock() {
                drop(asleep);
                return self.lead(seq, writer, take);
            }
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            // The leader may have gone between the look and the sleep; then nobody would call.
            self.woken.wait_for(&mut asleep, LONGEST_SLEEP);
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn lead(
        &self,
        seq: u64,
        mut writer: MutexGuard<'_, Writer>,
        take: impl FnOnce(&mut Batch),
    ) -> Result<()> {
        if self.has(seq) {
            return Ok(());
        }
        // Those whom the last batch released are about to come back: one turn for all of them makes one batch.
        if writer.last_batch > 1 {
            std::thread::yield_now();
        }
        let outcome = self.write(&mut writer, take);
        drop(writer);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            let _asleep = self.asleep.lock();
            self.woken.notify_all();
        }
        outcome
    }

    /// Writes what is pending, and gives the store to read from.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) fn flushed(&self, take: impl FnOnce(&mut Batch)) -> Result<MutexGuard<'_, Writer>> {
        let mut writer = self.writer.lock();
        self.write(&mut writer, take)?;
        Ok(writer)
    }

    /// Whether an entry is in the store.
    pub(crate) fn has(&self, seq: u64) -> bool {
        self.committed() >= seq
    }

    /// The number of the latest entry that is in the store.
    pub(crate) fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    /// Entries up to this one are in the store: other processes wrote them.
    pub(crate) fn follow(&self, seq: u64) {
        self.committed.fetch_max(seq, Ordering::AcqRel);
    }

    /// Keeps everybody else from writing, to change what decisions depend on. Taken before the engine's lock, as
    /// everywhere.
    pub(crate) fn exclusive(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock()
    }

    /// Writes what is pending.
    ///
    /// # Errors
    /// What the store says. The batch is kept, and written by a later call.
    pub(crate) fn write(&self, writer: &mut Writer, take: impl FnOnce(&mut Batch)) -> Result<()> {
        take(&mut writer.waiting);
        if writer.waiting.is_empty() {
            return Ok(());
        }
        let (last, count) =
            (writer.waiting.entries.last().map(|last| last.seq), writer.waiting.entries.len());
        let outcome = writer.store.append_all(&mut writer.waiting);
        self.is_failing.store(outcome.is_err(), Ordering::Release);
        outcome?;
        if let Some(last) = last {
            self.committed.store(last, Ordering::Release);
        }
        writer.last_batch = count;
        Ok(())
    }

    /// Whether a new call may be decided: after a failure only while there is room for what waits. When there is none
    /// the store is tried again, for nobody else may come who would.
    ///
    /// # Errors
    /// What the store says when too much waits.
    pub(crate) fn check_room(&self, take: impl FnOnce(&mut Batch)) -> Result<()> {
        if !self.is_failing.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut writer = self.writer.lock();
        if writer.waiting.entries.len() < MAX_WAITING_ENTRIES {
            return Ok(());
        }
        self.write(&mut writer, take).map_err(|error| error.with("waiting", MAX_WAITING_ENTRIES))
    }
}

impl Writer {
    /// The store, for reading.
    pub(crate) fn store(&mut self) -> &mut dyn Store {
        &mut *self.store
    }

    /// Puts another store in the place of this one, which is dropped.
    pub(crate) fn replace(&mut self, store: Box<dyn Store>) {
        self.store = store;
    }

    /// Takes the caller's key off a reservation that waits and that nobody was given.
    pub(crate) fn forget_key(&mut self, seq: u64) {
        let waiting = self.waiting.entries.iter_mut().rev();
        if let Some(entry) = waiting.take_while(|entry| entry.seq >= seq).find(|entry| entry.seq == seq) {
            entry.key = None;
        }
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("committed", &self.committed).finish_non_exhaustive()
    }
}

//! The embedded ledger: one SQLite file, its write-ahead log as the journal, readable by any SQLite tool.
//!
//! One process writes, or several that share the ledger and take turns; lock files beside the ledger say so, and the
//! system gives them back however a process ends.
//! Amounts are stored as whole nano-USD and a rest in pico, so that a plain `SUM` stays exact far past any bill.
//! Rollups are written every [`ROLLUP_EVERY`] entries in the transaction of the entries, with the number up to which
//! they count; whoever reads adds the entries after it.

mod documents;
mod faults;
mod lines;
mod lock;
mod read;
mod row;
mod schema;
mod shared;
mod sums;
mod turn;
mod wal;
mod write;

use super::batch::Batch;
use super::document::IssuedDocument;
use super::entry::{Entry, EntryKind, EntryLine};
use super::rollup::{Rollup, RollupKey, Rollups};
use super::store::{EntryVisitor, Loaded, News, Store};
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::time::Window;
use faults::fault;
use lock::WriterLock;
use rusqlite::{Connection, OpenFlags};
use shared::Shared;
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Duration,
};
use turn::TurnLock;

/// Entries between two writings of the rollups.
const ROLLUP_EVERY: u64 = 1_024;
/// Files up to this size are checked whole when they are opened; larger ones as they are read, and by `verify`.
const CHECKED_AT_OPEN: u64 = 16 << 20;
/// How long a commit waits for a reader that is in its way.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared: all that a call needs.
const STATEMENTS: usize = 48;

/// What a committed entry survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// Nothing is kept: the ledger lives in memory.
    Memory,
    /// The end of the process, also by `kill -9`.
    #[default]
    Process,
    /// Loss of power: every commit reaches the disk.
    Power,
}

/// A ledger in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    database: Connection,
    /// Held while this process may write.
    lock: Option<WriterLock>,
    /// Sums of the entries after `rolled_up_to`.
    tail: Rollups,
    rolled_up_to: u64,
    last_seq: u64,
    /// The reservation entries of open holds.
    open: BTreeMap<u64, u64>,
    /// Room for the usage of an entry that is written.
    text: String,
    /// What a ledger that other processes write too needs beside.
    shared: Option<Shared>,
}

/// Whether the pages of a file were checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Checked,
    Unchecked,
}

impl SqliteStore {
    /// Opens a ledger for writing, by this process alone; a file that doesn't exist is made.
    ///
    /// # Errors
    /// `ledger_in_use`, `ledger_unavailable`, `ledger_read_only`, `ledger_foreign`, `ledger_newer`, `ledger_damaged`.
    pub fn open(path: impl AsRef<Path>, durability: Durability) -> Result<Self> {
        let path = path.as_ref();
        faults::check_folder(path)?;
        faults::check_writable(path)?;
        let real = faults::real(path);
        // The lock comes before any look into the file: see `check_header`.
        let is_new = !WriterLock::is_beside(&real);
        let lock = WriterLock::take(path, &real)?;
        let lock = Self::check_file(path, &real, (lock, is_new))?;
        let database = connect(path, durability)?;
        Self::with(path, database, (Some(lock), Is::Unchecked))
    }

    /// Opens a ledger for writing, by this process and all others that open it so; a file that doesn't exist is made.
    /// The store is opened in a turn of this process: [`Store::end_turn`] lets the others go on.
    ///
    /// # Errors
    /// As [`open`](Self::open); `ledger_in_use` where a process has the ledger alone.
    pub fn open_shared(path: impl AsRef<Path>, durability: Durability) -> Result<Self> {
        let path = path.as_ref();
        faults::check_folder(path)?;
        faults::check_writable(path)?;
        let real = faults::real(path);
        let is_new = !WriterLock::is_beside(&real);
        // The turn comes first: of two that open at once one is the first, and the other waits until it is done.
        let mut turn = TurnLock::new(path, &real)?;
        turn.begin()?;
        let (mut lock, is_first) = WriterLock::share(path, &real)?;
        if is_first {
            lock = Self::check_file(path, &real, (lock, is_new))?;
        }
        let database = connect(path, durability)?;
        if is_first {
            lock.join(path)?;
        } else {
            faults::check_identity(path, schema::identity(&database).map_err(|cause| fault(path, cause))?)?;
        }
        // The first one has checked the pages, and the others need not wait while this one does it again.
        let is = if is_first { Is::Unchecked } else { Is::Checked };
        let mut store = Self::with(path, database, (Some(lock), is))?;
        store.shared =
            Some(Shared::new(turn, &store.database, durability).map_err(|cause| fault(path, cause))?);
        Ok(store)
    }

    /// Looks into the file and its log while nobody else writes it. What isn't a ledger keeps no trace of a lock that is
    /// new.
    fn check_file(path: &Path, real: &Path, (lock, is_new): (WriterLock, bool)) -> Result<WriterLock> {
        match faults::check_header(path) {
            Ok(has_content) => wal::check(path, (real, has_content)).map(|()| lock),
            Err(error) => {
                if is_new {
                    lock.remove(real);
                }
                Err(error)
            }
        }
    }

    /// Opens a ledger for reading, also while another process writes it. It is read as it stands now, whatever is
    /// written later: open it anew to see that, and don't keep it open for long, for the log grows meanwhile.
    ///
    /// # Errors
    /// `ledger_unavailable`, `ledger_foreign`, `ledger_newer`, `ledger_damaged`.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let real = faults::real(path);
        // Where there was a writer there may be one now, even in this process: see `check_header`.
        let is_written = WriterLock::is_beside(&real);
        let is_there = if is_written { faults::has_content(path) } else { faults::check_header(path)? };
        if !is_there {
            return Err(Error::new(
                ErrorCode::LedgerUnavailable,
                format!("there is no ledger at `{}`", path.display()),
            )
            .with_help("check the path"));
        }
        wal::check_for_reading(path, &real)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags).map_err(|cause| fault(path, cause))?;
        if is_written {
            faults::check_identity(path, schema::identity(&database).map_err(|cause| fault(path, cause))?)?;
        }
        // One transaction for the life of the reader: entries and sums must be of one moment.
        database.execute_batch("BEGIN").map_err(|cause| fault(path, cause))?;
        schema::see_as_newest(&database).map_err(|cause| fault(path, cause))?;
        Self::with(path, database, (None, Is::Unchecked))
    }

    fn with(path: &Path, database: Connection, (lock, is): (Option<WriterLock>, Is)) -> Result<Self> {
        tune(&database).map_err(|cause| fault(path, cause))?;
        let path = path.to_owned();
        let mut store = Self {
            path,
            database,
            lock,
            tail: Rollups::default(),
            rolled_up_to: 0,
            last_seq: 0,
            open: BTreeMap::new(),
            text: String::new(),
            shared: None,
        };
        if is == Is::Unchecked {
            store.check_small()?;
        }
        store.check_dimensions()?;
        store.catch_up()?;
        Ok(store)
    }

    /// A damaged page in a small file is found before anything is written beside it.
    fn check_small(&self) -> Result<()> {
        let size = std::fs::metadata(&self.path).map_or(0, |file| file.len());
        if size > CHECKED_AT_OPEN {
            return Ok(());
        }
        match self.integrity()?.into_iter().next() {
            None => Ok(()),
            Some(first) => Err(faults::damaged(&self.path, &first)),
        }
    }

    /// Usage is told by numbers, which must mean in this file what they mean to us.
    fn check_dimensions(&self) -> Result<()> {
        let failed = |cause| fault(&self.path, cause);
        if let Some(what) = schema::renamed_dimension(&self.database).map_err(failed)? {
            return Err(faults::damaged(&self.path, &what));
        }
        if self.lock.is_some() { schema::add_dimensions(&self.database).map_err(failed) } else { Ok(()) }
    }

    fn integrity(&self) -> Result<Vec<String>> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.database.prepare("PRAGMA integrity_check(20)")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.filter(|row| row.as_deref() != Ok("ok")).collect()
        };
        read().map_err(|cause| fault(&self.path, cause))
    }

    /// Reads the sums of the entries that the stored rollups don't count yet.
    fn catch_up(&mut self) -> Result<()> {
        let meta = |name| read::meta(&self.database, name).map_err(|cause| fault(&self.path, cause));
        self.rolled_up_to = meta("rolled_up_to")?;
        let from = meta("open_from")?.min(self.rolled_up_to + 1).max(1);
        let (mut tail, mut open, rolled_up_to) = (Rollups::default(), BTreeMap::new(), self.rolled_up_to);
        let mut last = rolled_up_to;
        read::entries(&self.database, &self.path, from, &mut |entry, lines| {
            match entry.kind {
                EntryKind::Reserve => drop(open.insert(entry.hold.number(), entry.seq)),
                _ if entry.ends_hold() => drop(open.remove(&entry.hold.number())),
                _ => {}
            }
            if entry.seq > rolled_up_to {
                tail.add(entry, lines);
            }
            last = last.max(entry.seq);
            ControlFlow::Continue(())
        })?;
        (self.tail, self.open, self.last_seq) = (tail, open, last);
        Ok(())
    }

    /// Writes a batch, after the sums of what came before it where they are due.
    fn write(&mut self, batch: &Batch, is_due: bool) -> Result<()> {
        let Self { path, database, tail, last_seq, text, .. } = self;
        let open_from = self.open.values().copied().min();
        let due =
            write::Due { sums: tail, through: *last_seq, open_from: open_from.unwrap_or(*last_seq + 1) };
        write::batch(database, batch, is_due.then_some(&due), text).map_err(|cause| fault(path, cause))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes an entry, written just now or by another process, into what is kept of the latest ones.
    fn know(&mut self, entry: &Entry, lines: &[EntryLine]) {
        self.last_seq = entry.seq;
        self.tail.add(entry, lines);
        match entry.kind {
            EntryKind::Reserve => drop(self.open.insert(entry.hold.number(), entry.seq)),
            _ if entry.ends_hold() => drop(self.open.remove(&entry.hold.number())),
            _ => {}
        }
    }
}

/// What every connection is set to.
fn tune(database: &Connection) -> rusqlite::Result<()> {
    database.set_prepared_statement_cache_capacity(STATEMENTS);
    database.busy_timeout(BUSY_WAIT)
}

/// A connection that writes.
fn connect(path: &Path, durability: Durability) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(|cause| fault(path, cause))?;
    if !schema::prepare(&database, durability).map_err(|cause| fault(path, cause))? {
        let message = format!("the file system of the ledger `{}` can't keep a log", path.display());
        return Err(
            Error::new(ErrorCode::LedgerUnavailable, message).with_help("put the ledger on a local disk")
        );
    }
    Ok(database)
}

impl Store for SqliteStore {
    fn load(&mut self) -> Result<Loaded> {
        let from = self.open.values().copied().min().unwrap_or(self.last_seq + 1);
        read::loaded(&self.database, &self.path, from, self.last_seq + 1)
    }

    fn append(&mut self, batch: &Batch) -> Result<()> {
        if self.lock.is_none() {
            let message = format!("the ledger `{}` was opened for reading", self.path.display());
            return Err(Error::new(ErrorCode::LedgerReadOnly, message).with_help("open it for writing"));
        }
        if self.shared.as_ref().is_some_and(|shared| !shared.has_turn()) {
            let message = format!("the ledger `{}` was written out of turn", self.path.display());
            return Err(Error::new(ErrorCode::LedgerInUse, message));
        }
        let is_due = self.last_seq.saturating_sub(self.rolled_up_to) >= ROLLUP_EVERY;
        self.write(batch, is_due)?;
        if is_due {
            self.tail.clear();
            self.rolled_up_to = self.last_seq;
        }
        for (entry, lines) in batch.entries() {
            self.know(entry, lines);
        }
        if let Some(shared) = &mut self.shared {
            shared.wrote(batch);
        }
        Ok(())
    }

    fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    fn begin_turn(&mut self) -> Result<Option<News>> {
        self.take_turn()
    }

    fn end_turn(&mut self) {
        if let Some(shared) = &mut self.shared {
            shared.end();
        }
    }

    fn rest(&mut self) {
        if let Some(shared) = &mut self.shared {
            shared.rest(&mut self.database);
        }
    }

    fn entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        read::entries(&self.database, &self.path, from, visit)
    }

    fn booked_entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        read::booked_entries(&self.database, &self.path, from, visit)
    }

    fn rollups(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, &Rollup)) -> Result<()> {
        sums::read(&self.database, &self.path, within, visit)?;
        self.tail
            .iter()
            .filter(|(key, _)| within.contains(key.hour))
            .for_each(|(key, sums)| visit(key, sums));
        Ok(())
    }

    fn totals(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, Money, u64)) -> Result<()> {
        sums::read_totals(&self.database, &self.path, within, visit)?;
        let tail = self.tail.iter().filter(|(key, _)| within.contains(key.hour));
        tail.for_each(|(key, sums)| visit(&key.without_terms(), sums.amount(), sums.calls));
        Ok(())
    }

    fn reader(&mut self) -> Option<Box<dyn Store>> {
        let file = self.database.path().map_or(self.path.clone(), PathBuf::from);
        let database = read::snapshot(&self.database, &file).ok()??;
        Some(Box::new(Self {
            path: self.path.clone(),
            database,
            lock: None,
            tail: self.tail.clone(),
            rolled_up_to: self.rolled_up_to,
            last_seq: self.last_seq,
            open: self.open.clone(),
            text: String::new(),
            shared: None,
        }))
    }

    fn documents(&mut self) -> Result<Vec<IssuedDocument>> {
        documents::read(&self.database, &self.path)
    }

    fn span(&self) -> (u64, Option<u64>) {
        (1, Some(self.last_seq))
    }

    fn check(&mut self) -> Result<Vec<String>> {
        self.integrity()
    }

    fn close(&mut self) -> Result<()> {
        if self.lock.is_none() {
            return Ok(());
        }
        self.write(&Batch::default(), true)?;
        self.tail.clear();
        self.rolled_up_to = self.last_seq;
        // A reader may be in the way. What it needs stays in the log, which the next writer takes up.
        self.database.busy_timeout(Duration::ZERO).map_err(|cause| fault(&self.path, cause))?;
        let checkpoint = self.database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        checkpoint.map_err(|cause| fault(&self.path, cause))
    }
}

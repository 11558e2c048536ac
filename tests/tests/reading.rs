//! Nobody waits for a reader: calls are committed in the middle of a report and of a verification, and neither sees
//! what comes after its beginning.

#![allow(clippy::unwrap_used, reason = "a test that can't go on shall stop where it stands")]

use bursar::{
    Batch, Bursar, Durability, EntryVisitor, IssuedDocument, Loaded, ReportRequest, Result, Rollup,
    RollupKey, SqliteStore, Store, Window,
};
use bursar_tests::scene::{admit, budget, clock, output, policy, usd};
use std::{
    path::Path,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

/// Calls in the middle: enough for the sums of the file to be written meanwhile.
const CALLS: u64 = 1_500;
/// After so long a commit that waits for a reader is taken for one that waits for ever.
const FOR_EVER: Duration = Duration::from_mins(1);

/// Runs once, when a reader has seen the first of what it reads.
type Middle = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// A file whose readers are held up in the middle of their reading.
struct HeldUp {
    store: Box<dyn Store>,
    middle: Middle,
    is_reader: bool,
}

impl HeldUp {
    fn step(middle: &Middle, is_reader: bool) {
        let run = if is_reader { middle.lock().unwrap().take() } else { None };
        if let Some(run) = run {
            run();
        }
    }
}

impl Store for HeldUp {
    fn load(&mut self) -> Result<Loaded> {
        self.store.load()
    }

    fn append(&mut self, batch: &Batch) -> Result<()> {
        self.store.append(batch)
    }

    fn entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        let Self { store, middle, is_reader } = self;
        store.entries(from, &mut |entry, lines| {
            Self::step(middle, *is_reader);
            visit(entry, lines)
        })
    }

    fn documents(&mut self) -> Result<Vec<IssuedDocument>> {
        self.store.documents()
    }

    fn rollups(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, &Rollup)) -> Result<()> {
        let Self { store, middle, is_reader } = self;
        store.rollups(within, &mut |key, sums| {
            Self::step(middle, *is_reader);
            visit(key, sums);
        })
    }

    fn reader(&mut self) -> Option<Box<dyn Store>> {
        let middle = Arc::clone(&self.middle);
        Some(Box::new(Self { store: self.store.reader().unwrap(), middle, is_reader: true }))
    }

    fn span(&self) -> (u64, Option<u64>) {
        self.store.span()
    }

    fn check(&mut self) -> Result<Vec<String>> {
        self.store.check()
    }

    fn close(&mut self) -> Result<()> {
        self.store.close()
    }
}

fn open(path: &Path, durability: Durability) -> (Bursar, Middle) {
    let (store, middle) = (SqliteStore::open(path, durability).unwrap(), Middle::default());
    let store = HeldUp { store: Box::new(store), middle: Arc::clone(&middle), is_reader: false };
    let policy = policy().with_budget(budget("all of it", "", "1000000", bursar::Period::Month));
    let builder = Bursar::builder().policy(policy).clock(clock()).resource_attributes("");
    (builder.open_store(Box::new(store)).unwrap(), middle)
}

fn calls(bursar: &Bursar, count: u64) {
    for _ in 0..count {
        bursar.settle(&admit(bursar, "data", 10), &output(10)).unwrap();
    }
}

/// What a reader gives in whose middle many calls are committed; nothing if one of them had to wait for it.
fn held_up<T>(bursar: &Bursar, middle: &Middle, read: impl FnOnce() -> T) -> Option<T> {
    let (committed, wait) = mpsc::channel();
    let (done, was_done) = mpsc::channel();
    let writing = bursar.clone();
    *middle.lock().unwrap() = Some(Box::new(move || {
        std::thread::spawn(move || {
            calls(&writing, CALLS);
            committed.send(()).unwrap();
        });
        done.send(wait.recv_timeout(FOR_EVER).is_ok()).unwrap();
    }));
    let outcome = read();
    was_done.try_recv().unwrap().then_some(outcome)
}

fn check(durability: Durability, read: fn(&Bursar)) {
    let folder = tempfile::tempdir().unwrap();
    let (bursar, middle) = open(&folder.path().join("ledger.db"), durability);
    // Some sums are in the file, and some in memory only.
    calls(&bursar, CALLS);
    assert!(held_up(&bursar, &middle, || read(&bursar)).is_some(), "a commit waited for a reader");
    let after = bursar.report(&ReportRequest::new("UTC")).unwrap();
    assert_eq!((after.calls, after.total), (2 * CALLS, usd("0.03")));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_report_in_the_middle_of_its_reading_blocks_no_commit() {
    for durability in [Durability::Process, Durability::Power] {
        check(durability, |bursar| {
            let statement = bursar.report(&ReportRequest::new("UTC")).unwrap();
            assert_eq!((statement.calls, statement.total), (CALLS, usd("0.015")), "as it began");
        });
    }
}

#[test]
fn a_verification_in_the_middle_of_its_reading_blocks_no_commit() {
    for durability in [Durability::Process, Durability::Power] {
        check(durability, |bursar| assert_eq!(bursar.verify().unwrap(), []));
    }
}

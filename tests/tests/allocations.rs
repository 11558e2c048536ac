//! The hot path allocates nothing: a count that needs no clock, of the thread that calls.

#![allow(unsafe_code, reason = "a global allocator that counts is unsafe by its trait")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on shall stop where it stands")]

use bursar::{
    Batch, Bursar, Call, Dimension, Durability, EntryVisitor, IssuedDocument, Loaded, Model, Period, Policy,
    PriceBook, ReportRequest, Result, Rollup, RollupKey, Scope, Settlement, SqliteStore, Store, Terms,
    Timestamp, Usage, Window,
};
use bursar_tests::scene::{admitted, budget, clock, output, priced, reserve_keyed};
use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;

/// Pairs that are counted.
const PAIRS: u64 = 10_000;
/// Pairs before: two entries each, so that a memory ledger has its 65,536 and puts new ones in their place.
const WARM_UP: u64 = 40_000;
/// The same for a file: the machine then knows its 4,096 ended holds, and what it forgets makes room.
const FILE_WARM_UP: u64 = 6_000;
/// What writing one pair to a file allocates.
const FILE_ALLOCATIONS: u64 = 2;
/// What the sums of an hour allocate now and then, beside that.
const FILE_ALLOCATIONS_ONCE: u64 = 500;
/// Quotes that are counted.
const QUOTES: u64 = 10_000;

thread_local! {
    static COUNT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The system's allocator with a count of what a thread allocates while it is watched.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count() {
    let Some(count) = COUNT.try_with(Cell::get).ok().flatten() else { return };
    if count == 0 {
        // What allocates first is shown, should the count be too high.
        COUNT.set(None);
        eprintln!("the first allocation:\n{}", Backtrace::force_capture());
    }
    COUNT.set(Some(count + 1));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// How often the calling thread allocates while it runs this.
fn allocations(run: impl FnOnce()) -> u64 {
    COUNT.set(Some(0));
    run();
    COUNT.take().unwrap()
}

/// Five budgets over one call, none of which it fills.
fn five_budgets() -> Policy {
    let team = "team = \"data\"";
    priced()
        .with_budget(budget("company", "", "1000000", Period::Once))
        .with_budget(budget("team", team, "1000000", Period::Month))
        .with_budget(budget("project", "project = \"search\"", "1000000", Period::Quarter))
        .with_budget(budget("client", "client = \"acme\"", "1000000", Period::Hour))
        .with_budget(budget("agent", "agent = \"writer\"", "1000000", Period::Day))
}

fn builder() -> bursar::Builder {
    Bursar::builder().policy(five_budgets()).clock(clock()).resource_attributes("")
}

fn handles(bursar: &Bursar) -> (Scope, Model) {
    let tags = [("team", "data"), ("project", "search"), ("client", "acme"), ("agent", "writer")];
    (bursar.scope(&tags).unwrap(), bursar.model(None, "test-model").unwrap())
}

/// Calls that are admitted and settled below their bound.
fn pairs(bursar: &Bursar, scope: &Scope, model: &Model, count: u64) {
    let usage = output(80).with(Dimension::InputUncached, 1_000);
    for _ in 0..count {
        let hold = admitted(bursar.reserve(scope, &Call::new(model, 1_000).max_output_tokens(100)).unwrap());
        bursar.settle(&hold, &usage).unwrap();
    }
}

#[test]
fn a_resolved_reservation_and_its_settlement_allocate_nothing_in_memory() {
    let bursar = builder().in_memory().unwrap();
    let (scope, model) = handles(&bursar);
    pairs(&bursar, &scope, &model, WARM_UP);
    assert_eq!(allocations(|| pairs(&bursar, &scope, &model, PAIRS)), 0);
    assert_eq!(bursar.budgets().iter().filter(|row| row.spent > bursar::Money::ZERO).count(), 5);
}

/// Terms and an edge of the prices are named, and the name is found again.
#[test]
fn a_call_on_other_terms_than_the_standard_ones_allocates_nothing_in_memory() {
    let price = r#"{ "provider": "private", "model": "tiered", "input_mtok": "0.5", "output_mtok": "1", "variants": [
        { "when": { "input_gt": 900 }, "input_mtok": "1" }, { "when": { "service_tier": "flex" }, "multiply": "0.5" }] }"#;
    let policy = five_budgets().with_prices([serde_json::from_str(price).unwrap()]);
    let bursar = Bursar::builder().policy(policy).clock(clock()).resource_attributes("").in_memory().unwrap();
    let (scope, model) = (handles(&bursar).0, bursar.model(None, "tiered").unwrap());
    let (usage, terms) =
        (output(80).with(Dimension::InputUncached, 1_000), Terms::new().service_tier("flex"));
    let pairs = |count: u64| {
        for _ in 0..count {
            let call = Call::new(&model, 1_000).max_output_tokens(100).terms(terms.clone());
            let hold = admitted(bursar.reserve(&scope, &call).unwrap());
            bursar.settle(&hold, Settlement::new(&usage).terms(terms.clone())).unwrap();
        }
    };
    pairs(WARM_UP);
    assert_eq!(allocations(|| pairs(PAIRS)), 0);
    let lines = bursar.report(&ReportRequest::new("UTC")).unwrap().lines;
    assert!(lines.iter().all(|line| line.terms == "service_tier=flex,context=>900"));
}

/// A store whose own allocations aren't counted.
struct Uncounted(SqliteStore);

impl Uncounted {
    fn run<T>(&mut self, run: impl FnOnce(&mut SqliteStore) -> T) -> T {
        let count = COUNT.take();
        let outcome = run(&mut self.0);
        COUNT.set(count);
        outcome
    }
}

impl Store for Uncounted {
    fn load(&mut self) -> Result<Loaded> {
        self.run(Store::load)
    }

    fn append(&mut self, batch: &Batch) -> Result<()> {
        self.run(|store| store.append(batch))
    }

    fn entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        self.run(|store| store.entries(from, visit))
    }

    fn documents(&mut self) -> Result<Vec<IssuedDocument>> {
        self.run(Store::documents)
    }

    fn rollups(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, &Rollup)) -> Result<()> {
        self.run(|store| store.rollups(within, visit))
    }
}

#[test]
fn deciding_and_noting_for_a_file_allocate_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("ledger.db"), Durability::Process).unwrap();
    let bursar = builder().open_store(Box::new(Uncounted(store))).unwrap();
    let (scope, model) = handles(&bursar);
    pairs(&bursar, &scope, &model, FILE_WARM_UP);
    assert_eq!(allocations(|| pairs(&bursar, &scope, &model, PAIRS)), 0);
}

#[test]
fn writing_a_pair_to_a_file_allocates_a_bounded_number_of_times() {
    let folder = tempfile::tempdir().unwrap();
    let bursar = builder().open(folder.path().join("ledger.db")).unwrap();
    let (scope, model) = handles(&bursar);
    pairs(&bursar, &scope, &model, FILE_WARM_UP);
    // Each entry is one statement, whose key goes back to the cache of statements as a copy.
    let count = allocations(|| pairs(&bursar, &scope, &model, PAIRS));
    assert!(count <= PAIRS * FILE_ALLOCATIONS + FILE_ALLOCATIONS_ONCE, "{count}");
}

#[test]
fn a_refusal_allocates_only_its_answer() {
    let policy = five_budgets().with_budget(budget("small", "", "0.0005", Period::Day));
    let bursar = Bursar::builder().policy(policy).clock(clock()).resource_attributes("").in_memory().unwrap();
    let (scope, model) = handles(&bursar);
    let call = Call::new(&model, 1_000).max_output_tokens(100);
    let refuse = || assert_eq!(bursar.reserve(&scope, &call).unwrap().as_str(), "exceeded");
    refuse();
    // The name of the deciding budget.
    assert_eq!(allocations(refuse), 1);
}

#[test]
fn a_quote_by_handle_allocates_nothing() {
    let (book, usage, terms, at) = quoted();
    let handle = book.find(Some("anthropic"), "claude-sonnet-4-5").unwrap();
    let quote = || {
        for _ in 0..QUOTES {
            std::hint::black_box(handle.quote(&usage, &terms, at).unwrap().money());
        }
    };
    quote();
    assert_eq!(allocations(quote), 0);
}

#[test]
fn a_quote_by_name_allocates_nothing() {
    let (book, usage, terms, at) = quoted();
    let quote = || {
        for _ in 0..QUOTES {
            let quote = book.quote(Some("anthropic"), "claude-sonnet-4-5", &usage, &terms, at).unwrap();
            std::hint::black_box(quote.money());
            let quote = book.quote(None, "claude-sonnet-4-5", &usage, &terms, at).unwrap();
            std::hint::black_box(quote.money());
        }
    };
    quote();
    assert_eq!(allocations(quote), 0);
}

fn quoted() -> (PriceBook, Usage, Terms, Timestamp) {
    let usage = output(550).with(Dimension::InputUncached, 1_000).with(Dimension::CacheRead, 20_000);
    (PriceBook::bundled().unwrap(), usage, Terms::new(), "2026-11-10T12:00:00Z".parse().unwrap())
}

#[test]
fn names_that_were_resolved_before_allocate_nothing() {
    let bursar = builder().in_memory().unwrap();
    let call = || drop(reserve_keyed(&bursar, "data", 1, None).unwrap());
    (0..100).for_each(|_| call());
    assert_eq!(
        allocations(|| drop((bursar.scope(&[("team", "data")]), bursar.model(None, "test-model")))),
        0
    );
}

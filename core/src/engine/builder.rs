//! Opening: a ledger, a policy, a clock, and the process's own tags.

use super::bursar::{Bursar, Inner};
use super::following::open_hold;
use super::history;
use super::notes;
use super::policy::{Policy, budgets_in_force};
use super::resolve::Names;
use super::state::{State, noted};
use super::turns::Turns;
use crate::alerts::AlertBus;
use crate::budget::{Budget, Machine, OpenHold};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{
    Durability, Entry, EntryKind, Journal, Loaded, MemoryStore, ReadingStore, SqliteStore, Store,
};
use crate::pricing::PriceBook;
use crate::tags::{Symbol, TagSet, TagSetId};
use crate::time::{Clock, SystemClock, Timestamp};
use arc_swap::ArcSwap;
use parking_lot::{Mutex, RwLock};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};

/// The environment variable that OpenTelemetry SDKs read a process's attributes from.
const RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
/// How a ledger is opened.
pub struct Builder {
    policy: Policy,
    durability: Durability,
    clock: Box<dyn super::bursar::ClockDebug>,
    tags: TagSet,
    resource_attributes: Option<String>,
    is_shared: bool,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            policy: Policy::new(),
            durability: Durability::default(),
            clock: Box::new(SystemClock),
            tags: TagSet::new(),
            resource_attributes: std::env::var(RESOURCE_ATTRIBUTES).ok(),
            is_shared: false,
        }
    }

    /// The budgets, tags and prices to enforce.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What a committed entry survives; `process` when left out.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Where the time comes from; the machine's clock when left out.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Tags of every call of the process, over those of `OTEL_RESOURCE_ATTRIBUTES` and under those of a call.
    #[must_use]
    pub fn tags(mut self, tags: TagSet) -> Self {
        self.tags = tags;
        self
    }

    /// Reads resource attributes from this text instead of the environment.
    #[must_use]
    pub fn resource_attributes(mut self, text: impl Into<String>) -> Self {
        self.resource_attributes = Some(text.into());
        self
    }

    /// Lets other processes write the ledger too, each of them opened so: workers of a server, pools of processes, a
    /// command beside them. They take turns, of which each is one step, so that no budget is overspent whoever asks.
    /// A commit takes longer than where a process has its ledger alone, which is how it is opened when this is left out.
    ///
    /// A step that fires is told by the process whose call made it fire; loops are counted by each process for itself.
    #[must_use]
    pub fn shared(mut self, shared: bool) -> Self {
        self.is_shared = shared;
        self
    }

    /// Opens the ledger in a file, and makes it if it isn't there. `:memory:` is a ledger without a file.
    ///
    /// # Errors
    /// `ledger_*`, and those of the policy.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Bursar> {
        if self.durability == Durability::Memory || path.as_ref() == Path::new(":memory:") {
            return if self.is_shared { Err(in_memory_alone()) } else { self.in_memory() };
        }
        let open = if self.is_shared { SqliteStore::open_shared } else { SqliteStore::open };
        let store = open(path, self.durability)?;
        self.open_store(Box::new(store))
    }

    /// Opens a ledger in a file for looking, also while another process writes it: budgets, reports and verification as
    /// they stand now, for a short while. Holds that are over count as spend here, and nothing is written. Calls are
    /// refused with `ledger_closed`.
    ///
    /// # Errors
    /// `ledger_unavailable`, `ledger_foreign`, `ledger_newer`, `ledger_damaged`, and those of the policy.
    pub fn open_for_reading(self, path: impl AsRef<Path>) -> Result<Bursar> {
        let bursar = self.open_store(Box::new(ReadingStore(SqliteStore::read(path)?)))?;
        bursar.inner.state.lock().is_closed = true;
        Ok(bursar)
    }

    /// Opens a ledger that is gone with the process.
    ///
    /// # Errors
    /// Those of the policy.
    pub fn in_memory(mut self) -> Result<Bursar> {
        self.durability = Durability::Memory;
        self.open_store(Box::new(MemoryStore::new()))
    }

    /// Opens a ledger that is kept by a store of one's own.
    ///
    /// # Errors
    /// What the store says, and those of the policy.
    pub fn open_store(self, mut store: Box<dyn Store>) -> Result<Bursar> {
        let attributes = self.resource_attributes.as_deref().unwrap_or_default();
        let process_tags = self.tags.over(&TagSet::from_otel_resource_attributes(attributes)?)?;
        let now = self.clock.now();
        let bundled = PriceBook::bundled()?;
        let base = self.policy.checked_book(&bundled, now)?.unwrap_or(bundled);
        let book = self.policy.priced(&base)?;
        let budgets = budgets_in_force(&self.policy, &book, now)?;
        let turns = store.is_shared().then(Turns::default);
        if turns.is_some() {
            // What was written since the store was opened is loaded with the rest.
            store.begin_turn()?;
        }
        let loaded = store.load()?;
        let state = restore(&mut *store, &loaded, budgets, now)?;
        let inner = Inner {
            state: Mutex::new(state),
            journal: Journal::new(store, loaded.next_seq - 1),
            first_seq: loaded.next_seq,
            durability: self.durability,
            prices: ArcSwap::from_pointee(book),
            base: Mutex::new(base),
            posting: Mutex::new(()),
            price_epoch: AtomicU64::new(0),
            lifetime_us: AtomicU64::new(0),
            names: RwLock::new(Names::default()),
            policy: RwLock::new(Arc::new(self.policy)),
            process_tags,
            clock: self.clock,
            alerts: AlertBus::new()?,
            issuing: Mutex::new(()),
            turns,
        };
        inner.set_hold_lifetime(inner.policy.read().hold_lifetime);
        let bursar = Bursar { inner: Arc::new(inner) };
        {
            let _turn = bursar.inner.turn()?;
            bursar.remember_models(&loaded);
            bursar.note_start(now)?;
        }
        Ok(bursar)
    }
}

#[cold]
fn in_memory_alone() -> Error {
    let message = "a ledger in memory can't be shared: no other process sees it";
    Error::new(ErrorCode::LedgerUnavailable, message)
        .with_help("give the path of a file, or leave `shared` out")
}

impl Bursar {
    /// The models of open holds can be settled without being named again.
    fn remember_models(&self, loaded: &Loaded) {
        let held = loaded.tail.iter().filter(|entry| entry.kind == EntryKind::Reserve);
        let models: BTreeSet<u32> = held.map(|entry| entry.model.index()).collect();
        let names = models.into_iter().filter_map(|model| loaded.symbols.get(model as usize));
        names.for_each(|name| self.inner.price_again(name));
    }

    /// What happened while nobody had the ledger open is noted: holds that expired, budgets that are new.
    fn note_start(&self, now: Timestamp) -> Result<()> {
        {
            let mut guard = self.inner.state.lock();
            let state = &mut *guard;
            state.machine.tick(now);
            self.inner.note_all(state, now);
            state.batch.since.extend(state.machine.since().map(|(name, since)| (name.to_owned(), since)));
        }
        self.flush()
    }
}

/// The machine as the ledger left it.
fn restore(store: &mut dyn Store, loaded: &Loaded, budgets: Vec<Budget>, now: Timestamp) -> Result<State> {
    let mut machine = Machine::new();
    for (index, text) in (0..).zip(&loaded.symbols) {
        machine.dictionary_mut().restore_symbol(Symbol::from_index(index), text)?;
    }
    for (index, tags) in (0..).zip(&loaded.tag_sets) {
        machine.dictionary_mut().restore_tag_set(TagSetId::from_index(index), tags)?;
    }
    let noted = noted(machine.dictionary());
    machine.restore_closed_until(loaded.closed_until);
    let from = history::from(&budgets, now);
    let spend = history::spend(store, &budgets, from)?;
    let (open, next) = open_holds(&loaded.tail);
    let held = open.values().map(|hold| hold.tag_set);
    history::resolve(&mut machine, spend.iter().map(|spend| spend.tag_set).chain(held), now)?;
    machine.replace_budgets(budgets, spend.into_iter(), now)?;
    machine
        .restore_since(|name| loaded.since.iter().find(|(known, _)| known == name).map(|(_, since)| *since));
    machine.restore_hold_sequence(next);
    machine.restore_hold_sequence(loaded.last_hold.map_or(1, |hold| hold.sequence() + 1));
    for hold in open.values() {
        machine.restore_hold(hold, now);
    }
    for entry in &loaded.keyed {
        if let (Some(key), Some(hold)) = (entry.key, open_hold(entry)) {
            machine.restore_hold_sequence(hold.id.sequence() + 1);
            machine.restore_key(key, &hold);
        }
    }
    let marks: Vec<_> =
        loaded.marks.iter().filter_map(|mark| notes::restored(mark, machine.dictionary_mut())).collect();
    machine.restore_marks(marks.iter(), now);
    Ok(State::new(machine, loaded.next_seq, noted))
}

/// The holds that the tail leaves open, and the number after the last hold.
fn open_holds(tail: &[Entry]) -> (BTreeMap<u64, OpenHold>, u64) {
    let (mut open, mut next) = (BTreeMap::new(), 1);
    for entry in tail {
        let number = entry.hold.number();
        next = next.max(entry.hold.sequence() + 1);
        match entry.kind {
            EntryKind::Reserve => drop(open_hold(entry).map(|hold| open.insert(number, hold))),
            EntryKind::Unresolved => {
                if let Some(hold) = open.get_mut(&number) {
                    hold.is_unresolved = true;
                }
            }
            _ if entry.ends_hold() => drop(open.remove(&number)),
            _ => {}
        }
    }
    (open, next)
}

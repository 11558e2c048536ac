//! Checking that a ledger is what it says: entries in order, holds that end once, sums that are sums.

use super::entry::{Entry, EntryKind, EntryLine};
use super::rollup::{Rollup, RollupKey, Rollups};
use super::store::Store;
use crate::error::Result;
use crate::money::Money;
use crate::time::Window;
use std::{collections::HashMap, fmt, ops::ControlFlow};

/// Findings after which checking stops listing them.
const MAX_DIFFERENCES: usize = 1_000;

/// One thing that doesn't add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The medium itself is damaged, in its own words.
    Medium(String),
    /// An entry is missing before this one.
    Gap {
        /// The number that was expected.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The last entries are missing.
    Missing {
        /// The first that is missing.
        from: u64,
        /// The last that was written.
        last: u64,
    },
    /// A hold was ended without being taken, or ended twice.
    Hold {
        /// The entry that did.
        seq: u64,
        /// What it did.
        what: String,
    },
    /// A stored sum isn't the sum of its entries.
    Sum {
        /// The hour, tag set, model and terms.
        key: RollupKey,
        /// What is stored.
        stored: Box<Rollup>,
        /// What the entries sum to.
        entries: Box<Rollup>,
    },
    /// An issued document isn't what was issued.
    Document {
        /// Its number.
        number: String,
    },
    /// A live counter isn't what its entries give.
    Counter {
        /// The budget, instance and window.
        budget: String,
        /// `spent` or `held`.
        what: &'static str,
        /// What decisions are made with.
        live: Money,
        /// What the entries give.
        entries: Money,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Medium(what) => f.write_str(what),
            Self::Gap { expected, found } => {
                write!(f, "entry {found} follows where entry {expected} was expected")
            }
            Self::Missing { from, last } => write!(f, "entries {from} to {last} are missing at the end"),
            Self::Hold { seq, what } => write!(f, "entry {seq} {what}"),
            Self::Sum { key, stored, entries } if stored.amount() == entries.amount() => {
                write!(f, "the usage or the calls of the hour {} aren't those of its entries", key.hour)
            }
            Self::Sum { key, stored, entries } => {
                write!(
                    f,
                    "the sum of the hour {} is {}, and its entries give {}",
                    key.hour,
                    stored.amount(),
                    entries.amount()
                )
            }
            Self::Document { number } => write!(f, "document {number} isn't what was issued"),
            Self::Counter { budget, what, live, entries } => {
                write!(f, "budget {budget} has {live} {what}, and its entries give {entries}")
            }
        }
    }
}

/// Reads a whole store, and says what differs. Nothing is changed.
///
/// # Errors
/// Those of reading: `ledger_damaged` for an entry that isn't what was written.
pub fn verify_store(store: &mut dyn Store) -> Result<Vec<Difference>> {
    let mut found: Vec<Difference> = store.check()?.into_iter().map(Difference::Medium).collect();
    let (first, last) = store.span();
    let (mut expected, mut holds, mut sums) = (first, HashMap::new(), Rollups::default());
    store.entries(first, &mut |entry, lines| {
        if entry.seq != expected {
            found.push(Difference::Gap { expected, found: entry.seq });
        }
        expected = entry.seq + 1;
        // What forgotten entries said of a hold can't be followed.
        let is_new = entry.kind == EntryKind::Reserve || holds.contains_key(&entry.hold.number());
        if (first == 1 || is_new)
            && let Some(what) = follow_hold(&mut holds, entry)
        {
            found.push(Difference::Hold { seq: entry.seq, what });
        }
        sums.add(entry, lines);
        if found.len() < MAX_DIFFERENCES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if let Some(last) = last.filter(|last| *last >= expected && found.len() < MAX_DIFFERENCES) {
        found.push(Difference::Missing { from: expected, last });
    }
    let changed = store.documents()?.into_iter().filter(|document| !document.is_intact());
    found.extend(changed.map(|document| Difference::Document { number: document.number }));
    if first == 1 {
        compare_sums(store, &sums, &mut found)?;
    }
    Ok(found)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Open,
    Ended,
}

/// What an entry does to a hold that its life doesn't allow.
fn follow_hold(holds: &mut HashMap<u64, Life>, entry: &Entry) -> Option<String> {
    let hold = entry.hold.number();
    let before = holds.get(&hold).copied();
    match (entry.kind, before) {
        (EntryKind::Reserve, None) => drop(holds.insert(hold, Life::Open)),
        (EntryKind::Reserve, Some(_)) => return Some(format!("takes hold {hold} a second time")),
        (EntryKind::Adjust, _) | (EntryKind::Unresolved, Some(Life::Open)) => {}
        (EntryKind::Settle, Some(Life::Ended)) if entry.is_late => {}
        (EntryKind::Settle | EntryKind::Release | EntryKind::Expire, Some(Life::Open)) if !entry.is_late => {
            holds.insert(hold, Life::Ended);
        }
        (kind, None) => return Some(format!("is a {kind} of hold {hold}, which was never taken")),
        (kind, Some(_)) => {
            return Some(format!("is a {kind} of hold {hold}, which doesn't follow from its life"));
        }
    }
    None
}

fn compare_sums(store: &mut dyn Store, entries: &Rollups, found: &mut Vec<Difference>) -> Result<()> {
    let mut stored = Rollups::default();
    store.rollups(Window::ALWAYS, &mut |key, sums| stored.merge(*key, sums))?;
    let none = Rollup::default();
    let keys =
        entries.iter().chain(stored.iter()).map(|(key, _)| *key).collect::<std::collections::BTreeSet<_>>();
    for key in keys {
        let (stored, entries) = (stored.get(&key).unwrap_or(&none), entries.get(&key).unwrap_or(&none));
        if sorted(stored) != sorted(entries) && found.len() < MAX_DIFFERENCES {
            found.push(Difference::Sum {
                key,
                stored: Box::new(stored.clone()),
                entries: Box::new(entries.clone()),
            });
        }
    }
    Ok(())
}

/// Sums in an order that doesn't depend on which dimension or rate came first.
fn sorted(sums: &Rollup) -> Rollup {
    let mut sums = sums.clone();
    sums.lines.sort_by_key(EntryLine::place);
    sums
}

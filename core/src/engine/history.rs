//! The spend that the current windows of budgets need, read back from a store.
//!
//! Sums of an hour stand for their entries where no window begins in that hour; where one does, the entries of the
//! hour are read. So every window gets exactly what belongs to it.

use crate::budget::{Budget, Machine, Spend, parent_runs};
use crate::error::Result;
use crate::ledger::{RollupKey, Store, bookings};
use crate::money::Money;
use crate::tags::{TagKey, TagSet, TagSetId};
use crate::time::{Timestamp, Window};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

/// How long a run's spend is remembered after a restart.
const RUN_MEMORY: Duration = Duration::from_hours(30 * 24);
/// How far the clock may be set back after a start, and the windows of that time still know their spend.
const CLOCK_SET_BACK: Duration = Duration::from_hours(24);

/// The earliest instant whose spend these budgets need.
pub(super) fn from(budgets: &[Budget], now: Timestamp) -> Timestamp {
    Machine::history_from(budgets, now.minus(CLOCK_SET_BACK), RUN_MEMORY)
}

/// All spend from the hour of an instant on.
pub(super) fn spend(store: &mut dyn Store, budgets: &[Budget], from: Timestamp) -> Result<Vec<Spend>> {
    let mut is_cut = HashMap::new();
    let mut amounts: HashMap<(TagSetId, Timestamp), Money> = HashMap::new();
    bookings(
        store,
        Window::new(from, Timestamp::MAX)?,
        &mut |key| *is_cut.entry(key.hour).or_insert_with(|| budgets.iter().any(|budget| cuts(budget, key))),
        &mut |at, key, sums| *amounts.entry((key.tag_set, at)).or_default() += sums.amount(),
    )?;
    let spend = |((tag_set, at), amount)| Spend { tag_set, at, amount };
    Ok(amounts.into_iter().map(spend).collect())
}

/// Resolves the tag sets that the ledger gives back, each after those whose runs it came from: a run's amount must be
/// there before a sub-agent's call can count in it. Tag sets are numbered in the order in which they came.
pub(super) fn resolve(
    machine: &mut Machine,
    tag_sets: impl Iterator<Item = TagSetId>,
    now: Timestamp,
) -> Result<()> {
    let mut needed: BTreeSet<TagSetId> = tag_sets.collect();
    let dictionary = machine.dictionary();
    let parents: HashSet<&str> =
        needed.iter().filter_map(|id| dictionary.tag_set(*id)).flat_map(parent_runs).collect();
    if !parents.is_empty() {
        let is_parent = |tags: &TagSet| tags.get(&TagKey::RUN).is_some_and(|run| parents.contains(run));
        needed.extend(dictionary.tag_sets().filter(|(_, tags)| is_parent(tags)).map(|(id, _)| id));
    }
    for id in needed {
        if let Some(tags) = machine.dictionary().tag_set(id).cloned() {
            machine.scope(&tags, now)?;
        }
    }
    Ok(())
}

/// Whether a window of the budget begins inside of the hour.
fn cuts(budget: &Budget, key: &RollupKey) -> bool {
    !budget.calendar().slot_at(key.hour).contains(key.last())
}

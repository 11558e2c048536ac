//! What is booked at which time: sums of whole hours, and single entries where an hour is cut.
//!
//! A rollup stands for the entries of its hour. Where a window begins inside of the hour that isn't exact, so the
//! entries of that hour are read instead. Whoever adds what is visited gets every amount once.

use super::entry::{Entry, EntryLine};
use super::rollup::{HOUR, Rollup, RollupKey, Rollups};
use super::store::Store;
use crate::error::Result;
use crate::time::{Timestamp, Window};
use std::{collections::BTreeMap, ops::ControlFlow};

/// Visits what was booked in the hours that touch a window, with the time at which it counts: the start of an hour, or
/// an entry's own instant in an hour that `is_cut`. What the store no longer has entry by entry counts at the start of
/// its hour. In no order; one key may come more than once.
///
/// Whether an hour is cut must follow from its start alone.
pub(crate) fn bookings(
    store: &mut dyn Store,
    within: Window,
    is_cut: &mut dyn FnMut(&RollupKey) -> bool,
    visit: &mut dyn FnMut(Timestamp, &RollupKey, &Rollup),
) -> Result<()> {
    let mut cut: BTreeMap<RollupKey, Rollup> = BTreeMap::new();
    store.rollups(from_hour(within)?, &mut |key, sums| {
        if is_cut(key) {
            cut.entry(*key).or_default().merge(sums);
        } else {
            visit(key.hour, key, sums);
        }
    })?;
    for (first, last) in ranges(&cut) {
        store.entries(first, &mut |entry, lines| {
            if entry.seq > last {
                return ControlFlow::Break(());
            }
            if let (Some(left), Some((key, sums))) =
                (cut.get_mut(&RollupKey::of(entry)), booked(entry, lines))
            {
                left.subtract(&sums);
                visit(entry.effective_at, &key, &sums);
            }
            ControlFlow::Continue(())
        })?;
    }
    cut.iter().filter(|(_, left)| !left.is_nothing()).for_each(|(key, left)| visit(key.hour, key, left));
    Ok(())
}

/// Whether an instant lies inside of the hour, rather than at its start or outside.
pub(crate) fn cuts_hour(instant: Timestamp, key: &RollupKey) -> bool {
    key.hour < instant && instant <= key.last()
}

/// The window from the start of its first hour.
fn from_hour(within: Window) -> Result<Window> {
    let micros = within.start().micros();
    let start = Timestamp::from_micros(micros.saturating_sub(micros.rem_euclid(HOUR)));
    Window::new(start, within.end())
}

/// What one entry adds to the sums; nothing for what books nothing.
fn booked(entry: &Entry, lines: &[EntryLine]) -> Option<(RollupKey, Rollup)> {
    let mut one = Rollups::default();
    one.add(entry, lines);
    one.iter().next().map(|(key, sums)| (*key, sums.clone()))
}

/// The numbers of the entries to read, so that each is read once.
fn ranges(cut: &BTreeMap<RollupKey, Rollup>) -> Vec<(u64, u64)> {
    let mut spans: Vec<(u64, u64)> = cut.values().map(|sums| sums.seqs).collect();
    spans.sort_unstable();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for (first, last) in spans {
        match ranges.last_mut() {
            Some(range) if first <= range.1.saturating_add(1) => range.1 = range.1.max(last),
            _ => ranges.push((first, last)),
        }
    }
    ranges
}

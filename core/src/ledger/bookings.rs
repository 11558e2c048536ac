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

/// Who wants to know what was booked. Several share one reading.
pub(crate) trait Bookkeeper {
    /// What was booked in the hours that touch this window is told.
    fn reach(&self) -> Window;

    /// Whether an hour has to be told entry by entry, which must follow from its start alone.
    fn cuts(&mut self, key: &RollupKey) -> bool;

    /// Something that was booked, with the time at which it counts: the start of an hour, or an entry's own instant in an
    /// hour that is cut for anybody. In no order; one key may come more than once.
    fn book(&mut self, at: Timestamp, key: &RollupKey, sums: &Rollup);
}

/// Tells what was booked. What the store no longer has entry by entry counts at the start of its hour.
pub(crate) fn bookings(store: &mut dyn Store, keepers: &mut [&mut dyn Bookkeeper]) -> Result<()> {
    let reaches = keepers.iter().map(|keeper| from_hour(keeper.reach())).collect::<Result<Vec<Window>>>()?;
    let (Some(start), Some(end)) =
        (reaches.iter().map(Window::start).min(), reaches.iter().map(Window::end).max())
    else {
        return Ok(());
    };
    let tell = |at: Timestamp, key: &RollupKey, sums: &Rollup, keepers: &mut [&mut dyn Bookkeeper]| {
        for (keeper, _) in keepers.iter_mut().zip(&reaches).filter(|(_, reach)| reach.contains(key.hour)) {
            keeper.book(at, key, sums);
        }
    };
    let mut cut: BTreeMap<RollupKey, Rollup> = BTreeMap::new();
    store.rollups(Window::new(start, end)?, &mut |key, sums| {
        let mut concerned = keepers.iter_mut().zip(&reaches).filter(|(_, reach)| reach.contains(key.hour));
        if concerned.any(|(keeper, _)| keeper.cuts(key)) {
            cut.entry(*key).or_default().merge(sums);
        } else {
            tell(key.hour, key, sums, keepers);
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
                tell(entry.effective_at, &key, &sums, keepers);
            }
            ControlFlow::Continue(())
        })?;
    }
    let left = cut.iter().filter(|(_, left)| !left.is_nothing());
    left.for_each(|(key, left)| tell(key.hour, key, left, keepers));
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

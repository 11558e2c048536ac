//! What is booked at which time: sums of whole hours, and single entries where an hour is cut.
//!
//! A rollup stands for the entries of its hour. Where a window begins inside of the hour that isn't exact, so the
//! entries of that hour are read instead. Whoever adds what is visited gets every amount once.

mod ahead;

use super::entry::{Entry, EntryLine};
use super::rollup::{HOUR, Rollup, RollupKey, Rollups};
use super::store::Store;
use crate::error::Result;
use crate::money::Money;
use crate::time::{Timestamp, Window};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

/// Who wants to know what was booked. Several share one reading.
pub(crate) trait Bookkeeper {
    /// What was booked in the hours that touch this window is told.
    fn reach(&self) -> Window;

    /// The part of the reach in which it counts for what the cost was; nothing where only cost and calls do.
    fn detailed(&self) -> Option<Window> {
        Some(self.reach())
    }

    /// Whether an hour has to be told entry by entry, which must follow from its start alone.
    fn cuts(&mut self, key: &RollupKey) -> bool;

    /// Something that was booked, with the time at which it counts: the start of an hour, or an entry's own instant in an
    /// hour that is cut for anybody. In no order; one key may come more than once. Outside of what is
    /// [`detailed`](Self::detailed) for anybody a sum has its calls, and its whole amount as one without usage.
    fn book(&mut self, at: Timestamp, key: &RollupKey, sums: &Rollup);
}

/// Tells what was booked. What the store no longer has entry by entry counts at the start of its hour.
pub(crate) fn bookings(store: &mut dyn Store, keepers: &mut [&mut dyn Bookkeeper]) -> Result<()> {
    let mut told = Told::new(keepers)?;
    let Some(reach) = hull(told.reaches.iter().copied())? else { return Ok(()) };
    let detailed = told.keepers.iter().filter_map(|keeper| keeper.detailed());
    let detailed = detailed.map(from_hour).collect::<Result<Vec<Window>>>()?;
    let mut cut: BTreeMap<RollupKey, Rollup> = BTreeMap::new();
    match hull(detailed.into_iter())? {
        None => totals(store, Some(reach), &mut told, &mut cut)?,
        Some(detailed) => {
            let before = part(reach.start(), detailed.start());
            ahead::totals_beside(store, before, &mut told, &mut cut, &mut |store, told, cut| {
                sums(store, detailed, told, cut)
            })?;
            totals(store, part(detailed.end(), reach.end()), &mut told, &mut cut)?;
        }
    }
    entries(store, &mut told, &mut cut)?;
    let left = cut.iter().filter(|(_, left)| !left.is_nothing());
    left.for_each(|(key, left)| told.tell(key.hour, key, left));
    Ok(())
}

/// Who is told, and what each wants to know.
struct Told<'a, 'k> {
    keepers: &'a mut [&'k mut dyn Bookkeeper],
    /// Each one's reach, from the start of its first hour.
    reaches: Vec<Window>,
}

impl<'a, 'k> Told<'a, 'k> {
    fn new(keepers: &'a mut [&'k mut dyn Bookkeeper]) -> Result<Self> {
        let reaches = keepers.iter().map(|keeper| from_hour(keeper.reach())).collect::<Result<_>>()?;
        Ok(Self { keepers, reaches })
    }

    fn tell(&mut self, at: Timestamp, key: &RollupKey, sums: &Rollup) {
        for (keeper, reach) in self.keepers.iter_mut().zip(&self.reaches) {
            if reach.contains(key.hour) {
                keeper.book(at, key, sums);
            }
        }
    }

    fn cuts(&mut self, key: &RollupKey) -> bool {
        let mut concerned =
            self.keepers.iter_mut().zip(&self.reaches).filter(|(_, reach)| reach.contains(key.hour));
        concerned.any(|(keeper, _)| keeper.cuts(key))
    }
}

/// Tells the sums of the hours in a window, but for those that are cut: they are kept.
fn sums(
    store: &mut dyn Store,
    within: Window,
    told: &mut Told<'_, '_>,
    cut: &mut BTreeMap<RollupKey, Rollup>,
) -> Result<()> {
    store.rollups(within, &mut |key, sums| {
        if told.cuts(key) {
            cut.entry(*key).or_default().merge(sums);
        } else {
            told.tell(key.hour, key, sums);
        }
    })
}

/// The same without what the cost was. Of the hours that are cut the sums are read, for they name the entries.
fn totals(
    store: &mut dyn Store,
    within: Option<Window>,
    told: &mut Told<'_, '_>,
    cut: &mut BTreeMap<RollupKey, Rollup>,
) -> Result<()> {
    let Some(within) = within else { return Ok(()) };
    let mut telling = Totals::default();
    store.totals(within, &mut |key, amount, calls| telling.tell(told, key, (amount, calls)))?;
    telling.read_cut(store, told, cut)
}

/// Totals as they are told, and the hours whose entries have to be read instead.
#[derive(Default)]
struct Totals {
    hours: BTreeSet<Timestamp>,
    total: Rollup,
}

impl Totals {
    fn tell(&mut self, told: &mut Told<'_, '_>, key: &RollupKey, (amount, calls): (Money, u64)) {
        if told.cuts(key) {
            self.hours.insert(key.hour);
        } else {
            (self.total.unmeasured, self.total.calls) = (amount, calls);
            told.tell(key.hour, key, &self.total);
        }
    }

    fn read_cut(
        self,
        store: &mut dyn Store,
        told: &mut Told<'_, '_>,
        cut: &mut BTreeMap<RollupKey, Rollup>,
    ) -> Result<()> {
        let whole = |hour: Timestamp| part(hour, Timestamp::from_micros(hour.micros().saturating_add(HOUR)));
        self.hours.into_iter().filter_map(whole).try_for_each(|hour| sums(store, hour, told, cut))
    }
}

/// Tells the entries of the hours that are cut, and leaves what the store has no entries of.
fn entries(
    store: &mut dyn Store,
    told: &mut Told<'_, '_>,
    cut: &mut BTreeMap<RollupKey, Rollup>,
) -> Result<()> {
    for (first, last) in ranges(cut) {
        store.entries(first, &mut |entry, lines| {
            if entry.seq > last {
                return ControlFlow::Break(());
            }
            if let (Some(left), Some((key, sums))) =
                (cut.get_mut(&RollupKey::of(entry)), booked(entry, lines))
            {
                left.subtract(&sums);
                told.tell(entry.effective_at, &key, &sums);
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}

/// From the first start to the last end.
fn hull(windows: impl Iterator<Item = Window>) -> Result<Option<Window>> {
    let edges = windows.fold(None, |edges: Option<(Timestamp, Timestamp)>, window| {
        let (start, end) = edges.unwrap_or((window.start(), window.end()));
        Some((start.min(window.start()), end.max(window.end())))
    });
    edges.map(|(start, end)| Window::new(start, end)).transpose()
}

/// From one instant to another, where that lies after it.
fn part(start: Timestamp, end: Timestamp) -> Option<Window> {
    Window::new(start, end).ok()
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

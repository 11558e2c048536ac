//! The spend that the current windows of budgets need, read back from a store.
//!
//! Sums of an hour stand for their entries where no window begins in that hour; where one does, the entries of the
//! hour are read. So every window gets exactly what belongs to it. The same goes for hours in which calls begin to be
//! billed otherwise, where a budget is on price.

use crate::budget::{Budget, BudgetStatus, Machine, Spend, parent_runs};
use crate::error::Result;
use crate::ledger::{Bookkeeper, Rollup, RollupKey, Store, bookings, cuts_hour};
use crate::money::Money;
use crate::tags::{Dictionary, TagKey, TagSet, TagSetId};
use crate::time::{Calendar, Timestamp, Window};
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
    let mut spending = Spending::new(budgets, Window::new(from, Timestamp::MAX)?);
    bookings(store, &mut [&mut spending])?;
    Ok(spending.into_spend())
}

/// A machine's names and budgets, apart from it and without what was spent: to be filled from a ledger.
pub(super) struct Frame {
    machine: Machine,
    budgets: Vec<Budget>,
    since: Vec<(String, Timestamp)>,
}

impl Frame {
    pub(super) fn of(machine: &Machine) -> Self {
        Self {
            machine: machine.without_counters(),
            budgets: machine.budgets().to_vec(),
            since: machine.since().map(|(name, since)| (name.to_owned(), since)).collect(),
        }
    }

    pub(super) fn budgets(&self) -> &[Budget] {
        &self.budgets
    }

    /// The machine as it stands at an instant after the spend of these tag sets.
    pub(super) fn filled(
        self,
        tag_sets: impl Iterator<Item = TagSetId>,
        spend: Vec<Spend>,
        now: Timestamp,
    ) -> Result<Machine> {
        let Self { mut machine, budgets, since } = self;
        for tag_set in tag_sets {
            if let Some(tags) = machine.dictionary().tag_set(tag_set).cloned() {
                machine.scope(&tags, now)?;
            }
        }
        machine.replace_budgets(budgets, spend.into_iter(), now)?;
        machine.restore_since(|name| since.iter().find(|(known, _)| known == name).map(|(_, since)| *since));
        // What a window takes over from the one before depends on since when there was a budget.
        machine.restore_marks(std::iter::empty(), now);
        Ok(machine)
    }

    /// The spend that tells what the budgets stood at when a window ended: [`bookings`] fills it.
    pub(super) fn spending_until(&self, window: Window) -> Result<Spending<'_>> {
        let from = Machine::history_from(&self.budgets, last_of(window), RUN_MEMORY);
        Ok(Spending::new(&self.budgets, Window::new(from, window.end())?))
    }

    /// What the budgets stood at when a window ended, by the limits and steps that they have now. Calls that were under
    /// way then aren't counted.
    pub(super) fn status_at_end(mut self, spend: Vec<Spend>, window: Window) -> Result<Vec<BudgetStatus>> {
        // The books may be closed by now, and then the machine would look at the windows of today.
        self.machine.restore_closed_until(Timestamp::MIN);
        let needed = with_parents(self.machine.dictionary(), spend.iter().map(|spend| spend.tag_set));
        let last = last_of(window);
        Ok(self.filled(needed.into_iter(), spend, last)?.status_of_all(last))
    }
}

fn last_of(window: Window) -> Timestamp {
    window.end().minus(Duration::from_micros(1))
}

/// Resolves the tag sets that the ledger gives back.
pub(super) fn resolve(
    machine: &mut Machine,
    tag_sets: impl Iterator<Item = TagSetId>,
    now: Timestamp,
) -> Result<()> {
    for id in with_parents(machine.dictionary(), tag_sets) {
        if let Some(tags) = machine.dictionary().tag_set(id).cloned() {
            machine.scope(&tags, now)?;
        }
    }
    Ok(())
}

/// Tag sets, each after those whose runs it came from: a run's amount must be there before a sub-agent's call can count
/// in it. Tag sets are numbered in the order in which they came.
fn with_parents(dictionary: &Dictionary, tag_sets: impl Iterator<Item = TagSetId>) -> BTreeSet<TagSetId> {
    let mut needed: BTreeSet<TagSetId> = tag_sets.collect();
    let parents: HashSet<&str> =
        needed.iter().filter_map(|id| dictionary.tag_set(*id)).flat_map(parent_runs).collect();
    if !parents.is_empty() {
        let is_parent = |tags: &TagSet| tags.get(&TagKey::RUN).is_some_and(|run| parents.contains(run));
        let found = dictionary.tag_sets().filter(|(_, tags)| is_parent(tags)).map(|(id, _)| id);
        needed.extend(found.collect::<Vec<_>>());
    }
    needed
}

/// Spend by tag set and time. Hours that lie in the same windows of all budgets are summed: they count at the first of
/// them.
pub(super) struct Spending<'a> {
    within: Window,
    calendars: Vec<&'a Calendar>,
    /// The instants at which calls may begin to be billed otherwise, where a budget is on price.
    edges: &'a [Timestamp],
    /// The hour that was looked at last.
    hour: Option<(Timestamp, Hour)>,
    hours: HashMap<Timestamp, Hour>,
    first: HashMap<(Vec<Window>, usize), Timestamp>,
    amounts: HashMap<(TagSetId, Timestamp), Money, foldhash::fast::FixedState>,
}

#[derive(Clone, Copy)]
struct Hour {
    /// Whether a window or another price begins inside of it.
    is_cut: bool,
    /// The first hour that lies in the same windows and at the same prices.
    first: Timestamp,
}

impl<'a> Spending<'a> {
    fn new(budgets: &'a [Budget], within: Window) -> Self {
        let mut calendars: Vec<&Calendar> = Vec::new();
        for budget in budgets {
            if !calendars.contains(&budget.calendar()) {
                calendars.push(budget.calendar());
            }
        }
        let edges = budgets.iter().find_map(Budget::prices).map_or(&[][..], |prices| prices.edges());
        let (hours, first, amounts) = (HashMap::new(), HashMap::new(), HashMap::default());
        Self { within, calendars, edges, hour: None, hours, first, amounts }
    }

    fn hour(&mut self, key: &RollupKey) -> Hour {
        if let Some((start, hour)) = self.hour
            && start == key.hour
        {
            return hour;
        }
        let Self { calendars, edges, hours, first, within, .. } = self;
        let hour = *hours.entry(key.hour).or_insert_with(|| {
            let windows: Vec<Window> = calendars.iter().map(|calendar| calendar.slot_at(key.hour)).collect();
            let is_cut = windows.iter().any(|window| !window.contains(key.last()));
            let stretch = edges.partition_point(|edge| *edge <= key.hour);
            let is_cut = is_cut || edges.get(stretch).is_some_and(|edge| cuts_hour(*edge, key));
            let is_cut = is_cut || cuts_hour(within.end(), key);
            Hour { is_cut, first: *first.entry((windows, stretch)).or_insert(key.hour) }
        });
        self.hour = Some((key.hour, hour));
        hour
    }

    pub(super) fn into_spend(self) -> Vec<Spend> {
        let spend = |((tag_set, at), amount)| Spend { tag_set, at, amount };
        self.amounts.into_iter().map(spend).collect()
    }
}

impl Bookkeeper for Spending<'_> {
    fn reach(&self) -> Window {
        self.within
    }

    fn detailed(&self) -> Option<Window> {
        None
    }

    fn cuts(&mut self, key: &RollupKey) -> bool {
        self.hour(key).is_cut
    }

    fn book(&mut self, at: Timestamp, key: &RollupKey, sums: &Rollup) {
        if at < self.within.end() {
            let hour = self.hour(key);
            let at = if hour.is_cut { at } else { hour.first };
            *self.amounts.entry((key.tag_set, at)).or_default() += sums.amount();
        }
    }
}

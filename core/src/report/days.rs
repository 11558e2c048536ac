//! What was booked day by day: the series behind forecasts and anomalies.
//!
//! Days are those of the statement's time zone. An hour that local midnight cuts, as in zones that are off by 30 or 45
//! minutes, counts in the day in which it starts: only the edges of periods are read entry by entry, so that the days of a
//! period always sum to its total. Only the days near the period are kept by tag set and model, the older ones by what the
//! filter needs.

use super::grouping::Grouping;
use crate::error::Result;
use crate::ledger::{Rollup, RollupKey};
use crate::money::Money;
use crate::tags::{Dictionary, Selector, Symbol, TagSet, TagSetId, UNALLOCATED};
use crate::time::{Calendar, Period, Timestamp, Window};
use std::collections::{BTreeMap, HashMap};

/// The most days that are looked at one by one; of longer stretches there is no series.
const MAX_DAYS: i64 = 4_096;
/// Days before the period that are kept by tag set and model.
pub(super) const BASELINE_DAYS: i64 = 56;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

type Fast = foldhash::fast::FixedState;

/// The local days of a stretch of time, without gaps, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Days {
    windows: Vec<Window>,
}

impl Days {
    /// Every day that touches a window; none where there are too many.
    pub(super) fn over(within: Window, zone: &str) -> Result<Self> {
        let length = within.end().micros().saturating_sub(within.start().micros());
        if within.start() == Timestamp::MIN || within.end() == Timestamp::MAX || length / DAY > MAX_DAYS {
            return Ok(Self::default());
        }
        let calendar = Calendar::new(Period::Day, zone)?;
        let (mut windows, mut at) = (Vec::new(), within.start());
        while at < within.end() {
            let day = calendar.slot_at(at);
            windows.push(day);
            at = day.end();
        }
        Ok(Self { windows })
    }

    pub(super) fn len(&self) -> usize {
        self.windows.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<Window> {
        self.windows.get(index).copied()
    }

    /// The day in which an instant lies.
    pub(super) fn index(&self, at: Timestamp) -> Option<usize> {
        let index = self.windows.partition_point(|day| day.start() <= at).checked_sub(1)?;
        self.windows.get(index).filter(|day| day.contains(at)).map(|_| index)
    }

    /// The days that start in a window, as a range.
    pub(super) fn within(&self, window: Window) -> std::ops::Range<usize> {
        let place = |at: Timestamp| self.windows.partition_point(|day| day.start() < at);
        place(window.start())..place(window.end())
    }
}

/// From where the days before a period are needed.
pub(super) fn baseline(period: Window) -> Timestamp {
    Timestamp::from_micros(period.start().micros().saturating_sub(BASELINE_DAYS * DAY))
}

/// Cost and calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spend {
    pub(super) cost: Money,
    pub(super) calls: u64,
}

impl Spend {
    fn add(&mut self, cost: Money, calls: u64) {
        self.cost += cost;
        self.calls += calls;
    }
}

/// A day, the stretch and the tag set.
type OlderKey = (usize, u32, TagSetId);

/// What was booked on each day, by numbers rather than names.
#[derive(Debug)]
pub(super) struct Daily {
    days: Days,
    /// The first day that is kept by tag set and model.
    recent_from: usize,
    /// Whether older days are kept by tag set, because a filter will ask for it.
    is_filtered: bool,
    /// By day, stretch of time between the edges of rules, tag set and model.
    recent: HashMap<(usize, u32, TagSetId, Symbol), Spend, Fast>,
    older: HashMap<OlderKey, Money, Fast>,
    /// All of the older days where no filter will ask for tags, by day.
    totals: Vec<Money>,
    /// The hour that was looked up last, and its day.
    last: Option<(Timestamp, Option<usize>)>,
}

impl Daily {
    pub(super) fn new(days: Days, recent: Timestamp, filter: &Selector) -> Self {
        let recent_from = days.index(recent).unwrap_or(0);
        let (recent, older, totals) = (HashMap::default(), HashMap::default(), vec![Money::ZERO; days.len()]);
        Self { days, recent_from, is_filtered: !filter.is_everything(), recent, older, totals, last: None }
    }

    pub(super) fn book(&mut self, (at, stretch): (Timestamp, u32), key: &RollupKey, booked: &Rollup) {
        let day = match self.last {
            Some((known, day)) if known == at => day,
            _ => {
                let day = self.days.index(at);
                self.last = Some((at, day));
                day
            }
        };
        let Some(day) = day else { return };
        if day >= self.recent_from {
            let own = self.recent.entry((day, stretch, key.tag_set, key.model)).or_default();
            own.add(booked.amount(), booked.calls);
        } else if self.is_filtered {
            *self.older.entry((day, stretch, key.tag_set)).or_default() += booked.amount();
        } else if let Some(total) = self.totals.get_mut(day) {
            *total += booked.amount();
        }
    }

    /// The stretches and tag sets that there is something of.
    pub(super) fn sets(&self) -> impl Iterator<Item = (u32, TagSetId)> + '_ {
        let recent = self.recent.keys().map(|key| (key.1, key.2));
        recent.chain(self.older.keys().map(|key| (key.1, key.2)))
    }

    /// The same under the tag sets that rules give.
    pub(super) fn rename(&mut self, renamed: impl Fn(u32, TagSetId) -> TagSetId) {
        for ((day, stretch, id, model), spend) in std::mem::take(&mut self.recent) {
            let own = self.recent.entry((day, stretch, renamed(stretch, id), model)).or_default();
            own.add(spend.cost, spend.calls);
        }
        for ((day, stretch, id), cost) in std::mem::take(&mut self.older) {
            *self.older.entry((day, stretch, renamed(stretch, id))).or_default() += cost;
        }
    }

    /// The same with names, without what the filter doesn't cover.
    pub(super) fn named<'a>(self, dictionary: &'a Dictionary, filter: &Selector) -> DayBook<'a> {
        let untagged = TagSet::new();
        let mut covered: HashMap<TagSetId, bool, Fast> = HashMap::default();
        let mut is_covered = |id: TagSetId| {
            *covered.entry(id).or_insert_with(|| filter.matches(dictionary.tag_set(id).unwrap_or(&untagged)))
        };
        let mut totals = self.totals;
        for ((day, _, tag_set), cost) in &self.older {
            if is_covered(*tag_set)
                && let Some(total) = totals.get_mut(*day)
            {
                *total += *cost;
            }
        }
        let mut cells = Vec::new();
        for ((day, _, tag_set, model), spend) in self.recent {
            if !is_covered(tag_set) {
                continue;
            }
            if let Some(total) = totals.get_mut(day) {
                *total += spend.cost;
            }
            let model = dictionary.text(model).unwrap_or(UNALLOCATED);
            cells.push(DayCell { day, tags: dictionary.tag_set(tag_set), model, spend });
        }
        cells.sort_unstable_by_key(|cell: &DayCell<'_>| cell.day);
        DayBook { days: self.days, recent_from: self.recent_from, totals, cells }
    }
}

/// What one tag set spent with one model on a day.
#[derive(Debug)]
struct DayCell<'a> {
    day: usize,
    tags: Option<&'a TagSet>,
    model: &'a str,
    spend: Spend,
}

impl<'a> DayCell<'a> {
    fn value(&self, column: &Grouping) -> &'a str {
        match column {
            Grouping::Tag(key) => self.tags.and_then(|tags| tags.get(key)).unwrap_or(UNALLOCATED),
            Grouping::Model => self.model,
            Grouping::Provider => super::cube::provider_and_model(self.model).0,
        }
    }
}

/// What was booked on each day.
#[derive(Debug)]
pub(super) struct DayBook<'a> {
    pub(super) days: Days,
    /// The first day of [`by`](Self::by).
    pub(super) recent_from: usize,
    /// Everything, by day.
    pub(super) totals: Vec<Money>,
    /// In the order of the days.
    cells: Vec<DayCell<'a>>,
}

/// Spend by day, on the recent days of a book.
#[derive(Clone, Debug)]
pub(super) struct Series {
    from: usize,
    spends: Vec<Spend>,
}

impl Series {
    /// What was spent on a day; nothing for days that aren't recent.
    pub(super) fn get(&self, day: usize) -> Option<Spend> {
        self.spends.get(day.checked_sub(self.from)?).copied()
    }

    /// What was spent from one day to before another.
    pub(super) fn between(&self, first: usize, end: usize) -> &[Spend] {
        let place = |day: usize| day.saturating_sub(self.from);
        self.spends.get(place(first)..place(end)).unwrap_or_default()
    }
}

impl<'a> DayBook<'a> {
    /// The first day on which anything was booked.
    pub(super) fn first(&self) -> Option<usize> {
        self.totals.iter().position(|total| *total != Money::ZERO)
    }

    /// The recent days by the values of a column.
    pub(super) fn by(&self, column: &Grouping) -> BTreeMap<&'a str, Series> {
        let mut series: BTreeMap<&'a str, Series> = BTreeMap::new();
        let empty = vec![Spend::default(); self.days.len().saturating_sub(self.recent_from)];
        for cell in &self.cells {
            let own = series
                .entry(cell.value(column))
                .or_insert_with(|| Series { from: self.recent_from, spends: empty.clone() });
            let place = cell.day.checked_sub(own.from);
            if let Some(spend) = place.and_then(|place| own.spends.get_mut(place)) {
                spend.add(cell.spend.cost, cell.spend.calls);
            }
        }
        series
    }

    /// What one value cost on a day, divided by another column.
    pub(super) fn costs(
        &self,
        day: usize,
        own: (&Grouping, &str),
        column: &Grouping,
    ) -> BTreeMap<&'a str, Money> {
        let start = self.cells.partition_point(|cell| cell.day < day);
        let mut costs: BTreeMap<&'a str, Money> = BTreeMap::new();
        let of_day = self.cells.iter().skip(start).take_while(|cell| cell.day == day);
        for cell in of_day.filter(|cell| cell.value(own.0) == own.1) {
            *costs.entry(cell.value(column)).or_default() += cell.spend.cost;
        }
        costs
    }
}

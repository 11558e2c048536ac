//! What the period will have cost at its end, and how sure that is.
//!
//! The forecast is what was spent, and what the days that are left are [expected](pattern) to cost; of today, as much of it
//! as is left. Low and high are the tenth and the ninetieth percentile of how past forecasts over as many days turned out,
//! each made from what was known then. The same forecasts are made for the periods before, on the same day, and compared with
//! what they came to: [`Accuracy`] says how far off they were.

mod groups;
mod pattern;
#[cfg(test)]
mod tests;

pub use groups::{ForecastGroup, ForecastGroups};
pub(super) use pattern::median;

use super::days::DayBook;
use super::period::local;
use super::statement::BudgetUse;
use crate::money::Money;
use crate::time::{Timestamp, Window};
use pattern::{History, expected};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The most days of a period that are told one by one.
const MAX_DAYS: usize = 400;
/// Days that must have passed before a forecast is compared with what came: four weeks.
const MIN_BEFORE: usize = 28;
/// All of something, in hundredths of a percent.
const WHOLE: i128 = 10_000;
const DAY: &str = "%Y-%m-%d";

/// What the period will have cost, day by day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// The end of the period; nothing when it is over, has not begun, or there are too few days before.
    pub end: Option<Estimate>,
    /// How forecasts on this day of the periods before turned out; in a finished period, those in the middle of it.
    pub accuracy: Option<Accuracy>,
    /// The budget that counts just what the statement does: of the same period, with the same spend.
    pub budget: Option<ForecastBudget>,
    /// What was spent, and what is expected to be, since the start of the period.
    pub days: Vec<ForecastDay>,
    /// The end by team, project and client, each by itself; nothing without an end.
    #[serde(default)]
    pub groups: Vec<ForecastGroups>,
}

/// An amount that isn't known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// The amount.
    pub amount: Money,
    /// Nine of ten past forecasts came to more; nothing without enough of them.
    pub low: Option<Money>,
    /// Nine of ten past forecasts came to less.
    pub high: Option<Money>,
    /// Days that are left, today included.
    pub days_left: u32,
    /// Past forecasts that low and high rest on.
    pub samples: u32,
}

/// How earlier forecasts turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Periods that were compared.
    pub periods: u32,
    /// Days of each that had passed when the forecast was made.
    pub days_passed: u32,
    /// By how much the forecasts were off, either way: the mean, in hundredths of a percent of what the period came to.
    pub error_basis_points: u64,
    /// Periods whose forecast had a low and a high.
    pub with_interval: u32,
    /// Those of them that came to an amount from low to high.
    pub within: u32,
}

/// A budget beside the forecast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastBudget {
    /// The budget's name.
    pub name: String,
    /// Its limit.
    pub limit: Money,
    /// How much of the limit is left at the end by the forecast: favourable above zero, unfavourable below. Of a finished
    /// period, what was left.
    pub variance: Option<Money>,
}

/// A day of the period; all amounts are sums from its start to the end of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastDay {
    /// The day: `2026-11-27`.
    pub day: String,
    /// What was spent; nothing for days to come.
    pub actual: Option<Money>,
    /// What will have been spent; from today on.
    pub forecast: Option<Money>,
    /// The tenth percentile of the same.
    pub low: Option<Money>,
    /// The ninetieth percentile.
    pub high: Option<Money>,
}

/// A period in the series of days.
struct Course<'a> {
    history: History<'a>,
    /// Its days, as places of the history.
    days: Range<usize>,
    /// The day that isn't over, where there is one.
    today: usize,
}

/// The forecast of the first window, which the others come before; nothing for what isn't made of days.
pub(super) fn forecast(
    book: &DayBook<'_>,
    windows: &[Window],
    (now, zone): (Timestamp, &str),
    budgets: &[BudgetUse],
) -> Option<Forecast> {
    let period = windows.first()?;
    let first = book.first()?;
    let range = book.days.within(*period);
    if range.len() < 2 || range.len() > MAX_DAYS || range.end <= first {
        return None;
    }
    let costs: Vec<i128> = book.totals.iter().skip(first).map(|cost| cost.pico()).collect();
    let place = |day: usize| day.saturating_sub(first);
    let today = match book.days.index(now) {
        Some(day) => day.clamp(range.start, range.end),
        None if now < period.start() => range.start,
        None => range.end,
    };
    let course = Course {
        history: History::new(&costs),
        days: place(range.start)..place(range.end),
        today: place(today),
    };
    let left = book.days.get(today).map_or((0, 1), |day| part_left(day, now));
    let is_open = period.contains(now);
    let ahead = is_open.then(|| course.ahead(left)).flatten();
    let names = range.clone().filter_map(|day| book.days.get(day));
    let days = course.days(names, (ahead.as_ref(), is_open), zone);
    let elapsed = if is_open { today - range.start } else { range.len() / 2 };
    let earlier: Vec<Range<usize>> = windows
        .iter()
        .skip(1)
        .map(|window| book.days.within(*window))
        .filter(|range| range.start >= first + MIN_BEFORE)
        .map(|range| place(range.start)..place(range.end))
        .collect();
    let total: Money = book.totals.get(range).unwrap_or_default().iter().copied().sum();
    let end = ahead.as_ref().map(|ahead| ahead.end(total));
    let is_over = period.end() <= now;
    let at_end = end.map(|end| end.amount).or(is_over.then_some(total));
    let budget = budget(budgets, *period, (total, at_end));
    let groups = end.map(|end| groups::groups(book, *period, now, &end)).unwrap_or_default();
    Some(Forecast { end, accuracy: accuracy(&course.history, &earlier, elapsed), budget, days, groups })
}

/// How much of a day is left, as a fraction.
fn part_left(day: Window, now: Timestamp) -> (i128, i128) {
    let length = i128::from(day.end().micros().saturating_sub(day.start().micros())).max(1);
    let left = i128::from(day.end().micros().saturating_sub(now.micros()));
    (left.clamp(0, length), length)
}

/// What lies ahead, in pico-units: for each day from today on what is expected until its end, with low and high.
struct Ahead {
    until: Vec<(i128, Option<(i128, i128)>)>,
    samples: usize,
}

impl Ahead {
    fn end(&self, spent: Money) -> Estimate {
        let (more, interval) = self.until.last().copied().unwrap_or((0, None));
        let plus = |more: i128| spent + Money::from_pico(more);
        Estimate {
            amount: plus(more),
            low: interval.map(|(low, _)| plus(low)),
            high: interval.map(|(_, high)| plus(high)),
            days_left: count(self.until.len()),
            samples: count(self.samples),
        }
    }
}

impl Course<'_> {
    fn ahead(&self, (left, of): (i128, i128)) -> Option<Ahead> {
        let pattern = self.history.pattern(self.today)?;
        let whole = expected(&pattern, self.today..self.today + 1);
        let today = whole.saturating_mul(left).div_euclid(of);
        let mut samples = 0;
        let until = (self.today..self.days.end).map(|day| {
            let more = today + expected(&pattern, self.today + 1..day + 1);
            let interval = self.history.interval(self.today, day + 1 - self.today, more);
            samples = interval.map_or(0, |own| own.2);
            (more, interval.map(|(low, high, _)| (low, high)))
        });
        let until: Vec<_> = until.collect();
        Some(Ahead { until, samples })
    }

    fn days(
        &self,
        windows: impl Iterator<Item = Window>,
        (ahead, is_open): (Option<&Ahead>, bool),
        zone: &str,
    ) -> Vec<ForecastDay> {
        let mut spent = Money::ZERO;
        let places = self.days.clone().zip(windows);
        // What was booked ahead of the clock, by somebody whose own runs fast, counts today.
        let ahead_of_clock: i128 =
            self.history.costs.get(self.today + 1..self.days.end).unwrap_or_default().iter().sum();
        let day = |(place, window): (usize, Window)| {
            let cost = self.history.costs.get(place).copied().unwrap_or(0);
            let cost = if place == self.today { cost + ahead_of_clock } else { cost };
            let is_past = place < self.today || (is_open && place == self.today);
            spent += Money::from_pico(if is_past { cost } else { 0 });
            let to_come = place.checked_sub(self.today).and_then(|index| ahead?.until.get(index));
            let plus = |more: i128| spent + Money::from_pico(more);
            ForecastDay {
                day: local(window.start(), zone, DAY),
                actual: is_past.then_some(spent),
                forecast: to_come.map(|(more, _)| plus(*more)),
                low: to_come.and_then(|(_, interval)| Some(plus(interval.as_ref()?.0))),
                high: to_come.and_then(|(_, interval)| Some(plus(interval.as_ref()?.1))),
            }
        };
        places.map(day).collect()
    }
}

/// The forecasts of earlier periods as they would have been made after so many days.
fn accuracy(history: &History<'_>, earlier: &[Range<usize>], elapsed: usize) -> Option<Accuracy> {
    let (mut periods, mut error, mut with_interval, mut within) = (0_usize, 0_i128, 0_usize, 0_usize);
    for days in earlier {
        let at = (days.start + elapsed).min(days.end);
        let sum = |days: Range<usize>| history.costs.get(days).map(|costs| costs.iter().sum::<i128>());
        let (Some(pattern), Some(spent), Some(actual)) =
            (history.pattern(at), sum(days.start..at), sum(days.clone()))
        else {
            continue;
        };
        let more = expected(&pattern, at..days.end);
        let Some(off) = (spent + more - actual).abs().saturating_mul(WHOLE).checked_div(actual.max(0)) else {
            continue;
        };
        (periods, error) = (periods + 1, error + off);
        if let Some((low, high, _)) = history.interval(at, days.end - at, more).filter(|_| at < days.end) {
            with_interval += 1;
            within += usize::from((low..=high).contains(&(actual - spent)));
        }
    }
    let mean = error.checked_div(i128::try_from(periods).ok()?)?;
    Some(Accuracy {
        periods: count(periods),
        days_passed: count(elapsed),
        error_basis_points: u64::try_from(mean).unwrap_or(u64::MAX),
        with_interval: count(with_interval),
        within: count(within),
    })
}

fn budget(
    budgets: &[BudgetUse],
    period: Window,
    (total, at_end): (Money, Option<Money>),
) -> Option<ForecastBudget> {
    let counts_all = |own: &&BudgetUse| {
        let is_of_all = own.instance.is_empty() && own.basis.is_cost() && own.window.window == period;
        is_of_all && own.spent == total && total > Money::ZERO
    };
    let own = budgets.iter().filter(counts_all).min_by_key(|own| own.limit)?;
    let variance = at_end.map(|at_end| own.limit - at_end);
    Some(ForecastBudget { name: own.name.clone(), limit: own.limit, variance })
}

impl Forecast {
    /// Whether the days sum to the total, and the groups to it and to the end.
    pub(super) fn adds_up(&self, total: Money) -> bool {
        let is_whole = |end: &Estimate| self.groups.iter().all(|own| own.adds_up(total, end));
        self.days.iter().rev().find_map(|day| day.actual).is_none_or(|spent| spent == total)
            && self.end.as_ref().map_or(self.groups.is_empty(), is_whole)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

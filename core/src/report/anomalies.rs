//! Days on which a team, a model or an agent cost far more than usual.
//!
//! A day is expected to cost the median of the same weekday in the eight weeks before. It is an anomaly where it cost more
//! than that by all of: half of what was expected; five robust standard deviations (1.48 times the median distance of the
//! last 28 days from what was expected of their weekdays); a dollar; and a fiftieth of what all calls of an ordinary day
//! cost. Medians aren't moved by the anomaly itself. Where the median is nothing, as of an agent that works now and then,
//! the dearest of the days before takes its place. Nothing is told before the ledger has three weeks of days, nor on a
//! weekday on which it usually has no cost at all.
//!
//! Days that follow each other within [`GAP`] days are one anomaly. What a day costs isn't divided between causes: an
//! anomaly of an agent is one of its team and its model too, and the contributor says so.

use super::days::{DayBook, Series, Spend};
use super::forecast::median;
use super::grouping::Grouping;
use super::period::local;
use crate::money::Money;
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeMap};

/// Whose days are looked at.
const WATCHED: [Grouping; 3] = [Grouping::AGENT, Grouping::TEAM, Grouping::Model];
/// Weeks that tell what a weekday costs, and the least of them.
const WEEKS: usize = 8;
const MIN_WEEKS: usize = 3;
const WEEK: usize = 7;
/// Days that tell how far costs lie from what is expected.
const SPREAD_DAYS: usize = 28;
/// Five standard deviations in median distances: 5 × 1.48.
const DISTANCES: (i128, i128) = (37, 5);
/// Days between two days of one anomaly, at most: a weekend and the days at its sides.
const GAP: usize = 3;
/// The least that is worth a line.
const MIN_AMOUNT: i128 = Money::ONE.pico();
/// The part of an ordinary day's cost that is worth a line.
const MIN_PART: i128 = 50;
/// The most anomalies that are told; those that cost least are left out.
pub(super) const MAX_ANOMALIES: usize = 100;
const DAY: &str = "%Y-%m-%d";

/// A time of far more cost than usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anomaly {
    /// The column: agent, team or model.
    pub by: Grouping,
    /// Whose cost.
    pub value: String,
    /// The first day: `2026-11-14`.
    pub since: String,
    /// The last day.
    pub until: String,
    /// Days that were anomalous.
    pub days: u32,
    /// Whether the last day of the period, or today, is one of them.
    pub is_ongoing: bool,
    /// What those days were expected to cost.
    pub expected: Money,
    /// What they cost.
    pub actual: Money,
    /// What most likely made the difference.
    pub cause: AnomalyCause,
    /// Calls that were expected.
    pub calls_expected: u64,
    /// Calls that were made.
    pub calls: u64,
    /// Who made most of the difference: the agent of a team or a model, the model of an agent; nothing where nobody made
    /// half of it.
    pub contributor: Option<String>,
}

/// What most likely made a day cost more than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnomalyCause {
    /// More calls.
    CallsUp,
    /// Calls that cost more each.
    CostPerCallUp,
    /// Nothing was spent before.
    New,
}

impl Anomaly {
    /// How much more than expected.
    pub fn excess(&self) -> Money {
        self.actual - self.expected
    }
}

/// One day that is an anomaly.
#[derive(Clone, Copy)]
struct Hit {
    day: usize,
    expected: Spend,
    actual: Spend,
}

/// Every anomaly of the period, the largest excess first.
pub(super) fn anomalies(book: &DayBook<'_>, period: Window, (now, zone): (Timestamp, &str)) -> Vec<Anomaly> {
    let Some(first) = book.first() else { return Vec::new() };
    let first = first.max(book.recent_from);
    let days = book.days.within(period);
    let last = book.days.index(now).unwrap_or(days.end).min(days.end.saturating_sub(1));
    let watch = Watch { book, first, days: days.start..last + 1, zone };
    let mut found: Vec<(Anomaly, Vec<Hit>)> = WATCHED
        .iter()
        .flat_map(|by| {
            let of_value = |(value, series): (&str, Series)| watch.of(by, value, &series);
            book.by(by).into_iter().flat_map(of_value).collect::<Vec<_>>()
        })
        .collect();
    // The sort is stable: of equal ones the agent comes before its team and its model.
    found.sort_by_key(|(anomaly, _)| Reverse(anomaly.excess()));
    found.truncate(MAX_ANOMALIES);
    let told = |(anomaly, hits): (Anomaly, Vec<Hit>)| {
        let contributor = watch.contributor(&anomaly, &hits);
        Anomaly { contributor, ..anomaly }
    };
    found.into_iter().map(told).collect()
}

struct Watch<'a> {
    book: &'a DayBook<'a>,
    first: usize,
    days: std::ops::Range<usize>,
    zone: &'a str,
}

impl Watch<'_> {
    fn of(&self, by: &Grouping, value: &str, series: &Series) -> Vec<(Anomaly, Vec<Hit>)> {
        let mut anomalies: Vec<Vec<Hit>> = Vec::new();
        for hit in self.days.clone().filter_map(|day| self.hit(series, day)) {
            match anomalies.last_mut() {
                Some(hits) if hits.last().is_some_and(|last| hit.day - last.day <= GAP) => hits.push(hit),
                _ => anomalies.push(vec![hit]),
            }
        }
        anomalies.into_iter().map(|hits| (self.anomaly((by, value), series, &hits), hits)).collect()
    }

    fn hit(&self, series: &Series, day: usize) -> Option<Hit> {
        let actual = series.get(day)?;
        let cost = actual.cost.pico();
        if cost < MIN_AMOUNT || day < self.first + MIN_WEEKS * WEEK {
            return None;
        }
        let expected = self.expected(day, |day| series.get(day).map(|spend| spend.cost.pico()))?;
        let usual = self.expected(day, |day| self.book.totals.get(day).map(|cost| cost.pico()))?;
        // Who usually spends nothing on such a day is compared with the dearest of the days before.
        let dearest = || series.between(self.first, day).iter().map(|spend| spend.cost.pico()).max();
        let expected = if expected > 0 { expected } else { dearest().unwrap_or(0) };
        let excess = cost - expected;
        if usual <= 0 || excess <= (expected / 2).max(usual / MIN_PART).max(MIN_AMOUNT) {
            return None;
        }
        if excess * DISTANCES.1 <= self.distance(series, day)? * DISTANCES.0 {
            return None;
        }
        let calls = self.expected(day, |day| series.get(day).map(|spend| i128::from(spend.calls)))?;
        let expected = Spend { cost: Money::from_pico(expected), calls: u64::try_from(calls).unwrap_or(0) };
        Some(Hit { day, expected, actual })
    }

    /// The median of the same weekday in the weeks before.
    fn expected(&self, day: usize, at: impl Fn(usize) -> Option<i128>) -> Option<i128> {
        let before = (1..=WEEKS).filter_map(|weeks| day.checked_sub(weeks * WEEK));
        let known = before.filter(|day| *day >= self.first);
        median(&known.filter_map(at).collect::<Vec<_>>())
    }

    /// The median distance of the days before from what is expected of their weekdays.
    fn distance(&self, series: &Series, day: usize) -> Option<i128> {
        let of_weekday = (day..day + WEEK)
            .map(|day| self.expected(day, |day| series.get(day).map(|spend| spend.cost.pico())).unwrap_or(0));
        let usual: Vec<i128> = of_weekday.collect();
        let before =
            (1..=SPREAD_DAYS).filter_map(|back| day.checked_sub(back)).filter(|day| *day >= self.first);
        let distances = before.filter_map(|own| {
            let weekday = (WEEK - (day - own) % WEEK) % WEEK;
            Some((series.get(own)?.cost.pico() - usual.get(weekday)?).abs())
        });
        median(&distances.collect::<Vec<_>>())
    }

    fn anomaly(&self, (by, value): (&Grouping, &str), series: &Series, hits: &[Hit]) -> Anomaly {
        let sum = |of: fn(&Hit) -> Spend| {
            let add = |sum: Spend, spend: Spend| Spend {
                cost: sum.cost + spend.cost,
                calls: sum.calls + spend.calls,
            };
            hits.iter().map(of).fold(Spend::default(), add)
        };
        let (expected, actual) = (sum(|hit| hit.expected), sum(|hit| hit.actual));
        let (since, until) = (hits.first().map_or(0, |hit| hit.day), hits.last().map_or(0, |hit| hit.day));
        let name = |day: usize| {
            self.book.days.get(day).map(|day| local(day.start(), self.zone, DAY)).unwrap_or_default()
        };
        let before = series.between(self.first, since);
        let is_new = before.iter().all(|spend| spend.cost == Money::ZERO);
        Anomaly {
            by: by.clone(),
            value: value.to_owned(),
            since: name(since),
            until: name(until),
            days: u32::try_from(hits.len()).unwrap_or(u32::MAX),
            is_ongoing: until + 1 == self.days.end,
            expected: expected.cost,
            actual: actual.cost,
            cause: cause(expected, actual, is_new),
            calls_expected: expected.calls,
            calls: actual.calls,
            contributor: None,
        }
    }

    /// Who made half of the excess or more, on the days of an anomaly.
    fn contributor(&self, anomaly: &Anomaly, hits: &[Hit]) -> Option<String> {
        let own = (&anomaly.by, anomaly.value.as_str());
        let column = if *own.0 == Grouping::AGENT { Grouping::Model } else { Grouping::AGENT };
        let mut more: BTreeMap<&str, i128> = BTreeMap::new();
        for hit in hits {
            let weeks = (1..=WEEKS).filter_map(|weeks| hit.day.checked_sub(weeks * WEEK));
            let before: Vec<_> = weeks
                .filter(|day| *day >= self.first)
                .map(|day| self.book.costs(day, own, &column))
                .collect();
            for (value, cost) in self.book.costs(hit.day, own, &column) {
                let costs = before.iter().map(|costs| costs.get(value).map_or(0, |cost| cost.pico()));
                let expected = median(&costs.collect::<Vec<_>>()).unwrap_or(0);
                *more.entry(value).or_default() += cost.pico() - expected;
            }
        }
        let (value, more) = more.into_iter().max_by_key(|(value, more)| (*more, Reverse(*value)))?;
        (more * 2 >= anomaly.excess().pico()).then(|| value.to_owned())
    }
}

/// More calls at the usual cost of a call, or a higher cost of a call: what made more of the difference.
fn cause(expected: Spend, actual: Spend, is_new: bool) -> AnomalyCause {
    if is_new {
        return AnomalyCause::New;
    }
    let more_calls = i128::from(actual.calls) - i128::from(expected.calls);
    let by_calls = match i128::from(expected.calls) {
        0 => actual.cost.pico(),
        calls => expected.cost.pico().saturating_mul(more_calls) / calls,
    };
    let excess = actual.cost.pico() - expected.cost.pico();
    if by_calls * 2 >= excess { AnomalyCause::CallsUp } else { AnomalyCause::CostPerCallUp }
}

#[cfg(test)]
mod tests;

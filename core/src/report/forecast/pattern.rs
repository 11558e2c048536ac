//! What a day is expected to cost, from the days before it.
//!
//! A day is expected to cost what its weekday did: the mean of that weekday in the last [`WEEKS`] weeks, in which the
//! newest counts [`WEEKS`] times and the oldest once. A day that cost more than [`CAP`] times the median of these counts as
//! that much, so that one runaway doesn't become the pattern. A weekday that hasn't come yet is expected to cost the mean of
//! all days. Amounts are whole pico-units, and every division rounds down.

use std::ops::Range;

/// Weeks that the pattern rests on.
pub(super) const WEEKS: usize = 8;
/// How many times the median a day counts at most.
const CAP: i128 = 3;
/// Days of a week. Days are consecutive, so a place's rest by this tells its weekday.
pub(super) const WEEK: usize = 7;
/// Days that must have passed before anything is expected.
const MIN_DAYS: usize = 7;
/// All of something, in millionths.
const MILLION: i128 = 1_000_000;
/// Past forecasts that an interval needs.
const MIN_SAMPLES: usize = 20;
/// The latest past forecasts that are looked at: those of a year.
const MAX_SAMPLES: usize = 364;
/// Of ten past forecasts, one lies below the interval and one above.
const TAIL: usize = 10;

/// Costs of consecutive days from the first on which anything was booked.
#[derive(Clone, Debug)]
pub(super) struct History<'a> {
    pub(super) costs: &'a [i128],
    /// The pattern as it was known before each day, and after the last: past forecasts are made from them.
    patterns: Vec<Option<Pattern>>,
}

/// What each day of a week is expected to cost, by the rest of its place.
pub(super) type Pattern = [i128; WEEK];

impl<'a> History<'a> {
    pub(super) fn new(costs: &'a [i128]) -> Self {
        let patterns = (0..=costs.len()).map(|until| pattern(costs.get(..until)?)).collect();
        Self { costs, patterns }
    }

    /// The pattern as it was known when the days before a place had passed; nothing with too few of them.
    pub(super) fn pattern(&self, until: usize) -> Option<Pattern> {
        *self.patterns.get(until)?
    }

    /// How past forecasts over so many days turned out that were made before a place: the parts of what was expected that
    /// came true, in millionths, from the least.
    fn outcomes(&self, until: usize, horizon: usize) -> Vec<i128> {
        let last = until.saturating_sub(horizon);
        let outcome = |origin: usize| {
            let days = origin..origin + horizon;
            let expected = expected(&self.pattern(origin)?, days.clone());
            let actual: i128 = self.costs.get(days)?.iter().sum();
            actual.saturating_mul(MILLION).checked_div(expected).filter(|_| expected > 0)
        };
        let origins = (WEEK * 2..=last).rev().take(MAX_SAMPLES);
        let mut outcomes: Vec<i128> = origins.filter_map(outcome).collect();
        outcomes.sort_unstable();
        outcomes
    }

    /// The interval around an amount that is expected over so many days, and how many past forecasts it rests on; nothing
    /// without enough of them. Where there are too few over as many days, those over the most days that have enough tell.
    pub(super) fn interval(&self, until: usize, horizon: usize, amount: i128) -> Option<(i128, i128, usize)> {
        let longest = until.saturating_sub(2 * WEEK + MIN_SAMPLES - 1);
        let horizon = horizon.min(longest).max(1);
        let outcomes = self.outcomes(until, horizon);
        let count = outcomes.len();
        if count < MIN_SAMPLES {
            return None;
        }
        // Forecasts that were made a day apart tell nearly the same: as many as they have days count as one. The ranks
        // leave a tenth of what is to come outside on each side, and not only of what was; of few, nothing is left out.
        let rank = ((count / horizon + 1) / TAIL * horizon).max(1);
        let (low, high) = (outcomes.get(rank - 1)?, outcomes.get(count.checked_sub(rank)?)?);
        let part = |outcome: &i128| amount.saturating_mul(*outcome).div_euclid(MILLION);
        Some((part(low), part(high), count))
    }
}

/// What each weekday is expected to cost after these days; nothing after too few of them.
pub(super) fn pattern(past: &[i128]) -> Option<Pattern> {
    if past.len() < MIN_DAYS {
        return None;
    }
    let all = past.iter().rev().take(WEEKS * WEEK);
    let mean = all.clone().sum::<i128>().div_euclid(i128::try_from(all.count()).ok()?);
    let mut pattern = [mean; WEEK];
    for (weekday, expected) in pattern.iter_mut().enumerate() {
        let back = (past.len() + WEEK - 1 - weekday) % WEEK;
        let same: Vec<i128> = past.iter().copied().rev().skip(back).step_by(WEEK).take(WEEKS).collect();
        *expected = weighted(&same).unwrap_or(mean);
    }
    Some(pattern)
}

/// What days are expected to cost together.
pub(super) fn expected(pattern: &Pattern, days: Range<usize>) -> i128 {
    days.filter_map(|day| pattern.get(day % WEEK)).sum()
}

/// The mean of the newest first, capped; nothing of nothing.
fn weighted(newest_first: &[i128]) -> Option<i128> {
    let cap = median(newest_first)?.saturating_mul(CAP);
    let weights = (1..=i128::try_from(newest_first.len()).ok()?).rev();
    // Where most of these days cost nothing, nothing is told by the median.
    let capped = |cost: i128| if cap > 0 { cost.min(cap) } else { cost };
    let sum: i128 =
        newest_first.iter().zip(weights.clone()).map(|(cost, weight)| capped(*cost) * weight).sum();
    Some(sum.div_euclid(weights.sum()))
}

/// The middle value, of an even number the mean of both in the middle, rounded down.
pub(in crate::report) fn median(values: &[i128]) -> Option<i128> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some((lower + upper).div_euclid(2))
}

#[cfg(test)]
mod tests {
    use super::{History, expected, median, weighted};

    #[test]
    fn a_weekday_is_expected_to_cost_what_it_did_and_the_newest_counts_most() {
        assert_eq!(weighted(&[40, 30, 20]), Some((40 * 3 + 30 * 2 + 20) / 6));
        assert_eq!(
            weighted(&[900, 30, 20]),
            Some((90 * 3 + 30 * 2 + 20) / 6),
            "a runaway counts thrice the median"
        );
        assert_eq!(weighted(&[9, 0, 0]), Some(4), "a median of nothing caps nothing");
        assert_eq!(weighted(&[]), None);
        assert_eq!([median(&[3, 1, 2]), median(&[4, 1]), median(&[])], [Some(2), Some(2), None]);
    }

    #[test]
    fn days_that_repeat_themselves_are_foretold_exactly() {
        let week = [10, 20, 30, 40, 50, 6, 7];
        let costs: Vec<i128> = (0..70).map(|day| week[day % 7]).collect();
        let history = History::new(&costs);
        assert_eq!(history.pattern(6), None);
        let pattern = history.pattern(60).unwrap();
        assert_eq!(pattern, week);
        assert_eq!(expected(&pattern, 60..70), costs[60..].iter().sum::<i128>());
        assert_eq!(history.interval(60, 10, 1_000), Some((1_000, 1_000, 37)));
    }

    #[test]
    fn the_interval_leaves_out_a_tenth_on_each_side() {
        // Every other day costs twice as much as the day before, so forecasts of one day turn out in two ways.
        let costs: Vec<i128> = (0..140).map(|day| if day % 2 == 0 { 300 } else { 100 }).collect();
        let (low, high, count) = History::new(&costs).interval(140, 1, 1_000).unwrap();
        assert_eq!(count, 126);
        assert!(low < 1_000 && high > 1_000, "{low} to {high}");
        assert_eq!(History::new(&costs[..34]).interval(34, 1, 1_000).map(|own| own.2), Some(20));
        assert_eq!(History::new(&costs[..33]).interval(33, 1, 1_000), None);
    }

    #[test]
    fn a_long_horizon_of_a_short_history_is_told_by_a_shorter_one() {
        let costs: Vec<i128> = (0..40).map(|day| 100 + day % 3).collect();
        let history = History::new(&costs);
        assert_eq!(history.interval(40, 30, 1_000).unwrap().2, 20);
    }
}

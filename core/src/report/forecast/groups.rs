//! The forecast by team, project and client: what is still to come, divided over those who are expected to spend it.
//!
//! Each value's days that are left are expected as those of the whole are, from its own last eight weeks. Runaway days are
//! cut value by value, so these expectations don't sum to that of the whole: they are only the proportion in which it is
//! divided, to the last pico. A value by itself has no low and high, for how its past forecasts went isn't kept.

use super::pattern::{expected, pattern};
use super::{Estimate, part_left};
use crate::money::Money;
use crate::report::allocation::shared;
use crate::report::days::{DayBook, Series};
use crate::report::grouping::Grouping;
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Serialize};

/// What money is forecast by.
const COLUMNS: [Grouping; 3] = [Grouping::TEAM, Grouping::PROJECT, Grouping::CLIENT];

/// The forecast of the period's end by the values of one column. The rows sum to it, and to what was spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastGroups {
    /// The column.
    pub by: Grouping,
    /// Its values, the dearest at the end first.
    pub rows: Vec<ForecastGroup>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForecastGroup {
    /// The value; `unallocated` where the tag is missing.
    pub value: String,
    /// What it has spent in the period.
    pub spent: Money,
    /// What it will have spent at the end.
    pub amount: Money,
}

/// The forecast of an open period by each column; nothing where nobody is expected to spend what is to come.
pub(super) fn groups(
    book: &DayBook<'_>,
    period: Window,
    now: Timestamp,
    end: &Estimate,
) -> Vec<ForecastGroups> {
    COLUMNS.iter().filter_map(|by| divided(book, (period, now), end, by)).collect()
}

fn divided(
    book: &DayBook<'_>,
    (period, now): (Window, Timestamp),
    end: &Estimate,
    by: &Grouping,
) -> Option<ForecastGroups> {
    let days = book.days.within(period);
    let today = book.days.index(now)?;
    let left = book.days.get(today).map(|day| part_left(day, now))?;
    let from = book.recent_from.max(book.first()?);
    let spent = |series: &Series| -> Money {
        series.between(days.start, days.end).iter().map(|spend| spend.cost).sum()
    };
    let more = |series: &Series| -> u128 {
        let past: Vec<i128> = series.between(from, today).iter().map(|spend| spend.cost.pico()).collect();
        let Some(pattern) = pattern(&past) else { return 0 };
        let place = |day: usize| day.saturating_sub(from);
        let whole = expected(&pattern, place(today)..place(today) + 1);
        let rest = expected(&pattern, place(today) + 1..place(days.end));
        u128::try_from(whole.saturating_mul(left.0).div_euclid(left.1) + rest).unwrap_or(0)
    };
    let series: Vec<(&str, Series)> = book.by(by).into_iter().collect();
    let spents: Vec<Money> = series.iter().map(|(_, own)| spent(own)).collect();
    let weights: Vec<u128> = series.iter().map(|(_, own)| more(own)).collect();
    let to_come = end.amount - spents.iter().copied().sum();
    let parts = match shared(to_come.pico(), &weights) {
        Some(parts) => parts,
        None if to_come == Money::ZERO => vec![0; weights.len()],
        None => return None,
    };
    let row = |((value, spent), part): ((&str, Money), i128)| ForecastGroup {
        value: value.to_owned(),
        spent,
        amount: spent + Money::from_pico(part),
    };
    let named = series.iter().map(|(value, _)| *value).zip(spents);
    let mut rows: Vec<ForecastGroup> = named.zip(parts).map(row).collect();
    rows.retain(|row| row.spent != Money::ZERO || row.amount != Money::ZERO);
    // The sort is stable, so equal amounts keep the order of the names.
    rows.sort_by_key(|row| std::cmp::Reverse(row.amount));
    Some(ForecastGroups { by: by.clone(), rows })
}

impl ForecastGroups {
    /// Whether the rows sum to what was spent and to what is expected.
    pub(super) fn adds_up(&self, total: Money, end: &Estimate) -> bool {
        self.rows.iter().map(|row| row.spent).sum::<Money>() == total
            && self.rows.iter().map(|row| row.amount).sum::<Money>() == end.amount
    }
}

//! The key figures of FinOps: what part of the cost is unallocated, estimated, and carries each tag.
//!
//! Shares are weighted by spend, not by calls: a thousand cheap calls without a tag matter less than a dear one.

use super::cube::{Cube, WHOLE};
use super::gather::Sums;
use super::grouping::Grouping;
use super::rounding::shares;
use crate::money::Money;
use crate::tags::{TagKey, UNALLOCATED};
use serde::{Deserialize, Serialize};

/// Key figures of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kpis {
    /// Cost without the first tag that the statement is grouped by, or without a team where it is grouped by none.
    pub unallocated: CostShare,
    /// Cost that isn't priced usage: expired holds, and costs told from elsewhere; corrections are counted against it.
    pub estimated: CostShare,
    /// What part of the cost carries each tag: team, project, client, agent, environment, and those of the grouping.
    pub coverage: Vec<TagCoverage>,
}

/// A part of the cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostShare {
    /// The part.
    pub cost: Money,
    /// In hundredths of a percent of the total.
    pub share_basis_points: i128,
}

/// How much of the cost carries a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagCoverage {
    /// The tag.
    pub by: Grouping,
    /// Cost of calls with the tag.
    pub cost: Money,
    /// In hundredths of a percent of the total.
    pub share_basis_points: i128,
    /// Calls with the tag.
    pub calls: u64,
    /// Values that it has.
    pub values: usize,
}

/// The columns that a cube needs for the key figures, beside those that it has.
pub(super) const FURTHER: Grouping = Grouping::Tag(TagKey::ENVIRONMENT);

pub(super) fn kpis(cube: &Cube<'_>, total: &Sums, by: &[Grouping]) -> Kpis {
    let mut keys = vec![Grouping::TEAM, Grouping::PROJECT, Grouping::CLIENT, Grouping::AGENT, FURTHER];
    let is_new = |key: &&Grouping| matches!(key, Grouping::Tag(_)) && !keys.contains(key);
    let further: Vec<_> = by.iter().filter(is_new).cloned().collect();
    keys.extend(further);
    let first = by.iter().find(|key| matches!(key, Grouping::Tag(_))).unwrap_or(&Grouping::TEAM);
    let total_cost = total.current.amount();
    let share = |cost: Money| CostShare { cost, share_basis_points: part(cost, total_cost) };
    let unallocated = cube.lines(std::slice::from_ref(first)).into_iter();
    let unallocated = unallocated.filter(|(values, _)| values.first() == Some(&UNALLOCATED));
    Kpis {
        unallocated: share(unallocated.map(|(_, sums)| sums.current.amount()).sum()),
        estimated: share(total.current.unmeasured.at_least_zero()),
        coverage: keys.into_iter().map(|key| coverage(cube, key, total_cost)).collect(),
    }
}

fn coverage(cube: &Cube<'_>, by: Grouping, total: Money) -> TagCoverage {
    let mut own = TagCoverage { cost: Money::ZERO, share_basis_points: 0, calls: 0, values: 0, by };
    for (values, sums) in cube.lines(std::slice::from_ref(&own.by)) {
        if values.first() != Some(&UNALLOCATED) && sums.current.seqs.1 > 0 {
            own.cost += sums.current.amount();
            own.calls += sums.current.calls;
            own.values += 1;
        }
    }
    own.share_basis_points = part(own.cost, total);
    own
}

/// A part in hundredths of a percent, so that the part and the rest are the whole.
fn part(cost: Money, total: Money) -> i128 {
    shares(&[cost.pico(), total.pico() - cost.pico()], WHOLE).first().copied().unwrap_or(0)
}

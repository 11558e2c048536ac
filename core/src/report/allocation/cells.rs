//! Cost by tags and by the stretches of time in which the same rules are in force.

use super::rule::Measure;
use crate::ledger::Rollup;
use crate::money::Money;
use crate::pricing::Dimension;
use crate::tags::{TagKey, TagSet, UNALLOCATED};
use crate::time::Window;

/// What calls with the same tags used in one stretch of time.
#[derive(Clone, Debug)]
pub(in crate::report) struct AllocationCell {
    /// The tags, without those whose value is `unallocated`.
    pub(in crate::report) tags: TagSet,
    /// Within which no rule begins or ends.
    pub(in crate::report) stretch: Window,
    /// What was booked.
    pub(in crate::report) used: Used,
}

/// What rules can go by.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::report) struct Used {
    pub(in crate::report) cost: Money,
    pub(in crate::report) calls: u64,
    pub(in crate::report) input: u64,
    pub(in crate::report) output: u64,
}

impl Used {
    pub(in crate::report) fn add(&mut self, sums: &Rollup) {
        self.cost += sums.amount();
        self.calls += sums.calls;
        for line in &sums.lines {
            if line.dimension.is_input() {
                self.input = self.input.saturating_add(line.quantity);
            } else if is_output(line.dimension) {
                self.output = self.output.saturating_add(line.quantity);
            }
        }
    }

    pub(super) fn is_something(&self) -> bool {
        self.calls > 0 || self.cost != Money::ZERO
    }

    /// The weight by a measure. Corrections may make cost negative, and nobody gets less than nothing.
    pub(super) fn weight(sum: &[Self], measure: &Measure) -> u128 {
        match measure {
            Measure::Cost => {
                sum.iter().map(|used| used.cost).sum::<Money>().at_least_zero().pico().unsigned_abs()
            }
            Measure::InputTokens => sum.iter().map(|used| u128::from(used.input)).sum(),
            Measure::OutputTokens => sum.iter().map(|used| u128::from(used.output)).sum(),
            Measure::Calls => sum.iter().map(|used| u128::from(used.calls)).sum(),
            Measure::Given(..) => 0,
        }
    }
}

/// Tokens that a model wrote. Reasoning is a part of the output, and doesn't count twice.
fn is_output(dimension: Dimension) -> bool {
    matches!(
        dimension,
        Dimension::Output | Dimension::AudioOutput | Dimension::ImageOutput | Dimension::VideoOutput
    )
}

impl AllocationCell {
    /// The value of a tag.
    pub(super) fn value(&self, key: &TagKey) -> &str {
        self.tags.get(key).unwrap_or(UNALLOCATED)
    }
}

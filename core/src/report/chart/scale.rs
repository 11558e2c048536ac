//! From values to places, with ticks at round numbers.

use super::letters::Length;
use crate::money::Money;

/// The most steps of an axis.
const STEPS: i128 = 5;

/// A range of values along an axis, from and to a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) low: i128,
    pub(super) high: i128,
    pub(super) step: i128,
}

impl Scale {
    /// The range that holds zero and all values, in steps of 1, 2 or 5 times a power of ten.
    pub(super) fn new(values: impl Iterator<Item = i128>) -> Self {
        // Room above the bounds of what ledgers hold, so that nothing below can leave its range.
        let bound = i128::MAX / 1_000_000;
        let (mut low, mut high) = (0, 0);
        for value in values {
            (low, high) = (low.min(value.max(-bound)), high.max(value.min(bound)));
        }
        if low == high {
            high = Money::ONE.pico();
        }
        let step = step(high - low);
        Self { low: low.div_euclid(step) * step, high: -(-high).div_euclid(step) * step, step }
    }

    /// The ticks from the lowest to the highest.
    pub(super) fn ticks(self) -> impl Iterator<Item = i128> {
        (0..=(self.high - self.low) / self.step).map(move |index| self.low + index * self.step)
    }

    /// The place of a value between two ends of the axis.
    pub(super) fn place(self, value: i128, (at_low, at_high): (Length, Length)) -> Length {
        let span = i128::from(at_high - at_low);
        let value = value.clamp(self.low, self.high) - self.low;
        let range = self.high - self.low;
        // Large ranges lose digits that no picture shows.
        let shift = (range >> 80).max(1);
        let moved = (value / shift) * span / (range / shift).max(1);
        at_low + Length::try_from(moved).unwrap_or(0)
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50 … that covers the range in few steps.
fn step(range: i128) -> i128 {
    let least = (range + STEPS - 1) / STEPS;
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            if power * factor >= least {
                return power * factor;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn ticks_are_round_and_hold_all_values() {
        let scale = |values: &[i128]| {
            let scale = Scale::new(values.iter().copied());
            scale.ticks().collect::<Vec<_>>()
        };
        assert_eq!(scale(&[2_167]), [0, 500, 1_000, 1_500, 2_000, 2_500]);
        assert_eq!(scale(&[-3, 7]), [-4, -2, 0, 2, 4, 6, 8]);
        assert_eq!(scale(&[10]), [0, 2, 4, 6, 8, 10]);
        assert_eq!(scale(&[]).len(), 6);
        let huge = Scale::new([i128::MAX, i128::MIN].into_iter());
        assert_eq!(huge.place(i128::MAX, (0, 10_000)), huge.place(i128::MAX / 2, (0, 10_000)));
    }

    #[test]
    fn places_follow_the_values() {
        let scale = Scale::new([1_000].into_iter());
        assert_eq!(
            [0, 500, 1_000, 2_000].map(|value| scale.place(value, (10_000, 0))),
            [10_000, 5_000, 0, 0]
        );
    }
}

//! The named rounding rules.

/// How a division that leaves a remainder is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, and from the middle to the even neighbour: the rule of booking and printing.
    HalfEven,
    /// Away from zero in the middle, as most invoices round.
    HalfUp,
    /// Towards positive infinity: the rule of holds.
    Up,
    /// Towards negative infinity.
    Down,
}

impl Rounding {
    /// `value / divisor` by this rule; the divisor is positive.
    #[inline]
    pub(crate) fn divide(self, value: i128, divisor: i128) -> i128 {
        debug_assert!(divisor > 0, "a divisor is positive");
        // Nearly every amount fits 64 bits, where a division takes a few nanoseconds rather than dozens.
        if let (Ok(value), Ok(divisor)) = (i64::try_from(value), i64::try_from(divisor)) {
            let (floor, remainder) = (value.div_euclid(divisor), value.rem_euclid(divisor));
            let up = self.goes_up(i128::from(floor), i128::from(remainder), i128::from(divisor), value > 0);
            return i128::from(floor) + i128::from(up);
        }
        let floor = value.div_euclid(divisor);
        let remainder = value.rem_euclid(divisor);
        floor + i128::from(self.goes_up(floor, remainder, divisor, value > 0))
    }

    /// Whether the next whole number above is meant.
    #[inline]
    fn goes_up(self, floor: i128, remainder: i128, divisor: i128, is_positive: bool) -> bool {
        if remainder == 0 {
            return false;
        }
        let to_half = remainder.cmp(&(divisor - remainder));
        match self {
            Self::Down => false,
            Self::Up => true,
            Self::HalfEven => to_half.is_gt() || (to_half.is_eq() && floor % 2 != 0),
            Self::HalfUp => to_half.is_gt() || (to_half.is_eq() && is_positive),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rounding::{Down, HalfEven, HalfUp, Up};

    #[test]
    fn each_rule_rounds_as_it_is_named() {
        let cases = [
            (15, [2, 2, 2, 1]),
            (25, [2, 3, 3, 2]),
            (24, [2, 2, 3, 2]),
            (26, [3, 3, 3, 2]),
            (20, [2, 2, 2, 2]),
            (-15, [-2, -2, -1, -2]),
            (-25, [-2, -3, -2, -3]),
            (-24, [-2, -2, -2, -3]),
        ];
        for (value, expected) in cases {
            let found = [HalfEven, HalfUp, Up, Down].map(|rule| rule.divide(value, 10));
            assert_eq!(found, expected, "{value} / 10");
        }
    }
}

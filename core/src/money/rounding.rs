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
    pub(crate) fn divide(self, value: i128, divisor: i128) -> i128 {
        debug_assert!(divisor > 0, "a divisor is positive");
        let floor = value.div_euclid(divisor);
        let remainder = value.rem_euclid(divisor);
        if remainder == 0 {
            return floor;
        }
        let above_half = remainder.cmp(&(divisor - remainder));
        let up = match self {
            Self::Down => false,
            Self::Up => true,
            Self::HalfEven => above_half.is_gt() || (above_half.is_eq() && floor % 2 != 0),
            Self::HalfUp => above_half.is_gt() || (above_half.is_eq() && value > 0),
        };
        if up { floor + 1 } else { floor }
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

//! A decimal that loses nothing: what a file says, and what a price times a quantity gives.
//!
//! The digits are whole and the point is counted, so a product is exact or refused. It isn't money: an amount that is
//! booked is [`Money`](crate::Money).

use crate::money::{ExactMoney, Money};
use std::fmt;

/// Digits with a decimal point, without zeros at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exact {
    digits: i128,
    decimals: u32,
}

impl Exact {
    pub(super) const ZERO: Self = Self { digits: 0, decimals: 0 };
    pub(super) const ONE: Self = Self { digits: 1, decimals: 0 };

    pub(super) const fn new(mut digits: i128, mut decimals: u32) -> Self {
        while decimals > 0 && digits % 10 == 0 {
            digits /= 10;
            decimals -= 1;
        }
        Self { digits, decimals }
    }

    pub(super) fn whole(number: u64) -> Self {
        Self::new(i128::from(number), 0)
    }

    /// Reads `-12.5` and `35.2E-7`: no sign but a minus, no separators, a digit on both sides of a point.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (is_negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
        let (whole, part) = match number.split_once('.') {
            Some((whole, part)) => (whole, Some(part)),
            None => (number, None),
        };
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !part.is_none_or(is_digits) {
            return None;
        }
        let part = part.unwrap_or_default();
        let digits: i128 = format!("{whole}{part}").parse().ok()?;
        let digits = if is_negative { -digits } else { digits };
        let decimals = i32::try_from(part.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(decimals) {
            Ok(decimals) => Some(Self::new(digits, decimals)),
            Err(_) => Some(Self::new(digits.checked_mul(10_i128.checked_pow(decimals.unsigned_abs())?)?, 0)),
        }
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        Some(Self::new(self.digits.checked_mul(other.digits)?, self.decimals.checked_add(other.decimals)?))
    }

    /// The sum; nothing when it leaves the range.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let decimals = self.decimals.max(other.decimals);
        let scaled = |number: Self| {
            let missing = decimals.checked_sub(number.decimals)?;
            number.digits.checked_mul(10_i128.checked_pow(missing)?)
        };
        Some(Self::new(scaled(self)?.checked_add(scaled(other)?)?, decimals))
    }

    /// The quotient where it ends after so many decimals.
    pub(super) fn divided(self, divisor: u64, most_decimals: u32) -> Option<Self> {
        let divisor = i128::from(divisor);
        let mut number = self;
        loop {
            if number.digits.checked_rem(divisor)? == 0 {
                return Some(Self::new(number.digits / divisor, number.decimals));
            }
            if number.decimals >= most_decimals {
                return None;
            }
            number = Self { digits: number.digits.checked_mul(10)?, decimals: number.decimals + 1 };
        }
    }

    /// Whether it is 1, 2, 3 or more.
    pub(super) const fn is_counting(self) -> bool {
        self.decimals == 0 && self.digits > 0
    }

    pub(super) const fn is_negative(self) -> bool {
        self.digits < 0
    }
}

impl From<Money> for Exact {
    fn from(amount: Money) -> Self {
        Self::new(amount.pico(), Money::DECIMALS)
    }
}

impl From<ExactMoney> for Exact {
    fn from(amount: ExactMoney) -> Self {
        Self::new(amount.femto(), ExactMoney::DECIMALS)
    }
}

impl fmt::Display for Exact {
    /// Every digit, and always a decimal point: a column of whole numbers is taken for integers otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let decimals = self.decimals.max(1) as usize;
        let shifted = if self.decimals == 0 { "0" } else { "" };
        let digits =
            format!("{:0>width$}{shifted}", self.digits.unsigned_abs(), width = decimals + 1 - shifted.len());
        let (whole, part) =
            digits.split_at_checked(digits.len().saturating_sub(decimals)).unwrap_or_default();
        write!(f, "{sign}{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::Exact;

    #[test]
    fn a_number_prints_with_a_point_and_is_read_back() {
        for (digits, decimals, expected) in [
            (0, 0, "0.0"),
            (5, 0, "5.0"),
            (120, 0, "120.0"),
            (-5, 1, "-0.5"),
            (-5, 3, "-0.005"),
            (1_234_567, 6, "1.234567"),
            (1_200_000, 6, "1.2"),
            (i128::MAX, 12, "170141183460469231731687303.715884105727"),
        ] {
            let number = Exact::new(digits, decimals);
            assert_eq!(number.to_string(), expected);
            assert_eq!(Exact::parse(expected), Some(number));
        }
    }

    #[test]
    fn what_is_no_plain_number_is_refused() {
        for text in ["", "-", "+1", "1,000.0", "$1", "1.", ".5", "1e", "0x1", "NaN", "1 ", "--1", "1.2.3"] {
            assert_eq!(Exact::parse(text), None, "{text}");
        }
        assert_eq!(Exact::parse("35.2E-7"), Some(Exact::new(352, 8)));
        assert_eq!(Exact::parse("1.5e3"), Some(Exact::new(1_500, 0)));
    }

    #[test]
    fn arithmetic_is_exact_or_refused() {
        let number = |text: &str| Exact::parse(text).unwrap();
        assert_eq!(number("3.0").times(number("1.234567")), Some(number("3.703701")));
        assert_eq!(number("0.1").plus(number("0.9")), Some(Exact::ONE));
        assert_eq!(number("1.0").divided(8, 15), Some(number("0.125")));
        assert_eq!(number("1.0").divided(3, 15), None);
        assert_eq!(number("1.0").divided(0, 15), None);
        assert_eq!(Exact::new(i128::MAX, 0).times(number("2.0")), None);
        assert_eq!(Exact::new(i128::MAX, 0).plus(number("0.1")), None);
    }
}

//! An exact factor on a price, such as a discount or a surcharge.

use crate::{
    error::{Error, ErrorCode},
    money::Rate,
};

/// A positive fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    numerator: u32,
    denominator: u32,
}

impl Fraction {
    pub(super) const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// Reads `1.1` or `2/3`; nothing for what is no factor above zero.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((numerator, denominator)) = text.split_once('/') {
            return Self::reduced(numerator.trim().parse().ok()?, denominator.trim().parse().ok()?);
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits_only(whole) || !digits_only(decimals) {
            return None;
        }
        let scale = 10_u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
        Self::reduced(format!("{whole}{decimals}").parse().ok()?, scale)
    }

    /// The product; nothing when it leaves the range.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        if other == Self::ONE {
            return Some(self);
        }
        Self::reduced(
            u64::from(self.numerator) * u64::from(other.numerator),
            u64::from(self.denominator) * u64::from(other.denominator),
        )
    }

    /// A rate times this; nothing when it leaves the range.
    pub(super) fn of(self, rate: Rate) -> Option<Rate> {
        if self == Self::ONE { Some(rate) } else { rate.times(self.numerator, self.denominator) }
    }

    fn reduced(numerator: u64, denominator: u64) -> Option<Self> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        let (mut a, mut b) = (numerator, denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Some(Self {
            numerator: u32::try_from(numerator / a).ok()?,
            denominator: u32::try_from(denominator / a).ok()?,
        })
    }
}

/// What an operation on prices gives when the numbers leave their range.
pub(super) fn overflow(what: &str) -> Error {
    let message = format!("{what} is outside of what an amount can hold");
    Error::new(ErrorCode::MoneyOverflow, message)
}

#[cfg(test)]
mod tests {
    use super::Fraction;

    #[test]
    fn a_factor_is_an_exact_fraction_above_zero() {
        let read = |text: &str| Fraction::parse(text).map(|found| (found.numerator, found.denominator));
        assert_eq!(read("1.1"), Some((11, 10)));
        assert_eq!(read("0.8500"), Some((17, 20)));
        assert_eq!(read("4 / 6"), Some((2, 3)));
        assert_eq!(read("2"), Some((2, 1)));
        for text in ["0", "", "-1", ".5", "1/0", "1e3", "0.00000000000001", "+1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

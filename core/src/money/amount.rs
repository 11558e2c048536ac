//! An amount of US dollars, exact to a trillionth.

use super::{Currency, Rounding, decimal, split};
use crate::error::{Error, ErrorCode, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An amount in pico-USD (1e-12 USD), positive or negative.
///
/// # Examples
/// ```
/// use bursar::Money;
/// let price: Money = "0.0379055 USD".parse()?;
/// assert_eq!(price.pico(), 37_905_500_000);
/// assert_eq!(price.to_string(), "0.0379055");
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money(i128);

impl Money {
    /// Decimals that an amount holds.
    pub const DECIMALS: u32 = 12;
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount, used as "no limit".
    pub const MAX: Self = Self(i128::MAX);
    /// Pico-units in one unit.
    pub const ONE: Self = Self(1_000_000_000_000);

    /// From pico-USD.
    pub const fn from_pico(pico: i128) -> Self {
        Self(pico)
    }

    /// Pico-USD.
    pub const fn pico(self) -> i128 {
        self.0
    }

    /// The sum, or nothing when it leaves the range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, or nothing when it leaves the range.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// The sum, held at the ends of the range. For bounds and comparisons; sums that are booked are checked.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, held at the ends of the range.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// This amount, or zero if it is negative.
    #[must_use]
    pub fn at_least_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// `numerator / denominator` of the amount, rounded down to a pico; nothing when it leaves the range.
    pub fn fraction(self, numerator: u64, denominator: u64) -> Option<Self> {
        let denominator = i128::from(denominator);
        let product = self.0.checked_mul(i128::from(numerator))?;
        product.checked_div_euclid(denominator).map(Self)
    }

    /// Rounds to a number of decimals by a named rule.
    ///
    /// # Errors
    /// `money_overflow` when rounding leaves the range.
    pub fn round(self, decimals: u32, rule: Rounding) -> Result<Self> {
        let Some(dropped) = Self::DECIMALS.checked_sub(decimals) else { return Ok(self) };
        let unit = 10_i128.pow(dropped);
        rule.divide(self.0, unit).checked_mul(unit).map(Self).ok_or_else(|| Self::overflow("rounding"))
    }

    /// Splits the amount by weights so that the parts sum to it exactly: each part is rounded down, and what is left
    /// goes, one pico each, to the largest remainders (of equal ones, to the first).
    ///
    /// All weights zero count as equal weights; no weights give no parts.
    pub fn split(self, weights: &[u64]) -> Vec<Self> {
        split::largest_remainder(self.0, weights).into_iter().map(Self).collect()
    }

    /// From a decimal without loss.
    ///
    /// # Errors
    /// `money_precision` when the decimal has more than 12 decimals.
    pub fn from_decimal(value: Decimal) -> Result<Self> {
        let value = value.normalize();
        let scale = value.scale();
        let Some(missing) = Self::DECIMALS.checked_sub(scale) else {
            return Err(Error::new(
                ErrorCode::MoneyPrecision,
                format!("`{value}` has more than 12 decimals"),
            ));
        };
        value
            .mantissa()
            .checked_mul(10_i128.pow(missing))
            .map(Self)
            .ok_or_else(|| Self::overflow(&value.to_string()))
    }

    /// As a decimal without loss.
    ///
    /// # Errors
    /// `money_overflow` past 79 million billion dollars, more than a `Decimal` holds with 12 decimals.
    pub fn to_decimal(self) -> Result<Decimal> {
        Decimal::try_from_i128_with_scale(self.0, Self::DECIMALS)
            .map(|value| value.normalize())
            .map_err(|cause| Self::overflow(&self.to_string()).caused_by(cause))
    }

    /// Prints with exactly this many decimals, rounding half to even.
    pub fn to_fixed(self, decimals: u32) -> String {
        let rounded = self.round(decimals, Rounding::HalfEven).unwrap_or(self);
        decimal::fixed(rounded.0, Self::DECIMALS, decimals)
    }

    fn overflow(what: &str) -> Error {
        Error::new(ErrorCode::MoneyOverflow, format!("`{what}` is outside of what an amount can hold"))
    }
}

impl FromStr for Money {
    type Err = Error;

    /// Reads `2500`, `0.25`, `1e-6`, `2_500.00 USD`. Nothing is rounded.
    fn from_str(text: &str) -> Result<Self> {
        let (number, currency) = match text.trim().rsplit_once(char::is_whitespace) {
            Some((number, code)) => (number.trim_end(), Some(code)),
            None => (text.trim(), None),
        };
        if let Some(code) = currency {
            let currency: Currency = code.parse()?;
            if currency != Currency::USD {
                let message = format!("`{text}` is in {currency}, and budgets are kept in USD");
                return Err(Error::new(ErrorCode::CurrencyUnsupported, message));
            }
        }
        decimal::parse(number, Self::DECIMALS).map(Self).map_err(|fault| fault.into_error(text))
    }
}

impl TryFrom<String> for Money {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Money> for String {
    fn from(amount: Money) -> Self {
        amount.to_string()
    }
}

impl TryFrom<Decimal> for Money {
    type Error = Error;

    fn try_from(value: Decimal) -> Result<Self> {
        Self::from_decimal(value)
    }
}

impl fmt::Display for Money {
    /// All digits that matter and no more: `0.0379055`. A precision (`{:.2}`) rounds half to even.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match f.precision() {
            Some(decimals) => self.to_fixed(u32::try_from(decimals).unwrap_or(Self::DECIMALS)),
            None => decimal::shortest(self.0, Self::DECIMALS),
        };
        f.pad_integral(true, "", &text)
    }
}

impl std::iter::Sum for Money {
    /// # Panics
    /// When the sum leaves the range: a wrong total would be worse.
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

macro_rules! checked_operator {
    ($operator:ident, $function:ident, $assign:ident, $assign_function:ident, $symbol:tt) => {
        impl std::ops::$operator for Money {
            type Output = Self;

            /// Overflow panics, in release builds too: a wrong amount would be worse.
            fn $function(self, other: Self) -> Self {
                Self(self.0 $symbol other.0)
            }
        }

        impl std::ops::$assign for Money {
            fn $assign_function(&mut self, other: Self) {
                *self = *self $symbol other;
            }
        }
    };
}

checked_operator!(Add, add, AddAssign, add_assign, +);
checked_operator!(Sub, sub, SubAssign, sub_assign, -);

impl std::ops::Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

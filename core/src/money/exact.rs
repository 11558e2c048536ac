//! The exact amount that a quote computes, before it is booked.

use super::{Money, Rounding, decimal};
use std::fmt;

/// An amount in femto-USD (1e-15 USD), in which rates and their discounts are whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExactMoney(i128);

impl ExactMoney {
    /// Decimals that an exact amount holds.
    pub const DECIMALS: u32 = 15;
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From femto-USD.
    pub const fn from_femto(femto: i128) -> Self {
        Self(femto)
    }

    /// Femto-USD.
    pub const fn femto(self) -> i128 {
        self.0
    }

    /// The sum, or nothing when it leaves the range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The amount as it is booked: to a pico, half to even.
    #[inline]
    pub fn to_money(self) -> Money {
        Money::from_pico(Rounding::HalfEven.divide(self.0, 1_000))
    }

    /// The least amount of money that covers this one: what a hold takes.
    #[inline]
    pub fn to_money_up(self) -> Money {
        Money::from_pico(Rounding::Up.divide(self.0, 1_000))
    }
}

impl From<Money> for ExactMoney {
    /// Saturates at the ends of the range, which only "no limit" reaches.
    fn from(amount: Money) -> Self {
        Self(amount.pico().saturating_mul(1_000))
    }
}

impl fmt::Display for ExactMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad_integral(true, "", &decimal::shortest(self.0, Self::DECIMALS))
    }
}

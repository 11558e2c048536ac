//! What a budget counts: what its calls cost, or what clients are billed for them.
//!
//! A price is cost by a factor that is whole in hundred-millionths: (1 + markup) × (1 − discount), each in hundredths of a
//! percent. So a budget on price counts in hundred-millionths of a pico, in which the price of every call is whole:
//! nothing is rounded before it is told, and sums read back from a ledger of costs are the same to the last digit.
//!
//! Nothing here knows what was agreed with whom; [`CallPrices`] tells it.

use super::account::Account;
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Money, Rounding};
use crate::tags::TagSet;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a factor of one is made of, and how many parts of a pico a budget on price counts in.
const WHOLE: u64 = 100_000_000;
/// All of something, in hundredths of a percent.
const PERCENT: u64 = 10_000;
/// The highest factor, a thousand: far beyond any markup, and far from where sums of prices overflow.
const MAX_FACTOR: u64 = 1_000 * WHOLE;

/// What a budget's amounts are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BudgetBasis {
    /// What calls cost.
    #[default]
    Cost,
    /// What clients are billed for the usage of calls.
    Price,
}

impl BudgetBasis {
    /// The basis in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Price => "price",
        }
    }

    pub(crate) const fn is_cost(self) -> bool {
        matches!(self, Self::Cost)
    }

    /// An amount as an account counts it.
    pub(super) fn counted(self, amount: Money) -> Money {
        match self {
            Self::Cost => amount,
            Self::Price => Money::from_pico(amount.pico().saturating_mul(i128::from(WHOLE))),
        }
    }

    /// What an account has counted, to a pico.
    pub(super) fn told(self, counted: Money, rule: Rounding) -> Money {
        match self {
            Self::Cost => counted,
            Self::Price => Money::from_pico(rule.divide(counted.pico(), i128::from(WHOLE))),
        }
    }

    /// The same of spend and holds, which are never told lower than they are.
    pub(super) fn told_up(self, counted: Money) -> Money {
        self.told(counted, Rounding::Up)
    }

    /// The same of what is left, which is never told higher than it is.
    pub(super) fn told_down(self, counted: Money) -> Money {
        self.told(counted, Rounding::Down)
    }
}

impl fmt::Display for BudgetBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a call is billed at for what it cost, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PriceFactor(u64);

impl PriceFactor {
    /// Cost passed on as it is.
    pub(crate) const COST: Self = Self(WHOLE);

    /// Cost with a markup, and less a discount; both in hundredths of a percent.
    ///
    /// # Errors
    /// `budget_invalid` for a price of more than a thousand times the cost.
    pub(crate) fn new(markup_basis_points: u32, discount_basis_points: u32) -> Result<Self> {
        let left = PERCENT.saturating_sub(u64::from(discount_basis_points));
        let factor = (PERCENT + u64::from(markup_basis_points)).saturating_mul(left);
        if factor <= MAX_FACTOR {
            return Ok(Self(factor));
        }
        let message = "a price of more than 1000 times the cost".to_owned();
        Err(Error::new(ErrorCode::BudgetInvalid, message).with_help("lower the markup"))
    }

    /// The price of a cost, as an account counts it.
    pub(super) fn price(self, cost: Money) -> Money {
        Money::from_pico(cost.pico().saturating_mul(i128::from(self.0)))
    }

    /// The most that a call may cost whose price fits a counted amount; of what is billed at nothing, anything.
    pub(super) fn cost_within(self, counted: Money) -> Money {
        if self.0 == 0 {
            return Money::MAX;
        }
        Money::from_pico(Rounding::Down.divide(counted.pico(), i128::from(self.0)))
    }
}

/// What the calls of one tag set are billed at, by the time at which they count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PriceSchedule {
    /// From when on each factor holds, in order; before the first, cost is passed on.
    factors: Box<[(Timestamp, PriceFactor)]>,
}

impl PriceSchedule {
    /// Factors by the instant from which on they hold, in order.
    pub(crate) fn new(factors: impl IntoIterator<Item = (Timestamp, PriceFactor)>) -> Self {
        let mut kept: Vec<(Timestamp, PriceFactor)> = Vec::new();
        for (from, factor) in factors {
            let before = kept.last().map_or(PriceFactor::COST, |(_, before)| *before);
            if before != factor {
                kept.push((from, factor));
            }
        }
        Self { factors: kept.into() }
    }

    pub(super) fn at(&self, instant: Timestamp) -> PriceFactor {
        let after = self.factors.partition_point(|(from, _)| *from <= instant);
        after
            .checked_sub(1)
            .and_then(|last| self.factors.get(last))
            .map_or(PriceFactor::COST, |known| known.1)
    }
}

/// Who knows what calls are billed at.
pub(crate) trait CallPrices: fmt::Debug + Send + Sync {
    /// What the calls of a tag set are billed at.
    fn schedule(&self, tags: &TagSet) -> PriceSchedule;

    /// The instants at which any schedule may change, in order.
    fn edges(&self) -> &[Timestamp];
}

/// One cost as the accounts of a scope count it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    pub(super) cost: Money,
    pub(super) factor: PriceFactor,
}

impl Amount {
    #[inline]
    pub(super) fn in_account(self, account: &Account) -> Money {
        if account.is_on_price { self.factor.price(self.cost) } else { self.cost }
    }
}

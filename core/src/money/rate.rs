//! A price per one unit of usage.

use super::{ExactMoney, Rounding, decimal};
use crate::error::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use std::{fmt, num::NonZeroU32, str::FromStr};

/// A price in femto-USD for `per` units, kept so that endless decimals stay exact until the one division. It is always
/// reduced, so that equal rates have equal parts.
///
/// `$3 per million tokens` is whole in femto per token, so `per` is 1. `$0.111 per hour` is endless per second, so it
/// stays 111 000 000 000 000 femto per 3,600 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    femto: i64,
    per: NonZeroU32,
}

impl Rate {
    /// Free of charge.
    pub const ZERO: Self = Self { femto: 0, per: NonZeroU32::MIN };

    /// Reads a price for `per` units, as `("3", 1_000_000)`, and reduces it.
    ///
    /// # Errors
    /// `money_invalid`, `money_precision` past 15 decimals, `money_overflow` past $9,223 for one unit or a `per` of 0.
    pub fn parse(price: &str, per: u32) -> Result<Self> {
        let femto = decimal::parse(price, ExactMoney::DECIMALS).map_err(|fault| fault.into_error(price))?;
        Self::reduced(femto, u64::from(per)).ok_or_else(|| {
            Error::new(
                ErrorCode::MoneyOverflow,
                format!("`{price}` per {per} units is outside of what a rate can hold"),
            )
            .with_help("give a price of at most 9,223 USD for one unit")
        })
    }

    /// The rate of these parts, as [`femto`](Self::femto) and [`per`](Self::per) give them; nothing for what they never
    /// give.
    pub(crate) fn from_parts(femto: i64, per: u32) -> Option<Self> {
        let rate = Self::reduced(i128::from(femto), u64::from(per))?;
        (rate.femto == femto && rate.per() == per).then_some(rate)
    }

    /// Femto-USD for [`per`](Self::per) units.
    pub const fn femto(self) -> i64 {
        self.femto
    }

    /// The number of units that the price is for.
    pub const fn per(self) -> u32 {
        self.per.get()
    }

    /// The price of a number of units with every digit, as people compare it: `3` for a million tokens; where it is an
    /// endless decimal, with what it has to be divided by.
    ///
    /// # Examples
    /// ```
    /// use bursar::Rate;
    /// assert_eq!(Rate::parse("3.75", 1_000_000)?.text_for(1_000_000), "3.75");
    /// assert_eq!(Rate::parse("0.111", 3_600)?.text_for(3_600), "0.111");
    /// assert_eq!(Rate::parse("0.111", 3_600)?.text_for(1), "0.0000925/3");
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn text_for(self, units: u32) -> String {
        let shared = gcd(u128::from(units), u128::from(self.per()));
        let shared = u32::try_from(shared).unwrap_or(1).max(1);
        let price = i128::from(self.femto) * i128::from(units / shared);
        let text = decimal::shortest(price, ExactMoney::DECIMALS);
        match self.per() / shared {
            1 => text,
            per => format!("{text}/{per}"),
        }
    }

    /// The rate times `numerator / denominator`, exact; nothing when it leaves the range.
    pub fn times(self, numerator: u32, denominator: u32) -> Option<Self> {
        let femto = i128::from(self.femto).checked_mul(i128::from(numerator))?;
        Self::reduced(femto, u64::from(self.per()).checked_mul(u64::from(denominator))?)
    }

    /// The price of a quantity: exact, or for an endless decimal rounded once, half to even, to a femto.
    #[inline]
    pub fn price(self, quantity: u64) -> ExactMoney {
        let product = i128::from(self.femto) * i128::from(quantity);
        ExactMoney::from_femto(if self.per == NonZeroU32::MIN { product } else { self.divided(product) })
    }

    #[cold]
    fn divided(self, product: i128) -> i128 {
        Rounding::HalfEven.divide(product, i128::from(self.per()))
    }

    /// The largest quantity that an amount pays for; nothing when the rate is zero, for then there is no largest.
    pub fn affordable(self, amount: ExactMoney) -> Option<u64> {
        if self.femto <= 0 {
            return None;
        }
        let units = amount.femto().max(0).saturating_mul(i128::from(self.per())) / i128::from(self.femto);
        Some(u64::try_from(units).unwrap_or(u64::MAX))
    }

    /// Divides out what the price and the number of units share.
    fn reduced(femto: i128, per: u64) -> Option<Self> {
        let shared = gcd(femto.unsigned_abs(), u128::from(per));
        let shared = i128::try_from(shared).ok().filter(|shared| *shared > 0)?;
        let femto = i64::try_from(femto / shared).ok()?;
        let per = NonZeroU32::new(u32::try_from(i128::from(per) / shared).ok()?)?;
        Some(Self { femto, per })
    }
}

impl PartialOrd for Rate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rate {
    /// By the price of one unit.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let left = i128::from(self.femto) * i128::from(other.per());
        left.cmp(&(i128::from(other.femto) * i128::from(self.per())))
    }
}

impl fmt::Display for Rate {
    /// `0.000003` for one unit, `0.111/3600` for an endless one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::shortest(i128::from(self.femto), ExactMoney::DECIMALS))?;
        if self.per() == 1 { Ok(()) } else { write!(f, "/{}", self.per) }
    }
}

impl FromStr for Rate {
    type Err = Error;

    /// Reads what a rate prints as.
    fn from_str(text: &str) -> Result<Self> {
        let (price, per) = text.split_once('/').unwrap_or((text, "1"));
        let per = per.parse().map_err(|_| {
            Error::new(ErrorCode::MoneyInvalid, format!("`{text}` is no price of a unit")).with_help(
                "write a decimal such as `0.000003`, or one over a number of units such as `0.111/3600`",
            )
        })?;
        Self::parse(price, per)
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl TryFrom<String> for Rate {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

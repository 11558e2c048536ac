//! An amount as a bill writes it: the digits as evidence, and their exact value.
//!
//! Text is read digit by digit and never through a float. What has more than 12 decimals is rounded here, once, half to
//! even; the text keeps the rest.

use crate::error::{Error, ErrorCode, Result};
use crate::money::{Currency, Money, Rounding};
use serde::{Serialize, Serializer};

/// The longest number of a bill that is read.
const MAX_TEXT: usize = 64;
/// Powers of ten that 128 bits hold.
const MAX_POWER: u32 = 38;

/// An amount of a bill, in the currency in which it is billed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReportedAmount {
    currency: OrderedCurrency,
    /// In units of 1e-12 of the currency.
    #[serde(serialize_with = "as_decimal")]
    exact: i128,
    as_reported: String,
    /// How many decimals the text has, in whole units of the currency.
    decimals: u32,
}

/// A currency in the order of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OrderedCurrency(Currency);

impl PartialOrd for OrderedCurrency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedCurrency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.code().cmp(other.0.code())
    }
}

impl Serialize for OrderedCurrency {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.code())
    }
}

fn as_decimal<S: Serializer>(pico: &i128, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&Money::from_pico(*pico))
}

impl ReportedAmount {
    /// Reads `12.5`, `-0.1e-3`, in whole units of the currency.
    ///
    /// # Errors
    /// `money_invalid` for what is no number, `money_overflow` for what no amount holds.
    pub fn parse(text: &str, currency: Currency) -> Result<Self> {
        Self::shifted(text, currency, 0)
    }

    /// The same in the currency's lowest units, as `"123.45"` cents for 1.2345 USD.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_minor(text: &str, currency: Currency) -> Result<Self> {
        Self::shifted(text, currency, currency.minor_units())
    }

    fn shifted(text: &str, currency: Currency, shift: u32) -> Result<Self> {
        let number = Number::parse(text).ok_or_else(|| invalid(text))?;
        let scale = number.scale + i64::from(shift);
        let exact = number.scaled(scale, Money::DECIMALS).ok_or_else(|| overflow(text))?;
        let decimals = u32::try_from(scale.max(0)).unwrap_or(u32::MAX);
        Ok(Self { currency: OrderedCurrency(currency), exact, as_reported: text.to_owned(), decimals })
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency.0
    }

    /// The value in units of 1e-12 of the currency; more than 12 decimals are rounded half to even.
    pub const fn pico(&self) -> i128 {
        self.exact
    }

    /// The digits as the bill has them.
    pub fn as_reported(&self) -> &str {
        &self.as_reported
    }

    /// How many decimals the text has, in whole units of the currency.
    pub const fn decimals(&self) -> u32 {
        self.decimals
    }

    /// The same amount with the other sign.
    pub(super) fn negated(mut self) -> Self {
        self.exact = -self.exact;
        self
    }
}

/// A count as a bill writes it, times a whole number of units: `1234.567` thousands are 1,234,567.
///
/// # Errors
/// `money_invalid` for what is no number or no whole one.
pub(super) fn whole(text: &str, times: u64) -> Result<i128> {
    let number = Number::parse(text).ok_or_else(|| invalid(text))?;
    let digits = number.digits.checked_mul(i128::from(times)).ok_or_else(|| overflow(text))?;
    let scaled = Number { digits, scale: number.scale };
    match scaled.scale {
        ..=0 => scaled.scaled(scaled.scale, 0).ok_or_else(|| overflow(text)),
        scale => {
            let power = u32::try_from(scale).ok().filter(|scale| *scale <= MAX_POWER);
            let unit = power.and_then(|power| 10_i128.checked_pow(power));
            // Sub-unit digits are noise of whoever divided by the size of a pack: a count is whole.
            Ok(unit.map_or(0, |unit| Rounding::HalfEven.divide(digits, unit)))
        }
    }
}

/// Digits and where their point is: `digits` times ten to the power of minus `scale`.
struct Number {
    digits: i128,
    scale: i64,
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, unsigned) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut digits: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let value = char::from(digit).to_digit(10)?;
            digits = digits.checked_mul(10)?.checked_add(i128::from(value))?;
        }
        let scale = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
        Some(Self { digits: if negative { -digits } else { digits }, scale })
    }

    /// The value in units of the last of `decimals` decimals, rounded half to even.
    fn scaled(&self, scale: i64, decimals: u32) -> Option<i128> {
        if self.digits == 0 {
            return Some(0);
        }
        let shift = i64::from(decimals) - scale;
        if shift >= 0 {
            let power = 10_i128.checked_pow(u32::try_from(shift).ok()?)?;
            return self.digits.checked_mul(power);
        }
        match u32::try_from(-shift).ok().filter(|power| *power <= MAX_POWER) {
            Some(power) => Some(Rounding::HalfEven.divide(self.digits, 10_i128.checked_pow(power)?)),
            None => Some(0),
        }
    }
}

#[cold]
fn invalid(text: &str) -> Error {
    let shown: String = text.chars().take(MAX_TEXT).collect();
    Error::new(ErrorCode::MoneyInvalid, format!("`{shown}` is no number"))
}

#[cold]
fn overflow(text: &str) -> Error {
    Error::new(ErrorCode::MoneyOverflow, format!("`{text}` is outside of what an amount can hold"))
}

#[cfg(test)]
mod tests {
    use super::{ReportedAmount, whole};
    use crate::money::Currency;

    #[test]
    fn every_digit_of_a_bill_is_read_and_cents_are_cents() {
        let read = |text: &str| ReportedAmount::parse(text, Currency::USD).map(|own| own.pico());
        assert_eq!(read("0.06").unwrap(), 60_000_000_000);
        assert_eq!(read("1.5e-7").unwrap(), 150_000);
        assert_eq!(read("-2E1").unwrap(), -20_000_000_000_000);
        assert_eq!(read("0.30000000000000004").unwrap(), 300_000_000_000);
        assert_eq!(read("1e-300").unwrap(), 0);
        let cents = ReportedAmount::parse_minor("123.78912", Currency::USD).unwrap();
        assert_eq!((cents.pico(), cents.decimals()), (1_237_891_200_000, 7));
        assert_eq!(cents.as_reported(), "123.78912");
        for wrong in ["", ".", "-", "1,000", "NaN", "1e", "0x1", "1_000", "٣"] {
            assert_eq!(read(wrong).unwrap_err().code().as_str(), "money_invalid", "{wrong}");
        }
        assert_eq!(read("1e30").unwrap_err().code().as_str(), "money_overflow");
    }

    #[test]
    fn a_count_in_packs_is_whole_units() {
        assert_eq!(whole("1234.567", 1_000).unwrap(), 1_234_567);
        assert_eq!(whole("0.4262000000000001", 10_000).unwrap(), 4_262);
        assert_eq!(whole("1.5e3", 1).unwrap(), 1_500);
        assert_eq!(whole("-7", 1).unwrap(), -7);
    }
}

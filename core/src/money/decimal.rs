//! Decimal text to scaled integers and back, without loss.

use crate::error::{Error, ErrorCode};

/// Why a text is no amount.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Invalid,
    Precision(u32),
    Overflow,
}

impl Fault {
    pub(super) fn into_error(self, text: &str) -> Error {
        match self {
            Self::Invalid => Error::new(ErrorCode::MoneyInvalid, format!("`{text}` is no amount of money")),
            Self::Precision(decimals) => {
                Error::new(ErrorCode::MoneyPrecision, format!("`{text}` has more than {decimals} decimals"))
            }
            Self::Overflow => Error::new(
                ErrorCode::MoneyOverflow,
                format!("`{text}` is outside of what an amount can hold"),
            ),
        }
    }
}

/// The longest text that is read; no amount needs more.
const MAX_TEXT: usize = 64;

/// Reads `-12.5`, `1_000`, `2.5e-7` as an integer of `decimals` decimals. Digits past them must be zero.
pub(super) fn parse(text: &str, decimals: u32) -> Result<i128, Fault> {
    if text.len() > MAX_TEXT {
        return Err(Fault::Invalid);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| Fault::Invalid)?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.as_bytes() {
        [b'-', ..] => (true, mantissa.get(1..).unwrap_or_default()),
        [b'+', ..] => (false, mantissa.get(1..).unwrap_or_default()),
        _ => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let grouped = |part: &str| part.starts_with('_') || part.ends_with('_') || part.contains("__");
    if grouped(whole) || fraction.contains('_') || (whole.is_empty() && fraction.is_empty()) {
        return Err(Fault::Invalid);
    }
    // The value is `units` times ten to the power of `shift`, in units of the last decimal that is kept.
    let mut units: i128 = 0;
    for digit in whole.bytes().filter(|byte| *byte != b'_').chain(fraction.bytes()) {
        let value = char::from(digit).to_digit(10).ok_or(Fault::Invalid)?;
        units = units
            .checked_mul(10)
            .and_then(|units| units.checked_add(i128::from(value)))
            .ok_or(Fault::Overflow)?;
    }
    if units == 0 {
        return Ok(0);
    }
    let shift = i64::from(decimals) + i64::from(exponent) - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let units = scale(units, shift).map_err(|fault| match fault {
        Fault::Precision(_) => Fault::Precision(decimals),
        other => other,
    })?;
    Ok(if negative { -units } else { units })
}

/// `units` times ten to the power of `shift`, whole.
fn scale(mut units: i128, shift: i64) -> Result<i128, Fault> {
    if shift >= 0 {
        let power =
            u32::try_from(shift).ok().and_then(|shift| 10_i128.checked_pow(shift)).ok_or(Fault::Overflow)?;
        return units.checked_mul(power).ok_or(Fault::Overflow);
    }
    for _ in shift..0 {
        if units % 10 != 0 {
            return Err(Fault::Precision(0));
        }
        units /= 10;
    }
    Ok(units)
}

/// The shortest text that reads back to the same value.
pub(super) fn shortest(units: i128, decimals: u32) -> String {
    let text = fixed(units, decimals, decimals);
    match text.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        },
        None => text,
    }
}

/// The value with exactly `shown` decimals; digits past them are cut, so the caller rounds first.
pub(super) fn fixed(units: i128, decimals: u32, shown: u32) -> String {
    let power = 10_u128.pow(decimals);
    let size = units.unsigned_abs();
    let (whole, fraction) = (size / power, size % power);
    let digits = format!("{fraction:0width$}", width = decimals as usize);
    let kept: String = digits.chars().chain(std::iter::repeat('0')).take(shown as usize).collect();
    let is_zero = whole == 0 && kept.bytes().all(|digit| digit == b'0');
    let sign = if units < 0 && !is_zero { "-" } else { "" };
    let point = if shown == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{kept}")
}

#[cfg(test)]
mod tests {
    use super::{Fault, fixed, parse, shortest};

    #[test]
    fn text_is_read_without_loss_or_refused() {
        let cases = [
            ("0", Ok(0)),
            ("-0.0", Ok(0)),
            ("1", Ok(1_000_000_000_000)),
            ("+1.5", Ok(1_500_000_000_000)),
            ("-0.000000000001", Ok(-1)),
            ("1_000.25", Ok(1_000_250_000_000_000)),
            (".5", Ok(500_000_000_000)),
            ("5.", Ok(5_000_000_000_000)),
            ("2.5e-7", Ok(250_000)),
            ("1E3", Ok(1_000_000_000_000_000)),
            ("0.0000000000010", Ok(1)),
            ("0.0000000000001", Err(Fault::Precision(12))),
            ("0e999999999", Ok(0)),
            ("1e99", Err(Fault::Overflow)),
            ("1e-99", Err(Fault::Precision(12))),
            ("", Err(Fault::Invalid)),
            (".", Err(Fault::Invalid)),
            ("-", Err(Fault::Invalid)),
            ("1,000", Err(Fault::Invalid)),
            ("_1", Err(Fault::Invalid)),
            ("1__0", Err(Fault::Invalid)),
            ("0x10", Err(Fault::Invalid)),
            ("NaN", Err(Fault::Invalid)),
            ("1e", Err(Fault::Invalid)),
            ("--1", Err(Fault::Invalid)),
            ("٣", Err(Fault::Invalid)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, 12), expected, "{text}");
        }
    }

    #[test]
    fn printing_and_reading_give_the_same_value_back() {
        for units in [0, 1, -1, 999, 1_000_000_000_000, -37_905_500_000, i128::MAX, i128::MIN + 1] {
            assert_eq!(parse(&shortest(units, 12), 12), Ok(units), "{units}");
        }
    }

    #[test]
    fn a_fixed_number_of_decimals_is_padded_and_never_minus_zero() {
        assert_eq!(fixed(1_500_000_000_000, 12, 2), "1.50");
        assert_eq!(fixed(-1, 12, 2), "0.00");
        assert_eq!(fixed(2_000_000_000_000, 12, 0), "2");
        assert_eq!(fixed(1, 12, 14), "0.00000000000100");
    }
}

//! Decimals as the tables write them: exact, and cleaned of what binary floats left on them.

use std::{cmp::Ordering, fmt};

/// A number `digits / 10^scale`, with no zero at the end of its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    digits: i128,
    scale: i32,
}

/// Significant digits from which on a number may be the print of a binary float.
const FLOAT_DIGITS: u32 = 15;

/// Significant digits of a price that somebody meant.
const MEANT_DIGITS: u32 = 10;

/// How far the number that was meant may be from what a float made of it: one in 10^12.
const MEANT_WITHIN: i128 = 1_000_000_000_000;

/// Decimals of a price that a rate can hold.
const RATE_SCALE: i32 = 15;

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self { digits: 0, scale: 0 };

    /// A whole number.
    pub fn whole(number: u64) -> Self {
        Self::reduced(i128::from(number), 0)
    }

    /// Reads `0.25`, `2.5e-07` or `3`; nothing for what is no number or has more than 38 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, number) = number.strip_prefix('-').map_or((1, number), |number| (-1, number));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        if all.is_empty() || digits.len() > 38 || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        (-60..=60).contains(&scale).then(|| Self::reduced(sign * digits.parse::<i128>().unwrap_or(0), scale))
    }

    fn reduced(mut digits: i128, mut scale: i32) -> Self {
        if digits == 0 {
            return Self::ZERO;
        }
        while digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Self { digits, scale }
    }

    /// Ten to the power of this times the number.
    #[must_use]
    pub fn shifted(self, power: i32) -> Self {
        if self.digits == 0 { self } else { Self { scale: self.scale - power, ..self } }
    }

    /// The product with a small whole number; nothing when it leaves the range.
    pub fn times(self, factor: u32) -> Option<Self> {
        Some(Self::reduced(self.digits.checked_mul(i128::from(factor))?, self.scale))
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// The number that was meant: of 15 significant digits or more, the shortest decimal within one in 10^12, if that
    /// has at most 10 significant digits. `0.18000000000000002` is `0.18`; `0.0833333333333333` stays.
    #[must_use]
    pub fn meant(self) -> Self {
        let count = count_digits(self.digits);
        if count < FLOAT_DIGITS {
            return self;
        }
        let near = (1..=MEANT_DIGITS).map(|keep| self.rounded(count - keep));
        let close = |other: &Self| {
            // Both at the finer of the two scales, which is this one's.
            let power = u32::try_from(self.scale - other.scale).ok().and_then(|up| 10_i128.checked_pow(up));
            let other = power.and_then(|power| other.digits.checked_mul(power));
            other.is_some_and(|other| (other - self.digits).abs() <= self.digits.abs() / MEANT_WITHIN)
        };
        near.into_iter().find(close).unwrap_or(self)
    }

    /// The number with at most as many decimals as a rate holds, rounded half to even.
    #[must_use]
    pub fn held(self) -> Self {
        u32::try_from(self.scale - RATE_SCALE).map_or(self, |excess| self.rounded(excess))
    }

    /// Without its last digits, rounded half to even.
    fn rounded(self, drop: u32) -> Self {
        let Some(divisor) = 10_i128.checked_pow(drop) else { return Self::ZERO };
        let (quotient, rest) = (self.digits / divisor, (self.digits % divisor).abs() * 2);
        let up = rest > divisor || (rest == divisor && quotient % 2 != 0);
        let digits = quotient + i128::from(up) * self.digits.signum();
        Self::reduced(digits, self.scale - i32::try_from(drop).unwrap_or(0))
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let scale = self.scale.max(other.scale);
        Self::reduced(self.at_scale(scale).saturating_add(other.at_scale(scale)), scale)
    }

    /// How far two numbers are apart, in millionths of the larger one.
    pub fn apart_ppm(self, other: Self) -> u64 {
        self.apart(other, 1_000_000)
    }

    /// How far two numbers are apart, in millionths of a millionth of the larger one.
    pub fn apart_ppt(self, other: Self) -> u64 {
        self.apart(other, 1_000_000_000_000)
    }

    fn apart(self, other: Self, parts: u128) -> u64 {
        let (one, two) = (self.at_scale(27), other.at_scale(27));
        let (apart, larger) = ((one - two).unsigned_abs(), one.abs().max(two.abs()).unsigned_abs());
        if apart == 0 {
            return 0;
        }
        u64::try_from(apart / (larger / parts).max(1)).unwrap_or(u64::MAX)
    }

    fn at_scale(self, scale: i32) -> i128 {
        match u32::try_from(scale - self.scale) {
            Ok(up) => 10_i128
                .checked_pow(up)
                .and_then(|power| self.digits.checked_mul(power))
                .unwrap_or(i128::MAX / 4),
            Err(_) => self.rounded((self.scale - scale).unsigned_abs()).digits,
        }
    }
}

fn count_digits(number: i128) -> u32 {
    number.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at_scale(24).cmp(&other.at_scale(24))
    }
}

impl fmt::Display for Decimal {
    /// Plain: `0.00000025`, never an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = self.digits.unsigned_abs().to_string();
        let Ok(scale) = usize::try_from(self.scale) else {
            return write!(f, "{sign}{digits}{}", "0".repeat(self.scale.unsigned_abs() as usize));
        };
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn read(text: &str) -> Decimal {
        Decimal::parse(text).expect(text)
    }

    #[test]
    fn a_number_is_printed_plainly_with_every_digit() {
        for (text, plain) in [
            ("2.5e-07", "0.00000025"),
            ("3.0001999999999996E-7", "0.00000030001999999999996"),
            ("1e3", "1000"),
            ("0.0", "0"),
            ("-1.50", "-1.5"),
            ("15", "15"),
        ] {
            assert_eq!(read(text).to_string(), plain);
        }
        for text in ["", "e5", "1.2.3", "0x5", "nan", "1e999"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn float_junk_becomes_the_number_that_was_meant_and_nothing_else_does() {
        for (text, meant) in [
            ("0.18000000000000002", "0.18"),
            ("3.0001999999999996E-7", "0.00000030002"),
            ("0.30000000000000004", "0.3"),
            ("7.999999999999999e-08", "0.00000008"),
            ("0.0833333333333333", "0.0833333333333333"),
            ("0.08333333333333334", "0.08333333333333334"),
            ("0.123456789012345", "0.123456789012345"),
            ("1.49999999999", "1.49999999999"),
            ("-0.18000000000000002", "-0.18"),
        ] {
            assert_eq!(read(text).meant().to_string(), meant, "{text}");
        }
    }

    #[test]
    fn a_rate_holds_fifteen_decimals() {
        assert_eq!(read("0.08333333333333334").held().to_string(), "0.083333333333333");
        assert_eq!(read("0.0000000000000005").held().to_string(), "0");
        assert_eq!(read("0.0000000000000015").held().to_string(), "0.000000000000002");
        assert_eq!(read("0.25").held().to_string(), "0.25");
    }

    #[test]
    fn distances_are_relative() {
        assert_eq!(read("1").apart_ppm(read("2")), 500_000);
        assert_eq!(read("0.15").apart_ppm(read("0.15")), 0);
        assert_eq!(read("0").apart_ppm(read("0.15")), 1_000_000);
        assert!(read("0.15") < read("0.3"));
    }
}

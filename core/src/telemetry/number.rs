//! From exact amounts to the floats that OpenTelemetry knows.

use crate::money::Money;

/// The nearest double to an amount. To be looked at, never to be read back.
pub(super) fn nearest(amount: Money) -> f64 {
    // The decimal text, because dividing the pico-units would round twice.
    amount.to_string().parse().unwrap_or_default()
}

/// The nearest double to `part / whole`, cut after 12 decimals; of nothing, all is used as soon as anything is.
pub(super) fn ratio(part: Money, whole: Money) -> f64 {
    let part = part.at_least_zero();
    if whole <= Money::ZERO {
        return if part > Money::ZERO { 1.0 } else { 0.0 };
    }
    let scaled = part.pico().checked_mul(Money::ONE.pico());
    let ratio = scaled.map_or(i128::MAX, |scaled| scaled / whole.pico());
    nearest(Money::from_pico(ratio))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_shown_as_the_nearest_double() {
        let cases = [
            ("0", 0.0),
            ("0.1", 0.1),
            ("-0.3", -0.3),
            ("0.000000000001", 1e-12),
            ("9007199254740993.000000000001", 9_007_199_254_740_994.0),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("123456.789012345678", 123_456.789_012_345_68),
        ];
        for (text, expected) in cases {
            assert_eq!(nearest(text.parse().unwrap()).to_bits(), f64::to_bits(expected), "{text}");
        }
    }

    #[test]
    fn a_ratio_is_of_the_limit_and_goes_past_one() {
        let usd = |text: &str| text.parse::<Money>().unwrap();
        let cases = [
            ("1", "4", 0.25),
            ("5", "4", 1.25),
            ("-1", "4", 0.0),
            ("1", "0", 1.0),
            ("0", "0", 0.0),
            ("1", "3", 0.333_333_333_333),
        ];
        for (part, whole, expected) in cases {
            assert_eq!(ratio(usd(part), usd(whole)).to_bits(), f64::to_bits(expected), "{part} of {whole}");
        }
        assert!(ratio(Money::MAX, Money::from_pico(1)) > 1e20);
    }
}

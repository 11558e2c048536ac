//! Numbers as people read them, and the same as plain decimals.

use super::cell::Cell;
use crate::money::{Money, Rounding};

/// Above this a change in percent says less than that it is large.
const MAX_CHANGE_TENTHS: i128 = 99_999;

/// Digits in groups of three: `12,345`.
pub(in crate::report) fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 call`, `1,200 calls`.
pub(in crate::report) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(i128::from(count)), if count == 1 { "" } else { "s" })
}

/// Whole units of a last decimal as text: `1234` of 2 decimals is `12.34`.
pub(in crate::report) fn decimal(units: i128, decimals: u32) -> String {
    let power = 10_u128.pow(decimals);
    let (size, sign) = (units.unsigned_abs(), if units < 0 { "-" } else { "" });
    let whole = size / power;
    if decimals == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{:0width$}", size % power, width = decimals as usize)
}

/// The same with its whole part in groups of three.
pub(in crate::report) fn grouped_decimal(units: i128, decimals: u32) -> String {
    let text = decimal(units, decimals);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let whole = digits.parse::<i128>().map_or_else(|_| digits.to_owned(), grouped);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// An amount that was rounded to `units` of its last decimal, and never zero for what isn't nothing: `1,234.50`, `<0.01`.
pub(in crate::report) fn amount(exact: i128, units: i128, decimals: u32) -> Cell {
    let text = match (units, exact.signum()) {
        (0, 1) => format!("<{}", decimal(1, decimals)),
        (0, -1) => format!(">{}", decimal(-1, decimals)),
        _ => grouped_decimal(units, decimals),
    };
    Cell { text, number: Some(decimal(units, decimals)), bar: None }
}

/// Tenths of a percent: `12.5 %`.
pub(in crate::report) fn percent(tenths: i128) -> Cell {
    Cell { text: format!("{} %", grouped_decimal(tenths, 1)), number: Some(decimal(tenths, 1)), bar: None }
}

/// A share of something that isn't nothing: `<0.1 %` rather than `0.0 %`.
pub(in crate::report) fn share(amount: Money, tenths: i128) -> Cell {
    let mut cell = percent(tenths);
    if tenths == 0 && amount > Money::ZERO {
        "<0.1 %".clone_into(&mut cell.text);
    }
    cell
}

/// How an amount differs from an earlier one: `+12.5 %`, `new`, or a dash where both are nothing.
pub(in crate::report) fn change(amount: Money, before: Money) -> Cell {
    if before == Money::ZERO || before.is_negative() || amount.is_negative() {
        let is_new = before == Money::ZERO && amount > Money::ZERO;
        return Cell::text(if is_new { "new" } else { "–" });
    }
    let difference = amount.pico() - before.pico();
    let tenths = Rounding::HalfEven.divide(difference.saturating_mul(1_000), before.pico());
    let text = match tenths {
        0 if difference == 0 => "=".to_owned(),
        0 => "±0.0 %".to_owned(),
        tenths if tenths > MAX_CHANGE_TENTHS => ">9,999 %".to_owned(),
        tenths if tenths > 0 => format!("+{} %", grouped_decimal(tenths, 1)),
        tenths => return percent(tenths),
    };
    Cell { text, number: Some(decimal(tenths, 1)), bar: None }
}

#[cfg(test)]
mod tests {
    use super::{amount, change, decimal, grouped, grouped_decimal, share};
    use crate::money::Money;

    fn usd(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_print_as_people_read_them() {
        assert_eq!([0, 999, 1_000, -1_234_567].map(grouped), ["0", "999", "1,000", "-1,234,567"]);
        assert_eq!([0, 5, -5, 123_456].map(|units| decimal(units, 2)), ["0.00", "0.05", "-0.05", "1234.56"]);
        assert_eq!(
            [(-1_234_567, 3), (1_234_567, 0), (-5, 3)].map(|(units, own)| grouped_decimal(units, own)),
            ["-1,234.567", "1,234,567", "-0.005"]
        );
        let shown = [(0, 0, 2), (1, 0, 2), (-1, 0, 2), (1, 0, 0), (-1, 0, 3), (7, 1_250, 2)]
            .map(|(exact, units, decimals)| amount(exact, units, decimals).text);
        assert_eq!(shown, ["0.00", "<0.01", ">-0.01", "<1", ">-0.001", "12.50"]);
        assert_eq!(share(usd("1"), 0).text, "<0.1 %");
    }

    #[test]
    fn a_change_is_told_where_there_is_something_to_compare() {
        let changes = [
            ("2", "1", "+100.0 %", Some("100.0")),
            ("1", "2", "-50.0 %", Some("-50.0")),
            ("1", "0", "new", None),
            ("0", "0", "–", None),
            ("1", "1", "=", Some("0.0")),
            ("0", "3", "-100.0 %", Some("-100.0")),
            ("1", "0.000001", ">9,999 %", Some("99999900.0")),
            ("13.5", "1", "+1,250.0 %", Some("1250.0")),
        ];
        for (now, before, text, number) in changes {
            let cell = change(usd(now), usd(before));
            assert_eq!((cell.text.as_str(), cell.number.as_deref()), (text, number));
        }
    }
}

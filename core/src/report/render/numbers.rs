//! Numbers as people read them.

use crate::money::{Money, Rounding};

/// Pico-units of a cent.
pub(super) const CENT: i128 = Money::ONE.pico() / 100;
/// Above this a change in percent says less than that it is large.
const MAX_CHANGE_TENTHS: i128 = 99_999;

/// Digits in groups of three: `12,345`.
pub(super) fn grouped(number: i128) -> String {
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

/// An amount that was rounded to whole cents, and never zero for what isn't nothing: `1,234.50`, `<0.01`.
pub(super) fn cents(amount: Money, cents: i128) -> String {
    match (cents, amount) {
        (0, amount) if amount > Money::ZERO => "<0.01".to_owned(),
        (0, amount) if amount < Money::ZERO => ">-0.01".to_owned(),
        _ => {
            let sign = if cents < 0 { "-" } else { "" };
            let size = i128::try_from(cents.unsigned_abs()).unwrap_or(i128::MAX);
            format!("{sign}{}.{:02}", grouped(size / 100), size % 100)
        }
    }
}

/// An amount by itself, to the nearest cent.
pub(super) fn money(amount: Money) -> String {
    cents(amount, Rounding::HalfEven.divide(amount.pico(), CENT))
}

/// Tenths of a percent: `12.5 %`.
pub(super) fn percent(tenths: i128) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let size = tenths.unsigned_abs();
    format!("{sign}{}.{} %", size / 10, size % 10)
}

/// A share of something that isn't nothing: `<0.1 %` rather than `0.0 %`.
pub(super) fn share(amount: Money, tenths: i128) -> String {
    match (tenths, amount) {
        (0, amount) if amount > Money::ZERO => "<0.1 %".to_owned(),
        _ => percent(tenths),
    }
}

/// How an amount differs from an earlier one: `+12.5 %`, `new`, or a dash where both are nothing.
pub(super) fn change(amount: Money, before: Money) -> String {
    if before == Money::ZERO || before.is_negative() || amount.is_negative() {
        let is_new = before == Money::ZERO && amount > Money::ZERO;
        return if is_new { "new" } else { "–" }.to_owned();
    }
    let difference = amount.pico() - before.pico();
    let tenths = Rounding::HalfEven.divide(difference.saturating_mul(1_000), before.pico());
    match tenths {
        0 if difference == 0 => "=".to_owned(),
        0 => "±0.0 %".to_owned(),
        tenths if tenths > MAX_CHANGE_TENTHS => ">9,999 %".to_owned(),
        tenths if tenths > 0 => format!("+{}.{} %", grouped(tenths / 10), tenths % 10),
        tenths => percent(tenths),
    }
}

/// A bar that is full at 100 %: `█████░░░░░`. What is begun shows, and only what is full is full.
pub(super) fn bar(basis_points: u64, width: usize) -> String {
    let filled = match basis_points {
        0 => 0,
        10_000.. => width,
        part => (usize::try_from(part).unwrap_or(0) * width / 10_000).clamp(1, width.saturating_sub(1)),
    };
    "█".repeat(filled) + &"░".repeat(width.saturating_sub(filled))
}

#[cfg(test)]
mod tests {
    use super::{CENT, bar, cents, change, grouped, money, share};
    use crate::money::Money;

    #[test]
    fn numbers_print_as_people_read_them() {
        assert_eq!([0, 999, 1_000, -1_234_567].map(grouped), ["0", "999", "1,000", "-1,234,567"]);
        let usd = |text: &str| text.parse::<Money>().unwrap();
        let shown = ["0", "0.004", "-0.004", "1234.565", "-0.5", "0.000000000001", "999999.999"]
            .map(|text| money(usd(text)));
        assert_eq!(shown, ["0.00", "<0.01", ">-0.01", "1,234.56", "-0.50", "<0.01", "1,000,000.00"]);
        assert_eq!(cents(Money::from_pico(CENT), 0), "<0.01");
        assert_eq!(share(usd("1"), 0), "<0.1 %");
        let changes = [
            ("2", "1"),
            ("1", "2"),
            ("1", "0"),
            ("0", "0"),
            ("1", "1"),
            ("0", "3"),
            ("1", "0.000001"),
            ("13.5", "1"),
        ]
        .map(|(now, before)| change(usd(now), usd(before)));
        assert_eq!(changes, ["+100.0 %", "-50.0 %", "new", "–", "=", "-100.0 %", ">9,999 %", "+1,250.0 %"]);
    }

    #[test]
    fn a_bar_shows_what_is_begun_and_is_full_only_when_full() {
        assert_eq!(
            [0, 1, 5_000, 9_999, 10_000, 20_000].map(|part| bar(part, 4)),
            ["░░░░", "█░░░", "██░░", "███░", "████", "████"]
        );
    }
}

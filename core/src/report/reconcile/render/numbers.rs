//! Amounts to the cent.

use crate::money::{Money, Rounding};
use crate::report::document::numbers::grouped;

/// Pico-units of a cent.
pub(super) const CENT: i128 = Money::ONE.pico() / 100;

/// An amount that was rounded to whole cents, and never zero for what isn't nothing: `1,234.50`, `<0.01`.
pub(super) fn cents(amount: Money, cents: i128) -> String {
    match (cents, amount) {
        (0, amount) if amount > Money::ZERO => "<0.01".to_owned(),
        (0, amount) if amount < Money::ZERO => ">-0.01".to_owned(),
        _ => {
            let sign = if cents < 0 { "-" } else { "" };
            let size = cents.abs();
            format!("{sign}{}.{:02}", grouped(size / 100), size % 100)
        }
    }
}

/// An amount by itself, to the nearest cent.
pub(super) fn money(amount: Money) -> String {
    cents(amount, Rounding::HalfEven.divide(amount.pico(), CENT))
}

/// Hundredths of a percent as `12.5 %`, rounded down.
pub(super) fn percent(basis_points: u64) -> String {
    let tenths = basis_points / 10;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

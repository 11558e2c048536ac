//! The months that are billed, and amounts of a part of one.

use crate::error::{Error, ErrorCode, Result};
use crate::money::{Money, Rounding};
use crate::time::{Calendar, Period, Window};

/// The months of a period, in order.
///
/// # Errors
/// `report_invalid` where it isn't made of whole months: minimum, cap and included usage are agreed for a month.
pub(super) fn months_of(period: Window, zone: &str) -> Result<Vec<Window>> {
    let calendar = Calendar::new(Period::Month, zone)?;
    let mut months = Vec::new();
    let mut at = period.start();
    // Open periods have no first or last month; 240 are more than anybody bills at once.
    while at < period.end() && months.len() < MAX_MONTHS {
        let month = calendar.slot_at(at);
        if month.start() != at {
            break;
        }
        months.push(month);
        at = month.end();
    }
    if at == period.end() && !months.is_empty() {
        return Ok(months);
    }
    let message = format!("a client is billed by whole months in {zone}, and `{period}` isn't made of them");
    Err(Error::new(ErrorCode::ReportInvalid, message).with_help("ask for a month, a quarter or a year"))
}

const MAX_MONTHS: usize = 240;

/// The months before, newest first.
pub(super) fn months_before(month: Window, zone: &str, count: usize) -> Result<Vec<Window>> {
    let calendar = Calendar::new(Period::Month, zone)?;
    let before = std::iter::successors(calendar.previous(month), |month| calendar.previous(*month));
    Ok(before.take(count).collect())
}

/// `part / whole` of an amount, to the nearest pico.
pub(super) fn portion(amount: Money, part: i128, whole: i128) -> Money {
    if part == whole || whole <= 0 {
        return amount;
    }
    let product = amount.pico().checked_mul(part);
    // What is too large for an exact product is divided first, and is off by less than the part.
    let exact = product.map(|product| Rounding::HalfEven.divide(product, whole));
    Money::from_pico(exact.unwrap_or_else(|| (amount.pico() / whole).saturating_mul(part)))
}

/// Hundredths of a percent of an amount, to the nearest pico.
pub(super) fn percent(amount: Money, basis_points: u32) -> Money {
    portion(amount, i128::from(basis_points), 10_000)
}

/// The part of a month's amount that falls on a part of the month, by time.
pub(super) fn prorated(amount: Money, part: Window, month: Window) -> Money {
    portion(amount, micros(part), micros(month))
}

pub(super) fn micros(window: Window) -> i128 {
    i128::try_from(window.length().as_micros()).unwrap_or(i128::MAX)
}

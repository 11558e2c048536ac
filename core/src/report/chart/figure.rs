//! The figures of a chart: amounts in pico-units as text.

use crate::money::{Currency, Money};
use crate::report::document::Chart;
use crate::report::document::numbers::{grouped, grouped_decimal};

const ONE: i128 = Money::ONE.pico();
const MILLION: i128 = 1_000_000 * ONE;

/// From here on a figure is told in millions: a thousand of them.
const LARGE: i128 = 1_000 * MILLION;

/// A value as the tables print it: with the decimals of the unit. What is too long for a picture is told in millions.
pub(super) fn value(chart: &Chart, pico: i128) -> String {
    if pico.saturating_abs() >= LARGE {
        return short(pico, MILLION / 10) + "M";
    }
    let decimals = chart.unit.parse::<Currency>().map_or(2, |currency| currency.minor_units());
    grouped_decimal(pico / (ONE / 10_i128.pow(decimals)), decimals)
}

/// A value with its sign, as a change.
pub(super) fn signed(chart: &Chart, pico: i128) -> String {
    let sign = if pico > 0 { "+" } else { "" };
    format!("{sign}{}", value(chart, pico))
}

/// A value with its unit.
pub(super) fn with_unit(chart: &Chart, pico: i128) -> String {
    format!("{} {}", value(chart, pico), chart.unit).trim_end().to_owned()
}

/// A tick of an axis, with no more decimals than its step has.
pub(super) fn tick(pico: i128, step: i128) -> String {
    if step >= MILLION {
        return short(pico, MILLION / 10) + "M";
    }
    if step >= ONE {
        return grouped(pico / ONE);
    }
    let mut decimals = 0;
    while decimals < Money::DECIMALS && step % (ONE / 10_i128.pow(decimals)) != 0 {
        decimals += 1;
    }
    grouped_decimal(pico / (ONE / 10_i128.pow(decimals)), decimals)
}

fn short(pico: i128, tenth: i128) -> String {
    let tenths = pico / tenth;
    if tenths % 10 == 0 { grouped(tenths / 10) } else { grouped_decimal(tenths, 1) }
}

//! The hand that prints: it turns exact amounts into the cells of a document.
//!
//! Every column is rounded once, top-down, in the currency of the document: the total half to even, its parts so that they
//! add up to it. Nobody else rounds.

use super::cell::Cell;
use super::numbers;
use super::presentation::{Fx, Presentation};
use crate::money::{Currency, ExactMoney, Money, Rate, Rounding};
use crate::pricing::Dimension;
use crate::report::rounding::{shares, top_down};

/// All shares together, in tenths of a percent.
pub(in crate::report) const WHOLE: i128 = 1_000;

/// Prints amounts in the currency of a document.
#[derive(Clone, Debug)]
pub(in crate::report) struct Printer<'a> {
    presentation: &'a Presentation,
    currency: Currency,
    /// What a pico-unit of the ledger is multiplied with, and what is then a unit of the last printed decimal.
    factor: i128,
    unit: i128,
}

/// A column of amounts: rounded so that its cells add up to the total.
#[derive(Clone, Debug)]
pub(in crate::report) struct Amounts {
    /// The cells.
    pub(in crate::report) cells: Vec<Cell>,
    /// Their sum.
    pub(in crate::report) total: Cell,
    /// What is printed, in units of the last decimal.
    pub(in crate::report) units: Vec<i128>,
}

impl<'a> Printer<'a> {
    /// What most prices are told for, which needs no word at each of them.
    pub(in crate::report) const MILLION_TOKENS: &'static str = "1M tokens";

    pub(in crate::report) fn new(ledger: Currency, presentation: &'a Presentation) -> Self {
        let fx = presentation.fx.as_ref();
        let currency = fx.map_or(ledger, Fx::currency);
        let (factor, denominator) = fx.map_or((1, 1), Fx::ratio);
        let unit = Money::ONE.pico() / 10_i128.pow(currency.minor_units()) * denominator;
        Self { presentation, currency, factor, unit }
    }

    pub(in crate::report) fn presentation(&self) -> &Presentation {
        self.presentation
    }

    /// The currency that is printed.
    pub(in crate::report) fn currency(&self) -> Currency {
        self.currency
    }

    /// Decimals that are printed.
    pub(in crate::report) fn decimals(&self) -> u32 {
        self.currency.minor_units()
    }

    /// The amount in fractions of the printed unit.
    pub(in crate::report) fn exact(&self, amount: Money) -> i128 {
        amount.pico().saturating_mul(self.factor)
    }

    /// How many fractions the last printed decimal has.
    pub(in crate::report) fn unit(&self) -> i128 {
        self.unit
    }

    /// An amount by itself, to the nearest coin.
    pub(in crate::report) fn money(&self, amount: Money) -> Cell {
        let exact = self.exact(amount);
        self.cell(amount, Rounding::HalfEven.divide(exact, self.unit))
    }

    /// An amount by itself with its currency: `1,234.50 USD`.
    pub(in crate::report) fn money_with_code(&self, amount: Money) -> String {
        format!("{} {}", self.money(amount).text, self.currency)
    }

    /// An amount that was rounded to units of the last decimal.
    pub(in crate::report) fn cell(&self, amount: Money, units: i128) -> Cell {
        numbers::amount(amount.pico(), units, self.decimals())
    }

    /// A column of amounts.
    pub(in crate::report) fn column(&self, amounts: &[Money]) -> Amounts {
        let exact: Vec<i128> = amounts.iter().map(|amount| self.exact(*amount)).collect();
        let (total_units, units) = top_down(&exact, self.unit);
        let cells = amounts.iter().zip(&units).map(|(amount, units)| self.cell(*amount, *units)).collect();
        let total = self.cell(amounts.iter().copied().sum(), total_units);
        Amounts { cells, total, units }
    }

    /// The share of each amount in their sum, in tenths of a percent that add up.
    pub(in crate::report) fn tenths(amounts: &[Money]) -> Vec<i128> {
        shares(&amounts.iter().map(|amount| amount.pico()).collect::<Vec<_>>(), WHOLE)
    }

    /// A printed amount for a chart, in pico-units.
    pub(in crate::report) fn charted(&self, units: i128) -> i128 {
        units.saturating_mul(Money::ONE.pico() / 10_i128.pow(self.decimals()))
    }

    /// A number of units.
    pub(in crate::report) fn quantity(quantity: u64) -> Cell {
        let text = numbers::grouped(i128::from(quantity));
        Cell { text, number: Some(quantity.to_string()), bar: None }
    }

    /// A price with all its digits, for as many units as prices of the dimension are told for, and what these are called.
    pub(in crate::report) fn rate(&self, rate: Rate, dimension: Dimension) -> (Cell, &'static str) {
        let (factor, denominator) = self.presentation.fx.as_ref().map_or((1, 1), Fx::ratio);
        let decimals = ExactMoney::DECIMALS + denominator.ilog10();
        let (told, name) = dimension.told_for();
        let price = i128::from(rate.femto()).saturating_mul(factor).saturating_mul(i128::from(told));
        let per = i128::from(rate.per());
        if price % per != 0 {
            // An endless decimal stays a fraction.
            let price = trimmed(numbers::grouped_decimal(price, decimals));
            return (Cell::text(format!("{price} / {}", numbers::grouped(per))), name);
        }
        let number = trimmed(numbers::decimal(price / per, decimals));
        let text = trimmed(numbers::grouped_decimal(price / per, decimals));
        (Cell { text, number: Some(number), bar: None }, name)
    }
}

/// Without zeros at the end, but with two decimals at least.
fn trimmed(text: String) -> String {
    let Some((whole, fraction)) = text.split_once('.') else { return text };
    let kept = fraction.trim_end_matches('0');
    format!("{whole}.{kept:0<2}")
}

#[cfg(test)]
mod tests {
    use super::Printer;
    use crate::money::{Currency, Money, Rate};
    use crate::pricing::Dimension;
    use crate::report::document::{Fx, Presentation};

    fn usd(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn a_column_is_converted_before_it_is_rounded_and_adds_up() {
        let amounts = ["0.005", "0.005", "10", "-0.001", "0.000001"].map(usd);
        for (fx, cells, total) in [
            (None, vec!["0.01", "<0.01", "10.00", ">-0.01", "<0.01"], "10.01"),
            (Some(("EUR", "0.5")), vec!["<0.01", "<0.01", "5.00", ">-0.01", "<0.01"], "5.00"),
            (Some(("JPY", "150.1")), vec!["1", "<1", "1,501", ">-1", "<1"], "1,502"),
            (Some(("KWD", "0.3")), vec!["0.002", "0.001", "3.000", ">-0.001", "<0.001"], "3.003"),
        ] {
            let mut presentation = Presentation::new();
            if let Some((currency, rate)) = fx {
                presentation = presentation.fx(Fx::new(currency, rate, "", "").unwrap());
            }
            let printer = Printer::new(Currency::USD, &presentation);
            let column = printer.column(&amounts);
            let sum = crate::report::document::numbers::grouped_decimal(
                column.units.iter().sum(),
                printer.decimals(),
            );
            assert_eq!(sum, column.total.text);
            assert_eq!(column.cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>(), cells);
            assert_eq!(column.total.text, total);
        }
    }

    #[test]
    fn a_price_has_all_its_digits() {
        let dollars = Presentation::new();
        let euros = Presentation::new().fx(Fx::new("EUR", "0.8612", "", "").unwrap());
        let check = |price: &str, per: u32, dimension: Dimension, expected: [&str; 2]| {
            let printed = [&dollars, &euros].map(|own| {
                Printer::new(Currency::USD, own).rate(Rate::parse(price, per).unwrap(), dimension).0.text
            });
            assert_eq!(printed, expected);
        };
        check("15", 1_000_000, Dimension::Output, ["15.00", "12.918"]);
        check("0.0875", 1_000_000, Dimension::CacheRead, ["0.0875", "0.075355"]);
        check("0.01", 1, Dimension::WebSearches, ["0.01", "0.008612"]);
        check("0.111", 3_600, Dimension::ComputeSeconds, ["0.111", "0.0955932"]);
        check("0.01", 7, Dimension::Pages, ["0.01 / 7", "0.008612 / 7"]);
    }
}

//! What is printed adds up, whatever was spent and in whichever currency.

use super::printer::Printer;
use super::{Fx, Presentation};
use crate::money::{Currency, Money};
use crate::report::matrix::rounded;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn size(&mut self, limit: u64) -> usize {
        usize::try_from(self.below(limit)).unwrap()
    }

    fn amount(&mut self) -> Money {
        let scale = [1, 10_i128.pow(6), 10_i128.pow(9), 10_i128.pow(13)][self.size(4)];
        let size = i128::from(self.below(1 << 30)) * scale;
        Money::from_pico(if self.below(4) == 0 { -size } else { size })
    }
}

/// A printed amount in units of its last decimal.
fn units(number: &str) -> i128 {
    number.replace('.', "").parse().unwrap()
}

#[test]
fn rows_columns_and_totals_of_any_table_add_up_in_any_currency() {
    let rates = [("USD", "1"), ("EUR", "0.8612"), ("JPY", "150.37"), ("KWD", "0.307"), ("VND", "26311.5")];
    let mut random = Random(23);
    for round in 0..20_000 {
        let (currency, rate) = rates[round % rates.len()];
        let presentation = Presentation::new().fx(Fx::new(currency, rate, "test", "2026-10-31").unwrap());
        let money = Printer::new(Currency::USD, &presentation);
        let amounts: Vec<Money> = (0..random.size(8)).map(|_| random.amount()).collect();
        let column = money.column(&amounts);
        let printed: i128 = column.cells.iter().map(|cell| units(cell.number.as_deref().unwrap())).sum();
        assert_eq!(printed, units(column.total.number.as_deref().unwrap()), "{amounts:?} in {currency}");
        assert_eq!(money.money(amounts.iter().copied().sum()).number, column.total.number, "{amounts:?}");
        for (cell, amount) in column.cells.iter().zip(&amounts) {
            assert_ne!((cell.text.trim_matches(['0', '.', ',']), amount.pico() != 0), ("", true), "{amount}");
        }
        let (height, width) = (1 + random.size(4), 1 + random.size(4));
        let table: Vec<Vec<i128>> =
            (0..height).map(|_| (0..width).map(|_| money.exact(random.amount())).collect()).collect();
        let matrix = rounded(&table, money.unit());
        assert_eq!(matrix.rows.iter().sum::<i128>(), matrix.total, "{table:?} in {currency}");
        assert_eq!(matrix.columns.iter().sum::<i128>(), matrix.total, "{table:?} in {currency}");
        for (row, total) in matrix.cells.iter().zip(&matrix.rows) {
            assert_eq!(row.iter().sum::<i128>(), *total, "{table:?} in {currency}");
        }
    }
}

//! Quantity times unit price, so that their product is the cost to the last digit.
//!
//! A rate that the ledger kept gives all three. Without one the unit price is what the amount divided by the quantity
//! gives, where that ends; an amount that is no product, as a provider's stated cost, is priced as one charge.

use super::unit::unit_of;
use crate::money::{ExactMoney, Money, Rate};
use crate::pricing::Dimension;
use crate::report::export::exact::Exact;

/// Decimals of a quantity in the unit of its price.
const QUANTITY_DECIMALS: u32 = 12;

/// A charge as a price list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Priced {
    pub(super) quantity: Exact,
    pub(super) unit: String,
    pub(super) unit_price: Exact,
    /// Quantity times unit price.
    pub(super) cost: Exact,
    /// Whether the price is that of the unit, rather than of the whole charge.
    pub(super) is_by_unit: bool,
}

impl Priced {
    /// A part of the charge at the same price; nothing where its product has too many digits.
    pub(super) fn part(&self, ratio: Exact) -> Option<Self> {
        let quantity = self.quantity.times(ratio)?;
        Some(Self { quantity, cost: quantity.times(self.unit_price)?, ..self.clone() })
    }
}

/// The charge for a quantity of a dimension; nothing for an amount below zero, which no price gives.
pub(super) fn priced(
    dimension: Dimension,
    quantity: u64,
    rate: Option<Rate>,
    amount: Money,
) -> Option<Priced> {
    if amount.is_negative() {
        return None;
    }
    let by_unit =
        rate.map_or_else(|| divided(dimension, quantity, amount), |rate| rated(dimension, quantity, rate));
    by_unit.or_else(|| {
        let amount = Exact::from(amount);
        let unit = "Charges".to_owned();
        Some(Priced { quantity: Exact::ONE, unit, unit_price: amount, cost: amount, is_by_unit: false })
    })
}

fn rated(dimension: Dimension, quantity: u64, rate: Rate) -> Option<Priced> {
    let price = Exact::from(ExactMoney::from_femto(i128::from(rate.femto())));
    let unit = unit_of(dimension);
    match u64::from(rate.per()) {
        1 => product(quantity, unit.per, unit.pricing(), price.times(Exact::whole(unit.per))?),
        per => product(quantity, per, format!("{per} {}", unit.name), price),
    }
}

fn divided(dimension: Dimension, quantity: u64, amount: Money) -> Option<Priced> {
    let unit = unit_of(dimension);
    let price = Exact::from(amount).divided(quantity, ExactMoney::DECIMALS)?;
    product(quantity, unit.per, unit.pricing(), price.times(Exact::whole(unit.per))?)
}

fn product(quantity: u64, per: u64, unit: String, unit_price: Exact) -> Option<Priced> {
    let quantity = Exact::whole(quantity).divided(per, QUANTITY_DECIMALS)?;
    let cost = quantity.times(unit_price)?;
    Some(Priced { quantity, unit, unit_price, cost, is_by_unit: true })
}

#[cfg(test)]
mod tests {
    use super::priced;
    use crate::money::{Money, Rate};
    use crate::pricing::Dimension;

    fn check(
        dimension: Dimension,
        quantity: u64,
        rate: Option<(&str, u32)>,
        amount: &str,
        expect: [&str; 4],
    ) {
        let rate = rate.map(|(price, per)| Rate::parse(price, per).unwrap());
        let found = priced(dimension, quantity, rate, amount.parse().unwrap()).unwrap();
        let texts = [
            found.quantity.to_string(),
            found.unit.clone(),
            found.unit_price.to_string(),
            found.cost.to_string(),
        ];
        assert_eq!(texts, expect);
        assert_eq!(found.quantity.times(found.unit_price), Some(found.cost));
    }

    #[test]
    fn the_product_of_quantity_and_unit_price_is_the_cost() {
        let output = Dimension::Output;
        check(
            output,
            1_234_567,
            Some(("3", 1_000_000)),
            "3.703701",
            ["1.234567", "1000000 Tokens", "3.0", "3.703701"],
        );
        // What the ledger rounded call by call isn't what quantity times price gives: both are said as they are.
        check(
            output,
            3,
            Some(("0.0001", 1_000_000)),
            "0.000000000299",
            ["0.000003", "1000000 Tokens", "0.0001", "0.0000000003"],
        );
        check(output, 4, None, "0.5", ["0.000004", "1000000 Tokens", "125000.0", "0.5"]);
        check(output, 3, None, "1", ["1.0", "Charges", "1.0", "1.0"]);
        check(output, 0, None, "0.2", ["1.0", "Charges", "0.2", "0.2"]);
        // An hour's price that is endless for a second is told for as many seconds as make it whole.
        check(
            Dimension::AudioSeconds,
            90,
            Some(("0.111", 3_600)),
            "0.002775",
            ["30.0", "3 Seconds", "0.0000925", "0.002775"],
        );
    }

    #[test]
    fn an_amount_below_zero_has_no_price() {
        assert_eq!(priced(Dimension::Output, 1, None, Money::from_pico(-1)), None);
    }
}

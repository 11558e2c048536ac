//! Sentences that explain a difference with its numbers.

use super::key::MatchKey;
use super::pair::Pair;
use super::reconciliation::PartKind;
use crate::money::Money;
use crate::report::document::numbers::grouped;

/// `1,234 cache_read of claude-sonnet-4-5`.
pub(super) fn units(quantity: i128, key: &MatchKey) -> String {
    format!("{} {}", grouped(quantity.abs()), what(key))
}

/// `cache_read of claude-sonnet-4-5`.
pub(super) fn what(key: &MatchKey) -> String {
    let kind = key.dimension.map_or_else(|| key.kind.as_str().to_owned(), |dimension| dimension.to_string());
    match &key.model {
        Some(model) => format!("{kind} of {model}"),
        None => kind,
    }
}

/// `the bill has 1,200 output of gpt-4o and the ledger 1,000`.
pub(super) fn counts(pair: &Pair) -> String {
    let theirs = pair.more().map_or(0, |more| pair.ours_quantity + more);
    format!("the bill has {} and the ledger {}", units(theirs, &pair.key), grouped(pair.ours_quantity))
}

/// The price of a million units on a side, to twelve decimals.
pub(super) fn per_million(amount: Money, quantity: i128) -> String {
    let scaled = amount.pico().checked_mul(1_000_000);
    match scaled {
        Some(scaled) if quantity > 0 => {
            Money::from_pico(crate::money::Rounding::HalfEven.divide(scaled, quantity)).to_string()
        }
        _ => "-".to_owned(),
    }
}

/// `at 2.5 USD a million, where the ledger has 3`.
pub(super) fn prices(pair: &Pair) -> String {
    let theirs = pair.theirs_quantity.unwrap_or_default();
    format!(
        "the bill charges {} at {} USD a million, and the ledger {}",
        units(theirs, &pair.key),
        per_million(pair.theirs_amount, theirs),
        per_million(pair.ours_amount, pair.ours_quantity)
    )
}

/// What is left without a cause.
pub(super) fn unexplained(pair: &Pair, kind: PartKind, amount: Money) -> String {
    let told = match kind {
        PartKind::Quantity => counts(pair),
        PartKind::Rate => prices(pair),
        PartKind::Amount => format!(
            "the bill has {} USD for {} and the ledger {}",
            pair.theirs_amount,
            what(&pair.key),
            pair.ours_amount
        ),
    };
    format!("no rule explains {amount} USD: {told}")
}

/// The day of a key.
pub(super) fn day(key: &MatchKey) -> String {
    let text = key.day.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// The bill's count of a pair.
pub(super) fn grouped_units(pair: &Pair) -> String {
    units(pair.theirs_quantity.unwrap_or_default(), &pair.key)
}

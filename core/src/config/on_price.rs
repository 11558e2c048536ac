//! Budgets on price beside the clients that pay: each must cover calls that have a price.
//!
//! Terms that end are looked at when a policy is put in force, for only then is the time known.

use super::node::{Node, Value};
use super::reader::Reader;
use crate::engine::Policy;

/// Whether the calls of budgets on price have prices, as far as that doesn't depend on the time.
pub(super) fn check_prices(reader: &mut Reader, node: &Node, policy: &Policy) {
    let Value::List(items) = &node.value else { return };
    if items.len() != policy.budgets.len() {
        return;
    }
    for (item, budget) in items.iter().zip(&policy.budgets) {
        let Value::Map(entries) = &item.value else { continue };
        let basis = entries.iter().find(|entry| entry.key == "basis");
        let place = basis.map_or(item.place(), |entry| entry.value.place());
        reader.keep(place, policy.report_rules().check_prices(budget, None));
    }
}

#[cfg(test)]
mod tests;

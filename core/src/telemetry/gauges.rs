//! What budgets stand at, by attributes.

use super::labels::{BUDGET, INSTANCE, Labels};
use super::number::ratio;
use crate::budget::BudgetStatus;
use crate::money::Money;
use opentelemetry::KeyValue;
use std::{cmp::Reverse, collections::HashMap};

/// Limit, spent and held of a budget, an instance of it, or of those that found no place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) limit: Money,
    pub(super) spent: Money,
    pub(super) held: Money,
}

impl Standing {
    /// Spent, as a part of the limit.
    pub(super) fn utilization(self) -> f64 {
        ratio(self.spent, self.limit)
    }

    fn add(&mut self, row: &BudgetStatus) {
        self.limit = self.limit.saturating_add(row.limit);
        self.spent = self.spent.saturating_add(row.spent);
        self.held = self.held.saturating_add(row.held);
    }
}

/// The rows to show: whole budgets first, then the instances that spent most; the rest is one row. A gauge may come
/// and go, so the places are given anew each time.
pub(super) fn standings(mut rows: Vec<BudgetStatus>, max: usize) -> HashMap<Labels, Standing> {
    rows.sort_by_key(|row| (!row.instance.is_empty(), Reverse(row.spent)));
    let mut found: HashMap<Labels, Standing> = HashMap::new();
    let mut rest: Option<Standing> = None;
    for row in &rows {
        let labels = labels(row);
        if found.len() < max || found.contains_key(&labels) {
            found.entry(labels).or_default().add(row);
        } else {
            rest.get_or_insert_default().add(row);
        }
    }
    found.extend(rest.map(|rest| (Labels::overflow(), rest)));
    found
}

fn labels(row: &BudgetStatus) -> Labels {
    let name = KeyValue::new(BUDGET, row.name.clone());
    let instance = (!row.instance.is_empty()).then(|| KeyValue::new(INSTANCE, row.instance.join(", ")));
    Labels::new([name].into_iter().chain(instance))
}

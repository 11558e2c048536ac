//! The lines of an invoice: quantity times unit price, by model, kind of usage and terms.
//!
//! Every amount of the period is in one line, so the lines sum to the total. What isn't a quantity at a rate has a line
//! all the same: the parts of a stated cost without a rate, and cost without usage without a dimension.

use super::cube::provider_and_model;
use crate::ledger::{EntryLine, Rollup};
use crate::money::{ExactMoney, Money, Rate};
use crate::pricing::Dimension;
use crate::tags::{Dictionary, Symbol, UNALLOCATED};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A quantity of one kind of usage at one price, and what was booked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeLine {
    /// The model's provider.
    pub provider: String,
    /// The model, without its provider.
    pub model: String,
    /// The kind of usage; nothing for cost without usage: expired holds, costs told from elsewhere and corrections.
    pub dimension: Option<Dimension>,
    /// The terms that the calls were priced by, as [`Entry::terms`](crate::Entry::terms) has them; empty for the
    /// standard ones, and for cost without usage.
    pub terms: String,
    /// The price of one unit; nothing where the cost isn't quantity times rate.
    pub rate: Option<Rate>,
    /// Units.
    pub quantity: u64,
    /// What was booked for them: for each entry [`exact`](Self::exact) to less than a pico.
    pub cost: Money,
}

impl ChargeLine {
    /// Quantity times rate, to the femto; nothing without a rate.
    pub fn exact(&self) -> Option<ExactMoney> {
        self.rate.map(|rate| rate.price(self.quantity))
    }
}

/// What was charged in a period, by model and terms.
#[derive(Debug, Default)]
pub(super) struct Charged {
    sums: HashMap<(Symbol, Option<Symbol>), Rollup, foldhash::fast::FixedState>,
}

impl Charged {
    pub(super) fn add(&mut self, key: (Symbol, Option<Symbol>), sums: &Rollup) {
        self.sums.entry(key).or_default().merge(sums);
    }

    /// Every line, by provider, model, dimension, terms and rate.
    pub(super) fn lines(&self, dictionary: &Dictionary) -> Vec<ChargeLine> {
        let mut lines: Vec<ChargeLine> = Vec::new();
        // A hold that expires has no terms, and its settlement that comes late has: both are told of the model alone.
        let mut unmeasured: HashMap<Symbol, Money> = HashMap::new();
        for ((model, terms), sums) in &self.sums {
            *unmeasured.entry(*model).or_default() += sums.unmeasured;
            let terms = terms.map_or("", |terms| dictionary.text(terms).unwrap_or(UNALLOCATED));
            let used = sums.lines.iter().filter(|line| line.quantity > 0 || line.amount != Money::ZERO);
            lines.extend(used.map(|line| measured(name(dictionary, *model), terms, line)));
        }
        let rest = unmeasured.into_iter().filter(|(_, cost)| *cost != Money::ZERO);
        lines.extend(rest.map(|(model, cost)| without_usage(name(dictionary, model), cost)));
        lines.sort_by(|left, right| place(left).cmp(&place(right)));
        lines
    }
}

fn name(dictionary: &Dictionary, model: Symbol) -> &str {
    dictionary.text(model).unwrap_or(UNALLOCATED)
}

fn measured(name: &str, terms: &str, line: &EntryLine) -> ChargeLine {
    let EntryLine { dimension, quantity, amount, rate } = *line;
    let (dimension, terms) = (Some(dimension), terms.to_owned());
    ChargeLine { dimension, terms, rate, quantity, ..without_usage(name, amount) }
}

fn without_usage(name: &str, cost: Money) -> ChargeLine {
    let (provider, model) = provider_and_model(name);
    let (provider, model) = (provider.to_owned(), model.to_owned());
    ChargeLine { provider, model, dimension: None, terms: String::new(), rate: None, quantity: 0, cost }
}

/// Where a line stands; cost without usage comes last of its model's.
fn place(line: &ChargeLine) -> (&str, &str, bool, Option<&str>, &str, Option<Rate>, Money) {
    let ChargeLine { provider, model, dimension, terms, rate, .. } = line;
    let kind = dimension.map(Dimension::as_str);
    (provider, model, kind.is_none(), kind, terms, *rate, line.cost)
}

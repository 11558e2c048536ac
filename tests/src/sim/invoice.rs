//! What entries sum to by model, terms and unit price, beside the lines of a statement.

use crate::Chance;
use bursar::{
    ChargeLine, Dimension, Entry, EntryLine, Model, Money, Rate, Settlement, Statement, Terms, Timestamp,
    Usage,
};
use std::collections::BTreeMap;

/// Model, kind of usage, terms and rate, by the numbers that entries have for them.
type Key = (u32, Option<&'static str>, Option<u32>, Option<(i64, u32)>);
/// The same by name.
type Named = (String, Option<&'static str>, String, Option<(i64, u32)>);

/// Quantity and cost of each line, summed as the entries come.
#[derive(Debug, Default)]
pub(super) struct Invoice {
    sums: BTreeMap<Key, (u64, Money)>,
}

impl Invoice {
    pub(super) fn add(&mut self, entry: &Entry, lines: &[EntryLine]) {
        let (model, terms) = (entry.model.index(), entry.terms.map(bursar::Symbol::index));
        for line in lines {
            let key = (model, Some(line.dimension.as_str()), terms, line.rate.map(parts));
            self.grow(key, line.quantity, line.amount);
        }
        let measured: Money = lines.iter().map(|line| line.amount).sum();
        self.grow((model, None, None, None), 0, entry.amount - measured);
    }

    fn grow(&mut self, key: Key, quantity: u64, cost: Money) {
        let sum = self.sums.entry(key).or_insert((0, Money::ZERO));
        *sum = (sum.0 + quantity, sum.1 + cost);
    }

    /// Whether a statement of everything has just these lines; else what is wrong.
    pub(super) fn check(&self, statement: &Statement, symbols: &[String]) -> Result<(), String> {
        let name = |number: u32| symbols.get(number as usize).cloned().unwrap_or_default();
        let booked = self.sums.iter().filter(|(_, sum)| **sum != (0, Money::ZERO));
        let booked: BTreeMap<Named, (u64, Money)> = booked
            .map(|((model, kind, terms, rate), sum)| {
                ((name(*model), *kind, terms.map(name).unwrap_or_default(), *rate), *sum)
            })
            .collect();
        let told: BTreeMap<Named, (u64, Money)> = statement.lines.iter().map(named).collect();
        let sum: Money = statement.lines.iter().map(|line| line.cost).sum();
        if told.len() != statement.lines.len() || sum != statement.total {
            return Err(format!("the lines of {} are {:?}", statement.total, statement.lines));
        }
        if told == booked { Ok(()) } else { Err(format!("{told:?} is told, and {booked:?} is booked")) }
    }
}

fn parts(rate: Rate) -> (i64, u32) {
    (rate.femto(), rate.per())
}

fn named(line: &ChargeLine) -> (Named, (u64, Money)) {
    let name = format!("{}/{}", line.provider, line.model);
    let kind = line.dimension.map(Dimension::as_str);
    ((name, kind, line.terms.clone(), line.rate.map(parts)), (line.quantity, line.cost))
}

/// How a call was served; by default nothing is known but its cost.
#[derive(Debug, Default)]
pub(super) struct Served {
    how: Option<(Model, Terms, Usage)>,
    /// What it costs then.
    pub(super) cost: Option<Money>,
}

impl Served {
    /// A call on terms drawn at random that costs no more than this, but for its input.
    pub(super) fn about(cost: Money, model: Model, chance: &mut Chance, at: Timestamp) -> Self {
        let terms = match chance.below(4) {
            0 => Terms::new().service_tier("priority"),
            1 => Terms::new().processing("batch"),
            2 => Terms::new().service_tier("priority").processing("batch"),
            _ => Terms::new(),
        };
        let input = *chance.pick(&[0, 100, 101, 997]);
        // No terms make a token of output dearer than two times three dollars a million.
        let output = u64::try_from(cost.pico() / 6_000_000).unwrap_or(0);
        let usage = Usage::new().with(Dimension::InputUncached, input).with(Dimension::Output, output);
        let quote = model.prices().quote(&usage, &terms, at).unwrap();
        Self { cost: Some(quote.money()), how: Some((model, terms, usage)) }
    }

    pub(super) fn settlement(&self, cost: Money) -> Settlement<'_> {
        match &self.how {
            None => Settlement::cost(cost),
            Some((model, terms, usage)) => Settlement::new(usage).model(model).terms(terms.clone()),
        }
    }
}

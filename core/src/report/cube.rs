//! What was booked, by the values of every column that the statement needs.

use super::charges::Charged;
use super::gather::{BySet, Sums};
use super::grouping::Grouping;
use super::rounding::shares;
use super::statement::{Breakdown, Quantity, Row};
use super::values::Values;
use crate::ledger::Rollup;
use crate::money::Money;
use crate::tags::{Dictionary, Selector, Symbol, TagSet, TagSetId, UNALLOCATED};
use std::collections::HashMap;

/// All shares together, in hundredths of a percent.
pub(super) const WHOLE: i128 = 10_000;

type Fast = foldhash::fast::FixedState;
/// One number a column; it stands for a text of the cube.
type Numbers = Box<[u32]>;

/// Sums by the values of some columns, as numbers rather than texts.
pub(super) struct Cube<'a> {
    columns: Vec<Grouping>,
    texts: Texts<'a>,
    cells: HashMap<Numbers, Sums, Fast>,
    /// The same sums of the period by model and terms.
    pub(super) charged: Charged,
}

#[derive(Default)]
struct Texts<'a> {
    texts: Vec<&'a str>,
    numbers: HashMap<&'a str, u32, Fast>,
}

impl<'a> Texts<'a> {
    fn number(&mut self, text: &'a str) -> u32 {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(text).or_insert_with(|| {
            self.texts.push(text);
            next
        })
    }

    fn get(&self, number: u32) -> &'a str {
        self.texts.get(number as usize).copied().unwrap_or(UNALLOCATED)
    }
}

/// The provider and the model of a canonical name.
pub(super) fn provider_and_model(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or((UNALLOCATED, name))
}

impl<'a> Cube<'a> {
    /// Puts names to what was read, and leaves out what the filter doesn't cover.
    pub(super) fn new(
        booked: BySet,
        dictionary: &'a Dictionary,
        filter: &Selector,
        columns: Vec<Grouping>,
    ) -> Self {
        let mut texts = Texts::default();
        let mut by_tags: HashMap<TagSetId, Option<Numbers>, Fast> = HashMap::default();
        let mut by_model: HashMap<Symbol, (u32, u32), Fast> = HashMap::default();
        let mut cells: HashMap<Numbers, Sums, Fast> = HashMap::default();
        let (untagged, mut charged) = (TagSet::new(), Charged::default());
        for ((_, tag_set, model, terms), sums) in booked {
            let own = by_tags.entry(tag_set).or_insert_with(|| {
                // A set that the dictionary doesn't know is spend all the same.
                let tags = dictionary.tag_set(tag_set);
                let is_covered = filter.matches(tags.unwrap_or(&untagged));
                is_covered
                    .then(|| columns.iter().map(|column| texts.number(value_of(column, tags))).collect())
            });
            let Some(own) = own else { continue };
            charged.add((model, terms), &sums.current);
            let (name, provider) = *by_model.entry(model).or_insert_with(|| {
                let name = dictionary.text(model).unwrap_or(UNALLOCATED);
                (texts.number(name), texts.number(provider_and_model(name).0))
            });
            let mut values = own.clone();
            for (value, column) in values.iter_mut().zip(&columns) {
                match column {
                    Grouping::Model => *value = name,
                    Grouping::Provider => *value = provider,
                    Grouping::Tag(_) => {}
                }
            }
            add(cells.entry(values).or_default(), &sums);
        }
        Self { columns, texts, cells, charged }
    }

    /// The sum of everything.
    pub(super) fn total(&self) -> Sums {
        let mut total = Sums::default();
        self.cells.values().for_each(|sums| add(&mut total, sums));
        total
    }

    /// The sums of each combination of values, the most expensive first.
    pub(super) fn lines(&self, by: &[Grouping]) -> Vec<(Vec<&'a str>, Sums)> {
        let places: Vec<Option<usize>> =
            by.iter().map(|wanted| self.columns.iter().position(|column| column == wanted)).collect();
        let mut lines: HashMap<Numbers, Sums, Fast> = HashMap::default();
        for (values, sums) in &self.cells {
            let value = |place: &Option<usize>| place.and_then(|place| values.get(place)).copied();
            let key = places.iter().map(|place| value(place).unwrap_or(u32::MAX)).collect();
            add(lines.entry(key).or_default(), sums);
        }
        let named = |values: Numbers| values.iter().map(|number| self.texts.get(*number)).collect::<Vec<_>>();
        let mut lines: Vec<_> = lines.into_iter().map(|(values, sums)| (named(values), sums)).collect();
        lines.sort_by_cached_key(|(values, sums)| (std::cmp::Reverse(sums.current.amount()), values.clone()));
        lines
    }

    /// The lines as rows, with their shares.
    pub(super) fn breakdown(&self, by: &[Grouping]) -> Breakdown {
        Breakdown { by: by.to_vec(), rows: rows(by, self.lines(by)) }
    }
}

/// Rows whose shares sum to the whole.
pub(super) fn rows(by: &[Grouping], lines: Vec<(Vec<&str>, Sums)>) -> Vec<Row> {
    let costs: Vec<i128> = lines.iter().map(|(_, sums)| sums.current.amount().pico()).collect();
    let shares = shares(&costs, WHOLE);
    let named = |values: Vec<&str>| Values::new(by.iter().cloned().zip(values));
    lines.into_iter().zip(shares).map(|((values, sums), share)| row(named(values), sums, share)).collect()
}

fn row(values: Values, sums: Sums, share_basis_points: i128) -> Row {
    let Rollup { calls, overruns, expired, unmeasured, .. } = sums.current;
    Row {
        values,
        cost: sums.current.amount(),
        share_basis_points,
        calls,
        overruns,
        expired,
        unmeasured,
        quantities: quantities(&sums.current),
        previous: sums.previous.into_iter().map(|(cost, _)| cost).collect(),
    }
}

/// Usage by dimension, in the order of the names.
pub(super) fn quantities(sums: &Rollup) -> Vec<Quantity> {
    let mut quantities: Vec<_> = sums
        .lines
        .iter()
        .map(|line| Quantity { dimension: line.dimension, quantity: line.quantity, cost: line.amount })
        .collect();
    quantities.sort_by_key(|quantity| quantity.dimension.as_str());
    quantities
}

/// Adds sums by dimension, those of the earlier periods too.
pub(super) fn add(into: &mut Sums, sums: &Sums) {
    into.current.merge_by_dimension(&sums.current);
    into.before.merge_by_dimension(&sums.before);
    if into.previous.len() < sums.previous.len() {
        into.previous.resize(sums.previous.len(), (Money::ZERO, 0));
    }
    for (own, other) in into.previous.iter_mut().zip(&sums.previous) {
        *own = (own.0 + other.0, own.1 + other.1);
    }
}

fn value_of<'a>(column: &Grouping, tags: Option<&'a TagSet>) -> &'a str {
    match (column, tags) {
        (Grouping::Tag(key), Some(tags)) => tags.get(key).unwrap_or(UNALLOCATED),
        _ => UNALLOCATED,
    }
}

//! Dividing: rules applied to what was booked.
//!
//! Each call's cost is taken by at most one rule, the first that was written of those that match and are in force; what
//! a rule gives goes on by the same law. So nothing is moved twice by one rule, and whatever is moved is in one row in
//! the end. Cost is moved stretch by stretch, in parts found over the rule's whole time in the period.

use super::cells::{AllocationCell, Used};
use super::model::{
    AllocatedMeasure, AllocatedPart, AllocatedRatio, AllocatedRow, AllocatedRule, AllocationView,
};
use super::order::{overlap, takes_from};
use super::reciprocal::{Service, absorbed};
use super::rule::{AllocationMethod, AllocationRule, AllocationRules, Measure, ZeroWeight};
use super::share::{WHOLE_RATIO, shared};
use crate::money::Money;
use crate::report::grouping::Grouping;
use crate::tags::{TagKey, UNALLOCATED};
use crate::time::Window;
use std::collections::{BTreeMap, BTreeSet};

/// Every tag that rules allocate to, divided by itself.
pub(in crate::report) fn views(
    cells: &[AllocationCell],
    rules: &AllocationRules,
    version: &str,
) -> Vec<AllocationView> {
    rules.keys().iter().map(|key| Run::new(cells, rules, key).view(version)).collect()
}

/// Why rules that give everything to each other move nothing.
const NO_WAY_OUT: &str =
    "The rules that serve each other give nothing to anybody else, so the cost stays where it was.";

/// What waits to be moved by a rule: by stretch of time, and in it by whom it is taken from.
type Pool<'a> = BTreeMap<Window, BTreeMap<&'a str, Money>>;

pub(super) struct Run<'a> {
    cells: &'a [AllocationCell],
    rules: &'a AllocationRules,
    key: &'a TagKey,
    /// Which rule takes each cell.
    takers: Vec<Option<usize>>,
    pools: BTreeMap<usize, Pool<'a>>,
    rows: BTreeMap<&'a str, AllocatedRow>,
    done: Vec<AllocatedRule>,
}

/// A target of a rule with its weight.
pub(super) struct Target<'a> {
    pub(super) value: &'a str,
    weight: u128,
    pub(super) measured: Option<AllocatedMeasure>,
}

impl<'a> Run<'a> {
    pub(super) fn new(cells: &'a [AllocationCell], rules: &'a AllocationRules, key: &'a TagKey) -> Self {
        let (pools, rows, done) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut run = Self { cells, rules, key, takers: Vec::new(), pools, rows, done };
        run.row(UNALLOCATED);
        for cell in cells {
            let value = cell.value(key);
            run.row(value).direct += cell.used.cost;
            let taker = run
                .own_rules()
                .find(|(_, rule)| is_in_force(rule, &cell.stretch) && rule.selector.matches(&cell.tags));
            let taker = taker.map(|(index, _)| index);
            run.takers.push(taker);
            if let Some(index) = taker {
                run.take(index, cell.stretch, value, cell.used.cost);
            }
        }
        run
    }

    pub(super) fn own_rules(&self) -> impl Iterator<Item = (usize, &'a AllocationRule)> + use<'a> {
        let key = self.key;
        self.rules.rules().iter().enumerate().filter(move |(_, rule)| rule.to.key == *key)
    }

    fn row(&mut self, value: &'a str) -> &mut AllocatedRow {
        self.rows.entry(value).or_insert_with(|| AllocatedRow {
            value: value.to_owned(),
            direct: Money::ZERO,
            allocated_in: Money::ZERO,
            allocated_out: Money::ZERO,
            charged: Money::ZERO,
            received: Vec::new(),
        })
    }

    fn take(&mut self, rule: usize, stretch: Window, from: &'a str, amount: Money) {
        *self.pools.entry(rule).or_default().entry(stretch).or_default().entry(from).or_default() += amount;
    }

    fn view(mut self, version: &str) -> AllocationView {
        for index in self.rules.order() {
            let rule = self.rules.rules().get(*index).filter(|rule| rule.to.key == *self.key);
            if let Some(rule) = rule {
                self.divide((*index, rule), version);
            }
        }
        let Self { rows, done, key, .. } = self;
        let mut rows: Vec<AllocatedRow> = rows.into_values().collect();
        for row in &mut rows {
            row.charged = row.direct + row.allocated_in - row.allocated_out;
        }
        rows.sort_by(|one, other| {
            let rank = |row: &AllocatedRow| (row.value == UNALLOCATED, std::cmp::Reverse(row.charged));
            rank(one).cmp(&rank(other)).then_with(|| one.value.cmp(&other.value))
        });
        AllocationView { by: Grouping::Tag(key.clone()), rows, rules: done }
    }

    fn divide(&mut self, (index, rule): (usize, &'a AllocationRule), version: &str) {
        let pool = self.pools.remove(&index).unwrap_or_default();
        let whole: Money = pool.values().flat_map(BTreeMap::values).copied().sum();
        let method_id = format!("{}@{version}", rule.id);
        let mut told = AllocatedRule {
            id: rule.id.clone(),
            method_id: method_id.clone(),
            method: rule.method.to_string(),
            selector: rule.selector.to_string(),
            moved: Money::ZERO,
            kept: whole,
            note: None,
        };
        let (targets, weights, note) = self.parts(index, rule);
        told.note = note.filter(|_| whole != Money::ZERO).map(str::to_owned);
        if let Some(ratios) = shared(WHOLE_RATIO, &weights).filter(|_| !pool.is_empty()) {
            (told.moved, told.kept) = (whole, Money::ZERO);
            let mut amounts = vec![Money::ZERO; targets.len()];
            for (stretch, from) in pool {
                self.give((index, rule), (stretch, from), (&targets, &weights), &mut amounts);
            }
            for ((target, amount), ratio) in targets.into_iter().zip(amounts).zip(ratios) {
                if ratio == 0 && amount == Money::ZERO {
                    continue;
                }
                let Target { value, measured, .. } = target;
                let row = self.row(value);
                row.allocated_in += amount;
                row.received.push(AllocatedPart {
                    rule: rule.id.clone(),
                    method_id: method_id.clone(),
                    ratio: AllocatedRatio::of(ratio),
                    measured,
                    amount,
                });
            }
        }
        self.done.push(told);
    }

    /// Moves the pool of one stretch.
    fn give(
        &mut self,
        (index, rule): (usize, &'a AllocationRule),
        (stretch, from): (Window, BTreeMap<&'a str, Money>),
        (targets, weights): (&[Target<'a>], &[u128]),
        amounts: &mut [Money],
    ) {
        let whole: Money = from.values().copied().sum();
        for (value, amount) in from {
            self.row(value).allocated_out += amount;
        }
        let parts = shared(whole.pico(), weights).unwrap_or_default();
        for ((target, part), amount) in targets.iter().zip(parts).zip(amounts) {
            let part = Money::from_pico(part);
            *amount += part;
            let serving = self.rules.serving(index);
            let next = self.own_rules().find(|(other, taker)| {
                *other != index
                    && is_in_force(taker, &stretch)
                    && takes_from(taker, &rule.to.key, target.value)
            });
            // What rules give that serve each other has passed all of them.
            let next = next.filter(|(other, _)| !serving.contains(other));
            if let Some((next, _)) = next.filter(|_| part != Money::ZERO) {
                self.take(next, stretch, target.value, part);
            }
        }
    }

    /// Where a rule's cost ends up when it is divided: its targets, sorted, with their weights, and what has to be said of
    /// them. Of a rule that serves others which serve it these are the targets of all of them.
    pub(super) fn parts(
        &self,
        index: usize,
        rule: &'a AllocationRule,
    ) -> (Vec<Target<'a>>, Vec<u128>, Option<&'static str>) {
        let targets = self.targets(index, rule);
        let (weights, note) = weighed(rule, &targets);
        let serving = self.rules.serving(index);
        if serving.len() < 2 || weights.is_empty() {
            return (targets, weights, note);
        }
        let Some((own, services)) = self.services(index, serving) else { return (targets, weights, note) };
        let Some(ends) = absorbed(own, &services) else {
            return (Vec::new(), Vec::new(), Some(NO_WAY_OUT));
        };
        let measured = |value: &str| targets.iter().find(|own| own.value == value)?.measured.clone();
        let end = |(value, weight)| (Target { value, weight, measured: measured(value) }, weight);
        let (targets, weights) = ends.into_iter().map(end).unzip();
        (targets, weights, note)
    }

    /// The rules that serve each other and have somebody to give to, and the place of one among them.
    fn services(&self, index: usize, serving: &[usize]) -> Option<(usize, Vec<Service<'a>>)> {
        let rule_of = |index: usize| self.rules.rules().get(index);
        let weighed = serving.iter().filter_map(|place| {
            let rule = rule_of(*place)?;
            let targets = self.targets(*place, rule);
            let (weights, _) = weighed(rule, &targets);
            (!weights.is_empty()).then_some((*place, targets, weights))
        });
        let weighed: Vec<(usize, Vec<Target<'a>>, Vec<u128>)> = weighed.collect();
        let place_of = |taker: usize| weighed.iter().position(|(place, ..)| *place == taker);
        let service = |(place, targets, weights): &(usize, Vec<Target<'a>>, Vec<u128>)| {
            let during = rule_of(*place).map(|rule| rule.during);
            let next = |value: &str| {
                let mut rules = self.own_rules();
                let taker = rules.find(|(other, taker)| {
                    other != place
                        && during.is_some_and(|during| overlap(&taker.during, &during))
                        && takes_from(taker, self.key, value)
                });
                taker.and_then(|(taker, _)| place_of(taker))
            };
            let gives =
                targets.iter().zip(weights).map(|(own, weight)| (own.value, *weight, next(own.value)));
            Service { gives: gives.collect() }
        };
        Some((place_of(index)?, weighed.iter().map(service).collect()))
    }

    /// The targets of a rule, sorted, with what it goes by.
    fn targets(&self, index: usize, rule: &'a AllocationRule) -> Vec<Target<'a>> {
        let mut used: BTreeMap<&'a str, Vec<Used>> = BTreeMap::new();
        for (cell, taker) in self.cells.iter().zip(&self.takers) {
            let counts = *taker != Some(index)
                && is_in_force(rule, &cell.stretch)
                && rule.to.among.matches(&cell.tags);
            if counts {
                used.entry(cell.value(self.key)).or_default().push(cell.used);
            }
        }
        let values: BTreeSet<&'a str> = if rule.to.values.is_empty() {
            let spent = used.iter().filter(|(_, used)| used.iter().any(Used::is_something));
            spent.map(|(value, _)| *value).filter(|value| self.is_target(rule, value)).collect()
        } else {
            rule.to.values.iter().map(String::as_str).collect()
        };
        let none = Vec::new();
        let target = |value: &'a str| weight_of(rule, value, used.get(value).unwrap_or(&none));
        values.into_iter().map(target).collect()
    }

    /// Whether a value that spent is one of every value: not excepted, nobody's, or itself moved by a rule.
    fn is_target(&self, rule: &AllocationRule, value: &str) -> bool {
        let is_moved = |(_, other): (usize, &AllocationRule)| {
            overlap(&other.during, &rule.during) && takes_from(other, self.key, value)
        };
        value != UNALLOCATED
            && !rule.to.except.iter().any(|except| except == value)
            && !self.own_rules().any(is_moved)
    }
}

pub(super) fn is_in_force(rule: &AllocationRule, stretch: &Window) -> bool {
    rule.during.contains(stretch.start())
}

fn weight_of<'a>(rule: &AllocationRule, value: &'a str, used: &[Used]) -> Target<'a> {
    let measured = |unit: &str, quantity: String| Some(AllocatedMeasure { unit: unit.to_owned(), quantity });
    match &rule.method {
        AllocationMethod::Even => Target { value, weight: 1, measured: None },
        AllocationMethod::Fixed(shares) => {
            let share = shares.iter().find(|(own, _)| own == value).map_or(0, |(_, share)| *share);
            Target { value, weight: u128::from(share), measured: None }
        }
        AllocationMethod::Proportional(measure) => {
            let weight = match measure {
                Measure::Given(_, weights) => {
                    weights.iter().find(|(own, _)| own == value).map_or(0, |(_, weight)| u128::from(*weight))
                }
                measure => Used::weight(used, measure),
            };
            let quantity = match measure {
                Measure::Cost => Money::from_pico(i128::try_from(weight).unwrap_or(i128::MAX)).to_string(),
                _ => weight.to_string(),
            };
            Target { value, weight, measured: measured(measure.unit(), quantity) }
        }
    }
}

/// The weights to go by, and what has to be said of them.
fn weighed(rule: &AllocationRule, targets: &[Target<'_>]) -> (Vec<u128>, Option<&'static str>) {
    if targets.is_empty() {
        return (Vec::new(), Some("There was nobody to move the cost to, so it stays where it was."));
    }
    let weights: Vec<u128> = targets.iter().map(|target| target.weight).collect();
    match rule.zero_weight {
        _ if weights.iter().any(|weight| *weight > 0) => (weights, None),
        ZeroWeight::Even => (
            vec![1; targets.len()],
            Some("All targets had a weight of zero, so the cost was divided evenly."),
        ),
        ZeroWeight::Keep => {
            (Vec::new(), Some("All targets had a weight of zero, so the cost stays where it was."))
        }
    }
}

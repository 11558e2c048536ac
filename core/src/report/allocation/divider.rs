//! Dividing charge by charge, so that the charges together are divided as the statement divides their sum.
//!
//! A pool grows with each charge that a rule takes, and a charge's parts are how much the parts of the pool grew. So the
//! parts of a charge sum to it, and those of all charges of a stretch sum to what the statement gives each target, to the
//! last pico; a part of a tiny charge may be off by a pico, even below zero. Ratios don't depend on the order of charges.

use super::cells::AllocationCell;
use super::model::{AllocatedMeasure, AllocatedRatio};
use super::order::takes_from;
use super::rule::{AllocationRule, AllocationRules};
use super::run::{Run, is_in_force};
use super::share::{WHOLE_RATIO, shared};
use crate::money::Money;
use crate::tags::{TagKey, TagSet};
use crate::time::{Timestamp, Window};
use std::collections::BTreeMap;

/// A rule's targets and their weights, where it has any to go by.
#[derive(Debug)]
struct Split {
    targets: Vec<(String, Option<AllocatedMeasure>)>,
    weights: Vec<u128>,
}

/// What a rule has divided so far in one stretch.
#[derive(Debug, Default)]
struct Pool {
    whole: i128,
    parts: Vec<i128>,
}

/// A part of a charge that goes to one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::report) struct ChargePart {
    /// The target.
    pub(in crate::report) target: String,
    /// How much of the charge; the parts sum to it.
    pub(in crate::report) amount: Money,
    /// The part of 1; the ratios of a charge sum to exactly 1.
    pub(in crate::report) ratio: AllocatedRatio,
    /// By which rule how much of it, and what that rule went by: one, but where rules are chained.
    pub(in crate::report) elements: Vec<ChargeElement>,
}

/// What one rule gave of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::report) struct ChargeElement {
    /// The rule's id.
    pub(in crate::report) rule: String,
    /// Its part of 1.
    pub(in crate::report) ratio: AllocatedRatio,
    /// What it went by.
    pub(in crate::report) measured: Option<AllocatedMeasure>,
}

/// Divides charges by the rules for one tag, over what was booked in a period.
#[derive(Debug)]
pub(in crate::report) struct Divider {
    key: TagKey,
    rules: AllocationRules,
    version: String,
    splits: BTreeMap<usize, Split>,
    pools: BTreeMap<(usize, Timestamp), Pool>,
}

impl Divider {
    /// From everything that was booked in the period.
    pub(in crate::report) fn new(
        cells: &[AllocationCell],
        rules: &AllocationRules,
        (key, version): (&TagKey, String),
    ) -> Self {
        let run = Run::new(cells, rules, key);
        let split = |(index, rule)| {
            let (targets, weights, _) = run.parts(index, rule);
            shared(WHOLE_RATIO, &weights)?;
            let targets = targets.into_iter().map(|own| (own.value.to_owned(), own.measured)).collect();
            Some((index, Split { targets, weights }))
        };
        let splits = run.own_rules().filter_map(split).collect();
        Self { key: key.clone(), rules: rules.clone(), version, splits, pools: BTreeMap::new() }
    }

    /// The tag whose values are charged.
    pub(in crate::report) fn key(&self) -> &TagKey {
        &self.key
    }

    fn own_rules(&self) -> impl Iterator<Item = (usize, &AllocationRule)> {
        self.rules.rules().iter().enumerate().filter(|(_, rule)| rule.to.key == self.key)
    }

    /// The rule that moves charges with these tags in a stretch; nothing where none does, or it has nobody to give to.
    pub(in crate::report) fn taker(&self, tags: &TagSet, stretch: &Window) -> Option<usize> {
        let mut rules = self.own_rules();
        let taker = rules.find(|(_, rule)| is_in_force(rule, stretch) && rule.selector.matches(tags));
        taker.map(|(index, _)| index).filter(|index| self.splits.contains_key(index))
    }

    /// A rule as FOCUS's AllocatedMethodId: `id@version`.
    pub(in crate::report) fn method_id(&self, taker: usize) -> String {
        let id = self.rules.rules().get(taker).map_or("", |rule| rule.id.as_str());
        format!("{id}@{}", self.version)
    }

    /// The parts of a charge that a rule takes, by target.
    pub(in crate::report) fn divide(
        &mut self,
        taker: usize,
        stretch: &Window,
        amount: Money,
    ) -> Vec<ChargePart> {
        let ratios = self.flow(taker, stretch, WHOLE_RATIO, &mut |_, split, whole| {
            shared(whole, &split.weights).unwrap_or_default()
        });
        let mut pools = std::mem::take(&mut self.pools);
        let amounts = self.flow(taker, stretch, amount.pico(), &mut |index, split, whole| {
            let pool = pools.entry((index, stretch.start())).or_default();
            pool.whole = pool.whole.saturating_add(whole);
            let parts = shared(pool.whole, &split.weights).unwrap_or_default();
            pool.parts.resize(parts.len(), 0);
            let grown = parts.iter().zip(&pool.parts).map(|(now, before)| now - before).collect();
            pool.parts = parts;
            grown
        });
        self.pools = pools;
        self.parts(&ratios, &amounts)
    }

    /// Lets a whole flow through the rules from the one that takes it: what comes to which target from which rule.
    fn flow(
        &self,
        taker: usize,
        stretch: &Window,
        whole: i128,
        share: &mut dyn FnMut(usize, &Split, i128) -> Vec<i128>,
    ) -> BTreeMap<(String, usize), i128> {
        let mut waiting = BTreeMap::from([(taker, whole)]);
        let mut arrived: BTreeMap<(String, usize), i128> = BTreeMap::new();
        for index in self.rules.order() {
            let Some((whole, split)) = waiting.remove(index).zip(self.splits.get(index)) else { continue };
            for ((target, _), part) in split.targets.iter().zip(share(*index, split, whole)) {
                let next = self.own_rules().find(|(other, rule)| {
                    other != index && is_in_force(rule, stretch) && takes_from(rule, &self.key, target)
                });
                let serving = self.rules.serving(*index);
                let next = next.filter(|(next, _)| !serving.contains(next) && self.splits.contains_key(next));
                match next {
                    Some((next, _)) => *waiting.entry(next).or_default() += part,
                    None => *arrived.entry((target.clone(), *index)).or_default() += part,
                }
            }
        }
        arrived
    }

    fn parts(
        &self,
        ratios: &BTreeMap<(String, usize), i128>,
        amounts: &BTreeMap<(String, usize), i128>,
    ) -> Vec<ChargePart> {
        let mut parts: BTreeMap<&str, (i128, i128, Vec<ChargeElement>)> = BTreeMap::new();
        for ((target, index), ratio) in ratios {
            let amount = amounts.get(&(target.clone(), *index)).copied().unwrap_or_default();
            if *ratio == 0 && amount == 0 {
                continue;
            }
            let own = parts.entry(target).or_default();
            (own.0, own.1) = (own.0 + ratio, own.1 + amount);
            own.2.push(self.element(target, *index, *ratio));
        }
        let part =
            |(target, (ratio, amount, elements)): (&str, (i128, i128, Vec<ChargeElement>))| ChargePart {
                target: target.to_owned(),
                amount: Money::from_pico(amount),
                ratio: AllocatedRatio::of(ratio),
                elements,
            };
        parts.into_iter().map(part).collect()
    }

    fn element(&self, target: &str, index: usize, ratio: i128) -> ChargeElement {
        let targets = self.splits.get(&index).map(|split| split.targets.as_slice()).unwrap_or_default();
        let own = targets.iter().find(|(own, _)| own == target);
        ChargeElement {
            rule: self.rules.rules().get(index).map(|rule| rule.id.clone()).unwrap_or_default(),
            ratio: AllocatedRatio::of(ratio),
            measured: own.and_then(|(_, measured)| measured.clone()),
        }
    }
}

//! Matching at the finest common key; what doesn't match rolls up to the next coarser one.
//!
//! At a fine key two sides match when their counts agree. What is left is compared by day, model and kind of usage,
//! whatever its counts are; where the bill doesn't tell the kind of usage or the model, by what it tells.

use super::bill::{Bill, Charged};
use super::key::{MatchKey, MatchLevel};
use super::line::ChargeKind;
use super::meter::MeterLine;
use super::pair::Pair;
use super::rates::Rates;
use crate::error::Result;
use crate::money::Money;
use std::collections::{BTreeMap, BTreeSet};

/// The two sides, and which of their lines are taken.
pub(super) struct Pairing<'s, 'l> {
    meter: &'s [MeterLine],
    bill: &'s [Charged<'l>],
    rates: &'s Rates<'s>,
    /// Whether amounts and counts are on lines of their own.
    has_two: bool,
    terms: Stated,
    ours: BTreeSet<usize>,
    theirs: BTreeSet<usize>,
    pub(super) pairs: Vec<Pair>,
}

impl<'s, 'l> Pairing<'s, 'l> {
    pub(super) fn new(meter: &'s [MeterLine], bill: &'s Bill<'l>, rates: &'s Rates<'s>) -> Self {
        let (ours, theirs) = ((0..meter.len()).collect(), (0..bill.lines.len()).collect());
        let terms = Stated::of(&bill.lines);
        Self {
            meter,
            bill: &bill.lines,
            rates,
            has_two: bill.has_two,
            terms,
            ours,
            theirs,
            pairs: Vec::new(),
        }
    }

    /// The lines of the bill that aren't taken.
    pub(super) fn left(&self) -> impl Iterator<Item = (usize, &'s Charged<'l>)> {
        let bill = self.bill;
        self.theirs.iter().filter_map(move |at| Some((*at, bill.get(*at)?)))
    }

    /// The lines of the ledger that aren't taken.
    pub(super) fn own_left(&self) -> impl Iterator<Item = (usize, &'s MeterLine)> {
        let meter = self.meter;
        self.ours.iter().filter_map(move |at| Some((*at, meter.get(*at)?)))
    }

    /// Takes lines as a pair.
    pub(super) fn take(
        &mut self,
        key: MatchKey,
        level: MatchLevel,
        (ours, theirs): (Vec<usize>, Vec<usize>),
    ) -> Result<usize> {
        for at in &ours {
            self.ours.remove(at);
        }
        for at in &theirs {
            self.theirs.remove(at);
        }
        let pair = self.pair(key, level, (ours, theirs))?;
        self.pairs.push(pair);
        Ok(self.pairs.len() - 1)
    }

    /// The two sides under a key, with the bill's count worked out where only its amount is told.
    fn pair(&self, key: MatchKey, level: MatchLevel, sides: (Vec<usize>, Vec<usize>)) -> Result<Pair> {
        let mut pair = Pair::new(key, level, sides, (self.meter, self.bill));
        if pair.theirs_quantity.is_none() && !pair.theirs.is_empty() && pair.key.dimension.is_some() {
            let counts = pair.theirs.iter().filter_map(|at| self.bill.get(*at));
            pair.theirs_quantity = counts.map(|charged| charged.count(self.rates)).sum();
            pair.is_implied = pair.theirs_quantity.is_some();
        }
        pair.decomposed()
    }

    /// Matches everything that no rule has taken before.
    pub(super) fn match_all(&mut self) -> Result<()> {
        for level in [MatchLevel::Exact, MatchLevel::NoCredential, MatchLevel::NoTier] {
            self.match_equal(level)?;
        }
        self.match_tools()?;
        self.match_without_kind()?;
        self.match_without_model()?;
        self.match_rest()
    }

    fn groups(
        &self,
        of: impl Fn(&MatchKey) -> Option<MatchKey>,
    ) -> BTreeMap<MatchKey, (Vec<usize>, Vec<usize>)> {
        let mut groups: BTreeMap<MatchKey, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (at, line) in self.own_left() {
            if let Some(key) = of(&line.key) {
                groups.entry(key).or_default().0.push(at);
            }
        }
        for (at, charged) in self.left() {
            if let Some(key) = of(&charged.key) {
                groups.entry(key).or_default().1.push(at);
            }
        }
        groups
    }

    /// Both sides have the key, and the same count of it.
    fn match_equal(&mut self, level: MatchLevel) -> Result<()> {
        let of = |key: &MatchKey| match level {
            MatchLevel::NoTier => self.last_key(key),
            _ => self.terms.of_key(&key.at(level)),
        };
        for (key, (ours, theirs)) in self.groups(|key| Some(of(key))) {
            if ours.is_empty() || theirs.is_empty() || key.kind != ChargeKind::Usage {
                continue;
            }
            if !self.is_whole(&key, &theirs) {
                continue;
            }
            let pair = self.pair(key.clone(), level, (ours.clone(), theirs.clone()))?;
            let amounts_agree = pair.difference().pico().abs() <= pair.slack;
            let agrees = match pair.more() {
                Some(more) => more == 0 && (key.dimension.is_some() || amounts_agree),
                None => amounts_agree,
            };
            if agrees || pair.is_trued_up && pair.difference() == Money::ZERO {
                self.take(key, level, (ours, theirs))?;
            }
        }
        Ok(())
    }

    /// Whether a group has what the bill has for it: its amounts and its counts may have keys of other fineness.
    fn is_whole(&self, key: &MatchKey, theirs: &[usize]) -> bool {
        let lines = || theirs.iter().filter_map(|at| self.bill.get(*at));
        let has_counts = lines().any(|charged| charged.quantity.is_some());
        let has_amounts = lines().any(|charged| charged.amount.is_some());
        !self.has_two || has_counts && (has_amounts || is_priority(key))
    }

    /// The key by which everything is compared that didn't match: day, model and kind of usage. Calls of the priority
    /// tier, which a report of costs leaves out, stay apart.
    fn last_key(&self, key: &MatchKey) -> MatchKey {
        let is_apart = self.has_two || self.terms.tier && !self.terms.priority;
        let tier = key.tier.clone().filter(|_| is_apart && is_priority(key));
        MatchKey { tier, ..key.at(MatchLevel::NoTier) }
    }

    /// What the bill counts by day without a model, such as searches.
    fn match_tools(&mut self) -> Result<()> {
        let wanted: BTreeSet<MatchKey> = self
            .left()
            .map(|(_, charged)| &charged.key)
            .filter(|key| key.kind == ChargeKind::Usage && key.model.is_none() && key.dimension.is_some())
            .map(without_model)
            .collect();
        for (key, (ours, theirs)) in
            self.groups(|key| Some(without_model(key)).filter(|key| wanted.contains(key)))
        {
            self.take(key, MatchLevel::AccountDay, (ours, theirs))?;
        }
        Ok(())
    }

    /// Models of which the bill has one amount a day.
    fn match_without_kind(&mut self) -> Result<()> {
        let level = MatchLevel::ModelDay;
        let is_whole =
            |key: &MatchKey| key.kind == ChargeKind::Usage && key.model.is_some() && key.dimension.is_none();
        self.match_wanted(level, is_whole)
    }

    /// Days of which the bill has one amount.
    fn match_without_model(&mut self) -> Result<()> {
        let level = MatchLevel::AccountDay;
        let is_whole =
            |key: &MatchKey| key.kind == ChargeKind::Usage && key.model.is_none() && key.dimension.is_none();
        self.match_wanted(level, is_whole)
    }

    fn match_wanted(&mut self, level: MatchLevel, is_whole: impl Fn(&MatchKey) -> bool) -> Result<()> {
        let wanted: BTreeSet<MatchKey> = self
            .left()
            .map(|(_, own)| &own.key)
            .filter(|key| is_whole(key))
            .map(|key| key.at(level))
            .collect();
        let groups = self.groups(|key| Some(key.at(level)).filter(|key| wanted.contains(key)));
        for (key, (ours, theirs)) in groups {
            self.take(key, level, (ours, theirs))?;
        }
        Ok(())
    }

    /// Everything that is left, by day, model and kind of usage.
    fn match_rest(&mut self) -> Result<()> {
        let ours: BTreeSet<MatchKey> =
            self.own_left().map(|(_, line)| line.key.at(MatchLevel::ModelDay)).collect();
        let theirs: BTreeSet<MatchKey> =
            self.left().map(|(_, own)| own.key.at(MatchLevel::ModelDay)).collect();
        for (key, sides) in self.groups(|key| Some(self.last_key(key))) {
            let cell = key.at(MatchLevel::ModelDay);
            let level = match (
                sides.0.is_empty() || sides.1.is_empty(),
                ours.contains(&cell) && theirs.contains(&cell),
            ) {
                (false, _) => MatchLevel::NoTier,
                (true, true) => MatchLevel::ModelDay,
                (true, false) => MatchLevel::AccountDay,
            };
            self.take(key, level, sides)?;
        }
        Ok(())
    }
}

/// Which terms the bill states at all. One that it never does can't be compared by it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question by itself, and all are answered together"
)]
#[derive(Clone, Copy, Debug, Default)]
struct Stated {
    tier: bool,
    context: bool,
    geo: bool,
    /// Whether a line with an amount is of the priority tier.
    priority: bool,
}

impl Stated {
    fn of(bill: &[Charged<'_>]) -> Self {
        bill.iter().fold(Self::default(), |stated, charged| Self {
            tier: stated.tier || charged.key.tier.is_some(),
            context: stated.context || charged.key.context.is_some(),
            geo: stated.geo || charged.key.geo.is_some(),
            priority: stated.priority || charged.amount.is_some() && is_priority(&charged.key),
        })
    }

    /// The key without the terms that the bill never states.
    fn of_key(self, key: &MatchKey) -> MatchKey {
        MatchKey {
            tier: key.tier.clone().filter(|_| self.tier),
            context: key.context.clone().filter(|_| self.context),
            geo: key.geo.clone().filter(|_| self.geo),
            ..key.clone()
        }
    }
}

/// Whether a key is of the priority tier.
pub(super) fn is_priority(key: &MatchKey) -> bool {
    key.tier.as_deref().is_some_and(|tier| tier.split('+').any(|own| own == "priority"))
}

/// A day's usage of a kind, of all models.
fn without_model(key: &MatchKey) -> MatchKey {
    MatchKey { dimension: key.dimension, ..key.at(MatchLevel::AccountDay) }
}

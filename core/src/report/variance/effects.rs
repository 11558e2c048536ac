//! Why one agent's cost changed: exact effects that sum to the change, to the last pico.
//!
//! Each effect is the difference between two costs that could have been, one step further from what was before to what is
//! now. Each of those costs is rounded half to even to a pico, so nothing is left over:
//!
//! 1. what the period before cost (`C0`);
//! 2. as many calls as now, of the same cost each: `C0 × N1 / N0`;
//! 3. as many calls of each model as now: the sum of `c0 × n1 / n0` over the models;
//! 4. as much usage of each kind as now, at the prices of before: the sum of `c0 × q1 / q0`, first by the input as a whole,
//!    then by how much of it was uncached, written to and read from a cache;
//! 5. what was booked.
//!
//! A kind of usage that a model had none of before has no earlier price, and counts at today's. Models that are new or gone
//! stand apart, and so does cost without usage.

use crate::ledger::{EntryLine, Rollup};
use crate::money::{Money, Rounding};
use crate::pricing::Dimension;
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, fmt};

/// Text that is sent to a model.
const INPUT: [Dimension; 5] = [
    Dimension::InputUncached,
    Dimension::CacheRead,
    Dimension::CacheWrite5m,
    Dimension::CacheWrite1h,
    Dimension::CacheWrite12h,
];
const OUTPUT: [Dimension; 2] = [Dimension::Output, Dimension::Reasoning];

/// What made a cost change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EffectKind {
    /// More or fewer calls, at the average cost of a call before.
    Volume,
    /// Calls moved between dearer and cheaper models.
    Mix,
    /// More or less input a call.
    Prompts,
    /// More or less of the input was read from a cache.
    Cache,
    /// More or less output a call.
    Answers,
    /// Other usage a call: images, sound, searches, fees.
    OtherUsage,
    /// Other prices a unit: a new price, or other terms.
    Price,
    /// Models that were not used before.
    New,
    /// Models that are no longer used.
    Gone,
    /// Cost without usage: expired holds, costs told from elsewhere and corrections.
    Unmeasured,
}

impl EffectKind {
    /// Every kind, in the order of the steps.
    pub const ALL: [Self; 10] = [
        Self::Volume,
        Self::Mix,
        Self::Prompts,
        Self::Cache,
        Self::Answers,
        Self::OtherUsage,
        Self::Price,
        Self::New,
        Self::Gone,
        Self::Unmeasured,
    ];

    /// The name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Mix => "mix",
            Self::Prompts => "prompts",
            Self::Cache => "cache",
            Self::Answers => "answers",
            Self::OtherUsage => "other_usage",
            Self::Price => "price",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Unmeasured => "unmeasured",
        }
    }
}

impl fmt::Display for EffectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A part of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What made it.
    pub kind: EffectKind,
    /// How much more, or less, it cost for that.
    pub amount: Money,
}

/// One model of an agent, before and now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved<'a> {
    pub(super) before: &'a Rollup,
    pub(super) now: &'a Rollup,
}

/// The effects by their kinds, also those of nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects([Money; EffectKind::ALL.len()]);

impl Effects {
    /// Of the models of one agent.
    pub(super) fn of(models: &[Moved<'_>]) -> Self {
        let mut effects = Self::default();
        let is_kept = |model: &&Moved<'_>| model.before.calls > 0 && model.now.calls > 0;
        for Moved { before, now } in models {
            effects.add(EffectKind::Unmeasured, now.unmeasured - before.unmeasured);
        }
        for model in models.iter().filter(|model| !is_kept(model)) {
            let kind = if model.before.calls == 0 { EffectKind::New } else { EffectKind::Gone };
            effects.add(kind, measured(model.now) - measured(model.before));
        }
        let kept: Vec<&Moved<'_>> = models.iter().filter(is_kept).collect();
        let calls = |of: fn(&Moved<'_>) -> u64| kept.iter().map(|model| of(model)).sum::<u64>();
        let (calls_before, calls_now) = (calls(|model| model.before.calls), calls(|model| model.now.calls));
        let before: Money = kept.iter().map(|model| measured(model.before)).sum();
        let as_many = scaled(before, calls_now, calls_before);
        effects.add(EffectKind::Volume, as_many - before);
        let of_each: Money = kept.iter().map(|model| effects.usage(model)).sum();
        effects.add(EffectKind::Mix, of_each - as_many);
        effects
    }

    /// The usage and the prices of a model that was used before and is used now; what its calls would have cost.
    fn usage(&mut self, model: &Moved<'_>) -> Money {
        let Moved { before, now } = model;
        let mut steps = [Step::default(), Step::default(), Step::default()];
        let mut input = (0_u64, 0_u64, Money::ZERO);
        for dimension in Dimension::ALL {
            let ((old, cost), (new, booked)) = (line(before, *dimension), line(now, *dimension));
            let as_many = scaled(cost, now.calls, before.calls);
            let as_much = match old {
                0 if cost == Money::ZERO => booked,
                0 => as_many,
                _ => scaled(cost, new, old),
            };
            let place = if INPUT.contains(dimension) {
                input = (input.0.saturating_add(old), input.1.saturating_add(new), input.2 + cost);
                0
            } else {
                1 + usize::from(!OUTPUT.contains(dimension))
            };
            if let Some(step) = steps.get_mut(place) {
                *step = step.plus(as_many, as_much);
            }
            self.add(EffectKind::Price, booked - as_much);
        }
        let [of_input, of_output, of_others] = steps;
        let whole_input = if input.0 > 0 { scaled(input.2, input.1, input.0) } else { of_input.as_many };
        self.add(EffectKind::Prompts, whole_input - of_input.as_many);
        self.add(EffectKind::Cache, of_input.as_much - whole_input);
        self.add(EffectKind::Answers, of_output.as_much - of_output.as_many);
        self.add(EffectKind::OtherUsage, of_others.as_much - of_others.as_many);
        of_input.as_many + of_output.as_many + of_others.as_many
    }

    fn add(&mut self, kind: EffectKind, amount: Money) {
        if let Some(own) = self.0.get_mut(kind as usize) {
            *own += amount;
        }
    }

    /// Adds those of another agent.
    pub(super) fn merge(&mut self, other: &Self) {
        for (own, amount) in self.0.iter_mut().zip(other.0) {
            *own += amount;
        }
    }

    /// Those that are something, in the order of the steps.
    pub(super) fn list(&self) -> Vec<Effect> {
        let all = EffectKind::ALL.into_iter().zip(self.0).map(|(kind, amount)| Effect { kind, amount });
        all.filter(|effect| effect.amount != Money::ZERO).collect()
    }

    /// The largest first.
    pub(super) fn ranked(&self) -> Vec<Effect> {
        let mut list = self.list();
        list.sort_by_key(|effect| Reverse(effect.amount.pico().saturating_abs()));
        list
    }

    #[cfg(test)]
    pub(super) fn sum(&self) -> Money {
        self.0.iter().copied().sum()
    }
}

/// A family of usage: what the calls of now would have cost, and what the usage of now would have.
#[derive(Clone, Copy, Default)]
struct Step {
    as_many: Money,
    as_much: Money,
}

impl Step {
    fn plus(self, as_many: Money, as_much: Money) -> Self {
        Self { as_many: self.as_many + as_many, as_much: self.as_much + as_much }
    }
}

/// The cost of what was measured.
pub(super) fn measured(sums: &Rollup) -> Money {
    sums.lines.iter().map(|line| line.amount).sum()
}

/// Units and cost of a dimension.
fn line(sums: &Rollup, dimension: Dimension) -> (u64, Money) {
    let own = sums.lines.iter().filter(|line| line.dimension == dimension);
    own.fold((0, Money::ZERO), |(quantity, cost), EntryLine { quantity: more, amount, .. }| {
        (quantity.saturating_add(*more), cost + *amount)
    })
}

/// Input tokens of text, and those of them that were read from a cache.
pub(super) fn input(sums: &Rollup) -> (u64, u64) {
    let quantity = |dimension: Dimension| line(sums, dimension).0;
    let whole = INPUT.iter().fold(0_u64, |sum, own| sum.saturating_add(quantity(*own)));
    (whole, quantity(Dimension::CacheRead))
}

/// Output tokens.
pub(super) fn output(sums: &Rollup) -> u64 {
    OUTPUT.iter().fold(0, |sum, own| sum.saturating_add(line(sums, *own).0))
}

/// An amount times a fraction, rounded half to even to a pico. Where the product leaves 128 bits, dividing comes first,
/// which is off by less than a pico a unit; the effects sum to the change all the same.
fn scaled(amount: Money, numerator: u64, denominator: u64) -> Money {
    if denominator == 0 {
        return amount;
    }
    let (pico, times, by) = (amount.pico(), i128::from(numerator), i128::from(denominator));
    let scaled = pico
        .checked_mul(times)
        .map_or_else(|| (pico / by).saturating_mul(times), |product| Rounding::HalfEven.divide(product, by));
    Money::from_pico(scaled)
}

//! Why the total changed against the period before: by agent, and summed from there.
//!
//! The effects of every agent sum to its change exactly, and so do those of every group and of the whole. A period that
//! isn't over is compared with as much of the one before, to the hour.

mod effects;
#[cfg(test)]
mod tests;

pub use effects::{Effect, EffectKind};

use super::cube::Cube;
use super::gather::Sums;
use super::grouping::Grouping;
use super::period::ReportPeriod;
use super::values::Values;
use crate::ledger::Rollup;
use crate::money::Money;
use effects::{Effects, Moved, input, output};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All of something, in hundredths of a percent.
const WHOLE: u128 = 10_000;

/// Why the total changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variance {
    /// What it is compared with: the period before, or as much of it as has passed of this one.
    pub against: ReportPeriod,
    /// What that cost.
    pub before: Money,
    /// How much more, or less, the period cost.
    pub change: Money,
    /// Its parts, which sum to it.
    pub effects: Vec<Effect>,
    /// The column of the groups.
    pub by: Grouping,
    /// The same for each group, the largest change first.
    pub groups: Vec<VarianceGroup>,
    /// The columns of the drivers.
    pub columns: Vec<Grouping>,
    /// The largest effects of single agents, in either direction.
    pub drivers: Vec<Driver>,
    /// The sum of all other effects, so that with it the drivers sum to the change.
    pub rest: Money,
}

/// Why the cost of a group changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VarianceGroup {
    /// The group.
    pub value: String,
    /// What it cost before.
    pub before: Money,
    /// What it costs now.
    pub cost: Money,
    /// The parts of the difference, which sum to it.
    pub effects: Vec<Effect>,
}

/// One effect of one agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Driver {
    /// Whose.
    pub values: Values,
    /// What made it.
    pub kind: EffectKind,
    /// How much more, or less, it cost for that.
    pub amount: Money,
    /// What moved, before: calls for volume and for models that are new or gone, tokens a call for prompts and answers,
    /// hundredths of a percent of the input for the cache; 0 for the others.
    pub was: u64,
    /// The same now.
    pub is: u64,
}

/// One agent's models.
#[derive(Default)]
struct Agent {
    models: Vec<Sums>,
}

impl Agent {
    fn effects(&self) -> Effects {
        let models: Vec<_> =
            self.models.iter().map(|sums| Moved { before: &sums.before, now: &sums.current }).collect();
        Effects::of(&models)
    }

    fn cost(&self) -> (Money, Money) {
        let of = |sums: &Sums| (sums.before.amount(), sums.current.amount());
        let both = self.models.iter().map(of);
        both.fold((Money::ZERO, Money::ZERO), |sum, own| (sum.0 + own.0, sum.1 + own.1))
    }

    /// What moved, before and now.
    fn moved(&self, kind: EffectKind) -> (u64, u64) {
        let sum = |of: &dyn Fn(&Rollup) -> u64| {
            let before = self.models.iter().map(|sums| of(&sums.before)).fold(0, u64::saturating_add);
            (before, self.models.iter().map(|sums| of(&sums.current)).fold(0, u64::saturating_add))
        };
        let calls = sum(&|sums| sums.calls);
        let each = |(before, now): (u64, u64)| {
            (before.checked_div(calls.0).unwrap_or(0), now.checked_div(calls.1).unwrap_or(0))
        };
        match kind {
            EffectKind::Volume | EffectKind::New | EffectKind::Gone => calls,
            EffectKind::Prompts => each(sum(&|sums| input(sums).0)),
            EffectKind::Answers => each(sum(&output)),
            EffectKind::Cache => {
                let (whole, read) = (sum(&|sums| input(sums).0), sum(&|sums| input(sums).1));
                (share(read.0, whole.0), share(read.1, whole.1))
            }
            _ => (0, 0),
        }
    }
}

fn share(part: u64, whole: u64) -> u64 {
    let share = (u128::from(part) * WHOLE).checked_div(u128::from(whole)).unwrap_or(0);
    u64::try_from(share).unwrap_or(0)
}

/// The variance of what was read; nothing where there is nothing to compare with.
pub(super) fn variance(
    cube: &Cube<'_>,
    by: &[Grouping],
    against: Option<ReportPeriod>,
    most: usize,
) -> Option<Variance> {
    let against = against?;
    let by = by.iter().find(|by| matches!(by, Grouping::Tag(_))).cloned().unwrap_or(Grouping::TEAM);
    let mut columns = vec![Grouping::TEAM, Grouping::PROJECT, Grouping::CLIENT, Grouping::AGENT];
    if !columns.contains(&by) {
        columns.push(by.clone());
    }
    let agents = agents(cube, &columns);
    if agents.values().all(|agent| agent.models.iter().all(|sums| sums.before.seqs.1 == 0)) {
        return None;
    }
    let place = columns.iter().position(|column| *column == by).unwrap_or(0);
    let (mut whole, mut costs, mut drivers) = (Effects::default(), (Money::ZERO, Money::ZERO), Vec::new());
    let mut groups: BTreeMap<&str, (Effects, Money, Money)> = BTreeMap::new();
    for (names, agent) in &agents {
        let (effects, (before, now)) = (agent.effects(), agent.cost());
        whole.merge(&effects);
        costs = (costs.0 + before, costs.1 + now);
        let group = groups.entry(names.get(place).copied().unwrap_or_default()).or_default();
        group.0.merge(&effects);
        (group.1, group.2) = (group.1 + before, group.2 + now);
        let values = Values::new(columns.iter().cloned().zip(names.iter().copied()));
        drivers.extend(effects.ranked().into_iter().map(|Effect { kind, amount }| {
            let (was, is) = agent.moved(kind);
            Driver { values: values.clone(), kind, amount, was, is }
        }));
    }
    // The sort is stable, so equal amounts keep the order of the names.
    drivers.sort_by_key(|driver| std::cmp::Reverse(driver.amount.pico().saturating_abs()));
    drivers.truncate(most);
    let change = costs.1 - costs.0;
    let rest = change - drivers.iter().map(|driver| driver.amount).sum();
    let (groups, before) = (ranked(groups), costs.0);
    Some(Variance { against, before, change, effects: whole.list(), by, groups, columns, drivers, rest })
}

fn agents<'a>(cube: &Cube<'a>, columns: &[Grouping]) -> BTreeMap<Vec<&'a str>, Agent> {
    let mut with_model = columns.to_vec();
    with_model.push(Grouping::Model);
    let mut agents: BTreeMap<Vec<&str>, Agent> = BTreeMap::new();
    let mut lines = cube.lines(&with_model);
    lines.sort_by(|left, right| left.0.cmp(&right.0));
    for (mut values, sums) in lines {
        values.pop();
        agents.entry(values).or_default().models.push(sums);
    }
    agents
}

fn ranked(groups: BTreeMap<&str, (Effects, Money, Money)>) -> Vec<VarianceGroup> {
    let group = |(value, (effects, before, cost)): (&str, (Effects, Money, Money))| VarianceGroup {
        value: value.to_owned(),
        before,
        cost,
        effects: effects.list(),
    };
    let mut groups: Vec<_> = groups.into_iter().map(group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.cost - group.before).pico().saturating_abs()));
    groups
}

impl Variance {
    /// Whether the effects sum to the change, of the whole and of every group.
    pub(super) fn adds_up(&self, total: Money) -> bool {
        let sum = |effects: &[Effect]| effects.iter().map(|effect| effect.amount).sum::<Money>();
        self.before + self.change == total
            && sum(&self.effects) == self.change
            && self.groups.iter().all(|group| sum(&group.effects) == group.cost - group.before)
            && self.groups.iter().map(|group| group.cost).sum::<Money>() == total
            && self.drivers.iter().map(|driver| driver.amount).sum::<Money>() + self.rest == self.change
    }
}

//! How the calls ended.

use crate::workload::PlannedCall;
use bursar::{Decision, Money, Settled};
use std::collections::BTreeMap;

/// Counts of calls, and what was refused by whom.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) settled: u64,
    pub(crate) overruns: u64,
    pub(crate) spent: Money,
    pub(crate) released: u64,
    pub(crate) lost: u64,
    pub(crate) throttled: u64,
    /// Times that a call waited and asked again, or went to a cheaper model.
    pub(crate) waited: u64,
    pub(crate) downgraded: u64,
    /// Refusals by decision, budget and agent, each with its count and its first sentence.
    pub(crate) refusals: BTreeMap<(&'static str, String, &'static str), (u64, String)>,
}

impl Tally {
    pub(crate) fn settle(&mut self, settled: Settled) {
        self.settled += 1;
        self.overruns += u64::from(settled.is_overrun);
        self.spent += settled.cost;
    }

    pub(crate) fn refuse(&mut self, call: &PlannedCall, decision: &Decision) {
        self.throttled += u64::from(matches!(decision, Decision::Throttled(_)));
        let budget = decision.budget().map(ToString::to_string).unwrap_or_default();
        let entry = self.refusals.entry((decision.as_str(), budget, call.agent.name));
        entry.or_insert_with(|| (0, decision.to_string())).0 += 1;
    }

    /// Calls that were refused and not merely slowed down.
    pub(crate) fn refused(&self) -> u64 {
        self.refusals.values().map(|(count, _)| count).sum::<u64>() - self.throttled
    }

    /// Every call, however it ended.
    pub(crate) fn calls(&self) -> u64 {
        self.settled + self.released + self.lost + self.throttled + self.refused()
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.settled += other.settled;
        self.overruns += other.overruns;
        self.spent += other.spent;
        self.released += other.released;
        self.lost += other.lost;
        self.throttled += other.throttled;
        self.waited += other.waited;
        self.downgraded += other.downgraded;
        for (key, (count, sentence)) in other.refusals {
            self.refusals.entry(key).or_insert_with(|| (0, sentence)).0 += count;
        }
        self
    }
}

//! What one window of one account holds.

use crate::money::Money;
use crate::tags::Symbol;
use crate::time::{Timestamp, Window};

/// The counters and marks of a window; of a rolling period, of one of the buckets that slide through it.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) window: Window,
    pub(super) spent: Money,
    pub(super) held: Money,
    /// Open holds that were taken in this window.
    pub(super) holds: u32,
    /// Steps that have fired, a bit each.
    pub(super) fired: u64,
    /// Suspending steps that a person lifted, a bit each.
    pub(super) resumed: u64,
    /// Agents that may not spend, and the step that stopped each.
    pub(super) suspended_agents: Vec<(Symbol, u8)>,
    /// Of a rolling period: the bucket in which each mark was made that lapses with it. Marks on spend don't, they
    /// stay until spend falls.
    pub(super) lapsing: Vec<(usize, Window)>,
    /// Where the even pace started: the time, and what was spent and held then.
    pub(super) pace: Option<(Timestamp, Money)>,
}

impl Slot {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window,
            spent: Money::ZERO,
            held: Money::ZERO,
            holds: 0,
            fired: 0,
            resumed: 0,
            suspended_agents: Vec::new(),
            lapsing: Vec::new(),
            pace: None,
        }
    }

    /// Spend and holds.
    pub(super) fn committed(&self) -> Money {
        self.spent + self.held
    }

    /// The marks of the bucket before, for a period that slides: only money expires with a bucket.
    pub(super) fn inherit_marks(&mut self, before: &mut Self) {
        self.fired |= std::mem::take(&mut before.fired);
        self.resumed |= std::mem::take(&mut before.resumed);
        self.suspended_agents.append(&mut before.suspended_agents);
        self.lapsing.append(&mut before.lapsing);
        self.pace = self.pace.or(before.pace.take());
    }

    /// Forgets what a step did, so that it may do it again.
    pub(super) fn forget_step(&mut self, step: usize) {
        self.fired &= !bit(step);
        self.resumed &= !bit(step);
        self.suspended_agents.retain(|(_, by)| usize::from(*by) != step);
        self.lapsing.retain(|(lapsing, _)| *lapsing != step);
    }

    /// Stops an agent in the name of a step.
    pub(super) fn suspend_agent(&mut self, agent: Symbol, step: usize) {
        let entry = (agent, u8::try_from(step).unwrap_or(u8::MAX));
        if !self.suspended_agents.contains(&entry) {
            self.suspended_agents.push(entry);
        }
    }
}

/// A bit of a step mask.
pub(super) const fn bit(step: usize) -> u64 {
    1 << (step & 63)
}

//! Rate throttles as virtual scheduling: one instant says when the bucket is full again.

use super::ids::HoldId;
use super::slot::bit;
use crate::money::Money;
use crate::time::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

const MINUTE: i64 = 60_000_000;

/// How long to wait for a place when as many calls as allowed are under way: nobody knows when one of them ends.
pub(super) const CONCURRENCY_WAIT: Duration = Duration::from_secs(1);

/// A bucket of one minute's worth that fills evenly.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    /// How long it takes until the bucket is full again, in microseconds, at the instant `at`.
    backlog: i64,
    at: Timestamp,
}

impl Bucket {
    /// How long a call of this weight waits; nothing when it may go now. A call heavier than the bucket goes when the
    /// bucket is full.
    pub(super) fn wait(&mut self, now: Timestamp, weight: i64) -> Option<Duration> {
        self.fill(now);
        let room = (MINUTE - weight).max(0);
        let wait = self.backlog.saturating_sub(room);
        u64::try_from(wait).ok().filter(|wait| *wait > 0).map(Duration::from_micros)
    }

    /// Takes a call's weight.
    pub(super) fn take(&mut self, now: Timestamp, weight: i64) {
        self.fill(now);
        self.backlog = self.backlog.saturating_add(weight);
    }

    /// Gives a weight back.
    pub(super) fn give(&mut self, weight: i64) {
        self.backlog = self.backlog.saturating_sub(weight).max(0);
    }

    /// Fills for the time since the last look; none has passed when the clock was set back.
    fn fill(&mut self, now: Timestamp) {
        let passed = now.micros().saturating_sub(self.at.micros()).max(0);
        self.backlog = self.backlog.saturating_sub(passed).max(0);
        self.at = now;
    }
}

/// The buckets of an account: one for each throttling step, so that two rates don't add up.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates {
    buckets: BTreeMap<usize, Bucket>,
    /// What each open hold has taken: the steps on cost, a bit each.
    weighed: HashMap<HoldId, u64, foldhash::fast::FixedState>,
}

impl Rates {
    /// The bucket of a step.
    pub(super) fn of(&mut self, step: usize) -> &mut Bucket {
        self.buckets.entry(step).or_default()
    }

    /// Remembers the steps on cost in which a hold has weight.
    pub(super) fn weigh(&mut self, hold: HoldId, steps: u64) {
        self.weighed.insert(hold, steps);
    }

    /// The steps on cost in which a hold had weight.
    pub(super) fn unweigh(&mut self, hold: HoldId) -> u64 {
        self.weighed.remove(&hold).unwrap_or(0)
    }

    /// The same for a budget whose steps have moved: `to` gives the new place of a step that is still there.
    pub(super) fn moved(self, to: impl Fn(usize) -> Option<usize>) -> Self {
        let buckets = self.buckets.into_iter().filter_map(|(step, bucket)| Some((to(step)?, bucket)));
        let mask = |mask: u64| {
            let steps = (0..64).filter(|step| mask & bit(*step) != 0).filter_map(&to);
            steps.fold(0, |mask, step| mask | bit(step))
        };
        let weighed = self.weighed.into_iter().map(|(hold, steps)| (hold, mask(steps)));
        Self { buckets: buckets.collect(), weighed: weighed.collect() }
    }
}

/// The weight of one call where so many are allowed a minute, in microseconds of filling.
pub(super) fn weight_of_call(per_minute: u32) -> i64 {
    MINUTE / i64::from(per_minute.max(1))
}

/// The weight of an amount where so much is allowed a minute.
pub(super) fn weight_of_cost(amount: Money, per_minute: Money) -> i64 {
    let scaled = amount.pico().max(0).saturating_mul(i128::from(MINUTE));
    i64::try_from(scaled / per_minute.pico().max(1)).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
}

/// Where an even pace from `(start, committed)` to the ceiling at `end` stands now.
pub(super) fn pace_line(
    start: Timestamp,
    committed: Money,
    end: Timestamp,
    ceiling: Money,
    now: Timestamp,
) -> Money {
    let whole = i128::from(end.micros().saturating_sub(start.micros()).max(1));
    let gone = i128::from(now.micros().saturating_sub(start.micros())).clamp(0, whole);
    let left = ceiling.saturating_sub(committed).at_least_zero();
    committed.saturating_add(Money::from_pico(left.pico().saturating_mul(gone) / whole))
}

/// How long until the even pace reaches what is committed already.
pub(super) fn pace_wait(
    start: Timestamp,
    committed: Money,
    end: Timestamp,
    ceiling: Money,
    (now, committed_now): (Timestamp, Money),
) -> Option<Duration> {
    if committed_now <= pace_line(start, committed, end, ceiling, now) {
        return None;
    }
    let whole = i128::from(end.micros().saturating_sub(start.micros()).max(1));
    let left = ceiling.saturating_sub(committed).pico().max(1);
    let needed = committed_now.saturating_sub(committed).pico().saturating_mul(whole);
    let gone = needed / left + i128::from(needed % left != 0);
    let at = i128::from(start.micros()).saturating_add(gone.min(whole));
    let wait = u64::try_from(at - i128::from(now.micros())).unwrap_or(0).max(1);
    Some(Duration::from_micros(wait))
}

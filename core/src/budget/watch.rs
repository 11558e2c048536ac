//! Watching for loops and spikes.

use crate::money::Money;
use crate::time::Timestamp;
use std::time::Duration;

/// Different requests that a budget remembers for finding loops; the one that was seen longest ago is forgotten.
const REMEMBERED_REQUESTS: usize = 64;
/// Hours of which the mean is taken.
const SPIKE_HOURS: usize = 24;
/// Hours with spend that a mean needs.
const SPIKE_HOURS_NEEDED: usize = 3;
const HOUR: i64 = 3_600_000_000;

/// Counts how often the same request comes.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    seen: Vec<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    step: usize,
    fingerprint: u64,
    count: u32,
    since: Timestamp,
    last: Timestamp,
}

impl Repeats {
    /// Counts a request for a step, and says how often it has come within the span.
    pub(super) fn count(
        &mut self,
        (step, fingerprint): (usize, u64),
        now: Timestamp,
        within: Duration,
    ) -> u32 {
        let found = self.seen.iter_mut().find(|seen| (seen.step, seen.fingerprint) == (step, fingerprint));
        if let Some(seen) = found {
            if now.since(seen.since) >= within || now < seen.since {
                (seen.count, seen.since) = (0, now);
            }
            seen.count = seen.count.saturating_add(1);
            seen.last = now;
            return seen.count;
        }
        if self.seen.len() >= REMEMBERED_REQUESTS {
            let oldest =
                self.seen.iter().enumerate().min_by_key(|(_, seen)| seen.last).map(|(index, _)| index);
            self.seen.swap_remove(oldest.unwrap_or(0));
        }
        self.seen.push(Seen { step, fingerprint, count: 1, since: now, last: now });
        1
    }

    /// The same for a budget whose steps have moved: `to` gives the new place of a step that is still there.
    pub(super) fn moved(mut self, to: impl Fn(usize) -> Option<usize>) -> Self {
        self.seen.retain_mut(|seen| to(seen.step).map(|step| seen.step = step).is_some());
        self
    }
}

/// Sums spend by the hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Hours {
    /// The hour's number since 1970 and its spend, newest last.
    sums: Vec<(i64, Money)>,
}

impl Hours {
    /// Adds spend, and gives this hour's sum with the mean of the hours before that had any.
    pub(super) fn add(&mut self, now: Timestamp, cost: Money) -> Option<(Money, Money)> {
        let hour = now.micros().div_euclid(HOUR);
        if let Some((_, sum)) = self.sums.iter_mut().find(|(known, _)| *known == hour) {
            *sum += cost;
        } else {
            self.sums.push((hour, cost));
            self.sums.sort_unstable_by_key(|(hour, _)| *hour);
            if self.sums.len() > SPIKE_HOURS + 1 {
                self.sums.remove(0);
            }
        }
        let this = self.sums.iter().find(|(known, _)| *known == hour)?.1;
        let oldest = hour - i64::try_from(SPIKE_HOURS).unwrap_or(i64::MAX);
        let before =
            self.sums.iter().filter(|(known, sum)| (oldest..hour).contains(known) && *sum > Money::ZERO);
        let (count, total) =
            before.fold((0_usize, Money::ZERO), |(count, total), (_, sum)| (count + 1, total + *sum));
        if count < SPIKE_HOURS_NEEDED {
            return None;
        }
        Some((this, total.fraction(1, count as u64)?))
    }
}

//! Rate throttles as virtual scheduling: one instant says when the bucket is full again.

use crate::money::Money;
use crate::time::Timestamp;
use std::time::Duration;

const MINUTE: i64 = 60_000_000;

/// How long to wait for a place when as many calls as allowed are under way: nobody knows when one of them ends.
pub(super) const CONCURRENCY_WAIT: Duration = Duration::from_secs(1);

/// A bucket of one minute's worth that fills evenly.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    /// The instant at which the bucket is full again, in microseconds.
    full_at: i64,
}

impl Bucket {
    /// How long a call of this weight waits; nothing when it may go now. A call heavier than the bucket goes when the
    /// bucket is full.
    pub(super) fn wait(self, now: Timestamp, weight: i64) -> Option<Duration> {
        let full_at = self.full_at.min(now.micros().saturating_add(2 * MINUTE));
        let room = (MINUTE - weight).max(0);
        let wait = full_at.saturating_sub(now.micros()).saturating_sub(room);
        u64::try_from(wait).ok().filter(|wait| *wait > 0).map(Duration::from_micros)
    }

    /// Takes a call's weight.
    pub(super) fn take(&mut self, now: Timestamp, weight: i64) {
        let full_at = self.full_at.min(now.micros().saturating_add(2 * MINUTE));
        self.full_at = full_at.max(now.micros()).saturating_add(weight);
    }

    /// Gives a weight back.
    pub(super) fn give(&mut self, weight: i64) {
        self.full_at = self.full_at.saturating_sub(weight);
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

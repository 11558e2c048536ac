//! Holds: their records, and a wheel that finds the expired ones.
//!
//! Records lie in a slab. A record whose hold has ended stays readable until at least [`REMEMBERED_HOLDS`] others have
//! ended after it, so that ending a hold twice is answered rather than booked twice.

use super::ids::{CallKey, HoldId, ScopeId};
use crate::error::{Error, ErrorCode, Result};
use crate::money::Money;
use crate::tags::Symbol;
use crate::time::Timestamp;
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

/// Holds that may be open at once.
pub const MAX_OPEN_HOLDS: usize = (1 << HoldId::PLACE_BITS) - REMEMBERED_HOLDS;
/// The longest that a hold may live.
pub const MAX_HOLD_LIFETIME: Duration = Duration::from_hours(24);
/// Ended holds that stay readable.
const REMEMBERED_HOLDS: usize = 4_096;
/// Seconds that the wheel turns through.
const WHEEL: u16 = 1_024;
const NONE: u32 = u32::MAX;
const SECOND: i64 = 1_000_000;

/// The life of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// Taken, and nobody has said how the call went.
    Open,
    /// Taken, and the caller has said that the outcome is unknown: it will be spend at its expiry.
    Unresolved,
    /// Ended with what the call cost.
    Settled,
    /// Ended: nothing was generated.
    Released,
    /// Ended by time: the whole hold is spend, until a late settlement corrects it.
    Expired,
}

impl HoldState {
    /// Whether the hold still counts as held.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Unresolved)
    }
}

/// A hold as it can be seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldView {
    /// The hold.
    pub id: HoldId,
    /// The scope that took it.
    pub scope: ScopeId,
    /// The model of the call, by its canonical name.
    pub model: Symbol,
    /// What it holds or held.
    pub bound: Money,
    /// What was booked for it so far.
    pub cost: Money,
    /// When it was taken.
    pub reserved_at: Timestamp,
    /// When it becomes spend.
    pub expires_at: Timestamp,
    /// Where it is in its life.
    pub state: HoldState,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub(super) view: HoldView,
    pub(super) key: Option<CallKey>,
    /// Whether a throttle on cost took its bound, in any account.
    pub(super) is_weighed: bool,
    next: u32,
    previous: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Holds {
    slab: Vec<Hold>,
    free: VecDeque<u32>,
    open: usize,
    sequence: u64,
    /// First and last record of each second of the wheel.
    wheel: Box<[(u32, u32)]>,
    /// The wheel is turned up to this second.
    turned: i64,
    /// Holds of earlier processes that had the same place as another one's: where their records lie now.
    strays: HashMap<HoldId, u32, foldhash::fast::FixedState>,
}

impl Default for Holds {
    fn default() -> Self {
        let wheel = vec![(NONE, NONE); usize::from(WHEEL)].into_boxed_slice();
        let (slab, free, strays) = (Vec::new(), VecDeque::new(), HashMap::default());
        Self { slab, free, open: 0, sequence: 1, wheel, turned: i64::MIN, strays }
    }
}

impl Holds {
    pub(super) fn open(&self) -> usize {
        self.open
    }

    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// New ids start here: after those of earlier processes.
    pub(super) fn set_sequence(&mut self, sequence: u64) {
        self.sequence = self.sequence.max(sequence);
    }

    #[inline]
    pub(super) fn get(&self, id: HoldId) -> Option<&Hold> {
        self.slab.get(self.place_of(id)? as usize)
    }

    pub(super) fn get_mut(&mut self, id: HoldId) -> Option<&mut Hold> {
        let place = self.place_of(id)?;
        self.slab.get_mut(place as usize)
    }

    /// Where the record of a hold lies, if it is known.
    #[inline]
    fn place_of(&self, id: HoldId) -> Option<u32> {
        let place = id.place();
        // Records that were never used have the number 0, which no hold has.
        if self.slab.get(place as usize).is_some_and(|hold| hold.view.id == id && id.sequence() > 0) {
            return Some(place);
        }
        if self.strays.is_empty() { None } else { self.strays.get(&id).copied() }
    }

    pub(super) fn iter_open(&self) -> impl Iterator<Item = &Hold> {
        self.slab.iter().filter(|hold| hold.view.state.is_open())
    }

    /// Whether another hold may be taken.
    pub(super) fn check_room(&self) -> Result<()> {
        if self.open < MAX_OPEN_HOLDS && self.sequence < HoldId::MAX_SEQUENCE {
            return Ok(());
        }
        let message = format!("{MAX_OPEN_HOLDS} holds are open, and no more are allowed");
        Err(Error::new(ErrorCode::LimitReached, message)
            .with_help("settle or release holds as their calls end"))
    }

    /// Writes a new record; the id in `view` is replaced by the new one, which is returned.
    pub(super) fn insert(&mut self, mut view: HoldView, key: Option<CallKey>) -> HoldId {
        let place = self.take_place();
        view.id = HoldId::new(self.sequence, place);
        self.sequence += 1;
        self.open += 1;
        self.write(place, Hold { view, key, is_weighed: false, next: NONE, previous: NONE });
        view.id
    }

    /// Writes the record of a hold that an earlier process took, at its own place if that is free; says whether it
    /// was new.
    pub(super) fn restore(&mut self, view: HoldView) -> bool {
        if self.get(view.id).is_some() {
            return false;
        }
        let place = self.place_to_restore(view);
        self.sequence = self.sequence.max(view.id.sequence() + 1);
        self.open += 1;
        // It may have expired before the second up to which the wheel is turned.
        self.turned = self.turned.min(view.expires_at.micros().div_euclid(SECOND) - 1);
        self.write(place, Hold { view, key: None, is_weighed: false, next: NONE, previous: NONE });
        if view.id.place() != place {
            self.strays.insert(view.id, place);
        }
        true
    }

    fn place_to_restore(&mut self, view: HoldView) -> u32 {
        let own = view.id.place();
        while self.slab.len() <= own as usize {
            let index = u32::try_from(self.slab.len()).unwrap_or(NONE);
            self.slab.push(Hold {
                view: HoldView { id: HoldId::from_number(0), state: HoldState::Released, ..view },
                key: None,
                is_weighed: false,
                next: NONE,
                previous: NONE,
            });
            self.free.push_back(index);
        }
        if self.slab.get(own as usize).is_some_and(|hold| hold.view.state.is_open()) {
            return self.take_place();
        }
        // It stays in the list of free places, where whoever comes to it sees that it is taken.
        own
    }

    #[inline]
    fn write(&mut self, place: u32, hold: Hold) {
        if let Some(record) = self.slab.get_mut(place as usize) {
            if !self.strays.is_empty() {
                self.strays.remove(&record.view.id);
            }
            *record = hold;
        } else {
            self.slab.push(hold);
        }
        self.link(place);
    }

    fn take_place(&mut self) -> u32 {
        let fresh = u32::try_from(self.slab.len()).unwrap_or(NONE);
        while self.free.len() > REMEMBERED_HOLDS {
            let Some(place) = self.free.pop_front() else { break };
            if self.slab.get(place as usize).is_some_and(|hold| !hold.view.state.is_open()) {
                return place;
            }
        }
        fresh
    }

    /// Ends a hold: it leaves the wheel, and its record stays readable for a while.
    #[inline]
    pub(super) fn end(&mut self, id: HoldId, state: HoldState, cost: Money) {
        let Some(place) = self.place_of(id) else { return };
        self.unlink(place);
        if let Some(hold) = self.slab.get_mut(place as usize) {
            (hold.view.state, hold.view.cost) = (state, cost);
            self.open -= 1;
            self.free.push_back(place);
        }
    }

    fn bucket_of(expires_at: Timestamp) -> usize {
        usize::try_from(expires_at.micros().div_euclid(SECOND).rem_euclid(i64::from(WHEEL))).unwrap_or(0)
    }

    fn link(&mut self, place: u32) {
        let Some(hold) = self.slab.get(place as usize) else { return };
        let bucket = Self::bucket_of(hold.view.expires_at);
        let Some(ends) = self.wheel.get_mut(bucket) else { return };
        let last = std::mem::replace(&mut ends.1, place);
        if last == NONE {
            ends.0 = place;
        } else if let Some(before) = self.slab.get_mut(last as usize) {
            before.next = place;
        }
        if let Some(hold) = self.slab.get_mut(place as usize) {
            (hold.previous, hold.next) = (last, NONE);
        }
    }

    fn unlink(&mut self, place: u32) {
        let Some(hold) = self.slab.get(place as usize) else { return };
        let (previous, next, bucket) = (hold.previous, hold.next, Self::bucket_of(hold.view.expires_at));
        let Some(ends) = self.wheel.get_mut(bucket) else { return };
        if previous == NONE {
            ends.0 = next;
        } else if let Some(before) = self.slab.get_mut(previous as usize) {
            before.next = next;
        }
        if next == NONE {
            ends.1 = previous;
        } else if let Some(after) = self.slab.get_mut(next as usize) {
            after.previous = previous;
        }
    }

    /// Whether the wheel has to be turned to find expired holds.
    #[inline]
    pub(super) fn may_expire(&mut self, now: Timestamp) -> bool {
        let second = now.micros().div_euclid(SECOND);
        if second == self.turned || self.open == 0 {
            self.turned = second;
            return false;
        }
        true
    }

    /// Turns the wheel up to `now`, and gives the holds whose time is over, in the order of their expiry. The caller
    /// ends them all.
    #[cold]
    pub(super) fn expired(&mut self, now: Timestamp) -> Vec<HoldId> {
        let (second, span) = (now.micros().div_euclid(SECOND), i64::from(WHEEL));
        // After a jump, either way, every bucket is looked at once.
        let first = if self.turned > second { second - span + 1 } else { self.turned.max(second - span) + 1 };
        let mut expired = Vec::new();
        for turning in first..=second {
            let bucket = usize::try_from(turning.rem_euclid(span)).unwrap_or(0);
            let mut place = self.wheel.get(bucket).map_or(NONE, |ends| ends.0);
            while let Some(hold) = self.slab.get(place as usize) {
                if hold.view.expires_at <= now {
                    expired.push((hold.view.expires_at, hold.view.id));
                }
                place = hold.next;
            }
        }
        self.turned = second;
        expired.sort_unstable();
        expired.into_iter().map(|(_, id)| id).collect()
    }
}

/// When a hold taken now expires: whole seconds, rounded up, at least one.
pub(super) fn expiry(now: Timestamp, lifetime: Duration) -> Timestamp {
    let at = now.plus(lifetime.clamp(Duration::from_secs(1), MAX_HOLD_LIFETIME)).micros();
    Timestamp::from_micros(
        at.div_euclid(SECOND).saturating_add(i64::from(at.rem_euclid(SECOND) != 0)).saturating_mul(SECOND),
    )
}

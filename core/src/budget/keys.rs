//! Callers' keys: the same key with the same content gives the same answer.

use super::ids::{CallKey, HoldId};
use super::refusal::Admission;
use crate::tags::{Symbol, TagSetId};
use std::collections::{HashMap, VecDeque};

/// Keys that are remembered; the oldest are forgotten first.
const REMEMBERED_KEYS: usize = 1 << 18;

#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) admission: Admission,
    pub(super) tag_set: TagSetId,
    pub(super) model: Symbol,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    known: HashMap<CallKey, Known, foldhash::fast::FixedState>,
    order: VecDeque<CallKey>,
}

impl Keys {
    pub(super) fn get(&self, key: CallKey) -> Option<&Known> {
        self.known.get(&key)
    }

    /// A key whose call generated nothing is free for the next attempt.
    pub(super) fn forget(&mut self, key: CallKey, hold: HoldId) {
        if self.known.get(&key).is_some_and(|known| known.admission.hold == hold) {
            self.known.remove(&key);
        }
    }

    pub(super) fn insert(&mut self, key: CallKey, known: Known) {
        if self.known.insert(key, known).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > REMEMBERED_KEYS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

//! What was booked on one day, by numbers rather than names.

use crate::ledger::{Bookkeeper, Rollup, RollupKey, cuts_hour};
use crate::tags::{Symbol, TagSetId};
use crate::time::{Timestamp, Window};
use std::collections::HashMap;

/// Whose calls, of which model, on which terms.
pub(super) type Key = (TagSetId, Symbol, Option<Symbol>);

/// The sums of a day.
#[derive(Debug)]
pub(super) struct Day {
    window: Window,
    pub(super) sums: HashMap<Key, Rollup, foldhash::fast::FixedState>,
}

impl Day {
    pub(super) fn new(window: Window) -> Self {
        Self { window, sums: HashMap::default() }
    }
}

impl Bookkeeper for Day {
    fn reach(&self) -> Window {
        self.window
    }

    fn cuts(&mut self, key: &RollupKey) -> bool {
        cuts_hour(self.window.start(), key) || cuts_hour(self.window.end(), key)
    }

    fn book(&mut self, at: Timestamp, key: &RollupKey, booked: &Rollup) {
        if self.window.contains(at) {
            self.sums.entry((key.tag_set, key.model, key.terms)).or_default().merge(booked);
        }
    }
}

//! An open ledger, and how to open it again in a process that was forked off.

use crate::{clock::ManualClock, error::OrRaise, fork};
use bursar::{Budget, Builder, Bursar, Durability, Policy, TagSet};
use pyo3::prelude::*;
use std::sync::Arc;

/// What a ledger was opened with.
#[derive(Clone)]
pub(crate) struct Opening {
    pub(crate) path: String,
    pub(crate) policy: Policy,
    /// Budgets of functions, over those of the policy.
    pub(crate) budgets: Vec<Budget>,
    pub(crate) durability: Durability,
    pub(crate) tags: TagSet,
    pub(crate) resource_attributes: Option<String>,
    /// Whether the ledger is only looked at.
    pub(crate) is_reading: bool,
    /// Whether other processes write the ledger too.
    pub(crate) is_shared: bool,
    pub(crate) clock: Option<Arc<bursar::ManualClock>>,
}

impl Opening {
    /// Whether the ledger is in a file, so that commits are worth giving up the interpreter for.
    pub(crate) fn is_file(&self) -> bool {
        self.durability != Durability::Memory && self.path != ":memory:"
    }

    /// The policy with the budgets of functions.
    pub(crate) fn whole_policy(&self) -> Policy {
        self.budgets.iter().cloned().fold(self.policy.clone(), Policy::with_budget)
    }

    pub(crate) fn open(&self, py: Python<'_>) -> PyResult<Opened> {
        let mut builder: Builder =
            Bursar::builder().policy(self.whole_policy()).durability(self.durability).tags(self.tags.clone());
        if let Some(clock) = &self.clock {
            builder = builder.clock(Arc::clone(clock));
        }
        if let Some(attributes) = &self.resource_attributes {
            builder = builder.resource_attributes(attributes);
        }
        let open = || {
            if self.is_reading {
                builder.open_for_reading(&self.path)
            } else {
                builder.shared(self.is_shared).open(&self.path)
            }
        };
        let bursar = py.detach(open).or_raise(py)?;
        Ok(Opened { bursar: Some(bursar), generation: fork::generation() })
    }
}

/// An open ledger of this process.
pub(crate) struct Opened {
    /// Given up when it is dropped.
    bursar: Option<Bursar>,
    generation: u64,
}

impl Opened {
    /// The ledger; nothing in a process that was forked off from the one that opened it.
    #[inline]
    pub(crate) fn get(&self) -> Option<&Bursar> {
        self.bursar.as_ref().filter(|_| self.generation == fork::generation())
    }
}

impl Drop for Opened {
    /// What another process opened is left alone: its locks may be held for ever, and its file is not this process's.
    /// Otherwise the alerts that are under way are waited for, and they wait for the interpreter in turn.
    fn drop(&mut self) {
        let bursar = self.bursar.take();
        if self.generation != fork::generation() {
            std::mem::forget(bursar);
            return;
        }
        Python::try_attach(|py| py.detach(|| drop(bursar)));
    }
}

/// A clock that tests turn by hand.
pub(crate) fn clock_of(clock: Option<&Bound<'_, ManualClock>>) -> Option<Arc<bursar::ManualClock>> {
    clock.map(|clock| clock.get().inner())
}

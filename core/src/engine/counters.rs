//! Verifying: the store by itself, and the live counters against what its entries give.

use super::bursar::Bursar;
use super::history::{self, Frame};
use crate::budget::{BudgetStatus, HoldView, Machine, OpenHold, Spend};
use crate::error::Result;
use crate::ledger::{Difference, Entry, EntryKind, Store, verify_store};
use crate::money::Money;
use crate::tags::TagSetId;
use crate::time::Timestamp;
use std::{collections::HashMap, ops::ControlFlow};

/// What the living machine stood at, apart from it, to be compared with what its entries give.
struct Living {
    now: Timestamp,
    status: Vec<BudgetStatus>,
    frame: Frame,
    /// The tag sets in the order in which they came, which decides what a sub-agent's call counts in.
    tag_sets: Vec<TagSetId>,
    open: Vec<OpenHold>,
}

impl Living {
    fn of(machine: &mut Machine, now: Timestamp) -> Self {
        Self {
            now,
            status: machine.status(now),
            frame: Frame::of(machine),
            tag_sets: machine.decisions().map(|(tag_set, _)| tag_set).collect(),
            open: machine.open_holds().filter_map(|hold| known(machine, &hold)).collect(),
        }
    }

    /// What differs between a store and itself, and between its entries and this.
    fn verify(mut self, store: &mut dyn Store) -> Result<Vec<Difference>> {
        let mut found = verify_store(store)?;
        let status = std::mem::take(&mut self.status);
        compare(&status, &self.replay(store)?, &mut found);
        Ok(found)
    }

    /// The status that a new machine with the same budgets has after all entries.
    fn replay(self, store: &mut dyn Store) -> Result<Vec<BudgetStatus>> {
        let (first, _) = store.span();
        let (mut spend, mut open) = (Vec::new(), HashMap::new());
        store.entries(first, &mut |entry, _| {
            if entry.amount != Money::ZERO {
                spend.push(Spend { tag_set: entry.tag_set, at: entry.effective_at, amount: entry.amount });
            }
            follow(&mut open, entry);
            ControlFlow::Continue(())
        })?;
        if first > 1 {
            // Of forgotten entries there are sums; and of holds that they took, what the machine knows.
            spend = history::spend(store, self.frame.budgets(), Timestamp::MIN)?;
            open.extend(self.open.iter().map(|hold| (hold.id.number(), *hold)));
        }
        let mut machine = self.frame.filled(self.tag_sets.into_iter(), spend, self.now)?;
        for hold in open.values() {
            machine.restore_hold(hold, self.now);
        }
        Ok(machine.status(self.now))
    }
}

impl Bursar {
    /// Recomputes everything from the entries, and says what differs: damage, gaps, holds that ended twice, sums that
    /// aren't sums, and counters that decisions are made with. Nothing is changed. Calls go on meanwhile, and aren't
    /// looked at; only a ledger in memory decides no call until it is done.
    ///
    /// # Errors
    /// `ledger_*`.
    pub fn verify(&self) -> Result<Vec<Difference>> {
        let inner = &*self.inner;
        let turn = inner.turn()?;
        let now = inner.clock.now();
        let mut writer = inner.journal.exclusive();
        let mut guard = inner.state.lock();
        let state = &mut *guard;
        state.machine.tick(now);
        inner.note_all(state, now);
        inner.journal.write(&mut writer, |batch| state.take(batch))?;
        let living = Living::of(&mut state.machine, now);
        match writer.store().reader() {
            Some(mut reader) => {
                drop(guard);
                drop(writer);
                drop(turn);
                living.verify(&mut *reader)
            }
            None => living.verify(writer.store()),
        }
    }
}

fn follow(open: &mut HashMap<u64, OpenHold>, entry: &Entry) {
    let number = entry.hold.number();
    if entry.kind == EntryKind::Reserve {
        let Entry { hold: id, tag_set, model, bound, effective_at: reserved_at, .. } = *entry;
        let expires_at = Timestamp::MAX;
        open.insert(
            number,
            OpenHold { id, tag_set, model, bound, reserved_at, expires_at, is_unresolved: false },
        );
    } else if entry.ends_hold() {
        open.remove(&number);
    }
}

fn known(live: &Machine, hold: &HoldView) -> Option<OpenHold> {
    let tag_set = live.tag_set(hold.scope)?;
    let HoldView { id, model, bound, reserved_at, expires_at, .. } = *hold;
    Some(OpenHold { id, tag_set, model, bound, reserved_at, expires_at, is_unresolved: false })
}

/// A counter that one side lacks stands at nothing there.
fn compare(live: &[BudgetStatus], replayed: &[BudgetStatus], found: &mut Vec<Difference>) {
    let twin = |rows: &[BudgetStatus], row: &BudgetStatus| {
        let key = |row: &BudgetStatus| (row.name.clone(), row.instance.clone(), row.window);
        rows.iter().find(|other| key(other) == key(row)).map(|row| (row.spent, row.held))
    };
    let only_replayed = replayed.iter().filter(|row| twin(live, row).is_none());
    for row in live.iter().chain(only_replayed) {
        let (spent, held) = twin(live, row).unwrap_or_default();
        let entries = twin(replayed, row).unwrap_or_default();
        for (what, live, entries) in [("spent", spent, entries.0), ("held", held, entries.1)] {
            if live != entries {
                found.push(Difference::Counter { budget: title(row), what, live, entries });
            }
        }
    }
}

fn title(row: &BudgetStatus) -> String {
    if row.instance.is_empty() {
        return row.name.to_string();
    }
    format!("{} [{}]", row.name, row.instance.join(", "))
}

//! Verifying: the store by itself, and the live counters against what its entries give.

use super::bursar::Bursar;
use super::history;
use crate::budget::{BudgetStatus, HoldView, Machine, OpenHold, Spend};
use crate::error::Result;
use crate::ledger::{Difference, Entry, EntryKind, Store, verify_store};
use crate::time::Timestamp;
use std::{collections::HashMap, ops::ControlFlow};

impl Bursar {
    /// Recomputes everything from the entries, and says what differs: damage, gaps, holds that ended twice, sums that
    /// aren't sums, and counters that decisions are made with. Nothing is changed. No call is decided meanwhile.
    ///
    /// # Errors
    /// `ledger_*`.
    pub fn verify(&self) -> Result<Vec<Difference>> {
        let inner = &*self.inner;
        let now = inner.clock.now();
        let mut writer = inner.journal.exclusive();
        let mut guard = inner.state.lock();
        let state = &mut *guard;
        state.machine.tick(now);
        inner.note_all(state, now);
        inner.journal.write(&mut writer, |batch| state.take(batch))?;
        let mut found = verify_store(writer.store())?;
        let live = state.machine.status(now);
        let replayed = replay(writer.store(), &state.machine, now)?;
        compare(&live, &replayed, &mut found);
        Ok(found)
    }
}

/// The status that a new machine with the same budgets has after all entries.
fn replay(store: &mut dyn Store, live: &Machine, now: Timestamp) -> Result<Vec<BudgetStatus>> {
    let mut machine = live.without_counters();
    let (first, _) = store.span();
    let (mut spend, mut open) = (Vec::new(), HashMap::new());
    store.entries(first, &mut |entry, _| {
        spend.push(Spend { tag_set: entry.tag_set, at: entry.effective_at, amount: entry.amount });
        follow(&mut open, entry);
        ControlFlow::Continue(())
    })?;
    if first > 1 {
        // Of forgotten entries there are sums; and of holds that they took, what the machine knows.
        spend = history::spend(store, live.budgets(), Timestamp::MIN)?;
        open.extend(live.open_holds().filter_map(|hold| Some((hold.id.number(), known(live, &hold)?))));
    }
    // In the order of the living, which decides what a sub-agent's call counts in.
    for (tag_set, _) in live.decisions() {
        if let Some(tags) = live.dictionary().tag_set(tag_set) {
            machine.scope(tags, now)?;
        }
    }
    machine.replace_budgets(live.budgets().to_vec(), spend.into_iter(), now)?;
    machine.restore_since(|name| live.since().find(|(known, _)| *known == name).map(|(_, since)| since));
    for hold in open.values() {
        machine.restore_hold(hold, now);
    }
    Ok(machine.status(now))
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

//! What the entries on the disk say, followed one by one.

use super::Medium;
use super::invoice::Invoice;
use bursar::{Entry, EntryKind, HoldId, Money};
use std::collections::HashMap;

/// Sums and lives of holds, by a few lines that share nothing with the engine.
#[derive(Debug, Default)]
pub(super) struct Audit {
    entries: u64,
    spent: Money,
    held: Money,
    holds: HashMap<u64, Life>,
    invoice: Invoice,
}

#[derive(Clone, Copy, Debug)]
struct Life {
    bound: Money,
    booked: Money,
    is_open: bool,
}

impl Audit {
    /// Takes up the entries that have come since; says which law one breaks.
    pub(super) fn follow(&mut self, medium: &mut Medium) -> Result<(), String> {
        let mut broken = None;
        medium.entries(self.entries + 1, &mut |entry, lines| {
            if broken.is_none() {
                self.invoice.add(entry, lines);
                broken = self.add(entry).err();
            }
        });
        broken.map_or(Ok(()), Err)
    }

    fn add(&mut self, entry: &Entry) -> Result<(), String> {
        self.entries += 1;
        if entry.seq != self.entries {
            return Err(format!("entry {} stands where {} should", entry.seq, self.entries));
        }
        self.spent += entry.amount;
        let number = entry.hold.number();
        if entry.kind == EntryKind::Reserve {
            self.held += entry.bound;
            let life = Life { bound: entry.bound, booked: Money::ZERO, is_open: true };
            return match self.holds.insert(number, life) {
                None => Ok(()),
                Some(_) => Err(format!("entry {} takes hold {number} a second time", entry.seq)),
            };
        }
        let Some(life) = self.holds.get_mut(&number) else {
            return Err(format!("entry {} is of a hold that was never taken", entry.seq));
        };
        let is_ending = matches!(entry.kind, EntryKind::Settle | EntryKind::Release | EntryKind::Expire);
        if is_ending {
            if life.is_open == entry.is_late {
                return Err(format!("{entry:?} ends {life:?}"));
            }
            life.booked += entry.amount;
            self.held -= if life.is_open { life.bound } else { Money::ZERO };
            life.is_open = false;
        }
        Ok(())
    }

    /// What the entries sum to by model, terms and rate.
    pub(super) fn invoice(&self) -> &Invoice {
        &self.invoice
    }

    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    pub(super) fn spent(&self) -> Money {
        self.spent
    }

    pub(super) fn held(&self) -> Money {
        self.held
    }

    pub(super) fn bound(&self, hold: HoldId) -> Option<Money> {
        self.holds.get(&hold.number()).map(|life| life.bound)
    }

    /// What was booked for a hold, without corrections.
    pub(super) fn booked(&self, hold: HoldId) -> Money {
        self.holds.get(&hold.number()).map_or(Money::ZERO, |life| life.booked)
    }

    pub(super) fn is_open(&self, hold: HoldId) -> bool {
        self.holds.get(&hold.number()).is_some_and(|life| life.is_open)
    }
}

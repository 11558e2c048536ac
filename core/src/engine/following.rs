//! What other processes wrote, done again in this one's memory.

use super::notes;
use super::state::{State, noted};
use crate::budget::{Booked, HoldState, OpenHold};
use crate::error::Result;
use crate::ledger::{Entry, EntryKind, News, StoredMark};
use crate::tags::{Symbol, TagSetId};

impl State {
    /// Learns the names that other processes gave numbers to. This one has none of its own that aren't written.
    pub(super) fn follow_names(&mut self, news: &News) -> Result<()> {
        let (symbols, tag_sets) = noted(self.machine.dictionary());
        let dictionary = self.machine.dictionary_mut();
        for (id, text) in (symbols..).zip(&news.symbols) {
            dictionary.restore_symbol(Symbol::from_index(id), text)?;
        }
        for (id, tags) in (tag_sets..).zip(&news.tag_sets) {
            dictionary.restore_tag_set(TagSetId::from_index(id), tags)?;
        }
        self.note_names();
        Ok(())
    }

    pub(super) fn follow_mark(&mut self, mark: &StoredMark) {
        if let Some(mark) = notes::restored(mark, self.machine.dictionary_mut()) {
            self.machine.follow_mark(&mark);
        }
    }

    pub(super) fn follow_entry(&mut self, entry: &Entry) {
        let Entry { hold, tag_set, amount, effective_at, at, .. } = *entry;
        let booked = Booked { hold, tag_set, amount, effective_at, at };
        match entry.kind {
            EntryKind::Reserve => {
                if let Some(open) = open_hold(entry) {
                    self.machine.follow_hold(&open, entry.key);
                }
            }
            EntryKind::Unresolved => self.machine.follow_unresolved(hold),
            EntryKind::Settle => self.machine.follow_end(HoldState::Settled, &booked),
            EntryKind::Release => self.machine.follow_end(HoldState::Released, &booked),
            EntryKind::Expire => self.machine.follow_end(HoldState::Expired, &booked),
            EntryKind::Adjust => self.machine.follow_correction(&booked),
        }
        self.follow_number(entry.seq);
    }
}

/// The hold that a reservation took.
pub(super) fn open_hold(entry: &Entry) -> Option<OpenHold> {
    Some(OpenHold {
        id: entry.hold,
        tag_set: entry.tag_set,
        model: entry.model,
        bound: entry.bound,
        reserved_at: entry.effective_at,
        expires_at: entry.expires_at?,
        is_unresolved: false,
    })
}

//! What lies under the one lock: the machine, and the entries that its decisions leave.

use super::call::{Model, canonical_name};
use super::others::Others;
use super::settlement::Priced;
use crate::budget::{Booking, Event, HoldId, Machine, Request};
use crate::error::Result;
use crate::ledger::{Batch, Entry, EntryKind, EntryLine, closed};
use crate::pricing::{Charges, ModelHandle, PriceBook};
use crate::tags::{Dictionary, Symbol, TagSetId};
use crate::time::Timestamp;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct State {
    pub(super) machine: Machine,
    /// Whether the ledger was given up; then nothing is decided any more.
    pub(super) is_closed: bool,
    pub(super) batch: Batch,
    next_seq: u64,
    /// Names and tag sets up to here are in the batch or the store.
    noted: (u32, u32),
    pub(super) events: Vec<Event>,
    /// The prices of each model by its symbol.
    models: Vec<Option<Model>>,
    /// The lines of the settlement that is being booked.
    charges: Charges,
    /// Room for the terms of a settlement.
    text: String,
    /// Entries that other processes wrote.
    others: Others,
}

impl State {
    /// The state after opening: whatever the dictionary knows is in the store.
    pub(super) fn new(machine: Machine, next_seq: u64, noted: (u32, u32)) -> Self {
        Self {
            machine,
            is_closed: false,
            batch: Batch::default(),
            next_seq,
            noted,
            events: Vec::new(),
            models: Vec::new(),
            charges: Charges::default(),
            text: String::new(),
            others: Others::after(next_seq),
        }
    }

    /// Refuses what comes after closing.
    #[inline]
    pub(super) fn check_open(&self) -> Result<()> {
        if self.is_closed { Err(closed()) } else { Ok(()) }
    }

    /// The number of the latest entry.
    pub(super) fn last_seq(&self) -> u64 {
        self.next_seq - 1
    }

    /// Notes an entry without lines, and gives its number.
    #[inline]
    pub(super) fn note(&mut self, mut entry: Entry) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        entry.seq = seq;
        self.batch.push(entry, std::iter::empty());
        seq
    }

    /// The same with the charges as its lines.
    #[inline]
    pub(super) fn note_charged(&mut self, mut entry: Entry) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        entry.seq = seq;
        let lines = self.charges.lines().iter().map(|charge| EntryLine {
            dimension: charge.dimension,
            quantity: charge.quantity,
            amount: charge.share.amount(),
            rate: charge.rate,
        });
        self.batch.push(entry, lines);
        seq
    }

    #[inline]
    pub(super) fn note_reserve(
        &mut self,
        request: &Request,
        (hold, at): (HoldId, Timestamp),
        expires_at: Timestamp,
    ) -> u64 {
        let mut entry = self.entry(EntryKind::Reserve, at, (hold, request.scope), request.model);
        (entry.bound, entry.expires_at, entry.key) = (request.bound, Some(expires_at), request.key);
        self.note(entry)
    }

    #[inline]
    pub(super) fn note_settled(&mut self, booking: &Booking, at: Timestamp, priced: &Priced) -> u64 {
        let mut entry = self.entry(EntryKind::Settle, at, (booking.hold, booking.scope), priced.model);
        (entry.effective_at, entry.amount) = (booking.effective_at, booking.delta);
        (entry.beside, entry.is_stated) = (priced.beside, priced.is_stated);
        (entry.price_version, entry.terms) = (priced.version, priced.terms);
        (entry.is_overrun, entry.is_late) = (priced.cost > booking.bound, booking.is_late());
        self.note_charged(entry)
    }

    pub(super) fn note_ending(
        &mut self,
        kind: EntryKind,
        booking: &Booking,
        (at, model): (Timestamp, Symbol),
    ) -> u64 {
        let entry = self.entry(kind, at, (booking.hold, booking.scope), model);
        self.note(Entry {
            effective_at: booking.effective_at,
            amount: booking.delta,
            is_late: booking.is_late(),
            ..entry
        })
    }

    /// Holds that have expired are spend; their entries come before that of the command that found them.
    pub(super) fn note_expired(&mut self, at: Timestamp) {
        for index in 0..self.events.len() {
            let Some(Event::Expired { hold, bound, reserved_at }) = self.events.get(index).copied() else {
                continue;
            };
            let Some(view) = self.machine.hold(hold) else { continue };
            let mut entry = self.entry(EntryKind::Expire, at, (hold, view.scope), view.model);
            (entry.effective_at, entry.amount) = (reserved_at, bound);
            entry.is_overrun = bound > view.bound;
            self.note(entry);
        }
    }

    #[inline]
    fn entry(
        &self,
        kind: EntryKind,
        at: Timestamp,
        (hold, scope): (HoldId, crate::budget::ScopeId),
        model: Symbol,
    ) -> Entry {
        let tag_set = self.machine.tag_set(scope).unwrap_or(TagSetId::from_index(0));
        Entry::new(kind, at, hold, tag_set, model)
    }

    /// Moves what waits into a batch for the store, with the names that it refers to.
    pub(super) fn take(&mut self, into: &mut Batch) {
        let dictionary = self.machine.dictionary();
        let symbols = dictionary.symbols_from(Symbol::from_index(self.noted.0));
        self.batch.symbols.extend(symbols.map(|(symbol, text)| (symbol.index(), text.to_owned())));
        let sets = dictionary.tag_sets_from(TagSetId::from_index(self.noted.1));
        self.batch.tag_sets.extend(sets.map(|(id, tags)| (id.index(), tags.clone())));
        self.noted = noted(dictionary);
        into.append(&mut self.batch);
    }

    /// Names that were read from the store need not be written.
    pub(super) fn note_names(&mut self) {
        self.noted = noted(self.machine.dictionary());
    }

    /// Counts on behind an entry that another process wrote.
    pub(super) fn follow_number(&mut self, seq: u64) {
        self.next_seq = self.next_seq.max(seq + 1);
        self.others.add(seq);
    }

    /// Whether another process wrote an entry that came after opening.
    pub(super) fn is_of_another(&self, seq: u64) -> bool {
        self.others.has(seq)
    }

    /// The prices that a model has now.
    pub(super) fn model(&self, model: Symbol) -> Option<&Model> {
        self.models.get(model.index() as usize)?.as_ref()
    }

    /// Where charges are computed, and the prices that a hold's model has now.
    pub(super) fn pricing_of(&mut self, model: Symbol) -> (&mut Charges, Option<&Model>) {
        let model = self.models.get(model.index() as usize).and_then(Option::as_ref);
        (&mut self.charges, model)
    }

    /// The terms that the charges are priced by, as a name; nothing for the standard ones.
    #[inline]
    pub(super) fn charged_terms(&mut self) -> Option<Symbol> {
        if self.charges.is_standard() { None } else { self.named_terms() }
    }

    #[cold]
    fn named_terms(&mut self) -> Option<Symbol> {
        self.charges.print_terms(&mut self.text);
        // The true cost is booked also where a full dictionary has no room for the name of its terms.
        self.machine.dictionary_mut().symbol(&self.text).ok()
    }

    /// Gives every known model its prices in another book; one that the book lacks keeps those that it had, so that
    /// its open holds can be settled.
    pub(super) fn reprice(&mut self, book: &PriceBook, (epoch, now): (u64, Timestamp)) {
        let names: Vec<_> = self.models.iter().flatten().map(|model| Arc::clone(&model.name)).collect();
        for name in names {
            let Some((provider, model)) = name.split_once('/') else { continue };
            if let Ok(prices) = book.find(Some(provider), model) {
                // A full dictionary leaves the old prices, as a model that is gone does.
                let _ = self.remember(prices, (epoch, now));
            }
        }
    }

    /// Remembers the prices of a model under its canonical name.
    pub(super) fn remember(&mut self, prices: ModelHandle, (epoch, now): (u64, Timestamp)) -> Result<Model> {
        let name = canonical_name(&prices, now)?;
        let dictionary = self.machine.dictionary_mut();
        let symbol = dictionary.symbol(&name)?;
        let price_version = dictionary.symbol(&prices.price_version().to_string())?;
        let index = symbol.index() as usize;
        if self.models.len() <= index {
            self.models.resize_with(index + 1, || None);
        }
        let model = Model { prices, name: name.into(), symbol, price_version, epoch };
        if let Some(place) = self.models.get_mut(index) {
            *place = Some(model.clone());
        }
        Ok(model)
    }
}

/// How many names and tag sets a dictionary has; it is bounded far below what 32 bits count.
pub(super) fn noted(dictionary: &Dictionary) -> (u32, u32) {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    (count(dictionary.symbols().len()), count(dictionary.tag_sets().len()))
}

//! Sums of entries by hour, tag set, model, terms, dimension and rate.

use super::entry::{Entry, EntryKind, EntryLine};
use crate::money::Money;
use crate::pricing::Dimension;
use crate::tags::{Symbol, TagSetId};
use crate::time::Timestamp;
use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
};

/// Microseconds of an hour, over which rollups sum.
pub(super) const HOUR: i64 = 3_600_000_000;

/// What a rollup sums over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RollupKey {
    /// The start of the hour, UTC, in which the amounts count.
    pub hour: Timestamp,
    /// Whose calls.
    pub tag_set: TagSetId,
    /// The model.
    pub model: Symbol,
    /// The terms that the calls were priced by, as [`Entry::terms`] has them; nothing for the standard ones, and for what
    /// isn't priced.
    pub terms: Option<Symbol>,
}

impl Hash for RollupKey {
    /// Few and wide writes: every settlement finds its sums by this.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { hour, tag_set, model, terms } = self;
        state.write_i64(hour.micros());
        state.write_u64(u64::from(tag_set.index()) << 32 | u64::from(model.index()));
        state.write_u32(terms.map_or(u32::MAX, Symbol::index));
    }
}

impl RollupKey {
    pub(crate) fn of(entry: &Entry) -> Self {
        let micros = entry.effective_at.micros();
        let hour = Timestamp::from_micros(micros - micros.rem_euclid(HOUR));
        Self { hour, tag_set: entry.tag_set, model: entry.model, terms: entry.terms }
    }

    /// The same for whatever terms there were.
    pub(crate) fn without_terms(self) -> Self {
        Self { terms: None, ..self }
    }

    /// The last instant of the hour.
    pub(crate) fn last(&self) -> Timestamp {
        Timestamp::from_micros(self.hour.micros().saturating_add(HOUR - 1))
    }
}

/// The sums of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollup {
    /// Calls that were booked: settled or expired.
    pub calls: u64,
    /// Calls that cost more than their hold.
    pub overruns: u64,
    /// Calls of which nobody said what they cost, booked with their hold.
    pub expired: u64,
    /// Amounts without usage: expired holds and corrections.
    pub unmeasured: Money,
    /// Usage and cost by dimension and rate, in the order in which they came.
    pub lines: Vec<EntryLine>,
    /// The first and last entry that counts here.
    pub seqs: (u64, u64),
}

impl Rollup {
    /// Everything that was booked.
    pub fn amount(&self) -> Money {
        self.unmeasured + self.lines.iter().map(|line| line.amount).sum()
    }

    /// Units of a dimension.
    pub fn quantity(&self, dimension: Dimension) -> u64 {
        let own = self.lines.iter().filter(|line| line.dimension == dimension);
        own.fold(0, |sum, line| sum.saturating_add(line.quantity))
    }

    fn add(&mut self, entry: &Entry, lines: &[EntryLine]) {
        let is_call = matches!(entry.kind, EntryKind::Settle | EntryKind::Expire) && !entry.is_late;
        self.calls += u64::from(is_call);
        self.overruns += u64::from(entry.is_overrun);
        self.expired += u64::from(entry.kind == EntryKind::Expire);
        let mut measured = Money::ZERO;
        for line in lines {
            measured += line.amount;
            self.add_line(line);
        }
        self.unmeasured += entry.amount - measured;
        let first = if self.seqs.0 == 0 { entry.seq } else { self.seqs.0.min(entry.seq) };
        self.seqs = (first, self.seqs.1.max(entry.seq));
    }

    fn add_line(&mut self, line: &EntryLine) {
        match self.lines.iter_mut().find(|known| known.is_alike(line)) {
            Some(known) => {
                known.quantity = known.quantity.saturating_add(line.quantity);
                known.amount += line.amount;
            }
            None => self.lines.push(*line),
        }
    }

    /// Takes off what a part of the entries adds.
    pub(crate) fn subtract(&mut self, part: &Self) {
        self.calls = self.calls.saturating_sub(part.calls);
        self.overruns = self.overruns.saturating_sub(part.overruns);
        self.expired = self.expired.saturating_sub(part.expired);
        self.unmeasured -= part.unmeasured;
        for line in &part.lines {
            if let Some(known) = self.lines.iter_mut().find(|known| known.is_alike(line)) {
                known.quantity = known.quantity.saturating_sub(line.quantity);
                known.amount -= line.amount;
            }
        }
    }

    /// Whether nothing is counted here.
    pub(crate) fn is_nothing(&self) -> bool {
        let Self { calls, overruns, expired, unmeasured, lines, seqs: _ } = self;
        (*calls, *overruns, *expired, *unmeasured) == (0, 0, 0, Money::ZERO)
            && lines.iter().all(|line| line.quantity == 0 && line.amount == Money::ZERO)
    }

    /// Adds the sums of another rollup of the same key.
    pub fn merge(&mut self, other: &Self) {
        self.merge_lines(other, |line| line);
    }

    /// The same with one line for each dimension, whatever its rates are: for sums over many models, which have too many
    /// of them.
    pub(crate) fn merge_by_dimension(&mut self, other: &Self) {
        self.merge_lines(other, |line| EntryLine { rate: None, ..line });
    }

    fn merge_lines(&mut self, other: &Self, seen: impl Fn(EntryLine) -> EntryLine) {
        self.calls += other.calls;
        self.overruns += other.overruns;
        self.expired += other.expired;
        self.unmeasured += other.unmeasured;
        other.lines.iter().for_each(|line| self.add_line(&seen(*line)));
        // A sum of nothing has no entry, and doesn't make another sum begin before its first.
        let firsts = [self.seqs.0, other.seqs.0].into_iter().filter(|first| *first > 0);
        self.seqs = (firsts.min().unwrap_or(0), self.seqs.1.max(other.seqs.1));
    }
}

/// Rollups in memory: all of a memory ledger's, or what a file's tail adds to those that are stored.
#[derive(Clone, Debug, Default)]
pub struct Rollups {
    sums: HashMap<RollupKey, Rollup, foldhash::fast::FixedState>,
}

impl Rollups {
    /// Adds an entry. Reservations and releases book nothing.
    pub fn add(&mut self, entry: &Entry, lines: &[EntryLine]) {
        if entry.kind.is_booked() {
            self.sums.entry(RollupKey::of(entry)).or_default().add(entry, lines);
        }
    }

    /// Adds sums.
    pub fn merge(&mut self, key: RollupKey, sums: &Rollup) {
        self.sums.entry(key).or_default().merge(sums);
    }

    /// Every key with its sums, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&RollupKey, &Rollup)> {
        self.sums.iter()
    }

    /// The sums of a key.
    pub fn get(&self, key: &RollupKey) -> Option<&Rollup> {
        self.sums.get(key)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// Whether nothing was booked.
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.sums.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Rollup;

    #[test]
    fn a_sum_of_nothing_has_no_first_entry() {
        let of = |seqs| Rollup { seqs, ..Rollup::default() };
        for (one, other) in [((5, 9), (0, 0)), ((0, 0), (5, 9)), ((7, 9), (5, 6))] {
            let mut sum = of(one);
            sum.merge(&of(other));
            assert_eq!(sum.seqs, (5, 9), "{one:?} and {other:?}");
        }
    }
}

//! What waits to be written together.

use super::document::IssuedDocument;
use super::entry::{Entry, EntryLine};
use super::store::StoredMark;
use crate::tags::TagSet;
use crate::time::Timestamp;

/// Entries and what they refer to, written in one transaction.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(crate) entries: Vec<Entry>,
    pub(crate) lines: Vec<EntryLine>,
    pub(crate) symbols: Vec<(u32, String)>,
    pub(crate) tag_sets: Vec<(u32, TagSet)>,
    pub(crate) marks: Vec<StoredMark>,
    pub(crate) since: Vec<(String, Timestamp)>,
    pub(crate) closed_until: Option<Timestamp>,
    pub(crate) documents: Vec<IssuedDocument>,
}

impl Batch {
    /// Adds an entry with its lines.
    #[inline]
    pub(crate) fn push(&mut self, mut entry: Entry, lines: impl Iterator<Item = EntryLine>) {
        let first = self.lines.len();
        self.lines.extend(lines);
        let count = self.lines.len() - first;
        entry.lines = (u32::try_from(first).unwrap_or(u32::MAX), u32::try_from(count).unwrap_or(0));
        self.entries.push(entry);
    }

    /// The entries, each with its lines.
    pub fn entries(&self) -> impl Iterator<Item = (&Entry, &[EntryLine])> {
        self.entries.iter().map(|entry| (entry, self.lines_of(entry)))
    }

    /// The one entry of a batch that holds nothing else, with its lines.
    pub(crate) fn only_entry(&self) -> Option<(&Entry, &[EntryLine])> {
        let Self { entries, lines: _, symbols, tag_sets, marks, since, closed_until, documents } = self;
        let has_more = !symbols.is_empty()
            || !tag_sets.is_empty()
            || !marks.is_empty()
            || !since.is_empty()
            || closed_until.is_some()
            || !documents.is_empty();
        match entries.as_slice() {
            [entry] if !has_more => Some((entry, self.lines_of(entry))),
            _ => None,
        }
    }

    /// Names that the entries refer to for the first time, each with its number.
    pub fn symbols(&self) -> impl Iterator<Item = (u32, &str)> {
        self.symbols.iter().map(|(id, text)| (*id, text.as_str()))
    }

    /// Tag sets that the entries refer to for the first time, each with its number.
    pub fn tag_sets(&self) -> impl Iterator<Item = (u32, &TagSet)> {
        self.tag_sets.iter().map(|(id, tags)| (*id, tags))
    }

    /// What steps did.
    pub fn marks(&self) -> impl Iterator<Item = &StoredMark> {
        self.marks.iter()
    }

    /// Since when budgets are in force; what the store knows already stays.
    pub fn since(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.since.iter().map(|(name, since)| (name.as_str(), *since))
    }

    /// Before this instant the books are closed from now on.
    pub fn closed_until(&self) -> Option<Timestamp> {
        self.closed_until
    }

    /// Documents that are issued.
    pub fn documents(&self) -> impl Iterator<Item = &IssuedDocument> {
        self.documents.iter()
    }

    fn lines_of(&self, entry: &Entry) -> &[EntryLine] {
        entry.lines_in(&self.lines)
    }

    /// Moves everything of another batch behind this one.
    pub(crate) fn append(&mut self, other: &mut Self) {
        if self.is_empty() {
            std::mem::swap(self, other);
            return;
        }
        let shift = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        self.lines.append(&mut other.lines);
        self.entries.extend(other.entries.drain(..).map(|mut entry| {
            entry.lines.0 = entry.lines.0.saturating_add(shift);
            entry
        }));
        self.symbols.append(&mut other.symbols);
        self.tag_sets.append(&mut other.tag_sets);
        self.marks.append(&mut other.marks);
        self.since.append(&mut other.since);
        self.closed_until = self.closed_until.max(other.closed_until.take());
        self.documents.append(&mut other.documents);
    }

    /// Empties the batch and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.lines.clear();
        self.symbols.clear();
        self.tag_sets.clear();
        self.marks.clear();
        self.since.clear();
        self.closed_until = None;
        self.documents.clear();
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        let Self { entries, lines, symbols, tag_sets, marks, since, closed_until, documents } = self;
        entries.is_empty()
            && lines.is_empty()
            && symbols.is_empty()
            && tag_sets.is_empty()
            && marks.is_empty()
            && since.is_empty()
            && closed_until.is_none()
            && documents.is_empty()
    }
}

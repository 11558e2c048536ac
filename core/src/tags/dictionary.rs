//! Interning: texts and tag sets as small numbers, the same ones after a restart.

use super::{TagSet, value::excerpt};
use crate::error::{Error, ErrorCode, Result};
use foldhash::HashMap;
use std::{borrow::Borrow, hash::Hash, sync::Arc};

/// The most texts that one dictionary holds.
pub const MAX_SYMBOLS: usize = 1 << 20;

/// The most tag sets that one dictionary holds.
pub const MAX_TAG_SETS: usize = 1 << 20;

/// The longest text that is interned, in bytes.
pub const MAX_SYMBOL_BYTES: usize = 512;

macro_rules! index {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// From the number that [`index`](Self::index) gave.
            pub const fn from_index(index: u32) -> Self {
                Self(index)
            }

            /// The number: counted from zero, in the order of first use.
            pub const fn index(self) -> u32 {
                self.0
            }
        }
    };
}

index! {
    /// A text of a [`Dictionary`]: a model's name, a provider's, an agent's.
    Symbol
}

index! {
    /// A tag set of a [`Dictionary`].
    TagSetId
}

/// Texts and tag sets, each kept once and known by a number.
///
/// It only grows, so a number once given means the same for ever; it is bounded, so a runaway tag value ends in an
/// error and not in all of the memory. It is not locked: the owner does that.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    texts: Table<Arc<str>>,
    tag_sets: Table<TagSet>,
}

impl Dictionary {
    /// An empty dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// The symbol of a text, a new one if the text is new.
    ///
    /// # Errors
    /// `limit_reached` past [`MAX_SYMBOLS`], and for a text longer than [`MAX_SYMBOL_BYTES`].
    pub fn symbol(&mut self, text: &str) -> Result<Symbol> {
        if let Some(symbol) = self.find(text) {
            return Ok(symbol);
        }
        check_length(text)?;
        self.texts.add(text.into(), MAX_SYMBOLS, "different texts").map(Symbol)
    }

    /// The symbol of a text that has one.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.texts.find(text).map(Symbol)
    }

    /// The text of a symbol.
    pub fn text(&self, symbol: Symbol) -> Option<&str> {
        self.texts.get(symbol.0).map(|text| &**text)
    }

    /// The number of a tag set, and whether it is new.
    ///
    /// # Errors
    /// `limit_reached` past [`MAX_TAG_SETS`].
    pub fn tag_set_id(&mut self, tags: &TagSet) -> Result<(TagSetId, bool)> {
        if let Some(id) = self.find_tag_set(tags) {
            return Ok((id, false));
        }
        let id = self.tag_sets.add(tags.clone(), MAX_TAG_SETS, "different tag sets")?;
        Ok((TagSetId(id), true))
    }

    /// The number of a tag set that has one.
    pub fn find_tag_set(&self, tags: &TagSet) -> Option<TagSetId> {
        self.tag_sets.find(tags).map(TagSetId)
    }

    /// The tag set of a number.
    pub fn tag_set(&self, id: TagSetId) -> Option<&TagSet> {
        self.tag_sets.get(id.0)
    }

    /// Every symbol with its text, in the order of the numbers.
    pub fn symbols(&self) -> impl ExactSizeIterator<Item = (Symbol, &str)> {
        self.symbols_from(Symbol(0))
    }

    /// The symbols from this one on: what came since the last look, when it is the next one to come.
    pub fn symbols_from(&self, first: Symbol) -> impl ExactSizeIterator<Item = (Symbol, &str)> {
        self.texts.from(first.0).map(|(index, text)| (Symbol(index), &**text))
    }

    /// Every tag set with its number, in the order of the numbers.
    pub fn tag_sets(&self) -> impl ExactSizeIterator<Item = (TagSetId, &TagSet)> {
        self.tag_sets_from(TagSetId(0))
    }

    /// The tag sets from this one on: what came since the last look, when it is the next one to come.
    pub fn tag_sets_from(&self, first: TagSetId) -> impl ExactSizeIterator<Item = (TagSetId, &TagSet)> {
        self.tag_sets.from(first.0).map(|(index, tags)| (TagSetId(index), tags))
    }

    /// Puts back a text that was stored under a symbol. Symbols come back in their order; one that is there already
    /// with the same text is no fault.
    ///
    /// # Errors
    /// `ledger_damaged` when the symbol is out of order or means another text, or the text has another symbol.
    pub fn restore_symbol(&mut self, symbol: Symbol, text: &str) -> Result<()> {
        check_length(text)?;
        let restored = self.texts.restore(symbol.0, text.into(), MAX_SYMBOLS, "different texts")?;
        restored.ok_or_else(|| damaged("symbol", symbol.0, text))
    }

    /// Puts back a tag set that was stored under a number, as [`restore_symbol`](Self::restore_symbol) does.
    ///
    /// # Errors
    /// `ledger_damaged` when the number is out of order or means another set, or the set has another number.
    pub fn restore_tag_set(&mut self, id: TagSetId, tags: &TagSet) -> Result<()> {
        let restored = self.tag_sets.restore(id.0, tags.clone(), MAX_TAG_SETS, "different tag sets")?;
        restored.ok_or_else(|| damaged("tag set", id.0, &tags.to_string()))
    }
}

fn check_length(text: &str) -> Result<()> {
    if text.len() <= MAX_SYMBOL_BYTES {
        return Ok(());
    }
    let (shown, found) = (excerpt(text), text.len());
    let message = format!("`{shown}` has {found} bytes, at most {MAX_SYMBOL_BYTES} are allowed");
    Err(Error::new(ErrorCode::LimitReached, message).with_help("use a shorter name"))
}

fn damaged(what: &str, index: u32, content: &str) -> Error {
    let content = excerpt(content);
    let message =
        format!("{what} {index} `{content}` is out of order or contradicts one that was read before");
    Error::new(ErrorCode::LedgerDamaged, message)
}

/// Values by number and numbers by value. A value is held twice, so it is a shared pointer.
#[derive(Clone, Debug)]
struct Table<T> {
    values: Vec<T>,
    indices: HashMap<T, u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { values: Vec::new(), indices: HashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Table<T> {
    fn find<Q: ?Sized + Eq + Hash>(&self, value: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
    {
        self.indices.get(value).copied()
    }

    fn get(&self, index: u32) -> Option<&T> {
        self.values.get(usize::try_from(index).ok()?)
    }

    fn from(&self, first: u32) -> impl ExactSizeIterator<Item = (u32, &T)> {
        let start = usize::try_from(first).unwrap_or(usize::MAX);
        let rest = self.values.get(start..).unwrap_or_default();
        // A table never holds more values than a u32 counts, so the index fits.
        let index = move |offset: usize| first.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
        rest.iter().enumerate().map(move |(offset, value)| (index(offset), value))
    }

    /// Adds a value that is not there yet.
    fn add(&mut self, value: T, limit: usize, what: &str) -> Result<u32> {
        let index = match u32::try_from(self.values.len()) {
            Ok(index) if self.values.len() < limit => index,
            _ => {
                let message = format!("more than {limit} {what}");
                let help = "keep values that never repeat, such as request ids, out of the tags";
                return Err(Error::new(ErrorCode::LimitReached, message).with_help(help));
            }
        };
        self.values.push(value.clone());
        self.indices.insert(value, index);
        Ok(index)
    }

    /// Nothing when the index and the value contradict what is there.
    fn restore(&mut self, index: u32, value: T, limit: usize, what: &str) -> Result<Option<()>> {
        if let Some(known) = self.find::<T>(&value) {
            return Ok((known == index).then_some(()));
        }
        if usize::try_from(index).ok() != Some(self.values.len()) {
            return Ok(None);
        }
        self.add(value, limit, what).map(|_| Some(()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Dictionary, Symbol, Table, TagSetId};
    use crate::{ErrorCode, TagSet};

    #[test]
    fn equal_content_has_one_number_and_numbers_count_up_from_zero() {
        let mut dictionary = Dictionary::new();
        assert_eq!(dictionary.symbol("gpt").unwrap(), Symbol::from_index(0));
        assert_eq!(dictionary.symbol("claude").unwrap(), Symbol::from_index(1));
        assert_eq!(dictionary.symbol("gpt").unwrap().index(), 0);
        assert_eq!(dictionary.find("claude"), Some(Symbol::from_index(1)));
        assert_eq!(dictionary.find("gemini"), None);
        assert_eq!(dictionary.text(Symbol::from_index(1)), Some("claude"));
        assert_eq!(dictionary.text(Symbol::from_index(2)), None);

        let one = TagSet::from_pairs([("team", "a"), ("client", "b")]).unwrap();
        let same = TagSet::from_pairs([("client.name", "b"), ("team.name", "a")]).unwrap();
        assert_eq!(dictionary.tag_set_id(&TagSet::new()).unwrap(), (TagSetId::from_index(0), true));
        assert_eq!(dictionary.tag_set_id(&one).unwrap(), (TagSetId::from_index(1), true));
        assert_eq!(dictionary.tag_set_id(&same).unwrap(), (TagSetId::from_index(1), false));
        assert_eq!(dictionary.tag_set(TagSetId::from_index(1)), Some(&one));
        assert_eq!(dictionary.tag_set(TagSetId::from_index(2)), None);
    }

    #[test]
    fn a_stored_list_gives_the_same_numbers_back() {
        let mut dictionary = Dictionary::new();
        for index in 0..500 {
            let text = format!("text {}", index * 7 % 250);
            dictionary.symbol(&text).unwrap();
            dictionary.tag_set_id(&TagSet::new().with("run", &text).unwrap()).unwrap();
        }
        let mut restored = Dictionary::new();
        for (symbol, text) in dictionary.symbols() {
            restored.restore_symbol(symbol, text).unwrap();
        }
        for (id, tags) in dictionary.tag_sets() {
            restored.restore_tag_set(id, tags).unwrap();
        }
        assert_eq!(restored.symbols().len(), 250);
        assert!(restored.symbols().eq(dictionary.symbols()));
        assert!(restored.tag_sets().eq(dictionary.tag_sets()));
        let late: Vec<_> = restored.symbols_from(Symbol::from_index(248)).collect();
        assert_eq!(late, dictionary.symbols().skip(248).collect::<Vec<_>>());
        assert_eq!(restored.tag_sets_from(TagSetId::from_index(250)).len(), 0);
        assert_eq!(restored.tag_sets_from(TagSetId::from_index(u32::MAX)).len(), 0);
        assert_eq!(restored.find("text 7"), dictionary.find("text 7"));
    }

    #[test]
    fn restoring_twice_is_no_fault_and_a_contradiction_is_damage() {
        let mut dictionary = Dictionary::new();
        dictionary.restore_symbol(Symbol::from_index(0), "a").unwrap();
        dictionary.restore_symbol(Symbol::from_index(0), "a").unwrap();
        for (index, text) in [(0, "b"), (1, "a"), (2, "b")] {
            let error = dictionary.restore_symbol(Symbol::from_index(index), text).unwrap_err();
            assert_eq!(error.code(), ErrorCode::LedgerDamaged, "{index} {text}");
            assert_eq!(
                error.message(),
                format!("symbol {index} `{text}` is out of order or contradicts one that was read before")
            );
        }
        let error = dictionary.restore_tag_set(TagSetId::from_index(1), &TagSet::new()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LedgerDamaged);
        assert_eq!(dictionary.symbols().len(), 1);
        assert_eq!(dictionary.tag_sets().len(), 0);
    }

    #[test]
    fn a_full_dictionary_refuses_what_is_new_and_still_finds_what_it_has() {
        let mut table = Table::<u8>::default();
        assert_eq!(table.add(7, 2, "numbers").unwrap(), 0);
        assert_eq!(table.add(8, 2, "numbers").unwrap(), 1);
        let error = table.add(9, 2, "numbers").unwrap_err();
        assert_eq!((error.code(), error.message()), (ErrorCode::LimitReached, "more than 2 numbers"));
        assert_eq!(table.find(&8), Some(1));
        assert_eq!(table.find(&9), None);

        let error = Dictionary::new().symbol(&"x".repeat(513)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitReached);
        assert!(Dictionary::new().symbol(&"x".repeat(512)).is_ok());
    }
}

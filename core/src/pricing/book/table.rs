//! A price book as one table of bytes, which is opened without being read.
//!
//! ```text
//! header   magic, format, date, version, check, lengths of the sections
//! sections ends of texts | providers | models | names of entries | targets | buckets | slots | records | texts
//! ```
//!
//! Numbers are 32 bits wide with the lowest byte first. A name's hash gives its bucket, the bucket's slots give the
//! entries of that name; an entry is a name of one provider with its targets in time; a model's record is read when it
//! is first asked for. Opening checks the header and that each section has its place: every other number is checked
//! where it is followed, so that damaged bytes give an error, whatever they hold.

use super::{
    Provider,
    node::Node,
    pool::{Bytes, Pool, word},
    record::Cursor,
};
use crate::{
    error::{Error, ErrorCode, Result},
    pricing::version::{PriceVersion, hash_bytes},
    time::Timestamp,
};
use std::sync::Arc;

/// The first bytes of every table.
pub(super) const MAGIC: &[u8; 8] = b"BURSARPB";

/// The newest layout that this release reads.
pub(super) const LAYOUT: u32 = 1;

/// Bytes before the sections.
pub(super) const HEADER: usize = 88;

/// Bytes of the header that the check doesn't cover: what comes before it, and itself.
pub(super) const CHECKED_FROM: usize = 28;

/// Sections, in their order.
pub(super) const SECTIONS: usize = 9;

pub(super) const MODEL_WORDS: usize = 3;
pub(super) const ENTRY_WORDS: usize = 5;
pub(super) const TARGET_WORDS: usize = 5;
pub(super) const SLOT_WORDS: usize = 3;

/// The name of an entry is no model's id, but an alias.
pub(super) const IS_ALIAS: u32 = 1;
/// Its model is sold by whom it is made by.
pub(super) const IS_FIRST_PARTY: u32 = 2;

/// The largest table that is opened.
const MAX_BYTES: usize = 1 << 28;

/// An open table.
#[derive(Debug)]
pub(super) struct Table {
    bytes: Bytes,
    spans: [(usize, usize); SECTIONS],
    pool: Pool,
    pub(super) version: PriceVersion,
}

/// A name of one provider, as the table holds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntryHead {
    pub(super) name: u32,
    pub(super) provider: u32,
    pub(super) flags: u32,
    targets: (u32, u32),
}

/// What an entry stands for over a span of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct TargetHead {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) model: u32,
}

impl Table {
    /// Opens bytes that come with the program, whose check a test has made.
    pub(super) fn open_static(bytes: &'static [u8]) -> Result<Self> {
        Self::open(Bytes::Static(bytes))
    }

    /// Opens bytes from elsewhere, and compares their check.
    pub(super) fn open_checked(bytes: &[u8]) -> Result<Self> {
        let table = Self::open(Bytes::Shared(Arc::from(bytes)))?;
        table.check_content()?;
        Ok(table)
    }

    /// Opens bytes that were just written.
    pub(super) fn open_written(bytes: Vec<u8>) -> Result<Self> {
        Self::open(Bytes::Shared(Arc::from(bytes)))
    }

    fn open(bytes: Bytes) -> Result<Self> {
        let all = bytes.get();
        if all.first_chunk() != Some(MAGIC) {
            return Err(invalid("the bytes are no price table")
                .with_help("give what `PriceBook::to_bytes` wrote, or a book in TOML"));
        }
        if all.len() > MAX_BYTES {
            return Err(invalid(&format!("the price table has more than the {MAX_BYTES} bytes allowed")));
        }
        let layout = word(all, 2).ok_or_else(damaged)?;
        if layout != LAYOUT {
            let message = format!("the price table has layout {layout}, and this release reads {LAYOUT}");
            return Err(invalid(&message).with_help("load a table of this release, or take a newer release"));
        }
        let (version, spans) = read_header(all).ok_or_else(damaged)?;
        let [ends, _, _, _, _, _, _, _, texts] = spans;
        let pool = Pool::new(&bytes, ends, texts).ok_or_else(damaged)?;
        Ok(Self { bytes, spans, pool, version })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get()
    }

    /// Compares the content with the check that was written beside it.
    pub(super) fn check_content(&self) -> Result<()> {
        let bytes = self.bytes();
        let found = bytes.get(CHECKED_FROM..).map(|rest| check_of(bytes, rest));
        if found.is_some() && found.as_ref().map(<[u8; 16]>::as_slice) == bytes.get(12..CHECKED_FROM) {
            return Ok(());
        }
        Err(damaged())
    }

    #[inline]
    fn section(&self, at: usize) -> &[u8] {
        let (from, to) = self.spans.get(at).copied().unwrap_or_default();
        self.bytes().get(from..to).unwrap_or_default()
    }

    #[inline]
    fn row<const WORDS: usize>(&self, section: usize, at: u32) -> Option<[u32; WORDS]> {
        let from = (at as usize).checked_mul(WORDS * 4)?;
        let row = self.section(section).get(from..)?.get(..WORDS * 4)?;
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(row.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Some(words)
    }

    /// The text of a number.
    #[inline]
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        self.pool.text(number)
    }

    /// The providers.
    pub(super) fn providers(&self) -> Result<Vec<Provider>> {
        self.read_providers().ok_or_else(damaged)
    }

    fn read_providers(&self) -> Option<Vec<Provider>> {
        let mut cursor = Cursor::new(self.section(1), &self.pool);
        let mut providers = Vec::new();
        while !cursor.is_at_end() {
            let id = Arc::from(cursor.text()?);
            let first_party = cursor.number()? != 0;
            let mut lists = [const { Vec::new() }; 2];
            for list in &mut lists {
                for _ in 0..cursor.number()? {
                    list.push(cursor.text()?.to_owned());
                }
            }
            let [aliases, fallback] = lists;
            providers.push(Provider { id, aliases, first_party, fallback });
        }
        Some(providers)
    }

    /// How many models there are.
    pub(super) fn models(&self) -> u32 {
        count(self.section(2).len(), MODEL_WORDS)
    }

    /// The provider's place and the id of a model.
    pub(super) fn model(&self, at: u32) -> Option<(u32, &str)> {
        let [provider, id, _] = self.row::<MODEL_WORDS>(2, at)?;
        Some((provider, self.text(id)?))
    }

    /// What the book says of a model.
    pub(super) fn record(&self, at: u32) -> Result<Node> {
        let read = || {
            let [_, _, from] = self.row::<MODEL_WORDS>(2, at)?;
            Cursor::new(self.section(7).get(from as usize..)?, &self.pool).node()
        };
        read().ok_or_else(damaged)
    }

    /// How many entries there are.
    pub(super) fn entries(&self) -> u32 {
        count(self.section(3).len(), ENTRY_WORDS)
    }

    #[inline]
    pub(super) fn entry(&self, at: u32) -> Option<EntryHead> {
        let [name, provider, flags, from, to] = self.row::<ENTRY_WORDS>(3, at)?;
        Some(EntryHead { name, provider, flags, targets: (from, to) })
    }

    /// The targets of an entry.
    pub(super) fn targets(&self, entry: EntryHead) -> impl Iterator<Item = Option<TargetHead>> {
        let most = count(self.section(4).len(), TARGET_WORDS);
        let (from, to) = entry.targets;
        (from..to.min(most)).map(|at| {
            let [from_low, from_high, until_low, until_high, model] = self.row::<TARGET_WORDS>(4, at)?;
            Some(TargetHead {
                from: instant(from_low, from_high),
                until: instant(until_low, until_high),
                model,
            })
        })
    }

    /// The places of the entries of a name, the one that is spelt so before others of its provider.
    #[inline]
    pub(super) fn named<'t>(&'t self, name: &'t str) -> impl Iterator<Item = u32> + 't {
        let buckets = self.section(5);
        let hash = hash_name(name);
        let bucket = bucket_of(hash, (buckets.len() / 4).saturating_sub(1));
        let from = word(buckets, bucket).unwrap_or(0);
        let to = word(buckets, bucket + 1).unwrap_or(0).min(count(self.section(6).len(), SLOT_WORDS));
        (from..to).filter_map(move |at| {
            let [found, text, entry] = self.row::<SLOT_WORDS>(6, at)?;
            (found == low_half(hash) && self.text(text)? == name).then_some(entry)
        })
    }

    /// Every name of every entry, for messages.
    pub(super) fn all_names(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..self.entries()).filter_map(|at| {
            let entry = self.entry(at)?;
            Some((entry.provider, self.text(entry.name)?))
        })
    }
}

fn count(bytes: usize, words: usize) -> u32 {
    u32::try_from(bytes / (words * 4)).unwrap_or(u32::MAX)
}

type Header = (PriceVersion, [(usize, usize); SECTIONS]);

fn read_header(bytes: &[u8]) -> Option<Header> {
    let date = word(bytes, 7)?;
    let part = |shift: u32, bits: u32| i16::try_from(date >> shift & ((1 << bits) - 1)).ok();
    let (month, day) = (i8::try_from(part(8, 8)?).ok()?, i8::try_from(part(0, 8)?).ok()?);
    let date = jiff::civil::Date::new(part(16, 16)?, month, day).ok()?;
    let long = |at: usize| Some(u64::from(word(bytes, at)?) | u64::from(word(bytes, at + 1)?) << 32);
    let version = PriceVersion::known(date, [long(8)?, long(10)?]);
    let mut spans = [(0, 0); SECTIONS];
    let mut from = HEADER;
    for (at, span) in spans.iter_mut().enumerate() {
        let to = from.checked_add(word(bytes, 12 + at)? as usize)?;
        *span = (from, to);
        from = to;
    }
    (from == bytes.len()).then_some((version, spans))
}

/// The check of a table: over its layout and everything after the check itself.
pub(super) fn check_of(bytes: &[u8], rest: &[u8]) -> [u8; 16] {
    let layout = u64::from(word(bytes, 2).unwrap_or(0));
    let [high, low] = hash_bytes([layout, 0], rest);
    let mut check = [0; 16];
    let words = high.to_le_bytes().into_iter().chain(low.to_le_bytes());
    check.iter_mut().zip(words).for_each(|(place, byte)| *place = byte);
    check
}

fn instant(low: u32, high: u32) -> Timestamp {
    Timestamp::from_micros((u64::from(low) | u64::from(high) << 32).cast_signed())
}

/// A hash that is the same in every release: buckets are written into files.
#[inline]
pub(super) fn hash_name(name: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, bytes: u64| {
        let product = (hash ^ bytes).wrapping_mul(FACTOR);
        product ^ product >> 32
    };
    let (chunks, rest) = name.as_bytes().as_chunks::<8>();
    let hash = chunks.iter().fold(name.len() as u64, |hash, chunk| mix(hash, u64::from_le_bytes(*chunk)));
    let last = rest.iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte));
    mix(mix(hash, last), FACTOR)
}

/// The half of a hash that a slot holds.
#[expect(clippy::cast_possible_truncation, reason = "the other half chooses the bucket")]
#[inline]
pub(super) const fn low_half(hash: u64) -> u32 {
    hash as u32
}

/// The bucket of a hash; their number is a power of two.
#[inline]
pub(super) fn bucket_of(hash: u64, buckets: usize) -> usize {
    usize::try_from(hash >> 32).unwrap_or(0) & buckets.saturating_sub(1)
}

#[cold]
pub(super) fn damaged() -> Error {
    invalid("the price table is damaged").with_help("fetch the price table again")
}

#[cold]
fn invalid(message: &str) -> Error {
    Error::new(ErrorCode::PriceBookInvalid, message)
}

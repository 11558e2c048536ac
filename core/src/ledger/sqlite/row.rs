//! Entries as rows: amounts in two whole columns, usage lines as compact text, and a check over all of it.

use super::lines;
use crate::budget::{CallKey, HoldId};
use crate::ledger::entry::{Entry, EntryKind, EntryLine};
use crate::money::Money;
use crate::tags::{Symbol, TagSetId};
use crate::time::Timestamp;
use rusqlite::Row;

const OVERRUN: i64 = 1;
const LATE: i64 = 2;
const STATED: i64 = 4;

/// Columns of a row in the order of [`entry`].
pub(super) const COLUMNS: &str = "seq, kind, at, effective_at, hold, tags, model, bound_nano, bound_pico, amount_nano, amount_pico, lines, price_version, expires_at, key, corrects, flags, note, crc, beside_nano, beside_pico, terms";

/// An amount as whole nano-USD and the rest in pico, 0 to 999.
pub(super) fn split(amount: Money) -> (i64, i64) {
    // What fits one word is divided as one word, which is what every call's amount does.
    if let Ok(pico) = i64::try_from(amount.pico()) {
        return (pico.div_euclid(1_000), pico.rem_euclid(1_000));
    }
    let nano = amount.pico().div_euclid(1_000);
    // An entry of more than 9.2 billion USD saturates here; the machine's limits refuse it long before.
    let nano = i64::try_from(nano).unwrap_or(if nano < 0 { i64::MIN } else { i64::MAX });
    (nano, i64::try_from(amount.pico().rem_euclid(1_000)).unwrap_or(0))
}

/// An amount from its two columns; sums of them may hold more than 999 pico.
pub(super) fn join(nano: i64, pico: i64) -> Money {
    Money::from_pico(i128::from(nano) * 1_000 + i128::from(pico))
}

/// An id of 32 bits; what was never written stands for nothing.
pub(super) fn id(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A text column that is null where there is nothing.
pub(super) fn text_or_null(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

pub(super) fn flags(entry: &Entry) -> i64 {
    i64::from(entry.is_overrun) * OVERRUN
        + i64::from(entry.is_late) * LATE
        + i64::from(entry.is_stated) * STATED
}

/// What a check is computed over, put together so that it is computed once.
struct Checked {
    bytes: [u8; 160],
    length: usize,
}

impl Checked {
    fn put(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
        }
        self.length = end;
    }
}

/// A check over everything that the row says.
pub(super) fn checksum(entry: &Entry, lines: &str) -> u32 {
    let mut fixed = Checked { bytes: [0; 160], length: 0 };
    fixed.put(&entry.seq.to_le_bytes());
    for instant in [Some(entry.at), Some(entry.effective_at), entry.expires_at] {
        fixed.put(&instant.map_or([0xff; 8], |instant| instant.micros().to_le_bytes()));
    }
    fixed.put(&entry.hold.number().to_le_bytes());
    for id in
        [entry.tag_set.index(), entry.model.index(), entry.price_version.map_or(u32::MAX, Symbol::index)]
    {
        fixed.put(&id.to_le_bytes());
    }
    for amount in [entry.bound, entry.amount] {
        fixed.put(&amount.pico().to_le_bytes());
    }
    fixed.put(&entry.key.map_or(0, CallKey::number).to_le_bytes());
    fixed.put(&entry.corrects.unwrap_or(0).to_le_bytes());
    fixed.put(&flags(entry).to_le_bytes());
    if let Some(beside) = entry.beside {
        fixed.put(&beside.pico().to_le_bytes());
    }
    if let Some(terms) = entry.terms {
        fixed.put(&terms.index().to_le_bytes());
    }
    // The longest kind has ten letters, and all of this 146 bytes.
    fixed.put(entry.kind.as_str().as_bytes());
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(fixed.bytes.get(..fixed.length).unwrap_or_default());
    hasher.update(entry.note.as_deref().unwrap_or_default().as_bytes());
    hasher.update(lines.as_bytes());
    hasher.finalize()
}

/// A row as an entry, or what is wrong with it. Its lines take the place of those that are given.
pub(super) fn entry(row: &Row<'_>, lines: &mut Vec<EntryLine>) -> rusqlite::Result<Result<Entry, String>> {
    let seq: i64 = row.get(0)?;
    let text = row.get_ref(11)?.as_str_or_null()?.unwrap_or_default();
    let kind = row.get_ref(1)?.as_str()?;
    let Ok(kind) = kind.parse::<EntryKind>() else {
        return Ok(Err(format!("entry {seq} has the unknown kind `{kind}`")));
    };
    let hold = HoldId::from_number(row.get::<_, i64>(4)?.cast_unsigned());
    let (tag_set, model) = (TagSetId::from_index(id(row.get(5)?)), Symbol::from_index(id(row.get(6)?)));
    let mut entry = Entry::new(kind, Timestamp::from_micros(row.get(2)?), hold, tag_set, model);
    entry.seq = seq.cast_unsigned();
    entry.effective_at = Timestamp::from_micros(row.get(3)?);
    entry.bound = join(row.get(7)?, row.get(8)?);
    entry.amount = join(row.get(9)?, row.get(10)?);
    entry.price_version = row.get::<_, Option<i64>>(12)?.map(|value| Symbol::from_index(id(value)));
    entry.expires_at = row.get::<_, Option<i64>>(13)?.map(Timestamp::from_micros);
    entry.key = row.get::<_, Option<[u8; 16]>>(14)?.map(|key| CallKey::from_number(u128::from_le_bytes(key)));
    entry.corrects = row.get::<_, Option<i64>>(15)?.map(i64::cast_unsigned);
    let flags: i64 = row.get(16)?;
    (entry.is_overrun, entry.is_late) = (flags & OVERRUN != 0, flags & LATE != 0);
    entry.is_stated = flags & STATED != 0;
    entry.beside = row.get::<_, Option<i64>>(19)?.zip(row.get(20)?).map(|(nano, pico)| join(nano, pico));
    entry.terms = row.get::<_, Option<i64>>(21)?.map(|value| Symbol::from_index(id(value)));
    entry.note = row.get_ref(17)?.as_str_or_null()?.map(Into::into);
    if row.get::<_, i64>(18)? != i64::from(checksum(&entry, text)) {
        return Ok(Err(format!("entry {seq} doesn't match its checksum")));
    }
    lines.clear();
    let read = lines::parse(text, lines);
    Ok(read.map(|()| entry).ok_or_else(|| format!("entry {seq} has usage that can't be read")))
}

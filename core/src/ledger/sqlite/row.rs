//! Entries as rows: amounts in two whole columns, usage lines as JSON, and a check over all of it.

use crate::budget::{CallKey, HoldId};
use crate::ledger::entry::{Entry, EntryKind, EntryLine};
use crate::money::Money;
use crate::tags::{Symbol, TagSetId};
use crate::time::Timestamp;
use rusqlite::Row;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::fmt::Write;

const OVERRUN: i64 = 1;
const LATE: i64 = 2;

/// Columns of a row in the order of [`COLUMNS`].
pub(super) const COLUMNS: &str = "seq, kind, at, effective_at, hold, tags, model, bound_nano, bound_pico, amount_nano, amount_pico, lines, price_version, expires_at, key, corrects, flags, note, crc";

/// An amount as whole nano-USD and the rest in pico, 0 to 999.
pub(super) fn split(amount: Money) -> (i64, i64) {
    let nano = amount.pico().div_euclid(1_000);
    // An entry of more than 9.2 billion USD saturates here; the machine's limits refuse it long before.
    let nano = i64::try_from(nano).unwrap_or(if nano < 0 { i64::MIN } else { i64::MAX });
    (nano, i64::try_from(amount.pico().rem_euclid(1_000)).unwrap_or(0))
}

/// An amount from its two columns; sums of them may hold more than 999 pico.
pub(super) fn join(nano: i64, pico: i64) -> Money {
    Money::from_pico(i128::from(nano) * 1_000 + i128::from(pico))
}

/// Usage lines as `{"input_uncached":[1200,"0.0036"]}`.
pub(super) fn lines_text(lines: &[EntryLine], text: &mut String) {
    text.clear();
    for (index, line) in lines.iter().enumerate() {
        text.push(if index == 0 { '{' } else { ',' });
        let _ = write!(text, "\"{}\":[{},\"{}\"]", line.dimension.as_str(), line.quantity, line.amount);
    }
    if !lines.is_empty() {
        text.push('}');
    }
}

/// Reads [`lines_text`] back.
pub(super) fn parse_lines(text: &str) -> Option<Vec<EntryLine>> {
    let Pairs(pairs) = serde_json::from_str(text).ok()?;
    let line = |(name, quantity, amount): (String, u64, String)| {
        Some(EntryLine { dimension: name.parse().ok()?, quantity, amount: amount.parse().ok()? })
    };
    pairs.into_iter().map(line).collect()
}

/// The members of a JSON object in the order in which they stand there.
struct Pairs(Vec<(String, u64, String)>);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("usage by dimension")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, (quantity, amount))) = map.next_entry()? {
            pairs.push((name, quantity, amount));
        }
        Ok(Pairs(pairs))
    }
}

pub(super) fn flags(entry: &Entry) -> i64 {
    i64::from(entry.is_overrun) * OVERRUN + i64::from(entry.is_late) * LATE
}

/// A check over everything that the row says.
pub(super) fn checksum(entry: &Entry, lines: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&entry.seq.to_le_bytes());
    hasher.update(entry.kind.as_str().as_bytes());
    for instant in [Some(entry.at), Some(entry.effective_at), entry.expires_at] {
        hasher.update(&instant.map_or([0xff; 8], |instant| instant.micros().to_le_bytes()));
    }
    hasher.update(&entry.hold.number().to_le_bytes());
    for id in
        [entry.tag_set.index(), entry.model.index(), entry.price_version.map_or(u32::MAX, Symbol::index)]
    {
        hasher.update(&id.to_le_bytes());
    }
    for amount in [entry.bound, entry.amount] {
        hasher.update(&amount.pico().to_le_bytes());
    }
    hasher.update(&entry.key.map_or(0, CallKey::number).to_le_bytes());
    hasher.update(&entry.corrects.unwrap_or(0).to_le_bytes());
    hasher.update(&flags(entry).to_le_bytes());
    hasher.update(entry.note.as_deref().unwrap_or_default().as_bytes());
    hasher.update(lines.as_bytes());
    hasher.finalize()
}

/// A row as an entry with its lines, or what is wrong with it.
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Result<(Entry, Vec<EntryLine>), String>> {
    let seq: i64 = row.get(0)?;
    let text: Option<String> = row.get(11)?;
    let text = text.unwrap_or_default();
    let kind: String = row.get(1)?;
    let Ok(kind) = kind.parse::<EntryKind>() else {
        return Ok(Err(format!("entry {seq} has the unknown kind `{kind}`")));
    };
    let id = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
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
    entry.note = row.get::<_, Option<String>>(17)?.map(Into::into);
    if row.get::<_, i64>(18)? != i64::from(checksum(&entry, &text)) {
        return Ok(Err(format!("entry {seq} doesn't match its checksum")));
    }
    let lines = if text.is_empty() { Some(Vec::new()) } else { parse_lines(&text) };
    Ok(lines.map(|lines| (entry, lines)).ok_or_else(|| format!("entry {seq} has usage that can't be read")))
}

//! A ledger entry with everything that it refers to, as a person or another program reads it.

use super::bursar::Bursar;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Entry, EntryLine};
use crate::tags::{Symbol, TagSet};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{collections::BTreeMap, ops::ControlFlow};

/// A ledger entry with its names and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullEntry {
    /// The entry.
    pub entry: Entry,
    /// Whose call.
    pub tags: TagSet,
    /// The model, by its canonical name.
    pub model: String,
    /// The version of the prices, where our price was computed.
    pub price_version: Option<String>,
    /// The terms that it was priced by, where they aren't the standard ones.
    pub terms: Option<String>,
    /// Usage and cost by dimension.
    pub lines: Vec<EntryLine>,
}

impl Bursar {
    /// One ledger entry.
    ///
    /// # Errors
    /// `entry_unknown`, `ledger_*`.
    pub fn entry(&self, seq: u64) -> Result<Entry> {
        self.read_entry(seq).map(|(entry, _)| entry)
    }

    /// The same with the names that it refers to and its usage line by line.
    ///
    /// # Errors
    /// As [`Bursar::entry`].
    pub fn full_entry(&self, seq: u64) -> Result<FullEntry> {
        let (entry, lines) = self.read_entry(seq)?;
        let (tags, model, (price_version, terms)) = self.with_machine(|machine| {
            let dictionary = machine.dictionary();
            let text = |symbol: Symbol| dictionary.text(symbol).unwrap_or_default().to_owned();
            let tags = dictionary.tag_set(entry.tag_set).cloned().unwrap_or_default();
            (tags, text(entry.model), (entry.price_version.map(text), entry.terms.map(text)))
        });
        Ok(FullEntry { entry, tags, model, price_version, terms, lines })
    }

    fn read_entry(&self, seq: u64) -> Result<(Entry, Vec<EntryLine>)> {
        let mut found = None;
        self.with_store(|store| {
            store.entries(seq, &mut |entry, lines| {
                found = Some((entry.clone(), lines.to_vec())).filter(|(entry, _)| entry.seq == seq);
                ControlFlow::Break(())
            })
        })?;
        found.ok_or_else(|| Error::new(ErrorCode::EntryUnknown, format!("the ledger has no entry {seq}")))
    }
}

impl Serialize for FullEntry {
    /// An object of plain fields, the same in every language: amounts are text in USD, times RFC 3339 text.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let entry = &self.entry;
        let tags: BTreeMap<&str, &str> = self.tags.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let mut row = serializer.serialize_struct("FullEntry", 19)?;
        row.serialize_field("number", &entry.seq)?;
        row.serialize_field("kind", entry.kind.as_str())?;
        row.serialize_field("at", &entry.at.to_string())?;
        row.serialize_field("effective_at", &entry.effective_at.to_string())?;
        row.serialize_field("hold", &entry.hold.number())?;
        row.serialize_field("tags", &tags)?;
        row.serialize_field("model", &self.model)?;
        row.serialize_field("bound", &entry.bound.to_string())?;
        row.serialize_field("amount", &entry.amount.to_string())?;
        row.serialize_field("beside", &entry.beside.map(|beside| beside.to_string()))?;
        row.serialize_field("price_version", &self.price_version)?;
        row.serialize_field("terms", &self.terms)?;
        row.serialize_field("expires_at", &entry.expires_at.map(|at| at.to_string()))?;
        row.serialize_field("corrects", &entry.corrects)?;
        row.serialize_field("is_overrun", &entry.is_overrun)?;
        row.serialize_field("is_late", &entry.is_late)?;
        row.serialize_field("is_stated", &entry.is_stated)?;
        row.serialize_field("note", &entry.note)?;
        row.serialize_field("lines", &self.lines.iter().map(Line).collect::<Vec<_>>())?;
        row.end()
    }
}

struct Line<'a>(&'a EntryLine);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let EntryLine { dimension, quantity, amount, rate } = self.0;
        let mut row = serializer.serialize_struct("Line", 4)?;
        row.serialize_field("dimension", dimension.as_str())?;
        row.serialize_field("quantity", quantity)?;
        row.serialize_field("amount", &amount.to_string())?;
        row.serialize_field("rate", &rate.map(|rate| rate.to_string()))?;
        row.end()
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    #[test]
    fn an_entry_is_read_with_its_names_and_its_usage_line_by_line() {
        let bursar = Bursar::builder().resource_attributes("").in_memory().unwrap();
        let scope = bursar.scope(&[("team", "data")]).unwrap();
        let model = bursar.model(None, "gpt-5-mini").unwrap();
        let usage = Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, 100);
        let settled = bursar.record(&scope, &Call::new(&model, 0), &usage).unwrap();
        let full = bursar.full_entry(settled.entry).unwrap();
        assert_eq!(full.entry, bursar.entry(settled.entry).unwrap());
        assert_eq!((full.model.as_str(), full.tags.len()), ("openai/gpt-5-mini", 1));
        assert_eq!(full.price_version, Some(bursar.prices().version().to_string()));
        let json = serde_json::to_value(&full).unwrap();
        assert_eq!(json["lines"][0]["dimension"], "input_uncached");
        assert_eq!((&json["amount"], &json["lines"][0]["amount"]), (&"0.00045".into(), &"0.00025".into()));
        assert_eq!(
            (&json["terms"], &json["lines"][0]["rate"]),
            (&serde_json::Value::Null, &"0.00000025".into())
        );
        assert_eq!((&json["kind"], &json["tags"]["team.name"]), (&"settle".into(), &"data".into()));
        let error = bursar.full_entry(99).unwrap_err();
        assert_eq!((error.code(), error.message()), (ErrorCode::EntryUnknown, "the ledger has no entry 99"));
    }
}

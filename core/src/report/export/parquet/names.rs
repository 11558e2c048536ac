//! Names as the file has them, each made once: what is held goes by the names of the ledger, and not by its entries.

use super::column::Value;
use crate::report::cube::provider_and_model;
use crate::report::export::key_values::KeyValues;
use crate::tags::{Dictionary, Symbol, TagKey, TagSetId, UNALLOCATED};
use parquet::data_type::ByteArray;
use std::collections::HashMap;

/// Tags with a column of their own; the last column has all the others.
const OWN: [TagKey; 6] =
    [TagKey::TEAM, TagKey::PROJECT, TagKey::CLIENT, TagKey::AGENT, TagKey::ENVIRONMENT, TagKey::USER];

type Fast = foldhash::fast::FixedState;

/// The names that were needed so far.
pub(super) struct Names<'a> {
    dictionary: &'a Dictionary,
    words: HashMap<&'static str, ByteArray, Fast>,
    symbols: HashMap<Symbol, ByteArray, Fast>,
    models: HashMap<Symbol, [Value; 2], Fast>,
    tags: HashMap<TagSetId, [Value; 7], Fast>,
}

impl<'a> Names<'a> {
    pub(super) fn of(dictionary: &'a Dictionary) -> Self {
        Self {
            dictionary,
            words: HashMap::default(),
            symbols: HashMap::default(),
            models: HashMap::default(),
            tags: HashMap::default(),
        }
    }

    /// A word of ours.
    pub(super) fn word(&mut self, word: &'static str) -> Value {
        Value::Text(self.words.entry(word).or_insert_with(|| bytes(word)).clone())
    }

    pub(super) fn symbol(&mut self, symbol: Symbol) -> Value {
        let dictionary = self.dictionary;
        let text = || bytes(dictionary.text(symbol).unwrap_or(UNALLOCATED));
        Value::Text(self.symbols.entry(symbol).or_insert_with(text).clone())
    }

    /// The provider and the model.
    pub(super) fn model(&mut self, symbol: Symbol) -> [Value; 2] {
        let dictionary = self.dictionary;
        let made = || {
            let (provider, model) = provider_and_model(dictionary.text(symbol).unwrap_or(UNALLOCATED));
            [provider, model].map(|name| Value::Text(bytes(name)))
        };
        self.models.entry(symbol).or_insert_with(made).clone()
    }

    /// The values of the tags that have columns, and the others as JSON.
    pub(super) fn tags(&mut self, set: TagSetId) -> [Value; 7] {
        let dictionary = self.dictionary;
        let made = || {
            let Some(tags) = dictionary.tag_set(set) else { return [const { Value::Null }; 7] };
            let own = |key: &TagKey| tags.get(key).map_or(Value::Null, |value| Value::Text(bytes(value)));
            let [team, project, client, agent, environment, user] = OWN.each_ref().map(own);
            let mut others = tags.iter().filter(|(key, _)| !OWN.contains(key)).peekable();
            let is_more = others.peek().is_some();
            let json = KeyValues::of(others.map(|(key, value)| (key.short(), value))).to_string();
            let rest = if is_more { Value::Text(bytes(&json)) } else { Value::Null };
            [team, project, client, agent, environment, user, rest]
        };
        self.tags.entry(set).or_insert_with(made).clone()
    }
}

fn bytes(text: &str) -> ByteArray {
    text.as_bytes().to_vec().into()
}

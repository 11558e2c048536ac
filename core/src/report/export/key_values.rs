//! FOCUS's KeyValueFormat: a flat JSON object of texts.

use serde::ser::{SerializeMap as _, Serializer as _};
use std::fmt;

/// Keys with their texts, in the order in which they are given.
#[derive(Debug)]
pub(super) struct KeyValues(String);

impl KeyValues {
    pub(super) fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut text = Vec::new();
        let mut json = serde_json::Serializer::new(&mut text);
        let written = json.serialize_map(None).and_then(|mut map| {
            pairs.into_iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
            map.end()
        });
        // Memory can't refuse a write, and keys are texts.
        debug_assert!(written.is_ok());
        Self(String::from_utf8(text).unwrap_or_default())
    }
}

impl fmt::Display for KeyValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

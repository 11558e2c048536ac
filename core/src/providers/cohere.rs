//! Cohere's chat (v1 and v2), embed and rerank.
//!
//! `billed_units` is what is paid; `tokens` also has the templates around the messages, and `cached_tokens` is a part of
//! those, so neither is read. An answer names no model.

use super::{
    count::Count,
    dialect::{Dialect, Told},
    seen::Seen,
    text::{Object, Text},
};
use crate::{
    error::Result,
    pricing::{Dimension, Usage},
};
use serde::Deserialize;

#[derive(Debug, Default)]
pub(super) struct Cohere(Option<Billed>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    r#type: Text,
    /// The name in v1.
    #[serde(rename = "event_type")]
    kind: Text,
    usage: Object<Units>,
    meta: Object<Units>,
    delta: Object<Delta>,
    response: Object<Delta>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Delta {
    usage: Object<Units>,
    meta: Object<Units>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Units {
    billed_units: Object<Billed>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Billed {
    input_tokens: Count,
    output_tokens: Count,
    image_tokens: Count,
    search_units: Count,
}

impl Billed {
    fn is_given(&self) -> bool {
        [&self.input_tokens, &self.output_tokens, &self.image_tokens, &self.search_units]
            .iter()
            .any(|count| count.is_given())
    }
}

impl Dialect for Cohere {
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told> {
        let event: Event = serde_json::from_slice(json)?;
        seen.ended |= event.r#type.as_str() == "message-end" || event.kind.as_str() == "stream-end";
        let inner = [event.delta.0, event.response.0]
            .into_iter()
            .flatten()
            .flat_map(|part| [part.usage.0, part.meta.0]);
        let units = [event.usage.0, event.meta.0].into_iter().chain(inner).flatten();
        match units.filter_map(|units| units.billed_units.0).find(Billed::is_given) {
            Some(billed) => {
                self.0 = Some(billed);
                Ok(Told::Usage)
            }
            None => Ok(Told::Nothing),
        }
    }

    fn usage(&self) -> Result<Option<Usage>> {
        let Some(billed) = &self.0 else { return Ok(None) };
        let usage = Usage::new()
            .with(Dimension::InputUncached, billed.input_tokens.or_zero("input_tokens")?)
            .with(Dimension::Output, billed.output_tokens.or_zero("output_tokens")?)
            .with(Dimension::ImageInput, billed.image_tokens.or_zero("image_tokens")?)
            .with(Dimension::RerankSearches, billed.search_units.or_zero("search_units")?);
        Ok(Some(usage))
    }
}

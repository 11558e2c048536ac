//! Chat completions, completions and embeddings, of OpenAI and every host that speaks its language.
//!
//! A stream tells its usage in its last chunks, or so far in every chunk; the last wins. Groq tells it in `x_groq`. A
//! stream is whole once a choice has its reason to finish, or `[DONE]` came.

use super::{
    Api,
    dialect::{Dialect, Told},
    openai_usage::OpenAiUsage,
    seen::Seen,
    text::{Given, List, Object, Text},
};
use crate::{
    error::Result,
    pricing::{Dimension, Usage},
};
use serde::Deserialize;

#[derive(Debug)]
pub(super) struct Chat {
    api: Api,
    usage: Option<OpenAiUsage>,
    /// The model of the kind that searches the web with every call.
    searches: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    model: Text,
    service_tier: Text,
    error: Given,
    choices: List<Choice>,
    usage: Object<OpenAiUsage>,
    x_groq: Object<Groq>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Choice {
    finish_reason: Given,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Groq {
    usage: Object<OpenAiUsage>,
}

impl Chat {
    pub(super) const fn new(api: Api) -> Self {
        Self { api, usage: None, searches: false }
    }
}

impl Dialect for Chat {
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told> {
        let event: Event = serde_json::from_slice(json)?;
        self.searches |=
            event.model.as_str().contains("-search-preview") || event.model.as_str().contains("-search-api");
        seen.model(event.model);
        seen.tier(event.service_tier);
        seen.failed |= event.error.0;
        seen.ended |= event.choices.0.iter().any(|choice| choice.finish_reason.0);
        let groq = event.x_groq.0.and_then(|groq| groq.usage.0);
        let Some(usage) = event.usage.0.or(groq).filter(OpenAiUsage::is_given) else {
            return Ok(Told::Nothing);
        };
        seen.cost(usage.cost());
        seen.partial = usage.is_partial();
        self.usage = Some(usage);
        Ok(Told::Usage)
    }

    fn usage(&self) -> Result<Option<Usage>> {
        let Some(usage) = &self.usage else { return Ok(None) };
        let usage = usage.read(self.api)?;
        // OpenAI's search models search once a call and don't say so in the usage.
        Ok(usage.map(|usage| match usage.get(Dimension::WebSearches) {
            0 if self.searches && self.api == Api::Chat => usage.with(Dimension::WebSearches, 1),
            _ => usage,
        }))
    }
}

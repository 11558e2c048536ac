//! Ollama's own API: a stream of lines, of which the last is `done` and has the counts.
//!
//! A count that is zero is left out, as with a prompt that was cached whole.

use super::{
    count::Count,
    dialect::{Dialect, Told},
    seen::Seen,
    text::{Given, Text},
};
use crate::{
    error::Result,
    pricing::{Dimension, Usage},
};
use serde::Deserialize;

#[derive(Debug, Default)]
pub(super) struct Ollama(Option<Event>);

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Event {
    model: Text,
    error: Given,
    done: Given,
    prompt_eval_count: Count,
    eval_count: Count,
}

impl Dialect for Ollama {
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told> {
        let mut event: Event = serde_json::from_slice(json)?;
        seen.model(std::mem::take(&mut event.model));
        seen.failed |= event.error.0;
        seen.ended |= event.done.0;
        if event.prompt_eval_count.is_given() || event.eval_count.is_given() {
            self.0 = Some(event);
            return Ok(Told::Usage);
        }
        Ok(Told::Nothing)
    }

    fn usage(&self) -> Result<Option<Usage>> {
        let Some(event) = &self.0 else { return Ok(None) };
        let usage = Usage::new()
            .with(Dimension::InputUncached, event.prompt_eval_count.or_zero("prompt_eval_count")?)
            .with(Dimension::Output, event.eval_count.or_zero("eval_count")?);
        Ok(Some(usage))
    }
}

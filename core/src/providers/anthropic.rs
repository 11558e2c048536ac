//! Anthropic's Messages, from Anthropic itself, Vertex AI, Azure and Bedrock.
//!
//! The input excludes what was read from and written to a cache; the output includes thinking. A stream counts the input
//! with `message_start` and everything so far with each `message_delta`, so later counts replace earlier ones. What a
//! compaction or another model consumed on the way is only in `iterations`, and is told beside the usage.

use super::{
    answer::OtherUsage,
    count::{Count, invalid, rest, sum},
    dialect::{Dialect, Told},
    seen::Seen,
    text::{Given, List, Object, Text},
};
use crate::{
    error::Result,
    pricing::{Dimension, Usage},
};
use serde::Deserialize;

/// The most iterations of one answer that are read; an answer with more is refused.
pub const MAX_ANSWER_ITERATIONS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Anthropic(Option<MessagesUsage>);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    r#type: Text,
    model: Text,
    message: Object<Message>,
    delta: Object<Delta>,
    error: Given,
    usage: Object<MessagesUsage>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    model: Text,
    usage: Object<MessagesUsage>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Delta {
    stop_reason: Given,
}

/// The usage object of a message.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct MessagesUsage {
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_creation: Object<CacheCreation>,
    output_tokens_details: Object<OutputDetails>,
    server_tool_use: Object<ServerTools>,
    iterations: List<Iteration>,
    service_tier: Text,
    inference_geo: Text,
    speed: Text,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Count,
    ephemeral_1h_input_tokens: Count,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: Count,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct ServerTools {
    web_search_requests: Count,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct Iteration {
    r#type: Text,
    model: Text,
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_creation: Object<CacheCreation>,
}

impl MessagesUsage {
    pub(super) const fn is_given(&self) -> bool {
        self.input_tokens.is_given() || self.output_tokens.is_given()
    }

    /// Takes over every count of a later event.
    pub(super) fn update(&mut self, newer: Self) {
        let same_writes = newer.cache_creation_input_tokens == self.cache_creation_input_tokens;
        self.input_tokens.update(&newer.input_tokens);
        self.output_tokens.update(&newer.output_tokens);
        self.cache_read_input_tokens.update(&newer.cache_read_input_tokens);
        self.cache_creation_input_tokens.update(&newer.cache_creation_input_tokens);
        if newer.cache_creation.get().is_some() {
            self.cache_creation = newer.cache_creation;
        } else if !same_writes
            && newer.cache_creation_input_tokens.is_given()
            && let Some(split) = &mut self.cache_creation.0
        {
            // The sum has grown without a new split: what was written for an hour is known, the rest is the usual.
            split.ephemeral_5m_input_tokens = Count::Absent;
        }
        if newer.output_tokens_details.get().is_some() {
            self.output_tokens_details = newer.output_tokens_details;
        }
        if newer.server_tool_use.get().is_some() {
            self.server_tool_use = newer.server_tool_use;
        }
        if !newer.iterations.0.is_empty() {
            self.iterations = newer.iterations;
        }
    }

    /// The terms stand in the usage too.
    pub(super) fn terms(&mut self, seen: &mut Seen) {
        seen.tier(std::mem::take(&mut self.service_tier));
        if let Some(speed) = self.speed.0.take() {
            seen.speed = Some(speed);
        }
        if let Some(residency) = self.inference_geo.0.take().filter(|name| name != "not_available") {
            seen.residency = Some(residency);
        }
    }

    /// The usage of the message itself; none while the output isn't told.
    pub(super) fn read(&self) -> Result<Option<Usage>> {
        if !self.input_tokens.is_given() || !self.output_tokens.is_given() {
            return Ok(None);
        }
        let usage = tokens(
            [
                &self.input_tokens,
                &self.output_tokens,
                &self.cache_read_input_tokens,
                &self.cache_creation_input_tokens,
            ],
            self.cache_creation.get(),
        )?;
        let thinking = match self.output_tokens_details.get() {
            Some(details) => details.thinking_tokens.or_zero("thinking_tokens")?,
            None => 0,
        };
        rest(("output_tokens", usage.get(Dimension::Output)), ("thinking_tokens", thinking))?;
        let searches = match self.server_tool_use.get() {
            Some(tools) => tools.web_search_requests.or_zero("web_search_requests")?,
            None => 0,
        };
        Ok(Some(usage.with(Dimension::Reasoning, thinking).with(Dimension::WebSearches, searches)))
    }

    /// What was consumed beside the message: every iteration that isn't one of its own.
    pub(super) fn others(&self, model: Option<&str>) -> Result<Vec<OtherUsage>> {
        if self.iterations.0.len() > MAX_ANSWER_ITERATIONS {
            return Err(invalid(format!("more than {MAX_ANSWER_ITERATIONS} `iterations`")));
        }
        let beside = self.iterations.0.iter().filter(|iteration| iteration.r#type.as_str() != "message");
        beside.map(|iteration| iteration.read(model)).collect()
    }
}

impl Iteration {
    fn read(&self, model: Option<&str>) -> Result<OtherUsage> {
        let usage = tokens(
            [
                &self.input_tokens,
                &self.output_tokens,
                &self.cache_read_input_tokens,
                &self.cache_creation_input_tokens,
            ],
            self.cache_creation.get(),
        )?;
        let model = self.model.0.clone().or_else(|| model.map(str::to_owned));
        Ok(OtherUsage { kind: self.r#type.as_str().to_owned(), model, usage })
    }
}

fn tokens([input, output, read, written]: [&Count; 4], split: Option<&CacheCreation>) -> Result<Usage> {
    let (short, long) = writes(written, split)?;
    Ok(Usage::new()
        .with(Dimension::InputUncached, input.or_zero("input_tokens")?)
        .with(Dimension::CacheRead, read.or_zero("cache_read_input_tokens")?)
        .with(Dimension::CacheWrite5m, short)
        .with(Dimension::CacheWrite1h, long)
        .with(Dimension::Output, output.or_zero("output_tokens")?))
}

/// What was written for 5 minutes and for an hour: `cache_creation_input_tokens` is their sum.
fn writes(written: &Count, split: Option<&CacheCreation>) -> Result<(u64, u64)> {
    let written = written.known("cache_creation_input_tokens")?;
    let Some(split) = split else { return Ok((written.unwrap_or(0), 0)) };
    let long = split.ephemeral_1h_input_tokens.or_zero("ephemeral_1h_input_tokens")?;
    let short = split.ephemeral_5m_input_tokens.known("ephemeral_5m_input_tokens")?;
    match (written, short) {
        (Some(written), Some(short)) if sum(&[short, long])? != written => Err(invalid(format!(
            "`cache_creation_input_tokens` is {written}, but {short} for 5 minutes and {long} for an hour don't come to it"
        ))),
        (_, Some(short)) => Ok((short, long)),
        (written, None) => {
            let written = written.unwrap_or(long);
            Ok((rest(("cache_creation_input_tokens", written), ("ephemeral_1h_input_tokens", long))?, long))
        }
    }
}

impl Dialect for Anthropic {
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told> {
        let event: Event = serde_json::from_slice(json)?;
        seen.failed |= event.error.0;
        seen.ended |=
            event.r#type.as_str() == "message_stop" || event.delta.0.is_some_and(|delta| delta.stop_reason.0);
        let mut usage = event.usage.0;
        seen.model(event.model);
        if let Some(message) = event.message.0 {
            seen.model(message.model);
            usage = usage.or(message.usage.0);
        }
        let Some(mut usage) = usage.filter(MessagesUsage::is_given) else { return Ok(Told::Nothing) };
        usage.terms(seen);
        match &mut self.0 {
            Some(before) => before.update(usage),
            slot => *slot = Some(usage),
        }
        if let Some(usage) = &self.0 {
            match usage.others(seen.model.as_deref()) {
                Ok(others) => seen.others = others,
                Err(error) => seen.fault = Some(error),
            }
        }
        Ok(Told::Usage)
    }

    fn usage(&self) -> Result<Option<Usage>> {
        self.0.as_ref().map_or(Ok(None), MessagesUsage::read)
    }
}

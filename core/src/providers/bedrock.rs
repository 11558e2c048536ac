//! Amazon Bedrock: Converse and ConverseStream, and InvokeModel with the bodies of the models' makers.
//!
//! Converse counts the input without what was read from and written to a cache. InvokeModel passes on the maker's own
//! object; a stream of it ends with Bedrock's metrics, which have the same meaning as Converse's usage. An answer names no
//! model, unless a router chose it.

use super::{
    Api,
    anthropic::MessagesUsage,
    base64,
    count::{Count, invalid, rest, sum},
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
use serde_json::value::RawValue;

#[derive(Debug, Default)]
pub(super) struct Bedrock {
    converse: Option<ConverseUsage>,
    messages: Option<MessagesUsage>,
    open: Option<OpenAiUsage>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Event<'a> {
    /// An event of InvokeModel's stream holds the maker's event.
    bytes: Option<&'a str>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    r#type: Text,
    model: Text,
    message: Object<Message>,
    delta: Object<Delta>,
    error: Given,
    #[serde(rename = "serviceTier")]
    service_tier: Object<Tier>,
    #[serde(rename = "performanceConfig")]
    performance: Object<Performance>,
    trace: Object<Trace>,
    #[serde(rename = "amazon-bedrock-invocationMetrics")]
    metrics: Object<Metrics>,
    prompt_token_count: Count,
    generation_token_count: Count,
    #[serde(rename = "inputTextTokenCount")]
    input_text_token_count: Count,
    results: List<TextResult>,
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tier {
    r#type: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Performance {
    latency: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Trace {
    prompt_router: Object<Router>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Router {
    invoked_model_id: Text,
}

/// Titan's results.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct TextResult {
    token_count: Count,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ConverseUsage {
    input_tokens: Count,
    output_tokens: Count,
    total_tokens: Count,
    cache_read_input_tokens: Count,
    cache_write_input_tokens: Count,
    /// Older spellings of the same two.
    cache_read_input_token_count: Count,
    cache_write_input_token_count: Count,
    cache_details: List<CacheDetail>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CacheDetail {
    ttl: Text,
    input_tokens: Count,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the provider's")]
struct Metrics {
    input_token_count: Count,
    output_token_count: Count,
    cache_read_input_token_count: Count,
    cache_write_input_token_count: Count,
}

impl ConverseUsage {
    const fn is_given(&self) -> bool {
        self.input_tokens.is_given() || self.output_tokens.is_given()
    }

    fn read(&self) -> Result<Option<Usage>> {
        let (Some(input), Some(output)) =
            (self.input_tokens.known("inputTokens")?, self.output_tokens.known("outputTokens")?)
        else {
            return Ok(None);
        };
        let read = either(
            &self.cache_read_input_tokens,
            &self.cache_read_input_token_count,
            "cacheReadInputTokens",
        )?;
        let written = either(
            &self.cache_write_input_tokens,
            &self.cache_write_input_token_count,
            "cacheWriteInputTokens",
        )?;
        if let Some(total) = self.total_tokens.known("totalTokens")?
            && total != sum(&[input, output])?
            && total != sum(&[input, output, read, written])?
        {
            return Err(invalid(format!(
                "`totalTokens` is {total}, but {input} of input, {output} of output, {read} read from a cache and \
                 {written} written to one don't come to it"
            )));
        }
        let mut long = 0;
        for detail in self.cache_details.0.iter().filter(|detail| detail.ttl.as_str() == "1h") {
            long = sum(&[long, detail.input_tokens.or_zero("cacheDetails.inputTokens")?])?;
        }
        let short = rest(("cacheWriteInputTokens", written), ("cacheDetails", long))?;
        Ok(Some(
            Usage::new()
                .with(Dimension::InputUncached, input)
                .with(Dimension::CacheRead, read)
                .with(Dimension::CacheWrite5m, short)
                .with(Dimension::CacheWrite1h, long)
                .with(Dimension::Output, output),
        ))
    }
}

/// One count under two names.
fn either(count: &Count, other: &Count, name: &str) -> Result<u64> {
    match (count.known(name)?, other.known(name)?) {
        (Some(count), Some(other)) if count != other => {
            Err(invalid(format!("`{name}` is {count}, but its other spelling is {other}")))
        }
        (count, other) => Ok(count.or(other).unwrap_or(0)),
    }
}

impl From<Metrics> for ConverseUsage {
    fn from(metrics: Metrics) -> Self {
        Self {
            input_tokens: metrics.input_token_count,
            output_tokens: metrics.output_token_count,
            cache_read_input_tokens: metrics.cache_read_input_token_count,
            cache_write_input_tokens: metrics.cache_write_input_token_count,
            ..Self::default()
        }
    }
}

impl Bedrock {
    /// A usage object of any maker, told apart by its fields.
    fn object(&mut self, text: &str, seen: &mut Seen) -> serde_json::Result<Told> {
        if let Some(usage) =
            serde_json::from_str::<Object<ConverseUsage>>(text)?.0.filter(ConverseUsage::is_given)
        {
            self.converse = Some(usage);
            return Ok(Told::Usage);
        }
        if let Some(usage) =
            serde_json::from_str::<Object<MessagesUsage>>(text)?.0.filter(MessagesUsage::is_given)
        {
            return Ok(self.message(usage, seen));
        }
        let Some(usage) = serde_json::from_str::<Object<OpenAiUsage>>(text)?.0.filter(OpenAiUsage::is_given)
        else {
            return Ok(Told::Nothing);
        };
        self.open = Some(usage);
        Ok(Told::Usage)
    }

    fn message(&mut self, mut usage: MessagesUsage, seen: &mut Seen) -> Told {
        usage.terms(seen);
        match &mut self.messages {
            Some(before) => before.update(usage),
            slot => *slot = Some(usage),
        }
        if let Some(usage) = &self.messages {
            match usage.others(seen.model.as_deref()) {
                Ok(others) => seen.others = others,
                Err(error) => seen.fault = Some(error),
            }
        }
        Told::Usage
    }

    /// Llama's and Titan's counts, which stand beside the text.
    fn counts(&mut self, event: &Event<'_>) -> Told {
        let (input, output) = if event.prompt_token_count.is_given() {
            (event.prompt_token_count.clone(), event.generation_token_count.clone())
        } else if event.input_text_token_count.is_given() {
            let made = event.results.0.iter().map(|result| &result.token_count);
            // A wrong count stays wrong; an embedding has no results.
            let total = made.fold(Count::Whole(0), |total, count| match (&total, count) {
                (Count::Whole(total), Count::Whole(count)) => Count::Whole(total.saturating_add(*count)),
                (Count::Whole(_), other) => other.clone(),
                _ => total,
            });
            (event.input_text_token_count.clone(), total)
        } else {
            return Told::Nothing;
        };
        self.converse =
            Some(ConverseUsage { input_tokens: input, output_tokens: output, ..ConverseUsage::default() });
        Told::Usage
    }
}

impl Dialect for Bedrock {
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told> {
        let event: Event<'_> = serde_json::from_slice(json)?;
        if let Some(inner) = event.bytes {
            let inner =
                base64::decode(inner).ok_or_else(|| serde::de::Error::custom("`bytes` isn't base64"))?;
            return self.event(&inner, seen);
        }
        let told = self.counts(&event);
        seen.failed |= event.error.0;
        seen.model(event.model);
        seen.ended |=
            event.r#type.as_str() == "message_stop" || event.delta.0.is_some_and(|delta| delta.stop_reason.0);
        if let Some(tier) = event.service_tier.0 {
            seen.tier(tier.r#type);
        }
        if event.performance.0.is_some_and(|performance| performance.latency.as_str() == "optimized") {
            seen.speed = Some("optimized".to_owned());
        }
        if let Some(router) = event.trace.0.and_then(|trace| trace.prompt_router.0) {
            seen.model(router.invoked_model_id);
        }
        if let Some(message) = event.message.0 {
            seen.model(message.model);
            if let Some(usage) = message.usage.0.filter(MessagesUsage::is_given) {
                return Ok(self.message(usage, seen));
            }
        }
        let mut told = match event.usage {
            Some(usage) => {
                let told = self.object(usage.get(), seen)?;
                // Converse sends its usage with the last event.
                seen.ended |= told == Told::Usage && self.converse.is_some();
                told
            }
            // Llama counts so far in every event: the last one has Bedrock's metrics.
            None => told,
        };
        if let Some(metrics) = event.metrics.0 {
            // The last event of the model's stream; a maker's own object says more, so it wins.
            seen.ended = true;
            if self.messages.is_none() {
                self.converse = Some(metrics.into());
            }
            told = Told::Usage;
        }
        Ok(told)
    }

    fn usage(&self) -> Result<Option<Usage>> {
        match self {
            Self { converse: Some(usage), .. } => usage.read(),
            Self { messages: Some(usage), .. } => usage.read(),
            Self { open: Some(usage), .. } => usage.read(Api::Chat),
            _ => Ok(None),
        }
    }
}

//! The usage object of OpenAI and of the many hosts that speak its language.
//!
//! Input includes what was read from and written to a cache and all media; output includes reasoning and media. Hosts
//! differ in small ways that their own fields or the total give away: xAI leaves reasoning out of the output, Google
//! leaves thoughts out of everything but the total, Perplexity reports reasoning, citations and searches on their own.

use super::{
    Api,
    cost::{Cost, Stated, Upstream},
    count::{Count, invalid, rest, sum},
    text::{Given, Object},
};
use crate::{
    error::Result,
    pricing::{Dimension, Usage},
};
use rust_decimal::Decimal;
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OpenAiUsage {
    prompt_tokens: Count,
    input_tokens: Count,
    completion_tokens: Count,
    output_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Object<InputDetails>,
    input_tokens_details: Object<InputDetails>,
    input_token_details: Object<InputDetails>,
    completion_tokens_details: Object<OutputDetails>,
    output_tokens_details: Object<OutputDetails>,
    output_token_details: Object<OutputDetails>,
    /// DeepSeek, Together and Moonshot, Mistral: other names of the cached part.
    prompt_cache_hit_tokens: Count,
    cached_tokens: Count,
    num_cached_tokens: Count,
    /// Perplexity.
    reasoning_tokens: Count,
    citation_tokens: Count,
    num_search_queries: Count,
    /// Transcriptions that are billed by their length.
    seconds: Count,
    server_tool_use: Object<Searches>,
    server_tool_use_details: Object<Searches>,
    /// xAI.
    server_side_tool_usage_details: Object<ServerTools>,
    cost: Cost,
    estimated_cost: Cost,
    cost_in_usd_ticks: Count,
    is_byok: Given,
    cost_details: Object<Upstream>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Count,
    cache_write_tokens: Count,
    audio_tokens: Count,
    image_tokens: Count,
    video_tokens: Count,
    cached_tokens_details: Object<CachedDetails>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct CachedDetails {
    audio_tokens: Count,
    image_tokens: Count,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are the provider's")]
struct OutputDetails {
    reasoning_tokens: Count,
    audio_tokens: Count,
    image_tokens: Count,
    text_tokens: Count,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Searches {
    web_search_requests: Count,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are the provider's")]
struct ServerTools {
    web_search_calls: Count,
    x_search_calls: Count,
    code_interpreter_calls: Count,
}

impl OpenAiUsage {
    /// Whether it counts anything.
    pub(super) fn is_given(&self) -> bool {
        [
            &self.prompt_tokens,
            &self.input_tokens,
            &self.completion_tokens,
            &self.output_tokens,
            &self.total_tokens,
            &self.seconds,
        ]
        .iter()
        .any(|count| count.is_given())
    }

    pub(super) fn cost(&self) -> Result<Option<Decimal>> {
        self.stated()?.total()
    }

    fn stated(&self) -> Result<Stated<'_>> {
        Ok(Stated {
            cost: self.cost,
            estimated: self.estimated_cost,
            ticks: self.cost_in_usd_ticks.known("cost_in_usd_ticks")?,
            own_key: self.is_byok,
            upstream: Some(&self.cost_details),
        })
    }

    /// Whether the host charges for work that the usage doesn't count.
    pub(super) fn is_partial(&self) -> bool {
        let has_tools = || self.tools().is_ok_and(|tools| !tools.is_empty());
        self.stated().is_ok_and(|stated| stated.is_beyond_tokens()) && !has_tools()
    }

    /// The usage in disjoint dimensions; none where the output isn't told.
    pub(super) fn read(&self, api: Api) -> Result<Option<Usage>> {
        let usage = self.tools()?.with(Dimension::AudioSeconds, self.seconds.or_zero("seconds")?);
        let input = one_of([("prompt_tokens", &self.prompt_tokens), ("input_tokens", &self.input_tokens)])?;
        let output =
            one_of([("completion_tokens", &self.completion_tokens), ("output_tokens", &self.output_tokens)])?;
        let total = self.total_tokens.known("total_tokens")?.filter(|total| *total > 0);
        let (input, output) = match (input, output, total, api) {
            (None, None, None, _) if self.seconds.is_given() => return Ok(Some(usage)),
            (input, _, total, Api::Embeddings) => match input.or(total) {
                Some(input) => return Ok(Some(usage.with(Dimension::InputUncached, input))),
                None => return Ok(None),
            },
            (Some(input), Some(output), ..) => (input, output),
            (Some(input), None, Some(total), _) => {
                (input, rest(("total_tokens", total), ("prompt_tokens", input))?)
            }
            _ => return Ok(None),
        };
        let usage = self.input(&usage, input)?;
        self.output(&usage, api, output, total.map(|total| (total, input))).map(Some)
    }

    fn tools(&self) -> Result<Usage> {
        let mut usage =
            Usage::new().with(Dimension::Citation, self.citation_tokens.or_zero("citation_tokens")?);
        let mut searches = self.num_search_queries.or_zero("num_search_queries")?;
        for tools in [&self.server_tool_use, &self.server_tool_use_details] {
            if let Some(tools) = tools.get() {
                searches = searches.max(tools.web_search_requests.or_zero("web_search_requests")?);
            }
        }
        if let Some(tools) = self.server_side_tool_usage_details.get() {
            searches = searches.max(tools.web_search_calls.or_zero("web_search_calls")?);
            usage =
                usage.with(Dimension::SocialSearches, tools.x_search_calls.or_zero("x_search_calls")?).with(
                    Dimension::CodeExecutions,
                    tools.code_interpreter_calls.or_zero("code_interpreter_calls")?,
                );
        }
        Ok(usage.with(Dimension::WebSearches, searches))
    }

    /// The tokens read from a cache, under whichever name the host gives them.
    fn cached(&self, details: Option<&InputDetails>) -> Result<u64> {
        let absent = Count::Absent;
        let names = [
            ("cached_tokens", details.map_or(&absent, |details| &details.cached_tokens)),
            ("prompt_cache_hit_tokens", &self.prompt_cache_hit_tokens),
            ("cached_tokens", &self.cached_tokens),
            ("num_cached_tokens", &self.num_cached_tokens),
        ];
        Ok(one_of(names)?.unwrap_or(0))
    }

    fn input(&self, usage: &Usage, input: u64) -> Result<Usage> {
        let details = self
            .prompt_tokens_details
            .get()
            .or_else(|| self.input_tokens_details.get())
            .or_else(|| self.input_token_details.get());
        let cached = self.cached(details)?;
        let Some(details) = details else {
            let uncached = rest(("prompt_tokens", input), ("cached_tokens", cached))?;
            return Ok(usage.with(Dimension::InputUncached, uncached).with(Dimension::CacheRead, cached));
        };
        let write = details.cache_write_tokens.or_zero("cache_write_tokens")?;
        let (audio, image, video) = (
            details.audio_tokens.or_zero("audio_tokens")?,
            details.image_tokens.or_zero("image_tokens")?,
            details.video_tokens.or_zero("video_tokens")?,
        );
        let of_cached = details.cached_tokens_details.get();
        let (audio_cached, image_cached) = match of_cached {
            Some(parts) => (
                parts.audio_tokens.or_zero("cached_tokens_details.audio_tokens")?,
                parts.image_tokens.or_zero("cached_tokens_details.image_tokens")?,
            ),
            None => (0, 0),
        };
        let cached_media = sum(&[audio_cached, image_cached])?;
        let cached_text = rest(("cached_tokens", cached), ("cached_tokens_details", cached_media))?;
        let audio = rest(("audio_tokens", audio), ("cached_tokens_details.audio_tokens", audio_cached))?;
        let image = rest(("image_tokens", image), ("cached_tokens_details.image_tokens", image_cached))?;
        let uncached = rest(("prompt_tokens", input), ("cached_tokens", cached))?;
        let uncached =
            rest(("prompt_tokens without cached_tokens", uncached), ("cache_write_tokens", write))?;
        let media = sum(&[audio, image, video])?;
        let uncached = rest(("prompt_tokens outside of the cache", uncached), ("tokens of media", media))?;
        Ok(usage
            .with(Dimension::InputUncached, uncached)
            .with(Dimension::CacheRead, cached_text)
            .with(Dimension::CacheWrite5m, write)
            .with(Dimension::AudioInput, audio)
            .with(Dimension::AudioCacheRead, audio_cached)
            .with(Dimension::ImageInput, image)
            .with(Dimension::ImageCacheRead, image_cached)
            .with(Dimension::VideoInput, video))
    }

    fn output(&self, usage: &Usage, api: Api, output: u64, total: Option<(u64, u64)>) -> Result<Usage> {
        let absent = OutputDetails::default();
        let details = self
            .completion_tokens_details
            .get()
            .or_else(|| self.output_tokens_details.get())
            .or_else(|| self.output_token_details.get());
        let told = details.unwrap_or(&absent);
        let reasoning = one_of([
            ("reasoning_tokens", &told.reasoning_tokens),
            ("reasoning_tokens", &self.reasoning_tokens),
        ])?;
        let (output, reasoning) = self.reasoning(api, output, reasoning.unwrap_or(0), total)?;
        let audio = match api {
            Api::Speech => output,
            _ => told.audio_tokens.or_zero("audio_tokens")?,
        };
        let image = match api {
            // What an image model makes is images, but for the text that it says it made.
            Api::Images => {
                rest(("output_tokens", output), ("text_tokens", told.text_tokens.or_zero("text_tokens")?))?
            }
            _ => told.image_tokens.or_zero("image_tokens")?,
        };
        let text = rest(("completion_tokens", output), ("audio and image tokens", sum(&[audio, image])?))?;
        rest(("completion_tokens", output), ("reasoning_tokens", reasoning))?;
        // Hosts that count reasoning within an output of other media: no more of the text than there is.
        rest(("completion_tokens without media", text), ("reasoning_tokens", reasoning))?;
        Ok(usage
            .with(Dimension::Output, text)
            .with(Dimension::Reasoning, reasoning)
            .with(Dimension::AudioOutput, audio)
            .with(Dimension::ImageOutput, image))
    }

    /// The output with reasoning, and the reasoning in it.
    fn reasoning(
        &self,
        api: Api,
        output: u64,
        reasoning: u64,
        total: Option<(u64, u64)>,
    ) -> Result<(u64, u64)> {
        let both = sum(&[output, reasoning])?;
        // Perplexity counts its researchers' reasoning beside the output, and outside of the total.
        let researched = self.num_search_queries.is_given() && self.reasoning_tokens.is_given();
        let Some((total, input)) = total else {
            return Ok(if researched { (both, reasoning) } else { (output, reasoning) });
        };
        if total == sum(&[input, output])? {
            return Ok(if researched { (both, reasoning) } else { (output, reasoning) });
        }
        if total == sum(&[input, both])? {
            return Ok((both, reasoning));
        }
        if api == Api::GoogleChat && reasoning == 0 && total > sum(&[input, output])? {
            let all = rest(("total_tokens", total), ("prompt_tokens", input))?;
            return Ok((all, rest(("total_tokens", all), ("completion_tokens", output))?));
        }
        Err(invalid(format!(
            "`total_tokens` is {total}, but {input} of input and {output} of output, of which {reasoning} are \
             reasoning, don't come to it"
        )))
    }
}

/// The one count of several names; a host that gives two has to give the same.
fn one_of<const N: usize>(names: [(&str, &Count); N]) -> Result<Option<u64>> {
    let mut found: Option<(&str, u64)> = None;
    for (name, count) in names {
        let Some(count) = count.known(name)? else { continue };
        match found {
            Some((other, before)) if before != count && before != 0 && count != 0 => {
                return Err(invalid(format!("`{name}` is {count}, but `{other}` is {before}")));
            }
            Some((_, before)) if before != 0 => {}
            _ => found = Some((name, count)),
        }
    }
    Ok(found.map(|(_, count)| count))
}

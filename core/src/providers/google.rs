//! Google's generateContent, streamGenerateContent and embeddings, of the Gemini API and Vertex AI.
//!
//! `promptTokenCount` includes what was read from a cache, `candidatesTokenCount` excludes thoughts, and
//! `toolUsePromptTokenCount` is input that is in neither. Every chunk of a stream counts all so far: the last wins.
//! Grounding is charged by query from Gemini 3 on, and by answer before.

use super::{
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

#[derive(Debug, Default)]
pub(super) struct Google {
    usage: Option<Metadata>,
    queries: u64,
    maps: bool,
    /// Whether a grounded answer is charged once, however many queries it took.
    once: bool,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    model_version: Text,
    candidates: List<Candidate>,
    prompt_feedback: Object<Feedback>,
    error: Given,
    usage_metadata: Object<Metadata>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Candidate {
    finish_reason: Given,
    grounding_metadata: Object<Grounding>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Grounding {
    web_search_queries: Queries,
    grounding_chunks: List<Chunk>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Chunk {
    maps: Given,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Feedback {
    block_reason: Given,
}

/// How many queries were made; empty ones weren't.
#[derive(Default)]
struct Queries(u64);

impl<'de> Deserialize<'de> for Queries {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let queries = Option::<Vec<Given>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(Self(queries.iter().filter(|query| query.0).count() as u64))
    }
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    prompt_token_count: Count,
    cached_content_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
    tool_use_prompt_token_count: Count,
    total_token_count: Count,
    prompt_tokens_details: List<Part>,
    /// As `batchEmbedContents` spells it.
    prompt_token_details: List<Part>,
    cache_tokens_details: List<Part>,
    candidates_tokens_details: List<Part>,
    tool_use_prompt_tokens_details: List<Part>,
    service_tier: Text,
    traffic_type: Text,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    modality: Text,
    token_count: Count,
}

/// Tokens of the media that may have a price of their own; text and documents are the rest.
#[derive(Default, Clone, Copy)]
struct Media {
    audio: u64,
    image: u64,
    video: u64,
}

impl Media {
    fn of(parts: &[Part]) -> Result<Self> {
        let mut media = Self::default();
        for part in parts {
            let count = part.token_count.or_zero("tokenCount")?;
            let slot = match part.modality.as_str() {
                "AUDIO" => &mut media.audio,
                "IMAGE" => &mut media.image,
                "VIDEO" => &mut media.video,
                _ => continue,
            };
            *slot = sum(&[*slot, count])?;
        }
        Ok(media)
    }

    fn total(self) -> Result<u64> {
        sum(&[self.audio, self.image, self.video])
    }

    fn and(self, other: Self) -> Result<Self> {
        Ok(Self {
            audio: sum(&[self.audio, other.audio])?,
            image: sum(&[self.image, other.image])?,
            video: sum(&[self.video, other.video])?,
        })
    }

    fn without(self, cached: Self) -> Result<Self> {
        let left = |name: &str, whole, part| rest((name, whole), ("cacheTokensDetails", part));
        Ok(Self {
            audio: left("AUDIO", self.audio, cached.audio)?,
            image: left("IMAGE", self.image, cached.image)?,
            video: left("VIDEO", self.video, cached.video)?,
        })
    }
}

impl Metadata {
    fn read(&self) -> Result<Option<Usage>> {
        let Some(prompt) = self.prompt_token_count.known("promptTokenCount")? else { return Ok(None) };
        let candidates = self.candidates_token_count.or_zero("candidatesTokenCount")?;
        let thoughts = self.thoughts_token_count.or_zero("thoughtsTokenCount")?;
        let tools = self.tool_use_prompt_token_count.or_zero("toolUsePromptTokenCount")?;
        if let Some(total) = self.total_token_count.known("totalTokenCount")?
            && total != sum(&[prompt, candidates, thoughts, tools])?
        {
            return Err(invalid(format!(
                "`totalTokenCount` is {total}, but {prompt} of prompt, {candidates} of candidates, {thoughts} of thoughts \
                 and {tools} of tools don't come to it"
            )));
        }
        let usage = self.input(prompt, tools)?;
        let media = Media::of(&self.candidates_tokens_details.0)?;
        let text = rest(("candidatesTokenCount", candidates), ("candidatesTokensDetails", media.total()?))?;
        Ok(Some(
            usage
                .with(Dimension::Output, sum(&[text, thoughts])?)
                .with(Dimension::Reasoning, thoughts)
                .with(Dimension::AudioOutput, media.audio)
                .with(Dimension::ImageOutput, media.image)
                .with(Dimension::VideoOutput, media.video),
        ))
    }

    fn input(&self, prompt: u64, tools: u64) -> Result<Usage> {
        let cached = self.cached_content_token_count.or_zero("cachedContentTokenCount")?;
        let cached_media = Media::of(&self.cache_tokens_details.0)?;
        let cached_text =
            rest(("cachedContentTokenCount", cached), ("cacheTokensDetails", cached_media.total()?))?;
        let details = if self.prompt_tokens_details.0.is_empty() {
            &self.prompt_token_details
        } else {
            &self.prompt_tokens_details
        };
        let media = Media::of(&details.0)?.without(cached_media)?;
        let uncached = rest(("promptTokenCount", prompt), ("cachedContentTokenCount", cached))?;
        let text = rest(
            ("promptTokenCount outside of the cache", uncached),
            ("promptTokensDetails", media.total()?),
        )?;
        let tool_media = Media::of(&self.tool_use_prompt_tokens_details.0)?;
        let tool_text =
            rest(("toolUsePromptTokenCount", tools), ("toolUsePromptTokensDetails", tool_media.total()?))?;
        let media = media.and(tool_media)?;
        Ok(Usage::new()
            .with(Dimension::InputUncached, sum(&[text, tool_text])?)
            .with(Dimension::CacheRead, cached_text)
            .with(Dimension::AudioInput, media.audio)
            .with(Dimension::AudioCacheRead, cached_media.audio)
            .with(Dimension::ImageInput, media.image)
            .with(Dimension::ImageCacheRead, cached_media.image)
            .with(Dimension::VideoInput, media.video)
            .with(Dimension::VideoCacheRead, cached_media.video))
    }
}

impl Dialect for Google {
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told> {
        let event: Event = serde_json::from_slice(json)?;
        let model = event.model_version.as_str();
        self.once |= model.starts_with("gemini-1") || model.starts_with("gemini-2");
        seen.model(event.model_version);
        seen.failed |= event.error.0;
        seen.ended |= event.prompt_feedback.0.is_some_and(|feedback| feedback.block_reason.0);
        for candidate in &event.candidates.0 {
            seen.ended |= candidate.finish_reason.0;
            if let Some(grounding) = candidate.grounding_metadata.get() {
                self.queries = self.queries.max(grounding.web_search_queries.0);
                self.maps |= grounding.grounding_chunks.0.iter().any(|chunk| chunk.maps.0);
            }
        }
        let Some(mut usage) = event.usage_metadata.0.filter(|usage| usage.prompt_token_count.is_given())
        else {
            return Ok(Told::Nothing);
        };
        seen.tier(std::mem::take(&mut usage.traffic_type));
        seen.tier(std::mem::take(&mut usage.service_tier));
        self.usage = Some(usage);
        Ok(Told::Usage)
    }

    fn usage(&self) -> Result<Option<Usage>> {
        let usage = self.usage.as_ref().map_or(Ok(None), Metadata::read)?;
        let searches = if self.once { self.queries.min(1) } else { self.queries };
        Ok(usage.map(|usage| {
            usage.with(Dimension::WebSearches, searches).with(Dimension::MapSearches, u64::from(self.maps))
        }))
    }
}

//! Usage from the names of OpenTelemetry, where parts are included in their whole.
//!
//! Source: OpenTelemetry semantic conventions for generative AI, `gen_ai.usage.*`, with the spellings before and after
//! the renaming of `cache_creation` to `cache_write`.

use super::{Dimension, Usage, nearest, usage::part_too_large};
use crate::error::{Error, ErrorCode, Result};

/// What a name of the conventions counts. All but `Total` and the text parts include what they are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Input,
    Output,
    Total,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    CacheWrite12h,
    CacheReadExplicit,
    Reasoning,
    TextInput,
    TextOutput,
    TextCacheRead,
    AudioInput,
    AudioOutput,
    AudioCacheRead,
    ImageInput,
    ImageOutput,
    ImageCacheRead,
    VideoInput,
    VideoOutput,
    VideoCacheRead,
}

const PREFIX: &str = "gen_ai.usage.";

/// The spellings of each name, the one of today first.
const NAMES: &[(Whole, &[&str])] = &[
    (Whole::Input, &["input_tokens", "prompt_tokens"]),
    (Whole::Output, &["output_tokens", "completion_tokens"]),
    (Whole::Total, &["total_tokens"]),
    (Whole::CacheRead, &["cache_read.input_tokens", "cache_read_input_tokens"]),
    (
        Whole::CacheWrite,
        &[
            "cache_write.input_tokens",
            "cache_write_input_tokens",
            "cache_creation.input_tokens",
            "cache_creation_input_tokens",
        ],
    ),
    (Whole::CacheWrite1h, &["cache_write_1h", "cache_creation.ephemeral_1h_input_tokens"]),
    (Whole::CacheWrite12h, &["cache_write_12h"]),
    (Whole::CacheReadExplicit, &["cache_read_explicit"]),
    (
        Whole::Reasoning,
        &["reasoning.output_tokens", "reasoning_output_tokens", "reasoning_tokens", "reasoning"],
    ),
    (Whole::TextInput, &["text.input_tokens"]),
    (Whole::TextOutput, &["text.output_tokens"]),
    (Whole::TextCacheRead, &["text.cache_read.input_tokens"]),
    (Whole::AudioInput, &["audio.input_tokens"]),
    (Whole::AudioOutput, &["audio.output_tokens"]),
    (Whole::AudioCacheRead, &["audio.cache_read.input_tokens"]),
    (Whole::ImageInput, &["image.input_tokens"]),
    (Whole::ImageOutput, &["image.output_tokens"]),
    (Whole::ImageCacheRead, &["image.cache_read.input_tokens"]),
    (Whole::VideoInput, &["video.input_tokens"]),
    (Whole::VideoOutput, &["video.output_tokens"]),
    (Whole::VideoCacheRead, &["video.cache_read.input_tokens"]),
];

/// The counts as they were given, each name once.
#[derive(Default)]
struct Given([Option<u64>; NAMES.len()]);

impl Given {
    fn set(&mut self, whole: Whole, name: &str, count: u64) -> Result<()> {
        let Some(slot) = self.0.get_mut(whole as usize) else { return Ok(()) };
        match slot.replace(count) {
            Some(before) if before != count => {
                let message = format!("`{name}` is {count}, but another spelling of it says {before}");
                Err(Error::new(ErrorCode::UsageInvalid, message))
            }
            _ => Ok(()),
        }
    }

    fn get(&self, whole: Whole) -> u64 {
        self.0.get(whole as usize).copied().flatten().unwrap_or(0)
    }

    fn has(&self, whole: Whole) -> bool {
        self.0.get(whole as usize).copied().flatten().is_some()
    }

    /// What is left of a whole without its parts.
    fn rest(&self, whole: Whole, parts: &[Whole]) -> Result<u64> {
        let mut left = self.get(whole);
        for part in parts {
            left = left
                .checked_sub(self.get(*part))
                .ok_or_else(|| part_too_large(name(*part), self.get(*part), name(whole), self.get(whole)))?;
        }
        Ok(left)
    }
}

fn name(whole: Whole) -> &'static str {
    NAMES
        .iter()
        .find(|(named, _)| *named == whole)
        .and_then(|(_, names)| names.first())
        .copied()
        .unwrap_or("usage")
}

pub(super) fn read<'n>(counts: impl IntoIterator<Item = (&'n str, u64)>) -> Result<Usage> {
    let (mut given, mut own) = (Given::default(), Usage::new());
    let mut counts = counts.into_iter().peekable();
    if counts.peek().is_none() {
        // Zeros that are given say that nothing was consumed; a map without counts says nothing.
        return Err(Error::new(ErrorCode::UsageInvalid, "the usage has no counts")
            .with_help("give counts such as `input_tokens`, the provider's answer, or what the call cost"));
    }
    for (full, count) in counts {
        let short = full.strip_prefix(PREFIX).unwrap_or(full);
        match NAMES.iter().find(|(_, names)| names.contains(&short)) {
            Some((whole, _)) => given.set(*whole, short, count)?,
            None => own = own.with(own_dimension(short)?, count),
        }
    }
    join(&given, &own)
}

/// A kind that the conventions don't know, by our own name.
fn own_dimension(name: &str) -> Result<Dimension> {
    if let Some(dimension) = Dimension::ALL.iter().copied().find(|dimension| dimension.as_str() == name) {
        if !dimension.is_tokens() {
            return Ok(dimension);
        }
        let message =
            format!("`{name}` counts a part, where `input_tokens` and `output_tokens` count wholes");
        return Err(Error::new(ErrorCode::UsageInvalid, message)
            .with_help("give either disjoint counts by our names or wholes by OpenTelemetry's names"));
    }
    let ours =
        Dimension::ALL.iter().filter(|dimension| !dimension.is_tokens()).map(|dimension| dimension.as_str());
    let known = NAMES.iter().flat_map(|(_, names)| names.iter().copied()).chain(ours);
    let message = format!("`{}` is no kind of usage{}", nearest::shown(name), nearest::describe(name, known));
    Err(Error::new(ErrorCode::UsageInvalid, message)
        .with_help("use the names of OpenTelemetry's `gen_ai.usage`"))
}

/// Takes every whole apart into its disjoint parts.
fn join(given: &Given, own: &Usage) -> Result<Usage> {
    use Whole::{
        AudioCacheRead, AudioInput, AudioOutput, CacheRead, CacheReadExplicit, CacheWrite, CacheWrite1h,
        CacheWrite12h, ImageCacheRead, ImageInput, ImageOutput, Input, Output, Reasoning, TextCacheRead,
        TextInput, TextOutput, Total, VideoCacheRead, VideoInput, VideoOutput,
    };
    let long = [CacheWrite1h, CacheWrite12h];
    let cache_write = if given.has(CacheWrite) { given.rest(CacheWrite, &long)? } else { 0 };
    let of_cache: &[Whole] = if given.has(CacheWrite) {
        &[CacheRead, CacheWrite]
    } else {
        &[CacheRead, CacheWrite1h, CacheWrite12h]
    };
    let parts = [CacheReadExplicit, AudioCacheRead, ImageCacheRead, VideoCacheRead];
    let cache_read = given.rest(CacheRead, &parts)?;
    let media = [(AudioInput, AudioCacheRead), (ImageInput, ImageCacheRead), (VideoInput, VideoCacheRead)];
    let [audio, image, video] = media.map(|(whole, cached)| given.rest(whole, &[cached]));
    let (audio, image, video) = (audio?, image?, video?);
    // Media read from a cache are in both wholes, so the wholes are taken off without them.
    let mut uncached = given.rest(Input, of_cache)?;
    for (part, count) in [(AudioInput, audio), (ImageInput, image), (VideoInput, video)] {
        uncached = uncached
            .checked_sub(count)
            .ok_or_else(|| part_too_large(name(part), count, name(Input), given.get(Input)))?;
    }
    let output = given.rest(Output, &[AudioOutput, ImageOutput, VideoOutput])?;
    for (part, whole) in
        [(TextInput, Input), (TextOutput, Output), (TextCacheRead, CacheRead), (Reasoning, Output)]
    {
        given.rest(whole, &[part])?;
    }
    if given.has(Total)
        && u128::from(given.get(Total)) != u128::from(given.get(Input)) + u128::from(given.get(Output))
    {
        let message = format!("`total_tokens` is {}, not the sum of input and output", given.get(Total));
        return Err(Error::new(ErrorCode::UsageInvalid, message));
    }
    let usage = own
        .with(Dimension::InputUncached, uncached)
        .with(Dimension::CacheRead, cache_read)
        .with(Dimension::CacheWrite5m, cache_write)
        .with(Dimension::CacheWrite1h, given.get(CacheWrite1h))
        .with(Dimension::CacheWrite12h, given.get(CacheWrite12h))
        .with(Dimension::CacheReadExplicit, given.get(CacheReadExplicit))
        .with(Dimension::Output, output)
        .with(Dimension::Reasoning, given.get(Reasoning))
        .with(Dimension::AudioInput, audio)
        .with(Dimension::AudioCacheRead, given.get(AudioCacheRead))
        .with(Dimension::AudioOutput, given.get(AudioOutput))
        .with(Dimension::ImageInput, image)
        .with(Dimension::ImageCacheRead, given.get(ImageCacheRead))
        .with(Dimension::ImageOutput, given.get(ImageOutput))
        .with(Dimension::VideoInput, video)
        .with(Dimension::VideoCacheRead, given.get(VideoCacheRead))
        .with(Dimension::VideoOutput, given.get(VideoOutput));
    usage.check()?;
    Ok(usage)
}

//! The kinds of usage that a call can be charged for.

use super::nearest;
use crate::error::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a dimension counts, which decides how its prices are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Tokens,
    Seconds,
    Pixels,
    TokenHours,
    Count,
}

macro_rules! dimensions {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $stem:literal, $unit:ident;)+) => {
        /// A kind of usage. Dimensions are disjoint but for [`Reasoning`](Self::Reasoning), which tells how much of the
        /// output was reasoning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Dimension { $($(#[doc = $doc])+ $name,)+ }

        impl Dimension {
            /// Every dimension, in the order of the lines of a quote. New ones are added at the end: the order is kept.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in snake case, the same in every language.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What the keys of its prices begin with.
            pub(super) const fn stem(self) -> &'static str {
                match self { $(Self::$name => $stem,)+ }
            }

            pub(super) const fn counts(self) -> Unit {
                match self { $(Self::$name => Unit::$unit,)+ }
            }
        }
    };
}

dimensions! {
    /// Input tokens that were neither read from nor written to a cache.
    InputUncached = "input_uncached", "input", Tokens;
    /// Input tokens read from a cache.
    CacheRead = "cache_read", "cache_read", Tokens;
    /// Input tokens written to a cache of the provider's shortest lifetime, usually 5 minutes.
    CacheWrite5m = "cache_write_5m", "cache_write_5m", Tokens;
    /// Input tokens written to a cache for an hour.
    CacheWrite1h = "cache_write_1h", "cache_write_1h", Tokens;
    /// Output tokens, reasoning included.
    Output = "output", "output", Tokens;
    /// How many of the output tokens were reasoning; priced apart only where a card says so.
    Reasoning = "reasoning", "reasoning", Tokens;
    /// Tokens of citations, charged beside the output.
    Citation = "citation", "citation", Tokens;
    /// Audio input tokens, not from a cache.
    AudioInput = "audio_input", "audio_input", Tokens;
    /// Audio input tokens read from a cache.
    AudioCacheRead = "audio_cache_read", "audio_cache_read", Tokens;
    /// Audio input tokens written to a cache.
    AudioCacheWrite = "audio_cache_write", "audio_cache_write", Tokens;
    /// Audio output tokens.
    AudioOutput = "audio_output", "audio_output", Tokens;
    /// Image input tokens, not from a cache.
    ImageInput = "image_input", "image_input", Tokens;
    /// Image input tokens read from a cache.
    ImageCacheRead = "image_cache_read", "image_cache_read", Tokens;
    /// Image output tokens.
    ImageOutput = "image_output", "image_output", Tokens;
    /// Video input tokens, not from a cache.
    VideoInput = "video_input", "video_input", Tokens;
    /// Video input tokens read from a cache.
    VideoCacheRead = "video_cache_read", "video_cache_read", Tokens;
    /// Video output tokens.
    VideoOutput = "video_output", "video_output", Tokens;
    /// Images made.
    Images = "images", "image", Count;
    /// Images read.
    ImagesRead = "images_read", "image_read", Count;
    /// Pixels made.
    Pixels = "pixels", "pixel", Pixels;
    /// Pixels read.
    PixelsRead = "pixels_read", "pixel_read", Pixels;
    /// Seconds of audio heard or spoken.
    AudioSeconds = "audio_seconds", "audio", Seconds;
    /// Seconds of video made.
    VideoSeconds = "video_seconds", "video", Seconds;
    /// Seconds of video read.
    VideoSecondsRead = "video_seconds_read", "video_read", Seconds;
    /// Seconds of a machine's time.
    ComputeSeconds = "compute_seconds", "compute", Seconds;
    /// Characters of text read.
    Characters = "characters", "character", Count;
    /// Characters of text made.
    CharactersOutput = "characters_output", "character_output", Count;
    /// Pages of documents read.
    Pages = "pages", "page", Count;
    /// Pages of documents read and annotated.
    PagesAnnotated = "pages_annotated", "page_annotated", Count;
    /// Requests; a call that states none is one.
    Requests = "requests", "request", Count;
    /// Text messages sent.
    Messages = "messages", "message", Count;
    /// Searches of the web.
    WebSearches = "web_searches", "web_search", Count;
    /// Questions to a map service.
    MapSearches = "map_searches", "map_search", Count;
    /// Searches of stored files.
    FileSearches = "file_searches", "file_search", Count;
    /// Searches of a social network.
    SocialSearches = "social_searches", "social_search", Count;
    /// Rerank searches.
    RerankSearches = "rerank_searches", "rerank_search", Count;
    /// Runs of code.
    CodeExecutions = "code_executions", "code_execution", Count;
    /// Sessions of a code interpreter.
    CodeSessions = "code_sessions", "code_session", Count;
    /// Seconds of a code container.
    CodeSeconds = "code_seconds", "code", Seconds;
    /// Tokens kept in a cache, times the hours for which they were kept.
    StorageTokenHours = "storage_token_hours", "storage", TokenHours;
    /// Days for which a gigabyte was stored.
    StorageGigabyteDays = "storage_gigabyte_days", "storage_gigabyte_day", Count;
    /// Units of a guardrail service.
    GuardrailUnits = "guardrail_units", "guardrail_unit", Count;
    /// A provider's own credits.
    Credits = "credits", "credit", Count;
    /// Input tokens written to a cache for 12 hours.
    CacheWrite12h = "cache_write_12h", "cache_write_12h", Tokens;
    /// Input tokens read from a cache that the caller asked for, where the provider prices it apart from its own caching.
    CacheReadExplicit = "cache_read_explicit", "cache_read_explicit", Tokens;
}

// Sets of dimensions are bits of one word.
const _: () = assert!(Dimension::COUNT <= 64);

impl Dimension {
    /// How many dimensions there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The bit of this dimension in a set.
    pub(super) const fn bit(self) -> u64 {
        1 << self as u8
    }

    /// The dimension of a bit's position.
    pub(super) fn at(index: u32) -> Option<Self> {
        Self::ALL.get(index as usize).copied()
    }

    /// Whether it counts tokens that were sent to the model; context tiers go by their sum.
    pub const fn is_input(self) -> bool {
        INPUT & self.bit() != 0
    }

    pub(crate) const fn is_tokens(self) -> bool {
        matches!(self.counts(), Unit::Tokens)
    }

    /// For how many units its prices are told to people, and what these are called.
    pub(crate) const fn told_for(self) -> (u32, &'static str) {
        match self.counts() {
            Unit::Tokens => (1_000_000, "1M tokens"),
            Unit::Seconds => (3_600, "hour"),
            Unit::Pixels => (1_000_000_000, "1G pixels"),
            Unit::TokenHours => (1_000_000, "1M token hours"),
            Unit::Count => (1, "1"),
        }
    }

    /// The dimension whose price stands in where a card has none of this one: a part that has no price of its own
    /// costs what it would cost without being special. What is not named here is never priced by another rate.
    pub(crate) const fn stand_in(self) -> Option<Self> {
        match self {
            Self::CacheRead | Self::CacheWrite5m | Self::CacheWrite1h | Self::CacheWrite12h => {
                Some(Self::InputUncached)
            }
            Self::CacheReadExplicit => Some(Self::CacheRead),
            Self::AudioCacheRead | Self::AudioCacheWrite => Some(Self::AudioInput),
            Self::ImageCacheRead => Some(Self::ImageInput),
            Self::VideoCacheRead => Some(Self::VideoInput),
            _ => None,
        }
    }

    /// The usual key of its price, for messages: `input_mtok`, `audio_hour`.
    pub(super) fn price_key(self) -> String {
        let ending = match self.counts() {
            Unit::Tokens => "_mtok",
            Unit::Seconds => "_hour",
            Unit::Pixels => "_g",
            Unit::TokenHours => "_mtok_hour",
            Unit::Count => "",
        };
        format!("{}{ending}", self.stem())
    }

    /// The dimension and number of units that a price key stands for: `input_mtok` is input per 1,000,000 tokens.
    pub(crate) fn from_price_key(key: &str) -> Option<(Self, u32)> {
        Self::ALL.iter().copied().find_map(|dimension| {
            let ending = key.strip_prefix(dimension.stem())?;
            let per = match (dimension.counts(), ending) {
                (Unit::Tokens, "_mtok")
                | (Unit::TokenHours, "_mtok_hour")
                | (Unit::Count | Unit::Pixels, "_m") => 1_000_000,
                (Unit::Seconds, "_hour") => 3_600,
                (Unit::Seconds, "_minute") => 60,
                (Unit::Seconds, "_second") | (Unit::Count, "") => 1,
                (Unit::Count, "_k") => 1_000,
                (Unit::Pixels, "_g") => 1_000_000_000,
                _ => return None,
            };
            Some((dimension, per))
        })
    }
}

/// The dimensions that context tiers go by.
pub(super) const INPUT: u64 = Dimension::InputUncached.bit()
    | Dimension::CacheRead.bit()
    | Dimension::CacheWrite5m.bit()
    | Dimension::CacheWrite1h.bit()
    | Dimension::AudioInput.bit()
    | Dimension::AudioCacheRead.bit()
    | Dimension::AudioCacheWrite.bit()
    | Dimension::ImageInput.bit()
    | Dimension::ImageCacheRead.bit()
    | Dimension::VideoInput.bit()
    | Dimension::VideoCacheRead.bit()
    | Dimension::CacheWrite12h.bit()
    | Dimension::CacheReadExplicit.bit();

impl FromStr for Dimension {
    type Err = Error;

    /// Reads a name in snake case; another is `usage_invalid`, with the nearest ones named.
    fn from_str(text: &str) -> Result<Self> {
        if let Some(found) = Self::ALL.iter().find(|dimension| dimension.as_str() == text) {
            return Ok(*found);
        }
        let near = nearest::describe(text, Self::ALL.iter().map(|dimension| dimension.as_str()));
        let message = format!("`{}` is no kind of usage{near}", nearest::shown(text));
        Err(Error::new(ErrorCode::UsageInvalid, message)
            .with_help("name usage as the list of dimensions does"))
    }
}

impl TryFrom<String> for Dimension {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Dimension> for &'static str {
    fn from(dimension: Dimension) -> Self {
        dimension.as_str()
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

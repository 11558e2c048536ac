//! Kinds of usage in the words of bills: articles, usage types, descriptions.

use crate::pricing::Dimension;

/// What the words of an article say of its usage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Article {
    pub(super) dimension: Option<Dimension>,
    pub(super) tier: Option<&'static str>,
    pub(super) context: Option<&'static str>,
    /// The words that are left: the model's.
    pub(super) model: Vec<String>,
}

/// Words that say nothing of a model.
const FILLERS: &[&str] = &[
    "ga",
    "text",
    "token",
    "tokens",
    "count",
    "predictions",
    "prediction",
    "usage",
    "units",
    "mantle",
    "api",
    "calls",
    "call",
    "short",
    "standard",
    "on",
    "demand",
    "global",
    "cross",
    "region",
    "regional",
    "geo",
];

/// Reads an article from its words in lower case.
pub(super) fn article(words: &[String]) -> Article {
    let has = |word: &str| words.iter().any(|own| own == word);
    let cached = has("cache") || has("cached") || has("caching");
    let writes = has("write") || has("writes") || has("creation");
    let audio = has("audio");
    let image = has("image");
    let video = has("video");
    let searches = has("search") || has("grounding");
    let hour = has("1h") || (has("1") && (has("hour") || has("hr")));
    let dimension = if searches && has("web") || has("grounding") {
        Some(Dimension::WebSearches)
    } else if has("storage") && cached {
        Some(Dimension::StorageTokenHours)
    } else if has("code") && (has("execution") || has("interpreter")) {
        Some(if has("interpreter") { Dimension::CodeSessions } else { Dimension::CodeExecutions })
    } else if has("file") && searches {
        Some(Dimension::FileSearches)
    } else if cached && writes {
        Some(if hour { Dimension::CacheWrite1h } else { Dimension::CacheWrite5m })
    } else if cached && audio {
        Some(Dimension::AudioCacheRead)
    } else if cached && image {
        Some(Dimension::ImageCacheRead)
    } else if cached && video {
        Some(Dimension::VideoCacheRead)
    } else if cached {
        Some(Dimension::CacheRead)
    } else if has("output") && audio {
        Some(Dimension::AudioOutput)
    } else if has("output") && image {
        Some(Dimension::ImageOutput)
    } else if has("output") {
        Some(Dimension::Output)
    } else if has("input") && audio {
        Some(Dimension::AudioInput)
    } else if has("input") && image {
        Some(Dimension::ImageInput)
    } else if has("input") && video {
        Some(Dimension::VideoInput)
    } else if has("input") {
        Some(Dimension::InputUncached)
    } else {
        None
    };
    let tier = ["batch", "priority", "flex", "fast"].into_iter().find(|tier| has(tier));
    let context = (has("long") || has("lctx")).then_some("long");
    Article { dimension, tier, context, model: model(words) }
}

/// The words of the model: those before the usage is named, without the ones that say nothing.
fn model(words: &[String]) -> Vec<String> {
    const USAGE: &[&str] = &[
        "input",
        "output",
        "cache",
        "cached",
        "caching",
        "read",
        "write",
        "writes",
        "creation",
        "batch",
        "priority",
        "flex",
        "audio",
        "image",
        "video",
        "thinking",
        "reasoning",
        "storage",
        "long",
        "lctx",
        "5m",
        "1h",
        "ephemeral",
        "uncached",
        "search",
        "web",
        "grounding",
    ];
    let is_word = |word: &&String| !FILLERS.contains(&word.as_str()) && !USAGE.contains(&word.as_str());
    words.iter().filter(is_word).cloned().collect()
}

/// The words of an article: letters and digits, with points inside of numbers.
pub(super) fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let split = lower.split(|letter: char| !(letter.is_alphanumeric() || letter == '.'));
    split.map(|word| word.trim_matches('.').to_owned()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{article, words};
    use crate::pricing::Dimension;

    #[test]
    fn articles_are_read_by_their_words() {
        let check = |text: &str, dimension: Option<Dimension>, tier: Option<&str>, model: &str| {
            let found = article(&words(text));
            assert_eq!((found.dimension, found.tier), (dimension, tier), "{text}");
            assert_eq!(found.model.join(" "), model, "{text}");
        };
        check(
            "Gemini 2.5 Flash GA Text Input - Predictions",
            Some(Dimension::InputUncached),
            None,
            "gemini 2.5 flash",
        );
        check(
            "Gemini 2.5 Pro Thinking Text Output - Predictions",
            Some(Dimension::Output),
            None,
            "gemini 2.5 pro",
        );
        check("Gemini 2.5 Flash Text Input Caching", Some(Dimension::CacheRead), None, "gemini 2.5 flash");
        check(
            "Gemini 2.5 Pro Audio Input Batch Predictions",
            Some(Dimension::AudioInput),
            Some("batch"),
            "gemini 2.5 pro",
        );
        check(
            "Claude4Sonnet-cache-write-input-token-count",
            Some(Dimension::CacheWrite5m),
            None,
            "claude4sonnet",
        );
        check(
            "Vertex AI: Grounding with Google",
            Some(Dimension::WebSearches),
            None,
            "vertex ai with google",
        );
        check("support", None, None, "support");
    }
}

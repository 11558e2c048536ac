//! What usage is counted and priced in, in the words of FOCUS's UnitFormat: capitalised plurals, with a number before
//! them where a price is for many.

use crate::pricing::Dimension;

/// Units, and how many of them a published price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    pub(super) per: u64,
}

impl Unit {
    /// What prices are told in: `1000000 Tokens`, `Requests`.
    pub(super) fn pricing(self) -> String {
        if self.per == 1 { self.name.to_owned() } else { format!("{} {}", self.per, self.name) }
    }
}

/// What a dimension counts. Whoever adds a dimension says it here.
pub(super) fn unit_of(dimension: Dimension) -> Unit {
    use Dimension as D;
    let (name, per) = match dimension {
        D::InputUncached
        | D::CacheRead
        | D::CacheWrite5m
        | D::CacheWrite1h
        | D::CacheWrite12h
        | D::CacheReadExplicit
        | D::Output
        | D::Reasoning
        | D::Citation
        | D::AudioInput
        | D::AudioCacheRead
        | D::AudioCacheWrite
        | D::AudioOutput
        | D::ImageInput
        | D::ImageCacheRead
        | D::ImageOutput
        | D::VideoInput
        | D::VideoCacheRead
        | D::VideoOutput => ("Tokens", 1_000_000),
        D::StorageTokenHours => ("Token Hours", 1_000_000),
        D::Pixels | D::PixelsRead => ("Pixels", 1_000_000_000),
        D::AudioSeconds | D::VideoSeconds | D::VideoSecondsRead | D::ComputeSeconds | D::CodeSeconds => {
            ("Seconds", 1)
        }
        D::Images | D::ImagesRead => ("Images", 1),
        D::Characters | D::CharactersOutput => ("Characters", 1_000_000),
        D::Pages | D::PagesAnnotated => ("Pages", 1),
        D::Requests => ("Requests", 1),
        D::Messages => ("Messages", 1),
        D::WebSearches | D::MapSearches | D::FileSearches | D::SocialSearches | D::RerankSearches => {
            ("Searches", 1)
        }
        D::CodeExecutions => ("Executions", 1),
        D::CodeSessions => ("Sessions", 1),
        D::StorageGigabyteDays => ("GB Days", 1),
        D::GuardrailUnits => ("Units", 1),
        D::Credits => ("Credits", 1),
    };
    Unit { name, per }
}

/// `Output Tokens`, `Web Searches`, `Audio Seconds`: the dimension's name, with what it counts.
pub(super) fn meter(dimension: Dimension) -> String {
    let mut words: Vec<String> = dimension.as_str().split('_').map(capitalised).collect();
    if unit_of(dimension).name == "Tokens" {
        words.push("Tokens".to_owned());
    }
    words.join(" ")
}

/// The word with a large first letter.
pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{meter, unit_of};
    use crate::pricing::Dimension;

    #[test]
    fn a_meter_says_what_is_counted() {
        let cases = [
            (Dimension::Output, "Output Tokens", "1000000 Tokens"),
            (Dimension::CacheWrite5m, "Cache Write 5m Tokens", "1000000 Tokens"),
            (Dimension::WebSearches, "Web Searches", "Searches"),
            (Dimension::AudioSeconds, "Audio Seconds", "Seconds"),
        ];
        for (dimension, name, priced) in cases {
            assert_eq!((meter(dimension).as_str(), unit_of(dimension).pricing().as_str()), (name, priced));
        }
    }
}

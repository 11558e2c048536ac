//! Calls as the cases of genai-prices describe them, and what they did where we refuse.

#![allow(clippy::large_types_passed_by_value, reason = "a view is a function from usage to usage")]

use super::{Difference, count, decimal, sum, text};
use bursar::{Dimension, Error, ModelHandle, PriceBook, Quote, Terms, Timestamp, Usage};
use bursar_prices::{decimal::Decimal, literal::Literal};

pub fn find(book: &PriceBook, provider: &str, model: &str) -> ModelHandle {
    book.find(Some(provider), model).expect(model)
}

/// Their model, which may be another provider's.
pub fn carrier(book: &PriceBook, provider: &str, model: &str) -> Option<ModelHandle> {
    let others = ["openai", "anthropic", "deepseek", "x-ai", "moonshotai"];
    std::iter::once(provider).chain(others).find_map(|provider| {
        let handle = book.find(Some(provider), model).ok()?;
        (handle.matched() == bursar::Matched::Exact).then_some(handle)
    })
}

pub type Priced = Result<[Decimal; 3], Error>;

/// A call as a case describes it.
#[derive(Clone, Copy)]
pub struct Call<'c> {
    pub handle: &'c ModelHandle,
    pub usage: &'c Literal,
    pub context: Option<&'c Literal>,
    pub at: &'c str,
}

impl Call<'_> {
    /// The price, line by line.
    pub fn quote(&self, terms: &Terms) -> Result<Quote, Error> {
        self.handle.quote(&disjoint(self.usage)?, terms, self.at.parse().expect("a time"))
    }

    /// Input, output and total, of the usage as it is or as somebody else would see it.
    pub fn price(&self, terms: &Terms, see: View) -> Priced {
        let at: Timestamp = self.at.parse().expect("a time");
        let quote = self.handle.quote(&see(disjoint(self.usage)?), terms, at)?;
        let hours_in = count(self.usage, "input_audio_seconds") > 0;
        let input = sum(&quote, |dimension| {
            dimension.is_input()
                || matches!(dimension.as_str(), "pages" | "pages_annotated" | "characters" | "messages")
                || (hours_in && dimension == Dimension::AudioSeconds)
        });
        let output = sum(&quote, |dimension| {
            matches!(
                dimension.as_str(),
                "output" | "audio_output" | "image_output" | "video_output" | "reasoning"
            )
        });
        Ok([input, output, decimal(&quote.total().to_string())])
    }

    /// What they did where we refuse: charge the standard price, text's price, the shorter lifetime's price, or nothing.
    fn excuse(&self, theirs: [Decimal; 3]) -> &'static str {
        let given = terms(self.context);
        let is = |terms: &Terms, see: View| self.price(terms, see).is_ok_and(|ours| ours == theirs);
        let views: [(&str, View); 6] = [
            ("silently_standard", |usage| usage),
            ("silently_zero", |usage| usage.with(Dimension::Output, 0).with(Dimension::Reasoning, 0)),
            ("silently_zero", |usage| usage.with(Dimension::WebSearches, 0)),
            ("media_as_text", pictures_as_text),
            ("media_as_text", media_as_text),
            ("hour_as_5m", hour_as_5m),
        ];
        let found = views.iter().find(|(_, see)| is(&given, *see) || is(&Terms::new(), *see));
        match found {
            Some((kind, _)) => kind,
            None if theirs.iter().all(|one| one.is_zero()) => "zero_for_no_price",
            None => "refused",
        }
    }
}

/// How somebody else would see usage.
pub type View = fn(Usage) -> Usage;

fn moved(usage: Usage, from: Dimension, to: Dimension) -> Usage {
    usage.with(to, usage.get(to) + usage.get(from)).with(from, 0)
}

fn hour_as_5m(usage: Usage) -> Usage {
    moved(usage, Dimension::CacheWrite1h, Dimension::CacheWrite5m)
}

fn pictures_as_text(usage: Usage) -> Usage {
    let pairs = [
        (Dimension::ImageInput, Dimension::InputUncached),
        (Dimension::ImageCacheRead, Dimension::CacheRead),
        (Dimension::VideoInput, Dimension::InputUncached),
        (Dimension::VideoCacheRead, Dimension::CacheRead),
    ];
    pairs.iter().fold(usage, |usage, (from, to)| moved(usage, *from, *to))
}

fn media_as_text(usage: Usage) -> Usage {
    let pairs =
        [(Dimension::AudioInput, Dimension::InputUncached), (Dimension::AudioOutput, Dimension::Output)];
    pairs.iter().fold(pictures_as_text(usage), |usage, (from, to)| moved(usage, *from, *to))
}

/// Their counts, of which each kind includes its parts, as disjoint ones.
fn disjoint(usage: &Literal) -> Result<Usage, Error> {
    let counts = usage.entries().iter().map(|(name, _)| (otel(name), count(usage, name)));
    // A case without counts is one of nothing.
    let given = [("requests", 0)].into_iter().chain(counts.filter(|(name, _)| !name.is_empty()));
    let usage = Usage::from_otel(given)?;
    let plain = usage.get(Dimension::Pages).saturating_sub(usage.get(Dimension::PagesAnnotated));
    Ok(usage.with(Dimension::Pages, plain))
}

fn otel(name: &str) -> &str {
    match name {
        "cache_read_tokens" => "cache_read.input_tokens",
        "cache_write_tokens" => "cache_write.input_tokens",
        "cache_write_1h_tokens" => "cache_write_1h",
        "output_reasoning_tokens" => "reasoning.output_tokens",
        "input_audio_tokens" => "audio.input_tokens",
        "output_audio_tokens" => "audio.output_tokens",
        "cache_audio_read_tokens" => "audio.cache_read.input_tokens",
        "input_image_tokens" => "image.input_tokens",
        "output_image_tokens" => "image.output_tokens",
        "cache_image_read_tokens" => "image.cache_read.input_tokens",
        "input_video_tokens" => "video.input_tokens",
        "output_video_tokens" => "video.output_tokens",
        "cache_video_read_tokens" => "video.cache_read.input_tokens",
        "audio_seconds" | "input_audio_seconds" => "audio_seconds",
        "input_characters" => "characters",
        "input_document_pages" => "pages",
        "input_annotated_document_pages" => "pages_annotated",
        "input_text_messages" => "messages",
        "storage_searches" => "file_searches",
        // Parts that have no price of their own in any model.
        "cache_write_5m_tokens"
        | "input_text_tokens"
        | "output_text_tokens"
        | "cache_text_read_tokens"
        | "input_tool_tokens"
        | "input_text_tool_tokens" => "",
        same => same,
    }
}

pub fn terms(context: Option<&Literal>) -> Terms {
    let mut terms = Terms::new();
    for (name, value) in context.map(Literal::entries).unwrap_or_default() {
        let value = value.text().expect("a name");
        terms = match name.as_str() {
            "processing" => terms.processing(value),
            "service_tier" => terms.service_tier(value),
            "speed" => terms.speed(value),
            "route" => terms.region(value),
            "search_type" => terms.search(value),
            other => panic!("{other}"),
        };
    }
    terms
}

pub fn compare(case: &Literal, call: &Call<'_>, expected: [&str; 3]) -> Option<Difference> {
    let model = match text(case, "model") {
        "" => format!("{}/{}", text(case, "provider"), text(case, "expect_model_id")),
        model => format!("{}/{model}", text(case, "provider")),
    };
    let found = call.price(&terms(call.context), |usage| usage);
    let kind = match (&found, text(case, "error")) {
        (Err(error), "invalid_usage") if error.code().as_str() == "usage_invalid" => return None,
        (_, "invalid_usage") => "their_error",
        (Err(_), _) => call.excuse(expected.map(decimal)),
        (Ok(ours), _) => {
            let theirs = expected.map(decimal);
            if *ours == theirs {
                return None;
            }
            let is_near =
                |parts: u64| ours.iter().zip(theirs).all(|(ours, theirs)| ours.apart_ppt(theirs) <= parts);
            if *ours == theirs.map(Decimal::held) {
                "endless"
            } else if is_near(2) {
                "float_noise"
            } else {
                "other_price"
            }
        }
    };
    let shown = found.map(|all| all.map(|one| one.to_string()));
    Some(Difference { model, kind, told: format!("{shown:?}, theirs {expected:?} for {case:?}") })
}

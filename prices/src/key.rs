//! The price keys of the book that the tables use, in the order in which they are written.

/// A price key, such as `input_mtok`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(usize);

/// Keys and the dimensions that they price.
const KEYS: &[(&str, &str)] = &[
    ("input_mtok", "input_uncached"),
    ("cache_read_mtok", "cache_read"),
    ("cache_read_explicit_mtok", "cache_read_explicit"),
    ("cache_write_5m_mtok", "cache_write_5m"),
    ("cache_write_1h_mtok", "cache_write_1h"),
    ("cache_write_12h_mtok", "cache_write_12h"),
    ("output_mtok", "output"),
    ("reasoning_mtok", "reasoning"),
    ("citation_mtok", "citation"),
    ("audio_input_mtok", "audio_input"),
    ("audio_cache_read_mtok", "audio_cache_read"),
    ("audio_cache_write_mtok", "audio_cache_write"),
    ("audio_output_mtok", "audio_output"),
    ("image_input_mtok", "image_input"),
    ("image_cache_read_mtok", "image_cache_read"),
    ("image_output_mtok", "image_output"),
    ("video_input_mtok", "video_input"),
    ("video_cache_read_mtok", "video_cache_read"),
    ("video_output_mtok", "video_output"),
    ("image", "images"),
    ("image_read", "images_read"),
    ("pixel_m", "pixels"),
    ("pixel_read_m", "pixels_read"),
    ("audio_hour", "audio_seconds"),
    ("audio_second", "audio_seconds"),
    ("video_second", "video_seconds"),
    ("video_read_second", "video_seconds_read"),
    ("compute_second", "compute_seconds"),
    ("character_m", "characters"),
    ("character_output_m", "characters_output"),
    ("page", "pages"),
    ("page_k", "pages"),
    ("page_annotated", "pages_annotated"),
    ("page_annotated_k", "pages_annotated"),
    ("request", "requests"),
    ("request_k", "requests"),
    ("message", "messages"),
    ("message_k", "messages"),
    ("web_search", "web_searches"),
    ("web_search_k", "web_searches"),
    ("map_search", "map_searches"),
    ("map_search_k", "map_searches"),
    ("file_search", "file_searches"),
    ("file_search_k", "file_searches"),
    ("social_search", "social_searches"),
    ("social_search_k", "social_searches"),
    ("rerank_search", "rerank_searches"),
    ("rerank_search_k", "rerank_searches"),
    ("code_execution", "code_executions"),
    ("code_session", "code_sessions"),
    ("code_hour", "code_seconds"),
    ("storage_mtok_hour", "storage_token_hours"),
    ("storage_gigabyte_day", "storage_gigabyte_days"),
    ("guardrail_unit", "guardrail_units"),
    ("credit", "credits"),
];

impl Key {
    /// The key of this name; nothing for an unknown one.
    pub fn named(name: &str) -> Option<Self> {
        KEYS.iter().position(|(known, _)| *known == name).map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        KEYS.get(self.0).map_or("", |(name, _)| name)
    }

    /// The dimension that it prices.
    pub fn dimension(self) -> &'static str {
        KEYS.get(self.0).map_or("", |(_, dimension)| dimension)
    }
}

#[cfg(test)]
mod tests {
    use super::KEYS;
    use bursar::{Dimension, PriceBook};

    #[test]
    fn every_key_is_one_of_the_book_for_that_dimension() {
        for (key, dimension) in KEYS {
            let text = format!(
                "format = 1\ndate = \"2026-11-23\"\n[[models]]\nprovider = \"a\"\nmodel = \"b\"\n{key} = \"1\"\n"
            );
            let book = PriceBook::parse(&text).expect(key);
            let used: Dimension = dimension.parse().expect(dimension);
            let usage = bursar::Usage::new().with(Dimension::Output, u64::from(*dimension == "reasoning"));
            let quote = book.quote(
                Some("a"),
                "b",
                &usage.with(used, 1),
                &bursar::Terms::new(),
                "2026-11-23T00:00:00Z".parse().expect("a time"),
            );
            assert!(quote.is_ok(), "{key}: {quote:?}");
        }
    }
}

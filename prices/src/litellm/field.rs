//! The names of LiteLLM's plain price fields: what they price, from which input on, and for which tier.

/// What a field's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The book's price key.
    pub(super) key: &'static str,
    /// Their price is for one unit, the key's for ten to this power.
    pub(super) power: i32,
    /// The total input above which it holds.
    pub(super) edge: Option<u64>,
    /// The book's word for the kind of tier, and its name.
    pub(super) tier: Option<(&'static str, &'static str)>,
}

/// Ends of names and the tiers that they mean.
const TIERS: &[(&str, (&str, &str))] = &[
    ("_batches", ("processing", "batch")),
    ("_flex", ("service_tier", "flex")),
    ("_priority", ("service_tier", "priority")),
    ("_balanced", ("service_tier", "balanced")),
    ("_ultrafast", ("service_tier", "ultrafast")),
    ("_decisions", ("service_tier", "decisions")),
];

/// Names without their ends, the key, and the power of ten from their unit to the key's.
const FIELDS: &[(&str, &str, i32)] = &[
    ("input_cost_per_token", "input_mtok", 6),
    ("output_cost_per_token", "output_mtok", 6),
    ("cache_read_input_token_cost", "cache_read_mtok", 6),
    ("explicit_cache_read_input_token_cost", "cache_read_explicit_mtok", 6),
    ("cache_creation_input_token_cost", "cache_write_5m_mtok", 6),
    ("cache_creation_input_token_cost_above_1hr", "cache_write_1h_mtok", 6),
    ("cache_creation_input_token_cost_above_12hr", "cache_write_12h_mtok", 6),
    ("output_cost_per_reasoning_token", "reasoning_mtok", 6),
    ("citation_cost_per_token", "citation_mtok", 6),
    ("input_cost_per_audio_token", "audio_input_mtok", 6),
    ("output_cost_per_audio_token", "audio_output_mtok", 6),
    ("cache_read_input_audio_token_cost", "audio_cache_read_mtok", 6),
    ("cache_creation_input_audio_token_cost", "audio_cache_write_mtok", 6),
    ("input_cost_per_image_token", "image_input_mtok", 6),
    ("output_cost_per_image_token", "image_output_mtok", 6),
    ("cache_read_input_image_token_cost", "image_cache_read_mtok", 6),
    ("input_cost_per_video_token", "video_input_mtok", 6),
    ("output_cost_per_video_token", "video_output_mtok", 6),
    ("output_cost_per_image", "image", 0),
    ("input_cost_per_audio_per_second", "audio_second", 0),
    ("input_cost_per_video_per_second", "video_read_second", 0),
    ("output_cost_per_video_per_second", "video_second", 0),
    ("input_cost_per_character", "character_m", 6),
    ("output_cost_per_character", "character_output_m", 6),
    ("input_cost_per_request", "request", 0),
    ("input_cost_per_text_message", "message", 0),
    ("google_maps_grounding_cost_per_query", "map_search", 0),
    ("code_interpreter_cost_per_session", "code_session", 0),
    ("ocr_cost_per_page", "page", 0),
    ("annotation_cost_per_page", "page_annotated", 0),
    ("ocr_cost_per_credit", "credit", 0),
];

impl Field {
    /// Takes a name apart; nothing for one that is no plain price.
    pub(super) fn read(name: &str) -> Option<Self> {
        let tier = TIERS.iter().find(|(end, _)| name.ends_with(end));
        let name = tier.and_then(|(end, _)| name.strip_suffix(end)).unwrap_or(name);
        let (name, edge) = match name.strip_suffix("k_tokens").and_then(|name| name.rsplit_once("_above_")) {
            Some((name, thousands)) => (name, Some(thousands.parse::<u64>().ok()?.checked_mul(1_000)?)),
            None => (name, None),
        };
        let (_, key, power) = FIELDS.iter().find(|(known, ..)| *known == name)?;
        Some(Self { key, power: *power, edge, tier: tier.map(|(_, tier)| *tier) })
    }
}

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn a_name_says_what_from_where_on_and_for_whom() {
        let read = |name: &str| {
            Field::read(name).map(|field| (field.key, field.edge, field.tier.map(|tier| tier.1)))
        };
        assert_eq!(read("input_cost_per_token"), Some(("input_mtok", None, None)));
        assert_eq!(
            read("cache_creation_input_token_cost_above_1hr_above_200k_tokens_priority"),
            Some(("cache_write_1h_mtok", Some(200_000), Some("priority")))
        );
        assert_eq!(
            read("output_cost_per_token_above_272k_tokens"),
            Some(("output_mtok", Some(272_000), None))
        );
        assert_eq!(read("input_cost_per_video_per_second_above_8s_interval"), None);
        assert_eq!(read("supports_vision"), None);
    }
}

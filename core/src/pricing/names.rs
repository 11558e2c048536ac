//! The spellings of a model's name in the field, each cut off where it adds nothing to the name.
//!
//! What can change the price is never cut without being told: a region is given back beside the name; `:free` and a
//! fine-tune's base are names of their own.

/// Words of a path that say nothing of the model.
const PATH_WORDS: &[&str] = &["models", "publishers", "converse", "converse_like", "invoke", "endpoints"];

/// Regions that stand before a model's vendor on Bedrock.
const REGIONS: &[&str] = &["us", "eu", "us-gov", "apac", "jp", "au", "ca", "global"];

/// How the regions of clouds begin and end: `us-east-1`, `europe-west4`.
const AREAS: &[&str] = &[
    "us",
    "us-gov",
    "eu",
    "ap",
    "sa",
    "ca",
    "me",
    "af",
    "il",
    "mx",
    "cn",
    "europe",
    "asia",
    "australia",
    "southamerica",
    "northamerica",
    "africa",
];

const SIDES: &[&str] =
    &["east", "west", "north", "south", "central", "northeast", "northwest", "southeast", "southwest"];

/// What stands before a slash or a colon.
pub(super) enum Head<'n> {
    /// A word of a path.
    Word,
    /// A place where calls are served.
    Region(&'n str),
    /// Perhaps a provider.
    Name(&'n str),
}

/// The first part of a path, and the rest; nothing for a name without parts.
pub(super) fn split(name: &str) -> Option<(Head<'_>, &str)> {
    let (head, rest) = name.split_once(['/', ':'])?;
    let kind = match head {
        word if PATH_WORDS.contains(&word) => Head::Word,
        place if is_cloud_region(place) => Head::Region(place),
        other => Head::Name(other),
    };
    Some((kind, rest))
}

/// The region of `us.anthropic.claude-…`, and the rest: only where a vendor follows, or where nothing but a place can
/// be meant, as `us-east-1.`.
pub(super) fn region(name: &str) -> Option<(&str, &str)> {
    let (place, rest) = name.split_once('.')?;
    if is_cloud_region(place) {
        return Some((place, rest));
    }
    let (vendor, _) = rest.split_once('.')?;
    let is_vendor = vendor.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && vendor.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (REGIONS.contains(&place) && is_vendor).then_some((place, rest))
}

/// Whether it is written as `us-east-1`, `us-gov-west-1` or `europe-west4`.
fn is_cloud_region(text: &str) -> bool {
    let stem = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = text.len() - stem.len();
    let stem = stem.strip_suffix('-').unwrap_or(stem);
    let Some((area, side)) = stem.rsplit_once('-') else { return false };
    (1..=2).contains(&digits) && AREAS.contains(&area) && SIDES.contains(&side)
}

/// Region and model of `arn:aws:bedrock:us-east-1:…:inference-profile/us.…` and of
/// `projects/…/locations/europe-west4/publishers/google/models/…`.
pub(super) fn resource(name: &str) -> Option<(&str, &str)> {
    if let Some(rest) = name.strip_prefix("arn:aws") {
        // The partition, such as `-us-gov`, the service, the region, the account and the resource.
        let mut parts = rest.splitn(5, ':').skip(2);
        let (region, _account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let (kind, model) = resource.split_once('/')?;
        return matches!(kind, "foundation-model" | "inference-profile").then_some((region, model));
    }
    let (_, rest) = name.strip_prefix("projects/")?.split_once("/locations/")?;
    rest.split_once('/')
}

/// `ft:base` of `ft:base:organisation:suffix:id`: a fine-tune has prices of its own.
pub(super) fn fine_tune(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("ft:")?;
    let base = rest.split(':').next()?;
    name.get(.."ft:".len() + base.len())
}

/// The name without `-20251211` or `-2025-12-11` at its end.
pub(super) fn without_date(name: &str) -> Option<&str> {
    let (base, last) = name.rsplit_once('-')?;
    if last.len() == 8 && is_number(last, 8) {
        return is_date(last).then_some(base);
    }
    let (base, month) = base.rsplit_once('-')?;
    let (base, year) = base.rsplit_once('-')?;
    (is_year(year) && is_day(month, last)).then_some(base)
}

/// Whether what follows an `@` says only when or that a model is the latest: `20250929`, `default`.
pub(super) fn is_version(version: &str) -> bool {
    matches!(version, "default" | "latest") || is_date(version)
}

fn is_date(text: &str) -> bool {
    let day = || Some(is_day(text.get(4..6)?, text.get(6..)?));
    is_number(text, 8) && text.starts_with("20") && day().unwrap_or(false)
}

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_year(text: &str) -> bool {
    is_number(text, 4) && text.starts_with("20")
}

fn is_day(month: &str, day: &str) -> bool {
    is_number(month, 2) && is_number(day, 2) && ("01"..="12").contains(&month) && ("01"..="31").contains(&day)
}

/// The name without `:0` at its end, Bedrock's first revision; any other number is another model, or a size: `:1`, `:48k`,
/// `:70b`.
pub(super) fn without_revision(name: &str) -> Option<&str> {
    name.strip_suffix(":0")
}

/// The name without `-v1` at its end; another version goes only where a date before it already tells versions apart.
pub(super) fn without_version(name: &str) -> Option<&str> {
    let (base, version) = name.rsplit_once("-v")?;
    let is_version = is_number(version, 1) && version != "0";
    (is_version && (version == "1" || without_date(base).is_some())).then_some(base)
}

#[cfg(test)]
mod tests {
    use super::{fine_tune, region, resource, without_date, without_revision, without_version};

    #[test]
    fn a_region_is_cut_only_before_a_vendor() {
        assert_eq!(region("us.anthropic.claude-x"), Some(("us", "anthropic.claude-x")));
        assert_eq!(region("us-gov.amazon.titan"), Some(("us-gov", "amazon.titan")));
        assert_eq!(region("us-east-1.claude"), Some(("us-east-1", "claude")));
        assert_eq!(region("europe-west4.claude"), Some(("europe-west4", "claude")));
        for name in ["us-gov.model-b", "us.gpt-4.1", "claude-3.5", "anthropic.claude", "gemini-1.5-pro"] {
            assert_eq!(region(name), None, "{name}");
        }
    }

    #[test]
    fn a_resource_names_region_and_model() {
        let arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x-v1:0";
        assert_eq!(resource(arn), Some(("us-east-1", "us.anthropic.claude-x-v1:0")));
        let arn = "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0";
        assert_eq!(resource(arn), Some(("us-gov-west-1", "amazon.nova-pro-v1:0")));
        let path = "projects/p/locations/global/publishers/google/models/gemini-2.5-pro";
        assert_eq!(resource(path), Some(("global", "publishers/google/models/gemini-2.5-pro")));
        let opaque = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123";
        assert_eq!(resource(opaque), None);
    }

    #[test]
    fn an_ending_is_cut_only_where_it_tells_nothing() {
        assert_eq!(without_date("a-20251211"), Some("a"));
        assert_eq!(without_date("a-2025-12-11"), Some("a"));
        assert_eq!(without_date("a-20251311"), None);
        assert_eq!(without_date("a-2507"), None);
        assert_eq!(without_revision("claude-x-v1:0"), Some("claude-x-v1"));
        assert_eq!(without_revision("claude-v2:1"), None);
        assert_eq!(without_revision("titan-v1:48k"), None);
        assert_eq!(without_revision("llama:free"), None);
        assert_eq!(without_version("claude-x-v1"), Some("claude-x"));
        assert_eq!(without_version("claude-x-20241022-v2"), Some("claude-x-20241022"));
        assert_eq!(without_version("claude-x-20241022-v10"), None);
        assert_eq!(without_version("titan-embed-v2"), None);
        assert_eq!(fine_tune("ft:gpt-4o-mini:org::id"), Some("ft:gpt-4o-mini"));
        assert_eq!(fine_tune("gpt-4o"), None);
    }
}

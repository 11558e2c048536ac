//! Laws of keys and sets.

use super::{MAX_KEY_BYTES, MAX_TAGS, MAX_VALUE_BYTES, TagKey, TagSet};
use crate::{Error, ErrorCode};

/// A small seeded generator; a failing test prints the seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1))
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A set of some of these keys with some of these values.
    pub(super) fn tags(&mut self, keys: &[&str], values: &[&str]) -> TagSet {
        let mut tags = TagSet::new();
        for key in keys {
            if self.below(3) > 0 {
                tags = tags.with(key, self.pick(values)).unwrap();
            }
        }
        tags
    }
}

pub(super) fn set(pairs: &[(&str, &str)]) -> TagSet {
    TagSet::from_pairs(pairs.iter().copied()).unwrap()
}

fn assert_error(error: &Error, code: ErrorCode, message: &str) {
    assert_eq!((error.code(), error.message()), (code, message));
}

#[test]
fn both_spellings_of_a_well_known_key_are_one_key() {
    let spellings = [
        ("team", "team.name", TagKey::TEAM),
        ("project", "project.name", TagKey::PROJECT),
        ("client", "client.name", TagKey::CLIENT),
        ("agent", "gen_ai.agent.name", TagKey::AGENT),
        ("environment", "deployment.environment.name", TagKey::ENVIRONMENT),
        ("user", "user.id", TagKey::USER),
        ("run", "gen_ai.conversation.id", TagKey::RUN),
        ("account", "account.name", TagKey::ACCOUNT),
        ("run_parents", "bursar.run.parents", TagKey::RUN_PARENTS),
    ];
    assert_eq!(TagKey::WELL_KNOWN.len(), spellings.len());
    for (short, canonical, key) in spellings {
        assert_eq!(short.parse::<TagKey>().unwrap(), key);
        assert_eq!(canonical.parse::<TagKey>().unwrap(), key);
        assert_eq!((key.as_str(), key.short(), key.to_string().as_str()), (canonical, short, short));
        assert!(key.is_well_known());
        assert_eq!(serde_json::to_string(&key).unwrap(), format!("\"{canonical}\""));
        assert_eq!(serde_json::from_str::<TagKey>(&format!("\"{short}\"")).unwrap(), key);
    }
}

#[test]
fn an_own_key_is_its_own_short_name() {
    let key: TagKey = "Cost-Center_7.x".parse().unwrap();
    assert_eq!((key.as_str(), key.short()), ("Cost-Center_7.x", "Cost-Center_7.x"));
    assert!(!key.is_well_known());
    assert_ne!(key, "cost-center_7.x".parse().unwrap());
}

#[test]
fn keys_are_ordered_by_their_canonical_spelling() {
    let mut keys: Vec<TagKey> =
        ["zone", "team", "run", "agent", "feature"].map(|text| text.parse().unwrap()).to_vec();
    keys.sort();
    let canonical: Vec<&str> = keys.iter().map(TagKey::as_str).collect();
    assert_eq!(canonical, ["feature", "gen_ai.agent.name", "gen_ai.conversation.id", "team.name", "zone"]);
}

#[test]
fn a_key_outside_of_the_limits_is_refused_with_what_was_found() {
    assert!("k".repeat(MAX_KEY_BYTES).parse::<TagKey>().is_ok());
    let long = "k".repeat(65);
    let cases = [
        (long.as_str(), format!("tag key `{long}` has 65 bytes, at most 64 are allowed")),
        ("", "a tag key is empty, and 1 to 64 bytes are allowed".into()),
        (
            "cost center",
            "tag key `cost center` has a ` `, only letters, digits, `.`, `_` and `-` are allowed".into(),
        ),
        ("größe", "tag key `größe` has a `ö`, only letters, digits, `.`, `_` and `-` are allowed".into()),
        ("a\nb", r"tag key `a\nb` has a `\n`, only letters, digits, `.`, `_` and `-` are allowed".into()),
    ];
    for (text, message) in cases {
        assert_error(&text.parse::<TagKey>().unwrap_err(), ErrorCode::TagKeyInvalid, &message);
    }
}

#[test]
fn a_value_outside_of_the_limits_is_refused_with_what_was_found() {
    let tags = TagSet::new();
    assert!(tags.with("team", "v".repeat(MAX_VALUE_BYTES)).is_ok());
    assert!(tags.with("team", "R&D / Zürich 東京").is_ok());
    let shown = "v".repeat(80);
    let cases = [
        (String::new(), "the value of `team` is empty".to_owned()),
        ("v".repeat(257), format!("the value of `team` has 257 bytes, at most 256 are allowed: `{shown}…`")),
        ("a\tb".into(), r"the value of `team` has a control character: `a\tb`".into()),
        ("a\u{85}".into(), r"the value of `team` has a control character: `a\u{85}`".into()),
    ];
    for (value, message) in cases {
        assert_error(&tags.with("team.name", value).unwrap_err(), ErrorCode::TagValueInvalid, &message);
    }
}

#[test]
fn a_key_given_twice_is_refused_under_either_spelling() {
    let error = TagSet::from_pairs([("team", "a"), ("client", "c"), ("team.name", "b")]).unwrap_err();
    assert_error(&error, ErrorCode::TagDuplicate, "`team` is given twice, as `a` and as `b`");
    assert_eq!(error.context(), [("key", "team.name".to_owned())]);
}

#[test]
fn with_replaces_the_value_of_a_key_and_leaves_the_old_set_alone() {
    let first = set(&[("team", "a"), ("zone", "z")]);
    let second = first.with("team.name", "b").unwrap();
    assert_eq!(first.get(&TagKey::TEAM), Some("a"));
    assert_eq!(second, set(&[("zone", "z"), ("team", "b")]));
}

#[test]
fn a_set_holds_no_more_tags_than_its_bound() {
    let pairs = |count: usize| (0..count).map(|index| (format!("k{index}"), "v"));
    let full = TagSet::from_pairs(pairs(MAX_TAGS)).unwrap();
    assert_eq!(full.len(), MAX_TAGS);
    assert!(full.with("k0", "w").is_ok());
    let message = "33 tags in one set, at most 32 are allowed";
    assert_error(&full.with("one-more", "v").unwrap_err(), ErrorCode::LimitReached, message);
    assert_error(&TagSet::from_pairs(pairs(40)).unwrap_err(), ErrorCode::LimitReached, message);
    let other = set(&[("one-more", "v")]);
    assert_error(&other.over(&full).unwrap_err(), ErrorCode::LimitReached, message);
    assert_eq!(set(&[("k0", "w")]).over(&full).unwrap().len(), MAX_TAGS);
}

#[test]
fn equal_tags_make_equal_sets_in_whatever_order_they_came() {
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let mut pairs: Vec<(String, String)> = (0..random.below(20))
            .map(|index| (format!("k{index}"), format!("v{}", random.below(3))))
            .collect();
        let sorted = TagSet::from_pairs(pairs.clone()).unwrap();
        for index in (1..pairs.len()).rev() {
            pairs.swap(index, random.below(index + 1));
        }
        let shuffled = TagSet::from_pairs(pairs.clone()).unwrap();
        let mut built = TagSet::new();
        for (key, value) in &pairs {
            built = built.with(key, value).unwrap();
        }
        assert_eq!(sorted, shuffled, "seed {seed}");
        assert_eq!(sorted, built, "seed {seed}");
        assert!(sorted.iter().map(|(key, _)| key).is_sorted(), "seed {seed}");
    }
}

#[test]
fn precedence_is_call_over_context_over_process_over_environment() {
    let environment =
        TagSet::from_otel_resource_attributes("team.name=e,project.name=e,client.name=e,zone=e").unwrap();
    let process = set(&[("team", "p"), ("project", "p"), ("client", "p")]);
    let context = set(&[("team", "c"), ("project", "c")]);
    let call = set(&[("team", "call")]);
    let tags = call.over(&context).unwrap().over(&process).unwrap().over(&environment).unwrap();
    assert_eq!(tags, set(&[("team", "call"), ("project", "c"), ("client", "p"), ("zone", "e")]));
}

#[test]
fn laying_sets_over_each_other_is_associative_and_empty_changes_nothing() {
    let (keys, values) = (["team", "client", "a", "b"], ["x", "y", "z"]);
    for seed in 0..2_000 {
        let mut random = Random::new(seed);
        let mut next = || random.tags(&keys, &values);
        let (one, two, three) = (next(), next(), next());
        let left = one.over(&two).unwrap().over(&three).unwrap();
        let right = one.over(&two.over(&three).unwrap()).unwrap();
        assert_eq!(left, right, "seed {seed}");
        assert_eq!(one.over(&TagSet::new()).unwrap(), one, "seed {seed}");
        assert_eq!(TagSet::new().over(&one).unwrap(), one, "seed {seed}");
        for key in keys.map(|key| key.parse::<TagKey>().unwrap()) {
            assert_eq!(one.over(&two).unwrap().get(&key), one.get(&key).or(two.get(&key)), "seed {seed}");
        }
    }
}

#[test]
fn resource_attributes_are_decoded_and_what_can_be_no_tag_is_left_out() {
    let long = format!("blob={}", "x".repeat(300));
    let cases: [(&str, &[(&str, &str)]); 9] = [
        ("", &[]),
        (" , ", &[]),
        ("team.name=marketing", &[("team", "marketing")]),
        ("team=a,service.name=web,", &[("team", "a"), ("service.name", "web")]),
        (" team.name = R%26D%2C%20Z%C3%BCrich ", &[("team", "R&D, Zürich")]),
        ("client.name=a=b", &[("client", "a=b")]),
        ("k8s/pod=x,process.owner=,team.name=a", &[("team", "a")]),
        ("note=a%0Ab,team.name=a", &[("team", "a")]),
        (&long, &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(TagSet::from_otel_resource_attributes(text).unwrap(), set(expected), "{text}");
    }
}

#[test]
fn a_malformed_resource_attribute_is_named() {
    use ErrorCode::{TagDuplicate, TagKeyInvalid, TagValueInvalid};
    let cases = [
        ("team.name=a,client", TagValueInvalid, "resource attribute `client` has no `=`"),
        ("=a", TagKeyInvalid, "resource attribute `=a` has no key"),
        ("zone=50%", TagValueInvalid, "resource attribute `zone=50%` is not percent-encoded UTF-8"),
        ("zone=%+1", TagValueInvalid, "resource attribute `zone=%+1` is not percent-encoded UTF-8"),
        ("zone=%FF", TagValueInvalid, "resource attribute `zone=%FF` is not percent-encoded UTF-8"),
        ("team.name=", TagValueInvalid, "the value of `team` is empty"),
        ("team=a,team.name=b", TagDuplicate, "`team` is given twice, as `a` and as `b`"),
    ];
    for (text, code, message) in cases {
        assert_error(&TagSet::from_otel_resource_attributes(text).unwrap_err(), code, message);
    }
}

#[test]
fn a_set_prints_short_keys_in_a_reading_order_and_quotes_what_could_be_misread() {
    let tags = set(&[("zone", "eu"), ("agent", "writer"), ("team", "marketing"), ("note", r#"a "b" c\"#)]);
    assert_eq!(tags.to_string(), r#"team=marketing agent=writer note="a \"b\" c\\" zone=eu"#);
    assert_eq!(set(&[("filter", "a=b")]).to_string(), r#"filter="a=b""#);
    assert_eq!(TagSet::new().to_string(), "");
}

#[test]
fn a_set_is_stored_with_canonical_keys_and_read_with_either() {
    let tags = set(&[("team", "a"), ("agent", "w"), ("zone", "z")]);
    let stored = r#"{"gen_ai.agent.name":"w","team.name":"a","zone":"z"}"#;
    assert_eq!(serde_json::to_string(&tags).unwrap(), stored);
    assert_eq!(serde_json::from_str::<TagSet>(stored).unwrap(), tags);
    assert_eq!(toml::from_str::<TagSet>("team = 'a'\nagent = 'w'\nzone = 'z'").unwrap(), tags);
    let cases = [
        (r#"{"team":"a","team.name":"b"}"#, "`team` is given twice, as `a` and as `b`"),
        (r#"{"team":""}"#, "the value of `team` is empty"),
        (r#"{"a b":"c"}"#, "tag key `a b` has a ` `"),
        (r#"{"team":1}"#, "invalid type: integer `1`, expected a string"),
        ("[]", "expected a map of tag keys and values"),
    ];
    for (text, message) in cases {
        let error = serde_json::from_str::<TagSet>(text).unwrap_err().to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
}

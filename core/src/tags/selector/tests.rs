//! Laws of selectors.

use super::{MAX_SELECTOR_DEPTH, MAX_SELECTOR_TERMS, MAX_SELECTOR_VALUES, Selector};
use crate::{
    ErrorCode, TagKey, TagSet,
    tags::tests::{Random, set},
};

fn read(text: &str) -> Selector {
    text.parse().unwrap()
}

/// The meaning of a selector, without flattening, sorting or bounds.
#[derive(Debug)]
enum Naive {
    Equals(&'static str, &'static str),
    OneOf(&'static str, Vec<&'static str>),
    Present(&'static str),
    Not(Box<Naive>),
    All(Vec<Naive>),
    Any(Vec<Naive>),
}

const KEYS: [&str; 5] = ["team", "client.name", "environment", "in", "own-key"];
const VALUES: [&str; 5] = ["a", "b", "prod", r#"q"u'o\te"#, "größe 7"];

impl Naive {
    fn random(random: &mut Random, depth: usize) -> Self {
        let some =
            |random: &mut Random| (0..random.below(4)).map(|_| Self::random(random, depth - 1)).collect();
        match random.below(if depth == 0 { 3 } else { 7 }) {
            0 => Self::Equals(random.pick(&KEYS), random.pick(&VALUES)),
            1 => {
                let values = (0..=random.below(3)).map(|_| random.pick(&VALUES)).collect();
                Self::OneOf(random.pick(&KEYS), values)
            }
            2 => Self::Present(random.pick(&KEYS)),
            3 | 4 => Self::Not(Box::new(Self::random(random, depth - 1))),
            5 => Self::All(some(random)),
            _ => Self::Any(some(random)),
        }
    }

    fn matches(&self, tags: &TagSet) -> bool {
        let value = |key: &str| tags.get(&key.parse::<TagKey>().unwrap());
        match self {
            Self::Equals(key, wanted) => value(key) == Some(*wanted),
            Self::OneOf(key, wanted) => wanted.iter().any(|wanted| value(key) == Some(*wanted)),
            Self::Present(key) => value(key).is_some(),
            Self::Not(inner) => !inner.matches(tags),
            Self::All(parts) => parts.iter().all(|part| part.matches(tags)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(tags)),
        }
    }

    fn build(&self) -> Selector {
        match self {
            Self::Equals(key, value) => Selector::equals(key, value),
            Self::OneOf(key, values) => Selector::one_of(key, values),
            Self::Present(key) => Selector::present(key),
            Self::Not(inner) => Selector::not(inner.build()),
            Self::All(parts) => Selector::all(parts.iter().map(Self::build)),
            Self::Any(parts) => Selector::any(parts.iter().map(Self::build)),
        }
        .unwrap()
    }
}

#[test]
fn a_selector_means_what_the_naive_one_means_and_reads_back_from_its_text() {
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let naive = Naive::random(&mut random, 4);
        let selector = naive.build();
        let text = selector.to_string();
        assert_eq!(read(&text), selector, "seed {seed}: {text}");
        let json = serde_json::to_string(&selector).unwrap();
        assert_eq!(serde_json::from_str::<Selector>(&json).unwrap(), selector, "seed {seed}: {text}");
        for _ in 0..4 {
            let tags = random.tags(&KEYS, &VALUES);
            assert_eq!(selector.matches(&tags), naive.matches(&tags), "seed {seed}: {text} on {tags}");
        }
        let keys = selector.keys();
        assert!(keys.is_sorted() && keys.iter().all(|key| text.contains(key.short())), "seed {seed}: {text}");
    }
}

#[test]
fn random_text_is_read_or_refused_and_never_panics() {
    let pieces = [
        "team", "=", "!=", "\"a\"", "'", "\"", "\\", "(", ")", "[", "]", ",", "and", "or", "not", "in", "is",
        "set", "ö", " ",
    ];
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let text: String = (0..random.below(14)).flat_map(|_| [random.pick(&pieces), " "]).collect();
        if let Ok(selector) = text.parse::<Selector>() {
            assert_eq!(read(&selector.to_string()), selector, "seed {seed}: {text}");
        }
    }
}

#[test]
fn text_has_one_canonical_form() {
    let cases = [
        ("team = \"a\"", "team = \"a\""),
        ("team.name='a'", "team = \"a\""),
        ("(((team = 'a')))", "team = \"a\""),
        ("not team = 'a'", "team != \"a\""),
        ("not not team = 'a'", "team = \"a\""),
        ("not team != 'a'", "team = \"a\""),
        ("team in ['a']", "team = \"a\""),
        ("team in ['b', 'a', 'b',]", "team in [\"a\", \"b\"]"),
        ("client not in ['b','a']", "client not in [\"a\", \"b\"]"),
        ("not client in ['a','b']", "client not in [\"a\", \"b\"]"),
        ("user is set", "user is set"),
        ("user is not set", "user is not set"),
        ("not user is not set", "user is set"),
        ("a = 'x' or b = 'y' and c = 'z'", "a = \"x\" or b = \"y\" and c = \"z\""),
        ("(a = 'x' or b = 'y') and c = 'z'", "(a = \"x\" or b = \"y\") and c = \"z\""),
        ("a = 'x' and (b = 'y' and c = 'z')", "a = \"x\" and b = \"y\" and c = \"z\""),
        ("not a = 'x' and b = 'y'", "a != \"x\" and b = \"y\""),
        ("not (a = 'x' and b = 'y')", "not (a = \"x\" and b = \"y\")"),
        ("everything", "everything"),
        ("not (everything)", "not everything"),
        ("everything and a = 'x'", "a = \"x\""),
        ("\"in\" = 'x' and \"set\" is set", "\"in\" = \"x\" and \"set\" is set"),
        ("key = 'it\\'s \\\\ \\\"so\\\"'", "key = \"it's \\\\ \\\"so\\\"\""),
        ("all = 'x' and 7.x-y_z = 'y'", "all = \"x\" and 7.x-y_z = \"y\""),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).to_string(), expected, "{text}");
    }
}

#[test]
fn the_policy_example_covers_what_it_says() {
    let text = r#"team = "marketing" and (client in ["acme", "globex"] or not environment = "prod")"#;
    let selector = read(text);
    let cases: [(&[(&str, &str)], bool); 5] = [
        (&[("team", "marketing"), ("client", "acme"), ("environment", "prod")], true),
        (&[("team", "marketing"), ("client", "other"), ("environment", "prod")], false),
        (&[("team", "marketing"), ("client", "other"), ("environment", "test")], true),
        (&[("team", "marketing")], true),
        (&[("client", "acme")], false),
    ];
    for (tags, expected) in cases {
        assert_eq!(selector.matches(&set(tags)), expected, "{tags:?}");
    }
    assert_eq!(selector.keys(), [TagKey::CLIENT, TagKey::ENVIRONMENT, TagKey::TEAM]);
}

#[test]
fn a_negated_test_covers_a_set_without_the_key() {
    for text in ["environment != 'prod'", "environment not in ['prod', 'test']", "environment is not set"] {
        assert!(read(text).matches(&TagSet::new()), "{text}");
        assert!(!read(text).matches(&set(&[("environment", "prod")])), "{text}");
    }
}

#[test]
fn all_of_none_is_everything_and_any_of_none_is_nothing() {
    let (everything, nothing) = (Selector::all([]).unwrap(), Selector::any([]).unwrap());
    assert_eq!(everything, Selector::everything());
    assert!(everything.is_everything() && everything.matches(&TagSet::new()));
    assert_eq!(nothing, Selector::not(Selector::everything()).unwrap());
    assert!(!nothing.matches(&TagSet::new()) && !nothing.matches(&set(&[("team", "a")])));
}

#[test]
fn an_error_points_at_the_column_and_says_what_was_expected() {
    let cases = [
        ("", 1, "expected a key, `not` or `(`, found the end"),
        ("team", 5, "expected `=`, `!=`, `in`, `not in` or `is`, found the end"),
        ("team = marketing", 8, "expected a value in quotes, found `marketing`"),
        ("team == 'a'", 7, "expected a value in quotes, found `=`"),
        ("team = 'a' client = 'b'", 12, "expected `and`, `or` or the end, found `client`"),
        ("team = 'ä' & client = 'b'", 12, "`&` has no meaning here"),
        ("(team = 'a'", 12, "expected `and`, `or` or `)`, found the end"),
        ("team = 'a')", 11, "expected `and`, `or` or the end, found `)`"),
        ("team in 'a'", 9, "expected `[`, found the value `a`"),
        ("team in []", 10, "expected a value in quotes, found `]`"),
        ("team in ['a' 'b']", 14, "expected `,` or `]`, found the value `b`"),
        ("team not 'a'", 10, "expected `in`, found the value `a`"),
        ("team is 'a'", 9, "expected `set` or `not set`, found the value `a`"),
        ("team is not there", 13, "expected `set`, found `there`"),
        ("in = 'a'", 1, "expected a key, found the word `in`"),
        ("'a b' = 'a'", 1, "tag key `a b` has a ` `, only letters, digits, `.`, `_` and `-` are allowed"),
        ("team = 'a", 8, "the value has no closing `'`"),
        ("team = 'a\\n'", 10, "expected a quote or `\\` after `\\`"),
        ("team = ''", 8, "the value is empty"),
    ];
    for (text, column, message) in cases {
        let error = text.parse::<Selector>().unwrap_err();
        assert_eq!(error.code(), ErrorCode::SelectorInvalid, "{text}");
        assert_eq!(error.message(), format!("`{text}` at column {column}: {message}"));
        assert_eq!(error.context(), [("column", column.to_string())], "{text}");
    }
}

#[test]
fn a_selector_is_bounded_in_depth_terms_and_values() {
    let nested = |levels: usize| format!("{}a = 'x'{}", "(".repeat(levels), ")".repeat(levels));
    assert!(nested(MAX_SELECTOR_DEPTH).parse::<Selector>().is_ok());
    for text in [nested(MAX_SELECTOR_DEPTH + 1), "(".repeat(100_000), "not ".repeat(100_000)] {
        let error = text.parse::<Selector>().unwrap_err();
        assert!(error.message().ends_with("nested deeper than 16 levels"), "{error}");
    }

    let mut selector = Selector::present("a").unwrap();
    let mut levels = 0;
    let error = loop {
        let deeper = Selector::any([Selector::present("b").unwrap(), selector.clone()])
            .and_then(|any| Selector::all([Selector::present("c").unwrap(), any]));
        match deeper {
            Ok(deeper) => (selector, levels) = (deeper, levels + 2),
            Err(error) => break error,
        }
        assert_eq!(read(&selector.to_string()), selector);
    };
    assert_eq!(levels, MAX_SELECTOR_DEPTH);
    assert_eq!(error.code(), ErrorCode::LimitReached);
    assert_eq!(error.message(), "a selector with 17 levels of nesting, at most 16 are allowed");

    let many = |count: usize| Selector::all((0..count).map(|_| Selector::present("a").unwrap()));
    assert!(many(MAX_SELECTOR_TERMS).is_ok());
    assert_eq!(many(257).unwrap_err().message(), "a selector with 257 tests, at most 256 are allowed");
    let values = |count: usize| Selector::one_of("a", (0..count).map(|index| index.to_string()));
    assert!(values(MAX_SELECTOR_VALUES).is_ok());
    assert_eq!(values(1025).unwrap_err().message(), "a selector with 1025 values, at most 1024 are allowed");
    let text = format!("a = '{}'", "x".repeat(1 << 20));
    assert_eq!(text.parse::<Selector>().unwrap_err().code(), ErrorCode::LimitReached);
}

#[test]
fn the_largest_selector_is_printed_shorter_than_the_longest_text() {
    let value = |index: usize| format!("{}{index:04}", "\"".repeat(252));
    let lists = (0..256).map(|list| {
        let values = (0..4).map(|index| value(list * 4 + index));
        Selector::not(Selector::one_of("k".repeat(64), values).unwrap()).unwrap()
    });
    let selector = Selector::all(lists).unwrap();
    assert_eq!(read(&selector.to_string()), selector);
}

#[test]
fn a_policy_writes_text_a_map_or_combinators() {
    let cases = [
        ("match = 'team = \"a\"'", "team = 'a'"),
        ("match = {}", "everything"),
        ("match = { team = 'a', client = ['x', 'y'] }", "team = 'a' and client in ['x', 'y']"),
        ("match = { all = [{ team = 'a' }, 'user is set'] }", "team = 'a' and user is set"),
        ("match = { any = [{ team = 'a' }, { team = 'b' }] }", "team = 'a' or team = 'b'"),
        ("match = { not = { team = 'a', client = 'x' } }", "not (team = 'a' and client = 'x')"),
        (
            "match = { team = 'a', any = [{ user = 'u' }, 'run is set'], not = { environment = 'prod' } }",
            "team = 'a' and (user = 'u' or run is set) and environment != 'prod'",
        ),
        ("match = { 'team.name' = 'a' }", "team = 'a'"),
        ("match = '\"all\" = \"x\"'", "all = 'x'"),
    ];
    for (policy, text) in cases {
        let table: std::collections::BTreeMap<String, Selector> = toml::from_str(policy).unwrap();
        assert_eq!(table["match"], read(text), "{policy}");
        let json = serde_json::to_value(toml::from_str::<toml::Table>(policy).unwrap()).unwrap();
        let from_json: Selector = serde_json::from_value(json["match"].clone()).unwrap();
        assert_eq!(from_json, read(text), "{policy}");
    }
    let (one, other) =
        (r#"{"zone":"z","not":"a is set","team":"t"}"#, r#"{"team":"t","zone":"z","not":"a is set"}"#);
    let [one, other] = [one, other].map(|text| serde_json::from_str::<Selector>(text).unwrap());
    assert_eq!(one, other);
    assert_eq!(other.to_string(), "team = \"t\" and zone = \"z\" and a is not set");
}

#[test]
fn a_wrong_policy_says_what_was_allowed() {
    let deep = format!("{}\"a is set\"{}", r#"{"not":"#.repeat(20), "}".repeat(20));
    let cases = [
        (
            "1",
            "invalid type: integer `1`, expected a selector: text such as `team = \"marketing\"`, or a map",
        ),
        (r#"{"team": 1}"#, "invalid type: integer `1`, expected a string or a list of strings"),
        (r#"{"team": []}"#, "the list of `team` is empty, and would cover nothing"),
        (r#"{"team": ""}"#, "the value of `team` is empty"),
        (r#"{"te am": "a"}"#, "tag key `te am` has a ` `"),
        (r#"{"team": "a", "team.name": "b"}"#, "`team.name` is given twice"),
        (r#"{"any": []}"#, "`any` is an empty list, and would cover nothing"),
        (r#"{"all": {"team": "a"}}"#, "expected a list of selectors"),
        (r#""team = a""#, "`team = a` at column 8: expected a value in quotes, found `a`"),
        (&deep, "a selector nested deeper than 16 levels"),
    ];
    for (text, message) in cases {
        let error = serde_json::from_str::<Selector>(text).unwrap_err().to_string();
        assert!(error.contains(message), "{text}: {error}");
    }
}

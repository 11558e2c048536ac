//! Laws of the taxonomy.

use super::{Classified, Misplaced, Taxonomy, UNALLOCATED, UnknownPolicy, UnknownValue};
use crate::{
    ErrorCode, TagKey, TagSet,
    tags::tests::{Random, set},
};

const POLICY: &str = r#"
required = ["team", "project"]
team = ["marketing", "data", "search"]
client = { pattern = "[a-z0-9-]+" }
project = { values = { content-pipeline = "marketing", rag = ["search", "data"] }, within = "team" }
environment = { values = ["prod", "staging"] }
"#;

fn taxonomy(policy: UnknownPolicy) -> Taxonomy {
    let unknown = match policy {
        UnknownPolicy::Refuse => "refuse",
        UnknownPolicy::Unallocated => "unallocated",
    };
    toml::from_str(&format!("unknown = '{unknown}'\n{POLICY}")).unwrap()
}

type Pairs<'t> = &'t [(&'t str, &'t str)];

#[test]
fn tags_that_fit_are_allowed_as_they_are_and_what_follows_is_filled_in() {
    let follows = "team `marketing` follows from project `content-pipeline`";
    let cases: [(Pairs<'_>, Pairs<'_>, &[&str]); 6] = [
        (
            &[("team", "search"), ("project", "rag"), ("feature", "anything at all")],
            &[("team", "search"), ("project", "rag"), ("feature", "anything at all")],
            &[],
        ),
        (
            &[("project", "content-pipeline")],
            &[("team", "marketing"), ("project", "content-pipeline")],
            &[follows],
        ),
        (
            &[("team", "unallocated"), ("project", "content-pipeline")],
            &[("team", "unallocated"), ("project", "content-pipeline")],
            &[],
        ),
        (
            &[("team", "data"), ("project", "unallocated"), ("client", "unallocated")],
            &[("team", "data"), ("project", "unallocated"), ("client", "unallocated")],
            &[],
        ),
        (
            &[("team", "data"), ("project", "rag"), ("client", "acme-2"), ("environment", "prod")],
            &[("team", "data"), ("project", "rag"), ("client", "acme-2"), ("environment", "prod")],
            &[],
        ),
        (&[("team.name", "data"), ("project.name", "rag")], &[("team", "data"), ("project", "rag")], &[]),
    ];
    for policy in [UnknownPolicy::Refuse, UnknownPolicy::Unallocated] {
        for (given, tags, notes) in cases {
            let expected = Classified::Allowed {
                tags: set(tags),
                notes: notes.iter().map(|note| (*note).to_owned()).collect(),
            };
            assert_eq!(taxonomy(policy).check(&set(given)).unwrap(), expected, "{given:?}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_with_everything_that_is_wrong_or_booked_as_unallocated() {
    let cases: [(Pairs<'_>, &str, Pairs<'_>); 9] = [
        (&[], "team is missing; project is missing", &[("team", UNALLOCATED), ("project", UNALLOCATED)]),
        (&[("project", "rag")], "team is missing", &[("team", UNALLOCATED), ("project", "rag")]),
        (
            &[("team", "serch"), ("project", "rag")],
            "team `serch` is unknown (did you mean `search`?)",
            &[("team", UNALLOCATED), ("project", "rag")],
        ),
        (
            &[("team", "legal"), ("project", "rag")],
            "team `legal` is unknown",
            &[("team", UNALLOCATED), ("project", "rag")],
        ),
        (
            &[("team", "marketing"), ("project", "rag")],
            "project `rag` belongs to team `data` or `search`, not to `marketing`",
            &[("team", "marketing"), ("project", UNALLOCATED)],
        ),
        (
            &[("team", "data"), ("project", "rags")],
            "project `rags` is unknown (did you mean `rag`?)",
            &[("team", "data"), ("project", UNALLOCATED)],
        ),
        (
            &[("team", "data"), ("project", "rag"), ("client", "Acme")],
            "client `Acme` is unknown",
            &[("team", "data"), ("project", "rag"), ("client", UNALLOCATED)],
        ),
        (
            &[("team", "data"), ("project", "rag"), ("client", "acme\u{a0}")],
            "client `acme\u{a0}` is unknown",
            &[("team", "data"), ("project", "rag"), ("client", UNALLOCATED)],
        ),
        (
            &[("project", "content-pipelin"), ("environment", "prd")],
            "team is missing; environment `prd` is unknown (did you mean `prod`?); \
             project `content-pipelin` is unknown (did you mean `content-pipeline`?)",
            &[("team", UNALLOCATED), ("project", UNALLOCATED), ("environment", UNALLOCATED)],
        ),
    ];
    for (given, explained, booked) in cases {
        let refused = taxonomy(UnknownPolicy::Refuse).check(&set(given)).unwrap();
        assert!(matches!(refused, Classified::Refused { .. }), "{given:?}");
        assert_eq!(refused.explain(), explained, "{given:?}");
        let Classified::Allowed { tags, notes } =
            taxonomy(UnknownPolicy::Unallocated).check(&set(given)).unwrap()
        else {
            panic!("{given:?} is refused")
        };
        assert_eq!(tags, set(booked), "{given:?}");
        let mut sentences: Vec<&str> = explained.split("; ").collect();
        let mut notes: Vec<&str> = notes.iter().map(String::as_str).collect();
        sentences.sort_unstable();
        notes.sort_unstable();
        assert_eq!(notes, sentences, "{given:?}");
    }
}

#[test]
fn a_refusal_is_data() {
    let given = set(&[("team", "marketing"), ("project", "rag"), ("environment", "prd")]);
    let expected = Classified::Refused {
        missing: vec![],
        unknown: vec![UnknownValue {
            key: TagKey::ENVIRONMENT,
            value: "prd".into(),
            nearest: Some("prod".into()),
        }],
        misplaced: vec![Misplaced {
            key: TagKey::PROJECT,
            value: "rag".into(),
            within: TagKey::TEAM,
            given: "marketing".into(),
            allowed: vec!["data".into(), "search".into()],
        }],
    };
    assert_eq!(taxonomy(UnknownPolicy::Refuse).check(&given).unwrap(), expected);
}

#[test]
fn nesting_reaches_over_several_levels() {
    let taxonomy = Taxonomy::builder()
        .nested("task", "project", [("draft", ["blog"]), ("index", ["rag"])])
        .nested("project", "team", [("blog", ["marketing"]), ("rag", ["data"])])
        .require("team")
        .build()
        .unwrap();
    let Classified::Allowed { tags, notes } = taxonomy.check(&set(&[("task", "draft")])).unwrap() else {
        panic!("refused")
    };
    assert_eq!(tags, set(&[("task", "draft"), ("project", "blog"), ("team", "marketing")]));
    assert_eq!(
        notes,
        ["project `blog` follows from task `draft`", "team `marketing` follows from project `blog`"]
    );
    let wrong = taxonomy.check(&set(&[("task", "draft"), ("team", "data")])).unwrap();
    assert_eq!(wrong.explain(), "project `blog` belongs to team `marketing`, not to `data`");
}

#[test]
fn an_empty_taxonomy_allows_everything_as_it_is() {
    let tags = set(&[("team", "any"), ("zone", "x")]);
    let expected = Classified::Allowed { tags: tags.clone(), notes: vec![] };
    assert_eq!(Taxonomy::default().check(&tags).unwrap(), expected);
    assert_eq!(toml::from_str::<Taxonomy>("").unwrap(), Taxonomy::default());
    assert_eq!(Taxonomy::default().keys(), []);
}

#[test]
fn a_tag_that_does_not_fit_in_the_set_any_more_is_an_error() {
    let full = TagSet::from_pairs((0..32).map(|index| (format!("k{index}"), "v"))).unwrap();
    let error = taxonomy(UnknownPolicy::Unallocated).check(&full).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitReached);
}

#[test]
fn booking_never_refuses_keeps_every_key_and_settles_in_one_step() {
    let keys = ["team", "project", "client", "environment", "zone"];
    let values = ["marketing", "search", "rag", "content-pipeline", "prod", "acme", "Wrong", UNALLOCATED];
    for seed in 0..5_000 {
        let mut random = Random::new(seed);
        let given = random.tags(&keys, &values);
        let (refuse, book) =
            (taxonomy_once(UnknownPolicy::Refuse), taxonomy_once(UnknownPolicy::Unallocated));
        let Classified::Allowed { tags, notes } = book.check(&given).unwrap() else {
            panic!("seed {seed}: {given} is refused")
        };
        assert!(given.iter().all(|(key, _)| tags.get(key).is_some()), "seed {seed}: {given}");
        assert!(book.required().iter().all(|key| tags.get(key).is_some()), "seed {seed}: {given}");
        let again = Classified::Allowed { tags: tags.clone(), notes: vec![] };
        assert_eq!(book.check(&tags).unwrap(), again, "seed {seed}: {given}");
        assert_eq!(refuse.check(&tags).unwrap(), again, "seed {seed}: {given}");
        // The strict policy allows exactly what the lenient one books without `unallocated`.
        if let Classified::Allowed { tags: strict, notes: same } = refuse.check(&given).unwrap() {
            assert_eq!((strict, same), (tags, notes), "seed {seed}: {given}");
        } else {
            assert!(!notes.is_empty(), "seed {seed}: {given}");
        }
    }
}

/// The taxonomy of the policy above, by the builder; reading it five thousand times would be slow.
fn taxonomy_once(policy: UnknownPolicy) -> Taxonomy {
    Taxonomy::builder()
        .require("team")
        .require("project.name")
        .unknown(policy)
        .values("team", ["marketing", "data", "search"])
        .pattern("client", "[a-z0-9-]+")
        .nested("project", "team", [("content-pipeline", vec!["marketing"]), ("rag", vec!["search", "data"])])
        .values("environment", ["prod", "staging"])
        .build()
        .unwrap()
}

#[test]
fn the_builder_and_the_policy_make_the_same_taxonomy() {
    for policy in [UnknownPolicy::Refuse, UnknownPolicy::Unallocated] {
        assert_eq!(taxonomy(policy), taxonomy_once(policy));
        assert_eq!(taxonomy(policy).unknown(), policy);
    }
    let keys = taxonomy(UnknownPolicy::Refuse).keys();
    assert_eq!(keys, [TagKey::CLIENT, TagKey::ENVIRONMENT, TagKey::PROJECT, TagKey::TEAM]);
}

#[test]
fn a_pattern_matches_the_whole_value() {
    let allows = |pattern: &str, value: &str| {
        let taxonomy = Taxonomy::builder().pattern("client", pattern).build().unwrap();
        matches!(taxonomy.check(&set(&[("client", value)])).unwrap(), Classified::Allowed { .. })
    };
    assert!(allows("a|ab", "ab"));
    assert!(!allows("a|b", "ab"));
    assert!(!allows("b", "abc"));
    assert!(allows("(?i)acme", "ACME"));
    assert!(allows("^acme$", "acme"));
}

#[test]
fn a_taxonomy_that_contradicts_itself_is_refused_with_names() {
    let cases = [
        ("required = ['team', 'team.name']", "`team` is required twice"),
        ("team = ['a']\n'team.name' = ['b']", "`team` has two rules"),
        ("team = []", "`team` lists no value, and would allow none"),
        ("team = ['']", "the value of `team` is empty"),
        ("'te am' = ['a']", "tag key `te am` has a ` `"),
        ("required = ['te am']", "tag key `te am` has a ` `"),
        ("client = { pattern = '[a-' }", "the pattern `[a-` of `client` can't be read: "),
        ("client = { pattern = 'a)(b' }", "the pattern `a)(b` of `client` can't be read: "),
        ("client = { pattern = '(a{900}){900}' }", "the pattern `(a{900}){900}` of `client` can't be read: "),
        ("team = { values = { a = 'b' }, within = 'team.name' }", "`team` is within itself"),
        ("project = { values = {}, within = 'team' }", "`project` lists no value"),
        ("project = { values = { rag = [] }, within = 'team' }", "project `rag` belongs to no team"),
        (
            "project = { values = { unallocated = 'a' }, within = 'team' }",
            "the project `unallocated` belongs to every team, and can't be given one",
        ),
        (
            "team = ['search']\nproject = { values = { rag = 'serch' }, within = 'team' }",
            "project `rag` belongs to team `serch`, which team doesn't allow (did you mean `search`?)",
        ),
        (
            "account = { pattern = '[0-9]+' }\nclient = { values = { acme = 'x' }, within = 'account' }",
            "client `acme` belongs to account `x`, which account doesn't allow",
        ),
        (
            "a = { values = { x = 'y' }, within = 'b' }\nb = { values = { y = 'z' }, within = 'c' }\n\
             c = { values = { z = 'x' }, within = 'a' }",
            "keys are nested in a circle: `a` within `b` within `c` within `a`",
        ),
        (
            "a = { values = { x = 'y' }, within = 'b' }\nb = { values = { y = 'z' }, within = 'c' }\n\
             c = { values = { z = 'y' }, within = 'b' }",
            "keys are nested in a circle: `b` within `c` within `b`",
        ),
        ("unknown = 'ignore'", "invalid value: string \"ignore\", expected `refuse` or `unallocated`"),
        ("team = 'a'", "expected a list of values, `{ pattern = .. }`, or `{ values = .. }`"),
        ("team = { patern = 'a' }", "unknown field `patern`, expected one of `pattern`, `values`, `within`"),
        ("team = {}", "a rule needs `pattern` or `values`"),
        ("team = { pattern = 'a', values = ['a'] }", "`pattern` stands alone"),
        ("team = { values = ['a'], within = 'client' }", "`within` needs `values` that tell"),
        ("team = { values = { a = 'b' } }", "`within` names no key for it"),
        ("team = { values = { a = 1 }, within = 'client' }", "expected a string or a list of strings"),
    ];
    for (policy, message) in cases {
        let error = toml::from_str::<Taxonomy>(policy).unwrap_err().to_string();
        assert!(error.contains(message), "{policy}: {error}");
    }
}

#[test]
fn the_builder_gives_the_code_of_what_is_wrong() {
    let build = |builder: super::TaxonomyBuilder| builder.build().unwrap_err().code();
    let builder = Taxonomy::builder;
    assert_eq!(build(builder().pattern("client", "[")), ErrorCode::TaxonomyInvalid);
    assert_eq!(build(builder().require("a b")), ErrorCode::TagKeyInvalid);
    assert_eq!(build(builder().values("team", [""])), ErrorCode::TagValueInvalid);
    assert_eq!(build(builder().nested("a", "b", [("x", ["y"]), ("x", ["z"])])), ErrorCode::TaxonomyInvalid);
    assert_eq!(build(builder().pattern("client", "a".repeat(1025))), ErrorCode::LimitReached);
    let many = (0..33).fold(builder(), |builder, index| builder.require(format!("k{index}")));
    assert_eq!(build(many), ErrorCode::LimitReached);
    let values = (0..=1 << 16).map(|index| index.to_string());
    assert_eq!(build(builder().values("user", values)), ErrorCode::LimitReached);
}

//! Every spelling comes to the same call, and every end to what it proves.

use super::*;
use crate::pricing::Dimension;

const CHAT: &[(&str, &str)] = &[("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "m")];
const TOLD: &[(&str, &str)] = &[("gen_ai.usage.input_tokens", "10"), ("gen_ai.usage.output_tokens", "5")];

fn read(parts: &[&[(&'static str, &'static str)]]) -> CallSpan {
    CallSpan::read(parts.iter().copied().flatten().copied())
}

#[test]
fn every_spelling_of_a_count_is_that_count() {
    for (name, spellings) in names::COUNTS {
        for spelling in *spellings {
            let span = read(&[CHAT, &[(spelling, "7")]]);
            assert!(span.counts.contains(&(*name, 7)), "{spelling}: {:?}", span.counts);
        }
    }
}

#[test]
fn the_first_spelling_that_is_a_count_counts() {
    let span = read(&[
        CHAT,
        &[("gen_ai.usage.input_tokens", "many"), ("gen_ai.usage.prompt_tokens", "300.0")],
        &[("llm.token_count.prompt", "1"), ("gen_ai.usage.output_tokens", "1.5")],
    ]);
    assert_eq!(span.total_tokens(), (300, 0));
    assert_eq!(span.end(), SpanEnd::Unresolved);
}

#[test]
fn an_input_below_what_was_cached_of_it_was_counted_without() {
    let cached = ("gen_ai.usage.cache_read_input_tokens", "900");
    let span = read(&[CHAT, TOLD, &[cached]]);
    assert!(span.is_disjoint());
    let usage = span.usage().unwrap();
    assert_eq!((usage.get(Dimension::InputUncached), usage.get(Dimension::CacheRead)), (10, 900));
    assert_eq!(span.total_tokens(), (910, 5));
}

#[test]
fn the_kind_of_a_span_is_told_by_the_clearest_name() {
    assert!(read(&[CHAT]).is_call());
    let plan = read(&[&[("gen_ai.operation.name", "plan"), ("llm.request.type", "chat")]]);
    assert!(!plan.is_call() && plan.has_kind());
    let http = read(&[TOLD]);
    assert!(!http.is_call() && !http.has_kind());
    assert!(read(&[&[("openinference.span.kind", "EMBEDDING")]]).is_call());
}

#[test]
fn a_call_ended_as_its_span_proves() {
    use SpanEnd::{Answered, Refused, Unresolved};
    const FAILED: (&str, &str) = ("otel.status_code", "ERROR");
    let input = ("gen_ai.usage.input_tokens", "10");
    let cases: &[(&[(&'static str, &'static str)], SpanEnd)] = &[
        (TOLD, Answered),
        (&[TOLD[0], TOLD[1], FAILED], Unresolved),
        (&[TOLD[0], TOLD[1], FAILED, ("gen_ai.response.finish_reasons.0", "stop")], Answered),
        (&[input], Unresolved),
        (&[input, ("gen_ai.operation.name", "embeddings")], Answered),
        (&[], Unresolved),
        (&[FAILED], Unresolved),
        (&[FAILED, ("http.response.status_code", "429")], Refused),
        (&[FAILED, ("http.response.status_code", "500"), ("error.type", "rate_limit_error")], Unresolved),
        (&[FAILED, ("http.response.status_code", "200"), ("error.type", "overloaded_error")], Unresolved),
        (&[FAILED, ("error.type", "429")], Refused),
        (&[FAILED, ("error.type", "503")], Unresolved),
        (&[FAILED, ("error.type", "openai.RateLimitError")], Refused),
        (&[FAILED, ("error.type", "client_timeout_error")], Unresolved),
        (&[FAILED, ("exception.type", "httpx.ConnectError")], Refused),
        (&[FAILED, ("exception.type", "httpx.ReadTimeout")], Unresolved),
        (&[FAILED, ("exception.message", "status_code: 429, model_name: m")], Refused),
        (&[FAILED, ("exception.message", "Error code: 500 - {}")], Unresolved),
        (&[FAILED, ("exception.type", "bursar.BudgetExceeded")], Refused),
        (&[FAILED, ("bursar.refused", "True")], Refused),
    ];
    for (attributes, end) in cases {
        assert_eq!(read(&[CHAT, attributes]).end(), *end, "{attributes:?}");
    }
}

#[test]
fn the_bound_of_a_call_is_what_was_asked_for_and_at_least_what_came() {
    let bound = |attributes: &[(&'static str, &'static str)]| {
        let bound = read(&[CHAT, attributes]).bound();
        (bound.input_tokens, bound.max_output_tokens)
    };
    assert_eq!(bound(&[]), (0, None));
    assert_eq!(bound(&[("gen_ai.request.max_tokens", "50"), TOLD[0]]), (10, Some(50)));
    assert_eq!(
        bound(&[("gen_ai.request.max_tokens", "50"), ("gen_ai.request.choice.count", "3")]),
        (0, Some(150))
    );
    assert_eq!(bound(&[("gen_ai.request.max_tokens", "2"), TOLD[0], TOLD[1]]), (10, Some(5)));
    assert_eq!(bound(&[("llm.invocation_parameters", r#"{"max_tokens": 70}"#)]), (0, Some(70)));
    assert_eq!(bound(&[("gen_ai.operation.name", "embeddings")]), (0, Some(0)));
}

#[test]
fn a_cost_is_stated_by_the_provider_alone_in_dollars_and_exactly() {
    let cost = |amount, source, currency| {
        let given = [
            ("gen_ai.usage.cost.amount", amount),
            ("gen_ai.usage.cost.source", source),
            ("gen_ai.usage.cost.currency", currency),
        ];
        CallSpan::read(given).stated_cost().map(|cost| cost.to_string())
    };
    assert_eq!(cost("0.1", "provider", "USD").as_deref(), Some("0.1"));
    assert_eq!(cost("2.5e-07", "provider", "USD").as_deref(), Some("0.00000025"));
    assert_eq!(cost("0.1", "local", "USD"), None);
    assert_eq!(cost("0.1", "provider", "EUR"), None);
    for no_cost in ["-1", "1000000", "nan", "inf", "many"] {
        assert_eq!(cost(no_cost, "provider", "USD"), None, "{no_cost}");
    }
}

#[test]
fn a_tag_has_its_canonical_spelling_before_others_and_what_was_asked_for_before_both() {
    let long = "x".repeat(257);
    let attributes = [
        ("traceloop.association.properties.team", "theirs"),
        ("team.name", "data"),
        ("session.id", "r1"),
        ("deployment.environment", "prod"),
        ("user.id", long.as_str()),
        ("client.name", " "),
        ("bursar.run.parents", "r0"),
        ("cost_center", "7"),
    ];
    let tags = span_tags(attributes, &["cost_center"]);
    let tags: Vec<_> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(tags, [("cost_center", "7"), ("environment", "prod"), ("run", "r1"), ("team", "data")]);
}

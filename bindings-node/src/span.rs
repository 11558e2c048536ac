//! What a span tells of its call, and the tags among attributes.

use crate::{
    fault::{Answered, answered},
    pairs::{flat_of_usage, pairs},
};
use bursar::{CallSpan, span_tags};
use napi_derive::napi;

/// What the span of a call of a model tells.
#[napi(object)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not by itself")]
pub(crate) struct SpanTold {
    pub is_call: bool,
    pub has_kind: bool,
    pub provider: Option<String>,
    pub models: Vec<String>,
    pub has_usage: bool,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub is_disjoint: bool,
    pub terms: Vec<String>,
    pub stated_cost: Option<String>,
    pub response: Option<String>,
    /// How the call ended: `answered`, `unresolved` or `refused`.
    pub end: String,
    pub max_output_tokens: Option<i64>,
}

/// Reads the attributes of a span, a flat list of names and texts.
#[napi]
pub(crate) fn read_span(attributes: Vec<String>) -> SpanTold {
    let span = CallSpan::read(pairs(&attributes));
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let (input, output) = span.total_tokens();
    SpanTold {
        is_call: span.is_call(),
        has_kind: span.has_kind(),
        provider: span.provider().map(str::to_owned),
        models: span.models().to_vec(),
        has_usage: span.has_usage(),
        input_tokens: number(input),
        output_tokens: number(output),
        is_disjoint: span.is_disjoint(),
        terms: span.terms().iter().flat_map(|(key, name)| [key.to_owned(), name.to_owned()]).collect(),
        stated_cost: span.stated_cost().map(|cost| cost.to_string()),
        response: span.response().map(str::to_owned),
        end: span.end().as_str().to_owned(),
        max_output_tokens: span.bound().max_output_tokens.map(number),
    }
}

/// The usage that a span tells, in our own dimensions.
#[napi]
pub(crate) fn usage_of_span(attributes: Vec<String>) -> Answered<Vec<String>> {
    answered(CallSpan::read(pairs(&attributes)).usage().map(|usage| flat_of_usage(&usage)))
}

/// The tags among attributes by their short names, with those of the keys that are asked for beside them.
#[napi]
pub(crate) fn tags_among(attributes: Vec<String>, more: Vec<String>) -> Vec<String> {
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    span_tags(pairs(&attributes), &more).into_iter().flat_map(|(key, value)| [key, value]).collect()
}

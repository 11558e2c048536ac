//! Recorded calls of providers, where they lie beside the repository: what a request is bounded by is never below the
//! input that its answer reports, from its size and a list of what it has, since the bodies themselves weren't kept.
//!
//! How tight the bound is gets printed, for each kind of call.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{Answer, Api, ApiRequest, Bursar, RequestSize};
use bursar_tests::reference;
use serde_json::Value;
use std::collections::BTreeMap;

/// Words of a record for what a model sees or hears.
const MEDIA: &[&str] = &["image", "audio", "video", "document", "file", "fileData", "inlineData"];
/// Words of a record for tools that the provider runs.
const SERVED: &[&str] = &["web_search", "code_execution"];
/// The kind of a call for which the provider does more than to let the model read it once.
const SERVER: &str = "server-side tools or state";
/// Calls whose own words outweigh what stands around them.
const LONG: &[(&str, &str)] =
    &[("text, 500 tokens and more", "text"), ("tools, 500 tokens and more", "tools")];
const LONG_TOKENS: u64 = 500;
/// What an answer says of a request that used what lies with the provider, or that was read more than once.
const TRACES: &[&str] = &[
    "\"previous_response_id\": \"",
    "\"conversation\": {",
    "\"compaction",
    "\"mode\": \"pro\"",
    "cachedContentTokenCount",
    "toolUsePromptTokenCount",
    "groundingMetadata",
    "urlContextMetadata",
    "executableCode",
    "server_tool_use\"",
    "_search_call\"",
    "code_interpreter_call",
    "mcp_",
    "image_generation_call",
    "tool_search",
    "systemTool",
    "server_tool_use_details",
    "executed_tools",
    "\"annotations\": [{",
];

/// Names of tools that Anthropic defines and the caller runs.
const OWN_TOOLS: &[&str] =
    &["\"name\": \"memory\"", "\"name\": \"bash\"", "\"name\": \"computer\"", "str_replace_based_edit_tool"];

/// A call whose answer reports its input.
struct Call {
    id: String,
    api: Api,
    host: String,
    path: String,
    model: Option<String>,
    bytes: Option<u64>,
    has: Vec<String>,
    kind: &'static str,
    /// Whether the model called a tool that its provider defines.
    is_own: bool,
    /// Every token that was read, by whichever model.
    tokens: u64,
}

fn calls() -> Option<Vec<Call>> {
    Some(reference::answers()?.iter().filter_map(call).collect())
}

fn call(record: &Value) -> Option<Call> {
    let word = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
    let (host, path) = (word("host"), word("path"));
    let (api, is_counted) = api(&host, &path)?;
    let body = record["stream"].as_str().map_or_else(|| record["response"].to_string(), str::to_owned);
    let answer = Answer::read(api, body.as_bytes(), &word("content_type"));
    let others = answer.others().iter().map(|other| other.usage().total_input());
    let tokens = match answer.usage() {
        Some(usage) if !is_counted => usage.total_input() + others.sum::<u64>(),
        _ => reported(&body),
    };
    let has: Vec<String> = record["request_has"]
        .as_array()
        .map(|words| words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect())
        .unwrap_or_default();
    let asked = record["request"]["model"].as_str();
    let bytes = record["request_bytes"].as_u64();
    let kind = match kind(bytes, &has, &body) {
        _ if is_counted => "only counted",
        _ if is_another(asked, answer.model()) => SERVER,
        kind => kind,
    };
    let model = asked.or(answer.model()).or(record["response"]["model"].as_str()).map(str::to_owned);
    let is_own = OWN_TOOLS.iter().any(|tool| spaced(&body).contains(tool));
    (tokens > 0).then_some(Call { id: word("id"), api, host, path, model, bytes, has, kind, is_own, tokens })
}

/// The kind of a request, and whether it was only counted or put into a cache: nothing was generated, and yet the answer
/// tells what would have been read.
fn api(host: &str, path: &str) -> Option<(Api, bool)> {
    const COUNTED: &[(&str, Api)] = &[
        ("/count_tokens", Api::Messages),
        ("/input_tokens", Api::Responses),
        ("/count-tokens", Api::Converse),
        ("/cachedContents", Api::GenerateContent),
    ];
    let counted = || COUNTED.iter().find(|(end, _)| path.ends_with(end)).map(|(_, api)| (*api, true));
    Api::detect(host, path).map(|api| (api, false)).or_else(counted)
}

/// The largest count of input in an answer of which no usage is read, whatever it is called.
fn reported(answer: &str) -> u64 {
    const NAMES: &[&str] =
        &["input_tokens", "inputTokens", "prompt_tokens", "promptTokenCount", "totalTokenCount"];
    let spaced = spaced(answer);
    let counts = NAMES.iter().flat_map(|name| {
        spaced.split(&format!("\"{name}\": ")).skip(1).map(str::to_owned).collect::<Vec<_>>()
    });
    let digits = |text: String| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    counts.filter_map(|text| digits(text).parse().ok()).max().unwrap_or(0)
}

/// The kind of a call, by what its request has and by what its answer shows.
fn kind(bytes: Option<u64>, has: &[String], answer: &str) -> &'static str {
    let any = |words: &[&str]| has.iter().any(|word| words.contains(&word.as_str()));
    let spaced = spaced(answer);
    if bytes.is_none() {
        "of unknown size"
    } else if any(SERVED) || TRACES.iter().any(|trace| spaced.contains(trace)) {
        SERVER
    } else if any(MEDIA) {
        "media"
    } else if any(&["tools"]) {
        "tools"
    } else {
        "text"
    }
}

/// JSON with the white space that most of the records have.
fn spaced(answer: &str) -> String {
    answer.replace("\":", "\": ").replace(":  ", ": ").replace("[ {", "[{")
}

/// Whether a model of another maker than the one that was asked for took its place.
fn is_another(asked: Option<&str>, served: Option<&str>) -> bool {
    let maker =
        |name: Option<&str>| name.and_then(|name| name.split_once('/')).map(|(maker, _)| maker.to_owned());
    maker(asked).zip(maker(served)).is_some_and(|(asked, served)| asked != served)
}

/// What the caller says of a request, beside its size.
fn sized(call: &Call, words: &[&str]) -> ApiRequest {
    let size = call.bytes.map_or_else(RequestSize::unknown, RequestSize::new);
    let size = call.model.iter().fold(size, |size, model| size.model(model));
    let size = size.has(words.iter().copied()).unwrap();
    ApiRequest::sized(call.api, &call.path, &size).unwrap_or_else(|error| panic!("{}: {error}", call.id))
}

/// The context windows of models, as the price book has them.
struct Windows(Bursar);

impl Windows {
    fn of(&self, host: &str, model: &str) -> Option<u64> {
        const PROVIDERS: &[(&str, &str)] = &[
            ("openai", "openai"),
            ("anthropic", "anthropic"),
            ("googleapis", "google"),
            ("amazonaws", "aws"),
            ("groq", "groq"),
            ("mistral", "mistral"),
            ("openrouter", "openrouter"),
            ("cohere", "cohere"),
            ("deepseek", "deepseek"),
            ("cerebras", "cerebras"),
        ];
        let (_, provider) = PROVIDERS.iter().find(|(part, _)| host.contains(part))?;
        let model = self.0.model(Some(provider), model).ok()?;
        model.prices().context_window(self.0.now()).ok().flatten()
    }
}

/// How many times the tokens of each call its bound is, by kind.
#[derive(Default)]
struct Ratios(BTreeMap<&'static str, Vec<f64>>);

impl Ratios {
    fn add(&mut self, kind: &'static str, bound: u64, tokens: u64) {
        self.0.entry(kind).or_default().push(bound as f64 / tokens as f64);
    }

    /// The middle one of each kind, once all are printed.
    fn print(&mut self, title: &str) -> BTreeMap<&'static str, f64> {
        let mut lines =
            vec![format!("{title:<28} {:>6} {:>9} {:>9} {:>9}", "calls", "least", "median", "p95")];
        let mut middle = BTreeMap::new();
        for (kind, ratios) in &mut self.0 {
            ratios.sort_by(f64::total_cmp);
            let at = |part: usize| ratios[(ratios.len() * part / 100).min(ratios.len() - 1)];
            let (count, least) = (ratios.len(), ratios[0]);
            lines.push(format!("{kind:<28} {count:>6} {least:>9.2} {:>9.2} {:>9.2}", at(50), at(95)));
            middle.insert(*kind, at(50));
        }
        eprintln!("{}", lines.join("\n"));
        middle
    }
}

/// Every recorded call, bounded with some words for each.
fn bounded<'c>(
    calls: &'c [Call],
    words: impl Fn(&'c Call) -> Vec<&'c str>,
    title: &str,
) -> BTreeMap<&'static str, f64> {
    let windows = Windows(Bursar::builder().in_memory().unwrap());
    let (mut ratios, mut below) = (Ratios::default(), Vec::new());
    for call in calls {
        let request = sized(call, &words(call));
        let bound = request.input(windows.of(&call.host, request.model()));
        ratios.add(call.kind, bound.tokens(), call.tokens);
        if let Some((kind, _)) =
            LONG.iter().find(|(_, kind)| *kind == call.kind && call.tokens >= LONG_TOKENS)
        {
            ratios.add(kind, bound.tokens(), call.tokens);
        }
        if bound.tokens() < call.tokens {
            let lines: Vec<_> = bound.lines().iter().map(ToString::to_string).collect();
            below.push(format!(
                "{} {} {}: {} of {}",
                call.id,
                call.kind,
                request.model(),
                lines.join(", "),
                call.tokens
            ));
        }
        assert_eq!(bound.lines().iter().map(|line| line.tokens).sum::<u64>(), bound.tokens(), "{}", call.id);
    }
    let middle = ratios.print(title);
    assert!(below.is_empty(), "{} of {} above their bound: {below:#?}", below.len(), calls.len());
    middle
}

#[test]
fn the_size_of_a_request_bounds_what_was_read_in_every_recorded_call() {
    let Some(calls) = calls() else { return };
    assert!(calls.len() > 1_840, "{} calls", calls.len());
    bounded(&calls, |call| call.has.iter().map(String::as_str).collect(), "from the size alone");
}

/// What a caller says of a request that is all that the model reads.
fn self_contained(call: &Call) -> Vec<&str> {
    let words = call.has.iter().map(String::as_str);
    let words = words.map(|word| if word == "tools" && !call.is_own { "functions" } else { word });
    words.chain(["self_contained"]).collect()
}

/// Where the caller says that the model reads nothing but these bytes and the tools are its own, as it can of every call
/// whose answer shows no trace of anything else.
#[test]
fn a_request_that_is_all_there_is_bounds_what_was_read() {
    let Some(mut calls) = calls() else { return };
    calls.retain(|call| matches!(call.kind, "text" | "tools" | "media"));
    let middle = bounded(&calls, self_contained, "self-contained");
    for (kind, most) in [("text", 20.0), ("tools", 8.0), (LONG[0].0, 6.0), (LONG[1].0, 4.0)] {
        assert!(middle[kind] < most, "{kind}: {middle:?}");
    }
}

//! OpenAI's Responses, of OpenAI, Azure, Bedrock, OpenRouter and others that speak it.
//!
//! The usage is in the response itself, which a stream sends whole with `response.completed` (or `.incomplete`,
//! `.failed`). Tools of the server are counted from the items of the output: searches that were made, not pages that
//! were opened. Images that a tool made aren't in the usage; where `tool_usage` counts them they are told beside it, and
//! where nothing does, the usage is only a part.

use super::{
    Api,
    answer::OtherUsage,
    count::Count,
    dialect::{Dialect, Told},
    openai_usage::OpenAiUsage,
    seen::Seen,
    text::{Given, List, Object, Text},
};
use crate::{
    error::Result,
    pricing::{Dimension, Usage},
};
use serde::Deserialize;

/// Containers of one answer that are told apart.
const MAX_CONTAINERS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Responses {
    usage: Option<OpenAiUsage>,
    tools: Usage,
}

/// An event of a stream, with the response in it.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Event {
    r#type: Text,
    response: Object<Response>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response {
    status: Text,
    model: Text,
    service_tier: Text,
    error: Given,
    output: List<Item>,
    usage: Object<OpenAiUsage>,
    tool_usage: Object<ToolUsage>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Item {
    r#type: Text,
    action: Object<Action>,
    container_id: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Action {
    r#type: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ToolUsage {
    image_gen: Object<OpenAiUsage>,
    web_search: Object<WebSearch>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WebSearch {
    num_requests: Count,
}

impl Dialect for Responses {
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told> {
        let event: Event = serde_json::from_slice(json)?;
        if let Some(response) = event.response.0 {
            return Ok(self.take(response, seen));
        }
        match event.r#type.as_str() {
            // A response itself has no type.
            "" => Ok(self.take(serde_json::from_slice(json)?, seen)),
            "error" => {
                seen.failed = true;
                Ok(Told::Nothing)
            }
            _ => Ok(Told::Nothing),
        }
    }

    fn usage(&self) -> Result<Option<Usage>> {
        let Some(usage) = &self.usage else { return Ok(None) };
        let Some(usage) = usage.read(Api::Responses)? else { return Ok(None) };
        // What the usage counts itself wins over what was counted in the output.
        Ok(Some(self.tools.iter().fold(usage, |usage, (dimension, count)| {
            if usage.get(dimension) == 0 { usage.with(dimension, count) } else { usage }
        })))
    }
}

impl Responses {
    fn take(&mut self, response: Response, seen: &mut Seen) -> Told {
        seen.model(response.model);
        seen.tier(response.service_tier);
        seen.failed |= response.error.0 || response.status.as_str() == "failed";
        seen.unfinished = matches!(response.status.as_str(), "queued" | "in_progress");
        seen.ended |= !seen.unfinished;
        let Some(usage) = response.usage.0.filter(OpenAiUsage::is_given) else { return Told::Nothing };
        seen.cost(usage.cost());
        self.tools = tools(&response.output.0, response.tool_usage.get(), seen);
        seen.partial |= self.tools.is_empty() && usage.is_partial();
        self.usage = Some(usage);
        Told::Usage
    }
}

/// The work of the server's tools.
fn tools(items: &[Item], counted: Option<&ToolUsage>, seen: &mut Seen) -> Usage {
    let is = |item: &Item, kind: &str| item.r#type.as_str() == kind;
    let count = |kind: &str| items.iter().filter(|item| is(item, kind)).count() as u64;
    let is_search = |item: &&Item| {
        is(item, "web_search_call")
            && matches!(item.action.get().map_or("search", |action| action.r#type.as_str()), "search" | "")
    };
    let mut searches = items.iter().filter(is_search).count() as u64;
    let mut containers: Vec<&str> = items
        .iter()
        .filter(|item| is(item, "code_interpreter_call"))
        .take(MAX_CONTAINERS)
        .map(|item| item.container_id.as_str())
        .collect();
    containers.sort_unstable();
    containers.dedup();
    if let Some(counted) = counted
        && let Some(Count::Whole(requests)) = counted.web_search.get().map(|search| &search.num_requests)
    {
        searches = searches.max(*requests);
    }
    images(count("image_generation_call") > 0, counted.and_then(|counted| counted.image_gen.get()), seen);
    Usage::new()
        .with(Dimension::WebSearches, searches)
        .with(Dimension::FileSearches, count("file_search_call"))
        .with(Dimension::CodeSessions, containers.len() as u64)
}

/// Images that a tool made: another model's usage, or nobody's.
fn images(made: bool, counted: Option<&OpenAiUsage>, seen: &mut Seen) {
    seen.others.clear();
    let usage = counted.map(|counted| counted.read(Api::Images));
    match usage {
        Some(Ok(Some(usage))) if !usage.is_empty() => {
            seen.others.push(OtherUsage { kind: "image_generation_call".to_owned(), model: None, usage });
        }
        Some(Err(error)) => seen.fault = Some(error),
        _ => seen.partial = made,
    }
}

//! Anthropic's usage report: counts by kind of token, without amounts.
//!
//! Input, cache reads and cache writes are disjoint here. Calls of the Workbench have no API key.

use super::anthropic_cost::context;
use super::json::pages;
use super::{Lines, Place};
use crate::error::Result;
use crate::pricing::Dimension;
use crate::report::reconcile::line::{BillSource, ProviderLine, term};
use crate::time::Timestamp;
use serde::Deserialize;

const WHAT: &str = "anthropic usage report";
/// The credential of a call that was made without an API key.
const WORKBENCH: &str = "workbench";

#[derive(Deserialize)]
struct Bucket {
    starting_at: Timestamp,
    ending_at: Timestamp,
    results: Vec<Used>,
}

#[derive(Deserialize)]
struct Used {
    uncached_input_tokens: u64,
    cache_read_input_tokens: u64,
    output_tokens: u64,
    cache_creation: Option<Written>,
    server_tool_use: Option<Tools>,
    /// Absent where the report isn't grouped by key; null for the Workbench.
    #[serde(default)]
    api_key_id: Key,
    workspace_id: Option<String>,
    model: Option<String>,
    service_tier: Option<String>,
    context_window: Option<String>,
    inference_geo: Option<String>,
}

#[derive(Default, Deserialize)]
struct Written {
    #[serde(default)]
    ephemeral_5m_input_tokens: u64,
    #[serde(default)]
    ephemeral_1h_input_tokens: u64,
}

#[derive(Default, Deserialize)]
struct Tools {
    #[serde(default)]
    web_search_requests: u64,
}

/// An API key.
#[derive(Clone, Default)]
enum Key {
    /// The report doesn't tell.
    #[default]
    Untold,
    /// The call had none.
    Workbench,
    Own(String),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map_or(Self::Workbench, Self::Own))
    }
}

pub(super) fn read(bytes: &[u8], lines: &mut Lines) -> Result<()> {
    let buckets: Vec<Bucket> = pages(bytes, WHAT)?.into_iter().flat_map(|page| page.data).collect();
    // Null keys mean the Workbench only where the report is grouped by key at all.
    let by_key =
        buckets.iter().flat_map(|bucket| &bucket.results).any(|used| matches!(used.api_key_id, Key::Own(_)));
    let mut row = 0;
    for bucket in buckets {
        for used in bucket.results {
            row += 1;
            push(&used, (bucket.starting_at, bucket.ending_at), by_key, Place { what: WHAT, row }, lines)?;
        }
    }
    Ok(())
}

fn push(
    used: &Used,
    span: (Timestamp, Timestamp),
    by_key: bool,
    place: Place<'_>,
    lines: &mut Lines,
) -> Result<()> {
    let written = used.cache_creation.as_ref();
    let tools = used.server_tool_use.as_ref();
    let counts = [
        (Dimension::InputUncached, used.uncached_input_tokens),
        (Dimension::CacheRead, used.cache_read_input_tokens),
        (Dimension::CacheWrite5m, written.map_or(0, |own| own.ephemeral_5m_input_tokens)),
        (Dimension::CacheWrite1h, written.map_or(0, |own| own.ephemeral_1h_input_tokens)),
        (Dimension::Output, used.output_tokens),
        (Dimension::WebSearches, tools.map_or(0, |own| own.web_search_requests)),
    ];
    let credential = match &used.api_key_id {
        Key::Own(key) => Some(key.clone()),
        Key::Workbench if by_key => Some(WORKBENCH.to_owned()),
        Key::Workbench | Key::Untold => None,
    };
    let context = used.context_window.as_deref().map(|window| context(window, place)).transpose()?;
    for (dimension, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        let line = ProviderLine {
            sub_account: used.workspace_id.clone(),
            credential: credential.clone(),
            model_raw: used.model.clone(),
            dimension: Some(dimension),
            tier: used.service_tier.as_deref().map(term),
            context: context.clone(),
            geo: used.inference_geo.as_deref().map(term),
            quantity: Some(i128::from(count)),
            ..ProviderLine::new("anthropic", BillSource::UsageApi, span)
        };
        lines.push(line, place)?;
    }
    Ok(())
}

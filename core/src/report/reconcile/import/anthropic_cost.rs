//! Anthropic's cost report: days in UTC, amounts as decimal strings in cents.
//!
//! Grouped by description, a result names model, token type, tier and context; ungrouped it is one amount a day.
//! Priority Tier is not in this report.

use super::json::{currency, pages};
use super::words::{article, words};
use super::{Lines, Place};
use crate::error::Result;
use crate::pricing::Dimension;
use crate::report::reconcile::amount::ReportedAmount;
use crate::report::reconcile::line::{BillSource, ChargeKind, ProviderLine, STANDARD, term};
use crate::time::Timestamp;
use serde::Deserialize;

const WHAT: &str = "anthropic cost report";

#[derive(Deserialize)]
struct Bucket {
    starting_at: Timestamp,
    ending_at: Timestamp,
    results: Vec<Cost>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the provider's")]
struct Cost {
    amount: String,
    currency: String,
    workspace_id: Option<String>,
    description: Option<String>,
    cost_type: Option<String>,
    model: Option<String>,
    token_type: Option<String>,
    service_tier: Option<String>,
    context_window: Option<String>,
    inference_geo: Option<String>,
    speed: Option<String>,
}

pub(super) fn read(bytes: &[u8], lines: &mut Lines) -> Result<()> {
    let mut row = 0;
    for bucket in pages::<Bucket>(bytes, WHAT)?.into_iter().flat_map(|page| page.data) {
        for cost in bucket.results {
            row += 1;
            let place = Place { what: WHAT, row };
            lines.push(line(cost, (bucket.starting_at, bucket.ending_at), place)?, place)?;
        }
    }
    Ok(())
}

fn line(cost: Cost, span: (Timestamp, Timestamp), place: Place<'_>) -> Result<ProviderLine> {
    let currency = currency(&cost.currency, place)?;
    let amount =
        ReportedAmount::parse_minor(&cost.amount, currency).map_err(|cause| place.caused("amount", cause))?;
    let told = cost.description.as_deref().map(|text| article(&words(text))).unwrap_or_default();
    let dimension = match cost.cost_type.as_deref() {
        Some("web_search") => Some(Dimension::WebSearches),
        Some("code_execution") => Some(Dimension::CodeSeconds),
        None | Some("tokens") => match cost.token_type.as_deref() {
            Some(kind) => Some(token_type(kind).ok_or_else(|| unknown(place, "token_type", kind))?),
            None => told.dimension,
        },
        // A kind that is newer than this release: what it charges is no token.
        Some(_) => None,
    };
    let is_fee = dimension.is_none() && !matches!(cost.cost_type.as_deref(), None | Some("tokens"));
    let is_tokens = cost.cost_type.as_deref() == Some("tokens");
    let model = cost.model.or_else(|| (is_tokens && !told.model.is_empty()).then(|| told.model.join(" ")));
    let tier = match (cost.service_tier.as_deref().map(term), cost.speed.as_deref().map(term)) {
        (tier, Some(speed)) if speed != STANDARD => {
            Some(tier.filter(|own| own != STANDARD).map_or(speed.clone(), |tier| format!("{tier}+{speed}")))
        }
        (tier, _) => tier.or_else(|| told.tier.map(str::to_owned)),
    };
    Ok(ProviderLine {
        kind: if is_fee { ChargeKind::Fee } else { ChargeKind::Usage },
        sub_account: cost.workspace_id,
        model_raw: model,
        sku: cost.cost_type,
        dimension,
        tier,
        context: cost.context_window.as_deref().map(|window| context(window, place)).transpose()?,
        geo: cost.inference_geo.as_deref().map(term),
        amount: Some(amount),
        description: cost.description,
        ..ProviderLine::new("anthropic", BillSource::CostApi, span)
    })
}

fn token_type(text: &str) -> Option<Dimension> {
    Some(match text {
        "uncached_input_tokens" => Dimension::InputUncached,
        "output_tokens" => Dimension::Output,
        "cache_read_input_tokens" => Dimension::CacheRead,
        "cache_creation.ephemeral_5m_input_tokens" => Dimension::CacheWrite5m,
        "cache_creation.ephemeral_1h_input_tokens" => Dimension::CacheWrite1h,
        _ => return None,
    })
}

/// `0-200k` is the standard; `200k-1M` is above its first edge.
pub(super) fn context(window: &str, place: Place<'_>) -> Result<String> {
    match window {
        "0-200k" => Ok(STANDARD.to_owned()),
        "200k-1M" => Ok(">200000".to_owned()),
        other => Err(unknown(place, "context_window", other)),
    }
}

#[cold]
pub(super) fn unknown(place: Place<'_>, field: &str, found: &str) -> crate::error::Error {
    place.fault(field, &format!("`{found}` isn't known"))
}

//! The terms that a request asks for.

use super::node::Node;
use crate::pricing::Terms;

pub(super) fn read(path: &str, body: &Node<'_>) -> Terms {
    let mut terms = Terms::new();
    if let Some(tier) = body.any(&["service_tier", "serviceTier"]) {
        let name = tier.as_text().or_else(|| tier.text("type")).unwrap_or_default();
        // Google spells its tiers as constants.
        terms = terms.service_tier(name.strip_prefix("SERVICE_TIER_").unwrap_or(name));
    }
    if let Some(speed) = body.text("speed") {
        terms = terms.speed(speed);
    }
    if let Some(latency) = body.get("performanceConfig").and_then(|config| config.text("latency")) {
        terms = terms.speed(latency);
    }
    if let Some(geography) = body.text("inference_geo") {
        terms = terms.data_residency(geography);
    }
    if path.contains(":batchGenerateContent") || path.contains(":asyncBatchEmbedContent") {
        terms = terms.processing("batch");
    }
    terms
}

//! Attributes: their names, and those of a tag set and a model.

use crate::tags::{TagKey, TagSet};
use opentelemetry::KeyValue;
use std::sync::Arc;

pub(super) const MODEL: &str = "gen_ai.request.model";
pub(super) const PROVIDER: &str = "gen_ai.provider.name";
pub(super) const TOKEN_TYPE: &str = "gen_ai.token.type";
pub(super) const DIMENSION: &str = "bursar.dimension";
pub(super) const DECISION: &str = "bursar.decision";
pub(super) const BUDGET: &str = "bursar.budget.name";
pub(super) const INSTANCE: &str = "bursar.budget.instance";
pub(super) const OVERFLOW: &str = "otel.metric.overflow";

/// Attributes that no tag may shadow.
pub(super) const OWN_ATTRIBUTES: [&str; 6] = [MODEL, PROVIDER, TOKEN_TYPE, DIMENSION, DECISION, OVERFLOW];

/// The attributes of a series, sorted by key: in another order an SDK keeps them twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Labels(Vec<KeyValue>);

impl Labels {
    pub(super) fn new(pairs: impl IntoIterator<Item = KeyValue>) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_unstable_by(|left, right| left.key.cmp(&right.key));
        Self(pairs)
    }

    /// Those of a call: its tags by the chosen keys, and its model, named `provider/model`.
    pub(super) fn of(keys: &[TagKey], tags: &TagSet, model: Option<&str>) -> Self {
        let text = |value: &str| Arc::<str>::from(value);
        let tags =
            keys.iter().filter_map(|key| Some(KeyValue::new(key.as_str().to_owned(), text(tags.get(key)?))));
        let (provider, model) = match model.and_then(|name| name.split_once('/')) {
            Some((provider, model)) => (Some(provider), Some(model)),
            None => (None, model),
        };
        let provider = provider.map(|provider| KeyValue::new(PROVIDER, text(provider)));
        let model = model.map(|model| KeyValue::new(MODEL, text(model)));
        Self::new(tags.chain(provider).chain(model))
    }

    /// These and more.
    pub(super) fn with(&self, more: impl IntoIterator<Item = KeyValue>) -> Self {
        Self::new(self.0.iter().cloned().chain(more))
    }

    /// The one series of everything that found no place.
    pub(super) fn overflow() -> Self {
        Self(vec![KeyValue::new(OVERFLOW, true)])
    }

    pub(super) fn pairs(&self) -> &[KeyValue] {
        &self.0
    }

    /// A text to order equals by, so that the same ledger always names the same series.
    pub(super) fn sort_key(&self) -> String {
        let parts: Vec<_> = self.0.iter().map(|pair| format!("{}={}", pair.key, pair.value)).collect();
        parts.join("\n")
    }
}

//! What two sides are compared by, from the finest key to the coarsest.

use super::line::{ChargeKind, ProviderLine};
use crate::pricing::Dimension;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How fine the key is by which two sides were matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchLevel {
    /// Day, model, kind of usage, terms and credential.
    Exact,
    /// The same without the credential.
    NoCredential,
    /// The same without the terms: day, model and kind of usage.
    NoTier,
    /// Day and model.
    ModelDay,
    /// The day alone.
    AccountDay,
}

impl MatchLevel {
    /// The name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::NoCredential => "no_credential",
            Self::NoTier => "no_tier",
            Self::ModelDay => "model_day",
            Self::AccountDay => "account_day",
        }
    }
}

/// What a line counts under. A field that is absent isn't known, or is summed over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MatchKey {
    /// The start of the UTC day.
    pub day: Timestamp,
    /// What is charged for.
    pub kind: ChargeKind,
    /// The model by its canonical name, without the provider.
    pub model: Option<String>,
    /// The kind of usage.
    pub dimension: Option<Dimension>,
    /// The service tier or way of processing.
    pub tier: Option<String>,
    /// The price tier of the context.
    pub context: Option<String>,
    /// The region or data residency.
    pub geo: Option<String>,
    /// The API key.
    pub credential: Option<String>,
}

impl MatchKey {
    /// A day's charges of a kind, with nothing else known.
    pub(super) fn of_day(day: Timestamp, kind: ChargeKind) -> Self {
        Self {
            day,
            kind,
            model: None,
            dimension: None,
            tier: None,
            context: None,
            geo: None,
            credential: None,
        }
    }

    /// The key of a bill's line, whose model has its canonical name.
    pub(super) fn of(line: &ProviderLine, model: Option<String>) -> Self {
        Self {
            day: line.day(),
            kind: line.kind,
            model,
            dimension: line.dimension,
            tier: line.tier.clone(),
            context: line.context.clone(),
            geo: line.geo.clone(),
            credential: line.credential.clone(),
        }
    }

    /// What is left of the key at a level.
    pub(super) fn at(&self, level: MatchLevel) -> Self {
        let mut key = self.clone();
        if level >= MatchLevel::NoCredential {
            key.credential = None;
        }
        if level >= MatchLevel::NoTier {
            (key.tier, key.context, key.geo) = (None, None, None);
        }
        if level >= MatchLevel::ModelDay {
            key.dimension = None;
        }
        if level >= MatchLevel::AccountDay {
            key.model = None;
        }
        key
    }
}

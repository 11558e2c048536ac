//! What a caller says of a call before it is sent.

use crate::budget::CallKey;
use crate::error::Result;
use crate::money::Money;
use crate::pricing::{BoundRequest, ModelHandle, Terms};
use crate::tags::Symbol;
use crate::time::Timestamp;
use std::{sync::Arc, time::Duration};

/// A model resolved to its prices, once.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) prices: ModelHandle,
    pub(super) name: Arc<str>,
    pub(super) symbol: Symbol,
    pub(super) price_version: Symbol,
    /// The price book that it was found in; a later one is asked again.
    pub(super) epoch: u64,
}

impl Model {
    /// The canonical name: `provider/model`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its prices.
    pub fn prices(&self) -> &ModelHandle {
        &self.prices
    }

    /// Whether it was found in another price book than the one in force.
    pub(super) const fn is_of_another(&self, epoch: u64) -> bool {
        self.epoch != epoch
    }
}

/// The name under which a model is booked: `provider/model`, or `provider/region.model` where the call's name gives one.
pub(super) fn canonical_name(model: &ModelHandle, now: Timestamp) -> Result<String> {
    model.booked_name(now)
}

/// A call: its model, its bound, and how it may be known again.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    pub(super) model: &'a Model,
    pub(super) bound: BoundRequest,
    /// Other models that may answer in its place.
    pub(super) others: Vec<(&'a Model, BoundRequest)>,
    /// The caller's key, hashed, and its length in bytes.
    pub(super) key: Option<(CallKey, usize)>,
    pub(super) fingerprint: Option<u64>,
    pub(super) lifetime: Option<Duration>,
}

impl<'a> Call<'a> {
    /// A call of a model with a number of input tokens, at most.
    pub fn new(model: &'a Model, input_tokens: u64) -> Self {
        let bound = BoundRequest { input_tokens, ..BoundRequest::default() };
        Self { model, bound, others: Vec::new(), key: None, fingerprint: None, lifetime: None }
    }

    /// The most input tokens, where they weren't known yet.
    #[must_use]
    pub fn input_tokens(mut self, tokens: u64) -> Self {
        self.bound.input_tokens = tokens;
        self
    }

    /// The most output tokens that were asked for. Left out, it is the model's own maximum.
    #[must_use]
    pub fn max_output_tokens(mut self, tokens: u64) -> Self {
        self.bound.max_output_tokens = Some(tokens);
        self
    }

    /// Service tier, batch, region and speed.
    #[must_use]
    pub fn terms(mut self, terms: Terms) -> Self {
        self.bound.terms = terms;
        self
    }

    /// Replaces the whole bound, for calls with more than tokens.
    #[must_use]
    pub fn bound(mut self, bound: BoundRequest) -> Self {
        self.bound = bound;
        self
    }

    /// Another model that may answer in the place of the first, or that it may ask on the way, as where a router has
    /// fallbacks. The hold is that of the dearest.
    #[must_use]
    pub fn or(mut self, model: &'a Model, bound: BoundRequest) -> Self {
        self.others.push((model, bound));
        self
    }

    /// The caller's own key for the call, of at most 256 bytes: the same key gives the same hold.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some((CallKey::of(key), key.len()));
        self
    }

    /// A hash of the request, by which loops are found.
    #[must_use]
    pub fn fingerprint(mut self, fingerprint: u64) -> Self {
        self.fingerprint = Some(fingerprint);
        self
    }

    /// How long the hold lives if nobody ends it; the policy's lifetime when left out.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The models that may answer, each with its bound.
    fn models(&self) -> impl Iterator<Item = (&'a Model, &BoundRequest)> {
        let others = self.others.iter().map(|(model, bound)| (*model, bound));
        std::iter::once((self.model, &self.bound)).chain(others)
    }

    /// Whether a model was found in another price book than the one in force.
    pub(super) fn is_of_another(&self, epoch: u64) -> bool {
        self.models().any(|(model, _)| model.is_of_another(epoch))
    }

    /// The most that the call can cost, whichever model answers.
    pub(super) fn most(&self, now: Timestamp) -> Result<Money> {
        let first = self.model.prices.bound(&self.bound, now)?.money();
        self.others
            .iter()
            .try_fold(first, |most, (model, bound)| Ok(most.max(model.prices.bound(bound, now)?.money())))
    }

    /// The output tokens that fit, whichever model answers.
    pub(super) fn affordable_output_tokens(&self, remaining: Money, now: Timestamp) -> Result<u64> {
        let affordable = |(model, bound): (&Model, &BoundRequest)| {
            model.prices.affordable_output_tokens(bound, remaining, now)
        };
        self.models().map(affordable).try_fold(u64::MAX, |least, tokens| Ok(least.min(tokens?)))
    }
}

//! A model found in a price book: what the hot path prices by.

use super::{
    Bound, BoundRequest, Matched, Quote, Terms, Usage, bound, matching::Entry, quote, version::PriceVersion,
};
use crate::{
    error::Result,
    money::{ExactMoney, Money},
    time::Timestamp,
};
use std::sync::Arc;

/// A model found in a price book. Clones are cheap, and it keeps the prices of the book in which it was found.
///
/// An alias can stand for another model at another time, so what a handle prices by depends on the instant.
#[derive(Clone, Debug)]
pub struct ModelHandle {
    entry: Arc<Entry>,
    matched: Matched,
}

impl ModelHandle {
    pub(super) const fn new(entry: Arc<Entry>, matched: Matched) -> Self {
        Self { entry, matched }
    }

    /// Prices usage as it was at an instant.
    ///
    /// # Errors
    /// `model_unpriced`, `dimension_unpriced`, `tier_unknown`, `usage_invalid` or `money_overflow`. Never a price of
    /// zero for want of one.
    #[inline]
    pub fn quote(&self, usage: &Usage, terms: &Terms, at: Timestamp) -> Result<Quote> {
        self.entry.quote(self.matched, usage, terms, at)
    }

    /// The total of [`quote`](Self::quote) alone.
    ///
    /// # Errors
    /// As [`quote`](Self::quote).
    #[inline]
    pub fn cost(&self, usage: &Usage, terms: &Terms, at: Timestamp) -> Result<ExactMoney> {
        let card = self.entry.model(at)?.card(at)?;
        quote::cost(&card.prices(terms, || usage.total_input(), at)?, usage)
    }

    /// The most that a call can cost.
    ///
    /// # Errors
    /// `bound_missing` without a limit on the output, and those of [`quote`](Self::quote).
    pub fn bound(&self, request: &BoundRequest, at: Timestamp) -> Result<Bound> {
        bound::bound(self.entry.model(at)?, request, at)
    }

    /// How many output tokens still fit into an amount beside the rest of the call, up to the model's maximum; 0 when
    /// the input alone doesn't fit.
    ///
    /// # Errors
    /// Those of [`quote`](Self::quote).
    pub fn affordable_output_tokens(
        &self,
        request: &BoundRequest,
        remaining: Money,
        at: Timestamp,
    ) -> Result<u64> {
        bound::affordable(self.entry.model(at)?, request, remaining, at)
    }

    /// The provider's id.
    pub fn provider(&self) -> &str {
        &self.entry.provider
    }

    /// The id of the model at an instant, which an alias may change.
    ///
    /// # Errors
    /// `model_unknown` when an alias stands for none at that time; so of the next ones.
    pub fn model(&self, at: Timestamp) -> Result<&str> {
        Ok(&self.entry.model(at)?.id)
    }

    /// The most output tokens that the model gives, where the book tells.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub fn max_output_tokens(&self, at: Timestamp) -> Result<Option<u64>> {
        Ok(self.entry.model(at)?.max_output_tokens)
    }

    /// The most tokens that the model takes, where the book tells.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub fn context_window(&self, at: Timestamp) -> Result<Option<u64>> {
        Ok(self.entry.model(at)?.context_window)
    }

    /// Where the figures come from, and the day on which they were last compared with it.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub fn source(&self, at: Timestamp) -> Result<(Option<&str>, Option<&str>)> {
        let model = self.entry.model(at)?;
        Ok((model.source.as_deref(), model.verified.as_deref()))
    }

    /// How the name led to the model.
    pub const fn matched(&self) -> Matched {
        self.matched
    }

    /// The version of the price book.
    pub fn price_version(&self) -> PriceVersion {
        self.entry.version
    }
}

impl Entry {
    #[inline]
    pub(super) fn quote(
        &self,
        matched: Matched,
        usage: &Usage,
        terms: &Terms,
        at: Timestamp,
    ) -> Result<Quote> {
        let card = self.model(at)?.card(at)?;
        Quote::new(&card.prices(terms, || usage.total_input(), at)?, usage, matched, self.version)
    }
}

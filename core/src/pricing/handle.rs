//! A model found in a price book: what the hot path prices by.

use super::{
    Bound, BoundRequest, Charges, Explanation, Matched, Quote, Terms, Usage, bound,
    card::{Card, Status},
    matching::Entry,
    model::Model,
    quote,
    terms::Axis,
    version::PriceVersion,
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
    /// Where the name says that the call is served.
    region: Option<Arc<str>>,
}

impl ModelHandle {
    pub(super) const fn new(entry: Arc<Entry>, matched: Matched, region: Option<Arc<str>>) -> Self {
        Self { entry, matched, region }
    }

    /// Prices usage as it was at an instant.
    ///
    /// # Errors
    /// `model_unpriced`, `dimension_unpriced`, `tier_unknown`, `usage_invalid` or `money_overflow`. Never a price of
    /// zero for want of one.
    #[inline]
    pub fn quote(&self, usage: &Usage, terms: &Terms, at: Timestamp) -> Result<Quote> {
        match &self.region {
            None => self.entry.quote(self.matched, usage, terms, at),
            Some(region) => self.entry.quote_in(region, usage, terms, at),
        }
    }

    /// The total of [`quote`](Self::quote) alone.
    ///
    /// # Errors
    /// As [`quote`](Self::quote).
    #[inline]
    pub fn cost(&self, usage: &Usage, terms: &Terms, at: Timestamp) -> Result<ExactMoney> {
        if self.region.is_some() {
            return Ok(self.quote(usage, terms, at)?.total());
        }
        let card = self.entry.model(at)?.card(at)?;
        quote::cost(&card.prices(terms, || usage.total_input(), at)?, usage)
    }

    /// The lines of [`quote`](Self::quote) as they are booked, and the terms that they are priced by, into a buffer.
    #[inline]
    pub(crate) fn charge(
        &self,
        usage: &Usage,
        terms: &Terms,
        at: Timestamp,
        into: &mut Charges,
    ) -> Result<()> {
        let card = self.entry.model(at)?.card(at)?;
        match self.region.as_ref().and_then(|region| terms_in(card, region, terms, at)) {
            None => into.fill(card, usage, terms, at),
            Some(terms) => into.fill(card, usage, &terms, at),
        }
    }

    /// The most that a call can cost.
    ///
    /// # Errors
    /// `bound_missing` without a limit on the output, and those of [`quote`](Self::quote).
    #[inline]
    pub fn bound(&self, request: &BoundRequest, at: Timestamp) -> Result<Bound> {
        let model = self.entry.model(at)?;
        match self.in_region(model, &request.terms, at)? {
            None => bound::bound(model, request, at),
            Some(terms) => bound::bound(model, &BoundRequest { terms, ..request.clone() }, at),
        }
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
        let model = self.entry.model(at)?;
        match self.in_region(model, &request.terms, at)? {
            None => bound::affordable(model, request, remaining, at),
            Some(terms) => {
                bound::affordable(model, &BoundRequest { terms, ..request.clone() }, remaining, at)
            }
        }
    }

    /// The terms with the region of the name, where the model has a price of that region.
    fn in_region(&self, model: &Model, terms: &Terms, at: Timestamp) -> Result<Option<Terms>> {
        let Some(region) = &self.region else { return Ok(None) };
        Ok(terms_in(model.card(at)?, region, terms, at))
    }

    /// Why a quote is what it is: how the name was matched, of when the card is, what the price was chosen by.
    ///
    /// # Errors
    /// As [`quote`](Self::quote).
    pub fn explain(&self, usage: &Usage, terms: &Terms, at: Timestamp) -> Result<Explanation> {
        let quote = self.quote(usage, terms, at)?;
        let model = self.entry.model(at)?;
        Explanation::new(quote, model, &self.entry.name, (usage, terms), at)
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

    /// The name under which calls are booked: the provider and the id, with the region where the name gives one.
    /// It leads to the same prices again.
    ///
    /// # Errors
    /// As [`model`](Self::model).
    pub fn booked_name(&self, at: Timestamp) -> Result<String> {
        let (provider, model) = (self.provider(), self.model(at)?);
        Ok(match &self.region {
            None => format!("{provider}/{model}"),
            Some(region) => format!("{provider}/{region}.{model}"),
        })
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

    /// Whether the book states that calls cost nothing.
    ///
    /// # Errors
    /// As [`model`](Self::model), and `model_unpriced`.
    pub fn is_free(&self, at: Timestamp) -> Result<bool> {
        Ok(self.entry.model(at)?.card(at)?.status == Status::Free)
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

    /// The same where the name gives a region: at its price, or at the plain one, which the quote tells.
    #[cold]
    pub(super) fn quote_in(
        &self,
        region: &str,
        usage: &Usage,
        terms: &Terms,
        at: Timestamp,
    ) -> Result<Quote> {
        match terms_in(self.model(at)?.card(at)?, region, terms, at) {
            Some(terms) => self.quote(Matched::RegionApplied, usage, &terms, at),
            None => self.quote(Matched::RegionIgnored, usage, terms, at),
        }
    }
}

/// The terms with a region, where the card has a price of it; a region that the call names itself stays.
fn terms_in(card: &Card, region: &str, terms: &Terms, at: Timestamp) -> Option<Terms> {
    if terms.get(Axis::Region).is_some() {
        return Some(terms.clone());
    }
    // The card refuses a region that it doesn't know, whatever the other terms are.
    card.prices(&Terms::new().region(region), || 0, at).ok()?;
    Some(terms.clone().region(region))
}

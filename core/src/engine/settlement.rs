//! What a call turned out to be, and what it comes to.

use super::call::Model;
use super::state::State;
use crate::budget::HoldId;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{EntryLine, check_amount};
use crate::money::Money;
use crate::pricing::{Quote, Terms, Usage};
use crate::tags::Symbol;
use crate::time::Timestamp;

/// What a call turned out to be: its usage, and what differs from what was asked for.
#[derive(Clone, Debug)]
pub struct Settlement<'a> {
    what: What<'a>,
    model: Option<&'a Model>,
    terms: Terms,
}

#[derive(Clone, Debug)]
enum What<'a> {
    Usage(&'a Usage),
    Cost(Money),
}

impl<'a> Settlement<'a> {
    /// A call with this usage, of the model and on the standard terms that were asked for.
    pub fn new(usage: &'a Usage) -> Self {
        Self { what: What::Usage(usage), model: None, terms: Terms::default() }
    }

    /// A call whose cost is known from elsewhere, as from the provider's answer.
    pub fn cost(amount: Money) -> Self {
        Self { what: What::Cost(amount), model: None, terms: Terms::default() }
    }

    /// The model that really served the call.
    #[must_use]
    pub fn model(mut self, model: &'a Model) -> Self {
        self.model = Some(model);
        self
    }

    /// The service tier, region and mode that really served the call.
    #[must_use]
    pub fn terms(mut self, terms: Terms) -> Self {
        self.terms = terms;
        self
    }
}

impl Settlement<'_> {
    /// The quote of the usage; nothing where the cost came from elsewhere.
    pub(super) fn quote(
        &self,
        state: &State,
        hold: HoldId,
        (asked, at): (Symbol, Timestamp),
    ) -> Result<Option<Quote>> {
        let What::Usage(usage) = self.what else { return Ok(None) };
        let model = self.model.or(state.model(asked)).ok_or_else(|| unpriced(hold))?;
        model.prices.quote(usage, &self.terms, at).map(Some)
    }

    /// What the settlement comes to. The quote stays where it was made: it is large.
    pub(super) fn priced<'q>(
        &self,
        state: &State,
        asked: Symbol,
        quote: Option<&'q Quote>,
    ) -> Result<Priced<'q>> {
        let cost = match (&self.what, quote) {
            (What::Cost(cost), _) => *cost,
            (What::Usage(_), quote) => quote.map_or(Money::ZERO, Quote::money),
        };
        check_amount(cost)?;
        let version = self.model.or(state.model(asked)).map(|model| model.price_version);
        let model = self.model.map_or(asked, |model| model.symbol);
        Ok(Priced { quote, version: version.filter(|_| quote.is_some()), cost, model })
    }
}

/// What a settlement comes to.
#[derive(Clone, Copy)]
pub(super) struct Priced<'q> {
    quote: Option<&'q Quote>,
    /// The version of the prices; nothing where the cost came from elsewhere.
    pub(super) version: Option<Symbol>,
    pub(super) cost: Money,
    pub(super) model: Symbol,
}

impl Priced<'_> {
    /// Usage and cost by dimension, as they are booked.
    pub(super) fn lines(&self) -> impl Iterator<Item = EntryLine> {
        let lines = self.quote.into_iter().flat_map(|quote| quote.lines().iter().zip(quote.booked_lines()));
        lines.map(|(line, amount)| EntryLine {
            dimension: line.dimension(),
            quantity: line.quantity(),
            amount,
        })
    }
}

impl<'a> From<&'a Usage> for Settlement<'a> {
    fn from(usage: &'a Usage) -> Self {
        Self::new(usage)
    }
}

/// What a settlement booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The number of the ledger entry; 0 when a repetition booked nothing.
    pub entry: u64,
    /// What the call cost.
    pub cost: Money,
    /// What it had held.
    pub bound: Money,
    /// Whether it cost more than it held.
    pub is_overrun: bool,
    /// Whether it came after the hold had ended, and the difference was booked.
    pub is_late: bool,
    /// Whether it repeats an earlier settlement, and nothing was booked.
    pub is_replay: bool,
}

fn unpriced(hold: HoldId) -> Error {
    Error::new(ErrorCode::ModelUnpriced, format!("the model of hold {hold} has no price any more"))
        .with_help("settle with the model that served the call, or with its cost")
}

//! What a call turned out to be, and what it comes to.

use super::call::Model;
use super::state::State;
use crate::budget::HoldId;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::check_amount;
use crate::money::Money;
use crate::pricing::{Charges, Terms, Usage};
use crate::tags::Symbol;
use crate::time::Timestamp;

/// What a call turned out to be: its usage, and what differs from what was asked for.
#[derive(Clone, Debug)]
pub struct Settlement<'a> {
    what: What<'a>,
    model: Option<&'a Model>,
    terms: Terms,
    others: &'a [(Option<Model>, &'a Usage)],
}

#[derive(Clone, Debug)]
enum What<'a> {
    Usage(&'a Usage),
    Cost(Money),
}

impl<'a> Settlement<'a> {
    /// A call with this usage, of the model and on the standard terms that were asked for.
    pub fn new(usage: &'a Usage) -> Self {
        Self { what: What::Usage(usage), model: None, terms: Terms::default(), others: &[] }
    }

    /// A call whose cost is known from elsewhere, as from the provider's answer.
    pub fn cost(amount: Money) -> Self {
        Self { what: What::Cost(amount), model: None, terms: Terms::default(), others: &[] }
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

impl<'a> Settlement<'a> {
    /// Usage beside the call's own, each by its own model, or by the one that was asked for.
    pub(super) fn others(mut self, others: &'a [(Option<Model>, &'a Usage)]) -> Self {
        self.others = others;
        self
    }
}

impl Settlement<'_> {
    /// What the settlement comes to. Its lines lie in the state's charges, from where its entry takes them.
    pub(super) fn price(
        &self,
        state: &mut State,
        hold: HoldId,
        (asked, at): (Symbol, Timestamp),
    ) -> Result<Priced> {
        let (charges, known) = state.pricing_of(asked);
        charges.clear();
        let (cost, version) = match self.what {
            What::Cost(cost) => (cost, None),
            What::Usage(usage) => {
                let model = self.model.or(known).ok_or_else(|| unpriced(hold))?;
                model.prices.charge(usage, &self.terms, at, charges)?;
                for (other, usage) in self.others {
                    let mut beside = Charges::default();
                    let other = other.as_ref().or(known).unwrap_or(model);
                    other.prices.charge(usage, &Terms::default(), at, &mut beside)?;
                    charges.merge(&beside)?;
                }
                (charges.total(), Some(model.price_version))
            }
        };
        check_amount(cost)?;
        Ok(Priced { version, cost, model: self.model.map_or(asked, |model| model.symbol) })
    }
}

/// What a settlement comes to.
#[derive(Clone, Copy)]
pub(super) struct Priced {
    /// The version of the prices; nothing where the cost came from elsewhere.
    pub(super) version: Option<Symbol>,
    pub(super) cost: Money,
    pub(super) model: Symbol,
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

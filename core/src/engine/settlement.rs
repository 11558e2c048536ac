//! What a call turned out to be, and what it comes to.

use super::call::Model;
use super::state::State;
use super::stated::StatedCost;
use crate::budget::{Booking, HoldId};
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
    stated: Option<Money>,
}

#[derive(Clone, Copy, Debug)]
enum What<'a> {
    Usage(&'a Usage),
    Cost(Money),
    /// Nothing but the cost that the provider states.
    Stated,
}

impl<'a> Settlement<'a> {
    /// A call with this usage, of the model and on the standard terms that were asked for.
    pub fn new(usage: &'a Usage) -> Self {
        Self::of(What::Usage(usage))
    }

    /// A call whose cost is known from elsewhere.
    pub fn cost(amount: Money) -> Self {
        Self::of(What::Cost(amount))
    }

    /// A call of which nothing is known but the cost that its provider states.
    pub(super) fn stated(amount: Money) -> Self {
        Self::of(What::Stated).stated_cost(amount)
    }

    fn of(what: What<'a>) -> Self {
        Self { what, model: None, terms: Terms::default(), others: &[], stated: None }
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

    /// The cost that the provider states. The policy says whether it is booked; the other one is kept beside it.
    #[must_use]
    pub fn stated_cost(mut self, amount: Money) -> Self {
        self.stated = Some(amount);
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
    pub(super) const fn has_stated(&self) -> bool {
        self.stated.is_some()
    }

    /// What the settlement comes to. Its lines lie in the state's charges, from where its entry takes them.
    pub(super) fn price(
        &self,
        state: &mut State,
        hold: HoldId,
        (asked, at): (Symbol, Timestamp),
        choice: StatedCost,
    ) -> Result<Priced> {
        if let Some(stated) = self.stated.filter(|stated| stated.is_negative()) {
            return Err(Error::new(ErrorCode::UsageInvalid, format!("a cost of {stated} is below zero")));
        }
        let (charges, known) = state.pricing_of(asked);
        charges.clear();
        let own = match self.what {
            What::Usage(usage) => self.charge(usage, (charges, known), (hold, at)),
            What::Cost(cost) => Ok((cost, None)),
            What::Stated => Err(unpriced(hold)),
        };
        let model = self.model.map_or(asked, |model| model.symbol);
        let mut priced = match (own, self.stated) {
            (Ok((own, version)), Some(stated)) if choice == StatedCost::Instead => {
                charges.share_out(stated);
                Priced { version, terms: None, cost: stated, beside: Some(own), is_stated: true, model }
            }
            (Ok((cost, version)), beside) => {
                Priced { version, terms: None, cost, beside, is_stated: false, model }
            }
            (Err(error), Some(stated)) if choice.fills() && is_missing(&error) => {
                charges.clear();
                if let What::Usage(usage) = self.what {
                    charges.count(usage);
                }
                Priced { version: None, terms: None, cost: stated, beside: None, is_stated: true, model }
            }
            (Err(error), _) => return Err(error),
        };
        check_amount(priced.cost)?;
        priced.beside.map_or(Ok(()), check_amount)?;
        priced.terms = state.charged_terms();
        Ok(priced)
    }

    /// Our price of the usage, with its lines in the charges.
    fn charge(
        &self,
        usage: &Usage,
        (charges, known): (&mut Charges, Option<&Model>),
        (hold, at): (HoldId, Timestamp),
    ) -> Result<(Money, Option<Symbol>)> {
        let model = self.model.or(known).ok_or_else(|| unpriced(hold))?;
        model.prices.charge(usage, &self.terms, at, charges)?;
        for (other, usage) in self.others {
            let mut beside = Charges::default();
            let other = other.as_ref().or(known).unwrap_or(model);
            other.prices.charge(usage, &Terms::default(), at, &mut beside)?;
            charges.merge(&beside)?;
        }
        Ok((charges.total(), Some(model.price_version)))
    }
}

/// What a settlement comes to.
#[derive(Clone, Copy)]
pub(super) struct Priced {
    /// The version of the prices; nothing where the cost came from elsewhere.
    pub(super) version: Option<Symbol>,
    /// The terms that it was priced by; nothing for the standard ones.
    pub(super) terms: Option<Symbol>,
    pub(super) cost: Money,
    /// The other one of our price and the stated cost, where both are known.
    pub(super) beside: Option<Money>,
    pub(super) is_stated: bool,
    pub(super) model: Symbol,
}

impl<'a> From<&'a Usage> for Settlement<'a> {
    fn from(usage: &'a Usage) -> Self {
        Self::new(usage)
    }
}

/// What a settlement booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not by itself")]
pub struct Settled {
    /// The number of the ledger entry; 0 when a repetition booked nothing.
    pub entry: u64,
    /// What the call cost.
    pub cost: Money,
    /// The cost that was known too: what the provider stated, or our price where what it stated was booked.
    pub beside: Option<Money>,
    /// Whether what the provider stated was booked, by the policy's choice.
    pub is_stated: bool,
    /// What it had held.
    pub bound: Money,
    /// Whether it cost more than it held.
    pub is_overrun: bool,
    /// Whether it came after the hold had ended, and the difference was booked.
    pub is_late: bool,
    /// Whether it repeats an earlier settlement, and nothing was booked.
    pub is_replay: bool,
}

impl Settled {
    /// What a booking came to under its entry's number.
    pub(super) fn of(booking: &Booking, priced: &Priced, seq: u64) -> Self {
        Self {
            entry: if booking.is_replay { 0 } else { seq },
            cost: priced.cost,
            beside: priced.beside,
            is_stated: priced.is_stated,
            bound: booking.bound,
            is_overrun: priced.cost > booking.bound,
            is_late: booking.is_late(),
            is_replay: booking.is_replay,
        }
    }
}

fn unpriced(hold: HoldId) -> Error {
    Error::new(ErrorCode::ModelUnpriced, format!("the model of hold {hold} has no price any more"))
        .with_help("settle with the model that served the call, or with its cost")
}

/// Whether an error says that we can't tell the price, rather than that it is out of bounds.
fn is_missing(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::ModelUnknown
            | ErrorCode::ModelUnpriced
            | ErrorCode::DimensionUnpriced
            | ErrorCode::TierUnknown
            | ErrorCode::UsageInvalid
    )
}

//! A model's prices over time.

use super::{
    card::{Card, CardDraft, Status},
    fraction::Fraction,
    nearest,
};
use crate::{
    error::{Error, ErrorCode, Result},
    time::Timestamp,
};
use std::sync::Arc;

/// Cards that one model may have.
pub(super) const MAX_CARDS: usize = 64;

/// Another name of a model over a span of time.
#[derive(Clone, Debug)]
pub(super) struct AliasDraft {
    pub(super) name: String,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// A factor of the policy on what the book says.
#[derive(Clone, Debug)]
pub(super) struct Discount {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) factor: Fraction,
    /// A discount on the model replaces one on its whole provider.
    pub(super) of_model: bool,
}

/// A model as it is read, before it is compiled.
#[derive(Clone, Debug)]
pub(super) struct ModelDraft {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) aliases: Vec<AliasDraft>,
    pub(super) first_party: Option<bool>,
    pub(super) context_window: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) source: Option<String>,
    pub(super) verified: Option<String>,
    /// Where several hold, the last one wins.
    pub(super) cards: Vec<CardDraft>,
    pub(super) discounts: Vec<Discount>,
}

impl ModelDraft {
    /// Cuts time where a card or a discount begins or ends, and compiles a card for each span.
    pub(super) fn compile(&self, provider: Arc<str>) -> Result<Model> {
        let spans = self.cards.iter().map(|card| (card.from, card.until));
        let discounts = self.discounts.iter().map(|discount| (discount.from, discount.until));
        let mut edges: Vec<Timestamp> =
            spans.chain(discounts).flat_map(|(from, until)| [from, until]).collect();
        edges.sort_unstable();
        edges.dedup();
        let name: Arc<str> = format!("{provider}/{}", self.model).into();
        let mut cards = Vec::with_capacity(self.cards.len());
        for (from, until) in edges.iter().copied().zip(edges.iter().copied().skip(1)) {
            let Some(draft) = self.cards.iter().rev().find(|card| card.from <= from && from < card.until)
            else {
                continue;
            };
            let factor = if draft.from_policy { Fraction::ONE } else { self.discount_at(from)? };
            cards.push(Card::compile(draft, &name, (from, until), factor)?);
        }
        Ok(Model {
            provider,
            id: self.model.clone(),
            cards: cards.into_boxed_slice(),
            context_window: self.context_window,
            max_output_tokens: self.max_output_tokens,
            source: self.source.clone(),
            verified: self.verified.clone(),
        })
    }

    fn discount_at(&self, at: Timestamp) -> Result<Fraction> {
        let holding = |of_model: bool| {
            let all = self.discounts.iter().filter(move |discount| discount.of_model == of_model);
            all.filter(move |discount| discount.from <= at && at < discount.until)
        };
        let of_model = holding(true).count() > 0;
        let mut found = holding(of_model);
        let first = found.next().map_or(Fraction::ONE, |discount| discount.factor);
        if found.next().is_some() {
            let message = format!("`{}/{}` has two discounts at {at}", self.provider, self.model);
            return Err(Error::new(ErrorCode::PriceBookInvalid, message)
                .with_help("give one discount for the model, or one for the provider, at a time"));
        }
        Ok(first)
    }
}

/// A model's compiled prices, and what else the book tells of it.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) provider: Arc<str>,
    pub(super) id: String,
    /// In the order of time, without overlap.
    cards: Box<[Card]>,
    pub(super) context_window: Option<u64>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) source: Option<String>,
    pub(super) verified: Option<String>,
}

impl Model {
    /// The card that holds at an instant.
    #[inline]
    pub(super) fn card(&self, at: Timestamp) -> Result<&Card> {
        match self.cards.iter().rev().find(|card| card.from <= at && at < card.until) {
            Some(card) if !matches!(card.status, Status::Unpriced(_)) => Ok(card),
            found => Err(self.unpriced(found, at)),
        }
    }

    #[cold]
    fn unpriced(&self, found: Option<&Card>, at: Timestamp) -> Error {
        let name = format!("{}/{}", self.provider, self.id);
        let message = match (found.map(|card| &card.status), self.cards.first(), self.cards.last()) {
            (Some(Status::Unpriced(reason)), ..) => {
                format!("`{}` has no price at {at}: {reason}", nearest::shown(&name))
            }
            (_, Some(first), Some(last)) => {
                let span = match (first.from, last.until) {
                    (from, Timestamp::MAX) => format!("from {from} on"),
                    (Timestamp::MIN, until) => format!("until {until}"),
                    (from, until) => format!("from {from} until {until}"),
                };
                format!("`{}` has no price at {at}, only {span}", nearest::shown(&name))
            }
            _ => format!("`{}` has no price", nearest::shown(&name)),
        };
        Error::new(ErrorCode::ModelUnpriced, message).with("model", name)
    }
}

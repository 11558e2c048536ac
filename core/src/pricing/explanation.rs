//! Why a quote is what it is.

use super::{Matched, Quote, Terms, Usage, model::Model, terms::Axis};
use crate::{error::Result, time::Timestamp};
use std::fmt;

/// A quote with what led to it; it prints as a paragraph that a person can follow.
#[derive(Clone, Debug)]
pub struct Explanation {
    quote: Quote,
    name: String,
    model: String,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    total_input: u64,
    input_range: (u64, u64),
    terms: Terms,
    source: Option<String>,
}

impl Explanation {
    pub(super) fn new(
        quote: Quote,
        model: &Model,
        name: &str,
        (usage, terms): (&Usage, &Terms),
        at: Timestamp,
    ) -> Result<Self> {
        let card = model.card(at)?;
        let total_input = usage.total_input();
        let mut range = (0, u64::MAX);
        for to in card.edges().iter().copied() {
            if total_input <= to {
                range.1 = to;
                break;
            }
            range.0 = to.saturating_add(1);
        }
        Ok(Self {
            quote,
            name: name.to_owned(),
            model: format!("{}/{}", model.provider, model.id),
            from: (card.from > Timestamp::MIN).then_some(card.from),
            until: (card.until < Timestamp::MAX).then_some(card.until),
            total_input,
            input_range: range,
            terms: terms.clone(),
            source: model.source.clone(),
        })
    }

    /// The quote.
    pub const fn quote(&self) -> &Quote {
        &self.quote
    }

    /// The model whose prices are used: `provider/model`.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Since when, and until when, the card holds; nothing where the book knows no other.
    pub const fn card(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.from, self.until)
    }

    /// The first and the last total of input tokens that have the same prices.
    pub const fn input_range(&self) -> (u64, u64) {
        self.input_range
    }

    /// What is assumed: of the name in words that never change, and of kinds that are priced as another.
    pub fn assumptions(&self) -> Vec<String> {
        let named = self.quote.matched().assumptions().iter().map(|assumed| (*assumed).to_owned());
        let rated = self.quote.assumptions();
        named.chain(rated.map(|line| format!("{} as {}", line.dimension(), line.rated_as()))).collect()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.quote)?;
        write!(f, "matched `{}` as `{}`: {}", self.name, self.model, self.quote.matched())?;
        match (self.from, self.until) {
            (None, None) => {}
            (Some(from), None) => write!(f, "\ncard from {from}")?,
            (None, Some(until)) => write!(f, "\ncard until {until}")?,
            (Some(from), Some(until)) => write!(f, "\ncard from {from} until {until}")?,
        }
        match self.input_range {
            (0, u64::MAX) => {}
            (from, u64::MAX) => write!(f, "\ninput {} is at or above {from}", self.total_input)?,
            (from, to) => write!(f, "\ninput {} is within {from} to {to}", self.total_input)?,
        }
        if !self.terms.is_standard() {
            let names = Axis::ALL.iter().filter_map(|axis| Some((axis, self.terms.get(*axis)?)));
            let told: Vec<_> = names.map(|(axis, name)| format!("{} {name}", axis.as_str())).collect();
            write!(f, "\nterms {}", told.join(", "))?;
        }
        if self.quote.matched() == Matched::RegionApplied {
            f.write_str("\nthe price is that of the region in the name")?;
        }
        let assumptions = self.assumptions();
        if !assumptions.is_empty() {
            write!(f, "\nassumed {}", assumptions.join(", "))?;
        }
        self.source.iter().try_for_each(|source| write!(f, "\nsource {source}"))
    }
}

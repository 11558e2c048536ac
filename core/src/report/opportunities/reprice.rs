//! What a call that was made would have cost otherwise: of another size, in a batch, with less input, from a cache.
//!
//! Nothing is computed for a call whose own price the book doesn't give to the last pico: then the cost was stated by the
//! provider, or the prices have been replaced since, and a difference would compare two different things.

use super::family::siblings;
use crate::ledger::{Entry, EntryLine};
use crate::money::Money;
use crate::pricing::{Dimension, ModelHandle, PriceBook, Terms, Usage};
use crate::tags::{Dictionary, Symbol};
use crate::time::Timestamp;
use std::collections::HashMap;

/// What an entry's terms say where the input was past an edge of the prices.
const CONTEXT: &str = "context=>";

/// Terms as an entry names them.
#[derive(Clone, Debug, Default)]
pub(super) struct NamedTerms {
    terms: Terms,
    /// The edge that the input was past.
    pub(super) edge: Option<u64>,
}

impl NamedTerms {
    /// Reads what [`Entry::terms`] holds; nothing for terms that aren't known.
    fn read(text: &str) -> Option<Self> {
        let mut own = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            if let Some(edge) = part.strip_prefix(CONTEXT) {
                own.edge = Some(edge.parse().ok()?);
                continue;
            }
            let (key, name) = part.split_once('=')?;
            let terms = own.terms;
            own.terms = match key {
                "service_tier" => terms.service_tier(name),
                "processing" => terms.processing(name),
                "speed" => terms.speed(name),
                "region" => terms.region(name),
                "data_residency" => terms.data_residency(name),
                "resolution" => terms.resolution(name),
                "search" => terms.search(name),
                _ => return None,
            };
        }
        Some(own)
    }
}

/// A model and its other sizes.
#[derive(Debug)]
struct Sized {
    own: ModelHandle,
    siblings: Vec<(String, ModelHandle)>,
}

/// A call whose price the book gives.
pub(super) struct Call<'p> {
    sized: &'p Sized,
    terms: &'p NamedTerms,
    pub(super) usage: Usage,
    pub(super) cost: Money,
    at: Timestamp,
}

/// The prices of the models that were met.
#[derive(Debug)]
pub(super) struct Prices<'a> {
    book: &'a PriceBook,
    dictionary: &'a Dictionary,
    models: HashMap<Symbol, Option<Sized>>,
    terms: HashMap<Option<Symbol>, Option<NamedTerms>>,
}

impl<'a> Prices<'a> {
    pub(super) fn new(book: &'a PriceBook, dictionary: &'a Dictionary) -> Self {
        Self { book, dictionary, models: HashMap::new(), terms: HashMap::new() }
    }

    /// The call of a settlement; nothing where the book gives another price than the one that was booked.
    pub(super) fn call(&mut self, entry: &Entry, lines: &[EntryLine]) -> Option<Call<'_>> {
        let (book, dictionary) = (self.book, self.dictionary);
        let sized = self.models.entry(entry.model).or_insert_with(|| {
            let (provider, model) = dictionary.text(entry.model)?.split_once('/')?;
            let own = book.find(Some(provider), model).ok()?;
            Some(Sized { own, siblings: siblings(book, provider, model) })
        });
        let terms = self.terms.entry(entry.terms).or_insert_with(|| {
            let name = entry.terms.map_or(Some(""), |terms| dictionary.text(terms))?;
            NamedTerms::read(name)
        });
        let call = Call {
            sized: sized.as_ref()?,
            terms: terms.as_ref()?,
            usage: usage(lines),
            cost: entry.amount,
            at: entry.effective_at,
        };
        let own = call.price(&call.sized.own, &call.usage, &call.terms.terms)?;
        (own == entry.amount).then_some(call)
    }
}

/// Usage as it was priced; reasoning that is priced apart is a part of the output.
pub(super) fn usage(lines: &[EntryLine]) -> Usage {
    let mut usage = Usage::new();
    for line in lines {
        usage.set(line.dimension, usage.get(line.dimension).saturating_add(line.quantity));
    }
    let output = usage.get(Dimension::Output).saturating_add(usage.get(Dimension::Reasoning));
    usage.set(Dimension::Output, output);
    usage
}

impl Call<'_> {
    fn price(&self, model: &ModelHandle, usage: &Usage, terms: &Terms) -> Option<Money> {
        model.cost(usage, terms, self.at).ok().map(crate::money::ExactMoney::to_money)
    }

    /// What other usage of the same model would have cost.
    pub(super) fn with_usage(&self, usage: &Usage) -> Option<Money> {
        self.price(&self.sized.own, usage, &self.terms.terms)
    }

    /// The edge of the prices that the input was past.
    pub(super) fn edge(&self) -> Option<u64> {
        self.terms.edge
    }

    /// What the call would have cost in a batch; nothing where it was one, or the model has no price for it.
    pub(super) fn in_batch(&self) -> Option<Money> {
        let is_standard = self.terms.terms.is_standard();
        self.price(&self.sized.own, &self.usage, &Terms::new().processing("batch")).filter(|_| is_standard)
    }

    /// The next cheaper size of the model for this call, and what it would have cost.
    pub(super) fn smaller(&self) -> Option<(&str, Money)> {
        let priced = self.sized.siblings.iter().filter_map(|(name, model)| {
            let cost = self.price(model, &self.usage, &self.terms.terms)?;
            (cost < self.cost && cost > Money::ZERO).then_some((name.as_str(), cost))
        });
        priced.max_by_key(|(name, cost)| (*cost, std::cmp::Reverse(*name)))
    }
}

#[cfg(test)]
mod tests {
    use super::NamedTerms;
    use crate::pricing::Terms;

    #[test]
    fn the_terms_of_an_entry_are_read_back() {
        let read = |text: &str| NamedTerms::read(text).map(|own| (own.terms, own.edge));
        assert_eq!(read(""), Some((Terms::new(), None)));
        let batch = Terms::new().service_tier("priority").processing("batch");
        assert_eq!(read(&batch.to_string()), Some((batch.clone(), None)));
        assert_eq!(read(&format!("{batch},context=>200000")), Some((batch, Some(200_000))));
        assert_eq!(read("weather=fine"), None);
        let all =
            Terms::new().speed("fast").region("eu").data_residency("us").resolution("2k").search("high");
        assert_eq!(read(&all.to_string()), Some((all, None)));
    }
}

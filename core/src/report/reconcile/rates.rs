//! What the price book says that a unit costs, under whatever terms.

use super::key::MatchKey;
use super::line::STANDARD;
use crate::money::{Money, Rate};
use crate::pricing::{Dimension, PriceBook, QuoteLine, Terms, Usage};
use crate::time::Timestamp;

/// Prices of one provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates<'b> {
    book: &'b PriceBook,
    provider: &'b str,
}

/// What a price depends on beside the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Under<'k> {
    pub(super) tier: Option<&'k str>,
    pub(super) context: Option<&'k str>,
    pub(super) geo: Option<&'k str>,
}

impl<'k> Under<'k> {
    pub(super) fn of(key: &'k MatchKey) -> Self {
        Self { tier: key.tier.as_deref(), context: key.context.as_deref(), geo: key.geo.as_deref() }
    }
}

impl<'b> Rates<'b> {
    pub(super) const fn new(book: &'b PriceBook, provider: &'b str) -> Self {
        Self { book, provider }
    }

    /// The price of one unit; nothing where the book has none under these terms.
    pub(super) fn unit(
        &self,
        model: &str,
        dimension: Dimension,
        under: Under<'_>,
        at: Timestamp,
    ) -> Option<Rate> {
        let known = |term: Option<&'_ str>| term.filter(|name| *name != STANDARD).map(str::to_owned);
        let tiers = known(under.tier);
        let terms =
            tiers.iter().flat_map(|tiers| tiers.split('+')).fold(Terms::new(), |terms, tier| match tier {
                "batch" => terms.processing(tier),
                "fast" if self.provider == "anthropic" => terms.speed(tier),
                _ => terms.service_tier(tier),
            });
        let edge = known(under.context).and_then(|edge| edge.trim_start_matches('>').parse::<u64>().ok());
        let usage = edge.map_or(Usage::new(), |edge| Usage::new().with(Dimension::InputUncached, edge + 1));
        let usage = usage.with(dimension, usage.get(dimension).max(1));
        let usage = if dimension == Dimension::Reasoning { usage.with(Dimension::Output, 1) } else { usage };
        let handle = self.book.find(Some(self.provider), model).ok()?;
        let price = |terms: &Terms| {
            let quote = handle.quote(&usage, terms, at).ok()?;
            quote.lines().iter().find(|line| line.dimension() == dimension).map(QuoteLine::rate)
        };
        match known(under.geo) {
            None => price(&terms),
            Some(geo) => {
                let kept = price(&terms.clone().data_residency(&geo));
                kept.or_else(|| price(&terms.region(&geo)))
            }
        }
    }

    /// What so many units cost, as it would be booked.
    pub(super) fn cost(rate: Rate, quantity: i128) -> Option<Money> {
        let size = u64::try_from(quantity.unsigned_abs()).ok()?;
        let cost = rate.price(size).to_money();
        Some(if quantity < 0 { -cost } else { cost })
    }

    /// How many units an amount is at a price, where it is a whole number of them to within a slack in pico.
    pub(super) fn quantity(rate: Rate, amount: Money, slack: i128) -> Option<i128> {
        let femto = amount.pico().checked_mul(1_000)?.checked_mul(i128::from(rate.per()))?;
        let unit = i128::from(rate.femto());
        if unit <= 0 {
            return None;
        }
        let quantity = crate::money::Rounding::HalfEven.divide(femto, unit);
        let cost = Self::cost(rate, quantity)?;
        // A slack as large as a unit would make every amount fit.
        let slack = slack.min(Self::cost(rate, 1)?.pico() / 4);
        ((cost - amount).pico().abs() <= slack).then_some(quantity)
    }
}

//! How far prices move from one book to the next: a slip of the decimal point is told before it is in force.

use super::PriceBook;
use crate::{
    error::{Error, ErrorCode, Result},
    money::Rate,
    pricing::{Dimension, Terms, nearest},
    time::Timestamp,
};
use std::fmt::Write as _;

/// Moves that one error names.
const MAX_NAMED: usize = 10;

/// How far a price may move when a newer book takes the place of an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceMoves {
    /// Up to this factor, up or down; a price that becomes free, or was, moves further than any.
    Within(u32),
    /// As far as it likes: somebody has looked.
    Any,
}

impl Default for PriceMoves {
    /// Tenfold.
    fn default() -> Self {
        Self::Within(10)
    }
}

impl PriceBook {
    /// Whether the standard prices of no model that both books carry move further than is allowed, at an instant; small
    /// and largest input are compared.
    ///
    /// # Errors
    /// `price_book_invalid`, with the prices that move too far.
    pub fn check_moves(&self, next: &Self, moves: PriceMoves, at: Timestamp) -> Result<()> {
        let PriceMoves::Within(factor) = moves else { return Ok(()) };
        let (mut named, mut count) = (String::new(), 0_usize);
        for (provider, model) in next.models() {
            let Some(before) = self.standard_rates(provider, model, at) else { continue };
            let Some(after) = next.standard_rates(provider, model, at) else { continue };
            for (before, after) in before.iter().zip(&after) {
                let Some((dimension, before, after)) = moved(*before, *after, factor) else { continue };
                count += 1;
                if count <= MAX_NAMED {
                    let _ = write!(
                        named,
                        "{}`{provider}/{}` {dimension} {before} -> {after}",
                        if count == 1 { "" } else { ", " },
                        nearest::shown(model)
                    );
                }
            }
        }
        if count == 0 {
            return Ok(());
        }
        let more = if count > MAX_NAMED { format!(" and {} more", count - MAX_NAMED) } else { String::new() };
        let message = format!("prices move by more than the factor {factor} allowed: {named}{more}");
        Err(Error::new(ErrorCode::PriceBookInvalid, message)
            .with_help("look at the prices, and load the book again with moves of any size allowed")
            .with("moved", count))
    }

    /// The rates of a model by its id, for the least input and for the most; nothing where it has no price.
    fn standard_rates(&self, provider: &str, model: &str, at: Timestamp) -> Option<Vec<Stated>> {
        let content = &*self.0;
        let place = content.place_of(content.providers.place(provider)?, model)?;
        let card = content.model(place).ok()?.card(at).ok()?;
        let mut rates = Vec::with_capacity(2 * Dimension::COUNT);
        for total in [0, u64::MAX] {
            let prices = card.prices(&Terms::new(), || total, at).ok()?;
            for dimension in Dimension::ALL {
                let price = prices.get(*dimension).ok()?;
                rates.push(price.map(|price| (*dimension, price.rate)));
            }
        }
        Some(rates)
    }
}

/// What a dimension costs, where it has a price.
type Stated = Option<(Dimension, Rate)>;

/// A price that both books have and that moves further than a factor.
fn moved(before: Stated, after: Stated, factor: u32) -> Option<(Dimension, Rate, Rate)> {
    let ((dimension, before), (_, after)) = (before?, after?);
    let within = |low: Rate, high: Rate| {
        let most = low.times(factor.max(1), 1);
        most.is_none_or(|most| high <= most)
    };
    (!within(before, after) || !within(after, before)).then_some((dimension, before, after))
}

//! A client's own prices of usage.

use crate::error::{Error, ErrorCode, Result};
use crate::money::Rate;
use crate::pricing::Dimension;

/// What a client pays for usage of a model, whatever it cost. Usage is priced by its kind alone: one price for a kind,
/// on all terms and for all lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientPrice {
    /// The model, with its provider or without; nothing for every model that has no price of its own.
    pub model: Option<String>,
    /// The price of one unit of each kind of usage, in the client's currency.
    pub rates: Vec<(Dimension, Rate)>,
}

impl ClientPrice {
    /// Prices by the keys of a price book: `input_mtok`, `output_mtok`, `request`.
    ///
    /// # Errors
    /// `price_book_invalid` for a key that is none, `money_*` for a price that is none.
    pub fn new<'k>(
        model: Option<&str>,
        prices: impl IntoIterator<Item = (&'k str, &'k str)>,
    ) -> Result<Self> {
        let rates = prices.into_iter().map(|(key, price)| Self::rate(key, price)).collect::<Result<_>>()?;
        let price = Self { model: model.map(str::to_owned), rates };
        price.check().map(|()| price)
    }

    /// Whether a key is that of a price.
    pub(crate) fn is_key(key: &str) -> bool {
        Dimension::from_price_key(key).is_some()
    }

    /// One price.
    pub(crate) fn rate(key: &str, price: &str) -> Result<(Dimension, Rate)> {
        let Some((dimension, per)) = Dimension::from_price_key(key) else {
            let message = format!("`{key}` is no price of usage");
            return Err(Error::new(ErrorCode::PriceBookInvalid, message)
                .with_help("use the keys of a price book, such as `input_mtok` or `output_mtok`"));
        };
        if dimension == Dimension::Reasoning {
            let message = format!("`{key}` prices a part of the output, which is priced as a whole");
            return Err(
                Error::new(ErrorCode::PriceBookInvalid, message).with_help("give `output_mtok` alone")
            );
        }
        let rate = Rate::parse(price, per)?;
        if rate < Rate::ZERO {
            let message = format!("`{key}` is `{price}`, and a price is zero or more");
            return Err(Error::new(ErrorCode::PriceBookInvalid, message).with_help("give a discount instead"));
        }
        Ok((dimension, rate))
    }

    /// Refuses what prices nothing, or something twice.
    ///
    /// # Errors
    /// `price_book_invalid`.
    pub fn check(&self) -> Result<()> {
        if self.rates.is_empty() {
            return Err(Error::new(ErrorCode::PriceBookInvalid, "a client's price has no price of usage")
                .with_help("give at least one, such as `input_mtok = \"4\"`"));
        }
        for (index, (dimension, _)) in self.rates.iter().enumerate() {
            if self.rates.iter().take(index).any(|(other, _)| other == dimension) {
                let message = format!("the price of {dimension} is given twice");
                return Err(
                    Error::new(ErrorCode::PriceBookInvalid, message).with_help("give each price once")
                );
            }
        }
        Ok(())
    }

    /// Whether it is about a model, by its canonical name.
    fn is_of(&self, name: &str) -> bool {
        let own = name.split_once('/').map_or(name, |(_, own)| own);
        self.model.as_deref().is_some_and(|model| model == name || model == own)
    }

    fn get(&self, dimension: Dimension) -> Option<Rate> {
        let own = |wanted| self.rates.iter().find(|(known, _)| *known == wanted).map(|(_, rate)| *rate);
        // What has no price of its own costs what it would cost without being special, as in a price book.
        let mut at = Some(dimension);
        while let Some(wanted) = at {
            if let Some(rate) = own(wanted) {
                return Some(rate);
            }
            at = wanted.stand_in();
        }
        None
    }
}

/// The price of usage by a list of prices: the model's own, then that of every model.
pub(super) fn rate_of(prices: &[ClientPrice], model: &str, dimension: Dimension) -> Option<Rate> {
    let own = prices.iter().find(|price| price.is_of(model));
    let any = || prices.iter().find(|price| price.model.is_none());
    own.or_else(any).and_then(|price| price.get(dimension))
}

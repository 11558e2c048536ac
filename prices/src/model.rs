//! A model's prices as both tables are read into: the price book's own format, not yet written.
//!
//! Prices are exact decimals under the book's keys. What a table says and this can't hold is in a [`LeftOut`], never lost.

use crate::{decimal::Decimal, key::Key};
use std::collections::BTreeMap;

/// A model of one provider.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// The provider's id.
    pub provider: String,
    /// The model's id.
    pub id: String,
    /// Other names of it.
    pub aliases: Vec<Alias>,
    /// Beginnings of names that a table says stand for it; never written, since a longer name may have another price.
    pub prefixes: Vec<String>,
    /// Whether it is sold by who made it, where that differs from its provider.
    pub first_party: Option<bool>,
    /// The most tokens that it takes.
    pub context_window: Option<u64>,
    /// The most tokens that it gives.
    pub max_output_tokens: Option<u64>,
    /// Where the figures are said to come from.
    pub source: Option<String>,
    /// The day on which a person compared the figures with their source.
    pub verified: Option<String>,
    /// Its prices over time.
    pub cards: Vec<Card>,
    /// Whose figures these are.
    pub origin: Origin,
}

/// Whose figures a model has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The project's own, compared by a person.
    Checked,
    /// genai-prices'.
    #[default]
    Genai,
    /// LiteLLM's.
    Litellm,
    /// Both, which agree.
    Both,
}

impl Origin {
    /// The word in comments and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Genai => "genai-prices",
            Self::Litellm => "litellm",
            Self::Both => "both",
        }
    }
}

/// Another name over a span of time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// Since when it stands for the model.
    pub from: Option<String>,
    /// Until when.
    pub until: Option<String>,
}

impl Alias {
    /// A name at all times.
    pub fn always(name: &str) -> Self {
        Self { name: name.to_owned(), from: None, until: None }
    }
}

/// Prices over one span of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// Its beginning; none for always.
    pub from: Option<String>,
    /// Its end; none for never.
    pub until: Option<String>,
    /// Whether calls have a price.
    pub status: Status,
    /// The standard prices.
    pub rates: Rates,
    /// Dimensions that are priced as others.
    pub same: BTreeMap<String, String>,
    /// What changes under a condition.
    pub variants: Vec<Variant>,
}

impl Card {
    /// The price of a key under the standard terms.
    pub fn rate(&self, key: &str) -> Option<Decimal> {
        self.rates.0.iter().find(|(known, _)| known.name() == key).map(|(_, amount)| amount.price)
    }
}

/// Whether calls have a price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// They have.
    #[default]
    Priced,
    /// Their provider says that they cost nothing.
    Free,
    /// No source tells, and why.
    Unpriced(String),
}

/// Prices by their keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates(pub BTreeMap<Key, Amount>);

impl Rates {
    /// Sets a price; what the key had before is given back.
    pub fn set(&mut self, key: Key, price: Decimal) -> Option<Amount> {
        self.0.insert(key, Amount { price, min: 0 })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every price is zero.
    pub fn are_zero(&self) -> bool {
        self.0.values().all(|amount| amount.price.is_zero())
    }
}

/// A price, and the least quantity that it is charged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// In USD for as many units as the key says.
    pub price: Decimal,
    /// 0 for none.
    pub min: u64,
}

/// What changes under a condition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variant {
    /// The condition.
    pub when: When,
    /// The prices that replace others.
    pub rates: Rates,
    /// A factor on every price.
    pub multiply: Option<String>,
    /// A factor on the prices of tokens.
    pub multiply_tokens: Option<String>,
}

/// A condition: everything in it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    /// The edge of the total input, as the book's key and number: `input_gt` 200000.
    pub input: Vec<(&'static str, u64)>,
    /// Names of the terms, by the book's key.
    pub terms: BTreeMap<String, Vec<String>>,
    /// Windows of the day.
    pub time: Vec<String>,
    /// Weekdays.
    pub weekdays: Vec<String>,
    /// The zone of the weekdays and windows; empty for UTC.
    pub time_zone: String,
}

impl When {
    /// One name of one of the terms.
    pub fn term(key: &str, name: &str) -> Self {
        Self { terms: BTreeMap::from([(key.to_owned(), vec![name.to_owned()])]), ..Self::default() }
    }

    /// The same, from an edge of the input on.
    #[must_use]
    pub fn edge(mut self, edge: Option<(&'static str, u64)>) -> Self {
        self.input.extend(edge);
        self
    }
}

/// What a table says and the book has no place for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The field or condition.
    pub what: String,
    /// Why, and what that means for the price.
    pub why: &'static str,
    /// `provider/model`.
    pub model: String,
}

/// A table that was read.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Its models, in the order of the table.
    pub models: Vec<Model>,
    /// What has no place.
    pub left_out: Vec<LeftOut>,
    /// Prices that a binary float had spoilt, as they were written and as they are taken.
    pub cleaned: Vec<(String, Decimal)>,
}

impl Table {
    /// Notes what has no place.
    pub fn leave_out(&mut self, model: &Model, what: &str, why: &'static str) {
        let model = format!("{}/{}", model.provider, model.id);
        self.left_out.push(LeftOut { what: what.to_owned(), why, model });
    }

    /// Reads a price, cleans it, and notes if that changed it; nothing for what is no price.
    pub fn price(&mut self, text: &str, power: i32) -> Option<Decimal> {
        let raw = Decimal::parse(text).filter(|price| *price >= Decimal::ZERO)?;
        let price = raw.meant().shifted(power).held();
        if price != raw.shifted(power) {
            self.cleaned.push((text.to_owned(), price.shifted(-power)));
        }
        Some(price)
    }
}

//! Usage priced from the bundled book, or from a ledger's own; its explanation only for whoever asks.

use crate::{
    fault::{Answered, answered},
    ledgers::ledger,
    pairs::{terms_of, usage_of_otel, usage_of_own},
};
use bursar::{Explanation, PriceBook, Result, Timestamp};
use napi_derive::napi;
use std::sync::OnceLock;

static BUNDLED: OnceLock<PriceBook> = OnceLock::new();

/// Why a price is what it is.
#[napi(object)]
pub(crate) struct Explained {
    pub assumptions: Vec<String>,
    pub explanation: String,
}

/// What is asked for a price.
#[napi(object)]
pub(crate) struct Asked {
    pub ledger: Option<u32>,
    pub provider: Option<String>,
    pub model: String,
    pub usage: Vec<String>,
    pub is_own: bool,
    pub micros: i64,
    pub terms: Vec<String>,
}

/// Prices usage by the book that comes with the package, or by that of a ledger. The answer is one text, which crosses
/// faster than an object: total, model, way of the match and version, then dimension, quantity, rate and amount of each
/// line, with a line's end after each.
#[napi]
pub(crate) fn quote_usage(asked: Asked) -> Answered<String> {
    answered(explained(&asked).map(|explained| priced(&explained)))
}

/// Explains the same price.
#[napi]
pub(crate) fn explain_quote(asked: Asked) -> Answered<Explained> {
    answered(explained(&asked).map(|explained| Explained {
        assumptions: explained.assumptions(),
        explanation: explained.to_string(),
    }))
}

fn explained(asked: &Asked) -> Result<Explanation> {
    let usage = if asked.is_own { usage_of_own(&asked.usage)? } else { usage_of_otel(&asked.usage)? };
    let provider = asked.provider.as_deref();
    let model = match asked.ledger {
        Some(number) => ledger(number)?.bursar.prices().find(provider, &asked.model)?,
        None => bundled()?.find(provider, &asked.model)?,
    };
    model.explain(&usage, &terms_of(&asked.terms), Timestamp::from_micros(asked.micros))
}

fn priced(explained: &Explanation) -> String {
    let quote = explained.quote();
    let head =
        format!("{}\n{}\n{}\n{}", quote.total(), explained.model(), quote.matched(), quote.price_version());
    quote.lines().iter().fold(head, |text, line| {
        let dimension = line.dimension().as_str();
        format!("{text}\n{dimension}\n{}\n{}\n{}", line.quantity(), line.rate(), line.amount())
    })
}

fn bundled() -> Result<&'static PriceBook> {
    if let Some(book) = BUNDLED.get() {
        return Ok(book);
    }
    let book = PriceBook::bundled()?;
    Ok(BUNDLED.get_or_init(|| book))
}

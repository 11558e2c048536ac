//! Usage priced from the bundled book, or from a ledger's own.

use crate::{
    fault::{Answered, answered},
    ledgers::ledger,
    pairs::{terms_of, usage_of_otel, usage_of_own},
};
use bursar::{PriceBook, Result, Timestamp};
use napi_derive::napi;
use std::sync::OnceLock;

static BUNDLED: OnceLock<PriceBook> = OnceLock::new();

/// Usage priced, line by line, with what led to it.
#[napi(object)]
pub(crate) struct Priced {
    pub total: String,
    pub lines: Vec<PricedLine>,
    pub model: String,
    pub matched: String,
    pub price_version: String,
    pub assumptions: Vec<String>,
    pub explanation: String,
}

/// One line: a quantity at a rate.
#[napi(object)]
pub(crate) struct PricedLine {
    pub dimension: String,
    pub quantity: String,
    pub rate: String,
    pub amount: String,
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

/// Prices usage by the book that comes with the package, or by that of a ledger.
#[napi]
pub(crate) fn quote_usage(asked: Asked) -> Answered<Priced> {
    answered(priced(&asked))
}

fn priced(asked: &Asked) -> Result<Priced> {
    let usage = if asked.is_own { usage_of_own(&asked.usage)? } else { usage_of_otel(&asked.usage)? };
    let provider = asked.provider.as_deref();
    let model = match asked.ledger {
        Some(number) => ledger(number)?.bursar.prices().find(provider, &asked.model)?,
        None => bundled()?.find(provider, &asked.model)?,
    };
    let explained = model.explain(&usage, &terms_of(&asked.terms), Timestamp::from_micros(asked.micros))?;
    let quote = explained.quote();
    let lines = quote.lines().iter().map(|line| PricedLine {
        dimension: line.dimension().as_str().to_owned(),
        quantity: line.quantity().to_string(),
        rate: line.rate().to_string(),
        amount: line.amount().to_string(),
    });
    Ok(Priced {
        total: quote.total().to_string(),
        lines: lines.collect(),
        model: explained.model().to_owned(),
        matched: quote.matched().to_string(),
        price_version: quote.price_version().to_string(),
        assumptions: explained.assumptions(),
        explanation: explained.to_string(),
    })
}

fn bundled() -> Result<&'static PriceBook> {
    if let Some(book) = BUNDLED.get() {
        return Ok(book);
    }
    let book = PriceBook::bundled()?;
    Ok(BUNDLED.get_or_init(|| book))
}

//! The most that a call can cost, before it is sent.
//!
//! The bound is at or above the quote of every usage within the request. Input is taken at the dearest class that may
//! apply, output at the dearer of output and reasoning, and both at every range of input that the call may end up in:
//! a table in which more input is cheaper must not lower the bound.

use super::{
    Dimension, Terms, Usage,
    card::{Card, Dearest, Price, Prices, Status},
    fraction::overflow,
    model::Model,
    quote::MAX_LINES,
    usage::Bits,
};
use crate::{
    error::{Error, ErrorCode, Result},
    money::{ExactMoney, Money, Rate},
    time::Timestamp,
};
use std::fmt;

/// Whether the call may write its input to a cache, which costs more than plain input with some providers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheUse {
    /// It may; the dearest lifetime is assumed.
    #[default]
    Possible,
    /// The caller knows that nothing is written to a cache.
    None,
}

/// What is known of a call before it is sent.
#[derive(Clone, Debug, Default)]
pub struct BoundRequest {
    /// The most text tokens that are sent.
    pub input_tokens: u64,
    /// The most tokens that may come back; nothing for the model's own maximum.
    pub max_output_tokens: Option<u64>,
    /// The most of everything else: media, searches, runs of code. Most calls have none, and carry no room for it.
    pub extra: Option<Box<Usage>>,
    /// The terms that are asked for.
    pub terms: Terms,
    /// Whether the input may be written to a cache.
    pub cache: CacheUse,
}

impl BoundRequest {
    fn extra(&self) -> &Usage {
        const NOTHING: &Usage = &Usage::new();
        self.extra.as_deref().unwrap_or(NOTHING)
    }
}

/// The most that a call can cost; printing it tells why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    exact: ExactMoney,
    input: (u64, Rate, Dimension),
    output: (u64, Rate),
}

impl Bound {
    /// The bound, exact.
    pub const fn exact(&self) -> ExactMoney {
        self.exact
    }

    /// The bound as it is held: rounded up to a pico.
    pub fn money(&self) -> Money {
        self.exact.to_money_up()
    }

    /// The output tokens that it allows for.
    pub const fn output_tokens(&self) -> u64 {
        self.output.0
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((input, input_rate, class), (output, output_rate)) = (self.input, self.output);
        write!(
            f,
            "at most {} USD: {input} input tokens at {input_rate} ({class}), {output} output tokens at {output_rate}",
            self.exact
        )?;
        let tokens = input_rate.price(input).checked_add(output_rate.price(output)).unwrap_or_default();
        if tokens < self.exact { f.write_str(", and what else the call may use") } else { Ok(()) }
    }
}

/// What rounding each line of an endless rate to a femto can add up to.
const ROUNDING: ExactMoney = ExactMoney::from_femto(MAX_LINES as i128);

#[inline]
pub(super) fn bound(model: &Model, request: &BoundRequest, at: Timestamp) -> Result<Bound> {
    let card = model.card(at)?;
    let output = match request.max_output_tokens.or(model.max_output_tokens) {
        Some(output) => output,
        None if card.status == Status::Free || !card.prices_output() => 0,
        None => {
            let message = format!(
                "`{}/{}` has no known maximum of output tokens, and the call gives none",
                model.provider, model.id
            );
            return Err(Error::new(ErrorCode::BoundMissing, message).with("model", &model.id));
        }
    };
    // A model without output, such as an embedding, takes a limit on it without being charged.
    let output = if request.max_output_tokens.is_none() && !card.prices_output() { 0 } else { output };
    worst(card, request, output, at)
}

pub(super) fn affordable(
    model: &Model,
    request: &BoundRequest,
    remaining: Money,
    at: Timestamp,
) -> Result<u64> {
    let card = model.card(at)?;
    let fits = |output: u64| match worst(card, request, output, at) {
        Ok(bound) => Ok(bound.money() <= remaining),
        Err(error) if error.code() == ErrorCode::MoneyOverflow => Ok(false),
        Err(error) => Err(error),
    };
    let most = model.max_output_tokens.unwrap_or(u64::MAX);
    if fits(most)? {
        return Ok(most);
    }
    // The bound rises with the output, so the last count that fits is found by halving.
    let (mut fitting, mut failing) = (0, most);
    while failing - fitting > 1 {
        let middle = fitting + (failing - fitting) / 2;
        if fits(middle)? {
            fitting = middle;
        } else {
            failing = middle;
        }
    }
    Ok(fitting)
}

/// The dearest of every range of input that the call may end up in.
#[inline]
fn worst(card: &Card, request: &BoundRequest, output: u64, at: Timestamp) -> Result<Bound> {
    let total = request.input_tokens.saturating_add(request.extra().total_input());
    let (mut found, mut from): (Option<Bound>, u64) = (None, 0);
    for to in card.edges().iter().copied() {
        if from > total {
            break;
        }
        let prices = card.prices(&request.terms, || total.min(to), at)?;
        let bound = within(&prices, request, output, to)?;
        if found.is_none_or(|before| before.exact < bound.exact) {
            found = Some(bound);
        }
        from = to.saturating_add(1);
    }
    found.ok_or_else(|| overflow("the bound"))
}

/// The bound within one range of input, which ends at a total of `to`.
#[inline]
fn within(prices: &Prices<'_>, request: &BoundRequest, output: u64, to: u64) -> Result<Bound> {
    let mut sum = Sum { total: ExactMoney::ZERO, is_endless: false };
    let input = request.input_tokens.min(to);
    let classes = match request.cache {
        CacheUse::Possible => Dearest::Input,
        CacheUse::None => Dearest::InputUnwritten,
    };
    let (class, input_rate) = match prices.dearest(classes)? {
        Some((class, price)) => (class, sum.add(price, input)?),
        None if input == 0 => (Dimension::InputUncached, Rate::ZERO),
        None => return Err(prices.unpriced(Dimension::InputUncached)),
    };
    let output_rate = match prices.dearest(Dearest::Output)? {
        Some((_, price)) => sum.add(price, output)?,
        None if output == 0 => Rate::ZERO,
        None => return Err(prices.unpriced(Dimension::Output)),
    };
    let fee = prices.get(Dimension::Requests)?;
    if let Some(price) = fee {
        sum.add(price, request.extra().get(Dimension::Requests).max(1))?;
    }
    let apart = Dimension::Requests.bit() | Dimension::Reasoning.bit();
    for dimension in Bits(request.extra().present() & !apart) {
        let price = prices.get(dimension)?.ok_or_else(|| prices.unpriced(dimension))?;
        sum.add(price, request.extra().get(dimension))?;
    }
    Ok(Bound { exact: sum.exact()?, input: (input, input_rate, class), output: (output, output_rate) })
}

struct Sum {
    total: ExactMoney,
    is_endless: bool,
}

impl Sum {
    fn add(&mut self, price: Price, quantity: u64) -> Result<Rate> {
        if quantity > 0 {
            let billed = price.billed(quantity).ok_or_else(|| overflow("the quantity charged"))?;
            let total = self.total.checked_add(price.rate.price(billed));
            self.total = total.ok_or_else(|| overflow("the bound of the call"))?;
            self.is_endless |= price.rate.per() != 1;
        }
        Ok(price.rate)
    }

    fn exact(&self) -> Result<ExactMoney> {
        let slack = if self.is_endless { ROUNDING } else { ExactMoney::ZERO };
        self.total.checked_add(slack).ok_or_else(|| overflow("the bound of the call"))
    }
}

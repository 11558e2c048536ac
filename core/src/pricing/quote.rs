//! Usage priced, line by line.

use super::{
    Dimension, Matched, Usage,
    card::{Price, Prices, Source},
    charges::{Share, hand_out},
    fraction::overflow,
    usage::Bits,
    version::PriceVersion,
};
use crate::{
    error::{Error, ErrorCode, Result},
    money::{ExactMoney, Money, Rate},
};
use arrayvec::ArrayVec;
use std::{borrow::Borrow, fmt};

/// Lines that one quote may have: room for every class of text beside two media, searches and a fee.
pub const MAX_LINES: usize = 12;

/// One line of a quote: a quantity at a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    dimension: Dimension,
    rated_as: Dimension,
    quantity: u64,
    rate: Rate,
}

impl QuoteLine {
    /// What is charged for.
    pub const fn dimension(&self) -> Dimension {
        self.dimension
    }

    /// The quantity that is charged: what was used, or the least that is charged.
    pub const fn quantity(&self) -> u64 {
        self.quantity
    }

    /// The price of one unit.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// The dimension whose rate is used: another one where the card has no rate of this one's own.
    pub const fn rated_as(&self) -> Dimension {
        self.rated_as
    }

    /// The amount, exact; an endless decimal is rounded half to even, to a femto.
    pub fn amount(&self) -> ExactMoney {
        self.rate.price(self.quantity)
    }
}

/// Usage priced line by line; no heap.
///
/// The total is the exact sum of the lines. Booking it rounds once, half to even, to a pico.
#[derive(Clone, Debug)]
pub struct Quote {
    lines: ArrayVec<QuoteLine, MAX_LINES>,
    total: ExactMoney,
    matched: Matched,
    version: PriceVersion,
}

impl Quote {
    /// Filled where it is returned, since moving a quote takes longer than computing it.
    #[inline]
    pub(super) fn new(
        prices: &Prices<'_>,
        usage: &Usage,
        matched: Matched,
        version: PriceVersion,
    ) -> Result<Self> {
        let mut quote = Ok(Self { lines: ArrayVec::new(), total: ExactMoney::ZERO, matched, version });
        if let Err(error) = quote.as_mut().map_or(Ok(()), |quote| quote.fill(prices, usage)) {
            quote = Err(error);
        }
        quote
    }

    #[inline]
    fn fill(&mut self, prices: &Prices<'_>, usage: &Usage) -> Result<()> {
        let (lines, mut total) = (&mut self.lines, ExactMoney::ZERO);
        charges(prices, usage, |dimension, quantity, price| {
            let line = QuoteLine { dimension, rated_as: price.rated_as, quantity, rate: price.rate };
            total = add(total, line.amount())?;
            lines.try_push(line).map_err(|_| too_many_lines())
        })?;
        self.total = total;
        Ok(())
    }

    /// The lines, in the catalogue's order.
    pub fn lines(&self) -> &[QuoteLine] {
        &self.lines
    }

    /// The exact total.
    pub const fn total(&self) -> ExactMoney {
        self.total
    }

    /// The total as it is booked.
    pub fn money(&self) -> Money {
        self.total.to_money()
    }

    /// Every line as it is booked: rounded down to a pico, and what is left given to the largest remainders, so that
    /// the lines sum to [`money`](Self::money).
    pub fn booked_lines(&self) -> ArrayVec<Money, MAX_LINES> {
        let mut shares: ArrayVec<Share, MAX_LINES> =
            self.lines.iter().map(|line| Share::of(line.amount())).collect();
        let left = self.money() - shares.iter().map(|share| share.amount()).sum();
        hand_out(left, shares.iter_mut());
        shares.into_iter().map(Share::amount).collect()
    }

    /// The version of the price book.
    pub const fn price_version(&self) -> PriceVersion {
        self.version
    }

    /// How the name led to the model.
    pub const fn matched(&self) -> Matched {
        self.matched
    }

    /// What the quote takes for granted: each line that is charged at another dimension's rate.
    pub fn assumptions(&self) -> impl Iterator<Item = &QuoteLine> {
        self.lines.iter().filter(|line| line.rated_as != line.dimension)
    }
}

impl fmt::Display for Quote {
    /// The total, how it was found, and the lines:
    ///
    /// ```text
    /// 0.0379055 USD (exact, prices 2026-11-23-…)
    ///   input_uncached 4262 x 0.00000125 = 0.0053275
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} USD ({}, prices {})", self.total, self.matched, self.version)?;
        for line in &self.lines {
            write!(f, "\n  {} {} x {} = {}", line.dimension, line.quantity, line.rate, line.amount())?;
            if line.rated_as != line.dimension {
                write!(f, " (at the rate of {})", line.rated_as)?;
            }
        }
        Ok(())
    }
}

/// The total alone, by the same rules.
pub(super) fn cost(prices: &Prices<'_>, usage: &Usage) -> Result<ExactMoney> {
    let mut total = ExactMoney::ZERO;
    charges(prices, usage, |_, quantity, price| {
        total = add(total, price.rate.price(quantity))?;
        Ok(())
    })?;
    Ok(total)
}

/// Every charge of a call: dimension, quantity and price.
#[inline]
pub(super) fn charges(
    prices: &Prices<'_>,
    usage: &Usage,
    charge: impl FnMut(Dimension, u64, &Price) -> Result<()>,
) -> Result<()> {
    let unpriced = |dimension| prices.unpriced(dimension);
    match prices.source {
        Source::Table(table) => charges_by(|dimension| Ok(table.get(dimension)), unpriced, usage, charge),
        Source::Variants(..) => charges_by(|dimension| prices.get(dimension), unpriced, usage, charge),
    }
}

/// The same by any way of looking a price up.
///
/// Reasoning is taken out of the output only where the card prices it apart. A call is one request unless it says
/// otherwise, and a request costs nothing where the card has no fee.
#[inline]
fn charges_by<P: Borrow<Price>>(
    price_of: impl Fn(Dimension) -> Result<Option<P>>,
    unpriced: impl Fn(Dimension) -> Error,
    usage: &Usage,
    mut charge: impl FnMut(Dimension, u64, &Price) -> Result<()>,
) -> Result<()> {
    let mut present = usage.present() & !Dimension::Requests.bit();
    let mut apart = 0;
    if present & Dimension::Reasoning.bit() != 0 {
        usage.check()?;
        if price_of(Dimension::Reasoning)?.is_some() {
            apart = usage.get(Dimension::Reasoning);
        } else {
            present &= !Dimension::Reasoning.bit();
        }
    }
    if price_of(Dimension::Requests)?.is_some() {
        present |= Dimension::Requests.bit();
    }
    for dimension in Bits(present) {
        let used = match dimension {
            Dimension::Output => usage.get(dimension) - apart,
            Dimension::Requests => usage.get(dimension).max(1),
            _ => usage.get(dimension),
        };
        if used == 0 {
            continue;
        }
        let Some(price) = price_of(dimension)? else { return Err(unpriced(dimension)) };
        let price = price.borrow();
        charge(dimension, price.billed(used).ok_or_else(too_much)?, price)?;
    }
    Ok(())
}

#[inline]
pub(super) fn add(total: ExactMoney, amount: ExactMoney) -> Result<ExactMoney> {
    total.checked_add(amount).ok_or_else(|| overflow("the price of the call"))
}

#[cold]
fn too_much() -> Error {
    overflow("the quantity charged")
}

#[cold]
pub(super) fn too_many_lines() -> Error {
    let message = format!("the usage has more than {MAX_LINES} kinds that are charged");
    Error::new(ErrorCode::UsageInvalid, message).with_help("price the parts of the call one by one")
}

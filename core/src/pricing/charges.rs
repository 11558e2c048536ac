//! What a call is charged, line by line, as it is booked.
//!
//! A [`Quote`](super::Quote) tells a reader how each figure came about; this tells the ledger what to write, in a buffer
//! that is used again for the next call. Both sum to the same amounts.

use super::{
    Dimension, Terms, Usage,
    card::Card,
    quote::{MAX_LINES, add, charges, too_many_lines},
};
use crate::{
    error::Result,
    money::{ExactMoney, Money, Rate},
    time::Timestamp,
};
use arrayvec::ArrayVec;
use std::{cell::LazyCell, fmt::Write};

/// Femto-units in a pico-unit.
const FEMTO_A_PICO: i64 = 1_000;

/// One line: a quantity and what it costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge {
    pub(crate) dimension: Dimension,
    pub(crate) quantity: u64,
    /// The price of one unit; nothing where the amount isn't quantity times rate.
    pub(crate) rate: Option<Rate>,
    pub(crate) share: Share,
}

/// The charges of one call.
#[derive(Debug, Default)]
pub(crate) struct Charges {
    lines: ArrayVec<Charge, MAX_LINES>,
    total: Money,
    /// What the lines are priced by, and the edge of the input's size that was crossed.
    terms: Terms,
    edge: Option<u64>,
}

impl Charges {
    /// The charges of usage in place of those that were here.
    #[inline]
    pub(super) fn fill(&mut self, card: &Card, usage: &Usage, terms: &Terms, at: Timestamp) -> Result<()> {
        self.clear();
        // Most cards never ask for it, and some ask twice.
        let total_input = LazyCell::new(|| usage.total_input());
        let prices = card.prices(terms, || *total_input, at)?;
        let (lines, mut total, mut shared) = (&mut self.lines, ExactMoney::ZERO, Money::ZERO);
        charges(&prices, usage, |dimension, quantity, price| {
            let amount = price.rate.price(quantity);
            let share = Share::of(amount);
            total = add(total, amount)?;
            shared += share.amount;
            let line = Charge { dimension, quantity, rate: Some(price.rate), share };
            lines.try_push(line).map_err(|_| too_many_lines())
        })?;
        self.total = total.to_money();
        self.edge = card.edge_crossed(terms, || *total_input, at);
        if !terms.is_standard() {
            self.terms = terms.clone();
        }
        // Most prices are whole in pico, and nothing is left.
        if self.total != shared {
            hand_out(self.total - shared, lines.iter_mut().map(|line| &mut line.share));
        }
        Ok(())
    }

    /// Adds the charges of another part of the call: lines of one kind and rate become one.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<()> {
        for added in &other.lines {
            let same = |line: &Charge| (line.dimension, line.rate) == (added.dimension, added.rate);
            match self.lines.iter().position(same) {
                Some(place) => self.grow(place, added),
                None if !self.lines.is_full() => self.lines.push(*added),
                // Without room the kind is kept, and its rates are not.
                None => match self.lines.iter().position(|line| line.dimension == added.dimension) {
                    Some(place) => self.grow(place, added),
                    None => return Err(too_many_lines()),
                },
            }
        }
        self.total += other.total;
        Ok(())
    }

    fn grow(&mut self, place: usize, added: &Charge) {
        if let Some(line) = self.lines.get_mut(place) {
            line.quantity = line.quantity.saturating_add(added.quantity);
            line.share.amount += added.share.amount;
            line.rate = line.rate.filter(|rate| added.rate == Some(*rate));
        }
    }

    /// The same lines as parts of another total, in proportion, so that they sum to it; of a total of zero nothing can be
    /// told, and the lines stay at zero. None of them is a quantity at a rate then.
    pub(crate) fn share_out(&mut self, total: Money) {
        self.lines.iter_mut().for_each(|line| line.rate = None);
        let weight = |line: &Charge| u64::try_from(line.share.amount.pico()).unwrap_or(0);
        let weights: ArrayVec<u64, MAX_LINES> = self.lines.iter().map(weight).collect();
        if weights.iter().all(|weight| *weight == 0) {
            return;
        }
        for (line, amount) in self.lines.iter_mut().zip(total.split(&weights)) {
            line.share.amount = amount;
        }
        self.total = total;
    }

    /// What was used, without a price; the usage may contradict itself, and is told as it is. Reasoning is in the output.
    pub(crate) fn count(&mut self, usage: &Usage) {
        self.clear();
        for (dimension, quantity) in usage.iter().filter(|(kind, _)| *kind != Dimension::Reasoning) {
            // More kinds than a quote has lines aren't told.
            let share = Share::of(ExactMoney::ZERO);
            let _ = self.lines.try_push(Charge { dimension, quantity, rate: None, share });
        }
    }

    /// No charges.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.total = Money::ZERO;
        self.edge = None;
        if !self.terms.is_standard() {
            self.terms = Terms::new();
        }
    }

    /// Whether the lines are priced by the standard terms in the first range of input.
    #[inline]
    pub(crate) const fn is_standard(&self) -> bool {
        self.terms.is_standard() && self.edge.is_none()
    }

    /// Writes what the lines are priced by in place of what the text held: the terms, and the edge of the input's size
    /// that was crossed, `service_tier=priority,context=>200000`.
    pub(crate) fn print_terms(&self, text: &mut String) {
        text.clear();
        // Writing to a string can't fail.
        let _ = write!(text, "{}", self.terms);
        if let Some(edge) = self.edge {
            let separator = if text.is_empty() { "" } else { "," };
            let _ = write!(text, "{separator}context=>{edge}");
        }
    }

    /// The sum of the lines.
    pub(crate) fn total(&self) -> Money {
        self.total
    }

    /// The lines, in the catalogue's order.
    pub(crate) fn lines(&self) -> &[Charge] {
        &self.lines
    }
}

/// A part of a total in whole pico, and what rounding it down left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    amount: Money,
    rest_femto: i64,
}

impl Share {
    /// Rounded down. Nearly every amount fits 64 bits, where dividing is cheap.
    #[inline]
    pub(super) fn of(exact: ExactMoney) -> Self {
        let femto = exact.femto();
        if let Ok(femto) = i64::try_from(femto) {
            let amount = Money::from_pico(i128::from(femto / FEMTO_A_PICO));
            return Self { amount, rest_femto: femto % FEMTO_A_PICO };
        }
        let a_pico = i128::from(FEMTO_A_PICO);
        let rest_femto = i64::try_from(femto % a_pico).unwrap_or(0);
        Self { amount: Money::from_pico(femto / a_pico), rest_femto }
    }

    pub(crate) fn amount(self) -> Money {
        self.amount
    }
}

/// Gives what rounding down left of a total to the largest rests, a pico each: of equal ones to the first. What is left
/// is less than one a share.
pub(super) fn hand_out<'s>(mut left: Money, shares: impl Iterator<Item = &'s mut Share>) {
    let mut shares: ArrayVec<&mut Share, MAX_LINES> = shares.collect();
    while left > Money::ZERO {
        let ranked = shares.iter_mut().enumerate();
        let largest = ranked.max_by_key(|(at, share)| (share.rest_femto, std::cmp::Reverse(*at)));
        let Some((_, share)) = largest else { break };
        share.amount += Money::from_pico(1);
        share.rest_femto = -1;
        left -= Money::from_pico(1);
    }
}

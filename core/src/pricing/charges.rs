//! What a call is charged, line by line, as it is booked.
//!
//! A [`Quote`](super::Quote) tells a reader how each figure came about; this tells the ledger what to write, in a buffer
//! that is used again for the next call. Both sum to the same amounts.

use super::{
    Dimension, Usage,
    card::Prices,
    quote::{MAX_LINES, add, charges, too_many_lines},
};
use crate::{
    error::Result,
    money::{ExactMoney, Money},
};
use arrayvec::ArrayVec;

/// Femto-units in a pico-unit.
const FEMTO_A_PICO: i64 = 1_000;

/// One line: a quantity and what it costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge {
    pub(crate) dimension: Dimension,
    pub(crate) quantity: u64,
    pub(crate) share: Share,
}

/// The charges of one call.
#[derive(Debug, Default)]
pub(crate) struct Charges {
    lines: ArrayVec<Charge, MAX_LINES>,
    total: Money,
}

impl Charges {
    /// The charges of usage in place of those that were here.
    #[inline]
    pub(super) fn fill(&mut self, prices: &Prices<'_>, usage: &Usage) -> Result<()> {
        self.clear();
        let (lines, mut total, mut shared) = (&mut self.lines, ExactMoney::ZERO, Money::ZERO);
        charges(prices, usage, |dimension, quantity, price| {
            let amount = price.rate.price(quantity);
            let share = Share::of(amount);
            total = add(total, amount)?;
            shared += share.amount;
            lines.try_push(Charge { dimension, quantity, share }).map_err(|_| too_many_lines())
        })?;
        self.total = total.to_money();
        // Most prices are whole in pico, and nothing is left.
        if self.total != shared {
            hand_out(self.total - shared, lines.iter_mut().map(|line| &mut line.share));
        }
        Ok(())
    }

    /// Adds the charges of another part of the call: lines of one kind become one.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<()> {
        for added in &other.lines {
            match self.lines.iter_mut().find(|line| line.dimension == added.dimension) {
                Some(line) => {
                    line.quantity = line.quantity.saturating_add(added.quantity);
                    line.share.amount += added.share.amount;
                }
                None => self.lines.try_push(*added).map_err(|_| too_many_lines())?,
            }
        }
        self.total += other.total;
        Ok(())
    }

    /// The same lines as parts of another total, in proportion, so that they sum to it; of a total of zero nothing can be
    /// told, and the lines stay at zero.
    pub(crate) fn share_out(&mut self, total: Money) {
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
            let _ = self.lines.try_push(Charge { dimension, quantity, share: Share::of(ExactMoney::ZERO) });
        }
    }

    /// No charges.
    pub(crate) fn clear(&mut self) {
        self.lines.clear();
        self.total = Money::ZERO;
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

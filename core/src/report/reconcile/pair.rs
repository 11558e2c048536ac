//! Two sides under one key, and their difference in parts that sum to it.

use super::bill::Charged;
use super::cause::{Certainty, DriftCause};
use super::key::{MatchKey, MatchLevel};
use super::meter::{MeterLine, MeterOrigin};
use super::reconciliation::{PartKind, VariancePart};
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Money, Rounding};

/// What a difference is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// `(Qp − Qo) · Po`: other counts, at the ledger's price.
    pub(super) quantity: Money,
    /// `Qp · (Pp − Po)`: another price, for the bill's counts.
    pub(super) rate: Money,
    /// What no count tells.
    pub(super) amount: Money,
}

impl Split {
    pub(super) fn get_mut(&mut self, kind: PartKind) -> &mut Money {
        match kind {
            PartKind::Quantity => &mut self.quantity,
            PartKind::Rate => &mut self.rate,
            PartKind::Amount => &mut self.amount,
        }
    }

    pub(super) fn get(&self, kind: PartKind) -> Money {
        match kind {
            PartKind::Quantity => self.quantity,
            PartKind::Rate => self.rate,
            PartKind::Amount => self.amount,
        }
    }
}

/// The difference of two sides: `dAmount = (Qp − Qo)·Po + Qp·(Pp − Po)`. The first product is rounded once, half to even,
/// and the second is the rest, so the parts sum to the difference to the last pico.
///
/// # Errors
/// `money_overflow` for sides that no ledger holds.
pub(super) fn decompose(ours: (i128, Money), theirs: (Option<i128>, Money)) -> Result<Split> {
    let difference = theirs.1 - ours.1;
    let Some(billed) = theirs.0 else { return Ok(Split { amount: difference, ..Split::default() }) };
    if ours.0 == 0 {
        // Without a count of ours there is no price of ours: all of it is usage that the ledger doesn't have.
        let is_usage = billed != 0 && ours.1 == Money::ZERO;
        let (quantity, amount) = if is_usage { (difference, Money::ZERO) } else { (Money::ZERO, difference) };
        return Ok(Split { quantity, rate: Money::ZERO, amount });
    }
    let more = billed - ours.0;
    let product = more.checked_mul(ours.1.pico()).ok_or_else(|| {
        Error::new(ErrorCode::MoneyOverflow, "the difference of a bill's line is too large to be divided")
    })?;
    // A divisor is positive.
    let quantity = Rounding::HalfEven.divide(product * ours.0.signum(), ours.0.abs());
    let quantity = Money::from_pico(quantity);
    Ok(Split { quantity, rate: difference - quantity, amount: Money::ZERO })
}

/// What two sides have under one key.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) key: MatchKey,
    pub(super) level: MatchLevel,
    /// Lines of the ledger, by their place.
    pub(super) ours: Vec<usize>,
    /// Lines of the bill, by their place.
    pub(super) theirs: Vec<usize>,
    pub(super) ours_quantity: i128,
    pub(super) ours_amount: Money,
    pub(super) theirs_quantity: Option<i128>,
    /// Whether the bill's count was worked out from its amount.
    pub(super) is_implied: bool,
    pub(super) theirs_amount: Money,
    /// Differences that come of rounding alone aren't larger, in pico.
    pub(super) slack: i128,
    /// Whether a true-up is among the ledger's lines.
    pub(super) is_trued_up: bool,
    pub(super) split: Split,
    /// What no rule has explained yet.
    pub(super) left: Split,
    pub(super) parts: Vec<VariancePart>,
}

impl Pair {
    pub(super) fn new(
        key: MatchKey,
        level: MatchLevel,
        (ours, theirs): (Vec<usize>, Vec<usize>),
        (meter, bill): (&[MeterLine], &[Charged<'_>]),
    ) -> Self {
        let own: Vec<&MeterLine> = ours.iter().filter_map(|at| meter.get(*at)).collect();
        let billed: Vec<&Charged<'_>> = theirs.iter().filter_map(|at| bill.get(*at)).collect();
        let counts: Vec<i128> = billed.iter().filter_map(|charged| charged.quantity).collect();
        let roundings = own.iter().map(|line| i128::from(line.calls)).sum::<i128>();
        let slack: i128 = billed.iter().filter(|own| own.amount.is_some()).map(|own| own.slack.max(1)).sum();
        Self {
            level,
            ours_quantity: own.iter().map(|line| i128::from(line.quantity)).sum(),
            ours_amount: own.iter().map(|line| line.amount).sum(),
            // Counts of several kinds of usage have no sum.
            theirs_quantity: (key.dimension.is_some() && !counts.is_empty()).then(|| counts.iter().sum()),
            is_implied: false,
            theirs_amount: billed.iter().filter_map(|charged| charged.amount).sum(),
            slack: slack + roundings,
            is_trued_up: own.iter().any(|line| line.true_up.is_some()),
            split: Split::default(),
            left: Split::default(),
            parts: Vec::new(),
            key,
            ours,
            theirs,
        }
    }

    /// Computes what the difference is made of.
    pub(super) fn decomposed(mut self) -> Result<Self> {
        let theirs = if self.theirs.is_empty() { Some(0) } else { self.theirs_quantity };
        self.split = if self.is_trued_up && self.difference() == Money::ZERO {
            // Trued up to the bill: nothing is left to be divided.
            Split::default()
        } else {
            decompose((self.ours_quantity, self.ours_amount), (theirs, self.theirs_amount))?
        };
        self.left = self.split;
        Ok(self)
    }

    pub(super) fn difference(&self) -> Money {
        self.theirs_amount - self.ours_amount
    }

    /// How many units more the bill has; nothing where it doesn't count.
    pub(super) fn more(&self) -> Option<i128> {
        let theirs = if self.theirs.is_empty() { Some(0) } else { self.theirs_quantity };
        theirs.map(|theirs| theirs - self.ours_quantity)
    }

    pub(super) fn has_both(&self) -> bool {
        !self.ours.is_empty() && !self.theirs.is_empty()
    }

    /// Whether something is left to be explained.
    pub(super) fn is_open(&self) -> bool {
        self.left != Split::default()
    }

    /// Whether the ledger measured usage here.
    pub(super) fn is_measured(&self, meter: &[MeterLine]) -> bool {
        let mut own = self.ours.iter().filter_map(|at| meter.get(*at));
        own.any(|line| line.origin == MeterOrigin::Measured)
    }

    /// Whether every line of the ledger here comes from there, and there is one.
    pub(super) fn is_all(&self, meter: &[MeterLine], origin: MeterOrigin) -> bool {
        let mut own = self.ours.iter().filter_map(|at| meter.get(*at));
        !self.ours.is_empty() && own.all(|line| line.origin == origin)
    }

    /// Explains a part of what is left.
    pub(super) fn explain(
        &mut self,
        (kind, amount): (PartKind, Money),
        (cause, evidence): (DriftCause, Certainty),
        sentence: String,
    ) {
        if amount == Money::ZERO {
            return;
        }
        *self.left.get_mut(kind) -= amount;
        self.parts.push(VariancePart {
            kind,
            amount,
            cause: Some(cause),
            evidence: Some(evidence),
            sentence,
        });
    }

    /// Explains all that is left of a kind.
    pub(super) fn explain_all(
        &mut self,
        kind: PartKind,
        cause: (DriftCause, Certainty),
        sentence: impl Into<String>,
    ) {
        let amount = self.left.get(kind);
        self.explain((kind, amount), cause, sentence.into());
    }

    /// Explains all that is left.
    pub(super) fn explain_whole(&mut self, cause: (DriftCause, Certainty), sentence: &str) {
        for kind in PartKind::ALL {
            self.explain_all(kind, cause, sentence);
        }
    }

    /// What is left stays without a cause.
    pub(super) fn finish(&mut self) {
        for kind in PartKind::ALL {
            let amount = self.left.get(kind);
            if amount != Money::ZERO {
                let sentence = super::words::unexplained(self, kind, amount);
                self.parts.push(VariancePart { kind, amount, cause: None, evidence: None, sentence });
            }
        }
    }
}

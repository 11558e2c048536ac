//! The rules that find causes, in the order in which they are tried.
//!
//! First what the bill's own lines state: duplicates, charges that are no usage, credentials outside of the meter. Then,
//! with everything else matched, what the numbers say; a rule takes what is left by those before it. Rules that need
//! numbers to agree to the last unit come before those that only fit, and what none explains stays open.

mod aside;
mod cells;
mod counts;
mod price;
mod terms;

use super::bill::Bill;
use super::cause::{Certainty, DriftCause};
use super::key::MatchKey;
use super::line::ChargeKind;
use super::meter::{Meter, MeterFacts, MeterOrigin};
use super::pair::Pair;
use super::pairing::Pairing;
use super::rates::Rates;
use super::reconciliation::PartKind;
use super::request::ReconcileRequest;
use crate::error::Result;
use crate::money::Money;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// What rules look at.
pub(super) struct Inquiry<'s, 'l> {
    pub(super) request: &'s ReconcileRequest,
    pub(super) meter: &'s Meter,
    pub(super) bill: &'s Bill<'l>,
    pub(super) rates: Rates<'s>,
    pub(super) pairs: Vec<Pair>,
}

/// A rule over all pairs.
type Rule = for<'s, 'l> fn(&mut Inquiry<'s, 'l>);

/// The rules for matched lines.
const RULES: [Rule; 17] = [
    rounding,
    counts::commitment,
    counts::foreign_counts,
    terms::stated,
    cells::counted_twice,
    cells::counted_by_a_multiple,
    cells::other_model_served,
    cells::other_day,
    counts::provisional,
    counts::expired,
    counts::other_than_tokens,
    counts::missing_class,
    counts::outside_the_meter,
    counts::unseen_attempts,
    counts::estimated,
    terms::by_price,
    price::all,
];

impl Inquiry<'_, '_> {
    /// Tries every rule; what is left stays open.
    pub(super) fn explain(&mut self) {
        for rule in RULES {
            rule(self);
        }
        self.pairs.iter_mut().for_each(Pair::finish);
    }

    /// What the ledger knows of a model's day.
    fn facts(&self, key: &MatchKey) -> MeterFacts {
        let cell = key.model.clone().map(|model| (key.day, model));
        cell.and_then(|cell| self.meter.facts.get(&cell).copied()).unwrap_or_default()
    }

    /// How many calls the bill has of a model's day, where it counts them.
    fn billed_calls(&self, key: &MatchKey) -> Option<i128> {
        let cell = key.model.clone().map(|model| (key.day, model))?;
        self.bill.calls.get(&cell).copied()
    }

    /// Pairs of usage by day and model.
    fn cells(&self) -> BTreeMap<(Timestamp, String), Vec<usize>> {
        let mut cells: BTreeMap<(Timestamp, String), Vec<usize>> = BTreeMap::new();
        for (at, pair) in self.pairs.iter().enumerate() {
            if pair.key.kind == ChargeKind::Usage
                && let Some(model) = &pair.key.model
            {
                cells.entry((pair.key.day, model.clone())).or_default().push(at);
            }
        }
        cells
    }

    fn pair(&self, at: usize) -> Option<&Pair> {
        self.pairs.get(at)
    }

    /// Explains what is left of a pair that differs in its counts.
    fn explain_counts(&mut self, at: usize, cause: (DriftCause, Certainty), sentence: &str) {
        if let Some(pair) = self.pairs.get_mut(at) {
            pair.explain_all(PartKind::Quantity, cause, sentence);
            if !pair.has_both() {
                pair.explain_all(PartKind::Amount, cause, sentence);
            }
        }
    }
}

/// What the bill's lines state by themselves is taken out before anything is matched.
pub(super) fn set_aside(
    pairing: &mut Pairing<'_, '_>,
    request: &ReconcileRequest,
    meter: &Meter,
) -> Result<()> {
    aside::duplicates(pairing)?;
    aside::foreign_credentials(pairing, request)?;
    aside::other_kinds(pairing, meter)
}

/// Differences that come of rounding: of the bill's last decimal, and of the ledger's pico a call.
fn rounding(inquiry: &mut Inquiry<'_, '_>) {
    for pair in &mut inquiry.pairs {
        let difference = pair.difference();
        // A count that was worked out from a rounded amount is as good as that.
        if !pair.has_both() || difference == Money::ZERO || difference.pico().abs() > pair.slack {
            continue;
        }
        let slack = Money::from_pico(pair.slack);
        let sentence = format!("the bill's decimals and the ledger's pico a call allow for {slack} USD");
        pair.explain_whole((DriftCause::Rounding, Certainty::Computed), &sentence);
    }
}

/// The ledger's lines of a pair, that come from a place.
fn is_all_of(pair: &Pair, meter: &Meter, origin: MeterOrigin) -> bool {
    pair.is_all(&meter.lines, origin)
}

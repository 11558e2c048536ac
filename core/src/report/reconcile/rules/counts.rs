//! Rules on the counts of one key.

use super::{Inquiry, is_all_of};
use crate::money::{Money, Rounding};
use crate::pricing::Dimension;
use crate::report::reconcile::bill::Charged;
use crate::report::reconcile::cause::{Certainty, DriftCause};
use crate::report::reconcile::line::ChargeKind;
use crate::report::reconcile::meter::MeterOrigin;
use crate::report::reconcile::pair::Pair;
use crate::report::reconcile::pairing::is_priority;
use crate::report::reconcile::reconciliation::PartKind;
use crate::report::reconcile::words::{counts, day, units, what};

/// An estimate that is off by no more than one part in this many is taken for one.
const ESTIMATE: i128 = 10;

/// Explains the counts of every pair that is open and of which a rule has something to say.
fn each(
    inquiry: &mut Inquiry<'_, '_>,
    cause: DriftCause,
    rule: impl Fn(&Inquiry<'_, '_>, &Pair) -> Option<(Certainty, String)>,
) {
    for at in 0..inquiry.pairs.len() {
        let found = inquiry.pair(at).filter(|pair| pair.is_open() && pair.key.kind == ChargeKind::Usage);
        if let Some((evidence, sentence)) = found.and_then(|pair| rule(inquiry, pair)) {
            inquiry.explain_counts(at, (cause, evidence), &sentence);
        }
    }
}

/// The bill has nothing of it.
fn is_ours_alone(pair: &Pair) -> bool {
    pair.theirs.is_empty()
}

/// The bill's day isn't closed, and has less than the ledger.
pub(super) fn provisional(inquiry: &mut Inquiry<'_, '_>) {
    each(inquiry, DriftCause::CutOff, |inquiry, pair| {
        let mut lines = pair.theirs.iter().filter_map(|at| inquiry.bill.lines.get(*at));
        let own_day = inquiry.bill.lines.iter().filter(|charged| charged.key.day == pair.key.day);
        let is_open = lines.any(Charged::is_provisional)
            || pair.theirs.is_empty() && { own_day }.any(Charged::is_provisional);
        let lacks = pair.more().map_or(pair.difference().is_negative(), |more| more < 0);
        (is_open && lacks).then(|| {
            let sentence = format!(
                "the bill of {} was provisional when it was fetched: {}",
                day(&pair.key),
                counts(pair)
            );
            (Certainty::Stated, sentence)
        })
    });
}

/// Calls of a tier that the bill doesn't charge one by one: it has no amount for them, and perhaps their counts.
pub(super) fn commitment(inquiry: &mut Inquiry<'_, '_>) {
    let (meter, bill) = (inquiry.meter, inquiry.bill);
    for pair in &mut inquiry.pairs {
        let mut own = pair.ours.iter().filter_map(|at| meter.lines.get(*at)).peekable();
        let mut theirs = pair.theirs.iter().filter_map(|at| bill.lines.get(*at)).peekable();
        let is_told = theirs.peek().is_some() && theirs.clone().all(|charged| is_priority(&charged.key));
        let is_ours = own.peek().is_some() && own.all(|line| is_priority(&line.key));
        let is_free = theirs.all(|charged| charged.amount.is_none());
        if is_free && (is_ours || is_told) && pair.is_open() {
            let sentence = format!(
                "{} ran in the priority tier, which the report of costs leaves out: the ledger has them at {} USD",
                units(pair.ours_quantity, &pair.key),
                pair.ours_amount
            );
            pair.explain_whole((DriftCause::Commitment, Certainty::Stated), &sentence);
        }
    }
}

/// Usage by keys on which the meter doesn't sit, where the bill counts it by key and charges it without.
pub(super) fn foreign_counts(inquiry: &mut Inquiry<'_, '_>) {
    let Some(metered) = &inquiry.request.metered else { return };
    let bill = inquiry.bill;
    for pair in &mut inquiry.pairs {
        let foreign =
            pair.theirs.iter().filter_map(|at| bill.lines.get(*at)).filter(|charged| {
                charged.line.credential.as_deref().is_some_and(|own| !metered.contains(own))
            });
        let foreign: i128 = foreign.filter_map(|charged| charged.quantity).sum();
        let Some(more) = pair.more().filter(|more| foreign > 0 && *more >= foreign) else { continue };
        // A part of what the bill has more is as much of its price.
        let part = |amount: Money| {
            let product = amount.pico().checked_mul(foreign)?;
            Some(Money::from_pico(Rounding::HalfEven.divide(product, more)))
        };
        let sentence =
            format!("the bill has {} of keys on which the meter doesn't sit", units(foreign, &pair.key));
        let cause = (DriftCause::OutsideTheMeter, Certainty::Stated);
        if let Some(amount) = part(pair.left.quantity) {
            pair.explain((PartKind::Quantity, amount), cause, sentence);
        }
    }
}

/// Holds that became spend because nobody said what their calls cost, and what those calls really used.
pub(super) fn expired(inquiry: &mut Inquiry<'_, '_>) {
    each(inquiry, DriftCause::EstimatedTokens, |inquiry, pair| {
        let expired = inquiry.facts(&pair.key).expired;
        if is_ours_alone(pair) && is_all_of(pair, inquiry.meter, MeterOrigin::Expired) {
            let sentence = format!(
                "{expired} calls were booked with their hold of {} USD, for nobody said what they cost",
                pair.ours_amount
            );
            return Some((Certainty::Stated, sentence));
        }
        let has_more = pair.more().is_some_and(|more| more > 0);
        (expired > 0 && has_more).then(|| {
            let sentence =
                format!("{expired} calls were booked with their hold, without usage: {}", counts(pair));
            (Certainty::Stated, sentence)
        })
    });
}

/// Searches, runs and the like that the ledger doesn't have.
pub(super) fn other_than_tokens(inquiry: &mut Inquiry<'_, '_>) {
    each(inquiry, DriftCause::NonTokenCharge, |_, pair| {
        let is_other = pair.key.dimension.is_some_and(|dimension| !dimension.is_tokens());
        (is_other && pair.ours_quantity == 0 && !pair.theirs.is_empty()).then(|| {
            let sentence = format!(
                "the bill charges {} USD for {}, of which the ledger has none",
                pair.theirs_amount,
                units(pair.theirs_quantity.unwrap_or_default(), &pair.key)
            );
            (Certainty::Computed, sentence)
        })
    });
}

/// A class of tokens that the ledger doesn't have of a model whose others it has.
pub(super) fn missing_class(inquiry: &mut Inquiry<'_, '_>) {
    let metered: std::collections::BTreeSet<_> = metered(inquiry).collect();
    each(inquiry, DriftCause::MissingTokenClass, |_, pair| {
        let cell = pair.key.model.clone().map(|model| (pair.key.day, model))?;
        let is_missing = pair.ours_quantity == 0 && !pair.theirs.is_empty() && pair.key.dimension.is_some();
        (is_missing && metered.contains(&cell)).then(|| {
            let sentence = format!(
                "the bill charges {} USD for {}, a class of tokens that the ledger doesn't have of these calls",
                pair.theirs_amount,
                units(pair.theirs_quantity.unwrap_or_default(), &pair.key)
            );
            (Certainty::Computed, sentence)
        })
    });
}

/// Days and models of which the ledger has measured usage.
fn metered<'c>(inquiry: &'c Inquiry<'_, '_>) -> impl Iterator<Item = (crate::time::Timestamp, String)> + 'c {
    let own = inquiry.meter.lines.iter().filter(|line| line.origin != MeterOrigin::Adjusted);
    own.filter_map(|line| Some((line.key.day, line.key.model.clone()?)))
}

/// A model of which the ledger has nothing that day.
pub(super) fn outside_the_meter(inquiry: &mut Inquiry<'_, '_>) {
    let metered: std::collections::BTreeSet<_> = metered(inquiry).collect();
    each(inquiry, DriftCause::OutsideTheMeter, |_, pair| {
        let cell = pair.key.model.clone().map(|model| (pair.key.day, model))?;
        (!metered.contains(&cell) && !pair.theirs.is_empty()).then(|| {
            let sentence = format!(
                "the bill charges {} USD for {} on {}, and no call of that model passed the meter",
                pair.theirs_amount,
                what(&pair.key),
                day(&pair.key)
            );
            (Certainty::Computed, sentence)
        })
    });
}

/// Attempts whose usage nobody read: the bill has more calls, or the ledger knows of calls without an answer.
pub(super) fn unseen_attempts(inquiry: &mut Inquiry<'_, '_>) {
    each(inquiry, DriftCause::UnseenAttempts, |inquiry, pair| {
        let has_more = pair.more().is_some_and(|more| more > 0) && pair.ours_quantity > 0;
        if !has_more {
            return None;
        }
        let facts = inquiry.facts(&pair.key);
        if let Some(billed) = inquiry.billed_calls(&pair.key) {
            let more = billed - i128::from(facts.calls);
            return (more > 0).then(|| {
                let sentence =
                    format!("the bill has {billed} calls and the ledger {}: {}", facts.calls, counts(pair));
                (Certainty::Computed, sentence)
            });
        }
        let without = facts.released.saturating_add(facts.unresolved);
        (without > 0).then(|| {
            let sentence = format!(
                "{without} calls ended without an answer, and may have been billed all the same: {}",
                counts(pair)
            );
            (Certainty::Likely, sentence)
        })
    });
}

/// Counts that are off by a little, for as many calls: a tokenizer's guess.
pub(super) fn estimated(inquiry: &mut Inquiry<'_, '_>) {
    each(inquiry, DriftCause::EstimatedTokens, |inquiry, pair| {
        let (more, billed) = (pair.more()?, pair.theirs_quantity?);
        let is_small = pair.has_both() && more != 0 && more.abs().checked_mul(ESTIMATE)? <= billed.abs();
        let is_tokens = pair.key.dimension.is_some_and(Dimension::is_tokens);
        if !is_small || !is_tokens || pair.left.quantity == Money::ZERO {
            return None;
        }
        let calls = inquiry.facts(&pair.key).calls;
        match inquiry.billed_calls(&pair.key) {
            Some(billed) if billed == i128::from(calls) => {
                let sentence =
                    format!("both sides have {calls} calls, and counted otherwise: {}", counts(pair));
                Some((Certainty::Computed, sentence))
            }
            Some(_) => None,
            None => {
                let sentence = format!("the counts are off by less than a tenth: {}", counts(pair));
                Some((Certainty::Likely, sentence))
            }
        }
    });
}

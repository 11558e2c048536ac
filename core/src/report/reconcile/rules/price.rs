//! Rules on prices: another currency, a price that has changed, a discount on everything.

use super::Inquiry;
use crate::money::Money;
use crate::report::reconcile::amount::ReportedAmount;
use crate::report::reconcile::cause::{Certainty, DriftCause};
use crate::report::reconcile::pair::Pair;
use crate::report::reconcile::rates::{Rates, Under};
use crate::report::reconcile::reconciliation::PartKind;
use crate::report::reconcile::words::{per_million, prices};
use std::collections::BTreeSet;

/// Two ratios are one when they differ by no more than one part in this many.
const SAME_RATIO: i128 = 1_000_000;

/// The three, in this order: exchange, stale by the price book, one ratio, stale by a plain price.
pub(super) fn all(inquiry: &mut Inquiry<'_, '_>) {
    exchange(inquiry);
    stale_by_book(inquiry);
    one_ratio(inquiry);
    plain_price(inquiry);
}

fn differs(pair: &Pair) -> bool {
    pair.left.rate != Money::ZERO && pair.has_both() && pair.ours_quantity > 0
}

/// Amounts in another currency, at another rate than the one that was given.
fn exchange(inquiry: &mut Inquiry<'_, '_>) {
    let bill = inquiry.bill;
    for pair in &mut inquiry.pairs {
        let mut billed = pair.theirs.iter().filter_map(|at| bill.lines.get(*at));
        let foreign = billed.find(|charged| charged.is_foreign);
        let currency = foreign.and_then(|charged| charged.line.amount.as_ref()).map(ReportedAmount::currency);
        if let Some(currency) = currency.filter(|_| differs(pair)) {
            let rate = inquiry.request.rates.iter().find(|rate| rate.currency == currency);
            let told =
                rate.map_or_else(String::new, |rate| format!(" of {} USD ({})", rate.usd, rate.source));
            let sentence =
                format!("the bill is in {currency}, at another rate than that{told}: {}", prices(pair));
            pair.explain_all(PartKind::Rate, (DriftCause::Fx, Certainty::Likely), sentence);
        }
    }
}

/// The bill charges what the price book says, and the ledger had priced by something else.
fn stale_by_book(inquiry: &mut Inquiry<'_, '_>) {
    let Inquiry { bill, rates, pairs, .. } = inquiry;
    for pair in pairs.iter_mut().filter(|pair| differs(pair)) {
        let billed = || pair.theirs.iter().filter_map(|at| bill.lines.get(*at));
        let has_counts = billed().any(|charged| charged.quantity.is_some());
        // Each line under its own terms, as the bill states them; counts on lines of their own are priced once.
        let billed = billed().filter(|charged| !has_counts || charged.quantity.is_some());
        let expected = billed.map(|charged| {
            let (model, dimension) = (charged.key.model.as_deref()?, charged.key.dimension?);
            let unit = rates.unit(model, dimension, Under::of(&charged.key), charged.key.day)?;
            Rates::cost(unit, charged.count(rates)?)
        });
        let Some(expected) = expected.sum::<Option<Money>>() else { continue };
        if (expected - pair.theirs_amount).pico().abs() <= pair.slack {
            let sentence = format!("the price book agrees with the bill: {}", prices(pair));
            pair.explain_all(PartKind::Rate, (DriftCause::StalePrice, Certainty::Computed), sentence);
        }
    }
}

/// One ratio, below one, between the bill and the ledger's prices over several articles.
fn one_ratio(inquiry: &mut Inquiry<'_, '_>) {
    // What the bill's counts cost at the ledger's price, and what they are charged.
    let ratio = |pair: &Pair| {
        let expected = pair.theirs_amount - pair.left.rate;
        (expected > Money::ZERO).then(|| (pair.theirs_amount.pico(), expected.pico()))
    };
    let found: Vec<(usize, (i128, i128))> = inquiry
        .pairs
        .iter()
        .enumerate()
        .filter(|(_, pair)| differs(pair) && pair.left.rate == pair.split.rate)
        .filter_map(|(at, pair)| Some((at, ratio(pair)?)))
        .collect();
    let Some((_, (charged, expected))) = found.iter().copied().max_by_key(|(_, (_, expected))| *expected)
    else {
        return;
    };
    let same: Vec<usize> = found
        .iter()
        .filter(|(at, (own, list))| {
            let slack = inquiry.pair(*at).map_or(0, |pair| pair.slack);
            is_same((*own, *list), (charged, expected), slack)
        })
        .map(|(at, _)| *at)
        .collect();
    let articles: BTreeSet<_> = same
        .iter()
        .filter_map(|at| inquiry.pair(*at))
        .map(|pair| (pair.key.model.clone(), pair.key.dimension))
        .collect();
    if charged >= expected || articles.len() < 2 || same.len() < found.len() {
        return;
    }
    let off = (expected - charged).saturating_mul(10_000) / expected;
    for at in same {
        let Some(pair) = inquiry.pairs.get_mut(at) else { continue };
        let sentence = format!(
            "{} articles are charged {}.{:02} % below the ledger's prices, all alike: {}",
            articles.len(),
            off / 100,
            off % 100,
            prices(pair)
        );
        pair.explain_all(PartKind::Rate, (DriftCause::Discount, Certainty::Computed), sentence);
    }
}

fn is_same((charged, list): (i128, i128), (other, other_list): (i128, i128), slack: i128) -> bool {
    let (Some(left), Some(right)) = (charged.checked_mul(other_list), other.checked_mul(list)) else {
        return false;
    };
    let allowed = (right.abs() / SAME_RATIO).max(slack.saturating_mul(other_list));
    (left - right).abs() <= allowed
}

/// A price that is a whole number of pico for one unit, as published prices are, and not the ledger's.
fn plain_price(inquiry: &mut Inquiry<'_, '_>) {
    for pair in inquiry.pairs.iter_mut().filter(|pair| differs(pair) && !pair.is_implied) {
        let Some(billed) = pair.theirs_quantity.filter(|billed| *billed > 0) else { continue };
        let is_plain = pair.theirs_amount.pico() % billed == 0;
        if is_plain && pair.left.rate == pair.split.rate {
            let sentence = format!(
                "the bill has a plain price of {} USD a million, which isn't the ledger's: {}",
                per_million(pair.theirs_amount, billed),
                prices(pair)
            );
            pair.explain_all(PartKind::Rate, (DriftCause::StalePrice, Certainty::Likely), sentence);
        }
    }
}

//! Rules on the terms of a price: batch, priority, the length of the context, the region.

use super::Inquiry;
use crate::money::Money;
use crate::pricing::Dimension;
use crate::report::reconcile::bill::Charged;
use crate::report::reconcile::cause::{Certainty, DriftCause};
use crate::report::reconcile::line::STANDARD;
use crate::report::reconcile::meter::MeterLine;
use crate::report::reconcile::pair::Pair;
use crate::report::reconcile::rates::{Rates, Under};
use crate::report::reconcile::reconciliation::PartKind;
use crate::report::reconcile::words::{grouped_units, prices};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// Terms that a bill may have used without saying so.
const TIERS: [&str; 4] = ["batch", "priority", "flex", "fast"];
const CONTEXTS: [&str; 4] = [">128000", ">200000", ">256000", ">272000"];
const REGIONS: [&str; 2] = ["us", "eu"];

/// What each term adds to the standard price of so many units.
type Surcharges = BTreeMap<DriftCause, Money>;

struct Article<'a> {
    rates: &'a Rates<'a>,
    model: &'a str,
    dimension: Dimension,
    at: Timestamp,
}

impl Article<'_> {
    fn cost(&self, quantity: i128, under: Under<'_>) -> Option<Money> {
        Rates::cost(self.rates.unit(self.model, self.dimension, under, self.at)?, quantity)
    }

    /// Adds what a line's terms add, one after the other.
    fn add(&self, to: &mut Surcharges, quantity: i128, under: Under<'_>, sign: i128) -> Option<()> {
        let mut sofar = Under::default();
        let mut before = self.cost(quantity, sofar)?;
        let steps = [
            (under.tier, tier_cause(under.tier)),
            (under.context, DriftCause::ContextTier),
            (under.geo, DriftCause::GeoMultiplier),
        ];
        for (step, (term, cause)) in steps.into_iter().enumerate() {
            if term.is_none_or(|term| term == STANDARD) {
                continue;
            }
            match step {
                0 => sofar.tier = term,
                1 => sofar.context = term,
                _ => sofar.geo = term,
            }
            let with = self.cost(quantity, sofar)?;
            *to.entry(cause).or_default() += Money::from_pico((with - before).pico() * sign);
            before = with;
        }
        Some(())
    }
}

fn tier_cause(tier: Option<&str>) -> DriftCause {
    let is_batch = tier.is_some_and(|tier| tier.split('+').any(|own| own == "batch"));
    if is_batch { DriftCause::BatchTier } else { DriftCause::PriorityTier }
}

/// The bill states terms that the ledger didn't price by, or the other way round.
pub(super) fn stated(inquiry: &mut Inquiry<'_, '_>) {
    for at in 0..inquiry.pairs.len() {
        let found = inquiry.pair(at).and_then(|pair| surcharges(inquiry, pair));
        let Some((surcharges, counts)) = found else { continue };
        let Some(pair) = inquiry.pairs.get_mut(at) else { continue };
        for (cause, amount) in surcharges {
            let sentence = format!(
                "the bill states {} of its {}, which the ledger priced otherwise: {amount} USD",
                counts.get(&cause).map_or_else(|| "other terms for a part".to_owned(), Clone::clone),
                grouped_units(pair)
            );
            pair.explain((PartKind::Rate, amount), (cause, Certainty::Stated), sentence);
        }
    }
}

type Told = BTreeMap<DriftCause, String>;

fn surcharges(inquiry: &Inquiry<'_, '_>, pair: &Pair) -> Option<(Surcharges, Told)> {
    if pair.left.rate == Money::ZERO || !pair.has_both() {
        return None;
    }
    let (model, dimension) = (pair.key.model.as_deref()?, pair.key.dimension?);
    let article = Article { rates: &inquiry.rates, model, dimension, at: pair.key.day };
    let billed: Vec<&Charged<'_>> = pair.theirs.iter().filter_map(|at| inquiry.bill.lines.get(*at)).collect();
    let own: Vec<&MeterLine> = pair.ours.iter().filter_map(|at| inquiry.meter.lines.get(*at)).collect();
    let (mut surcharges, mut told) = (Surcharges::new(), Told::new());
    // Where counts and amounts are on lines of their own, the counts' terms are the ones that multiply.
    let has_counts = billed.iter().any(|charged| charged.quantity.is_some());
    let counted = billed.iter().filter(|charged| !has_counts || charged.quantity.is_some());
    let mut is_special = false;
    for charged in counted {
        let under = Under::of(&charged.key);
        let quantity = charged.count(&inquiry.rates)?;
        article.add(&mut surcharges, quantity, under, 1)?;
        for (term, cause) in [
            (under.tier, tier_cause(under.tier)),
            (under.context, DriftCause::ContextTier),
            (under.geo, DriftCause::GeoMultiplier),
        ] {
            if let Some(term) = term.filter(|term| *term != STANDARD) {
                is_special = true;
                told.entry(cause).or_insert_with(|| format!("{term} for {quantity}"));
            }
        }
    }
    for line in own {
        let under = Under::of(&line.key);
        is_special |= [under.tier, under.context, under.geo].iter().flatten().any(|term| *term != STANDARD);
        article.add(&mut surcharges, i128::from(line.quantity), under, -1)?;
    }
    surcharges.retain(|_, amount| *amount != Money::ZERO);
    (is_special && !surcharges.is_empty()).then_some((surcharges, told))
}

/// The bill's price is the price book's under terms that the bill doesn't name.
pub(super) fn by_price(inquiry: &mut Inquiry<'_, '_>) {
    for at in 0..inquiry.pairs.len() {
        let Some((cause, term)) = inquiry.pair(at).and_then(|pair| unnamed(inquiry, pair)) else { continue };
        let Some(pair) = inquiry.pairs.get_mut(at) else { continue };
        let sentence = format!("the bill's price is that of {term}: {}", prices(pair));
        pair.explain_all(PartKind::Rate, (cause, Certainty::Computed), sentence);
    }
}

fn unnamed(inquiry: &Inquiry<'_, '_>, pair: &Pair) -> Option<(DriftCause, &'static str)> {
    if pair.left.rate == Money::ZERO || pair.is_implied {
        return None;
    }
    let (model, dimension) = (pair.key.model.as_deref()?, pair.key.dimension?);
    let quantity = pair.theirs_quantity?;
    let article = Article { rates: &inquiry.rates, model, dimension, at: pair.key.day };
    let fits = |under: Under<'_>| {
        let cost = article.cost(quantity, under);
        cost.is_some_and(|cost| (cost - pair.theirs_amount).pico().abs() <= pair.slack)
    };
    if fits(Under::default()) {
        return None;
    }
    let mut billed = pair.theirs.iter().filter_map(|at| inquiry.bill.lines.get(*at));
    let names_tier = billed.clone().any(|charged| charged.key.tier.is_some());
    let names_context = billed.clone().any(|charged| charged.key.context.is_some());
    let names_geo = billed.any(|charged| charged.key.geo.is_some());
    let tier = TIERS
        .into_iter()
        .filter(|_| !names_tier)
        .find(|tier| fits(Under { tier: Some(tier), ..Under::default() }));
    if let Some(tier) = tier {
        return Some((tier_cause(Some(tier)), tier));
    }
    let context = CONTEXTS
        .into_iter()
        .filter(|_| !names_context)
        .find(|context| fits(Under { context: Some(context), ..Under::default() }));
    if let Some(context) = context {
        return Some((DriftCause::ContextTier, context));
    }
    let geo = REGIONS
        .into_iter()
        .filter(|_| !names_geo)
        .find(|geo| fits(Under { geo: Some(geo), ..Under::default() }));
    geo.map(|geo| (DriftCause::GeoMultiplier, geo))
}

//! From two sides to the reconciliation.

use super::bill::Bill;
use super::cause::DriftCause;
use super::key::{MatchKey, MatchLevel};
use super::line::ChargeKind;
use super::meter::{Meter, MeterOrigin, MeterRequest, MeterShare};
use super::names::Names;
use super::pair::Pair;
use super::pairing::Pairing;
use super::rates::Rates;
use super::reconciliation::{
    BillReference, LineState, MAX_REFERENCES, ReconciledLine, Reconciliation, Side, SourceTotal,
};
use super::request::ReconcileRequest;
use super::rules::{Inquiry, set_aside};
use crate::error::Result;
use crate::ledger::Store;
use crate::money::Money;
use crate::pricing::PriceBook;
use crate::tags::{Dictionary, TagSetId};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// Compares bills with a ledger, line by line: what matches, what differs, why, and what to post. The same lines in any
/// order give the same answer.
///
/// # Errors
/// `report_invalid` for a request out of bounds, `currency_unsupported` for an amount whose rate isn't given,
/// `money_overflow`, `ledger_*`.
pub fn reconcile_store(
    store: &mut dyn Store,
    (dictionary, book): (&Dictionary, &PriceBook),
    request: &ReconcileRequest,
    now: Timestamp,
) -> Result<Reconciliation> {
    request.check()?;
    let mut names = Names::new(book, &request.provider);
    let wanted = MeterRequest {
        period: request.period,
        provider: &request.provider,
        credential: request.credential.as_ref(),
    };
    let mut meter = Meter::read(store, dictionary, &wanted, &mut names)?;
    let rates = Rates::new(book, &request.provider);
    let bill = Bill::read(request, &names, &rates)?;
    if bill.is_by_period {
        meter = meter.by_period(request.period.start());
    }
    compare(request, (&meter, &bill), rates, (&book.version().to_string(), now))
}

/// The same with both sides in hand.
pub(super) fn compare(
    request: &ReconcileRequest,
    (meter, bill): (&Meter, &Bill<'_>),
    rates: Rates<'_>,
    (price_version, now): (&str, Timestamp),
) -> Result<Reconciliation> {
    let mut pairing = Pairing::new(&meter.lines, bill, &rates);
    set_aside(&mut pairing, request, meter)?;
    pairing.match_all()?;
    let mut pairs = pairing.pairs;
    pairs.sort_by(|left, right| {
        (&left.key, left.level, &left.theirs).cmp(&(&right.key, right.level, &right.theirs))
    });
    let mut inquiry = Inquiry { request, meter, bill, rates, pairs };
    inquiry.explain();
    let pairs = inquiry.pairs;
    let shares = Shares::new(meter);
    let lines: Vec<ReconciledLine> = pairs
        .iter()
        .zip(1..)
        .map(|(pair, number)| line(pair, number, (meter, bill), (&shares, request)))
        .collect();
    let (ours, theirs): (Money, Money) =
        (lines.iter().map(|line| line.ours.amount).sum(), lines.iter().map(|line| line.theirs.amount).sum());
    let mut found = Reconciliation {
        schema_version: 1,
        provider: request.provider.clone(),
        start: request.period.start(),
        end: request.period.end(),
        generated_at: now,
        price_version: price_version.to_owned(),
        entries: meter.entries,
        sources: sources(bill, ours),
        ours,
        theirs,
        difference: theirs - ours,
        matched: Money::ZERO,
        matched_basis_points: 0,
        explained: Money::ZERO,
        unexplained: Money::ZERO,
        explained_basis_points: 0,
        unexplained_of_bill_basis_points: 0,
        causes: Vec::new(),
        lines,
        policy: request.policy,
        withheld: request.withheld.clone(),
        sign_off: None,
        notes: notes(bill, request),
    };
    found.sum_up();
    Ok(found)
}

fn notes(bill: &Bill<'_>, request: &ReconcileRequest) -> Vec<String> {
    let mut notes = bill.notes.clone();
    if bill.is_by_period {
        notes.push("the bill has lines over more than a day: the period is compared as one day".to_owned());
    }
    for rate in &request.rates {
        notes.push(format!("1 {} is {} USD, by {}", rate.currency, rate.usd, rate.source));
    }
    let provisional = bill.lines.iter().filter(|charged| charged.is_provisional()).count();
    if provisional > 0 {
        notes.push(format!("{provisional} lines of the bill were provisional when they were fetched"));
    }
    notes
}

fn sources(bill: &Bill<'_>, ours: Money) -> Vec<SourceTotal> {
    let total = |(source, told): (&super::line::BillSource, &super::bill::Told)| SourceTotal {
        source: *source,
        lines: told.lines,
        total: told.total,
        difference: told.total.map(|total| total - ours),
        gives_amounts: told.gives_amounts,
        gives_counts: told.gives_counts,
        payload_hashes: told.payloads.iter().cloned().collect(),
    };
    bill.sources.iter().map(total).collect()
}

fn line(
    pair: &Pair,
    number: u64,
    (meter, bill): (&Meter, &Bill<'_>),
    (shares, request): (&Shares, &ReconcileRequest),
) -> ReconciledLine {
    let lines = |side: &[usize]| u64::try_from(side.len()).unwrap_or(u64::MAX);
    let billed = pair.theirs.iter().filter_map(|at| bill.lines.get(*at));
    let references = billed.take(MAX_REFERENCES).map(|charged| BillReference {
        source: charged.line.source,
        payload_hash: charged.line.payload_hash.clone(),
        row: charged.line.row,
        as_reported: charged.line.amount.as_ref().map(|amount| amount.as_reported().to_owned()),
    });
    let has_count = !pair.ours.is_empty() && pair.key.dimension.is_some();
    let mut line = ReconciledLine {
        number,
        key: pair.key.clone(),
        level: pair.level,
        ours: Side {
            quantity: has_count.then_some(pair.ours_quantity),
            amount: pair.ours_amount,
            lines: lines(&pair.ours),
        },
        theirs: Side {
            quantity: pair.theirs_quantity,
            amount: pair.theirs_amount,
            lines: lines(&pair.theirs),
        },
        difference: pair.difference(),
        quantity_part: pair.split.quantity,
        rate_part: pair.split.rate,
        amount_part: pair.split.amount,
        parts: pair.parts.clone(),
        state: LineState::Matched,
        accepted: None,
        references: references.collect(),
        shares: if pair.parts.is_empty() { Vec::new() } else { shares.of(pair, meter) },
    };
    line.state = state(&line, request);
    line
}

fn state(line: &ReconciledLine, request: &ReconcileRequest) -> LineState {
    let open = line.size(false);
    if line.parts.is_empty() {
        LineState::Matched
    } else if open == Money::ZERO {
        LineState::Explained
    } else if request.policy.allows(open, line.theirs.amount) {
        LineState::Accepted
    } else {
        LineState::Open
    }
}

/// Who spent, by key from the finest to the whole period.
struct Shares {
    by_cell: BTreeMap<MatchKey, Vec<MeterShare>>,
    by_day: BTreeMap<Timestamp, Vec<MeterShare>>,
    all: Vec<MeterShare>,
}

impl Shares {
    fn new(meter: &Meter) -> Self {
        let (mut by_cell, mut by_day, mut all) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for line in meter.lines.iter().filter(|line| line.origin != MeterOrigin::Adjusted) {
            add(by_cell.entry(line.key.at(MatchLevel::ModelDay)).or_default(), &line.shares);
            add(by_day.entry(line.key.day).or_default(), &line.shares);
            add(&mut all, &line.shares);
        }
        let summed = |shares: Vec<MeterShare>| summed(shares);
        Self {
            by_cell: by_cell.into_iter().map(|(key, shares)| (key, summed(shares))).collect(),
            by_day: by_day.into_iter().map(|(day, shares)| (day, summed(shares))).collect(),
            all: summed(all),
        }
    }

    /// Those who spent at the pair's key; without any, those who spent on the model that day, that day, or at all. What
    /// didn't pass the meter is nobody's.
    fn of(&self, pair: &Pair, meter: &Meter) -> Vec<MeterShare> {
        let is_outside = pair.parts.iter().all(|part| part.cause == Some(DriftCause::OutsideTheMeter));
        if is_outside {
            return Vec::new();
        }
        let mut own = Vec::new();
        for line in pair.ours.iter().filter_map(|at| meter.lines.get(*at)) {
            add(&mut own, &line.shares);
        }
        let own = summed(own);
        if !own.is_empty() {
            return own;
        }
        let cell = MatchKey { kind: ChargeKind::Usage, ..pair.key.at(MatchLevel::ModelDay) };
        let found = self.by_cell.get(&cell).or_else(|| self.by_day.get(&pair.key.day));
        found.unwrap_or(&self.all).clone()
    }
}

fn add(to: &mut Vec<MeterShare>, shares: &[MeterShare]) {
    to.extend(shares.iter().cloned());
}

/// One share for each tag set, with its latest entry.
fn summed(shares: Vec<MeterShare>) -> Vec<MeterShare> {
    let mut sums: BTreeMap<TagSetId, MeterShare> = BTreeMap::new();
    for share in shares {
        match sums.get_mut(&share.tag_set) {
            Some(own) => {
                own.amount += share.amount;
                own.entry = own.entry.max(share.entry);
            }
            None => drop(sums.insert(share.tag_set, share)),
        }
    }
    sums.into_values().collect()
}

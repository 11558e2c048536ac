//! The bill's side: which document gives amounts and which gives counts, in USD and under canonical names.
//!
//! Several documents may tell the same thing. One of them counts; the totals of the others are compared with it, so
//! that meter, report and invoice are matched three ways and nothing is added twice.

use super::key::MatchKey;
use super::line::{BillSource, ChargeKind, DAY, LineStatus, ProviderLine};
use super::names::Names;
use super::rates::{Rates, Under};
use super::request::ReconcileRequest;
use crate::error::Result;
use crate::money::{Currency, Money};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Documents of amounts, the first that is there counts.
const AMOUNTS: [BillSource; 6] = [
    BillSource::CostApi,
    BillSource::Cur,
    BillSource::BillingExport,
    BillSource::Focus,
    BillSource::Csv,
    BillSource::Invoice,
];
/// The least decimals that an amount of a bill is taken to have: cents.
const MIN_DECIMALS: u32 = 2;
/// A line that is longer than a day and an hour covers a period rather than a day.
const LONGEST_DAY: i64 = DAY + DAY / 24;

/// One line of the bill that is compared.
#[derive(Debug)]
pub(super) struct Charged<'l> {
    pub(super) line: &'l ProviderLine,
    pub(super) key: MatchKey,
    pub(super) quantity: Option<i128>,
    pub(super) amount: Option<Money>,
    /// By how much the amount may be off because the bill rounds, in pico.
    pub(super) slack: i128,
    pub(super) is_foreign: bool,
}

impl Charged<'_> {
    pub(super) fn is_provisional(&self) -> bool {
        self.line.status == LineStatus::Provisional
    }

    /// The count that the bill gives, or the one that its amount is at the price of its terms.
    pub(super) fn count(&self, rates: &Rates<'_>) -> Option<i128> {
        if self.quantity.is_some() {
            return self.quantity;
        }
        let (model, dimension, amount) = (self.key.model.as_deref()?, self.key.dimension?, self.amount?);
        let unit = rates.unit(model, dimension, Under::of(&self.key), self.key.day)?;
        Rates::quantity(unit, amount, self.slack)
    }
}

/// The bill's side of a reconciliation.
#[derive(Debug, Default)]
pub(super) struct Bill<'l> {
    pub(super) lines: Vec<Charged<'l>>,
    /// Calls by day and model, where the bill counts them.
    pub(super) calls: BTreeMap<(Timestamp, String), i128>,
    /// Total, lines and use of each source.
    pub(super) sources: BTreeMap<BillSource, Told>,
    /// Whether one document gives the amounts and another the counts.
    pub(super) has_two: bool,
    /// Whether the lines cover the period rather than days.
    pub(super) is_by_period: bool,
    pub(super) notes: Vec<String>,
}

/// What a source tells altogether.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) lines: u64,
    pub(super) total: Option<Money>,
    pub(super) gives_amounts: bool,
    pub(super) gives_counts: bool,
    pub(super) payloads: BTreeSet<String>,
}

impl<'l> Bill<'l> {
    /// Puts the lines of a request in order; their own order doesn't matter.
    pub(super) fn read(request: &'l ReconcileRequest, names: &Names<'_>, rates: &Rates<'_>) -> Result<Self> {
        let is_of_provider = |line: &&ProviderLine| line.provider == request.provider;
        let is_in_period = |line: &&ProviderLine| request.period.contains(line.start);
        let mut lines: Vec<&ProviderLine> =
            request.lines.iter().filter(is_of_provider).filter(is_in_period).collect();
        lines.sort();
        let mut bill = Self::default();
        bill.left_out(request, lines.len());
        let decimals = decimals(&lines);
        bill.add_sources(&lines, request)?;
        let counts = bill.sources.iter().find(|(_, told)| told.gives_counts).map(|(source, _)| *source);
        let amounts = bill.sources.iter().find(|(_, told)| told.gives_amounts).map(|(source, _)| *source);
        let is_long = |line: &&&ProviderLine| {
            line.kind == ChargeKind::Usage && line.end.micros() - line.start.micros() > LONGEST_DAY
        };
        bill.is_by_period =
            lines.iter().filter(|line| Some(line.source) == amounts).any(|line| is_long(&line));
        // Reports of cost and of usage are rarely grouped by the same keys.
        bill.has_two = counts.is_some() && amounts.is_some() && counts != amounts;
        for line in lines {
            let model = line.model_raw.as_deref().map(|raw| names.billed(raw, line.start));
            let mut key = MatchKey::of(line, model);
            if bill.is_by_period {
                key.day = request.period.start();
            }
            if bill.has_two {
                key.credential = None;
            }
            if line.kind == ChargeKind::Calls {
                if let (Some(model), Some(calls)) = (&key.model, line.quantity) {
                    *bill.calls.entry((key.day, model.clone())).or_default() += calls;
                }
                continue;
            }
            bill.charge(line, key, (amounts, counts), (&decimals, request, rates))?;
        }
        Ok(bill)
    }

    fn charge(
        &mut self,
        line: &'l ProviderLine,
        key: MatchKey,
        (amounts, counts): (Option<BillSource>, Option<BillSource>),
        (decimals, request, rates): (&BTreeMap<BillSource, u32>, &ReconcileRequest, &Rates<'_>),
    ) -> Result<()> {
        let mut charged = Charged {
            line,
            key,
            quantity: line.quantity.filter(|_| Some(line.source) == counts),
            amount: None,
            slack: 0,
            is_foreign: false,
        };
        if Some(line.source) == amounts
            && let Some(amount) = &line.amount
        {
            let decimals = decimals.get(&line.source).copied().unwrap_or(MIN_DECIMALS);
            charged.amount = Some(usd(line, request)?);
            charged.is_foreign = amount.currency() != Currency::USD;
            charged.slack = half_of_last(decimals);
            if charged.is_foreign {
                charged.slack = request.rate_of(amount.currency())?.convert(charged.slack)?.pico();
            }
        } else if amounts.is_none()
            && let (Some(model), Some(dimension), Some(quantity)) =
                (&charged.key.model, charged.key.dimension, charged.quantity)
        {
            // Without any amount the counts are compared, at the prices of the book.
            let unit = rates.unit(model, dimension, Under::of(&charged.key), charged.key.day);
            charged.amount = unit.and_then(|unit| Rates::cost(unit, quantity));
            charged.slack = 1;
        }
        if charged.amount.is_some() || charged.quantity.is_some() {
            self.lines.push(charged);
        }
        Ok(())
    }

    fn add_sources(&mut self, lines: &[&ProviderLine], request: &ReconcileRequest) -> Result<()> {
        for line in lines {
            let told = self.sources.entry(line.source).or_default();
            told.lines += 1;
            told.payloads.insert(line.payload_hash.clone());
            if line.amount.is_some() {
                told.total = Some(told.total.unwrap_or_default() + usd(line, request)?);
            }
        }
        let amounts =
            AMOUNTS.iter().find(|source| self.sources.get(source).is_some_and(|own| own.total.is_some()));
        if let Some(told) = amounts.and_then(|source| self.sources.get_mut(source)) {
            told.gives_amounts = true;
        }
        let has_counts = |source: BillSource| {
            let is_count = |line: &&&ProviderLine| line.kind == ChargeKind::Usage && line.quantity.is_some();
            lines.iter().filter(is_count).any(|line| line.source == source)
        };
        let own = amounts.copied().filter(|source| has_counts(*source));
        let other = [BillSource::UsageApi].into_iter().chain(AMOUNTS).find(|source| has_counts(*source));
        if let Some(told) = own.or(other).and_then(|source| self.sources.get_mut(&source)) {
            told.gives_counts = true;
        }
        if amounts.is_none() && !lines.is_empty() {
            self.notes.push(
                "no document gives amounts: counts are compared, at the prices of the price book".to_owned(),
            );
        }
        Ok(())
    }

    fn left_out(&mut self, request: &ReconcileRequest, kept: usize) {
        let left = request.lines.len() - kept;
        if left > 0 {
            let plural = if left == 1 { "line is" } else { "lines are" };
            self.notes.push(format!("{left} {plural} of another provider or another period, and left out"));
        }
    }
}

/// An amount of a line in USD.
fn usd(line: &ProviderLine, request: &ReconcileRequest) -> Result<Money> {
    let Some(amount) = &line.amount else { return Ok(Money::ZERO) };
    if amount.currency() == Currency::USD {
        return Ok(Money::from_pico(amount.pico()));
    }
    request.rate_of(amount.currency())?.convert(amount.pico())
}

/// How many decimals each source gives: the most that any of its amounts has, since zeros at the end are often dropped.
fn decimals(lines: &[&ProviderLine]) -> BTreeMap<BillSource, u32> {
    let mut most = BTreeMap::new();
    for (source, amount) in lines.iter().filter_map(|line| Some((line.source, line.amount.as_ref()?))) {
        let own: &mut u32 = most.entry(source).or_insert(MIN_DECIMALS);
        *own = (*own).max(amount.decimals());
    }
    most
}

/// Half of the last decimal, in pico.
fn half_of_last(decimals: u32) -> i128 {
    match Money::DECIMALS.checked_sub(decimals) {
        Some(dropped) if dropped > 0 => 10_i128.pow(dropped) / 2,
        _ => 0,
    }
}

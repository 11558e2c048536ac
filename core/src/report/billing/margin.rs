//! What is left of what clients pay. For oneself alone: nothing of it is in any document of a client.
//!
//! Margin is the part of the price that is left, markup what was added to cost: `(price - cost) / price` and
//! `(price - cost) / cost`. Both are told, and neither stands for the other.

use super::bill::{Bill, bill};
use super::gather::Billed;
use super::terms::ClientTerms;
use super::usage::{ClientUsage, by_client};
use crate::error::Result;
use crate::money::{Currency, Money, Rounding};
use crate::report::allocation::shared;
use crate::report::period::ReportPeriod;
use crate::report::rules::ReportRules;
use crate::tags::{Dictionary, UNALLOCATED};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Cost and price of all clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Margin {
    /// The period, as it was asked for; a client's months are those of its own time zone.
    pub period: ReportPeriod,
    /// Its time zone, as it was asked for.
    pub time_zone: String,
    /// When it was worked out.
    pub generated_at: Timestamp,
    /// Each client, the most expensive first; `unallocated` is what was spent for none.
    pub clients: Vec<MarginRow>,
    /// Each client's projects. A client's price is divided by the price of usage, so they sum to it.
    pub projects: Vec<MarginRow>,
    /// Each client's agents, in the same way.
    pub agents: Vec<MarginRow>,
    /// All clients of each currency; those without a price not among them.
    pub totals: Vec<MarginTotal>,
}

/// Cost and price of one client, or of a project or an agent of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginRow {
    /// The client.
    pub client: String,
    /// The project or agent; nothing for a client as a whole.
    pub name: Option<String>,
    /// Calls.
    pub calls: u64,
    /// What it cost, in US dollars.
    pub cost: Money,
    /// The part of the cost that came as a correction after the period: by so much the margin was restated.
    pub restated: Money,
    /// The client's currency, of what follows.
    pub currency: Currency,
    /// What it cost.
    pub cost_converted: Money,
    /// What is paid for it; nothing where there are no terms to price it by.
    pub price: Option<Money>,
    /// What is left.
    pub margin: Option<Money>,
    /// What is left, in hundredths of a percent of the price.
    pub margin_basis_points: Option<i128>,
    /// What is left, in hundredths of a percent of the cost.
    pub markup_basis_points: Option<i128>,
    /// Why there is no price.
    pub note: Option<String>,
}

/// All clients of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginTotal {
    /// The currency.
    pub currency: Currency,
    /// What they cost.
    pub cost: Money,
    /// What they pay.
    pub price: Money,
    /// What is left.
    pub margin: Money,
    /// What is left, in hundredths of a percent of the price.
    pub margin_basis_points: Option<i128>,
    /// What is left, in hundredths of a percent of the cost.
    pub markup_basis_points: Option<i128>,
}

/// Sums of cells that belong together.
#[derive(Clone, Copy, Default)]
struct Sum {
    calls: u64,
    cost: Money,
    restated: Money,
    converted: Money,
    usage: Money,
}

impl Margin {
    /// The margin over what was gathered, for each time zone by itself.
    pub(super) fn new(
        all: &[Billed],
        (asked, zone): (ReportPeriod, &str),
        dictionary: &Dictionary,
        (rules, now): (&ReportRules, Timestamp),
    ) -> Result<Self> {
        let mut margin = Self {
            period: asked,
            time_zone: zone.to_owned(),
            generated_at: now,
            clients: Vec::new(),
            projects: Vec::new(),
            agents: Vec::new(),
            totals: Vec::new(),
        };
        for billed in all {
            for (client, usage) in by_client(billed, dictionary, rules)? {
                let terms = rules.clients.of(&client);
                if terms.map_or(zone, |terms| terms.time_zone.as_str()) == billed.plan.zone {
                    margin.add(&client, terms, billed, &usage);
                }
            }
        }
        let rank = |row: &MarginRow| (std::cmp::Reverse(row.cost), row.client.clone(), row.name.clone());
        for rows in [&mut margin.clients, &mut margin.projects, &mut margin.agents] {
            rows.sort_by_cached_key(rank);
        }
        margin.totals = totals(&margin.clients);
        Ok(margin)
    }

    fn add(&mut self, client: &str, terms: Option<&ClientTerms>, billed: &Billed, usage: &ClientUsage) {
        let plan = &billed.plan;
        let is_billed =
            |stretch: usize| plan.stretch(stretch).is_some_and(|own| plan.period.contains(own.start()));
        let mut whole = Sum::default();
        let mut parts: [BTreeMap<&str, Sum>; 2] = Default::default();
        for (key, used) in usage.iter().filter(|(key, _)| is_billed(key.stretch)) {
            let own = Sum {
                calls: used.sums.calls,
                cost: used.sums.amount(),
                restated: used.moved,
                converted: used.sums.amount(),
                usage: Money::ZERO,
            };
            whole.add(&own);
            for (names, name) in parts.iter_mut().zip([&key.project, &key.agent]) {
                names.entry(name).or_default().add(&own);
            }
        }
        let priced = terms.map(|terms| (terms, bill(terms, usage, plan, &plan.months)));
        let (price, note, currency) = match &priced {
            None => (None, Some("There are no terms with the client.".to_owned()), Currency::USD),
            Some((terms, Err(error))) => (None, Some(error.message().to_owned()), terms.currency),
            Some((terms, Ok(bill))) => {
                whole.priced(bill, &mut parts);
                (Some(bill.total), None, terms.currency)
            }
        };
        // Who neither used nor pays anything isn't told.
        if whole.calls == 0 && whole.cost == Money::ZERO && price.is_none_or(|price| price == Money::ZERO) {
            return;
        }
        let note = note.filter(|_| client != UNALLOCATED);
        let row = |name: Option<&str>, sum: &Sum, price: Option<Money>| {
            MarginRow::new((client, name), sum, (price, currency), note.clone())
        };
        self.clients.push(row(None, &whole, price));
        for (rows, sums) in [&mut self.projects, &mut self.agents].into_iter().zip(&parts) {
            let divided = price.map(|price| divided(price, sums));
            for (index, (name, sum)) in sums.iter().enumerate() {
                let price = divided.as_ref().and_then(|divided| divided.get(index)).copied();
                rows.push(row(Some(name), sum, price));
            }
        }
    }

    /// The margin as JSON: amounts are decimal strings.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// A client's price by the price of what was used; where nothing was, in equal parts.
fn divided(price: Money, sums: &BTreeMap<&str, Sum>) -> Vec<Money> {
    let weights: Vec<u128> =
        sums.values().map(|sum| sum.usage.at_least_zero().pico().unsigned_abs()).collect();
    let parts = shared(price.pico(), &weights).or_else(|| shared(price.pico(), &vec![1; weights.len()]));
    parts.unwrap_or_default().into_iter().map(Money::from_pico).collect()
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.cost += other.cost;
        self.restated += other.restated;
        self.converted += other.converted;
        self.usage += other.usage;
    }

    /// Puts in the prices of usage, and cost in the client's currency.
    fn priced<'b>(&mut self, bill: &'b Bill, parts: &mut [BTreeMap<&'b str, Self>; 2]) {
        self.converted = bill.cells.iter().map(|cell| cell.cost).sum();
        for names in parts.iter_mut() {
            for sum in names.values_mut() {
                sum.converted = Money::ZERO;
            }
        }
        for cell in &bill.cells {
            for (names, name) in parts.iter_mut().zip([&cell.project, &cell.agent]) {
                let own = names.entry(name).or_default();
                (own.usage, own.converted) = (own.usage + cell.price, own.converted + cell.cost);
            }
        }
    }
}

impl MarginRow {
    fn new(
        (client, name): (&str, Option<&str>),
        sum: &Sum,
        (price, currency): (Option<Money>, Currency),
        note: Option<String>,
    ) -> Self {
        let margin = price.map(|price| price - sum.converted);
        Self {
            client: client.to_owned(),
            name: name.map(str::to_owned),
            calls: sum.calls,
            cost: sum.cost,
            restated: sum.restated,
            currency,
            cost_converted: sum.converted,
            price,
            margin,
            margin_basis_points: margin.zip(price).and_then(|(margin, price)| part_of(margin, price)),
            markup_basis_points: margin.and_then(|margin| part_of(margin, sum.converted)),
            note,
        }
    }
}

/// One amount in hundredths of a percent of another, half to even; nothing of nothing.
fn part_of(part: Money, whole: Money) -> Option<i128> {
    let product = part.pico().checked_mul(10_000)?;
    (whole > Money::ZERO).then(|| Rounding::HalfEven.divide(product, whole.pico()))
}

fn totals(clients: &[MarginRow]) -> Vec<MarginTotal> {
    let mut sums: BTreeMap<Currency, (Money, Money)> = BTreeMap::new();
    for row in clients {
        if let Some(price) = row.price {
            let sum = sums.entry(row.currency).or_default();
            *sum = (sum.0 + row.cost_converted, sum.1 + price);
        }
    }
    let total = |(currency, (cost, price)): (Currency, (Money, Money))| {
        let margin = price - cost;
        let (of_price, of_cost) = (part_of(margin, price), part_of(margin, cost));
        MarginTotal {
            currency,
            cost,
            price,
            margin,
            margin_basis_points: of_price,
            markup_basis_points: of_cost,
        }
    };
    sums.into_iter().map(total).collect()
}

//! A bill: usage priced by the rules of its time, month by month, and everything that is taken off and added.

use super::gather::BillingPlan;
use super::months::{micros, percent, portion, prorated};
use super::price::rate_of;
use super::statement::{ClientLine, ClientLineKind};
use super::terms::{ClientRule, ClientTerms, Included, VolumeMeasure, VolumeSteps};
use super::usage::{ClientUsage, UsageKey, Used};
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Money, Rate};
use crate::pricing::Dimension;
use crate::report::period;
use crate::time::Window;
use std::collections::BTreeMap;

/// What a client pays for some months.
#[derive(Debug, Default)]
pub(super) struct Bill {
    pub(super) lines: Vec<ClientLine>,
    /// The price of usage by who used it.
    pub(super) cells: Vec<PricedCell>,
    /// The price of usage, before anything is taken off or added.
    pub(super) usage: Money,
    pub(super) total: Money,
    /// What the client wants to pay at most, where that was agreed for all of the time.
    pub(super) budget: Option<Money>,
}

/// The price of what one agent used for one project.
#[derive(Debug)]
pub(super) struct PricedCell {
    pub(super) project: String,
    pub(super) agent: String,
    pub(super) service: String,
    pub(super) calls: u64,
    pub(super) price: Money,
    /// What it cost, in the client's currency.
    pub(super) cost: Money,
}

/// One rule in one month.
struct Stay<'t> {
    terms: &'t ClientTerms,
    rule: &'t ClientRule,
    month: Window,
    /// The part of the month in which the rule is in force.
    part: Window,
}

/// Usage lines by service, kind and price: quantity and amount.
type UsageLines<'t> = BTreeMap<(&'t str, Option<Dimension>, Option<Rate>), (u64, Money)>;

/// The bill of some months.
pub(super) fn bill(
    terms: &ClientTerms,
    usage: &ClientUsage,
    plan: &BillingPlan,
    months: &[Window],
) -> Result<Bill> {
    let mut bill = Bill::default();
    let mut budgets = Vec::new();
    for month in months {
        let mut billed = 0;
        for rule in &terms.rules {
            let (start, end) = (rule.during.start().max(month.start()), rule.during.end().min(month.end()));
            let Ok(part) = Window::new(start, end) else { continue };
            let stay = Stay { terms, rule, month: *month, part };
            billed += stay.add(usage, plan, &mut bill)?;
            budgets.push(rule.budget.map(|budget| prorated(budget, part, *month)));
        }
        let used = usage.keys().filter(|key| lies_in(plan, key.stretch, month)).count();
        if billed < used {
            let message = format!(
                "the client `{}` used something in {month}, when no terms are in force",
                terms.client
            );
            return Err(Error::new(ErrorCode::ReportInvalid, message)
                .with_help("give terms from when the client began"));
        }
    }
    bill.budget = budgets
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .filter(|all| !all.is_empty())
        .map(|all| all.into_iter().sum());
    bill.total = bill.lines.iter().map(|line| line.amount).sum();
    Ok(bill)
}

fn lies_in(plan: &BillingPlan, stretch: usize, window: &Window) -> bool {
    plan.stretch(stretch).is_some_and(|own| window.contains(own.start()))
}

impl<'t> Stay<'t> {
    /// Adds what the rule makes of the month's usage; gives how much of it there was.
    fn add(&self, usage: &'t ClientUsage, plan: &BillingPlan, bill: &mut Bill) -> Result<usize> {
        let mut lines = UsageLines::new();
        let (mut count, mut tokens) = (0, 0_u128);
        for (key, used) in usage.iter().filter(|(key, _)| lies_in(plan, key.stretch, &self.part)) {
            count += 1;
            let cell = self.priced(key, used, &mut lines)?;
            bill.cells.push(cell);
            let counted = used.sums.lines.iter().filter(|line| is_counted(line.dimension));
            tokens += counted.map(|line| u128::from(line.quantity)).sum::<u128>();
        }
        let price: Money = lines.values().map(|(_, amount)| *amount).sum();
        bill.usage += price;
        // What wasn't measured stands after what was.
        let (unmeasured, measured): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|((_, dimension, _), _)| dimension.is_none());
        for ((service, dimension, rate), (quantity, amount)) in measured.into_iter().chain(unmeasured) {
            if quantity > 0 || amount != Money::ZERO {
                let kind =
                    dimension.map_or_else(|| "other usage".to_owned(), |own| own.as_str().replace('_', " "));
                let mut line = self.line(ClientLineKind::Usage, format!("{service}, {kind}"), amount)?;
                (line.service, line.dimension, line.rate) = (Some(service.to_owned()), dimension, rate);
                line.quantity = dimension.map(|_| quantity);
                bill.lines.push(line);
            }
        }
        self.add_terms(price, tokens, bill)?;
        Ok(count)
    }

    fn line(&self, kind: ClientLineKind, text: String, amount: Money) -> Result<ClientLine> {
        Ok(ClientLine {
            kind,
            period: period::described(self.part, &self.terms.time_zone)?,
            text,
            service: None,
            dimension: None,
            quantity: None,
            rate: None,
            amount,
        })
    }

    /// The price of one cell, which is added to the lines.
    fn priced(&self, key: &'t UsageKey, used: &'t Used, lines: &mut UsageLines<'t>) -> Result<PricedCell> {
        let service = self.terms.label(&key.model);
        let mut price = Money::ZERO;
        let mut add = |dimension, rate, quantity: u64, amount: Money| {
            let line = lines.entry((service, dimension, rate)).or_default();
            *line = (line.0.saturating_add(quantity), line.1 + amount);
            price += amount;
        };
        for line in &used.sums.lines {
            let (rate, amount) = self.amount(&key.model, line.dimension, (line.quantity, line.amount))?;
            add(Some(line.dimension), rate, line.quantity, amount);
        }
        let has_list = !self.rule.prices.is_empty() && self.rule.markup_basis_points.is_none();
        // Cost without usage has no quantity that a list could price.
        if used.sums.unmeasured != Money::ZERO && !has_list {
            add(None, None, 0, self.marked_up(used.sums.unmeasured));
        }
        Ok(PricedCell {
            project: key.project.clone(),
            agent: key.agent.clone(),
            service: service.to_owned(),
            calls: used.sums.calls,
            price,
            cost: self.rule.converted(used.sums.amount()),
        })
    }

    /// What a quantity is sold for, and at which price of one unit where the list has one.
    fn amount(
        &self,
        model: &str,
        dimension: Dimension,
        (quantity, cost): (u64, Money),
    ) -> Result<(Option<Rate>, Money)> {
        let rule = self.rule;
        if let Some(rate) = rate_of(&rule.prices, model, dimension) {
            return Ok((Some(rate), rate.price(quantity).to_money()));
        }
        if rule.prices.is_empty() || rule.markup_basis_points.is_some() {
            return Ok((None, self.marked_up(cost)));
        }
        // Reasoning is a part of the output, and what cost nothing may go without a price.
        if dimension == Dimension::Reasoning || cost == Money::ZERO {
            return Ok((None, Money::ZERO));
        }
        let client = &self.terms.client;
        let message = format!("the client `{client}` has no price for {dimension} of `{model}`");
        Err(Error::new(ErrorCode::DimensionUnpriced, message)
            .with_help("add the price to the client's list, or a markup for what has none"))
    }

    fn marked_up(&self, cost: Money) -> Money {
        let markup = self.rule.markup_basis_points.unwrap_or(0);
        portion(self.rule.converted(cost), 10_000 + i128::from(markup), 10_000)
    }

    /// Everything but usage, in the order that terms promise.
    fn add_terms(&self, usage: Money, tokens: u128, bill: &mut Bill) -> Result<()> {
        let rule = self.rule;
        let mut add = |kind, text: String, amount: Money| -> Result<()> {
            if amount != Money::ZERO {
                bill.lines.push(self.line(kind, text, amount)?);
            }
            Ok(())
        };
        let (included, free_tokens) = self.included(usage, tokens);
        add(ClientLineKind::Included, "Included in the retainer".to_owned(), -included)?;
        let mut net = usage - included;
        for (text, amount) in self.volume_discounts(net, tokens - free_tokens) {
            net -= amount;
            add(ClientLineKind::Volume, text, -amount)?;
        }
        let discount = percent(net, rule.discount_basis_points);
        let (fee, retainer) = (self.prorated(rule.fee), rule.retainer.map(|own| self.prorated(own.fee)));
        add(
            ClientLineKind::Discount,
            format!("Discount of {}", percentage(rule.discount_basis_points)),
            -discount,
        )?;
        add(ClientLineKind::Fee, "Fee".to_owned(), fee)?;
        add(ClientLineKind::Retainer, "Retainer".to_owned(), retainer.unwrap_or_default())?;
        let reached = net - discount + fee + retainer.unwrap_or_default();
        if let Some(minimum) = rule.minimum.map(|minimum| self.prorated(minimum)) {
            let missing = (minimum - reached).at_least_zero();
            add(ClientLineKind::Minimum, format!("Up to the minimum of {minimum}"), missing)?;
        }
        if let Some(cap) = rule.cap.map(|cap| self.prorated(cap)) {
            let over = (reached - cap).at_least_zero();
            add(ClientLineKind::Cap, format!("Above the cap of {cap}"), -over)?;
        }
        Ok(())
    }

    fn prorated(&self, amount: Money) -> Money {
        prorated(amount, self.part, self.month)
    }

    /// What the retainer includes of the usage, and how many tokens that is where tokens are included.
    fn included(&self, usage: Money, tokens: u128) -> (Money, u128) {
        match self.rule.retainer.map(|retainer| retainer.includes) {
            None => (Money::ZERO, 0),
            Some(Included::Spend(spend)) => (usage.at_least_zero().min(self.prorated(spend)), 0),
            Some(Included::Tokens(count)) => {
                let free = self.prorated_count(u128::from(count)).min(tokens);
                (share(usage, free, tokens), free)
            }
        }
    }

    fn prorated_count(&self, count: u128) -> u128 {
        let (part, month) = (micros(self.part).unsigned_abs(), micros(self.month).unsigned_abs().max(1));
        if part == month { count } else { count.saturating_mul(part) / month }
    }

    /// What each volume step takes off.
    fn volume_discounts(&self, net: Money, tokens: u128) -> Vec<(String, Money)> {
        let Some(VolumeSteps { by, steps }) = &self.rule.steps else { return Vec::new() };
        let volume = match by {
            VolumeMeasure::Spend => u128::try_from(net.pico()).unwrap_or(0),
            VolumeMeasure::Tokens => tokens,
        };
        let edges: Vec<u128> = steps.iter().map(|step| self.prorated_count(step.above)).collect();
        let ends = edges.iter().skip(1).copied().chain([u128::MAX]);
        let discount = |((step, start), end): ((&super::terms::VolumeStep, &u128), u128)| {
            let within = volume.min(end).saturating_sub(*start);
            let edge = match by {
                VolumeMeasure::Spend => {
                    Money::from_pico(i128::try_from(*start).unwrap_or(i128::MAX)).to_string()
                }
                VolumeMeasure::Tokens => format!("{start} tokens"),
            };
            let text = format!("Volume above {edge}: {} off", percentage(step.discount_basis_points));
            (text, percent(share(net, within, volume), step.discount_basis_points))
        };
        steps
            .iter()
            .zip(&edges)
            .zip(ends)
            .map(discount)
            .filter(|(_, amount)| *amount != Money::ZERO)
            .collect()
    }
}

/// Tokens that count as volume: reasoning is a part of the output.
fn is_counted(dimension: Dimension) -> bool {
    dimension.is_tokens() && dimension != Dimension::Reasoning
}

/// The share of an amount that falls on a part of the volume.
fn share(amount: Money, part: u128, whole: u128) -> Money {
    match (i128::try_from(part), i128::try_from(whole)) {
        (Ok(part), Ok(whole)) if whole > 0 => portion(amount, part, whole),
        _ => Money::ZERO,
    }
}

/// `12.5 %`.
fn percentage(basis_points: u32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match rest {
        0 => format!("{whole} %"),
        rest if rest % 10 == 0 => format!("{whole}.{} %", rest / 10),
        rest => format!("{whole}.{rest:02} %"),
    }
}

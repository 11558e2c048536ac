//! What calls are billed at, for budgets on price: the factor between the cost of a call and its price.
//!
//! A price is cost by a factor where a client pays a markup, less a discount. A price list and volume steps have no such
//! factor, so a budget that may cover a client with either is refused. Fees, retainers, minimums, caps and what a
//! retainer includes are no prices of calls, and aren't counted here; an exchange rate isn't either, since budgets are
//! kept in US dollars.

use super::terms::{ClientRule, ClientTerms};
use crate::budget::{Budget, BudgetBasis, CallPrices, PriceFactor, PriceSchedule};
use crate::error::{Error, ErrorCode, Result};
use crate::report::rules::ReportRules;
use crate::report::virtual_tags::VirtualTag;
use crate::tags::{Selector, TagKey, TagSet, UNALLOCATED};
use crate::time::{Timestamp, Window};
use std::sync::Arc;

/// What a policy's clients are billed for calls.
#[derive(Debug)]
pub(crate) struct BilledCalls {
    rules: Arc<ReportRules>,
    edges: Vec<Timestamp>,
}

impl BilledCalls {
    pub(crate) fn new(rules: &Arc<ReportRules>) -> Self {
        let mut edges: Vec<Timestamp> = virtual_edges(rules).collect();
        edges.extend(rules.clients.edges(Window::ALWAYS));
        edges.sort_unstable();
        edges.dedup();
        Self { rules: Arc::clone(rules), edges }
    }

    /// The client that the calls of a tag set are billed to, if it has terms.
    fn client(&self, tags: &TagSet, at: Timestamp) -> Option<&ClientTerms> {
        let applied = self.rules.virtual_tags.applied(tags, at);
        let tags = applied.as_ref().map_or(tags, |(tags, _)| tags);
        self.rules.clients.of(tags.get(&TagKey::CLIENT)?)
    }
}

impl CallPrices for BilledCalls {
    fn schedule(&self, tags: &TagSet) -> PriceSchedule {
        let mut starts: Vec<Timestamp> = virtual_edges(&self.rules).chain([Timestamp::MIN]).collect();
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).copied().chain([Timestamp::MAX]);
        let mut factors = Vec::new();
        for (start, end) in starts.iter().copied().zip(ends) {
            factors.push((start, PriceFactor::COST));
            let Some(terms) = self.client(tags, start) else { continue };
            let mut rules: Vec<&ClientRule> = terms.rules.iter().collect();
            rules.sort_by_key(|rule| rule.during.start());
            for rule in rules {
                let from = rule.during.start().max(start);
                if from < rule.during.end().min(end) {
                    factors.push((from, rule.factor().unwrap_or(PriceFactor::COST)));
                    factors.push((rule.during.end().min(end), PriceFactor::COST));
                }
            }
        }
        PriceSchedule::new(settled(factors))
    }

    fn edges(&self) -> &[Timestamp] {
        &self.edges
    }
}

/// Of several factors from one instant on, the last one counts.
fn settled(factors: Vec<(Timestamp, PriceFactor)>) -> Vec<(Timestamp, PriceFactor)> {
    let mut kept: Vec<(Timestamp, PriceFactor)> = Vec::with_capacity(factors.len());
    for (from, factor) in factors {
        if kept.last().is_some_and(|(last, _)| *last == from) {
            kept.pop();
        }
        kept.push((from, factor));
    }
    kept
}

/// The instants at which a virtual tag may give a call another client.
fn virtual_edges(rules: &ReportRules) -> impl Iterator<Item = Timestamp> + '_ {
    let giving = rules.virtual_tags.rules().iter().filter(|rule| client_of(rule).is_some());
    let ends = giving.flat_map(|rule| [rule.during.start(), rule.during.end()]);
    ends.filter(|at| *at != Timestamp::MIN && *at != Timestamp::MAX)
}

fn client_of(rule: &VirtualTag) -> Option<&str> {
    rule.set.iter().find(|(key, _)| *key == TagKey::CLIENT).map(|(_, client)| client.as_str())
}

impl ClientRule {
    /// What a call is billed at for what it cost, where that can be told.
    ///
    /// # Errors
    /// `budget_invalid` for a price list, volume steps, or a price of more than a thousand times the cost.
    fn factor(&self) -> Result<PriceFactor> {
        let fault = |what: &str| Err(Error::new(ErrorCode::BudgetInvalid, what));
        if !self.prices.is_empty() {
            return fault("a price list");
        }
        if self.steps.is_some() {
            return fault("volume steps");
        }
        PriceFactor::new(self.markup_basis_points.unwrap_or(0), self.discount_basis_points)
    }
}

impl ReportRules {
    /// Refuses a budget on price whose calls may have no price of their own from an instant on, or nobody to pay them.
    /// Where the instant isn't known, only rules without an end are looked at.
    ///
    /// # Errors
    /// `budget_invalid`.
    pub(crate) fn check_prices(&self, budget: &Budget, from: Option<Timestamp>) -> Result<()> {
        if budget.basis() == BudgetBasis::Cost {
            return Ok(());
        }
        let name = budget.name();
        let invalid = |message: String, help: &str| {
            Err(Error::new(ErrorCode::BudgetInvalid, message).with_help(help).with("budget", name))
        };
        let mut covered = self.clients.terms().iter().filter(|terms| self.may_bill(budget.selector(), terms));
        let mut is_any = false;
        for terms in &mut covered {
            is_any = true;
            let is_needed = |rule: &&ClientRule| {
                let end = rule.during.end();
                end == Timestamp::MAX || from.is_some_and(|from| from < end)
            };
            for rule in terms.rules.iter().filter(is_needed) {
                let Err(cause) = rule.factor() else { continue };
                let (client, during) = (&terms.client, rule.during);
                let message = format!(
                    "budget `{name}` counts what its calls are billed at, and the terms of the client `{client}` \
                     {} have {}: a call's price is no fixed part of its cost then",
                    in_force(during),
                    cause.message()
                );
                let help = "bill the client by markup and discount, leave it out of `match`, or write \
                            `basis = \"cost\"`";
                return invalid(message, help);
            }
        }
        if is_any {
            return Ok(());
        }
        let message = format!(
            "budget `{name}` counts what its calls are billed at, and no client that it covers has terms"
        );
        invalid(message, "add the client to `[[clients]]`, or write `basis = \"cost\"`")
    }

    /// Whether a call that a selector covers may be billed to a client, by its own tag or by a virtual one.
    fn may_bill(&self, selector: &Selector, terms: &ClientTerms) -> bool {
        let (key, client) = (&TagKey::CLIENT, terms.client.as_str());
        let virtually = |rule: &VirtualTag| {
            client_of(rule) == Some(client)
                && (rule.replace
                    || selector.may_match(key, None)
                    || selector.may_match(key, Some(UNALLOCATED)))
        };
        selector.may_match(key, Some(client)) || self.virtual_tags.rules().iter().any(virtually)
    }
}

/// Since when and until when a rule is in force, in words.
fn in_force(during: Window) -> String {
    match (during.start(), during.end()) {
        (Timestamp::MIN, Timestamp::MAX) => "at any time".to_owned(),
        (Timestamp::MIN, end) => format!("until {end}"),
        (start, Timestamp::MAX) => format!("from {start} on"),
        (start, end) => format!("from {start} until {end}"),
    }
}

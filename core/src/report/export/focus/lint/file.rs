//! What holds between the rows of a file: what is held is bounded by how many services, prices and invoices it names.

use super::cells::Cells;
use super::finding::FocusRule;
use crate::report::export::exact::Exact;
use std::collections::BTreeMap;

/// The most names that are remembered, each; past it a file's rows are checked one by one only.
pub(super) const MAX_NAMES: usize = 100_000;

/// What the rows so far said.
#[derive(Debug, Default)]
pub(super) struct Whole {
    categories: BTreeMap<String, String>,
    skus: BTreeMap<String, String>,
    invoices: BTreeMap<String, (String, Option<Exact>)>,
    /// Rows with and without an invoice.
    states: (bool, bool),
}

impl Whole {
    /// What a row contradicts of those before it.
    pub(super) fn add(&mut self, cells: Cells<'_>, found: &mut dyn FnMut(&str, FocusRule, String)) {
        if let (Some(service), Some(category)) = (cells.get("ServiceName"), cells.get("ServiceCategory"))
            && let Some(other) = other(&mut self.categories, service, category)
        {
            let message = format!("`{service}` is in `{category}`, and was in `{other}`");
            found("ServiceName", FocusRule::ServiceInTwoCategories, message);
        }
        if let (Some(price), Some(sku)) = (cells.get("SkuPriceId"), cells.get("SkuId"))
            && let Some(other) = other(&mut self.skus, price, sku)
        {
            let message = format!("`{price}` is a price of `{sku}`, and was one of `{other}`");
            found("SkuPriceId", FocusRule::PriceOfTwoSkus, message);
        }
        if cells.has("InvoiceId") {
            self.invoice(cells, found);
        }
    }

    fn invoice(&mut self, cells: Cells<'_>, found: &mut dyn FnMut(&str, FocusRule, String)) {
        let was_mixed = self.states == (true, true);
        let invoice = cells.get("InvoiceId");
        let (with, without) = self.states;
        self.states = (with || invoice.is_some(), without || invoice.is_none());
        if !was_mixed && self.states == (true, true) {
            let message = "some rows have an invoice and others have none".to_owned();
            found("InvoiceId", FocusRule::InvoiceStatesMixed, message);
        }
        let (Some(invoice), Some(currency)) = (invoice, cells.get("BillingCurrency")) else { return };
        if self.invoices.len() >= MAX_NAMES && !self.invoices.contains_key(invoice) {
            return;
        }
        let own = self
            .invoices
            .entry(invoice.to_owned())
            .or_insert_with(|| (currency.to_owned(), Some(Exact::ZERO)));
        if own.0 != currency {
            let message = format!("invoice `{invoice}` is in {currency}, and was in {}", own.0);
            found("BillingCurrency", FocusRule::InvoiceInTwoCurrencies, message);
        }
        own.1 = own.1.zip(cells.number("BilledCost")).and_then(|(sum, cost)| sum.plus(cost));
    }

    /// The sum of what is billed on an invoice; nothing where a cost can't be read.
    pub(super) fn sum(&self, invoice: &str) -> Option<Exact> {
        self.invoices.get(invoice).map_or(Some(Exact::ZERO), |(_, sum)| *sum)
    }
}

/// The other value that the name had before, if it had one.
fn other(known: &mut BTreeMap<String, String>, name: &str, value: &str) -> Option<String> {
    if let Some(before) = known.get(name) {
        return (before != value).then(|| before.clone());
    }
    if known.len() < MAX_NAMES {
        known.insert(name.to_owned(), value.to_owned());
    }
    None
}

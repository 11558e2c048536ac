//! What holds between the cells of one row.

use super::cells::{Cells, fault};
use super::finding::FocusRule;
use super::spec::{AI, AI_SUBCATEGORIES, OF_PRICED, ONLY_WITH, PRODUCTS, SPECS, TOGETHER};
use crate::report::export::exact::Exact;

type Found<'a> = &'a mut dyn FnMut(&str, FocusRule, String);

/// Everything that is wrong with a row by itself.
pub(super) fn check(cells: Cells<'_>, found: Found<'_>) {
    for spec in SPECS.iter().filter(|spec| cells.has(spec.name)) {
        match cells.get(spec.name) {
            Some(text) => {
                if let Some((rule, message)) = fault(spec, text) {
                    found(spec.name, rule, message);
                }
            }
            None if !spec.may_be_null => missing(spec.name, "in every row", found),
            None => {}
        }
    }
    nulls(cells, found);
    by_category(cells, found);
    prices(cells, found);
    periods(cells, found);
    parties(cells, found);
}

fn missing(column: &str, when: &str, found: Found<'_>) {
    found(column, FocusRule::ValueMissing, format!("null, and a value stands here {when}"));
}

fn unwanted(column: &str, when: &str, found: Found<'_>) {
    found(column, FocusRule::ValueUnwanted, format!("a value, and null stands here {when}"));
}

/// Columns whose nulls go together.
fn nulls(cells: Cells<'_>, found: Found<'_>) {
    for (column, with) in TOGETHER.iter().chain(ONLY_WITH) {
        let is_strict = TOGETHER.contains(&(column, with));
        match (cells.get(column), cells.get(with)) {
            (Some(_), None) => unwanted(column, &format!("where {with} is null"), found),
            (None, Some(_)) if is_strict && cells.has(column) => {
                missing(column, &format!("where {with} isn't null"), found);
            }
            _ => {}
        }
    }
}

/// What each kind of charge must and mustn't have.
fn by_category(cells: Cells<'_>, found: Found<'_>) {
    let category = cells.get("ChargeCategory").unwrap_or_default();
    let is_correction = cells.get("ChargeClass").is_some();
    let is_priced = matches!(category, "Usage" | "Purchase") && !is_correction;
    for column in OF_PRICED.iter().filter(|column| cells.has(column)) {
        match cells.get(column) {
            None if is_priced => missing(column, "in usage and purchases", found),
            Some(_) if category == "Tax" => unwanted(column, "in taxes", found),
            _ => {}
        }
    }
    let is_used = category == "Usage" && cells.get("CommitmentDiscountStatus") != Some("Unused");
    match cells.get("ConsumedQuantity") {
        Some(_) if !is_used => unwanted("ConsumedQuantity", "where nothing is consumed", found),
        None if is_used && !is_correction && cells.has("ConsumedQuantity") => {
            missing("ConsumedQuantity", "in usage", found);
        }
        _ => {}
    }
    if category == "Purchase" {
        if cells.get("ChargeFrequency") == Some("Usage-Based") {
            let message = "a purchase that is charged by usage".to_owned();
            found("ChargeFrequency", FocusRule::FrequencyContradicts, message);
        }
        if cells.number("EffectiveCost").is_some_and(|cost| cost != Exact::ZERO) {
            let message = "a purchase counts when it is used, and its effective cost is zero".to_owned();
            found("EffectiveCost", FocusRule::PurchaseNotAmortised, message);
        }
    }
}

/// Price times quantity, to the last digit.
fn prices(cells: Cells<'_>, found: Found<'_>) {
    for (price, cost) in PRODUCTS {
        let Some(unit_price) = cells.number(price) else { continue };
        if unit_price.is_negative() {
            found(price, FocusRule::PriceNegative, "below zero, and a price is at least zero".to_owned());
        }
        let is_correction = cells.get("ChargeClass").is_some();
        let (Some(quantity), Some(stated)) = (cells.number("PricingQuantity"), cells.number(cost)) else {
            continue;
        };
        let product = unit_price.times(quantity);
        if product != Some(stated) && !is_correction {
            let product =
                product.map_or_else(|| "more than can be told".to_owned(), |product| product.to_string());
            let message = format!("{stated}, and {price} times PricingQuantity is {product}");
            found(cost, FocusRule::ProductDiffers, message);
        }
    }
}

fn periods(cells: Cells<'_>, found: Found<'_>) {
    let ends = |start: &str, end: &str| cells.time(start).zip(cells.time(end));
    let (charge, billing) =
        (ends("ChargePeriodStart", "ChargePeriodEnd"), ends("BillingPeriodStart", "BillingPeriodEnd"));
    for (period, column) in [(charge, "ChargePeriodEnd"), (billing, "BillingPeriodEnd")] {
        if period.is_some_and(|(start, end)| end <= start) {
            found(column, FocusRule::PeriodReversed, "not after the period's start".to_owned());
        }
    }
    let is_correction = cells.get("ChargeClass").is_some();
    if let (Some(charge), Some(billing)) = (charge, billing)
        && !is_correction
        && (charge.0 < billing.0 || charge.1 > billing.1)
    {
        let message = "the charge lies outside of the period that it is billed in".to_owned();
        found("ChargePeriodStart", FocusRule::ChargeOutsideOfBilling, message);
    }
}

fn parties(cells: Cells<'_>, found: Found<'_>) {
    let (provider, issuer) = (cells.get("ProviderName"), cells.get("InvoiceIssuerName"));
    let is_billed = cells.number("BilledCost").is_some_and(|cost| cost != Exact::ZERO);
    if provider.is_some() && issuer.is_some() && provider != issuer && is_billed {
        let message = "billed, and another than the provider issues the invoice".to_owned();
        found("BilledCost", FocusRule::BilledByThirdParty, message);
    }
    let (category, part) = (cells.get("ServiceCategory"), cells.get("ServiceSubcategory"));
    if let (Some(category), Some(part)) = (category, part)
        && (category == AI) != AI_SUBCATEGORIES.contains(&part)
    {
        let message = format!("`{part}` is no part of `{category}`");
        found("ServiceSubcategory", FocusRule::SubcategoryElsewhere, message);
    }
}

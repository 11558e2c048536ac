//! A FOCUS cost and usage file: BilledCost by charge, with tokens in ConsumedQuantity and the rest in `x_` columns or in
//! SkuPriceDetails.

use super::sheet::{Row, rows};
use super::words::{article, words};
use super::{Lines, Place};
use crate::error::Result;
use crate::pricing::Dimension;
use crate::report::reconcile::line::{BillSource, ChargeKind, ProviderLine, term};
use serde_json::Value;

const WHAT: &str = "focus file";
/// Names of issuers, and the price book's ids for them.
const ISSUERS: &[(&str, &str)] = &[
    ("amazon web services", "aws"),
    ("aws", "aws"),
    ("anthropic", "anthropic"),
    ("openai", "openai"),
    ("google cloud", "google"),
    ("google", "google"),
    ("microsoft", "azure"),
];

pub(super) fn read(bytes: &[u8], provider: Option<&str>, lines: &mut Lines) -> Result<()> {
    rows(bytes, (WHAT, b','), |row| {
        let place = Place { what: WHAT, row: row.place.row };
        lines.push(line(row, provider)?, place)
    })
}

fn line(row: &Row<'_>, provider: Option<&str>) -> Result<ProviderLine> {
    let span = (row.time("ChargePeriodStart")?, row.time("ChargePeriodEnd")?);
    let currency = row.currency("BillingCurrency")?;
    let amount = row.amount("BilledCost", currency)?;
    let kind = kind(row)?;
    let is_usage = kind == ChargeKind::Usage;
    let details = details(row)?;
    let detail = |column: &str, key: &str| {
        let own = row.owned(column);
        own.or_else(|| details.get(key).and_then(Value::as_str).map(str::to_owned))
    };
    let meter = detail("x_TokenType", "x_TokenType").or_else(|| row.owned("SkuMeter"));
    let meter = meter.or_else(|| row.owned("ChargeDescription"));
    let dimension = meter.as_deref().and_then(dimension).filter(|_| is_usage);
    let times = pack(row.text("ConsumedUnit").unwrap_or_default());
    Ok(ProviderLine {
        kind,
        account: row.owned("BillingAccountId"),
        sub_account: row.owned("SubAccountId"),
        credential: row.owned("CredentialId"),
        model_raw: detail("x_Model", "x_Model").or_else(|| row.owned("SkuId")).filter(|_| is_usage),
        sku: row.first(&["SkuPriceId", "SkuId"]).map(str::to_owned),
        dimension,
        tier: detail("x_ServiceTier", "x_ServiceTier").as_deref().map(term),
        context: detail("x_Context", "x_Context").as_deref().map(term),
        geo: detail("x_InferenceGeo", "x_InferenceGeo").as_deref().map(term),
        quantity: row.count("ConsumedQuantity", times)?.filter(|_| is_usage && dimension.is_some()),
        amount: Some(amount),
        line_id: row.owned("InvoiceDetailId"),
        description: row.owned("ChargeDescription"),
        ..ProviderLine::new(issuer(row, provider)?, BillSource::Focus, span)
    })
}

fn issuer(row: &Row<'_>, provider: Option<&str>) -> Result<String> {
    if let Some(provider) = provider {
        return Ok(provider.to_owned());
    }
    let columns = ["ServiceProviderName", "ProviderName", "PublisherName", "InvoiceIssuerName"];
    let name = row.first(&columns).ok_or_else(|| row.place.missing("ProviderName"))?.to_lowercase();
    Ok(ISSUERS.iter().find(|(known, _)| *known == name).map_or(name, |(_, id)| (*id).to_owned()))
}

fn kind(row: &Row<'_>) -> Result<ChargeKind> {
    if row.text("ChargeClass") == Some("Correction") {
        return Ok(ChargeKind::Correction);
    }
    let category = row.needed("ChargeCategory")?;
    let is_committed = row.text("PricingCategory") == Some("Committed");
    Ok(match category {
        "Usage" if is_committed => ChargeKind::Commitment,
        "Usage" => ChargeKind::Usage,
        "Purchase" => ChargeKind::Commitment,
        "Tax" => ChargeKind::Tax,
        "Credit" => ChargeKind::Credit,
        "Adjustment" => {
            let told = row.text("ChargeDescription").unwrap_or_default().to_lowercase();
            if told.contains("round") {
                ChargeKind::Rounding
            } else if told.contains("discount") {
                ChargeKind::Discount
            } else {
                ChargeKind::Correction
            }
        }
        other => return Err(row.place.fault("ChargeCategory", &format!("`{other}` isn't known"))),
    })
}

fn details(row: &Row<'_>) -> Result<Value> {
    let Some(text) = row.text("SkuPriceDetails") else { return Ok(Value::Null) };
    serde_json::from_str(text)
        .map_err(|cause| row.place.fault("SkuPriceDetails", &format!("is no JSON: {cause}")))
}

/// One of our own names, or the words of an article.
pub(super) fn dimension(text: &str) -> Option<Dimension> {
    let own = text.trim().to_lowercase().replace([' ', '-'], "_");
    own.parse().ok().or_else(|| article(&words(text)).dimension)
}

/// `Tokens` are one, `1000 Tokens` a thousand.
fn pack(unit: &str) -> u64 {
    unit.split_whitespace()
        .next()
        .and_then(|first| first.parse().ok())
        .filter(|times| *times > 0)
        .unwrap_or(1)
}

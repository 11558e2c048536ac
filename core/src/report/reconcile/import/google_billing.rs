//! Google Cloud's billing export: rows of BigQuery as JSON lines, a JSON list or CSV.
//!
//! What is charged is the cost and the credits of the row, each a line of its own. Rows of other services than the AI
//! ones are left out. A row's span is its usage window in UTC, whatever zone the invoice is in.

use super::fault::unreadable;
use super::json::{Digits, currency};
use super::sheet::{Row, instant, rows};
use super::words::{article, words};
use super::{Lines, Place};
use crate::error::Result;
use crate::report::reconcile::amount::whole;
use crate::report::reconcile::line::{BillSource, ChargeKind, ProviderLine, STANDARD};
use serde::Deserialize;

const WHAT: &str = "google billing export";
/// The services whose rows are read.
const SERVICES: &[&str] = &["vertex ai", "gemini api", "generative language api", "cloud ai platform"];

#[derive(Default, Deserialize)]
struct Named {
    id: Option<String>,
    description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Used {
    amount: Digits,
    unit: Option<String>,
    amount_in_pricing_units: Digits,
    pricing_unit: Option<String>,
}

#[derive(Deserialize)]
struct Credit {
    name: Option<String>,
    amount: Digits,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Record {
    billing_account_id: Option<String>,
    service: Named,
    sku: Named,
    usage_start_time: Option<String>,
    usage_end_time: Option<String>,
    project: Option<Named>,
    cost: Digits,
    currency: Option<String>,
    usage: Used,
    credits: Vec<Credit>,
    cost_type: Option<String>,
}

pub(super) fn read(bytes: &[u8], lines: &mut Lines) -> Result<()> {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Ok(()),
        Some(b'[') => {
            let records: Vec<Record> =
                serde_json::from_slice(bytes).map_err(|cause| unreadable(WHAT, cause))?;
            records.iter().zip(1..).try_for_each(|(record, row)| push(record, row, lines))
        }
        Some(b'{') => {
            let stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Record>();
            for (record, row) in stream.zip(1..) {
                let record = record.map_err(|cause| unreadable(WHAT, format!("row {row}: {cause}")))?;
                push(&record, row, lines)?;
            }
            Ok(())
        }
        Some(_) => rows(bytes, (WHAT, b','), |row| push(&of_row(row)?, row.place.row, lines)),
    }
}

/// A row of a CSV, whose nested fields are columns with a point.
fn of_row(row: &Row<'_>) -> Result<Record> {
    let named =
        |id: &str, description: &str| Named { id: row.owned(id), description: row.owned(description) };
    let digits = |column: &str| Digits(row.owned(column));
    let credits = match row.text("credits") {
        Some(text) => serde_json::from_str(text)
            .map_err(|cause| row.place.fault("credits", &format!("is no JSON list of credits: {cause}")))?,
        None => Vec::new(),
    };
    Ok(Record {
        billing_account_id: row.owned("billing_account_id"),
        service: named("service.id", "service.description"),
        sku: named("sku.id", "sku.description"),
        usage_start_time: Some(row.needed("usage_start_time")?.to_owned()),
        usage_end_time: Some(row.needed("usage_end_time")?.to_owned()),
        project: Some(named("project.id", "project.name")),
        cost: digits("cost"),
        currency: Some(row.needed("currency")?.to_owned()),
        usage: Used {
            amount: digits("usage.amount"),
            unit: row.owned("usage.unit"),
            amount_in_pricing_units: digits("usage.amount_in_pricing_units"),
            pricing_unit: row.owned("usage.pricing_unit"),
        },
        credits,
        cost_type: row.owned("cost_type"),
    })
}

fn push(record: &Record, row: u64, lines: &mut Lines) -> Result<()> {
    let service = record.service.description.as_deref().unwrap_or_default().to_lowercase();
    if !SERVICES.contains(&service.as_str()) {
        return Ok(());
    }
    let place = Place { what: WHAT, row };
    let base = base(record, place)?;
    let money = currency(record.currency.as_deref().ok_or_else(|| place.missing("currency"))?, place)?;
    let cost = record.cost.amount(money, place, "cost")?;
    let told = article(&words(record.sku.description.as_deref().unwrap_or_default()));
    let kind = kind(record.cost_type.as_deref(), place)?;
    let is_usage = kind == ChargeKind::Usage;
    let quantity = if is_usage && told.dimension.is_some() { quantity(record, place)? } else { None };
    let model = Some(told.model.join(" ")).filter(|name| is_usage && !name.is_empty());
    let charged = ProviderLine {
        kind,
        model_raw: model,
        dimension: told.dimension.filter(|_| is_usage),
        tier: Some(told.tier.unwrap_or(STANDARD).to_owned()).filter(|_| is_usage),
        context: told.context.map(|_| ">200000".to_owned()).filter(|_| is_usage),
        quantity,
        amount: Some(cost),
        ..base.clone()
    };
    lines.push(charged, place)?;
    for credit in &record.credits {
        let is_discount = credit.kind.as_deref().is_some_and(|kind| kind.contains("DISCOUNT"));
        let given = ProviderLine {
            kind: if is_discount { ChargeKind::Discount } else { ChargeKind::Credit },
            amount: Some(credit.amount.amount(money, place, "credits.amount")?),
            description: credit.name.clone(),
            ..base.clone()
        };
        lines.push(given, place)?;
    }
    Ok(())
}

fn base(record: &Record, place: Place<'_>) -> Result<ProviderLine> {
    let time = |text: &Option<String>, field: &str| {
        let text = text.as_deref().ok_or_else(|| place.missing(field))?;
        instant(text).ok_or_else(|| place.fault(field, &format!("`{text}` is no time in UTC")))
    };
    let span = (
        time(&record.usage_start_time, "usage_start_time")?,
        time(&record.usage_end_time, "usage_end_time")?,
    );
    Ok(ProviderLine {
        account: record.billing_account_id.clone(),
        sub_account: record.project.as_ref().and_then(|project| project.id.clone()),
        sku: record.sku.id.clone(),
        description: record.sku.description.clone(),
        ..ProviderLine::new("google", BillSource::BillingExport, span)
    })
}

fn kind(text: Option<&str>, place: Place<'_>) -> Result<ChargeKind> {
    Ok(match text {
        None | Some("regular") => ChargeKind::Usage,
        Some("tax") => ChargeKind::Tax,
        Some("adjustment") => ChargeKind::Correction,
        Some("rounding error" | "rounding_error") => ChargeKind::Rounding,
        Some(other) => return Err(place.fault("cost_type", &format!("`{other}` isn't known"))),
    })
}

/// Tokens: the count where it is in units, or what is priced times the size of its pack.
fn quantity(record: &Record, place: Place<'_>) -> Result<Option<i128>> {
    let used = &record.usage;
    let is_plain = matches!(used.unit.as_deref(), Some("requests" | "count" | "tokens" | "token"));
    let (text, times, field) = match (is_plain, &used.amount.0, &used.amount_in_pricing_units.0) {
        (true, Some(text), _) => (text, 1, "usage.amount"),
        (_, _, Some(text)) => (text, pack(used.pricing_unit.as_deref()), "usage.amount_in_pricing_units"),
        _ => return Ok(None),
    };
    whole(text, times).map(Some).map_err(|cause| place.caused(field, cause))
}

fn pack(unit: Option<&str>) -> u64 {
    match unit.map(str::to_lowercase).as_deref() {
        Some("1k count" | "thousand" | "kilo count" | "1000 count") => 1_000,
        Some("1m count" | "million" | "mega count") => 1_000_000,
        _ => 1,
    }
}

//! OpenAI's costs: days in Unix seconds, amounts as JSON numbers, articles such as `gpt-4o-2024-08-06, cached input`.

use super::json::{Digits, currency, pages};
use super::words::{article, words};
use super::{Lines, Place};
use crate::error::Result;
use crate::report::reconcile::amount::whole;
use crate::report::reconcile::line::{BillSource, ChargeKind, ProviderLine};
use crate::time::Timestamp;
use serde::Deserialize;

const WHAT: &str = "openai costs";

#[derive(Deserialize)]
struct Bucket {
    start_time: i64,
    end_time: i64,
    // `result` is the name of an earlier release of the API.
    #[serde(alias = "result")]
    results: Vec<Cost>,
}

#[derive(Deserialize)]
struct Cost {
    amount: Amount,
    line_item: Option<String>,
    project_id: Option<String>,
    organization_id: Option<String>,
    api_key_id: Option<String>,
    #[serde(default)]
    quantity: Digits,
}

#[derive(Deserialize)]
struct Amount {
    value: Digits,
    currency: String,
}

pub(super) fn read(bytes: &[u8], lines: &mut Lines) -> Result<()> {
    let mut row = 0;
    for bucket in pages::<Bucket>(bytes, WHAT)?.into_iter().flat_map(|page| page.data) {
        let span = (Timestamp::from_seconds(bucket.start_time), Timestamp::from_seconds(bucket.end_time));
        for cost in bucket.results {
            row += 1;
            let place = Place { what: WHAT, row };
            lines.push(line(cost, span, place)?, place)?;
        }
    }
    Ok(())
}

fn line(cost: Cost, span: (Timestamp, Timestamp), place: Place<'_>) -> Result<ProviderLine> {
    let currency = currency(&cost.amount.currency, place)?;
    let amount = cost.amount.value.amount(currency, place, "amount.value")?;
    let quantity = cost.quantity.0.as_deref().map(|text| whole(text, 1));
    let quantity = quantity.transpose().map_err(|cause| place.caused("quantity", cause))?;
    let item = cost.line_item.as_deref().map(Item::read);
    let base = ProviderLine::new("openai", BillSource::CostApi, span);
    let item = item.unwrap_or_default();
    Ok(ProviderLine {
        kind: item.kind,
        account: cost.organization_id,
        sub_account: cost.project_id,
        credential: cost.api_key_id,
        model_raw: item.model,
        sku: cost.line_item.clone(),
        dimension: item.dimension,
        tier: item.tier,
        quantity: quantity.filter(|_| item.dimension.is_some()),
        amount: Some(amount),
        description: cost.line_item,
        ..base
    })
}

/// What a `line_item` says: the model before the comma, the kind of usage behind it.
#[derive(Default)]
struct Item {
    kind: ChargeKind,
    model: Option<String>,
    dimension: Option<crate::pricing::Dimension>,
    tier: Option<String>,
}

impl Item {
    fn read(text: &str) -> Self {
        let told = article(&words(text));
        let (model, behind) = match text.split_once(',') {
            Some((model, behind)) => (Some(model.trim()), words(behind)),
            None => (None, Vec::new()),
        };
        let lower = text.to_lowercase();
        let kind = if lower.contains("credit") || lower.contains("promotion") {
            ChargeKind::Credit
        } else if lower.contains("tax") {
            ChargeKind::Tax
        } else if lower.contains("scale tier") {
            ChargeKind::Commitment
        } else if told.dimension.is_none() && model.is_none() {
            ChargeKind::Fee
        } else {
            ChargeKind::Usage
        };
        // The model's own name may hold words such as `audio`; what is charged stands behind the comma.
        let dimension = if behind.is_empty() { told.dimension } else { article(&behind).dimension };
        let is_model = kind == ChargeKind::Usage && model.is_some();
        let name = model.map(|name| name.trim_end_matches(" batch").to_owned());
        let tier = told.tier.or(dimension.is_some().then_some("standard")).map(str::to_owned);
        Self { kind, model: name.filter(|_| is_model), dimension, tier }
    }
}

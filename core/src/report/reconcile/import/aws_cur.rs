//! AWS's cost and usage report 2.0: the lines of Bedrock, one for each kind of token.
//!
//! A usage type such as `USE1-Claude4Sonnet-cache-read-input-token-count-batch` gives region, model, kind of token and
//! tier; models that are sold through the marketplace have `MP:USE1_InputTokenCount-Units` and name the model in the
//! description. Lines of other services are left out.

use super::sheet::{Row, rows};
use super::words::{article, words};
use super::{Lines, Place};
use crate::error::Result;
use crate::pricing::Dimension;
use crate::report::reconcile::line::{BillSource, ChargeKind, ProviderLine, STANDARD};

const WHAT: &str = "aws cost and usage report";

pub(super) fn read(bytes: &[u8], lines: &mut Lines) -> Result<()> {
    rows(bytes, (WHAT, b','), |row| {
        if is_bedrock(row) {
            let place = Place { what: WHAT, row: row.place.row };
            lines.push(line(row)?, place)?;
        }
        Ok(())
    })
}

fn is_bedrock(row: &Row<'_>) -> bool {
    let code = row.first(&["line_item_product_code", "product_servicecode"]).unwrap_or_default();
    let resource = row.text("line_item_resource_id").unwrap_or_default();
    let description = row.text("line_item_line_item_description").unwrap_or_default();
    code.contains("Bedrock") || resource.contains(":bedrock:") || description.contains("Bedrock")
}

fn line(row: &Row<'_>) -> Result<ProviderLine> {
    let span = (row.time("line_item_usage_start_date")?, row.time("line_item_usage_end_date")?);
    let currency = row.currency("line_item_currency_code")?;
    let amount = row.amount("line_item_unblended_cost", currency)?;
    let kind = kind(row)?;
    let usage_type = row.needed("line_item_usage_type")?;
    let used = UsageType::read(usage_type, row.text("line_item_line_item_description").unwrap_or_default());
    let is_committed = kind == ChargeKind::Usage && used.is_commitment;
    let kind = if is_committed { ChargeKind::Commitment } else { kind };
    let is_usage = kind == ChargeKind::Usage;
    let times = pack(row.first(&["pricing_unit", "line_item_usage_unit"]).unwrap_or_default());
    let quantity = row.count("line_item_usage_amount", times)?;
    Ok(ProviderLine {
        kind,
        account: row.owned("bill_payer_account_id"),
        sub_account: row.owned("line_item_usage_account_id"),
        credential: row.owned("line_item_iam_principal"),
        model_raw: used.model.filter(|_| is_usage),
        sku: Some(usage_type.to_owned()),
        dimension: used.dimension.filter(|_| is_usage),
        tier: Some(used.tier).filter(|_| is_usage),
        context: used.context,
        quantity: quantity.filter(|_| is_usage && used.dimension.is_some()),
        amount: Some(amount),
        line_id: row.owned("identity_line_item_id"),
        description: row.owned("line_item_line_item_description"),
        ..ProviderLine::new("aws", BillSource::Cur, span)
    })
}

fn kind(row: &Row<'_>) -> Result<ChargeKind> {
    let kind = row.needed("line_item_line_item_type")?;
    Ok(match kind {
        "Usage" | "DiscountedUsage" | "SavingsPlanCoveredUsage" => ChargeKind::Usage,
        "Tax" => ChargeKind::Tax,
        "Credit" => ChargeKind::Credit,
        "Refund" => ChargeKind::Correction,
        "EdpDiscount"
        | "BundledDiscount"
        | "Discount"
        | "PrivateRateDiscount"
        | "DistributorDiscount"
        | "SppDiscount"
        | "SolutionProviderProgramDiscount" => ChargeKind::Discount,
        "SavingsPlanNegation" | "SavingsPlanRecurringFee" | "SavingsPlanUpfrontFee" | "RIFee" => {
            ChargeKind::Commitment
        }
        "Fee" => ChargeKind::Fee,
        other => {
            return Err(row.place.fault("line_item_line_item_type", &format!("`{other}` isn't known")));
        }
    })
}

/// How many units one of the price's is: `1K tokens`, `1M tokens`, or one.
fn pack(unit: &str) -> u64 {
    match words(unit).first().map(String::as_str) {
        Some("1k" | "1000" | "thousand") => 1_000,
        Some("1m" | "1000000" | "million") => 1_000_000,
        _ => 1,
    }
}

/// What a usage type says.
struct UsageType {
    model: Option<String>,
    dimension: Option<Dimension>,
    tier: String,
    context: Option<String>,
    is_commitment: bool,
}

impl UsageType {
    fn read(text: &str, description: &str) -> Self {
        let marketplace = text.strip_prefix("MP:");
        let plain = marketplace.unwrap_or(text);
        // The first part is the region, as `USE1`.
        let rest = plain.split_once(['-', '_']).map_or(plain, |(_, rest)| rest);
        let told = article(&words(&apart(rest)));
        let model = match marketplace {
            None => told.model.clone(),
            Some(_) => article(&words(description.split(['-', '|', ':']).next().unwrap_or_default())).model,
        };
        let model =
            model.into_iter().filter(|word| !matches!(word.as_str(), "amazon" | "bedrock" | "edition"));
        let model: Vec<String> = model.collect();
        Self {
            model: Some(model.join(" ")).filter(|name| !name.is_empty()),
            dimension: told.dimension,
            tier: told.tier.unwrap_or(STANDARD).to_owned(),
            context: told.context.map(|_| ">200000".to_owned()),
            is_commitment: text.contains("ProvisionedThroughput") || text.contains("Reserved"),
        }
    }
}

/// Words that are written as one, apart: `InputTokenCount` is `Input Token Count`. What has a digit is a model's name.
fn apart(text: &str) -> String {
    let split = text.split_inclusive(['-', '_']).flat_map(|part| {
        if part.chars().any(|letter| letter.is_ascii_digit()) {
            return vec![part.to_owned()];
        }
        let mut words = String::new();
        for letter in part.chars() {
            if letter.is_ascii_uppercase() {
                words.push(' ');
            }
            words.push(letter);
        }
        vec![words]
    });
    split.collect()
}

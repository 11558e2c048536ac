//! One line of a provider's bill, whatever file it came from.

use super::amount::ReportedAmount;
use crate::pricing::Dimension;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What kind of document a line was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BillSource {
    /// A provider's report of costs.
    CostApi,
    /// A provider's report of usage, which has counts and no amounts.
    UsageApi,
    /// An AWS cost and usage report.
    Cur,
    /// A Google Cloud billing export.
    BillingExport,
    /// A file in the FOCUS format.
    Focus,
    /// An invoice.
    Invoice,
    /// Any other table.
    Csv,
}

impl BillSource {
    /// The name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CostApi => "cost_api",
            Self::UsageApi => "usage_api",
            Self::Cur => "cur",
            Self::BillingExport => "billing_export",
            Self::Focus => "focus",
            Self::Invoice => "invoice",
            Self::Csv => "csv",
        }
    }
}

/// What a line charges for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChargeKind {
    /// Usage of a model or of a tool.
    #[default]
    Usage,
    /// How many calls there were; it costs nothing by itself.
    Calls,
    /// A tax.
    Tax,
    /// A credit, a promotion, a free tier, a refund.
    Credit,
    /// A negotiated discount.
    Discount,
    /// Reserved capacity, bought in advance or by the hour.
    Commitment,
    /// A correction of a period that was billed before.
    Correction,
    /// The provider's own rounding.
    Rounding,
    /// A fee beside usage: a seat, support, a subscription.
    Fee,
}

impl ChargeKind {
    /// The name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Calls => "calls",
            Self::Tax => "tax",
            Self::Credit => "credit",
            Self::Discount => "discount",
            Self::Commitment => "commitment",
            Self::Correction => "correction",
            Self::Rounding => "rounding",
            Self::Fee => "fee",
        }
    }
}

/// Whether the provider may still change a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// It may.
    Provisional,
    /// It is final.
    #[default]
    Final,
}

/// One line of a bill. A field that the document doesn't have is absent; the standard of a term is `standard`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ProviderLine {
    /// The first instant that it covers, UTC.
    pub start: Timestamp,
    /// The first instant that it doesn't.
    pub end: Timestamp,
    /// Whose bill, by the price book's id.
    pub provider: String,
    /// What it was read from.
    pub source: BillSource,
    /// What it charges for.
    pub kind: ChargeKind,
    /// The organisation or billing account.
    pub account: Option<String>,
    /// The workspace, project or linked account.
    pub sub_account: Option<String>,
    /// The API key or principal.
    pub credential: Option<String>,
    /// The model as the provider names it here.
    pub model_raw: Option<String>,
    /// The article, as the provider names it.
    pub sku: Option<String>,
    /// The kind of usage.
    pub dimension: Option<Dimension>,
    /// The service tier or way of processing: `standard`, `batch`, `priority`.
    pub tier: Option<String>,
    /// The price tier of the context: `standard`, or the edge that was crossed, `>200000`.
    pub context: Option<String>,
    /// The region or data residency: `standard`, `us`.
    pub geo: Option<String>,
    /// Units; corrections are negative.
    pub quantity: Option<i128>,
    /// What is charged.
    pub amount: Option<ReportedAmount>,
    /// Whether the provider may still change it.
    pub status: LineStatus,
    /// The provider's own id of the line.
    pub line_id: Option<String>,
    /// The provider's words for it.
    pub description: Option<String>,
    /// The hash of the document that it was read from.
    pub payload_hash: String,
    /// Where it stands in the document, from 1.
    pub row: u64,
}

impl ProviderLine {
    /// A line of a day or another span, with nothing else known of it.
    pub fn new(
        provider: impl Into<String>,
        source: BillSource,
        (start, end): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            start,
            end,
            provider: provider.into(),
            source,
            kind: ChargeKind::Usage,
            account: None,
            sub_account: None,
            credential: None,
            model_raw: None,
            sku: None,
            dimension: None,
            tier: None,
            context: None,
            geo: None,
            quantity: None,
            amount: None,
            status: LineStatus::Final,
            line_id: None,
            description: None,
            payload_hash: String::new(),
            row: 0,
        }
    }

    /// The start of its UTC day.
    pub fn day(&self) -> Timestamp {
        day_of(self.start)
    }
}

/// Microseconds of a UTC day.
pub(super) const DAY: i64 = 86_400_000_000;

/// The start of the UTC day of an instant.
pub(super) fn day_of(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.micros().saturating_sub(at.micros().rem_euclid(DAY)))
}

/// The word for a term that is as usual.
pub(super) const STANDARD: &str = "standard";

/// A term as it is compared: lower case, with one word for the standard.
pub(super) fn term(text: &str) -> String {
    let text = text.trim().to_lowercase();
    match text.as_str() {
        "" | "default" | "standard" | "auto" | "on_demand" | "on-demand" | "global" | "not_available"
        | "unspecified" | "regular" => STANDARD.to_owned(),
        _ => text,
    }
}

//! What FOCUS says of each column: what kind of value stands in it, and whether it may be null or missing.
//!
//! The columns are those of Cost and Usage 1.2 and what 1.3, 1.4 and the draft of 1.5 added.

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Decimal,
    Time,
    Json,
    Currency,
    OneOf(&'static [&'static str]),
}

/// Whether a file must have the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Mandatory,
    Recommended,
    Conditional,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) may_be_null: bool,
    pub(super) presence: Presence,
}

const CATEGORIES: &[&str] = &["Usage", "Purchase", "Tax", "Credit", "Adjustment"];
const FREQUENCIES: &[&str] = &["Usage-Based", "Recurring", "One-Time"];
const PRICING: &[&str] = &["Standard", "Committed", "Dynamic", "Other"];
const COMMITMENTS: &[&str] = &["Spend", "Usage"];
const USED: &[&str] = &["Used", "Unused"];
const SERVICES: &[&str] = &[
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Multicloud",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Networking",
    "Security",
    "Storage",
    "Web",
    "Other",
];

/// The sub-categories of artificial intelligence; those of other categories are any text.
pub(super) const AI_SUBCATEGORIES: &[&str] = &[
    "AI Platforms",
    "Bots",
    "Generative AI",
    "Machine Learning",
    "Natural Language Processing",
    "Other (AI and Machine Learning)",
];
pub(super) const AI: &str = "AI and Machine Learning";

macro_rules! specs {
    ($($name:ident $kind:expr, $null:ident, $presence:ident;)+) => {
        pub(super) const SPECS: &[Spec] = &[$(Spec {
            name: stringify!($name),
            kind: $kind,
            may_be_null: $null,
            presence: Presence::$presence,
        },)+];
    };
}

const N: bool = true;
const V: bool = false;

specs! {
    AllocatedMethodDetails Kind::Json, N, Conditional;
    AllocatedMethodId Kind::Text, N, Conditional;
    AllocatedResourceId Kind::Text, N, Conditional;
    AllocatedResourceName Kind::Text, N, Conditional;
    AllocatedTags Kind::Json, N, Conditional;
    AvailabilityZone Kind::Text, N, Conditional;
    BilledCost Kind::Decimal, V, Mandatory;
    BillingAccountId Kind::Text, V, Mandatory;
    BillingAccountName Kind::Text, N, Mandatory;
    BillingAccountType Kind::Text, V, Conditional;
    BillingCurrency Kind::Currency, V, Mandatory;
    BillingPeriodEnd Kind::Time, V, Mandatory;
    BillingPeriodStart Kind::Time, V, Mandatory;
    CapacityReservationId Kind::Text, N, Conditional;
    CapacityReservationStatus Kind::OneOf(USED), N, Conditional;
    ChargeCategory Kind::OneOf(CATEGORIES), V, Mandatory;
    ChargeClass Kind::OneOf(&["Correction"]), N, Mandatory;
    ChargeDescription Kind::Text, N, Mandatory;
    ChargeFrequency Kind::OneOf(FREQUENCIES), V, Recommended;
    ChargePeriodEnd Kind::Time, V, Mandatory;
    ChargePeriodStart Kind::Time, V, Mandatory;
    CommitmentDiscountCategory Kind::OneOf(COMMITMENTS), N, Conditional;
    CommitmentDiscountId Kind::Text, N, Conditional;
    CommitmentDiscountName Kind::Text, N, Conditional;
    CommitmentDiscountQuantity Kind::Decimal, N, Conditional;
    CommitmentDiscountStatus Kind::OneOf(USED), N, Conditional;
    CommitmentDiscountType Kind::Text, N, Conditional;
    CommitmentDiscountUnit Kind::Text, N, Conditional;
    CommitmentProgramEligibilityDetails Kind::Json, N, Conditional;
    ConsumedQuantity Kind::Decimal, N, Conditional;
    ConsumedUnit Kind::Text, N, Conditional;
    ConsumerId Kind::Text, N, Conditional;
    ContractApplied Kind::Json, N, Conditional;
    ContractedCost Kind::Decimal, V, Mandatory;
    ContractedUnitPrice Kind::Decimal, N, Conditional;
    CredentialDetails Kind::Json, N, Conditional;
    CredentialId Kind::Text, N, Conditional;
    EffectiveCost Kind::Decimal, V, Mandatory;
    HostProviderName Kind::Text, V, Conditional;
    InvoiceDetailId Kind::Text, N, Conditional;
    InvoiceId Kind::Text, N, Recommended;
    InvoiceIssuerName Kind::Text, V, Mandatory;
    ListCost Kind::Decimal, V, Mandatory;
    ListUnitPrice Kind::Decimal, N, Conditional;
    PricingCategory Kind::OneOf(PRICING), N, Conditional;
    PricingCurrency Kind::Currency, V, Conditional;
    PricingCurrencyContractedUnitPrice Kind::Decimal, N, Conditional;
    PricingCurrencyEffectiveCost Kind::Decimal, V, Conditional;
    PricingCurrencyListUnitPrice Kind::Decimal, N, Conditional;
    PricingQuantity Kind::Decimal, N, Mandatory;
    PricingUnit Kind::Text, N, Mandatory;
    PrincipalId Kind::Text, N, Conditional;
    ProviderName Kind::Text, V, Mandatory;
    PublisherName Kind::Text, V, Mandatory;
    RegionId Kind::Text, N, Conditional;
    RegionName Kind::Text, N, Conditional;
    ResourceId Kind::Text, N, Conditional;
    ResourceName Kind::Text, N, Conditional;
    ResourceType Kind::Text, N, Conditional;
    ServiceCategory Kind::OneOf(SERVICES), V, Mandatory;
    ServiceName Kind::Text, V, Mandatory;
    ServiceProviderName Kind::Text, V, Conditional;
    ServiceSubcategory Kind::Text, V, Recommended;
    SkuId Kind::Text, N, Conditional;
    SkuMeter Kind::Text, N, Conditional;
    SkuPriceDetails Kind::Json, N, Conditional;
    SkuPriceId Kind::Text, N, Conditional;
    SubAccountId Kind::Text, N, Conditional;
    SubAccountName Kind::Text, N, Conditional;
    SubAccountType Kind::Text, N, Conditional;
    Tags Kind::Json, N, Conditional;
}

/// Columns that are null where the other is, and only there.
pub(super) const TOGETHER: &[(&str, &str)] = &[
    ("AllocatedResourceName", "AllocatedResourceId"),
    ("ConsumedUnit", "ConsumedQuantity"),
    ("PricingUnit", "PricingQuantity"),
    ("RegionName", "RegionId"),
    ("ResourceType", "ResourceId"),
    ("SubAccountName", "SubAccountId"),
    ("SubAccountType", "SubAccountId"),
    ("CommitmentDiscountCategory", "CommitmentDiscountId"),
    ("CommitmentDiscountType", "CommitmentDiscountId"),
    ("CommitmentDiscountUnit", "CommitmentDiscountQuantity"),
    ("CapacityReservationStatus", "CapacityReservationId"),
];

/// Columns that are null at least where the other is.
pub(super) const ONLY_WITH: &[(&str, &str)] = &[
    ("AllocatedMethodDetails", "AllocatedMethodId"),
    ("AllocatedResourceId", "AllocatedMethodId"),
    ("AllocatedTags", "AllocatedMethodId"),
    ("SkuMeter", "SkuId"),
    ("SkuPriceDetails", "SkuPriceId"),
    ("ResourceName", "ResourceId"),
    ("CommitmentDiscountName", "CommitmentDiscountId"),
    ("CommitmentDiscountStatus", "CommitmentDiscountId"),
    ("InvoiceDetailId", "InvoiceId"),
];

/// Columns that usage and purchases have, unless they correct something.
pub(super) const OF_PRICED: &[&str] =
    &["ContractedUnitPrice", "ListUnitPrice", "PricingCategory", "PricingQuantity", "SkuId", "SkuPriceId"];

/// A unit price, and the cost that it makes with the quantity.
pub(super) const PRODUCTS: &[(&str, &str)] =
    &[("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")];

/// The column of a name.
pub(super) fn spec(name: &str) -> Option<&'static Spec> {
    SPECS.iter().find(|spec| spec.name == name)
}

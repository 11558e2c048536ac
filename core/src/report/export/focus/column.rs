//! The columns of the Cost and Usage dataset, in the order in which they are written: those of FOCUS by name, then our
//! own, which begin with `x_`.

use super::FocusLevel;

macro_rules! columns {
    ($($name:ident = $text:literal, $level:ident;)+) => {
        /// A column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Column { $($name,)+ }

        impl Column {
            const ALL: &'static [(Self, FocusLevel)] = &[$((Self::$name, FocusLevel::$level),)+];

            /// The name in the file's head.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

columns! {
    AllocatedMethodDetails = "AllocatedMethodDetails", Newest;
    AllocatedMethodId = "AllocatedMethodId", Newest;
    AllocatedResourceId = "AllocatedResourceId", Newest;
    AllocatedResourceName = "AllocatedResourceName", Newest;
    AllocatedTags = "AllocatedTags", Newest;
    AvailabilityZone = "AvailabilityZone", V1_2;
    BilledCost = "BilledCost", V1_2;
    BillingAccountId = "BillingAccountId", V1_2;
    BillingAccountName = "BillingAccountName", V1_2;
    BillingAccountType = "BillingAccountType", V1_2;
    BillingCurrency = "BillingCurrency", V1_2;
    BillingPeriodEnd = "BillingPeriodEnd", V1_2;
    BillingPeriodStart = "BillingPeriodStart", V1_2;
    ChargeCategory = "ChargeCategory", V1_2;
    ChargeClass = "ChargeClass", V1_2;
    ChargeDescription = "ChargeDescription", V1_2;
    ChargeFrequency = "ChargeFrequency", V1_2;
    ChargePeriodEnd = "ChargePeriodEnd", V1_2;
    ChargePeriodStart = "ChargePeriodStart", V1_2;
    CommitmentDiscountCategory = "CommitmentDiscountCategory", V1_2;
    CommitmentDiscountId = "CommitmentDiscountId", V1_2;
    CommitmentDiscountName = "CommitmentDiscountName", V1_2;
    CommitmentDiscountQuantity = "CommitmentDiscountQuantity", V1_2;
    CommitmentDiscountStatus = "CommitmentDiscountStatus", V1_2;
    CommitmentDiscountType = "CommitmentDiscountType", V1_2;
    CommitmentDiscountUnit = "CommitmentDiscountUnit", V1_2;
    ConsumedQuantity = "ConsumedQuantity", V1_2;
    ConsumedUnit = "ConsumedUnit", V1_2;
    ConsumerId = "ConsumerId", Newest;
    ContractApplied = "ContractApplied", Newest;
    ContractedCost = "ContractedCost", V1_2;
    ContractedUnitPrice = "ContractedUnitPrice", V1_2;
    CredentialDetails = "CredentialDetails", Newest;
    CredentialId = "CredentialId", Newest;
    EffectiveCost = "EffectiveCost", V1_2;
    HostProviderName = "HostProviderName", Newest;
    InvoiceDetailId = "InvoiceDetailId", Newest;
    InvoiceId = "InvoiceId", V1_2;
    InvoiceIssuerName = "InvoiceIssuerName", V1_2;
    ListCost = "ListCost", V1_2;
    ListUnitPrice = "ListUnitPrice", V1_2;
    PricingCategory = "PricingCategory", V1_2;
    PricingCurrency = "PricingCurrency", V1_2;
    PricingCurrencyContractedUnitPrice = "PricingCurrencyContractedUnitPrice", V1_2;
    PricingCurrencyEffectiveCost = "PricingCurrencyEffectiveCost", V1_2;
    PricingCurrencyListUnitPrice = "PricingCurrencyListUnitPrice", V1_2;
    PricingQuantity = "PricingQuantity", V1_2;
    PricingUnit = "PricingUnit", V1_2;
    PrincipalId = "PrincipalId", Newest;
    ProviderName = "ProviderName", V1_2;
    PublisherName = "PublisherName", V1_2;
    RegionId = "RegionId", V1_2;
    RegionName = "RegionName", V1_2;
    ResourceId = "ResourceId", V1_2;
    ResourceName = "ResourceName", V1_2;
    ResourceType = "ResourceType", V1_2;
    ServiceCategory = "ServiceCategory", V1_2;
    ServiceName = "ServiceName", V1_2;
    ServiceProviderName = "ServiceProviderName", Newest;
    ServiceSubcategory = "ServiceSubcategory", V1_2;
    SkuId = "SkuId", V1_2;
    SkuMeter = "SkuMeter", V1_2;
    SkuPriceDetails = "SkuPriceDetails", V1_2;
    SkuPriceId = "SkuPriceId", V1_2;
    SubAccountId = "SubAccountId", V1_2;
    SubAccountName = "SubAccountName", V1_2;
    SubAccountType = "SubAccountType", V1_2;
    Tags = "Tags", V1_2;
    Agent = "x_Agent", V1_2;
    Client = "x_Client", V1_2;
    Dimension = "x_Dimension", V1_2;
    Environment = "x_Environment", V1_2;
    Model = "x_Model", V1_2;
    Team = "x_Team", V1_2;
    Terms = "x_Terms", V1_2;
}

/// The columns of a level.
pub(super) fn columns(level: FocusLevel) -> impl Iterator<Item = Column> {
    let is_in = move |own: FocusLevel| own == FocusLevel::V1_2 || level == FocusLevel::Newest;
    Column::ALL.iter().filter(move |(_, own)| is_in(*own)).map(|(column, _)| *column)
}

#[cfg(test)]
mod tests {
    use super::{FocusLevel, columns};

    #[test]
    fn the_columns_of_focus_come_by_name_and_ours_last() {
        for level in [FocusLevel::V1_2, FocusLevel::Newest] {
            let names: Vec<_> = columns(level).map(super::Column::name).collect();
            let mut sorted = names.clone();
            sorted.sort_by_key(|name| (name.starts_with("x_"), *name));
            assert_eq!(names, sorted);
        }
        assert_eq!(columns(FocusLevel::V1_2).count(), 62);
        assert_eq!(columns(FocusLevel::Newest).count(), 75);
    }
}

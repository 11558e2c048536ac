//! What is wrong with a file.

use std::fmt;

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// A rule that a FOCUS file breaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FocusRule { $($(#[doc = $doc])+ $name,)+ }

        impl FocusRule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The rule in snake case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

rules! {
    /// A column that every file has is missing.
    ColumnMissing = "column_missing";
    /// A column that FOCUS doesn't know, without `x_`.
    ColumnUnknown = "column_unknown";
    /// The same column twice.
    ColumnTwice = "column_twice";
    /// A column of FOCUS after one of the file's own.
    CustomNotLast = "custom_not_last";
    /// A row with more or fewer cells than the head.
    WidthDiffers = "width_differs";
    /// Nothing where a value must stand.
    ValueMissing = "value_missing";
    /// A value where nothing may stand.
    ValueUnwanted = "value_unwanted";
    /// A word for nothing, such as `NULL` or `N/A`.
    PlaceholderForNull = "placeholder_for_null";
    /// A number with a sign, separator, currency or without digits.
    NumberInvalid = "number_invalid";
    /// A number without a decimal point, which readers take for an integer.
    NumberWithoutPoint = "number_without_point";
    /// A unit price below zero.
    PriceNegative = "price_negative";
    /// A time that isn't `YYYY-MM-DDTHH:mm:ssZ`.
    TimeInvalid = "time_invalid";
    /// A period that ends before it begins.
    PeriodReversed = "period_reversed";
    /// A charge outside of the period that it is billed in.
    ChargeOutsideOfBilling = "charge_outside_of_billing";
    /// A value that isn't in the list of those that are allowed.
    ValueNotAllowed = "value_not_allowed";
    /// A currency that ISO 4217 doesn't have.
    CurrencyInvalid = "currency_invalid";
    /// What should be a JSON object and isn't.
    JsonInvalid = "json_invalid";
    /// A nested value, or a key that isn't FOCUS's and has no `x_`.
    KeyValueInvalid = "key_value_invalid";
    /// Price times quantity isn't the cost.
    ProductDiffers = "product_differs";
    /// A purchase that is charged by usage.
    FrequencyContradicts = "frequency_contradicts";
    /// A purchase of future usage that is counted as cost now.
    PurchaseNotAmortised = "purchase_not_amortised";
    /// A service in two categories.
    ServiceInTwoCategories = "service_in_two_categories";
    /// A sub-category of another category.
    SubcategoryElsewhere = "subcategory_elsewhere";
    /// A price of two SKUs.
    PriceOfTwoSkus = "price_of_two_skus";
    /// Money that goes to another than the provider, billed by the provider all the same.
    BilledByThirdParty = "billed_by_third_party";
    /// Some rows with an invoice and some without.
    InvoiceStatesMixed = "invoice_states_mixed";
    /// Two currencies on one invoice.
    InvoiceInTwoCurrencies = "invoice_in_two_currencies";
    /// An invoice whose rows don't sum to what is payable.
    InvoiceSumDiffers = "invoice_sum_differs";
    /// Details of an allocation that aren't as FOCUS wants them.
    AllocationInvalid = "allocation_invalid";
    /// A charge that was allocated, the ratios of whose parts don't sum to 1.
    AllocationIncomplete = "allocation_incomplete";
    /// Something that is no CSV.
    FileUnreadable = "file_unreadable";
}

impl fmt::Display for FocusRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place where a file breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The row, from 1; 0 for the head and for the file as a whole.
    pub row: u64,
    /// The column.
    pub column: String,
    /// The rule.
    pub rule: FocusRule,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, column, rule, message } = self;
        write!(f, "row {row}, {column}: {message} ({rule})")
    }
}

//! The catalogue of error codes: each with its help and its retry class.

use std::fmt;

/// Whether the same call, unchanged, may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It will fail again until something else changes.
    No,
    /// It may succeed as it is: the fault is passing.
    Later,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $retry:ident, $help:literal;)+) => {
        /// A stable name for a kind of error, the same in every language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[doc = $doc])+ $name,)+ }

        impl ErrorCode {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code in snake case, as it is printed and matched.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The general way out; an error may carry a closer one.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)+ }
            }

            /// Whether the same call may succeed later.
            pub const fn retry(self) -> Retry {
                match self { $(Self::$name => Retry::$retry,)+ }
            }
        }
    };
}

codes! {
    /// Text that is no amount of money.
    MoneyInvalid = "money_invalid", No, "write a decimal amount, such as `2500 USD`";
    /// More digits than a pico-dollar holds.
    MoneyPrecision = "money_precision", No, "round the amount to 12 decimals first";
    /// An amount outside of what the type holds.
    MoneyOverflow = "money_overflow", No, "use a smaller amount";
    /// A currency that is unknown or can't be used here.
    CurrencyUnsupported = "currency_unsupported", No, "give the amount in USD";
    /// Text that is no time.
    TimeInvalid = "time_invalid", No, "write an RFC 3339 time, such as `2026-11-23T00:00:00Z`";
    /// A time zone that the IANA database doesn't know.
    TimeZoneUnknown = "time_zone_unknown", No, "use an IANA name, such as `Europe/Berlin`";
    /// A budget period that can't be built.
    PeriodInvalid = "period_invalid", No, "use hour, day, week, month, quarter, year, a rolling length, once or run";
    /// A tag key that is too long or has a wrong character.
    TagKeyInvalid = "tag_key_invalid", No, "use letters, digits, `.`, `_` and `-`, at most 64 bytes";
    /// A tag value that is empty, too long or has a control character.
    TagValueInvalid = "tag_value_invalid", No, "use 1 to 256 bytes without control characters";
    /// The same key twice, under any of its spellings.
    TagDuplicate = "tag_duplicate", No, "give each tag once";
    /// A bound of the library was reached.
    LimitReached = "limit_reached", No, "remove what is no longer used, or split the work over several ledgers";
    /// Tags that the taxonomy doesn't allow.
    TagsRefused = "tags_refused", No, "give the tags that the taxonomy requires, with values that it allows";
    /// A selector that can't be read.
    SelectorInvalid = "selector_invalid", No, "match keys against a value or a list, combined by `all`, `any` and `not`";
    /// A taxonomy that contradicts itself.
    TaxonomyInvalid = "taxonomy_invalid", No, "correct the taxonomy";
    /// A price book that can't be read or contradicts itself.
    PriceBookInvalid = "price_book_invalid", No, "correct the price book";
    /// A model that no price book knows.
    ModelUnknown = "model_unknown", No, "correct the model's name, or add its price to the policy";
    /// A model that is known, but has no price at that time.
    ModelUnpriced = "model_unpriced", No, "add a price for the model to the policy";
    /// Usage of a kind for which the model has no price.
    DimensionUnpriced = "dimension_unpriced", No, "add a price for this kind of usage to the policy";
    /// A service tier, region or mode that the model's prices don't know.
    TierUnknown = "tier_unknown", No, "use one of the model's tiers, or leave it out for the standard tier";
    /// Usage that contradicts itself.
    UsageInvalid = "usage_invalid", No, "give counts of zero or more, with parts no larger than their whole";
    /// A call without a bound on its output.
    BoundMissing = "bound_missing", No, "give `max_output_tokens`";
    /// A provider's request that can't be read.
    RequestInvalid = "request_invalid", No, "give the request as the provider's API takes it";
    /// A budget that can't be built.
    BudgetInvalid = "budget_invalid", No, "correct the budget";
    /// A budget that doesn't exist.
    BudgetUnknown = "budget_unknown", No, "name a budget of the policy";
    /// A hold that doesn't exist or was forgotten.
    HoldUnknown = "hold_unknown", No, "settle the hold that a reservation returned";
    /// A hold that has already ended in another way.
    HoldEnded = "hold_ended", No, "end each hold once";
    /// A caller's key that is empty or too long.
    KeyInvalid = "key_invalid", No, "use a key of 1 to 256 bytes";
    /// A caller's key that was used for something else.
    KeyConflict = "key_conflict", No, "use a new key for a new call";
    /// Suspended money that only a raise can free.
    ResumeNeedsRaise = "resume_needs_raise", No, "raise the budget's limit in the policy";
    /// The ledger is open for writing elsewhere.
    LedgerInUse = "ledger_in_use", Later, "let every process open the ledger as `shared`, close the other writer, or open the ledger for reading";
    /// The ledger's file or folder can't be opened.
    LedgerUnavailable = "ledger_unavailable", Later, "check that the folder exists and can be written";
    /// The ledger's file can't be written.
    LedgerReadOnly = "ledger_read_only", No, "make the file writable, or open it for reading";
    /// The disk is full; nothing was lost.
    LedgerFull = "ledger_full", Later, "free space on the disk, then call again";
    /// Another fault of the disk.
    LedgerIo = "ledger_io", Later, "check the disk, then call again";
    /// The ledger's content is damaged.
    LedgerDamaged = "ledger_damaged", No, "copy the file aside and restore it from a backup";
    /// The file belongs to another program.
    LedgerForeign = "ledger_foreign", No, "choose another path for the ledger";
    /// The file was written by a newer release.
    LedgerNewer = "ledger_newer", No, "upgrade bursar";
    /// The ledger was given up by its own program.
    LedgerClosed = "ledger_closed", No, "open the ledger again";
    /// An entry that doesn't exist.
    EntryUnknown = "entry_unknown", No, "name the sequence number of a ledger entry";
    /// A document that was never issued.
    DocumentUnknown = "document_unknown", No, "name the number of a document that was issued";
    /// A period that can't be closed.
    PeriodNotClosable = "period_not_closable", Later, "wait until its calls are settled or expired";
    /// A policy that can't be read.
    PolicyInvalid = "policy_invalid", No, "correct the policy";
    /// A report that can't be made as asked.
    ReportInvalid = "report_invalid", No, "correct the report's options";
    /// A PDF is asked for, and the package that lays it out isn't there.
    PdfMissing = "pdf_missing", No, "run `cargo add bursar --features pdf`";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

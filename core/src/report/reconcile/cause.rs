//! Why a bill and a ledger differ: stable names.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// Why a part of a bill differs from the ledger.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum DriftCause { $($(#[doc = $doc])+ $name,)+ }

        impl DriftCause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in snake case, the same in every format and language.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

causes! {
    /// The bill has a line more than once, or the ledger counts every unit of a model's day a whole number of times.
    Duplicate = "duplicate";
    /// A tax, which no call carries.
    Tax = "tax";
    /// A credit, a promotion or a free tier.
    Credit = "credit";
    /// A negotiated discount: a line of its own, or one ratio between the bill and the list price.
    Discount = "discount";
    /// Reserved capacity: a charge beside the calls, or calls that the bill doesn't charge one by one.
    Commitment = "commitment";
    /// A correction of a period that was billed before.
    PriorPeriod = "prior_period";
    /// A charge for something other than tokens that the ledger doesn't have: searches, code execution, seats.
    NonTokenCharge = "non_token_charge";
    /// Usage by a credential or of a model that the meter doesn't sit on.
    OutsideTheMeter = "outside_the_meter";
    /// The bill rounds further than the ledger.
    Rounding = "rounding";
    /// The bill's terms are those of batch processing, and the ledger's are not, or the other way round.
    BatchTier = "batch_tier";
    /// Another service tier than the ledger's: priority, flex, fast.
    PriorityTier = "priority_tier";
    /// Another price tier of the length of the context.
    ContextTier = "context_tier";
    /// Another region or data residency.
    GeoMultiplier = "geo_multiplier";
    /// The ledger counts a part within its whole and once more beside it, such as cached input.
    SubsetCountedTwice = "subset_counted_twice";
    /// The provider served another model than the one that the ledger booked.
    OtherModelServed = "other_model_served";
    /// The same usage on two sides of midnight UTC, or a day that the provider hasn't closed.
    CutOff = "cut_off";
    /// A class of tokens that the bill charges and the ledger doesn't have: cache reads and writes, reasoning, audio.
    MissingTokenClass = "missing_token_class";
    /// Attempts that were billed and whose usage nobody read: retries, timeouts, aborted streams.
    UnseenAttempts = "unseen_attempts";
    /// The ledger's count is an estimate: a hold that expired, or a tokenizer's guess.
    EstimatedTokens = "estimated_tokens";
    /// The ledger priced by another price than the one that the bill charges.
    StalePrice = "stale_price";
    /// The bill is in another currency, and its rate of exchange isn't the one that was given.
    Fx = "fx";
}

impl fmt::Display for DriftCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How well a cause is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The bill or the ledger says so.
    Stated,
    /// The numbers agree to the last unit under this cause.
    Computed,
    /// The numbers fit, and so might they under another cause.
    Likely,
}

impl Certainty {
    /// The name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Computed => "computed",
            Self::Likely => "likely",
        }
    }
}

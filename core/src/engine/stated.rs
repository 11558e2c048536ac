//! What becomes of the cost that a provider states in its answer.

use super::bursar::Inner;
use super::settlement::Settlement;
use std::fmt;

/// What becomes of the cost that a provider states in its answer, as OpenRouter, xAI and DeepInfra do. Whichever is
/// booked, the other is kept beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatedCost {
    /// It is kept beside our price, and never booked.
    #[default]
    Beside,
    /// It is booked where our price is missing: the usage is in the answer only in part, or the book has no price of it.
    Missing,
    /// It is booked instead of our price.
    Instead,
}

impl StatedCost {
    pub(crate) const ALL: [Self; 3] = [Self::Beside, Self::Missing, Self::Instead];

    /// The word in a policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beside => "beside",
            Self::Missing => "missing",
            Self::Instead => "instead",
        }
    }

    /// Whether it is booked where our price is missing.
    pub(super) const fn fills(self) -> bool {
        !matches!(self, Self::Beside)
    }
}

impl fmt::Display for StatedCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Inner {
    /// The policy's choice, which is looked up only for a settlement that it matters to.
    pub(super) fn stated_cost(&self, settlement: &Settlement<'_>) -> StatedCost {
        if settlement.has_stated() { self.policy.read().stated_cost } else { StatedCost::default() }
    }
}

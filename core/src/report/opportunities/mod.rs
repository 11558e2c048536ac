//! What could have been saved, computed from the calls that were made and the prices of the book.
//!
//! Every call counts in one opportunity at most, the first that fits in the order of [`OpportunityKind`], and a saving is
//! never more than what was spent, so savings may be added. Each rests on an assumption that the ledger can't check, as
//! whether a smaller model would have done; it is said in a sentence. A call is only compared where the book gives its own
//! price to the last pico. This needs the entries themselves, so it is made on request alone.

mod family;
mod finder;
mod reprice;
#[cfg(test)]
mod tests;

pub(super) use finder::Finder;

use crate::money::Money;
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, fmt};

/// What could have been saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opportunities {
    /// Everything together.
    pub saving: Money,
    /// What the calls cost that could have been cheaper.
    pub spent: Money,
    /// The largest savings first.
    pub rows: Vec<Opportunity>,
    /// How many others there are.
    pub others: usize,
    /// What the others could have saved.
    pub rest: Money,
}

/// A way to spend less, for one agent with one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opportunity {
    /// The way.
    pub kind: OpportunityKind,
    /// The team; `unallocated` where the tag is missing, as for the agent.
    pub team: String,
    /// The agent.
    pub agent: String,
    /// The model.
    pub model: String,
    /// What there is instead: a smaller model, or the most input tokens; nothing for the other ways.
    pub instead: Option<String>,
    /// Calls.
    pub calls: u64,
    /// What they cost.
    pub spent: Money,
    /// What they would have cost less.
    pub saving: Money,
    /// The number of the ledger entry of one of them.
    pub example: u64,
}

/// A way to spend less. A call counts in the first that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OpportunityKind {
    /// Holds that nobody ended, and that became spend.
    Expired,
    /// The same usage again and again within an hour.
    Loop,
    /// Input just past an edge at which every token of the call gets dearer.
    LongContext,
    /// Calls that nobody waited for, outside of a batch.
    Batch,
    /// Short calls to a larger model than its family has.
    SmallerModel,
    /// Prompts that follow each other closely, none of it from a cache.
    Cache,
}

impl OpportunityKind {
    /// The name in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Loop => "loop",
            Self::LongContext => "long_context",
            Self::Batch => "batch",
            Self::SmallerModel => "smaller_model",
            Self::Cache => "cache",
        }
    }

    /// What is taken for granted, in a sentence.
    pub const fn assumption(self) -> &'static str {
        match self {
            Self::Expired => {
                "Every call would have been settled or released in time, and had generated nothing."
            }
            Self::Loop => {
                "From the eleventh call with the same model and the same usage in an hour on, nothing new was learnt."
            }
            Self::LongContext => {
                "Input at most a tenth past the edge could have been kept below it, and the answer stayed as long."
            }
            Self::Batch => {
                "The environment is batch, offline or nightly, or more than 50 calls of the agent came within an hour \
                 between 22:00 and 06:00; those could have waited for a batch."
            }
            Self::SmallerModel => {
                "Calls of at most 2,000 tokens of input and 500 of output would have done with the next cheaper model \
                 of the same family, and used as many tokens."
            }
            Self::Cache => {
                "Of two prompts within five minutes, half of the shorter one stood at the beginning of both, and could \
                 have been written to the cache once and read from it."
            }
        }
    }
}

impl fmt::Display for OpportunityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Opportunities {
    /// What was found, the largest savings one by one.
    pub(super) fn of(finder: Finder<'_>, most: usize) -> Self {
        let mut rows = finder.found();
        // The sort is stable: equal savings keep the order of the kinds and the names.
        rows.sort_by_key(|row| Reverse(row.saving));
        let (saving, spent) =
            (rows.iter().map(|row| row.saving).sum(), rows.iter().map(|row| row.spent).sum());
        let rest = rows.split_off(most.min(rows.len()));
        Self { saving, spent, others: rest.len(), rest: rest.iter().map(|row| row.saving).sum(), rows }
    }

    /// Whether the rows sum to the whole, and no saving is more than what was spent.
    pub(super) fn adds_up(&self) -> bool {
        self.rows.iter().map(|row| row.saving).sum::<Money>() + self.rest == self.saving
            && self.rows.iter().all(|row| row.saving <= row.spent)
    }
}

//! What the machine answers to a request.

use super::ids::{AccountId, HoldId};
use crate::money::Money;
use crate::tags::Symbol;
use crate::time::Timestamp;
use std::time::Duration;

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It fits every budget, and its bound is held in all of them.
    Admitted(Admission),
    /// It doesn't; nothing is held anywhere.
    Refused(Refusal),
}

/// A hold that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The hold, to be ended once.
    pub hold: HoldId,
    /// What it holds in each budget.
    pub bound: Money,
    /// When it was taken: the window that it belongs to.
    pub reserved_at: Timestamp,
    /// When it becomes spend if nobody ends it.
    pub expires_at: Timestamp,
    /// Whether this answers a repeated key with the hold that its first use took.
    pub is_replay: bool,
}

/// Why a request was refused, by the budget that decides.
///
/// Of several reasons the first of this order is given: suspended, exceeded (the least that a call may cost), throttled (the
/// longest wait, then a cheaper model).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Suspended until a time, a raise or a person lifts it.
    Suspended {
        /// The deciding budget.
        account: AccountId,
        /// The end of the window; nothing when the period has no end.
        until: Option<Timestamp>,
        /// The agent that is suspended; nothing when all of the budget is.
        agent: Option<Symbol>,
    },
    /// The bound is above what is left.
    Exceeded {
        /// The deciding budget.
        account: AccountId,
        /// What the call would take, by the budget's basis.
        bound: Money,
        /// What is left, by the budget's basis: ceiling less spend and holds.
        remaining: Money,
        /// What a call may cost that fits: of a budget on price, the cost of what is billed at the rest.
        remaining_cost: Money,
    },
    /// Slow down.
    Throttled {
        /// The deciding budget.
        account: AccountId,
        /// The way on.
        way: Way,
    },
}

/// How a throttled call may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The same call again, after this time.
    RetryAfter(Duration),
    /// Now, on this cheaper model.
    DowngradeTo(Symbol),
}

impl Refusal {
    /// The deciding account.
    pub fn account(&self) -> AccountId {
        match *self {
            Self::Suspended { account, .. }
            | Self::Exceeded { account, .. }
            | Self::Throttled { account, .. } => account,
        }
    }

    /// Whether this reason is given rather than `other`, which was found first.
    pub(super) fn outranks(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exceeded { remaining_cost: mine, .. }, Self::Exceeded { remaining_cost: theirs, .. }) => {
                mine < theirs
            }
            (Self::Throttled { way: mine, .. }, Self::Throttled { way: theirs, .. }) => {
                match (mine, theirs) {
                    (Way::RetryAfter(mine), Way::RetryAfter(theirs)) => mine > theirs,
                    (Way::RetryAfter(_), Way::DowngradeTo(_)) => true,
                    (Way::DowngradeTo(_), _) => false,
                }
            }
            _ => self.rank() < other.rank(),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Suspended { .. } => 0,
            Self::Exceeded { .. } => 1,
            Self::Throttled { .. } => 2,
        }
    }
}

//! What happened beside the decision: what the ledger records and alerts tell.

use super::ids::{AccountId, HoldId};
use crate::money::Money;
use crate::tags::Symbol;
use crate::time::{Timestamp, Window};

/// Something that happened while the machine ran a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A step fired: for the first time in its window.
    StepFired {
        /// The budget's counter.
        account: AccountId,
        /// The window in which it fired.
        window: Window,
        /// The step, by its position in the budget.
        step: u8,
        /// What made it fire.
        cause: Cause,
        /// Spend of the window.
        spent: Money,
        /// The limit of the window, rollover included.
        limit: Money,
        /// The agent of the call that made it fire.
        agent: Option<Symbol>,
    },
    /// A call didn't fit for the first time in its window.
    Exhausted {
        /// The budget's counter.
        account: AccountId,
        /// The window.
        window: Window,
        /// What was left.
        remaining: Money,
        /// What the call would have held.
        bound: Money,
        /// Spend of the window.
        spent: Money,
        /// The limit of the window, rollover included.
        limit: Money,
    },
    /// A settlement was above its hold.
    Overrun {
        /// The hold.
        hold: HoldId,
        /// What it held.
        bound: Money,
        /// What the call cost.
        cost: Money,
    },
    /// A hold that nobody ended became spend.
    Expired {
        /// The hold.
        hold: HoldId,
        /// What is spent for it: what it held, or all that the call may have cost where less did fit.
        bound: Money,
        /// When the hold was taken.
        reserved_at: Timestamp,
    },
    /// A suspension was lifted by a person.
    Resumed {
        /// The budget's counter.
        account: AccountId,
        /// The window in which it was lifted.
        window: Window,
        /// The steps that were lifted, a bit each.
        steps: u64,
        /// The agent that may go on; nothing when the scope may.
        agent: Option<Symbol>,
    },
}

/// What made a step fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Spend reached the percentage.
    Spent,
    /// The forecast reached the percentage: this much by the end of the window.
    Forecast(Money),
    /// The same request came so many times.
    Repeats(u32),
    /// The hour's spend, and the mean of the hours before.
    Spike {
        /// This hour's.
        hour: Money,
        /// The mean.
        mean: Money,
    },
}

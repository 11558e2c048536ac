//! The deciding core: budgets, holds and decisions as one pure state machine.
//!
//! [`Machine`] maps `(state, command, now)` to a decision and events. It reads no clock, does no I/O, draws no random
//! number and knows no prices: it takes amounts. One lock around it gives one atomic step over every budget that a
//! call touches, and one order of decisions, which is the order of the ledger.

mod account;
mod definition;
mod event;
mod follow;
mod holds;
mod ids;
mod keys;
mod machine;
mod policy;
mod record;
mod refusal;
mod reserve;
mod restore;
mod settle;
mod slot;
mod status;
mod status_json;
mod step;
#[cfg(test)]
mod tests;
mod throttle;
mod watch;

pub use definition::{Budget, BudgetOptions, MAX_STEPS, Rollover};
pub use event::{Cause, Event};
pub use follow::Booked;
pub use holds::{HoldState, HoldView, MAX_HOLD_LIFETIME, MAX_OPEN_HOLDS};
pub use ids::{AccountId, CallKey, HoldId, ScopeId};
pub(crate) use machine::parent_runs;
pub use machine::{Decisions, MAX_ACCOUNTS, MAX_BUDGETS, MAX_BUDGETS_PER_CALL, Machine, inherit};
pub use refusal::{Admission, Refusal, Verdict, Way};
pub use reserve::Request;
pub use restore::{Mark, MarkKind, OpenHold, Spend};
pub use settle::{Booking, Ending};
pub use status::{BudgetState, BudgetStatus};
pub use step::{Action, Level, Step, SuspendTarget, Throttle, Trigger};

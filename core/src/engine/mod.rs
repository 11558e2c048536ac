//! Bursar itself: opens a ledger and a policy, resolves scopes, prices, decides, commits and tells.
//!
//! The engine is the shell around the pure core: it reads the clock, prices a call, takes the one lock, lets the
//! [`Machine`](crate::Machine) decide, notes entries, and commits them before it answers. It decides nothing itself.

mod amount;
mod answers;
mod billing;
mod builder;
mod bursar;
mod call;
mod closing;
mod counters;
mod decision;
mod exports;
mod following;
mod forgotten;
mod full_entry;
mod history;
mod issuing;
mod keeping;
mod metrics;
mod notes;
mod others;
mod policy;
mod reconciling;
mod record;
mod reports;
mod requests;
mod resolve;
mod settlement;
#[cfg(test)]
mod sharing_tests;
mod state;
mod stated;
mod steps;
#[cfg(test)]
mod tests;
mod turns;

pub use amount::Amount;
pub use builder::Builder;
pub use bursar::Bursar;
pub use call::{Call, Model};
pub use decision::{BudgetRef, Decision, Exceeded, Hold, Suspended, Throttled, Untagged};
pub use full_entry::FullEntry;
pub use policy::Policy;
pub(crate) use policy::find_model;
pub use resolve::Scope;
pub use settlement::{Settled, Settlement};
pub use stated::StatedCost;

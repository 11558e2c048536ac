//! What metrics are read from: the engine, seen from below.

use crate::budget::{BudgetStatus, Decisions};
use crate::error::Result;
use crate::ledger::Rollups;
use crate::tags::{Symbol, TagSet, TagSetId};
use crate::time::Timestamp;

/// Gives out what happened. Nothing here may hold up a decision for longer than a small read takes.
pub(crate) trait Source: Send + Sync {
    /// The instant now; nothing once the ledger was closed.
    fn now(&self) -> Option<Timestamp>;

    /// What every budget stands at.
    fn budgets(&self) -> Vec<BudgetStatus>;

    /// How often each decision was taken for each tag set, from the opening on.
    fn decisions(&self) -> Vec<(TagSetId, Decisions)>;

    /// Adds the sums of what was booked since the last call. After an error, what was added counts as read.
    ///
    /// # Errors
    /// `ledger_*`, and `entry_unknown` when entries are gone that were never read.
    fn booked(&self, sums: &mut Rollups) -> Result<()>;

    /// The tags and the models that ids stand for, in their order.
    fn names(&self, ids: &[(TagSetId, Option<Symbol>)]) -> Vec<(TagSet, Option<String>)>;
}

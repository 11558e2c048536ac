//! Exports of the engine's own ledger.

use super::bursar::Bursar;
use crate::error::Result;
use crate::report::{Exported, FocusRequest, export_focus};
use std::io::Write;

impl Bursar {
    /// Writes what was spent in a window as FOCUS Cost and Usage, in CSV: everything that has happened until now.
    ///
    /// Rows are written as they are made, so the memory goes by a day's tag sets and models. Calls go on meanwhile, and
    /// aren't in it; only a ledger in memory keeps commits waiting.
    ///
    /// # Errors
    /// `report_invalid` for a window without ends or of more than [`MAX_EXPORT_DAYS`](crate::MAX_EXPORT_DAYS) days, and
    /// when it can't be written; `time_zone_unknown`, `ledger_*`.
    pub fn export_focus(&self, request: &FocusRequest, to: impl Write) -> Result<Exported> {
        // Names are only ever added, so all that the sums refer to are in a later copy.
        self.with_reader(|store| {
            let dictionary = self.with_machine(|machine| machine.dictionary().clone());
            export_focus(store, &dictionary, request, to)
        })
    }
}

//! Reconciliations that are kept: what a person found good stays in the ledger, and lets the period be closed.

use super::bursar::Bursar;
use super::issuing::{intact, next_number};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::IssuedDocument;
use crate::report::{RECONCILIATION, ReconcileRequest, Reconciliation, ReportRequest, check_reconciled};
use crate::time::Window;

/// What stands before the numbers of reconciliations.
const RECONCILIATIONS: &str = "REC";

impl Bursar {
    /// Keeps a reconciliation in the ledger as it is, with what was accepted and signed off, and gives its number. The
    /// latest of a provider and period counts where the policy lets a period be closed; what is kept already has its number.
    ///
    /// # Errors
    /// `time_invalid` for a reconciliation without days, `ledger_*`.
    pub fn keep_reconciliation(&self, found: &Reconciliation) -> Result<String> {
        let window = Window::new(found.start, found.end)?;
        let content = found.to_json();
        let _turn = self.inner.turn()?;
        let _one_at_a_time = self.inner.issuing.lock();
        let issued = self.documents()?;
        let is_known = |own: &&IssuedDocument| own.kind == RECONCILIATION && own.content == content;
        if let Some(known) = issued.iter().rfind(is_known) {
            return Ok(known.number.clone());
        }
        let number = next_number(RECONCILIATIONS, &ReconcileRequest::period_name(window)?, &issued);
        let whose = (found.provider.clone(), window);
        self.keep(IssuedDocument::new((RECONCILIATION, number.clone()), whose, self.now(), content))?;
        Ok(number)
    }

    /// A reconciliation that was kept, by its number.
    ///
    /// # Errors
    /// `document_unknown`, `ledger_damaged` for one that isn't what was kept, other `ledger_*`.
    pub fn reconciliation(&self, number: &str) -> Result<Reconciliation> {
        let documents = self.documents()?;
        let found = documents.iter().find(|own| own.kind == RECONCILIATION && own.number == number);
        let found = found.ok_or_else(|| {
            let message = format!("no reconciliation has the number `{number}`");
            Error::new(ErrorCode::DocumentUnknown, message)
        })?;
        intact(found)?;
        Reconciliation::from_json(&found.content)
    }

    /// Refuses to close a period whose bills aren't reconciled as the rules want it.
    pub(super) fn check_closing(
        &self,
        request: &ReportRequest,
        issued: &[IssuedDocument],
        window: Window,
    ) -> Result<()> {
        if request.closing().is_empty() {
            return Ok(());
        }
        self.with_reader(|store| {
            let dictionary = self.with_machine(|machine| machine.dictionary().clone());
            check_reconciled(request.closing(), (issued, window, request.zone()), (store, &dictionary))
        })
    }
}

#[cfg(test)]
mod tests;

//! Closing a ledger by hand, rather than when the last handle to it is gone.

use super::bursar::Bursar;
use crate::error::Result;
use crate::ledger::Closed;

impl Bursar {
    /// Writes what waits, and gives the ledger up: another process may open it. Every later call, by whichever handle,
    /// is refused with `ledger_closed`. Closing again does nothing.
    ///
    /// Calls that are under way keep their holds in the ledger; whoever opens it next settles them by their ids.
    ///
    /// # Errors
    /// `ledger_*` when what waits can't be written: then the ledger stays open.
    pub fn close(&self) -> Result<()> {
        let inner = &*self.inner;
        let _turn = inner.turn()?;
        let was_closed = std::mem::replace(&mut inner.state.lock().is_closed, true);
        if was_closed {
            return Ok(());
        }
        // What waits is written by nobody but this call from here on.
        let outcome = inner.journal.flushed(|batch| inner.state.lock().take(batch)).and_then(|mut writer| {
            writer.store().close()?;
            writer.replace(Box::new(Closed));
            Ok(())
        });
        if outcome.is_err() {
            inner.state.lock().is_closed = false;
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    #[test]
    fn a_closed_ledger_refuses_everything_and_another_process_may_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let open = || Bursar::builder().resource_attributes("").open(&path);
        let bursar = open().unwrap();
        let (scope, model) =
            (bursar.scope(&[("team", "data")]).unwrap(), bursar.model(None, "gpt-5").unwrap());
        let call = Call::new(&model, 10).max_output_tokens(10);
        let Decision::Admitted(hold) = bursar.reserve(&scope, &call).unwrap() else { panic!("no budget") };
        assert_eq!(open().unwrap_err().code(), ErrorCode::LedgerInUse);
        bursar.close().unwrap();
        bursar.close().unwrap();
        let other = open().unwrap();
        let code = |error: Error| (error.code(), error.message().to_owned());
        let closed = (ErrorCode::LedgerClosed, "the ledger was closed".to_owned());
        let usage = Usage::new().with(Dimension::InputUncached, 10);
        assert_eq!(code(bursar.reserve(&scope, &call).unwrap_err()), closed);
        assert_eq!(code(bursar.settle(&hold, &usage).unwrap_err()), closed);
        assert_eq!(code(bursar.release(hold.id()).unwrap_err()), closed);
        assert_eq!(code(bursar.flush().unwrap_err()), closed);
        assert_eq!(code(bursar.report(&ReportRequest::new("UTC")).unwrap_err()), closed);
        assert_eq!(code(bursar.verify().unwrap_err()), closed);
        assert_eq!(
            other.settle_by_id(hold.id(), &Settlement::new(&usage)).unwrap().cost.to_string(),
            "0.0000125"
        );
    }

    #[test]
    fn a_ledger_is_looked_at_while_another_has_it_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let calendar = Calendar::new(Period::Once, "UTC").unwrap();
        let options = BudgetOptions::new("all", Selector::everything(), "1".parse().unwrap(), calendar);
        let policy = Policy::new().with_budget(Budget::new(options).unwrap());
        let open = || Bursar::builder().policy(policy.clone()).resource_attributes("");
        let bursar = open().open(&path).unwrap();
        let (scope, model) =
            (bursar.scope(&[("team", "data")]).unwrap(), bursar.model(None, "gpt-5").unwrap());
        let call = Call::new(&model, 10).max_output_tokens(10);
        for cost in ["0.1", "0.2"] {
            let Decision::Admitted(hold) = bursar.reserve(&scope, &call).unwrap() else { panic!("it fits") };
            bursar.settle(&hold, Settlement::cost(cost.parse().unwrap())).unwrap();
        }
        let looking = open().open_for_reading(&path).unwrap();
        assert_eq!(looking.budgets()[0].spent.to_string(), "0.3");
        assert_eq!(looking.report(&ReportRequest::new("UTC")).unwrap().total.to_string(), "0.3");
        assert_eq!(looking.verify().unwrap(), []);
        let scope = looking.scope(&[("team", "data")]).unwrap();
        assert_eq!(looking.reserve(&scope, &call).unwrap_err().code(), ErrorCode::LedgerClosed);
        looking.close().unwrap();
        drop(looking);
        assert!(bursar.reserve(&bursar.scope(&[]).unwrap(), &call).unwrap().is_admitted());
        assert_eq!(bursar.verify().unwrap(), []);
    }

    #[test]
    fn a_closed_ledger_in_memory_refuses_at_once() {
        let bursar = Bursar::builder().resource_attributes("").in_memory().unwrap();
        let (scope, model) = (bursar.scope(&[]).unwrap(), bursar.model(None, "gpt-5").unwrap());
        bursar.close().unwrap();
        let error = bursar.reserve(&scope, &Call::new(&model, 10).max_output_tokens(10)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LedgerClosed);
    }
}

//! Statements of the engine's own ledger.

use super::bursar::Bursar;
use crate::error::Result;
use crate::report::{Booked, Plan, ReportRequest, Statement};

impl Bursar {
    /// What was spent in a period, by whom and on what: everything that has happened until now.
    ///
    /// Commits wait while the sums are read; the statement is put together after that.
    ///
    /// # Errors
    /// `report_invalid` for a request out of bounds, `time_zone_unknown`, `ledger_*`.
    pub fn report(&self, request: &ReportRequest) -> Result<Statement> {
        let plan = Plan::new(request, self.now())?;
        let budgets = self.budgets();
        let booked = self.with_store(|store| Booked::read(store, &plan))?;
        // Names are only ever added, so these are all that the sums refer to.
        let dictionary = self.with_machine(|machine| machine.dictionary().clone());
        plan.statement(booked, &dictionary, &budgets)
    }
}

#[cfg(test)]
mod tests {
    use crate::*;
    use std::sync::Arc;

    #[test]
    fn a_report_shows_what_the_budgets_were_charged() {
        let price = r#"{ "provider": "private", "model": "m", "input_mtok": "1", "output_mtok": "1" }"#;
        let month = Calendar::new(Period::Month, "UTC").unwrap();
        let limit = "10".parse().unwrap();
        let budget = Budget::new(BudgetOptions::new("all", Selector::everything(), limit, month)).unwrap();
        let policy = Policy::new().with_prices([serde_json::from_str(price).unwrap()]).with_budget(budget);
        let clock = Arc::new(ManualClock::new("2026-11-10T12:00:00Z".parse().unwrap()));
        let builder = Bursar::builder().policy(policy).clock(clock).resource_attributes("");
        let bursar = builder.in_memory().unwrap();
        let scope = bursar.scope(&[("team", "data"), ("client", "acme")]).unwrap();
        let model = bursar.model(None, "m").unwrap();
        for output in [250_000, 500_000] {
            let Decision::Admitted(hold) =
                bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(500_000)).unwrap()
            else {
                panic!("a call that fits is admitted");
            };
            bursar.settle(&hold, &Usage::new().with(Dimension::Output, output)).unwrap();
        }
        let statement = bursar.report(&ReportRequest::new("UTC")).unwrap();
        assert_eq!((statement.total, statement.calls), ("0.75".parse().unwrap(), 2));
        assert_eq!(statement.rows.rows[0].values, ["data"]);
        assert_eq!(statement.budgets[0].spent, statement.total);
        assert_eq!(statement.unallocated[1].cost, statement.total);
        let filtered = ReportRequest::new("UTC").filter("client = \"globex\"".parse().unwrap());
        assert_eq!(bursar.report(&filtered).unwrap().total, Money::ZERO);
    }
}

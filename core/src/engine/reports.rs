//! Statements of the engine's own ledger.

use super::bursar::Bursar;
use super::history::Frame;
use crate::budget::Machine;
use crate::error::Result;
use crate::ledger::{Bookkeeper, bookings};
use crate::report::{
    Booked, Examined, Names, Plan, Preview, ReportRequest, ReportRules, Statement, StatementStatus, preview,
};
use crate::tags::Dictionary;

impl Bursar {
    /// What was spent in a period, by whom and on what: everything that has happened until now. Budgets are shown as they
    /// stand, or as they stood when the period ended, by the limits that they have now.
    ///
    /// Calls go on meanwhile, and aren't in it; only a ledger in memory keeps commits waiting while its sums are read.
    ///
    /// # Errors
    /// `report_invalid` for a request out of bounds, `time_zone_unknown`, `ledger_*`.
    pub fn report(&self, request: &ReportRequest) -> Result<Statement> {
        let rules = self.policy().reports.clone();
        let plan = Plan::new(&request.clone().or_rules(&rules), self.now())?;
        let mut booked = Booked::new(&plan)?;
        let (budgets, at, read) = match plan.finished() {
            None => {
                let budgets = self.budgets();
                let read = self.read(&plan, &mut [], &mut booked)?;
                (budgets, plan.now(), read)
            }
            Some(period) => {
                let frame = self.with_machine(Frame::of);
                let mut spending = frame.spending_until(period)?;
                let read = self.read(&plan, &mut [&mut spending], &mut booked)?;
                let spend = spending.into_spend();
                (frame.status_at_end(spend, period)?, period.start(), read)
            }
        };
        let (dictionary, examined) = read;
        let mut statement = plan.statement(booked, &dictionary, (&budgets, at), examined)?;
        if statement.period.window.end() <= self.with_machine(Machine::closed_until) {
            statement.header.status = StatementStatus::Final;
        }
        statement.seal();
        Ok(statement)
    }

    /// What other rules for reports would charge to whom in a period, beside what those in force charge: virtual tags and
    /// allocation are tried on what has happened before they are put in force. Nothing is changed.
    ///
    /// # Errors
    /// `report_invalid` for a request with a filter; as [`report`](Self::report).
    pub fn preview_rules(&self, request: &ReportRequest, rules: &ReportRules) -> Result<Preview> {
        let now = self.now();
        let before = Plan::new(&request.clone().or_rules(&self.policy().reports), now)?;
        before.comparable()?;
        let after = Plan::new(&request.clone().rules(rules.clone()), now)?;
        let (mut old, mut new) = (Booked::new(&before)?, Booked::new(&after)?);
        self.with_reader(|store| bookings(store, &mut [&mut old, &mut new]))?;
        let dictionary = self.with_machine(|machine| machine.dictionary().clone());
        preview((&before, old), (&after, new), &dictionary)
    }

    /// Reads the sums of one state of the ledger, and its entries where they are asked for, with the names in them.
    fn read(
        &self,
        plan: &Plan,
        others: &mut [&mut dyn Bookkeeper],
        booked: &mut Booked,
    ) -> Result<(Dictionary, Examined)> {
        self.with_reader(|store| {
            let mut keepers: Vec<&mut dyn Bookkeeper> = vec![booked];
            keepers.extend(others.iter_mut().map(|keeper| &mut **keeper as &mut dyn Bookkeeper));
            bookings(store, &mut keepers)?;
            drop(keepers);
            // Names are only ever added, so these are all that the sums and the entries refer to.
            let dictionary = self.with_machine(|machine| machine.dictionary().clone());
            let (policy, prices) = (self.policy(), self.prices());
            let prices = plan.prices().unwrap_or(&prices);
            let names =
                Names { dictionary: &dictionary, prices: Some(prices), policy: policy.sha256.as_deref() };
            let examined = plan.examine(store, booked, &names)?;
            Ok((dictionary, examined))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::*;
    use std::{sync::Arc, time::Duration};

    fn budget(name: &str, selector: &str, (period, zone): (Period, &str), rollover: Rollover) -> Budget {
        let selector = if selector.is_empty() { Selector::everything() } else { selector.parse().unwrap() };
        let calendar = Calendar::new(period, zone).unwrap();
        let options = BudgetOptions::new(name, selector, "10".parse().unwrap(), calendar);
        Budget::new(BudgetOptions { rollover, ..options }).unwrap()
    }

    /// A call by a team that costs so many millionths of a dollar.
    fn call(bursar: &Bursar, team: &str, output: u64) {
        let (scope, model) = (bursar.scope(&[("team", team)]).unwrap(), bursar.model(None, "m").unwrap());
        let decision = bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(output)).unwrap();
        let Decision::Admitted(hold) = decision else { panic!("a call that fits is admitted") };
        bursar.settle(&hold, &Usage::new().with(Dimension::Output, output)).unwrap();
    }

    /// A ledger in memory is read by one reader, one in a file by two at once; half-hour zones cut the hours of months.
    #[test]
    fn a_year_is_told_the_same_by_one_reader_and_by_two() {
        let price = r#"{ "provider": "private", "model": "m", "input_mtok": "1", "output_mtok": "1" }"#;
        let policy = Policy::new().with_prices([serde_json::from_str(price).unwrap()]);
        let clock = Arc::new(ManualClock::new("2025-10-20T00:10:00Z".parse().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let builder = || {
            let builder = Bursar::builder().policy(policy.clone()).clock(Arc::clone(&clock));
            builder.resource_attributes("")
        };
        let (one, two) = (builder().in_memory().unwrap(), builder().open(&path).unwrap());
        for number in 0_u64..1_900 {
            for bursar in [&one, &two] {
                call(
                    bursar,
                    ["data", "search", "ads"][usize::try_from(number % 3).unwrap()],
                    1 + number * 37,
                );
            }
            clock.advance(Duration::from_mins(5 * 60 + 13));
        }
        let looking = builder().open_for_reading(&path).unwrap();
        for zone in ["UTC", "Asia/Kolkata"] {
            let request = ReportRequest::named("2026-11", zone).unwrap();
            let told = [&one, &two, &looking].map(|bursar| {
                let mut statement = bursar.report(&request).unwrap();
                assert!(statement.trend.periods.len() >= 12);
                assert!(statement.trend.periods.iter().all(|month| month.total > Money::ZERO));
                // Whatever proves it is each ledger's own.
                statement.evidence = None;
                statement.to_json()
            });
            assert_eq!((&told[0], &told[0]), (&told[1], &told[2]), "{zone}");
        }
    }

    /// What is said of a finished period later on is what was said when it ended, also after a restart and with the
    /// books closed: budgets of the period, of a part of it and of more, across zones and with what is carried over.
    #[test]
    fn budgets_of_a_finished_period_are_shown_as_they_stood_at_its_end() {
        let price = r#"{ "provider": "private", "model": "m", "input_mtok": "1", "output_mtok": "1" }"#;
        let policy = [
            budget("month", "", (Period::Month, "UTC"), Rollover::UpTo("3".parse().unwrap())),
            budget("data", "team = \"data\"", (Period::Month, "UTC"), Rollover::default()),
            budget("day", "", (Period::Day, "Asia/Kolkata"), Rollover::default()),
            budget("quarter", "", (Period::Quarter, "UTC"), Rollover::default()),
            budget(
                "rolling",
                "",
                (Period::Rolling { length: Duration::from_hours(24 * 7) }, "UTC"),
                Rollover::default(),
            ),
        ];
        let policy = policy.into_iter().fold(Policy::new(), Policy::with_budget);
        let policy = policy.with_prices([serde_json::from_str(price).unwrap()]);
        let clock = Arc::new(ManualClock::new("2026-10-02T12:00:00Z".parse().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let builder = Bursar::builder().policy(policy.clone()).clock(Arc::clone(&clock));
            builder.resource_attributes("").open(folder.path().join("ledger.db")).unwrap()
        };
        let bursar = open();
        let at = |text: &str| clock.set(text.parse().unwrap());
        for (when, team, output) in [
            ("2026-10-02T12:00:00Z", "data", 1_000_000),
            ("2026-11-01T00:00:00Z", "data", 2_000_000),
            ("2026-11-20T23:30:00Z", "search", 300_000),
            ("2026-11-30T18:15:00Z", "data", 40_000),
            ("2026-11-30T18:45:00Z", "data", 5_000),
            ("2026-11-30T23:59:59Z", "search", 600),
        ] {
            at(when);
            call(&bursar, team, output);
        }
        let stood = bursar.budgets();
        at("2026-12-01T00:00:00Z");
        call(&bursar, "data", 70_000);
        bursar.close_until("2026-12-01T00:00:00Z".parse().unwrap()).unwrap();
        let request = ReportRequest::named("2026-11", "UTC").unwrap();
        let check = |bursar: &Bursar| {
            let statement = bursar.report(&request).unwrap();
            let told: Vec<_> = statement
                .budgets
                .iter()
                .map(|own| (&*own.name, own.window.window, own.limit, own.spent))
                .collect();
            let expected: Vec<_> =
                stood.iter().map(|own| (&*own.name, own.window, own.limit, own.spent)).collect();
            assert_eq!(told, expected);
            assert_eq!(
                told.iter().map(|own| own.3.to_string()).collect::<Vec<_>>(),
                ["2.3456", "2.045", "0.0056", "3.3456", "0.0456"]
            );
            assert_eq!(told[0].2, "13".parse().unwrap());
            assert_eq!(statement.notes.len(), 1);
            // Windows that went on are told with the forecast of then, and the others are over.
            let open = statement.budgets.iter().filter(|own| own.forecast.is_some());
            assert_eq!(open.map(|own| &*own.name).collect::<Vec<_>>(), ["day", "quarter"]);
        };
        check(&bursar);
        at("2027-03-08T09:00:00Z");
        check(&bursar);
        drop(bursar);
        check(&open());
    }

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
        assert_eq!(statement.rows[0].values.first(), Some("data"));
        assert_eq!(statement.budgets[0].spent, statement.total);
        assert_eq!(statement.unallocated[1].cost, statement.total);
        let filtered = ReportRequest::new("UTC").filter("client = \"globex\"".parse().unwrap());
        assert_eq!(bursar.report(&filtered).unwrap().total, Money::ZERO);
    }
}

//! Exports of the engine's own ledger.

use super::bursar::Bursar;
use crate::error::Result;
use crate::report::{Exported, FocusRequest, export_focus, export_parquet};
use crate::time::Window;
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
        let request = &request.clone().or_rules(self.policy().report_rules());
        // Names are only ever added, so all that the sums refer to are in a later copy.
        self.with_reader(|store| {
            let dictionary = self.with_machine(|machine| machine.dictionary().clone());
            export_focus(store, &dictionary, request, to)
        })
    }

    /// Writes the entries that count in a window as Parquet, a row for each charge line: everything that has happened
    /// until now.
    ///
    /// Entries are read in their order and written by row groups, so the memory goes by a row group and by the ledger's
    /// names. A ledger in memory has its latest entries only.
    ///
    /// # Errors
    /// `report_invalid` where the ledger no longer has the entries one by one, and when it can't be written; `ledger_*`.
    pub fn export_parquet(&self, window: Window, to: impl Write + Send) -> Result<Exported> {
        self.with_reader(|store| {
            let dictionary = self.with_machine(|machine| machine.dictionary().clone());
            export_parquet(store, &dictionary, window, to)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::*;
    use std::sync::Arc;

    /// A ledger in a file with calls on two days, at prices of which one is halved for batches.
    fn ledger(folder: &std::path::Path) -> Bursar {
        let price = r#"{ "provider": "private", "model": "m", "input_mtok": "3", "output_mtok": "15",
            "variants": [{ "when": { "processing": "batch" }, "multiply_tokens": "0.5" }] }"#;
        let policy = Policy::new().with_prices([serde_json::from_str(price).unwrap()]);
        let clock = Arc::new(ManualClock::new("2026-11-10T12:00:00Z".parse().unwrap()));
        let builder = Bursar::builder().policy(policy).clock(Arc::clone(&clock)).resource_attributes("");
        let bursar = builder.open(folder.join("ledger.db")).unwrap();
        let scope = bursar.scope(&[("team", "data"), ("agent", "crawler")]).unwrap();
        let model = bursar.model(None, "m").unwrap();
        for (day, terms) in [("10", Terms::new()), ("11", Terms::new().processing("batch"))] {
            clock.set(format!("2026-11-{day}T12:00:00Z").parse().unwrap());
            let call = Call::new(&model, 1_000_000).max_output_tokens(100_000).terms(terms.clone());
            let Decision::Admitted(hold) = bursar.reserve(&scope, &call).unwrap() else {
                panic!("a call that fits is admitted")
            };
            let usage = Usage::new().with(Dimension::InputUncached, 123_457).with(Dimension::Output, 77_001);
            bursar.settle(&hold, Settlement::new(&usage).terms(terms)).unwrap();
        }
        bursar
    }

    #[test]
    fn an_export_has_the_prices_that_the_calls_were_settled_by() {
        let folder = tempfile::tempdir().unwrap();
        let bursar = ledger(folder.path());
        let request = FocusRequest::named("2026-11", "UTC").unwrap();
        let mut file = Vec::new();
        let exported = bursar.export_focus(&request, &mut file).unwrap();
        let statement = bursar.report(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap();
        assert_eq!((exported.rows, exported.billed), (4, statement.total));
        assert_eq!(FocusLint::new().check(&*file), []);
        let mut rows = csv::Reader::from_reader(&*file);
        let head = rows.headers().unwrap().clone();
        let place = |name: &str| head.iter().position(|own| own == name).unwrap();
        let columns =
            ["PricingQuantity", "ListUnitPrice", "ListCost", "PricingCategory", "x_Terms"].map(place);
        let told: Vec<_> = rows
            .records()
            .map(|row| columns.map(|column| row.as_ref().unwrap()[column].to_owned()))
            .collect();
        let expected = [
            ["0.123457", "3.0", "0.370371", "Standard", ""],
            ["0.077001", "15.0", "1.155015", "Standard", ""],
            ["0.123457", "1.5", "0.1851855", "Standard", "processing=batch"],
            ["0.077001", "7.5", "0.5775075", "Standard", "processing=batch"],
        ];
        assert_eq!(told, expected);
        let parquet = bursar.export_parquet(Window::ALWAYS, Vec::new()).unwrap();
        assert_eq!(parquet, exported);
    }
}

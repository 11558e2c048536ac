//! Closing a period and issuing its statements, which then stay as they are.
//!
//! A closed period takes no more entries, so its sums can't change; its statements are kept whole in the ledger, so what
//! they say can't change either, whatever becomes of the policy. Corrections are entries of the next period.

use super::bursar::Bursar;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::IssuedDocument;
use crate::report::{Plan, ReportRequest, Statement, StatementStatus};
use crate::tags::Selector;
use crate::time::Window;
use std::sync::Arc;

/// What stands before the numbers of statements where the policy names nothing else.
const SERIES: &str = "CB";

impl Bursar {
    /// Closes a period that is over, and issues its statements: that of all calls, and one for each recipient of the
    /// policy. They are numbered without gaps, are final, and are kept in the ledger. Of a period that was closed before
    /// this gives what was issued then, and issues what is missing.
    ///
    /// # Errors
    /// `period_not_closable` before the period's end, while calls of it are under way, or while a bill that the policy
    /// names isn't reconciled well enough; `report_invalid` for a request with a filter, `time_zone_unknown`, `ledger_*`.
    pub fn close_period(&self, request: &ReportRequest) -> Result<Vec<Statement>> {
        let request = request.clone().or_rules(self.policy().report_rules());
        let window = Plan::new(&request, self.now())?.closable()?;
        let _turn = self.inner.turn()?;
        let _one_at_a_time = self.inner.issuing.lock();
        let mut issued = self.documents()?;
        // What was issued once needs no gate any more.
        let is_issued =
            |own: &IssuedDocument| own.window == window && own.scope.is_empty() && is_statement(own);
        let is_gated = !issued.iter().any(is_issued);
        if is_gated {
            self.check_closing(&request, &issued, window)?;
        }
        self.close_until(window.end())?;
        // What was booked between the two is in the books, and in no reconciliation.
        if is_gated {
            self.check_closing(&request, &issued, window)?;
        }
        let mut statements = Vec::new();
        for filter in request.recipients() {
            let scope = scope_of(&filter);
            let known =
                issued.iter().find(|own| own.window == window && own.scope == scope && is_statement(own));
            if let Some(known) = known {
                statements.push(Statement::from_json(&known.content)?);
                continue;
            }
            let statement = self.final_statement(&request.clone().filter(filter), &issued)?;
            let document = document(&statement, scope, window);
            self.keep(document.clone())?;
            issued.push(document);
            statements.push(statement);
        }
        Ok(statements)
    }

    /// The documents that were issued, in that order.
    ///
    /// # Errors
    /// `ledger_*`.
    pub fn documents(&self) -> Result<Vec<IssuedDocument>> {
        self.with_reader(|store| store.documents())
    }

    /// A statement that was issued, by its number: the same to the last byte, for ever.
    ///
    /// # Errors
    /// `document_unknown`, `ledger_damaged` for one that isn't what was issued, other `ledger_*`.
    pub fn statement(&self, number: &str) -> Result<Statement> {
        let documents = self.documents()?;
        let Some(found) = documents.iter().find(|document| document.number == number) else {
            return Err(unknown(number, &documents));
        };
        if !is_statement(found) {
            let kind = &found.kind;
            let message = format!("the document `{number}` is no statement: its kind is `{kind}`");
            return Err(Error::new(ErrorCode::DocumentUnknown, message).with("document", number));
        }
        intact(found)?;
        Statement::from_json(&found.content)
    }

    fn final_statement(&self, request: &ReportRequest, issued: &[IssuedDocument]) -> Result<Statement> {
        let series = request.series().unwrap_or(SERIES).to_owned();
        let mut statement = self.report(request)?;
        let header = &mut statement.header;
        header.status = StatementStatus::Final;
        header.issued_at = Some(statement.generated_at);
        header.number = Some(next_number(&series, &statement.period.name, issued));
        statement.seal();
        Ok(statement)
    }

    /// Writes a document; only then does anybody get it.
    pub(super) fn keep(&self, document: IssuedDocument) -> Result<()> {
        let _turn = self.inner.turn()?;
        self.inner.state.lock().batch.documents.push(document);
        self.flush()
    }
}

/// The next number of a series: `CB-2026-10-001`.
pub(super) fn next_number(series: &str, period: &str, issued: &[IssuedDocument]) -> String {
    let prefix = format!("{series}-{}-", period.replace(['/', ' ', ':'], "_"));
    let place = issued.iter().filter(|document| document.number.starts_with(&prefix)).count() + 1;
    format!("{prefix}{place:03}")
}

fn document(statement: &Statement, scope: String, window: Window) -> IssuedDocument {
    let header = &statement.header;
    let number = header.number.clone().unwrap_or_default();
    let issued_at = header.issued_at.unwrap_or(statement.generated_at);
    IssuedDocument::new((header.kind.as_str(), number), (scope, window), issued_at, statement.to_json())
}

/// Whose calls a filter covers, in words; empty for all.
pub(super) fn scope_of(filter: &Selector) -> String {
    if filter.is_everything() { String::new() } else { filter.to_string() }
}

fn is_statement(document: &IssuedDocument) -> bool {
    matches!(document.kind.as_str(), "chargeback" | "showback")
}

/// Refuses a document whose content isn't the one that was written.
pub(super) fn intact(document: &IssuedDocument) -> Result<()> {
    if document.is_intact() {
        return Ok(());
    }
    let number = &document.number;
    let message = format!("the document `{number}` isn't what was issued: its content has another hash");
    Err(Error::new(ErrorCode::LedgerDamaged, message).with("document", number))
}

fn unknown(number: &str, documents: &[IssuedDocument]) -> Error {
    let known: Arc<str> = match documents.last() {
        Some(last) => format!("the latest of {} is `{}`", documents.len(), last.number).into(),
        None => "none was issued yet".into(),
    };
    Error::new(ErrorCode::DocumentUnknown, format!("no document has the number `{number}`; {known}"))
}

#[cfg(test)]
mod tests {
    use crate::*;
    use std::sync::Arc;

    const POLICY: &str = r#"
[statement]
series = "AB"
issuer = { name = "Platform" }

[[statement.recipients]]
match = { team = "data" }
name = "Data"

[[prices.overrides]]
provider = "private"
model = "m"
input_mtok = "1"
output_mtok = "1"
"#;

    struct Scene {
        clock: Arc<ManualClock>,
        folder: tempfile::TempDir,
    }

    impl Scene {
        fn new() -> Self {
            let clock = Arc::new(ManualClock::new("2026-10-02T12:00:00Z".parse().unwrap()));
            Self { clock, folder: tempfile::tempdir().unwrap() }
        }

        fn open(&self, policy: &str) -> Bursar {
            let builder = Bursar::builder().policy(Policy::from_toml(policy).unwrap());
            let builder = builder.clock(Arc::clone(&self.clock)).resource_attributes("");
            builder.open(self.folder.path().join("ledger.db")).unwrap()
        }

        fn at(&self, text: &str) {
            self.clock.set(text.parse().unwrap());
        }
    }

    fn hold(bursar: &Bursar, team: &str, output: u64) -> Hold {
        let (scope, model) = (bursar.scope(&[("team", team)]).unwrap(), bursar.model(None, "m").unwrap());
        let decision = bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(output)).unwrap();
        let Decision::Admitted(hold) = decision else { panic!("a call that fits is admitted") };
        hold
    }

    fn spend(bursar: &Bursar, team: &str, output: u64) {
        let hold = hold(bursar, team, output);
        bursar.settle(&hold, &Usage::new().with(Dimension::Output, output)).unwrap();
    }

    fn october() -> ReportRequest {
        ReportRequest::named("2026-10", "UTC").unwrap()
    }

    #[test]
    fn a_closed_statement_stays_the_same_to_the_last_byte() {
        let scene = Scene::new();
        let bursar = scene.open(POLICY);
        spend(&bursar, "data", 1_000_000);
        spend(&bursar, "search", 500_000);
        scene.at("2026-11-03T09:00:00Z");
        let closed = bursar.close_period(&october()).unwrap();
        let numbers: Vec<_> = closed.iter().map(|own| own.header.number.clone().unwrap()).collect();
        assert_eq!(numbers, ["AB-2026-10-001", "AB-2026-10-002"]);
        let totals = closed.iter().map(|own| own.total.to_string()).collect::<Vec<_>>();
        assert_eq!(totals, ["1.5", "1"]);
        assert_eq!(closed[1].header.recipient.as_ref().unwrap().name, "Data");
        assert!(closed.iter().all(|own| own.header.status == StatementStatus::Final));

        // What happens later, to the ledger, the policy and the process, doesn't change it.
        spend(&bursar, "data", 70_000);
        let corrected = bursar.adjust(2, "0.25".parse().unwrap(), "billed twice").unwrap();
        drop(bursar);
        scene.at("2027-05-01T00:00:00Z");
        let bursar =
            scene.open("[[prices.overrides]]\nprovider = \"private\"\nmodel = \"m\"\noutput_mtok = \"9\"");
        assert_eq!(bursar.close_period(&october()).unwrap(), closed[..1]);
        for statement in &closed {
            let again = bursar.statement(statement.header.number.as_deref().unwrap()).unwrap();
            assert_eq!(again.to_json(), statement.to_json());
            assert_eq!((again.to_csv(), again.to_table()), (statement.to_csv(), statement.to_table()));
        }
        assert_eq!(bursar.documents().unwrap().len(), 2);
        // The correction counts in the period that is open, and the closed one says what it said.
        assert!(bursar.entry(corrected).unwrap().effective_at >= "2026-11-01T00:00:00Z".parse().unwrap());
        let again = bursar.report(&october()).unwrap();
        assert_eq!((again.total, again.header.status), (closed[0].total, StatementStatus::Final));
        let november = bursar.report(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap();
        assert_eq!(november.total.to_string(), "0.32");
        assert_eq!(bursar.verify().unwrap(), []);
    }

    #[test]
    fn a_period_is_closed_when_it_is_over_and_nothing_of_it_is_under_way() {
        let scene = Scene::new();
        let bursar = scene.open(POLICY);
        let refused = |request: &ReportRequest| {
            let error = bursar.close_period(request).unwrap_err();
            (error.code(), error.message().to_owned())
        };
        let early = refused(&october());
        assert_eq!(early.0, ErrorCode::PeriodNotClosable);
        assert_eq!(
            early.1,
            "2026-10 isn't over: it ends at 2026-11-01T00:00:00Z, and it is 2026-10-02T12:00:00Z"
        );
        scene.at("2026-10-31T23:59:00Z");
        let open = hold(&bursar, "data", 10);
        scene.at("2026-11-01T00:00:01Z");
        assert_eq!(refused(&october()).0, ErrorCode::PeriodNotClosable);
        let filtered = october().filter("team = \"data\"".parse().unwrap());
        assert_eq!(refused(&filtered).0, ErrorCode::ReportInvalid);
        assert_eq!(bursar.documents().unwrap(), []);
        bursar.release(open.id()).unwrap();
        assert_eq!(bursar.close_period(&october()).unwrap().len(), 2);
        let error = bursar.statement("CB-1").unwrap_err();
        assert_eq!(error.code(), ErrorCode::DocumentUnknown);
        assert_eq!(error.message(), "no document has the number `CB-1`; the latest of 2 is `AB-2026-10-002`");
    }

    #[test]
    fn threads_that_close_a_period_issue_each_statement_once() {
        let scene = Scene::new();
        let bursar = scene.open(POLICY);
        spend(&bursar, "data", 1_000);
        scene.at("2026-11-01T00:00:00Z");
        let all: Vec<_> = std::thread::scope(|threads| {
            let close = || bursar.close_period(&october()).unwrap();
            let running: Vec<_> = (0..4).map(|_| threads.spawn(close)).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(bursar.documents().unwrap().len(), 2);
    }

    #[test]
    fn a_document_that_was_changed_is_found() {
        let scene = Scene::new();
        let bursar = scene.open(POLICY);
        spend(&bursar, "data", 1_000);
        scene.at("2026-11-01T00:00:00Z");
        bursar.close_period(&october()).unwrap();
        drop(bursar);
        let file = rusqlite::Connection::open(scene.folder.path().join("ledger.db")).unwrap();
        let change = "UPDATE documents SET content = replace(content, '0.001', '0.002') WHERE id = 1";
        assert_eq!(file.execute(change, []).unwrap(), 1);
        drop(file);
        let bursar = scene.open(POLICY);
        assert_eq!(bursar.statement("AB-2026-10-001").unwrap_err().code(), ErrorCode::LedgerDamaged);
        let found: Vec<_> = bursar.verify().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found, ["document AB-2026-10-001 isn't what was issued"]);
    }
}

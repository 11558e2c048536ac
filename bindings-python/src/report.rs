//! Reports of a purse's ledger, and the documents that it issues.

use crate::{
    convert::datetime,
    engine::{Engine, read_policy},
    error::OrRaise,
    printed::{ClientStatement, CreditNote, Margin, Preview},
    statement::Statement,
};
use bursar::{Bursar, ClientRequest, Grouping, PriceBook, ReportRequest, ReportRules, Selector, Window};
use pyo3::{prelude::*, pybacked::PyBackedBytes};
use std::sync::Arc;

/// What a report is asked for: the fields of the face's `Question`.
#[derive(FromPyObject)]
pub(crate) struct Question {
    period: Option<String>,
    time_zone: String,
    by: Option<Vec<String>>,
    filter: Option<String>,
    previous_periods: Option<usize>,
    drivers: Option<usize>,
    opportunities: bool,
    evidence: bool,
    prices: Option<PyBackedBytes>,
}

impl Question {
    fn request(&self) -> bursar::Result<ReportRequest> {
        let mut request = ReportRequest::new(&*self.time_zone);
        if let Some(period) = &self.period {
            request = request.period(Window::named(period, &self.time_zone)?);
        }
        if let Some(by) = &self.by {
            request =
                request.by(by.iter().map(|by| by.parse()).collect::<bursar::Result<Vec<Grouping>>>()?);
        }
        if let Some(filter) = &self.filter {
            request = request.filter(filter.parse::<Selector>()?);
        }
        if let Some(count) = self.previous_periods {
            request = request.previous_periods(count);
        }
        if let Some(count) = self.drivers {
            request = request.drivers(count);
        }
        if self.opportunities {
            request = request.with_opportunities();
        }
        if self.evidence {
            request = request.with_evidence();
        }
        if let Some(bytes) = &self.prices {
            let book = PriceBook::read(bytes)?;
            book.check()?;
            request = request.prices(book);
        }
        Ok(request)
    }
}

/// An issued document: number, kind, scope, the window's ends, when it was issued, its hash and its content.
type Issued<'py> =
    (String, String, String, Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>, String, String);

#[pymethods]
impl Engine {
    /// The statement of a period.
    fn _report(&self, py: Python<'_>, question: Question) -> PyResult<Statement> {
        let (statement, rules) =
            self.told(py, move || question.request(), |bursar, request| bursar.report(&request))?;
        Ok(Statement::new(statement, &rules))
    }

    /// Closes a period that is over, and issues its statements.
    fn _close_period(&self, py: Python<'_>, question: Question) -> PyResult<Vec<Statement>> {
        let close = |bursar: &Bursar, request: ReportRequest| bursar.close_period(&request);
        let (statements, rules) = self.told(py, move || question.request(), close)?;
        Ok(statements.into_iter().map(|own| Statement::new(own, &rules)).collect())
    }

    /// The documents that were issued, in that order.
    fn _documents<'py>(&self, py: Python<'py>) -> PyResult<Vec<Issued<'py>>> {
        let (documents, _) = self.told(py, || Ok(()), |bursar, ()| bursar.documents())?;
        let fields = |own: bursar::IssuedDocument| {
            let (start, end) = (datetime(py, own.window.start())?, datetime(py, own.window.end())?);
            let (issued_at, hash) = (datetime(py, own.issued_at)?, own.hash.to_string());
            Ok((own.number, own.kind, own.scope, start, end, issued_at, hash, own.content))
        };
        documents.into_iter().map(fields).collect()
    }

    /// A statement that was issued, by its number.
    fn _statement(&self, py: Python<'_>, number: &str) -> PyResult<Statement> {
        let (statement, rules) = self.told(py, || Ok(()), |bursar, ()| bursar.statement(number))?;
        Ok(Statement::new(statement, &rules))
    }

    /// What the rules of another policy would charge.
    #[pyo3(signature = (question, *, policy_toml=None, policy_json=None, policy_path=None))]
    fn _preview_rules(
        &self,
        py: Python<'_>,
        question: Question,
        policy_toml: Option<&str>,
        policy_json: Option<&str>,
        policy_path: Option<&str>,
    ) -> PyResult<Preview> {
        let policy = read_policy(py, policy_toml, policy_json, policy_path)?;
        let preview =
            |bursar: &Bursar, request: ReportRequest| bursar.preview_rules(&request, policy.report_rules());
        let (preview, rules) = self.told(py, move || question.request(), preview)?;
        Ok(Preview::new(preview, &rules))
    }

    /// What is left of what clients pay.
    fn _margin(&self, py: Python<'_>, question: Question) -> PyResult<Margin> {
        let (margin, rules) =
            self.told(py, move || question.request(), |bursar, request| bursar.margin(&request))?;
        Ok(Margin::new(margin, &rules))
    }

    /// What a client pays, as it stands.
    #[pyo3(signature = (client, *, period=None, previous_months=None))]
    fn _client_statement(
        &self,
        py: Python<'_>,
        client: &str,
        period: Option<&str>,
        previous_months: Option<usize>,
    ) -> PyResult<ClientStatement> {
        let request = || Ok(of_client(client, period, previous_months));
        let (statement, rules) =
            self.told(py, request, |bursar, request| bursar.client_statement(&request))?;
        Ok(ClientStatement::new(statement, &rules))
    }

    /// Issues a client's invoice for a closed period.
    #[pyo3(signature = (client, *, period=None, previous_months=None))]
    fn _issue_invoice(
        &self,
        py: Python<'_>,
        client: &str,
        period: Option<&str>,
        previous_months: Option<usize>,
    ) -> PyResult<ClientStatement> {
        let request = || Ok(of_client(client, period, previous_months));
        let (invoice, rules) = self.told(py, request, |bursar, request| bursar.issue_invoice(&request))?;
        Ok(ClientStatement::new(invoice, &rules))
    }

    /// An invoice that was issued, by its number.
    fn _invoice(&self, py: Python<'_>, number: &str) -> PyResult<ClientStatement> {
        let (invoice, rules) = self.told(py, || Ok(()), |bursar, ()| bursar.invoice(number))?;
        Ok(ClientStatement::new(invoice, &rules))
    }

    /// Issues a credit note on an invoice; nothing where nothing was corrected.
    fn _issue_credit_note(&self, py: Python<'_>, invoice: &str) -> PyResult<Option<CreditNote>> {
        let (note, rules) = self.told(py, || Ok(()), |bursar, ()| bursar.issue_credit_note(invoice))?;
        Ok(note.map(|note| CreditNote::new(note, &rules)))
    }
}

impl Engine {
    /// What the ledger tells, read without the interpreter, with the rules by which it is printed.
    fn told<R: Send, T: Send>(
        &self,
        py: Python<'_>,
        request: impl FnOnce() -> bursar::Result<R> + Send,
        tell: impl FnOnce(&Bursar, R) -> bursar::Result<T> + Send,
    ) -> PyResult<(T, Arc<ReportRules>)> {
        let bursar = self.bursar(py)?;
        let told = py.detach(|| request().and_then(|request| tell(&bursar, request))).or_raise(py)?;
        Ok((told, Arc::clone(bursar.policy().report_rules())))
    }
}

fn of_client(client: &str, period: Option<&str>, previous_months: Option<usize>) -> ClientRequest {
    let mut request = ClientRequest::new(client);
    if let Some(period) = period {
        request = request.named(period);
    }
    if let Some(count) = previous_months {
        request = request.previous_months(count);
    }
    request
}

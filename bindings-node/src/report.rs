//! Reports and verification, which read the whole ledger: each at once, or beside the event loop.

use crate::{
    fault::{Answered, Fault, answered},
    ledgers::{Ledger, ledger},
};
use bursar::{Grouping, ReportRequest, Result, Selector, Window};
use napi::{
    Env, Task,
    bindgen_prelude::{AsyncTask, External},
};
use napi_derive::napi;

/// A statement as the face holds it.
pub(crate) type Statement = External<bursar::Statement>;

/// What a report is asked for.
#[napi(object)]
pub(crate) struct ReportOptions {
    pub period: Option<String>,
    pub zone: String,
    pub by: Option<Vec<String>>,
    pub filter: Option<String>,
    pub previous_periods: Option<u32>,
    pub drivers: Option<u32>,
}

impl ReportOptions {
    fn request(&self) -> Result<ReportRequest> {
        let mut request = ReportRequest::new(&self.zone);
        if let Some(period) = &self.period {
            request = request.period(Window::named(period, &self.zone)?);
        }
        if let Some(by) = &self.by {
            let by: Result<Vec<Grouping>> = by.iter().map(|by| by.parse()).collect();
            request = request.by(by?);
        }
        if let Some(filter) = &self.filter {
            request = request.filter(filter.parse::<Selector>()?);
        }
        if let Some(count) = self.previous_periods {
            request = request.previous_periods(count as usize);
        }
        Ok(match self.drivers {
            Some(count) => request.drivers(count as usize),
            None => request,
        })
    }
}

fn statement(ledger: &Ledger, options: &ReportOptions) -> Result<bursar::Statement> {
    ledger.bursar.report(&options.request()?)
}

fn differences(ledger: &Ledger) -> Result<Vec<String>> {
    Ok(ledger.bursar.verify()?.iter().map(ToString::to_string).collect())
}

/// The statement of a period.
#[napi]
pub(crate) fn report(number: u32, options: ReportOptions) -> Answered<Statement> {
    answered(ledger(number).and_then(|ledger| statement(&ledger, &options)).map(External::new))
}

/// What differs between the ledger's entries and everything that is made of them.
#[napi]
pub(crate) fn verify(number: u32) -> Answered<Vec<String>> {
    answered(ledger(number).and_then(|ledger| differences(&ledger)))
}

/// The end of a report that was made beside the event loop: one of the two.
#[napi(object, object_from_js = false)]
pub(crate) struct Reported {
    pub statement: Option<Statement>,
    pub fault: Option<Fault>,
}

/// Makes a statement beside the event loop.
pub(crate) struct Reporting(u32, ReportOptions);

impl Task for Reporting {
    type Output = Result<bursar::Statement>;
    type JsValue = Reported;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(ledger(self.0).and_then(|ledger| statement(&ledger, &self.1)))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(match output {
            Ok(statement) => Reported { statement: Some(External::new(statement)), fault: None },
            Err(error) => Reported { statement: None, fault: Some(Fault::from(&error)) },
        })
    }
}

/// The statement of a period, made beside the event loop.
#[napi(ts_return_type = "Promise<Reported>")]
pub(crate) fn report_later(number: u32, options: ReportOptions) -> AsyncTask<Reporting> {
    AsyncTask::new(Reporting(number, options))
}

/// Verifies beside the event loop.
pub(crate) struct Verifying(u32);

impl Task for Verifying {
    type Output = Result<Vec<String>>;
    type JsValue = Answered<Vec<String>>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(ledger(self.0).and_then(|ledger| differences(&ledger)))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(answered(output))
    }
}

/// What differs, looked for beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<string>>>")]
pub(crate) fn verify_later(number: u32) -> AsyncTask<Verifying> {
    AsyncTask::new(Verifying(number))
}

/// A statement as JSON.
#[napi]
pub(crate) fn statement_json(statement: &Statement) -> String {
    statement.to_json()
}

/// A statement as CSV.
#[napi]
pub(crate) fn statement_csv(statement: &Statement) -> String {
    statement.to_csv()
}

/// A statement as text for a terminal.
#[napi]
pub(crate) fn statement_table(statement: &Statement) -> String {
    statement.to_table()
}

//! Reports, verification and trials of rules, which read the whole ledger: each at once, or beside the event loop.

use crate::{
    beside::{Beside, at_once, beside},
    fault::Answered,
    ledgers::ledger,
    made::{Content, Made, Reading, Statement},
    opening::PolicySource,
};
use bursar::{Grouping, PriceBook, ReportRequest, Result, Selector, Window};
use napi::bindgen_prelude::{AsyncTask, Uint8Array};
use napi_derive::napi;

/// What a report is asked for.
#[napi(object)]
pub(crate) struct ReportOptions {
    pub period: Option<String>,
    pub zone: String,
    pub by: Option<Vec<String>>,
    pub filter: Option<String>,
    pub previous_periods: Option<u32>,
    pub drivers: Option<u32>,
    pub opportunities: Option<bool>,
    pub evidence: Option<bool>,
    pub prices: Option<Uint8Array>,
}

impl ReportOptions {
    pub(crate) fn request(&self) -> Result<ReportRequest> {
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
        if let Some(count) = self.drivers {
            request = request.drivers(count as usize);
        }
        self.explained(request)
    }

    fn explained(&self, mut request: ReportRequest) -> Result<ReportRequest> {
        if self.opportunities == Some(true) {
            request = request.with_opportunities();
        }
        if self.evidence == Some(true) {
            request = request.with_evidence();
        }
        Ok(match &self.prices {
            Some(book) => request.prices(PriceBook::read(book)?),
            None => request,
        })
    }
}

fn statement(number: u32, request: Result<ReportRequest>) -> Result<Vec<Made<bursar::Statement>>> {
    let ledger = ledger(number)?;
    Ok(vec![Made::under(&ledger, ledger.bursar.report(&request?)?)])
}

/// The statement of a period.
#[napi]
pub(crate) fn report(number: u32, options: ReportOptions) -> Answered<Vec<Statement>> {
    at_once(statement(number, options.request()))
}

/// The statement of a period, made beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<Statement>>>")]
pub(crate) fn report_later(
    number: u32,
    options: ReportOptions,
) -> AsyncTask<Beside<Made<bursar::Statement>>> {
    let request = options.request();
    beside(move || statement(number, request))
}

fn differences(number: u32) -> Result<Vec<String>> {
    Ok(ledger(number)?.bursar.verify()?.iter().map(ToString::to_string).collect())
}

/// What differs between the ledger's entries and everything that is made of them.
#[napi]
pub(crate) fn verify(number: u32) -> Answered<Vec<String>> {
    at_once(differences(number))
}

/// What differs, looked for beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<string>>>")]
pub(crate) fn verify_later(number: u32) -> AsyncTask<Beside<String>> {
    beside(move || differences(number))
}

fn preview(number: u32, policy: &PolicySource, request: Result<ReportRequest>) -> Result<Vec<Made<Content>>> {
    let (ledger, policy) = (ledger(number)?, policy.read()?);
    let preview = ledger.bursar.preview_rules(&request?, policy.report_rules())?;
    Ok(vec![Made::under(&ledger, Content::Preview(preview))])
}

/// What another policy's rules for reports would charge to whom.
#[napi]
pub(crate) fn preview_rules(
    number: u32,
    policy: PolicySource,
    options: ReportOptions,
) -> Answered<Vec<Reading>> {
    at_once(preview(number, &policy, options.request()))
}

/// The same, beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<Reading>>>")]
pub(crate) fn preview_rules_later(
    number: u32,
    policy: PolicySource,
    options: ReportOptions,
) -> AsyncTask<Beside<Made<Content>>> {
    let request = options.request();
    beside(move || preview(number, &policy, request))
}

//! A provider's bills against the ledger, and the corrections that come of it.

use crate::{
    beside::{Beside, at_once, beside},
    fault::Answered,
    ledgers::ledger,
    made::{Content, Made, Reading},
    refusal::whole,
};
use bursar::{
    BillDocument, BillFormat, Clock as _, CsvMapping, DriftCause, Error, ErrorCode, ExchangeRate,
    ProviderLine, ReconcileRequest, Reconciliation, Result, SignOff, SystemClock, TagKey, Timestamp,
    TolerancePolicy, Window,
};
use napi::bindgen_prelude::{AsyncTask, Uint8Array};
use napi_derive::napi;
use std::{fs, sync::Arc};

/// A bill: the paths of its files, and pages that are there.
#[napi(object)]
pub(crate) struct BillRow {
    pub format: String,
    pub paths: Vec<String>,
    pub pages: Vec<Uint8Array>,
    /// The provider of a FOCUS file.
    pub provider: Option<String>,
    /// How a table is read, in TOML.
    pub mapping: Option<String>,
    pub fetched_at: Option<i64>,
}

/// What a reconciliation is asked for.
#[napi(object)]
pub(crate) struct ReconcileOptions {
    pub provider: String,
    pub period: String,
    pub zone: String,
    /// The most in USD that may stay unexplained.
    pub absolute: Option<String>,
    pub relative_basis_points: Option<u32>,
    /// Currency, USD for one unit, source; and so on.
    pub rates: Vec<String>,
    pub credential_tag: Option<String>,
    pub metered_credentials: Option<Vec<String>>,
    pub withhold: Option<Vec<String>>,
}

/// A bill with pages of its own, which nobody changes while they are read.
struct Bill {
    row: BillRow,
    pages: Vec<Vec<u8>>,
}

impl From<BillRow> for Bill {
    fn from(mut row: BillRow) -> Self {
        let pages = std::mem::take(&mut row.pages);
        Self { pages: pages.iter().map(|page| page.to_vec()).collect(), row }
    }
}

impl Bill {
    fn format(&self) -> Result<BillFormat> {
        Ok(match (self.row.format.as_str(), &self.row.mapping) {
            ("anthropic_cost", _) => BillFormat::AnthropicCost,
            ("anthropic_usage", _) => BillFormat::AnthropicUsage,
            ("openai_costs", _) => BillFormat::OpenAiCosts,
            ("openai_usage", _) => BillFormat::OpenAiUsage,
            ("aws_cur", _) => BillFormat::AwsCur,
            ("google_billing", _) => BillFormat::GoogleBilling,
            ("focus", _) => BillFormat::Focus { provider: self.row.provider.clone() },
            ("csv", Some(mapping)) => BillFormat::Csv(Box::new(CsvMapping::from_toml(mapping)?)),
            ("csv", None) => {
                return Err(invalid("a table has no mapping", "say by `mapping` how it is read"));
            }
            (other, _) => {
                let message = format!("`{other}` is no format of a bill");
                return Err(invalid(&message, "name one of the formats in docs/reference/reconciliation.md"));
            }
        })
    }

    fn read(&self) -> Result<Vec<ProviderLine>> {
        let files: Result<Vec<_>> = self.row.paths.iter().map(|path| read_file(path)).collect();
        let files = files?;
        let pages = files.iter().chain(&self.pages).map(Vec::as_slice).collect();
        let fetched_at = self.row.fetched_at.map(Timestamp::from_micros);
        BillDocument { format: self.format()?, pages, fetched_at }.read()
    }
}

fn read_file(path: &str) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| {
        let help = "name a file that exists and can be read";
        invalid(&format!("`{path}` can't be read"), help).caused_by(cause)
    })
}

impl ReconcileOptions {
    fn request(&self, bills: &[Bill]) -> Result<ReconcileRequest> {
        let period = Window::named(&self.period, &self.zone)?;
        let tolerance = TolerancePolicy {
            absolute: self.absolute.as_deref().unwrap_or("0").parse()?,
            relative_basis_points: self.relative_basis_points.unwrap_or_default(),
        };
        let mut request = ReconcileRequest::new(&self.provider, period).tolerance(tolerance);
        for bill in bills {
            request = request.lines(bill.read()?);
        }
        for rate in self.rates.chunks(3) {
            if let [currency, usd, source] = rate {
                let (currency, usd) = (currency.parse()?, usd.parse()?);
                request = request.rate(ExchangeRate { currency, usd, source: source.clone() });
            }
        }
        if let Some(key) = &self.credential_tag {
            request = request.credential_tag(key.parse::<TagKey>()?);
        }
        if let Some(keys) = &self.metered_credentials {
            request = request.metered_credentials(keys);
        }
        let Some(causes) = &self.withhold else { return Ok(request) };
        let causes: Result<Vec<DriftCause>> = causes.iter().map(|cause| cause_of(cause)).collect();
        Ok(request.withhold(causes?))
    }
}

fn cause_of(name: &str) -> Result<DriftCause> {
    let known = DriftCause::ALL.iter().find(|cause| cause.as_str() == name);
    known.copied().ok_or_else(|| {
        let help = "name one of the causes in docs/reference/reconciliation.md";
        invalid(&format!("`{name}` is no cause of a difference"), help)
    })
}

#[cold]
fn invalid(message: &str, help: &'static str) -> Error {
    Error::new(ErrorCode::ReportInvalid, message.to_owned()).with_help(help)
}

fn compared(number: u32, bills: &[Bill], options: &ReconcileOptions) -> Result<Vec<Made<Content>>> {
    let ledger = ledger(number)?;
    let found = ledger.bursar.reconcile(&options.request(bills)?)?;
    Ok(vec![Made::under(&ledger, Content::Reconciliation(Arc::new(found)))])
}

fn owned(bills: Vec<BillRow>) -> Vec<Bill> {
    bills.into_iter().map(Bill::from).collect()
}

/// Compares bills with what was booked.
#[napi]
pub(crate) fn reconcile(
    number: u32,
    bills: Vec<BillRow>,
    options: ReconcileOptions,
) -> Answered<Vec<Reading>> {
    at_once(compared(number, &owned(bills), &options))
}

/// The same, beside the event loop, where the bills are read too.
#[napi(ts_return_type = "Promise<Answered<Array<Reading>>>")]
pub(crate) fn reconcile_later(
    number: u32,
    bills: Vec<BillRow>,
    options: ReconcileOptions,
) -> AsyncTask<Beside<Made<Content>>> {
    let bills = owned(bills);
    beside(move || compared(number, &bills, &options))
}

fn reconciliation(reading: &Reading) -> Result<Arc<Reconciliation>> {
    match &reading.own {
        Content::Reconciliation(own) => Ok(Arc::clone(own)),
        _ => Err(invalid("true-ups are those of a reconciliation", "pass what `reconcile` gave")),
    }
}

fn posted(number: u32, found: &Reconciliation) -> Result<Vec<i64>> {
    Ok(ledger(number)?.bursar.post_true_ups(found)?.into_iter().map(whole).collect())
}

/// Posts the true-ups of a reconciliation; the numbers of the new entries.
#[napi]
pub(crate) fn post_true_ups(number: u32, reading: &Reading) -> Answered<Vec<i64>> {
    at_once(reconciliation(reading).and_then(|found| posted(number, &found)))
}

/// The same, beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<number>>>")]
pub(crate) fn post_true_ups_later(number: u32, reading: &Reading) -> AsyncTask<Beside<i64>> {
    let found = reconciliation(reading);
    beside(move || posted(number, &*found?))
}

/// A person's word; of now where no time is given.
fn word(by: String, note: String, at: Option<i64>) -> SignOff {
    SignOff { by, at: at.map_or_else(|| SystemClock.now(), Timestamp::from_micros), note }
}

/// The same reconciliation with a line accepted, or signed off as a whole where no line is named.
#[napi]
pub(crate) fn accept_reconciliation(
    reading: &Reading,
    line: Option<i64>,
    by: String,
    note: String,
    at: Option<i64>,
) -> Answered<Vec<Reading>> {
    let accept = || {
        let mut own = (*reconciliation(reading)?).clone();
        match line {
            Some(line) => own.accept(u64::try_from(line).unwrap_or_default(), word(by, note, at))?,
            None => own.sign_off(word(by, note, at)),
        }
        let rules = Arc::clone(&reading.rules);
        Ok(vec![Made { own: Content::Reconciliation(Arc::new(own)), rules }])
    };
    at_once(accept())
}

fn kept(number: u32, found: &Reconciliation) -> Result<Vec<String>> {
    Ok(vec![ledger(number)?.bursar.keep_reconciliation(found)?])
}

/// Keeps a reconciliation in the ledger; its number.
#[napi]
pub(crate) fn keep_reconciliation(number: u32, reading: &Reading) -> Answered<Vec<String>> {
    at_once(reconciliation(reading).and_then(|found| kept(number, &found)))
}

/// The same, beside the event loop.
#[napi(ts_return_type = "Promise<Answered<Array<string>>>")]
pub(crate) fn keep_reconciliation_later(number: u32, reading: &Reading) -> AsyncTask<Beside<String>> {
    let found = reconciliation(reading);
    beside(move || kept(number, &*found?))
}

/// A reconciliation that was kept.
#[napi]
pub(crate) fn kept_reconciliation(number: u32, document: String) -> Answered<Vec<Reading>> {
    let read = || {
        let ledger = ledger(number)?;
        let own = ledger.bursar.reconciliation(&document)?;
        Ok(vec![Made::under(&ledger, Content::Reconciliation(Arc::new(own)))])
    };
    at_once(read())
}

/// Whether what is unexplained is within the tolerance that was asked for.
#[napi]
pub(crate) fn is_reconciliation_closed(reading: &Reading) -> bool {
    matches!(&reading.own, Content::Reconciliation(own) if own.is_closed_under(&own.policy))
}

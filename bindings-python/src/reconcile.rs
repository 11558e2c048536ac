//! A provider's bill against the ledger, and the corrections that follow.

use crate::{convert::money, engine::Engine, error::OrRaise};
use bursar::{
    BillDocument, BillFormat, Clock as _, CsvMapping, DriftCause, Error, ErrorCode, ExchangeRate,
    ReconcileRequest, Result, SignOff, SystemClock, TagKey, Timestamp, TolerancePolicy, Window,
};
use pyo3::{prelude::*, pybacked::PyBackedBytes};

/// A bill compared with the ledger.
#[pyclass(frozen, module = "bursar._native")]
pub(crate) struct Reconciliation(bursar::Reconciliation);

#[pymethods]
impl Reconciliation {
    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.to_json())
    }

    fn to_csv(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.to_csv())
    }

    fn to_table(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.to_table())
    }

    /// The same with a line accepted by a person.
    fn accept(&self, py: Python<'_>, line: u64, by: String, note: String, at: Option<i64>) -> PyResult<Self> {
        let mut own = self.0.clone();
        own.accept(line, sign_off(by, note, at)).or_raise(py)?;
        Ok(Self(own))
    }

    /// The same, signed off as a whole.
    fn sign_off(&self, by: String, note: String, at: Option<i64>) -> Self {
        let mut own = self.0.clone();
        own.sign_off(sign_off(by, note, at));
        Self(own)
    }

    /// Whether what is unexplained is within the tolerance that was asked for.
    #[getter]
    fn is_closed(&self) -> bool {
        self.0.is_closed_under(&self.0.policy)
    }
}

/// A person's word; of now where no time is given.
fn sign_off(by: String, note: String, at: Option<i64>) -> SignOff {
    SignOff { by, at: at.map_or_else(|| SystemClock.now(), Timestamp::from_micros), note }
}

/// A bill to read: the fields of the face's `BillDocument`, read from its files.
#[derive(FromPyObject)]
pub(crate) struct Given {
    format: String,
    pages: Vec<PyBackedBytes>,
    fetched_at: Option<i64>,
    provider: Option<String>,
    mapping: Option<String>,
}

impl Given {
    fn read(&self) -> Result<Vec<bursar::ProviderLine>> {
        let mut document = BillDocument::new(self.format()?, &[]);
        document.pages = self.pages.iter().map(|page| &**page).collect();
        document.fetched_at = self.fetched_at.map(Timestamp::from_micros);
        document.read()
    }

    fn format(&self) -> Result<BillFormat> {
        Ok(match self.format.as_str() {
            "anthropic_cost" => BillFormat::AnthropicCost,
            "anthropic_usage" => BillFormat::AnthropicUsage,
            "openai_costs" => BillFormat::OpenAiCosts,
            "openai_usage" => BillFormat::OpenAiUsage,
            "aws_cur" => BillFormat::AwsCur,
            "google_billing" => BillFormat::GoogleBilling,
            "focus" => BillFormat::Focus { provider: self.provider.clone() },
            "csv" => {
                let mapping = CsvMapping::from_toml(self.mapping.as_deref().unwrap_or_default())?;
                BillFormat::Csv(Box::new(mapping))
            }
            other => {
                let message = format!(
                    "`{other}` is no format of a bill; allowed are `anthropic_cost`, `anthropic_usage`, `openai_costs`, \
                     `openai_usage`, `aws_cur`, `google_billing`, `focus` and `csv`"
                );
                return Err(
                    Error::new(ErrorCode::ReportInvalid, message).with_help("name one of these formats")
                );
            }
        })
    }
}

/// A currency, what one unit of it is in USD, and who says so.
type Rate<'py> = (String, Bound<'py, PyAny>, String);

#[pymethods]
impl Engine {
    /// Compares bills with the ledger.
    #[pyo3(signature = (documents, *, provider, period, tolerance=None, tolerance_basis_points=0, rates=None, credential_tag=None, metered_credentials=None, withhold=None))]
    #[expect(clippy::too_many_arguments, reason = "a reconciliation's keywords")]
    fn _reconcile(
        &self,
        py: Python<'_>,
        documents: Vec<Given>,
        provider: &str,
        period: &str,
        tolerance: Option<&Bound<'_, PyAny>>,
        tolerance_basis_points: u32,
        rates: Option<Vec<Rate<'_>>>,
        credential_tag: Option<&str>,
        metered_credentials: Option<Vec<String>>,
        withhold: Option<Vec<String>>,
    ) -> PyResult<Reconciliation> {
        let mut policy =
            TolerancePolicy { relative_basis_points: tolerance_basis_points, ..Default::default() };
        if let Some(amount) = tolerance {
            policy.absolute = money(amount)?;
        }
        let period = Window::named(period, "UTC").or_raise(py)?;
        let mut request = ReconcileRequest::new(provider, period).tolerance(policy);
        for (currency, usd, source) in rates.unwrap_or_default() {
            let currency = currency.parse().or_raise(py)?;
            request = request.rate(ExchangeRate { currency, usd: money(&usd)?, source });
        }
        if let Some(key) = credential_tag {
            request = request.credential_tag(key.parse::<TagKey>().or_raise(py)?);
        }
        if let Some(keys) = metered_credentials {
            request = request.metered_credentials(keys);
        }
        if let Some(causes) = withhold {
            let causes = causes.iter().map(|name| cause_of(name)).collect::<Result<Vec<_>>>();
            request = request.withhold(causes.or_raise(py)?);
        }
        let bursar = self.bursar(py)?;
        let compare = move || {
            let lines = documents.iter().map(Given::read).collect::<Result<Vec<_>>>()?;
            bursar.reconcile(&request.lines(lines.into_iter().flatten()))
        };
        py.detach(compare).or_raise(py).map(Reconciliation)
    }

    /// Posts the corrections that follow, and gives the numbers of their entries.
    fn _post_true_ups(&self, py: Python<'_>, found: &Bound<'_, Reconciliation>) -> PyResult<Vec<u64>> {
        let (bursar, found) = (self.bursar(py)?, &found.get().0);
        py.detach(|| bursar.post_true_ups(found)).or_raise(py)
    }

    /// Keeps a reconciliation in the ledger, and gives its number.
    fn _keep_reconciliation(&self, py: Python<'_>, found: &Bound<'_, Reconciliation>) -> PyResult<String> {
        let (bursar, found) = (self.bursar(py)?, &found.get().0);
        py.detach(|| bursar.keep_reconciliation(found)).or_raise(py)
    }

    /// A reconciliation that was kept.
    fn _reconciliation(&self, py: Python<'_>, number: &str) -> PyResult<Reconciliation> {
        let bursar = self.bursar(py)?;
        py.detach(|| bursar.reconciliation(number)).or_raise(py).map(Reconciliation)
    }
}

fn cause_of(name: &str) -> Result<DriftCause> {
    DriftCause::ALL.iter().copied().find(|cause| cause.as_str() == name).ok_or_else(|| {
        let allowed: Vec<_> = DriftCause::ALL.iter().map(|cause| format!("`{}`", cause.as_str())).collect();
        let message = format!("`{name}` is no cause of a difference; allowed are {}", allowed.join(", "));
        Error::new(ErrorCode::ReportInvalid, message).with_help("name causes of a difference")
    })
}

//! What is to be reconciled, and how much may stay unexplained.

use super::cause::DriftCause;
use super::line::{DAY, ProviderLine};
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Currency, Money, Rounding};
use crate::report::period;
use crate::tags::TagKey;
use crate::time::{Timestamp, Window};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How much of a bill may stay unexplained: both bounds hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TolerancePolicy {
    /// The most in USD.
    pub absolute: Money,
    /// The most in hundredths of a percent of the bill.
    pub relative_basis_points: u32,
}

impl Default for TolerancePolicy {
    /// Nothing: every pico is explained or accepted by a person.
    fn default() -> Self {
        Self { absolute: Money::ZERO, relative_basis_points: 0 }
    }
}

impl TolerancePolicy {
    /// Whether an unexplained amount is within both bounds of a bill.
    pub(super) fn allows(&self, unexplained: Money, bill: Money) -> bool {
        let size = unexplained.pico().unsigned_abs();
        let within = bill.pico().unsigned_abs().saturating_mul(u128::from(self.relative_basis_points));
        size <= self.absolute.pico().unsigned_abs() && size.saturating_mul(10_000) <= within
            || unexplained == Money::ZERO
    }
}

/// What one unit of another currency is in USD, for the whole bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRate {
    /// The bill's currency.
    pub currency: Currency,
    /// USD for one unit of it.
    pub usd: Money,
    /// Who says so and for when, such as `ECB 2026-11-28`.
    pub source: String,
}

impl ExchangeRate {
    /// An amount of the currency in USD, rounded once, half to even, to a pico.
    pub(super) fn convert(&self, pico: i128) -> Result<Money> {
        let product = pico.checked_mul(self.usd.pico());
        let product = product.ok_or_else(|| {
            Error::new(ErrorCode::MoneyOverflow, format!("an amount in {} is too large", self.currency))
        })?;
        Ok(Money::from_pico(Rounding::HalfEven.divide(product, Money::ONE.pico())))
    }
}

/// A reconciliation as it is asked for: whole UTC days of one provider against the lines of its bills.
///
/// # Examples
/// ```
/// use bursar::{BillDocument, BillFormat, ReconcileRequest, Window};
/// let report = br#"{"data": [{"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z",
///     "results": [{"amount": "123.45", "currency": "USD"}]}], "has_more": false}"#;
/// let lines = BillDocument::new(BillFormat::AnthropicCost, report).read()?;
/// assert_eq!(lines[0].amount.as_ref().unwrap().pico(), 1_234_500_000_000);
/// let request = ReconcileRequest::new("anthropic", Window::named("2026-11", "UTC")?).lines(lines);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReconcileRequest {
    pub(super) provider: String,
    pub(super) period: Window,
    pub(super) lines: Vec<ProviderLine>,
    pub(super) policy: TolerancePolicy,
    pub(super) rates: Vec<ExchangeRate>,
    pub(super) credential: Option<TagKey>,
    pub(super) metered: Option<BTreeSet<String>>,
    pub(super) withheld: BTreeSet<DriftCause>,
}

impl ReconcileRequest {
    /// A provider, by the price book's id, over whole UTC days. True-ups of commitments and of duplicates are withheld,
    /// for those are the provider's to correct.
    pub fn new(provider: impl Into<String>, period: Window) -> Self {
        Self {
            provider: provider.into(),
            period,
            lines: Vec::new(),
            policy: TolerancePolicy::default(),
            rates: Vec::new(),
            credential: None,
            metered: None,
            withheld: BTreeSet::from([DriftCause::Commitment, DriftCause::Duplicate]),
        }
    }

    /// Adds lines of bills; those of other providers and other days are left out, and the notes say so.
    #[must_use]
    pub fn lines(mut self, lines: impl IntoIterator<Item = ProviderLine>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// How much may stay unexplained.
    #[must_use]
    pub fn tolerance(mut self, policy: TolerancePolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The rate of a currency that isn't USD.
    #[must_use]
    pub fn rate(mut self, rate: ExchangeRate) -> Self {
        self.rates.push(rate);
        self
    }

    /// The tag that holds a call's API key id, so that both sides are compared by it.
    #[must_use]
    pub fn credential_tag(mut self, key: TagKey) -> Self {
        self.credential = Some(key);
        self
    }

    /// The API keys that the meter sits on: usage of any other is outside of the meter.
    #[must_use]
    pub fn metered_credentials(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.metered = Some(keys.into_iter().map(Into::into).collect());
        self
    }

    /// The causes for which no true-up is proposed, in place of commitments and duplicates.
    #[must_use]
    pub fn withhold(mut self, causes: impl IntoIterator<Item = DriftCause>) -> Self {
        self.withheld = causes.into_iter().collect();
        self
    }

    /// What people call a period of UTC days.
    pub(crate) fn period_name(window: Window) -> Result<String> {
        period::name(window, "UTC")
    }

    /// The rate of a currency.
    pub(super) fn rate_of(&self, currency: Currency) -> Result<&ExchangeRate> {
        self.rates.iter().find(|rate| rate.currency == currency).ok_or_else(|| {
            let message = format!("the bill has amounts in {currency}, and no rate of it was given");
            Error::new(ErrorCode::CurrencyUnsupported, message)
                .with_help("give the exchange rate of the bill's currency")
        })
    }

    /// Refuses what is out of bounds.
    pub(super) fn check(&self) -> Result<()> {
        let invalid = |message: String| {
            Err(Error::new(ErrorCode::ReportInvalid, message)
                .with_help("reconcile a provider over whole UTC days"))
        };
        if self.provider.is_empty() {
            return invalid("a reconciliation names no provider".to_owned());
        }
        let (start, end) = (self.period.start(), self.period.end());
        let is_open = start == Timestamp::MIN || end == Timestamp::MAX;
        if is_open || start.micros().rem_euclid(DAY) != 0 || end.micros().rem_euclid(DAY) != 0 {
            return invalid(format!(
                "the period `{}` isn't made of whole UTC days, by which providers bill",
                self.period
            ));
        }
        if self.lines.len() > super::import::MAX_BILL_LINES {
            let most = super::import::MAX_BILL_LINES;
            let message = format!("{} lines, and at most {most} are allowed", self.lines.len());
            return Err(Error::new(ErrorCode::LimitReached, message));
        }
        Ok(())
    }
}

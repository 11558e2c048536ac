//! What a client's statement is asked for.

use super::gather::BillingPlan;
use super::terms::ClientTerms;
use crate::error::{Error, ErrorCode, Result};
use crate::report::period;
use crate::report::request::MAX_PREVIOUS_PERIODS;
use crate::report::rules::ReportRules;
use crate::time::{Timestamp, Window};
use std::sync::Arc;

/// A client's statement as it is asked for: by default of the current month, with twelve months before it.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    pub(super) client: String,
    pub(super) period: Option<String>,
    pub(super) window: Option<Window>,
    pub(super) previous_months: usize,
    pub(super) rules: Option<Arc<ReportRules>>,
}

impl ClientRequest {
    /// The current month of a client.
    pub fn new(client: impl Into<String>) -> Self {
        Self { client: client.into(), period: None, window: None, previous_months: 12, rules: None }
    }

    /// A period of whole months by its name, in the client's time zone: `2026-11`, `2026-Q4`.
    #[must_use]
    pub fn named(mut self, period: impl Into<String>) -> Self {
        (self.period, self.window) = (Some(period.into()), None);
        self
    }

    /// A period of whole months of the client's time zone.
    #[must_use]
    pub fn period(mut self, period: Window) -> Self {
        (self.period, self.window) = (None, Some(period));
        self
    }

    /// How many months before are shown, at most [`MAX_PREVIOUS_PERIODS`].
    #[must_use]
    pub fn previous_months(mut self, count: usize) -> Self {
        self.previous_months = count;
        self
    }

    /// The rules by which the statement is made; left out, those of the policy in force.
    #[must_use]
    pub fn rules(mut self, rules: impl Into<Arc<ReportRules>>) -> Self {
        self.rules = Some(rules.into());
        self
    }

    /// These rules, where none are given.
    pub(crate) fn or_rules(mut self, rules: &Arc<ReportRules>) -> Self {
        self.rules.get_or_insert_with(|| Arc::clone(rules));
        self
    }

    /// The rules by which the statement is made, and what was agreed with the client.
    pub(crate) fn terms(&self) -> Result<(&ReportRules, &ClientTerms)> {
        let rules = self.rules.as_deref();
        let found = rules.and_then(|rules| Some((rules, rules.clients.of(&self.client)?)));
        found.ok_or_else(|| {
            let message = format!("there are no terms with the client `{}`", self.client);
            Error::new(ErrorCode::ReportInvalid, message)
                .with_help("add the client to `[[clients]]` of the policy")
        })
    }

    /// What has to be read.
    pub(crate) fn plan(&self, now: Timestamp) -> Result<BillingPlan> {
        if self.previous_months > MAX_PREVIOUS_PERIODS {
            let found = self.previous_months;
            let message =
                format!("a statement shows {found} months before, and {MAX_PREVIOUS_PERIODS} are allowed");
            return Err(Error::new(ErrorCode::ReportInvalid, message).with_help("ask for fewer months"));
        }
        let (rules, terms) = self.terms()?;
        let zone = terms.time_zone.as_str();
        let period = match (&self.period, self.window) {
            (Some(name), _) => Window::named(name, zone)?,
            (None, Some(window)) => window,
            (None, None) => period::month_at(now, zone)?,
        };
        BillingPlan::new((period, zone), self.previous_months, rules, now)
    }
}

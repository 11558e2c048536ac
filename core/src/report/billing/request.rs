//! What a client's statement is asked for.

use crate::report::rules::ReportRules;
use crate::time::Window;
use std::sync::Arc;

/// A client's statement as it is asked for: by default of the current month, with twelve months before it.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    pub(super) client: String,
    pub(super) period: Option<String>,
    pub(super) window: Option<Window>,
    pub(super) previous_months: usize,
    pub(super) number: Option<String>,
    pub(super) rules: Option<Arc<ReportRules>>,
}

impl ClientRequest {
    /// The current month of a client.
    pub fn new(client: impl Into<String>) -> Self {
        Self {
            client: client.into(),
            period: None,
            window: None,
            previous_months: 12,
            number: None,
            rules: None,
        }
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

    /// How many months before are shown, at most 24.
    #[must_use]
    pub fn previous_months(mut self, count: usize) -> Self {
        self.previous_months = count;
        self
    }

    /// The number under which the statement is issued. Only a period whose books are closed can be issued.
    #[must_use]
    pub fn number(mut self, number: impl Into<String>) -> Self {
        self.number = Some(number.into());
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
}

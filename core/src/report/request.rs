//! What a report is asked for.

use super::closing::ClosingRule;
use super::grouping::Grouping;
use super::rules::ReportRules;
use crate::error::{Error, ErrorCode, Result};
use crate::pricing::PriceBook;
use crate::tags::Selector;
use crate::time::Window;
use std::sync::Arc;

/// The most columns of a grouping.
pub const MAX_GROUPINGS: usize = 6;
/// The most earlier periods of a trend.
pub const MAX_PREVIOUS_PERIODS: usize = 24;
/// Earlier periods that are compared where nothing else is said: with the month itself a trend of thirteen, and the same
/// month of the year before.
const PREVIOUS_PERIODS: usize = 12;
/// The most cost drivers that are listed one by one.
pub const MAX_DRIVERS: usize = 1_000;

/// A report as it is asked for: by default the current calendar month by team, the twelve months before,
/// ten drivers.
///
/// # Examples
/// ```
/// use bursar::{Grouping, ReportRequest};
/// let request = ReportRequest::named("2026-11", "Europe/Berlin")?.by([Grouping::TEAM, Grouping::Model]);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReportRequest {
    pub(super) zone: String,
    pub(super) period: Option<Window>,
    pub(super) by: Vec<Grouping>,
    pub(super) filter: Selector,
    pub(super) previous_periods: usize,
    pub(super) drivers: usize,
    pub(super) opportunities: bool,
    pub(super) prices: Option<PriceBook>,
    pub(super) evidence: bool,
    pub(super) rules: Option<Arc<ReportRules>>,
}

impl ReportRequest {
    /// The current calendar month of a time zone.
    pub fn new(zone: impl Into<String>) -> Self {
        Self {
            zone: zone.into(),
            period: None,
            by: vec![Grouping::TEAM],
            filter: Selector::everything(),
            previous_periods: PREVIOUS_PERIODS,
            drivers: 10,
            opportunities: false,
            prices: None,
            evidence: false,
            rules: None,
        }
    }

    /// A period by its name, as [`Window::named`] reads it: `2026-11`, `2026-Q4`, `2026-11-01/2026-11-15`.
    ///
    /// # Errors
    /// `time_invalid`, `time_zone_unknown`.
    pub fn named(period: &str, zone: &str) -> Result<Self> {
        Ok(Self::new(zone).period(Window::named(period, zone)?))
    }

    /// The period. A calendar period of the zone is compared with those before it, any other window with the windows
    /// of the same length before it.
    #[must_use]
    pub fn period(mut self, period: Window) -> Self {
        self.period = Some(period);
        self
    }

    /// The grouping, at most [`MAX_GROUPINGS`] columns; the first one is followed over the earlier periods.
    #[must_use]
    pub fn by(mut self, by: impl IntoIterator<Item = Grouping>) -> Self {
        self.by = by.into_iter().take(MAX_GROUPINGS + 1).collect();
        self
    }

    /// Only calls with these tags. Budgets are left out then: they may hold what the filter hides.
    #[must_use]
    pub fn filter(mut self, filter: Selector) -> Self {
        self.filter = filter;
        self
    }

    /// How many earlier periods are compared, at most [`MAX_PREVIOUS_PERIODS`].
    #[must_use]
    pub fn previous_periods(mut self, count: usize) -> Self {
        self.previous_periods = count;
        self
    }

    /// With what could have been saved. Every entry of the period is read for it, which takes seconds for millions.
    #[must_use]
    pub fn with_opportunities(mut self) -> Self {
        self.opportunities = true;
        self
    }

    /// The prices that opportunities are computed by; left out, those in force.
    #[must_use]
    pub fn prices(mut self, book: PriceBook) -> Self {
        self.prices = Some(book);
        self
    }

    /// With what the statement rests on: hashes of the entries and of the statement, prices, corrections. Every entry of
    /// the period is read for it, as for opportunities.
    #[must_use]
    pub fn with_evidence(mut self) -> Self {
        self.evidence = true;
        self
    }

    /// How many cost drivers are listed, and as many opportunities, at most [`MAX_DRIVERS`]; the others are summed.
    #[must_use]
    pub fn drivers(mut self, count: usize) -> Self {
        self.drivers = count;
        self
    }

    /// The rules by which the statement is made; left out, those of the policy in force.
    #[must_use]
    pub fn rules(mut self, rules: impl Into<Arc<ReportRules>>) -> Self {
        self.rules = Some(rules.into());
        self
    }

    /// Which bills must be reconciled before the period is closed.
    pub(crate) fn closing(&self) -> &[ClosingRule] {
        self.rules.as_ref().map_or(&[], |rules| &rules.closing)
    }

    /// The time zone of the period.
    pub(crate) fn zone(&self) -> &str {
        &self.zone
    }

    /// What stands before the numbers of statements; nothing where the rules don't say.
    pub(crate) fn series(&self) -> Option<&str> {
        self.rules.as_ref()?.parties.series.as_deref()
    }

    /// The filters of the statements of a period: all calls, and those of each recipient.
    pub(crate) fn recipients(&self) -> Vec<Selector> {
        let recipients = self.rules.iter().flat_map(|rules| &rules.parties.recipients);
        std::iter::once(Selector::everything()).chain(recipients.map(|own| own.selector.clone())).collect()
    }

    /// These rules, where none are given.
    pub(crate) fn or_rules(mut self, rules: &Arc<ReportRules>) -> Self {
        self.rules.get_or_insert_with(|| Arc::clone(rules));
        self
    }

    /// Refuses what is out of bounds.
    pub(super) fn check(&self) -> Result<()> {
        let invalid = |message: String| Err(Error::new(ErrorCode::ReportInvalid, message));
        if self.by.is_empty() || self.by.len() > MAX_GROUPINGS {
            let found = if self.by.is_empty() {
                "nothing".to_owned()
            } else {
                format!("over {MAX_GROUPINGS} columns")
            };
            return invalid(format!(
                "a report is grouped by {found}, and 1 to {MAX_GROUPINGS} columns are allowed"
            ));
        }
        if let Some(twice) = self
            .by
            .iter()
            .enumerate()
            .find(|(index, by)| self.by.iter().take(*index).any(|own| own.as_str() == by.as_str()))
        {
            return invalid(format!("a report is grouped by `{}` twice", twice.1));
        }
        if self.previous_periods > MAX_PREVIOUS_PERIODS {
            let found = self.previous_periods;
            return invalid(format!(
                "a report compares {found} earlier periods, and {MAX_PREVIOUS_PERIODS} are allowed"
            ));
        }
        if self.drivers > MAX_DRIVERS {
            return invalid(format!(
                "a report lists {} cost drivers, and {MAX_DRIVERS} are allowed",
                self.drivers
            ));
        }
        Ok(())
    }
}

//! What a FOCUS export is asked for.

use crate::error::{Error, ErrorCode, Result};
use crate::report::ReportRules;
use crate::tags::{Selector, TagKey};
use crate::time::{Calendar, Period, Timestamp, Window};
use std::sync::Arc;

/// The longest window of an export: ten years and a bit.
pub const MAX_EXPORT_DAYS: usize = 3_700;

/// Which columns a FOCUS file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FocusLevel {
    /// Those of FOCUS 1.2, which every consumer reads and the official validator checks.
    V1_2,
    /// Those of 1.2 and what 1.3, 1.4 and the draft of 1.5 added.
    #[default]
    Newest,
}

/// A Cost and Usage export as it is asked for: of a window, by days of a time zone.
///
/// # Examples
/// ```
/// use bursar::{FocusLevel, FocusRequest};
/// let request = FocusRequest::named("2026-11", "UTC")?.level(FocusLevel::V1_2).invoice("INV-2026-11");
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FocusRequest {
    pub(super) window: Window,
    pub(super) zone: String,
    pub(super) level: FocusLevel,
    pub(super) filter: Selector,
    pub(super) invoice: Option<String>,
    pub(super) account: Option<(String, String)>,
    pub(super) allocated: Option<TagKey>,
    pub(super) rules: Option<Arc<ReportRules>>,
}

impl FocusRequest {
    /// Of a window, by days of a time zone.
    pub fn new(window: Window, zone: impl Into<String>) -> Self {
        Self {
            window,
            zone: zone.into(),
            level: FocusLevel::default(),
            filter: Selector::everything(),
            invoice: None,
            account: None,
            allocated: None,
            rules: None,
        }
    }

    /// Of a period by its name, as [`Window::named`] reads it.
    ///
    /// # Errors
    /// `time_invalid`, `time_zone_unknown`.
    pub fn named(period: &str, zone: &str) -> Result<Self> {
        Ok(Self::new(Window::named(period, zone)?, zone))
    }

    /// Which columns the file has; [`FocusLevel::Newest`] when left out.
    #[must_use]
    pub fn level(mut self, level: FocusLevel) -> Self {
        self.level = level;
        self
    }

    /// Only calls with these tags.
    #[must_use]
    pub fn filter(mut self, filter: Selector) -> Self {
        self.filter = filter;
        self
    }

    /// The invoice that all of it is on. A file is of one invoice, or of charges that are on none yet.
    #[must_use]
    pub fn invoice(mut self, id: impl Into<String>) -> Self {
        self.invoice = Some(id.into());
        self
    }

    /// The account that the providers bill, by its id and its name; each provider's own name when left out.
    #[must_use]
    pub fn account(mut self, id: impl Into<String>, name: impl Into<String>) -> Self {
        self.account = Some((id.into(), name.into()));
        self
    }

    /// With shared cost divided among the values of a tag, as the policy's `[[allocation]]` says: a row for each part, with
    /// FOCUS's `Allocated…` columns. Tags are then those that virtual tags give.
    #[must_use]
    pub fn allocated(mut self, key: TagKey) -> Self {
        self.allocated = Some(key);
        self
    }

    /// The rules to allocate by; left out, those of the policy in force.
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

    /// The days of the window, each with the month that it is billed in; the first and the last one may be cut.
    pub(super) fn days(&self) -> Result<Vec<(Window, Window)>> {
        let invalid =
            |message: String, help: &str| Err(Error::new(ErrorCode::ReportInvalid, message).with_help(help));
        let (start, end) = (self.window.start(), self.window.end());
        if self.allocated.is_some() && self.level == FocusLevel::V1_2 {
            return invalid(
                "FOCUS 1.2 has no columns that tell how a charge was allocated".to_owned(),
                "export the newest level, or leave the allocation out",
            );
        }
        if start == Timestamp::MIN || end == Timestamp::MAX {
            return invalid(
                format!("an export of {} has no end, and a window with both ends is allowed", self.window),
                "give a period such as `2026-11`",
            );
        }
        if [start, end].iter().any(|edge| edge.micros() % 1_000_000 != 0) {
            return invalid(
                format!("an export of {} begins or ends within a second", self.window),
                "give a window of whole seconds",
            );
        }
        let (day, month) =
            (Calendar::new(Period::Day, &self.zone)?, Calendar::new(Period::Month, &self.zone)?);
        let mut days = Vec::new();
        let mut at = start;
        while at < end {
            if days.len() == MAX_EXPORT_DAYS {
                return invalid(
                    format!("an export of {} is over {MAX_EXPORT_DAYS} days", self.window),
                    "export year by year",
                );
            }
            let next = day.slot_at(at).end().min(end);
            days.push((Window::new(at, next)?, month.slot_at(at)));
            at = next;
        }
        Ok(days)
    }
}

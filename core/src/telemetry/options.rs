//! Which tags become attributes, and how many series there may be.

use super::labels::OWN_ATTRIBUTES;
use crate::error::{Error, ErrorCode, Result};
use crate::tags::{MAX_TAGS, TagKey};

/// Series of one instrument that keep their attributes by default, which is also what an OpenTelemetry SDK keeps.
pub const METRIC_SERIES: usize = 2_000;
/// The most series of one instrument that can be asked for.
pub const MAX_METRIC_SERIES: usize = 100_000;

/// What the metrics show.
///
/// # Examples
/// ```
/// use bursar::{MetricsOptions, TagKey};
/// let options = MetricsOptions::new().attributes([TagKey::TEAM, TagKey::ENVIRONMENT]).max_series(500);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct MetricsOptions {
    pub(super) attributes: Vec<TagKey>,
    pub(super) max_series: usize,
}

impl Default for MetricsOptions {
    fn default() -> Self {
        Self {
            attributes: vec![TagKey::TEAM, TagKey::PROJECT, TagKey::CLIENT, TagKey::AGENT],
            max_series: METRIC_SERIES,
        }
    }
}

impl MetricsOptions {
    /// Attributes for team, project, client and agent, and 2,000 series an instrument.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tags that become attributes, in place of the default ones. A tag with a value for each user or run makes a
    /// series for each.
    #[must_use]
    pub fn attributes(mut self, keys: impl IntoIterator<Item = TagKey>) -> Self {
        self.attributes = keys.into_iter().collect();
        self.attributes.sort_unstable();
        self.attributes.dedup();
        self
    }

    /// How many series of one instrument keep their attributes, 1 to 100,000; the rest is summed into one with
    /// `otel.metric.overflow = true`.
    ///
    /// An SDK has a bound of its own, 2,000 unless a view says otherwise, and what it cuts off it does not sum rightly:
    /// above 2,000, raise it in a view too.
    #[must_use]
    pub fn max_series(mut self, series: usize) -> Self {
        self.max_series = series;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if !(1..=MAX_METRIC_SERIES).contains(&self.max_series) {
            let found = self.max_series;
            let message = format!("`max_series` is {found}, 1 to {MAX_METRIC_SERIES} are allowed");
            return Err(Error::new(ErrorCode::LimitReached, message)
                .with_help(format!("give `max_series` from 1 to {MAX_METRIC_SERIES}")));
        }
        if self.attributes.len() > MAX_TAGS {
            let found = self.attributes.len();
            let message = format!("{found} tags shall be attributes, at most {MAX_TAGS} are allowed");
            return Err(Error::new(ErrorCode::LimitReached, message)
                .with_help(format!("give at most {MAX_TAGS} tag keys")));
        }
        match self.attributes.iter().find(|key| OWN_ATTRIBUTES.contains(&key.as_str())) {
            Some(key) => {
                let message =
                    format!("the tag `{}` has the name of an attribute that every call has", key.as_str());
                Err(Error::new(ErrorCode::TagKeyInvalid, message).with_help("leave the tag out"))
            }
            None => Ok(()),
        }
    }
}
